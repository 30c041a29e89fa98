"""Search by example: a photo to the most similar ones of the library, best first."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from photodedup.core.embed import Embedder
from photodedup.core.environment import DataFolders, worker_count
from photodedup.core.errors import PhotoError
from photodedup.core.group import PATIENCE, Content
from photodedup.core.index import open_index
from photodedup.core.intake import Intake
from photodedup.core.job import JobControl, Stage
from photodedup.core.keep_rules import KeepRules
from photodedup.core.matching import gather_contents
from photodedup.core.pipeline import ScanRequest, find_files
from photodedup.core.previews import PreviewSource, pixels_of_jpeg
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
from photodedup.core.workers import PhotoReader, PreparedPhoto


class Searcher:
    """Answers queries over some photos; made once, asked often.

    photos: those whose embeddings the store holds. Photos whose file is gone are passed over.
    """

    def __init__(
        self,
        photos: Sequence[Photo],
        store: CacheStore,
        embedder: Embedder,
        index_kind: str,
        folders: DataFolders,
    ) -> None:
        self._embedder = embedder
        self._contents = gather_contents(photos, KeepRules())
        digests = [content.digest for content in self._contents]
        model = embedder.model
        embeddings = store.embeddings(model.key, digests, model.dimension)
        self._index = open_index(index_kind, embeddings, digests, model.key, folders.cache)
        self._previews = PreviewSource(store)

    def search(self, query: PreparedPhoto, top: int) -> QueryResult:
        """The top most similar photos of one query, verified where they are near enough."""
        if not self._contents:
            return QueryResult(query.photo.path, ())
        (embedding,) = self._embedder.embed(query.network_input[None])
        # as a kept embedding is rounded, so that a photo is at 1 to itself
        rounded = embedding.astype(np.float16).astype(np.float32)
        rows, cosines = self._index.nearest(
            rounded / np.linalg.norm(rounded), min(2 * top, len(self._contents))
        )
        relation_to = self._relations(query)
        matches: list[Match] = []
        for row, cosine in zip(rows.tolist(), cosines.tolist(), strict=True):
            present = [p for p in self._contents[row].files if os.path.lexists(p.path)]
            if present:
                relation = relation_to(self._contents[row], cosine)
                matches += (Match(photo, min(cosine, 1.0), relation) for photo in present)
            if len(matches) >= top:
                break
        return QueryResult(query.photo.path, tuple(matches[:top]))

    def _relations(self, query: PreparedPhoto) -> Callable[[Content, float], Relation | None]:
        """A function that verifies contents against the query, in falling cosine.

        Like a scan it gives up after PATIENCE failures in a row: the rest is merely similar.
        """
        calibration = self._embedder.model.calibration
        own = Description(lambda: pixels_of_jpeg(query.preview_jpeg))

        def describe(photo: Photo) -> Description:
            return own if photo is query.photo else self._previews.describe(photo)

        verifier = Verifier(calibration, describe, self._previews.load_pixels)
        failures = 0

        def relation_to(content: Content, cosine: float) -> Relation | None:
            nonlocal failures
            if content.digest == query.photo.digest:
                return Relation.IDENTICAL_FILE
            if cosine < calibration.propose_cosine or failures == PATIENCE:
                return None
            try:
                relation = verifier.verify(query.photo, content.best, cosine).relation
            except PhotoError:  # unreadable since it was embedded
                return None
            failures = failures + 1 if relation is None else 0
            return relation

        return relation_to


def read_queries(paths: Sequence[Path], input_size: int) -> list[PreparedPhoto | Problem]:
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
    with PhotoReader(1, input_size) as reader:
        for outcome in reader.prepare(files):
            path = outcome.path if isinstance(outcome, Problem) else outcome.photo.path
            outcomes[path] = outcome
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
            intake = Intake(store, embedder, on_problem, control)
            photos = intake.read(files, worker_count(request.workers))
        else:
            photos = [
                photo
                for photo in store.all_photos()
                if store.has_embedding(embedder.model.key, photo.digest)
            ]
        control.begin(Stage.INDEX, None)
        searcher = Searcher(photos, store, embedder, request.index, folders)
        results = []
        for query in read_queries(queries, embedder.model.input_size):
            if isinstance(query, Problem):
                on_problem(query)
            else:
                results.append(searcher.search(query, top))
        control.finish()
    return results


def _query_file(path: Path) -> PhotoFile:
    found = os.stat(path)
    return PhotoFile(path, found.st_size, found.st_mtime_ns, found.st_dev, found.st_ino)
