"""Photos compared with many others at once: which of them deserve a closer look."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from photodedup.core.keypoints import Compared, Frames, Keypoints, join, match
from photodedup.core.votes import most_agreeing

# Keypoints of others: 4 MB of products at a glance. Fewer at a time take as long on one thread, but
# two then wait for each other's lock of the interpreter: with 800 for a sixth of the time.
AT_ONCE = 4000


@dataclass(frozen=True, slots=True)
class Crowd:
    """A photo, its width and height in pixels, and those that it is compared with."""

    photo: Keypoints
    size: tuple[int, int]
    others: Sequence[Keypoints]


def agreeing_keypoints(crowds: Sequence[Crowd]) -> npt.NDArray[np.int64]:
    """(N,) how many keypoints agree, of each photo and each of its others, one after the other.

    As many as align.find_agreement finds one by one, in a third of the time and mostly outside the
    lock of the interpreter: threads that do it one by one wait for each other.
    """
    counts = [_agreeing(some) for some in _some_at_once(crowds)]
    return np.concatenate([np.empty(0, np.int64), *counts])


def _some_at_once(crowds: Sequence[Crowd]) -> Iterator[list[Crowd]]:
    """The same crowds in parts whose others have about AT_ONCE keypoints, large ones divided."""
    some: list[Crowd] = []
    room = AT_ONCE
    for crowd in crowds:
        others: list[Keypoints] = []
        for other in crowd.others:
            others.append(other)
            room -= len(other)
            if room <= 0:
                yield [*some, Crowd(crowd.photo, crowd.size, others)]
                some, others, room = [], [], AT_ONCE
        if others:
            some.append(Crowd(crowd.photo, crowd.size, others))
    if some:
        yield some


def _agreeing(crowds: Sequence[Crowd]) -> npt.NDArray[np.int64]:
    photos = [Compared(crowd.photo, crowd.size[0], crowd.others) for crowd in crowds]
    found = match(photos)
    views = [view for photo in photos for view in photo.views]
    others = [other for photo in photos for other in photo.others]
    of_photo = np.repeat(np.arange(len(photos)), [len(photo.others) for photo in photos])
    on_photos = join(views).at(_starts(views)[2 * of_photo[found.which] + found.view] + found.first)
    on_others = join(others).at(_starts(others)[found.which] + found.second)
    longest = np.array([max(crowd.size) for crowd in crowds])[of_photo[found.which]]
    pair = 2 * found.which + found.view
    counts = most_agreeing(on_photos, on_others, longest, pair, 2 * len(others))
    return np.asarray(counts.reshape(-1, 2).max(axis=1), np.int64)


def _starts(many: Sequence[Frames]) -> npt.NDArray[np.intp]:
    """The row of the first keypoint of each in what join gives."""
    lengths = np.array([len(one) for one in many], np.intp)
    return np.cumsum(lengths) - lengths
