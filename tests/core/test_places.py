import os
from pathlib import Path

import pytest

from photodedup.core.places import FolderMatcher, Mount, location, read_mounts


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    inner, outer = tmp_path / "protected", tmp_path / "other"
    (inner / "deep").mkdir(parents=True)
    outer.mkdir()
    (inner / "deep" / "a.jpg").write_bytes(b"a")
    (outer / "b.jpg").write_bytes(b"b")
    return inner, outer


def test_a_file_below_a_folder_lies_in_it(folders: tuple[Path, Path]) -> None:
    inner, outer = folders
    matcher = FolderMatcher([inner])
    assert matcher.index_of(inner / "deep" / "a.jpg") == 0
    assert matcher.index_of(outer / "b.jpg") is None


def test_a_folder_whose_name_begins_alike_is_another(folders: tuple[Path, Path]) -> None:
    inner, _ = folders
    twin = inner.with_name("protected-not")
    twin.mkdir()
    assert FolderMatcher([inner]).index_of(twin / "a.jpg") is None


def test_a_linked_folder_is_seen_through(folders: tuple[Path, Path]) -> None:
    inner, outer = folders
    (outer / "link").symlink_to(inner)
    assert FolderMatcher([inner]).index_of(outer / "link" / "deep" / "a.jpg") == 0
    assert FolderMatcher([outer / "link"]).index_of(inner / "deep" / "a.jpg") == 0


def test_a_linked_file_counts_where_it_lies_and_where_it_leads(folders: tuple[Path, Path]) -> None:
    inner, outer = folders
    (outer / "link.jpg").symlink_to(inner / "deep" / "a.jpg")
    (inner / "out.jpg").symlink_to(outer / "b.jpg")
    matcher = FolderMatcher([inner])
    assert matcher.index_of(outer / "link.jpg") == 0
    assert matcher.index_of(inner / "out.jpg") == 0


def test_dots_do_not_lead_out(folders: tuple[Path, Path]) -> None:
    inner, outer = folders
    assert FolderMatcher([inner]).index_of(outer / ".." / "protected" / "x.jpg") == 0
    assert FolderMatcher([inner]).index_of(inner / ".." / "other" / "b.jpg") is None


def test_the_first_of_the_folders_counts(folders: tuple[Path, Path]) -> None:
    inner, _ = folders
    file = inner / "deep" / "a.jpg"
    assert FolderMatcher([inner / "deep", inner]).index_of(file) == 0
    assert FolderMatcher([inner / "nowhere", inner]).index_of(file) == 1


def test_the_same_inode_is_the_same_folder(folders: tuple[Path, Path]) -> None:
    """What a disk that folds case, or a bind mount of the folder itself, looks like."""
    inner, _ = folders
    other_name = inner.with_name("PROTECTED")
    os.rename(inner, other_name)
    matcher = FolderMatcher([inner.with_name("PROTECTED")], mounts=())
    os.rename(other_name, inner)
    assert matcher.index_of(inner / "deep" / "a.jpg") == 0


def test_a_bind_mount_of_an_inner_folder_is_the_inner_folder() -> None:
    mounts = (
        Mount("8:1", b"/", b"/"),
        Mount("8:2", b"/photos", b"/mnt/disk"),
        Mount("8:2", b"/photos/protected/deep", b"/view"),
    )
    matcher = FolderMatcher([Path("/mnt/disk/protected")], mounts)
    assert matcher.index_of(Path("/view/a.jpg")) == 0
    assert matcher.index_of(Path("/mnt/disk/other/a.jpg")) is None
    assert location(b"/view/a.jpg", mounts) == ("8:2", b"/photos/protected/deep/a.jpg")


def test_a_later_mount_covers_an_earlier_one_at_the_same_point() -> None:
    mounts = (Mount("8:1", b"/", b"/"), Mount("8:2", b"/", b"/m"), Mount("8:3", b"/", b"/m"))
    assert location(b"/m/a", mounts) == ("8:3", b"/a")
    assert location(b"/m2/a", mounts) == ("8:1", b"/m2/a")


def test_the_mount_table_is_read_with_its_escapes(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_bytes(
        b"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
        b"40 22 8:17 /my\\040photos /media/a\\134b rw - ext4 /dev/sdb1 rw\n"
    )
    assert read_mounts(table) == (
        Mount("8:1", b"/", b"/"),
        Mount("8:17", b"/my photos", b"/media/a\\b"),
    )
    assert read_mounts(tmp_path / "none") == ()
