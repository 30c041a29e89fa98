"""Search by example: a photo to the most similar ones of the library, best first."""

import collections
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from photodedup.core.calibration import Calibration
from photodedup.core.embed import Embedder
from photodedup.core.environment import DataFolders, worker_count
from photodedup.core.errors import PhotoError
from photodedup.core.group import PATIENCE
from photodedup.core.index import Rows, open_index, wants_annoy
from photodedup.core.intake import Intake
from photodedup.core.job import JobControl, Stage
from photodedup.core.keep_rules import KeepRules
from photodedup.core.matching import gather_contents
from photodedup.core.pipeline import ScanRequest, find_files
from photodedup.core.previews import PreviewSource, describe_jpeg
from photodedup.core.reading_limits import ReadingLimits, with_way_out
from photodedup.core.records import (
    Match,
    Photo,
    PhotoFile,
    Problem,
    ProblemCode,
    QueryResult,
    Relation,
)
from photodedup.core.store import CacheStore
from photodedup.core.verify import Description, Verifier
from photodedup.core.workers import PreparedPhoto

_DEFAULT_LIMITS = ReadingLimits()


class Searcher:
    """Ranks the photos most like a query, over some photos; made once, asked often.

    files: paths and digests of photos that the store keeps, with their embeddings. Photos whose
    file is gone are passed over.
    """

    def __init__(
        self,
        files: Iterable[tuple[bytes, bytes]],
        store: CacheStore,
        embedder: Embedder,
        index_kind: str,
        folders: DataFolders,
    ) -> None:
        self._store = store
        self._embedder = embedder
        paths: dict[bytes, list[bytes]] = {}
        for path, digest in files:
            paths.setdefault(digest, []).append(path)
        self._digests, self._paths = list(paths), list(paths.values())  # of each row
        model = embedder.model
        # exact search looks at every row each time, Annoy at some hundred
        load = store.embedding_rows if wants_annoy(index_kind, len(paths)) else store.embeddings
        embeddings = load(model.key, self._digests, model.dimension)
        self._index = open_index(index_kind, embeddings, self._digests, model.key, folders.cache)

    def rank(self, query: PreparedPhoto, top: int) -> QueryResult:
        """The top most similar photos of one query, best first.

        Of relations only the same bytes are told; a RelationNamer names the others, which takes
        many times as long as this.
        """
        if not self._digests:
            return QueryResult(query.photo.path, ())
        (embedding,) = self._embedder.embed(query.network_input[None])
        # as a kept embedding is rounded, so that a photo is at 1 to itself
        rounded = embedding.astype(np.float16).astype(np.float32)
        rows, cosines = self._index.nearest(
            rounded / np.linalg.norm(rounded), min(2 * top, len(self._digests))
        )
        photos = self._photos_of(rows)
        matches: list[Match] = []
        for row, cosine in zip(rows.tolist(), cosines.tolist(), strict=True):
            digest = self._digests[row]
            same = Relation.IDENTICAL_FILE if digest == query.photo.digest else None
            present = [photo for photo in photos[digest] if os.path.lexists(photo.path)]
            matches += (Match(photo, min(cosine, 1.0), same) for photo in present)
            if len(matches) >= top:
                break
        return QueryResult(query.photo.path, tuple(matches[:top]))

    def _photos_of(self, rows: Rows) -> Mapping[bytes, Sequence[Photo]]:
        """The photos of these rows by their digest, the best keeper first."""
        paths = [path for row in rows.tolist() for path in self._paths[row]]
        found = gather_contents(self._store.photos_at(paths), KeepRules())
        by_digest = {content.digest: content.files for content in found}
        return collections.defaultdict(tuple, by_digest)  # none of what another scan has replaced


class RelationNamer:
    """Says what the matches of a query are to it: crop, saved again, the same image."""

    def __init__(self, store: CacheStore, calibration: Calibration) -> None:
        self._calibration = calibration
        self._previews = PreviewSource(store)

    def name(
        self,
        query: PreparedPhoto,
        result: QueryResult,
        control: JobControl,
        on_named: Callable[[QueryResult], None] = lambda named: None,
    ) -> QueryResult:
        """Verify the matches of a ranked result, best first, and give it with their relations.

        Like a scan it gives up after PATIENCE failures in a row: the rest is merely similar.
        on_named: told of the result so far whenever a relation was found. Order, photos and
        similarities never change. Raises JobCancelled.
        """
        verifier = self._verifier(query)
        verified: dict[bytes, Relation | None] = {query.photo.digest: Relation.IDENTICAL_FILE}
        failures = 0
        for match in result.matches:
            digest = match.photo.digest
            if digest in verified:
                continue
            if match.similarity < self._calibration.propose_cosine or failures == PATIENCE:
                break
            control.checkpoint()
            try:
                found = verifier.verify(query.photo, match.photo, match.similarity)
            except PhotoError:  # unreadable since it was embedded
                verified[digest] = None
                continue
            verified[digest] = found.relation
            if found.relation is None:
                failures += 1
            else:
                failures = 0
                result = _with_relations(result, verified)
                on_named(result)
        return result

    def _verifier(self, query: PreparedPhoto) -> Verifier:
        own = describe_jpeg(query.preview_jpeg)
        own.keep_glance(query.glance, query.preview_size)

        def describe(photo: Photo) -> Description:
            return own if photo is query.photo else self._previews.describe(photo)

        return Verifier(self._calibration, describe, self._previews.load_pixels)


def _with_relations(result: QueryResult, relations: Mapping[bytes, Relation | None]) -> QueryResult:
    matches = (
        replace(match, relation=relations.get(match.photo.digest)) for match in result.matches
    )
    return replace(result, matches=tuple(matches))


def read_queries(
    paths: Sequence[Path], input_size: int, limits: ReadingLimits = _DEFAULT_LIMITS
) -> list[PreparedPhoto | Problem]:
    """Read query photos in a worker process, in their order."""
    paths = [path.absolute() for path in paths]
    files = []
    outcomes: dict[Path, PreparedPhoto | Problem] = {}
    for path in paths:
        try:
            files.append(_query_file(path))
        except OSError as error:
            reason = error.strerror or str(error)
            outcomes[path] = Problem(path, ProblemCode.FILE_UNREADABLE, reason)
    with limits.open_reader(1, input_size) as reader:
        for outcome in reader.prepare(files):
            if isinstance(outcome, Problem):
                outcomes[outcome.path] = with_way_out(outcome)
            else:
                outcomes[outcome.photo.path] = outcome
    return [outcomes[path] for path in paths]


def search_library(
    queries: Sequence[Path],
    request: ScanRequest,
    folders: DataFolders,
    top: int,
    control: JobControl,
    on_problem: Callable[[Problem], None],
) -> list[QueryResult]:
    """Search photos like each query in the request's folders, or in all that was ever scanned.

    Folders are brought up to date first. A query that cannot be read is told to on_problem.
    Raises UserError as run_scan does, and JobCancelled.
    """
    control.begin(Stage.START, None)
    embedder = Embedder(request.model, request.device)
    with CacheStore(folders.cache) as store:
        if request.folders:
            if request.retry:
                store.forget_problems(request.folders)
            files = find_files(request, on_problem, control)
            intake = Intake(store, embedder, on_problem, control, request.limits)
            photos = intake.read(files, worker_count(request.workers))
            known = [(os.fsencode(photo.path), photo.digest) for photo in photos]
        else:
            known = store.embedded_paths(embedder.model.key)
        control.begin(Stage.INDEX, None)
        searcher = Searcher(known, store, embedder, request.index, folders)
        namer = RelationNamer(store, embedder.model.calibration)
        results = []
        for query in read_queries(queries, embedder.model.input_size, request.limits):
            if isinstance(query, Problem):
                on_problem(query)
            else:
                ranked = searcher.rank(query, top)
                results.append(namer.name(query, ranked, control))
        control.finish()
    return results


def _query_file(path: Path) -> PhotoFile:
    found = os.stat(path)
    return PhotoFile(path, found.st_size, found.st_mtime_ns, found.st_dev, found.st_ino)
