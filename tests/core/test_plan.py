"""Making a plan: what may go, and why the rest stays."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from photodedup.core.digest import digest_file
from photodedup.core.job import JobCancelled, JobControl
from photodedup.core.obstacles import Obstacle
from photodedup.core.plan import Plan
from photodedup.core.planning import PlanRequest, make_plan, select_safe, select_with_edited
from photodedup.core.records import Box, Group, Metadata, Relation
from photodedup.core.sidecar_xmp import WorthKeeping, build_xmp
from tests.core.clearing_desk import Desk
from tests.core.clearing_made import (
    NOW,
    group_of,
    photo_of,
    quick_group,
    sha256_of,
    write_photo,
)


def kept_back(plan: Plan) -> dict[str, Obstacle]:
    return {left.path.name: left.obstacle for left in plan.kept_back}


def going(plan: Plan) -> list[str]:
    return [discard.file.path.name for discard in plan.discards]


def pair(desk: Desk, relation: Relation, differs: tuple[Box, ...] = ()) -> Group:
    """A keeper and one other photo of this relation."""
    keeper, other = desk.photo("keeper.jpg"), desk.photo("other.jpg", "another saving")
    group = group_of(photo_of(keeper), [(photo_of(other), relation)])
    first, member = group.members
    return replace(group, members=(first, replace(member, differs=differs)))


@pytest.mark.parametrize("relation", list(Relation))
@pytest.mark.parametrize("include_edited", [False, True])
def test_what_is_selected(desk: Desk, relation: Relation, include_edited: bool) -> None:
    group = pair(desk, relation)
    if relation is Relation.IDENTICAL_FILE:
        (desk.root / "other.jpg").write_bytes((desk.root / "keeper.jpg").read_bytes())
        group = quick_group(desk.root / "keeper.jpg", desk.root / "other.jpg")
    request = PlanRequest(NOW.isoformat(), (desk.root,))
    select = select_with_edited if include_edited else select_safe
    plan = make_plan([group], request, JobControl(), select=select)
    goes = relation in (Relation.IDENTICAL_FILE, Relation.IDENTICAL_IMAGE, Relation.RESAVED)
    assert bool(plan.discards) is (goes or (include_edited and relation is Relation.EDITED))


def test_an_edited_copy_that_differs_in_places_stays(desk: Desk) -> None:
    group = pair(desk, Relation.EDITED, differs=((0.1, 0.1, 0.2, 0.2),))
    request = PlanRequest(NOW.isoformat(), (desk.root,))
    assert make_plan([group], request, JobControl(), select=select_with_edited).discards == []


def test_a_plan_says_everything_about_each_file(desk: Desk) -> None:
    keeper, copy = desk.photo("a/keeper.jpg"), desk.photo("b/copy.jpg")
    sidecar = desk.root / "b/copy.jpg.xmp"
    sidecar.write_text("edits")
    plan = desk.plan(quick_group(keeper, copy))
    (group,), (discard,) = plan.groups, plan.discards
    assert (group.keeper.path, group.reason) == (keeper, "larger")
    for record in (group.keeper, *discard.files):
        status = record.path.stat()
        assert (record.size_bytes, record.mtime_ns) == (status.st_size, status.st_mtime_ns)
        assert record.sha256 == sha256_of(record.path)
    assert discard.relation is Relation.IDENTICAL_FILE
    assert [c.file.path for c in discard.companions] == [sidecar]
    assert plan.bytes_gained == copy.stat().st_size + sidecar.stat().st_size


def test_a_file_with_another_name_gains_nothing(desk: Desk) -> None:
    keeper, copy = desk.photo("a/keeper.jpg"), desk.photo("b/copy.jpg")
    (desk.root / "elsewhere.jpg").hardlink_to(copy)
    assert desk.plan(quick_group(keeper, copy)).bytes_gained == 0


def test_protected_photos_stay(desk: Desk) -> None:
    keeper, copy = desk.photo("a/keeper.jpg"), desk.photo("b/copy.jpg")
    plan = desk.plan(quick_group(keeper, copy), protected=(desk.root / "b",))
    assert kept_back(plan) == {"copy.jpg": Obstacle.PROTECTED}
    assert plan.groups == ()


@pytest.mark.parametrize("name", ["keeper.jpg", "copy.jpg"])
def test_what_changed_since_the_scan_stays(desk: Desk, name: str) -> None:
    keeper, copy = desk.photo("keeper.jpg"), desk.photo("copy.jpg")
    group = quick_group(keeper, copy)
    write_photo(desk.root / name, "changed")
    expected = Obstacle.KEEPER_CHANGED if name == "keeper.jpg" else Obstacle.CHANGED
    assert kept_back(desk.plan(group)) == {"copy.jpg": expected}


def test_a_file_that_is_gone_stays_out(desk: Desk) -> None:
    keeper, copy = desk.photo("keeper.jpg"), desk.photo("copy.jpg")
    group = quick_group(keeper, copy)
    copy.unlink()
    assert kept_back(desk.plan(group)) == {"copy.jpg": Obstacle.MISSING}


def test_a_damaged_keeper_replaces_only_its_own_bytes(desk: Desk) -> None:
    keeper = photo_of(desk.photo("keeper.jpg"), damaged=True)
    twin = photo_of(desk.photo("twin.jpg"), damaged=True)
    whole = photo_of(desk.photo("whole.jpg", "one, whole"))
    group = group_of(keeper, [(twin, Relation.IDENTICAL_FILE), (whole, Relation.RESAVED)])
    plan = desk.plan(group)
    assert going(plan) == ["twin.jpg"]
    assert kept_back(plan) == {"whole.jpg": Obstacle.KEEPER_DAMAGED}


def test_what_the_user_called_different_stays(desk: Desk) -> None:
    keeper, other = desk.photo("keeper.jpg"), desk.photo("other.jpg", "another")
    group = quick_group(keeper, other)
    no = {digest_file(keeper), digest_file(other)}
    request = PlanRequest(NOW.isoformat(), (desk.root,), rejected=lambda a, b: {a, b} == no)
    assert kept_back(make_plan([group], request, JobControl())) == {"other.jpg": Obstacle.REJECTED}


def test_a_photo_that_is_kept_in_one_group_does_not_go_in_another(desk: Desk) -> None:
    a, b, c = (desk.photo(f"{name}.jpg") for name in "abc")
    plan = desk.plan(quick_group(a, b), quick_group(b, c))
    assert going(plan) == ["c.jpg"]
    assert kept_back(plan) == {"b.jpg": Obstacle.STAYS_ELSEWHERE}


def test_a_photo_goes_once(desk: Desk) -> None:
    a, b, c = (desk.photo(f"{name}.jpg") for name in "abc")
    assert going(desk.plan(quick_group(a, c), quick_group(b, c))) == ["c.jpg"]


def test_photos_in_a_holding_folder_stay(desk: Desk) -> None:
    keeper, held = desk.photo("keeper.jpg"), desk.photo(".photodedup-holding/batch/copy.jpg")
    assert kept_back(desk.plan(quick_group(keeper, held))) == {"copy.jpg": Obstacle.IN_HOLDING}


def test_the_order_of_groups_and_members_changes_nothing_but_the_order(desk: Desk) -> None:
    groups = [
        quick_group(*(desk.photo(f"{scene}/{n}.jpg", f"scene {scene}") for n in range(4)))
        for scene in range(4)
    ]
    expected = desk.plan(*groups)
    rng = random.Random(3)
    for _ in range(5):
        shuffled = [
            replace(g, members=(g.members[0], *rng.sample(g.members[1:], 3)))
            for g in rng.sample(groups, 4)
        ]
        plan = desk.plan(*shuffled)
        assert sorted(going(plan)) == sorted(going(expected))
        assert {g.keeper for g in plan.groups} == {g.keeper for g in expected.groups}


def shot(desk: Desk, folder: str) -> tuple[Path, Path]:
    """A RAW and its JPEG."""
    return desk.photo(f"{folder}/1.nef", "raw"), desk.photo(f"{folder}/1.jpg", "jpeg")


def test_a_raw_whose_jpeg_stays_stays_too(desk: Desk) -> None:
    raw, _ = shot(desk, "a")
    raw2, jpeg2 = shot(desk, "b")
    write_photo(jpeg2, "developed anew")
    plan = desk.plan(quick_group(raw, raw2))
    assert kept_back(plan) == {"1.nef": Obstacle.BUNDLE}
    assert plan.groups == ()


def test_a_jpeg_with_a_twin_goes_with_its_raw(desk: Desk) -> None:
    raw, jpeg = shot(desk, "a")
    raw2, jpeg2 = shot(desk, "b")
    (discard,) = desk.plan(quick_group(raw, raw2)).discards
    assert [(c.file.path, c.same_as) for c in discard.companions] == [(jpeg2, jpeg)]


def test_a_whole_shot_goes_group_by_group(desk: Desk) -> None:
    raw, jpeg = shot(desk, "a")
    raw2, jpeg2 = shot(desk, "b")
    (desk.root / "b/1.xmp").write_text("edits")
    plan = desk.plan(quick_group(raw, raw2), quick_group(jpeg, jpeg2))
    assert sorted(going(plan)) == ["1.jpg", "1.nef"]
    companions = [c.file.path.name for d in plan.discards for c in d.companions]
    assert companions == ["1.xmp"], "with one of the two only"


def test_nothing_goes_of_a_shot_of_which_something_is_kept(desk: Desk) -> None:
    raw, jpeg = shot(desk, "a")
    raw2, jpeg2 = shot(desk, "b")
    plan = desk.plan(quick_group(raw, raw2), quick_group(jpeg2, jpeg))
    assert plan.discards == []
    assert {left.obstacle for left in plan.kept_back} == {Obstacle.BUNDLE}


def test_a_live_photo_goes_only_if_its_video_has_a_twin(desk: Desk) -> None:
    keeper, copy = desk.photo("a/1.heic"), desk.photo("b/1.heic")
    (desk.root / "b/1.mov").write_bytes(b"moving")
    group = quick_group(keeper, copy)
    assert kept_back(desk.plan(group)) == {"1.heic": Obstacle.BUNDLE}
    (desk.root / "a/1.mov").write_bytes(b"moving")
    (discard,) = desk.plan(group).discards
    assert [c.same_as for c in discard.companions] == [desk.root / "a/1.mov"]


def test_the_keepers_own_companions_stay(desk: Desk) -> None:
    """A video that the keeper and the discarded photo could both claim."""
    keeper, copy = desk.photo("1.heic"), desk.photo("1.jpg")
    (desk.root / "1.mov").write_bytes(b"moving")
    (discard,) = desk.plan(quick_group(keeper, copy)).discards
    assert discard.companions == ()


def test_metadata_that_only_the_discarded_copy_has_is_said(desk: Desk) -> None:
    keeper, copy = desk.photo("keeper.jpg"), desk.photo("copy.jpg")
    worth = WorthKeeping(keywords=("beach", "summer"))
    (desk.root / "copy.jpg.xmp").write_bytes(build_xmp(worth))
    group = group_of(
        photo_of(keeper, metadata=Metadata(captured_at="2020-01-01T00:00:00")),
        [
            (
                photo_of(
                    copy,
                    metadata=Metadata(
                        latitude=1.5, longitude=2.5, rating=4, captured_at="2020-01-01T00:00:00"
                    ),
                ),
                Relation.IDENTICAL_FILE,
            )
        ],
    )
    (discard,) = desk.plan(group).discards
    assert discard.worth_keeping == WorthKeeping(
        rating=4, keywords=("beach", "summer"), latitude=1.5, longitude=2.5
    )


def test_cancelling_a_plan(desk: Desk) -> None:
    control = JobControl()
    control.cancel()
    group = quick_group(desk.photo("a.jpg"), desk.photo("b.jpg"))
    with pytest.raises(JobCancelled):
        make_plan([group], PlanRequest(NOW.isoformat(), (desk.root,)), control)
