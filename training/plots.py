"""Pictures of a run and of a table of embeddings: python -m training.plots --out FOLDER ...

From a run's log.csv: curves.png. From a table of training.embed_table: distances.png, pca.png and
queries.png, which has one row a query, with its five most similar photos.
"""

import argparse
import csv
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageOps

from training.embed_table import EmbeddingTable, load_table

RESULTS = 5
MOST_CLASSES = 20  # that a legend can tell apart


def curves(log: Path) -> Figure:
    """Loss, distances, recall and learning rate over the epochs of a log.csv."""
    with log.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    epochs = [float(row["epoch"]) for row in rows]
    panels = (
        ("loss", ("loss", "triplet", "contrastive", "spread", "validation_loss")),
        ("distance", ("distance_positive", "distance_negative")),
        ("recall@1 of strong edits", ("recall_at_1",)),
        ("learning rate", ("learning_rate",)),
    )
    figure = Figure(figsize=(11, 7), layout="constrained")
    for axes, (label, names) in zip(figure.subplots(2, 2).flat, panels, strict=True):
        for name in names:
            values = [float(row[name]) if row[name] else math.nan for row in rows]
            if not all(math.isnan(value) for value in values):
                axes.plot(epochs, values, marker=".", label=name.replace("_", " "))
        axes.set_xlabel("epoch")
        axes.set_ylabel(label)
        axes.legend()
    return figure


def distances(table: EmbeddingTable) -> Figure:
    """How far apart photos of one class (positives) and of different classes (negatives) lie."""
    squared = 2.0 - 2.0 * (table.embeddings @ table.embeddings.T)
    apart = np.sqrt(np.maximum(squared, 0.0))
    classes = np.array(table.classes)
    upper = np.triu(np.ones(apart.shape, dtype=np.bool_), k=1)
    same = classes[:, None] == classes[None, :]
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    bins = np.linspace(0.0, 2.0, 81).tolist()
    for name, chosen in (("d(a, p): one class", same), ("d(a, n): different classes", ~same)):
        values = apart[upper & chosen]
        if values.size:
            axes.hist(
                values, bins, density=True, alpha=0.6, label=f"{name}, mean {values.mean():.3f}"
            )
    axes.set_xlabel("L2 distance of unit embeddings")
    axes.set_ylabel("density of pairs")
    axes.legend()
    return figure


def project(
    embeddings: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """First two principal components: (N, D) to (N, 2), and their shares of the variance (2,)."""
    centred = (embeddings - embeddings.mean(axis=0)).astype(np.float64)
    left, scale, _ = np.linalg.svd(centred, full_matrices=False)
    variance = scale**2
    return left[:, :2] * scale[:2], variance[:2] / max(float(variance.sum()), 1e-12)


def pca(table: EmbeddingTable) -> Figure:
    """The embeddings in two dimensions, coloured by class."""
    points, shares = project(table.embeddings)
    classes = np.array(table.classes)
    names, counts = np.unique(classes, return_counts=True)
    shown = names[np.argsort(-counts, kind="stable")][:MOST_CLASSES]
    figure = Figure(figsize=(9, 7), layout="constrained")
    axes = figure.subplots()
    rest = ~np.isin(classes, shown)
    axes.scatter(points[rest, 0], points[rest, 1], s=6, color="lightgray")
    for number, name in enumerate(shown):
        mine = classes == name
        colour = (number % 10) / 10 + 0.05
        marker = "o" if number < 10 else "^"
        axes.scatter(points[mine, 0], points[mine, 1], s=10, marker=marker, label=str(name),
                     c=np.full(int(mine.sum()), colour), cmap="tab10", vmin=0, vmax=1)  # fmt: skip
    axes.set_xlabel(f"first component ({shares[0]:.0%} of the variance)")
    axes.set_ylabel(f"second component ({shares[1]:.0%})")
    axes.legend(fontsize="small", ncols=2)
    return figure


def queries(table: EmbeddingTable, rows: Sequence[int]) -> Figure:
    """One row a query: the photo, and its most similar five with their cosines."""
    figure = Figure(figsize=(2 * (RESULTS + 1), 2.1 * len(rows)), layout="constrained")
    grid = figure.subplots(len(rows), RESULTS + 1, squeeze=False)
    for row, line in zip(rows, grid, strict=True):
        cosine = table.embeddings @ table.embeddings[row]
        cosine[row] = -2.0
        best = np.argsort(-cosine, kind="stable")[: min(RESULTS, len(cosine) - 1)]
        for axes in line:
            axes.set_axis_off()
        _show(line[0], table.paths[row], f"query: {table.classes[row]}")
        for axes, found in zip(line[1:], best, strict=False):
            _show(axes, table.paths[found], f"{cosine[found]:.3f} {table.classes[found]}")
    return figure


def _show(axes: Axes, path: Path, title: str) -> None:
    with Image.open(path) as opened:
        photo = ImageOps.exif_transpose(opened).convert("RGB")
    photo.thumbnail((200, 200))
    axes.imshow(np.asarray(photo))
    axes.set_title(title, fontsize=8)


def save(figure: Figure, file: Path) -> None:
    """Write a figure as PNG, without any display."""
    FigureCanvasAgg(figure)
    figure.savefig(file, format="png")
    sys.stdout.write(f"{file}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.plots", description=__doc__)
    parser.add_argument("--log", type=Path, help="log.csv of a run")
    parser.add_argument("--table", type=Path, help=".npz of training.embed_table")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--queries", type=int, default=8, help="rows of queries.png")
    parser.add_argument("--seed", type=int, default=1, help="which queries are drawn")
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    if given.log:
        save(curves(given.log), given.out / "curves.png")
    if given.table:
        table = load_table(given.table)
        save(distances(table), given.out / "distances.png")
        save(pca(table), given.out / "pca.png")
        count = min(given.queries, len(table.paths))
        drawn = np.random.default_rng(given.seed).choice(len(table.paths), count, replace=False)
        save(queries(table, drawn.tolist()), given.out / "queries.png")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
