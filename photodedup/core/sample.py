"""A small library to try the program on: painted scenes, copies of some, and two bursts."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

from photodedup.core.job import JobControl
from photodedup.core.sample_scenes import paint

Change = Callable[[Image.Image], Image.Image]


@dataclass(frozen=True, slots=True)
class Sample:
    """One file of the library; files of one scene show the same.

    name is the path below the library. shot counts the exposures of a burst from 1; files of one
    scene and shot are copies. camera: the file carries a camera's name and time.
    """

    name: str
    scene: int
    change: Change | None = None
    quality: int = 92
    shot: int = 1
    camera: bool = True
    orientation: int = 1  # EXIF's


def make_sample_library(folder: Path, control: JobControl | None = None) -> Path:
    """Paint the library into folder, about 60 photos in 13 MB; returns the folder.

    Files that are there already are left alone, so a second call costs nothing and a library
    that was thinned out is filled up again. Raises OSError if it cannot be written, JobCancelled
    soon after control was cancelled.
    """
    missing = [sample for sample in SAMPLES if not (folder / sample.name).exists()]
    for parent in {(folder / sample.name).parent for sample in missing}:
        parent.mkdir(parents=True, exist_ok=True)
    missing.sort(key=lambda sample: sample.scene)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [
            pool.submit(_write_scene, folder, scene, tuple(samples))
            for scene, samples in groupby(missing, lambda sample: sample.scene)
        ]
        try:
            for job in jobs:
                job.result()
                if control is not None:
                    control.checkpoint()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return folder


def _write_scene(folder: Path, scene: int, samples: Iterable[Sample]) -> None:
    """Paint one scene and write all files that show it."""
    painted = paint(scene)
    for sample in samples:
        photo = painted if scene not in _BURSTS else _exposure(painted, sample.shot)
        if sample.change is not None:
            photo = sample.change(photo)
        exif = _exif(sample) if sample.camera else Image.Exif()
        photo.save(folder / sample.name, quality=sample.quality, exif=exif)


def _exif(sample: Sample) -> Image.Exif:
    """What a camera writes: its name and the time, with the fraction that tells shots apart."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Sample", "Sample One"
    exif[0x0112] = sample.orientation
    day, minute = 1 + sample.scene % 28, sample.scene * 7 % 60
    details = exif.get_ifd(0x8769)
    details[0x9003] = f"2024:{5 + sample.scene % 4:02}:{day:02} 14:{minute:02}:08"
    details[0x9291] = f"{(sample.scene * 37 + sample.shot * 240) % 1000:03}"
    return exif


# --- what people do to photos


def _exposure(scene: Image.Image, shot: int) -> Image.Image:
    """The scene as a hand-held camera sees it a moment later, a balloon passing by."""
    width, height = scene.size
    x, y = width * (0.12 + 0.2 * shot), height * (0.34 - 0.05 * shot)
    size = height * 0.16
    shown = scene.copy()
    draw = ImageDraw.Draw(shown)
    for stripe in range(6):
        squeeze = size * (1 - stripe / 6)
        box = (x - squeeze, y - size, x + squeeze, y + size)
        draw.ellipse(box, (214, 58, 46) if stripe % 2 == 0 else (247, 214, 92))
    for side in (-1, 1):
        rope = (x + side * size * 0.6, y + size * 0.75, x + side * size * 0.18, y + size * 1.5)
        draw.line(rope, (70, 52, 40), 3)
    draw.rectangle((x - size * 0.2, y + size * 1.5, x + size * 0.2, y + size * 1.8), (96, 66, 40))
    left, top = 9 * (shot % 3), 7 * (shot % 2)
    part = shown.crop((left, top, left + width - 24, top + height - 18))
    return part.resize(scene.size, Image.Resampling.BICUBIC)


def _scaled(long_side: int) -> Change:
    """Shrunk until the long side has that many pixels."""

    def change(photo: Image.Image) -> Image.Image:
        return ImageOps.contain(photo, (long_side, long_side), Image.Resampling.LANCZOS)

    return change


def _crop(left: float, top: float, right: float, bottom: float) -> Change:
    """Cut to a box, given as fractions."""

    def change(photo: Image.Image) -> Image.Image:
        width, height = photo.size
        upper_left = (round(left * width), round(top * height))
        return photo.crop((*upper_left, round(right * width), round(bottom * height)))

    return change


def _turned(degrees: int) -> Change:
    """Turned by quarter turns, counter-clockwise."""

    def change(photo: Image.Image) -> Image.Image:
        return photo.rotate(degrees, expand=True)

    return change


def _vivid(photo: Image.Image) -> Image.Image:
    return ImageEnhance.Contrast(ImageEnhance.Color(photo).enhance(1.5)).enhance(1.2)


def _framed(photo: Image.Image) -> Image.Image:
    return ImageOps.expand(photo, 45, (255, 255, 255))


def _postcard(photo: Image.Image) -> Image.Image:
    card = photo.copy()
    font = ImageFont.load_default(64)
    place = (card.width / 2, card.height * 0.94)
    ImageDraw.Draw(card).text(
        place, "Wish you were here", "white", font, "ms", stroke_width=3, stroke_fill="black"
    )
    return card


# --- the library

_BURSTS = {9, 19}
_FOLDERS = ("Holiday", "Weekends", "Phone", "Old camera")

SAMPLES: tuple[Sample, ...] = (
    *(
        Sample(f"{_FOLDERS[scene // 10]}/IMG_{1001 + scene}.jpg", scene)
        for scene in range(38)
        if scene not in _BURSTS
    ),
    *(
        Sample(f"{_FOLDERS[scene // 10]}/IMG_{1001 + scene}_{shot}.jpg", scene, shot=shot)
        for scene in sorted(_BURSTS)
        for shot in (1, 2, 3)
    ),
    # the same bytes, the same pixels without the camera's data, other formats and sizes
    Sample("Downloads/IMG_1001 (1).jpg", 0),
    Sample("Downloads/IMG_1004 (1).jpg", 3),
    Sample("Phone/Backup/IMG_1023.jpg", 22),
    Sample("Downloads/skyline.jpg", 2, camera=False),
    Sample("Downloads/export.png", 5, camera=False),
    Sample("Downloads/dunes.webp", 7, quality=80, camera=False),
    Sample("Messages/IMG-20240611-WA0003.jpg", 1, _scaled(400), 55, camera=False),
    Sample("Messages/IMG-20240611-WA0004.jpg", 3, _scaled(400), 55, camera=False),
    Sample("Messages/IMG-20240702-WA0001.jpg", 12, _scaled(512), 60, camera=False),
    Sample("Holiday/small/IMG_1006.jpg", 5, _scaled(512), 85),
    Sample("Holiday/small/IMG_1001.jpg", 0, _scaled(512), 85),
    # edits
    Sample("Edited/mountains cropped.jpg", 8, _crop(0.2, 0.12, 0.95, 0.9)),
    Sample("Edited/square.jpg", 11, _crop(0.125, 0, 0.875, 1), camera=False),
    Sample("Edited/close-up.jpg", 13, _crop(0.05, 0.25, 0.75, 0.98)),
    Sample("Edited/black and white.jpg", 10, ImageOps.grayscale),
    Sample("Edited/vivid.jpg", 16, _vivid, 88),
    Sample("Edited/mirrored.jpg", 21, ImageOps.mirror),
    Sample("Edited/framed.jpg", 27, _framed, camera=False),
    Sample("Edited/postcard.jpg", 17, _postcard, camera=False),
    Sample("Phone/turned.jpg", 26, _turned(90)),
    Sample("Phone/on its side.jpg", 23, _turned(90), orientation=6),
)
