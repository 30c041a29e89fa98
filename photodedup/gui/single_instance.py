"""One window for each data folder: a second start hands its paths to the first and ends."""

import contextlib
import hashlib
import json
import logging
import os
import time
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from photodedup.core.holding import ClearingBusy, only_one
from photodedup.core.json_text import parse_json

LOCK_NAME = "window.lock"
SOCKET_NAME = "window.socket"
LONGEST_SOCKET_PATH = 100  # systems allow 104 to 108 bytes
LONGEST_MESSAGE = 1 << 20
CONNECT_S = 10.0  # the first may be starting itself
ANSWER_MS = 10_000
TAKEN = b"taken\n"
log = logging.getLogger(__name__)


class SingleInstance(QObject):
    """Holds the lock of a data folder's window, or speaks to the process that does.

    Both windows would otherwise write the same settings and marks over each other's.
    """

    received = Signal(object)  # list[Path]: what a second start was asked to open; may be empty

    def __init__(self, data_folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = contextlib.ExitStack()
        self.address = _address(data_folder)  # a socket's path, or a pipe's name
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)
        self.is_first = self._take_lock(data_folder / LOCK_NAME)

    def listen(self) -> None:
        """Announce from now on what others send; only for the first."""
        QLocalServer.removeServer(self.address)  # left by one that was killed
        if not self._server.listen(self.address):
            log.warning("%s: %s", self.address, self._server.errorString())

    def forward(self, paths: Sequence[Path], patience_s: float = CONNECT_S) -> bool:
        """Hand paths, absolute, to the first; whether it took them."""
        socket = QLocalSocket()
        end_s = time.monotonic() + patience_s
        socket.connectToServer(self.address)
        while not socket.waitForConnected(500):
            if time.monotonic() > end_s:
                log.warning("%s: %s", self.address, socket.errorString())
                return False
            time.sleep(0.1)
            socket.connectToServer(self.address)
        # ASCII: names that are not UTF-8 pass as lone surrogates
        socket.write(json.dumps([os.path.abspath(path) for path in paths]).encode("ascii") + b"\n")
        answer = b""
        while not answer.endswith(b"\n") and socket.waitForReadyRead(ANSWER_MS):
            answer += bytes(socket.readAll().data())
        return answer == TAKEN

    def close(self) -> None:
        """Let the next start be the first."""
        self._server.close()
        self._lock.close()

    def _take_lock(self, lock: Path) -> bool:
        try:
            self._lock.enter_context(only_one(lock))
        except ClearingBusy:
            return False
        except OSError as error:  # a read-only data folder: say so where something is written
            log.warning("%s: %s", lock, error)
        return True

    @Slot()
    def _greet(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(self._read)
            socket.disconnected.connect(socket.deleteLater)

    @Slot()
    def _read(self) -> None:
        socket = self.sender()
        assert isinstance(socket, QLocalSocket)
        if not socket.canReadLine():
            if socket.bytesAvailable() > LONGEST_MESSAGE:
                socket.abort()
            return
        try:
            paths = [Path(text) for text in parse_json(bytes(socket.readLine().data()))]
        except (ValueError, TypeError) as error:
            log.warning("a message was passed over: %s", error)
            socket.abort()
            return
        socket.write(TAKEN)
        socket.flush()
        self.received.emit(paths)


def _address(data_folder: Path) -> str:
    """Where the first listens: in its data folder, which is the user's own, if that can be."""
    path = os.path.abspath(data_folder / SOCKET_NAME)
    if os.name == "posix" and len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    return f"photodedup-{hashlib.sha256(os.fsencode(path)).hexdigest()[:24]}"
