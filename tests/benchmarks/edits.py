"""What people do to photos: the edits of the accuracy benchmark, in Pillow alone.

They share no code with the training's own edits (torch): a network measured on the very edits it
was trained with would measure itself. All sizes are shares of the photo's, so that an edit of a
thumbnail and of a 12-megapixel photo look alike, but where the name says pixels.
"""

import io
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

Change = Callable[[Image.Image, random.Random], Image.Image]

_CAPTIONS = (
    "When it is finally Friday",
    "Greetings from the seaside",
    "Summer with the whole family",
    "Nobody told me about the rain",
    "One year ago today",
    "Best day of the holiday so far",
)
_OWNERS = ("© Studio Lindqvist", "PREVIEW", "www.stockpile.example", "© M. Okafor 2019")


@dataclass(frozen=True, slots=True)
class Saved:
    """An edit of the pixels and how its author's program stores the outcome.

    quality is JPEG's, 1 to 100; None stores a PNG, as screenshots are.
    """

    change: Change
    quality: int | None = 88

    @property
    def suffix(self) -> str:
        """The extension of the file."""
        return ".png" if self.quality is None else ".jpg"

    def write(self, image: Image.Image, rng: random.Random, target: Path | io.BytesIO) -> None:
        """Change the photo and encode it."""
        changed = self.change(image.convert("RGB"), rng)
        if self.quality is None:
            changed.save(target, "PNG")
        else:
            changed.save(target, "JPEG", quality=self.quality)


def save_edit(name: str, image: Image.Image, rng: random.Random, path: Path) -> Path:
    """Write the edit of a photo to path, whose suffix becomes that of the edit's format.

    Returns the path written. KeyError if no edit has that name.
    """
    edit = SAVED[name]
    written = path.with_suffix(edit.suffix)
    edit.write(image, rng, written)
    return written


def _seen(edit: Saved) -> Change:
    """The edit as a viewer of its file sees it: changed, encoded, decoded."""

    def change(image: Image.Image, rng: random.Random) -> Image.Image:
        buffer = io.BytesIO()
        edit.write(image, rng, buffer)
        return Image.open(buffer).convert("RGB")

    return change


# --- smaller, coarser


def _unchanged(image: Image.Image, rng: random.Random) -> Image.Image:
    return image


def _half_size(image: Image.Image, rng: random.Random) -> Image.Image:
    return image.resize((max(1, image.width // 2), max(1, image.height // 2)), _LANCZOS)


def _within(pixels: int) -> Change:
    """Scaled down until the long side has that many pixels; smaller photos stay as they are."""

    def change(image: Image.Image, rng: random.Random) -> Image.Image:
        small = image.copy()
        small.thumbnail((pixels, pixels), _LANCZOS)
        return small

    return change


def _blurred(image: Image.Image, rng: random.Random) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(max(image.size) / 160))


# --- other tones


def _tone(image: Image.Image, rng: random.Random) -> Image.Image:
    """A phone's filter: brightness, contrast, saturation, and a warm or cold cast."""
    image = ImageEnhance.Brightness(image).enhance(rng.choice([0.72, 0.82, 1.18, 1.3]))
    image = ImageEnhance.Contrast(image).enhance(rng.uniform(0.75, 1.35))
    image = ImageEnhance.Color(image).enhance(rng.choice([0.55, 0.75, 1.3, 1.6]))
    warmth = rng.uniform(-0.12, 0.12)
    red, green, blue = image.split()
    gains = (1 + warmth, 1 - warmth)
    red, blue = (
        band.point([min(255, round(level * gain)) for level in range(256)])
        for band, gain in zip((red, blue), gains, strict=True)
    )
    return Image.merge("RGB", (red, green, blue))


def _gray(image: Image.Image, rng: random.Random) -> Image.Image:
    return image.convert("L").convert("RGB")


def _sepia(image: Image.Image, rng: random.Random) -> Image.Image:
    return ImageOps.colorize(image.convert("L"), (28, 14, 4), (255, 238, 205), (150, 112, 74))


def _equalised(image: Image.Image, rng: random.Random) -> Image.Image:
    return ImageOps.equalize(image)


# --- parts of the photo, turned, bent


def _off_centre(slack: int, rng: random.Random) -> int:
    """An offset within the slack, in its outer thirds: people crop away one side."""
    share = rng.uniform(0.0, 0.35)
    return round(slack * (share if rng.random() < 0.5 else 1 - share))


def _crop(area: float) -> Change:
    """A part of that share of the area, off centre, a little wider or narrower than the photo."""

    def change(image: Image.Image, rng: random.Random) -> Image.Image:
        widest = min(1.15, 1 / math.sqrt(area))
        stretch = rng.uniform(1 / widest, widest)
        width = min(image.width, round(image.width * math.sqrt(area) * stretch))
        height = min(image.height, round(image.width * image.height * area / width))
        left = _off_centre(image.width - width, rng)
        top = _off_centre(image.height - height, rng)
        return image.crop((left, top, left + width, top + height))

    return change


def _crop_square(image: Image.Image, rng: random.Random) -> Image.Image:
    side = min(image.size)
    left = round((image.width - side) * rng.uniform(0.25, 0.75))
    top = round((image.height - side) * rng.uniform(0.25, 0.75))
    return image.crop((left, top, left + side, top + side))


def _straightened(image: Image.Image, rng: random.Random) -> Image.Image:
    """Turned by 5 degrees and cropped to the largest centred part of the same shape."""
    degrees = rng.choice([-5, 5])
    turned = image.rotate(degrees, _BICUBIC)
    sine, cosine = math.sin(math.radians(5)), math.cos(math.radians(5))
    width, height = image.size
    share = min(width / (width * cosine + height * sine), height / (width * sine + height * cosine))
    left, top = (1 - share) * width / 2, (1 - share) * height / 2
    return turned.crop((round(left), round(top), round(width - left), round(height - top)))


def _rotated_90(image: Image.Image, rng: random.Random) -> Image.Image:
    turn = rng.choice([Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270])
    return image.transpose(turn)


def _rotated_180(image: Image.Image, rng: random.Random) -> Image.Image:
    return image.transpose(Image.Transpose.ROTATE_180)


def _mirrored(image: Image.Image, rng: random.Random) -> Image.Image:
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def _perspective(image: Image.Image, rng: random.Random) -> Image.Image:
    """A keystone correction: the corners are drawn from up to 11 % inside the photo."""
    width, height = image.size
    inside = [(rng.uniform(0.02, 0.11), rng.uniform(0.02, 0.11)) for _ in range(4)]
    corners = [
        (abs(x - dx) * width, abs(y - dy) * height)
        for (x, y), (dx, dy) in zip([(0, 0), (1, 0), (1, 1), (0, 1)], inside, strict=True)
    ]
    coefficients = _rectangle_to_corners(width, height, corners)
    return image.transform(image.size, Image.Transform.PERSPECTIVE, coefficients, _BICUBIC)


def _rectangle_to_corners(
    width: int, height: int, corners: list[tuple[float, float]]
) -> tuple[float, ...]:
    """Pillow's eight perspective coefficients that take a rectangle to four corners.

    corners: clockwise from the top left. Heckbert's closed form ("Fundamentals of Texture
    Mapping and Image Warping", 1989, section 2.2.3) for the unit square, then scaled.
    """
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = corners
    dx1, dx2, sx = x1 - x2, x3 - x2, x0 - x1 + x2 - x3
    dy1, dy2, sy = y1 - y2, y3 - y2, y0 - y1 + y2 - y3
    determinant = dx1 * dy2 - dx2 * dy1
    g = (sx * dy2 - dx2 * sy) / determinant
    h = (dx1 * sy - sx * dy1) / determinant
    a, b, c = x1 - x0 + g * x1, x3 - x0 + h * x3, x0
    d, e, f = y1 - y0 + g * y1, y3 - y0 + h * y3, y0
    return (a / width, b / height, c, d / width, e / height, f, g / width, h / height)


# --- with something added


def _border_white(image: Image.Image, rng: random.Random) -> Image.Image:
    """A print's border, on some broader below."""
    edge = round(min(image.size) * rng.uniform(0.04, 0.09))
    below = edge * rng.choice([1, 1, 3])
    return ImageOps.expand(image, (edge, edge, edge, below), (255, 255, 255))


def _letterbox(image: Image.Image, rng: random.Random) -> Image.Image:
    """Black bars that make it a square."""
    side = max(image.size)
    return ImageOps.pad(image, (side, side), _LANCZOS, (0, 0, 0))


def _font(pixels: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(max(8, round(pixels)))


def _font_within(text: str, width: float, pixels: float) -> ImageFont.FreeTypeFont:
    """The default font, as large as asked but no wider than given."""
    font = ImageFont.load_default(max(8, round(pixels)))
    assert isinstance(font, ImageFont.FreeTypeFont)
    share = min(1.0, width / font.getlength(text))
    return font.font_variant(size=max(6, int(font.size * share)))


def _watermark(image: Image.Image, rng: random.Random) -> Image.Image:
    """Half-transparent words across the middle, and smaller ones in a corner."""
    words = rng.choice(_OWNERS)
    layer = Image.new("L", image.size, 0)
    font = _font_within(words, image.width * 0.8, min(image.size) * 0.16)
    middle = (image.width / 2, image.height / 2)
    ImageDraw.Draw(layer).text(middle, words, 120, font, anchor="mm")
    layer = layer.rotate(rng.uniform(-30, 30), _BICUBIC)
    corner = _font_within(words, image.width * 0.4, min(image.size) * 0.05)
    place = (image.width * 0.98, image.height * 0.98)
    ImageDraw.Draw(layer).text(place, words, 200, corner, anchor="rd")
    return Image.composite(Image.new("RGB", image.size, (255, 255, 255)), image, layer)


def _screenshot(image: Image.Image, rng: random.Random) -> Image.Image:
    """A phone's gallery: a bar with the time and battery above, one with buttons below."""
    dark = rng.random() < 0.5
    paper, ink = ((16, 16, 18), (235, 235, 235)) if dark else ((250, 250, 250), (40, 40, 40))
    unit = max(image.size) * 0.05
    above, below = round(unit * rng.uniform(1.6, 2.6)), round(unit * rng.uniform(2.0, 3.2))
    screen = Image.new("RGB", (image.width, image.height + above + below), paper)
    screen.paste(image, (0, above))
    draw, font = ImageDraw.Draw(screen), _font(unit * 0.7)
    line = unit * 0.6
    draw.text((unit * 0.5, line), f"{rng.randint(7, 22)}:{rng.randint(10, 59)}", ink, font, "lm")
    right = screen.width - unit * 0.5
    draw.text((right - unit * 1.2, line), f"{rng.randint(12, 98)} %", ink, font, "rm")
    draw.rectangle((right - unit, line - unit * 0.25, right, line + unit * 0.25), None, ink, 2)
    draw.text((unit * 0.5, above - line * 0.8), "Gallery", ink, font, "lm")
    for place in range(1, 5):
        x, y, r = screen.width * place / 5, screen.height - below / 2, unit * 0.4
        draw.ellipse((x - r, y - r, x + r, y + r), None, ink, max(1, round(unit * 0.1)))
    return screen


def _caption(image: Image.Image, rng: random.Random) -> Image.Image:
    """A line of text: on a white strip above, or outlined across the photo's lower edge."""
    words = rng.choice(_CAPTIONS)
    size = min(image.size) * 0.11
    font = _font_within(words, image.width * 0.94, size)
    if rng.random() < 0.5:
        strip = round(font.size * 1.8)
        card = ImageOps.expand(image, (0, strip, 0, 0), (255, 255, 255))
        ImageDraw.Draw(card).text((card.width / 2, strip / 2), words, (10, 10, 10), font, "mm")
        return card
    card = image.copy()
    place = (card.width / 2, card.height * 0.96)
    outline = max(1, round(font.size / 14))
    ImageDraw.Draw(card).text(
        place, words, (255, 255, 255), font, "md", stroke_width=outline, stroke_fill=(0, 0, 0)
    )
    return card


_LANCZOS = Image.Resampling.LANCZOS
_BICUBIC = Image.Resampling.BICUBIC

SAVED: dict[str, Saved] = {
    "half_size": Saved(_half_size),
    "messenger": Saved(_within(320), 55),
    "thumbnail_96": Saved(_within(96), 75),
    "jpeg_30": Saved(_unchanged, 30),
    "jpeg_8": Saved(_unchanged, 8),
    "tone": Saved(_tone),
    "gray": Saved(_gray),
    "sepia": Saved(_sepia),
    "equalised": Saved(_equalised),
    "blurred": Saved(_blurred),
    "crop_90": Saved(_crop(0.9)),
    "crop_70": Saved(_crop(0.7)),
    "crop_50": Saved(_crop(0.5)),
    "crop_square": Saved(_crop_square),
    "straightened": Saved(_straightened),
    "rotated_90": Saved(_rotated_90),
    "rotated_180": Saved(_rotated_180),
    "mirrored": Saved(_mirrored),
    "border_white": Saved(_border_white),
    "letterbox": Saved(_letterbox),
    "watermark": Saved(_watermark),
    "screenshot": Saved(_screenshot, None),
    "caption": Saved(_caption),
    "perspective": Saved(_perspective),
}

EDITS: dict[str, Change] = {name: _seen(edit) for name, edit in SAVED.items()}
