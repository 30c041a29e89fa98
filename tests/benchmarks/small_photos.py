"""Photos of 500 x 375, every tenth an edited copy, for other_tools.py.

    python tests/benchmarks/small_photos.py PHOTOS ... --into FOLDER [--count 3000]

Chosen by chance, with a fixed seed, from folders that hold nine tenths of that number or more.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from PIL import Image, ImageOps

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))  # a script's own folder is on the path, the checkout is not

from tests.benchmarks.camera_photos import COPIES, QUALITY  # noqa: E402
from tests.benchmarks.edits import SAVED  # noqa: E402
from tests.benchmarks.known_library import photos_in  # noqa: E402

SIZE = (500, 375)
OF_EACH = 9  # photos to one copy


def make_small_photos(photos: Sequence[Path], count: int, folder: Path) -> list[Path]:
    """Write count JPEGs into folder, in parallel. Raises SystemExit if there are too few photos."""
    needed = count - count // (OF_EACH + 1)
    if len(photos) < needed:
        raise SystemExit(f"{needed} photos are needed, {len(photos)} were found")
    chosen = random.Random(0).sample(sorted(photos), needed)
    folder.mkdir(parents=True, exist_ok=True)
    starts = range(0, needed, OF_EACH)
    with ProcessPoolExecutor() as pool:
        written = pool.map(
            _write,
            [chosen[start : start + OF_EACH] for start in starts],
            starts,
            [folder] * len(starts),
        )
        return [path for paths in written for path in paths]


def _write(photos: Sequence[Path], first: int, folder: Path) -> list[Path]:
    """Write some photos, and an edited copy of the first where there are enough of them."""
    written = []
    for number, photo in enumerate(photos, first):
        with Image.open(photo) as opened:
            small = ImageOps.fit(opened.convert("RGB"), SIZE, Image.Resampling.BICUBIC)
        written.append(folder / f"{number:05}.jpg")
        small.save(written[-1], quality=QUALITY)
    if len(photos) == OF_EACH:
        name = COPIES[first // OF_EACH % len(COPIES)]
        with Image.open(written[0]) as original:
            copy = SAVED[name].change(original.convert("RGB"), random.Random(first))
        written.append(folder / f"{first:05}_{name}.jpg")
        copy.save(written[-1], quality=QUALITY)
    return written


def main() -> None:
    """Read the command line and write the photos."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("photos", metavar="PHOTOS", type=Path, nargs="+")
    parser.add_argument("--into", metavar="FOLDER", type=Path, required=True)
    parser.add_argument("--count", type=int, default=3000)
    arguments = parser.parse_args()
    photos = [photo for folder in arguments.photos for photo in photos_in(folder)]
    written = make_small_photos(photos, arguments.count, arguments.into)
    print(f"{len(written)} photos in {arguments.into}")


if __name__ == "__main__":
    main()
