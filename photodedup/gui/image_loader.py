"""Loads two photos at full size and lays one over the other, beside the window."""

import logging
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, QSizeF, Qt, Signal, Slot
from PySide6.QtGui import QImage

from photodedup.core.align import local_scale, scale_matrix
from photodedup.core.errors import UserError
from photodedup.core.records import Photo
from photodedup.gui.compare_canvas import Picture, Points, make_picture

logger = logging.getLogger(__name__)

KEPT_BYTES = 256 * 2**20  # of decoded photos, so that stepping to the next reads one, not two

Pixels = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Laid:
    """How a second photo lies on a first.

    matrix: (3, 3), shares of the second's width and height to shares of the first's. points: what
    both show, as shares: x, y on the first, x, y on the second.
    """

    matrix: Matrix
    points: Points = ()


class PhotoSource(Protocol):
    """Where full pictures and alignments come from; called on the loader's thread."""

    def load_pixels(self, path: Path, longest_px: int | None) -> Pixels:
        """(H, W, 3) uint8 sRGB, upright; full size for None. Raises UserError."""
        ...

    def align(self, first: Photo, second: Photo) -> Laid | None:
        """Lay the second over the first; None where that fails."""
        ...


@dataclass(frozen=True, slots=True)
class LoadedPair:
    """Two photos at full size; second_on_first only where they could be aligned.

    points: what both show, see Laid; none where they could not be aligned by points.
    """

    first: Photo
    second: Photo
    pictures: tuple[Picture, Picture]
    second_on_first: Picture | None
    points: Points


class PairLoader(QObject):
    """Answers load() with loaded(LoadedPair) or failed(UserError); only the latest counts."""

    loaded = Signal(object)
    failed = Signal(object)  # UserError
    _done = Signal(object)  # emitted on the worker, received on the window's thread

    def __init__(self, source: PhotoSource, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="full-size")
        self._pixels: OrderedDict[bytes, Pixels] = OrderedDict()  # the worker's own
        self._latest = 0
        self._done.connect(self._receive, Qt.ConnectionType.QueuedConnection)

    def load(self, first: Photo, second: Photo) -> None:
        """Ask for a pair; an answer to an earlier question is no longer wanted."""
        self._latest += 1
        self._pool.submit(self._work, self._latest, first, second)

    def forget(self) -> None:
        """No answer is wanted any more."""
        self._latest += 1

    def shut_down(self) -> None:
        """Finish what is being loaded, and announce nothing."""
        self.forget()
        self._pool.shutdown(cancel_futures=True)

    def _work(self, number: int, first: Photo, second: Photo) -> None:
        if number != self._latest:
            return
        outcome: LoadedPair | UserError
        try:
            outcome = self._load(first, second)
        except UserError as error:
            outcome = error
        except Exception as error:  # the edge of one job: the window shows it
            logger.exception("Comparing %s and %s failed", first.path, second.path)
            outcome = UserError(f"{first.path.name}: {error}")
        self._done.emit((number, outcome))

    def _load(self, first: Photo, second: Photo) -> LoadedPair:
        pixels = self._load_pixels(first), self._load_pixels(second)
        pictures = _picture(pixels[0], first), _picture(pixels[1], second)
        laid = self._source.align(first, second)
        if laid is None:
            return LoadedPair(first, second, pictures, None, ())
        over = _picture(_lay_over(laid.matrix, *pixels), first)
        return LoadedPair(first, second, pictures, over, laid.points)

    def _load_pixels(self, photo: Photo) -> Pixels:
        found = self._pixels.get(photo.digest)
        if found is None:
            found = self._source.load_pixels(photo.path, None)
            self._pixels[photo.digest] = found
            while sum(kept.nbytes for kept in self._pixels.values()) > KEPT_BYTES:
                self._pixels.popitem(last=False)
            return found
        self._pixels.move_to_end(photo.digest)
        return found

    @Slot(object)
    def _receive(self, answer: tuple[int, LoadedPair | UserError]) -> None:
        number, outcome = answer
        if number != self._latest:
            return
        if isinstance(outcome, UserError):
            self.failed.emit(outcome)
        else:
            self.loaded.emit(outcome)


def image_of(rgb: Pixels) -> QImage:
    """A QImage that owns its memory. rgb: (H, W, 3) uint8, C-contiguous."""
    rgb = np.ascontiguousarray(rgb)
    height, width = rgb.shape[:2]
    # bytesPerLine always: Qt would take rows to be aligned to 4 bytes. copy: else it shares ours.
    return QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _picture(rgb: Pixels, photo: Photo) -> Picture:
    return make_picture(image_of(rgb), QSizeF(photo.width, photo.height))


def _lay_over(matrix: Matrix, first: Pixels, second: Pixels) -> Pixels:
    """The second as it lies on the first, black where it does not reach."""
    height, width = first.shape[:2]
    second_size = second.shape[1], second.shape[0]
    on_first = from_shares(width, height) @ matrix @ np.linalg.inv(from_shares(*second_size))
    factor = local_scale(on_first, second_size)
    if factor < 0.7:  # reduced by area first: warping alone would skip pixels
        size = tuple(max(1, round(factor * side)) for side in second_size)
        on_first = on_first @ np.linalg.inv(
            scale_matrix(size[0] / second_size[0], size[1] / second_size[1])
        )
        second = np.asarray(cv2.resize(second, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.warpPerspective(second, on_first, (width, height)), np.uint8)


def from_shares(width: int, height: int) -> Matrix:
    """Shares of a photo's size to its pixels, whose centres lie on whole numbers."""
    return np.array([[width, 0.0, -0.5], [0.0, height, -0.5], [0.0, 0.0, 1.0]])
