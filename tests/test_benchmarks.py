"""The benchmarks measure what they say: their edits, their library, their counting."""

import ast
import dataclasses
import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageChops

from tests.benchmarks import accuracy, camera_photos, edits, small_photos, throughput
from tests.benchmarks.contact_sheet import write_pages
from tests.benchmarks.known_library import Known, Recipe, build_library
from tests.data.make_photos import textured_photo

LIBRARY = Path("/library").absolute()


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return Image.fromarray(textured_photo(1, 480, 320))


def edited(name: str, photo: Image.Image, seed: int = 0) -> Image.Image:
    return edits.EDITS[name](photo, random.Random(seed))


def write_photos(folder: Path, count: int, first: int = 0) -> Path:
    folder.mkdir()
    for number in range(first, first + count):
        Image.fromarray(textured_photo(number, 96, 64)).save(folder / f"{number}.png")
    return folder


# --- edits


@pytest.mark.parametrize("name", sorted(edits.EDITS))
def test_an_edit_changes_the_photo_the_same_way_every_time(name: str, photo: Image.Image) -> None:
    once, again = edited(name, photo), edited(name, photo)

    assert np.array_equal(np.asarray(once), np.asarray(again))
    assert once.mode == "RGB"
    assert once.size != photo.size or abs(np.asarray(once, float) - np.asarray(photo)).mean() > 1


@pytest.mark.parametrize("name", sorted(edits.EDITS))
def test_the_file_holds_what_the_edit_gives(name: str, photo: Image.Image, tmp_path: Path) -> None:
    path = edits.save_edit(name, photo, random.Random(0), tmp_path / "photo.tif")

    with Image.open(path) as written:
        assert {"JPEG": ".jpg", "PNG": ".png"}[str(written.format)] == path.suffix
        assert np.array_equal(np.asarray(written), np.asarray(edited(name, photo)))


@pytest.mark.parametrize(("name", "area"), [("crop_90", 0.9), ("crop_70", 0.7), ("crop_50", 0.5)])
def test_crops_keep_their_share_of_the_area_and_lie_off_centre(name: str, area: float) -> None:
    """Each pixel of the photo says where it is, so the crop says where it was cut."""
    x, y = np.meshgrid(np.linspace(0, 255, 480), np.linspace(0, 255, 320))
    places = Image.fromarray(np.stack([x, y, x * 0], axis=-1).astype(np.uint8))
    middles = []
    for seed in range(20):
        cut = np.asarray(edits.SAVED[name].change(places, random.Random(seed)), float)
        middles.append((cut[..., 0].mean() / 255, cut[..., 1].mean() / 255))
        assert cut.shape[0] * cut.shape[1] / (480 * 320) == pytest.approx(area, abs=0.01)

    from_the_middle = np.abs(np.array(middles) - 0.5)
    room = (1 - np.sqrt(area)) / 2
    assert from_the_middle.max(axis=1).min() > room * 0.2


@pytest.mark.parametrize("name", ["straightened", "perspective"])
def test_nothing_from_outside_the_photo_is_seen(name: str) -> None:
    white = Image.new("RGB", (480, 320), (255, 255, 255))

    for seed in range(10):
        assert np.asarray(edited(name, white, seed)).min() > 250


def test_sizes_are_what_the_names_say(photo: Image.Image) -> None:
    assert edited("half_size", photo).size == (240, 160)
    assert edited("messenger", photo).size == (320, 213)
    assert edited("thumbnail_96", photo).size == (96, 64)
    assert edited("rotated_90", photo).size == (320, 480)
    assert edited("crop_square", photo).size == (320, 320)
    assert edited("letterbox", photo).size == (480, 480)


def test_the_edits_share_no_code_with_the_training() -> None:
    tree = ast.parse(Path(edits.__file__).read_text("utf-8"))
    roots = {str(n.module).split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    roots |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}

    assert "PIL" in roots
    assert not roots & {"training", "photodedup", "torch", "torchvision", "cv2", "numpy"}


# --- the library and its truth


def test_the_library_holds_what_the_truth_says(tmp_path: Path) -> None:
    recipe = Recipe(
        write_photos(tmp_path / "originals", 3),
        1,
        (write_photos(tmp_path / "others", 2, first=10),),
        ((tmp_path / "others", write_photos(tmp_path / "cuts", 2, first=10)),),
    )
    work = tmp_path / "work"
    work.mkdir()

    photos = build_library(recipe, work)

    files = {p.relative_to(work / "library").as_posix() for p in work.rglob("*.*g") if p.is_file()}
    assert files == {photo.path for photo in photos}
    assert len(photos) == 3 + len(edits.EDITS) + 2 + 2
    assert len({photo.source for photo in photos}) == 5
    cuts = [photo for photo in photos if photo.edit == "cut_out"]
    assert {(cut.path, cut.source) for cut in cuts} == {
        ("cuts/10.png", "others/10.png"),
        ("cuts/11.png", "others/11.png"),
    }


def test_a_library_is_taken_again_but_not_for_another_recipe(tmp_path: Path) -> None:
    recipe = Recipe(write_photos(tmp_path / "originals", 2), 0)
    photos = build_library(recipe, tmp_path)

    assert build_library(recipe, tmp_path) == photos
    with pytest.raises(SystemExit, match="other options"):
        build_library(dataclasses.replace(recipe, edited=1), tmp_path)


def test_folders_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="different names"):
        Recipe(tmp_path / "a" / "photos", 1, (tmp_path / "b" / "photos",))


# --- counting


def group(*paths: str, relation: str = "edited", preselected: bool = False) -> dict[str, Any]:
    """A group as the scan's JSON has it; the first photo is the keeper."""
    photos = [
        {
            "path": str(LIBRARY / path),
            "relation": relation if number else None,
            "similarity": 0.9,
            "probability": 0.8,
            "preselected": preselected,
        }
        for number, path in enumerate(paths)
    ]
    return {"keeper": photos[0]["path"], "photos": photos}


PHOTOS = [
    Known("o/1", "o/1", "originals"),
    Known("o/2", "o/2", "originals"),
    Known("gray/1", "o/1", "originals", "gray"),
    Known("gray/2", "o/2", "originals", "gray"),
    Known("crop/1", "o/1", "originals", "crop"),
    Known("crop/2", "o/2", "originals", "crop"),
    Known("d/1", "d/1", "d"),
    Known("cut/1", "d/1", "cut", "cut_out"),
]


def count(groups: list[dict[str, Any]], similar: list[dict[str, Any]]) -> accuracy.Figures:
    return accuracy.measure(PHOTOS, {"groups": groups, "similar": similar}, LIBRARY)


def test_all_found_and_nothing_wrong() -> None:
    figures = count(
        [
            group("o/1", "gray/1", "crop/1"),
            group("crop/2", "o/2", "gray/2", relation="resaved"),
            group("d/1", "cut/1"),
        ],
        [],
    )

    assert (figures.mean_recall, figures.pair_precision, figures.wrong) == (1.0, 1.0, [])
    assert figures.edits["crop"].relations == {"edited": 1, "resaved": 1}
    assert figures.edits["gray"].relations == {"edited": 1}  # gray/2's is to crop/2, not to o/2
    assert figures.keepers == {"original": 2, "crop": 1}
    assert figures.edits["cut_out"].recall == 1.0
    assert figures.missed == []


def test_misses_and_wrong_photos_are_counted() -> None:
    """o/2 is taken for a copy of o/1, and the cut-out for one of o/2; gray/2 is only similar."""
    figures = count(
        [group("o/1", "gray/1", "o/2", "crop/2", preselected=True), group("d/1", "crop/1")],
        [group("o/2", "gray/2")],
    )

    assert figures.edits["gray"].recall == 0.5
    assert figures.edits["gray"].similar == 1
    assert figures.edits["crop"].recall == 0.5  # crop/2 is with its original, if in a wrong group
    assert figures.mean_recall == 0.5
    assert {photo.path for photo in figures.missed} == {"gray/2", "crop/1", "cut/1"}
    assert (figures.pairs, figures.right_pairs) == (7, 2)
    assert [(w.path, w.keeper, w.preselected) for w in figures.wrong] == [
        ("o/2", "o/1", True),
        ("crop/2", "o/1", True),
        ("crop/1", "d/1", False),
    ]
    assert figures.wrong_per_1000 == 1000 * 3 / 8


def test_figures_are_printed_and_written(tmp_path: Path) -> None:
    figures = count([group("o/1", "gray/1", "d/1")], [])
    scan = {
        "seconds": {"embed": 1.5, "total": 2.0},
        "counts": {"found": 8, "embedded": 8, "from_cache": 0, "skipped": 0},
        "problems": [],
        "model": "m",
        "device": "cpu",
    }

    text = accuracy.describe(figures, scan)

    assert "gray             0.500       2" in text
    assert "among the originals none" in text
    assert "in d" in text
    assert json.loads(json.dumps(accuracy.as_json(figures, scan)))["edits"]["gray"]["found"] == 1


def test_a_scan_that_fails_ends_the_benchmark(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="ended with 2"):
        accuracy.run_scan([tmp_path / "nowhere"], tmp_path / "data", [])


def test_pairs_are_drawn_on_as_many_pages_as_they_need(tmp_path: Path) -> None:
    folder = write_photos(tmp_path / "photos", 2)
    pair = (folder / "0.png", folder / "1.png", "text")

    pages = write_pages([pair] * 25, tmp_path / "pages", "wrong")

    assert [page.name for page in pages] == ["wrong-1.png", "wrong-2.png"]
    with Image.open(pages[0]) as page:
        assert np.asarray(page).std() > 10


# --- throughput


def test_camera_photos_are_as_large_as_a_cameras(tmp_path: Path) -> None:
    source = write_photos(tmp_path / "photos", 2)

    written = camera_photos.make_camera_photos(sorted(source.iterdir()), 2, tmp_path / "made")
    before = [path.stat().st_mtime_ns for path in written]
    again = camera_photos.make_camera_photos(sorted(source.iterdir()), 2, tmp_path / "made")

    assert again == written
    assert [path.stat().st_mtime_ns for path in again] == before
    for path in written:
        assert 3_000_000 <= path.stat().st_size <= 4_000_000
        with Image.open(path) as opened:
            assert opened.size == (4000, 3000)


def test_small_photos_have_a_copy_in_ten(tmp_path: Path) -> None:
    source = sorted(write_photos(tmp_path / "photos", 10).iterdir())

    written = small_photos.make_small_photos(source, 11, tmp_path / "made")

    assert sorted(written) == sorted((tmp_path / "made").iterdir())
    assert len(written) == 11
    assert [path.name for path in written if "_" in path.stem] == ["00000_tone.jpg"]
    with Image.open(written[0]) as photo, Image.open(written[9]) as copy:
        assert photo.size == copy.size == (500, 375)
        assert ImageChops.difference(photo, copy).getbbox() is not None
    with pytest.raises(SystemExit, match="18 photos are needed, 10 were found"):
        small_photos.make_small_photos(source, 20, tmp_path / "more")


def test_quarters_are_used_only_where_photos_do_not_suffice() -> None:
    photos = [Path(f"{n}.jpg") for n in range(4)]

    assert {quarter for _, quarter in camera_photos._parts(photos, 4)} == {None}
    assert len(set(camera_photos._parts(photos, 16))) == 16
    with pytest.raises(SystemExit, match="17 photos"):
        camera_photos._parts(photos, 17)


@pytest.mark.parametrize("name", sorted(throughput.DECODERS))
def test_each_decoder_reads_an_eighth_of_the_size(name: str, tmp_path: Path) -> None:
    module, decode = throughput.DECODERS[name]
    pytest.importorskip(module)
    Image.fromarray(textured_photo(2, 800, 640)).save(tmp_path / "photo.jpg")

    assert {100, 80} <= set(decode(tmp_path / "photo.jpg"))


def test_loading_the_network_and_the_interpreter_is_startup() -> None:
    seconds = {"start": 1.0, "embed": 3.0, "total": 5.0}
    scan = throughput.Scan(seconds, 6.5, {"found": 8}, 1, "cpu")

    assert (scan.startup_s, scan.working_s, scan.per_second) == (2.5, 4.0, 2.0)
    assert "start-up" in throughput.describe("first scan", scan)
