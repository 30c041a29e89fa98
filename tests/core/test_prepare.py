import io
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from PIL import Image

from photodedup.core.digest import digest_file
from photodedup.core.errors import PhotoProblem
from photodedup.core.prepare import PREVIEW_PX, PreparedPhoto, prepare_photo
from photodedup.core.preprocess import preprocess
from photodedup.core.records import ProblemCode
from photodedup.core.scan import find_photos
from tests.data.make_photos import textured_photo
from tests.data.photo_files import STORED, encode
from tests.data.tiff_writer import orientation_block


def prepared(path: Path, data: bytes, input_size: int = 64) -> PreparedPhoto:
    path.write_bytes(data)
    (file,) = find_photos([path.parent], [f"[!{path.name[0]}]*"], lambda problem: None)
    return prepare_photo(file, input_size)


def test_one_file_gives_all_that_is_kept(tmp_path: Path) -> None:
    rgb = textured_photo(3, 480, 360)
    ready = prepared(tmp_path / "a.png", encode(rgb, "PNG"))
    photo = ready.photo
    assert photo.digest == digest_file(tmp_path / "a.png")
    assert (photo.format, photo.width, photo.height) == ("PNG", 480, 360)
    assert not photo.damaged
    assert ready.damage is None
    assert np.array_equal(ready.network_input, preprocess(rgb, 64))
    preview = Image.open(io.BytesIO(ready.preview_jpeg))
    assert (preview.format, preview.size) == ("JPEG", (400, 300))
    expected = np.asarray(Image.fromarray(rgb).resize((400, 300), Image.Resampling.BOX))
    assert np.abs(np.asarray(preview).astype(int) - expected).mean() < 10


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 2), (1, 3000), (5000, 1), (399, 401)])
def test_sizes_at_the_edge(tmp_path: Path, width: int, height: int) -> None:
    rgb = np.full((height, width, 3), 90, np.uint8)
    ready = prepared(tmp_path / "a.png", encode(rgb, "PNG"))
    assert (ready.photo.width, ready.photo.height) == (width, height)
    assert ready.network_input.shape == (64, 64, 3)
    assert np.abs(ready.network_input.astype(int) - 90).max() == 0
    assert max(Image.open(io.BytesIO(ready.preview_jpeg)).size) <= PREVIEW_PX
    assert ready.photo.sharpness == 0


def test_equal_pixels_have_equal_pixel_digests(tmp_path: Path) -> None:
    """Whatever the container and the metadata; other pixels or another size have others."""
    rgb = textured_photo(3, 480, 360)
    same = [
        prepared(tmp_path / "a.png", encode(rgb, "PNG")),
        prepared(tmp_path / "b.tif", encode(rgb, "TIFF", compression="tiff_lzw")),
        prepared(tmp_path / "c.webp", encode(rgb, "WEBP", lossless=True)),
        prepared(tmp_path / "d.bmp", encode(rgb, "BMP")),
    ]
    assert len({ready.photo.pixel_digest for ready in same}) == 1
    assert len({ready.photo.digest for ready in same}) == 4
    jpeg = encode(textured_photo(3, 1000, 750), "JPEG")
    tagged = encode(textured_photo(3, 1000, 750), "JPEG", orientation_block(1))
    one, two = prepared(tmp_path / "e.jpg", jpeg), prepared(tmp_path / "f.jpg", tagged)
    assert one.photo.pixel_digest == two.photo.pixel_digest
    changed = rgb.copy()
    changed[100, 100] ^= 1
    other = prepared(tmp_path / "g.png", encode(changed, "PNG"))
    assert other.photo.pixel_digest != same[0].photo.pixel_digest


def test_everything_is_upright(tmp_path: Path) -> None:
    rgb = textured_photo(3, 480, 360)
    ready = prepared(tmp_path / "a.png", encode(STORED[8](rgb), "PNG", orientation_block(8)))
    assert (ready.photo.width, ready.photo.height) == (480, 360)
    assert np.array_equal(ready.network_input, preprocess(rgb, 64))
    assert Image.open(io.BytesIO(ready.preview_jpeg)).size == (400, 300)


def test_a_blurred_photo_is_less_sharp(tmp_path: Path) -> None:
    rgb = textured_photo(3, 400, 300)
    blurred = np.asarray(Image.fromarray(rgb).reduce(4).resize((400, 300)))
    sharp = prepared(tmp_path / "a.png", encode(rgb, "PNG")).photo.sharpness
    soft = prepared(tmp_path / "b.png", encode(blurred, "PNG")).photo.sharpness
    assert sharp > 4 * soft > 0


def test_damage_is_carried_along(tmp_path: Path) -> None:
    data = encode(textured_photo(3, 480, 360), "JPEG")
    ready = prepared(tmp_path / "a.jpg", data[: len(data) // 2])
    assert ready.photo.damaged
    assert ready.damage == "Premature end of JPEG file"


def test_a_file_that_changed_since_it_was_found_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    file = prepared(path, encode(textured_photo(3, 64, 48), "PNG")).photo.file
    with pytest.raises(PhotoProblem, match="changed since it was found") as caught:
        prepare_photo(replace(file, size_bytes=file.size_bytes + 1), 64)
    assert caught.value.code is ProblemCode.FILE_UNREADABLE
    path.unlink()
    with pytest.raises(PhotoProblem):
        prepare_photo(file, 64)
