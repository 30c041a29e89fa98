"""The program's own icons: SVG files drawn in the palette's colour at any scale."""

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

from photodedup.core.resources import resource_folder

SIZES = (16, 24, 32, 48)  # of pixels: the larger ones serve sharp screens


@cache
def _svg_text(name: str) -> str:
    return (resource_folder() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


def render(name: str, size: QSize, color: QColor | None = None, scale: float = 1.0) -> QPixmap:
    """Draw an icon; its currentColor becomes color. size is in device-independent pixels."""
    text = _svg_text(name)
    if color is not None:
        text = text.replace("currentColor", color.name())
    pixmap = QPixmap(size * scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    if color is not None:
        painter.setOpacity(color.alphaF())
    QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(pixmap.rect()))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


def icon(name: str, palette: QPalette) -> QIcon:
    """Make an icon in the palette's text colour, paler where it is disabled."""
    role = QPalette.ColorRole.ButtonText
    enabled = palette.color(QPalette.ColorGroup.Active, role)
    disabled = palette.color(QPalette.ColorGroup.Disabled, role)
    return _icon(name, enabled.rgba(), disabled.rgba())


@cache
def _icon(name: str, enabled: int, disabled: int) -> QIcon:
    made = QIcon()
    for mode, rgba in ((QIcon.Mode.Normal, enabled), (QIcon.Mode.Disabled, disabled)):
        for edge in SIZES:
            made.addPixmap(render(name, QSize(edge, edge), QColor.fromRgba(rgba)), mode)
    return made


def application_icon() -> QIcon:
    """Make the program's icon."""
    made = QIcon()
    for edge in (16, 24, 32, 48, 64, 128, 256):
        made.addPixmap(render("photodedup", QSize(edge, edge)))
    return made
