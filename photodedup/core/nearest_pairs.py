"""Pairs gathered while they are found, thinned to the nearest of each row: never quadratic.

Among photos of all kinds one pair in a hundred is near enough to be proposed (measured on 4,000
training photos): half a million of a library of 10,000, fifty thousand million of a library of
three million. A photo's verification gives up after some failures in falling cosine, so what is
far down its list is never asked for, and need not be kept.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

SURE_NEARNESS = 0.75  # a pair so near is kept however many there are: a photo has all its copies
MOST_KEPT = 256  # nearest of a row; verification looks at 30 to 240
LEAST_KEPT = 64
PAIRS_IN_ALL = 1 << 26  # what MOST_KEPT of each row may come to: 0.75 GB
ENDS_AT_ONCE = 1 << 22  # sorted at a time: some hundred MB
THIN_FROM = 1 << 22

Rows = npt.NDArray[np.int32]
Nearness = npt.NDArray[np.float32]


class NearestPairs:
    """Pairs of count rows; each row's nearest stay, and so do all that are sure.

    A pair stays if it is among the nearest of either of its rows. kept: how many of a row; by
    default as many as the memory for count rows allows. repeated: whether a pair may be given
    more than once.
    """

    def __init__(self, count: int, kept: int | None = None, repeated: bool = False) -> None:
        self._count = count
        self._repeated = repeated
        affordable = min(MOST_KEPT, PAIRS_IN_ALL // max(1, count))
        self._kept = max(LEAST_KEPT, affordable) if kept is None else kept
        # the least nearness by which a pair can be among the nearest of a row
        self._floors = np.full(count, -np.inf, np.float32)
        self._parts: list[tuple[Rows, Rows, Nearness]] = []
        self._pending = 0
        self._thin_at = max(THIN_FROM, count * self._kept)

    def add(
        self, first: npt.NDArray[np.int64], second: npt.NDArray[np.int64], near: Nearness
    ) -> None:
        """Take (N,) pairs of rows with how near they are."""
        stays = near >= np.minimum(self._floors[first], self._floors[second])
        self._parts.append(
            (first[stays].astype(np.int32), second[stays].astype(np.int32), near[stays])
        )
        self._pending += len(self._parts[-1][0])
        if self._pending > self._thin_at:
            self._thin()
            self._thin_at = max(self._thin_at, 2 * self._pending)

    def pairs(self) -> tuple[Rows, Rows]:
        """What stays, two arrays of one length."""
        self._thin()
        first, second, _ = self._parts[0]
        return first, second

    def _thin(self) -> None:
        none = (np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float32))
        first, second, near = (
            np.concatenate(arrays) for arrays in zip(none, *self._parts, strict=True)
        )
        self._parts = []
        if self._repeated:
            lows, highs = np.minimum(first, second), np.maximum(first, second)
            _, once = np.unique(lows.astype(np.int64) * self._count + highs, return_index=True)
            first, second, near = first[once], second[once], near[once]
        self._raise_floors(first, second, near)
        stays = near >= np.minimum(self._floors[first], self._floors[second])
        self._parts = [(first[stays], second[stays], near[stays])]
        self._pending = len(self._parts[0][0])

    def _raise_floors(self, first: Rows, second: Rows, near: Nearness) -> None:
        """Set each row's floor to the last of its nearest so far: more pairs only raise it."""
        of_row = np.bincount(first, minlength=self._count)
        of_row += np.bincount(second, minlength=self._count)
        if of_row.max(initial=0) < self._kept:
            return
        for ends, _, values, start, stop in ends_by_row(first, second, near, self._count):
            order = np.lexsort((-values, ends))
            begins = np.searchsorted(ends[order], np.arange(start, stop + 1))
            full = np.flatnonzero(np.diff(begins) >= self._kept)
            last = values[order[begins[full] + self._kept - 1]]
            self._floors[start + full] = np.minimum(last, SURE_NEARNESS)


def ends_by_row(
    first: Rows, second: Rows, values: Nearness, count: int
) -> Iterator[tuple[Rows, Rows, Nearness, int, int]]:
    """Both ends of (N,) pairs of count rows: (row, other, value) arrays for some rows at a time.

    With the first of these rows and the one after the last; in no order within.
    """
    step = max(1, count * ENDS_AT_ONCE // max(1, 2 * len(first)))
    for start in range(0, count, step):
        stop = min(count, start + step)
        as_first = np.flatnonzero((first >= start) & (first < stop))
        as_second = np.flatnonzero((second >= start) & (second < stop))
        yield (
            np.concatenate([first[as_first], second[as_second]]),
            np.concatenate([second[as_first], first[as_second]]),
            np.concatenate([values[as_first], values[as_second]]),
            start,
            stop,
        )
