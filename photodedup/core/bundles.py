"""Files that belong together: a RAW and its JPEG, a Live Photo and its video, sidecars.

They go or stay together. Which belong together is read from names within one folder, as cameras,
phones and photo services write them; only a Live Photo whose video is called otherwise is told by
the identifier inside both files. A file that several shots could claim stays where it is.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from photodedup.core.scan import PHOTO_EXTENSIONS, RAW_EXTENSIONS

MATE_EXTENSIONS = frozenset({".jpg", ".jpeg", ".jpe", ".heic", ".heif", ".hif"})
"""What a camera writes beside a RAW of the same shot."""

LIVE_PHOTO_EXTENSIONS = MATE_EXTENSIONS
VIDEO_EXTENSIONS = frozenset({".mov", ".mp4", ".m4v"})
SIDECAR_EXTENSIONS = frozenset({".xmp", ".aae", ".thm", ".pp3", ".dop"})
TAKEOUT_SUFFIX = ".supplemental-metadata"
TAKEOUT_STEM_LENGTH = 46  # a photo takeout cuts the name before ".json" to this many characters


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of one shot. photos: a RAW first; companions: videos and sidecars, by name."""

    photos: tuple[Path, ...]
    companions: tuple[Path, ...]


def same_bundle(a: Path, b: Path) -> bool:
    """Whether two photos are one shot as the camera wrote it: a RAW and its own JPEG or HEIF."""
    suffixes = a.suffix.lower(), b.suffix.lower()
    # asked of every member of every group, of which most are of one kind: so this comes first
    return (
        any(
            raw in RAW_EXTENSIONS and mate in MATE_EXTENSIONS
            for raw, mate in (suffixes, suffixes[::-1])
        )
        and a.parent == b.parent
        and a.stem.casefold() == b.stem.casefold()
    )


def is_unique_content(companion: Path) -> bool:
    """Whether a companion is worth something without its photo: a photo or a video itself."""
    return companion.suffix.lower() in PHOTO_EXTENSIONS | VIDEO_EXTENSIONS


def find_bundles(
    files: Iterable[Path], identifier_of: Callable[[Path], str | None] = lambda _: None
) -> list[Bundle]:
    """Sort the files of one or more folders into bundles; each photo is in exactly one.

    files: every file of each folder, not only photos. identifier_of reads a Live Photo's content
    identifier (read_content_identifier); it is asked only in folders with a video that no photo
    is named like. A file that belongs to no photo, or equally to several, is in no bundle.
    """
    folders: dict[Path, list[Path]] = defaultdict(list)
    for file in files:
        folders[file.parent].append(file)
    return [
        bundle
        for folder in sorted(folders)
        for bundle in _bundles_of_folder(sorted(folders[folder]), identifier_of)
    ]


def _bundles_of_folder(
    files: Sequence[Path], identifier_of: Callable[[Path], str | None]
) -> list[Bundle]:
    shots = _join_mates([file for file in files if file.suffix.lower() in PHOTO_EXTENSIONS])
    claims = _Claims(shots)
    companions: dict[int, list[Path]] = defaultdict(list)
    lonely_videos = []
    for file in files:
        if file.suffix.lower() in PHOTO_EXTENSIONS:
            continue
        owners = claims.on(file)
        if len(owners) == 1:
            companions[owners.pop()].append(file)
        elif not owners and file.suffix.lower() in VIDEO_EXTENSIONS:
            lonely_videos.append(file)
    for video, owner in _match_identifiers(lonely_videos, shots, identifier_of):
        companions[owner].append(video)
    return [Bundle(shot, tuple(sorted(companions[number]))) for number, shot in enumerate(shots)]


def _join_mates(photos: Sequence[Path]) -> list[tuple[Path, ...]]:
    """Put each RAW together with the JPEG or HEIF of its name; every other photo is alone."""
    by_stem: dict[str, list[Path]] = defaultdict(list)
    for photo in photos:
        by_stem[photo.stem.casefold()].append(photo)
    shots: list[tuple[Path, ...]] = []
    for alike in by_stem.values():
        raws = [photo for photo in alike if photo.suffix.lower() in RAW_EXTENSIONS]
        mates = [photo for photo in alike if photo.suffix.lower() in MATE_EXTENSIONS]
        joined = (*raws, *mates) if raws else ()
        if joined:
            shots.append(joined)
        shots += [(photo,) for photo in alike if photo not in joined]
    return shots


class _Claims:
    """Which shots of one folder a file beside them belongs to."""

    def __init__(self, shots: Sequence[tuple[Path, ...]]) -> None:
        self._shots = shots
        self._by_name: dict[str, set[int]] = defaultdict(set)
        self._by_stem: dict[str, set[int]] = defaultdict(set)
        self._by_cut_name: dict[str, set[int]] = defaultdict(set)
        for number, shot in enumerate(shots):
            for photo in shot:
                name = photo.name.casefold()
                self._by_name[name].add(number)
                self._by_stem[photo.stem.casefold()].add(number)
                self._by_cut_name[name[:TAKEOUT_STEM_LENGTH]].add(number)

    def on(self, file: Path) -> set[int]:
        """The numbers of the shots that claim file; empty if none does."""
        suffix = file.suffix.lower()
        if suffix == ".json":
            return self._takeout(file.stem.casefold())
        if suffix in VIDEO_EXTENSIONS:
            return self._live(file.stem.casefold())
        if suffix in SIDECAR_EXTENSIONS:
            return self._sidecar(file.stem.casefold(), is_aae=suffix == ".aae")
        return set()

    def _sidecar(self, stem: str, is_aae: bool) -> set[int]:
        """IMG.jpg.xmp belongs to IMG.jpg; IMG.xmp to the RAW of that name, or to any photo."""
        if stem in self._by_name:
            return set(self._by_name[stem])
        owners = set(self._by_stem.get(stem, ()))
        if not owners and is_aae:  # IMG_O0001.AAE holds the edits of IMG_0001
            owners = set(self._by_stem.get(re.sub(r"^(img_)o(?=\d)", r"\1", stem), ()))
        raws = {n for n in owners if self._shots[n][0].suffix.lower() in RAW_EXTENSIONS}
        return raws or owners

    def _live(self, stem: str) -> set[int]:
        return {
            number
            for number in self._by_stem.get(stem, ())
            if any(p.suffix.lower() in LIVE_PHOTO_EXTENSIONS for p in self._shots[number])
        }

    def _takeout(self, stem: str) -> set[int]:
        """IMG.jpg.json, IMG.jpg.supplemental-metadata.json, cut ones, and IMG.jpg(1).json."""
        numbered = re.fullmatch(r"(.*)(\(\d+\))", stem)
        names = [(stem, "")] + ([numbered.groups()] if numbered else [])
        for name, number in names:
            for full in self._photo_names(name):
                photo = Path(full)
                owners = self._by_name.get(f"{photo.stem}{number}{photo.suffix}")
                if owners:
                    return set(owners)
        if len(stem) == TAKEOUT_STEM_LENGTH:  # even the photo's own name was cut
            return set(self._by_cut_name.get(stem, ()))
        return set()

    @staticmethod
    def _photo_names(stem: str) -> Iterable[str]:
        """What the photo may be called: the stem, less any cut of the takeout's own suffix."""
        yield stem
        dot = stem.rfind(".")
        if dot > 0 and TAKEOUT_SUFFIX.startswith(stem[dot:]):
            yield stem[:dot]


def _match_identifiers(
    videos: Sequence[Path],
    shots: Sequence[tuple[Path, ...]],
    identifier_of: Callable[[Path], str | None],
) -> Iterable[tuple[Path, int]]:
    """Pair videos that are named like no photo with the one shot of the same identifier."""
    wanted: dict[str, list[Path]] = defaultdict(list)
    for video in videos:
        identifier = identifier_of(video)
        if identifier is not None:
            wanted[identifier].append(video)
    if not wanted:
        return
    owners: dict[str, set[int]] = defaultdict(set)
    for number, shot in enumerate(shots):
        for photo in shot:
            if photo.suffix.lower() in LIVE_PHOTO_EXTENSIONS:
                owners[identifier_of(photo) or ""].add(number)
    for identifier, alike in wanted.items():
        if len(owners[identifier]) == 1:
            owner = next(iter(owners[identifier]))
            yield from ((video, owner) for video in alike)


IDENTIFIER = re.compile(rb"[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}")
VIDEO_MARK = b"com.apple.quicktime.content.identifier"
PHOTO_MARK = b"Apple iOS\0"  # begins the maker note that holds the identifier
SEARCHED_BYTES = 1 << 20


def read_content_identifier(path: Path) -> str | None:
    """Read what a Live Photo's still and video share; None where there is none, or no access.

    Looked for in the first and last mebibyte: both files hold it in plain ASCII, the still in
    Apple's maker note (tag 17), the video in its metadata, which may stand at the end.
    """
    mark = VIDEO_MARK if path.suffix.lower() in VIDEO_EXTENSIONS else PHOTO_MARK
    try:
        with path.open("rb") as file:
            head = file.read(SEARCHED_BYTES)
            end = file.seek(0, 2)
            file.seek(max(len(head), end - SEARCHED_BYTES))
            data = head + file.read()
    except OSError:
        return None
    place = data.find(mark)
    found = IDENTIFIER.search(data, place) if place >= 0 else None
    return found[0].decode("ascii") if found else None
