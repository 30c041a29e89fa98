"""Each row keeps its nearest pairs, in whatever portions the pairs come, and all that are sure."""

import numpy as np
import numpy.typing as npt
import pytest

from photodedup.core import nearest_pairs
from photodedup.core.nearest_pairs import SURE_NEARNESS, NearestPairs, ends_by_row

COUNT = 60
Pairs = set[tuple[int, int]]


@pytest.fixture
def thinned_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest_pairs, "THIN_FROM", 50)
    monkeypatch.setattr(nearest_pairs, "ENDS_AT_ONCE", 64)


def random_nearness(seed: int) -> npt.NDArray[np.float32]:
    random = np.random.default_rng(seed)
    near = random.random((COUNT, COUNT), np.float32)
    return np.maximum(near, near.T)


def nearest_by_loop(near: npt.NDArray[np.float32], kept: int) -> Pairs:
    pairs = set()
    for a in range(COUNT):
        others = sorted((b for b in range(COUNT) if b != a), key=lambda b: -near[a, b])
        last = min(float(near[a, others[kept - 1]]), SURE_NEARNESS)
        pairs |= {(min(a, b), max(a, b)) for b in others if near[a, b] >= last}
    return pairs


def gathered(near: npt.NDArray[np.float32], order: npt.NDArray[np.int64], kept: int) -> Pairs:
    first, second = np.triu_indices(COUNT, k=1)
    pairs = NearestPairs(COUNT, kept)
    for some in np.array_split(order, 40):
        a, b = first[some], second[some]
        pairs.add(a, b, near[a, b])
    return set(zip(*(rows.tolist() for rows in pairs.pairs()), strict=True))


@pytest.mark.usefixtures("thinned_often")
@pytest.mark.parametrize("kept", [1, 3, 20])
@pytest.mark.parametrize("seed", range(3))
def test_what_stays_equals_the_plain_loop_in_any_order(seed: int, kept: int) -> None:
    near = random_nearness(seed)
    wanted = nearest_by_loop(near * np.float32(0.7), kept)
    every = np.arange(COUNT * (COUNT - 1) // 2)
    shuffled = np.random.default_rng(seed).permutation(every)

    assert gathered(near * np.float32(0.7), every, kept) == wanted
    assert gathered(near * np.float32(0.7), shuffled, kept) == wanted
    assert len(wanted) < len(every)


@pytest.mark.usefixtures("thinned_often")
def test_whatever_is_sure_stays() -> None:
    near = random_nearness(0)
    every = np.arange(COUNT * (COUNT - 1) // 2)
    a, b = np.nonzero(np.triu(near, k=1) >= SURE_NEARNESS)

    found = gathered(near, every, 1)

    assert set(zip(a.tolist(), b.tolist(), strict=True)) <= found
    assert len(a) > 10 * COUNT


@pytest.mark.usefixtures("thinned_often")
def test_pairs_given_from_both_sides_count_once() -> None:
    near = random_nearness(1) * np.float32(0.7)
    first, second = np.nonzero(~np.eye(COUNT, dtype=bool))
    pairs = NearestPairs(COUNT, 4, repeated=True)
    for some in np.array_split(np.arange(len(first)), 30):
        pairs.add(first[some], second[some], near[first[some], second[some]])

    rows = zip(*(found.tolist() for found in pairs.pairs()), strict=True)
    found = [(min(a, b), max(a, b)) for a, b in rows]

    assert len(found) == len(set(found))
    assert set(found) == nearest_by_loop(near, 4)


@pytest.mark.parametrize(("count", "kept"), [(1000, 256), (500_000, 134), (2_000_000, 64)])
def test_large_libraries_keep_fewer_of_each_photo(count: int, kept: int) -> None:
    """Photos 0 to 399 are near each other, and no two pairs equally near."""
    first, second = np.triu_indices(400, k=1)
    near = np.random.default_rng(0).permutation(len(first)) / np.float32(len(first)) * 0.7
    pairs = NearestPairs(count)
    pairs.add(first, second, near.astype(np.float32))

    of_row = np.bincount(np.concatenate(pairs.pairs()))

    assert of_row.min() >= kept
    assert kept <= np.median(of_row) < 2 * kept


@pytest.mark.usefixtures("thinned_often")
def test_both_ends_are_given_once_each() -> None:
    first, second = np.triu_indices(COUNT, k=1)
    values = np.arange(len(first), dtype=np.float32)
    given = []
    rows = 0
    for ends, others, some, start, stop in ends_by_row(
        first.astype(np.int32), second.astype(np.int32), values, COUNT
    ):
        assert (start <= ends).all()
        assert (ends < stop).all()
        rows += stop - start
        given += list(zip(ends.tolist(), others.tolist(), some.tolist(), strict=True))
    assert rows == COUNT
    forth = list(zip(first.tolist(), second.tolist(), values.tolist(), strict=True))
    assert sorted(given) == sorted(forth + [(b, a, value) for a, b, value in forth])
