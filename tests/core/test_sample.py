"""The sample library: what it promises to anyone who tries the program on it."""

import shutil
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photodedup.core.sample import SAMPLES, make_sample_library
from photodedup.core.sample_scenes import HEIGHT, KINDS, WIDTH, paint


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sample_library(tmp_path_factory.mktemp("sample"))


def thumbnail(path: Path) -> np.ndarray:
    with Image.open(path) as photo:
        return np.asarray(photo.convert("RGB").resize((32, 24)), np.float32)


def test_it_holds_the_files_it_names_and_no_others(library: Path) -> None:
    found = {p.relative_to(library).as_posix() for p in library.rglob("*") if p.is_file()}

    assert found == {sample.name for sample in SAMPLES}
    assert len(found) == len(SAMPLES) >= 60


def test_copies_made_of_the_same_bytes_are_identical(library: Path) -> None:
    same = (library / "Holiday/IMG_1001.jpg").read_bytes()

    assert (library / "Downloads/IMG_1001 (1).jpg").read_bytes() == same
    assert (library / "Downloads/skyline.jpg").read_bytes() != same


def test_a_copy_without_the_cameras_data_has_the_same_pixels(library: Path) -> None:
    with (
        Image.open(library / "Holiday/IMG_1003.jpg") as original,
        Image.open(library / "Downloads/skyline.jpg") as copy,
    ):
        assert np.array_equal(np.asarray(original), np.asarray(copy))
        assert original.getexif()
        assert not copy.getexif()


def test_the_shots_of_a_burst_have_different_times_and_pixels(library: Path) -> None:
    times, pixels = [], []
    for shot in (1, 2, 3):
        with Image.open(library / f"Holiday/IMG_1010_{shot}.jpg") as photo:
            details = photo.getexif().get_ifd(0x8769)
            times.append((details[0x9003], details[0x9291]))
        pixels.append(thumbnail(library / f"Holiday/IMG_1010_{shot}.jpg"))

    assert len(set(times)) == 3
    assert len({time for time, _ in times}) == 1
    assert abs(pixels[0] - pixels[2]).mean() > 2


def test_scenes_are_unlike_one_another(library: Path) -> None:
    """Two scenes of one kind must differ enough not to be taken for copies."""
    of_kind = defaultdict(list)
    for sample in SAMPLES:
        if sample.change is None and sample.shot == 1 and "IMG_" in sample.name.split("/")[1]:
            of_kind[sample.scene % len(KINDS)].append(sample)
    for samples in of_kind.values():
        shown = {sample.scene: thumbnail(library / sample.name) for sample in samples}
        scenes = sorted(shown)
        apart = [abs(shown[a] - shown[b]).mean() for a in scenes for b in scenes if a < b]
        assert min(apart) > 8


def test_a_turned_photo_is_upright_when_its_orientation_is_applied(library: Path) -> None:
    with Image.open(library / "Phone/on its side.jpg") as photo:
        assert photo.size == (HEIGHT, WIDTH)
        assert photo.getexif()[0x0112] == 6
        upright = photo.transpose(Image.Transpose.ROTATE_270).resize((32, 24))
    original = thumbnail(library / "Phone/IMG_1024.jpg")

    assert abs(np.asarray(upright, np.float32) - original).mean() < 2


def test_a_second_call_writes_only_what_is_missing(library: Path, tmp_path: Path) -> None:
    library = Path(shutil.copytree(library, tmp_path / "copy"))
    gone, kept = library / "Edited/framed.jpg", library / "Holiday/IMG_1001.jpg"
    before, bytes_before = kept.stat().st_mtime_ns, gone.read_bytes()
    gone.unlink()

    make_sample_library(library)

    assert gone.read_bytes() == bytes_before
    assert kept.stat().st_mtime_ns == before


def test_a_scene_is_the_same_every_time() -> None:
    assert np.array_equal(np.asarray(paint(3)), np.asarray(paint(3)))
    assert np.asarray(paint(3)).shape == (HEIGHT, WIDTH, 3)
