"""How long applying a plan takes, beside re-reading and decoding the keepers alone.

    python -m tests.benchmarks.clearing --folder /somewhere/with/space

Two libraries of generated photos: 2,000 discards of 500 x 375, and discards of 12 megapixels
(about 4 MB). Every discard has a keeper of its own, the worst case. The floor is measured in the
same run, before and after, on all cores: reading each keeper whole and decoding it as the scan
does. Start-up of Python is not counted.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from photodedup.core.decode import decode_photo
from photodedup.core.environment import worker_count
from photodedup.core.execute import apply_plan
from photodedup.core.job import JobControl
from photodedup.core.library import open_library
from photodedup.core.recheck import DECODED_PX
from photodedup.core.undo import undo_batch
from tests.core.clearing_made import quick_group, quick_plan
from tests.data.make_photos import textured_photo

SCENES = 8  # distinct photos; the rest are re-saves, which decode as slowly
SMALL, LARGE = (500, 375), (4000, 3000)
NOISE = 9.0  # grain as of a sensor, so that a file has a camera's size


def make_pairs(folder: Path, pairs: int, size: tuple[int, int]) -> list[tuple[Path, Path]]:
    """Write keepers and copies of them, each file with bytes of its own; (keeper, copy)."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    made = []
    for scene in range(SCENES):
        rgb = textured_photo(scene, *size).astype(np.float32)
        rgb += rng.normal(0, NOISE, rgb.shape).astype(np.float32)
        image = Image.fromarray(np.clip(rgb, 0, 255).astype(np.uint8))
        image.save(folder / "scene.jpg", quality=90)
        data = (folder / "scene.jpg").read_bytes()
        for number in range(scene, pairs, SCENES):
            pair = folder / f"{number}.jpg", folder / f"copy-{number}.jpg"
            for path in pair:  # a comment at the end makes each file another content
                path.write_bytes(data + path.name.encode())
            made.append(pair)
    (folder / "scene.jpg").unlink()
    return made


def measure_floor(keepers: Sequence[Path]) -> float:
    """Seconds to read and decode the keepers on all cores."""

    def read_and_decode(path: Path) -> None:
        path.read_bytes()
        decode_photo(path, DECODED_PX)

    started_s = time.perf_counter()
    with ThreadPoolExecutor(worker_count(None)) as pool:
        list(pool.map(read_and_decode, keepers))
    return time.perf_counter() - started_s


def measure(folder: Path, pairs: int, size: tuple[int, int]) -> None:
    """Make a library, apply, take back, and print."""
    photos = folder / f"{size[0]}x{size[1]}"
    made = make_pairs(photos, pairs, size)
    plan = quick_plan(photos, *(quick_group(keeper, copy) for keeper, copy in made))
    keepers = [keeper for keeper, _ in made]
    floor = [measure_floor(keepers)]
    data = folder / f"data-{size[0]}"
    data.mkdir()
    with open_library(data) as library:
        started_s, cpu_started_s = time.perf_counter(), time.process_time()
        report = apply_plan(plan, library, JobControl())
        apply_s = time.perf_counter() - started_s
        cpu_s = time.process_time() - cpu_started_s
        assert len(report.done) == pairs, report.left[:3]
        floor.append(measure_floor(keepers))
        started_s = time.perf_counter()
        assert not undo_batch(library, report.batch, JobControl()).left
        undo_s = time.perf_counter() - started_s
    floor_s = sum(floor) / len(floor)
    print(
        f"{pairs} discards of {size[0]} x {size[1]} ({keepers[0].stat().st_size / 1e6:.1f} MB): "
        f"apply {apply_s:.1f} s ({cpu_s:.1f} s of processor time), undo {undo_s:.1f} s; "
        f"reading and decoding the keepers alone {floor[0]:.1f} and {floor[1]:.1f} s; "
        f"ratio {apply_s / floor_s:.2f}",
        flush=True,
    )


def main() -> int:
    """Measure both; the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, help="where to make the photos")
    parser.add_argument("--small", type=int, default=2000, help="pairs of 500 x 375")
    parser.add_argument("--large", type=int, default=200, help="pairs of 4000 x 3000")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(dir=options.folder))
    try:
        measure(folder, options.small, SMALL)
        measure(folder, options.large, LARGE)
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
