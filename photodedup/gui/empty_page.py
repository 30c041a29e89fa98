"""What stands where there is nothing to show yet: a sentence, and the next step as a button."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from photodedup.gui import icons
from photodedup.gui.backend import Backend
from photodedup.gui.job_runner import JobRunner

PICTURE_PX = 72
SMALL_PICTURE_PX = 20
PROMISE_WIDTH = 460  # pixels: some twelve words a line


class EmptyPage(QWidget):
    """A picture, a title, an explanation and a button."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = "add-folder"
        self._picture, self._title, self._text = QLabel(), QLabel(), QLabel()
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        self._title.setFont(font)
        self._button = QToolButton()
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addStretch(2)
        for label in (self._picture, self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setTextFormat(Qt.TextFormat.PlainText)
            layout.addWidget(label)
        layout.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)

    @property
    def title(self) -> str:
        """What it says in large letters."""
        return self._title.text()

    def say(self, icon: str, title: str, text: str, action: QAction | None) -> None:
        """Change all that is shown; without an action there is no button."""
        self._icon_name = icon
        self._title.setText(title)
        self._text.setText(text)
        self._button.setVisible(action is not None)
        if action is not None:
            self._button.setDefaultAction(action)
        self.redraw()

    def redraw(self) -> None:
        """Draw the picture in the palette's colour."""
        color = self.palette().placeholderText().color()
        size = QSize(PICTURE_PX, PICTURE_PX)
        self._picture.setPixmap(
            icons.render(self._icon_name, size, color, self.devicePixelRatioF())
        )


class WelcomePage(QWidget):
    """The first screen: where to begin, what happens to the photos, and photos to try it with."""

    folder_made = Signal(object)  # Path: the sample photos are there
    failed = Signal(object)  # the exception: they could not be made

    def __init__(
        self, backend: Backend, add_folder: QAction, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._backend = backend
        self._runner = JobRunner(self)
        self._runner.succeeded.connect(self._made)
        self._runner.failed.connect(self._could_not_make)
        self._pictures: list[tuple[QLabel, str, int]] = []
        self.add_button, self.sample_button = QToolButton(), QToolButton()
        self.add_button.setDefaultAction(add_folder)
        self.add_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.sample_button.clicked.connect(self._make_sample)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addStretch(2)
        layout.addWidget(self._picture("add-folder", PICTURE_PX))
        layout.addWidget(self._title())
        lead = self.tr("Photos in them that are copies of one another are found and grouped.")
        layout.addWidget(_text(lead, Qt.AlignmentFlag.AlignHCenter))
        layout.addLayout(self._promises())
        layout.addLayout(self._buttons())
        layout.addStretch(3)
        self._show_making(False)
        self.redraw()

    @property
    def texts(self) -> Sequence[str]:
        """All that it says, from the top."""
        return [label.text() for label in self.findChildren(QLabel) if label.text()]

    def redraw(self) -> None:
        """Draw the pictures in the palette's colour."""
        color = self.palette().placeholderText().color()
        for label, name, side in self._pictures:
            size = QSize(side, side)
            label.setPixmap(icons.render(name, size, color, self.devicePixelRatioF()))

    def shut_down(self) -> None:
        """Stop making sample photos and wait for it."""
        self._runner.shut_down()

    def _title(self) -> QLabel:
        title = _text(self.tr("Drop folders here"), Qt.AlignmentFlag.AlignHCenter)
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        title.setFont(font)
        return title

    def _promises(self) -> QHBoxLayout:
        """What will and will not happen to the files, and where the program keeps its own."""
        folders = self._backend.data_folders
        promises = (
            ("search", self.tr("Scanning only reads your photos. Nothing leaves this computer.")),
            (
                "history",
                self.tr(
                    "What you clear is moved into a holding folder beside the photos, never "
                    "deleted, and you can take it back."
                ),
            ),
            (
                "folder",
                self.tr("Decisions and settings are kept in {folder}.").format(folder=folders.data),
            ),
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnMinimumWidth(1, PROMISE_WIDTH)
        for row, (icon, said) in enumerate(promises):
            grid.addWidget(self._picture(icon, SMALL_PICTURE_PX), row, 0)
            grid.addWidget(_text(said, Qt.AlignmentFlag.AlignVCenter), row, 1)
        middle = QHBoxLayout()
        middle.setContentsMargins(12, 14, 12, 14)
        middle.addStretch()
        middle.addLayout(grid)
        middle.addStretch()
        return middle

    def _buttons(self) -> QHBoxLayout:
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        buttons.addStretch()
        buttons.addWidget(self.add_button)
        buttons.addWidget(self.sample_button)
        buttons.addStretch()
        return buttons

    def _picture(self, name: str, side: int) -> QLabel:
        label = QLabel()
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pictures.append((label, name, side))
        return label

    def _show_making(self, making: bool) -> None:
        self.sample_button.setEnabled(not making)
        self.sample_button.setText(
            self.tr("Painting sample photos …") if making else self.tr("Try it with sample photos")
        )

    @Slot()
    def _make_sample(self) -> None:
        self._show_making(True)
        self._runner.start(self._backend.make_sample)

    @Slot(object)
    def _made(self, folder: Path) -> None:
        self._show_making(False)
        self.folder_made.emit(folder)

    @Slot(object)
    def _could_not_make(self, error: Exception) -> None:
        self._show_making(False)
        self.failed.emit(error)


def _text(said: str, alignment: Qt.AlignmentFlag) -> QLabel:
    label = QLabel(said)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAlignment(alignment)
    label.setWordWrap(True)
    return label
