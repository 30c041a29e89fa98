"""Any kind of pixels to 8-bit sRGB: depth, palette, alpha, ink and colour profiles."""

import functools
import io
import logging

import numpy as np
from PIL import Image, ImageCms

logger = logging.getLogger(__name__)

_WHITE = 255
_SRGB_NAMES = ("srgb", "c2", "sgry")  # the usual profile, and Facebook's and Google's tiny ones
_PLAIN_MODES = ("L", "RGB", "CMYK", "LAB")


def has_transparency(image: Image.Image) -> bool:
    """Whether any pixel lets a background through; an opaque alpha channel does not count."""
    if "transparency" in image.info:
        return True
    if image.mode not in ("RGBA", "LA", "PA", "RGBa", "La"):
        return False
    lowest = image.getchannel(image.getbands()[-1]).getextrema()[0]
    return isinstance(lowest, int) and lowest < _WHITE


def flatten(image: Image.Image) -> Image.Image:
    """Give 8 bits a channel and no alpha: mode L, RGB, CMYK or LAB, transparency on white.

    The colours stay those of the photo's profile.
    """
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        with_alpha = image.convert("RGBA")
        ground = Image.new("RGB", image.size, (_WHITE, _WHITE, _WHITE))
        ground.paste(with_alpha, mask=with_alpha.getchannel("A"))
        return ground
    if image.mode in _PLAIN_MODES:
        return image
    if image.mode == "1":
        return image.convert("L")
    if image.mode == "F" or image.mode.startswith("I"):
        return _eight_bits(image)
    return image.convert("RGB")  # palette, YCbCr, HSV, RGBX


def is_srgb(profile: bytes | None, mode: str) -> bool:
    """Whether to_srgb leaves colours of this mode, RGB or L, as they are."""
    return not profile or _transform(profile, mode) is None


def to_srgb(flat: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert what flatten gave to RGB in the colours of sRGB.

    profile: the photo's ICC profile. One that is broken, or made for other channels than the
    photo has, is left aside.
    """
    transform = _transform(profile, flat.mode) if profile else None
    if transform is None and flat.mode == "LAB":
        transform = _lab_transform()
    if transform is None:
        return flat if flat.mode == "RGB" else flat.convert("RGB")
    converted = transform.apply(flat)
    assert converted.mode == "RGB"
    return converted


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale gray of more than 8 bits; 16-bit values by 255 / 65535, as full range."""
    values = np.asarray(image).astype(np.float64)
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    highest = float(values.max())
    if image.mode == "F":
        white = 1.0 if highest <= 1.0 else highest  # floating point photos are 0 to 1
    elif image.mode == "I" and highest > 65535:
        white = float(2**31 - 1 if highest < 2**31 else 2**32 - 1)
    else:
        white = 65535.0
    return Image.fromarray(np.clip(np.rint(values * (255 / white)), 0, 255).astype(np.uint8))


@functools.lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Make the transform once for each profile and mode; None where there is nothing to do."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        name = ImageCms.getProfileDescription(source).strip().lower()
        if mode in ("RGB", "L") and name.startswith(_SRGB_NAMES):
            return None
        return _build(source, mode)
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError) as error:
        logger.info("colour profile left aside: %s", error)
        return None


@functools.cache
def _lab_transform() -> ImageCms.ImageCmsTransform:
    return _build(ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")), "LAB")


def _build(source: ImageCms.ImageCmsProfile, mode: str) -> ImageCms.ImageCmsTransform:
    target = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    return ImageCms.buildTransform(
        source,
        target,
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
