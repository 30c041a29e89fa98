"""The desktop's other programs: open a photo, show it in its folder."""

import os
import subprocess
import sys
from pathlib import Path

from PySide6.QtGui import QDesktopServices

from photodedup.gui.photo_model import url_of


def open_file(path: Path) -> bool:
    """Open a file in the program the system has for it; whether there is one."""
    return QDesktopServices.openUrl(url_of(path))


def show_in_folder(path: Path) -> bool:
    """Show a file in the file manager, chosen there where the system can do that."""
    if sys.platform == "win32":
        # explorer wants the whole of it as one word and always exits with 1
        subprocess.Popen(f'explorer /select,"{path}"')
        return True
    if sys.platform == "darwin":
        subprocess.Popen(["open", "-R", os.fspath(path)])
        return True
    return QDesktopServices.openUrl(url_of(path.parent))
