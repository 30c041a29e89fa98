"""Real volumes: full, read-only, nested, bound elsewhere. They need a system that lets us mount."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from photodedup.core.acts import FileActs
from photodedup.core.errors import StoreError
from photodedup.core.execute import ApplyOptions
from photodedup.core.holding import HOLDING_NAME, holding_root
from photodedup.core.journal import Act
from photodedup.core.library import open_library
from photodedup.core.obstacles import Obstacle
from photodedup.core.places import FolderMatcher
from tests.core.clearing_desk import Desk, obstacles
from tests.core.clearing_made import (
    changes,
    contents_of,
    files_below,
    quick_group,
    tree_of,
    write_photo,
)

Mount = Callable[..., None]


@pytest.fixture
def mount() -> Iterator[Mount]:
    """Mounts, and unmounts at the end; skips where it may not."""
    mounted: list[Path] = []

    def call(point: Path, *options: str) -> None:
        done = subprocess.run(["mount", *options, str(point)], capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"mounting is not allowed here: {done.stderr.strip()}")
        if "remount" not in " ".join(options):
            mounted.append(point)

    if os.name != "posix" or not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root may mount")
    yield call
    for point in reversed(mounted):
        subprocess.run(["umount", "--lazy", str(point)], check=True)


def tmpfs(size: str) -> tuple[str, ...]:
    return "-t", "tmpfs", "-o", f"size={size}", "tmpfs"


def fill_up(folder: Path) -> None:
    """Write a file until the disk is full."""
    with suppress(OSError), (folder / "filler").open("wb", buffering=0) as filler:
        while filler.write(b"x" * 1024):
            pass


def test_a_full_disk_loses_nothing(desk: Desk, mount: Mount) -> None:
    """Not one block is free for the journal: nothing may be done, and the reason is told."""
    mount(desk.root, *tmpfs("256k"))
    keeper = desk.photo("keeper.jpg")
    plan = desk.plan(quick_group(keeper, *(desk.photo(f"{n}.jpg") for n in range(10))))
    before = tree_of(desk.root)
    fill_up(desk.root)
    report = desk.apply(plan)
    assert report.done == ()
    assert len(report.left) == 10
    assert all("No space left" in left.reason for left in report.left)
    (desk.root / "filler").unlink()
    assert not changes(before, tree_of(desk.root))
    assert len(desk.apply(plan).done) == 10
    assert desk.undo().left == ()
    assert not changes(before, tree_of(desk.root))


def test_a_disk_that_fills_up_on_the_way(desk: Desk, mount: Mount) -> None:
    mount(desk.root, *tmpfs("400k"))
    keeper = desk.photo("keeper.jpg")
    copies = [desk.photo(f"{n}/copy with a long name {'x' * 150}.jpg") for n in range(40)]
    plan = desk.plan(quick_group(keeper, *copies))
    before, contents = tree_of(desk.root), contents_of(desk.root)
    free = os.statvfs(desk.root)
    (desk.root / "filler").write_bytes(b"x" * (free.f_bavail * free.f_bsize - 20_000))
    report = desk.apply(plan)
    assert len(report.done) + len(report.left) == 40
    assert report.left
    (desk.root / "filler").unlink()
    assert contents_of(desk.root) == contents
    if report.done:
        assert desk.undo().left == ()
    assert not changes(before, tree_of(desk.root))


def test_a_read_only_folder(desk: Desk, mount: Mount) -> None:
    inner = desk.root / "inner"
    inner.mkdir()
    mount(inner, *tmpfs("1m"))
    keeper, copy = desk.photo("keeper.jpg"), desk.photo("inner/copy.jpg")
    plan = desk.plan(quick_group(keeper, copy))
    mount(inner, "-o", "remount,ro")
    report = desk.apply(plan)
    assert obstacles(report) == {"copy.jpg": Obstacle.DISK}
    assert copy.exists()


def test_a_folder_without_write_permission(desk: Desk) -> None:
    keeper, copy = desk.photo("a/keeper.jpg"), desk.photo("b/copy.jpg")
    plan = desk.plan(quick_group(keeper, copy))
    (desk.root / "b").chmod(0o555)
    try:
        if os.access(desk.root / "b", os.W_OK):
            pytest.skip("this user may write anyway")
        assert obstacles(desk.apply(plan)) == {"copy.jpg": Obstacle.DISK}
    finally:
        (desk.root / "b").chmod(0o755)
    assert copy.exists()


def test_a_nested_mount_has_its_own_holding_folder(desk: Desk, mount: Mount) -> None:
    inner = desk.root / "a/card"
    inner.mkdir(parents=True)
    mount(inner, *tmpfs("1m"))
    keeper, copy = desk.photo("keeper.jpg"), desk.photo("a/card/DCIM/copy.jpg")
    before = tree_of(desk.root)
    report = desk.apply(desk.plan(quick_group(keeper, copy)))
    assert report.done == (copy,)
    assert (inner / HOLDING_NAME / report.batch / "DCIM/copy.jpg").is_file()
    assert not (desk.root / HOLDING_NAME).exists()
    desk.undo()
    assert not changes(before, tree_of(desk.root))


def test_a_drive_that_has_become_read_only_holds_up_no_other(desk: Desk, mount: Mount) -> None:
    inner = desk.root / "card"
    inner.mkdir()
    mount(inner, *tmpfs("1m"))
    keeper = desk.photo("keeper.jpg")
    copies = desk.photo("b/copy.jpg"), desk.photo("card/copy.jpg")
    report = desk.apply(desk.plan(quick_group(keeper, *copies)))
    assert len(report.done) == 2
    mount(inner, "-o", "remount,ro")
    undone = desk.undo()
    assert undone.done == (copies[0],)
    assert [left.obstacle for left in undone.left] == [Obstacle.DISK]
    mount(inner, "-o", "remount,rw")
    assert desk.undo(report.batch).done == (copies[1],)


def test_a_bound_folder_is_not_left(desk: Desk, mount: Mount, tmp_path: Path) -> None:
    """A bind mount has the device of its source, and still no rename crosses it."""
    source = tmp_path / "source"
    write_photo(source / "copy.jpg", "one")
    bound = desk.root / "bound"
    bound.mkdir()
    mount(bound, "--bind", str(source))
    keeper = desk.photo("keeper.jpg")
    report = desk.apply(desk.plan(quick_group(keeper, bound / "copy.jpg")))
    assert report.done == (bound / "copy.jpg",)
    assert (source / HOLDING_NAME / report.batch / "copy.jpg").is_file()
    assert holding_root(bound, [desk.root]) == bound


def test_a_keeper_seen_through_a_bind_mount_is_not_discarded(desk: Desk, mount: Mount) -> None:
    keeper = desk.photo("a/keeper.jpg")
    (desk.root / "b").mkdir()
    mount(desk.root / "b", "--bind", str(desk.root / "a"))
    plan = desk.plan(quick_group(keeper, desk.root / "b/keeper.jpg"))
    assert plan.discards == []
    assert [left.obstacle for left in plan.kept_back] == [Obstacle.SAME_FILE]


def test_a_protected_folder_seen_through_a_bind_mount_is_protected(
    desk: Desk, mount: Mount
) -> None:
    safe = desk.root / "safe"
    keeper, copy = desk.photo("keeper.jpg"), desk.photo("safe/deep/copy.jpg")
    view = desk.root / "view"
    view.mkdir()
    mount(view, "--bind", str(safe / "deep"))
    plan = desk.plan(quick_group(keeper, view / "copy.jpg"))
    assert FolderMatcher([safe]).index_of(view / "copy.jpg") == 0
    report = desk.apply(plan, ApplyOptions(protected=(safe,)))
    assert obstacles(report) == {"copy.jpg": Obstacle.PROTECTED}
    assert copy.exists()


def test_moving_to_another_volume_copies_compares_and_keeps_the_source(
    desk: Desk, mount: Mount, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    mount(other, *tmpfs("1m"))
    keeper, copy = desk.photo("keeper.jpg"), desk.photo("b/copy.jpg")
    before = tree_of(desk.root)
    report = desk.apply(desk.plan(quick_group(keeper, copy)), ApplyOptions(Act.MOVE, other))
    assert report.done == (copy,)
    arrived = other / "b/copy.jpg"
    assert arrived.read_bytes() == keeper.read_bytes()
    assert arrived.stat().st_mtime_ns == before[copy].mtime_ns
    assert desk.held("b/copy.jpg", report.batch).is_file()
    assert desk.undo().left == ()
    assert not changes(before, tree_of(desk.root))
    assert list(files_below(other)) == []


def test_a_copy_that_arrives_wrong_is_not_believed(
    desk: Desk, mount: Mount, tmp_path: Path
) -> None:
    """What arrived is read back and compared before the source is put aside."""
    other = tmp_path / "other"
    other.mkdir()
    mount(other, *tmpfs("1m"))
    keeper, copy = desk.photo("keeper.jpg"), desk.photo("b/copy.jpg")
    plan = desk.plan(quick_group(keeper, copy))

    def spoil(call: str) -> None:
        partial = other / "b/copy.jpg.photodedup-partial"
        if call == "utime":
            partial.write_bytes(b"rotten")

    report = desk.apply(plan, ApplyOptions(Act.MOVE, other), acts=FileActs(spoil))
    assert obstacles(report) == {"copy.jpg": Obstacle.CHANGED}
    assert copy.read_bytes() == keeper.read_bytes()
    assert list(files_below(other)) == []


def test_a_hard_link_does_not_cross_volumes(desk: Desk, mount: Mount) -> None:
    inner = desk.root / "inner"
    inner.mkdir()
    mount(inner, *tmpfs("1m"))
    keeper, copy = desk.photo("keeper.jpg"), desk.photo("inner/copy.jpg")
    report = desk.apply(desk.plan(quick_group(keeper, copy)), ApplyOptions(act=Act.HARD_LINK))
    assert obstacles(report) == {"copy.jpg": Obstacle.OTHER_VOLUME}


def test_a_full_disk_for_the_database(desk: Desk, mount: Mount, tmp_path: Path) -> None:
    """The library's own volume is full: nothing may be done either."""
    small = tmp_path / "small"
    small.mkdir()
    mount(small, *tmpfs("256k"))
    desk.library.close()
    desk.library = open_library(small)
    keeper = desk.photo("keeper.jpg")
    plan = desk.plan(quick_group(keeper, *(desk.photo(f"{n}.jpg") for n in range(10))))
    before = tree_of(desk.root)
    with desk.library.reading() as connection:  # room in its log would do
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    fill_up(small)
    with pytest.raises(StoreError, match="full"):
        desk.apply(plan)
    assert not changes(before, tree_of(desk.root))
    (small / "filler").unlink()
    assert len(desk.apply(plan).done) == 10
