"""How much sooner a quick scan ends than a full one, and what it misses.

    python tests/benchmarks/quick_scan.py PHOTOS ... [--count 600] [--work FOLDER]
        [--edits ORIGINALS] [--crops-of FOLDER CROPS]

Makes 12-megapixel JPEGs of 3 to 4 MB, as the benchmark throughput.py does, and gives each the
thumbnail that a camera would have embedded. A tenth are edited copies of others, in turns

    messenger    smaller, saved again, without metadata
    stale        saved by an editor that left the thumbnail of the original
    fresh        saved by an editor that made a new thumbnail
    bare         saved by an editor that left no metadata

The program's own command line then scans them twice, each time with an empty data folder: in full
and with --quick; and again without the copies. Recall is the share of the full scan's pairs of
duplicates that the quick scan has in one group too.

--edits: a second library, of photos with one edited copy each, the edits of the accuracy benchmark
in turns, and of photos with crops of them. All have fresh thumbnails: at first the quick scan sees
nothing else. Shows what is found of each edit.
"""

import argparse
import io
import itertools
import json
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations
from pathlib import Path
from typing import Any

from PIL import Image

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))  # a script's own folder is on the path, the checkout is not

from tests.benchmarks.accuracy import measure, run_scan  # noqa: E402
from tests.benchmarks.camera_photos import QUALITY, make_camera_photos  # noqa: E402
from tests.benchmarks.edits import SAVED, save_edit  # noqa: E402
from tests.benchmarks.known_library import Known, photos_in  # noqa: E402
from tests.benchmarks.throughput import describe, processor, run_timed  # noqa: E402
from tests.data.preview_writer import jpeg_bytes, thumbnail_of, with_thumbnail  # noqa: E402

TENTH = 10  # every tenth photo is an edited copy of the one nine before it
COPIES = ("messenger", "stale", "fresh", "bare")
MESSENGER_PX = 2048

Json = dict[str, Any]
Pair = tuple[str, str]


def dress(photos: Sequence[Path], folder: Path) -> list[Path]:
    """Write the photos of make_camera_photos into folder with the previews they would have."""
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(_dress_one, photos, _originals(photos), _targets(photos, folder)))


def _originals(photos: Sequence[Path]) -> Iterator[Path]:
    """For a copy its original, for any other photo itself."""
    for number, photo in enumerate(photos):
        yield photos[number - TENTH + 1] if number % TENTH == TENTH - 1 else photo


def _targets(photos: Sequence[Path], folder: Path) -> Iterator[Path]:
    for number, photo in enumerate(photos):
        kind = ""
        if number % TENTH == TENTH - 1:
            # the edits come in turns too: not the same ones with the same kind of copy
            kind = "-" + COPIES[(number // TENTH + number // 80) % len(COPIES)]
        yield folder / f"{photo.stem}{kind}.jpg"


def _dress_one(photo: Path, original: Path, target: Path) -> Path:
    if target.exists():
        return target
    data = photo.read_bytes()
    kind = target.stem.partition("-")[2]
    if kind == "messenger":
        with Image.open(io.BytesIO(data)) as opened:
            opened.thumbnail((MESSENGER_PX, MESSENGER_PX))
            data = jpeg_bytes(opened.convert("RGB"), QUALITY - 10)
    elif kind != "bare":
        with Image.open(original if kind == "stale" else io.BytesIO(data)) as opened:
            opened.draft("RGB", (500, 375))
            data = with_thumbnail(data, thumbnail_of(opened))
    part = target.with_suffix(".part")
    part.write_bytes(data)
    return part.rename(target)


def copy_once(originals: Path, crops_of: Sequence[Path], library: Path) -> list[Known]:
    """Write a library in which every photo has one copy, each with its own thumbnail."""
    known = []
    names = itertools.cycle(SAVED)
    for photo, edit in zip(photos_in(originals), names, strict=False):
        source = _put(photo, library / "originals")
        with Image.open(photo) as opened:
            target = library / "edits" / edit / photo.name
            target.parent.mkdir(parents=True, exist_ok=True)
            copy = save_edit(edit, opened, random.Random(f"{photo.name} {edit}"), target)
        known += [(source, source, None), (copy, source, edit)]
    if crops_of:
        whole, crops = crops_of
        for crop in photos_in(crops):
            source = _put(whole / crop.name, library / "whole")
            known += [(source, source, None), (_put(crop, library / "crops"), source, "cut_out")]
    for path, _, _ in known:
        _give_thumbnail(path)
    relative = [(p.relative_to(library), s.relative_to(library), e) for p, s, e in known]
    return [Known(p.as_posix(), s.as_posix(), p.parts[0], e) for p, s, e in relative]


def _put(photo: Path, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(photo, folder / photo.name))


def _give_thumbnail(path: Path) -> None:
    with Image.open(path) as opened:
        if opened.format != "JPEG":
            return
        thumbnail = thumbnail_of(opened)
    path.write_bytes(with_thumbnail(path.read_bytes(), thumbnail))


def pairs_of(scan: Json) -> set[Pair]:
    """Every two photos that are in one group of duplicates."""
    pairs: set[Pair] = set()
    for group in scan["groups"]:
        pairs.update(combinations(sorted(photo["path"] for photo in group["photos"]), 2))
    return pairs


def compare_speed(folder: Path, data: Path, options: Sequence[str]) -> Json:
    """Scan in full and quickly; print and return the figures."""
    figures: Json = {}
    found: dict[str, set[Pair]] = {}
    print(f"\n{folder.name}")
    for name, more in (("full", []), ("quick", ["--quick"])):
        kept = data / f"{folder.name}-{name}"
        busy_s = _processor_s()
        scan = run_timed(folder, kept, [*options, *more])
        busy_s = figures[f"{name}_processor_s"] = _processor_s() - busy_s
        found[name] = pairs_of(json.loads(kept.with_suffix(".json").read_text("utf-8")))
        print(describe(f"{name} scan", scan))
        print(f"  {'processor time':<16}{busy_s:26.2f} s, start-up included")
        figures[name] = scan.per_second
        figures["counts"] = scan.counts
    lost = sorted(found["full"] - found["quick"])
    for pair in lost:
        print("  lost:", *(Path(path).name for path in pair))
    whole = len(found["full"])
    figures |= {"pairs": whole, "lost": len(lost), "more": len(found["quick"] - found["full"])}
    ratio = figures["ratio"] = figures["quick"] / figures["full"]
    print(f"\nquick / full  {figures['quick']:.1f} / {figures['full']:.1f} photos/s = {ratio:.2f}")
    busy = figures["quick_processor_s"] / figures["full_processor_s"]
    print(f"processor     {busy:.2f} of the full scan's time")
    recall = figures["recall"] = 1 - len(lost) / whole if whole else 1.0
    print(f"recall        {recall:.4f} of {whole} pairs; {figures['more']} that only quick has")
    return figures


def _processor_s() -> float:
    """Processor time of all processes that this one started and that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def only_originals(photos: Sequence[Path], folder: Path) -> Path:
    """A folder of those that are no copies."""
    folder.mkdir(exist_ok=True)
    for photo in photos:
        target = folder / photo.name
        if "-" not in photo.stem and not target.exists():
            os.link(photo, target)
    return folder


def compare_edits(photos: Sequence[Known], library: Path, options: Sequence[str]) -> Json:
    """Which edits each kind of scan finds; prints and returns the figures."""
    data = library.parent
    scans = {
        "full": run_scan([library], data / "edits-full", options),
        "quick": run_scan([library], data / "edits-quick", [*options, "--quick"]),
    }
    found = {name: measure(photos, scan, library) for name, scan in scans.items()}
    print(f"\n{'edit':<14}{'copies':>8}{'full':>7}{'quick':>7}")
    for edit, full in found["full"].edits.items():
        print(f"{edit:<14}{full.copies:8}{full.found:7}{found['quick'].edits[edit].found:7}")
    pairs = pairs_of(scans["full"])
    lost = pairs - pairs_of(scans["quick"])
    counts = scans["quick"]["counts"]
    print(f"{len(lost)} of {len(pairs)} pairs lost; {counts}")
    return {"pairs": len(pairs), "lost": len(lost), "counts": counts}


def read_arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photos", type=Path, nargs="*", help="folders of photos")
    parser.add_argument("--count", type=int, default=600, help="files to make; default: 600")
    parser.add_argument(
        "--work",
        type=Path,
        default=CHECKOUT / "build" / "throughput",
        help="the files are made here once and kept; default: build/throughput in the checkout",
    )
    parser.add_argument("--edits", type=Path, metavar="ORIGINALS", help="folder of distinct photos")
    parser.add_argument(
        "--crops-of",
        type=Path,
        nargs=2,
        default=[],
        metavar=("FOLDER", "CROPS"),
        help="with --edits: a folder, and one whose files are cut out of the first's",
    )
    parser.add_argument("--workers", type=int, help="of both scans; default: their own choice")
    parser.add_argument("--json", type=Path, help="write the figures")
    return parser.parse_args(argv)


def main() -> None:
    """Make the files, scan them in full and quickly, print what differs."""
    given = read_arguments()
    work = given.work.resolve()
    options = ["--workers", str(given.workers)] if given.workers else []
    figures: Json = {}
    print(f"{processor()}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(prefix="photodedup-quick-") as temporary:
        if given.photos:
            sources = [photo for source in given.photos for photo in photos_in(source)]
            photos = make_camera_photos(sources, given.count, work / f"{given.count}")
            dressed = work / f"{given.count}-with-previews"
            photos = dress(photos, dressed)
            megabytes = sum(len(photo.read_bytes()) for photo in photos) / 1e6  # cached now
            print(f"{len(photos)} photos, {megabytes / len(photos):.2f} MB each")
            figures["speed"] = compare_speed(dressed, Path(temporary), options)
            alone = only_originals(photos, work / f"{given.count}-without-copies")
            figures["speed_without_copies"] = compare_speed(alone, Path(temporary), options)
        if given.edits:
            library = Path(temporary) / "library"
            known = copy_once(given.edits, given.crops_of, library)
            figures["edits"] = compare_edits(known, library, options)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1), "utf-8")


if __name__ == "__main__":
    main()
