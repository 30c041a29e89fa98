"""Another keeper by hand: what the others are to it, how long the choice stands, what it spares."""

from pathlib import Path

from msgspec.structs import replace

from photodedup.core.group import SAME_BYTES
from photodedup.core.keep_rules import KeepRules
from photodedup.core.keeper_choices import KeeperChoice
from photodedup.core.records import Group, Member, Photo, Relation, Verification
from photodedup.core.rekeep import chosen_pairs, follow_choices
from tests.records_made import make_photo

LARGE, SMALL, CROP = (
    make_photo("a/large.jpg", width=400, height=300),
    make_photo("a/small.jpg", width=200, height=150),
    make_photo("b/crop.jpg", width=100, height=100),
)
RESAVED = Verification(Relation.RESAVED, 0.95, 0.99)
EDITED = Verification(Relation.EDITED, 0.7, 0.9)


def group_of(keeper: Photo, *others: tuple[Photo, Verification]) -> Group:
    first = Member(keeper, None, 1.0, 1.0, None, (), preselected=False)
    members = [
        Member(photo, found.relation, found.similarity, found.probability, None, (), True)
        for photo, found in others
    ]
    return Group(keeper, "larger", (first, *members))


GROUP = group_of(LARGE, (SMALL, RESAVED), (CROP, EDITED))
FOUND = {
    (SMALL.digest, LARGE.digest): RESAVED,
    (SMALL.digest, CROP.digest): EDITED,
}


def chose(keeper: Photo, *over: Photo, number: int = 1) -> KeeperChoice:
    digests = frozenset(photo.digest for photo in over)
    return KeeperChoice(number, "2026-01-01T00:00:00+00:00", keeper.digest, keeper.path, digests)


def follow(
    group: Group,
    *choices: KeeperChoice,
    found: dict[tuple[bytes, bytes], Verification] = FOUND,
    cutoff: float = 0.5,
    rules: KeepRules = KeepRules(),  # noqa: B008 - frozen
) -> Group:
    def look_up(keeper: bytes, other: bytes) -> Verification | None:
        return found.get((keeper, other))

    (followed,), _ = follow_choices([group], [], choices, look_up, rules, cutoff)
    return followed


def test_the_others_are_what_they_are_to_the_chosen_one() -> None:
    group = follow(GROUP, chose(SMALL, LARGE, CROP))
    assert group.keeper == SMALL
    assert group.reason == "chosen by hand"
    assert [(m.photo, m.relation) for m in group.members] == [
        (SMALL, None),
        (LARGE, Relation.RESAVED),
        (CROP, Relation.EDITED),
    ]
    assert [m.preselected for m in group.members] == [False, True, False]


def test_one_that_fails_stays_beside_and_is_never_preselected() -> None:
    unsure = follow(GROUP, chose(SMALL, LARGE, CROP), cutoff=0.8)
    unknown = follow(GROUP, chose(CROP, LARGE, SMALL), found={})
    assert [m.photo for m in unsure.members] == [SMALL, LARGE, CROP]
    for failed in (unsure.members[2], *unknown.members[1:]):
        assert (failed.relation, failed.probability, failed.preselected) == (None, 0.0, False)
    assert unsure.members[2].similarity == EDITED.similarity
    assert unknown.bytes_to_gain == 0


def test_the_newest_choice_decides() -> None:
    first, second = chose(CROP, LARGE, number=1), chose(SMALL, LARGE, CROP, number=2)
    assert follow(GROUP, second, first).keeper == SMALL
    assert follow(GROUP, first, second).keeper == SMALL
    back = chose(LARGE, SMALL, CROP, number=3)
    found = {(LARGE.digest, SMALL.digest): RESAVED, (LARGE.digest, CROP.digest): EDITED}
    again = follow(GROUP, back, second, found=found)
    assert (again.keeper, again.reason) == (LARGE, "larger")


def test_a_choice_among_other_photos_means_nothing_here() -> None:
    elsewhere = make_photo("c/elsewhere.jpg")
    assert follow(GROUP, chose(SMALL, elsewhere)) is GROUP
    assert follow(GROUP, chose(elsewhere, LARGE)) is GROUP
    assert follow(GROUP) is GROUP


def test_what_came_after_the_choice_is_not_preselected() -> None:
    group = follow(GROUP, chose(SMALL, CROP))
    assert group.members[1].photo == LARGE
    assert not group.members[1].preselected


def test_files_of_the_same_bytes_are_told_apart_by_path() -> None:
    twin = replace(SMALL, file=replace(SMALL.file, path=Path("/photos/b/twin.jpg"), inode=99))
    group = group_of(SMALL, (twin, SAME_BYTES))
    chosen = follow(group, chose(twin, SMALL), found={})
    assert [m.photo for m in chosen.members] == [twin, SMALL]
    assert chosen.members[1].relation is Relation.IDENTICAL_FILE
    moved = replace(twin, file=replace(twin.file, path=Path("/photos/c/twin.jpg")))
    after = follow(group_of(SMALL, (moved, SAME_BYTES)), chose(twin, SMALL), found={})
    assert after.keeper == SMALL  # which of the two it was is no longer known


def test_a_protected_photo_is_not_preselected() -> None:
    rules = KeepRules(protected=(Path("/photos/a"),))
    group = follow(
        GROUP, chose(CROP, LARGE, SMALL), found={(CROP.digest, LARGE.digest): RESAVED}, rules=rules
    )
    assert group.members[1].photo == LARGE
    assert not group.members[1].preselected


def test_similar_shots_follow_by_their_own_relation() -> None:
    shot = Verification(Relation.SIMILAR_SHOT, 0.9, 0.8)
    burst = group_of(LARGE, (SMALL, shot), (CROP, shot))
    found = {(SMALL.digest, LARGE.digest): shot, (SMALL.digest, CROP.digest): RESAVED}
    _, (group,) = follow_choices(
        [], [burst], [chose(SMALL, LARGE)], lambda a, b: found.get((a, b)), KeepRules(), 0.5
    )
    relations = [(m.photo, m.relation) for m in group.members]
    assert relations == [(SMALL, None), (LARGE, Relation.SIMILAR_SHOT), (CROP, None)]
    assert not any(m.preselected for m in group.members)


def test_the_raw_of_the_chosen_jpeg_leaves_the_group() -> None:
    raw = make_photo("a/small.nef")
    group = follow(group_of(LARGE, (SMALL, RESAVED), (raw, EDITED)), chose(SMALL, LARGE))
    assert [m.photo for m in group.members] == [SMALL, LARGE]


def test_pairs_to_verify_are_those_that_are_looked_up() -> None:
    pairs = chosen_pairs([GROUP], [chose(SMALL, LARGE, CROP)])
    assert pairs == [(SMALL, LARGE), (SMALL, CROP)]
    assert chosen_pairs([GROUP], []) == []
    assert chosen_pairs([GROUP], [chose(make_photo("c/x.jpg"), LARGE)]) == []
