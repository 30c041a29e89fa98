"""What the window remembers between runs: geometry, folders, choices; nothing of the library."""

import json
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from photodedup.core.embed import DEVICES
from photodedup.core.json_text import parse_json
from photodedup.core.reading_limits import DEFAULT_MEGAPIXELS, DEFAULT_TIMEOUT_S, ReadingLimits
from photodedup.core.store import PREVIEWS_LIMIT_BYTES
from photodedup.gui.keep_choice import read_choice
from photodedup.gui.position import Position, read_position
from photodedup.gui.scan_options import MOST_PREVIEWS_BYTES, MOST_WORKERS, ScanOptions
from photodedup.gui.theme import Theme

MOST_RECENT = 10
YES = "yes"


class WindowSettings:
    """An INI file in the data folder.

    Every value is a string or bytes: an INI file forgets other types from one run to the next.
    """

    def __init__(self, data_folder: Path) -> None:
        self.data_folder = data_folder
        self.marks_file = data_folder / "marks.json"
        file = os.fspath(data_folder / "window.ini")
        self._settings = QSettings(file, QSettings.Format.IniFormat)

    @property
    def theme(self) -> Theme:
        """Light, dark or the system's."""
        try:
            return Theme(self._text("theme", Theme.SYSTEM.value))
        except ValueError:
            return Theme.SYSTEM

    @theme.setter
    def theme(self, theme: Theme) -> None:
        self._settings.setValue("theme", theme.value)

    @property
    def language(self) -> str:
        """ "en", "ko", or "" for the system's."""
        return self._text("language", "")

    @language.setter
    def language(self, language: str) -> None:
        self._settings.setValue("language", language)

    @property
    def folders(self) -> list[Path]:
        """The folders of the last session."""
        return self._paths("folders")

    @folders.setter
    def folders(self, folders: Iterable[Path]) -> None:
        self._set_paths("folders", folders)

    @property
    def protected(self) -> list[Path]:
        """Those of the folders that were protected."""
        return self._paths("protected")

    @protected.setter
    def protected(self, folders: Iterable[Path]) -> None:
        self._set_paths("protected", folders)

    @property
    def recent(self) -> list[Path]:
        """Folders that were scanned some time, the last first."""
        return self._paths("recent")

    def remember_recent(self, folders: Iterable[Path]) -> None:
        """Put folders before the other recent ones."""
        self._set_paths("recent", list(dict.fromkeys([*folders, *self.recent]))[:MOST_RECENT])

    @property
    def options(self) -> ScanOptions:
        """How scans go about it."""
        model = self._text("model", "")
        return ScanOptions(
            device=self._one_of("device", DEVICES, DEVICES[0]),
            model=Path(model) if model else None,
            workers=min(self._number("workers", 0), MOST_WORKERS) or None,
            excluded=tuple(self._texts("excluded")),
            keep=read_choice(self._text("keep_rules", "")),
            previews_bytes=min(
                self._number("previews_bytes", PREVIEWS_LIMIT_BYTES), MOST_PREVIEWS_BYTES
            ),
            limits=ReadingLimits.held(
                self._number("max_megapixels", DEFAULT_MEGAPIXELS),
                self._number("timeout_s", DEFAULT_TIMEOUT_S),
            ),
            watch=self._text("watch", "") == YES,
            quick=self._text("quick", "") == YES,
        )

    @options.setter
    def options(self, options: ScanOptions) -> None:
        self._settings.setValue("device", options.device)
        self._settings.setValue("model", os.fspath(options.model) if options.model else "")
        self._settings.setValue("workers", str(options.workers or 0))
        self._settings.setValue("excluded", json.dumps(options.excluded))
        self._settings.setValue("keep_rules", options.keep.to_json())
        self._settings.setValue("previews_bytes", str(options.previews_bytes))
        self._settings.setValue("max_megapixels", str(options.limits.megapixels))
        self._settings.setValue("timeout_s", str(options.limits.timeout_s))
        self._settings.setValue("watch", YES if options.watch else "")
        self._settings.setValue("quick", YES if options.quick else "")

    @property
    def position(self) -> Position:
        """Where the user was."""
        return read_position(self._text("position", ""))

    @position.setter
    def position(self, position: Position) -> None:
        self._settings.setValue("position", position.to_json())

    def geometry(self, name: str) -> QByteArray:
        """What a window or splitter saved; empty the first time."""
        value = self._settings.value(f"geometry/{name}", QByteArray(), type=QByteArray)
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_geometry(self, name: str, state: QByteArray) -> None:
        """Keep what a window or splitter saves."""
        self._settings.setValue(f"geometry/{name}", state)

    def sync(self) -> None:
        """Write the file now."""
        self._settings.sync()

    def _text(self, key: str, default: str) -> str:
        value = self._settings.value(key, default, type=str)
        return value if isinstance(value, str) else default

    def _one_of(self, key: str, known: Sequence[str], default: str) -> str:
        text = self._text(key, default)
        return text if text in known else default

    def _number(self, key: str, default: int) -> int:
        text = self._text(key, "")
        return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else default

    def _texts(self, key: str) -> list[str]:
        try:
            texts = parse_json(self._text(key, "[]"))
        except ValueError:
            return []
        return [text for text in texts if isinstance(text, str)] if isinstance(texts, list) else []

    def _paths(self, key: str) -> list[Path]:
        return [Path(text) for text in self._texts(key)]

    def _set_paths(self, key: str, paths: Iterable[Path]) -> None:
        # ASCII JSON keeps names that are not UTF-8 (as lone surrogates) through the INI file.
        self._settings.setValue(key, json.dumps([os.fspath(path) for path in paths]))
