"""Records to rows of cache.db, and back."""

import dataclasses
import functools
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

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

Row = Sequence[Any]
Read = TypeVar("Read")

_Path = Annotated[bytes, msgspec.Meta(min_length=1)]
_Digest = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
_Count = Annotated[int, msgspec.Meta(ge=0)]
_Time = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]  # SQLite's whole numbers
_Number = Annotated[float, msgspec.Meta(ge=-(2.0**63), lt=2.0**63)]


class _FileRow(msgspec.Struct, array_like=True, frozen=True):
    path: _Path
    size_bytes: _Count
    mtime_ns: _Time


class PhotoRow(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One row of the table photos: its columns, in their order."""

    path: _Path
    size_bytes: _Count
    mtime_ns: _Time
    digest: _Digest
    pixel_digest: _Digest
    format: str
    width: _Count
    height: _Count
    damage: str | None
    sharpness: _Number
    border_share: _Number
    metadata: str


PHOTO_COLUMNS = ", ".join(PhotoRow.__struct_fields__)


class _ProblemRow(msgspec.Struct, array_like=True, frozen=True):
    code: ProblemCode
    reason: str


class VerificationRow(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One row of the table verifications: its columns, in their order, without the verifier.

    detail: "" for what is not alike, as nearly all are.
    """

    keeper: bytes
    other: bytes
    relation: Relation | None
    probability: _Number
    similarity: _Number
    detail: str


VERIFICATION_COLUMNS = (
    "keeper, other, relation, probability, similarity, "
    "CASE WHEN relation IS NULL THEN '' ELSE detail END"
)


class _Detail(msgspec.Struct, frozen=True):
    edit: Edit
    evidence: Evidence
    differs: tuple[tuple[_Number, _Number, _Number, _Number], ...]


class RowDamaged(ValueError):
    """A row that this program did not write so: the disk, or another program, changed it."""


def file_identity(file: PhotoFile) -> tuple[bytes, int, int]:
    """What must be unchanged for a cached photo to hold; names need not be UTF-8."""
    return os.fsencode(file.path), file.size_bytes, _stored_time(file.mtime_ns)


def is_row_of(row: PhotoRow, file: PhotoFile) -> bool:
    """Whether a row of this file's path is of the file as it is now."""
    return row.size_bytes == file.size_bytes and row.mtime_ns == _stored_time(file.mtime_ns)


def _stored_time(mtime_ns: int) -> int:
    """SQLite's numbers have 64 bits, which the times of files after the year 2262 overflow."""
    return mtime_ns if -(2**63) <= mtime_ns < 2**63 else (mtime_ns + 2**63) % 2**64 - 2**63


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
        msgspec.json.encode(photo.metadata).decode(),
    )


def photo_rows(rows: Sequence[Row]) -> list[PhotoRow]:
    """Rows of PHOTO_COLUMNS. Raises RowDamaged."""
    return _read(rows, list[PhotoRow])


def photo_from_row(file: PhotoFile, row: PhotoRow) -> tuple[Photo, str | None]:
    """The photo of a row, as found under file, and its damage. Raises RowDamaged."""
    photo = Photo(
        file,
        row.digest,
        row.pixel_digest,
        row.format,
        row.width,
        row.height,
        row.damage is not None,
        row.sharpness,
        _parse(row.metadata, _METADATA),
        row.border_share,
    )
    return photo, row.damage


def listed_photo_from_row(row: PhotoRow) -> Photo:
    """The photo of a row under the path it has there; see listed_file_from_row."""
    file = _listed_file(row.path, row.size_bytes, row.mtime_ns)
    return photo_from_row(file, row)[0]


def listed_file_from_row(row: Row) -> PhotoFile:
    """The file in path, size_bytes and mtime_ns. Raises RowDamaged.

    The device and inode of a file that was not just found are unknown.
    """
    read = _read(row[:3], _FileRow)
    return _listed_file(read.path, read.size_bytes, read.mtime_ns)


def _listed_file(path: bytes, size_bytes: int, mtime_ns: int) -> PhotoFile:
    return PhotoFile(Path(os.fsdecode(path)), size_bytes, mtime_ns, 0, 0)


def problem_from_row(path: Path, row: Row) -> Problem:
    """The problem in code and reason. Raises RowDamaged."""
    read = _read(row, _ProblemRow)
    return Problem(path, read.code, read.reason)


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


def verification_rows(rows: Sequence[Row]) -> list[VerificationRow]:
    """Rows of VERIFICATION_COLUMNS. Raises RowDamaged."""
    return _read(rows, list[VerificationRow])


def verification_from_row(row: VerificationRow) -> Verification:
    """The verification of a row; of what is not alike without the evidence. Raises RowDamaged."""
    if row.relation is None:
        return Verification(None, row.probability, row.similarity, _NO_EDIT, (), _NO_EVIDENCE)
    detail = _parse(row.detail, _DETAIL)
    return Verification(
        row.relation, row.probability, row.similarity, detail.edit, detail.differs, detail.evidence
    )


_NO_EDIT, _NO_EVIDENCE = Edit(), Evidence()
_METADATA, _DETAIL = msgspec.json.Decoder(Metadata), msgspec.json.Decoder(_Detail)


def _read(row: Row, kind: type[Read]) -> Read:
    """A row with a value of the right type and range in each place. Raises RowDamaged."""
    try:
        return msgspec.convert(row, kind)
    except (msgspec.ValidationError, UnicodeEncodeError) as error:
        raise RowDamaged(f"a row makes no sense: {error}") from error


def _parse(text: str, decoder: "msgspec.json.Decoder[Read]") -> Read:
    """A record in JSON. Raises RowDamaged."""
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
        raise RowDamaged(f"JSON in a row makes no sense: {error}") from error


def _changed_fields(record: Any) -> dict[str, Any]:
    """The fields that are not at their default: most rows hold few, of Metadata too."""
    return {
        name: value
        for name, default in _defaults_of(record.__class__)
        if (value := getattr(record, name)) != default
    }


@functools.cache
def _defaults_of(kind: Any) -> tuple[tuple[str, object], ...]:
    return tuple((field.name, field.default) for field in dataclasses.fields(kind))
