"""The network's file is checked before it is used, and its rows are unit rows."""

from pathlib import Path

import numpy as np
import pytest

from photodedup.core.embed import Embedder, cuda_obstacle
from photodedup.core.errors import DeviceError, ModelError
from photodedup.core.preprocess import preprocess
from photodedup.core.resources import default_model
from tests.conftest import TINY_SIZE, write_tiny_model
from tests.data.make_photos import textured_photo

NO_CUDA = bool(cuda_obstacle())


def inputs(size: int, count: int = 5) -> np.ndarray:
    return np.stack([preprocess(textured_photo(seed, 200, 150), size) for seed in range(count)])


def test_rows_are_unit_and_independent_of_the_batch(tiny_model: Path) -> None:
    embedder = Embedder(tiny_model, "cpu")
    photos = inputs(TINY_SIZE)
    rows = embedder.embed(photos)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    for photo, row in zip(photos, rows, strict=True):
        np.testing.assert_allclose(embedder.embed(photo[None])[0], row, atol=1e-5)


def test_equals_a_plain_loop(tiny_model: Path) -> None:
    photo = inputs(TINY_SIZE, 1)[0]
    cells = [
        [photo[8 * y : 8 * y + 8, 8 * x : 8 * x + 8, c].mean() for y in range(8) for x in range(8)]
        for c in range(3)
    ]
    centred = np.array(cells) - np.mean(cells)
    wanted = centred.ravel() / np.linalg.norm(centred)
    np.testing.assert_allclose(Embedder(tiny_model).embed(photo[None])[0], wanted, atol=1e-5)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"model_id": ""}, "model_id"),
        ({"calibration": ""}, "calibration"),
        ({"calibration": "{}"}, "calibration"),
        ({"preprocess_id": "other"}, "other"),
        ({"input_size": "128"}, "input"),
        ({"input_size": "many"}, "not valid"),
        ({"dimension": "7"}, "output"),
    ],
)
def test_a_model_that_does_not_fit_is_refused(
    tmp_path: Path, changed: dict[str, str], reason: str
) -> None:
    path = write_tiny_model(tmp_path / "some.onnx", **changed)
    with pytest.raises(ModelError, match=reason) as caught:
        Embedder(path, "cpu")
    assert "some.onnx" in str(caught.value)
    assert "--model" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"not a model", None])
def test_a_missing_or_corrupt_model_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "some.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=r"some\.onnx"):
        Embedder(path, "cpu")


def test_a_row_that_is_not_finite_is_refused(tiny_model: Path) -> None:
    """A uniform photo has no embedding in the tiny network: its length is 0."""
    flat = np.full((1, TINY_SIZE, TINY_SIZE, 3), 128, np.uint8)
    with pytest.raises(ModelError, match="not finite"):
        Embedder(tiny_model, "cpu").embed(flat)


@pytest.mark.skipif(not NO_CUDA, reason="this machine has CUDA")
def test_cuda_that_is_asked_for_but_absent_is_the_users_error(tiny_model: Path) -> None:
    with pytest.raises(DeviceError, match="--device auto"):
        Embedder(tiny_model, "cuda")
    embedder = Embedder(tiny_model, "auto")
    assert embedder.device == "cpu"
    assert embedder.device_reason


@pytest.mark.cuda
@pytest.mark.skipif(NO_CUDA, reason=f"no CUDA here: {cuda_obstacle()}")
def test_cuda_and_cpu_agree() -> None:
    float32 = default_model("cuda")
    on_cpu, on_cuda = Embedder(float32, "cpu"), Embedder(float32, "cuda")
    photos = inputs(on_cpu.model.input_size, 8)
    cosines = (on_cpu.embed(photos) * on_cuda.embed(photos)).sum(axis=1)
    assert cosines.min() >= 0.9999


def test_the_networks_for_a_cpu_and_a_gpu_are_one_network() -> None:
    in_8_bits, float32 = Embedder(None, "cpu"), Embedder(default_model("cuda"), "cpu")
    assert in_8_bits.model.path == default_model("cpu")
    assert in_8_bits.model.calibration == float32.model.calibration
    assert in_8_bits.model.key != float32.model.key
    photos = np.stack(
        [preprocess(textured_photo(s, 400, 300), float32.model.input_size) for s in range(8)]
    )
    cosines = (in_8_bits.embed(photos) * float32.embed(photos)).sum(axis=1)
    assert cosines.min() >= 0.99


def test_the_shipped_network_tells_photos_apart() -> None:
    """Not by chance: a half-size copy is nearer than any other photo, by far."""
    embedder = Embedder(None, "cpu")
    size = embedder.model.input_size
    large = embedder.embed(
        np.stack([preprocess(textured_photo(s, 400, 300), size) for s in range(8)])
    )
    small = embedder.embed(
        np.stack([preprocess(textured_photo(s, 200, 150), size) for s in range(8)])
    )
    cosines = large @ small.T
    others = cosines[~np.eye(8, dtype=bool)]
    assert np.diag(cosines).min() > 0.9
    assert others.max() < np.diag(cosines).min() - 0.1
