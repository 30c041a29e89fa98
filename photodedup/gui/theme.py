"""Light, dark or the system's colours; also where the platform has no say in them."""

import enum

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication


class Theme(enum.Enum):
    """The user's choice; the value is kept in the settings."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


Role = QPalette.ColorRole
DARK_COLORS = {
    Role.Window: "#26282b",
    Role.WindowText: "#e6e6e6",
    Role.Base: "#1b1d1f",
    Role.AlternateBase: "#2d3033",
    Role.Text: "#e6e6e6",
    Role.Button: "#33363a",
    Role.ButtonText: "#e6e6e6",
    Role.BrightText: "#ffffff",
    Role.ToolTipBase: "#33363a",
    Role.ToolTipText: "#e6e6e6",
    Role.PlaceholderText: "#949aa1",
    Role.Highlight: "#2f6fb5",
    Role.HighlightedText: "#ffffff",
    Role.Accent: "#2f6fb5",
    Role.Link: "#78b0ee",
    Role.LinkVisited: "#b79bea",
    Role.Light: "#45494e",
    Role.Midlight: "#3b3f43",
    Role.Mid: "#55595e",
    Role.Dark: "#17181a",
    Role.Shadow: "#0c0d0e",
}
LIGHT_COLORS = {
    Role.Window: "#f1f2f4",
    Role.WindowText: "#1c1e21",
    Role.Base: "#ffffff",
    Role.AlternateBase: "#eceff3",
    Role.Text: "#1c1e21",
    Role.Button: "#f1f2f4",
    Role.ButtonText: "#1c1e21",
    Role.BrightText: "#ffffff",
    Role.ToolTipBase: "#ffffff",
    Role.ToolTipText: "#1c1e21",
    Role.PlaceholderText: "#6b7279",
    Role.Highlight: "#2f6fb5",
    Role.HighlightedText: "#ffffff",
    Role.Accent: "#2f6fb5",
    Role.Link: "#1b5ea6",
    Role.LinkVisited: "#6b46a3",
    Role.Light: "#ffffff",
    Role.Midlight: "#e3e6ea",
    Role.Mid: "#b4b9bf",
    Role.Dark: "#9aa0a6",
    Role.Shadow: "#6b7075",
}
DISABLED_OPACITY = 0.45
OUTLINE = "#a4aab1"
OUTLINED = ("QCheckBox", "QLineEdit", "QAbstractSpinBox", "QListWidget")


def apply_theme(theme: Theme) -> None:
    """Ask the platform for the colours; where it does not obey, set our own palette."""
    hints = QGuiApplication.styleHints()
    if theme is Theme.SYSTEM:
        hints.unsetColorScheme()
        _set_palette(None)
        return
    wanted = Qt.ColorScheme.Dark if theme is Theme.DARK else Qt.ColorScheme.Light
    hints.setColorScheme(wanted)
    if hints.colorScheme() is not wanted:  # offscreen, and X11 without a desktop's theme
        _set_palette(DARK_COLORS if theme is Theme.DARK else LIGHT_COLORS)
    else:
        _set_palette(None)


def _set_palette(colors: dict[QPalette.ColorRole, str] | None) -> None:
    """Set our own colours, or give the colours back to the platform."""
    palette = QPalette() if colors is None else _palette(colors)
    QGuiApplication.setPalette(palette)
    outlined = QPalette(palette)
    if colors is not None and is_dark(palette):
        # Qt's own style draws outlines in a darker shade of Window: on dark nobody sees them.
        outlined.setColor(Role.Window, QColor(OUTLINE))
    for name in OUTLINED:
        QApplication.setPalette(outlined, name)  # type: ignore[arg-type]  # it takes text only


def is_dark(palette: QPalette) -> bool:
    """Whether text is lighter than what it stands on."""
    return palette.color(Role.WindowText).lightness() > palette.color(Role.Window).lightness()


def _palette(colors: dict[QPalette.ColorRole, str]) -> QPalette:
    palette = QPalette()
    for role, name in colors.items():
        palette.setColor(role, QColor(name))
    for role in (Role.WindowText, Role.Text, Role.ButtonText, Role.HighlightedText):
        faded = QColor(colors[role])
        faded.setAlphaF(DISABLED_OPACITY)
        palette.setColor(QPalette.ColorGroup.Disabled, role, faded)
    palette.setColor(QPalette.ColorGroup.Disabled, Role.Highlight, QColor(colors[Role.Mid]))
    return palette
