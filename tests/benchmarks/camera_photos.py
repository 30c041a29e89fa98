"""Files as a 12-megapixel camera writes them, made from smaller photos."""

import io
import json
import os
import random
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from tests.benchmarks.edits import SAVED

SIZE = (4000, 3000)
SMALLEST_BYTES, LARGEST_BYTES = 3_000_000, 4_000_000
QUALITY = 90
COPIES = ("tone", "gray", "sepia", "mirrored", "rotated_180", "crop_90", "caption", "watermark")
"""The edits of the copies: those that leave the photo about as large as it was."""


def make_camera_photos(photos: Sequence[Path], count: int, folder: Path) -> list[Path]:
    """Write count JPEGs of 3 to 4 MB into folder, every tenth an edited copy; in parallel.

    Photos that the same arguments wrote before are kept. If there are fewer photos than needed,
    their quarters are used, which share nothing. Raises SystemExit if these do not suffice.
    """
    parts = _parts(photos, count - count // 10)
    recipe = json.dumps([[str(path), quarter] for path, quarter in parts] + [str(count)])
    stamp = folder.with_name(f"{folder.name}.json")  # beside it: the folder holds photos only
    written = [folder / f"DSC_{number:05}.jpg" for number in range(count)]
    if stamp.exists() and stamp.read_text("utf-8") == recipe and all(p.exists() for p in written):
        return written
    folder.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    for old in folder.glob("DSC_*.jpg"):
        old.unlink()
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        jobs = [
            pool.submit(_write_tenth, parts[start : start + 9], written[place : place + 10], place)
            for start, place in zip(range(0, len(parts), 9), range(0, count, 10), strict=False)
        ]
        for job in jobs:
            job.result()
    stamp.write_text(recipe, "utf-8")
    return written


def _parts(photos: Sequence[Path], needed: int) -> list[tuple[Path, int | None]]:
    """Choose photos, or quarters of photos (0 to 3) where there are not enough."""
    parts: list[tuple[Path, int | None]] = [(photo, None) for photo in photos]
    if len(parts) < needed:
        parts = [(photo, quarter) for quarter in range(4) for photo in photos]
    if len(parts) < needed:
        raise SystemExit(f"{needed} photos are needed, or {needed // 4 + 1} to cut in quarters")
    return random.Random(0).sample(parts, needed)


def _write_tenth(
    parts: Sequence[tuple[Path, int | None]], targets: Sequence[Path], seed: int
) -> None:
    """Write up to nine photos, and an edited copy of the first of them if a target is left."""
    rng = random.Random(seed)
    for (path, quarter), target in zip(parts, targets, strict=False):
        target.write_bytes(_camera_jpeg(_scene(path, quarter), rng))
    if len(targets) > len(parts):
        edit = SAVED[COPIES[seed // 10 % len(COPIES)]]
        with Image.open(targets[0]) as original:
            edited = edit.change(original.convert("RGB"), rng)
        edited.save(targets[-1], quality=QUALITY)


def _scene(path: Path, quarter: int | None) -> Image.Image:
    """The photo or its quarter, enlarged to the camera's size (its longer side lying)."""
    with Image.open(path) as opened:
        photo = opened.convert("RGB")
    if quarter is not None:
        width, height = photo.width // 2, photo.height // 2
        left, top = quarter % 2 * width, quarter // 2 * height
        photo = photo.crop((left, top, left + width, top + height))
    if photo.height > photo.width:
        photo = photo.transpose(Image.Transpose.ROTATE_90)
    return ImageOps.fit(photo, SIZE, Image.Resampling.BICUBIC)


def _camera_jpeg(scene: Image.Image, rng: random.Random) -> bytes:
    """Encode with as much sensor noise as brings the file to 3 to 4 MB.

    Enlarging leaves no detail at the pixels' own scale, so that the bare file would be small and
    quick to decode. Noise stands for the detail; at reduced scale it averages away.
    """
    pixels = np.asarray(scene).astype(np.int16)
    noise = _noise(rng)
    strength = 6.0
    for _ in range(8):
        noisy = pixels + (noise * strength).astype(np.int16)[..., None]
        encoded = _jpeg(Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)))
        if SMALLEST_BYTES <= len(encoded) <= LARGEST_BYTES:
            break
        middle = (SMALLEST_BYTES + LARGEST_BYTES) / 2
        strength *= min(3.0, max(0.2, (middle / len(encoded)) ** 1.5))
    return encoded


def _noise(rng: random.Random) -> npt.NDArray[np.float32]:
    """Gaussian noise, (3000, 4000), deviation 1; made small and tiled at a random place."""
    tile = np.random.default_rng(rng.getrandbits(32)).standard_normal((1024, 1024), np.float32)
    repeats = (SIZE[1] // 1024 + 1, SIZE[0] // 1024 + 1)
    return np.tile(tile, repeats)[: SIZE[1], : SIZE[0]]


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()
