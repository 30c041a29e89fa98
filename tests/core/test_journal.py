import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photodedup.core.acts import FileActs
from photodedup.core.holding import Holding, HoldingUnusable, hold, read_holding
from photodedup.core.journal import (
    Act,
    Entry,
    State,
    Step,
    StepKind,
    append_states,
    latest_batch,
    read_entry,
    read_line_file,
    write_entry,
)
from photodedup.core.recheck import FileRecord

ROOT = Path("/photos")
HOLDING = Holding("id", ROOT)
names = (
    st.binary(min_size=1, max_size=20)
    .map(lambda raw: os.fsdecode(raw.replace(b"/", b"_").replace(b"\0", b"_")))
    .filter(lambda name: name not in {".", ".."})
)


def entry_of(name: str, holding: Holding = HOLDING, number: int = 1) -> Entry:
    source = holding.root / "a" / name
    step = Step(
        StepKind.MOVE, source, holding.folder / "batch/a" / name, 5, 123_456_789_012, "0" * 64
    )
    link = replace(step, kind=StepKind.LINK, source=holding.root / "keeper.jpg", target=source)
    keeper = FileRecord(Path("/elsewhere") / name, 7, 1, "1" * 64)
    return Entry("batch", number, Act.HARD_LINK, holding, (keeper,), (source,), (step, link))


@given(names)
def test_an_entry_survives_its_line(name: str) -> None:
    line = write_entry(entry_of(name))
    assert line.isascii()
    assert "\n" not in line
    assert read_entry(json.loads(line), HOLDING) == entry_of(name)


def test_an_entry_follows_its_drive() -> None:
    moved = Holding("id", Path("/media/stick"))
    found = read_entry(json.loads(write_entry(entry_of("a.jpg"))), moved)
    assert found.steps[0].source == Path("/media/stick/a/a.jpg")
    assert found.keepers[0].path == Path("/elsewhere/a.jpg"), "outside the drive it stays"


def test_states_are_lines_of_their_own(tmp_path: Path) -> None:
    acts = FileActs()
    with hold(tmp_path, acts) as holding:
        entries = [entry_of(f"{n}.jpg", holding, n) for n in range(3)]
        append_states(entries, State.INTENDED, acts)
        append_states(entries[:2], State.DONE, acts)
        append_states(entries[:1], State.UNDOING, acts)
        states = [entry.state for entry in read_line_file(holding)]
        assert states == [State.UNDOING, State.DONE, State.INTENDED]
        assert len(holding.journal.read_bytes().splitlines()) == 1 + 3 + 2 + 1


def test_the_line_is_on_disk_before_the_call_returns(tmp_path: Path) -> None:
    calls: list[str] = []
    with hold(tmp_path, FileActs()) as holding:
        append_states([entry_of("a.jpg", holding)], State.INTENDED, FileActs(calls.append))
    assert calls == ["open", "write", "fsync"]


@pytest.mark.parametrize(
    "line",
    [b"{", b"7", b"null", b'{"state": "done"}', b'{"state": "x", "batch": "b"}', b"\xff\xfe"],
)
def test_foreign_lines_are_passed_over(tmp_path: Path, line: bytes) -> None:
    with hold(tmp_path, FileActs()) as holding:
        append_states([entry_of("a.jpg", holding)], State.INTENDED, FileActs())
        FileActs().append(holding.journal, line + b"\n")
        append_states([entry_of("b.jpg", holding, 2)], State.INTENDED, FileActs())
        assert len(read_line_file(holding)) == 2


def test_a_holding_folder_keeps_its_identity(tmp_path: Path) -> None:
    with hold(tmp_path, FileActs()) as first:
        pass
    with hold(tmp_path, FileActs()) as second:
        assert second == first == read_holding(tmp_path)


@pytest.mark.parametrize("header", [b"", b"{}\n", b"[]\n", b'{"format": 2, "holding": "x"}\n'])
def test_a_damaged_or_newer_journal_is_refused(tmp_path: Path, header: bytes) -> None:
    with hold(tmp_path, FileActs()) as holding:
        holding.journal.write_bytes(header)
    with pytest.raises(HoldingUnusable), hold(tmp_path, FileActs()):
        pass


def test_the_latest_batch_is_one_that_can_be_taken_back() -> None:
    entries = [
        replace(entry_of("a.jpg"), batch=batch, state=state)
        for batch, state in [("1", State.DONE), ("2", State.UNDONE), ("3", State.TRASHED)]
    ]
    assert latest_batch(entries) == "1"
    assert latest_batch(entries[1:]) is None
