"""A trained model, checkpoint or ONNX alike, as one function from pictures to embeddings."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageOps

from photodedup.core.preprocess import preprocess
from training.export import load_embedder, read_metadata, run_onnx

Pictures = Sequence[npt.NDArray[np.uint8]]
Embed = Callable[[Pictures], npt.NDArray[np.float32]]


def load_model(path: Path) -> Embed:
    """Pictures, (H, W, 3) uint8 each, to embeddings (N, D) float32 of unit length.

    path: an ONNX file of ours, else a checkpoint. Raises KeyError for an ONNX file without our
    metadata.
    """
    if path.suffix == ".onnx":
        size = int(read_metadata(path)["input_size"])
        return lambda pictures: run_onnx(path, prepared(pictures, size))
    embedder, size, _ = load_embedder(path)

    @torch.no_grad()
    def embed(pictures: Pictures) -> npt.NDArray[np.float32]:
        inputs = torch.from_numpy(prepared(pictures, size))
        result: npt.NDArray[np.float32] = torch.cat(
            [embedder(part) for part in torch.split(inputs, 64)]
        ).numpy()
        return result

    return embed


def prepared(pictures: Pictures, size: int) -> npt.NDArray[np.uint8]:
    """The network's input (N, size, size, 3), made as the app makes it."""
    return np.stack([preprocess(picture, size) for picture in pictures])


def read_pictures(paths: Sequence[Path], longest: int = 1024) -> list[npt.NDArray[np.uint8]]:
    """Upright RGB of each photo, shrunk to at most longest pixels a side to bound memory."""

    def read(path: Path) -> npt.NDArray[np.uint8]:
        with Image.open(path) as opened:
            photo = ImageOps.exif_transpose(opened).convert("RGB")
        photo.thumbnail((longest, longest), Image.Resampling.BILINEAR)
        return np.asarray(photo)

    with ThreadPoolExecutor() as pool:
        return list(pool.map(read, paths))
