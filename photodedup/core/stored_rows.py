"""Records to rows of cache.db, and back."""

import dataclasses
import json
import os
from collections.abc import Sequence
from typing import Any

from photodedup.core.records import (
    Edit,
    Evidence,
    Metadata,
    Photo,
    PhotoFile,
    Relation,
    Verification,
)

PHOTO_COLUMNS = (  # as photo_from_row
    "digest, pixel_digest, format, width, height, damage, sharpness, border_share, metadata"
)
VERIFICATION_COLUMNS = "relation, probability, similarity, detail"  # as verification_from_row
Row = Sequence[Any]


def file_identity(file: PhotoFile) -> tuple[bytes, int, int]:
    """What must be unchanged for a cached photo to hold; names need not be UTF-8."""
    return os.fsencode(file.path), file.size_bytes, file.mtime_ns


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
    """The photo in PHOTO_COLUMNS, as found under file, and its damage."""
    digest, pixel_digest, format_name, width, height, damage, sharpness, border_share, metadata = (
        row
    )
    photo = Photo(
        file=file,
        digest=digest,
        pixel_digest=pixel_digest,
        format=format_name,
        width=width,
        height=height,
        damaged=damage is not None,
        sharpness=sharpness,
        metadata=Metadata(**json.loads(metadata)),
        border_share=border_share,
    )
    return photo, damage


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
    """The verification in VERIFICATION_COLUMNS."""
    relation, probability, similarity, detail_json = row
    detail = json.loads(detail_json)
    return Verification(
        relation=None if relation is None else Relation(relation),
        probability=probability,
        similarity=similarity,
        edit=Edit(**detail["edit"]),
        differs=tuple((x, y, w, h) for x, y, w, h in detail["differs"]),
        evidence=Evidence(**detail["evidence"]),
    )


def _to_json(record: Any) -> str:
    return json.dumps(_changed_fields(record), separators=(",", ":"))


def _changed_fields(record: Any) -> dict[str, Any]:
    """The fields that are not at their default: most rows hold few."""
    return {
        field.name: value
        for field in dataclasses.fields(record)
        if (value := getattr(record, field.name)) != field.default
    }
