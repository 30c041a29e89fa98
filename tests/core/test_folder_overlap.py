import csv
import io
import os
from pathlib import Path

from photodedup.core.folder_overlap import (
    Coverage,
    FolderPair,
    coverage,
    coverage_csv,
    folder_pairs,
)
from photodedup.core.records import Group, Member, Photo, Relation
from tests.records_made import make_photo


def group_of(keeper: Photo, *others: Photo, failed: Photo | None = None) -> Group:
    members = [Member(keeper, None, 1.0, 1.0, None, (), preselected=False)]
    members += [Member(o, Relation.RESAVED, 0.9, 0.9, None, (), True) for o in others]
    if failed is not None:
        members.append(Member(failed, None, 0.5, 0.0, None, (), preselected=False))
    return Group(keeper, "larger", tuple(members))


A1, A2, A3, B1, B2, C1 = (
    make_photo(name, size_bytes=size)
    for name, size in (
        ("a/1.jpg", 10),
        ("a/2.jpg", 20),
        ("a/3.jpg", 30),
        ("b/1.jpg", 1),
        ("b/2.jpg", 2),
        ("c/1.jpg", 3),
    )
)
ALL = (A1, A2, A3, B1, B2, C1)
A, B, C = (Path("/photos") / name for name in "abc")


def test_pairs_name_the_folder_that_is_more_contained() -> None:
    pairs = folder_pairs([group_of(A1, B1), group_of(B2, A2)], ALL)
    assert pairs == [FolderPair(B, A, 2, 2, 3)]  # all of b, two thirds of a


def test_most_shared_first_and_every_two_folders_of_a_group() -> None:
    pairs = folder_pairs([group_of(A1, B1, C1), group_of(A2, B2)], ALL)
    assert [(pair.first, pair.second, pair.shared, pair.of) for pair in pairs] == [
        (B, A, 2, 2),
        (C, A, 1, 1),
        (C, B, 1, 1),
    ]


def test_copies_within_one_folder_make_no_pair() -> None:
    assert folder_pairs([group_of(A1, A2)], ALL) == []


def test_what_failed_against_the_keeper_is_no_copy() -> None:
    groups = [group_of(A1, A2, failed=B1)]
    assert folder_pairs(groups, ALL) == []
    assert coverage(groups, ALL, B) == [Coverage(B1), Coverage(B2)]


def test_coverage_tells_what_is_elsewhere_and_what_can_be_marked() -> None:
    groups = [group_of(A1, B1), group_of(B2, A2), group_of(A3)]
    first, second = coverage(groups, ALL, B)
    assert (first.photo, first.copy, first.relation) == (B1, A1, Relation.RESAVED)
    assert first.member == groups[0].members[1]
    assert (second.photo, second.copy, second.relation) == (B2, A2, Relation.RESAVED)
    assert second.member is None  # it is the one that stays
    assert [row.copy for row in coverage(groups, ALL, A)] == [B1, B2, None]


def test_copies_on_the_card_itself_do_not_count() -> None:
    inner = make_photo("b/inner/3.jpg")
    rows = coverage([group_of(B1, B2, inner)], [*ALL, inner], B)
    assert [row.copy for row in rows] == [None, None, None]


def test_a_folder_with_a_like_name_is_another() -> None:
    other = make_photo("bb/1.jpg")
    assert [row.photo for row in coverage([], [B1, other], B)] == [B1]


def test_the_table_survives_odd_names() -> None:
    odd = make_photo(os.fsdecode(b"b/\xe4,\n.jpg"))
    text = coverage_csv(coverage([group_of(A1, odd)], [odd, B2], B))
    header, first, second = csv.reader(io.StringIO(text))
    assert header == ["path", "copy", "relation"]
    assert first == ["/photos/b/2.jpg", "", ""]
    assert second == ["/photos/b/\\xe4,\n.jpg", "/photos/a/1.jpg", "resaved"]
