"""A quick scan finds what a full one finds here, reads less, and counts every file once."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs
from PIL import Image

from photodedup.core.cache_database import CacheRebuilt
from photodedup.core.environment import DataFolders
from photodedup.core.glance_store import Glance, GlanceStore, glance_digest
from photodedup.core.job import JobControl, Stage
from photodedup.core.pipeline import ScanRequest, run_scan
from photodedup.core.records import ProblemCode, ScanCounts, ScanResult
from tests.data.make_photos import textured_photo
from tests.data.preview_writer import jpeg_bytes, thumbnail_of, with_thumbnail
from tests.records_made import make_photo

ALONE = 4
READ = ("0.jpg", "half.jpg", "1.jpg", "same.jpg", "2.jpg", "unlike.jpg", "3.jpg", "bare.png")
BAD = ("text.jpg", "empty.jpg")


def photo(seed: int, side: int = 480) -> Image.Image:
    return Image.fromarray(textured_photo(seed, side, side * 3 // 4))


def camera_jpeg(pixels: Image.Image, shown: Image.Image | None = None) -> bytes:
    return with_thumbnail(jpeg_bytes(pixels, 92), thumbnail_of(shown or pixels))


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """Four photos that are alone; others with copies, each found in another way.

    Of 0 a copy without a preview, of 1 the same bytes. unlike is a copy of 3, but its preview
    shows 2: both look alike, and only once unlike is read it turns out whose copy it is.
    """
    made = {f"alone-{seed}.jpg": camera_jpeg(photo(seed)) for seed in range(10, 10 + ALONE)}
    made |= {f"{seed}.jpg": camera_jpeg(photo(seed)) for seed in range(4)}
    made |= {
        "half.jpg": jpeg_bytes(photo(0, 240)),
        "same.jpg": made["1.jpg"],
        "unlike.jpg": camera_jpeg(photo(3, 400), shown=photo(2)),
        "text.jpg": b"no photo",
        "empty.jpg": b"",
    }
    return made


@pytest.fixture
def quick(tmp_path: Path, tiny_model: Path, files: dict[str, bytes]) -> ScanRequest:
    library = tmp_path / "library"
    library.mkdir()
    for name, data in files.items():
        (library / name).write_bytes(data)
    photo(20).save(library / "bare.png")
    return ScanRequest((library,), device="cpu", model=tiny_model, workers=2, quick=True)


class Watched(JobControl):
    """Remembers every stage with its total and how far it came; may cancel."""

    def __init__(self, cancel_at: Stage | None = None) -> None:
        super().__init__()
        self.stages: list[tuple[Stage, int | None, int]] = []
        self.cancel_at = cancel_at

    def begin(self, stage: Stage, total: int | None) -> None:
        self.stages.append((stage, total, 0))
        super().begin(stage, total)

    def advance(self, n: int = 1) -> None:
        stage, total, done = self.stages[-1]
        self.stages[-1] = stage, total, done + n
        if stage is self.cancel_at and done + n >= 3:
            self.cancel()
        super().advance(n)


def scan(
    request: ScanRequest, folders: DataFolders, control: JobControl | None = None
) -> ScanResult:
    return run_scan(request, folders, control or JobControl()).result


def names(result: ScanResult) -> set[frozenset[str]]:
    return {frozenset(member.photo.path.name for member in g.members) for g in result.groups}


def test_finds_the_copies_and_reads_only_what_may_have_one(
    quick: ScanRequest, folders: DataFolders, caplog: pytest.LogCaptureFixture
) -> None:
    control = Watched()
    with caplog.at_level("INFO"):
        result = scan(quick, folders, control)
    assert names(result) == {
        frozenset({"0.jpg", "half.jpg"}),
        frozenset({"1.jpg", "same.jpg"}),
        frozenset({"3.jpg", "unlike.jpg"}),
    }
    assert {problem.path.name for problem in result.problems} == set(BAD)
    found = len(READ) + len(BAD) + ALONE
    assert result.counts == ScanCounts(found, len(READ), 0, len(BAD), ALONE)
    assert "unlike.jpg': its preview shows something else" in caplog.text
    for stage, total, done in control.stages:
        if stage in (Stage.GLANCE, Stage.INDEX, Stage.VERIFY, Stage.WALK):
            assert total is None or done == total, stage
    glanced = [(total, done) for stage, total, done in control.stages if stage is Stage.GLANCE]
    assert glanced == [(found, found)]
    last = [total for stage, total, _ in control.stages if stage is Stage.EMBED][-1]
    assert last == found - ALONE


def test_a_second_quick_scan_reads_nothing_and_a_full_one_the_rest(
    quick: ScanRequest, folders: DataFolders
) -> None:
    first = scan(quick, folders)
    for path in quick.folders[0].glob("alone-*.jpg"):  # whoever read one again would notice
        info = path.stat()
        path.write_bytes(b"x" * info.st_size)
        os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
    second = scan(quick, folders)
    assert second.groups == first.groups
    assert second.counts == replace(first.counts, embedded=0, from_cache=first.counts.embedded)
    full = scan(replace(quick, quick=False), folders)
    assert full.counts.glanced == 0
    codes = Counter(problem.code for problem in full.problems)
    assert codes[ProblemCode.NOT_A_PHOTO] == ALONE + 1  # read at last


def test_what_comes_later_is_compared_with_what_was_glanced_at(
    quick: ScanRequest, folders: DataFolders
) -> None:
    scan(quick, folders)
    library = quick.folders[0]
    (library / "late.jpg").write_bytes(jpeg_bytes(photo(10, 240)))
    (library / "later.jpg").write_bytes(camera_jpeg(photo(11, 400)))
    result = scan(quick, folders)
    assert frozenset({"alone-10.jpg", "late.jpg"}) in names(result)
    assert frozenset({"alone-11.jpg", "later.jpg"}) in names(result)
    assert (result.counts.embedded, result.counts.glanced) == (4, ALONE - 2)


@pytest.mark.parametrize("stage", [Stage.GLANCE, Stage.VERIFY])
def test_a_cancelled_quick_scan_goes_on_where_it_stopped(
    quick: ScanRequest, folders: DataFolders, stage: Stage
) -> None:
    cancelled = scan(quick, folders, Watched(cancel_at=stage))
    assert not cancelled.complete
    counts = cancelled.counts
    assert counts.embedded + counts.from_cache + counts.skipped + counts.glanced <= counts.found
    result = scan(quick, folders)
    assert result.counts.glanced == ALONE
    assert len(result.groups) == 3


def test_without_the_kept_previews_photos_that_are_near_are_read(
    quick: ScanRequest, folders: DataFolders
) -> None:
    result = scan(replace(quick, previews_bytes=0), folders)  # dropped when it ends
    assert result.counts.glanced == ALONE
    late = quick.folders[0] / "late.jpg"
    late.write_bytes(jpeg_bytes(photo(10, 240)))
    assert frozenset({"alone-10.jpg", "late.jpg"}) in names(scan(quick, folders))


def glance(name: str, *numbers: float) -> Glance:
    row = np.array(numbers, np.float32)
    return Glance(make_photo(name).file, row / np.linalg.norm(row))


def by_path(glances: Iterable[Glance]) -> dict[Path, list[float]]:
    return {g.file.path: [round(float(number), 2) for number in g.embedding] for g in glances}


def test_glances_come_back_while_the_file_and_the_model_are_the_same(tmp_path: Path) -> None:
    a, b = glance("a.jpg", 3, 4), glance("caf\udce9.jpg", 0, 1)
    with GlanceStore(tmp_path) as kept:
        kept.add([a, b], "m")
    with GlanceStore(tmp_path) as kept:
        files = [a.file, b.file]
        assert by_path(kept.glances(files, "m", 2)) == by_path([a, b])
        assert kept.glances(files, "other", 2) == []
        changed = structs.replace(a.file, mtime_ns=a.file.mtime_ns + 1)
        assert kept.glances([changed], "m", 2) == []
        assert glance_digest(changed) != a.digest
        kept.forget([a.file])
        assert by_path(kept.glances(files, "m", 2)) == by_path([b])


def test_what_was_compared_is_remembered_by_model(tmp_path: Path) -> None:
    with GlanceStore(tmp_path) as kept:
        kept.add_compared([b"1" * 16, b"2" * 16], "m")
        kept.add_compared([b"2" * 16], "n")
        assert kept.compared("m") == {b"1" * 16, b"2" * 16}
        assert kept.compared("n") == {b"2" * 16}


def test_glances_that_make_no_sense_are_begun_anew(tmp_path: Path) -> None:
    a = glance("a.jpg", 3, 4)
    with GlanceStore(tmp_path) as kept:
        kept.add([a], "m")
        with pytest.raises(CacheRebuilt):
            kept.glances([a.file], "m", 3)
        assert kept.glances([a.file], "m", 3) == []
