"""What stands where there is nothing to show yet: a sentence, and the next step as a button."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget

from photodedup.gui import icons

PICTURE_PX = 72


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
