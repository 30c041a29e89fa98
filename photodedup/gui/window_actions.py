"""The main window's actions with their keys and icons, and the menus made of them."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QPalette
from PySide6.QtWidgets import QMainWindow, QMenu

from photodedup.gui import icons
from photodedup.gui.mark_actions import MarkActions
from photodedup.gui.photo_actions import PhotoActions
from photodedup.gui.photo_model import printable
from photodedup.gui.theme import Theme

LANGUAGES = {"": "", "en": "English", "ko": "한국어"}


class WindowActions(QObject):
    """Made once for a window, which connects them."""

    def __init__(self, palette: QPalette, parent: QObject) -> None:
        super().__init__(parent)
        self._icons: dict[QAction, str] = {}
        make = self._make
        self.add_folder = make(self.tr("&Add folder …"), "Ctrl+O", "add-folder")
        self.choose_query = make(self.tr("&Search by photo …"), "Ctrl+F", "search")
        self.paste_query = make(self.tr("Search by &pasted picture"), "Ctrl+V", "paste")
        self.quit = make(self.tr("&Quit"), "Ctrl+Q")
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)
        self.scan = make(self.tr("&Scan"), "F5", "scan")
        self.pause = make(self.tr("&Pause"), "F6", "pause")
        self.pause.setCheckable(True)
        self.cancel = make(self.tr("&Cancel the scan"), "F7", "cancel")
        self.settings = make(self.tr("S&ettings …"), "Ctrl+,")
        self.settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        self.keep_rules = make(self.tr("&Keep rules …"), "Ctrl+K", "keeper")
        self.pairs = make(self.tr("Folders that share photos …"), "Ctrl+D", "folder")
        self.coverage = make(self.tr("Already in the library? …"), "Ctrl+L", "duplicates")
        self.decisions = make(self.tr("Decisions …"), "Ctrl+Shift+H", "history")
        self.next_group = make(self.tr("&Next group"), "N", "next")
        self.previous_group = make(self.tr("&Previous group"), "P", "previous")
        self.keys = make(self.tr("&Keyboard"), "F1")
        self.report = make(self.tr("&Report a problem …"))
        self.about = make(self.tr("&About photodedup"))
        self.about.setMenuRole(QAction.MenuRole.AboutRole)
        self.themes = self._choices(
            [
                (Theme.SYSTEM, self.tr("As the system")),
                (Theme.LIGHT, self.tr("Light")),
                (Theme.DARK, self.tr("Dark")),
            ]
        )
        self.languages = self._choices(
            [(code, name or self.tr("As the system")) for code, name in LANGUAGES.items()]
        )
        self.recent = QMenu(self.tr("&Recent folders"))
        self.recent.setToolTipsVisible(True)
        self.redraw(palette)

    def show_recent(self, folders: Sequence[Path], chosen: Callable[[Path], None]) -> None:
        """Offer folders that were scanned some time."""
        self.recent.clear()
        for folder in folders:
            action = self.recent.addAction(printable(folder))
            action.triggered.connect(partial(_call, chosen, folder))
        self.recent.setEnabled(bool(folders))

    def redraw(self, palette: QPalette) -> None:
        """Draw the icons in another palette's colours."""
        for action, name in self._icons.items():
            action.setIcon(icons.icon(name, palette))

    def show_paused(self, paused: bool, palette: QPalette) -> None:
        """Let the pause action say what it would do next."""
        self.pause.setChecked(paused)
        self.pause.setText(self.tr("&Resume") if paused else self.tr("&Pause"))
        self._icons[self.pause] = "resume" if paused else "pause"
        self.redraw(palette)

    def fill_menus(
        self,
        window: QMainWindow,
        photo: PhotoActions,
        mark: MarkActions,
        tabs: Sequence[QAction],
        panels: QAction,
    ) -> list[tuple[str, list[QAction]]]:
        """Make the menus; returns their names and actions, for the sheet of keys."""
        breaks = {
            self.settings,
            self.quit,
            self.pairs,
            self.next_group,
            mark.of_all[0],
            mark.clear,
        }
        sections: list[tuple[str, list[QAction]]] = [
            (
                self.tr("&File"),
                [
                    self.add_folder,
                    self.choose_query,
                    self.paste_query,
                    self.settings,
                    self.quit,
                ],
            ),
            (
                self.tr("&Scan"),
                [self.scan, self.pause, self.cancel, self.pairs, self.coverage],
            ),
            (self.tr("&Photo"), [*photo.all, self.next_group, self.previous_group]),
            (
                self.tr("&Clear"),
                [
                    mark.undo,
                    mark.redo,
                    *mark.of_photos,
                    *mark.of_all,
                    self.keep_rules,
                    mark.clear,
                    mark.history,
                    self.decisions,
                ],
            ),
            (self.tr("&View"), [*tabs, panels]),
            (self.tr("&Help"), [self.keys, self.report, self.about]),
        ]
        for title, actions in sections:
            menu = window.menuBar().addMenu(title)
            for action in actions:
                if action in breaks:
                    menu.addSeparator()
                menu.addAction(action)
                if action is self.add_folder:
                    menu.addMenu(self.recent)
            if actions[-1] is panels:
                menu.addSeparator()
                self._add_choices(menu, self.tr("&Theme"), self.themes)
                self._add_choices(menu, self.tr("&Language"), self.languages)
        return [(without_mnemonic(title), actions) for title, actions in sections]

    def _add_choices(self, menu: QMenu, title: str, group: QActionGroup) -> None:
        menu.addMenu(title).addActions(group.actions())

    def _choices(self, choices: Sequence[tuple[object, str]]) -> QActionGroup:
        group = QActionGroup(self)
        for value, name in choices:
            action = group.addAction(name)
            action.setCheckable(True)
            action.setData(value)
        return group

    def _make(self, text: str, keys: str | None = None, icon: str | None = None) -> QAction:
        action = QAction(text, self)
        plain = without_mnemonic(text).removesuffix(" …")
        action.setIconText(plain)
        action.setToolTip(plain)
        if keys is not None:
            action.setShortcut(QKeySequence(keys))
            shown = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{plain} ({shown})")
        if icon is not None:
            self._icons[action] = icon
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        return action


def _call(act: Callable[[Path], None], folder: Path, _checked: bool = False) -> None:
    act(folder)


def without_mnemonic(text: str) -> str:
    """A menu's text without its underlined letter: "File" for "&File" and for "File(&F)"."""
    return re.sub(r"\(&.\)", "", text).replace("&", "")
