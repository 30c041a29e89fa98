"""What a running scan has found so far, beside what was known before it."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Qt, Signal, Slot

from photodedup.core.job import JobControl
from photodedup.core.records import Group, ScanResult
from photodedup.gui.job_runner import JobRunner
from photodedup.gui.marks import MarkIndex, Marks, index_members


def merge_groups(before: ScanResult | None, partial: ScanResult) -> ScanResult:
    """The groups found so far, and those of the last scan whose photos are in none of them.

    So nothing that is looked at vanishes while a scan gets to it again.
    """
    if before is None:
        return partial
    met = {
        member.photo.path
        for group in (*partial.groups, *partial.similar)
        for member in group.members
    }

    def merged(old: tuple[Group, ...], new: tuple[Group, ...]) -> tuple[Group, ...]:
        kept = (g for g in old if not any(member.photo.path in met for member in g.members))
        return (*new, *kept)

    return replace(
        partial,
        groups=merged(before.groups, partial.groups),
        similar=merged(before.similar, partial.similar),
    )


class PartialResults(QObject):
    """Prepares what a running scan tells of, beside the window; of several the latest counts."""

    prepared = Signal(object, object)  # ScanResult, its MarkIndex
    _told = Signal(object)  # emitted on the scan's thread, received on the window's

    def __init__(
        self, marks: Marks, before: Callable[[], ScanResult | None], parent: QObject | None = None
    ) -> None:
        """before: asked for what was known without this scan."""
        super().__init__(parent)
        self._marks = marks
        self._before = before
        self._is_open = False
        self._waiting: ScanResult | None = None
        self._indexer = JobRunner(self)
        self._indexer.succeeded.connect(self._announce)
        self._told.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def begin(self) -> None:
        """A scan starts."""
        self._is_open = True

    def tell(self, partial: ScanResult) -> None:
        """What the scan has found by now; from its own thread."""
        self._told.emit(partial)

    def end(self) -> None:
        """The scan has ended: nothing that is partial counts any more."""
        self._is_open, self._waiting = False, None

    def shut_down(self) -> None:
        """Stop and wait."""
        self.end()
        self._indexer.shut_down()

    @Slot(object)
    def _take(self, partial: ScanResult) -> None:
        if not self._is_open:
            return
        if self._indexer.is_running:
            self._waiting = partial
            return
        before, chosen = self._before(), self._marks.snapshot()

        def index(_control: JobControl) -> tuple[ScanResult, MarkIndex]:
            result = merge_groups(before, partial)
            return result, index_members((*result.groups, *result.similar), chosen)

        self._indexer.start(index)

    @Slot(object)
    def _announce(self, indexed: tuple[ScanResult, MarkIndex]) -> None:
        if not self._is_open:
            return
        self.prepared.emit(*indexed)
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._take(waiting)
