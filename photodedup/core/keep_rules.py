"""Which photo of a group stays: an ordered list of criteria, ties passed on, every choice in words.

Every criterion gives each photo a rank that does not depend on the other photos, so the order is
total, transitive and the same whatever the order of the files. Near ties are made by rounding
ranks to steps for the same reason: a plain tolerance would let a ~ b ~ c and still a < c.
"""

import enum
import itertools
import math
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from photodedup.core.places import FolderMatcher
from photodedup.core.records import Photo


class Criterion(enum.Enum):
    """One reason to prefer a photo; the value is its name in settings."""

    UNDAMAGED = "undamaged"
    PROTECTED = "protected"
    PREFERRED_FOLDER = "preferred_folder"
    CAMERA_ORIGINAL = "camera_original"  # RAW, then a camera's own file, then re-saves
    PIXELS = "pixels"
    COMPRESSION = "compression"
    METADATA = "metadata"
    SHARPNESS = "sharpness"
    OLDER = "older"
    NEWER = "newer"
    NAME = "name"  # without "copy" or "(1)"
    SHORTER_PATH = "shorter_path"


DEFAULT_CRITERIA = (
    Criterion.UNDAMAGED,  # before protected: a protected photo stays anyway, a whole copy must too
    Criterion.PROTECTED,
    Criterion.PREFERRED_FOLDER,
    Criterion.CAMERA_ORIGINAL,
    Criterion.PIXELS,
    Criterion.COMPRESSION,
    Criterion.METADATA,
    Criterion.OLDER,
    Criterion.NAME,
    Criterion.SHORTER_PATH,
)


BY_HAND = "chosen by hand"
"""The reason of a keeper that the rules would not choose."""


@dataclass(frozen=True, slots=True)
class KeepRules:
    """What decides which photo stays, most important first.

    protected: folders whose photos are never discarded. preferred: folders whose photos stay
    first, the most preferred first. near_tie: pixels and sharpness count in steps of this share
    (0.02: 2 %), so that a few pixels do not outweigh a better compression.
    """

    criteria: tuple[Criterion, ...] = DEFAULT_CRITERIA
    protected: tuple[Path, ...] = ()
    preferred: tuple[Path, ...] = ()
    near_tie: float = 0.02


Rank = tuple[float, ...]
"""Smaller stays first."""

RankBy = Callable[[Photo], Rank]
SortKey = Callable[[Photo], tuple[float | bytes, ...]]

COARSE_CRITERIA = frozenset(  # by which most photos of a library tie
    {
        Criterion.UNDAMAGED,
        Criterion.PROTECTED,
        Criterion.PREFERRED_FOLDER,
        Criterion.CAMERA_ORIGINAL,
        Criterion.PIXELS,
        Criterion.COMPRESSION,
        Criterion.METADATA,
    }
)
PATH_CRITERIA = frozenset({Criterion.NAME, Criterion.SHORTER_PATH})


def keep_order(photos: Iterable[Photo], rules: KeepRules) -> list[Photo]:
    """Sort photos, the best keeper first; the last tie is broken by the bytes of the path."""
    return _sorted_by(photos, *Ranker(rules).levels())


def _sorted_by(photos: Iterable[Photo], key: SortKey, *finer: SortKey) -> list[Photo]:
    """Sort photos by a key, and those that are equal by it by the finer ones."""
    if not finer:
        return sorted(photos, key=key)
    equal: dict[tuple[float | bytes, ...], list[Photo]] = defaultdict(list)
    for photo in photos:
        equal[key(photo)].append(photo)
    ordered = []
    for _, same in sorted(equal.items()):
        ordered += same if len(same) == 1 else _sorted_by(same, *finer)
    return ordered


def best_of_each(groups: Iterable[Sequence[Photo]], rules: KeepRules) -> Iterator[Photo]:
    """The best keeper of each of many groups; looks at the disk's folders once."""
    ranker = Ranker(rules)
    for photos in groups:
        yield min(photos, key=ranker.key)


def keep_criteria(
    keeper: Photo, others: Sequence[Photo], rules: KeepRules
) -> tuple[Criterion, ...]:
    """Which criteria put keeper before the others; each other counts where it first falls behind.

    Empty when all tie (the path decided) or when keeper is not the one the rules prefer.
    """
    ranker = Ranker(rules)
    own, rivals = ranker.ranks(keeper), [ranker.ranks(other) for other in others]
    deciding = []
    for number, criterion in enumerate(rules.criteria):
        if any(rival[number] > own[number] for rival in rivals):
            deciding.append(criterion)
        rivals = [rival for rival in rivals if rival[number] == own[number]]
    return tuple(deciding)


def keep_reason(
    keeper: Photo, others: Sequence[Photo], rules: KeepRules, ranker: "Ranker | None" = None
) -> str:
    """Say in plain English why keeper stays: "larger, original camera file".

    ranker: of these rules; for many groups at one moment make it once.
    """
    ranker = ranker or Ranker(rules)
    deciding, rivals = [], list(others)
    for number, criterion in enumerate(rules.criteria):
        if not rivals:
            break
        own, equal, is_worse = ranker.rank(number, keeper), [], False
        for rival in rivals:
            rank = ranker.rank(number, rival)
            if rank == own:
                equal.append(rival)
            elif rank < own:
                return BY_HAND
            else:
                is_worse = True
        if is_worse:
            deciding.append(criterion)
        rivals = equal
    if any(os.fsencode(rival.path) < os.fsencode(keeper.path) for rival in rivals):
        return BY_HAND
    phrases = [_phrase(criterion, keeper) for criterion in deciding]
    return ", ".join(phrases) or "equal in every way, first by name"


def is_protected(path: Path, protected: Sequence[Path]) -> bool:
    """Whether path lies in one of the folders, as written or once links and mounts are resolved.

    Looks at the disk each time. For many paths at one moment use FolderMatcher.
    """
    return FolderMatcher(protected).index_of(path) is not None


class Ranker:
    """Ranks photos for one pass; knows the folders it has met."""

    def __init__(self, rules: KeepRules) -> None:
        self._protected = FolderMatcher(rules.protected)
        self._preferred = FolderMatcher(rules.preferred)
        self._step = math.log1p(rules.near_tie) if rules.near_tie > 0 else 0.0
        self._contents: dict[tuple[int, float], Rank] = {}  # photos of one camera have one size
        table: dict[Criterion, RankBy] = {
            Criterion.UNDAMAGED: lambda photo: (photo.damaged,),
            Criterion.PROTECTED: self._protected_rank if rules.protected else _no_rank,
            Criterion.PREFERRED_FOLDER: self._preferred_rank if rules.preferred else _no_rank,
            Criterion.CAMERA_ORIGINAL: lambda photo: (_distance_from_camera(photo),),
            Criterion.PIXELS: self._content_rank,
            Criterion.COMPRESSION: lambda photo: (-(_quality(photo) // QUALITY_STEP),),
            Criterion.METADATA: lambda photo: (-_metadata_worth(photo),),
            Criterion.SHARPNESS: lambda photo: (-self._stepped(photo.sharpness),),
            Criterion.OLDER: _dates,
            Criterion.NEWER: lambda photo: tuple(-date for date in _dates(photo)),
            Criterion.NAME: lambda photo: (_is_named_as_copy(photo.path),),
            Criterion.SHORTER_PATH: lambda photo: (len(os.fsencode(photo.path)),),
        }
        self._criteria = rules.criteria
        self._rank_by = [table[criterion] for criterion in rules.criteria]
        self._row_of = _in_one_row(self._rank_by)

    def ranks(self, photo: Photo) -> tuple[Rank, ...]:
        """One rank for each criterion of the rules, in their order."""
        return tuple([rank(photo) for rank in self._rank_by])

    def rank(self, number: int, photo: Photo) -> Rank:
        """The rank by the criterion of this number alone."""
        return self._rank_by[number](photo)

    def key(self, photo: Photo) -> tuple[float | bytes, ...]:
        """What to sort by: the ranks in one row, which compare many times as fast, and the path."""
        return (*self._row_of(photo), os.fsencode(photo.path))

    def levels(self) -> tuple[SortKey, SortKey, SortKey]:
        """Keys that together sort as key does, each to be asked only where those before tie.

        Most photos need neither the last, which takes as long as the others, nor long keys.
        """
        fine = _leading(self._criteria, COARSE_CRITERIA)
        last = fine + _leading(self._criteria[fine:], frozenset(Criterion) - PATH_CRITERIA)
        by_path = _in_one_row(self._rank_by[last:])
        return (
            _in_one_row(self._rank_by[:fine]),
            _in_one_row(self._rank_by[fine:last]),
            lambda photo: (*by_path(photo), os.fsencode(photo.path)),
        )

    def _protected_rank(self, photo: Photo) -> Rank:
        return (self._protected.index_of(photo.path) is None,)

    def _preferred_rank(self, photo: Photo) -> Rank:
        found = self._preferred.index_of(photo.path)
        return (math.inf if found is None else float(found),)

    def _content_rank(self, photo: Photo) -> Rank:
        """Pixels of the picture itself, then the less framed: bars and borders add pixels only."""
        seen = photo.pixels, photo.border_share
        rank = self._contents.get(seen)
        if rank is None:
            content = -self._stepped(photo.pixels * (1 - photo.border_share))
            rank = self._contents[seen] = (content, round(photo.border_share, 2))
        return rank

    def _stepped(self, figure: float) -> float:
        if figure <= 0:
            return -math.inf
        return float(math.floor(math.log(figure) / self._step)) if self._step else figure


def _no_rank(_photo: Photo) -> Rank:
    return ()


def _in_one_row(ranks: Sequence[RankBy]) -> Callable[[Photo], tuple[float, ...]]:
    """Several ranks as one."""

    def flat(photo: Photo) -> tuple[float, ...]:
        row: list[float] = []
        for rank in ranks:
            row += rank(photo)
        return tuple(row)

    return flat


def _leading(criteria: Sequence[Criterion], among: frozenset[Criterion]) -> int:
    """How many of the criteria, from the first on, are among these."""
    return sum(1 for _ in itertools.takewhile(among.__contains__, criteria))


CAMERA_FORMATS = frozenset({"JPEG", "MPO", "HEIF", "HEIC", "AVIF", "TIFF"})
LOSSLESS_FORMATS = frozenset({"PNG", "TIFF", "BMP", "PPM", "TGA"})
EDITORS = re.compile(
    r"adobe|photoshop|lightroom|gimp|darktable|rawtherapee|capture one|affinity|picasa|snapseed"
    r"|magick|paint|digikam|pixelmator|luminar|dxo|windows photo|irfanview|xnview|faststone"
    r"|photoscape|instagram|whatsapp|facebook|vsco|canva|pillow|ffmpeg|gwenview|shotwell|krita|acdsee",
    re.IGNORECASE,
)


def _distance_from_camera(photo: Photo) -> int:
    """0 for a RAW, 1 for a file as a camera writes it, 2 for what was saved by something else."""
    metadata = photo.metadata
    if metadata.is_raw:
        return 0
    by_camera = metadata.camera is not None and photo.format.upper() in CAMERA_FORMATS
    edited = metadata.software is not None and EDITORS.search(metadata.software) is not None
    return 1 if by_camera and not edited else 2


QUALITY_STEP = 5  # JPEG quality points that count as equal: the estimate is no finer


def _quality(photo: Photo) -> int:
    """JPEG quality, 1 to 100, or what comes near it for other formats; above 100: lossless.

    Without quantisation tables it is guessed from the bits per pixel: about 75 at one bit for
    JPEG, 13 more for each doubling; the newer codecs need about half the bits.
    """
    if photo.metadata.is_raw or photo.format.upper() in LOSSLESS_FORMATS:
        return 101 + QUALITY_STEP
    if photo.metadata.jpeg_quality is not None:
        return photo.metadata.jpeg_quality
    if photo.format.upper() == "GIF":
        return 30  # 256 colours
    bits = 8 * photo.file.size_bytes / max(photo.pixels, 1)
    if photo.format.upper() not in {"JPEG", "MPO"}:
        bits *= 2
    return max(1, min(100, round(75 + 13 * math.log2(max(bits, 1e-3)))))


def _metadata_worth(photo: Photo) -> int:
    """Points for what a person would miss: a position and a rating weigh more than all the rest."""
    metadata = photo.metadata
    has_position = metadata.latitude is not None and metadata.longitude is not None
    return (
        8 * has_position
        + 8 * bool(metadata.rating)
        + 4 * (metadata.captured_at is not None)
        + (metadata.camera is not None)
        + (metadata.lens is not None)
        + metadata.has_exif
    )


EPOCH_DAY = datetime(1970, 1, 1).toordinal()


def _dates(photo: Photo) -> Rank:
    """Capture date, or the file's own where there is none; then the file's own. Seconds.

    Whole seconds for the first (re-saves lose the fraction), pairs of seconds for the second
    (what FAT keeps), so that a copy on a memory stick still ties.
    """
    file_date = float(photo.file.mtime_ns // 2_000_000_000)
    try:
        captured = datetime.fromisoformat(photo.metadata.captured_at or "")
    except ValueError:
        return 2 * file_date, file_date
    # Camera clocks know no zone; any fixed one keeps the order of two copies of one exposure.
    minutes = 1440 * (captured.toordinal() - EPOCH_DAY) + 60 * captured.hour + captured.minute
    return float(60 * minutes + captured.second), file_date


COPY_NAME = re.compile(  # in lower case; that a word begins is asked after its letter: faster
    r"\(\d+\)|\[\d+\]|~\d+|コピー|副本"
    r"|c(?<=\bc)op(?:y|ie|ia)\b|k(?<=\bk)op(?:ie|ia|io)\b|d(?<=\bd)uplicate\b"
    r"|[- ](?:edited|edit|bearbeitet|resized|small|thumb|web)\b"
)


def _is_named_as_copy(path: Path) -> bool:
    # in the whole name: no extension looks like one, and pathlib is slow to take it off
    return COPY_NAME.search(path.name.replace("_", " ").lower()) is not None


PHRASES = {
    Criterion.UNDAMAGED: "undamaged",
    Criterion.PROTECTED: "in a protected folder",
    Criterion.PREFERRED_FOLDER: "in a preferred folder",
    Criterion.CAMERA_ORIGINAL: "original camera file",
    Criterion.PIXELS: "larger",
    Criterion.COMPRESSION: "less compressed",
    Criterion.METADATA: "richer metadata",
    Criterion.SHARPNESS: "sharper",
    Criterion.OLDER: "older",
    Criterion.NEWER: "newer",
    Criterion.NAME: "not named as a copy",
    Criterion.SHORTER_PATH: "shorter path",
}


def _phrase(criterion: Criterion, keeper: Photo) -> str:
    if criterion is Criterion.CAMERA_ORIGINAL and keeper.metadata.is_raw:
        return "camera raw file"
    return PHRASES[criterion]
