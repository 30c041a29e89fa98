"""Seeded photos for tests: textured, varied, and the same on every machine (no fonts, no files).

    from tests.data.make_photos import textured_photo

One seed is one scene: the same seed at another size shows the same thing, so that a smaller
rendering is a fair "scaled copy". Two seeds share nothing but the recipe.
"""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

RGB = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
Corners = npt.NDArray[np.float64]


def textured_photo(seed: int, width: int, height: int) -> RGB:
    """Draw one scene: a toned background, grain at every scale, and patterned shapes before it.

    Returns (height, width, 3) uint8, sRGB. Rich in keypoints and in texture in every block.
    """
    random = np.random.default_rng([seed, 0x0DED])
    grain = _grain(random, width, height)
    scene = _background(random, width, height) + grain
    for _ in range(int(random.integers(24, 40))):
        _paint_shape(random, scene, grain)
    rounded: RGB = np.clip(np.rint(scene), 0, 255).astype(np.uint8)
    return rounded


def _background(random: np.random.Generator, width: int, height: int) -> Plane:
    """Four corner colours, blended; (height, width, 3), about 0 to 255."""
    corners = _colours(random, 4).reshape(2, 2, 3)
    return np.stack([_enlarged(corners[..., c], width, height) for c in range(3)], axis=-1)


def _colours(random: np.random.Generator, n: int) -> Plane:
    """Muted colours as photos have them; (n, 3), 20 to 235."""
    gray = random.uniform(40, 215, (n, 1))
    return np.clip(gray + random.normal(0, 28, (n, 3)), 20, 235).astype(np.float32)


def _grain(random: np.random.Generator, width: int, height: int) -> Plane:
    """Noise in octaves of 4 to 256 cells, so that each scale has detail; (height, width, 1)."""
    strength = random.uniform(0.7, 1.4)
    grain = np.zeros((height, width), np.float32)
    for cells in (4, 8, 16, 32, 64, 128, 256):
        tone = random.normal(0, 1, (cells, cells)).astype(np.float32)
        grain += (strength * 24 / cells**0.2) * _enlarged(tone, width, height)
    return grain[..., None]


def _paint_shape(random: np.random.Generator, scene: Plane, grain: Plane) -> None:
    """Paint one patterned ellipse or polygon with its own piece of the grain into the scene."""
    height, width = scene.shape[:2]
    centre, radius = random.uniform(0, 1, 2), random.uniform(0.03, 0.2, 2)
    outline = _outline(random, centre, radius)
    colour = _colours(random, 1)[0]
    contrast, pattern = random.uniform(8, 50), _Pattern(random)
    left, top = np.floor(np.clip(centre - radius, 0, 1) * (width, height)).astype(int)
    right, bottom = np.ceil(np.clip(centre + radius, 0, 1) * (width, height)).astype(int)
    if left == right or top == bottom:
        return
    x = np.arange(left, right, dtype=np.float32)[None, :] / width
    y = np.arange(top, bottom, dtype=np.float32)[:, None] / height
    mask = _mask(outline * (width, height) - (left, top), right - left, bottom - top)
    here = scene[top:bottom, left:right]
    turned = grain[::-1, ::-1][top:bottom, left:right]
    painted = colour + contrast * pattern(x, y)[..., None] + turned
    here += mask[..., None] * (painted - here)


def _outline(random: np.random.Generator, centre: Corners, radius: Corners) -> Corners:
    """Corners of an ellipse or a polygon; (n, 2) of x, y as fractions of the photo."""
    corners = 64 if random.random() < 0.4 else int(random.integers(3, 8))
    turns = np.sort(random.uniform(0, 2 * np.pi, corners))
    if corners == 64:
        turns = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    outline: Corners = centre + radius * np.stack([np.cos(turns), np.sin(turns)], axis=-1)
    return outline


def _mask(corners: Corners, width: int, height: int) -> Plane:
    """Fill a polygon; (height, width), 0 outside, 1 inside, smooth at the edge."""
    canvas = Image.new("L", (width * 2, height * 2))
    ImageDraw.Draw(canvas).polygon([(float(x) * 2, float(y) * 2) for x, y in corners], fill=255)
    return np.asarray(
        canvas.resize((width, height), Image.Resampling.BOX), np.float32
    ) / np.float32(255)


class _Pattern:
    """Stripes, checks or rings, the same at every size of the photo."""

    def __init__(self, random: np.random.Generator) -> None:
        self._angle, self._frequency = random.uniform(0, np.pi), random.uniform(30, 130)
        self._kind = int(random.integers(3))
        self._centre = random.uniform(0, 1, 2)

    def __call__(self, x: Plane, y: Plane) -> Plane:
        """x (1, w) and y (h, 1) as fractions of the photo; returns (h, w), -1 to 1."""
        along = np.cos(self._angle) * x + np.sin(self._angle) * y
        across = np.cos(self._angle) * y - np.sin(self._angle) * x
        stripes = np.tanh(3 * np.sin(self._frequency * along))
        checks = np.tanh(3 * stripes * np.sin(self._frequency * across))
        rings = np.sin(self._frequency * np.hypot(x - self._centre[0], y - self._centre[1]))
        pattern: Plane = (stripes, checks, rings)[self._kind].astype(np.float32)
        return pattern


def _enlarged(grid: Plane, width: int, height: int) -> Plane:
    """Resize one channel; a grid finer than the photo is averaged."""
    image = Image.fromarray(grid)
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC), np.float32)
