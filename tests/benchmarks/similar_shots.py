"""Whether shots of one scene are offered as similar, and never as duplicates to discard.

    python tests/benchmarks/similar_shots.py PHOTOS [--bursts 100] [--model FILE] [--json FILE]
        [--pictures FOLDER]

Makes bursts of three shots: between two of them the camera has turned by up to 1.5 degrees, moved
by up to 1.2 % of the long side and zoomed by up to 2 %; the exposure is up to a sixth of a stop
longer or shorter, the noise is new, and one object (3 to 8 % of the area, cut out, its place
filled) lies elsewhere. The bursts are scanned three times: with times to the sub-second in the
files, as phones write them, with whole seconds (all three alike), and with all metadata stripped.

    similar         pairs of one burst that are in one set of similar shots
    duplicates      pairs of one burst that are in one group of duplicates
    preselected     photos of such a group that are marked for discarding
    across          pairs of different bursts that are in one group or set
"""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))  # a script's own folder is on the path, the checkout is not

from tests.benchmarks.accuracy import run_scan  # noqa: E402
from tests.benchmarks.contact_sheet import write_pages  # noqa: E402
from tests.benchmarks.known_library import photos_in  # noqa: E402

Json = dict[str, Any]
Burst = list[Path]

SHOTS = 3
TIMES = ("sub-seconds", "seconds", "stripped")
EXIF_IFD, TAKEN, SUB_SECOND = 0x8769, 0x9003, 0x9291  # Exif 2.32, tables 4 and 8


def burst_of(photo: Image.Image, rng: random.Random) -> list[Image.Image]:
    """Shots of one scene a moment apart, all of the photo's size."""
    return [_shot(_with_object_moved(photo, rng), rng) for _ in range(SHOTS)]


def _shot(scene: Image.Image, rng: random.Random) -> Image.Image:
    """The scene through a camera that has moved, with its own exposure and noise."""
    width, height = scene.size
    reach = 0.012 * max(scene.size)
    angle, zoom = np.radians(rng.uniform(-1.5, 1.5)) / 2, rng.uniform(1.06, 1.08)
    cos, sin = np.cos(angle) / zoom, np.sin(angle) / zoom
    x, y = width / 2 + rng.uniform(-reach, reach) / 2, height / 2 + rng.uniform(-reach, reach) / 2
    across = (cos, -sin, x - cos * width / 2 + sin * height / 2)
    down = (sin, cos, y - sin * width / 2 - cos * height / 2)
    seen = scene.transform(
        scene.size, Image.Transform.AFFINE, (*across, *down), Image.Resampling.BICUBIC
    )
    random_levels = np.random.default_rng(rng.getrandbits(64))
    levels = np.asarray(seen, float) * 2 ** rng.uniform(-1 / 12, 1 / 12)
    levels += random_levels.normal(0.0, rng.uniform(2.0, 5.0), levels.shape)
    return Image.fromarray(levels.clip(0, 255).round().astype(np.uint8))


def _with_object_moved(photo: Image.Image, rng: random.Random) -> Image.Image:
    """One object cut out, its place filled from around it, and put down elsewhere."""
    width, height = photo.size
    area, shape = rng.uniform(0.03, 0.08) * width * height, rng.uniform(0.7, 1.5)
    across, down = round((area * shape) ** 0.5), round((area / shape) ** 0.5)
    left, top = rng.randrange(width - across + 1), rng.randrange(height - down + 1)
    away = rng.uniform(0.1, 0.3) * max(width, height)
    angle = rng.uniform(0, 2 * np.pi)
    to_left = int(np.clip(left + away * np.cos(angle), 0, width - across))
    to_top = int(np.clip(top + away * np.sin(angle), 0, height - down))
    outline = Image.new("L", (across, down), 0)
    ImageDraw.Draw(outline).ellipse((1, 1, across - 2, down - 2), 255)
    hole = Image.new("L", photo.size, 0)
    hole.paste(outline, (left, top))
    filled = Image.fromarray(_inpainted(np.asarray(photo), np.asarray(hole)))
    lifted = photo.crop((left, top, left + across, top + down))
    filled.paste(lifted, (to_left, to_top), outline.filter(ImageFilter.GaussianBlur(1.5)))
    return filled


def _inpainted(rgb: npt.NDArray[np.uint8], hole: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.inpaint(rgb, hole, 3.0, cv2.INPAINT_TELEA), np.uint8)


def write_burst(shots: Sequence[Image.Image], folder: Path, number: int, times: str) -> Burst:
    """Write the shots as a camera does, a fifth of a second apart; times is one of TIMES."""
    paths = []
    for place, shot in enumerate(shots):
        path = folder / f"{number:04}-{place}.jpg"
        exif = Image.Exif()
        if times != "stripped":
            details = exif.get_ifd(EXIF_IFD)
            details[TAKEN] = f"2026:05:{number % 28 + 1:02} 10:{number // 28 % 60:02}:07"
            if times == "sub-seconds":
                details[SUB_SECOND] = f"{100 + 200 * place}"
        shot.save(path, quality=92, exif=exif.tobytes())
        paths.append(path)
    return paths


def figures(bursts: Sequence[Burst], scan: Json) -> Json:
    """Counts over all pairs of one burst, and over pairs of different bursts."""
    burst_of_path = {str(path): number for number, burst in enumerate(bursts) for path in burst}
    pairs = [pair for burst in bursts for pair in combinations(map(str, burst), 2)]

    def together(kind: str) -> set[frozenset[str]]:
        return {
            frozenset(pair)
            for group in scan[kind]
            for pair in combinations([photo["path"] for photo in group["photos"]], 2)
        }

    similar, duplicates = together("similar"), together("groups")
    return {
        "pairs": len(pairs),
        "similar": sum(frozenset(pair) in similar for pair in pairs),
        "duplicates": sum(frozenset(pair) in duplicates for pair in pairs),
        "preselected": sum(
            photo["preselected"]
            for kind in ("groups", "similar")
            for group in scan[kind]
            for photo in group["photos"]
        ),
        "across": sum(
            len({burst_of_path[path] for path in pair}) > 1 for pair in similar | duplicates
        ),
    }


def describe(measured: dict[str, Json]) -> str:
    """The table that is printed."""
    head = f"{'capture times':<15}{'pairs':>7}{'similar':>9}{'duplicates':>12}"
    lines = [f"{head}{'preselected':>13}{'across':>8}"]
    for times, row in measured.items():
        share = row["similar"] / max(1, row["pairs"])
        lines.append(
            f"{times:<15}{row['pairs']:7}{share:9.3f}{row['duplicates']:12}"
            f"{row['preselected']:13}{row['across']:8}"
        )
    return "\n".join(lines)


def measure(photos: Sequence[Path], given: argparse.Namespace, work: Path) -> dict[str, Json]:
    """Make the bursts, scan them with each kind of times, count."""
    options = ["--preset", given.preset]
    options += ["--model", str(given.model.resolve())] if given.model else []
    measured = {}
    written: dict[str, list[Burst]] = {times: [] for times in TIMES}
    for number, path in enumerate(photos[: given.bursts]):
        with Image.open(path) as opened:
            shots = burst_of(opened.convert("RGB"), random.Random(path.name))
        for times in TIMES:
            (work / times).mkdir(exist_ok=True)
            written[times].append(write_burst(shots, work / times, number, times))
    for times in TIMES:
        scan = run_scan([work / times], work / f"{times}-data", options)
        measured[times] = figures(written[times], scan)
        if given.pictures:
            _draw(written[times], scan, given.pictures, times)
    return measured


def _draw(bursts: Sequence[Burst], scan: Json, folder: Path, times: str) -> None:
    """Pages of the pairs that are called duplicates, and of those in no set together."""
    sets = {kind: [{p["path"] for p in group["photos"]} for group in scan[kind]]
            for kind in ("groups", "similar")}  # fmt: skip
    duplicates, apart = [], []
    for burst in bursts:
        for a, b in combinations(burst, 2):
            both = {str(a), str(b)}
            if any(both <= group for group in sets["groups"]):
                duplicates.append((a, b, a.name))
            elif not any(both <= together for together in sets["similar"]):
                apart.append((a, b, a.name))
    for name, chosen in (("duplicates", duplicates), ("apart", apart)):
        for page in write_pages(chosen, folder, f"{times}-{name}"):
            print(page)


def main(arguments: Sequence[str] | None = None) -> None:
    """Build, scan, count, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photos", type=Path, help="folder of distinct photos")
    parser.add_argument("--bursts", type=int, default=100)
    parser.add_argument("--preset", default="balanced", help="the scan's; default: balanced")
    parser.add_argument("--model", type=Path, help="the network to use instead of the built-in one")
    parser.add_argument("--json", type=Path, help="write the figures")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="draw what went wrong")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="photodedup-shots-") as work:
        measured = measure(photos_in(given.photos), given, Path(work).resolve())
    print(describe(measured))
    if given.json:
        given.json.write_text(json.dumps(measured, indent=1), "utf-8")


if __name__ == "__main__":
    main()
