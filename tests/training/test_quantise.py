"""The int8 variant is near its network, says what it is, and is refused where it is not near."""

import dataclasses
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from tests.training.made_photos import made_folder
from training import export, quantise
from training.config import Config
from training.data import find_photos
from training.inference import load_model, prepared, read_pictures
from training.network import build_network


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported network whose batch norms have seen photos, as a trained one's have."""
    folder = tmp_path_factory.mktemp("model")
    torch.manual_seed(0)
    network = build_network("compact", 16)
    pictures = read_pictures(find_photos(made_folder(folder / "photos", 32)))
    inputs = torch.from_numpy(prepared(pictures, 64)).permute(0, 3, 1, 2).float() / 255.0
    with torch.no_grad():
        for _ in range(20):
            network(inputs)
    state = {"config": dataclasses.asdict(Config(size=64, dimension=16))}
    torch.save(state | {"network": network.state_dict()}, folder / "checkpoint.pt")
    file = folder / "model.onnx"
    export.export(folder / "checkpoint.pt", file, "a-network", find_photos(folder / "photos")[:8])
    return file


def test_the_variant_is_smaller_near_its_network_and_has_its_own_name(
    model: Path, tmp_path: Path
) -> None:
    target = tmp_path / "variant.onnx"
    photos = str(model.parent / "photos")
    assert quantise.main([str(model), str(target), "--photos", photos, "--count", "16"]) == 0
    assert target.stat().st_size < 0.4 * model.stat().st_size
    entries = export.read_metadata(target)
    assert entries["model_id"] == "variant"
    assert entries["calibration"] == "{}"
    original = export.read_metadata(model)
    assert {entries[key] == original[key] for key in ("preprocess_id", "input_size")} == {True}
    pictures = read_pictures(find_photos(model.parent / "photos"))
    ours, theirs = load_model(target)(pictures), load_model(model)(pictures)
    assert float((ours * theirs).sum(axis=1).min()) > 0.99
    assert not np.array_equal(ours, theirs)
    assert "Cast" not in {node.op_type for node in onnx.load(target).graph.node}  # see byte_input
    assert np.allclose(load_model(target)(pictures[:1]), ours[:1], atol=1e-5), "any batch size"


def test_a_variant_that_drifts_is_not_written(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ranges measured on black photos are those of no other photo."""
    made_folder(tmp_path / "photos", 4)
    black = np.zeros((16, 64, 64, 3), np.uint8)
    unseen = prepared(read_pictures(find_photos(tmp_path / "photos")), 64)
    (tmp_path / "out").mkdir()
    with pytest.raises(quantise.DriftError, match="not written"):
        quantise.quantise(model, tmp_path / "out" / "variant.onnx", "v", black, unseen)
    assert list((tmp_path / "out").iterdir()) == []
