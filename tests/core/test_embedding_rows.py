"""Mapped embeddings equal held ones, whatever became of their file."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from photodedup.core.embedding_rows import (
    EmbeddingRows,
    Float16,
    MappedEmbeddings,
    blocks_of,
    map_embeddings,
    unit_rows,
)
from photodedup.core.holding import only_one
from photodedup.core.index import ExactIndex, open_index
from photodedup.core.job import JobControl
from photodedup.core.pairs import propose_pairs
from tests.core.spoiled import small_disk

DIMENSION = 8


class Source:
    """Embeddings by digest, as a cache has them; counts what it was asked for."""

    def __init__(self, count: int) -> None:
        random = np.random.default_rng(3)
        rows = random.standard_normal((count, DIMENSION)).astype(np.float32)
        rows[1::2] = rows[::2] + 0.1 * rows[1::2]
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        self.stored = rows.astype(np.float16)
        self.digests = [number.to_bytes(16) for number in range(count)]
        self.asked: list[bytes] = []

    def load(self, digests: Sequence[bytes]) -> Float16:
        self.asked += digests
        return self.stored[[int.from_bytes(digest) for digest in digests]]

    def map(self, path: Path, digests: Sequence[bytes]) -> MappedEmbeddings:
        mapped = map_embeddings(path, digests, DIMENSION, self.load)
        assert mapped is not None
        return mapped


@pytest.fixture
def source() -> Source:
    return Source(100)


def assert_equal(mapped: EmbeddingRows, wanted: npt.NDArray[np.float32]) -> None:
    assert mapped.shape == wanted.shape
    assert np.array_equal(np.concatenate(list(blocks_of(mapped))), wanted)


def test_mapped_rows_equal_held_ones(tmp_path: Path, source: Source) -> None:
    order = np.random.default_rng(0).permutation(100)
    mapped = source.map(tmp_path / "rows", [source.digests[n] for n in order])
    held = unit_rows(source.stored)[order]

    assert_equal(mapped, held)
    some = np.array([7, 3, 3, 99])
    assert np.array_equal(mapped[some], held[some])
    assert np.array_equal(mapped[10:20], held[10:20])


def test_only_what_is_not_in_the_file_is_loaded(tmp_path: Path, source: Source) -> None:
    source.map(tmp_path / "rows", source.digests[:60])
    source.asked.clear()
    mapped = source.map(tmp_path / "rows", source.digests[40:][::-1])

    assert sorted(source.asked) == source.digests[60:]
    assert_equal(mapped, unit_rows(source.stored)[40:][::-1])


@pytest.mark.parametrize("cut", [1, 17, 40, 33 * 32])
def test_a_file_that_was_not_wholly_written_goes_on(
    tmp_path: Path, source: Source, cut: int
) -> None:
    path = tmp_path / "rows"
    source.map(path, source.digests[:60])
    path.write_bytes(path.read_bytes()[:-cut])

    assert_equal(source.map(path, source.digests), unit_rows(source.stored))
    assert_equal(source.map(path, source.digests), unit_rows(source.stored))


@pytest.mark.parametrize("damage", [b"\0" * 32 * 40, b"\xff" * 32 * 40])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, source: Source, damage: bytes) -> None:
    path = tmp_path / "rows"
    source.map(path, source.digests)
    whole = path.read_bytes()
    path.write_bytes(whole[:320] + damage + whole[320 + len(damage) :])

    assert_equal(source.map(path, source.digests), unit_rows(source.stored))
    assert path.read_bytes() == whole


def test_without_room_or_beside_another_scan_nothing_is_mapped(
    tmp_path: Path, source: Source
) -> None:
    path = tmp_path / "rows"
    with only_one(path.with_suffix(".lock")):
        assert map_embeddings(path, source.digests, DIMENSION, source.load) is None
    many = Source(2000)
    with small_disk(tmp_path, "16k"):
        assert map_embeddings(path, many.digests, DIMENSION, many.load) is None
    assert_equal(source.map(path, source.digests), unit_rows(source.stored))


def test_no_photos(tmp_path: Path, source: Source) -> None:
    assert source.map(tmp_path / "rows", []).shape == (0, DIMENSION)


def test_what_is_no_embedding_is_refused() -> None:
    with pytest.raises(ValueError, match="none"):
        unit_rows(np.zeros((2, DIMENSION), np.float16))


@pytest.mark.parametrize("kind", ["exact", "annoy"])
def test_pairs_and_searches_are_the_same(tmp_path: Path, source: Source, kind: str) -> None:
    mapped, held = source.map(tmp_path / "rows", source.digests), unit_rows(source.stored)
    handicaps = np.zeros(100, np.float32)
    found, wanted = (
        propose_pairs(
            open_index(kind, rows, source.digests, "m", tmp_path),
            rows,
            handicaps,
            0.6,
            JobControl(),
        )
        for rows in (mapped, held)
    )

    assert len(found) > 50
    assert np.array_equal(found.rows, wanted.rows)
    assert np.array_equal(found.cosines, wanted.cosines)
    assert np.array_equal(
        ExactIndex(mapped).nearest(held[8], 5)[0], ExactIndex(held).nearest(held[8], 5)[0]
    )
