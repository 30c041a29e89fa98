"""The plan: which photos go, which stays for each, and everything a person must see before it."""

from dataclasses import dataclass
from pathlib import Path

from photodedup.core.obstacles import LeftAlone
from photodedup.core.recheck import FileRecord
from photodedup.core.records import Relation
from photodedup.core.sidecar_xmp import WorthKeeping

NOTHING = WorthKeeping()


@dataclass(frozen=True, slots=True)
class Companion:
    """A file that goes along with a discarded photo.

    same_as: for a photo or a video, the file with the same bytes that stays with the keeper.
    """

    file: FileRecord
    same_as: Path | None = None


@dataclass(frozen=True, slots=True)
class Discard:
    """One photo that goes. verified_against: SHA-256 of the keeper it was compared with.

    worth_keeping: metadata that the keeper lacks.
    """

    file: FileRecord
    relation: Relation
    companions: tuple[Companion, ...] = ()
    verified_against: str | None = None
    worth_keeping: WorthKeeping = NOTHING

    @property
    def files(self) -> tuple[FileRecord, ...]:
        """The photo and everything that goes along with it."""
        return self.file, *(companion.file for companion in self.companions)


@dataclass(frozen=True, slots=True)
class PlanGroup:
    """A photo that stays, why, and what goes in its favour."""

    keeper: FileRecord
    reason: str
    discards: tuple[Discard, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A dry run: complete by itself, so that applying it needs no database of the scan.

    created: ISO 8601, UTC. folders: the scanned ones; nothing outside them is touched.
    bytes_gained: once the holding folder is emptied; 0 for a file with further names.
    kept_back: photos that were selected but stay, and why.
    """

    created: str
    folders: tuple[Path, ...]
    protected: tuple[Path, ...]
    model: str
    groups: tuple[PlanGroup, ...]
    bytes_gained: int
    kept_back: tuple[LeftAlone, ...] = ()

    @property
    def discards(self) -> list[Discard]:
        """Every photo that goes, in order."""
        return [discard for group in self.groups for discard in group.discards]
