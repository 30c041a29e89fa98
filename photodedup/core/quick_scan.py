"""Reads only the photos that may have a copy, as far as their embedded previews tell.

A glance at a file is the preview that it carries, embedded. Glances are compared with each other
and with all photos that were read; a file that may share a scene with another is read whole, as is
every file without a preview that can stand for it. So whatever is found comes from real pixels,
and a quick scan can only miss copies. Where a photo turns out to be unlike its preview, what is
like the photo itself is read too.
"""

import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photodedup.core.embed import Embedder
from photodedup.core.glance_matching import GlanceMatcher, Sights
from photodedup.core.glance_store import Glance, GlanceStore
from photodedup.core.intake import SAVE_EVERY_S, Intake
from photodedup.core.job import JobControl, Stage
from photodedup.core.prepare import PreparedGlance
from photodedup.core.preview_jpeg import gray_of_jpeg
from photodedup.core.records import Photo, PhotoFile
from photodedup.core.slow_disks import in_reading_order, read_beginning
from photodedup.core.store import CacheStore
from photodedup.core.workers import PhotoReader

log = logging.getLogger(__name__)

# Of 560 photos every one is at 0.94 or nearer to its thumbnail of 160 pixels.
STALE_COSINE = 0.85
REASONS_LOGGED = 10

OnKept = Callable[[Sequence[Photo]], None]


@dataclass(frozen=True, slots=True)
class QuickTools:
    """What a quick scan works with."""

    intake: Intake
    store: CacheStore
    kept: GlanceStore
    embedder: Embedder
    control: JobControl


class QuickScan:
    """One scan's reading, in place of Intake.read."""

    def __init__(self, tools: QuickTools, timeout_s: float, workers: int) -> None:
        self._intake = tools.intake
        self._store = tools.store
        self._kept = tools.kept
        self._embedder = tools.embedder
        self._control = tools.control
        self._timeout_s = timeout_s
        self._workers = workers
        model = tools.embedder.model
        self._model = model
        self._matcher = GlanceMatcher(
            model.background,
            model.calibration.propose_cosine,
            self._load_preview,
            workers,
            tools.control,
        )

    def read(self, files: Sequence[PhotoFile], on_kept: OnKept) -> list[Photo]:
        """The photos that the cache knows and those that had to be read; see Intake.read.

        Files that were only glanced at are counted so, and are in no photo that is given.
        """
        photos, new = self._intake.look_up(files)
        if not new:
            return photos
        on_kept(photos)
        with self._intake.open_reader(self._workers) as reader:
            glances = self._glance_at(new, reader)
            glanced = {glance.file.path for glance in glances}
            doubtful = [file for file in new if file.path not in glanced]
            self._intake.count_glanced(len(glances))
            photos += self._intake.read_new(doubtful, reader, on_kept)
            photos += self._read_alike(glances, photos, reader, on_kept)
        return photos

    def _read_alike(
        self,
        glances: Sequence[Glance],
        photos: Sequence[Photo],
        reader: PhotoReader,
        on_kept: OnKept,
    ) -> list[Photo]:
        """Read the files at which a glance hints at copies, until nothing new comes."""
        compared = self._kept.compared(self._model.key)
        contents = list(dict.fromkeys(photo.digest for photo in photos))
        sights = self._sights(glances, contents, compared)
        everything = sights.digests
        read: list[Photo] = []
        while sights.is_new.any():
            alike = [glances[row] for row in self._matcher.alike(sights)]
            if not alike:
                break
            self._intake.count_glanced(len(glances) - len(alike))
            found = self._intake.read_new([glance.file for glance in alike], reader, on_kept)
            self._kept.forget(glance.file for glance in alike)
            read += found
            taken = {glance.file.path for glance in alike}
            glances = [glance for glance in glances if glance.file.path not in taken]
            sights = self._sights(glances, self._unlike(alike, found), frozenset(everything))
        new = [*everything, *(photo.digest for photo in read)]
        self._kept.add_compared((d for d in new if d not in compared), self._model.key)
        return read

    def _sights(
        self, glances: Sequence[Glance], contents: Sequence[bytes], compared: frozenset[bytes]
    ) -> Sights:
        """Rows of glances, then of photos' contents."""
        model = self._model
        digests = [*(glance.digest for glance in glances), *contents]
        embeddings = [glance.embedding for glance in glances]
        of_photos = self._store.embeddings(model.key, contents, model.dimension)
        return Sights(
            digests,
            np.concatenate([np.array(embeddings).reshape(-1, model.dimension), of_photos]),
            np.arange(len(digests)) < len(glances),
            np.array([digest not in compared for digest in digests], bool),
        )

    def _unlike(self, glances: Sequence[Glance], photos: Sequence[Photo]) -> list[bytes]:
        """The contents of photos that are not what their files' previews showed."""
        shown = {glance.file.path: glance.embedding for glance in glances}
        digests = [photo.digest for photo in photos]
        embeddings = self._store.embeddings(self._model.key, digests, self._model.dimension)
        unlike = []
        for photo, embedding in zip(photos, embeddings, strict=True):
            cosine = float(embedding @ shown[photo.path])
            if cosine < STALE_COSINE:
                name = os.fspath(photo.path)
                log.info("%r: its preview shows something else (cosine %.2f)", name, cosine)
                unlike.append(photo.digest)
        return list(dict.fromkeys(unlike))

    def _glance_at(self, files: Sequence[PhotoFile], reader: PhotoReader) -> list[Glance]:
        """Glances at those of the files that have a preview which can stand for the photo."""
        model = self._model
        self._control.begin(Stage.START, None)  # until the first worker answers
        glances = self._kept.glances(files, model.key, model.dimension)
        known = {glance.file.path for glance in glances}
        rest = [file for file in files if file.path not in known]
        file_at = {file.path: file for file in rest}
        writer = _Writer(self._store, self._kept, self._embedder)
        reasons: Counter[str] = Counter()
        ordered = in_reading_order(rest, self._timeout_s, self._control, read=read_beginning)
        try:
            for number, outcome in enumerate(reader.glance(ordered, self._control)):
                if number == 0:
                    self._control.begin(Stage.GLANCE, len(files))
                    self._control.advance(len(known))
                if isinstance(outcome, PreparedGlance):
                    writer.add(file_at[outcome.path], outcome)
                else:
                    reasons[outcome.reason] += 1
                    log.debug("%r: no glance: %s", os.fspath(outcome.path), outcome.reason)
                self._control.advance()
        finally:
            glances += writer.finish()
        for reason, count in reasons.most_common(REASONS_LOGGED):
            log.info("%d files are read whole: %s", count, reason)
        return glances

    def _load_preview(self, digest: bytes) -> npt.NDArray[np.uint8] | None:
        try:
            return gray_of_jpeg(self._store.preview(digest) or b"")
        except (ValueError, cv2.error):
            return None


class _Writer:
    """Embeds glances in batches and keeps them, every second or so."""

    def __init__(self, store: CacheStore, kept: GlanceStore, embedder: Embedder) -> None:
        self._store = store
        self._kept = kept
        self._embedder = embedder
        self._batch: list[tuple[PhotoFile, PreparedGlance]] = []
        self._unsaved: list[Glance] = []
        self._written: list[Glance] = []
        self._saved_s = time.monotonic()

    def add(self, file: PhotoFile, prepared: PreparedGlance) -> None:
        self._batch.append((file, prepared))
        if len(self._batch) == self._embedder.batch_size:
            self._embed()
        if time.monotonic() - self._saved_s > SAVE_EVERY_S:
            self._save()

    def finish(self) -> list[Glance]:
        """Keep the rest; all that were kept."""
        if self._batch:
            self._embed()
        self._save()
        return self._written

    def _embed(self) -> None:
        inputs = np.stack([prepared.network_input for _, prepared in self._batch])
        rows = self._embedder.embed(inputs)
        glances = [Glance(file, row) for (file, _), row in zip(self._batch, rows, strict=True)]
        previews = [prepared.preview_jpeg for _, prepared in self._batch]
        # before the glance: one without its preview sends its file to the reader of whole photos
        self._store.add_previews(zip((g.digest for g in glances), previews, strict=True))
        self._unsaved += glances
        self._batch = []

    def _save(self) -> None:
        self._kept.add(self._unsaved, self._embedder.model.key)
        self._written += self._unsaved
        self._unsaved = []
        self._saved_s = time.monotonic()
