"""What the window works on: its folders, the running scan and the last result."""

import gc
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from photodedup.core.job import JobControl
from photodedup.core.pipeline import ScanOutcome, ScanRequest
from photodedup.core.records import Group, Photo, ScanResult
from photodedup.gui.backend import Backend
from photodedup.gui.clearing_core import Clearing, ClearRequest
from photodedup.gui.dropping import absolute
from photodedup.gui.job_runner import JobRunner
from photodedup.gui.marks import MarkIndex, Marks, index_members
from photodedup.gui.partial import PartialResults
from photodedup.gui.scan_options import ScanOptions
from photodedup.gui.strictness import BALANCED, cutoff_at, nearest_preset
from photodedup.gui.verdicts import (
    Decide,
    NoDuplicates,
    OtherKeeper,
    Settling,
    Verdict,
    follow_decisions,
)

REGROUP_DELAY_MS = 150  # a dragged slider asks many times a second


@dataclass(frozen=True, slots=True)
class Found:
    """What a scan or another strictness brought, ready to be shown.

    outcome is None for what a running scan has found so far.
    """

    outcome: ScanOutcome | None
    result: ScanResult
    index: MarkIndex


class Session(QObject):
    """The one state behind all views; they listen, and ask it to act."""

    folders_changed = Signal()
    scan_started = Signal()
    scan_progressed = Signal(object)  # job.Progress
    scan_paused = Signal(bool)
    scan_ended = Signal()  # after any end; result_changed comes first where there is a result
    scan_failed = Signal(object)  # the exception
    scan_cancelled = Signal()
    result_changed = Signal()
    options_changed = Signal()
    deciding_changed = Signal(bool)  # whether a decision is on its way into the groups

    def __init__(
        self,
        backend: Backend,
        options: ScanOptions | None = None,
        marks_file: Path | None = None,
        parent: QObject | None = None,
    ) -> None:
        """marks_file: where marks are kept from run to run; None: nowhere."""
        super().__init__(parent)
        self._backend = backend
        self.marks = Marks(marks_file, self)
        self._options = options or ScanOptions()
        backend.configure(self._options)
        self._folders: list[Path] = []
        self._protected: set[Path] = set()
        self._strictness = self._scanned_strictness = BALANCED
        self._outcome: ScanOutcome | None = None
        self._settlings: list[Settling] = []
        self._decisions_changed = False
        self._result: ScanResult | None = None
        self._outcome_result: ScanResult | None = None  # the result without what is partial
        self._partial = PartialResults(self.marks, lambda: self._outcome_result, self)
        self._partial.prepared.connect(self._show_partial)
        self._regrouper = JobRunner(self)
        self._regrouper.succeeded.connect(self._regrouped)
        self._regrouper.failed.connect(self._regrouping_failed)
        self._regroup_soon = QTimer(self, singleShot=True, interval=REGROUP_DELAY_MS)
        self._regroup_soon.timeout.connect(self._regroup)
        self._runner = JobRunner(self)
        self._runner.progressed.connect(self.scan_progressed)
        self._runner.succeeded.connect(self._scan_succeeded)
        self._runner.failed.connect(self._scan_failed)
        self._runner.cancelled.connect(self._scan_cancelled)

    @property
    def folders(self) -> Sequence[Path]:
        """The folders to scan, in the order they were added."""
        return tuple(self._folders)

    @property
    def protected(self) -> frozenset[Path]:
        """Those of the folders in which nothing is ever discarded."""
        return frozenset(self._protected)

    @property
    def protected_in_order(self) -> tuple[Path, ...]:
        """The protected folders in the order of all."""
        return tuple(folder for folder in self._folders if folder in self._protected)

    @property
    def excluded(self) -> tuple[str, ...]:
        """Globs of names, and of paths below a folder, that are left out."""
        return self._options.excluded

    @property
    def options(self) -> ScanOptions:
        """How the next scan goes about it."""
        return self._options

    def set_options(self, options: ScanOptions) -> bool:
        """Scan so from now on; whether what is shown may no longer fit."""
        before, self._options = self._options, options
        self._backend.configure(options)
        if options.excluded != before.excluded:
            self.folders_changed.emit()
        self.options_changed.emit()
        return before.for_result() != options.for_result()

    @property
    def result(self) -> ScanResult | None:
        """The last scan's result at the chosen strictness; None before the first."""
        return self._result

    @property
    def photos(self) -> list[Photo]:
        """Every photo of the last whole scan, those without a copy too."""
        matching = self._outcome.matching if self._outcome is not None else None
        contents = () if matching is None else matching.contents
        return [photo for content in contents for photo in content.files]

    @property
    def backend(self) -> Backend:
        """The core as the window sees it."""
        return self._backend

    @property
    def clearing(self) -> Clearing:
        """What clears photos."""
        return self._backend.clearing

    @property
    def device_reason(self) -> str:
        """Why the last scan did not use CUDA; empty if it did."""
        return self._outcome.device_reason if self._outcome else ""

    @property
    def strictness(self) -> float:
        """How sure a pair must be: 0 is broad, 0.5 balanced, 1 strict."""
        return self._strictness

    @property
    def is_scanning(self) -> bool:
        """Whether a scan runs or is paused."""
        return self._runner.is_running

    @property
    def can_decide(self) -> bool:
        """Whether decisions can be followed now: a scan goes by those from before it."""
        return self._outcome is not None and not self.is_scanning

    @property
    def is_paused(self) -> bool:
        """Whether the running scan was paused."""
        return self.is_scanning and self._runner.control.is_paused

    def set_folders(self, folders: Iterable[Path], protected: Iterable[Path] = ()) -> None:
        """Replace all folders, as when a session is opened."""
        self._folders = list(dict.fromkeys(absolute(folder) for folder in folders))
        self._protected = {absolute(folder) for folder in protected} & set(self._folders)
        self.folders_changed.emit()

    def add_folders(self, folders: Iterable[Path]) -> bool:
        """Add folders that are not there yet; whether any was new."""
        before = len(self._folders)
        known = [*self._folders, *(absolute(folder) for folder in folders)]
        self._folders = list(dict.fromkeys(known))
        if len(self._folders) == before:
            return False
        self.folders_changed.emit()
        return True

    def remove_folders(self, folders: Iterable[Path]) -> None:
        """Take folders off the list; nothing on the disk is touched."""
        gone = set(folders)
        self._folders = [folder for folder in self._folders if folder not in gone]
        self._protected -= gone
        self.folders_changed.emit()

    def protect(self, folders: Iterable[Path], protected: bool) -> None:
        """Keep, or no longer keep, everything in these folders."""
        chosen = set(folders) & set(self._folders)
        self._protected = self._protected | chosen if protected else self._protected - chosen
        self.folders_changed.emit()

    def set_excluded(self, patterns: Iterable[str]) -> bool:
        """Leave out other names from the next scan; whether that is a change."""
        cleaned = tuple(dict.fromkeys(filter(None, (text.strip() for text in patterns))))
        changed = cleaned != self._options.excluded
        self._options = replace(self._options, excluded=cleaned)
        self.options_changed.emit()
        return changed

    def set_strictness(self, strictness: float) -> None:
        """Form the groups anew at another strictness, without a scan; result_changed follows."""
        self._strictness = strictness
        if self._outcome is not None:
            self._regroup_soon.start()

    def reject(self, photos: Sequence[Photo], text: str) -> None:
        """Remember that no two of these are duplicates; the groups follow. Can be undone."""
        self.marks.undo_stack.push(Decide(self.settle, NoDuplicates(tuple(photos)), text))

    def choose_keeper(self, group: Group, keeper: Photo, text: str) -> None:
        """Let another photo of a group stay; the others are verified against it. Can be undone."""
        others = tuple(m.photo for m in group.members if m.photo != keeper)
        self.marks.undo_stack.push(Decide(self.settle, OtherKeeper(keeper, others), text))

    def settle(self, verdict: Verdict, stands: bool) -> None:
        """Let a verdict of the user stand, or no longer; for the undo command."""
        self._settlings.append(Settling(verdict, stands))
        if self._outcome is not None:
            self.deciding_changed.emit(True)
            self._regroup_soon.start()

    def follow_decisions(self) -> None:
        """Form the groups by the library's decisions, which were changed elsewhere."""
        self._decisions_changed = True
        if self._outcome is not None:
            self._regroup_soon.start()

    def clear_request(self) -> ClearRequest:
        """What is marked now, for a plan."""
        result = self._result
        assert result is not None
        return ClearRequest(
            groups=(*result.groups, *result.similar),
            marked=self.marks.paths,
            folders=tuple(self._folders),
            protected=self.protected_in_order,
            model=result.model,
        )

    def start_scan(self, retry: bool = False) -> None:
        """Scan all folders; what is in the cache is not read again. Needs a folder.

        retry: whether files that could not be read are tried again although they are unchanged.
        """
        assert self._folders
        request = replace(self.scan_request(), retry=retry)
        strictness = self._scanned_strictness = self._strictness
        chosen = self.marks.snapshot()

        def scan(control: JobControl) -> Found:
            outcome = self._backend.scan(request, control, self._partial.tell)
            result = outcome.regroup(cutoff_at(strictness, outcome.cutoffs))
            return Found(outcome, result, index_members((*result.groups, *result.similar), chosen))

        self._partial.begin()
        self._runner.start(scan)
        self.scan_started.emit()

    def scan_request(self) -> ScanRequest:
        """What a scan is asked for now."""
        options = self._options
        return ScanRequest(
            folders=tuple(self._folders),
            protected=self.protected_in_order,
            excluded=options.excluded,
            preset=nearest_preset(self._strictness),
            device=options.device,
            workers=options.workers,
            model=options.model,
            rules=options.keep.rules(),
            limits=options.limits,
            previews_bytes=options.previews_bytes,
            quick=options.quick,
            pass_over_missing=True,  # an unplugged drive does not hold the others up
        )

    def pause_scan(self, paused: bool) -> None:
        """Hold the scan, or let it go on."""
        if paused:
            self._runner.control.pause()
        else:
            self._runner.control.resume()
        self.scan_paused.emit(paused)

    def cancel_scan(self) -> None:
        """Stop the scan soon; what it learnt is kept for the next."""
        self._runner.control.cancel()

    def shut_down(self) -> None:
        """Stop the scan and wait for it."""
        self._regroup_soon.stop()
        self._regrouper.shut_down()
        self._runner.shut_down()
        self._partial.shut_down()
        self.marks.shut_down()

    @Slot(object)
    def _scan_succeeded(self, found: Found) -> None:
        self._partial.end()
        if found.result.complete or self._result is None:
            self._show(found)
        self.scan_ended.emit()
        if not found.result.complete:
            self.scan_cancelled.emit()
        elif (
            self._settlings
            or self._decisions_changed
            or (self._strictness != self._scanned_strictness)
        ):
            self._regroup_soon.start()  # the slider was moved, or something decided, meanwhile

    @Slot(object, object)
    def _show_partial(self, result: ScanResult, index: MarkIndex) -> None:
        self._show(Found(None, result, index))

    @Slot()
    def _regroup(self) -> None:
        """Settle what the user said of pairs, and form the groups anew."""
        if self._regrouper.is_running:
            self._regroup_soon.start()
            return
        before = self._outcome
        assert before is not None
        settlings, self._settlings = self._settlings, []
        decided, self._decisions_changed = bool(settlings) or self._decisions_changed, False
        cutoff = cutoff_at(self._strictness, before.cutoffs)
        backend, chosen = self._backend, self.marks.snapshot()

        def regroup(control: JobControl) -> tuple[ScanOutcome, Found]:
            for settling in settlings:
                settling.settle(backend.clearing)
            after = follow_decisions(before, settlings, backend, control) if decided else before
            result = after.regroup(cutoff)
            return before, Found(
                after, result, index_members((*result.groups, *result.similar), chosen)
            )

        self._regrouper.start(regroup)

    @Slot(object)
    def _regrouped(self, regrouped: tuple[ScanOutcome, Found]) -> None:
        before, found = regrouped
        if before is self._outcome:  # else a scan has ended meanwhile
            self._show(found)
        else:
            self.follow_decisions()
        self.deciding_changed.emit(bool(self._settlings))

    @Slot(object)
    def _regrouping_failed(self, error: Exception) -> None:
        self.deciding_changed.emit(False)
        self.scan_failed.emit(error)

    def _show(self, found: Found) -> None:
        # Groups hold no cycles, so nothing is lost to the collector; left to it, each of its full
        # passes would walk a million objects and stop every thread for a second.
        gc.freeze()
        self._result = found.result
        if found.outcome is not None:
            self._outcome, self._outcome_result = found.outcome, found.result
        self.marks.take(found.index)
        self.result_changed.emit()

    @Slot(object)
    def _scan_failed(self, error: Exception) -> None:
        self._partial.end()
        self.scan_ended.emit()
        self.scan_failed.emit(error)

    @Slot()
    def _scan_cancelled(self) -> None:
        self._partial.end()
        self.scan_ended.emit()
        self.scan_cancelled.emit()
