"""Search by example: ranked first, relations named afterwards."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from photodedup.core import index
from photodedup.core.embed import Embedder
from photodedup.core.environment import DataFolders
from photodedup.core.group import PATIENCE
from photodedup.core.job import JobCancelled, JobControl
from photodedup.core.pipeline import ScanRequest, run_scan
from photodedup.core.records import Match, QueryResult, Relation
from photodedup.core.search import RelationNamer, Searcher, read_queries
from photodedup.core.store import CacheStore
from photodedup.core.workers import PreparedPhoto
from tests.conftest import CALIBRATION, TINY_SIZE
from tests.library_made import make_library


@pytest.fixture
def library(tmp_path: Path, folders: DataFolders, tiny_model: Path) -> Path:
    """The library of library_made, scanned."""
    made = make_library(tmp_path / "library")
    run_scan(ScanRequest((made,), device="cpu", model=tiny_model), folders, JobControl())
    return made


@pytest.fixture
def store(folders: DataFolders) -> Iterator[CacheStore]:
    with CacheStore(folders.cache) as opened:
        yield opened


def read_query(path: Path) -> PreparedPhoto:
    (query,) = read_queries([path], TINY_SIZE)
    assert isinstance(query, PreparedPhoto)
    return query


def relations(result: QueryResult) -> dict[str, Relation | None]:
    return {match.photo.path.name: match.relation for match in result.matches}


def test_photos_are_ranked_first_and_their_relations_named_afterwards(
    library: Path, store: CacheStore, folders: DataFolders, tiny_model: Path
) -> None:
    embedder = Embedder(tiny_model, "cpu")
    query = read_query(library / "half.jpg")
    ranked = Searcher(
        store.embedded_paths(embedder.model.key), store, embedder, "auto", folders
    ).rank(query, 5)
    similarities = [match.similarity for match in ranked.matches]
    assert similarities[0] == pytest.approx(1, abs=1e-6)
    assert similarities == sorted(similarities, reverse=True)
    known = relations(ranked)
    assert known.pop("half.jpg") is Relation.IDENTICAL_FILE
    assert set(known.values()) == {None}

    told: list[QueryResult] = []
    namer = RelationNamer(store, embedder.model.calibration)
    named = namer.name(query, ranked, JobControl(), told.append)
    assert told[-1] == named
    assert relations(named)["0.jpg"] is Relation.RESAVED
    assert relations(named)["copy of 0.jpg"] is Relation.RESAVED  # verified once, with its twin
    assert len(told) == 1
    for before, after in zip(ranked.matches, named.matches, strict=True):
        assert after == replace(before, relation=after.relation)


def test_a_large_library_is_searched_through_its_index_and_a_mapped_file(
    library: Path,
    store: CacheStore,
    folders: DataFolders,
    tiny_model: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    embedder = Embedder(tiny_model, "cpu")
    query = read_query(library / "half.jpg")
    files = store.embedded_paths(embedder.model.key)
    exact = Searcher(files, store, embedder, "auto", folders).rank(query, 5)
    monkeypatch.setattr(index, "AUTO_ANNOY_ROWS", len(files) // 2)
    monkeypatch.setattr("photodedup.core.store.MAPPED_FROM", 2)
    assert Searcher(files, store, embedder, "auto", folders).rank(query, 5) == exact
    assert {path.suffix for path in folders.cache.iterdir()} >= {".annoy", ".embeddings"}


def test_naming_stops_where_it_is_cancelled(
    library: Path, store: CacheStore, folders: DataFolders, tiny_model: Path
) -> None:
    embedder = Embedder(tiny_model, "cpu")
    query = read_query(library / "half.jpg")
    ranked = Searcher(
        store.embedded_paths(embedder.model.key), store, embedder, "auto", folders
    ).rank(query, 5)
    control = JobControl()
    control.cancel()
    told: list[QueryResult] = []
    with pytest.raises(JobCancelled):
        RelationNamer(store, CALIBRATION).name(query, ranked, control, told.append)
    assert told == []


def test_only_what_may_be_a_copy_is_verified(library: Path, store: CacheStore) -> None:
    """Not what is below the proposing cosine, and no more after many failures in a row."""
    query = read_query(library / "half.jpg")
    namer = RelationNamer(store, CALIBRATION)
    paths = [os.fsencode(library / "trip" / name) for name in ("0.jpg", "2.jpg")]
    photos = {photo.path.name: photo for photo in store.photos_at(paths)}
    copy = photos["0.jpg"]
    strangers = [
        structs.replace(
            photos["2.jpg"], digest=number.to_bytes(16), pixel_digest=number.to_bytes(16)
        )
        for number in range(PATIENCE)
    ]

    def relation_after(wrong: int, cosine: float) -> Relation | None:
        matches = tuple(Match(photo, cosine, None) for photo in (*strangers[:wrong], copy))
        named = namer.name(query, QueryResult(query.photo.path, matches), JobControl())
        return named.matches[-1].relation

    near = CALIBRATION.propose_cosine
    assert relation_after(0, near) is Relation.RESAVED
    assert relation_after(0, near - 0.01) is None
    assert relation_after(PATIENCE - 1, near) is Relation.RESAVED
    assert relation_after(PATIENCE, near) is None
