"""Where the program keeps its own files, its log, and the versions a bug report needs."""

import contextlib
import logging
import logging.handlers
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from photodedup import __version__
from photodedup.core.errors import UserError

DATA_DIR_VARIABLE = "PHOTODEDUP_DATA_DIR"
LOG_NAME = "photodedup.log"
LOG_BYTES = 2_000_000
LOG_FILES = 3
REPORTED_PACKAGES = (
    "numpy",
    "pillow",
    "opencv-python-headless",
    "onnxruntime-gpu",
    "onnxruntime",
    "annoy",
    "PySide6-Essentials",
    "pillow-heif",
    "rawpy",
    "simplejpeg",
    "pylibjxl",
    "xxhash",
    "msgspec",
)


@dataclass(frozen=True, slots=True)
class DataFolders:
    """The three folders the program writes to, made if missing.

    data: library.db, settings and journal, never thrown away. cache: cache.db, previews.db and the
    index, which a new scan makes again. logs: the rotating log.
    """

    data: Path
    cache: Path
    logs: Path


def default_folders(override: Path | None = None) -> DataFolders:
    """Choose and make the data folders: --data-dir, PHOTODEDUP_DATA_DIR, or the system's own.

    Raises UserError if they cannot be made.
    """
    chosen = override or (Path(v) if (v := os.environ.get(DATA_DIR_VARIABLE)) else None)
    if chosen is not None:
        root = chosen.absolute()
        folders = DataFolders(root, root / "cache", root / "logs")
    else:
        dirs = platformdirs.PlatformDirs("photodedup", appauthor=False)
        folders = DataFolders(dirs.user_data_path, dirs.user_cache_path, dirs.user_log_path)
    for folder in (folders.data, folders.cache, folders.logs):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(
                f"{folder}: cannot keep data there ({error.strerror}). "
                f"Name another folder with --data-dir."
            ) from error
    return folders


class LogFile(logging.handlers.RotatingFileHandler):
    """The rotating log. A full disk, or another instance that rotates too, costs lines, no more."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path,
            maxBytes=LOG_BYTES,
            backupCount=LOG_FILES,
            encoding="utf-8",
            errors="backslashreplace",  # names need not be UTF-8
            delay=True,
        )

    def doRollover(self) -> None:  # noqa: N802 - logging's name
        """Rotate, unless the system keeps another instance's open file from being renamed."""
        with contextlib.suppress(OSError):
            super().doRollover()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Say nothing: there is no better place to say it."""


def start_logging(folders: DataFolders, verbose: bool) -> None:
    """Send the log to a rotating file, and with verbose to stderr too."""
    root = logging.getLogger()
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    handlers: list[logging.Handler] = [LogFile(folders.logs / LOG_NAME)]
    if verbose:
        handlers.append(logging.StreamHandler(sys.stderr))
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        root.addHandler(handler)
    logging.getLogger("PIL").setLevel(logging.WARNING)


def installed_versions() -> dict[str, str]:
    """Name and version of the program, Python, the system and every package that matters."""
    import importlib.metadata  # takes long, and a scan does not ask

    versions = {
        "photodedup": __version__,
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }
    for package in REPORTED_PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions


def worker_count(asked: int | None) -> int:
    """How many processes decode: as asked, else one for each core this process may use."""
    if asked is not None:
        return asked
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
