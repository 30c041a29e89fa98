"""Everything the program reads back of files that others may have written; run by hand:

    python -m tests.fuzz.fuzz_records --seconds 600

Hypothesis invents metadata blocks, plans, settings, marks, rows of the cache, journals and notices,
mostly well-formed ones with some part replaced, removed or damaged. Each must be read, or refused
in the way that its reader promises; what was read must keep its own rules. Ends with the smallest
example found, and the seed that repeats it, at the first other error. tests/test_fuzz.py runs a
few examples of each.
"""

import argparse
import base64
import copy
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from photodedup.core.holding import HOLDING_NAME, HoldingUnusable, read_holding
from photodedup.core.journal import Act, StepKind, read_line_file, write_entry
from photodedup.core.library_backup import NOTICE_NAME, take_notice
from photodedup.core.plan_file import PlanRefused, parse_plan, plan_json, read_plan
from photodedup.core.plan_file import check_plan as check_its_word
from photodedup.core.records import Metadata, Photo, PhotoFile, Relation, Verification
from photodedup.core.stored_rows import (
    PhotoRow,
    RowDamaged,
    file_identity,
    is_row_of,
    listed_photo_from_row,
    photo_from_row,
    photo_row,
    photo_rows,
    problem_from_row,
    verification_from_row,
    verification_row,
    verification_rows,
)
from tests.core.test_journal import entry_of
from tests.data.tiff_writer import exif_block
from tests.fuzz.fuzz_metadata import check as check_metadata
from tests.fuzz.fuzz_metadata import well_formed
from tests.records_made import make_photo

EXAMPLES = 300  # of one seed; then the next target has its turn
ROOT = Path("/photos")

# Text as files have it: any character, lone surrogates too, as os.fsdecode gives them.
texts = st.text(st.characters(exclude_categories=[]), max_size=30)
numbers = st.one_of(
    st.integers(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.sampled_from([2**31, 2**63 - 1, 2**63, 10**400, -1, 0, float("inf"), float("nan")]),
)
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)


@st.composite
def changed(draw: st.DrawFn, document: Any) -> Any:
    """A JSON document of which up to three places are replaced, removed or repeated."""
    made = copy.deepcopy(document)
    for _ in range(draw(st.integers(0, 3))):
        holder, key, node = None, None, made
        for _ in range(draw(st.integers(0, 6))):
            keys = list(node) if isinstance(node, dict) else None
            if keys is None and isinstance(node, list):
                keys = list(range(len(node)))
            if not keys:
                break
            holder, key = node, draw(st.sampled_from(keys))
            node = node[key]
        if holder is None:
            return draw(values)
        act = draw(st.sampled_from(["replace", "remove", "repeat"]))
        if act == "remove":
            del holder[key]
        elif act == "repeat" and isinstance(holder, list):
            holder.append(copy.deepcopy(node))
        else:
            holder[key] = draw(values)
    return made


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Bytes of which up to four pieces are overwritten, removed or repeated."""
    made = bytearray(data)
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(made)))
        end = draw(st.integers(start, min(start + 40, len(made))))
        made[start:end] = draw(st.binary(max_size=20) | st.just(bytes(made[start:end]) * 2))
    return bytes(made)


def file_bytes(document: Any) -> st.SearchStrategy[bytes]:
    """A file that holds a changed document as JSON, or a damaged one, or anything."""
    spelled = json.dumps(document).encode()
    return st.one_of(
        changed(document).map(lambda made: json.dumps(made).encode()),
        damaged(spelled),
        st.binary(max_size=200),
        st.integers(1, 200_000).map(lambda depth: b"[" * depth),
        st.integers(1, 10_000).map(lambda digits: b'{"format": 1' + b"0" * digits + b"}"),
    )


def a_plan() -> dict[str, Any]:
    def record(name: str, digest: str) -> dict[str, Any]:
        return {"path": f"/photos/{name}", "size_bytes": 5, "mtime_ns": 6, "sha256": digest * 64}

    discard = {
        **record("b.jpg", "1"),
        "relation": "identical_file",
        "companions": [{**record("b.xmp", "2"), "same_as": {"path": "/photos/a.xmp"}}],
        "verified_against": "1" * 64,
        "worth_keeping": {
            "rating": 4,
            "keywords": ["one"],
            "latitude": 1.5,
            "longitude": None,
            "captured_at": "2020-01-02T03:04:05",
        },
    }
    odd = {"path": "/photos/caf\udce9.jpg", "size_bytes": 7, "mtime_ns": -1, "sha256": "3" * 64}
    odd["path_base64"] = base64.b64encode(b"/photos/caf\xe9.jpg").decode()
    other = {**record("d.jpg", "4"), "relation": "resaved", "companions": []}
    return {
        "format": 1,
        "complete": True,
        "created": "2026-01-01T00:00:00+00:00",
        "folders": ["/photos"],
        "protected": ["/photos/safe"],
        "model": "m",
        "groups": [
            {"keeper": record("a.jpg", "1"), "reason": "larger", "discard": [discard]},
            {"keeper": odd, "reason": "older", "discard": [other]},
        ],
        "bytes_gained": 10,
        "kept_back": [],
    }


def check_plan(document: Any) -> None:
    """A plan that is read names only files inside its folders, and says the same when written."""
    with suppress(PlanRefused):
        plan = parse_plan(document)
        check_its_word(plan)
        for group in plan.groups:
            records = [group.keeper, *(file for d in group.discards for file in d.files)]
            for record in records:
                assert record.path.is_absolute()
                assert os.pardir not in record.path.parts
                assert HOLDING_NAME not in record.path.parts
                assert any(folder in record.path.parents for folder in plan.folders)
        assert parse_plan(json.loads(json.dumps(plan_json(plan)))) == plan


def check_plan_file(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "plan.json"
        file.write_bytes(data)
        with suppress(PlanRefused):
            read_plan(file)


def check_photo_row(row: list[Any]) -> None:
    """A row that is read gives a photo whose own row says the same."""
    with suppress(RowDamaged):
        (read,) = photo_rows([row])
        photo, damage = photo_from_row(make_photo("a.jpg").file, read)
        assert isinstance(photo.metadata, Metadata)
        assert photo.damaged == (damage is not None)
        assert len(photo.digest) == len(photo.pixel_digest) == 16
        (again,) = photo_rows([photo_row(photo, damage)])
        assert photo_from_row(photo.file, again) == (photo, damage)
        listed = listed_photo_from_row(read)
        assert listed.path.parts
        assert file_identity(listed.file)[1:] == (row[1], row[2])
        assert is_row_of(read, listed.file)


def check_verification_row(row: list[Any]) -> None:
    with suppress(RowDamaged):
        (read,) = verification_rows([row])
        found = verification_from_row(read)
        assert isinstance(found, Verification)
        (again,) = verification_rows([verification_row("v", read.keeper, read.other, found)[1:]])
        assert verification_from_row(again) == found


def check_problem_row(row: list[Any]) -> None:
    with suppress(RowDamaged):
        problem = problem_from_row(ROOT / "a.jpg", row)
        assert isinstance(problem.reason, str)


def check_journal(lines: bytes) -> None:
    """Whatever a journal says, nothing of it lies or goes outside the folder that it serves."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / HOLDING_NAME).mkdir()
        (root / HOLDING_NAME / "journal.jsonl").write_bytes(lines)
        with suppress(HoldingUnusable):
            holding = read_holding(root)
            for entry in read_line_file(holding):
                assert isinstance(entry.act, Act)
                for step in entry.steps:
                    moved = step.kind in (StepKind.MOVE, StepKind.COPY)
                    home = step.source if moved else step.target
                    assert root in home.parents
                    assert os.pardir not in home.parts


def check_notice(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / NOTICE_NAME).write_bytes(data)
        restored = take_notice(Path(name))
        assert restored is None or str(restored)
        assert take_notice(Path(name)) is None


SETTINGS = {
    "theme": "dark",
    "language": "ko",
    "folders": '["/photos", "/caf\\udce9"]',
    "protected": '["/photos"]',
    "recent": '["/photos"]',
    "excluded": '["*.tmp"]',
    "device": "cpu",
    "model": "/m.onnx",
    "workers": "3",
    "previews_bytes": "1000000",
}


def check_settings(saved: dict[str, str]) -> None:
    """Whatever the file says, each setting is of its kind, or as it was at first."""
    from PySide6.QtCore import QSettings

    with tempfile.TemporaryDirectory() as name:
        written = QSettings(f"{name}/window.ini", QSettings.Format.IniFormat)
        for key, value in saved.items():
            written.setValue(key, value)
        written.sync()
        _read_settings(Path(name))


def check_settings_file(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "window.ini").write_bytes(data)
        (Path(name) / "marks.json").write_bytes(data)
        _read_settings(Path(name))


def _read_settings(folder: Path) -> None:
    from photodedup.gui.marks import Marks
    from photodedup.gui.theme import Theme
    from photodedup.gui.window_settings import WindowSettings

    read = WindowSettings(folder)
    assert isinstance(read.theme, Theme)
    assert isinstance(read.language, str)
    options, position = read.options, read.position
    assert options.device in ("auto", "cpu", "cuda")
    assert options.workers is None or options.workers > 0
    assert options.previews_bytes >= 0
    assert 0 <= position.strictness <= 1
    assert options.keep.rules().criteria
    for paths in (read.folders, read.protected, read.recent):
        assert all(isinstance(path, Path) for path in paths)
    assert read.geometry("window").size() >= 0
    marks = Marks(read.marks_file)
    assert all(isinstance(said, bool) for said in marks.snapshot().chosen.values())
    marks.shut_down()


def settings_files() -> st.SearchStrategy[bytes]:
    lines = "\n".join(f"{key}={value}" for key, value in SETTINGS.items())
    return damaged(f"[General]\n{lines}\n".encode()) | file_bytes({"/photos/a.jpg": True})


def settings_values() -> st.SearchStrategy[dict[str, str]]:
    """Each setting as it should be, or any JSON value, or any text."""
    from photodedup.gui.keep_choice import KeepChoice
    from photodedup.gui.position import Position

    odd = values.map(json.dumps) | texts | st.integers(1, 9000).map(lambda n: "9" * n)
    spelled = {"keep_rules": KeepChoice().to_json(), "position": Position().to_json()}
    each = {key: st.just(value) | odd for key, value in SETTINGS.items()}
    each |= {
        key: st.just(value) | changed(json.loads(value)).map(json.dumps) | odd
        for key, value in spelled.items()
    }
    return st.fixed_dictionaries({}, optional=each).map(
        lambda saved: {key: _storable(value) for key, value in saved.items()}
    )


def _storable(text: str) -> str:
    """Qt's strings hold no lone surrogates."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def rows(row: tuple[Any, ...], *spelled: int) -> st.SearchStrategy[list[Any]]:
    """A row with places replaced; in those of these numbers, JSON is changed or damaged."""

    def place(number: int, value: Any) -> st.SearchStrategy[Any]:
        anything = scalars | st.binary(max_size=20)
        if number not in spelled:
            return st.just(value) | anything
        document = json.loads(value)
        return st.one_of(
            st.just(value),
            changed(document).map(json.dumps),
            damaged(value.encode()).map(lambda data: data.decode("utf-8", "surrogateescape")),
            st.integers(1, 100_000).map(lambda depth: "[" * depth),
            anything,
        )

    whole = st.tuples(*(place(number, value) for number, value in enumerate(row))).map(list)
    return whole | st.lists(scalars, max_size=len(row) + 2)


def a_photo_row() -> tuple[Any, ...]:
    metadata = Metadata(
        captured_at="2020-01-02T03:04:05", camera="c", latitude=1.0, rating=3, has_exif=True
    )
    return tuple(photo_row(make_photo("a.jpg", metadata=metadata), "cut short"))


def a_verification_row() -> tuple[Any, ...]:
    from photodedup.core.records import Edit, Evidence

    found = Verification(
        Relation.EDITED, 0.5, 0.9, Edit(0.5, 0.8, 1.0, True), ((0.1, 0.2, 0.3, 0.4),), Evidence(9)
    )
    return tuple(verification_row("v", b"a" * 16, b"b" * 16, found)[1:])


def journals() -> st.SearchStrategy[bytes]:
    header = {"format": 1, "holding": "id"}
    entry = {**json.loads(write_entry(entry_of("a.jpg"))), "state": "intended"}
    done = {"state": "done", "batch": "batch", "number": 1}
    line = st.one_of(
        *(changed(document).map(json.dumps) for document in (header, entry, entry, done)),
        st.binary(max_size=40).map(lambda data: data.decode("latin-1")),
        st.integers(1, 100_000).map(lambda depth: "[" * depth),
    )
    many = st.lists(line, max_size=6).map(lambda made: [json.dumps(header), *made])
    whole = (many | st.lists(line, max_size=3)).map(lambda made: "\n".join(made).encode())
    return whole | whole.flatmap(damaged)


def a_notice() -> dict[str, Any]:
    saved = "2026-01-01T00:00:00+00:00"
    return {"library": b"/l.db".hex(), "saved": saved, "damaged": "l.db.damaged-1", "reason": "r"}


blocks = (
    damaged(well_formed())
    | st.binary(max_size=300)
    | st.binary(max_size=100).map(lambda data: exif_block({0x010F: (2, data)}, {0x9003: (2, data)}))
)

TARGETS: dict[str, tuple[Callable[[Any], None], Callable[[], st.SearchStrategy[Any]]]] = {
    "metadata": (check_metadata, lambda: blocks),
    "plan": (check_plan, lambda: changed(a_plan())),
    "plan file": (check_plan_file, lambda: file_bytes(a_plan())),
    "settings": (check_settings, settings_values),
    "settings file": (check_settings_file, settings_files),
    "photo row": (check_photo_row, lambda: rows(a_photo_row(), len(a_photo_row()) - 1)),
    "verification row": (check_verification_row, lambda: rows(a_verification_row(), 5)),
    "problem row": (check_problem_row, lambda: rows(("undecodable", "reason"))),
    "journal": (check_journal, journals),
    "notice": (check_notice, lambda: file_bytes(a_notice())),
}
columns_of_records = len(Photo.__struct_fields__) + 2  # of its file path, size and time
assert len(PhotoRow.__struct_fields__) == columns_of_records  # none is left out
assert PhotoFile


def fuzz(name: str, examples: int, number: int) -> None:
    """Try examples of one target. Raises what its reader should not have raised."""
    check, strategy = TARGETS[name]

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(strategy())
    def run(value: Any) -> None:
        check(value)

    run()


def main() -> int:
    """Take turns among the targets until the time is over; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0, help="where to begin")
    parser.add_argument("--only", choices=list(TARGETS), help="one target")
    options = parser.parse_args()
    logging.disable()  # what is passed over is said so, a thousand times here
    names = [options.only] if options.only else list(TARGETS)
    spent = dict.fromkeys(names, 0.0)
    tried = dict.fromkeys(names, 0)
    turn = options.seed
    end_s = time.monotonic() + options.seconds
    while time.monotonic() < end_s:
        name = min(spent, key=lambda candidate: spent[candidate])
        started_s = time.monotonic()
        try:
            fuzz(name, EXAMPLES, turn)
        except BaseException:
            print(f"failed: --only {name!r} --seed {turn}", file=sys.stderr)
            raise
        spent[name] += time.monotonic() - started_s
        tried[name] += EXAMPLES
        turn += 1
    for name in names:
        print(f"{name:18}{tried[name]:9,} examples{spent[name]:7.0f} s")
    print(f"{sum(tried.values()):,} examples, seeds {options.seed} to {turn - 1}, no error")
    return 0


if __name__ == "__main__":
    sys.exit(main())
