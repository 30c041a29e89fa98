"""Draw the program's icon in the sizes and formats that the systems want.

    python packaging/render_icons.py FOLDER

Writes FOLDER/SIZExSIZE.png for Linux, photodedup.ico for Windows and photodedup.icns for macOS.
Needs PySide6 and Pillow.
"""

import sys
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

SOURCE = Path(__file__).resolve().parents[1] / "resources" / "icons" / "photodedup.svg"
LINUX_SIZES = (32, 48, 64, 128, 256, 512)
ICO_SIZES = (16, 24, 32, 48, 64, 256)


def draw(size: int, target: Path) -> Path:
    """Write the icon as a square PNG of this many pixels."""
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(SOURCE)).render(painter, QRectF(0, 0, size, size))
    painter.end()
    if not image.save(str(target)):
        raise OSError(f"{target}: cannot be written")
    return target


def main(folder: Path) -> None:
    """Write all icons into the folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for size in LINUX_SIZES:
        draw(size, folder / f"{size}x{size}.png")
    with Image.open(draw(1024, folder / "1024x1024.png")) as largest:
        largest.save(folder / "photodedup.icns")
        largest.save(folder / "photodedup.ico", sizes=[(size, size) for size in ICO_SIZES])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
