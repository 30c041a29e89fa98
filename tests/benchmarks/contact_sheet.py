"""Pairs of photos as pages of small pictures, to look at what a benchmark counted."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

CELL = 180  # pixels, of one photo
LINE = 30  # pixels, for the text below
COLUMNS, ROWS = 4, 6  # pairs


def write_pages(pairs: Sequence[tuple[Path, Path, str]], folder: Path, name: str) -> list[Path]:
    """Write folder/NAME-1.png and so on, 24 pairs with their text a page; returns the pages."""
    folder.mkdir(parents=True, exist_ok=True)
    pages: list[Path] = []
    for start in range(0, len(pairs), COLUMNS * ROWS):
        page = folder / f"{name}-{len(pages) + 1}.png"
        _page(pairs[start : start + COLUMNS * ROWS]).save(page)
        pages.append(page)
    return pages


def _page(pairs: Sequence[tuple[Path, Path, str]]) -> Image.Image:
    page = Image.new("RGB", (COLUMNS * (2 * CELL + 12), ROWS * (CELL + LINE + 8)), (48, 48, 48))
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(11)
    for place, (left, right, text) in enumerate(pairs):
        x = place % COLUMNS * (2 * CELL + 12)
        y = place // COLUMNS * (CELL + LINE + 8)
        for offset, photo in ((0, left), (CELL + 2, right)):
            page.paste(_small(photo), (x + offset, y))
        draw.multiline_text((x, y + CELL + 1), text, (240, 240, 240), font, spacing=1)
    return page


def _small(path: Path) -> Image.Image:
    with Image.open(path) as photo:
        small = photo.convert("RGB")
    small.thumbnail((CELL, CELL))
    return small
