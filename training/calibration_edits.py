"""Edits that make true copies for calibration, on whole photos with OpenCV.

Beside the training's edits (square, on batches) and the benchmark's (Pillow): calibration needs
photos as the app meets them, of any shape, and copies that neither of the two has seen.
"""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

RGB = npt.NDArray[np.uint8]
Edit = Callable[[RGB, np.random.Generator], RGB]


def compressed(rgb: RGB, random: np.random.Generator, worst: int = 6, best: int = 90) -> RGB:
    """Through JPEG at a quality between worst and best."""
    quality = int(random.integers(worst, best + 1))
    _, data = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.ascontiguousarray(decoded[..., ::-1], np.uint8)


def resized(rgb: RGB, random: np.random.Generator) -> RGB:
    """To between 90 px and the whole size on the long side."""
    longest = max(rgb.shape[:2])
    factor = float(np.exp(random.uniform(np.log(min(1.0, 90 / longest)), 0.0)))
    height, width = rgb.shape[:2]
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def cropped(rgb: RGB, random: np.random.Generator) -> RGB:
    """A part of 25 to 95 % of the area, anywhere."""
    height, width = rgb.shape[:2]
    side = float(np.sqrt(random.uniform(0.25, 0.95)))
    stretch = float(np.exp(random.uniform(-0.2, 0.2)))
    new_width = min(width, round(width * side * stretch))
    new_height = min(height, round(height * side / stretch))
    left = int(random.integers(0, width - new_width + 1))
    top = int(random.integers(0, height - new_height + 1))
    return rgb[top : top + new_height, left : left + new_width].copy()


def turned(rgb: RGB, random: np.random.Generator) -> RGB:
    """By quarter turns, mirrored or not."""
    picture = np.rot90(rgb, int(random.integers(0, 4)))
    return np.ascontiguousarray(picture[:, ::-1] if random.random() < 0.5 else picture)


def straightened(rgb: RGB, random: np.random.Generator) -> RGB:
    """Turned by up to 12 degrees, the empty corners cut away."""
    height, width = rgb.shape[:2]
    degrees = float(random.uniform(2, 12)) * (1 if random.random() < 0.5 else -1)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    picture = cv2.warpAffine(rgb, matrix, (width, height), flags=cv2.INTER_CUBIC)
    radians = np.radians(abs(degrees))
    share = 1.0 / (np.cos(radians) + max(width / height, height / width) * np.sin(radians))
    left, top = round(width * (1 - share) / 2), round(height * (1 - share) / 2)
    return np.asarray(picture[top : height - top, left : width - left], np.uint8)


def bent(rgb: RGB, random: np.random.Generator) -> RGB:
    """A perspective correction: every corner moves by up to 9 %, outwards or inwards."""
    height, width = rgb.shape[:2]
    outline = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = outline + random.uniform(-0.09, 0.09, (4, 2)) * (width, height)
    matrix = cv2.getPerspectiveTransform(outline, moved.astype(np.float32))
    return np.asarray(cv2.warpPerspective(rgb, matrix, (width, height)), np.uint8)


def toned(rgb: RGB, random: np.random.Generator) -> RGB:
    """Gamma, contrast, brightness, saturation and a cast together."""
    levels = (rgb / 255.0) ** float(np.exp(random.uniform(-0.5, 0.5)))
    gray = levels.mean(axis=2, keepdims=True)
    levels = gray + (levels - gray) * random.uniform(0.0, 1.8)
    levels = (levels - 0.5) * random.uniform(0.6, 1.5) + 0.5 + random.uniform(-0.12, 0.12)
    return _as_bytes(levels * random.uniform(0.88, 1.12, 3) * 255.0)


def monochrome(rgb: RGB, random: np.random.Generator) -> RGB:
    """Gray, or gray with a tint."""
    gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)[..., None] / 255.0
    tint = (1.0, 1.0, 1.0) if random.random() < 0.5 else random.uniform(0.6, 1.0, 3)
    return _as_bytes(gray * tint * 255.0)


def equalised(rgb: RGB, random: np.random.Generator) -> RGB:
    """Each channel's histogram made even."""
    channels = [cv2.equalizeHist(np.ascontiguousarray(rgb[..., c])) for c in range(3)]
    return np.asarray(np.stack(channels, axis=2), np.uint8)


def softened(rgb: RGB, random: np.random.Generator) -> RGB:
    """Out of focus, by up to 1 % of the long side."""
    sigma = max(rgb.shape[:2]) * float(random.uniform(0.002, 0.01))
    return np.asarray(cv2.GaussianBlur(rgb, (0, 0), sigma), np.uint8)


def grainy(rgb: RGB, random: np.random.Generator) -> RGB:
    """With noise of 3 to 20 levels."""
    noise = random.normal(0.0, random.uniform(3, 20), rgb.shape)
    return _as_bytes(rgb + noise)


def bordered(rgb: RGB, random: np.random.Generator) -> RGB:
    """A frame, a letterbox, or bars: plain, unlike on each side."""
    shortest = min(rgb.shape[:2])
    edges = [int(v) for v in random.uniform(0.0, 0.3, 4) * shortest]
    if random.random() < 0.5:
        edges = [edges[0] // 3] * 4
    level = int(random.choice([0, 20, 128, 245, 255]))
    top, bottom, left, right = edges
    return np.pad(rgb, ((top, bottom), (left, right), (0, 0)), constant_values=level)


def written_on(rgb: RGB, random: np.random.Generator) -> RGB:
    """Words across it, opaque or like a watermark."""
    height, width = rgb.shape[:2]
    layer = rgb.copy()
    for _ in range(int(random.integers(1, 4))):
        size = width / 500 * float(random.uniform(0.8, 2.0))
        place = (int(random.uniform(0, 0.4) * width), int(random.uniform(0.1, 1.0) * height))
        colour = tuple(int(v) for v in random.choice([0, 255], 3))
        words = "".join(chr(int(c)) for c in random.integers(97, 123, 14))
        cv2.putText(
            layer, words, place, cv2.FONT_HERSHEY_SIMPLEX, size, colour, max(1, int(size * 2))
        )
    strength = float(random.uniform(0.3, 1.0))
    return np.asarray(cv2.addWeighted(layer, strength, rgb, 1 - strength, 0), np.uint8)


def pasted_on(rgb: RGB, random: np.random.Generator) -> RGB:
    """Stickers or bars over up to a seventh of it."""
    height, width = rgb.shape[:2]
    covered = rgb.copy()
    for _ in range(int(random.integers(1, 3))):
        across, down = random.uniform(0.05, 0.35, 2)
        down = min(down, 0.07 / across)
        x, y = random.uniform(0, 1 - across), random.uniform(0, 1 - down)
        box = np.s_[round(y * height) : round((y + down) * height),
                    round(x * width) : round((x + across) * width)]  # fmt: skip
        covered[box] = random.integers(0, 256, 3)
    return covered


def another_shot(rgb: RGB, random: np.random.Generator) -> RGB:
    """The same scene a moment later: the camera has moved, and so has something in it.

    The camera turns and shifts a little; depth makes near things shift more than far ones (a smooth
    field of displacements, 2 to 8 thousandths of the long side); one place holds something
    else; light and noise are new.
    """
    height, width = rgb.shape[:2]
    longest = max(height, width)
    matrix = cv2.getRotationMatrix2D(
        (width / 2, height / 2), float(random.normal(0, 0.8)), float(random.uniform(1.01, 1.05))
    )
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    fields = [_smooth_field(height, width, random) for _ in range(2)]
    strength = float(random.uniform(0.002, 0.008)) * longest
    place_x = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2] + strength * fields[0]
    place_y = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2] + strength * fields[1]
    scene = _with_something_else(rgb, random)
    shot = cv2.remap(
        scene,
        (place_x + random.normal(0, 0.005) * longest).astype(np.float32),
        (place_y + random.normal(0, 0.005) * longest).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    lit = toned_lightly(np.asarray(shot, np.uint8), random)
    return compressed(grainy(lit, random), random, 70, 95)


def toned_lightly(rgb: RGB, random: np.random.Generator) -> RGB:
    """Exposure and white balance as a camera's automatic varies them."""
    return _as_bytes(rgb * random.uniform(0.93, 1.07) * random.uniform(0.98, 1.02, 3))


def _smooth_field(height: int, width: int, random: np.random.Generator) -> npt.NDArray[np.float32]:
    """(height, width), mean 0 and spread 1, varying over about a sixth of the picture."""
    coarse = random.normal(size=(6, 6)).astype(np.float32)
    field = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray((field - field.mean()) / field.std(), np.float32)


def _with_something_else(rgb: RGB, random: np.random.Generator) -> RGB:
    """One part of the picture, up to a sixteenth of it, seen elsewhere in it too."""
    height, width = rgb.shape[:2]
    across, down = (
        max(2, int(v * s))
        for v, s in zip(random.uniform(0.05, 0.25, 2), (width, height), strict=True)
    )
    from_x, to_x = random.integers(0, width - across + 1, 2)
    from_y, to_y = random.integers(0, height - down + 1, 2)
    changed = rgb.copy()
    changed[to_y : to_y + down, to_x : to_x + across] = rgb[
        from_y : from_y + down, from_x : from_x + across
    ]
    return changed


def _as_bytes(levels: npt.NDArray[Any]) -> RGB:
    return np.asarray(np.clip(levels, 0, 255), np.uint8)


EDITS: tuple[Edit, ...] = (
    resized, cropped, cropped, turned, straightened, bent, toned, monochrome, equalised,
    softened, grainy, bordered, written_on, pasted_on, compressed,
)  # fmt: skip


def random_copy(rgb: RGB, random: np.random.Generator) -> RGB:
    """The photo after one edit, now and then two or three, and JPEG."""
    for _ in range(int(random.choice([1, 2, 3], p=[0.7, 0.22, 0.08]))):
        rgb = EDITS[int(random.integers(len(EDITS)))](rgb, random)
    return compressed(rgb, random, worst=50, best=95)
