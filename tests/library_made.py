"""A small library on disk with known copies, for whole runs of the program."""

from pathlib import Path

import numpy as np
from PIL import Image

from tests.data.make_photos import textured_photo

ORIGINALS = 6


def make_library(folder: Path) -> Path:
    """Six photos; of photo 0 a half-size copy and a byte copy, of photo 1 a crop, some bad files.

    Groups expected: {0, half, copy} and {1, crop}.
    """
    (folder / "trip").mkdir(parents=True)
    for seed in range(ORIGINALS):
        save_photo(textured_photo(seed, 800, 600), folder / "trip" / f"{seed}.jpg")
    save_photo(textured_photo(0, 400, 300), folder / "half.jpg", quality=75)
    (folder / "copy of 0.jpg").write_bytes((folder / "trip" / "0.jpg").read_bytes())
    save_photo(textured_photo(1, 800, 600)[30:570, 40:760], folder / "crop.jpg")
    (folder / "text.jpg").write_text("not a photo")
    (folder / "empty.jpg").touch()
    return folder


def save_photo(rgb: np.ndarray, path: Path, quality: int = 92) -> Path:
    """Save (H, W, 3) uint8 as JPEG."""
    Image.fromarray(rgb).save(path, "JPEG", quality=quality)
    return path
