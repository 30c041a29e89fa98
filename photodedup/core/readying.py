"""From what a plan says to what may be done now: every check of one shot, right before its act."""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from photodedup.core.bundles import Bundle, is_unique_content, same_bundle
from photodedup.core.journal import Act, Entry
from photodedup.core.obstacles import CheckFailed, Obstacle, describe_error
from photodedup.core.places import FolderMatcher
from photodedup.core.plan import Discard, Plan, PlanGroup
from photodedup.core.planning import list_bundles
from photodedup.core.recheck import (
    CheckedKeeper,
    Decode,
    FileRecord,
    Fingerprint,
    Sighting,
    check_keeper,
    check_unchanged,
    sight,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One photo that goes, and the group it goes from."""

    group: PlanGroup
    discard: Discard


Unit = tuple[Part, ...]
"""The photos of one shot: they go together or not at all. Nearly always one."""


def gather_units(plan: Plan) -> list[Unit]:
    """Sort a plan's discards into units, in the plan's order."""
    parts = [Part(group, discard) for group in plan.groups for discard in group.discards]
    place = {part.discard.file.path: number for number, part in enumerate(parts)}

    def stem(part: Part) -> tuple[Path, str]:
        path = part.discard.file.path
        return path.parent, path.stem.casefold()

    units: list[Unit] = []
    for _, alike in groupby(sorted(parts, key=stem), key=stem):
        named_alike = list(alike)
        paths = [part.discard.file.path for part in named_alike]
        mates = {a for a in paths for b in paths if same_bundle(a, b)}
        shot = tuple(part for part in named_alike if part.discard.file.path in mates)
        units += [shot] if shot else []
        units += [(part,) for part in named_alike if part.discard.file.path not in mates]
    return sorted(units, key=lambda unit: place[unit[0].discard.file.path])


class Listings:
    """What belongs together in the folders of a batch, kept from chunk to chunk.

    A folder is listed anew for each chunk, but only a name that was not there before makes its
    bundles be found anew: a large folder would cost too much otherwise. A file that has gone
    meanwhile is noticed when it is read.
    """

    def __init__(self) -> None:
        self._names: dict[Path, set[str]] = {}
        self._bundles: dict[Path, dict[Path, Bundle]] = {}

    def look(self, folder: Path) -> dict[Path, Bundle]:
        """The bundle of each photo of a folder, as it is now. Raises OSError."""
        names = set(os.listdir(folder))
        if not names <= self._names.get(folder, set()):
            self._bundles[folder] = list_bundles(folder)
            self._names[folder] = names
        return self._bundles.get(folder, {})


class Rechecks:
    """What one chunk of units looks like now: read on all cores, each file once."""

    def __init__(
        self, units: Iterable[Unit], decode: Decode, pool: Executor, listings: Listings
    ) -> None:
        self._keepers: dict[FileRecord, Future[CheckedKeeper]] = {}
        self._files: dict[FileRecord, Future[Fingerprint]] = {}
        self._listings = listings
        self._folders: dict[Path, dict[Path, Bundle]] = {}
        for part in (part for unit in units for part in unit):
            keeper = part.group.keeper
            if keeper not in self._keepers:
                self._keepers[keeper] = pool.submit(check_keeper, keeper, decode)
            for record in part.discard.files:
                self._files[record] = pool.submit(check_unchanged, record)

    def keeper(self, record: FileRecord) -> CheckedKeeper:
        """The keeper, just read and decoded. Raises CheckFailed."""
        return self._keepers[record].result()

    def file(self, record: FileRecord) -> Fingerprint:
        """A file that goes, just read. Raises CheckFailed."""
        return self._files[record].result()

    def bundle_of(self, photo: Path) -> Bundle:
        """What belongs to a photo now. Raises CheckFailed."""
        if photo.parent not in self._folders:
            try:
                self._folders[photo.parent] = self._listings.look(photo.parent)
            except OSError as error:
                reason = f"its folder cannot be listed: {describe_error(error)}"
                raise CheckFailed(Obstacle.UNREADABLE, reason) from error
        return self._folders[photo.parent].get(photo, Bundle((photo,), ()))


@dataclass(frozen=True, slots=True)
class Ready:
    """An entry that may be acted on, and how every file of it looked when it was read."""

    entry: Entry
    unit: Unit
    sightings: dict[Path, Sighting]
    digests: tuple[tuple[bytes, Path, bytes, Path], ...]  # keeper's and other's, for decisions


def check_unit(unit: Unit, rechecks: Rechecks, act: Act) -> dict[Path, Sighting]:
    """Check all that can be checked by reading; how each file looked. Raises CheckFailed."""
    sightings = {}
    going = {record.path for part in unit for record in part.discard.files}
    for part in unit:
        keeper = rechecks.keeper(part.group.keeper)
        sightings[part.group.keeper.path] = keeper.found.sighting
        for record in part.discard.files:
            found = rechecks.file(record)
            sightings[record.path] = found.sighting
            if found.sighting.file_id == keeper.found.sighting.file_id:
                reason = f"another name of {part.group.keeper.path}, which is to be kept"
                raise CheckFailed(Obstacle.SAME_FILE, reason)
        if keeper.damaged and part.discard.file.sha256 != part.group.keeper.sha256:
            raise CheckFailed(Obstacle.KEEPER_DAMAGED, "the photo to keep is damaged")
        if act is not Act.HARD_LINK:
            _check_companions(part, rechecks, going, sightings)
    return sightings


def _check_companions(
    part: Part, rechecks: Rechecks, going: set[Path], sightings: dict[Path, Sighting]
) -> None:
    """The shot must be whole: nothing that belongs to it stays, nothing unique goes."""
    bundle = rechecks.bundle_of(part.discard.file.path)
    if part.group.keeper.path in bundle.photos:
        raise CheckFailed(Obstacle.BUNDLE, "it is one shot with the photo to keep")
    for file in (*bundle.photos, *bundle.companions):
        if file not in going:
            raise CheckFailed(Obstacle.BUNDLE, f"{file.name} belongs to it and is not in the plan")
    for companion in part.discard.companions:
        if not is_unique_content(companion.file.path):
            continue
        if companion.same_as is None:
            reason = f"nothing shows that a copy of {companion.file.path.name} is kept"
            raise CheckFailed(Obstacle.BUNDLE, reason)
        twin = _check_twin(companion.file, companion.same_as)
        if twin.file_id == sightings[companion.file.path].file_id or companion.same_as in going:
            raise CheckFailed(Obstacle.SAME_FILE, f"{companion.same_as} is no second copy")
        sightings[companion.same_as] = twin


def _check_twin(record: FileRecord, same_as: Path) -> Sighting:
    seen = sight(same_as)
    try:
        twin = check_unchanged(FileRecord(same_as, record.size_bytes, seen.mtime_ns, record.sha256))
    except CheckFailed as error:
        raise CheckFailed(Obstacle.BUNDLE, f"{same_as}: {error.reason}") from error
    return twin.sighting


def stayers(unit: Unit, sightings: dict[Path, Sighting]) -> tuple[FileRecord, ...]:
    """What must stay for a unit: its keepers, and the twins of what goes along with it."""
    keepers = [part.group.keeper for part in unit]
    companions = (companion for part in unit for companion in part.discard.companions)
    twins = [
        replace(c.file, path=c.same_as, mtime_ns=sightings[c.same_as].mtime_ns)
        for c in companions
        if c.same_as is not None and c.same_as in sightings
    ]
    return tuple(dict.fromkeys([*keepers, *twins]))


class LastLook:
    """The look right before an act: has anything been written since the file was read?

    Our own acts change a file's times and number of names too (a rename, a link); what they left
    is noted, so that only others' changes count.
    """

    def __init__(self) -> None:
        self._left_by_us: dict[tuple[int, int], Sighting] = {}

    def check(
        self, paths: Sequence[Path], sightings: dict[Path, Sighting], obstacle: Obstacle
    ) -> None:
        """Compare each path with how it looked when it was read. Raises CheckFailed."""
        for path in paths:
            expected = sightings[path]
            expected = self._left_by_us.get(expected.file_id, expected)
            if sight(path) != expected:
                raise CheckFailed(obstacle, f"{path.name} changed a moment ago")

    def note(self, path: Path) -> None:
        """Remember how an act of ours left a file."""
        seen = sight(path)
        self._left_by_us[seen.file_id] = seen


def check_places(paths: Iterable[Path], protected: Sequence[Path]) -> None:
    """Refuse what lies in a protected folder, resolved at this moment. Raises CheckFailed."""
    matcher = FolderMatcher(protected)
    for path in paths:
        if matcher.index_of(path) is not None:
            raise CheckFailed(Obstacle.PROTECTED, "in a protected folder")


def same_volume(a: Path, folder: Path) -> bool:
    """Whether a file and a folder, or the nearest one above it that exists, share a volume."""
    while not folder.exists():
        folder = folder.parent
    return os.lstat(a).st_dev == os.stat(folder).st_dev


def file_id_now(path: Path) -> tuple[int, int] | None:
    """Device and inode of a file that can be opened now; None if it cannot.

    Opened, not only looked at: a network share then asks its server, not its memory.
    """
    try:
        with path.open("rb"):
            return sight(path).file_id
    except (OSError, CheckFailed):
        return None
