"""The records that travel through the core: what each stage hands to the next.

Frozen dataclasses, but for the three of which a library has one a photo. Those are msgspec's frozen
structs: made in a fifth of the time, and Python's search for cycles of garbage passes them over.
Change one with msgspec.structs.replace.
"""

import enum
from dataclasses import dataclass, field
from pathlib import Path

import msgspec


class Relation(enum.Enum):
    """What one photo is to another, nearest first; the first four are duplicates."""

    IDENTICAL_FILE = "identical_file"  # the same bytes
    IDENTICAL_IMAGE = "identical_image"  # equal decoded pixels, other metadata or container
    RESAVED = "resaved"  # scaled, recompressed, other format
    EDITED = "edited"  # cropped, rotated, mirrored, toned, bordered, captioned
    SIMILAR_SHOT = "similar_shot"  # the same scene, another exposure

    @property
    def is_duplicate(self) -> bool:
        """Whether both files show one exposure."""
        return self is not Relation.SIMILAR_SHOT


class ProblemCode(enum.Enum):
    """Why a file or folder was not read as it should have been."""

    FOLDER_MISSING = "folder_missing"
    FOLDER_UNREADABLE = "folder_unreadable"
    FILE_UNREADABLE = "file_unreadable"  # no permission, I/O error, vanished
    EMPTY = "empty"  # zero bytes
    NOT_A_PHOTO = "not_a_photo"  # named like a photo, holds something else
    DAMAGED = "damaged"  # read as far as possible
    UNDECODABLE = "undecodable"  # a photo by its first bytes, but nothing could be read
    TOO_LARGE = "too_large"  # more pixels than the limit
    TIMED_OUT = "timed_out"  # the decoder did not come back in time
    DECODER_CRASHED = "decoder_crashed"
    UNSUPPORTED = "unsupported"  # a format that no installed library reads


@dataclass(frozen=True, slots=True)
class Problem:
    """One file or folder that was not read, or not wholly, and why.

    reason is plain English and complete without the path; it may come from a library.
    """

    path: Path
    code: ProblemCode
    reason: str


class PhotoFile(msgspec.Struct, frozen=True, gc=False):
    """A file that looks like a photo, as the scan found it: one stat, nothing opened.

    path is absolute, its links unresolved. device and inode tell two names of one file.
    """

    path: Path
    size_bytes: int
    mtime_ns: int
    device: int
    inode: int


class Metadata(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What a photo's file says about it; None where it says nothing.

    captured_at is local camera time, "YYYY-MM-DDTHH:MM:SS" and ".fff" where the file has
    sub-seconds. latitude and longitude are degrees, north and east positive. rating is 0 to 5.
    jpeg_quality is 1 to 100, estimated from the quantisation tables.
    """

    captured_at: str | None = None
    camera: str | None = None
    lens: str | None = None
    software: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    rating: int | None = None
    jpeg_quality: int | None = None
    has_exif: bool = False
    is_raw: bool = False
    is_animated: bool = False
    has_alpha: bool = False


class Photo(msgspec.Struct, frozen=True, gc=False):
    """One readable photo of the library, without its pixels.

    digest: 16 bytes, XXH3-128 of the whole file; keys embeddings, previews, pairs and decisions,
    so that they survive moves. pixel_digest: 16 bytes, of the upright reduced-scale pixels and
    the full size: equal for two files whose decoded pixels are equal.
    width, height: full size in pixels, upright (EXIF orientation applied).
    sharpness: variance of the Laplacian of the preview; comparable within a group only.
    border_share: share of the area that is border, bars or a caption's strip, 0 to 1.
    """

    file: PhotoFile
    digest: bytes
    pixel_digest: bytes
    format: str  # Pillow's name: "JPEG", "PNG", "HEIF"; RAW kinds by their own: "NEF", "DNG"
    width: int
    height: int
    damaged: bool
    sharpness: float
    metadata: Metadata
    border_share: float = 0.0

    @property
    def path(self) -> Path:
        """Where the photo lies."""
        return self.file.path

    @property
    def pixels(self) -> int:
        """Width times height."""
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class Edit:
    """What was done to the larger photo of a pair to get the other; None where unknown.

    scale: linear, other / larger, of the same detail (0.5: half size). kept_area: share of the
    larger photo that is still seen, 0 to 1. rotation_degrees: counter-clockwise, -180 to 180.
    tone: "gray", "sepia", "brighter", "darker", "contrast", "colour", "blurred", ...
    border: the other carries a border, bars or a frame that the larger lacks.
    """

    scale: float | None = None
    kept_area: float | None = None
    rotation_degrees: float | None = None
    mirrored: bool | None = None
    tone: str | None = None
    border: bool | None = None


Box = tuple[float, float, float, float]
"""x, y, width, height of a place, as fractions of the photo's width and height."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What verification measured on two previews; the basis of the probability.

    inliers: keypoint matches that agree with one homography (0: none was found).
    overlap: share of the smaller-footprint photo that the other covers, 0 to 1.
    low_blocks: share of textured blocks of the overlap with correlation below 0.5, 0 to 1.
    likeness: median block correlation, -1 to 1.
    displacement_px: median distance by which aligned blocks still lie beside one another, in
    pixels of the coarser preview: near 0 for copies, a pixel for another shot.
    method: "bytes", "pixels", "keypoints", "dense" (the fallback) or "none".
    """

    inliers: int = 0
    overlap: float = 0.0
    low_blocks: float = 1.0
    likeness: float = 0.0
    blocks: int = 0
    method: str = "none"
    displacement_px: float = 0.0


@dataclass(frozen=True, slots=True)
class Verification:
    """The verifier's word on two photos: relation None means not the same.

    probability: that both show one exposure, 0 to 1, calibrated (duplicates), or that both show
    one scene (similar_shot). differs: places where the aligned photos disagree, on photo a.
    """

    relation: Relation | None
    probability: float
    similarity: float  # cosine, -1 to 1
    edit: Edit = field(default_factory=Edit)
    differs: tuple[Box, ...] = ()
    evidence: Evidence = field(default_factory=Evidence)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two photos the index believes alike. a < b always, so a pair has one spelling."""

    a: int  # row in the embedding matrix
    b: int
    similarity: float  # cosine, -1 to 1


@dataclass(frozen=True, slots=True)
class Member:
    """One photo of a group with what it is to the keeper.

    For the keeper itself relation is None, similarity and probability are 1.0. For a photo that
    failed against a keeper chosen by hand relation is None and probability 0.
    preselected: marked for discarding by default.
    """

    photo: Photo
    relation: Relation | None
    similarity: float
    probability: float
    edit: Edit | None
    differs: tuple[Box, ...]
    preselected: bool

    @property
    def is_keeper(self) -> bool:
        """Whether it is the photo that stays."""
        return self.relation is None and not self.has_failed

    @property
    def has_failed(self) -> bool:
        """Whether it was not found alike a keeper that the user chose by hand; it stays too."""
        return self.relation is None and self.probability == 0.0


@dataclass(frozen=True, slots=True)
class Group:
    """A keeper and the photos verified against it; the keeper comes first in members.

    reason: why the keeper stays, in plain English ("larger, original camera file").
    """

    keeper: Photo
    reason: str
    members: tuple[Member, ...]

    @property
    def bytes_to_gain(self) -> int:
        """Bytes of all members but the keeper."""
        return sum(m.photo.file.size_bytes for m in self.members if m.relation is not None)


@dataclass(frozen=True, slots=True)
class ScanCounts:
    """Every found file is in exactly one of embedded, from_cache, skipped, glanced.

    glanced: of a quick scan, files that were not read because their previews are like no other.
    """

    found: int = 0
    embedded: int = 0
    from_cache: int = 0
    skipped: int = 0
    glanced: int = 0


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What a scan hands to the faces: groups, similar shots, problems and figures."""

    groups: tuple[Group, ...]
    similar: tuple[Group, ...]
    problems: tuple[Problem, ...]
    counts: ScanCounts
    seconds: dict[str, float]
    device: str
    model: str
    complete: bool


@dataclass(frozen=True, slots=True)
class Match:
    """A photo of the library and how like the query it is.

    similarity: cosine, -1 to 1; the query's own file is at 1. relation: towards the query, None
    where verification found none.
    """

    photo: Photo
    similarity: float
    relation: Relation | None


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The matches of one query, in falling similarity."""

    query: Path
    matches: tuple[Match, ...]
