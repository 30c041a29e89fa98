"""How long the window's thread is blocked, and acts timed until the window shows them."""

import time
from collections.abc import Callable

from PySide6.QtCore import QEventLoop, Qt, QTimer

TICK_MS = 10


def run_events(ms: int) -> None:
    """Let the window live so long.

    QTest.qWait would hold the interpreter meanwhile, and with it every other thread.
    """
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


class Watch:
    """Measures acts by a timer on the window's thread that should fire every TICK_MS."""

    def __init__(self) -> None:
        self._timer = QTimer(interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()
        self._reset()

    def measure(
        self, name: str, act: Callable[[], object], until: Callable[[], bool] = lambda: True
    ) -> None:
        """Do it, wait until it is done and painted, and print the figures.

        The longest block is given by the clock, and as processor time of the window's thread,
        which other programs and threads do not disturb.
        """
        self._reset()
        started_s = time.perf_counter()
        act()
        while not until():
            run_events(TICK_MS)
        took_ms = 1000 * (time.perf_counter() - started_s)
        run_events(20 * TICK_MS)
        print(
            f"{name:22} {took_ms:7.0f} ms   longest block {1000 * max(self._blocks_s):5.0f} ms, "
            f"99.9 % below {1000 * self._blocks_at(0.999):4.0f}, "
            f"of it processor {1000 * self._cpu_s:4.0f} ms",
            flush=True,
        )

    def _blocks_at(self, share: float) -> float:
        return sorted(self._blocks_s)[int(share * (len(self._blocks_s) - 1))]

    def _reset(self) -> None:
        self._blocks_s = [0.0]
        self._cpu_s = 0.0
        self._last = time.perf_counter(), time.thread_time()

    def _tick(self) -> None:
        now = time.perf_counter(), time.thread_time()
        self._blocks_s.append(now[0] - self._last[0])
        self._cpu_s = max(self._cpu_s, now[1] - self._last[1])
        self._last = now
