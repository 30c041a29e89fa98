"""A library on disk whose duplicates are known, and the truth beside it."""

import dataclasses
import json
import os
import random
import shutil
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from tests.benchmarks.edits import SAVED, save_edit

PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"}


@dataclass(frozen=True, slots=True)
class Known:
    """One photo of the library. Two photos are duplicates exactly if their source is the same.

    path is relative to the library. part is "originals", or the name of the folder it came from.
    edit is the edit's name, "cut_out" for a ready-made crop, or None for what is no copy.
    """

    path: str
    source: str
    part: str
    edit: str | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """What the library is made of; the same recipe makes the same library.

    distractors are folders whose photos are all distinct. Each of cut_outs is a folder and a
    second one whose files are cut out of the first's files of the same name.
    """

    originals: Path
    edited: int
    distractors: tuple[Path, ...] = ()
    cut_outs: tuple[tuple[Path, Path], ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        names = [folder.name for folder in self.folders]
        if len(set(names)) != len(names):
            raise ValueError(f"folders need different names, got: {', '.join(names)}")

    @property
    def folders(self) -> list[Path]:
        """Every folder of photos, each once."""
        pairs = (folder for pair in self.cut_outs for folder in pair)
        return list(dict.fromkeys((self.originals, *self.distractors, *pairs)))

    def as_text(self) -> str:
        """The stamp by which a library that is already there is recognised."""
        return json.dumps(dataclasses.asdict(self), default=str, sort_keys=True)


def photos_in(folder: Path) -> list[Path]:
    """The photos below a folder, sorted. Raises SystemExit if there are none."""
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in PHOTO_SUFFIXES)
    if not found:
        raise SystemExit(f"{folder}: no photos in it")
    return found


def build_library(recipe: Recipe, work: Path) -> list[Known]:
    """Make work/library and work/truth.json, or take those that the same recipe made before."""
    library, truth = work / "library", work / "truth.json"
    if truth.exists():
        stored = json.loads(truth.read_text("utf-8"))
        if stored["recipe"] == recipe.as_text():
            return [Known(**known) for known in stored["photos"]]
        raise SystemExit(f"{work} holds the library of other options: name another folder")
    shutil.rmtree(library, ignore_errors=True)
    photos = [*_originals(recipe, library), *_others(recipe, library)]
    stored = {"recipe": recipe.as_text(), "photos": [dataclasses.asdict(p) for p in photos]}
    truth.write_text(json.dumps(stored, indent=1), "utf-8")
    return photos


def _originals(recipe: Recipe, library: Path) -> list[Known]:
    """Copy all originals and write every edit of some of them."""
    originals = photos_in(recipe.originals)
    chosen = set(random.Random(recipe.seed).sample(originals, min(recipe.edited, len(originals))))
    known = _copied(originals, recipe.originals, library, "originals")
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        jobs = [
            pool.submit(_edited, path, library, copy.source, recipe.seed)
            for path, copy in zip(originals, known, strict=True)
            if path in chosen
        ]
        return known + [edit for job in jobs for edit in job.result()]


def _edited(path: Path, library: Path, source: str, seed: int) -> list[Known]:
    """Write every edit of one photo."""
    known = []
    with Image.open(path) as opened:
        photo = opened.convert("RGB")
    for name in SAVED:
        folder = library / "edits" / name
        folder.mkdir(parents=True, exist_ok=True)
        rng = random.Random(f"{seed} {source} {name}")
        written = save_edit(name, photo, rng, folder / Path(source).name)
        relative = written.relative_to(library).as_posix()
        known.append(Known(relative, source, "originals", name))
    return known


def _others(recipe: Recipe, library: Path) -> list[Known]:
    """Copy the distractors, the photos that were cut from, and what was cut out of them."""
    known: list[Known] = []
    cut_out = {cut for _, cut in recipe.cut_outs}
    for folder in recipe.folders[1:]:
        if folder not in cut_out:
            known += _copied(photos_in(folder), folder, library, folder.name)
    for whole, cut in recipe.cut_outs:
        part = "originals" if whole == recipe.originals else whole.name
        for copy in _copied(photos_in(cut), cut, library, cut.name):
            source = f"{part}/{copy.path.removeprefix(f'{cut.name}/')}"
            known.append(dataclasses.replace(copy, source=source, edit="cut_out"))
    return known


def _copied(photos: Sequence[Path], root: Path, library: Path, part: str) -> list[Known]:
    """Copy photos into the library's folder of that part, keeping their sub-folders."""
    known = []
    for photo in photos:
        target = library / part / photo.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(photo, target)
        name = target.relative_to(library).as_posix()
        known.append(Known(name, name, part))
    return known


def by_path(photos: Iterable[Known]) -> dict[str, Known]:
    """The photos by their path in the library."""
    return {photo.path: photo for photo in photos}
