"""What a library of many photos costs: the index, the pairs, the groups, in time and memory.

    python tests/benchmarks/scale.py [--counts 10000 30000 100000] [--index exact annoy auto]

Embeddings are made up: unit vectors of 256 numbers, of which three in ten lie in planted clusters
of 2 to 500 copies. They are written to a file, from which the scan's own code takes them: mapped
where there are many. For each count and index, in a process of its own:

    index    build it (Annoy also writes it to disk)
    pairs    propose the pairs at cosine 0.5 or nearer, as a scan does
    groups   form groups, each pair verified by looking up what was planted
    again    form them at another strictness, nothing verified anew
    search   the nearest 20 of one photo, the median of 200

The recall is that of the proposed pairs of 2,000 sampled rows, against all at that cosine. The
memory is the most that the process held, mapped files included.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))  # a script's own folder is on the path, the checkout is not

from photodedup.core.candidate_verifier import CandidateVerifier  # noqa: E402
from photodedup.core.embedding_rows import (  # noqa: E402
    MAPPED_FROM,
    EmbeddingRows,
    Float16,
    blocks_of,
    map_embeddings,
    unit_rows,
)
from photodedup.core.group import Content  # noqa: E402
from photodedup.core.index import ExactIndex, NeighbourIndex, open_index  # noqa: E402
from photodedup.core.job import JobControl  # noqa: E402
from photodedup.core.keep_rules import KeepRules  # noqa: E402
from photodedup.core.matching import Matching  # noqa: E402
from photodedup.core.pair_verifier import PairVerifier  # noqa: E402
from photodedup.core.pairs import Candidates, propose_pairs  # noqa: E402
from photodedup.core.records import (  # noqa: E402
    Metadata,
    Photo,
    PhotoFile,
    Relation,
    Verification,
)

DIMENSION = 256
CLUSTERED = 0.3  # of all photos
COPY_COSINE = 0.85  # of two copies in a cluster, about
PROPOSE_COSINE = 0.5
SAMPLED_ROWS = 2000
SEARCHES = 200
SEED = 1

Embeddings = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Figures:
    """One run; seconds, but for search_ms."""

    index: str
    count: int
    build_s: float
    pairs_s: float
    groups_s: float
    again_s: float
    search_ms: float
    recall: float
    pairs: int
    groups: int
    peak_mib: float


def make_clusters(count: int, random: np.random.Generator) -> npt.NDArray[np.int64]:
    """(count,) number of each row's cluster, in no order; clusters of 2 to 500, small ones more."""
    cluster_of = np.arange(count)
    row, end = 0, int(CLUSTERED * count)
    while row < end:
        size = min(int(2 * 250 ** (random.random() ** 4)), end - row)
        cluster_of[row : row + size] = row
        row += size
    return random.permutation(cluster_of)


def make_embeddings(cluster_of: npt.NDArray[np.int64], random: np.random.Generator) -> Embeddings:
    """(N, 256) float32 unit rows, those of one cluster at about COPY_COSINE to each other."""
    rows = random.standard_normal((len(cluster_of), DIMENSION), np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    _, inverse = np.unique(cluster_of, return_inverse=True)
    centres = random.standard_normal((int(inverse.max()) + 1, DIMENSION), np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    both: Embeddings = np.sqrt(np.float32(COPY_COSINE)) * centres[inverse]
    both += np.sqrt(np.float32(1 - COPY_COSINE)) * rows
    both /= np.linalg.norm(both, axis=1, keepdims=True)
    return both


def make_contents(count: int) -> tuple[tuple[Content, ...], list[bytes]]:
    """As many photos without pixels, in keep order, and their digests."""
    contents = []
    for number in range(count):
        digest = number.to_bytes(16)
        file = PhotoFile(Path(f"/photos/{number:07}.jpg"), 3_000_000, 0, 1, number)
        photo = Photo(file, digest, digest, "JPEG", 4000, 3000, False, 1.0, Metadata())
        contents.append(Content((photo,)))
    return tuple(contents), [content.digest for content in contents]


def verify_all(
    contents: Sequence[Content], candidates: Candidates, cluster_of: npt.NDArray[np.int64]
) -> Matching:
    """Verify candidates by looking up what was planted."""
    copy = Verification(Relation.RESAVED, 0.9, COPY_COSINE)
    other = Verification(None, 0.0, PROPOSE_COSINE)

    def verify(keeper: Photo, photo: Photo, _cosine: float) -> Verification:
        a, b = int.from_bytes(keeper.digest), int.from_bytes(photo.digest)
        return copy if cluster_of[a] == cluster_of[b] else other

    pairs = PairVerifier(verify, {}, lambda found: None)
    CandidateVerifier(contents, candidates, pairs).run([0.5], 2, JobControl())
    return Matching(tuple(contents), candidates, pairs.found, KeepRules())


def measure_recall(
    candidates: Candidates, embeddings: EmbeddingRows, random: np.random.Generator
) -> float:
    """Share of the true neighbours of sampled rows that were proposed."""
    sampled = random.choice(len(embeddings), min(SAMPLED_ROWS, len(embeddings)), replace=False)
    some = embeddings[sampled]
    found = wanted = start = 0
    proposed = [np.array([other for other, _ in candidates.of(int(row))], int) for row in sampled]
    for block in blocks_of(embeddings):
        near = some @ block.T >= PROPOSE_COSINE
        inside = (sampled >= start) & (sampled < start + len(block))
        near[inside, sampled[inside] - start] = False  # itself
        wanted += int(near.sum())
        for row, others in zip(near, proposed, strict=True):
            here = others[(others >= start) & (others < start + len(block))]
            found += int(row[here - start].sum())
        start += len(block)
    return found / wanted


def median_search_ms(index: NeighbourIndex, embeddings: EmbeddingRows) -> float:
    """The median of a search for one photo's nearest 20, as the program's own are made."""
    if isinstance(index, ExactIndex):  # those hold all rows as an array
        index = ExactIndex(np.concatenate(list(blocks_of(embeddings))))
    taken = []
    for row in np.linspace(0, len(embeddings) - 1, SEARCHES, dtype=int):
        started_s = time.perf_counter()
        index.nearest(embeddings[np.array([row])][0], 20)
        taken.append(time.perf_counter() - started_s)
    return 1000 * statistics.median(taken)


def write_embeddings(count: int, folder: Path) -> None:
    """Make count embeddings and write them as float16, with the number of each row's cluster."""
    random = np.random.default_rng(SEED)
    cluster_of = make_clusters(count, random)
    np.save(folder / "clusters.npy", cluster_of)
    np.save(folder / "embeddings.npy", make_embeddings(cluster_of, random).astype(np.float16))


def open_embeddings(digests: Sequence[bytes], folder: Path) -> EmbeddingRows:
    """What write_embeddings made, as the cache would give it."""
    written = np.load(folder / "embeddings.npy", mmap_mode="r")
    if len(digests) < MAPPED_FROM:
        return unit_rows(written)

    def load(some: Sequence[bytes]) -> Float16:
        return np.asarray(written[[int.from_bytes(digest) for digest in some]])

    mapped = map_embeddings(folder / "mapped", digests, DIMENSION, load)
    assert mapped is not None, "the disk is full"
    return mapped


def measure(kind: str, count: int, folder: Path) -> Figures:
    """Measure one index at one size, in this process, on what write_embeddings made."""
    cluster_of = np.load(folder / "clusters.npy")
    contents, digests = make_contents(count)
    times = [time.perf_counter()]
    embeddings = open_embeddings(digests, folder)
    index = open_index(kind, embeddings, digests, "made up", folder)
    times.append(time.perf_counter())
    no_handicaps = np.zeros(count, np.float32)
    candidates = propose_pairs(index, embeddings, no_handicaps, PROPOSE_COSINE, JobControl())
    times.append(time.perf_counter())
    matching = verify_all(contents, candidates, cluster_of)
    groups, _ = matching.groups_at(0.5)
    times.append(time.perf_counter())
    matching.groups_at(0.8)
    times.append(time.perf_counter())
    build_s, pairs_s, groups_s, again_s = np.diff(times).tolist()
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Figures(
        index.kind,
        count,
        build_s,
        pairs_s,
        groups_s,
        again_s,
        median_search_ms(index, embeddings),
        measure_recall(candidates, embeddings, np.random.default_rng(SEED)),
        len(candidates),
        len(groups),
        peak_mib,
    )


def run_measure(kind: str, count: int) -> Figures:
    """Make the embeddings and measure, each in a process of its own."""
    command = [sys.executable, __file__]
    with tempfile.TemporaryDirectory(prefix="photodedup-scale-") as folder:
        subprocess.run([*command, "--write", str(count), folder], check=True)
        asked = [*command, "--one", kind, str(count), folder]
        done = subprocess.run(asked, check=True, stdout=subprocess.PIPE, text=True)
    return Figures(**json.loads(done.stdout))


def plot(runs: Sequence[Figures], path: Path) -> None:
    """Draw seconds against the number of photos, a line for each index, and the memory below."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (time_axes, memory_axes) = pyplot.subplots(2, 1, figsize=(7, 7), sharex=True)
    for kind in sorted({run.index for run in runs}):
        line = sorted((run for run in runs if run.index == kind), key=lambda run: run.count)
        counts = [run.count for run in line]
        total = [run.build_s + run.pairs_s + run.groups_s for run in line]
        (drawn,) = time_axes.loglog(counts, total, "o-", label=f"{kind}: index, pairs and groups")
        again = [run.again_s for run in line]
        time_axes.loglog(
            counts, again, "s:", color=drawn.get_color(), label=f"{kind}: another strictness"
        )
        memory_axes.loglog(counts, [run.peak_mib for run in line], "o-", label=kind)
    time_axes.set(ylabel="s")
    memory_axes.set(xlabel="photos", ylabel="most memory, MiB")
    for axes in (time_axes, memory_axes):
        axes.grid(True, which="both", alpha=0.3)
        axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=100)


def read_arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--counts", type=int, nargs="+", default=[10_000, 30_000, 100_000])
    parser.add_argument("--index", nargs="+", default=["exact", "annoy"], help="also: auto")
    parser.add_argument("--plot", type=Path, help="draw the times into this PNG file")
    parser.add_argument("--json", type=Path, help="write the figures")
    parser.add_argument(
        "--earlier", type=Path, nargs="+", default=[], help="figures of other runs, drawn too"
    )
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--write", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def main() -> None:
    """Measure each index at each size in a process of its own, and print a table."""
    given = read_arguments()
    if given.write:
        write_embeddings(int(given.write[0]), Path(given.write[1]))
        return
    if given.one:
        kind, count, folder = given.one
        print(json.dumps(asdict(measure(kind, int(count), Path(folder)))))
        return
    print("index      photos   build s   pairs s  groups s   again s  search ms  recall    MiB")
    runs = []
    for kind in given.index:
        for count in given.counts:
            run = run_measure(kind, count)
            runs.append(run)
            print(
                f"{run.index:<7}{run.count:>10,}{run.build_s:>10.1f}{run.pairs_s:>10.1f}"
                f"{run.groups_s:>10.1f}{run.again_s:>10.2f}{run.search_ms:>11.1f}"
                f"{run.recall:>8.4f}{run.peak_mib:>7.0f}",
                flush=True,
            )
    if given.plot:
        earlier = [Figures(**run) for path in given.earlier for run in json.loads(path.read_text())]
        plot([*runs, *earlier], given.plot)
    if given.json:
        given.json.write_text(json.dumps([asdict(run) for run in runs], indent=1), "utf-8")


if __name__ == "__main__":
    main()
