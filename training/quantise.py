"""Make the int8 variant of an exported network: python -m training.quantise MODEL.onnx INT8.onnx

Convolutions and the sums between them compute in 8 bits: on a CPU that is two to three times as
fast, and a quarter of the size. Ranges of the values between layers are measured on photos. The
pooling and the last layer stay float32. Refuses when the variant's embeddings lie too far from the
network's own. It is a network of its own to the app: calibrate it with training.calibrate.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from training.byte_input import take_bytes
from training.data import find_photos
from training.export import INPUT, read_metadata, run_onnx, write_metadata
from training.inference import prepared, read_pictures

LEAST_COSINE, LEAST_MEAN_COSINE = 0.99, 0.999  # to the embeddings of the float32 network
BATCH = 16
OPERATIONS = ["Conv", "Add", "Relu"]

Inputs = npt.NDArray[np.uint8]


class DriftError(Exception):
    """The int8 variant's embeddings are not those of its network."""

    def __init__(self, least: float, mean: float) -> None:
        self.least, self.mean = least, mean
        super().__init__(
            f"int8 and float32 differ: cosine {least:.5f} at worst and {mean:.5f} in the mean, "
            f"wanted {LEAST_COSINE} and {LEAST_MEAN_COSINE}; not written"
        )


class _Batches(CalibrationDataReader):  # type: ignore[misc]
    """Network inputs in the form that ONNX Runtime's quantiser asks for."""

    def __init__(self, inputs: Inputs) -> None:
        parts = range(0, len(inputs), BATCH)
        self._left: Iterator[dict[str, Inputs]] = iter(
            [{INPUT: inputs[begin : begin + BATCH]} for begin in parts]
        )

    def get_next(self) -> dict[str, Inputs] | None:
        """The next batch, None after the last."""
        return next(self._left, None)


def quantise(
    model: Path, target: Path, model_id: str, ranges: Inputs, unseen: Inputs
) -> tuple[float, float]:
    """Write target; returns its lowest and mean cosine to the network's embeddings of unseen.

    ranges: (N, S, S, 3), photos on which the layers' values are measured; unseen: others, (M, S, S,
    3). Raises DriftError, with nothing written, where the embeddings differ too much.
    """
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        prepared_model, draft = Path(folder) / "prepared.onnx", Path(folder) / target.name
        quant_pre_process(str(model), str(prepared_model), skip_symbolic_shape=True)
        quantize_static(
            str(prepared_model),
            str(draft),
            _Batches(ranges),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=OPERATIONS,
            per_channel=True,
            # 7 bits of weight: with 8, processors without VNNI overflow when they add two products.
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.Percentile,
        )
        graph = onnx.load(draft)
        take_bytes(graph)
        onnx.save(graph, draft)
        write_metadata(draft, read_metadata(model) | {"model_id": model_id, "calibration": "{}"})
        cosines = (run_onnx(draft, unseen) * run_onnx(model, unseen)).sum(axis=1)
        least, mean = float(cosines.min()), float(cosines.mean())
        if not (least >= LEAST_COSINE and mean >= LEAST_MEAN_COSINE):  # a NaN differs too
            raise DriftError(least, mean)
        draft.replace(target)
    return least, mean


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m training.quantise",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", type=Path, help="an ONNX file of training.export")
    parser.add_argument("target", type=Path)
    parser.add_argument("--photos", type=Path, required=True, help="folder of photos")
    parser.add_argument("--count", type=int, default=256, help="photos that ranges come from")
    parser.add_argument("--seed", type=int, default=1, help="which photos are taken")
    parser.add_argument("--model-id", help="default: the target's name without its suffix")
    given = parser.parse_args(arguments)
    found = find_photos(given.photos)
    chosen = random.Random(given.seed).sample(found, min(2 * given.count, len(found)))
    size = int(read_metadata(given.model)["input_size"])
    inputs = prepared(read_pictures(chosen), size)
    half = len(inputs) // 2
    try:
        least, mean = quantise(
            given.model,
            given.target,
            given.model_id or given.target.stem,
            inputs[:half],
            inputs[half:],
        )
    except DriftError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    size_mb = given.target.stat().st_size / 1e6
    sys.stdout.write(
        f"{given.target}: {size_mb:.1f} MB, cosine to float32 {least:.5f} at worst, "
        f"{mean:.5f} in the mean\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
