"""The commands that clear photos: plan, apply, undo, history, empty, decisions."""

import argparse
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from photodedup.core import decisions
from photodedup.core.acts import FileActs
from photodedup.core.clearing import recover_interrupted
from photodedup.core.digest import digest_file
from photodedup.core.environment import DataFolders
from photodedup.core.errors import StoreError, UserError
from photodedup.core.execute import ApplyOptions, Tools, apply_plan, decoder
from photodedup.core.holding import ClearingBusy
from photodedup.core.journal import Act, State
from photodedup.core.library import BatchSummary, Library, open_library
from photodedup.core.messages import RELATIONS, format_bytes
from photodedup.core.obstacles import BatchReport, LeftAlone, describe_error
from photodedup.core.pipeline import run_scan
from photodedup.core.plan import Discard, Plan
from photodedup.core.plan_file import read_plan, write_list, write_plan
from photodedup.core.planning import PlanRequest, make_plan, select_safe, select_with_edited
from photodedup.core.raster import Limits
from photodedup.core.report import STDOUT, check_writable, printable, write_text
from photodedup.core.undo import empty_holding, list_held, undo_batch, undo_from_holding
from photodedup.exit_codes import DONE, INTERRUPTED, PROBLEMS_LISTED, USER_ERROR
from photodedup.options import add_scan_options, add_size_limit, scan_request
from photodedup.terminal import watched_job

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

ACTS = {"discard": Act.DISCARD, "hard-link": Act.HARD_LINK, "move": Act.MOVE}
log = logging.getLogger(__name__)


def add_clearing_commands(commands: "Commands", common: argparse.ArgumentParser) -> None:
    """Add the sub-commands; each sets run(options, folders) -> exit code."""
    _add_plan(commands, common)
    _add_apply(commands, common)
    undo = commands.add_parser("undo", parents=[common], help="take a batch back")
    undo.add_argument("batch", nargs="?", metavar="BATCH", help="default: the last one")
    undo.add_argument(
        "--from-holding",
        type=Path,
        metavar="FOLDER",
        help="go by this holding folder's own journal (when library.db was lost)",
    )
    undo.set_defaults(run=_undo)
    history = commands.add_parser("history", parents=[common], help="list what was done")
    history.set_defaults(run=_history)
    empty = commands.add_parser(
        "empty", parents=[common], help="put what is held into the system's trash"
    )
    empty.add_argument("--yes", action="store_true", help="do not ask")
    empty.set_defaults(run=_empty)
    _add_decisions(commands, common)


def _add_plan(commands: "Commands", common: argparse.ArgumentParser) -> None:
    plan = commands.add_parser(
        "plan", parents=[common], help="scan, and write what would be cleared (the dry run)"
    )
    plan.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    plan.add_argument("--out", required=True, metavar="PLAN.json", help='"-": stdout')
    plan.add_argument(
        "--include", choices=["edited"], help="also edited copies that differ nowhere"
    )
    plan.add_argument("--list", metavar="FILE.csv", help="also write the files as a table")
    add_scan_options(plan)
    plan.set_defaults(run=_plan)


def _add_apply(commands: "Commands", common: argparse.ArgumentParser) -> None:
    apply = commands.add_parser(
        "apply", parents=[common], help="carry a plan out; never asks, never deletes"
    )
    apply.add_argument("plan", type=Path, metavar="PLAN.json")
    apply.add_argument(
        "--act",
        choices=list(ACTS),
        default="discard",
        help="discard into the holding folder (default), replace identical files by hard links, "
        "or move into the folder named by --to",
    )
    apply.add_argument("--to", type=Path, metavar="FOLDER", help="where --act move moves to")
    apply.add_argument(
        "--write-sidecars",
        action="store_true",
        help="write rating, keywords, position and date that only a discarded copy has into an "
        "XMP sidecar of its keeper",
    )
    add_size_limit(apply)
    apply.set_defaults(run=_apply)


def _add_decisions(commands: "Commands", common: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "decisions", parents=[common], help='list, add or revoke "not a duplicate"; export'
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--export", metavar="FILE.csv", help="write triplets for training")
    what.add_argument(
        "--reject", type=Path, nargs="+", metavar="PHOTO", help="these are no duplicates"
    )
    what.add_argument("--revoke", type=int, metavar="NUMBER", help="take a decision back")
    parser.set_defaults(run=_decisions)


def _plan(options: argparse.Namespace, folders: DataFolders) -> int:
    for target in (options.out, options.list):
        check_writable(target)
    request = scan_request(options, options.folders)
    with open_library(folders.data) as library:
        _recover(library)
        rejected = decisions.rejected_pairs(library)
    with watched_job() as control:
        result = run_scan(request, folders, control).result
        if not result.complete:
            _say("interrupted; what was scanned is kept, no plan was written")
            return INTERRUPTED
        plan = make_plan(
            result.groups,
            PlanRequest(
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                folders=request.folders,
                protected=request.protected,
                model=result.model,
                rejected=lambda a, b: decisions.is_rejected(rejected, a, b),
            ),
            control,
            select=select_with_edited if options.include else select_safe,
            workers=request.workers,
        )
    write_plan(plan, options.out)
    if options.list:
        write_list(plan, options.list)
    if options.out != STDOUT:
        _print_plan(plan, options.out)
    for problem in result.problems:
        _say(f"{_name(problem.path)}: {problem.reason}")
    return PROBLEMS_LISTED if result.problems else DONE


def _print_plan(plan: Plan, target: str) -> None:
    for group in plan.groups:
        print(f"keep     {_name(group.keeper.path)}  ({printable(group.reason)})")
        for discard in group.discards:
            print(f"discard  {_name(discard.file.path)}  ({_describe(discard)})")
            for companion in discard.companions:
                print(f"  with   {_name(companion.file.path)}")
    for left in plan.kept_back:
        print(f"stays    {_name(left.path)}  ({printable(left.reason)})")
    print(
        f"{len(plan.discards):,} photos to discard, {format_bytes(plan.bytes_gained)} to gain. "
        f"Carry it out with: photodedup apply {printable(target)}"
    )


def _describe(discard: Discard) -> str:
    words = f"{RELATIONS[discard.relation]}, {format_bytes(discard.file.size_bytes)}"
    if discard.worth_keeping:
        words += f"; only it has: {printable(discard.worth_keeping.describe())}"
    return words


def _apply(options: argparse.Namespace, folders: DataFolders) -> int:
    act = ACTS[options.act]
    if (options.to is not None) != (act is Act.MOVE):
        raise UserError("--to FOLDER belongs to --act move, and that needs it.")
    plan = read_plan(options.plan)
    chosen = ApplyOptions(
        act=act,
        destination=None if options.to is None else options.to.absolute(),
        write_sidecars=options.write_sidecars,
    )
    tools = Tools(decode=decoder(Limits.of_megapixels(options.max_megapixels)))
    with open_library(folders.data) as library, watched_job() as control:
        report = apply_plan(plan, library, control, chosen, tools)
    print(f"batch {report.batch}")
    return _print_report(report, "cleared")


def _undo(options: argparse.Namespace, folders: DataFolders) -> int:
    if options.from_holding is None:
        with open_library(folders.data) as library, watched_job() as control:
            report = undo_batch(library, options.batch, control)
    else:
        library_or_none = _library_if_sound(folders)
        with watched_job() as control:
            report = undo_from_holding(
                options.from_holding, options.batch, control, library_or_none
            )
        if library_or_none is not None:
            library_or_none.close()
    print(f"batch {report.batch}")
    return _print_report(report, "taken back")


def _library_if_sound(folders: DataFolders) -> Library | None:
    try:
        return open_library(folders.data)
    except StoreError as error:
        _say(f"{error}; going by the holding folder alone")
        return None


def _history(options: argparse.Namespace, folders: DataFolders) -> int:
    with open_library(folders.data) as library:
        _recover(library)
        batches = library.history()
    for batch in batches:
        print(_history_line(batch))
    if not batches:
        print("nothing was cleared yet")
    return DONE


STATE_WORDS = {
    State.INTENDED: "interrupted",
    State.DONE: "done",
    State.REVERTED: "not done",
    State.UNDOING: "interrupted while taken back",
    State.UNDONE: "taken back",
    State.TRASHING: "interrupted while emptied",
    State.TRASHED: "in the trash",
}


def _history_line(batch: BatchSummary) -> str:
    states = ", ".join(
        f"{batch.entries[state]:,} {words}"
        for state, words in STATE_WORDS.items()
        if state in batch.entries
    )
    act = batch.act.value.replace("_", " ")
    return f"{batch.id}  {batch.created}  {act}: {states}  ({format_bytes(batch.bytes)})"


def _empty(options: argparse.Namespace, folders: DataFolders) -> int:
    with open_library(folders.data) as library:
        held = list_held(library)
        if not held.entries and not held.missing:
            print("nothing is held")
            return DONE
        question = f"Put {held.files:,} files ({format_bytes(held.bytes)}) into the trash?"
        if not options.yes and not _confirmed(question):
            print("nothing was done")
            return DONE
        with watched_job() as control:
            report = empty_holding(library, control)
    return _print_report(report, "put into the trash")


def _confirmed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise UserError("empty asks before it acts: answer in a terminal, or give --yes.")
    return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}


def _decisions(options: argparse.Namespace, folders: DataFolders) -> int:
    with open_library(folders.data) as library:
        if options.export is not None:
            return _export(library, options.export)
        if options.reject is not None:
            return _reject(library, options.reject)
        if options.revoke is not None:
            if decisions.revoke(library, options.revoke):
                print(f"decision {options.revoke} is revoked")
                return DONE
            _say(f"there is no decision {options.revoke}")
            return USER_ERROR
        for decision in decisions.list_rejections(library):
            print(f"{decision.id}  {decision.created}  not duplicates:")
            for path in decision.paths:
                print(f"    {_name(path)}")
    return DONE


def _export(library: Library, target: str) -> int:
    text, left_out = decisions.triplets_csv(library)
    write_text(text, target)
    if left_out:
        _say(f"{left_out} confirmed pairs were left out: a file is gone, or no negative is known")
    return PROBLEMS_LISTED if left_out else DONE


def _reject(library: Library, photos: list[Path]) -> int:
    try:
        contents = [(digest_file(photo), photo.absolute()) for photo in photos]
        number = decisions.reject(library, contents)
    except OSError as error:
        raise UserError(f"{error.filename}: {describe_error(error)}") from error
    except ValueError as error:
        raise UserError(f"--reject: {error}.") from error
    print(f"decision {number} is kept")
    return DONE


def _recover(library: Library) -> None:
    """Settle what a crash left open, unless another process is at work just now."""
    try:
        with library.clearing():
            for root in recover_interrupted(library, FileActs()):
                _say(f"{root}: something is unfinished there; plug in its drive")
    except (ClearingBusy, OSError) as error:
        log.info("not recovered now: %s", error)


def _print_report(report: BatchReport, done: str) -> int:
    for left in report.left:
        _say(f"left: {_line(left)}")
    for note in report.notes:
        _say(note)
    print(
        f"{len(report.done):,} photos {done} ({format_bytes(report.bytes)}), "
        f"{len(report.left):,} left alone"
    )
    if report.stopped is not None:
        _say(f"stopped early: {report.stopped}")
    if report.interrupted:
        _say("interrupted; what was done is kept")
        return INTERRUPTED
    return PROBLEMS_LISTED if report.left or report.stopped is not None else DONE


def _line(left: LeftAlone) -> str:
    return f"{_name(left.path)}: {left.reason}"


def _name(path: Path) -> str:
    """A path on one line: control characters in a name must not reach the terminal."""
    text = printable(str(path))
    return text if text.isprintable() else repr(text)


def _say(line: str) -> None:
    print(f"photodedup: {printable(line)}", file=sys.stderr)
