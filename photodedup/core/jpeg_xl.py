"""JPEG XL through pylibjxl (BSD licence), which binds libjxl (BSD licence)."""

import numpy as np
from PIL import Image

from photodedup.core.raster import CannotDecode, Limits, Raster, check_pixels, undecodable
from photodedup.core.records import ProblemCode


def open_jpeg_xl(data: bytes, limits: Limits) -> Raster:
    """Decode the first frame; libjxl turns it upright and gives 8 bits a channel.

    A file that breaks off cannot be read in part. Raises CannotDecode.
    """
    try:
        import pylibjxl
    except ImportError as error:
        raise CannotDecode(
            ProblemCode.UNSUPPORTED, "JPEG XL needs pylibjxl, which has no build for this system"
        ) from error
    try:
        header = pylibjxl.probe(data)
        check_pixels(header["width"], header["height"], limits.max_whole_pixels)
        with pylibjxl.JXL(threads=1) as codec:  # the other cores read other photos
            pixels, blocks = codec.decode(data, metadata=True)
    except (RuntimeError, ValueError, OSError, MemoryError) as error:
        raise undecodable("JPEG XL", error) from error
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = np.squeeze(pixels, axis=2)
    return Raster(
        Image.fromarray(pixels),
        pixels.shape[1],
        pixels.shape[0],
        exif=blocks.get("exif"),
        xmp=blocks.get("xmp"),
        icc_profile=blocks.get("icc"),
        orientation=1,
        is_animated=bool(header["have_animation"]),
    )
