"""The benchmark of the quick scan makes files as cameras and editors do, and compares pairs."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photodedup.core.decode import NoPreview, decode_embedded_preview
from photodedup.core.records import PhotoFile
from tests.benchmarks.quick_scan import TENTH, copy_once, dress, only_originals, pairs_of
from tests.data.make_photos import textured_photo
from tests.data.preview_writer import jpeg_bytes


def photo_in(path: Path, seed: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(jpeg_bytes(Image.fromarray(textured_photo(seed, 240, 180))))
    return path


def preview_of(path: Path) -> np.ndarray:
    info = os.stat(path)
    return decode_embedded_preview(PhotoFile(path, info.st_size, info.st_mtime_ns, 0, 0))


def test_every_tenth_is_a_copy_and_has_the_preview_of_its_kind(tmp_path: Path) -> None:
    made = [photo_in(tmp_path / "made" / f"{n:02}.jpg", n % TENTH) for n in range(4 * TENTH)]
    dressed = dress(made, tmp_path / "dressed")
    kinds = [path.stem.partition("-")[2] for path in dressed]
    copies = ["messenger", "stale", "fresh", "bare"]
    assert kinds == [k for copy in copies for k in [""] * (TENTH - 1) + [copy]]
    for copy, path in zip(copies, dressed[TENTH - 1 :: TENTH], strict=True):
        if copy in ("messenger", "bare"):
            with pytest.raises(NoPreview):
                preview_of(path)
        else:
            original = preview_of(dressed[0])
            is_original = np.abs(preview_of(path).astype(int) - original).mean() < 10
            assert is_original == (copy == "stale")
    alone = only_originals(dressed, tmp_path / "alone")
    assert len(list(alone.iterdir())) == 4 * (TENTH - 1)


def test_each_photo_gets_one_copy_and_each_jpeg_a_thumbnail(tmp_path: Path) -> None:
    for seed in range(3):
        photo_in(tmp_path / "originals" / f"{seed}.jpg", seed)
        photo_in(tmp_path / "whole" / f"{seed}.jpg", seed + 5)
    photo_in(tmp_path / "crops" / "1.jpg", 6)
    library = tmp_path / "library"
    known = copy_once(tmp_path / "originals", [tmp_path / "whole", tmp_path / "crops"], library)
    edits = [photo.edit for photo in known]
    assert edits == [None, "half_size", None, "messenger", None, "thumbnail_96", None, "cut_out"]
    assert known[-1].source == "whole/1.jpg"
    for photo in known:
        if photo.edit != "thumbnail_96":  # too small a preview to count
            assert max(preview_of(library / photo.path).shape) in (120, 160)


def test_pairs_are_those_of_each_group() -> None:
    groups = [{"photos": [{"path": name} for name in names]} for names in ("cab", "de")]
    assert pairs_of({"groups": groups}) == {("a", "b"), ("a", "c"), ("b", "c"), ("d", "e")}
