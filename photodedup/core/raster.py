"""One opened photo between its decoder and decode.py, and what every decoder shares."""

import contextlib
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from PIL import Image

from photodedup.core.records import ProblemCode

DEFAULT_MEGAPIXELS = 210  # phones make photos of 200
MOST_MEGAPIXELS = 10_000  # 40 GB decoded; more is a slip of the keyboard
_HOW_TO_RAISE = "(--max-megapixels)"


Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a photo may ask for before it is refused as TOO_LARGE; adjustable.

    max_pixels: of a JPEG that can be decoded at reduced scale, row by row. max_whole_pixels: of
    everything else, which is decoded whole (4 bytes a pixel, briefly up to 7). max_bytes: of the
    file, which is read whole.
    """

    max_pixels: int = 500_000_000
    max_whole_pixels: int = DEFAULT_MEGAPIXELS * 1_000_000
    max_bytes: int = 1 << 30

    @classmethod
    def of_megapixels(cls, megapixels: int) -> Self:
        """All three in the proportion of the defaults, which are those of DEFAULT_MEGAPIXELS."""
        usual = cls()
        return cls(
            usual.max_pixels * megapixels // DEFAULT_MEGAPIXELS,
            usual.max_whole_pixels * megapixels // DEFAULT_MEGAPIXELS,
            usual.max_bytes * megapixels // DEFAULT_MEGAPIXELS,
        )

    @classmethod
    def enough_for(cls, pixels: int, size_bytes: int) -> Self:
        """Those for reading a photo again that was accepted before, whatever the limits were."""
        usual = cls()
        return cls(
            max(usual.max_pixels, pixels),
            max(usual.max_whole_pixels, pixels),
            max(usual.max_bytes, size_bytes),
        )


@dataclass(frozen=True, slots=True)
class Raster:
    """A decoded photo before its colours and orientation are put right.

    picture: any Pillow mode, at full scale or smaller; or the pixels, (H, W, 3) RGB or (H, W) gray,
    as a JPEG's: to Pillow and back takes half as long as decoding a small one.
    width, height: the full size in pixels, as stored. orientation: as in Exif, None: what the Exif
    block says. damage: why only a part was read, None if all was.
    """

    picture: Image.Image | Pixels
    width: int
    height: int
    exif: bytes | None = None
    xmp: bytes | None = None
    icc_profile: bytes | None = None
    orientation: int | None = None
    luminance_table: tuple[int, ...] = ()
    is_animated: bool = False
    damage: str | None = None

    @property
    def image(self) -> Image.Image:
        """The picture as Pillow's."""
        if isinstance(self.picture, np.ndarray):
            return Image.fromarray(self.picture)
        return self.picture


class CannotDecode(Exception):
    """Why a photo cannot be decoded; decode.py adds the path."""

    def __init__(self, code: ProblemCode, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(reason)


def undecodable(format_name: str, error: Exception) -> CannotDecode:
    """Say that a decoder gave up, in its own words where it has any."""
    if isinstance(error, MemoryError):
        return CannotDecode(ProblemCode.TOO_LARGE, "not enough memory to decode it")
    return CannotDecode(
        ProblemCode.UNDECODABLE, f"could not be read as {format_name}: {error_text(error)}"
    )


def error_text(error: Exception) -> str:
    """One printable line of a library's message."""
    text = " ".join(str(error).split()) or type(error).__name__
    return "".join(char if char.isprintable() else "?" for char in text)[:300]


def check_pixels(width: int, height: int, limit: int) -> None:
    """Refuse a photo by its declared size, before anything is allocated for it."""
    if width * height > limit:
        allowed = f"{limit // 1_000_000} megapixels"
        raise CannotDecode(
            ProblemCode.TOO_LARGE,
            f"{width} x {height} pixels; the limit is {allowed} {_HOW_TO_RAISE}",
        )


def check_bytes(size_bytes: int, limit: int) -> None:
    """Refuse a file by its size, before it is read."""
    if size_bytes > limit:
        reason = f"{size_bytes} bytes; the limit is {limit} {_HOW_TO_RAISE}"
        raise CannotDecode(ProblemCode.TOO_LARGE, reason)


def fits_scale(width: int, height: int, factor: int, longest_px: int) -> bool:
    """Whether the photo at 1 / factor still has longest_px on its long side."""
    return -(-max(width, height) // factor) >= longest_px


_quiet_lock = threading.Lock()
_quiet: list[contextlib.ExitStack] = []
_quiet_users = 0


@contextlib.contextmanager
def library_warnings_ignored() -> Iterator[None]:
    """Keep the warnings of decoders to themselves: a broken photo is not news to a developer.

    Python's filters are global: the first user of several threads sets them, the last resets.
    """
    global _quiet_users
    with _quiet_lock:
        _quiet_users += 1
        if _quiet_users == 1:
            stack = contextlib.ExitStack()
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
            _quiet.append(stack)
    try:
        yield
    finally:
        with _quiet_lock:
            _quiet_users -= 1
            if _quiet_users == 0:
                _quiet.pop().close()
