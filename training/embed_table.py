"""Write a table of photos and embeddings: python -m training.embed_table MODEL FOLDER TABLE.npz.

The table holds `paths` (N,) and `classes` (N,), the name of each photo's folder, as text, and
`embeddings` (N, D) float32 of unit length. The plots read it.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.data import find_photos
from training.inference import load_model, read_pictures

AT_ONCE = 256  # photos in memory


@dataclass(frozen=True, slots=True)
class EmbeddingTable:
    """Photos and their embeddings, parallel to one another."""

    paths: tuple[Path, ...]
    classes: tuple[str, ...]  # the name of each photo's folder
    embeddings: npt.NDArray[np.float32]  # (N, D), unit length


def make_table(model: Path, folder: Path) -> EmbeddingTable:
    """Embed every photo below folder with a checkpoint or ONNX file."""
    paths = find_photos(folder)
    embed = load_model(model)
    parts = [
        embed(read_pictures(paths[begin : begin + AT_ONCE]))
        for begin in range(0, len(paths), AT_ONCE)
    ]
    return EmbeddingTable(tuple(paths), tuple(p.parent.name for p in paths), np.concatenate(parts))


def save_table(table: EmbeddingTable, file: Path) -> None:
    """Write the table as a compressed .npz; nothing in it needs pickle."""
    paths, classes = [str(path) for path in table.paths], list(table.classes)
    with file.open("wb") as stream:  # savez would add a suffix to a mere name
        np.savez_compressed(stream, paths=paths, classes=classes, embeddings=table.embeddings)


def load_table(file: Path) -> EmbeddingTable:
    """Read a table that save_table wrote."""
    with np.load(file) as stored:
        paths = tuple(Path(str(path)) for path in stored["paths"])
        classes = tuple(str(name) for name in stored["classes"])
        return EmbeddingTable(paths, classes, stored["embeddings"])


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.embed_table", description=__doc__)
    parser.add_argument("model", type=Path, help="checkpoint or ONNX file")
    parser.add_argument("folder", type=Path)
    parser.add_argument("table", type=Path)
    given = parser.parse_args(arguments)
    table = make_table(given.model, given.folder)
    save_table(table, given.table)
    sys.stdout.write(
        f"{given.table}: {len(table.paths)} photos, {table.embeddings.shape[1]} numbers each\n"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
