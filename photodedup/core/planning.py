"""From the groups of a scan to a plan: what may go, and for everything else the reason."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from photodedup.core.bundles import (
    SIDECAR_EXTENSIONS,
    Bundle,
    find_bundles,
    is_unique_content,
    read_content_identifier,
)
from photodedup.core.environment import worker_count
from photodedup.core.holding import is_in_holding
from photodedup.core.job import JobControl, Stage
from photodedup.core.obstacles import CheckFailed, LeftAlone, Obstacle, describe_error
from photodedup.core.places import FolderMatcher
from photodedup.core.plan import Companion, Discard, Plan, PlanGroup
from photodedup.core.recheck import Fingerprint, fingerprint
from photodedup.core.records import Group, Member, Photo, Relation
from photodedup.core.sidecar_xmp import WorthKeeping, collect, read_packet

Select = Callable[[Group, Member], bool]
"""Whether a member of a group shall go."""

Rejected = Callable[[bytes, bytes], bool]
"""Whether the user called two contents (scan digests) no duplicates."""


def select_safe(group: Group, member: Member) -> bool:
    """What goes by default: identical, or saved again without local difference."""
    return member.preselected


def select_with_edited(group: Group, member: Member) -> bool:
    """Also edited copies, unless something in them differs from the keeper."""
    return member.preselected or (member.relation is Relation.EDITED and not member.differs)


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What a plan is made for. created: ISO 8601, UTC. model: the scan's."""

    created: str
    folders: tuple[Path, ...]
    protected: tuple[Path, ...] = ()
    model: str = ""
    rejected: Rejected = lambda a, b: False


def make_plan(
    groups: Sequence[Group],
    request: PlanRequest,
    control: JobControl,
    *,
    select: Select = select_safe,
    workers: int | None = None,
) -> Plan:
    """Read what was selected and every keeper, and plan what can safely go.

    Nothing is changed. A photo goes only if it and its keeper are still what the scan saw, are
    different files, and everything that belongs to it can go too; the others are in kept_back.
    Raises JobCancelled.
    """
    return _Planner(groups, request, control, select, worker_count(workers)).plan()


@dataclass(frozen=True, slots=True)
class _Candidate:
    group: int
    keeper: Photo
    member: Member

    @property
    def path(self) -> Path:
        return self.member.photo.path


class _Planner:
    """One making of a plan: what may still go, and what was held back on the way."""

    def __init__(
        self,
        groups: Sequence[Group],
        request: PlanRequest,
        control: JobControl,
        select: Select,
        workers: int,
    ) -> None:
        self._groups = groups
        self._request = request
        self._control = control
        self._protected = FolderMatcher(request.protected)
        self._files = _Files(workers)
        self._kept_back: list[LeftAlone] = []
        self._going: dict[Path, _Candidate] = {}
        self._keepers: set[Path] = set()
        for number, group in enumerate(groups):
            for member in group.members:
                if member.relation is not None and select(group, member):
                    self._keepers.add(group.keeper.path)
                    candidate = _Candidate(number, group.keeper, member)
                    self._going.setdefault(candidate.path, candidate)

    def plan(self) -> Plan:
        """Narrow the selection down, then spell it."""
        self._hold_back(self._quick_obstacle)
        paths = dict.fromkeys([*self._going, *(c.keeper.path for c in self._going.values())])
        self._control.begin(Stage.VERIFY, len(paths))
        for _ in self._files.read_all(paths):
            self._control.advance()
        self._hold_back(self._content_obstacle)
        self._hold_back(self._own_shot_obstacle)
        while self._hold_back(self._bundle_obstacle):
            pass  # each one that stays may keep another of its shot
        groups = tuple(self._plan_groups())
        self._control.finish()
        records = [f for group in groups for d in group.discards for f in d.files]
        return Plan(
            created=self._request.created,
            folders=self._request.folders,
            protected=self._request.protected,
            model=self._request.model,
            groups=groups,
            bytes_gained=sum(r.size_bytes for r in records if self._files.is_only_name(r.path)),
            kept_back=tuple(self._kept_back),
        )

    def _hold_back(self, check: Callable[[_Candidate], None]) -> bool:
        """Drop the candidates that a check fails; whether there were any."""
        failed = []
        for path, candidate in self._going.items():
            try:
                check(candidate)
            except CheckFailed as error:
                failed.append(LeftAlone(path, error.obstacle, error.reason))
        for left in failed:
            del self._going[left.path]
        self._kept_back += failed
        return bool(failed)

    def _quick_obstacle(self, candidate: _Candidate) -> None:
        """What can be told without reading: the lists of the user, and other groups."""
        if self._protected.index_of(candidate.path) is not None:
            raise CheckFailed(Obstacle.PROTECTED, "in a protected folder")
        if is_in_holding(candidate.path):
            raise CheckFailed(Obstacle.IN_HOLDING, "already in a holding folder")
        if candidate.path in self._keepers:
            raise CheckFailed(Obstacle.STAYS_ELSEWHERE, "it is kept for other photos")
        if self._request.rejected(candidate.keeper.digest, candidate.member.photo.digest):
            raise CheckFailed(Obstacle.REJECTED, "you said it is no duplicate")

    def _content_obstacle(self, candidate: _Candidate) -> None:
        """What reading showed: changed, the same file as its keeper, a damaged keeper."""
        own = self._files.read_as_scanned(candidate.member.photo, Obstacle.CHANGED)
        keeper = self._files.read_as_scanned(candidate.keeper, Obstacle.KEEPER_CHANGED)
        if own.sighting.file_id == keeper.sighting.file_id:
            raise CheckFailed(Obstacle.SAME_FILE, f"another name of {candidate.keeper.path}")
        same_bytes = own.record.sha256 == keeper.record.sha256
        if candidate.member.relation is Relation.IDENTICAL_FILE and not same_bytes:
            raise CheckFailed(Obstacle.CHANGED, "its bytes are not those of its keeper")
        if candidate.keeper.damaged and not same_bytes:
            raise CheckFailed(Obstacle.KEEPER_DAMAGED, "the photo to keep is damaged")

    def _own_shot_obstacle(self, candidate: _Candidate) -> None:
        self._files.bundle_of(candidate.keeper.path)  # its folder must be readable, too
        for mate in self._files.bundle_of(candidate.path).photos:
            if mate in self._keepers:
                raise CheckFailed(Obstacle.BUNDLE, f"it belongs to {mate.name}, which is kept")

    def _bundle_obstacle(self, candidate: _Candidate) -> None:
        """Everything worth something alone must be going itself, or have a copy that stays."""
        for file in self._unique_companions(candidate):
            if file not in self._going and self._counterpart(file, candidate.keeper) is None:
                raise CheckFailed(
                    Obstacle.BUNDLE, f"it belongs to {file.name}, of which no copy is kept"
                )
        for file in self._files.bundle_of(candidate.path).companions:
            self._files.read(file)

    def _unique_companions(self, candidate: _Candidate) -> list[Path]:
        bundle = self._files.bundle_of(candidate.path)
        others = [photo for photo in bundle.photos if photo != candidate.path]
        return others + [file for file in bundle.companions if is_unique_content(file)]

    def _counterpart(self, file: Path, keeper: Photo) -> Path | None:
        """A file of the keeper's own shot with the same bytes."""
        bundle = self._files.bundle_of(keeper.path)
        for other in (*bundle.photos, *bundle.companions):
            if other != file and self._files.are_equal(file, other):
                return other
        return None

    def _plan_groups(self) -> Iterator[PlanGroup]:
        by_group: dict[int, list[_Candidate]] = {}
        for candidate in self._going.values():
            by_group.setdefault(candidate.group, []).append(candidate)
        spoken_for: set[Path] = set()
        for number, candidates in by_group.items():
            group = self._groups[number]
            discards = tuple(self._discard(candidate, spoken_for) for candidate in candidates)
            keeper = self._files.read(group.keeper.path).record
            yield PlanGroup(keeper, group.reason, discards)

    def _discard(self, candidate: _Candidate, spoken_for: set[Path]) -> Discard:
        """Spell one discard; the files of a shot go with the first photo of it that goes."""
        keeper_file = self._files.read(candidate.keeper.path).record
        companions = []
        bundle = self._files.bundle_of(candidate.path)
        for file in (*bundle.photos, *bundle.companions):
            if file in self._going or file in spoken_for:
                continue
            spoken_for.add(file)
            unique = is_unique_content(file)
            same_as = self._counterpart(file, candidate.keeper) if unique else None
            companions.append(Companion(self._files.read(file).record, same_as))
        return Discard(
            file=self._files.read(candidate.path).record,
            relation=candidate.member.relation or Relation.IDENTICAL_FILE,
            companions=tuple(companions),
            verified_against=keeper_file.sha256,
            worth_keeping=self._worth(candidate.member.photo).lacking_in(
                self._worth(candidate.keeper)
            ),
        )

    def _worth(self, photo: Photo) -> WorthKeeping:
        companions = self._files.bundle_of(photo.path).companions
        sidecars = [file for file in companions if file.suffix.lower() in SIDECAR_EXTENSIONS]
        packets = (read_packet(file) for file in (photo.path, *sidecars))
        return collect(photo.metadata, (packet for packet in packets if packet is not None))


class _Files:
    """What was read so far: fingerprints by path, bundles by folder."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._read: dict[Path, Fingerprint | CheckFailed] = {}
        self._folders: dict[Path, dict[Path, Bundle] | CheckFailed] = {}

    def read_all(self, paths: Iterable[Path]) -> Iterator[None]:
        """Read many files on all cores; yields after each."""
        pool = ThreadPoolExecutor(self._workers)
        try:
            paths = list(paths)
            for path, outcome in zip(paths, pool.map(_try_to_read, paths), strict=True):
                self._read[path] = outcome
                yield
        finally:
            pool.shutdown(cancel_futures=True)

    def read(self, path: Path) -> Fingerprint:
        """Read one file, once. Raises CheckFailed, each time anew."""
        if path not in self._read:
            self._read[path] = _try_to_read(path)
        outcome = self._read[path]
        if isinstance(outcome, CheckFailed):
            raise CheckFailed(outcome.obstacle, outcome.reason)
        return outcome

    def read_as_scanned(self, photo: Photo, changed: Obstacle) -> Fingerprint:
        """Read a photo and compare it with what the scan saw. Raises CheckFailed."""
        found = self.read(photo.path)
        seen = (found.record.size_bytes, found.record.mtime_ns, found.digest)
        if seen != (photo.file.size_bytes, photo.file.mtime_ns, photo.digest):
            raise CheckFailed(changed, f"{photo.path.name} changed since it was scanned")
        return found

    def are_equal(self, a: Path, b: Path) -> bool:
        """Whether two different files hold the same bytes; read only if their sizes agree."""
        try:
            if os.path.getsize(a) != os.path.getsize(b):
                return False
            first, second = self.read(a), self.read(b)
        except (OSError, CheckFailed):
            return False
        are_two = first.sighting.file_id != second.sighting.file_id
        return are_two and first.record.sha256 == second.record.sha256

    def is_only_name(self, path: Path) -> bool:
        """Whether the file has no further name that would keep its bytes on disk."""
        return self.read(path).sighting.links == 1

    def bundle_of(self, photo: Path) -> Bundle:
        """The files that belong to a photo. Raises CheckFailed if its folder cannot be read."""
        if photo.parent not in self._folders:
            try:
                self._folders[photo.parent] = list_bundles(photo.parent)
            except OSError as error:
                reason = f"its folder cannot be listed: {describe_error(error)}"
                self._folders[photo.parent] = CheckFailed(Obstacle.UNREADABLE, reason)
        bundles = self._folders[photo.parent]
        if isinstance(bundles, CheckFailed):
            raise CheckFailed(bundles.obstacle, bundles.reason)
        return bundles.get(photo, Bundle((photo,), ()))


def list_bundles(folder: Path) -> dict[Path, Bundle]:
    """The bundle of each photo in one folder as it is now. Raises OSError."""
    with os.scandir(folder) as entries:
        files = [folder / entry.name for entry in entries if not entry.is_dir()]
    bundles = find_bundles(files, read_content_identifier)
    return {photo: bundle for bundle in bundles for photo in bundle.photos}


def _try_to_read(path: Path) -> Fingerprint | CheckFailed:
    try:
        return fingerprint(path)
    except CheckFailed as error:
        return error
