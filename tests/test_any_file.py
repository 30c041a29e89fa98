"""Whole scans over a library of every format, every orientation and every fault."""

import multiprocessing
import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from photodedup.core.environment import DataFolders
from photodedup.core.job import JobControl, Stage
from photodedup.core.pipeline import ScanRequest, run_scan
from photodedup.core.records import ProblemCode, ScanResult
from tests.data.make_photos import textured_photo
from tests.data.mutate import mutated
from tests.data.photo_files import ENCODERS, EXTENSIONS, ORIENTED, STORED, encode
from tests.data.tiff_writer import orientation_block

PAIRS = 4
DAMAGED = 60
FILES = 60


def scan(folder: Path, model: Path, folders: DataFolders) -> ScanResult:
    request = ScanRequest((folder,), device="cpu", model=model, workers=2)
    return run_scan(request, folders, JobControl()).result


def names_of_groups(result: ScanResult) -> list[set[str]]:
    return [{member.photo.path.name for member in group.members} for group in result.groups]


def test_one_photo_in_every_format_and_orientation_is_one_group(
    tmp_path: Path, tiny_model: Path, folders: DataFolders
) -> None:
    """Under names of their own: a RAW file and a JPEG of one name belong together."""
    folder = tmp_path / "library"
    folder.mkdir()
    rgb = textured_photo(1, 320, 240)
    for name, encoder in ENCODERS.items():
        (folder / f"{name}-plain{EXTENSIONS[name]}").write_bytes(encoder(rgb, b""))
    for name in ORIENTED:
        for orientation in (3, 6, 8) if name == "DNG" else range(2, 9):
            data = ENCODERS[name](STORED[orientation](rgb), orientation_block(orientation))
            (folder / f"{name}-{orientation}{EXTENSIONS[name]}").write_bytes(data)
    for seed in (2, 3):
        (folder / f"other-{seed}.jpg").write_bytes(encode(textured_photo(seed, 320, 240), "JPEG"))
    result = scan(folder, tiny_model, folders)
    assert result.problems == ()
    expected = {path.name for path in folder.iterdir() if not path.name.startswith("other")}
    assert names_of_groups(result) == [expected]


@pytest.fixture(scope="module")
def battered_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pairs of sound photos among damaged ones and files that are no photos."""
    folder = tmp_path_factory.mktemp("battered")
    for pair in range(PAIRS):
        for width in (400, 300):
            data = encode(textured_photo(pair, width, width * 3 // 4), ("JPEG", "PNG")[pair % 2])
            (folder / f"sound-{pair}-{width}.jpg").write_bytes(data)
    formats = ("JPEG", "PNG", "WEBP", "TIFF", "GIF", "HEIF", "AVIF")
    for seed in range(DAMAGED):
        name = formats[seed % len(formats)]
        _, data = mutated(ENCODERS[name](textured_photo(100 + seed, 120, 90), b""), seed)
        (folder / f"damaged-{seed}{EXTENSIONS[name]}").write_bytes(data)
    (folder / "empty.jpg").touch()
    (folder / "text.jpg").write_text("not a photo")
    (folder / "cut.jpg").write_bytes(encode(textured_photo(99, 400, 300), "JPEG")[:20_000])
    enormous = (30_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    (folder / "enormous.png").write_bytes(
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + enormous + bytes(4) + b"\x00\x00\x00\x00IDAT"
    )
    return folder


def test_a_battered_library_is_scanned_to_its_end(
    battered_library: Path, tiny_model: Path, folders: DataFolders
) -> None:
    result = scan(battered_library, tiny_model, folders)
    assert result.complete
    found = names_of_groups(result)
    for pair in range(PAIRS):
        assert {f"sound-{pair}-400.jpg", f"sound-{pair}-300.jpg"} in found
    codes = {problem.path.name: problem.code for problem in result.problems}
    assert len(codes) == len(result.problems)
    assert codes["empty.jpg"] is ProblemCode.EMPTY
    assert codes["text.jpg"] is ProblemCode.NOT_A_PHOTO
    assert codes["cut.jpg"] is ProblemCode.DAMAGED
    assert codes["enormous.png"] is ProblemCode.TOO_LARGE
    assert not any(name.startswith("sound") for name in codes)
    assert all(problem.reason for problem in result.problems)
    counts = result.counts
    assert counts.found == len(list(battered_library.iterdir()))
    assert counts.embedded + counts.skipped == counts.found
    unread = [name for name, code in codes.items() if code is not ProblemCode.DAMAGED]
    assert len(unread) == counts.skipped


def test_a_second_scan_remembers_what_cannot_be_read(
    battered_library: Path, tiny_model: Path, folders: DataFolders
) -> None:
    first = scan(battered_library, tiny_model, folders)
    second = scan(battered_library, tiny_model, folders)
    assert set(second.problems) == set(first.problems)
    assert second.counts.embedded == 0
    assert second.counts.skipped == first.counts.skipped
    assert names_of_groups(second) == names_of_groups(first)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_decoder_that_crashes_in_a_scan_costs_one_file(
    tmp_path: Path, tiny_model: Path, folders: DataFolders
) -> None:
    folder = tmp_path / "library"
    folder.mkdir()
    first = folder / "00.png"
    first.write_bytes(encode(textured_photo(1, 900, 675), "PNG"))
    for number in range(1, FILES):  # more than are read ahead: the worker has one in hand
        os.link(first, folder / f"{number:02}.png")
    request = ScanRequest((folder,), device="cpu", model=tiny_model, workers=1)
    control = JobControl()
    with ThreadPoolExecutor(1) as pool:
        scanning = pool.submit(run_scan, request, folders, control)
        while control.progress().stage is not Stage.EMBED or control.progress().done < 2:
            assert not scanning.done()
            time.sleep(0.001)
        (victim,) = (p for p in multiprocessing.active_children() if p.name == "photo-worker")
        assert victim.pid is not None
        os.kill(victim.pid, signal.SIGSTOP)
        done = -1
        while done != control.progress().done:  # until all that it had read is taken
            done = control.progress().done
            time.sleep(0.2)
        os.kill(victim.pid, signal.SIGSEGV)
        os.kill(victim.pid, signal.SIGCONT)
        result = scanning.result().result
    assert [problem.code for problem in result.problems] == [ProblemCode.DECODER_CRASHED]
    assert (result.counts.embedded, result.counts.skipped) == (FILES - 1, 1)
    again = scan(folder, tiny_model, folders)
    assert again.problems == result.problems  # not tried again: the file has not changed
    assert (again.counts.from_cache, again.counts.embedded) == (FILES - 1, 0)
