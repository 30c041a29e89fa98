"""What the window asks of the core, in one place, so that tests can answer instead."""

import contextlib
import itertools
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from photodedup.core.bug_report import bug_report
from photodedup.core.calibration import Calibration
from photodedup.core.decode import decode_photo
from photodedup.core.embed import Embedder
from photodedup.core.environment import DataFolders
from photodedup.core.errors import PhotoError, UserError
from photodedup.core.evidence import lay_over
from photodedup.core.job import JobControl, Stage
from photodedup.core.matched_points import matched_points
from photodedup.core.pair_checks import pair_verifier, verify_pairs
from photodedup.core.pipeline import OnPartial, ScanOutcome, ScanRequest, run_scan
from photodedup.core.plot import plot_queries
from photodedup.core.preview_jpeg import pixels_of_jpeg
from photodedup.core.previews import PreviewSource
from photodedup.core.raster import error_text
from photodedup.core.reading_limits import with_way_out
from photodedup.core.records import (
    Photo,
    PhotoFile,
    Problem,
    QueryResult,
    Verification,
)
from photodedup.core.sample import make_sample_library
from photodedup.core.search import RelationNamer, Searcher
from photodedup.core.store import CacheStore
from photodedup.core.watch_reading import WatchNews, watch_folders
from photodedup.core.workers import PreparedPhoto
from photodedup.gui.clearing_core import Clearing, CoreClearing
from photodedup.gui.image_loader import Laid, Pixels, from_shares
from photodedup.gui.scan_options import ScanOptions
from photodedup.gui.thumbnails import PreviewReader

SAMPLE_FOLDER = "sample-photos"


class Backend(Protocol):
    """The core as the window sees it; everything but open_previews and close runs in jobs."""

    def scan(self, request: ScanRequest, control: JobControl, on_partial: OnPartial) -> ScanOutcome:
        """Scan folders; a cancelled scan's result is not complete. Raises UserError.

        on_partial is called on the job's thread, now and then, with the groups found so far.
        """
        ...

    def watch(
        self, request: ScanRequest, control: JobControl, tell: Callable[[WatchNews], None]
    ) -> None:
        """Read new photos as they come, until cancelled; tell is called on the job's thread.

        While control is paused nothing is read. Raises JobCancelled, UserError.
        """
        ...

    def verify(
        self, pairs: Sequence[tuple[Photo, Photo]], control: JobControl
    ) -> dict[tuple[bytes, bytes], Verification]:
        """Verify (keeper, other) photos of a scan; by their digests. Raises UserError."""
        ...

    def prepare_search(self, folders: Sequence[Path]) -> None:
        """Do what only the first search in these folders has to; that one may come meanwhile.

        Raises UserError.
        """
        ...

    def search(
        self, queries: Sequence[Path], folders: Sequence[Path], top: int, control: JobControl
    ) -> list[QueryResult]:
        """Find the top photos most like each query, in folders or in all that was ever scanned.

        What they are to it is left to name_relations. Raises JobCancelled, and UserError if no
        query can be read; one that cannot is left out.
        """
        ...

    def name_relations(
        self, result: QueryResult, on_named: Callable[[QueryResult], None], control: JobControl
    ) -> None:
        """Verify the matches of a query of the last search.

        on_named is told, on the job's thread, of the result so far whenever a relation was found.
        Raises JobCancelled, UserError.
        """
        ...

    def plot(self, results: Sequence[QueryResult]) -> bytes:
        """Draw queries and their best matches; a PNG file's bytes."""
        ...

    def load_pixels(self, path: Path, longest_px: int | None) -> Pixels:
        """(H, W, 3) uint8 sRGB, upright; full size for None. Raises UserError."""
        ...

    def align(self, first: Photo, second: Photo) -> Laid | None:
        """Lay the second over the first; None where that fails."""
        ...

    def query_photo(self, path: Path) -> Photo | None:
        """What the last search knows of a query; None if it was not in it."""
        ...

    def query_pixels(self, path: Path) -> Pixels | None:
        """A small picture of a query of the last search; None if it was not in it."""
        ...

    def open_previews(self) -> PreviewReader:
        """Open the previews for one thread."""
        ...

    def configure(self, options: ScanOptions) -> None:
        """Search with this network on this device from now on."""
        ...

    def bug_report(self, with_paths: bool) -> str:
        """Collect what a bug report needs, personal paths only if chosen."""
        ...

    @property
    def clearing(self) -> Clearing:
        """What clears photos."""
        ...

    @property
    def data_folders(self) -> DataFolders:
        """Where the program keeps its own files."""
        ...

    def make_sample(self, control: JobControl) -> Path:
        """Paint a small library to try the program on; its folder. Raises UserError."""
        ...

    def close(self) -> None:
        """Let go of databases and processes."""
        ...


class CoreBackend:
    """The real thing. Between two scans, searches share one index and one reading process.

    Relations are named over a database of their own: neither a new search nor the end of a scan
    waits for them.
    """

    def __init__(self, folders: DataFolders) -> None:
        self.data_folders = folders
        self._options = ScanOptions()
        self._lock = threading.Lock()  # searches; they may come while a scan ends
        self._session: _SearchSession | None = None
        self._queries: dict[Path, PreparedPhoto] = {}  # of the last search
        self._calibration: Calibration | None = None  # of the network that it used
        self._stale = (
            False  # whether it is of another network or device than asked for, or lacks photos
        )
        self.clearing = CoreClearing(folders.data)

    def scan(self, request: ScanRequest, control: JobControl, on_partial: OnPartial) -> ScanOutcome:
        """Scan with the pipeline; the next search looks through what is new."""
        self.clearing.recover()
        try:
            outcome = run_scan(request, self.data_folders, control, on_partial)
            with CacheStore(self.data_folders.cache) as store:
                store.evict_previews(self._options.previews_bytes)
            return outcome
        finally:
            with self._lock:
                self._close_session()

    def configure(self, options: ScanOptions) -> None:
        """Take other options; a search that runs ends with the old ones."""
        before, self._options = self._options, options
        self.clearing.limits = options.limits.of_photo
        if (before.device, before.model, before.limits) != (
            options.device,
            options.model,
            options.limits,
        ):
            self._stale = True

    def watch(
        self, request: ScanRequest, control: JobControl, tell: Callable[[WatchNews], None]
    ) -> None:
        """Watch with the core; the next search looks through what is new."""
        read = 0

        def heard(news: WatchNews) -> None:
            nonlocal read
            if news.read > read:
                read, self._stale = news.read, True
            tell(news)

        watch_folders(request, self.data_folders, control, heard)

    def verify(
        self, pairs: Sequence[tuple[Photo, Photo]], control: JobControl
    ) -> dict[tuple[bytes, bytes], Verification]:
        """Verify over the cache, as a scan does."""
        model = Embedder(self._options.model, self._options.device).model
        with CacheStore(self.data_folders.cache) as store:
            verifier = pair_verifier(store, PreviewSource(store), model, {})
            verify_pairs(pairs, verifier, store, model, control)
        return verifier.found

    def prepare_search(self, folders: Sequence[Path]) -> None:
        """Read the embeddings, and start the process that reads queries."""
        with self._lock:
            self._session_in(folders)

    def search(
        self, queries: Sequence[Path], folders: Sequence[Path], top: int, control: JobControl
    ) -> list[QueryResult]:
        """Search what was scanned, without looking for new files."""
        control.begin(Stage.START, None)
        with self._lock:
            session = self._session_in(folders)
            self._queries, self._calibration = {}, session.calibration
            results: list[QueryResult] = []
            problems: list[Problem] = []
            for query in queries:
                control.checkpoint()
                prepared = session.read(query)
                if isinstance(prepared, Problem):
                    problems.append(prepared)
                else:
                    self._queries[query] = prepared
                    results.append(session.rank(prepared, top))
        if problems and not results:
            raise PhotoError(problems[0].path, problems[0].reason)
        return results

    def name_relations(
        self, result: QueryResult, on_named: Callable[[QueryResult], None], control: JobControl
    ) -> None:
        """Verify beside whatever else runs; nothing for a query of an older search."""
        query, calibration = self._queries.get(result.query), self._calibration
        if query is not None and calibration is not None:
            with CacheStore(self.data_folders.cache) as store:
                RelationNamer(store, calibration).name(query, result, control, on_named)

    def plot(self, results: Sequence[QueryResult]) -> bytes:
        """Draw as the command line does."""
        with CacheStore(self.data_folders.cache) as store:
            return plot_queries(results, store, self._options.limits.of_photo)

    def load_pixels(self, path: Path, longest_px: int | None) -> Pixels:
        """Decode a file again."""
        return decode_photo(path, longest_px, self._options.limits.of_photo).rgb

    def query_photo(self, path: Path) -> Photo | None:
        """Remembered from when it was read."""
        prepared = self._queries.get(path)
        return None if prepared is None else prepared.photo

    def query_pixels(self, path: Path) -> Pixels | None:
        """Its preview, from the decode that its search made."""
        prepared = self._queries.get(path)
        return None if prepared is None else pixels_of_jpeg(prepared.preview_jpeg)

    def align(self, first: Photo, second: Photo) -> Laid | None:
        """Align the two previews, as the scan does."""
        with CacheStore(self.data_folders.cache) as store:
            previews = PreviewSource(store)
            on_first, on_second = previews.describe(first), previews.describe(second)
            found = lay_over(on_first, on_second)  # reads the previews when it needs them
            if found is None:
                return None
            points = matched_points(on_first, on_second, found.matrix).tolist()
        to_shares = np.linalg.inv(from_shares(*on_first.size))
        matrix = np.asarray(to_shares @ found.matrix @ from_shares(*on_second.size), np.float64)
        return Laid(matrix, tuple((x, y, u, v) for x, y, u, v in points))

    def bug_report(self, with_paths: bool) -> str:
        """Collect it as the command line does."""
        return bug_report(self.data_folders, self._options.model, with_paths)

    def open_previews(self) -> PreviewReader:
        """Open the store anew: this thread's own."""
        return CacheStore(self.data_folders.cache)

    def make_sample(self, control: JobControl) -> Path:
        """Paint it into the data folder, where no scan of own photos meets it."""
        folder = self.data_folders.data / SAMPLE_FOLDER
        try:
            return make_sample_library(folder, control)
        except OSError as error:
            raise UserError(f"{folder}: {error_text(error)}") from error

    def close(self) -> None:
        """Let go of the search's database and process."""
        with self._lock:
            self._close_session()

    def _session_in(self, folders: Sequence[Path]) -> "_SearchSession":
        """The open session if it is of these folders, else a new one; under the lock."""
        wanted = tuple(folders)
        if self._stale or self._session is None or self._session.folders != wanted:
            self._close_session()
            options, self._stale = self._options, False
            self._session = _SearchSession(wanted, self.data_folders, options)
        return self._session

    def _close_session(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


class _SearchSession:
    """Everything a search needs, kept from one to the next."""

    def __init__(self, folders: tuple[Path, ...], data: DataFolders, options: ScanOptions) -> None:
        self.folders = folders
        with contextlib.ExitStack() as stack:
            embedder = Embedder(options.model, options.device)
            store = stack.enter_context(CacheStore(data.cache))
            reader = options.limits.open_reader(1, embedder.model.input_size)
            self._reader = stack.enter_context(reader)
            key = embedder.model.key
            known = [store.embedded_paths(key, folder) for folder in folders or (None,)]
            self.calibration = embedder.model.calibration
            files = dict.fromkeys(itertools.chain.from_iterable(known))  # folders may overlap
            self._searcher = Searcher(files, store, embedder, "auto", data)
            self._open = stack.pop_all()

    def read(self, query: Path) -> PreparedPhoto | Problem:
        """Read one query, or say why it cannot be read. Raises PhotoError if there is no file."""
        try:
            found = os.stat(query)
        except OSError as error:
            raise PhotoError(query, error.strerror or str(error)) from error
        file = PhotoFile(query, found.st_size, found.st_mtime_ns, found.st_dev, found.st_ino)
        (outcome,) = self._reader.prepare([file])
        return with_way_out(outcome) if isinstance(outcome, Problem) else outcome

    def rank(self, query: PreparedPhoto, top: int) -> QueryResult:
        """The photos most like it, best first; relations are not named yet."""
        return self._searcher.rank(query, top)

    def close(self) -> None:
        """Close the database, end the process."""
        self._open.close()
