"""Random and damaged metadata through the readers of Exif, XMP and first bytes; run by hand:

    python -m tests.fuzz.fuzz_metadata --seconds 200

Ends with a traceback, and the seed that repeats it, at the first error or nonsense value.
"""

import argparse
import math
import sys
import time
from pathlib import Path

import numpy as np

from photodedup.core.image_metadata import read_exif, xmp_rating
from photodedup.core.sniff import describe_foreign, sniff
from tests.data.mutate import mutated
from tests.data.tiff_writer import ASCII, RATIONAL, SHORT, Entry, TiffWriter, exif_block

SLOW_S = 1.0
TAGS = (0x010F, 0x0110, 0x0112, 0x0131, 0x4746, 0x8769, 0x8825, 0x9003, 0x9291, 0xA434, 330, 50706)


def well_formed() -> bytes:
    camera: dict[int, Entry] = {0x010F: (ASCII, b"Seeded\x00"), 0x0112: (SHORT, [6])}
    taken: dict[int, Entry] = {0x9003: (ASCII, b"2020:02:02 02:02:02\x00"), 0x9291: (ASCII, b"12")}
    place: dict[int, Entry] = {
        1: (ASCII, b"N\x00"),
        2: (RATIONAL, [(52, 1), (30, 1), (1234, 100)]),
        3: (ASCII, b"W\x00"),
        4: (RATIONAL, [(13, 1), (24, 1), (0, 1)]),
    }
    return exif_block(camera, taken, place)


def random_structure(random: np.random.Generator) -> bytes:
    """A TIFF structure whose tags are the right ones and whose values are anything."""
    writer = TiffWriter("<" if random.random() < 0.5 else ">")
    data = bytearray(writer.finish(8))
    data += random.bytes(int(random.integers(0, 600)))
    count = int(random.integers(0, 30))
    entries = b"".join(
        int(random.choice(TAGS)).to_bytes(2, "little")
        + int(random.integers(0, 14)).to_bytes(2, "little")
        + int(random.choice([0, 1, 2, 3, 20, 1000, 2**31, 2**32 - 1])).to_bytes(4, "little")
        + int(random.choice([0, 1, 8, 26, len(data), 2**32 - 1])).to_bytes(4, "little")
        for _ in range(count)
    )
    return bytes(data[:8]) + count.to_bytes(2, "little") + entries + bytes(data[8:])


def check(block: bytes) -> None:
    """Read, and hold the results to what they promise."""
    fields = read_exif(block)
    if fields is not None:
        assert 1 <= fields.orientation <= 8
        assert fields.rating is None or 0 <= fields.rating <= 5
        for text in (fields.camera, fields.lens, fields.software, fields.captured_at):
            assert text is None or (text.isprintable() and 0 < len(text) <= 401)
        for degrees, limit in ((fields.latitude, 90), (fields.longitude, 180)):
            assert degrees is None or (math.isfinite(degrees) and abs(degrees) <= limit)
    rating = xmp_rating(block)
    assert rating is None or 0 <= rating <= 5
    for name in ("photo", "photo.nef"):
        sniff(block, Path(name))
    describe_foreign(block)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=200)
    parser.add_argument("--seed", type=int, default=0, help="where to begin")
    options = parser.parse_args()
    whole, seed = well_formed(), options.seed
    end_s = time.monotonic() + options.seconds
    while time.monotonic() < end_s:
        random = np.random.default_rng(seed)
        structure = random_structure(random)
        once = mutated(whole, seed)[1]
        for block in (
            once,
            mutated(once if len(once) > 20 else whole, seed // 6)[1],
            structure,
            b"Exif\x00\x00" + structure,
            b"\x00\x00\x00\x18ftypcrx " + random.bytes(20) + b"CMT1" + structure,
            random.bytes(int(random.integers(0, 200))),
        ):
            started_s = time.process_time()
            try:
                check(block)
            except Exception:
                print(f"seed {seed}: {block.hex()}", file=sys.stderr)
                raise
            assert time.process_time() - started_s < SLOW_S, f"seed {seed} is slow"
        seed += 1
    print(f"{6 * (seed - options.seed)} blocks, seeds {options.seed} to {seed - 1}, no error")
    return 0


if __name__ == "__main__":
    sys.exit(main())
