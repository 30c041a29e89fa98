"""What two photos' previews say about each other: laid over one another, and how alike so."""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photodedup.core.align import (
    MIN_INLIERS,
    Agreement,
    Alignment,
    Matrix,
    align,
    find_agreement,
    is_plausible,
    nearest_whole,
    overlap_shares,
)
from photodedup.core.dense import align_by_pixels
from photodedup.core.keypoints import COARSE, FINE, GLANCE, Detail, Keypoints, detect
from photodedup.core.likeness import NOTHING, BlockLikeness, compare_blocks
from photodedup.core.records import Evidence
from photodedup.core.refine import BLOCKS_PX, refine, refine_by_blocks
from photodedup.core.rough_look import rough_likeness
from photodedup.core.shared_view import share

PREVIEW_PX = 400
_FEW_KEYPOINTS = 30  # in either photo: too few to say that two photos share none
FEW_AT_A_GLANCE = 20
HINT = 4  # places that agree at a glance or coarsely: unrelated photos hardly reach it
_CLEAR_HINT = 8  # from so many on they are not doubted
_ROUGHLY_ALIKE = 0.8  # correlation of what is shared, where fewer keypoints agree; see rough_look
# Of crops to 8 % of the area and more 0.093 is the least. A quarter of the false hints between
# photos of like things (a word, a pattern) stay below.
_LEAST_SPREAD = 0.09
# Laid by keypoints and not refined yet, copies have at most 0.23 of their blocks unlike, displaced
# by 0.8 px at most (24 edits of 25 photos, 80 real crops), other shots of one scene mostly 0.5 and
# 1.4; refining those took most of the time in a library of bursts.
_MANY_LOW_BLOCKS = 0.45
_FAR_PX = 1.2
# Where nearly all blocks are alike, keypoints in one corner may have laid the others so far off.
_FEW_LOW_BLOCKS = 0.1
_FARTHEST_PX = 2.5
_EXACT_PX = 0.1  # displacement that is not worth refining
# So many places at a glance have 90 % of copies and 12 % of other shots: worth laying by these
_CLEAR_AT_A_GLANCE = 24  # alone, if no doubt is left then; else a coarse look takes 20 ms more.
_CLEAR_INLIERS = 16
_CLEAR_LOW_BLOCKS = 0.1
_CLEAR_PX = 0.2
_CLEAR_LIKENESS = 0.9
_CLEAR_BLOCKS = 30

Pixels = npt.NDArray[np.uint8]


class Description:
    """What verification needs of one photo, from its preview: found on first use, and kept.

    load_gray, load_colour: give gray and colour; they may raise PhotoError, and then so does
    everything here. Any thread may ask; two at once find the same twice. About 180 KB of pixels, up
    to 130 KB of keypoints.
    """

    def __init__(self, load_gray: Callable[[], Pixels], load_colour: Callable[[], Pixels]) -> None:
        self._load_gray = load_gray
        self._load_colour = load_colour
        self._gray: Pixels | None = None
        self._colour: Pixels | None = None
        self._size: tuple[int, int] | None = None
        self._keypoints: dict[Detail, Keypoints] = {}

    @property
    def gray(self) -> Pixels:
        """(h, w) uint8, the preview's luminance."""
        gray = self._gray
        if gray is None:
            gray = self._gray = self._load_gray()
            self._size = gray.shape[1], gray.shape[0]
        return gray

    @property
    def colour(self) -> Pixels:
        """(h', w', 3) uint8 RGB, half of gray's size; most photos are never asked for it."""
        colour = self._colour
        if colour is None:
            colour = self._colour = self._load_colour()
        return colour

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the preview in pixels."""
        size = self._size
        return (self.gray.shape[1], self.gray.shape[0]) if size is None else size

    def keypoints(self, detail: Detail) -> Keypoints:
        """Keypoints of the preview; most photos are only glanced at."""
        known = self._keypoints.get(detail)
        if known is None:
            known = self._keypoints[detail] = detect(self.gray, detail)
        return known

    def keep_glance(self, keypoints: Keypoints, size: tuple[int, int]) -> None:
        """Take what was found of the preview elsewhere: its keypoints at a glance, and its size."""
        self._keypoints[GLANCE] = keypoints
        self._size = size

    def shrink(self) -> None:
        """Let go of all that a glance does not need: 20 KB stay."""
        self._gray = self._colour = None
        self._keypoints = {GLANCE: self._keypoints[GLANCE]} if GLANCE in self._keypoints else {}


@dataclass(frozen=True, slots=True)
class Aligned:
    """Two photos laid over one another, and what was measured so.

    matrix: (3, 3), pixels of the second preview to pixels of the first.
    """

    matrix: Matrix
    evidence: Evidence


def describe(preview_rgb: Pixels) -> Description:
    """The description of a preview that is at hand; see Description."""
    return Description(lambda: gray_of(preview_rgb), lambda: half_of(preview_rgb))


def gray_of(preview_rgb: Pixels) -> Pixels:
    """(h, w) luminance of (h, w, 3) RGB, both uint8."""
    return np.asarray(cv2.cvtColor(preview_rgb, cv2.COLOR_RGB2GRAY), np.uint8)


def half_of(preview_rgb: Pixels) -> Pixels:
    """(h, w, 3) uint8 at half its size."""
    height, width = preview_rgb.shape[:2]
    half = (max(1, (width + 1) // 2), max(1, (height + 1) // 2))
    return np.asarray(cv2.resize(preview_rgb, half, interpolation=cv2.INTER_AREA), np.uint8)


def is_soft(first: Description, second: Description) -> bool:
    """Whether either photo has too few keypoints for a glance to tell anything: sky, fog, blur."""
    return _fewer_keypoints(first, second, GLANCE) < FEW_AT_A_GLANCE


def lay_over(first: Description, second: Description) -> Aligned | None:
    """Lay second over first, by keypoints or else by pixels; None where that fails."""
    if not is_soft(first, second):
        glance = _agreement(first, second, GLANCE)
        if not _is_hint(glance, first, second):  # most candidates end here
            return None
        clear = _lay_at_a_glance(first, second, glance)
        if clear is not None:  # as most copies
            return clear
    agreement = _agreement(first, second, COARSE)
    if len(agreement) < MIN_INLIERS and _is_hint(agreement, first, second):  # takes long
        agreement = max(agreement, _agreement(first, second, FINE), key=len)
    found = align(agreement)
    if found is not None:
        return _measure(first, second, found, "keypoints")
    if _fewer_keypoints(first, second, COARSE) >= _FEW_KEYPOINTS:
        return None
    found = align_by_pixels(first.gray, second.gray)
    return None if found is None else _measure(first, second, found, "dense")


def _lay_at_a_glance(first: Description, second: Description, glance: Agreement) -> Aligned | None:
    """Lay second over first by what a glance shows; None unless they are copies beyond doubt."""
    if len(glance) < _CLEAR_AT_A_GLANCE or glance.places() < _CLEAR_AT_A_GLANCE:
        return None
    found = align(glance)
    if found is None:
        return None
    whole = nearest_whole(found.matrix, first.size, second.size)
    if whole is None:
        laid = _measure(first, second, found, "keypoints")
    else:  # nothing can fit a copy better, so there is nothing to refine
        exact = Alignment(whole, found.inliers)
        blocks = _likeness(whole, first, second)
        laid = _aligned(first, second, exact, blocks, "keypoints")
    if laid is None:
        return None
    evidence = laid.evidence
    is_clear = (
        evidence.inliers >= _CLEAR_INLIERS
        and evidence.low_blocks <= _CLEAR_LOW_BLOCKS
        and evidence.likeness >= _CLEAR_LIKENESS
        and evidence.blocks >= _CLEAR_BLOCKS
        and evidence.displacement_px <= _CLEAR_PX
    )
    return laid if is_clear else None


def _is_hint(agreement: Agreement, first: Description, second: Description) -> bool:
    """Whether enough places agree, not in one corner of both: copies share half of one.

    A few may agree by chance; then what lies between them must be alike as well.
    """
    if len(agreement) < HINT or agreement.places() < HINT:
        return False
    spread = max(_spread(agreement.on_a, first.size), _spread(agreement.on_b, second.size))
    if spread < _LEAST_SPREAD:
        return False
    return (
        len(agreement) >= _CLEAR_HINT
        or rough_likeness(agreement, first.gray, second.gray) >= _ROUGHLY_ALIKE
    )


def _spread(points: npt.NDArray[np.float32], size: tuple[int, int]) -> float:
    """How far points lie from their middle, as a share of a picture's long side."""
    return float(np.sqrt(points.var(axis=0).sum())) / max(size)


def _fewer_keypoints(first: Description, second: Description, detail: Detail) -> int:
    return min(len(first.keypoints(detail)), len(second.keypoints(detail)))


def _agreement(first: Description, second: Description, detail: Detail) -> Agreement:
    return find_agreement(first.keypoints(detail), second.keypoints(detail), first.size)


def _measure(
    first: Description, second: Description, found: Alignment, method: str
) -> Aligned | None:
    matrix = found.matrix
    if not is_plausible(matrix, second.size):
        return None
    matrix, blocks = _fit_closely(matrix, method, first, second)
    return _aligned(first, second, Alignment(matrix, found.inliers), blocks, method)


def _aligned(
    first: Description, second: Description, found: Alignment, blocks: BlockLikeness, method: str
) -> Aligned:
    evidence = Evidence(
        inliers=found.inliers,
        overlap=max(overlap_shares(found.matrix, first.size, second.size)),
        low_blocks=blocks.low_blocks,
        likeness=blocks.likeness,
        blocks=blocks.blocks,
        method=method,
        displacement_px=blocks.displacement_px,
    )
    return Aligned(found.matrix, evidence)


def _fit_closely(
    matrix: Matrix, method: str, first: Description, second: Description
) -> tuple[Matrix, BlockLikeness]:
    """Refine the mapping, if the photos may be copies, as far as that helps."""
    blocks = _likeness(matrix, first, second)
    far_px = _FARTHEST_PX if blocks.low_blocks < _FEW_LOW_BLOCKS else _FAR_PX
    may_be_copy = blocks.low_blocks < _MANY_LOW_BLOCKS and (
        method == "dense" or blocks.displacement_px < far_px
    )
    if may_be_copy and blocks.displacement_px > _EXACT_PX:
        matrix, blocks = _improve(refine, matrix, blocks, first, second)
        if blocks.displacement_px > _EXACT_PX:
            by_blocks = functools.partial(refine_by_blocks, blocks=blocks.found)
            matrix, blocks = _improve(by_blocks, matrix, blocks, first, second)
    return matrix, blocks


def _improve(
    method: Callable[[Matrix, Pixels, Pixels], Matrix],
    matrix: Matrix,
    blocks: BlockLikeness,
    first: Description,
    second: Description,
) -> tuple[Matrix, BlockLikeness]:
    """Refine, and keep what helped: bars and stickers drag some refinements away."""
    refined = method(matrix, first.gray, second.gray)
    if not is_plausible(refined, second.size):
        return matrix, blocks
    better = _likeness(refined, first, second)
    return (refined, better) if _misfit(better) < _misfit(blocks) else (matrix, blocks)


def _likeness(matrix: Matrix, first: Description, second: Description) -> BlockLikeness:
    view = share(matrix, first.gray, second.gray, BLOCKS_PX)
    return NOTHING if view is None else compare_blocks(view)


def _misfit(blocks: BlockLikeness) -> float:
    return blocks.low_blocks + blocks.displacement_px
