"""A picture of search results: a row for each query, the query and its top five."""

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from photodedup.core.decode import Limits, decode_photo
from photodedup.core.errors import PhotoError
from photodedup.core.records import QueryResult
from photodedup.core.report import printable
from photodedup.core.store import CacheStore

COLUMNS = 6
CELL_PX = 220
PICTURE_PX = 196
TEXT_PX = 15
LINE_PX = 20
MARGIN_PX = 12
BACKGROUND, TEXT, FAINT, QUERY_FRAME = "#ffffff", "#1a1a1a", "#777777", "#2f6fb0"
_DEFAULT_LIMITS = Limits()


def plot_queries(
    results: Sequence[QueryResult], store: CacheStore, limits: Limits = _DEFAULT_LIMITS
) -> bytes:
    """Draw each query and its first five matches with their similarity; a PNG file's bytes.

    limits: those that the queries were read with.
    """
    row_px = PICTURE_PX + 2 * LINE_PX + 2 * MARGIN_PX
    sheet = Image.new("RGB", (COLUMNS * CELL_PX + MARGIN_PX, len(results) * row_px), BACKGROUND)
    for number, result in enumerate(results):
        top = number * row_px + MARGIN_PX
        query = _read(result.query, limits)
        _draw_cell(sheet, 0, top, query, "query", result.query.name, QUERY_FRAME)
        for column, match in enumerate(result.matches[: COLUMNS - 1], start=1):
            jpeg = store.preview(match.photo.digest)
            picture = Image.open(io.BytesIO(jpeg)) if jpeg else _read(match.photo.path, limits)
            caption = f"{match.similarity:.3f}"
            _draw_cell(sheet, column, top, picture, caption, match.photo.path.name, None)
    png = io.BytesIO()
    sheet.save(png, "PNG")
    return png.getvalue()


def _read(path: Path, limits: Limits) -> Image.Image | None:
    try:
        return Image.fromarray(decode_photo(path, PICTURE_PX, limits).rgb)
    except PhotoError:
        return None  # unplugged since it was scanned


def _draw_cell(
    sheet: Image.Image,
    column: int,
    top: int,
    picture: Image.Image | None,
    caption: str,
    name: str,
    frame: str | None,
) -> None:
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(TEXT_PX)
    left = column * CELL_PX + MARGIN_PX
    if picture is not None:
        picture.thumbnail((PICTURE_PX, PICTURE_PX))
        x = left + (PICTURE_PX - picture.width) // 2
        y = top + (PICTURE_PX - picture.height) // 2
        sheet.paste(picture, (x, y))
        if frame is not None:
            box = (x - 3, y - 3, x + picture.width + 2, y + picture.height + 2)
            draw.rectangle(box, outline=frame, width=3)
    baseline = top + PICTURE_PX + 6
    draw.text((left, baseline), caption, TEXT, font)
    draw.text((left, baseline + LINE_PX), _fitted(printable(name), font), FAINT, font)


def _fitted(name: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    """The name on one line, its middle left out where it is too long."""
    name = "".join(letter if letter.isprintable() else "?" for letter in name)
    kept = name
    while font.getlength(kept) > PICTURE_PX and len(name) > 4:
        name = name[: len(name) // 2 - 1] + name[len(name) // 2 + 1 :]
        kept = name[: len(name) // 2] + "..." + name[len(name) // 2 :]
    return kept
