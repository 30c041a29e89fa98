"""Carry a plan out: read everything again, write the intention down, act, write the outcome down.

The order within a chunk of entries: all files are read and every keeper decoded (on all cores);
the intentions go to disk; each entry gets one last look and is acted on; the renames are synced;
the outcomes go to disk. Whatever is not as it was reviewed is left alone and reported.
"""

import contextlib
import errno
import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from photodedup.core import decisions
from photodedup.core.acts import FileActs
from photodedup.core.clearing import (
    CHUNK_ENTRIES,
    Journal,
    hold_recovered,
    recover_interrupted,
    remove_if_spent,
)
from photodedup.core.decode import Limits, decode_photo
from photodedup.core.environment import worker_count
from photodedup.core.errors import StoreError
from photodedup.core.holding import Holding, HoldingUnusable, holding_root, prune_batch
from photodedup.core.job import JobCancelled, JobControl, Stage
from photodedup.core.journal import Act, Entry, State, Step, StepKind
from photodedup.core.library import Library
from photodedup.core.obstacles import (
    BatchReport,
    CheckFailed,
    LeftAlone,
    Obstacle,
    describe_error,
)
from photodedup.core.plan import Plan
from photodedup.core.plan_file import PlanRefused, check_plan
from photodedup.core.readying import (
    LastLook,
    Listings,
    Ready,
    Rechecks,
    Unit,
    check_places,
    check_unit,
    file_id_now,
    gather_units,
    same_volume,
    stayers,
)
from photodedup.core.recheck import Decode, Sighting, sight
from photodedup.core.reversal import reverse
from photodedup.core.sidecar_acts import plan_sidecars
from photodedup.core.steps import (
    carry_out,
    steps_of_discard,
    steps_of_hard_link,
    steps_of_move,
)


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """How a plan is applied. protected: folders besides the plan's own.

    destination: for Act.MOVE, an absolute folder. write_sidecars: put metadata that only a
    discarded photo has into an XMP sidecar of its keeper.
    """

    act: Act = Act.DISCARD
    destination: Path | None = None
    write_sidecars: bool = False
    protected: tuple[Path, ...] = ()


def decoder(limits: Limits) -> Decode:
    """Decode keepers again with these limits; the scan that found them may have had others."""
    return lambda path, longest_px: decode_photo(path, longest_px, limits)


@dataclass(frozen=True, slots=True)
class Tools:
    """What a batch works with; tests pass their own."""

    acts: FileActs = field(default_factory=FileActs)
    decode: Decode = decode_photo
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    token: Callable[[], str] = lambda: secrets.token_hex(2)
    workers: int | None = None


def apply_plan(
    plan: Plan,
    library: Library,
    control: JobControl,
    options: ApplyOptions | None = None,
    tools: Tools | None = None,
) -> BatchReport:
    """Carry out a plan; nothing is asked, nothing is deleted, everything can be taken back.

    Cancelling stops before the next photo, keeps what is done and says so in the report.
    Raises PlanRefused before anything is done, ClearingBusy while another process clears, and
    StoreError when library.db cannot be used.
    """
    options, tools = options or ApplyOptions(), tools or Tools()
    check_plan(plan)
    _check_options(plan, options)
    with library.clearing():
        recover_interrupted(library, tools.acts)
        with contextlib.ExitStack() as held:
            pool = held.enter_context(ThreadPoolExecutor(worker_count(tools.workers)))
            return _Batch(plan, library, control, options, tools, pool, held).run()


def _check_options(plan: Plan, options: ApplyOptions) -> None:
    if options.act not in (Act.DISCARD, Act.HARD_LINK, Act.MOVE):
        raise PlanRefused(f"{options.act.value} cannot be chosen")
    if options.act is not Act.MOVE:
        return
    if options.destination is None or not options.destination.is_absolute():
        raise PlanRefused("moving needs an absolute folder to move to")
    try:
        check_places([options.destination / "x"], (*plan.protected, *options.protected))
    except CheckFailed as error:
        raise PlanRefused(f"{options.destination} lies {error.reason}") from error


class _Batch:
    """One batch while it runs."""

    def __init__(
        self,
        plan: Plan,
        library: Library,
        control: JobControl,
        options: ApplyOptions,
        tools: Tools,
        pool: Executor,
        held: contextlib.ExitStack,
    ) -> None:
        self._plan = plan
        self._library = library
        self._control = control
        self._options = options
        self._tools = tools
        self._pool = pool
        self._held = held
        self._journal = Journal(library, tools.acts)
        self._protected = (*plan.protected, *options.protected)
        self._last_look = LastLook()
        self._listings = Listings()
        self._holdings: dict[Path, Holding | CheckFailed] = {}
        self._roots: dict[Path, Path] = {}
        self._numbers = 0
        self._done: list[Ready] = []
        self._left: list[LeftAlone] = []
        now = tools.now()
        self._created = now.isoformat(timespec="seconds")
        self._id = f"{now:%Y%m%d-%H%M%S}-{tools.token()}"

    def run(self) -> BatchReport:
        """All chunks, then the sidecars; the report."""
        self._control.begin(Stage.APPLY, len(self._plan.discards))
        units = gather_units(self._plan)
        for folder in dict.fromkeys(part.discard.file.path.parent for u in units for part in u):
            self._hold(folder)
        interrupted, stopped = False, None
        try:
            for chunk in _chunks(units):
                self._control.checkpoint()
                self._clear(chunk)
            if self._options.write_sidecars:
                self._write_sidecars()
        except JobCancelled:
            interrupted = True
        except (StoreError, OSError) as error:  # the journal: without it nothing may be done
            stopped = describe_error(error) if isinstance(error, OSError) else str(error)
        self._control.finish()
        if stopped is None:  # else the two journals may disagree, and both are needed
            self._tidy_up()
        return self._report(units, interrupted, stopped)

    def _report(self, units: Sequence[Unit], interrupted: bool, stopped: str | None) -> BatchReport:
        done = [path for ready in self._done for path in ready.entry.paths]
        known = {*done, *(left.path for left in self._left)}
        waiting = [p for u in units for p in _photos(u) if p not in known]
        reason = "the batch was interrupted" if stopped is None else f"it stopped: {stopped}"
        rest = [LeftAlone(path, Obstacle.CANCELLED, reason) for path in waiting]
        steps = [step for ready in self._done for step in ready.entry.steps]
        moved = sum(s.size_bytes for s in steps if s.kind is StepKind.MOVE)
        return BatchReport(self._id, tuple(done), (*self._left, *rest), moved, interrupted, stopped)

    def _clear(self, units: Sequence[Unit]) -> None:
        """One chunk: check, intend, act, note the outcome."""
        rechecks = Rechecks(units, self._tools.decode, self._pool, self._listings)
        readies = []
        for unit in units:
            try:
                readies.append(self._ready(unit, rechecks))
            except CheckFailed as error:
                self._leave(_photos(unit), error)
            except OSError as error:
                self._leave(_photos(unit), CheckFailed(Obstacle.DISK, describe_error(error)))
        self._act_on(readies, {}, self._look_again)

    def _ready(self, unit: Unit, rechecks: Rechecks) -> Ready:
        sightings = check_unit(unit, rechecks, self._options.act)
        paths = _photos(unit)
        holding = self._holdings[self._roots[paths[0].parent]]
        if isinstance(holding, CheckFailed):
            raise holding
        if not same_volume(paths[0], holding.folder):
            raise CheckFailed(Obstacle.OTHER_VOLUME, "it lies on another volume than its folder")
        steps = self._steps(unit, holding)
        self._numbers += 1
        keepers = stayers(unit, sightings)
        entry = Entry(self._id, self._numbers, self._options.act, holding, keepers, paths, steps)
        digests = tuple(
            (
                rechecks.keeper(part.group.keeper).found.digest,
                part.group.keeper.path,
                rechecks.file(part.discard.file).digest,
                part.discard.file.path,
            )
            for part in unit
        )
        return Ready(entry, unit, sightings, digests)

    def _steps(self, unit: Unit, holding: Holding) -> tuple[Step, ...]:
        if self._options.act is Act.HARD_LINK:
            return steps_of_hard_link(unit, holding, self._id)
        if self._options.destination is not None and self._options.act is Act.MOVE:
            folders, destination = self._plan.folders, self._options.destination
            return steps_of_move(unit, holding, self._id, folders, destination)
        return steps_of_discard(unit, holding, self._id)

    def _look_again(self, ready: Ready) -> None:
        """Right before the act: protection, keepers, companions, the files themselves."""
        going = [record.path for part in ready.unit for record in part.discard.files]
        staying = [path for path in ready.sightings if path not in going]
        check_places(going, self._protected)
        if self._options.act is Act.HARD_LINK:  # who writes to the link would write to its keeper
            check_places(staying, self._protected)
        self._last_look.check(staying, ready.sightings, Obstacle.KEEPER_CHANGED)
        self._last_look.check(going, ready.sightings, Obstacle.CHANGED)

    def _act_on(
        self,
        readies: Sequence[Ready],
        contents: dict[Path, bytes],
        look_again: Callable[[Ready], None],
    ) -> None:
        """Intend entries, act on each, note the outcomes; entries that fail are reverted."""
        if not readies:
            return
        self._library.add_batch(self._id, self._created, self._options.act)
        self._journal.intend([ready.entry for ready in readies])
        done: list[Ready] = []
        not_done: list[Entry] = []
        cancelled = False
        for ready in readies:
            cancelled = cancelled or self._is_cancelled()
            if cancelled:
                not_done.append(ready.entry)
                continue
            try:
                look_again(ready)
                carry_out(ready.entry.steps, contents, self._tools.acts)
                self._check_after(ready)
                done.append(ready)
            except (CheckFailed, OSError) as error:
                not_done += self._take_back(ready, error)
            self._count(ready)
        self._settle(done, not_done)
        if cancelled:
            raise JobCancelled

    def _settle(self, done: Sequence[Ready], not_done: Sequence[Entry]) -> None:
        self._done += done  # they are done, even if the journal cannot say so now
        entries = [ready.entry for ready in done]
        self._journal.sync([*entries, *not_done])
        self._journal.set_state(entries, State.DONE)
        self._journal.set_state(not_done, State.REVERTED)
        decisions.confirm(self._library, (pair for ready in done for pair in ready.digests))

    def _check_after(self, ready: Ready) -> None:
        """What arrived is what was read, and what must stay is still there.

        Two paths may lead to one file in ways that no number tells (a share mounted twice): then
        the keeper has gone with the discarded file, and the act is taken back.
        """
        steps = [step for step in ready.entry.steps if step.kind is StepKind.MOVE]
        for step in steps:
            arrived = sight(step.target)
            if arrived.file_id != ready.sightings[step.source].file_id:
                raise CheckFailed(Obstacle.CHANGED, "it was replaced a moment ago")
            self._last_look.note(step.target)
        gone = {step.source for step in steps}
        for path, seen in ready.sightings.items():
            if path in gone:
                continue
            if file_id_now(path) != seen.file_id:
                raise CheckFailed(Obstacle.SAME_FILE, f"{path} went with it: they are one file")
            self._last_look.note(path)

    def _take_back(self, ready: Ready, error: CheckFailed | OSError) -> list[Entry]:
        """Revert an entry whose act failed; the entry, unless it must stay open."""
        if isinstance(error, OSError):
            other_volume = error.errno == errno.EXDEV
            obstacle = Obstacle.OTHER_VOLUME if other_volume else Obstacle.DISK
            error = CheckFailed(obstacle, describe_error(error))
        stuck = reverse(ready.entry, self._tools.acts, never_done_is_fine=True)
        if stuck:
            error = CheckFailed(error.obstacle, f"{error.reason}; then: {stuck[0].reason}")
        self._leave(ready.entry.paths, error)
        return [] if stuck else [ready.entry]

    def _write_sidecars(self) -> None:
        """Metadata that only discarded photos have, written beside their keepers."""
        gone = {path for ready in self._done for path in ready.entry.paths}
        for sidecar in plan_sidecars(self._plan, gone):
            keeper = sidecar.keeper
            try:
                check_places([keeper.path], self._protected)
                self._hold(keeper.path.parent)
                holding = self._holdings[self._roots[keeper.path.parent]]
                if isinstance(holding, CheckFailed):
                    raise holding
                seen: dict[Path, Sighting] = {keeper.path: sight(keeper.path)}
                sidecar.check()
            except CheckFailed as error:
                self._leave([sidecar.path], error)
                continue
            self._numbers += 1
            entry = Entry(
                self._id,
                self._numbers,
                Act.SIDECAR,
                holding,
                (keeper,),
                (sidecar.path,),
                (sidecar.step(),),
            )
            ready = Ready(entry, (), seen, ())
            self._act_on([ready], {sidecar.path: sidecar.data}, lambda _: None)

    def _hold(self, parent: Path) -> None:
        """Open and lock the holding folder that serves the files of a folder, once."""
        if parent in self._roots:
            return
        try:
            root = holding_root(parent, self._plan.folders)
        except OSError:
            root = None
        self._roots[parent] = root or parent
        if root is None:
            self._holdings[parent] = CheckFailed(Obstacle.MISSING, "its folder is gone")
        elif root not in self._holdings:
            self._holdings[root] = self._enter_holding(root)

    def _enter_holding(self, root: Path) -> Holding | CheckFailed:
        try:
            return self._held.enter_context(hold_recovered(root, self._library, self._tools.acts))
        except HoldingUnusable as error:
            return CheckFailed(Obstacle.DISK, f"no holding folder: {error}")

    def _tidy_up(self) -> None:
        """Leave no empty folders where nothing could be done."""
        for holding in self._holdings.values():
            if isinstance(holding, Holding):
                prune_batch(holding, self._id, self._tools.acts)
                remove_if_spent(holding, self._tools.acts)

    def _leave(self, paths: Sequence[Path], error: CheckFailed) -> None:
        self._left += [LeftAlone(path, error.obstacle, error.reason) for path in paths]

    def _is_cancelled(self) -> bool:
        try:
            self._control.checkpoint()
        except JobCancelled:
            return True
        return False

    def _count(self, ready: Ready) -> None:
        with contextlib.suppress(JobCancelled):  # asked for before the next entry
            self._control.advance(len(ready.unit))


def _photos(unit: Unit) -> tuple[Path, ...]:
    return tuple(part.discard.file.path for part in unit)


def _chunks(units: Sequence[Unit]) -> Iterator[Sequence[Unit]]:
    for start in range(0, len(units), CHUNK_ENTRIES):
        yield units[start : start + CHUNK_ENTRIES]
