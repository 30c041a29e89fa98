"""Thousands of damaged photos through the worker processes; run by hand, from the checkout:

    python -m tests.fuzz.fuzz_decode --count 5000

Prints what became of them, by format and by kind of damage, and the worker's largest memory. Ends
with 1, and keeps the files in question, if a file crashed or stopped its decoder, came out twice
or not at all, or if memory went beyond the limit.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from photodedup.core.prepare import PreparedPhoto
from photodedup.core.records import PhotoFile, Problem, ProblemCode
from photodedup.core.workers import PhotoReader
from tests.data.make_photos import textured_photo
from tests.data.mutate import mutated
from tests.data.photo_files import ENCODERS, EXTENSIONS, encode
from tests.data.tiff_writer import ASCII, exif_block

MEMORY_LIMIT_KIB = 2 * 1024 * 1024
BAD_CODES = (ProblemCode.DECODER_CRASHED, ProblemCode.TIMED_OUT)


def sources() -> dict[str, bytes]:
    """Every format, and the variants of JPEG, PNG and TIFF that take other ways in a decoder."""
    block = exif_block({0x010F: (ASCII, b"Seeded\x00")}, {0x9003: (ASCII, b"2020:02:02 02:02:02")})
    rgb = textured_photo(7, 160, 120)
    whole = {EXTENSIONS[name]: encoder(rgb, block) for name, encoder in ENCODERS.items()}
    second = [Image.fromarray(textured_photo(8, 160, 120))]
    return whole | {
        ".progressive.jpg": encode(rgb, "JPEG", block, progressive=True),
        ".animated.png": encode(rgb, "PNG", block, save_all=True, append_images=second),
        ".animated.webp": encode(rgb, "WEBP", block, save_all=True, append_images=second),
        ".lzw.tif": encode(rgb, "TIFF", b"", compression="tiff_lzw"),
        ".deflate.tif": encode(rgb, "TIFF", b"", compression="tiff_adobe_deflate"),
        ".jpeg.tif": encode(rgb, "TIFF", b"", compression="jpeg"),
        ".lossless.webp": encode(rgb, "WEBP", block, lossless=True),
    }


def damaged_files(folder: Path, count: int, first_seed: int) -> Iterator[PhotoFile]:
    """Write the files one by one, as they are asked for."""
    whole = list(sources().items())
    for number in range(count):
        ending, data = whole[number % len(whole)]
        kind, damaged = mutated(data, first_seed + number // len(whole))
        path = folder / f"{number:05}-{kind}{ending}"
        path.write_bytes(damaged)
        info = path.stat()
        yield PhotoFile(path, info.st_size, info.st_mtime_ns, info.st_dev, info.st_ino)


def run(count: int, first_seed: int, workers: int, folder: Path) -> int:
    results: dict[str, Counter[str]] = defaultdict(Counter)
    seen: Counter[Path] = Counter()
    bad: list[Problem] = []
    started_s = time.monotonic()
    with PhotoReader(workers, 224, timeout_s=20) as reader:
        for outcome in reader.prepare(damaged_files(folder, count, first_seed)):
            if isinstance(outcome, PreparedPhoto):
                path = outcome.photo.path
                what = "sound" if outcome.damage is None else "in part"
            else:
                path, what = outcome.path, outcome.code.value
                if outcome.code in BAD_CODES:
                    bad.append(outcome)
            kind, ending = path.name.split("-")[1].split(".", 1)
            results[ending][what] += 1
            results["all: " + kind][what] += 1
            seen[path] += 1
            if outcome not in bad:
                path.unlink()
    for name in sorted(results):
        figures = ", ".join(f"{what} {n}" for what, n in results[name].most_common())
        print(f"{name:18} {figures}")
    memory_kib = largest_worker_kib()
    print(f"{len(seen)} of {count} files in {time.monotonic() - started_s:.0f} s")
    print(f"largest worker: {memory_kib // 1024} MiB")
    for problem in bad:
        print(f"{problem.path}: {problem.reason}")
    whole = len(seen) == count and set(seen.values()) == {1}
    return 0 if whole and not bad and memory_kib < MEMORY_LIMIT_KIB else 1


def largest_worker_kib() -> int:
    """Peak memory of the largest process that has ended; 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0, help="another seed, other damage")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="photodedup-fuzz-"))
    print(f"files in question are kept in {folder}")
    return run(options.count, options.seed, options.workers, folder)


if __name__ == "__main__":
    sys.exit(main())
