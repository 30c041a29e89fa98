"""Photos found, labelled, split and loaded."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.training.made_photos import made_folder, made_photo
from training import data


def test_a_folder_gives_every_photo_its_own_label_and_its_folders_scene(tmp_path: Path) -> None:
    made_folder(tmp_path / "a", 2)
    made_folder(tmp_path / "b", 3)
    (tmp_path / "notes.txt").write_text("no photo", encoding="utf-8")
    listing = data.list_folder(tmp_path)
    assert len(listing.paths) == 5
    assert listing.labels.tolist() == [0, 1, 2, 3, 4]
    assert listing.scenes.tolist() == [0, 0, 1, 1, 1]
    assert data.list_folder(tmp_path, by_folder=True).labels.tolist() == [0, 0, 1, 1, 1]


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no photos"):
        data.list_folder(tmp_path)


def test_pairs_join_positives_and_keep_negatives_as_one_scene(tmp_path: Path) -> None:
    table = tmp_path / "pairs.csv"
    table.write_text(
        "a,b,same\nx.jpg,y.jpg,1\ny.jpg,z.jpg,1\nz.jpg,w.jpg,0\nu.jpg,v.jpg,1\n", "utf-8"
    )
    listing = data.list_csv(table)
    label = dict(zip((path.name for path in listing.paths), listing.labels.tolist(), strict=True))
    scene = dict(zip((path.name for path in listing.paths), listing.scenes.tolist(), strict=True))
    assert label["x.jpg"] == label["y.jpg"] == label["z.jpg"]
    assert len({label["x.jpg"], label["w.jpg"], label["u.jpg"]}) == 3
    assert scene["x.jpg"] == scene["w.jpg"] != scene["u.jpg"]
    assert listing.paths[0].parent == tmp_path


def test_triplets_say_the_same(tmp_path: Path) -> None:
    table = tmp_path / "triplets.csv"
    table.write_text("anchor,positive,negative\nx.jpg,y.jpg,w.jpg\n", "utf-8")
    listing = data.list_csv(table)
    assert [path.name for path in listing.paths] == ["w.jpg", "x.jpg", "y.jpg"]
    assert listing.labels.tolist() == [0, 1, 1]
    assert len(set(listing.scenes.tolist())) == 1


def test_a_table_that_contradicts_itself_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "pairs.csv"
    table.write_text("a,b,same\nx,y,1\ny,z,1\nx,z,0\n", "utf-8")
    with pytest.raises(ValueError, match="negatives here"):
        data.list_csv(table)
    table.write_text("left,right\nx,y\n", "utf-8")
    with pytest.raises(ValueError, match="columns"):
        data.list_csv(table)


def test_the_split_is_by_photo_and_stays_when_photos_are_added(tmp_path: Path) -> None:
    made_folder(tmp_path / "p", 60)
    training, held_out = data.split(data.list_folder(tmp_path), 20)
    assert 8 <= len(held_out.paths) <= 32
    assert not set(training.paths) & set(held_out.paths)
    assert len(training.paths) + len(held_out.paths) == 60
    again, _ = data.split(data.list_folder(tmp_path), 20)
    assert again.paths == training.paths
    larger = data.Listing(
        (*training.paths, *held_out.paths), np.arange(60), np.zeros(60, dtype=np.int64)
    )
    assert set(data.split(larger, 20)[1].paths) == set(held_out.paths)


def test_photos_are_upright_squashed_and_cached(tmp_path: Path) -> None:
    photo = made_photo(1, 120, 60)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees for looking
    photo.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    photo.save(tmp_path / "plain.png")
    paths = [tmp_path / "plain.png", tmp_path / "turned.jpg"]
    cache = tmp_path / "cache" / "photos.npz"
    loaded = data.load_photos(paths, 32, cache)
    assert loaded.pixels.shape == (2, 32, 32, 3)
    assert loaded.aspects.tolist() == [2.0, 0.5]
    unturned = np.rot90(loaded.pixels[1], 1).astype(int)
    assert np.abs(unturned - loaded.pixels[0].astype(int)).mean() < 8
    for path in paths:
        path.unlink()
    again = data.load_photos(paths, 32, cache)
    assert np.array_equal(again.pixels, loaded.pixels)
    with pytest.raises(FileNotFoundError):
        data.load_photos(paths, 48, cache)
