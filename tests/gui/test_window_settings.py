import os
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from photodedup.core.keep_rules import Criterion
from photodedup.core.reading_limits import ReadingLimits
from photodedup.gui.arrangement import GroupOrder, Reach
from photodedup.gui.keep_choice import KeepChoice, with_first
from photodedup.gui.position import Position, ReviewPosition
from photodedup.gui.scan_options import ScanOptions
from photodedup.gui.theme import Theme
from photodedup.gui.window_settings import WindowSettings


def test_everything_survives_a_new_process(tmp_path: Path) -> None:
    """Read back by a second QSettings after a sync, as the next run does."""
    folders = [Path("/a, b"), Path(os.fsdecode(b"/latin-1 \xe4"))]
    keep = KeepChoice(with_first(Criterion.OLDER).criteria, tuple(folders))
    excluded, limits = ("*.png", "cache/*"), ReadingLimits(300, 90)
    options = ScanOptions("cpu", Path("/net.onnx"), 3, excluded, keep, 2**35, limits, True, True)
    review = ReviewPosition(
        folders[1] / "a", b"d", -3, GroupOrder.COUNT, "x", "edited", Reach.ANY, True
    )
    position = Position(2, 0.25, review, ReviewPosition())
    written = WindowSettings(tmp_path)
    written.theme, written.language = Theme.DARK, "ko"
    written.options = options
    written.position = position
    written.remember_recent(folders)
    written.remember_recent(folders[1:])
    written.folders, written.protected = folders, folders[:1]
    written.sync()
    del written
    read = WindowSettings(tmp_path)
    assert (read.theme, read.language) == (Theme.DARK, "ko")
    assert (read.options, read.position) == (options, position)
    assert read.recent == folders[::-1]
    assert (read.folders, read.protected) == (folders, folders[:1])


def test_defaults_of_a_new_folder(tmp_path: Path) -> None:
    settings = WindowSettings(tmp_path)
    assert (settings.theme, settings.language) == (Theme.SYSTEM, "")
    assert settings.folders == settings.protected == settings.recent == []
    assert settings.options == ScanOptions()
    assert settings.position == Position()
    assert settings.geometry("window").isEmpty()


DAMAGED = "[General]\ntheme=pink\nfolders=[[[\nposition=[]\ndevice=7\nworkers=x\nkeep_rules={"


@pytest.mark.parametrize("text", [DAMAGED, "\x00\x01nonsense"])
def test_a_damaged_file_means_defaults(tmp_path: Path, text: str) -> None:
    (tmp_path / "window.ini").write_text(text)
    settings = WindowSettings(tmp_path)
    assert settings.theme is Theme.SYSTEM
    assert settings.folders == []
    assert (settings.options, settings.position) == (ScanOptions(), Position())


def test_figures_out_of_all_measure_are_held(tmp_path: Path) -> None:
    """They would overflow in the fields that show them."""
    huge = "9" * 18
    place = f'"keeper": null, "digest": "", "offset": {huge}, "order": "bytes", "text": "", '
    place += '"relation": "", "reach": "any", "undecided": false'
    position = (
        f'{{"tab": {huge}, "strictness": 7, "duplicates": {{{place}}}, "similar": {{{place}}}}}'
    )
    written = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    written.setValue("max_megapixels", huge)
    written.setValue("timeout_s", "0")
    for key, text in (("workers", huge), ("previews_bytes", huge), ("position", position)):
        written.setValue(key, text)
    written.sync()
    read = WindowSettings(tmp_path)
    assert read.options.workers == 64
    assert read.options.previews_bytes == 200 * 2**30
    assert read.options.limits == ReadingLimits(10_000, 5)
    assert (read.position.tab, read.position.strictness) == (3, 1.0)
    assert read.position.duplicates.offset == 100_000
