from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QImage

from photodedup.gui.dropping import can_read, read


def picture() -> QImage:
    image = QImage(8, 6, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    return image


def test_tells_folders_from_files_and_leaves_out_what_is_gone(tmp_path: Path) -> None:
    photo = tmp_path / "a b ä.jpg"
    photo.touch()
    data = QMimeData()
    paths = (tmp_path, photo, tmp_path / "gone.jpg")
    data.setUrls([*(QUrl.fromLocalFile(str(path)) for path in paths), QUrl("https://x.org/y.jpg")])
    dropped = read(data)
    assert can_read(data)
    assert dropped.folders == (tmp_path,)
    assert dropped.files == (photo,)


def test_a_file_beats_the_picture_that_comes_with_it(tmp_path: Path) -> None:
    photo = tmp_path / "a.jpg"
    photo.touch()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(photo))])
    data.setImageData(picture())
    assert read(data).files == (photo,)
    assert read(data).image is None


def test_takes_a_picture_from_a_browser(qapp: object) -> None:
    data = QMimeData()
    data.setUrls([QUrl("https://x.org/y.jpg")])
    data.setImageData(picture())
    image = read(data).image
    assert can_read(data)
    assert image is not None
    assert image.size() == picture().size()


def test_text_is_nothing_to_us() -> None:
    data = QMimeData()
    data.setText("hello")
    assert not can_read(data)
    assert read(data).is_empty
