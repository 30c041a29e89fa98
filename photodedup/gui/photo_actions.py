"""What can be done with photos anywhere in the window: one set of actions for menus and keys."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QMimeData, QObject, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QPalette

from photodedup.core.records import Photo
from photodedup.gui import desktop, icons
from photodedup.gui.photo_model import printable, url_of

ChosenPhotos = Callable[[], Sequence[Photo]]


class PhotoActions(QObject):
    """The actions work on what chosen() returns at that moment."""

    compare_requested = Signal()
    find_similar_requested = Signal(object)  # list[Photo]
    failed = Signal(str)

    def __init__(self, chosen: ChosenPhotos, palette: QPalette, parent: QObject) -> None:
        super().__init__(parent)
        self._chosen = chosen
        self.compare = self._make(self.tr("Compare"), "compare", "C", self.compare_requested.emit)
        self.find_similar = self._make(self.tr("Find similar photos"), "search", "S", self._find)
        self.open = self._make(self.tr("Open"), None, "O", self._open)
        self.show_in_folder = self._make(
            self.tr("Show in folder"), "folder", "Shift+O", self._show_in_folder
        )
        self.copy = self._make(
            self.tr("Copy"), None, QKeySequence(QKeySequence.StandardKey.Copy), self._copy
        )
        self.copy_path = self._make(self.tr("Copy path"), None, "Ctrl+Shift+C", self._copy_path)
        self.set_palette(palette)

    @property
    def all(self) -> list[QAction]:
        """In the order of menus."""
        return [
            self.compare,
            self.find_similar,
            self.open,
            self.show_in_folder,
            self.copy,
            self.copy_path,
        ]

    def set_palette(self, palette: QPalette) -> None:
        """Draw the icons anew for other colours."""
        for action in self.all:
            if action.data():
                action.setIcon(icons.icon(action.data(), palette))

    def update(self, can_compare: bool) -> None:
        """Enable what makes sense for the photos chosen now."""
        any_chosen = bool(self._chosen())
        for action in self.all:
            action.setEnabled(any_chosen)
        self.compare.setEnabled(can_compare)

    def _make(
        self, text: str, icon: str | None, keys: str | QKeySequence, act: Callable[[], None]
    ) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(keys))
        action.setData(icon)
        action.triggered.connect(act)
        return action

    @Slot()
    def _find(self) -> None:
        self.find_similar_requested.emit(list(self._chosen()))

    @Slot()
    def _open(self) -> None:
        for photo in self._chosen():
            if not desktop.open_file(photo.path):
                text = self.tr("No program opened {name}")
                self.failed.emit(text.format(name=printable(photo.path.name)))
                return

    @Slot()
    def _show_in_folder(self) -> None:
        for photo in list(self._chosen())[:1]:
            if not desktop.show_in_folder(photo.path):
                text = self.tr("No file manager opened {name}")
                self.failed.emit(text.format(name=printable(photo.path.parent)))

    @Slot()
    def _copy(self) -> None:
        data = QMimeData()
        data.setUrls([url_of(photo.path) for photo in self._chosen()])
        QGuiApplication.clipboard().setMimeData(data)

    @Slot()
    def _copy_path(self) -> None:
        paths = "\n".join(printable(photo.path) for photo in self._chosen())
        QGuiApplication.clipboard().setText(paths)
