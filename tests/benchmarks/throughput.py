"""How near a scan comes to the speed at which this machine can read and decode photos.

    python tests/benchmarks/throughput.py PHOTOS ... [--count 600] [--work FOLDER]

Makes 12-megapixel JPEGs of 3 to 4 MB from folders of photos, a tenth being edited copies of
others. Then, in one run and with the files in the system's cache throughout:

    the limit    reading and decoding at an eighth of the size alone, in a process for every
                 core, with each decoder installed; the fastest counts, the better of a pass
                 before and one after the scans
    first scan   the program's own command line, with an empty data folder
    second scan  the same again: nothing has changed

The ratio is the first scan's photos per second by the limit's. Start-up is shown apart: the
interpreter, loading the network (the scan's own "start") and writing the report.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from PIL import Image

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))  # a script's own folder is on the path, the checkout is not

from tests.benchmarks.accuracy import run_scan  # noqa: E402
from tests.benchmarks.camera_photos import make_camera_photos  # noqa: E402
from tests.benchmarks.known_library import photos_in  # noqa: E402

SHRINK = 8  # 4000 x 3000 becomes 500 x 375: the smallest that holds a 400-pixel preview


@dataclass(frozen=True, slots=True)
class Scan:
    """One run of the program: its own seconds by stage, and the whole process's."""

    seconds: dict[str, float]
    wall_s: float
    counts: dict[str, int]
    groups: int
    device: str

    @property
    def working_s(self) -> float:
        """The scan's own total without its start."""
        return self.seconds["total"] - self.seconds["start"]

    @property
    def startup_s(self) -> float:
        """The rest of the process's time."""
        return self.wall_s - self.working_s

    @property
    def per_second(self) -> float:
        """Photos found per second of work."""
        return self.counts["found"] / self.working_s


def decode_pillow(path: Path) -> tuple[int, ...]:
    """Pillow's draft mode."""
    with Image.open(path) as photo:
        photo.draft("RGB", (photo.width // SHRINK, photo.height // SHRINK))
        photo.load()
        return photo.size


def decode_simplejpeg(path: Path) -> tuple[int, ...]:
    """libjpeg-turbo through simplejpeg, with its fast inverse transform."""
    import simplejpeg

    data = path.read_bytes()
    height, width, _, _ = simplejpeg.decode_jpeg_header(data)
    rgb = simplejpeg.decode_jpeg(
        data,
        fastdct=True,
        fastupsample=True,
        min_height=height // SHRINK,
        min_width=width // SHRINK,
    )
    return tuple(rgb.shape)


def decode_opencv(path: Path) -> tuple[int, ...]:
    """OpenCV's reduced reading."""
    import cv2
    import numpy as np

    cv2.setNumThreads(1)  # a process for every core is running already
    bgr = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_REDUCED_COLOR_8)
    assert bgr is not None
    return tuple(bgr.shape)


DECODERS: dict[str, tuple[str, Callable[[Path], tuple[int, ...]]]] = {
    "Pillow draft": ("PIL", decode_pillow),
    "simplejpeg": ("simplejpeg", decode_simplejpeg),
    "OpenCV reduced": ("cv2", decode_opencv),
}


def measure_limit(photos: Sequence[Path]) -> dict[str, float]:
    """Photos per second of each decoder that is installed, in a process for every core."""
    rates = {}
    cores = os.cpu_count() or 1
    for name, (module, decode) in DECODERS.items():
        if find_spec(module) is None:
            print(f"  {name:<16} not installed")
            continue
        with ProcessPoolExecutor(cores) as pool:
            list(pool.map(decode, photos[: 8 * cores], chunksize=2))  # imports are no decoding
            started_s = time.perf_counter()
            list(pool.map(decode, photos, chunksize=4))
            rates[name] = len(photos) / (time.perf_counter() - started_s)
        print(f"  {name:<16}{rates[name]:8.1f} photos/s")
    return rates


def processor() -> str:
    """The processor's name, as far as the system tells."""
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def run_timed(folder: Path, data: Path, options: Sequence[str]) -> Scan:
    """Run the program's scan and time the whole process."""
    started_s = time.perf_counter()
    result: dict[str, Any] = run_scan([folder], data, options)
    wall_s = time.perf_counter() - started_s
    groups = len(result["groups"])
    return Scan(result["seconds"], wall_s, result["counts"], groups, result["device"])


def describe(name: str, scan: Scan) -> str:
    """One scan, stage by stage."""
    counts = ", ".join(f"{key} {n}" for key, n in scan.counts.items())
    lines = [f"{name}: {scan.device}; {counts}; {scan.groups} groups"]
    for stage, seconds in scan.seconds.items():
        rate = scan.counts["found"] / seconds if seconds > 0 else float("inf")
        lines.append(f"  {stage:<16}{rate:8.1f} photos/s  {seconds:8.2f} s")
    lines.append(f"  {'start-up':<16}{'':8}           {scan.startup_s:8.2f} s")
    return "\n".join(lines)


def read_arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "photos", type=Path, nargs="+", help="folders of photos to make large ones from"
    )
    parser.add_argument("--count", type=int, default=600, help="files to make; default: 600")
    parser.add_argument(
        "--work",
        type=Path,
        default=CHECKOUT / "build" / "throughput",
        help="the files are made here once and kept; default: build/throughput in the checkout",
    )
    parser.add_argument("--model", type=Path, help="the network to use instead of the built-in one")
    parser.add_argument("--device", default="auto", help="the scan's; default: auto")
    parser.add_argument("--workers", type=int, help="the scan's; default: its own choice")
    parser.add_argument("--json", type=Path, help="write the figures")
    return parser.parse_args(argv)


def main() -> None:
    """Make the files, measure the limit, scan twice, print the ratios."""
    given = read_arguments()
    folder = (given.work / f"{given.count}").resolve()
    sources = [photo for source in given.photos for photo in photos_in(source)]
    photos = make_camera_photos(sources, given.count, folder)
    megabytes = sum(len(photo.read_bytes()) for photo in photos) / 1e6  # also warms the cache
    print(f"{len(photos)} photos, {megabytes / len(photos):.2f} MB each")
    print(f"{processor()}, {os.cpu_count()} cores")
    options = ["--device", given.device]
    options += ["--model", str(given.model.resolve())] if given.model else []
    options += ["--workers", str(given.workers)] if given.workers else []
    print("limit: read and decode alone, before")
    before = measure_limit(photos)
    with tempfile.TemporaryDirectory(prefix="photodedup-throughput-") as temporary:
        first = run_timed(folder, Path(temporary) / "data", options)
        print(describe("first scan", first))
        second = run_timed(folder, Path(temporary) / "data", options)
        print(describe("second scan", second))
    print("limit, after")
    after = measure_limit(photos)
    limit = max([*before.values(), *after.values()])
    ratio, again = first.per_second / limit, second.working_s / first.working_s
    walls = second.wall_s / first.wall_s
    print(f"\nfirst scan / limit        {first.per_second:.1f} / {limit:.1f} = {ratio:.3f}")
    print(f"second scan / first scan  {again:.3f}, start-up included {walls:.3f}")
    if given.json:
        figures = {"ratio": ratio, "limit": limit, "before": before, "after": after}
        scans = {"first": asdict(first), "second": asdict(second), "second_by_first": again}
        given.json.write_text(json.dumps(figures | scans, indent=1), "utf-8")


if __name__ == "__main__":
    main()
