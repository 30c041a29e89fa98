"""One real scan over every format and thousands of damaged files, and the memory it takes.

    nice python -m tests.campaigns.corpus_scan --damaged 5000

Makes a seeded corpus: one photo in every format and orientation, pairs of sound photos, some large
ones, bombs, and damaged files of every format. The program scans it as a process of its own. The
scan must end; every file must be read, or be listed with a reason; the photo of all formats and
every sound pair must be whole groups; and the program with its workers must stay below 2 GiB.
Linux only: the memory is read from /proc. Exit code 0 if all that held.
"""

import argparse
import contextlib
import json
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from tests.data.make_photos import textured_photo
from tests.data.mutate import mutated
from tests.data.photo_files import ENCODERS, EXTENSIONS, ORIENTED, STORED, encode
from tests.data.tiff_writer import orientation_block

CHECKOUT = Path(__file__).parents[2]
MEMORY_LIMIT_KIB = 2 * 1024 * 1024
SAMPLE_S = 0.05
PAIRS = 60
LARGE = ((12000, 9000, "JPEG"), (8000, 6000, "PNG"), (8000, 6000, "TIFF"))


@dataclass
class Memory:
    """The largest figures seen, in KiB. A page that processes share counts for each of them."""

    together: int = 0
    parent: int = 0
    worker: int = 0
    processes: set[int] = field(default_factory=set)

    def look(self, parent: int) -> None:
        """Look at the program and its workers now."""
        resident = {pid: _status_kib(pid, "VmRSS") for pid in _family(parent)}
        self.together = max(self.together, sum(resident.values()))
        self.parent = max(self.parent, _status_kib(parent, "VmHWM"))
        for pid in resident.keys() - {parent}:
            self.worker = max(self.worker, _status_kib(pid, "VmHWM"))
        self.processes |= resident.keys()


def _family(parent: int) -> list[int]:
    """A process and its children's children."""
    found = [parent]
    for pid in found:
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += map(int, children.read_text().split())
    return found


def _status_kib(pid: int, name: str) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
    return 0


def make_corpus(folder: Path, damaged: int, seed: int) -> list[set[str]]:
    """Write the files; returns the names of each group that must be whole."""
    folder.mkdir()
    rgb = textured_photo(1, 320, 240)
    for name, encoder in ENCODERS.items():
        (folder / f"every-{name}{EXTENSIONS[name]}").write_bytes(encoder(rgb, b""))
    for name in ORIENTED:
        for orientation in (3, 6, 8) if name == "DNG" else range(2, 9):
            data = ENCODERS[name](STORED[orientation](rgb), orientation_block(orientation))
            (folder / f"every-{name}-{orientation}{EXTENSIONS[name]}").write_bytes(data)
    groups = [{path.name for path in folder.iterdir()}]
    for pair in range(PAIRS):
        names = {f"pair-{pair}-{width}.jpg" for width in (400, 300)}
        for width in (400, 300):
            data = encode(textured_photo(1000 + pair, width, width * 3 // 4), "JPEG")
            (folder / f"pair-{pair}-{width}.jpg").write_bytes(data)
        groups.append(names)
    for width, height, name in LARGE:
        small = Image.fromarray(textured_photo(2000 + width, 1200, 900))
        large = small.resize((width, height), Image.Resampling.BILINEAR)
        large.save(folder / f"large-{width}{EXTENSIONS[name]}", name)
    for number, data in enumerate(_bombs()):
        (folder / f"bomb-{number}.png").write_bytes(data)
    for name, data in _damaged_files(damaged, seed):
        (folder / name).write_bytes(data)
    return groups


def _bombs() -> Iterator[bytes]:
    """Small files that unpack to a lot: pixels, text, and a header that only claims it."""
    for side in (30_000, 60_000):
        header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
        rows = zlib.compress(bytes(3_000_000), 9)
        chunks = [(b"IHDR", header), (b"zTXt", b"x\0\0" + zlib.compress(bytes(300_000_000), 9))]
        chunks += [(b"IDAT", rows), (b"IEND", b"")]
        yield b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in chunks
        )


def _damaged_files(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Every format in turn, each round of a photo of its own."""
    names = list(ENCODERS)
    for number in range(count):
        name, turn = names[number % len(names)], seed + number // len(names)
        data = ENCODERS[name](textured_photo(10_000 + turn, 160, 120), b"")
        kind, made = mutated(data, turn)
        yield f"damaged-{number:05}-{kind}{EXTENSIONS[name]}", made


def scan(corpus: Path, work: Path, model: Path | None) -> tuple[dict[str, Any], Memory, float]:
    """Run the program over the corpus, and watch it."""
    words = [sys.executable, "-m", "photodedup", "--data-dir", str(work / "data")]
    words += ["scan", str(corpus), "--json", str(work / "out.json"), "--device", "cpu"]
    words += [] if model is None else ["--model", str(model)]
    memory, started_s = Memory(), time.monotonic()
    with (work / "stderr.txt").open("w") as errors:
        running = subprocess.Popen(words, cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=errors)
        while running.poll() is None:
            memory.look(running.pid)
            time.sleep(SAMPLE_S)
    assert running.returncode == 1, f"exit code {running.returncode}; see {work}"
    return json.loads((work / "out.json").read_text()), memory, time.monotonic() - started_s


def check(document: dict[str, Any], corpus: Path, groups: list[set[str]]) -> None:
    """Hold the result to what it promises."""
    counts, files = document["counts"], {path.name for path in corpus.iterdir()}
    assert document["complete"]
    assert counts["found"] == len(files)
    assert counts["embedded"] + counts["from_cache"] + counts["skipped"] == len(files)
    problems = {Path(problem["path"]).name: problem for problem in document["problems"]}
    assert len(problems) == len(document["problems"]), "a file is listed twice"
    assert all(problem["reason"] for problem in problems.values())
    unread = [name for name, problem in problems.items() if problem["code"] != "damaged"]
    assert len(unread) == counts["skipped"]
    sound = set().union(*groups) | {name for name in files if name.startswith("large")}
    assert not sound & problems.keys(), sound & problems.keys()
    found = [{Path(p["path"]).name for p in group["photos"]} for group in document["groups"]]
    for group in groups:
        assert group in found, f"not whole: {sorted(group)[:3]} ..."


def main() -> int:
    """Make, scan, check; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--damaged", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0, help="another seed, other damage")
    parser.add_argument("--model", type=Path, help="a network (default: the built-in one)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="photodedup-corpus-") as name:
        work = Path(name)
        groups = make_corpus(work / "corpus", options.damaged, options.seed)
        document, memory, seconds = scan(work / "corpus", work, options.model)
        check(document, work / "corpus", groups)
    codes = Counter(problem["code"] for problem in document["problems"])
    print(f"{document['counts']} in {seconds:.0f} s, {len(groups)} planted groups whole")
    print("problems: " + ", ".join(f"{count} {code}" for code, count in codes.most_common()))
    print(
        f"at most {memory.together // 1024} MiB together, {memory.parent // 1024} MiB the program, "
        f"{memory.worker // 1024} MiB a worker; {len(memory.processes) - 1} worker processes"
    )
    return 0 if memory.together < MEMORY_LIMIT_KIB else 1


if __name__ == "__main__":
    sys.exit(main())
