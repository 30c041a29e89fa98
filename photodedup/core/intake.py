"""Files to embedded photos: from the cache where nothing changed, else read, embedded and kept."""

import time
from collections.abc import Callable, Container, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from photodedup.core.digest import digest_file
from photodedup.core.embed import Embedder
from photodedup.core.job import JobControl, Stage
from photodedup.core.reading_limits import ReadingLimits, with_way_out
from photodedup.core.records import Photo, PhotoFile, Problem, ProblemCode, ScanCounts
from photodedup.core.slow_disks import in_reading_order
from photodedup.core.store import CacheStore
from photodedup.core.workers import PhotoReader, PreparedPhoto

LOOKED_UP_AT_ONCE = 2000
MANY_FILES = 20_000  # from here on all contents that are embedded are listed first
SAVE_EVERY_S = 1.0  # what a kill -9 costs at most, and how long a photo waits to be matched
_DEFAULT_LIMITS = ReadingLimits()


class Intake:
    """Reads the photos of one scan and counts what became of each file.

    on_problem: told of every file that was not read, or not wholly. limits: with higher ones
    what was refused for its limit is tried again. on_read: given what was read of each new photo,
    before it is kept.
    """

    def __init__(
        self,
        store: CacheStore,
        embedder: Embedder,
        on_problem: Callable[[Problem], None],
        control: JobControl,
        limits: ReadingLimits = _DEFAULT_LIMITS,
        on_read: Callable[[PreparedPhoto], None] = lambda prepared: None,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._on_problem = on_problem
        self._control = control
        self._limits = limits
        self._on_read = on_read
        self.counts = ScanCounts()

    def read(
        self,
        files: Sequence[PhotoFile],
        workers: int,
        on_kept: Callable[[Sequence[Photo]], None] = lambda photos: None,
    ) -> list[Photo]:
        """Give the readable ones as photos; afterwards the store holds an embedding for each.

        What was embedded before control was cancelled is in the store too. on_kept: told of
        photos once the store holds all of them, the known ones first; only while new ones are read.
        """
        photos, new = self.look_up(files)
        if new:
            on_kept(photos)
            with self.open_reader(workers) as reader:
                photos += self.read_new(new, reader, on_kept)
        return photos

    def look_up(self, files: Sequence[PhotoFile]) -> tuple[list[Photo], list[PhotoFile]]:
        """Give the photos that the cache knows, and the files that it does not; all are counted."""
        self.counts = replace(self.counts, found=len(files))
        photos: list[Photo] = []
        new: list[PhotoFile] = []
        self._control.begin(Stage.EMBED, len(files))
        key = self._embedder.model.key
        embedded = self._store.embedded_digests(key) if len(files) > MANY_FILES else None
        for start in range(0, len(files), LOOKED_UP_AT_ONCE):
            new += self._add_known(files[start : start + LOOKED_UP_AT_ONCE], embedded, photos)
        return photos, new

    def open_reader(self, workers: int) -> PhotoReader:
        """Processes that read for this intake; see PhotoReader."""
        return self._limits.open_reader(workers, self._embedder.model.input_size)

    def count_glanced(self, files: int) -> None:
        """Set how many files were only glanced at; see quick_scan.py."""
        self.counts = replace(self.counts, glanced=files)

    def _add_known(
        self, files: Sequence[PhotoFile], embedded: Container[bytes] | None, photos: list[Photo]
    ) -> list[PhotoFile]:
        """Add the photos that the cache knows, and give the files that must be read."""
        kept = self._store.embedded_photos(files, self._embedder.model.key, embedded)
        unknown = []
        for file, known in zip(files, kept, strict=True):
            if known is None:
                unknown.append(file)
                continue
            photo, damage = known
            photos.append(photo)
            if damage is not None:
                self._report_damage(photo, damage)
        self._count_known(photos, len(files) - len(unknown))
        new = []
        for file in unknown:
            found = self._look_up(file)
            if found is None:
                new.append(file)  # counted when it is read
                continue
            if isinstance(found, Photo):
                photos.append(found)
            self._count_known(photos, 1)
        return new

    def _count_known(self, photos: Sequence[Photo], files: int) -> None:
        self.counts = replace(self.counts, from_cache=len(photos))
        self._control.advance(files)

    def _look_up(self, file: PhotoFile) -> Photo | Problem | None:
        """The kept photo of a moved or copied file, or why this unchanged one cannot be read."""
        if (problem := self._store.problem(file, self._limits.timeout_s)) is not None:
            self._skip(problem)
            return problem
        if self._store.photo(file) is not None:
            return None  # unchanged, but not embedded by this model
        if not self._store.knows_size(file.size_bytes):
            return None
        try:
            kept = self._store.photo_of_content(file, digest_file(file.path))
        except OSError:
            return None  # the reader says what is wrong with it
        if kept is None or not self._store.has_embedding(self._embedder.model.key, kept[0].digest):
            return None
        self._store.add_photos([kept])
        self._report_damage(*kept)
        return kept[0]

    def read_new(
        self,
        files: Sequence[PhotoFile],
        reader: PhotoReader,
        on_kept: Callable[[Sequence[Photo]], None],
    ) -> list[Photo]:
        """Read, embed and keep files that the cache does not know; see read."""
        photos: list[Photo] = []
        file_at = {file.path: file for file in files}
        counts = self.counts
        done = counts.embedded + counts.from_cache + counts.skipped
        writer = _Writer(self._store, self._embedder, self._limits.timeout_s, on_kept)
        self._control.begin(Stage.START, None)  # until the first worker answers
        ordered = in_reading_order(files, self._limits.timeout_s, self._control)
        try:
            for number, outcome in enumerate(reader.prepare(ordered, self._control)):
                if number == 0:
                    self._control.begin(Stage.EMBED, done + len(files))
                    self._control.advance(done)
                if isinstance(outcome, Problem):
                    outcome = with_way_out(outcome)
                    self._skip(outcome)
                    writer.add_problem(file_at[outcome.path], outcome)
                else:
                    self._report_damage(outcome.photo, outcome.damage)
                    self._on_read(outcome)
                    writer.add(outcome)
                    photos.append(outcome.photo)
                self._control.advance()
        finally:
            written = writer.finish()
            self.counts = replace(self.counts, embedded=counts.embedded + written)
        return photos

    def _skip(self, problem: Problem) -> None:
        self.counts = replace(self.counts, skipped=self.counts.skipped + 1)
        self._on_problem(problem)

    def _report_damage(self, photo: Photo, damage: str | None) -> None:
        if damage is not None:
            self._on_problem(Problem(photo.path, ProblemCode.DAMAGED, damage))


class _Writer:
    """Embeds what is read in batches and keeps it, a transaction every few seconds."""

    def __init__(
        self,
        store: CacheStore,
        embedder: Embedder,
        timeout_s: int,
        on_kept: Callable[[Sequence[Photo]], None],
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._timeout_s = timeout_s
        self._on_kept = on_kept
        self._batch: list[PreparedPhoto] = []
        self._embedded: list[PreparedPhoto] = []
        self._embeddings: list[npt.NDArray[np.float32]] = []
        self._problems: list[tuple[PhotoFile, Problem]] = []
        self._saved_s = time.monotonic()
        self._written = 0

    def add(self, prepared: PreparedPhoto) -> None:
        self._batch.append(prepared)
        if len(self._batch) == self._embedder.batch_size:
            self._embed()
        if time.monotonic() - self._saved_s > SAVE_EVERY_S:
            kept = [prepared.photo for prepared in self._embedded]
            self._save()
            self._on_kept(kept)

    def add_problem(self, file: PhotoFile, problem: Problem) -> None:
        self._problems.append((file, problem))

    def finish(self) -> int:
        """Keep the rest; how many photos were kept in all."""
        if self._batch:
            self._embed()
        self._save()
        return self._written

    def _embed(self) -> None:
        inputs = np.stack([prepared.network_input for prepared in self._batch])
        self._embeddings.append(self._embedder.embed(inputs))
        self._embedded += self._batch
        self._batch = []

    def _save(self) -> None:
        digests = [prepared.photo.digest for prepared in self._embedded]
        if self._embedded:  # photos last: a photo that is kept has the rest
            key = self._embedder.model.key
            self._store.add_previews((p.photo.digest, p.preview_jpeg) for p in self._embedded)
            self._store.add_embeddings(key, digests, np.concatenate(self._embeddings))
            self._store.add_photos((p.photo, p.damage) for p in self._embedded)
        self._store.add_problems(self._problems, self._timeout_s)
        self._written += len(self._embedded)
        self._embedded, self._embeddings, self._problems = [], [], []
        self._saved_s = time.monotonic()
