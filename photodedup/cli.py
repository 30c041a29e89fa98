"""The command line: one of the two faces. Scripts rely on its options, formats and exit codes."""

import argparse
import logging
import multiprocessing
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from photodedup import __version__
from photodedup.clearing_commands import add_clearing_commands
from photodedup.core.bug_report import bug_report
from photodedup.core.embed import Embedder, cuda_obstacle
from photodedup.core.environment import (
    DataFolders,
    default_folders,
    installed_versions,
    start_logging,
)
from photodedup.core.errors import UserError
from photodedup.core.freed_memory import collect_seldom
from photodedup.core.job import JobCancelled
from photodedup.core.library_backup import take_notice
from photodedup.core.messages import describe_member, format_bytes, format_seconds
from photodedup.core.pipeline import ScanOutcome, run_scan
from photodedup.core.plot import plot_queries
from photodedup.core.records import Group, Problem, QueryResult
from photodedup.core.report import (
    STDOUT,
    check_writable,
    scan_csv,
    scan_html,
    scan_json,
    search_json,
    write_bytes,
    write_json,
    write_text,
)
from photodedup.core.search import search_library
from photodedup.core.store import CacheStore
from photodedup.exit_codes import DONE, INTERNAL_ERROR, INTERRUPTED, PROBLEMS_LISTED, USER_ERROR
from photodedup.options import add_intake_options, add_scan_options, common_options, scan_request
from photodedup.terminal import counted, on_one_line, watched_job
from photodedup.watch_command import add_watch_command

KNOWN_OBJECTS = 5_000_000  # those of more than 300,000 photos; walking them frees nothing
log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `photodedup`: a command, or with paths or nothing the window. Returns the exit code."""
    multiprocessing.freeze_support()
    collect_seldom()
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser, commands = _build_parser()
    if not _is_command_line(words, commands):
        from photodedup.gui.app import main as open_window  # Qt only where a window is wanted

        return open_window(words)
    options = parser.parse_args(words)
    try:
        folders = default_folders(getattr(options, "data_dir", None))
        start_logging(folders, getattr(options, "verbose", False))
    except UserError as error:
        return _refuse(error)
    code = _run(options.run, options, folders)
    restored = take_notice(folders.data)
    if restored is not None:
        _say(str(restored))
    return code


Command = Callable[[argparse.Namespace, DataFolders], int]


def _run(command: Command, options: argparse.Namespace, folders: DataFolders) -> int:
    try:
        return command(options, folders)
    except UserError as error:
        return _refuse(error)
    except (KeyboardInterrupt, JobCancelled):
        _say("interrupted; what was done is kept")
        return INTERRUPTED
    except Exception as error:  # the edge of the application
        log.exception("internal error")
        _say(
            f"internal error: {type(error).__name__}: {error}. "
            f"Please report it; the log in {folders.logs} has the details."
        )
        return INTERNAL_ERROR


def _refuse(error: UserError) -> int:
    log.info("refused: %s", error)
    _say(str(error))
    return USER_ERROR


def _say(line: str) -> None:
    print(f"photodedup: {on_one_line(line)}", file=sys.stderr)


def _build_parser() -> tuple[argparse.ArgumentParser, frozenset[str]]:
    common = common_options()
    parser = argparse.ArgumentParser(
        prog="photodedup",
        parents=[common],
        description="Find near-duplicate photos. With paths instead of a command, opens the "
        "window: folders are scanned, photos open the search pane. A folder that is called like "
        "a command is written ./scan.",
        epilog="Exit codes: 0 done; 1 done, with problems listed; 2 usage or user error; "
        "3 internal error; 130 interrupted, what was done is kept.",
    )
    parser.add_argument("--version", action="version", version=f"photodedup {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_scan(commands, common)
    _add_search(commands, common)
    add_clearing_commands(commands, common)
    add_watch_command(commands, common)
    doctor = commands.add_parser(
        "doctor", parents=[common], help="versions, devices, model, and a self-test"
    )
    doctor.add_argument(
        "--report",
        metavar="FILE",
        help='write what a bug report needs there instead ("-": stdout); no personal paths',
    )
    doctor.add_argument(
        "--with-paths", action="store_true", help="let the report name photos, folders and the log"
    )
    doctor.set_defaults(run=_doctor)
    return parser, frozenset(commands.choices)


def _add_scan(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    common: argparse.ArgumentParser,
) -> None:
    scan = commands.add_parser(
        "scan", parents=[common], help="find duplicates in folders and print them"
    )
    scan.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    scan.add_argument("--json", metavar="FILE", help='write the groups there ("-": stdout)')
    scan.add_argument("--csv", metavar="FILE", help="write one line a photo")
    scan.add_argument("--html", metavar="FILE", help="write one page with previews")
    add_scan_options(scan)
    scan.set_defaults(run=_scan)


def _add_search(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    common: argparse.ArgumentParser,
) -> None:
    search = commands.add_parser(
        "search", parents=[common], help="find the photos most like an example"
    )
    search.add_argument("images", type=Path, nargs="+", metavar="IMAGE")
    search.add_argument(
        "--in",
        dest="folders",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="search there; may be repeated (default: everything ever scanned)",
    )
    search.add_argument("--top", type=int, default=5, metavar="N", help="how many (default: 5)")
    search.add_argument("--json", metavar="FILE", help='write the matches there ("-": stdout)')
    search.add_argument("--plot", type=Path, metavar="FILE.png", help="draw a row for each query")
    add_intake_options(search)
    search.set_defaults(run=_search)


VALUE_OPTIONS = frozenset({"--data-dir", "--model"})
INFORMATION = frozenset({"-h", "--help", "--version"})


def _is_command_line(words: Sequence[str], commands: frozenset[str]) -> bool:
    """Whether the first word that is not a common option names a command or asks for help."""
    rest = iter(words)
    for word in rest:
        if word in VALUE_OPTIONS:
            next(rest, None)
        elif word in commands or word in INFORMATION:
            return True
        elif not word.startswith("-"):
            return False
    return False


def _scan(options: argparse.Namespace, folders: DataFolders) -> int:
    for target in (options.json, options.csv, options.html):
        check_writable(target)  # before hours of work, not after
    collect_seldom(KNOWN_OBJECTS)
    with watched_job() as control:
        outcome = run_scan(scan_request(options, options.folders), folders, control)
    result = outcome.result
    if options.json != STDOUT:
        _print_outcome(outcome)
    if options.json:
        write_json(scan_json(result), options.json)
    if options.csv:
        write_text(scan_csv(result), options.csv)
    if options.html:
        with CacheStore(folders.cache) as store:
            page = scan_html(result, lambda photo: store.preview(photo.digest))
        write_text(page, options.html)
    _print_problems(result.problems)
    if not result.complete:
        _say("interrupted; what was done is kept, the next scan continues")
        return INTERRUPTED
    return PROBLEMS_LISTED if result.problems else DONE


def _print_outcome(outcome: ScanOutcome) -> None:
    result = outcome.result
    for title, groups in (("duplicates", result.groups), ("similar shots", result.similar)):
        for number, group in enumerate(groups, start=1):
            _print_group(f"{title} {number} of {len(groups)}", group)
    counts = result.counts
    device = result.device + (f" ({outcome.device_reason})" if outcome.device_reason else "")
    gain = sum(group.bytes_to_gain for group in result.groups)
    glanced = f"{counts.glanced:,} only glanced at, " if counts.glanced else ""
    print(
        f"{counted(counts.found, 'photo')} found: {counts.embedded:,} read, {counts.from_cache:,} "
        f"unchanged, {glanced}{counts.skipped:,} skipped, in "
        f"{format_seconds(result.seconds['total'])} on {device}."
    )
    if counts.glanced:
        print(
            "What was only glanced at has no copy as far as the previews in the files tell, and is "
            "not found by search; a scan without --quick reads it."
        )
    print(
        f"{counted(len(result.groups), 'group')} of duplicates, {format_bytes(gain)} to gain; "
        f"{counted(len(result.similar), 'group')} of similar shots."
    )


def _print_group(title: str, group: Group) -> None:
    print(f"{title}: {len(group.members)} photos, {format_bytes(group.bytes_to_gain)} to gain")
    for member in group.members:
        photo = member.photo
        what = describe_member(member)
        if member.is_keeper:
            what = f"stays: {group.reason}"
        else:
            what += f", cosine {member.similarity:.3f}"
        print(f"  {on_one_line(str(photo.path))}  [{photo.width}x{photo.height}]  {what}")
    print()


def _print_problems(problems: Sequence[Problem]) -> None:
    for problem in problems:
        print(f"problem: {on_one_line(f'{problem.path}: {problem.reason}')}", file=sys.stderr)


def _search(options: argparse.Namespace, folders: DataFolders) -> int:
    check_writable(options.json)
    check_writable(options.plot)
    problems: list[Problem] = []
    request = scan_request(options, options.folders)
    with watched_job() as control:
        results = search_library(
            options.images, request, folders, options.top, control, problems.append
        )
    if options.json != STDOUT:
        for result in results:
            _print_matches(result)
    if options.json:
        write_json(search_json(results), options.json)
    if options.plot and results:
        with CacheStore(folders.cache) as store:
            write_bytes(plot_queries(results, store, request.limits.of_photo), options.plot)
    _print_problems(problems)
    if not results:
        return USER_ERROR
    return PROBLEMS_LISTED if problems else DONE


def _print_matches(result: QueryResult) -> None:
    print(on_one_line(str(result.query)))
    for match in result.matches:
        relation = "" if match.relation is None else f"  {match.relation.value}"
        print(f"  {match.similarity:.3f}  {on_one_line(str(match.photo.path))}{relation}")
    if not result.matches:
        print("  no photos to compare with: name a folder with --in, or scan one first")


def _doctor(options: argparse.Namespace, folders: DataFolders) -> int:
    from photodedup.core.self_test import run_checks  # paints photos: no scan needs that

    chosen = getattr(options, "model", None)
    if options.report is not None:
        write_text(bug_report(folders, chosen, options.with_paths), options.report)
        return DONE
    if options.with_paths:
        raise UserError("--with-paths belongs to --report FILE.")
    for name, version in installed_versions().items():
        print(f"{name:<24}{version}")
    obstacle = cuda_obstacle()
    print(f"{'CUDA':<24}{f'not used: {obstacle}' if obstacle else 'available'}")
    embedder = Embedder(chosen, "auto")
    model = embedder.model
    print(f"{'runs on':<24}{embedder.device}")
    print(f"{'model':<24}{model.model_id} ({model.path})")
    print(f"{'model input':<24}{model.input_size} px, {model.preprocess_id}")
    print(f"{'embedding':<24}{model.dimension} numbers")
    for name, folder in (("data", folders.data), ("cache", folders.cache), ("logs", folders.logs)):
        print(f"{f'{name} folder':<24}{on_one_line(str(folder))}")
    checks = list(run_checks(model.path))
    for check in checks:
        print(
            f"{f'self-test: {check.name}':<24}{'ok' if check.passed else 'FAILED'}: {check.detail}"
        )
    return DONE if all(check.passed for check in checks) else PROBLEMS_LISTED
