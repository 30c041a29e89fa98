"""Photos for training: found, labelled, split, and held as one small array in memory.

Where positives come from: with `photos`, every photo is alone and two edits of it are anchor and
positive; with `folders`, photos of one folder are positives of one another; with `csv`, those that
the table's pairs or triplets join.
"""

import csv
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif"}


@dataclass(frozen=True, slots=True)
class Listing:
    """Which photos there are and how they belong together; parallel to one another."""

    paths: tuple[Path, ...]
    labels: npt.NDArray[np.int64]  # (N,) photos with one label are positives of one another
    scenes: npt.NDArray[np.int64]  # (N,) photos of one scene resemble one another: hard negatives

    def subset(self, rows: npt.NDArray[np.int64]) -> "Listing":
        """The photos at rows, in that order."""
        return Listing(tuple(self.paths[row] for row in rows), self.labels[rows], self.scenes[rows])


@dataclass(frozen=True, slots=True)
class PhotoArray:
    """Photos squashed to a square, as the network sees them, but with pixels to spare for crops."""

    pixels: npt.NDArray[np.uint8]  # (N, P, P, 3)
    aspects: npt.NDArray[np.float32]  # (N,) width / height before squashing


def find_photos(folder: Path) -> list[Path]:
    """All photos below folder, in sorted order. Raises FileNotFoundError when there is none."""
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in PHOTO_SUFFIXES and not path.name.startswith(".")
    )
    if not found:
        raise FileNotFoundError(f"{folder}: no photos there ({', '.join(sorted(PHOTO_SUFFIXES))})")
    return found


def list_folder(folder: Path, by_folder: bool = False) -> Listing:
    """The photos below folder; by_folder: those of one folder are positives of one another.

    Photos of one folder are of one scene either way.
    """
    paths = find_photos(folder)
    parents = {parent: number for number, parent in enumerate(sorted({p.parent for p in paths}))}
    scenes = np.array([parents[path.parent] for path in paths], dtype=np.int64)
    labels = scenes if by_folder else np.arange(len(paths), dtype=np.int64)
    return Listing(tuple(paths), labels, scenes)


def list_csv(table: Path) -> Listing:
    """Photos and their kinship from a CSV; relative paths are relative to the table.

    Columns `anchor,positive,negative` (triplets), or `a,b,same` (pairs; same is 1 or 0).
    Positives are transitive: a with b and b with c make one label. Raises ValueError on other
    columns and where the table says that two photos are both positive and negative.
    """
    with table.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        columns = set(reader.fieldnames or ())
        rows = list(reader)
    if {"anchor", "positive", "negative"} <= columns:
        positives = [(row["anchor"], row["positive"]) for row in rows]
        negatives = [(row["anchor"], row["negative"]) for row in rows]
    elif {"a", "b", "same"} <= columns:
        positives = [(row["a"], row["b"]) for row in rows if row["same"].strip() == "1"]
        negatives = [(row["a"], row["b"]) for row in rows if row["same"].strip() != "1"]
    else:
        raise ValueError(f"{table}: expected the columns anchor,positive,negative or a,b,same")
    names = sorted({name for pair in positives + negatives for name in pair})
    number = {name: row for row, name in enumerate(names)}
    labels = _join([(number[a], number[b]) for a, b in positives], len(names))
    scenes = _join([(number[a], number[b]) for a, b in positives + negatives], len(names))
    for a, b in negatives:
        if labels[number[a]] == labels[number[b]]:
            raise ValueError(
                f"{table}: {a} and {b} are positives by other lines, but negatives here"
            )
    return Listing(tuple(table.parent / name for name in names), labels, scenes)


def _join(pairs: Sequence[tuple[int, int]], count: int) -> npt.NDArray[np.int64]:
    """(count,) the lowest member of each one's connected part."""
    root = list(range(count))

    def find(member: int) -> int:
        while root[member] != member:
            root[member] = root[root[member]]
            member = root[member]
        return member

    for a, b in pairs:
        low, high = sorted((find(a), find(b)))
        root[high] = low
    return np.array([find(member) for member in range(count)], dtype=np.int64)


def split(listing: Listing, validation: int) -> tuple[Listing, Listing]:
    """Training and validation photos, by photo; about `validation` of them go to the second.

    By a digest of the file name, so that a photo stays on its side when others are added.
    """
    share = min(validation / len(listing.paths), 0.5)
    digests = [hashlib.sha256("/".join(path.parts[-3:]).encode("utf-8", "surrogateescape")).digest()
               for path in listing.paths]  # fmt: skip
    held = np.array([int.from_bytes(digest[:4], "big") / 2**32 < share for digest in digests])
    return listing.subset(np.flatnonzero(~held)), listing.subset(np.flatnonzero(held))


def load_photos(paths: Sequence[Path], side: int, cache: Path | None = None) -> PhotoArray:
    """Read, turn upright and squash to side x side; about side * side * 3 bytes of memory a photo.

    cache: an .npz that is written on the first call and read on the next with the same photos.
    Raises OSError or PIL.UnidentifiedImageError for a photo that cannot be read.
    """
    names = hashlib.sha256(
        "\0".join([str(side), *map(str, paths)]).encode("utf-8", "surrogateescape")
    )
    if cache is not None and cache.exists():
        with np.load(cache) as stored:
            if str(stored["names"]) == names.hexdigest():
                return PhotoArray(stored["pixels"], stored["aspects"])
    pixels = np.empty((len(paths), side, side, 3), np.uint8)
    aspects = np.empty(len(paths), np.float32)

    def read(row: int) -> None:
        pixels[row], aspects[row] = _squashed(paths[row], side)

    with ThreadPoolExecutor() as pool:
        list(pool.map(read, range(len(paths))))
    if cache is not None:
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.savez(cache, names=names.hexdigest(), pixels=pixels, aspects=aspects)
    return PhotoArray(pixels, aspects)


def _squashed(path: Path, side: int) -> tuple[npt.NDArray[np.uint8], float]:
    with Image.open(path) as opened:
        photo = ImageOps.exif_transpose(opened).convert("RGB")
    # Bicubic: a photo smaller than that stays sharper for the crops that are taken from it.
    squashed = photo.resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(squashed), photo.width / photo.height
