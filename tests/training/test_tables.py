"""Tables, pictures and the evaluation command, with a model of a few steps."""

import json
import random
from pathlib import Path

import imagehash
import numpy as np
import pytest
import torch
from PIL import Image

from tests.training.made_photos import made_folder, made_photo
from training import embed_table, evaluate, plots
from training.config import Config
from training.network import build_network
from training.run import load_checkpoint

EDITS = """
from PIL import ImageOps

def _crop(photo, rng):
    cut = rng.randint(4, 12)
    return photo.crop((cut, cut, photo.width - cut, photo.height))

EDITS = {"mirrored": lambda photo, rng: ImageOps.mirror(photo), "cropped": _crop}
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of an untrained network: its embeddings are good enough to be told apart."""
    import dataclasses

    torch.manual_seed(0)
    config = Config(size=48, dimension=16)
    file = tmp_path_factory.mktemp("model") / "checkpoint.pt"
    state = build_network("compact", 16).state_dict()
    torch.save({"config": dataclasses.asdict(config), "network": state}, file)
    return file


def test_the_table_has_every_photo_its_folder_and_a_unit_embedding(
    model: Path, tmp_path: Path
) -> None:
    made_folder(tmp_path / "photos" / "a", 3)
    made_folder(tmp_path / "photos" / "b", 2, first_seed=50)
    file = tmp_path / "table"
    assert embed_table.main([str(model), str(tmp_path / "photos"), str(file)]) == 0
    table = embed_table.load_table(file)
    assert table.classes == ("a", "a", "a", "b", "b")
    assert all(path.exists() for path in table.paths)
    assert table.embeddings.shape == (5, 16)
    assert np.allclose(np.linalg.norm(table.embeddings, axis=1), 1.0, atol=1e-5)


def test_one_command_draws_all_pictures(model: Path, tmp_path: Path) -> None:
    for number in range(3):
        made_folder(tmp_path / "photos" / str(number), 4, first_seed=10 * number)
    table = tmp_path / "table.npz"
    embed_table.save_table(embed_table.make_table(model, tmp_path / "photos"), table)
    log = tmp_path / "log.csv"
    log.write_text(
        "epoch,learning_rate,loss,triplet,spread,contrastive,validation_loss,distance_positive,"
        "distance_negative,recall_at_1\n1,0.1,2,1,0.5,,1,0.4,0.6,0.5\n2,0.1,1,1,0.5,,1,0.4,0.7,0.6\n",
        encoding="utf-8",
    )
    out = tmp_path / "pictures"
    assert plots.main(["--log", str(log), "--table", str(table), "--out", str(out)]) == 0
    names = sorted(path.name for path in out.iterdir())
    assert names == ["curves.png", "distances.png", "pca.png", "queries.png"]
    for path in out.iterdir():
        with Image.open(path) as picture:
            assert np.asarray(picture.convert("L")).std() > 5, "not blank"


def test_every_axis_is_labelled_and_queries_show_their_nearest(tmp_path: Path) -> None:
    paths = tuple(sorted(made_folder(tmp_path, 8).iterdir()))
    embeddings = np.eye(8, dtype=np.float32)
    embeddings[1] = embeddings[0]
    table = embed_table.EmbeddingTable(paths, ("a",) * 4 + ("b",) * 4, embeddings)
    for figure in (plots.distances(table), plots.pca(table)):
        for axes in figure.axes:
            assert axes.get_xlabel()
            assert axes.get_ylabel()
    titles = [axes.get_title() for axes in plots.queries(table, [0]).axes]
    assert titles[0] == "query: a"
    assert titles[1].startswith("1.000")
    assert len(titles) == 6


def test_projection_finds_the_direction_of_most_variance() -> None:
    spread = np.random.default_rng(0).normal(0, 1, (200, 5)).astype(np.float32)
    spread[:, 3] *= 10
    points, shares = plots.project(spread)
    assert abs(np.corrcoef(points[:, 0], spread[:, 3])[0, 1]) > 0.99
    assert shares[0] > 0.9 > shares[1]


def test_evaluation_compares_the_model_with_hashes(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    originals = made_folder(tmp_path / "originals", 12)
    crops = tmp_path / "crops"
    crops.mkdir()
    for path in originals.iterdir():
        with Image.open(path) as photo:
            photo.crop((0, 0, photo.width * 3 // 4, photo.height)).save(crops / path.name)
    for number in range(2):
        made_folder(tmp_path / "classes" / str(number), 7, first_seed=100 * number)
    edits = tmp_path / "made_edits.py"
    edits.write_text(EDITS, encoding="utf-8")
    out = tmp_path / "figures.json"
    command = [
        str(model), "--photos", str(originals), "--edits", str(edits), "--edited", "10",
        "--crops", str(originals), str(crops), "--classes", str(tmp_path / "classes"),
        "--json", str(out),
    ]  # fmt: skip
    assert evaluate.main(command) == 0
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert set(figures) == {"checkpoint", "pHash", "dHash"}
    for method in figures.values():
        copies = method["copies"]
        assert copies["queries"] == 20
        assert copies["gallery"] == 32
        assert set(copies["by_edit"]) == {"mirrored", "cropped"}
        mean = np.mean([edit["recall_at_1"] for edit in copies["by_edit"].values()])
        assert copies["recall_at_1"] == pytest.approx(mean)
        assert 0 <= method["crops"]["recall_at_1"] <= method["crops"]["recall_at_20"] <= 1
        assert 0 < method["classes"]["precision_at_5"] <= 1
        assert "tpr_at_1e-05" not in copies, "380 false pairs are too few for it"
    printed = capsys.readouterr().out
    assert "| mirrored |" in printed
    assert "pHash" in printed


def test_copies_repeat_with_their_seed(tmp_path: Path) -> None:
    paths = sorted(made_folder(tmp_path, 3).iterdir())
    edits = {"cut": lambda photo, rng: photo.crop((rng.randint(0, 20), 0, 60, 60))}
    first, again = (evaluate.make_copies(paths, 2, edits, seed=4) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first.copies, again.copies, strict=True))
    other = evaluate.make_copies(paths, 2, edits, seed=5)
    assert [copy.shape for copy in other.copies] != [copy.shape for copy in first.copies]
    assert first.of.tolist() == [0, 1]


def test_hash_embeddings_count_equal_bits() -> None:
    embed = evaluate.hasher(imagehash.phash)
    photos = [np.asarray(made_photo(seed)) for seed in (1, 2)]
    embeddings = embed(photos)
    hashes = [imagehash.phash(Image.fromarray(photo)) for photo in photos]
    assert float(embeddings[0] @ embeddings[1]) == pytest.approx(
        1 - 2 * (hashes[0] - hashes[1]) / 64
    )


def test_a_checkpoint_executes_nothing(tmp_path: Path) -> None:
    torch.save({"config": random.Random(1)}, tmp_path / "bad.pt")
    with pytest.raises(Exception, match=r"[Ww]eights"):
        load_checkpoint(tmp_path / "bad.pt")
