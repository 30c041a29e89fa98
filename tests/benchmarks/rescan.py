"""What a scan costs when nothing has changed: a library that the cache knows already.

    python tests/benchmarks/rescan.py [--count 100000] [--repeat 3] [--work FOLDER]

Makes small files, and a cache that knows them as photos: embeddings in no order, one photo in ten
a verified copy of another. Then runs the program's own command line: the first scan also proposes
the pairs, those after it find nothing new at all. Wall and processor time are of the whole command.
The network is the built-in one without its background, against which made-up embeddings would all
be far from every photo, and so near each other. Needs the training packages (onnx).
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))  # a script's own folder is on the path, the checkout is not

from photodedup.core.digest import digest_bytes  # noqa: E402
from photodedup.core.embed import Embedder  # noqa: E402
from photodedup.core.environment import default_folders  # noqa: E402
from photodedup.core.pair_checks import verifier_key  # noqa: E402
from photodedup.core.records import (  # noqa: E402
    Metadata,
    Photo,
    PhotoFile,
    Relation,
    Verification,
)
from photodedup.core.resources import default_model  # noqa: E402
from photodedup.core.scan import find_photos  # noqa: E402
from photodedup.core.store import CacheStore  # noqa: E402
from tests.benchmarks.accuracy import run_scan  # noqa: E402
from tests.benchmarks.scale import make_embeddings  # noqa: E402

FILES_PER_FOLDER = 1000
COPY_EVERY = 10


def make_files(count: int, folder: Path) -> None:
    """Files of different bytes, a thousand in a folder."""
    for number in range(count):
        if number % FILES_PER_FOLDER == 0:
            month = folder / f"{number // FILES_PER_FOLDER:04}"
            month.mkdir(parents=True)
        (month / f"IMG_{number:06}.jpg").write_bytes(f"{number:>4000}".encode())


def without_background(target: Path) -> Path:
    """Copy the built-in network to target, leaving its background out."""
    model = onnx.load(str(default_model("cpu")))
    entries = {entry.key: entry.value for entry in model.metadata_props}
    onnx.helper.set_model_props(model, entries | {"background": ""})
    onnx.save(model, str(target))
    return target


def know_files(files: Sequence[PhotoFile], data: Path, network: Path) -> None:
    """Write a cache that knows these files as photos."""
    model = Embedder(network, "cpu").model
    photos = [as_photo(file) for file in files]
    cluster_of = np.arange(len(photos))
    cluster_of[1::COPY_EVERY] = cluster_of[::COPY_EVERY][: len(cluster_of[1::COPY_EVERY])]
    embeddings = make_embeddings(cluster_of, np.random.default_rng(1))
    copy = Verification(Relation.RESAVED, 0.95, 0.85)
    copies = [(photos[row - 1], photos[row]) for row in range(1, len(photos), COPY_EVERY)]
    pairs = [  # either may be the one that stays
        (keeper.digest, other.digest, copy) for a, b in copies for keeper, other in ((a, b), (b, a))
    ]
    with CacheStore(default_folders(data).cache) as store:
        store.add_embeddings(model.key, [photo.digest for photo in photos], embeddings)
        store.add_verifications(verifier_key(model), pairs)
        store.add_photos((photo, None) for photo in photos)


def as_photo(file: PhotoFile) -> Photo:
    """What a scan would keep of it, were it a photo."""
    digest = digest_bytes(file.path.read_bytes())
    second = int.from_bytes(digest[:2]) % 60
    metadata = Metadata(
        captured_at=f"2019-05-04T12:30:{second:02}",
        camera="Canon EOS 5D Mark III",
        lens="EF24-105mm f/4L IS USM",
        latitude=47.5 + second / 100,
        longitude=9.25,
        jpeg_quality=93,
        has_exif=True,
    )
    return Photo(file, digest, digest, "JPEG", 4000, 3000, False, 100.0, metadata)


def processor_s() -> float:
    """Processor time of the programs that were run and have ended; 0 on Windows."""
    used = os.times()
    return used.children_user + used.children_system


def read_arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=100_000, help="default: 100000")
    parser.add_argument("--repeat", type=int, default=3, help="scans that find nothing new")
    parser.add_argument("--work", type=Path, help="where to make the files; default: temporary")
    parser.add_argument("--json", type=Path, help="write the figures")
    return parser.parse_args(argv)


def main() -> None:
    """Make the library, scan it again and again, print the seconds of each stage."""
    given = read_arguments()
    work = Path(tempfile.mkdtemp(prefix="photodedup-rescan-", dir=given.work))
    try:
        library, data = work / "library", work / "data"
        make_files(given.count, library)
        network = without_background(work / "network.onnx")
        know_files(list(find_photos([library], [], lambda problem: None)), data, network)
        runs = []
        for name in ("pairs unknown", *["nothing new"] * given.repeat):
            started_s, used_s = time.perf_counter(), processor_s()
            result = run_scan([library], data, ["--device", "cpu", "--model", str(network)])
            wall_s, cpu_s = time.perf_counter() - started_s, processor_s() - used_s
            stages = ", ".join(f"{stage} {s:.2f}" for stage, s in result["seconds"].items())
            counts, groups = result["counts"], len(result["groups"])
            assert counts["from_cache"] == given.count, counts
            print(
                f"{name}: {counts['found']} photos, {groups} groups; {stages}; "
                f"wall {wall_s:.1f}, processor {cpu_s:.1f}"
            )
            figures = {"seconds": result["seconds"], "groups": groups}
            runs.append({"name": name, **figures, "wall_s": wall_s, "processor_s": cpu_s})
        if given.json:
            given.json.write_text(json.dumps(runs, indent=1), "utf-8")
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
