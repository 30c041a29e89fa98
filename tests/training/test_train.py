"""Whole runs on made photos: learning, resuming, fine-tuning, exporting, two processes."""

import csv
import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

from photodedup.core.preprocess import PREPROCESS_ID
from tests.training.made_photos import alike_photo, made_folder
from training import export
from training.config import Config
from training.data import find_photos, list_folder, split
from training.inference import Embed, load_model, read_pictures
from training.network import build_network, layers
from training.run import Run, load_checkpoint
from training.train import train
from training.validation import Photos

SMALL = {
    "size": 48, "warm_size": 48, "stored_side": 64, "photos_per_batch": 24, "dimension": 64,
    "validation_photos": 8, "threads": 1, "warm_up_steps": 10,
}  # fmt: skip


def settings(data: Path, out: Path, **changed: object) -> Config:
    return Config(**(SMALL | {"data": str(data), "out": str(out)} | changed))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_folder(tmp_path_factory.mktemp("photos"), 48)


@pytest.fixture(scope="module")
def trained(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint of a few steps."""
    out = tmp_path_factory.mktemp("run")
    train(settings(photos, out, epochs=2, hard_share=0.0))
    return out / "checkpoint.pt"


EDITS = (  # a change of light is no task: an untrained network finds four of five copies
    ImageOps.mirror,
    ImageOps.flip,
    lambda photo: photo.crop((12, 9, 90, 68)),
    lambda photo: ImageOps.expand(photo, 12, (255, 255, 255)),
)


def recall_of_edits(embed: Embed, photos: list[Image.Image]) -> float:
    """How often an edited photo's nearest among all photos is its original."""
    gallery = embed([np.asarray(photo) for photo in photos])
    hits = []
    for edit in EDITS:
        cosine = embed([np.asarray(edit(photo)) for photo in photos]) @ gallery.T
        hits.append(cosine.argmax(axis=1) == np.arange(len(photos)))
    return float(np.mean(hits))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_short_training_learns_to_find_unseen_photos(tmp_path: Path, seed: int) -> None:
    """Of 200 photos that it never saw, it finds far more edited copies than untrained."""
    (tmp_path / "photos").mkdir()
    for number in range(800):
        made = alike_photo(10_000 * seed + number)
        made.save(tmp_path / "photos" / f"{number:04}.png", compress_level=1)
    config = settings(
        tmp_path / "photos", tmp_path / "run", validation_photos=200, photos_per_batch=32,
        epochs=8, hard_share=0.0, learning_rate=0.002, contrastive_weight=1.0, seed=seed,
    )  # fmt: skip
    train(config)
    held_out = split(list_folder(tmp_path / "photos"), config.validation_photos)[1]
    assert 150 < len(held_out.paths) < 250
    unseen = [Image.fromarray(picture) for picture in read_pictures(held_out.paths)]
    train(dataclasses.replace(config, out=str(tmp_path / "untrained"), epochs=0))
    before = recall_of_edits(load_model(tmp_path / "untrained" / "checkpoint.pt"), unseen)
    after = recall_of_edits(load_model(tmp_path / "run" / "checkpoint.pt"), unseen)
    assert after >= before + 0.25, (before, after)


def test_the_log_has_a_line_an_epoch_with_every_figure(trained: Path) -> None:
    with (trained.parent / "log.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [float(row["epoch"]) for row in rows] == [1.0, 2.0]
    for name in ("loss", "triplet", "validation_loss", "distance_positive", "recall_at_1"):
        assert all(np.isfinite(float(row[name])) for row in rows), name


class Interrupted(Exception):
    pass


def test_an_interrupted_run_resumes_to_the_weights_of_an_uninterrupted_one(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without look-alikes, whose bank is a step older while the next batch is being edited."""
    train(settings(photos, tmp_path / "whole", epochs=3, hard_share=0.0))
    broken = settings(photos, tmp_path / "broken", epochs=3, hard_share=0.0)
    validate_run = Run.validate

    def interrupt(run: Run, unseen: Photos) -> dict[str, float]:
        validate_run(run, unseen)
        run.save()
        raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr(Run, "validate", interrupt)
        with pytest.raises(Interrupted):
            train(broken)
    train(broken, resume=True)
    resumed = load_checkpoint(tmp_path / "broken" / "checkpoint.pt")
    straight = load_checkpoint(tmp_path / "whole" / "checkpoint.pt")
    assert resumed["step"] == straight["step"] == 6
    for name, weights in straight["network"].items():
        assert torch.equal(weights, resumed["network"][name]), name


def test_a_checkpoint_of_other_photos_is_not_resumed(trained: Path, tmp_path: Path) -> None:
    made_folder(tmp_path / "others", 30, first_seed=500)
    with pytest.raises(ValueError, match="other photos"):
        train(settings(tmp_path / "others", trained.parent, epochs=3), resume=True)


def test_fine_tuning_keeps_frozen_layers_bit_equal(
    photos: Path, trained: Path, tmp_path: Path
) -> None:
    train(settings(photos, tmp_path, start=str(trained), freeze=5, epochs=1, learning_rate=0.01))
    before = load_checkpoint(trained)["network"]
    after = load_checkpoint(tmp_path / "checkpoint.pt")["network"]
    names = [name for name, _ in layers(build_network("compact", 64))][:5]
    frozen = [key for key in before if key.startswith(tuple(f"{name}." for name in names))]
    assert len(frozen) > 10
    assert all(torch.equal(before[key], after[key]) for key in frozen)
    assert not torch.equal(before["head.weight"], after["head.weight"])


def test_classes_train_from_folders(tmp_path: Path) -> None:
    for number in range(6):
        made_folder(tmp_path / "classes" / str(number), 6, first_seed=10 * number)
    figures = train(settings(tmp_path / "classes", tmp_path / "run", positives="folders", epochs=1))
    assert set(figures) == {
        "validation_loss", "distance_positive", "distance_negative", "recall_at_1",
    }  # fmt: skip


def test_the_export_agrees_with_torch_and_says_what_it_is(
    photos: Path, trained: Path, tmp_path: Path
) -> None:
    target = tmp_path / "model.onnx"
    paths = find_photos(photos)[:20]
    assert export.export(trained, target, "test-model", paths) >= export.LEAST_COSINE
    assert export.read_metadata(target) == {
        "model_id": "test-model", "preprocess_id": PREPROCESS_ID, "input_size": "48",
        "dimension": "64", "calibration": "{}",
    }  # fmt: skip
    pictures = read_pictures(paths)
    by_onnx, by_torch = load_model(target)(pictures), load_model(trained)(pictures)
    assert by_onnx.dtype == np.float32
    assert by_onnx.shape == (20, 64)
    assert ((by_onnx * by_torch).sum(axis=1) > 0.9999).all()
    assert np.allclose(load_model(target)(pictures[:1]), by_onnx[:1], atol=1e-5), "any batch size"


def test_the_export_can_take_a_larger_input(photos: Path, trained: Path, tmp_path: Path) -> None:
    target = tmp_path / "model.onnx"
    paths = find_photos(photos)[:6]
    command = [str(trained), str(target), "--photos", str(photos), "--size", "64"]
    assert export.main(command) == 0
    assert export.read_metadata(target)["input_size"] == "64"
    pictures = read_pictures(paths)
    larger, trained_size = load_model(target)(pictures), load_model(trained)(pictures)
    assert larger.shape == (6, 64)
    assert not np.allclose(larger, trained_size, atol=1e-3)


def test_metadata_can_be_set_without_losing_the_rest(
    trained: Path, photos: Path, tmp_path: Path
) -> None:
    target = tmp_path / "model.onnx"
    export.export(trained, target, "m", find_photos(photos)[:4])
    calibration = json.dumps({"strict": 0.9})
    export.write_metadata(target, {"calibration": calibration})
    entries = export.read_metadata(target)
    assert entries["calibration"] == calibration
    assert entries["model_id"] == "m"
    assert list(tmp_path.iterdir()) == [target]


def test_a_network_that_drifts_is_not_exported(
    photos: Path, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "LEAST_COSINE", 1.01)
    with pytest.raises(export.ParityError, match="not written"):
        export.export(trained, tmp_path / "model.onnx", "m", find_photos(photos)[:4])
    assert list(tmp_path.iterdir()) == []


WORKER = """
import json, sys, torch
from training import ranks, train as module
from training.config import Config

values, out = json.loads(sys.argv[1]), sys.argv[2]
networks = []

def gather_then_build(*arguments, **options):
    own = torch.full((2, 3), 1.0 + ranks.rank(), requires_grad=True)
    rows, labels = ranks.gather(own, torch.tensor([0, 1]) + 2 * ranks.rank())
    (rows * torch.arange(12.0).view(4, 3) * (1 + ranks.rank())).sum().backward()
    torch.save({"rows": rows.detach(), "labels": labels, "gradient": own.grad,
                "furthest": ranks.furthest(ranks.rank() / 4)}, f"{out}/gathered-{ranks.rank()}.pt")
    networks.append(build(*arguments, **options))
    return networks[0]

build, module.build_network = module.build_network, gather_then_build
module.train(Config(**values))
torch.save(networks[0].state_dict(), f"{out}/weights-{ranks.rank()}.pt")
"""


@pytest.mark.timeout(280)
def test_two_processes_train_one_network(photos: Path, tmp_path: Path) -> None:
    """Negatives, gradients and progress cross ranks; both end with the checkpoint's weights."""
    script = tmp_path / "worker.py"
    script.write_text(WORKER, encoding="utf-8")
    values = SMALL | {"data": str(photos), "out": str(tmp_path / "run"), "epochs": 1}
    environment = os.environ | {
        "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1",
        "GLOO_SOCKET_IFNAME": "lo",
    }  # fmt: skip
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
        str(script), json.dumps(values), str(tmp_path),
    ]  # fmt: skip
    done = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        _, errors = done.communicate(timeout=240)
    except subprocess.TimeoutExpired:
        done.terminate()  # torchrun ends its workers then; a kill would leave them behind
        _, errors = done.communicate()
    assert done.returncode == 0, errors[-3000:]
    for rank in (0, 1):
        gathered = load_checkpoint(tmp_path / f"gathered-{rank}.pt")
        assert gathered["rows"].tolist() == [[1.0] * 3, [1.0] * 3, [2.0] * 3, [2.0] * 3]
        assert gathered["labels"].tolist() == [0, 1, 2, 3]
        own_part = torch.arange(12.0).view(4, 3)[2 * rank : 2 * rank + 2]
        assert torch.equal(gathered["gradient"], 3.0 * own_part), "what both ranks learnt"
        assert gathered["furthest"] == 0.25
    weights = [load_checkpoint(tmp_path / f"weights-{rank}.pt") for rank in (0, 1)]
    saved = load_checkpoint(tmp_path / "run" / "checkpoint.pt")["network"]
    for name, _ in build_network("compact", 64).named_parameters():
        assert torch.equal(weights[0][name], weights[1][name]), name
        assert torch.equal(weights[0][name], saved[name]), name
