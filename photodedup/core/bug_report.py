"""What a bug report needs, as text: versions, devices, counts, problems; personal paths by choice.

Without paths nothing of the log is copied but what this program itself wrote into it at fixed
places: times, levels, modules, kinds of problems, types of exceptions and the lines of code they
came from. Messages may name files, so they are left out.
"""

import logging
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from photodedup.core.embed import available_providers, cuda_obstacle
from photodedup.core.environment import LOG_NAME, DataFolders, installed_versions
from photodedup.core.errors import UserError
from photodedup.core.library import LIBRARY_NAME, open_library
from photodedup.core.messages import format_bytes
from photodedup.core.records import Problem, ProblemCode
from photodedup.core.store import CacheStore

LAST_PROBLEMS = 20
LAST_LINES = 200
COLUMN = 24
HIDDEN = "…"
log = logging.getLogger(__name__)

_PATH = re.compile(r"""(?:[A-Za-z]:)?[\\/](?:[^\\/:*?"<>|'\n]+[\\/])*[^\s\\/:*?"<>|']*""")
_LINE = re.compile(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ [A-Z]+ photodedup[\w.]*): ")
_FRAME = re.compile(r'^  File "(.+)", line (\d+), in (\w+|<\w+>)$')
_RAISED = re.compile(r"^([A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Warning|Exit))\b")
_CODES = "|".join(code.value for code in ProblemCode)
_PROBLEM = re.compile(rf"^(\S+ \S+) .*[\"']: ({_CODES}): (.*)$")


def bug_report(folders: DataFolders, model: Path | None, with_paths: bool) -> str:
    """Collect everything; what cannot be looked into is said so. model: None is the built-in one.

    with_paths: whether paths of photos and folders may be in it, and the end of the log as it is.
    """
    lines = [f"{name:<{COLUMN}}{version}" for name, version in installed_versions().items()]
    obstacle = cuda_obstacle()
    lines += _columns(
        ("execution providers", ", ".join(available_providers())),
        ("CUDA", f"not used: {obstacle}" if obstacle else "available"),
        ("network", "the built-in one" if model is None else _shown(model, with_paths)),
    )
    if with_paths:
        lines += _columns(
            *((f"{n} folder", str(getattr(folders, n))) for n in DataFolders.__slots__)
        )
    lines += ["", *_stores(folders, with_paths)]
    logged = _read_log(folders.logs)
    lines += ["", "Last problems", *_last_problems(logged, with_paths)]
    lines += ["", "Log", *(logged[-LAST_LINES:] if with_paths else without_messages(logged))]
    return "\n".join(_printable(line) for line in lines) + "\n"


def without_paths(text: str) -> str:
    """A message with everything left out that looks like a path, and with the user's name."""
    text = _PATH.sub(HIDDEN, text)
    user = Path.home().name
    return text.replace(user, HIDDEN) if len(user) > 2 else text


def without_messages(logged: Sequence[str]) -> list[str]:
    """The log's last warnings and errors: where and of which kind, without what they say."""
    kept = [line for line in _skeleton(logged) if line]
    return kept[-LAST_LINES:] or ["no warnings, no errors"]


def _skeleton(logged: Sequence[str]) -> Iterator[str]:
    for line in logged:
        if (head := _LINE.match(line)) is not None:
            if " INFO " not in head[1] and " DEBUG " not in head[1]:
                yield head[1]
        elif (frame := _FRAME.match(line)) is not None:
            yield f"    {_of_package(frame[1])}:{frame[2]} {frame[3]}"
        elif (raised := _RAISED.match(line)) is not None:
            yield f"    {raised[1]}"


def _of_package(file: str) -> str:
    """A module's file without the folders above its package."""
    parts = file.replace("\\", "/").split("/")
    for package in ("site-packages", "photodedup"):
        if package in parts[:-1]:
            return "/".join(parts[parts.index(package) :])
    return parts[-1]


def _stores(folders: DataFolders, with_paths: bool) -> list[str]:
    lines = []
    try:
        with CacheStore(folders.cache) as store:
            counts, problems = store.counts(), [problem for _, problem in store.known_problems()]
        lines += _columns(*((f"kept {name}", f"{count:,}") for name, count in counts.items()))
        kinds = Counter(_kind(problem) for problem in problems)
        lines += [f"{count:,} x {kind}" for kind, count in kinds.most_common(LAST_PROBLEMS)]
    except UserError as error:
        lines += _columns(("cache", str(error) if with_paths else type(error).__name__))
    try:
        with open_library(folders.data) as library:
            lines += _columns(("batches", f"{len(library.history()):,}"))
    except UserError as error:
        lines += _columns(("library", str(error) if with_paths else type(error).__name__))
    places = [folders.cache / "cache.db", folders.cache / "previews.db"]
    for path in (*places, folders.data / LIBRARY_NAME):
        if path.exists():
            lines += _columns((path.name, format_bytes(path.stat().st_size)))
    return lines


def _kind(problem: Problem) -> str:
    """What problems of one cause have in common: "undecodable .heic: could not be read as ..."."""
    return f"{problem.code.value} {problem.path.suffix.lower()}: {_reason(problem)}"


def _reason(problem: Problem) -> str:
    """The reason without the path, also where a library put it in."""
    reason = problem.reason.replace(str(problem.path), HIDDEN).replace(problem.path.name, HIDDEN)
    return without_paths(reason)


def _last_problems(logged: Sequence[str], with_paths: bool) -> list[str]:
    """The problems that scans have logged; how they write them is in pipeline.py."""
    found = [(line, match) for line in logged if (match := _PROBLEM.match(line)) is not None]
    lines = [
        line if with_paths else f"{match[1]} {match[2]}: {without_paths(match[3])}"
        for line, match in found[-LAST_PROBLEMS:]
    ]
    return lines or ["none"]


def _read_log(folder: Path) -> list[str]:
    """The lines of the log and of the one before it, oldest first."""
    lines: list[str] = []
    for name in (f"{LOG_NAME}.1", LOG_NAME):
        try:
            lines += (folder / name).read_text("utf-8", errors="replace").splitlines()
        except OSError as error:
            log.debug("%s: %s", name, error)
    return lines


def _shown(path: Path, with_paths: bool) -> str:
    return str(path) if with_paths else f"another one ({path.suffix})"


def _columns(*pairs: tuple[str, str]) -> list[str]:
    return [f"{name:<{COLUMN}}{value}" for name, value in pairs]


def _printable(line: str) -> str:
    return os.fsencode(line).decode("utf-8", errors="replace")
