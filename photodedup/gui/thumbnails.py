"""Thumbnails for the views: read and decoded beside the window, kept in a bounded cache."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, QSize, Qt, QThread, Signal, Slot
from PySide6.QtGui import QImage, QPixmap

logger = logging.getLogger(__name__)

CACHE_BYTES = 128 * 2**20
MAX_WAITING = 512  # several screens; what is scrolled past is asked for again when it is seen


class PreviewReader(Protocol):
    """What the loader's thread reads previews from."""

    def preview(self, digest: bytes) -> bytes | None:
        """Return the photo's preview as JPEG, or None where none is kept."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...


class ThumbnailLoader(QObject):
    """Answers each request with loaded(digest, image), the newest request first.

    open_reader is called on the loader's thread, because a database connection belongs to the
    thread that opened it. A photo without a preview is answered with a null image.
    """

    loaded = Signal(object, QImage)
    dropped = Signal(object)  # digest of a request that was too old to answer

    def __init__(
        self, open_reader: Callable[[], PreviewReader], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._open_reader = open_reader
        self._waiting: list[bytes] = []
        self._changed = threading.Condition()
        self._closing = False
        self._thread: threading.Thread | None = None

    def request(self, digest: bytes) -> None:
        """Ask for a preview; returns at once."""
        oldest: bytes | None = None
        with self._changed:
            self._waiting.append(digest)
            if len(self._waiting) > MAX_WAITING:
                oldest = self._waiting.pop(0)
            self._changed.notify()
        if oldest is not None:
            self.dropped.emit(oldest)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="thumbnails", daemon=True)
            self._thread.start()

    def shut_down(self) -> None:
        """Stop the thread; requests not yet answered stay so."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _next(self) -> bytes | None:
        with self._changed:
            while not self._waiting and not self._closing:
                self._changed.wait()
            return None if self._closing else self._waiting.pop()

    def _run(self) -> None:
        reader: PreviewReader | None = None
        try:
            while (digest := self._next()) is not None:
                try:
                    reader = reader or self._open_reader()
                    image = QImage.fromData(reader.preview(digest) or b"")
                except Exception:  # the edge of one file: its cell stays without a picture
                    logger.exception("No preview for %s", digest.hex())
                    image = QImage()
                self.loaded.emit(digest, image)
        finally:
            if reader is not None:
                reader.close()


class ThumbnailCache(QObject):
    """Pixmaps by content digest, the least recently shown dropped beyond limit_bytes.

    A miss asks the loader and is announced by ready(digest) when it comes. That a photo has no
    preview is remembered too, until forget_misses().
    """

    ready = Signal(object)

    def __init__(
        self, loader: ThumbnailLoader, limit_bytes: int = CACHE_BYTES, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._loader = loader
        self._limit_bytes = limit_bytes
        self._pixmaps: OrderedDict[bytes, QPixmap] = OrderedDict()
        self._requested: set[bytes] = set()
        self._missing: set[bytes] = set()
        self.size_bytes = 0
        loader.loaded.connect(self._store, Qt.ConnectionType.QueuedConnection)
        loader.dropped.connect(self._forget_request)

    def pixmap(self, digest: bytes) -> QPixmap | None:
        """Return the preview, or None while it is not (or never) there."""
        found = self._pixmaps.get(digest)
        if found is not None:
            self._pixmaps.move_to_end(digest)
        elif digest not in self._requested and digest not in self._missing:
            self._requested.add(digest)
            self._loader.request(digest)
        return found

    @property
    def is_idle(self) -> bool:
        """Whether every preview that was asked for has come."""
        return not self._requested

    def is_missing(self, digest: bytes) -> bool:
        """Whether it is known that there is no preview."""
        return digest in self._missing

    def forget_misses(self) -> None:
        """Ask again for previews that were not there: a scan may have made them."""
        self._missing.clear()

    @Slot(object)
    def _forget_request(self, digest: bytes) -> None:
        self._requested.discard(digest)

    @Slot(object, QImage)
    def _store(self, digest: bytes, image: QImage) -> None:
        assert QThread.isMainThread()  # a QPixmap belongs to the window's thread
        self._requested.discard(digest)
        if image.isNull():
            self._missing.add(digest)
        else:
            pixmap = QPixmap.fromImage(image)
            self.size_bytes += _bytes_of(pixmap) - _bytes_of(self._pixmaps.get(digest))
            self._pixmaps[digest] = pixmap
            while self.size_bytes > self._limit_bytes and len(self._pixmaps) > 1:
                self.size_bytes -= _bytes_of(self._pixmaps.popitem(last=False)[1])
        self.ready.emit(digest)


def _bytes_of(pixmap: QPixmap | None) -> int:
    if pixmap is None:
        return 0
    size: QSize = pixmap.size()
    return size.width() * size.height() * pixmap.depth() // 8
