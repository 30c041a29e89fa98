"""Which keypoints that match agree with one shift, turn and scale of a photo.

Every match alone says how b would be shifted, turned and scaled to lie on a; the match whose word
most others confirm wins. This is exhaustive, so it repeats exactly, and cheap.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photodedup.core.keypoints import Frames

Rows = npt.NDArray[np.intp]
Longest = npt.NDArray[np.intp]

_FEWEST_MATCHES = 4  # that fewer agree says nothing
_MOST_MATCHES = 200  # that vote; more would not change the winner
_TOLERANCE = 0.03  # of the coarser photo's long side: room for perspective and lenses


def agreeing_rows(a: Frames, b: Frames, a_longest: int) -> Rows:
    """Rows that agree with the one that most agree with; none of fewer than four.

    a, b: keypoints that match, row by row, the most certain first. a_longest: long side of photo a
    in pixels.
    """
    if len(a) < _FEWEST_MATCHES:
        return np.empty(0, np.intp)
    words = _hear(a, b, a_longest)
    voting = np.arange(min(len(a), _MOST_MATCHES))
    confirmed = words.confirmed(voting[:, None], voting[None, :])
    return np.flatnonzero(confirmed[confirmed.sum(axis=1).argmax()])


def most_agreeing(
    a: Frames, b: Frames, a_longest: Longest, pair: Rows, pairs: int
) -> npt.NDArray[np.int64]:
    """(pairs,) how many rows agreeing_rows gives for each of several pairs of photos.

    a, b: as there, of all pairs. a_longest: (N,), as there, of each row. pair: (N,) whose they are,
    rising. At most as many of one pair as agreeing_rows lets vote.
    """
    counts = np.bincount(pair, minlength=pairs)
    each = counts[pair]
    starts = np.cumsum(counts) - counts
    row = np.repeat(np.arange(len(pair)), each)
    place = np.arange(len(row)) - np.repeat(np.cumsum(each) - each, each)
    confirmed = _hear(a, b, a_longest).confirmed(row, starts[pair[row]] + place)
    votes = np.bincount(row[confirmed], minlength=len(pair))
    most = np.zeros(pairs, np.int64)
    np.maximum.at(most, pair, votes)
    return np.where(counts < _FEWEST_MATCHES, 0, most)


@dataclass(frozen=True, slots=True)
class _Words:
    """What matches say. on_a, on_b: (N,) complex128, x + iy in pixels.

    turns: (N,) complex128, scale and turn from b to a. tolerances: (N,) float64, pixels of a.
    """

    on_a: npt.NDArray[np.complex128]
    on_b: npt.NDArray[np.complex128]
    turns: npt.NDArray[np.complex128]
    tolerances: npt.NDArray[np.float64]

    def confirmed(self, one: Rows, other: Rows) -> npt.NDArray[np.bool_]:
        """Whether what one says puts the keypoint of the other where it is, of all rows given."""
        said = self.turns[one] * (self.on_b[other] - self.on_b[one])
        errors = np.abs(said - (self.on_a[other] - self.on_a[one]))
        return np.asarray(errors < self.tolerances[one])


def _hear(a: Frames, b: Frames, a_longest: int | Longest) -> _Words:
    scales = (a.sizes / b.sizes).astype(np.float64)
    turns = scales * np.exp(1j * (a.angles - b.angles))
    # In pixels of a; where a is the finer photo, b's pixels are the coarser measure.
    tolerances = _TOLERANCE * np.maximum(1.0, np.minimum(scales, 2.0)) * a_longest
    return _Words(_complex(a.points), _complex(b.points), turns, tolerances)


def _complex(points: npt.NDArray[np.float32]) -> npt.NDArray[np.complex128]:
    return points[:, 0].astype(np.float64) + 1j * points[:, 1].astype(np.float64)
