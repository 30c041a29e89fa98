"""What folders have in common: pairs that share photos, and what of one is elsewhere too."""

import collections
import csv
import io
import itertools
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from photodedup.core.places import is_under
from photodedup.core.records import Group, Member, Photo, Relation

CSV_COLUMNS = ("path", "copy", "relation")


@dataclass(frozen=True, slots=True)
class FolderPair:
    """Of the photos that lie in first itself, how many have a copy in second.

    first is the folder of which the larger share is in the other. bytes: of those photos.
    """

    first: Path
    second: Path
    shared: int
    of: int
    bytes: int


def folder_pairs(groups: Iterable[Group], photos: Iterable[Photo]) -> list[FolderPair]:
    """Every two folders that share photos, those with the most shared photos first.

    groups: of duplicates. photos: all that were scanned; they say how many a folder has.
    """
    totals = collections.Counter(photo.path.parent for photo in photos)
    shared: dict[tuple[Path, Path], list[int]] = {}  # [of a, its bytes, of b, its bytes]
    for group in groups:
        here: dict[Path, list[int]] = {}
        for photo in _copies(group):
            figures = here.setdefault(photo.path.parent, [0, 0])
            figures[0] += 1
            figures[1] += photo.file.size_bytes
        for a, b in itertools.combinations(sorted(here), 2):
            sums = shared.setdefault((a, b), [0, 0, 0, 0])
            for place, figure in enumerate((*here[a], *here[b])):
                sums[place] += figure
    pairs = [_pair(a, b, sums, totals) for (a, b), sums in shared.items()]
    return sorted(pairs, key=lambda pair: (-pair.shared, -pair.shared / pair.of, pair.first))


def _pair(a: Path, b: Path, sums: list[int], totals: collections.Counter[Path]) -> FolderPair:
    of_a, bytes_a, of_b, bytes_b = sums
    all_a, all_b = max(totals[a], of_a), max(totals[b], of_b)
    if of_b / all_b > of_a / all_a:
        return FolderPair(b, a, of_b, all_b, bytes_b)
    return FolderPair(a, b, of_a, all_a, bytes_a)


@dataclass(frozen=True, slots=True)
class Coverage:
    """A photo of a folder and its copy elsewhere; copy and relation are None where there is none.

    relation: what one of the two is to the other. member: what can be marked so that the photo
    goes; None where it has no copy, or is the one of its group that stays.
    """

    photo: Photo
    copy: Photo | None = None
    relation: Relation | None = None
    member: Member | None = None


def coverage(groups: Iterable[Group], photos: Iterable[Photo], folder: Path) -> list[Coverage]:
    """Which photos below a folder are outside of it, too; by path.

    groups: of duplicates. photos: all that were scanned. By the letters of the paths alone.
    """
    own = {photo.path: photo for photo in photos if _is_below(photo, folder)}
    found: dict[Path, Coverage] = {}
    for group in groups:
        elsewhere = [member for member in group.members if not _is_below(member.photo, folder)]
        elsewhere = [member for member in elsewhere if not member.has_failed]
        if not elsewhere:
            continue
        best = elsewhere[0]  # the keeper, where that is elsewhere: it comes first
        for member in group.members:
            if member.photo.path in own and not member.has_failed:
                relation = best.relation if member.is_keeper else member.relation
                markable = None if member.is_keeper else member
                found[member.photo.path] = Coverage(member.photo, best.photo, relation, markable)
    return [found.get(path, Coverage(own[path])) for path in sorted(own, key=os.fsencode)]


def coverage_csv(rows: Iterable[Coverage]) -> str:
    """The rows as a table: path, copy, relation; the last two empty where there is none."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(CSV_COLUMNS)
    for row in rows:
        copy = "" if row.copy is None else _spell(row.copy.path)
        relation = "" if row.relation is None else row.relation.value
        writer.writerow([_spell(row.photo.path), copy, relation])
    return text.getvalue()


def _copies(group: Group) -> list[Photo]:
    return [member.photo for member in group.members if not member.has_failed]


def _is_below(photo: Photo, folder: Path) -> bool:
    return is_under(os.fsencode(photo.path), os.fsencode(folder))


def _spell(path: Path) -> str:
    """A path in a table: names that are not UTF-8 with signs for what cannot be written."""
    return os.fspath(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
