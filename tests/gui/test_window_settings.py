import os
from pathlib import Path

import pytest

from photodedup.gui.theme import Theme
from photodedup.gui.window_settings import WindowSettings


def test_everything_survives_a_new_process(tmp_path: Path) -> None:
    """Read back by a second QSettings after a sync, as the next run does."""
    folders = [Path("/a, b"), Path(os.fsdecode(b"/latin-1 \xe4"))]
    written = WindowSettings(tmp_path)
    written.theme, written.language = Theme.DARK, "ko"
    written.excluded = ["*.png", "cache/*"]
    written.folders, written.protected = folders, folders[:1]
    written.sync()
    del written
    read = WindowSettings(tmp_path)
    assert (read.theme, read.language) == (Theme.DARK, "ko")
    assert read.excluded == ["*.png", "cache/*"]
    assert (read.folders, read.protected) == (folders, folders[:1])


def test_defaults_of_a_new_folder(tmp_path: Path) -> None:
    settings = WindowSettings(tmp_path)
    assert (settings.theme, settings.language) == (Theme.SYSTEM, "")
    assert settings.folders == settings.protected == []
    assert settings.geometry("window").isEmpty()


@pytest.mark.parametrize("text", ["[General]\ntheme=pink\nfolders=[[[\n", "\x00\x01nonsense"])
def test_a_damaged_file_means_defaults(tmp_path: Path, text: str) -> None:
    (tmp_path / "window.ini").write_text(text)
    settings = WindowSettings(tmp_path)
    assert settings.theme is Theme.SYSTEM
    assert settings.folders == []
