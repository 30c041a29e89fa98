"""Candidate pair to relation, evidence and probability: geometry first, then aligned likeness."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from photodedup.core.align import Matrix, inverse, scale_matrix
from photodedup.core.calibration import Calibration
from photodedup.core.crowd import Crowd, agreeing_keypoints
from photodedup.core.differences import places_that_differ
from photodedup.core.edit_kind import is_jittered, is_whole, name_geometry, shows_more_each
from photodedup.core.errors import PhotoError
from photodedup.core.evidence import (
    FEW_AT_A_GLANCE,
    HINT,
    PREVIEW_PX,
    Aligned,
    Description,
    describe,
    is_soft,
    lay_over,
)
from photodedup.core.keypoints import GLANCE, Keypoints
from photodedup.core.pair_verifier import Look
from photodedup.core.records import Box, Edit, Evidence, Photo, Relation, Verification
from photodedup.core.shared_view import SharedView, share
from photodedup.core.tone import name_tone

__all__ = ["PREVIEW_PX", "VERIFIER_VERSION", "Description", "Verifier", "describe", "is_enough"]

VERIFIER_VERSION = 21  # changes whenever the same pair gives another result; keys stored pairs

_CLOSER_PX = 1000  # long side to which pairs that would be preselected are read again
_MIN_OVERLAP = 0.5
_MIN_BLOCKS = 20
_FEWEST_BLOCKS = 6
_MOST_DISPLACED_PX = 0.6  # copies reach 0.45 (JPEG at quality 8), other shots begin at 0.33
_EXACT_LIKENESS = 0.97
_EXACT_PX = 0.15
_MIN_INLIERS = 12
_SCENE_OVERLAP = 0.3  # of one photo: less is a detail that two scenes share
_RESAVED_LOW_BLOCKS = 0.05
# Of 305 copies, crops and edits with a cosine of 0.72 at most, all share 4 of the 40 strongest.
_FIRST_KEYPOINTS, _FIRST_SHARED = 40, 3
# Of 604 copies of soft photos that are found 11 are farther off: equalised, or cropped to a fifth.
# These photos are one in a hundred, and laying them by pixels took a tenth of verification.
_SOFT_MARGIN = 0.1  # over the cosine from which pairs are proposed
_OTHER_WAY_ROUND = 1  # a photo and another may share so many keypoints more than they do turned

Pixels = npt.NDArray[np.uint8]


class Verifier:
    """Decides about candidate pairs. Thread-safe; keeps nothing between pairs."""

    def __init__(
        self,
        calibration: Calibration,
        describe: Callable[[Photo], Description],
        load_pixels: Callable[[Photo, int | None], Pixels],
    ) -> None:
        """load_pixels(photo, longest_px) decodes the file again, upright sRGB (H, W, 3).

        Its long side is about longest_px, or the full size for None; it may raise PhotoError.
        """
        self._calibration = calibration
        self._describe = describe
        self._load_pixels = load_pixels

    def verify(self, a: Photo, b: Photo, similarity: float) -> Verification:
        """Decide what b is to a, the better photo.

        similarity: cosine of the two embeddings. Relation and probability do not depend on the
        order of a and b; edit says what was done to a to get b, differs are places on a.
        """
        same = Edit(scale=1.0, kept_area=1.0, rotation_degrees=0.0, mirrored=False, border=False)
        if a.digest == b.digest:
            evidence = _equal_evidence("bytes")
            return Verification(Relation.IDENTICAL_FILE, 1.0, similarity, same, evidence=evidence)
        if a.pixel_digest == b.pixel_digest and self._pixels_equal(a, b):
            evidence = _equal_evidence("pixels")
            return Verification(Relation.IDENTICAL_IMAGE, 1.0, similarity, same, evidence=evidence)
        return self._verify_pixels(a, b, similarity)

    def glance(self, looks: Sequence[Look]) -> list[list[int]]:
        """How many keypoints of each other agree with the photo's at a glance, of each look.

        0: so few that verify would find nothing; -1: a glance cannot tell. It sorts out look-alikes
        in far less time than verify, and tells a copy among them better than the embedding.
        """
        as_verified = np.array([_is_first(p, other) for p, others in looks for other in others])
        return self._shared(looks, HINT - np.where(as_verified, 0, _OTHER_WAY_ROUND))

    def first_look(self, looks: Sequence[Look]) -> list[list[int]]:
        """What glance gives, of the strongest keypoints of each other alone, in half the time.

        It sorts out most of what is chosen from; of very small parts of a photo 0 says nothing.
        """
        return self._shared(looks, _FIRST_SHARED, _FIRST_KEYPOINTS)

    def _shared(
        self,
        looks: Sequence[Look],
        needed: int | npt.NDArray[np.int64],
        strongest: int | None = None,
    ) -> list[list[int]]:
        crowds: list[Crowd] = []
        clear: list[int] = []
        starts = np.cumsum([0, *(len(others) for _, others in looks)])
        for start, (photo, others) in zip(starts, looks, strict=False):
            own = self._glanced(photo)
            seen = [self._glanced(other) for other in others]
            if own is not None:
                known = [look for look in seen if look is not None]
                if strongest is not None:
                    known = [look.strongest(strongest) for look in known]
                crowds.append(Crowd(own, self._describe(photo).size, known))
                clear += [start + place for place, look in enumerate(seen) if look is not None]
        shared = np.full(starts[-1], -1, np.int64)
        shared[clear] = agreeing_keypoints(crowds)
        shared[(shared >= 0) & (shared < needed)] = 0
        same = [p.pixel_digest == other.pixel_digest for p, others in looks for other in others]
        shared[np.array(same, np.bool_)] = -1
        return [shared[start:end].tolist() for start, end in itertools.pairwise(starts)]

    def _glanced(self, photo: Photo) -> Keypoints | None:
        """A photo's few strongest keypoints; None where it has too few, or cannot be read."""
        try:
            found = self._describe(photo).keypoints(GLANCE)
        except PhotoError:  # verify says so
            return None
        return found if len(found) >= FEW_AT_A_GLANCE else None

    def _pixels_equal(self, a: Photo, b: Photo) -> bool:
        if (a.width, a.height) != (b.width, b.height):
            return False
        try:
            return np.array_equal(self._load_pixels(a, None), self._load_pixels(b, None))
        except PhotoError:
            return False

    def _verify_pixels(self, a: Photo, b: Photo, similarity: float) -> Verification:
        on_a, on_b = self._describe(a), self._describe(b)
        if similarity < self._calibration.propose_cosine + _SOFT_MARGIN and is_soft(on_a, on_b):
            return Verification(None, 0.0, similarity)
        if _is_first(a, b):
            aligned = lay_over(on_a, on_b)
        else:
            aligned = lay_over(on_b, on_a)
            if aligned is not None:
                aligned = replace(aligned, matrix=inverse(aligned.matrix))
        if aligned is None:
            return Verification(None, 0.0, similarity)
        evidence = aligned.evidence
        probability = self._calibration.probability(similarity, evidence)
        if _is_scene(evidence) and _are_two_exposures(a, b):
            return self._similar_shot(similarity, evidence)
        if probability < self._calibration.broad or not is_enough(evidence):
            if _is_scene(evidence):
                return self._similar_shot(similarity, evidence)
            return Verification(None, probability, similarity, evidence=evidence)
        return self._duplicate(a, b, aligned, probability, similarity)

    def _similar_shot(self, similarity: float, evidence: Evidence) -> Verification:
        # Geometry alone: how far the inliers are beyond what chance aligns (about 10).
        probability = 1.0 - float(np.exp(-evidence.inliers / 12.0))
        return Verification(Relation.SIMILAR_SHOT, probability, similarity, evidence=evidence)

    def _duplicate(
        self, a: Photo, b: Photo, aligned: Aligned, probability: float, similarity: float
    ) -> Verification:
        matrix, evidence = aligned.matrix, aligned.evidence
        on_a, on_b = self._describe(a), self._describe(b)
        edit = name_geometry(matrix, on_a.gray, on_b.gray, (a.width, a.height), (b.width, b.height))
        view = _in_colour(matrix, on_a, on_b)
        tone = name_tone(view, edit.scale) if view is not None else None
        edit = replace(edit, tone=tone)
        resaved = (
            tone is None
            and not edit.border
            and evidence.low_blocks <= _RESAVED_LOW_BLOCKS
            and is_whole(matrix, on_a.size, on_b.size)
        )
        differs = places_that_differ(view) if view is not None else ()
        if resaved and not differs:
            differs = self._differs_closely(a, b, matrix)
        if differs and _camera_moved(matrix, on_a, on_b):
            return self._similar_shot(similarity, evidence)
        relation = Relation.RESAVED if resaved and not differs else Relation.EDITED
        return Verification(relation, probability, similarity, edit, differs, evidence)

    def _differs_closely(self, a: Photo, b: Photo, matrix: Matrix) -> tuple[Box, ...]:
        """Places that differ in the files, where these have more to see than the previews."""
        if min(max(a.width, a.height), max(b.width, b.height)) <= PREVIEW_PX:
            return ()
        try:
            pictures = self._load_pixels(a, _CLOSER_PX), self._load_pixels(b, _CLOSER_PX)
        except PhotoError:  # readable in the scan and not now: the previews must do
            return ()
        sizes = self._describe(a).size, self._describe(b).size
        scaled = _rescale(matrix, *sizes, _size(pictures[0]), _size(pictures[1]))
        view = share(scaled, pictures[0], pictures[1], PREVIEW_PX)
        return () if view is None else places_that_differ(view)


def _is_first(a: Photo, b: Photo) -> bool:
    """Whether b is laid over a: one order for both, so a pair has one result, whoever stays."""
    return a.digest <= b.digest


def _camera_moved(matrix: Matrix, on_a: Description, on_b: Description) -> bool:
    """Whether the camera moved between two photos that differ in places."""
    return is_jittered(matrix, on_a.size, on_b.size) or shows_more_each(
        matrix, on_a.gray, on_b.gray
    )


def is_enough(evidence: Evidence) -> bool:
    """Whether there is enough to call two photos copies, whatever the probability."""
    if evidence.overlap < _MIN_OVERLAP or evidence.blocks < _FEWEST_BLOCKS:
        return False
    if evidence.displacement_px > _MOST_DISPLACED_PX:
        return False
    if _is_exact(evidence):
        return True
    return evidence.blocks >= _MIN_BLOCKS and (
        evidence.method == "dense" or evidence.inliers >= _MIN_INLIERS
    )


def _is_exact(evidence: Evidence) -> bool:
    """Whether every block lies where it should: few blocks or keypoints are then enough."""
    return (
        evidence.low_blocks == 0.0
        and evidence.likeness > _EXACT_LIKENESS
        and evidence.displacement_px < _EXACT_PX
    )


def _is_scene(evidence: Evidence) -> bool:
    return (
        evidence.method == "keypoints"
        and evidence.inliers >= _MIN_INLIERS
        and evidence.overlap >= _SCENE_OVERLAP
    )


def _are_two_exposures(a: Photo, b: Photo) -> bool:
    """Whether camera times with sub-seconds say so; a whole-second time proves nothing."""
    times = a.metadata.captured_at, b.metadata.captured_at
    if times[0] is None or times[1] is None or not all("." in (t or "") for t in times):
        return False
    return times[0].rstrip("0") != times[1].rstrip("0")


def _equal_evidence(method: str) -> Evidence:
    return Evidence(overlap=1.0, low_blocks=0.0, likeness=1.0, method=method)


def _in_colour(matrix: Matrix, on_a: Description, on_b: Description) -> SharedView | None:
    sizes = _size(on_a.colour), _size(on_b.colour)
    scaled = _rescale(matrix, on_a.size, on_b.size, *sizes)
    return share(scaled, on_a.colour, on_b.colour, PREVIEW_PX)


def _rescale(
    matrix: Matrix,
    a_from: tuple[int, int],
    b_from: tuple[int, int],
    a_to: tuple[int, int],
    b_to: tuple[int, int],
) -> Matrix:
    """The mapping of b to a, for both photos at other sizes in pixels."""
    a_grown = scale_matrix(a_to[0] / a_from[0], a_to[1] / a_from[1])
    b_grown = scale_matrix(b_to[0] / b_from[0], b_to[1] / b_from[1])
    return a_grown @ matrix @ inverse(b_grown)


def _size(picture: Pixels) -> tuple[int, int]:
    return picture.shape[1], picture.shape[0]
