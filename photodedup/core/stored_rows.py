"""Records to rows of cache.db, and back."""

import contextlib
import dataclasses
import functools
import json
import math
import os
import typing
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from photodedup.core.json_text import parse_json
from photodedup.core.records import (
    Edit,
    Evidence,
    Metadata,
    Photo,
    PhotoFile,
    Problem,
    ProblemCode,
    Relation,
    Verification,
)

PHOTO_COLUMNS = (  # as photo_from_row
    "digest, pixel_digest, format, width, height, damage, sharpness, border_share, metadata"
)
VERIFICATION_COLUMNS = "relation, probability, similarity, detail"  # as verification_from_row
DIGEST_BYTES = 16
Row = Sequence[Any]
Flat = TypeVar("Flat", Metadata, Edit, Evidence)


class RowDamaged(ValueError):
    """A row that this program did not write so: the disk, or another program, changed it."""


def file_identity(file: PhotoFile) -> tuple[bytes, int, int]:
    """What must be unchanged for a cached photo to hold; names need not be UTF-8.

    SQLite's numbers have 64 bits, which the times of files after the year 2262 overflow.
    """
    mtime_ns = (file.mtime_ns + 2**63) % 2**64 - 2**63
    return os.fsencode(file.path), file.size_bytes, mtime_ns


def photo_row(photo: Photo, damage: str | None) -> Row:
    """One row of the table photos."""
    return (
        *file_identity(photo.file),
        photo.digest,
        photo.pixel_digest,
        photo.format,
        photo.width,
        photo.height,
        damage,
        photo.sharpness,
        photo.border_share,
        _to_json(photo.metadata),
    )


def photo_from_row(file: PhotoFile, row: Row) -> tuple[Photo, str | None]:
    """The photo in PHOTO_COLUMNS, as found under file, and its damage. Raises RowDamaged."""
    try:  # a scan does this for every photo: _nonsense_refused would double what it takes
        digest, pixel_digest, kind, width, height, damage, sharpness, border_share, metadata = row
        photo = Photo(
            file=file,
            digest=_digest(digest),
            pixel_digest=_digest(pixel_digest),
            format=_text(kind),
            width=_count(width),
            height=_count(height),
            damaged=damage is not None,
            sharpness=_number(sharpness),
            metadata=_record(Metadata, parse_json(metadata)),
            border_share=_number(border_share),
        )
        return photo, None if damage is None else _text(damage)
    except (ValueError, TypeError, KeyError) as error:
        raise _nonsense("photos") from error


def listed_photo_from_row(row: Row) -> Photo:
    """The photo in path, size_bytes, mtime_ns and PHOTO_COLUMNS. Raises RowDamaged."""
    return photo_from_row(listed_file_from_row(row), row[3:])[0]


def listed_file_from_row(row: Row) -> PhotoFile:
    """The file in path, size_bytes and mtime_ns. Raises RowDamaged.

    The device and inode of a file that was not just found are unknown.
    """
    with _nonsense_refused("paths"):
        path, size_bytes, mtime_ns = row[:3]
        if not isinstance(path, bytes) or not path or not isinstance(mtime_ns, int):
            raise TypeError(row[:3])
        return PhotoFile(Path(os.fsdecode(path)), _count(size_bytes), mtime_ns, 0, 0)


def problem_from_row(path: Path, row: Row) -> Problem:
    """The problem in code and reason. Raises RowDamaged."""
    with _nonsense_refused("unreadable"):
        code, reason = row
        return Problem(path, ProblemCode(code), _text(reason))


def verification_row(verifier: str, keeper: bytes, other: bytes, found: Verification) -> Row:
    """One row of the table verifications."""
    detail = {
        "edit": _changed_fields(found.edit),
        "evidence": _changed_fields(found.evidence),
        "differs": found.differs,
    }
    relation = None if found.relation is None else found.relation.value
    return (
        verifier,
        keeper,
        other,
        relation,
        found.probability,
        found.similarity,
        json.dumps(detail, separators=(",", ":")),
    )


def verification_from_row(row: Row) -> Verification:
    """The verification in VERIFICATION_COLUMNS. Raises RowDamaged.

    Of a pair that is not alike, as nearly all are, the evidence is not read back.
    """
    with _nonsense_refused("verifications"):
        relation, probability, similarity, detail_json = row
        probability, similarity = _number(probability), _number(similarity)
        if relation is None:
            return Verification(None, probability, similarity, _NO_EDIT, (), _NO_EVIDENCE)
        detail = parse_json(detail_json)
        return Verification(
            relation=Relation(relation),
            probability=probability,
            similarity=similarity,
            edit=_record(Edit, detail["edit"]),
            differs=tuple(
                (_number(x), _number(y), _number(w), _number(h)) for x, y, w, h in detail["differs"]
            ),
            evidence=_record(Evidence, detail["evidence"]),
        )


_NO_EDIT, _NO_EVIDENCE = Edit(), Evidence()


def _to_json(record: Any) -> str:
    return json.dumps(_changed_fields(record), separators=(",", ":"))


def _changed_fields(record: Any) -> dict[str, Any]:
    """The fields that are not at their default: most rows hold few."""
    return {
        name: value
        for name, default in _defaults_of(record.__class__)
        if (value := getattr(record, name)) != default
    }


@functools.cache
def _defaults_of(kind: Any) -> tuple[tuple[str, object], ...]:
    return tuple((field.name, field.default) for field in dataclasses.fields(kind))


@contextlib.contextmanager
def _nonsense_refused(table: str) -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, KeyError) as error:
        raise _nonsense(table) from error


def _nonsense(table: str) -> RowDamaged:
    return RowDamaged(f"a row of {table} makes no sense")


def _digest(value: object) -> bytes:
    if not isinstance(value, bytes) or len(value) != DIGEST_BYTES:
        raise TypeError("no digest")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError("no count")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("no number")
    if not -(2**63) <= value < 2**63:  # so large are SQLite's whole numbers; false of inf and nan
        raise TypeError("no number")
    return value


def _record(kind: type[Flat], fields: object) -> Flat:
    """A record of flat values, each of its field's type."""
    if not isinstance(fields, dict):
        raise TypeError("no fields")
    record: Any = kind  # a class; mypy mixes its __hash__ up with that of its instances
    allowed = _types_of(record)
    for name, value in fields.items():
        if type(value) not in allowed[name] or (type(value) is float and not math.isfinite(value)):
            raise TypeError(f"{name}: {value!r}")
    return kind(**fields)


@functools.cache
def _types_of(kind: Any) -> dict[str, set[type]]:
    """What the fields of a record may hold; a whole number may stand for a float."""
    allowed = {}
    for name, hint in typing.get_type_hints(kind).items():
        allowed[name] = set(typing.get_args(hint) or (hint,))
        if float in allowed[name]:
            allowed[name].add(int)
    return allowed
