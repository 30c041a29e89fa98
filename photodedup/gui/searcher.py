"""Runs searches by example one after the other; a new one replaces one that still runs.

An answer is announced as soon as the photos are ranked; what they are to the query is named
afterwards, beside the window, until a newer request comes.
"""

import functools
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QImage

from photodedup.core.errors import UserError
from photodedup.core.job import JobControl
from photodedup.core.records import Box, Photo, QueryResult
from photodedup.gui.backend import Backend
from photodedup.gui.image_loader import Pixels, image_of
from photodedup.gui.job_runner import JobRunner
from photodedup.gui.photo_model import printable

FRAMED_PX = 2048  # long side of a photo of which a part is searched for


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """What to search for: files, or one picture without a file; empty folders mean everywhere.

    frame: the part of the first file that is searched for: x, y, width and height as shares.
    """

    queries: tuple[Path, ...] = ()
    image: QImage | None = None
    folders: tuple[Path, ...] = ()
    top: int = 50
    frame: Box | None = None


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """The results, each with a picture of its query."""

    results: tuple[QueryResult, ...]
    pictures: tuple[QImage, ...]


def _cut(pixels: Pixels, frame: Box) -> Pixels:
    height, width = pixels.shape[:2]
    x, y, across, down = frame
    left, top = int(x * width), int(y * height)
    right, bottom = round((x + across) * width), round((y + down) * height)
    return pixels[top : max(top + 1, bottom), left : max(left + 1, right)]


class Searcher(QObject):
    """Announces answered(SearchAnswer) or failed(exception) for the latest request only.

    named(number, QueryResult) follows an answer: what is known of the relations of that query's
    matches by then; the matches are the same, in the same order.
    """

    started = Signal()
    answered = Signal(object)
    named = Signal(int, object)
    failed = Signal(object)
    saved = Signal(object)  # Path of a picture
    _told = Signal(object)  # emitted on the namer's thread, received on the window's

    def __init__(self, backend: Backend, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._backend = backend
        self._next: SearchRequest | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._pasted = self._made = 0
        self._runner = JobRunner(self)
        self._runner.succeeded.connect(self._succeeded)
        self._runner.failed.connect(self._failed)
        self._runner.cancelled.connect(self._start_next)
        self._preparer = JobRunner(self)
        self._answer: SearchAnswer | None = None  # whose relations are wanted
        self._namer = JobRunner(self)
        self._namer.succeeded.connect(self._name_next)
        self._namer.failed.connect(self._naming_failed)
        self._namer.cancelled.connect(self._name_next)
        self._unnamed: SearchAnswer | None = None  # the answer, until its naming has begun
        self._told.connect(self._take_named, Qt.ConnectionType.QueuedConnection)
        self._saver = JobRunner(self)
        self._saver.succeeded.connect(self.saved)
        self._saver.failed.connect(self.failed)

    @property
    def is_searching(self) -> bool:
        """Whether an answer is still to come."""
        return self._runner.is_running or self._next is not None

    @property
    def is_naming(self) -> bool:
        """Whether relations of the last answer may still be named."""
        return self._namer.is_running

    def prepare(self, folders: tuple[Path, ...]) -> None:
        """Make ready for a search in these folders, beside the window; a search tells errors."""
        if not self._preparer.is_running and not self.is_searching:
            self._preparer.start(lambda control: self._backend.prepare_search(folders))

    def search(self, request: SearchRequest) -> None:
        """Search as soon as a search that runs has stopped."""
        self._next = request
        self._stop_naming()
        if self._runner.is_running:
            self._runner.control.cancel()
        else:
            self._start_next()

    def save_picture(self, results: Sequence[QueryResult], target: Path) -> None:
        """Draw results into a PNG file; saved or failed follows. One at a time."""
        if self._saver.is_running:
            return

        def save(_control: JobControl) -> Path:
            png = self._backend.plot(results)
            try:
                target.write_bytes(png)
            except OSError as error:
                raise UserError(f"{target}: {error.strerror or error}") from error
            return target

        self._saver.start(save)

    def shut_down(self) -> None:
        """Stop, and remove the files of pasted pictures."""
        self._next = None
        self._stop_naming()
        self._runner.shut_down()
        self._namer.shut_down()
        self._preparer.wait()
        self._saver.wait()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    @Slot()
    def _start_next(self) -> None:
        request, self._next = self._next, None
        if request is None:
            return
        paths = request.queries
        if request.image is not None:
            self._pasted += 1
            name = self.tr("Pasted picture {number}").format(number=self._pasted)
            paths = (self._new_path(name),)
        elif request.frame is not None:
            name = self.tr("Part of {name}").format(name=printable(paths[0].stem))
            paths = (self._new_path(name),)
        self._runner.start(lambda control: self._run(request, paths, control))
        self.started.emit()

    def query_photo(self, path: Path) -> Photo | None:
        """What the last search knows of a query."""
        return self._backend.query_photo(path)

    def _new_path(self, name: str) -> Path:
        """A new file in a folder that is removed with the window; name: without ending."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(
                prefix="photodedup-", ignore_cleanup_errors=True
            )
        self._made += 1
        folder = Path(self._folder.name) / str(self._made)
        folder.mkdir()
        return folder / f"{name}.png"

    def _run(
        self, request: SearchRequest, paths: Sequence[Path], control: JobControl
    ) -> SearchAnswer:
        """On the job's thread: write a pasted picture to its file, then search."""
        image = request.image
        if request.frame is not None:
            pixels = self._backend.load_pixels(request.queries[0], FRAMED_PX)
            image = image_of(_cut(pixels, request.frame))
        if image is not None and not image.save(str(paths[0])):
            raise UserError("The picture could not be written to the temporary folder.")
        results = self._backend.search(paths, request.folders, request.top, control)
        pictures = [self._picture(result.query) for result in results]
        return SearchAnswer(tuple(results), tuple(pictures))

    def _picture(self, path: Path) -> QImage:
        pixels = self._backend.query_pixels(path)
        return QImage() if pixels is None else image_of(pixels)

    @Slot(object)
    def _succeeded(self, answer: SearchAnswer) -> None:
        if self._next is not None:
            self._start_next()
            return
        self.answered.emit(answer)
        if self._next is None:  # else whoever listened has asked for something else
            self._answer = self._unnamed = answer
            if not self._namer.is_running:
                self._name_next()

    @Slot()
    def _name_next(self) -> None:
        """Name the relations of the last answer, once the naming of an older one has stopped."""
        answer, self._unnamed = self._unnamed, None
        if answer is None:
            return

        def name(control: JobControl) -> None:
            for number, result in enumerate(answer.results):
                told = functools.partial(self._tell, answer, number)
                self._backend.name_relations(result, told, control)

        self._namer.start(name)

    def _tell(self, answer: SearchAnswer, number: int, named: QueryResult) -> None:
        """On the namer's thread."""
        self._told.emit((answer, number, named))

    @Slot(object)
    def _take_named(self, told: tuple[SearchAnswer, int, QueryResult]) -> None:
        answer, number, named = told
        if answer is self._answer:  # else it was on its way when a newer request came
            self.named.emit(number, named)

    @Slot(object)
    def _naming_failed(self, error: Exception) -> None:
        """Leave the answer as it is, without relations; the log says why."""
        self._name_next()

    def _stop_naming(self) -> None:
        self._answer = self._unnamed = None
        if self._namer.is_running:
            self._namer.control.cancel()

    @Slot(object)
    def _failed(self, error: Exception) -> None:
        if self._next is not None:
            self._start_next()
        else:
            self.failed.emit(error)
