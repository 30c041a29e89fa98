"""Memory that is freed and needed again at once, and garbage that hardly ever comes to be."""

import ctypes
import gc
import platform

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # as in glibc's malloc.h
_KEPT_BYTES = 64 << 20
_LARGE_BYTES = 16 << 20


def keep_freed_memory() -> None:
    """Let glibc keep up to 64 MB of freed memory, and take pieces below 16 MB from it.

    By default it hands the pictures of one photo back to the system and has fresh pages cleared
    for those of the next: half of a scan's time in the kernel. Does nothing elsewhere.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)


def collect_seldom(objects: int = 50_000) -> None:
    """Let Python look for cycles of garbage far less often than by default.

    objects: how many new ones there are each time. A library is some million objects and no cycle;
    walking them again and again while they are made took a fifth of a scan that finds nothing new.
    """
    gc.set_threshold(objects, 50, 100)
