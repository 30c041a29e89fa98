"""The journal: what is about to be done stands on disk before it is done, and how it ended after.

Every entry is written twice: into library.db, and as a line of JSON into the holding folder's own
file, so that a batch can be taken back when either is lost. A line "intended" holds the whole
entry; later lines name it and its new state. Paths below the holding folder's root are written
relative to it: a drive may come back under another letter.
"""

import enum
import json
import logging
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from photodedup.core.acts import FileActs
from photodedup.core.holding import Holding, HoldingUnusable
from photodedup.core.json_text import parse_json
from photodedup.core.recheck import FileRecord

log = logging.getLogger(__name__)


class Act(enum.Enum):
    """What is done with the files of a plan."""

    DISCARD = "discard"  # into the holding folder
    HARD_LINK = "hard_link"  # into the holding folder, and a second name of the keeper instead
    MOVE = "move"  # into a chosen folder
    SIDECAR = "sidecar"  # metadata worth keeping, written beside the keeper


class State(enum.Enum):
    """Where an entry is. Only INTENDED, UNDOING and TRASHING need a decision after a crash."""

    INTENDED = "intended"
    DONE = "done"
    REVERTED = "reverted"  # it never happened, or was taken back at once
    UNDOING = "undoing"
    UNDONE = "undone"
    TRASHING = "trashing"
    TRASHED = "trashed"

    @property
    def is_open(self) -> bool:
        """Whether the process ended, or is, between the intention and the outcome."""
        return self in (State.INTENDED, State.UNDOING, State.TRASHING)


class StepKind(enum.Enum):
    """One reversible act on one file."""

    MOVE = "move"  # source becomes target, on one volume
    LINK = "link"  # target becomes a second name of source
    COPY = "copy"  # target is made with the bytes of source
    WRITE = "write"  # target is made with bytes of ours; source is the photo it describes


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an entry. size, mtime and sha256 are those of the file that arrives."""

    kind: StepKind
    source: Path
    target: Path
    size_bytes: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Entry:
    """Files that go or stay together: a photo with its companions, or a whole shot.

    number counts within the batch. keepers: the photos that stayed for it. paths: the photos it
    is about, without their companions.
    """

    batch: str
    number: int
    act: Act
    holding: Holding
    keepers: tuple[FileRecord, ...]
    paths: tuple[Path, ...]
    steps: tuple[Step, ...]
    state: State = State.INTENDED

    @property
    def key(self) -> tuple[str, int]:
        """What names it in both journals."""
        return self.batch, self.number

    @property
    def bytes_held(self) -> int:
        """Bytes that wait in the holding folder for it."""
        return sum(step.size_bytes for step in self.held_steps)

    @property
    def held_steps(self) -> tuple[Step, ...]:
        """The steps that brought a file into the holding folder."""
        return tuple(
            step
            for step in self.steps
            if step.kind is StepKind.MOVE and self.holding.folder in step.target.parents
        )


def write_entry(entry: Entry) -> str:
    """Spell an entry as one line of ASCII JSON, its paths relative to the holding's root."""
    root = entry.holding.root
    fields = {
        "batch": entry.batch,
        "number": entry.number,
        "act": entry.act.value,
        "keepers": [_record_fields(keeper, root) for keeper in entry.keepers],
        "paths": [_relative(path, root) for path in entry.paths],
        "steps": [_step_fields(step, root) for step in entry.steps],
    }
    return json.dumps(fields)


def read_entry(fields: dict[str, Any], holding: Holding, state: State = State.INTENDED) -> Entry:
    """Turn what write_entry wrote back into an entry, wherever its holding folder is now.

    Raises ValueError, KeyError or TypeError if it is not one, or if it would put files back
    outside the folder that the holding folder serves: a line file may come from a stranger.
    """
    root = holding.root
    entry = Entry(
        batch=str(fields["batch"]),
        number=int(fields["number"]),
        act=Act(fields["act"]),
        holding=holding,
        keepers=tuple(_read_record(keeper, root) for keeper in fields["keepers"]),
        paths=tuple(root / path for path in fields["paths"]),
        steps=tuple(_read_step(step, root) for step in fields["steps"]),
        state=state,
    )
    for step in entry.steps:
        moved = step.kind in (StepKind.MOVE, StepKind.COPY)
        home = step.source if moved else step.target
        if os.pardir in home.parts or root not in home.parents:
            raise ValueError(f"{home} lies outside {root}")
    return entry


def read_line_file(holding: Holding) -> list[Entry]:
    """Read the entries of a holding folder's own journal, each in its last state, oldest first.

    A line that is torn or foreign is passed over: only a crash while it was written makes one,
    and then nothing it speaks of was done. Raises HoldingUnusable.
    """
    entries: dict[tuple[str, int], Entry] = {}
    try:
        lines = holding.journal.read_bytes().splitlines()
    except OSError as error:
        raise HoldingUnusable(holding.journal, error.strerror or str(error)) from error
    for line in lines[1:]:
        try:
            fields = parse_json(line)
            state = State(fields["state"])
            if state is State.INTENDED:
                entry = read_entry(fields, holding)
                entries[entry.key] = entry
            else:
                key = str(fields["batch"]), int(fields["number"])
                entries[key] = replace(entries[key], state=state)
        except (ValueError, KeyError, TypeError):
            log.warning("%s: a line was passed over: %r", holding.journal, line[:80])
    return list(entries.values())


def append_states(entries: Sequence[Entry], state: State, acts: FileActs) -> None:
    """Add one line for each entry to the line files of their holding folders, and sync each.

    INTENDED writes the whole entry. Raises OSError.
    """
    by_holding: dict[Holding, list[str]] = defaultdict(list)
    for entry in entries:
        by_holding[entry.holding].append(_state_line(entry, state))
    for holding, lines in by_holding.items():
        data = "".join(f"{line}\n" for line in lines).encode("ascii")
        acts.append(holding.journal, _end_of_torn_line(holding.journal) + data)


def _state_line(entry: Entry, state: State) -> str:
    if state is State.INTENDED:
        return '{"state": "intended", ' + write_entry(entry)[1:]
    return json.dumps({"state": state.value, "batch": entry.batch, "number": entry.number})


def _end_of_torn_line(journal: Path) -> bytes:
    with journal.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        file.seek(max(end - 1, 0))
        return b"" if file.read() in (b"", b"\n") else b"\n"


def latest_batch(entries: Iterable[Entry]) -> str | None:
    """The newest batch of which something can still be taken back; None if there is none."""
    return max(
        (entry.batch for entry in entries if entry.state in (State.DONE, State.UNDOING)),
        default=None,
    )


def _relative(path: Path, root: Path) -> str:
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return str(path)


def _record_fields(record: FileRecord, root: Path) -> dict[str, Any]:
    return {
        "path": _relative(record.path, root),
        "size_bytes": record.size_bytes,
        "mtime_ns": record.mtime_ns,
        "sha256": record.sha256,
    }


def _read_record(fields: dict[str, Any], root: Path) -> FileRecord:
    return FileRecord(
        root / fields["path"],  # an absolute path stays itself
        int(fields["size_bytes"]),
        int(fields["mtime_ns"]),
        str(fields["sha256"]),
    )


def _step_fields(step: Step, root: Path) -> dict[str, Any]:
    return {
        "kind": step.kind.value,
        "source": _relative(step.source, root),
        "target": _relative(step.target, root),
        "size_bytes": step.size_bytes,
        "mtime_ns": step.mtime_ns,
        "sha256": step.sha256,
    }


def _read_step(fields: dict[str, Any], root: Path) -> Step:
    return Step(
        StepKind(fields["kind"]),
        root / fields["source"],
        root / fields["target"],
        int(fields["size_bytes"]),
        int(fields["mtime_ns"]),
        str(fields["sha256"]),
    )
