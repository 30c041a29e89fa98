"""Options that several commands share, and the request that they make."""

import argparse
from collections.abc import Callable
from pathlib import Path

from photodedup.core.calibration import Preset
from photodedup.core.embed import DEVICES
from photodedup.core.pipeline import ScanRequest
from photodedup.core.reading_limits import (
    DEFAULT_MEGAPIXELS,
    DEFAULT_TIMEOUT_S,
    LEAST_TIMEOUT_S,
    MOST_MEGAPIXELS,
    MOST_TIMEOUT_S,
    ReadingLimits,
)
from photodedup.core.store import PREVIEWS_LIMIT_BYTES

GIB = 1 << 30
INDEX_KINDS = ("auto", "annoy", "exact")


def common_options() -> argparse.ArgumentParser:
    """Options that may stand before or after the sub-command: a parent of both parsers.

    Absent ones are absent from the namespace, so that the sub-command's do not undo the others.
    """
    parent = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    parent.add_argument(
        "--data-dir",
        type=Path,
        metavar="DIR",
        help="keep cache, library, journal and settings there (or set PHOTODEDUP_DATA_DIR)",
    )
    parent.add_argument("--model", type=Path, metavar="FILE", help="an ONNX network to use instead")
    parent.add_argument("--verbose", action="store_true", help="show the log")
    return parent


def add_scan_options(parser: argparse.ArgumentParser) -> None:
    """What decides how folders are scanned."""
    parser.add_argument(
        "--preset",
        type=Preset,
        choices=list(Preset),
        default=Preset.BALANCED,
        metavar="{" + ",".join(preset.value for preset in Preset) + "}",
        help="how sure to be of a duplicate (default: balanced)",
    )
    parser.add_argument(
        "--protect",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="nothing in it is ever discarded; may be repeated",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="read only photos that may have a copy, as far as the previews in their files tell; "
        "misses some, and what is only glanced at is not found by search",
    )
    add_intake_options(parser)


def add_intake_options(parser: argparse.ArgumentParser) -> None:
    """What decides how photos are found, read and indexed."""
    parser.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="GLOB",
        help="leave out names or paths below a folder that match; may be repeated",
    )
    parser.add_argument(
        "--device", choices=DEVICES, default="auto", help="what the network runs on"
    )
    parser.add_argument(
        "--index", choices=INDEX_KINDS, default="auto", help="how neighbours are found"
    )
    parser.add_argument(
        "--workers", type=_positive, metavar="N", help="decoding processes (default: one a core)"
    )
    add_size_limit(parser)
    parser.add_argument(
        "--timeout",
        type=_number_in(LEAST_TIMEOUT_S, MOST_TIMEOUT_S),
        default=DEFAULT_TIMEOUT_S,
        metavar="SECONDS",
        help=f"what reading one photo may take (default: {DEFAULT_TIMEOUT_S}); with more, photos "
        "that took longer are tried again",
    )
    parser.add_argument(
        "--previews-gib",
        type=_number_in(0, 1 << 20),
        default=PREVIEWS_LIMIT_BYTES // GIB,
        metavar="N",
        help="how large the kept previews may grow; older ones are made again at need "
        f"(default: {PREVIEWS_LIMIT_BYTES // GIB})",
    )
    parser.add_argument(
        "--retry",
        action="store_true",
        help="try again to read what could not be read, or only in part, and has not changed",
    )


def add_size_limit(parser: argparse.ArgumentParser) -> None:
    """How large a photo may be."""
    parser.add_argument(
        "--max-megapixels",
        type=_number_in(1, MOST_MEGAPIXELS),
        default=DEFAULT_MEGAPIXELS,
        metavar="N",
        help="refuse larger photos, JPEGs that need not be decoded whole from 2.4 times as many "
        f"(default: {DEFAULT_MEGAPIXELS})",
    )


def scan_request(options: argparse.Namespace, folders: list[Path]) -> ScanRequest:
    """The request that these options make; folders become absolute, links unresolved."""
    return ScanRequest(
        folders=tuple(folder.absolute() for folder in folders),
        protected=tuple(folder.absolute() for folder in getattr(options, "protect", [])),
        excluded=tuple(options.exclude),
        preset=getattr(options, "preset", Preset.BALANCED),
        device=options.device,
        index=options.index,
        workers=options.workers,
        model=getattr(options, "model", None),
        retry=options.retry,
        limits=ReadingLimits(options.max_megapixels, options.timeout),
        previews_bytes=options.previews_gib * GIB,
        quick=getattr(options, "quick", False),
    )


def _number_in(least: int, most: int) -> Callable[[str], int]:
    """A converter for argparse that refuses what is less or more."""

    def number(word: str) -> int:
        value = int(word)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"from {least} to {most}")
        return value

    return number


def _positive(word: str) -> int:
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number
