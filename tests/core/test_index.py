"""Neighbours against a plain loop; what Annoy may miss."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from photodedup.core import index as index_module
from photodedup.core.holding import only_one
from photodedup.core.index import AnnoyIndex, ExactIndex, open_index, self_test
from photodedup.core.job import JobControl
from photodedup.core.pairs import pairs_with_rows, propose_pairs
from tests.core.spoiled import (
    Spoil,
    cut_in_half,
    cut_to_nothing,
    overwrite,
    remove,
    small_disk,
)

DIMENSION = 32
Rows = npt.NDArray[np.float32]


def planted(count: int, seed: int = 0) -> tuple[Rows, list[bytes]]:
    """Unit rows; each third is a near copy of the one before it, the first 40 are one cluster."""
    random = np.random.default_rng(seed)
    rows = random.standard_normal((count, DIMENSION)).astype(np.float32)
    rows[2::3] = rows[1:-1:3][: len(rows[2::3])] + 0.2 * rows[2::3]
    rows[:40] = rows[0] + 0.2 * random.standard_normal((40, DIMENSION))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows, [seed.to_bytes(8) + number.to_bytes(8) for number in range(count)]


def pairs_by_loop(rows: Rows, handicaps: Rows, cosine: float) -> set[tuple[int, int]]:
    return {
        (a, b)
        for a in range(len(rows))
        for b in range(a + 1, len(rows))
        if float(rows[a] @ rows[b]) - handicaps[a] - handicaps[b] >= cosine
    }


def none(rows: Rows) -> Rows:
    return np.zeros(len(rows), np.float32)


def proposed(
    index: ExactIndex | AnnoyIndex, rows: Rows, handicaps: Rows, cosine: float
) -> set[tuple[int, int]]:
    candidates = propose_pairs(index, rows, handicaps, cosine, JobControl())
    found = {(row, other) for row in range(len(rows)) for other, _ in candidates.of(row)}
    assert {(b, a) for a, b in found} == found
    assert len(candidates) == len(found) // 2
    return {(a, b) for a, b in found if a < b}


@pytest.mark.parametrize("part_rows", [1, 100, 1000])  # all cores, three at most, one
def test_an_exact_search_on_all_cores_finds_what_one_finds(
    part_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_module, "PART_ROWS", part_rows)
    monkeypatch.setattr(index_module, "worker_count", lambda asked: 4)
    rows, _ = planted(301)
    found, cosines = ExactIndex(rows).nearest(rows[7], 50)
    wanted = np.argsort(-(rows @ rows[7]), kind="stable")[:50]
    assert sorted(found.tolist()) == sorted(wanted.tolist())
    assert found[0] == 7
    assert np.allclose(cosines, (rows @ rows[7])[found], atol=1e-6)


def test_exact_pairs_equal_the_plain_loop() -> None:
    rows, _ = planted(300)
    for handicaps in (none(rows), np.linspace(-0.2, 0.2, 300, dtype=np.float32)):
        wanted = pairs_by_loop(rows, handicaps, 0.8)
        assert proposed(ExactIndex(rows), rows, handicaps, 0.8) == wanted
        near = pairs_with_rows(np.arange(100, 300), rows, handicaps, 0.8, JobControl())
        found = {(min(pair), max(pair)) for pair in zip(*near, strict=True)}
        assert found == {(a, b) for a, b in wanted if b >= 100}


def test_annoy_finds_whole_clusters(tmp_path: Path) -> None:
    rows, digests = planted(3000)
    index = open_index("annoy", rows, digests, "m", tmp_path)
    assert isinstance(index, AnnoyIndex)
    for handicaps in (none(rows), np.tile(np.array([-0.1, 0.1], np.float32), 1500)):
        wanted = proposed(ExactIndex(rows), rows, handicaps, 0.8)
        found = proposed(index, rows, handicaps, 0.8)
        assert found <= wanted
        assert len(found) / len(wanted) > 0.99  # 780 pairs of the one cluster among them


def test_neighbours_are_in_falling_cosine() -> None:
    rows, _ = planted(200)
    candidates = propose_pairs(ExactIndex(rows), rows, none(rows), 0.3, JobControl())
    for row in range(200):
        cosines = [cosine for _, cosine in candidates.of(row)]
        assert cosines == sorted(cosines, reverse=True)


def test_photos_newer_than_the_index_are_found_and_gone_ones_are_not(tmp_path: Path) -> None:
    rows, digests = planted(1000)
    open_index("annoy", rows[:950], digests[:950], "m", tmp_path)
    kept = open_index("annoy", rows[20:], digests[20:], "m", tmp_path)
    assert isinstance(kept, AnnoyIndex)
    assert kept._tree.get_n_items() == 950  # loaded, not built anew
    left = rows[20:]
    found = proposed(kept, left, none(left), 0.8)
    wanted = proposed(ExactIndex(left), left, none(left), 0.8)
    assert found <= wanted
    assert {pair for pair in wanted if pair[1] >= 930} <= found
    assert len(found) / len(wanted) > 0.98


def test_too_many_changes_or_another_model_rebuild(tmp_path: Path) -> None:
    rows, digests = planted(600)
    open_index("annoy", rows[:300], digests[:300], "m", tmp_path)
    for model, count in (("m", 600), ("other", 300)):
        index = open_index("annoy", rows[:count], digests[:count], model, tmp_path)
        assert isinstance(index, AnnoyIndex)
        assert index._tree.get_n_items() == count


@pytest.mark.parametrize("spoil", [cut_in_half, cut_to_nothing, overwrite, remove])
def test_a_spoilt_index_file_is_built_again(tmp_path: Path, spoil: Spoil) -> None:
    """Noise that is loaded would crash the program, not raise: Annoy follows any number in it."""
    rows, digests = planted(300)
    open_index("annoy", rows, digests, "m", tmp_path)
    (tree,) = tmp_path.glob("*.annoy")
    spoil(tree)
    index = open_index("annoy", rows, digests, "m", tmp_path)
    assert self_test(index, rows) > 0.95


@pytest.mark.parametrize("spoil", [cut_in_half, overwrite])
def test_a_spoilt_identity_is_not_believed(tmp_path: Path, spoil: Spoil) -> None:
    rows, digests = planted(300)
    open_index("annoy", rows, digests, "m", tmp_path)
    (identity,) = tmp_path.glob("*.json")
    spoil(identity)
    assert self_test(open_index("annoy", rows, digests, "m", tmp_path), rows) > 0.95


def test_an_index_that_cannot_be_kept_is_used_all_the_same(tmp_path: Path) -> None:
    rows, digests = planted(300)
    with small_disk(tmp_path, "64k"):
        index = open_index("annoy", rows, digests, "m", tmp_path)
        assert (index.kind, list(tmp_path.glob("*.annoy"))) == ("annoy", [])
        assert list(tmp_path.glob("*.part")) == []
    assert self_test(index, rows) > 0.95


def test_two_scans_do_not_mix_their_trees(tmp_path: Path) -> None:
    rows, digests = planted(300)
    open_index("annoy", rows[:200], digests[:200], "m", tmp_path)
    (tree,) = tmp_path.glob("*.annoy")
    before = tree.read_bytes()
    with only_one(tree.with_suffix(".lock")):  # the other writes its own just now
        index = open_index("annoy", rows, digests, "m", tmp_path)
    assert self_test(index, rows) > 0.95
    assert tree.read_bytes() == before


def test_a_wrong_index_fails_the_self_test_and_exact_search_takes_over(tmp_path: Path) -> None:
    """The identity says these photos, the trees hold others: as after a botched copy."""
    rows, digests = planted(300)
    others, other_digests = planted(300, seed=1)
    open_index("annoy", others, other_digests, "m", tmp_path)
    (identity,) = tmp_path.glob("*.json")
    text = identity.read_text()
    for old, new in zip(other_digests, digests, strict=True):
        text = text.replace(old.hex(), new.hex())
    identity.write_text(text)
    assert open_index("annoy", rows, digests, "m", tmp_path).kind == "exact"


@pytest.mark.parametrize("count", [0, 1, 2])
def test_tiny_libraries(count: int, tmp_path: Path) -> None:
    rows, digests = planted(60)
    index = open_index("annoy", rows[:count], digests[:count], "m", tmp_path)
    candidates = propose_pairs(index, rows[:count], none(rows[:count]), 0.5, JobControl())
    assert len(candidates) == (1 if count == 2 else 0)


def test_small_libraries_are_searched_exactly_by_default(tmp_path: Path) -> None:
    rows, digests = planted(300)
    assert open_index("auto", rows, digests, "m", tmp_path).kind == "exact"
