"""Which photos must be read, as far as a glance tells: those that may share a scene with another.

Near embeddings alone would name nearly every photo of a library of one kind. So pairs that are
near are looked at through the keypoints of their small previews.
"""

import concurrent.futures
import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photodedup.core.align import find_agreement
from photodedup.core.background import Background
from photodedup.core.crowd import Crowd, agreeing_keypoints
from photodedup.core.index import ExactIndex
from photodedup.core.job import JobControl, Stage
from photodedup.core.keypoints import GLANCE, Keypoints, detect
from photodedup.core.pairs import (
    Candidates,
    exact_cosines,
    pairs_with_rows,
    propose_pairs,
    symmetric_candidates,
)

# Measured on thumbnails of 160 pixels: of 215 crops made by others every one agrees in 11 places or
# more. With 4 places twice as many photos of goods for sale are read in vain, with 8 one crop in
# 200 is lost.
HINT_PLACES = 6
FEW_KEYPOINTS = 20  # in either photo: too few to say that they share none
PATIENCE = 30  # nearest that are looked at; with 10 three crops in 100 are lost among look-alikes
KEPT_LOOKS = 20_000  # of 20 KB
CHUNK_ROWS = 128
MOSTLY = 0.5  # share of rows that are new; from there on all are compared with all

LoadPreview = Callable[[bytes], npt.NDArray[np.uint8] | None]
"""A digest to its preview, (H, W) uint8; None if there is none any more."""


@dataclass(frozen=True, slots=True)
class Sights:
    """What a quick scan knows, a row each: distinct digests, (N, D) unit embeddings.

    is_glance: (N,) bool, at a file that was not read; the others are photos. is_new: (N,) bool,
    not compared with the others yet.
    """

    digests: Sequence[bytes]
    embeddings: npt.NDArray[np.float32]
    is_glance: npt.NDArray[np.bool_]
    is_new: npt.NDArray[np.bool_]


class GlanceMatcher:
    """Finds the glances that may share a scene with another, or with a photo.

    background, cosine: which pairs a full scan verifies; see background.py. load_preview: called by
    so many threads.
    """

    def __init__(
        self,
        background: Background,
        cosine: float,
        load_preview: LoadPreview,
        threads: int,
        control: JobControl,
    ) -> None:
        self._background = background
        self._cosine = cosine
        self._looks = _Looks(load_preview)
        self._threads = threads
        self._control = control

    def alike(self, sights: Sights) -> list[int]:
        """The rows of glances that may share a scene with another row, rising.

        Only pairs with a new row are looked at. Counts rows on control, in two stages.
        """
        candidates = self._near(sights)
        asking = [
            row for row in np.flatnonzero(sights.is_glance).tolist() if candidates.has_any(row)
        ]
        self._control.begin(Stage.VERIFY, len(asking))
        alike: set[int] = set()

        def first_alike(row: int) -> int | None:
            if row in alike:
                return None
            others = [other for other, _ in itertools.islice(candidates.of(row), PATIENCE)]
            place = self._looks.first_alike(
                sights.digests[row], [sights.digests[other] for other in others]
            )
            return None if place is None else others[place]

        with concurrent.futures.ThreadPoolExecutor(self._threads) as pool:
            for start in range(0, len(asking), CHUNK_ROWS):
                chunk = asking[start : start + CHUNK_ROWS]
                for row, other in zip(chunk, pool.map(first_alike, chunk), strict=True):
                    if other is not None:
                        alike |= {row, other}
                self._control.advance(len(chunk))
        return sorted(row for row in alike if sights.is_glance[row])

    def _near(self, sights: Sights) -> Candidates:
        new = np.flatnonzero(sights.is_new)
        embeddings = sights.embeddings
        handicaps = self._background.handicaps(embeddings)
        if len(new) > MOSTLY * len(embeddings):
            self._control.begin(Stage.INDEX, len(embeddings))
            index = ExactIndex(embeddings)
            return propose_pairs(index, embeddings, handicaps, self._cosine, self._control)
        self._control.begin(Stage.INDEX, len(new))
        pairs = pairs_with_rows(new, embeddings, handicaps, self._cosine, self._control)
        return symmetric_candidates(*pairs, exact_cosines(embeddings, *pairs), len(embeddings))


class _Looks:
    """The few strongest keypoints of previews, kept; any thread may ask."""

    def __init__(self, load_preview: LoadPreview) -> None:
        self._load_preview = load_preview
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, _Look | None] = OrderedDict()

    def first_alike(self, digest: bytes, others: Sequence[bytes]) -> int | None:
        """The place of the first of others that may show what digest's preview shows.

        Where a preview is gone, or has few keypoints, it may.
        """
        own = self._look(digest)
        if own is None or len(own.keypoints) < FEW_KEYPOINTS:
            return 0 if others else None
        looks = [self._look(other) for other in others]
        clear = [look.keypoints for look in looks if look]
        counts = iter(agreeing_keypoints([Crowd(own.keypoints, own.size, clear)]).tolist())
        for place, look in enumerate(looks):
            if look is None or (next(counts) >= HINT_PLACES and _agree(own, look)):
                return place
            if len(look.keypoints) < FEW_KEYPOINTS:
                return place
        return None

    def _look(self, digest: bytes) -> "_Look | None":
        with self._lock:
            if digest in self._kept:
                self._kept.move_to_end(digest)
                return self._kept[digest]
        gray = self._load_preview(digest)
        look = None if gray is None else _Look(detect(gray, GLANCE), (gray.shape[1], gray.shape[0]))
        with self._lock:
            self._kept[digest] = look
            if len(self._kept) > KEPT_LOOKS:
                self._kept.popitem(last=False)
        return look


@dataclass(frozen=True, slots=True)
class _Look:
    """size: width and height of the preview in pixels."""

    keypoints: Keypoints
    size: tuple[int, int]


def _agree(a: _Look, b: _Look) -> bool:
    return find_agreement(a.keypoints, b.keypoints, a.size).places() >= HINT_PLACES
