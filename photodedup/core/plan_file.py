"""The plan as a JSON file, and the refusal of one that would harm: plans can be edited by hand."""

import base64
import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from photodedup.core.errors import UserError
from photodedup.core.holding import HOLDING_NAME
from photodedup.core.json_text import parse_json
from photodedup.core.obstacles import LeftAlone, Obstacle
from photodedup.core.plan import NOTHING, Companion, Discard, Plan, PlanGroup
from photodedup.core.recheck import FileRecord
from photodedup.core.records import Relation
from photodedup.core.report import path_json, printable, write_json, write_text
from photodedup.core.sidecar_xmp import WorthKeeping

FORMAT = 1
SHA256_DIGITS = 64
LIST_COLUMNS = ("discard", "keeper", "relation", "size_bytes")


class PlanRefused(UserError):
    """A plan that cannot be read, or that would break a promise; nothing of it was done."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The plan is refused: {reason}. Nothing was done; make a new plan.")


def plan_json(plan: Plan) -> dict[str, Any]:
    """The document that `plan --out` writes (format 1).

    Beside the fields that every plan has, a discard may carry what it was verified against and
    the metadata that only it has, and the plan lists what was kept back.
    """
    return {
        "format": FORMAT,
        "complete": True,
        "created": plan.created,
        "folders": [str(folder) for folder in plan.folders],
        "protected": [str(folder) for folder in plan.protected],
        "model": plan.model,
        "groups": [_group_json(group) for group in plan.groups],
        "bytes_gained": plan.bytes_gained,
        "kept_back": [
            {**path_json(left.path), "code": left.obstacle.value, "reason": left.reason}
            for left in plan.kept_back
        ],
    }


def write_plan(plan: Plan, target: str) -> None:
    """Write a plan to a file, atomically, or to stdout ("-"). Raises UserError."""
    write_json(plan_json(plan), target)


def write_list(plan: Plan, target: str) -> None:
    """Write every file that would go as CSV, its keeper beside it. Raises UserError."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(LIST_COLUMNS)
    for group in plan.groups:
        for discard in group.discards:
            for record in discard.files:
                kind = discard.relation.value if record is discard.file else "companion"
                names = (printable(str(path)) for path in (record.path, group.keeper.path))
                writer.writerow([*(_cell(name) for name in names), kind, record.size_bytes])
    write_text(text.getvalue(), target)


def _cell(name: str) -> str:
    """Spreadsheets run cells that begin like a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@")) else name


def read_plan(source: Path) -> Plan:
    """Read a plan file and check it. Raises PlanRefused."""
    try:
        document = parse_json(source.read_bytes())
    except OSError as error:
        raise PlanRefused(f"{source}: {error.strerror or error}") from error
    except ValueError as error:
        raise PlanRefused(f"{source} is not JSON: {error}") from error
    plan = parse_plan(document)
    check_plan(plan)
    return plan


def parse_plan(document: Any) -> Plan:
    """Turn a plan's document into records; what it says is not judged. Raises PlanRefused."""
    try:
        if document["format"] != FORMAT:
            raise PlanRefused(f"its format is {document['format']!r}, not {FORMAT}")
        if document.get("complete") is False:
            raise PlanRefused("it is not complete")
        return Plan(
            created=str(document["created"]),
            folders=tuple(Path(folder) for folder in document["folders"]),
            protected=tuple(Path(folder) for folder in document["protected"]),
            model=str(document["model"]),
            groups=tuple(_parse_group(group) for group in document["groups"]),
            bytes_gained=int(document["bytes_gained"]),
            kept_back=tuple(
                LeftAlone(_parse_path(left), Obstacle(left["code"]), str(left["reason"]))
                for left in document.get("kept_back", ())
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise PlanRefused(f"a field is missing or wrong ({type(error).__name__}: {error})") from (
            error
        )


def check_plan(plan: Plan) -> None:
    """Refuse a plan that no scan of ours could have made. Raises PlanRefused.

    Only what the plan itself shows is judged; the disk is asked right before each act.
    """
    if not plan.folders:
        raise PlanRefused("it names no scanned folders")
    for folder in (*plan.folders, *plan.protected):
        _check_path(folder)
    keepers = {group.keeper.path for group in plan.groups}
    going: set[Path] = set()
    for group in plan.groups:
        for record in _records(group):
            _check_path(record.path)
            _check_inside(record.path, plan.folders)
            if len(record.sha256) != SHA256_DIGITS:
                raise PlanRefused(f"{record.path}: its sha256 is none")
        for discard in group.discards:
            _check_discard(group, discard)
            for record in discard.files:
                if record.path in keepers:
                    raise PlanRefused(f"{record.path} is to be kept and to be discarded")
                if record.path in going:
                    raise PlanRefused(f"{record.path} is to be discarded twice")
                going.add(record.path)
    for companion in (c for d in plan.discards for c in d.companions):
        if companion.same_as is not None and companion.same_as in going:
            raise PlanRefused(f"{companion.same_as} is to be kept and to be discarded")


def _records(group: PlanGroup) -> Iterator[FileRecord]:
    yield group.keeper
    for discard in group.discards:
        yield from discard.files


def _check_path(path: Path) -> None:
    if not path.is_absolute() or os.pardir in path.parts or "\0" in str(path):
        raise PlanRefused(f"{path} is not an absolute path without '..'")
    if HOLDING_NAME in path.parts:
        raise PlanRefused(f"{path} lies in a holding folder")


def _check_inside(path: Path, folders: tuple[Path, ...]) -> None:
    if not any(folder in path.parents for folder in folders):
        raise PlanRefused(f"{path} lies outside the scanned folders")


def _check_discard(group: PlanGroup, discard: Discard) -> None:
    path = discard.file.path
    if discard.verified_against not in (None, group.keeper.sha256):
        raise PlanRefused(f"{path} was reviewed beside another photo than {group.keeper.path}")
    same_bytes = discard.file.sha256 == group.keeper.sha256
    if discard.relation is Relation.IDENTICAL_FILE and not same_bytes:
        raise PlanRefused(f"{path} is called identical to {group.keeper.path}, and is not")
    for companion in discard.companions:
        if companion.file.path.parent != path.parent:
            raise PlanRefused(f"{companion.file.path} does not lie beside {path}")


def _group_json(group: PlanGroup) -> dict[str, Any]:
    return {
        "keeper": _record_json(group.keeper),
        "reason": group.reason,
        "discard": [_discard_json(discard) for discard in group.discards],
    }


def _discard_json(discard: Discard) -> dict[str, Any]:
    document: dict[str, Any] = {
        **_record_json(discard.file),
        "relation": discard.relation.value,
        "companions": [_companion_json(companion) for companion in discard.companions],
    }
    if discard.verified_against is not None:
        document["verified_against"] = discard.verified_against
    if discard.worth_keeping:
        worth = discard.worth_keeping
        document["worth_keeping"] = {
            "rating": worth.rating,
            "keywords": list(worth.keywords),
            "latitude": worth.latitude,
            "longitude": worth.longitude,
            "captured_at": worth.captured_at,
        }
    return document


def _companion_json(companion: Companion) -> dict[str, Any]:
    document = _record_json(companion.file)
    if companion.same_as is not None:
        document["same_as"] = path_json(companion.same_as)
    return document


def _record_json(record: FileRecord) -> dict[str, Any]:
    return {
        **path_json(record.path),
        "size_bytes": record.size_bytes,
        "mtime_ns": record.mtime_ns,
        "sha256": record.sha256,
    }


def _parse_group(document: dict[str, Any]) -> PlanGroup:
    return PlanGroup(
        keeper=_parse_record(document["keeper"]),
        reason=str(document["reason"]),
        discards=tuple(_parse_discard(discard) for discard in document["discard"]),
    )


def _parse_discard(document: dict[str, Any]) -> Discard:
    worth = document.get("worth_keeping")
    return Discard(
        file=_parse_record(document),
        relation=Relation(document["relation"]),
        companions=tuple(_parse_companion(c) for c in document["companions"]),
        verified_against=document.get("verified_against"),
        worth_keeping=NOTHING if worth is None else _parse_worth(worth),
    )


def _parse_companion(document: dict[str, Any]) -> Companion:
    same_as = document.get("same_as")
    return Companion(_parse_record(document), None if same_as is None else _parse_path(same_as))


def _parse_worth(document: dict[str, Any]) -> WorthKeeping:
    return WorthKeeping(
        rating=None if document["rating"] is None else int(document["rating"]),
        keywords=tuple(str(word) for word in document["keywords"]),
        latitude=_parse_degrees(document["latitude"]),
        longitude=_parse_degrees(document["longitude"]),
        captured_at=None if document["captured_at"] is None else str(document["captured_at"]),
    )


def _parse_degrees(value: Any) -> float | None:
    return None if value is None else float(value)


def _parse_record(document: dict[str, Any]) -> FileRecord:
    return FileRecord(
        path=_parse_path(document),
        size_bytes=int(document["size_bytes"]),
        mtime_ns=int(document["mtime_ns"]),
        sha256=str(document["sha256"]),
    )


def _parse_path(document: dict[str, Any]) -> Path:
    path = Path(document["path"])
    encoded = document.get("path_base64")
    if encoded is not None and os.fsencode(path) != base64.b64decode(encoded):
        raise PlanRefused(f"{path}: path and path_base64 disagree")
    return path
