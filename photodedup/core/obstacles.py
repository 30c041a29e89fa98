"""Why something was left alone while photos were cleared, and what a batch came to."""

import enum
from dataclasses import dataclass
from pathlib import Path


class Obstacle(enum.Enum):
    """Why something was left where it is; the value is its code in reports."""

    CANCELLED = "cancelled"
    MISSING = "missing"
    NOT_A_FILE = "not_a_file"
    CHANGED = "changed"
    UNREADABLE = "unreadable"
    KEEPER_MISSING = "keeper_missing"
    KEEPER_CHANGED = "keeper_changed"
    KEEPER_UNREADABLE = "keeper_unreadable"
    KEEPER_DAMAGED = "keeper_damaged"
    SAME_FILE = "same_file"
    PROTECTED = "protected"
    IN_HOLDING = "in_holding"
    REJECTED = "rejected"
    STAYS_ELSEWHERE = "stays_elsewhere"
    BUNDLE = "bundle"
    DIFFERS = "differs"
    NOT_ALLOWED = "not_allowed"
    OTHER_VOLUME = "other_volume"
    NOT_IDENTICAL = "not_identical"
    OCCUPIED = "occupied"
    DISK = "disk"
    NOT_IN_HOLDING = "not_in_holding"
    HOLDING_MISSING = "holding_missing"
    HAS_SIDECAR = "has_sidecar"


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A file that was not acted on, and why; reason is plain English without the path."""

    path: Path
    obstacle: Obstacle
    reason: str


class CheckFailed(Exception):
    """A file is not what was reviewed, or an act may not be done."""

    def __init__(self, obstacle: Obstacle, reason: str) -> None:
        self.obstacle = obstacle
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What a batch did. done: photos acted on; left: everything that was not, and why.

    bytes: what the acted-on files hold, companions included. stopped: why the batch ended early,
    None if it did not. notes: things to know that are no failure.
    """

    batch: str
    done: tuple[Path, ...]
    left: tuple[LeftAlone, ...]
    bytes: int
    interrupted: bool = False
    stopped: str | None = None
    notes: tuple[str, ...] = ()


def describe_error(error: OSError) -> str:
    """An operating system's error without the path, which is shown beside it."""
    return error.strerror or str(error)
