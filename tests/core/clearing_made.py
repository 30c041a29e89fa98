"""A library of small files to clear, the groups a scan of it would give, and what holds of it.

The files are not decodable photos but say so: STARTS ... ENDS. fake_decode believes a file that
begins and ends right, so that thousands of cases run in seconds; the scenarios use real photos.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from photodedup.core.digest import digest_file
from photodedup.core.errors import PhotoError
from photodedup.core.holding import HOLDING_NAME, JOURNAL_NAME, LOCK_NAME
from photodedup.core.job import JobControl
from photodedup.core.plan import Plan
from photodedup.core.planning import PlanRequest, make_plan
from photodedup.core.records import Edit, Group, Member, Metadata, Photo, PhotoFile, Relation

STARTS, ENDS = b"PHOTO ", b" END"
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


class FakePhoto:
    """What fake_decode gives."""

    damage: str | None = None


def fake_decode(path: Path, longest_px: int | None) -> FakePhoto:
    """Decode a file that begins and ends as write_photo makes it. Raises PhotoError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PhotoError(path, str(error)) from error
    if not (data.startswith(STARTS) and data.endswith(ENDS)):
        raise PhotoError(path, "not whole")
    return FakePhoto()


def write_photo(path: Path, content: str, mtime_s: int = 1_700_000_000) -> Path:
    """Write a file that fake_decode accepts, and every folder above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(STARTS + content.encode() + ENDS)
    os.utime(path, ns=(mtime_s * 10**9, mtime_s * 10**9 + 123_456_789))
    return path


def photo_of(path: Path, damaged: bool = False, metadata: Metadata | None = None) -> Photo:
    """What a scan would say of a file."""
    status = path.lstat()
    return Photo(
        file=PhotoFile(path, status.st_size, status.st_mtime_ns, status.st_dev, status.st_ino),
        digest=digest_file(path),
        pixel_digest=b"",
        format="JPEG",
        width=100,
        height=80,
        damaged=damaged,
        sharpness=1.0,
        metadata=metadata or Metadata(),
    )


def group_of(keeper: Photo, others: Sequence[tuple[Photo, Relation]]) -> Group:
    """A group as a scan gives it; edited ones and similar shots are not preselected."""
    safe = {Relation.IDENTICAL_FILE, Relation.IDENTICAL_IMAGE, Relation.RESAVED}
    members = [
        Member(photo, relation, 0.9, 0.99, Edit(), (), preselected=relation in safe)
        for photo, relation in others
    ]
    first = Member(keeper, None, 1.0, 1.0, None, (), preselected=False)
    return Group(keeper, "larger", (first, *members))


def quick_group(keeper: Path, *others: Path) -> Group:
    """A group of files on disk: the same bytes are identical files, the rest was saved again."""
    best = photo_of(keeper)
    found = [photo_of(other) for other in others]
    return group_of(
        best,
        [
            (p, Relation.IDENTICAL_FILE if p.digest == best.digest else Relation.RESAVED)
            for p in found
        ],
    )


def quick_plan(root: Path, *groups: Group, protected: Sequence[Path] = ()) -> Plan:
    """A plan of groups below one scanned folder."""
    request = PlanRequest(NOW.isoformat(), (root,), tuple(protected), "fake")
    return make_plan(groups, request, JobControl(), workers=2)


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as undo must bring it back."""

    sha256: str
    mtime_ns: int


def is_own_file(path: Path) -> bool:
    """Whether a file of a holding folder is the program's own."""
    own = {JOURNAL_NAME, LOCK_NAME, f"{JOURNAL_NAME}.new"}
    return path.parent.name == HOLDING_NAME and path.name in own


def files_below(root: Path) -> Iterator[Path]:
    """Every file and link below root, the holding folders' own ones left out."""
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder) / name
            if not is_own_file(path):
                yield path


def tree_of(root: Path) -> dict[Path, FileState]:
    """Every file below root that is not held, as it is now; links by where they lead."""
    return {
        path: FileState(sha256_of(path), path.lstat().st_mtime_ns)
        for path in files_below(root)
        if HOLDING_NAME not in path.parts
    }


def contents_of(*roots: Path) -> Counter[str]:
    """How often each content exists below the roots, held files included."""
    return Counter(sha256_of(path) for root in roots for path in files_below(root))


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, or of a link's target."""
    data = os.fsencode(os.readlink(path)) if path.is_symlink() else path.read_bytes()
    return hashlib.sha256(data).hexdigest()


def changes(before: Mapping[Path, FileState], after: Mapping[Path, FileState]) -> list[str]:
    """What differs between two trees, for a readable assertion."""
    return [
        f"{path}: {before.get(path)} -> {after.get(path)}"
        for path in sorted({*before, *after})
        if before.get(path) != after.get(path)
    ]
