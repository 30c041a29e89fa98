"""Starts the window: for the console entry point, the desktop entry, or a test."""

import argparse
import contextlib
import logging
import multiprocessing
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from photodedup import __version__
from photodedup.core.embed import DEVICES
from photodedup.core.environment import DataFolders, default_folders, start_logging
from photodedup.core.errors import UserError
from photodedup.core.freed_memory import collect_seldom
from photodedup.exit_codes import DONE, USER_ERROR
from photodedup.gui.display import display_problem
from photodedup.options import common_options

# photodedup.core.embed comes before every import of Qt: loaded after it, onnxruntime fails on
# Windows. So Qt, and what imports it, is imported inside the functions below.

log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Open the window; folders in argv are scanned, photos searched for. Returns the exit code."""
    multiprocessing.freeze_support()
    collect_seldom()
    options = _parser().parse_args(sys.argv[1:] if argv is None else argv)
    problem = display_problem()
    if problem is not None:
        return _refuse(problem)
    missing = [path for path in options.paths if not path.exists()]
    if missing:
        return _refuse(f"{missing[0]}: no such file or folder")
    try:
        folders = default_folders(getattr(options, "data_dir", None))
        start_logging(folders, getattr(options, "verbose", False))
    except UserError as error:
        return _refuse(str(error))
    return _run(folders, options.paths, options.device, getattr(options, "model", None))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="photodedup-window",
        description="Find near-duplicate photos: the window. Command line: photodedup --help",
        parents=[common_options()],
    )
    parser.add_argument("--version", action="version", version=f"photodedup {__version__}")
    parser.add_argument(
        "--device", choices=DEVICES, default="auto", help="what the network runs on"
    )
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="folders are scanned, photos are searched for",
    )
    return parser


def _refuse(text: str) -> int:
    if sys.stderr is not None:  # a window program on Windows has none
        print(f"photodedup: {text}", file=sys.stderr)
    return USER_ERROR


def _run(folders: DataFolders, paths: Sequence[Path], device: str, model: Path | None) -> int:
    from photodedup.gui.single_instance import SingleInstance
    from photodedup.gui.window_app import WindowApp

    sys.excepthook = _log_exception
    instance = SingleInstance(folders.data)
    if not instance.is_first:
        if instance.forward(paths):
            return DONE
        return _refuse(
            "a window is open already that uses this data folder, and it does not answer. "
            "Close it, or name another folder with --data-dir."
        )
    app = WindowApp.make(folders, device, model)
    app.watch_library(folders.data)
    instance.received.connect(app.open_more)
    instance.listen()
    app.open(paths)
    app.exec()
    instance.close()
    return DONE


def _log_exception(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Write an exception that nobody caught, as those of slots are, to the log and to stderr."""
    log.critical("Unexpected error", exc_info=(kind, error, trace))
    with contextlib.suppress(OSError, AttributeError):  # no stderr
        traceback.print_exception(kind, error, trace, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
