"""Times the window on a made-up catalog: 75,000 groups, 185,000 photos.

    python -m tests.benchmarks.review_window [--groups 75000] [--platform offscreen]

Prints for each act how long it took until the window showed it, and the longest time the
window's thread was blocked meanwhile.
"""

import argparse
import os
import random
import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from photodedup.core.records import Group, Photo, Relation
from tests.gui.fake_core import (
    CUTOFFS,
    FakeBackend,
    FakeOutcome,
    make_group,
    make_member,
    make_photo,
)

PAGES = 100


def make_catalog(count: int) -> tuple[Group, ...]:
    """Groups of two photos, and nearly half of them of three, as a seeded generator draws them."""
    draw = random.Random(1)
    numbers = iter(range(3 * count))
    groups = []
    for number in range(count):
        keeper = _photo(next(numbers), number, draw, (4000, 3000))
        copies = [
            make_member(
                _photo(next(numbers), number, draw, (2000, 1500)),
                draw.choice((Relation.IDENTICAL_FILE, Relation.RESAVED, Relation.EDITED)),
                draw.uniform(0.2, 1.0),
            )
            for _ in range(1 if number % 15 > 6 else 2)
        ]
        groups.append(make_group(keeper, *copies))
    return tuple(groups)


def _photo(number: int, group: int, draw: random.Random, size: tuple[int, int]) -> Photo:
    return make_photo(
        number,
        f"IMG_{number}.jpg",
        f"/photos/{(group + number) % 300}",
        size,
        draw.randrange(10**5, 5 * 10**6),
        captured_at=f"20{group % 24:02}-05-{group % 28 + 1:02}T10:00:00",
    )


class CatalogBackend(FakeBackend):
    """Finds the catalog at once."""

    def __init__(self, groups: tuple[Group, ...]) -> None:
        super().__init__()
        self._groups = groups

    def outcome(self) -> FakeOutcome:
        """The catalog as the outcome of a scan."""
        result = replace(super().outcome().result, groups=self._groups)
        return FakeOutcome(result, None, CUTOFFS, "")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="Time the window on a made-up catalog.")
    parser.add_argument("--groups", type=int, default=75_000)
    parser.add_argument("--platform", default="offscreen", help="Qt's platform plugin")
    options = parser.parse_args()
    os.environ["QT_QPA_PLATFORM"] = options.platform
    groups = make_catalog(options.groups)
    photos = sum(len(group.members) for group in groups)
    print(f"{len(groups):,} groups, {photos:,} photos")
    with tempfile.TemporaryDirectory() as folder:
        _walk(groups, Path(folder))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


def _walk(groups: tuple[Group, ...], folder: Path) -> None:
    from PySide6.QtWidgets import QApplication

    from photodedup.core.freed_memory import collect_seldom
    from photodedup.gui.window_app import WindowApp
    from photodedup.gui.window_settings import WindowSettings
    from tests.benchmarks.window_blocks import Watch, run_events

    collect_seldom()  # as the program does
    app = QApplication([])
    started_s = time.perf_counter()
    window_app = WindowApp(app, CatalogBackend(groups), WindowSettings(folder))
    window, review = window_app.window, window_app.window.pages.duplicates
    window.resize(1366, 768)
    window.show()
    app.processEvents()
    print(f"window made and shown in {1000 * (time.perf_counter() - started_s):.0f} ms")
    session, watch = window_app.session, Watch()
    session.set_strictness(0.0)

    def shows(count: int) -> bool:
        return review.model.totals.groups == count

    def scroll() -> None:
        bar = review.list.verticalScrollBar()
        for page in range(PAGES):
            bar.setValue(page * bar.maximum() // PAGES)
            run_events(1)

    watch.measure("open", lambda: window.open_paths([folder]), lambda: shows(len(groups)))
    at_balanced = sum(min(m.probability for m in group.members) >= 0.5 for group in groups)
    watch.measure("strictness", lambda: session.set_strictness(0.5), lambda: shows(at_balanced))
    watch.measure("and back", lambda: session.set_strictness(0.0), lambda: shows(len(groups)))
    watch.measure(f"scroll {PAGES} pages", scroll)

    def order_by(row: int) -> None:
        first = review.model.group(0)
        watch.measure(
            review.filters.order.itemText(row).lower(),
            lambda: review.filters.order.setCurrentIndex(row),
            lambda: review.model.group(0) is not first,
        )

    for row in (1, 2, 3, 4, 0):
        order_by(row)
    actions = window.pages.mark_actions
    watch.measure("take off every mark", actions.unmark_all.trigger)
    watch.measure("mark every safe copy", actions.mark_safe.trigger)
    watch.measure("undo", actions.undo.trigger)
    watch.measure("next group", window.window_actions.next_group.trigger)
    window.close()


if __name__ == "__main__":
    main()
