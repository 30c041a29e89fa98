"""How well a model finds copies: python -m training.evaluate MODEL --photos FOLDER --edits FILE.

Queries are the edited copies of the first photos of the folder; the gallery of each is all
originals and the edited copies of the other photos. Perceptual hashes stand in the same table.
"""

import argparse
import importlib.util
import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imagehash
import numpy as np
import numpy.typing as npt
from PIL import Image

from training import metrics
from training.data import find_photos, list_folder
from training.inference import load_model, read_pictures

Edit = Callable[[Image.Image, random.Random], Image.Image]
Picture = npt.NDArray[np.uint8]
Embed = Callable[[Sequence[Picture]], npt.NDArray[np.float32]]
RATES = (1e-3, 1e-4, 1e-5)


@dataclass(frozen=True, slots=True)
class CopySet:
    """Originals and edited copies of some of them."""

    originals: tuple[Picture, ...]
    copies: tuple[Picture, ...]
    of: npt.NDArray[np.int64]  # (C,) the original of each copy
    edits: tuple[str, ...]  # (C,) what was done


def load_edits(file: Path) -> dict[str, Edit]:
    """The table `EDITS` of a Python file: name to function of an image and a random.Random."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses in it look themselves up there
    spec.loader.exec_module(module)
    edits: dict[str, Edit] = module.EDITS
    return edits


def make_copies(paths: Sequence[Path], edited: int, edits: dict[str, Edit], seed: int) -> CopySet:
    """Every edit of the first `edited` photos; an edit of a photo has its own seed."""
    originals = read_pictures(paths)
    copies, of, names = [], [], []
    for row in range(min(edited, len(originals))):
        photo = Image.fromarray(originals[row])
        for name, edit in edits.items():
            made = edit(photo, random.Random(f"{seed}/{paths[row].name}/{name}"))
            copies.append(np.asarray(made.convert("RGB")))
            of.append(row)
            names.append(name)
    return CopySet(tuple(originals), tuple(copies), np.array(of, dtype=np.int64), tuple(names))


def hasher(method: Callable[[Image.Image], Any]) -> Embed:
    """A 64-bit hash as an embedding: bits as -1 / 1 over 8, so that cosine counts equal bits."""

    def embed(pictures: Sequence[Picture]) -> npt.NDArray[np.float32]:
        bits = [method(Image.fromarray(picture)).hash.flatten() for picture in pictures]
        return (np.array(bits, dtype=np.float32) * 2.0 - 1.0) / np.float32(8.0)

    return embed


def copy_figures(photos: CopySet, embed: Embed) -> dict[str, Any]:
    """Recall, mean average precision and true-positive rates, in all and for each edit."""
    originals, copies = embed(photos.originals), embed(photos.copies)
    similarity = copies @ np.concatenate([originals, copies]).T
    whose = np.concatenate([np.arange(len(originals)), photos.of])
    foreign = whose[None, :] != photos.of[:, None]
    places = metrics.ranks(similarity, photos.of, foreign)
    own = similarity[np.arange(len(copies)), photos.of]
    rates = metrics.true_positive_rates(own, similarity[foreign], RATES)
    names = np.array(photos.edits)
    by_edit = {}
    for name in dict.fromkeys(photos.edits):
        of_edit = names == name
        by_edit[name] = {
            "recall_at_1": metrics.recall_at(places[of_edit], 1),
            "recall_at_5": metrics.recall_at(places[of_edit], 5),
            **{
                f"tpr_at_{rate:g}": float((own[of_edit] > t).mean())
                for rate, (t, _) in rates.items()
            },
        }
    return {
        "recall_at_1": metrics.recall_at(places, 1),
        "recall_at_5": metrics.recall_at(places, 5),
        "mean_average_precision": metrics.mean_reciprocal_rank(places),
        **{f"tpr_at_{rate:g}": tpr for rate, (_, tpr) in rates.items()},
        **{f"threshold_at_{rate:g}": threshold for rate, (threshold, _) in rates.items()},
        "fpr_at_0.95": metrics.false_positive_rate(own, similarity[foreign], 0.95),
        "queries": len(copies), "gallery": similarity.shape[1], "by_edit": by_edit,
    }  # fmt: skip


def crop_figures(originals: Path, crops: Path, embed: Embed) -> dict[str, float]:
    """Real crops: crops/NAME is cut out of originals/NAME, and asks for it among all originals."""
    paths = find_photos(originals)
    number = {path.stem: row for row, path in enumerate(paths)}
    queries = [path for path in find_photos(crops) if path.stem in number]
    own = np.array([number[path.stem] for path in queries], dtype=np.int64)
    similarity = embed(read_pictures(queries)) @ embed(read_pictures(paths)).T
    places = metrics.ranks(similarity, own, np.ones(similarity.shape, dtype=np.bool_))
    return {f"recall_at_{k}": metrics.recall_at(places, k) for k in (1, 5, 20)}


def class_figures(folder: Path, embed: Embed) -> dict[str, float]:
    """Search by example in a folder per class."""
    listing = list_folder(folder, by_folder=True)
    embeddings = embed(read_pictures(listing.paths))
    return metrics.class_figures(embeddings @ embeddings.T, listing.labels)


def table(figures: dict[str, dict[str, Any]]) -> str:
    """Figures of several methods as Markdown, an edit a line."""
    methods = list(figures)
    lines = [
        "| recall@1 / TPR at 1e-5 | " + " | ".join(methods) + " |",
        "|---" * (len(methods) + 1) + "|",
    ]

    def cell(values: dict[str, float]) -> str:
        return f"{values['recall_at_1']:.3f} / {values.get('tpr_at_1e-05', float('nan')):.3f}"

    copies = {method: figures[method]["copies"] for method in methods}
    lines.append("| **all** | " + " | ".join(cell(copies[method]) for method in methods) + " |")
    for name in copies[methods[0]]["by_edit"]:
        cells = (cell(copies[method]["by_edit"][name]) for method in methods)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    for part in ("crops", "classes"):
        for name in figures[methods[0]].get(part, ()):
            cells = (f"{figures[method][part][name]:.3f}" for method in methods)
            lines.append(f"| {part}: {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__)
    parser.add_argument("models", type=Path, nargs="*", help="checkpoints or ONNX files")
    parser.add_argument("--photos", type=Path, required=True, help="folder of distinct photos")
    parser.add_argument("--edits", type=Path, required=True, help="Python file with EDITS")
    parser.add_argument("--edited", type=int, default=100, help="how many photos get copies")
    parser.add_argument("--crops", type=Path, nargs=2, metavar=("ORIGINALS", "CROPS"))
    parser.add_argument("--classes", type=Path, help="a folder per class, for search by example")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="all figures, to a file")
    given = parser.parse_args(arguments)
    photos = make_copies(
        find_photos(given.photos), given.edited, load_edits(given.edits), given.seed
    )
    methods: dict[str, Embed] = {path.stem: load_model(path) for path in given.models}
    methods |= {"pHash": hasher(imagehash.phash), "dHash": hasher(imagehash.dhash)}
    figures: dict[str, dict[str, Any]] = {}
    for name, embed in methods.items():
        figures[name] = {"copies": copy_figures(photos, embed)}
        if given.crops:
            figures[name]["crops"] = crop_figures(given.crops[0], given.crops[1], embed)
        if given.classes:
            figures[name]["classes"] = class_figures(given.classes, embed)
    sys.stdout.write(table(figures) + "\n")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
