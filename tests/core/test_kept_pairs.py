"""Kept pairs give what comparing all with all gives, and spare it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from photodedup.core import kept_pairs
from photodedup.core.background import Background
from photodedup.core.index import AnnoyIndex, ExactIndex, NeighbourIndex
from photodedup.core.job import JobControl
from photodedup.core.kept_pairs import PairKeeper
from photodedup.core.pairs import Candidates, propose_pairs

COSINE = 0.6
Rows = npt.NDArray[np.float32]


def library(count: int) -> tuple[Rows, list[bytes]]:
    """Rows in clusters of five, so that most have neighbours."""
    random = np.random.default_rng(4)
    rows = random.standard_normal((count, 32)).astype(np.float32)
    rows += 6 * np.repeat(random.standard_normal((count // 5, 32)), 5, axis=0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32), [number.to_bytes(16) for number in range(count)]


BACKGROUND = Background(library(50)[0][::3])


def propose(folder: Path, rows: Rows, digests: list[bytes], index: str = "exact") -> Candidates:
    control = JobControl()
    keeper = PairKeeper(folder, "model", BACKGROUND, COSINE, index)
    candidates = keeper.propose(lambda: rows, digests, control)
    assert control.progress().done == len(rows)
    return candidates


def assert_equal(found: Candidates, rows: Rows) -> None:
    handicaps = BACKGROUND.handicaps(rows)
    wanted = propose_pairs(ExactIndex(rows), rows, handicaps, COSINE, JobControl())
    assert len(wanted) > 50
    assert np.array_equal(found.starts, wanted.starts)
    assert np.array_equal(found.rows, wanted.rows)
    assert np.array_equal(found.cosines, wanted.cosines)


@pytest.fixture
def never_anew(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def fail(*_: object) -> None:
        raise AssertionError("all were compared with all")

    return lambda: monkeypatch.setattr(kept_pairs, "open_index", fail)


def test_nothing_new_compares_nothing(tmp_path: Path, never_anew: Callable[[], None]) -> None:
    rows, digests = library(200)
    assert_equal(propose(tmp_path, rows, digests), rows)
    never_anew()
    (kept,) = tmp_path.iterdir()
    written_ns = kept.stat().st_mtime_ns
    assert_equal(propose(tmp_path, rows, digests), rows)
    assert kept.stat().st_mtime_ns == written_ns


def test_new_gone_and_reordered_photos(tmp_path: Path, never_anew: Callable[[], None]) -> None:
    rows, digests = library(300)
    first, second = np.arange(0, 270), np.random.default_rng(1).permutation(np.arange(20, 300))
    propose(tmp_path, rows[first], [digests[n] for n in first])
    never_anew()
    for _ in range(2):  # what was added is kept as well
        found = propose(tmp_path, rows[second], [digests[n] for n in second])
        assert_equal(found, rows[second])


def test_many_new_photos_are_compared_through_the_index(tmp_path: Path) -> None:
    rows, digests = library(300)
    propose(tmp_path, rows[:100], digests[:100])
    assert_equal(propose(tmp_path, rows, digests), rows)


@pytest.mark.parametrize(("most_exact", "proposer"), [(1000, ExactIndex), (250, AnnoyIndex)])
def test_searches_get_an_index_long_before_pairs_need_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_exact: int, proposer: type
) -> None:
    rows, digests = library(300)
    proposers: list[type] = []

    def spy(index: NeighbourIndex, *given: Any) -> Candidates:
        proposers.append(type(index))
        return propose_pairs(index, *given)

    monkeypatch.setattr(kept_pairs, "propose_pairs", spy)
    monkeypatch.setattr("photodedup.core.index.AUTO_ANNOY_ROWS", 200)
    monkeypatch.setattr(kept_pairs, "AUTO_ANNOY_PAIRS_ROWS", most_exact)
    assert_equal(propose(tmp_path, rows, digests, "auto"), rows)
    assert proposers == [proposer]
    assert list(tmp_path.glob("*.annoy"))


@pytest.mark.parametrize("damage", [b"", b"no archive", None])
def test_a_damaged_file_is_written_anew(tmp_path: Path, damage: bytes | None) -> None:
    rows, digests = library(200)
    propose(tmp_path, rows, digests)
    (kept,) = tmp_path.iterdir()
    sound = kept.read_bytes()
    middle = len(sound) // 2
    flipped = sound[:middle] + bytes([sound[middle] ^ 255]) + sound[middle + 1 :]
    kept.write_bytes(flipped if damage is None else damage)
    assert_equal(propose(tmp_path, rows, digests), rows)
    assert kept.read_bytes() == sound


def test_pairs_that_cannot_be_kept_are_found_all_the_same(tmp_path: Path) -> None:
    rows, digests = library(200)
    assert_equal(propose(tmp_path / "no such folder", rows, digests), rows)


def test_pairs_of_another_index_are_not_taken(tmp_path: Path) -> None:
    rows, digests = library(200)
    propose(tmp_path, rows, digests, "annoy")
    propose(tmp_path, rows, digests, "exact")
    assert len(list(tmp_path.glob("*.pairs.npz"))) == 2


def test_an_empty_library(tmp_path: Path) -> None:
    found = propose(tmp_path, np.empty((0, 32), np.float32), [])
    assert len(found) == 0
