"""Write a trained network as the app's ONNX file: python -m training.export CHECKPOINT MODEL.onnx.

The graph takes what photodedup.core.preprocess gives, (N, S, S, 3) uint8, and normalises by itself;
its output is (N, D) float32 of unit length. What the app must know of it travels as metadata.
"""

import argparse
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from photodedup.core.preprocess import PREPROCESS_ID, preprocess
from training.config import from_dict
from training.data import find_photos, load_photos
from training.network import build_network, fuse
from training.run import load_checkpoint

LEAST_COSINE = 0.9999  # between torch's and ONNX Runtime's embedding of one photo
PARITY_PHOTOS = 64
OPSET = 17
INPUT, OUTPUT = "photos", "embeddings"


class ParityError(Exception):
    """The exported file does not give the embeddings of the network it came from."""

    def __init__(self, cosine: float) -> None:
        self.cosine = cosine
        super().__init__(
            f"ONNX and torch differ: cosine {cosine:.6f}, below {LEAST_COSINE}; not written"
        )


class Embedder(nn.Module):
    """The whole graph: bytes of preprocessed photos in, unit embeddings out."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, photos: Tensor) -> Tensor:
        """(N, S, S, 3) uint8 to (N, D) float32."""
        result: Tensor = self.network(photos.permute(0, 3, 1, 2).float() / 255.0)
        return result


def load_embedder(checkpoint: Path) -> tuple[Embedder, int, int]:
    """The network of a checkpoint in eval mode, its input size in pixels, and its dimension."""
    state = load_checkpoint(checkpoint)
    config = from_dict(state["config"])
    network = build_network(config.backbone, config.dimension, pretrained=False)
    network.load_state_dict(state["network"])
    return Embedder(network.eval()), config.size, config.dimension


def export(
    checkpoint: Path, target: Path, model_id: str, photos: Sequence[Path], size: int | None = None
) -> float:
    """Write target; returns the lowest cosine between torch's and ONNX Runtime's embeddings.

    photos: real photos to compare both on. size: of the input in pixels, that of training by
    default. Raises ParityError, with nothing written, when they differ.
    """
    embedder, trained_size, dimension = load_embedder(checkpoint)
    size = size or trained_size
    inputs = _inputs(photos, size)
    with torch.no_grad():
        expected = embedder(torch.from_numpy(inputs)).numpy()  # before anything is fused
    fuse(embedder.network)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        draft = Path(folder) / target.name
        _write_graph(embedder, torch.from_numpy(inputs[:2]), draft)
        write_metadata(draft, {
            "model_id": model_id, "preprocess_id": PREPROCESS_ID, "input_size": str(size),
            "dimension": str(dimension), "calibration": "{}",
        })  # fmt: skip
        cosine = float((run_onnx(draft, inputs) * expected).sum(axis=1).min())
        if not cosine >= LEAST_COSINE:  # a NaN differs too
            raise ParityError(cosine)
        draft.replace(target)
    return cosine


def _inputs(photos: Sequence[Path], size: int) -> npt.NDArray[np.uint8]:
    side = load_photos(photos, 2 * size)
    return np.stack([preprocess(pixels, size) for pixels in side.pixels])


def _write_graph(embedder: Embedder, example: Tensor, target: Path) -> None:
    """Trace the network: for these plain graphs the newer exporter has nothing to offer."""
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # of that exporter, by torch 2.9 and later
        torch.onnx.export(
            embedder, (example,), str(target), dynamo=False, opset_version=OPSET,
            input_names=[INPUT], output_names=[OUTPUT],
            dynamic_axes={INPUT: {0: "count"}, OUTPUT: {0: "count"}},
        )  # fmt: skip
    onnx.checker.check_model(onnx.load(target), full_check=True)


def read_metadata(path: Path) -> dict[str, str]:
    """The metadata of an ONNX file."""
    model = onnx.load(path)
    return {entry.key: entry.value for entry in model.metadata_props}


def write_metadata(path: Path, entries: Mapping[str, str]) -> None:
    """Set these entries in the file at path and keep its others; the file is replaced whole."""
    model = onnx.load(path)
    merged = {entry.key: entry.value for entry in model.metadata_props} | dict(entries)
    onnx.helper.set_model_props(model, merged)
    partial = path.with_name(path.name + ".partial")
    onnx.save(model, partial)
    partial.replace(path)


def run_onnx(path: Path, inputs: npt.NDArray[np.uint8], batch: int = 64) -> npt.NDArray[np.float32]:
    """Embeddings (N, D) of preprocessed photos (N, S, S, 3) through ONNX Runtime on the CPU."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    parts = [
        session.run([OUTPUT], {INPUT: inputs[begin : begin + batch]})[0]
        for begin in range(0, len(inputs), batch)
    ]
    return np.concatenate(parts)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.export", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("target", type=Path)
    parser.add_argument("--photos", type=Path, required=True, help="folder of photos to compare on")
    parser.add_argument("--model-id", help="default: the target's name without its suffix")
    parser.add_argument("--size", type=int, help="side of the input in pixels; default: training's")
    given = parser.parse_args(arguments)
    photos = find_photos(given.photos)[:PARITY_PHOTOS]
    name = given.model_id or given.target.stem
    try:
        cosine = export(given.checkpoint, given.target, name, photos, given.size)
    except ParityError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    size_mb = given.target.stat().st_size / 1e6
    sys.stdout.write(f"{given.target}: {size_mb:.1f} MB, lowest cosine to torch {cosine:.6f}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
