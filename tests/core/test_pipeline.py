"""Whole scans: what is found, what the cache saves, what a cancel keeps."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from photodedup.core import intake, pipeline
from photodedup.core.calibration import Preset
from photodedup.core.environment import DataFolders, default_folders
from photodedup.core.errors import FolderMissing, ModelError
from photodedup.core.job import JobControl, Stage
from photodedup.core.pipeline import ScanRequest, run_scan
from photodedup.core.records import ProblemCode, Relation, ScanCounts, ScanResult
from photodedup.core.store import CacheStore
from tests.data.make_photos import textured_photo
from tests.library_made import ORIGINALS, make_library, save_photo

FILES = ORIGINALS + 5


@pytest.fixture
def request_for(tmp_path: Path, tiny_model: Path) -> ScanRequest:
    library = make_library(tmp_path / "library")
    return ScanRequest((library,), device="cpu", model=tiny_model, workers=2)


def scan(request: ScanRequest, folders: DataFolders) -> ScanResult:
    return run_scan(request, folders, JobControl()).result


def groups_by_name(result: ScanResult) -> list[dict[str, Relation | None]]:
    return [{m.photo.path.name: m.relation for m in group.members} for group in result.groups]


def test_finds_the_planted_copies_and_names_the_bad_files(
    request_for: ScanRequest, folders: DataFolders
) -> None:
    result = scan(request_for, folders)
    assert groups_by_name(result) == [
        {
            "0.jpg": None,
            "copy of 0.jpg": Relation.IDENTICAL_FILE,
            "half.jpg": Relation.RESAVED,
        },
        {"1.jpg": None, "crop.jpg": Relation.EDITED},
    ]
    problems = {problem.path.name: problem.code for problem in result.problems}
    assert problems == {"text.jpg": ProblemCode.NOT_A_PHOTO, "empty.jpg": ProblemCode.EMPTY}
    assert result.counts.found == FILES
    assert result.counts.embedded + result.counts.from_cache + result.counts.skipped == FILES
    assert result.counts.skipped == 2
    assert result.complete
    assert set(result.seconds) >= {"start", "walk", "embed", "index", "verify", "total"}


def test_a_second_scan_reads_nothing_and_finds_the_same(
    request_for: ScanRequest, folders: DataFolders
) -> None:
    first = scan(request_for, folders)
    second = scan(request_for, folders)
    assert second.counts == ScanCounts(FILES, 0, FILES - 2, 2)
    assert second.groups == first.groups
    assert second.problems == first.problems


def test_a_moved_folder_is_known_again(
    request_for: ScanRequest, folders: DataFolders, tmp_path: Path
) -> None:
    scan(request_for, folders)
    (tmp_path / "library").rename(tmp_path / "moved")
    result = scan(replace(request_for, folders=(tmp_path / "moved",)), folders)
    assert result.counts.embedded == 0
    assert len(result.groups) == 2


def test_only_new_and_changed_photos_are_embedded(
    request_for: ScanRequest, folders: DataFolders
) -> None:
    scan(request_for, folders)
    library = request_for.folders[0]
    save_photo(textured_photo(50, 800, 600), library / "new.jpg")
    save_photo(textured_photo(51, 800, 600), library / "trip" / "5.jpg")
    (library / "trip" / "4.jpg").unlink()
    result = scan(request_for, folders)
    assert result.counts == ScanCounts(FILES, 2, FILES - 4, 2)


def test_a_cancelled_scan_keeps_what_it_read(
    request_for: ScanRequest, folders: DataFolders
) -> None:
    class CancelAfter(JobControl):
        def advance(self, n: int = 1) -> None:
            if self.progress().stage is Stage.EMBED and self.progress().done >= 4:
                self.cancel()
            super().advance(n)

    outcome = run_scan(request_for, folders, CancelAfter())
    assert not outcome.result.complete
    assert outcome.result.groups == ()
    kept = outcome.result.counts.embedded
    assert kept + outcome.result.counts.skipped >= 4
    assert kept > 0
    result = scan(request_for, folders)
    assert result.complete
    assert result.counts.from_cache >= kept
    assert len(result.groups) == 2


def test_strictness_regroups_without_the_files(
    request_for: ScanRequest, folders: DataFolders
) -> None:
    outcome = run_scan(request_for, folders, JobControl())
    shutil.rmtree(request_for.folders[0])
    by_preset = {preset: outcome.regroup(outcome.cutoffs[preset]) for preset in Preset}
    assert by_preset[Preset.BALANCED].groups == outcome.result.groups
    sizes = [
        sum(len(group.members) for group in by_preset[preset].groups)
        for preset in (Preset.STRICT, Preset.BALANCED, Preset.BROAD)
    ]
    assert sizes == sorted(sizes)
    nothing = outcome.regroup(1.01).groups
    assert [len(group.members) for group in nothing] == [2]  # byte copies, whatever the cut-off


def test_groups_so_far_are_told_and_change_nothing(
    request_for: ScanRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    undisturbed = scan(request_for, default_folders(tmp_path / "one"))
    monkeypatch.setattr(pipeline, "PARTIAL_EVERY_S", 0.0)
    monkeypatch.setattr(pipeline, "PARTIAL_REST", 0)
    monkeypatch.setattr(intake, "SAVE_EVERY_S", 0.0)
    told: list[ScanResult] = []
    request_for = replace(request_for, workers=1)
    outcome = run_scan(
        request_for, default_folders(tmp_path / "two"), JobControl(), on_partial=told.append
    )
    assert told
    assert not any(result.complete for result in told)
    assert outcome.result.complete
    assert outcome.result.groups == undisturbed.groups
    assert {"0.jpg", "copy of 0.jpg"} <= set().union(*groups_by_name(told[-1]))


@pytest.mark.parametrize("index", ["annoy", "exact"])
def test_both_indexes_give_the_same_groups(
    request_for: ScanRequest, folders: DataFolders, index: str
) -> None:
    result = scan(replace(request_for, index=index), folders)
    assert [len(group.members) for group in result.groups] == [3, 2]


def test_protected_photos_stay(request_for: ScanRequest, folders: DataFolders) -> None:
    library = request_for.folders[0]
    (library / "safe").mkdir()
    (library / "half.jpg").rename(library / "safe" / "half.jpg")
    result = scan(replace(request_for, protected=(library / "safe",)), folders)
    members = {m.photo.path.name: m.preselected for m in result.groups[0].members}
    assert members == {"half.jpg": False, "0.jpg": True, "copy of 0.jpg": True}


def test_an_empty_folder_is_no_error(
    tmp_path: Path, folders: DataFolders, tiny_model: Path
) -> None:
    (tmp_path / "nothing").mkdir()
    result = scan(ScanRequest((tmp_path / "nothing",), device="cpu", model=tiny_model), folders)
    assert result.counts == ScanCounts()
    assert result.complete


def test_what_cannot_be_scanned_is_refused(tmp_path: Path, folders: DataFolders) -> None:
    with pytest.raises(ModelError):
        scan(ScanRequest((tmp_path,), model=tmp_path / "none.onnx"), folders)


def test_a_missing_folder_is_refused(
    tmp_path: Path, folders: DataFolders, tiny_model: Path
) -> None:
    with pytest.raises(FolderMissing, match="missing"):
        scan(ScanRequest((tmp_path / "missing",), model=tiny_model), folders)


def test_an_evicted_preview_is_decoded_again(
    request_for: ScanRequest, folders: DataFolders
) -> None:
    first = scan(request_for, folders)
    with CacheStore(folders.cache) as store:
        store.evict_previews(limit_bytes=0)
    save_photo(textured_photo(0, 200, 150), request_for.folders[0] / "third.jpg")
    result = scan(replace(request_for, previews_bytes=0), folders)
    assert len(result.groups[0].members) == 4
    assert result.groups[1:] == first.groups[1:]
    with CacheStore(folders.cache) as store:
        assert store.counts()["previews"] == 0
