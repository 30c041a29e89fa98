"""The command that watches folders and reads new photos in the background."""

import argparse
import sys
from pathlib import Path

from photodedup.core.environment import DataFolders
from photodedup.core.job import JobCancelled
from photodedup.core.scan import find_photos
from photodedup.core.watch import Watched, Way, way_out
from photodedup.core.watch_reading import WatchNews, watch_folders
from photodedup.exit_codes import DONE
from photodedup.options import add_intake_options, scan_request
from photodedup.terminal import counted, on_one_line, watched_job


def add_watch_command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    common: argparse.ArgumentParser,
) -> None:
    """Add the sub-command; it sets run(options, folders) -> exit code."""
    watch = commands.add_parser(
        "watch",
        parents=[common],
        help="read new photos in folders as they come, until Ctrl-C; a scan is quick then",
    )
    watch.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    add_intake_options(watch)
    watch.set_defaults(run=_watch)


def _watch(options: argparse.Namespace, folders: DataFolders) -> int:
    request = scan_request(options, options.folders)
    find_photos(request.folders, (), lambda _: None)  # a folder that does not exist is told now
    printer = _Printer()
    try:
        with watched_job() as control:
            watch_folders(request, folders, control, printer.tell)
    except JobCancelled:
        pass  # Ctrl-C is how it ends
    return DONE


class _Printer:
    """Prints what is new, a line each."""

    def __init__(self) -> None:
        self._told = WatchNews()

    def tell(self, news: WatchNews) -> None:
        """Called by the watching whenever there is news."""
        for one in news.watched:
            if one not in self._told.watched:
                print(_describe(one))
        if news.read > self._told.read:
            print(f"{counted(news.read - self._told.read, 'new photo')} read")
        if news.gone > self._told.gone:
            print(f"{counted(news.gone - self._told.gone, 'photo')} deleted or moved away")
        sys.stdout.flush()
        self._told = news


def _describe(watched: Watched) -> str:
    line = f"{on_one_line(str(watched.folder))}: {watched.way.value}"
    return f"{line} ({way_out()})" if watched.way is Way.NO_WATCHES else line
