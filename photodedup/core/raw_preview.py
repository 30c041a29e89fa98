"""Camera RAW through LibRaw: the preview that the camera embedded, else a development."""

import io
from dataclasses import replace
from typing import TYPE_CHECKING

from photodedup.core.image_metadata import read_exif
from photodedup.core.jpeg import open_jpeg
from photodedup.core.raster import CannotDecode, Limits, Pixels, Raster, check_pixels, undecodable
from photodedup.core.records import ProblemCode

if TYPE_CHECKING:
    import rawpy

_ORIENTATION_OF_FLIP = {3: 3, 5: 8, 6: 6}  # LibRaw's flip in Exif's numbers
_FULL_SIZE_SHARE = 0.9  # a preview this large stands for the whole photo


def open_raw(data: bytes, format_name: str, longest_px: int | None, limits: Limits) -> Raster:
    """Decode a RAW file: its embedded preview if that is large enough, else the sensor's data.

    The camera's own preview comes first because it looks as the photographer saw it, and costs a
    tenth of the time. Width and height are the sensor's. Raises CannotDecode.
    """
    try:
        import rawpy
    except ImportError as error:
        raise CannotDecode(
            ProblemCode.UNSUPPORTED,
            f"{format_name} needs rawpy, which has no build for this system",
        ) from error
    try:
        with rawpy.imread(io.BytesIO(data)) as raw:
            raster = _read(raw, longest_px, limits)
    except rawpy.LibRawFileUnsupportedError as error:
        raise CannotDecode(
            ProblemCode.UNSUPPORTED, f"a kind of {format_name} that LibRaw does not read"
        ) from error
    except (rawpy.LibRawError, rawpy.NotSupportedError, ValueError, OSError, MemoryError) as error:
        raise undecodable(format_name, error) from error
    return replace(raster, exif=_fuller_exif(data, raster.exif))


def _fuller_exif(data: bytes, preview_exif: bytes | None) -> bytes | None:
    """Choose the RAW file's own metadata, or those of its preview where only they say when."""
    own = read_exif(data)
    if own is not None and own.captured_at is not None:
        return data
    preview = read_exif(preview_exif) if preview_exif else None
    if preview is not None and (own is None or preview.captured_at is not None):
        return preview_exif
    return data if own is not None else None


def _read(raw: "rawpy.RawPy", longest_px: int | None, limits: Limits) -> Raster:
    sizes = raw.sizes
    check_pixels(sizes.raw_width, sizes.raw_height, limits.max_whole_pixels)
    orientation = _ORIENTATION_OF_FLIP.get(sizes.flip, 1)
    longest = max(sizes.width, sizes.height)
    enough = min(longest_px or longest, int(longest * _FULL_SIZE_SHARE))
    preview = _embedded_preview(raw, longest_px, limits)
    if preview is not None and max(preview.width, preview.height) >= enough:
        own = read_exif(preview.exif) if preview.exif else None
        return replace(
            preview,
            width=sizes.width,
            height=sizes.height,
            orientation=own.orientation if own else orientation,
            luminance_table=(),
        )
    half_is_enough = longest_px is not None and longest_px <= longest // 2
    pixels = raw.postprocess(
        half_size=half_is_enough, use_camera_wb=True, output_bps=8, user_flip=0
    )
    return Raster(_picture(pixels), sizes.width, sizes.height, orientation=orientation)


def _picture(pixels: Pixels) -> Pixels:
    """LibRaw's (H, W, 3) as it is; (H, W, 1), of a camera that sees no colour, as (H, W)."""
    return pixels[..., 0] if pixels.shape[2:] == (1,) else pixels


def _embedded_preview(raw: "rawpy.RawPy", longest_px: int | None, limits: Limits) -> Raster | None:
    """The largest preview in the file; None if it has none that can be read."""
    import rawpy

    try:
        thumbnail = raw.extract_thumb()
    except rawpy.LibRawError:
        return None
    if not isinstance(thumbnail.data, bytes):
        height, width = thumbnail.data.shape[:2]
        return Raster(_picture(thumbnail.data), width, height)
    try:
        return open_jpeg(thumbnail.data, longest_px, limits)
    except CannotDecode:
        return None
