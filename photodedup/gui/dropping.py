"""What was dropped or pasted: folders, photos, or picture data without a file."""

import os
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QImage


@dataclass(frozen=True, slots=True)
class Dropped:
    """What a drop or the clipboard holds; image only where no file came with it."""

    folders: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()
    image: QImage | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it that we can use."""
        return not self.folders and not self.files and self.image is None


def can_read(data: QMimeData) -> bool:
    """Whether it may hold folders, files or a picture; cheap, for drag moves."""
    return data.hasImage() or any(url.isLocalFile() for url in data.urls())


def read(data: QMimeData) -> Dropped:
    """Take what we can use; a file beats the picture that comes with it."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    folders = tuple(path for path in paths if path.is_dir())
    files = tuple(path for path in paths if path.is_file())
    if folders or files:
        return Dropped(folders, files)
    if data.hasImage():
        image = QImage(data.imageData())
        if not image.isNull():
            return Dropped(image=image)
    return Dropped()


def absolute(path: Path) -> Path:
    """The path as the core writes it: absolute, its links unresolved."""
    return Path(os.path.abspath(path))
