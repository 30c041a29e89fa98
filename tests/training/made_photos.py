"""Photos made by chance: shapes, stripes and gradients, each unlike the others, from a seed."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw


def made_photo(seed: int, width: int = 120, height: int = 90) -> Image.Image:
    """One textured photo: a gradient, a dozen shapes of random colour and place, and a weave."""
    random = np.random.default_rng(seed)
    ends = random.integers(0, 256, (2, 3))
    ramp = np.linspace(0.0, 1.0, width)[None, :, None] * random.uniform(0.3, 1.0)
    pixels = np.broadcast_to(ends[0] * (1 - ramp) + ends[1] * ramp, (height, width, 3))
    photo = Image.fromarray(pixels.astype(np.uint8))
    canvas = ImageDraw.Draw(photo)
    for _ in range(12):
        x, y = random.integers(0, width), random.integers(0, height)
        half_x, half_y = random.integers(4, width // 4), random.integers(4, height // 4)
        colour = tuple(int(value) for value in random.integers(0, 256, 3))
        shape = canvas.ellipse if random.random() < 0.5 else canvas.rectangle
        shape((x - half_x, y - half_y, x + half_x, y + half_y), fill=colour)
    weave = np.sin(np.arange(width) * random.uniform(0.2, 1.5))[None, :, None] * 20
    woven = np.asarray(photo, np.float64) + weave + random.normal(0, 4, (height, width, 3))
    return Image.fromarray(woven.clip(0, 255).astype(np.uint8))


PALETTE = ((40, 60, 90), (200, 180, 150), (120, 140, 60), (90, 40, 40), (220, 220, 230))


def alike_photo(seed: int, width: int = 96, height: int = 72) -> Image.Image:
    """Shapes in the same five colours in every photo: only where they lie tells photos apart."""
    random = np.random.default_rng(seed)
    photo = Image.new("RGB", (width, height), PALETTE[random.integers(5)])
    canvas = ImageDraw.Draw(photo)
    for _ in range(14):
        x, y = random.integers(0, width), random.integers(0, height)
        half_x, half_y = random.integers(4, width // 4), random.integers(4, height // 4)
        shape = canvas.ellipse if random.random() < 0.5 else canvas.rectangle
        box = (x - half_x, y - half_y, x + half_x, y + half_y)
        shape(box, fill=PALETTE[random.integers(5)])
    noisy = np.asarray(photo, np.float64) + random.normal(0, 4, (height, width, 3))
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def made_folder(folder: Path, count: int, first_seed: int = 0) -> Path:
    """A folder with that many photos of varied sizes."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(first_seed, first_seed + count):
        width, height = ((120, 90), (90, 120), (128, 96), (100, 100))[seed % 4]
        made_photo(seed, width, height).save(folder / f"{seed:04}.png", compress_level=1)
    return folder


def made_pixels(count: int, side: int, first_seed: int = 0) -> npt.NDArray[np.uint8]:
    """(count, side, side, 3): photos squashed to a square."""
    photos = (
        made_photo(seed).resize((side, side)) for seed in range(first_seed, first_seed + count)
    )
    return np.stack([np.asarray(photo) for photo in photos])
