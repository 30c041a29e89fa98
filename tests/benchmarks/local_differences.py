"""Whether a foreign patch in one copy of a photo is noticed, and never marked for discarding.

    python tests/benchmarks/local_differences.py PHOTOS [--pairs 500] [--control 100]
        [--model FILE] [--json FILE] [--pictures FOLDER]

Into a copy of each photo a part of another photo is blended: an ellipse or a box of 1 to 4 % of the
area with soft edges, visible (its pixels differ by 12 of 255 levels in the mean). The copy is saved
anew, half of them smaller. The program's own command line scans photos and copies, in every preset.

    grouped         the two are duplicates of one another
    differs         the group says that they differ, anywhere
    right place     the middle of a place that is reported lies within the patch
    preselected     one of the two is marked for discarding, in a preset
    false alarms    the same for copies without a patch: share with any place reported
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))  # a script's own folder is on the path, the checkout is not

from tests.benchmarks.accuracy import run_scan  # noqa: E402
from tests.benchmarks.contact_sheet import write_pages  # noqa: E402
from tests.benchmarks.known_library import photos_in  # noqa: E402

Json = dict[str, Any]
Box = tuple[float, float, float, float]  # x, y, width, height, as fractions of the photo

PRESETS = ("balanced", "strict", "broad")
LEAST_VISIBLE = 12.0  # levels of 255, mean over the patch
AREAS = ((0.01, 0.02), (0.02, 0.03), (0.03, 0.04))


@dataclass(frozen=True, slots=True)
class PatchedPair:
    """A photo and a copy of it; patch is None for a copy without."""

    photo: Path
    copy: Path
    patch: Box | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one preset's scan says about a pair."""

    grouped: bool
    similar: bool
    differs: tuple[Box, ...]
    preselected: bool


def patched(
    photo: Image.Image, foreign: Image.Image, rng: random.Random
) -> tuple[Image.Image, Box]:
    """The photo with a part of the foreign one blended in, and where.

    Raises ValueError if in 50 tries no patch would be visible.
    """
    for _ in range(50):
        box = _any_box(photo, rng)
        left, top, width, height = box
        part = _part(foreign, width, height, rng)
        under = photo.crop((left, top, left + width, top + height))
        mask = _soft_mask(width, height, rng)
        blended = Image.composite(part, under, mask)
        changed = np.abs(np.asarray(blended, float) - np.asarray(under, float)).mean()
        if changed >= LEAST_VISIBLE:
            result = photo.copy()
            result.paste(blended, (left, top))
            across, down = photo.size
            return result, (left / across, top / down, width / across, height / down)
    raise ValueError("the two photos look too much alike for a visible patch")


def _any_box(photo: Image.Image, rng: random.Random) -> tuple[int, int, int, int]:
    """Left, top, width, height in pixels, of 1 to 4 % of the area, anywhere."""
    area = rng.uniform(0.01, 0.04) * photo.width * photo.height
    shape = rng.uniform(0.6, 1.7)
    width, height = round((area * shape) ** 0.5), round((area / shape) ** 0.5)
    return (
        rng.randrange(photo.width - width + 1),
        rng.randrange(photo.height - height + 1),
        width,
        height,
    )


def _part(foreign: Image.Image, width: int, height: int, rng: random.Random) -> Image.Image:
    """A part of the foreign photo, at its own scale where it is large enough."""
    if foreign.width < width or foreign.height < height:
        return foreign.resize((width, height), Image.Resampling.BICUBIC)
    left, top = rng.randrange(foreign.width - width + 1), rng.randrange(foreign.height - height + 1)
    return foreign.crop((left, top, left + width, top + height))


def _soft_mask(width: int, height: int, rng: random.Random) -> Image.Image:
    """An ellipse or a box whose edges fade over a tenth of the shorter side."""
    mask = Image.new("L", (width, height), 0)
    soft = max(1.0, min(width, height) * 0.1)
    inner = (soft, soft, width - 1 - soft, height - 1 - soft)
    draw = ImageDraw.Draw(mask)
    if rng.random() < 0.5:
        draw.ellipse(inner, 255)
    else:
        draw.rectangle(inner, 255)
    return mask.filter(ImageFilter.GaussianBlur(soft / 2))


def build_round(
    photos: Sequence[Path], folder: Path, seed: str, with_patch: bool
) -> list[PatchedPair]:
    """Write every photo and a copy of it below folder."""
    pairs = []
    for place, path in enumerate(photos):
        rng = random.Random(f"{seed} {path.name}")
        original = folder / "photos" / f"{place:04}{path.suffix.lower()}"
        copy = folder / "copies" / f"{place:04}.jpg"
        for file in (original, copy):
            file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, original)
        with Image.open(path) as opened:
            image = opened.convert("RGB")
        patch = None
        if with_patch:
            with Image.open(photos[place - 1]) as opened:
                image, patch = patched(image, opened.convert("RGB"), rng)
        if rng.random() < 0.5:
            share = rng.uniform(0.5, 0.95)
            size = round(image.width * share), round(image.height * share)
            image = image.resize(size, Image.Resampling.LANCZOS)
        image.save(copy, quality=rng.randint(75, 95))
        pairs.append(PatchedPair(original, copy, patch))
    return pairs


def outcomes(pairs: Sequence[PatchedPair], scan: Json) -> list[Outcome]:
    """What a scan's JSON says about each pair."""
    groups = [{photo["path"]: photo for photo in group["photos"]} for group in scan["groups"]]
    similar = [{photo["path"] for photo in group["photos"]} for group in scan["similar"]]
    group_of = {path: members for members in groups for path in members}
    result = []
    for pair in pairs:
        both = str(pair.photo), str(pair.copy)
        members = group_of.get(both[0], {})
        grouped = both[1] in members
        own = [members[path] for path in both] if grouped else []
        places = tuple(tuple(box) for photo in own for box in photo["differs"])
        result.append(
            Outcome(
                grouped,
                any(set(both) <= together for together in similar),
                places,
                any(photo["preselected"] for photo in own),
            )
        )
    return result


def hits(patch: Box, places: Sequence[Box]) -> bool:
    """Whether the middle of one of the places lies within the patch."""
    x, y, width, height = patch
    return any(
        x <= left + across / 2 <= x + width and y <= top + down / 2 <= y + height
        for left, top, across, down in places
    )


def figures(pairs: Sequence[PatchedPair], by_preset: dict[str, list[Outcome]]) -> Json:
    """Counts of patched and of clean pairs; places are those of the first preset."""
    first = by_preset[PRESETS[0]]
    with_patch = [(pair.patch, out) for pair, out in zip(pairs, first, strict=True) if pair.patch]
    clean = [out for pair, out in zip(pairs, first, strict=True) if pair.patch is None]

    def counts(chosen: Sequence[tuple[Box, Outcome]]) -> Json:
        return {
            "pairs": len(chosen),
            "grouped": sum(out.grouped for _, out in chosen),
            "similar": sum(out.similar and not out.grouped for _, out in chosen),
            "differs": sum(bool(out.differs) for _, out in chosen),
            "right_place": sum(hits(patch, out.differs) for patch, out in chosen),
        }

    def of_area(low: float, high: float) -> Json:
        return counts([(p, out) for p, out in with_patch if low <= p[2] * p[3] < high])

    return {
        **counts(with_patch),
        "by_area": {f"{low:.0%} to {high:.0%}": of_area(low, high) for low, high in AREAS},
        "preselected": {
            preset: sum(
                out.preselected for pair, out in zip(pairs, found, strict=True) if pair.patch
            )
            for preset, found in by_preset.items()
        },
        "control": len(clean),
        "control_grouped": sum(out.grouped for out in clean),
        "false_alarms": sum(bool(out.differs) for out in clean),
    }


def describe(measured: Json) -> str:
    """The table that is printed."""
    lines = [f"{'patch':<14}{'pairs':>7}{'grouped':>9}{'similar':>9}{'differs':>9}{'right':>8}"]
    for name, row in (("all", measured), *measured["by_area"].items()):
        shares = [row[key] / max(1, row["pairs"]) for key in ("differs", "right_place")]
        lines.append(
            f"{name:<14}{row['pairs']:7}{row['grouped']:9}{row['similar']:9}"
            f"{shares[0]:9.3f}{shares[1]:8.3f}"
        )
    lines += [f"preselected, {name}: {n}" for name, n in measured["preselected"].items()]
    lines.append(
        f"copies without a patch: {measured['control_grouped']} of {measured['control']} grouped, "
        f"{measured['false_alarms']} with a place reported"
    )
    return "\n".join(lines)


def measure(photos: Sequence[Path], given: argparse.Namespace, work: Path) -> Json:
    """Build, scan in every preset, count; draws what was not noticed where that is asked for."""
    sizes = [len(photos)] * (given.pairs // len(photos)) + [given.pairs % len(photos)]
    rounds = [(f"round-{n}", photos[:count], True) for n, count in enumerate(sizes) if count]
    if given.control:
        rounds.append(("control", photos[: given.control], False))
    options = ["--model", str(given.model.resolve())] if given.model else []
    pairs: list[PatchedPair] = []
    by_preset: dict[str, list[Outcome]] = {preset: [] for preset in PRESETS}
    for name, chosen, with_patch in rounds:
        built = build_round(chosen, work / name, name, with_patch)
        pairs += built
        for preset in PRESETS:
            scan = run_scan([work / name], work / f"{name}-data", ["--preset", preset, *options])
            by_preset[preset] += outcomes(built, scan)
    if given.pictures:
        _draw(pairs, by_preset[PRESETS[0]], given.pictures)
    return figures(pairs, by_preset)


def _draw(pairs: Sequence[PatchedPair], found: Sequence[Outcome], folder: Path) -> None:
    """Pages of the pairs that are wrong: a patch not found, or a place where there is none."""
    unnoticed, alarms = [], []
    for pair, out in zip(pairs, found, strict=True):
        if pair.patch is None and out.differs:
            alarms.append((pair.photo, pair.copy, _places(out.differs)))
        if pair.patch is not None and not hits(pair.patch, out.differs):
            words = "grouped" if out.grouped else "similar" if out.similar else "apart"
            text = f"{words}; patch {_places([pair.patch])}\n{_places(out.differs)}"
            unnoticed.append((pair.photo, pair.copy, text))
    for name, chosen in (("unnoticed", unnoticed), ("false-alarms", alarms)):
        for page in write_pages(chosen, folder, name):
            print(page)


def _places(boxes: Sequence[Box]) -> str:
    return " ".join("/".join(f"{value:.2f}" for value in box) for box in boxes[:2]) or "none"


def main(arguments: Sequence[str] | None = None) -> None:
    """Build, scan, count, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photos", type=Path, help="folder of distinct photos")
    parser.add_argument("--pairs", type=int, default=500)
    parser.add_argument("--control", type=int, default=100, help="copies without a patch")
    parser.add_argument("--model", type=Path, help="the network to use instead of the built-in one")
    parser.add_argument("--json", type=Path, help="write the figures")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="draw what went wrong")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="photodedup-differences-") as work:
        measured = measure(photos_in(given.photos), given, Path(work).resolve())
    print(describe(measured))
    if given.json:
        given.json.write_text(json.dumps(measured, indent=1), "utf-8")


if __name__ == "__main__":
    main()
