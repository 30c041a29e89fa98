"""Applying a plan: what is done, and everything that keeps a photo where it is."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photodedup.core.acts import FileActs
from photodedup.core.decode import decode_photo
from photodedup.core.execute import ApplyOptions
from photodedup.core.holding import ClearingBusy, hold
from photodedup.core.job import JobControl
from photodedup.core.journal import Act
from photodedup.core.obstacles import Obstacle
from photodedup.core.plan import Companion, Plan
from photodedup.core.plan_file import PlanRefused
from photodedup.core.recheck import fingerprint
from photodedup.core.records import Relation
from tests.core.clearing_desk import Desk, obstacles
from tests.core.clearing_made import (
    changes,
    contents_of,
    group_of,
    photo_of,
    quick_group,
    quick_plan,
    tree_of,
    write_photo,
)

Spoil = Callable[[Path], None]


def simple_plan(desk: Desk) -> Plan:
    """One keeper, one identical file and one saved again."""
    keeper = desk.photo("a/keeper.jpg")
    return desk.plan(
        quick_group(keeper, desk.photo("b/copy.jpg"), desk.photo("b/small.jpg", "one, smaller"))
    )


def test_discards_go_into_the_holding_folder_and_come_back(desk: Desk) -> None:
    plan = simple_plan(desk)
    before = tree_of(desk.root)
    report = desk.apply(plan)
    assert report.left == ()
    assert [path.name for path in report.done] == ["copy.jpg", "small.jpg"]
    assert sorted(path.name for path in tree_of(desk.root)) == ["keeper.jpg"]
    assert desk.held("b/copy.jpg", report.batch).is_file()
    assert desk.undo().left == ()
    assert not changes(before, tree_of(desk.root))
    assert not (desk.root / ".photodedup-holding").exists()


def test_nothing_is_ever_deleted(desk: Desk) -> None:
    plan = simple_plan(desk)
    before = contents_of(desk.root)
    desk.apply(plan)
    assert contents_of(desk.root) == before


@pytest.mark.parametrize(
    "name", ["line\nbreak.jpg", os.fsdecode(b"\xff\xfe.jpg"), "-rf *.jpg", "é.jpg"]
)
def test_hostile_names(desk: Desk, name: str) -> None:
    plan = desk.plan(quick_group(desk.photo("keeper.jpg"), desk.photo(name)))
    before = tree_of(desk.root)
    assert desk.apply(plan).left == ()
    assert not (desk.root / name).exists()
    assert desk.undo().left == ()
    assert not changes(before, tree_of(desk.root))


def delete(path: Path) -> None:
    path.unlink()


def change(path: Path) -> None:
    write_photo(path, "another")


def change_keeping_size_and_mtime(path: Path) -> None:
    status = path.stat()
    path.write_bytes(path.read_bytes().replace(b"one", b"two"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def touch(path: Path) -> None:
    os.utime(path, ns=(1, 1))


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def become_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def become_a_link(path: Path) -> None:
    path.rename(path.with_suffix(".moved"))
    path.symlink_to(path.with_suffix(".moved"))


CHANGES = [
    delete,
    change,
    change_keeping_size_and_mtime,
    touch,
    truncate,
    become_a_folder,
    become_a_link,
]


@pytest.mark.parametrize("spoil", CHANGES)
def test_nothing_goes_for_a_keeper_that_is_not_what_was_reviewed(desk: Desk, spoil: Spoil) -> None:
    plan = simple_plan(desk)
    spoil(desk.root / "a/keeper.jpg")
    report = desk.apply(plan)
    assert report.done == ()
    assert set(obstacles(report)) == {"copy.jpg", "small.jpg"}
    assert set(obstacles(report).values()) <= {Obstacle.KEEPER_MISSING, Obstacle.KEEPER_CHANGED}
    assert (desk.root / "b/copy.jpg").is_file()
    assert not (desk.root / ".photodedup-holding").exists()


@pytest.mark.parametrize("spoil", CHANGES)
def test_a_discard_that_is_not_what_was_reviewed_stays(desk: Desk, spoil: Spoil) -> None:
    plan = simple_plan(desk)
    spoil(desk.root / "b/copy.jpg")
    report = desk.apply(plan)
    assert [path.name for path in report.done] == ["small.jpg"]
    found = obstacles(report)["copy.jpg"]
    assert found in {Obstacle.MISSING, Obstacle.CHANGED, Obstacle.NOT_A_FILE}


def test_a_keeper_that_no_longer_decodes_keeps_all(desk: Desk) -> None:
    """Its bytes are those that were reviewed: a decoder that is gone, or a disk gone bad."""
    keeper, copy = desk.root / "keeper.jpg", desk.root / "copy.jpg"
    for path in (keeper, copy):
        path.write_bytes(b"not a photo")
    report = desk.apply(desk.plan(quick_group(keeper, copy)))
    assert obstacles(report) == {"copy.jpg": Obstacle.KEEPER_UNREADABLE}


def write_jpeg(path: Path, quality: int, part: float = 1.0) -> Path:
    """A real photo, or the first part of its bytes."""
    noise = np.random.default_rng(5).integers(0, 255, (8, 12, 3), np.uint8)
    Image.fromarray(noise).resize((240, 160)).save(path, quality=quality)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    return path


def test_a_truncated_keeper_is_no_survivor(desk: Desk) -> None:
    """Only files of the very same bytes may go for it: nothing is lost by them."""
    desk.tools = replace(desk.tools, decode=decode_photo)
    keeper = write_jpeg(desk.root / "keeper.jpg", 90, part=0.5)
    twin = write_jpeg(desk.root / "twin.jpg", 90, part=0.5)
    whole = write_jpeg(desk.root / "whole.jpg", 80)
    report = desk.apply(desk.plan(quick_group(keeper, twin, whole)))
    assert report.done == (twin,)
    assert obstacles(report) == {"whole.jpg": Obstacle.KEEPER_DAMAGED}


def test_real_photos_are_cleared(desk: Desk) -> None:
    desk.tools = replace(desk.tools, decode=decode_photo)
    keeper = write_jpeg(desk.root / "keeper.jpg", 90)
    small = write_jpeg(desk.root / "small.jpg", 50)
    assert desk.apply(desk.plan(quick_group(keeper, small))).done == (small,)


@pytest.mark.parametrize("name", ["link.jpg", "KEEPER.JPG"])
def test_two_names_of_one_file_both_stay(desk: Desk, name: str) -> None:
    """A hard link; under the same letters in capitals it is what a case-folding disk shows."""
    keeper = desk.photo("keeper.jpg")
    other = desk.root / name
    os.link(keeper, other)
    group = quick_group(keeper, other)
    plan = desk.plan(group)
    assert plan.discards == []
    assert [left.obstacle for left in plan.kept_back] == [Obstacle.SAME_FILE]
    by_hand = hand_made_plan(desk, keeper, other)
    assert obstacles(desk.apply(by_hand)) == {name: Obstacle.SAME_FILE}
    assert keeper.exists()
    assert other.exists()


def hand_made_plan(desk: Desk, keeper: Path, other: Path) -> Plan:
    """A plan that says that other is a copy of keeper, whatever they are."""
    decoy = desk.photo("decoy/keeper.jpg", keeper.read_bytes()[6:-4].decode())
    copy = desk.photo("decoy/copy.jpg", keeper.read_bytes()[6:-4].decode())
    plan = desk.plan(quick_group(decoy, copy))
    discard = replace(
        plan.groups[0].discards[0],
        file=replace(fingerprint(keeper).record, path=other, mtime_ns=os.lstat(other).st_mtime_ns),
    )
    group = replace(plan.groups[0], keeper=fingerprint(keeper).record, discards=(discard,))
    return replace(plan, groups=(group,))


def test_a_link_to_the_keeper_stays(desk: Desk) -> None:
    keeper = desk.photo("keeper.jpg")
    link = desk.root / "link.jpg"
    link.symlink_to(keeper)
    assert obstacles(desk.apply(hand_made_plan(desk, keeper, link))) == {
        "link.jpg": Obstacle.NOT_A_FILE
    }


def test_a_linked_folder_shows_the_keeper_twice(desk: Desk) -> None:
    keeper = desk.photo("a/keeper.jpg")
    (desk.root / "b").symlink_to(desk.root / "a")
    again = desk.root / "b/keeper.jpg"
    assert obstacles(desk.apply(hand_made_plan(desk, keeper, again))) == {
        "keeper.jpg": Obstacle.SAME_FILE
    }
    assert keeper.exists()


@pytest.mark.parametrize(
    ("name", "obstacle"),
    [("a/keeper.jpg", Obstacle.KEEPER_CHANGED), ("b/copy.jpg", Obstacle.CHANGED)],
)
def test_a_change_between_reading_and_acting_is_seen(
    desk: Desk, name: str, obstacle: Obstacle
) -> None:
    """Even one that leaves size and time of last change as they were."""
    plan = simple_plan(desk)
    journal = desk.root / ".photodedup-holding/journal.jsonl"
    spoilt: list[str] = []

    def spoil(call: str) -> None:
        if (
            call == "fsync"
            and not spoilt
            and journal.exists()
            and b"intended" in journal.read_bytes()
        ):
            spoilt.append(name)
            change_keeping_size_and_mtime(desk.root / name)

    report = desk.apply(plan, acts=FileActs(spoil))
    assert spoilt
    assert obstacles(report)["copy.jpg"] is obstacle
    assert (desk.root / "b/copy.jpg").exists()


def test_a_keeper_that_goes_with_its_copy_brings_it_back(desk: Desk) -> None:
    """What a share that is mounted twice does: two inodes, one file. Seen only after the act."""
    plan = simple_plan(desk)
    keeper = desk.root / "a/keeper.jpg"
    journal = desk.root / ".photodedup-holding/journal.jsonl"

    def vanish(call: str) -> None:
        if call == "rename" and journal.exists() and keeper.exists():
            keeper.rename(keeper.with_suffix(".gone"))

    report = desk.apply(plan, acts=FileActs(vanish))
    assert report.done == ()
    assert obstacles(report)["copy.jpg"] is Obstacle.SAME_FILE
    assert (desk.root / "b/copy.jpg").is_file()


def test_a_file_swapped_in_the_last_moment_is_put_back(desk: Desk) -> None:
    plan = simple_plan(desk)
    copy = desk.root / "b/copy.jpg"
    mine = copy.with_suffix(".mine")
    journal = desk.root / ".photodedup-holding/journal.jsonl"

    def swap(call: str) -> None:
        if call == "rename" and journal.exists() and not mine.exists():
            copy.rename(mine)
            write_photo(copy, "quite another")

    report = desk.apply(plan, acts=FileActs(swap))
    assert obstacles(report)["copy.jpg"] is Obstacle.CHANGED
    assert b"quite another" in copy.read_bytes()


def test_a_protected_folder_is_not_touched(desk: Desk) -> None:
    """Also by a plan that was made before the protection."""
    plan = simple_plan(desk)
    report = desk.apply(plan, ApplyOptions(protected=(desk.root / "b",)))
    assert report.done == ()
    assert set(obstacles(report).values()) == {Obstacle.PROTECTED}


def test_protection_is_checked_on_the_resolved_path_at_the_time_of_the_act(desk: Desk) -> None:
    plan = replace(simple_plan(desk), protected=(desk.root / "safe",))
    (desk.root / "b").rename(desk.root / "safe")
    (desk.root / "b").symlink_to(desk.root / "safe")
    report = desk.apply(plan)
    assert report.done == ()
    assert set(obstacles(report).values()) == {Obstacle.PROTECTED}
    assert (desk.root / "safe/copy.jpg").is_file()


def test_companions_go_along_and_come_back(desk: Desk) -> None:
    keeper, copy = desk.photo("a/keeper.jpg"), desk.photo("b/copy.jpg")
    names = ["copy.jpg.xmp", "copy.aae", "copy.jpg.json"]
    for name in names:
        (desk.root / "b" / name).write_text(name)
    (desk.root / "a/keeper.xmp").write_text("its own")
    before = tree_of(desk.root)
    report = desk.apply(desk.plan(quick_group(keeper, copy)))
    assert report.done == (copy,)
    assert sorted(p.name for p in tree_of(desk.root)) == ["keeper.jpg", "keeper.xmp"]
    assert all(desk.held(f"b/{name}", report.batch).is_file() for name in names)
    desk.undo()
    assert not changes(before, tree_of(desk.root))


def test_a_sidecar_that_came_after_the_review_keeps_its_photo(desk: Desk) -> None:
    plan = simple_plan(desk)
    (desk.root / "b/copy.jpg.xmp").write_text("rated just now")
    report = desk.apply(plan)
    assert obstacles(report) == {"copy.jpg": Obstacle.BUNDLE}
    assert [path.name for path in report.done] == ["small.jpg"]


def test_a_changed_sidecar_keeps_its_photo(desk: Desk) -> None:
    keeper, copy = desk.photo("a/keeper.jpg"), desk.photo("b/copy.jpg")
    sidecar = desk.root / "b/copy.jpg.xmp"
    sidecar.write_text("before")
    plan = desk.plan(quick_group(keeper, copy))
    sidecar.write_text("after")
    assert obstacles(desk.apply(plan)) == {"copy.jpg": Obstacle.CHANGED}
    assert copy.exists()


def raw_and_jpeg_plan(desk: Desk) -> Plan:
    """Two copies of a RAW with its JPEG; each goes for its own keeper."""
    raw, jpeg = desk.photo("a/1.nef", "raw"), desk.photo("a/1.jpg", "jpeg")
    raw2, jpeg2 = desk.photo("b/1.nef", "raw"), desk.photo("b/1.jpg", "jpeg")
    return desk.plan(quick_group(raw, raw2), quick_group(jpeg, jpeg2))


def test_a_raw_and_its_jpeg_go_together(desk: Desk) -> None:
    plan = raw_and_jpeg_plan(desk)
    report = desk.apply(plan)
    assert sorted(path.name for path in report.done) == ["1.jpg", "1.nef"]


def test_a_raw_and_its_jpeg_stay_together(desk: Desk) -> None:
    plan = raw_and_jpeg_plan(desk)
    change(desk.root / "a/1.jpg")
    report = desk.apply(plan)
    assert report.done == ()
    assert set(obstacles(report)) == {"1.jpg", "1.nef"}


def test_a_live_photos_video_goes_only_while_its_twin_stays(desk: Desk) -> None:
    keeper, copy = desk.photo("a/1.heic"), desk.photo("b/1.heic")
    videos = [desk.root / "a/1.mov", desk.root / "b/1.mov"]
    for video in videos:
        video.write_bytes(b"moving")
    plan = desk.plan(quick_group(keeper, copy))
    assert [c.same_as for c in plan.discards[0].companions] == [videos[0]]
    videos[0].write_bytes(b"cut to nothing")
    assert obstacles(desk.apply(plan)) == {"1.heic": Obstacle.BUNDLE}
    assert videos[1].exists()


def test_a_video_without_a_stated_twin_stays(desk: Desk) -> None:
    """A plan edited by hand."""
    keeper, copy = desk.photo("a/1.heic"), desk.photo("b/1.heic")
    for video in (desk.root / "a/1.mov", desk.root / "b/1.mov"):
        video.write_bytes(b"moving")
    plan = desk.plan(quick_group(keeper, copy))
    discard = plan.discards[0]
    bare = replace(discard, companions=(Companion(discard.companions[0].file),))
    plan = replace(plan, groups=(replace(plan.groups[0], discards=(bare,)),))
    assert obstacles(desk.apply(plan)) == {"1.heic": Obstacle.BUNDLE}


def test_cancelling_keeps_what_is_done(desk: Desk) -> None:
    control = JobControl()
    keeper = desk.photo("keeper.jpg")
    copies = [desk.photo(f"{n}.jpg") for n in range(5)]
    plan = desk.plan(quick_group(keeper, *copies))
    renames = []

    def cancel_after_two(call: str) -> None:
        if call == "rename":
            renames.append(call)
        if len(renames) == 4:  # the journal's own, two photos, and the third begun
            control.cancel()

    report = desk.apply(plan, acts=FileActs(cancel_after_two), control=control)
    assert report.interrupted
    assert len(report.done) == 3
    assert set(obstacles(report).values()) == {Obstacle.CANCELLED}
    assert len(report.left) == 2
    assert desk.undo(report.batch).left == ()
    assert len(tree_of(desk.root)) == 6


def test_a_second_process_is_told_so(desk: Desk) -> None:
    plan = simple_plan(desk)
    with desk.library.clearing(), pytest.raises(ClearingBusy, match="another photodedup"):
        desk.apply(plan)
    with hold(desk.root, FileActs()), pytest.raises(ClearingBusy, match="another photodedup"):
        desk.apply(plan)
    assert desk.apply(plan).left == ()


def test_an_alien_in_the_holding_folder_is_not_replaced(desk: Desk) -> None:
    plan = simple_plan(desk)
    batch_folder = desk.root / ".photodedup-holding"
    report = desk.apply(plan)
    desk.undo()
    alien = batch_folder / report.batch / "b/copy.jpg"
    alien.parent.mkdir(parents=True)
    alien.write_text("alien")
    desk.tools = replace(desk.tools, token=lambda: report.batch.rsplit("-", 1)[1])
    again = desk.apply(plan)
    assert obstacles(again) == {"copy.jpg": Obstacle.OCCUPIED}
    assert alien.read_text() == "alien"


def test_a_link_in_place_of_the_holding_folder_is_not_followed(desk: Desk, tmp_path: Path) -> None:
    plan = simple_plan(desk)
    (tmp_path / "trap").mkdir()
    (desk.root / ".photodedup-holding").symlink_to(tmp_path / "trap")
    report = desk.apply(plan)
    assert report.done == ()
    assert list((tmp_path / "trap").iterdir()) == []


def test_identical_files_become_links_and_files_again(desk: Desk) -> None:
    plan = simple_plan(desk)
    before = tree_of(desk.root)
    report = desk.apply(plan, ApplyOptions(act=Act.HARD_LINK))
    copy, keeper = desk.root / "b/copy.jpg", desk.root / "a/keeper.jpg"
    assert report.done == (copy,)
    assert obstacles(report) == {"small.jpg": Obstacle.NOT_IDENTICAL}
    assert copy.samefile(keeper)
    assert desk.undo().left == ()
    assert not copy.samefile(keeper)
    assert not changes(before, tree_of(desk.root))


def test_a_link_that_was_edited_since_is_left(desk: Desk) -> None:
    plan = simple_plan(desk)
    desk.apply(plan, ApplyOptions(act=Act.HARD_LINK))
    copy = desk.root / "b/copy.jpg"
    copy.unlink()
    write_photo(copy, "mine")
    assert obstacles(desk.undo()) == {"copy.jpg": Obstacle.OCCUPIED}
    assert b"mine" in copy.read_bytes()


def test_no_link_leads_into_a_protected_folder(desk: Desk) -> None:
    """Who edits the link in place would edit the protected photo."""
    plan = simple_plan(desk)
    options = ApplyOptions(act=Act.HARD_LINK, protected=(desk.root / "a",))
    assert obstacles(desk.apply(plan, options))["copy.jpg"] is Obstacle.PROTECTED


def test_moving_keeps_the_tree(desk: Desk, tmp_path: Path) -> None:
    plan = simple_plan(desk)
    before = tree_of(desk.root)
    target = tmp_path / "moved"
    report = desk.apply(plan, ApplyOptions(Act.MOVE, target))
    assert (target / "b/copy.jpg").is_file()
    assert (target / "b/small.jpg").is_file()
    assert desk.undo(report.batch).left == ()
    assert not changes(before, tree_of(desk.root))


def test_moving_replaces_nothing(desk: Desk, tmp_path: Path) -> None:
    plan = simple_plan(desk)
    mine = write_photo(tmp_path / "moved/b/copy.jpg", "mine")
    report = desk.apply(plan, ApplyOptions(Act.MOVE, tmp_path / "moved"))
    assert obstacles(report) == {"copy.jpg": Obstacle.OCCUPIED}
    assert b"mine" in mine.read_bytes()


def test_moving_into_a_protected_folder_is_refused(desk: Desk) -> None:
    plan = simple_plan(desk)
    options = ApplyOptions(Act.MOVE, desk.root / "a/inner", protected=(desk.root / "a",))
    with pytest.raises(PlanRefused, match="protected"):
        desk.apply(plan, options)


def test_two_folders_each_have_their_own_holding_folder(desk: Desk, tmp_path: Path) -> None:
    keeper = desk.photo("keeper.jpg")
    other = write_photo(tmp_path / "second/copy.jpg", "one")
    group = group_of(photo_of(keeper), [(photo_of(other), Relation.IDENTICAL_FILE)])
    plan = replace(quick_plan(tmp_path / "second", group), folders=(desk.root, tmp_path / "second"))
    report = desk.apply(plan)
    assert report.done == (other,)
    held = tmp_path / "second/.photodedup-holding" / report.batch / "copy.jpg"
    assert held.is_file()
    assert not (desk.root / ".photodedup-holding").exists()


def test_each_batch_stands_in_the_history(desk: Desk) -> None:
    report = desk.apply(simple_plan(desk))
    batches = desk.library.history()
    assert [(b.id, b.act, b.files) for b in batches] == [(report.batch, Act.DISCARD, 2)]
    assert batches[0].bytes == report.bytes
    assert batches[0].can_be_undone
    desk.undo()
    assert not desk.library.history()[0].can_be_undone
