"""Whether the window stays at hand while a scan has all cores.

    python -m tests.benchmarks.scan_window FOLDER [--in-use]

Opens the real window on a folder of photos with an empty data folder, and prints how long the
window's thread was blocked, at rest and during the scan. With --in-use the groups found so far are
scrolled, chosen, sorted otherwise and laid out anew meanwhile, as by somebody who waits.
"""

import argparse
import itertools
import os
import tempfile
from pathlib import Path

from photodedup.core.environment import default_folders

USED_EVERY_MS = 100


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="Time the window while it scans.")
    parser.add_argument("folder", type=Path, help="photos to scan")
    parser.add_argument("--platform", default="offscreen", help="Qt's platform plugin")
    parser.add_argument("--in-use", action="store_true", help="use the window meanwhile")
    options = parser.parse_args()
    os.environ["QT_QPA_PLATFORM"] = options.platform
    with tempfile.TemporaryDirectory(prefix="photodedup-window-") as data:
        _scan(options.folder.resolve(), Path(data), options.in_use)


def _scan(folder: Path, data: Path, in_use: bool) -> None:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from photodedup.core.freed_memory import collect_seldom
    from photodedup.gui.backend import CoreBackend
    from photodedup.gui.window_app import WindowApp
    from photodedup.gui.window_settings import WindowSettings
    from tests.benchmarks.window_blocks import Watch, run_events

    collect_seldom()  # as the program does
    app = QApplication([])
    folders = default_folders(data)
    window_app = WindowApp(app, CoreBackend(folders), WindowSettings(folders.data))
    window, session = window_app.window, window_app.session
    review = window.pages.duplicates
    window.resize(1366, 768)
    window.show()
    watch = Watch()
    watch.measure("at rest", lambda: run_events(3000))
    acts = itertools.cycle(range(4))

    def use() -> None:
        act, bar = next(acts), review.list.verticalScrollBar()
        if act == 0:
            bar.setValue(bar.maximum() - bar.value())
        elif act == 1 and review.model.rowCount():
            row = (review.list.currentIndex().row() + 1) % review.model.rowCount()
            review.list.setCurrentIndex(review.model.index(row))
        elif act == 2:
            orders = review.filters.order
            orders.setCurrentIndex((orders.currentIndex() + 1) % orders.count())
        else:
            window.resize(1366 + window.width() % 2, 768)

    hand = QTimer(interval=USED_EVERY_MS)
    hand.timeout.connect(use)
    if in_use:
        hand.start()
    watch.measure("scan", lambda: window.open_paths([folder]), lambda: not session.is_scanning)
    hand.stop()
    assert session.result is not None
    assert session.result.complete
    print(f"{session.result.counts.found} photos, {len(session.result.groups)} groups")
    window.close()


if __name__ == "__main__":
    main()
