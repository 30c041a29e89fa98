"""An exported network goes on training from where it was."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from photodedup.core.resources import resource_folder
from tests.training.made_photos import made_folder, made_pixels
from training import export
from training.config import Config
from training.data import find_photos
from training.network import build_network, fuse, layers
from training.run import load_checkpoint
from training.train import train
from training.unfuse import fused_weights, load_fused


def inputs(count: int, side: int = 48) -> Tensor:
    return torch.from_numpy(made_pixels(count, side)).permute(0, 3, 1, 2).float() / 255.0


def with_history(seed: int = 0) -> nn.Module:
    """An eval-mode network whose batch norms have weights and statistics of their own."""
    torch.manual_seed(seed)
    network = build_network("compact", 16)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.3, 0.3)
    with torch.no_grad():
        for _ in range(30):
            network(inputs(24))
    return network.eval()


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    state = {"config": dataclasses.asdict(Config(size=48, dimension=16))}
    torch.save(state | {"network": with_history().state_dict()}, folder / "checkpoint.pt")
    photos = find_photos(made_folder(folder / "photos", 12))
    export.export(folder / "checkpoint.pt", folder / "model.onnx", "m", photos)
    return folder / "model.onnx"


def test_embeddings_are_those_of_the_exported_network(exported: Path) -> None:
    network = build_network("compact", 16)
    load_fused(network, fused_weights(exported), inputs(24))
    with torch.no_grad():
        ours, expected = network.eval()(inputs(8)), with_history()(inputs(8))
    assert torch.allclose(ours, expected, atol=1e-4)


def test_training_mode_changes_embeddings_little(exported: Path) -> None:
    """The batch norms have the statistics of photos, not any that would do in eval mode."""
    network = build_network("compact", 16)
    load_fused(network, fused_weights(exported), inputs(24))
    with torch.no_grad():
        still = network.eval()(inputs(24))
        cosine = (network.train()(inputs(24)) * still).sum(dim=1)
    assert float(cosine.min()) > 0.98


def test_a_run_starts_from_an_onnx_file(exported: Path, tmp_path: Path) -> None:
    """No step is taken: what is saved is what was exported."""
    config = Config(
        data=str(exported.parent / "photos"), out=str(tmp_path), start=str(exported), size=48,
        warm_size=48, stored_side=64, photos_per_batch=8, dimension=16, validation_photos=4,
        threads=1, epochs=0,
    )  # fmt: skip
    train(config)
    network = build_network("compact", 16)
    network.load_state_dict(load_checkpoint(tmp_path / "checkpoint.pt")["network"])
    with torch.no_grad():
        ours, expected = network.eval()(inputs(8)), with_history()(inputs(8))
    assert torch.allclose(ours, expected, atol=1e-4)


def test_weights_of_another_network_are_refused(exported: Path) -> None:
    with pytest.raises(ValueError, match="another network"):
        load_fused(build_network("compact", 32), fused_weights(exported), inputs(4))
    weights = fused_weights(exported)
    del weights["body.1.conv.bias"]
    with pytest.raises(ValueError, match=r"body\.1\.conv\.bias is missing"):
        load_fused(build_network("compact", 16), weights, inputs(4))
    surplus = fused_weights(exported) | {"body.77.conv.bias": torch.zeros(3)}
    with pytest.raises(ValueError, match="another network"):
        load_fused(build_network("compact", 16), surplus, inputs(4))


def test_fusing_again_gives_the_weights_back(exported: Path) -> None:
    network = build_network("compact", 16)
    load_fused(network, fused_weights(exported), inputs(24))
    again = dict(fuse(network.eval()).named_parameters())
    for name, value in fused_weights(exported).items():
        assert np.allclose(again[name].detach(), value, atol=1e-4), name


def test_fine_tuning_the_shipped_network_keeps_frozen_layers_bit_equal(tmp_path: Path) -> None:
    """Weights and batch-norm statistics: fused again, the frozen layers are those of the file."""
    folder = resource_folder() / "models"
    shipped = next(file for file in sorted(folder.glob("*.onnx")) if "int8" not in file.name)
    config = Config(
        data=str(made_folder(tmp_path / "photos", 12)), out=str(tmp_path / "none"),
        start=str(shipped), freeze=4, size=64, warm_size=64, stored_side=64, photos_per_batch=8,
        validation_photos=4, threads=1, epochs=0, learning_rate=0.01, warm_up_steps=0, seed=3,
    )  # fmt: skip
    train(config)
    train(dataclasses.replace(config, out=str(tmp_path / "one"), epochs=1))
    before, after = (
        load_checkpoint(tmp_path / name / "checkpoint.pt")["network"] for name in ("none", "one")
    )
    names = [f"{name}." for name, _ in layers(build_network("compact", 256))][:4]
    frozen = [key for key in before if key.startswith(tuple(names))]
    assert len(frozen) > 15
    assert all(torch.equal(before[key], after[key]) for key in frozen)
    weights = fused_weights(shipped)
    assert torch.equal(after["body.0.conv.weight"], weights["body.0.conv.weight"])
    assert not torch.equal(after["head.weight"], weights["head.weight"])
