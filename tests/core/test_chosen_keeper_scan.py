"""A keeper chosen by hand through whole scans: verified anew, followed by plans, taken back."""

import shutil
from pathlib import Path

from photodedup.core.environment import DataFolders, default_folders
from photodedup.core.job import JobControl
from photodedup.core.keeper_choices import add_choice, revoke_choice
from photodedup.core.library import open_library
from photodedup.core.pipeline import ScanRequest, run_scan
from photodedup.core.planning import PlanRequest, make_plan
from photodedup.core.records import Group, Relation
from tests.data.make_photos import textured_photo
from tests.library_made import save_photo


def scan(library: Path, folders: DataFolders, model: Path) -> tuple[Group, ...]:
    request = ScanRequest((library,), device="cpu", workers=1, model=model)
    return run_scan(request, folders, JobControl()).result.groups


def test_a_chosen_keeper_stays_in_scans_and_plans(
    tmp_path: Path, folders: DataFolders, tiny_model: Path
) -> None:
    library = tmp_path / "library"
    library.mkdir()
    photo = textured_photo(3, 640, 480)
    large = save_photo(photo, library / "large.jpg")
    small = save_photo(photo[::2, ::2].copy(), library / "small.jpg")
    save_photo(textured_photo(4, 640, 480), library / "other.jpg")
    (group,) = scan(library, folders, tiny_model)
    assert group.keeper.path == large

    chosen = group.members[1].photo
    with open_library(folders.data) as kept:
        number = add_choice(kept, (chosen.digest, chosen.path), [group.keeper.digest])
    for _ in ("from the cache", "after the cache was lost"):
        (group,) = scan(library, folders, tiny_model)
        assert (group.keeper.path, group.reason) == (small, "chosen by hand")
        (other,) = group.members[1:]
        assert (other.photo.path, other.relation) == (large, Relation.RESAVED)
        assert other.edit is not None
        shutil.rmtree(folders.cache)
        folders = default_folders(folders.data)

    plan = make_plan([group], PlanRequest("2026-01-01", (library,)), JobControl())
    assert [discard.file.path for discard in plan.discards] == [large]
    assert plan.groups[0].keeper.path == small

    with open_library(folders.data) as kept:
        revoke_choice(kept, number)
    (group,) = scan(library, folders, tiny_model)
    assert group.keeper.path == large
