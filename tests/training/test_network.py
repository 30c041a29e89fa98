"""The compact network: unit length, freezing, fusing, pretrained names."""

import copy
import sys

import pytest
import torch
from torch import nn

from training.network import CompactNet, GeM, build_network, freeze, fuse, layers, set_training


def test_embeddings_have_unit_length_for_any_input_size() -> None:
    network = CompactNet(64).eval()
    for size in (64, 96, 128):
        embeddings = network(torch.rand(3, 3, size, size))
        assert embeddings.shape == (3, 64)
        assert torch.allclose(embeddings.norm(dim=1), torch.ones(3), atol=1e-5)


def test_gem_lies_between_mean_and_maximum() -> None:
    maps = torch.rand(2, 5, 6, 6) + 0.1
    pooled = GeM(3.0)(maps)
    assert (pooled > maps.mean(dim=(2, 3))).all()
    assert (pooled < maps.amax(dim=(2, 3))).all()
    assert torch.allclose(GeM(1.0)(maps), maps.mean(dim=(2, 3)), atol=1e-5)


def test_fused_network_gives_the_same_embeddings() -> None:
    torch.manual_seed(1)
    network = CompactNet()
    for _ in range(3):  # statistics that are no identity
        network(torch.rand(8, 3, 64, 64))
    network.eval()
    photos = torch.rand(4, 3, 64, 64)
    with torch.no_grad():
        before = network(photos)
        fused = fuse(copy.deepcopy(network))
        assert not any(isinstance(module, nn.BatchNorm2d) for module in fused.modules())
        assert torch.allclose(fused(photos), before, atol=1e-5)


def test_frozen_layers_stay_bit_equal_and_the_others_learn() -> None:
    torch.manual_seed(2)
    network = CompactNet(32)
    names = [name for name, _ in layers(network)]
    trained = freeze(network, 4)
    assert trained == names[4:]
    before = copy.deepcopy(network.state_dict())
    optimizer = torch.optim.AdamW(
        [p for p in network.parameters() if p.requires_grad], lr=0.01, weight_decay=0.1
    )
    for _ in range(3):
        set_training(network)
        loss = network(torch.rand(6, 3, 64, 64))[:, 0].sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    after = network.state_dict()
    frozen = tuple(f"{name}." for name in names[:4])
    for name in before:
        if name.startswith(frozen):
            assert torch.equal(before[name], after[name]), name
    assert not torch.equal(before["head.weight"], after["head.weight"])
    running = "body.9.first.norm.running_mean"
    assert not torch.equal(before[running], after[running])


def test_freezing_everything_is_refused() -> None:
    network = CompactNet()
    with pytest.raises(ValueError, match="--freeze"):
        freeze(network, len(layers(network)))


def test_unknown_backbone_is_refused() -> None:
    with pytest.raises(ValueError, match="timm:NAME"):
        build_network("resnet", 256)


@pytest.mark.parametrize("library", ["timm", "torchvision"])
def test_a_missing_library_is_named(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.setitem(sys.modules, f"{library}.models", None)
    with pytest.raises(ModuleNotFoundError, match=library):
        build_network(f"{library}:resnet18", 256)
