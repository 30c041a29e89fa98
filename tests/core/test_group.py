"""Groups without chains, against the definition."""

import threading
from collections.abc import Sequence
from typing import NoReturn

import numpy as np
import pytest

from photodedup.core.candidate_verifier import CandidateVerifier, connected_parts
from photodedup.core.errors import PhotoProblem
from photodedup.core.group import (
    CHOSEN_FROM,
    PATIENCE,
    PATIENCE_TO_CHOOSE,
    Content,
    Others,
    Verify,
    accept_duplicates,
    build_groups,
    form_both,
    form_stars,
)
from photodedup.core.job import JobCancelled, JobControl
from photodedup.core.keep_rules import KeepRules
from photodedup.core.look_around import PATIENCE_WITH_CHOSEN
from photodedup.core.matching import Matching, gather_contents
from photodedup.core.pair_verifier import Look, PairVerifier
from photodedup.core.pairs import Candidates
from photodedup.core.records import Photo, ProblemCode, Relation, Verification
from tests.records_made import make_photo

RESAVED = Verification(Relation.RESAVED, 0.9, 0.95)
SIMILAR = Verification(Relation.SIMILAR_SHOT, 0.9, 0.9)
NOTHING = Verification(None, 0.0, 0.7)
ACCEPT = accept_duplicates(0.5)
FIRST = PATIENCE_TO_CHOOSE + 1  # row that is chosen from, where all before it failed against row 0


def candidates_of(count: int, pairs: dict[tuple[int, int], float]) -> Candidates:
    """Candidates from (a, b) -> cosine."""
    both = [(a, b, c) for (a, b), c in pairs.items()] + [(b, a, c) for (a, b), c in pairs.items()]
    both.sort(key=lambda row: (row[0], -row[2]))
    rows = np.array([row[0] for row in both], np.int64)
    return Candidates(
        np.searchsorted(rows, np.arange(count + 1)).astype(np.int64),
        np.array([row[1] for row in both], np.int64),
        np.array([row[2] for row in both], np.float32),
    )


def all_pairs(count: int) -> dict[tuple[int, int], float]:
    return {(a, b): 1 - (a + b) / 1000 for a in range(count) for b in range(a + 1, count)}


def verify_from(table: dict[tuple[int, int], Verification]) -> Verify:
    return lambda keeper, others: [table.get((keeper, other), NOTHING) for other, _ in others]


def test_a_chain_is_cut_at_the_keeper() -> None:
    """0-1-2-3, each alike to the next only: two groups of two, not one of four."""
    chain = {(0, 1): RESAVED, (1, 2): RESAVED, (2, 3): RESAVED}
    stars = form_stars(range(4), candidates_of(4, all_pairs(4)), verify_from(chain), ACCEPT)
    assert [(star.keeper, [row for row, _ in star.members]) for star in stars] == [
        (0, [1]),
        (2, [3]),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_every_member_is_verified_against_its_keeper_and_in_one_group(seed: int) -> None:
    random = np.random.default_rng(seed)
    table = {pair: RESAVED for pair in all_pairs(30) if random.random() < 0.15}
    stars = form_stars(range(30), candidates_of(30, all_pairs(30)), verify_from(table), ACCEPT)
    members = [row for star in stars for row, _ in star.members]
    assert len(members) == len(set(members))
    assert not set(members) & {star.keeper for star in stars}
    for star in stars:
        assert all((star.keeper, row) in table for row, _ in star.members)


def test_a_keeper_gives_up_after_some_failures_but_not_among_copies() -> None:
    asked: list[int] = []

    def verify(keeper: int, others: Sequence[tuple[int, float]]) -> list[Verification]:
        if keeper == 0:
            asked.extend(other for other, _ in others)
        return [RESAVED if keeper == 0 and other <= 300 else NOTHING for other, _ in others]

    pairs = {(0, other): 1 - other / 1000 for other in range(1, 400)}
    (star,) = form_stars(range(400), candidates_of(400, pairs), verify, ACCEPT)
    assert len(star.members) == 300
    assert len(asked) == 300 + PATIENCE


def test_never_more_is_asked_together_than_is_asked_anyway() -> None:
    asked: list[int] = []

    def verify(keeper: int, others: Others) -> list[Verification]:
        asked.extend([len(others)] if keeper == 0 and others else [])
        return [RESAVED if keeper == 0 and row == 3 else NOTHING for row, _ in others]

    pairs = {(0, other): 1 - other / 1000 for other in range(1, 100)}
    form_stars(range(100), candidates_of(100, pairs), verify, ACCEPT)
    assert asked == [PATIENCE, 3]  # one by one it had given up after the same 33


def test_strictness_is_a_cutoff_on_probability() -> None:
    table = {(0, 1): RESAVED, (0, 2): Verification(Relation.EDITED, 0.6, 0.8)}
    candidates = candidates_of(3, all_pairs(3))
    for cutoff, members in ((0.5, [1, 2]), (0.8, [1]), (0.95, [])):
        stars, _ = form_both(range(3), candidates, verify_from(table), cutoff)
        assert [row for star in stars for row, _ in star.members] == members


def test_similar_shots_have_groups_of_their_own() -> None:
    table = {(0, 1): RESAVED, (0, 2): SIMILAR, (1, 2): SIMILAR}
    duplicates, similar = form_both(
        range(3), candidates_of(3, all_pairs(3)), verify_from(table), 0.5
    )
    assert [(s.keeper, [r for r, _ in s.members]) for s in duplicates] == [(0, [1])]
    assert [(s.keeper, [r for r, _ in s.members]) for s in similar] == [(0, [2])]


def contents_of(*photos: Photo) -> tuple[Content, ...]:
    return gather_contents(photos, KeepRules())


def test_byte_copies_join_their_content_and_what_is_preselected() -> None:
    contents = contents_of(
        make_photo("a.jpg"),
        make_photo("copy of a.jpg", content="a.jpg"),
        make_photo("small.jpg", width=400, height=300),
        make_photo("small (1).jpg", content="small.jpg", width=400, height=300),
    )
    matching = Matching(
        contents,
        candidates_of(2, {(0, 1): 0.9}),
        {(contents[0].digest, contents[1].digest): RESAVED},
        KeepRules(),
    )
    (group,), similar = matching.groups_at(0.5)
    assert not similar
    assert group.keeper.path.name == "a.jpg"
    assert [(m.photo.path.name, m.relation, m.preselected) for m in group.members] == [
        ("a.jpg", None, False),
        ("copy of a.jpg", Relation.IDENTICAL_FILE, True),
        ("small.jpg", Relation.RESAVED, True),
        ("small (1).jpg", Relation.RESAVED, True),
    ]
    assert group.bytes_to_gain == 9_000_000


@pytest.mark.parametrize(
    ("found", "preselected"),
    [
        (Verification(Relation.IDENTICAL_IMAGE, 1, 1), True),
        (Verification(Relation.RESAVED, 1, 1), True),
        (Verification(Relation.RESAVED, 1, 1, differs=((0, 0, 0.1, 0.1),)), False),
        (Verification(Relation.EDITED, 1, 1), False),
    ],
)
def test_only_what_is_surely_a_copy_is_preselected(found: Verification, preselected: bool) -> None:
    contents = contents_of(make_photo("a.jpg"), make_photo("b.jpg", width=10, height=10))
    matching = Matching(
        contents,
        candidates_of(2, {(0, 1): 0.9}),
        {(contents[0].digest, contents[1].digest): found},
        KeepRules(),
    )
    (group,), _ = matching.groups_at(0.5)
    assert [member.preselected for member in group.members] == [False, preselected]


def test_two_names_of_one_file_and_protected_photos_are_not_preselected(tmp_path: object) -> None:
    one = make_photo("a.jpg", inode=5)
    other_name = make_photo("z.jpg", content="a.jpg", inode=5)
    (group,) = build_groups(contents_of(one, other_name), [], KeepRules())
    assert [member.preselected for member in group.members] == [False, False]
    kept = make_photo("a.jpg")
    safe = make_photo("protected/z.jpg", content="a.jpg")
    rules = KeepRules(protected=(safe.path.parent,))
    (group,) = build_groups(gather_contents([kept, safe], rules), [], rules)
    assert group.keeper == safe
    assert [member.preselected for member in group.members] == [False, True]


def test_a_raw_and_its_own_jpeg_are_not_offered_to_each_other() -> None:
    contents = contents_of(make_photo("IMG_1.NEF"), make_photo("IMG_1.JPG"))
    matching = Matching(
        contents,
        candidates_of(2, {(0, 1): 0.9}),
        {
            (contents[0].digest, contents[1].digest): RESAVED,
            (contents[1].digest, contents[0].digest): RESAVED,
        },
        KeepRules(),
    )
    assert matching.groups_at(0.5) == ((), ())


def test_connected_parts_are_the_components() -> None:
    candidates = candidates_of(7, {(0, 3): 0.9, (3, 5): 0.8, (2, 6): 0.9})
    assert connected_parts(candidates) == [[0, 3, 5], [2, 6]]


def test_known_verifications_are_not_made_again_and_new_ones_are_saved() -> None:
    contents = contents_of(*(make_photo(f"{n}.jpg") for n in range(6)))
    known = {(contents[0].digest, contents[1].digest): RESAVED}
    asked: list[tuple[Photo, Photo]] = []
    saved: list[tuple[bytes, bytes, Verification]] = []

    def verify(keeper: Photo, other: Photo, _cosine: float) -> Verification:
        asked.append((keeper, other))
        return NOTHING

    pairs = {(0, 1): 0.9, (0, 2): 0.8, (4, 5): 0.9}
    candidates = candidates_of(6, pairs)
    verifier = CandidateVerifier(contents, candidates, PairVerifier(verify, known, saved.extend))
    verifier.run([0.5, 0.9], 2, JobControl())
    names = sorted((a.path.name, b.path.name) for a, b in asked)
    assert names == [("0.jpg", "2.jpg"), ("4.jpg", "5.jpg")]
    assert len([keeper for keeper, other, _ in saved if keeper != other]) == 2


def test_what_was_verified_before_a_cancel_is_saved() -> None:
    contents = contents_of(*(make_photo(f"{n:02}.jpg") for n in range(40)))
    control = JobControl()
    saved: list[tuple[bytes, bytes, Verification]] = []

    def verify(keeper: Photo, other: Photo, _cosine: float) -> Verification:
        if keeper.path.name == "10.jpg":
            control.cancel()
        return NOTHING

    candidates = candidates_of(40, {(n, n + 1): 0.9 for n in range(0, 40, 2)})
    verifier = CandidateVerifier(contents, candidates, PairVerifier(verify, {}, saved.extend))
    with pytest.raises(JobCancelled):
        verifier.run([0.5], 1, control)
    assert 5 <= len(saved) < 20


def test_what_the_user_rejected_is_not_grouped_and_not_verified() -> None:
    contents = contents_of(*(make_photo(f"{n}.jpg") for n in range(3)))
    digests = [content.digest for content in contents]
    rejected = frozenset({(min(digests[:2]), max(digests[:2]))})
    candidates = candidates_of(3, all_pairs(3))
    asked: list[str] = []

    def verify(keeper: Photo, other: Photo, _cosine: float) -> Verification:
        asked.append(keeper.path.name + other.path.name)
        return RESAVED

    pairs = PairVerifier(verify, {}, lambda _found: None, rejected)
    verifier = CandidateVerifier(contents, candidates, pairs)
    verifier.run([0.5], 1, JobControl())
    assert asked == ["0.jpg2.jpg"]
    matching = Matching(contents, candidates, pairs.found, KeepRules(), rejected)
    (group,), _ = matching.groups_at(0.5)
    assert [member.photo.path.name for member in group.members] == ["0.jpg", "2.jpg"]


@pytest.mark.parametrize("threads", [1, 3])
def test_a_large_part_is_verified_like_small_ones(threads: int) -> None:
    contents = contents_of(*(make_photo(f"{n:02}.jpg") for n in range(40)))
    random = np.random.default_rng(2)
    copies = {(a, b) for a, b in all_pairs(40) if random.random() < 0.1}
    rows = {content.digest: row for row, content in enumerate(contents)}
    candidates = candidates_of(40, all_pairs(40))

    def verify(keeper: Photo, other: Photo, _cosine: float) -> Verification:
        return RESAVED if (rows[keeper.digest], rows[other.digest]) in copies else NOTHING

    def glance(looks: Sequence[Look]) -> list[list[int]]:
        near = [[(rows[p.digest], rows[other.digest]) for other in others] for p, others in looks]
        return [[int((a, b) in copies or (b, a) in copies) for a, b in some] for some in near]

    counted = JobControl()
    pairs = PairVerifier(verify, {}, lambda _found: None, glance=glance)
    verifier = CandidateVerifier(contents, candidates, pairs)
    verifier.run([0.5, 0.9], threads, counted)
    assert counted.progress().done == 40
    matching = Matching(contents, candidates, pairs.found, KeepRules())
    wanted = form_stars(range(40), candidates, verify_from(dict.fromkeys(copies, RESAVED)), ACCEPT)
    groups, _ = matching.groups_at(0.5)
    assert {group.keeper.digest for group in groups} == {
        contents[star.keeper].digest for star in wanted
    }
    assert sum(len(g.members) - 1 for g in groups) == sum(len(s.members) for s in wanted)


@pytest.mark.parametrize("threads", [1, 3])
def test_a_large_cluster_costs_one_verification_a_copy(threads: int) -> None:
    contents = contents_of(*(make_photo(f"{n:02}.jpg") for n in range(40)))
    candidates = candidates_of(40, all_pairs(40))
    asked: list[Photo] = []

    def verify(_keeper: Photo, other: Photo, _cosine: float) -> Verification:
        asked.append(other)
        return RESAVED

    verifier = CandidateVerifier(contents, candidates, PairVerifier(verify, {}, lambda _: None))
    verifier.run([0.5], threads, JobControl())
    assert len(asked) == 39


def test_no_shot_is_compared_with_the_copy_of_another() -> None:
    contents = contents_of(*(make_photo(f"{n:02}.jpg") for n in range(40)))
    rows = {content.digest: row for row, content in enumerate(contents)}
    copies = range(34, 40)  # of the first, and nearest to all
    candidates = candidates_of(40, {(a, b): 0.6 + b / 100 for a, b in all_pairs(40)})
    asked: set[tuple[int, int]] = set()

    def verify(keeper: Photo, other: Photo, _cosine: float) -> Verification:
        pair = rows[keeper.digest], rows[other.digest]
        asked.add(pair)
        return RESAVED if pair[0] == 0 and pair[1] in copies else NOTHING

    verifier = CandidateVerifier(contents, candidates, PairVerifier(verify, {}, lambda _: None))
    verifier.run([0.5], 1, JobControl())
    assert {keeper for keeper, other in asked if other in copies} == {0}
    assert {keeper for keeper, _ in asked} >= set(range(33))


def test_keepers_far_from_each_other_are_verified_at_once() -> None:
    contents = contents_of(*(make_photo(f"{n:02}.jpg") for n in range(40)))
    candidates = candidates_of(40, {(n, n + 1): 0.9 for n in range(39)})
    both = threading.Barrier(2)

    def verify(keeper: Photo, _other: Photo, _cosine: float) -> Verification:
        if keeper.path.name in ("00.jpg", "02.jpg"):
            both.wait(30)  # raises BrokenBarrierError if the other never comes
        return NOTHING

    verifier = CandidateVerifier(contents, candidates, PairVerifier(verify, {}, lambda _: None))
    verifier.run([0.5], 2, JobControl())
    assert not both.broken


def test_after_some_failures_the_most_promising_are_tried() -> None:
    asked: set[int] = set()

    def verify(keeper: int, others: Others) -> list[Verification]:
        asked.update(row for row, _ in others if keeper == 0)
        return [RESAVED if keeper == 0 and row == 150 else NOTHING for row, _ in others]

    def choose(keeper: int, others: Others) -> Others:
        assert [row for row, _ in others] == list(range(FIRST, FIRST + CHOSEN_FROM))
        return [other for other in others if other[0] in (150, 151)]

    pairs = {(0, other): 1 - other / 1000 for other in range(1, 400)}
    (star,) = form_stars(range(400), candidates_of(400, pairs), verify, ACCEPT, choose)
    assert [row for row, _ in star.members] == [150]
    assert len(asked) == PATIENCE_TO_CHOOSE + 2


@pytest.mark.parametrize("others", [10, 60])  # a small part, and a large one
def test_a_copy_is_found_in_a_crowd_and_again_from_what_is_known(others: int) -> None:
    contents = contents_of(*(make_photo(f"{n:03}.jpg") for n in range(others + FIRST + 6)))
    rows = {content.digest: row for row, content in enumerate(contents)}
    copy = others + FIRST
    asked: list[tuple[int, int]] = []

    def verify(keeper: Photo, other: Photo, _cosine: float) -> Verification:
        asked.append((rows[keeper.digest], rows[other.digest]))
        return RESAVED if asked[-1] == (0, copy) else NOTHING

    def glance(looks: Sequence[Look]) -> list[list[int]]:
        return [[1000 - abs(rows[photo.digest] - copy) for photo in some] for _, some in looks]

    pairs = PairVerifier(verify, {}, lambda _found: None, glance=glance)
    candidates = candidates_of(
        len(contents), {(0, row): 1 - row / 1000 for row in range(1, len(contents))}
    )
    verifier = CandidateVerifier(contents, candidates, pairs)
    verifier.run([0.5, 0.9], 2, JobControl())
    matching = Matching(contents, candidates, pairs.found, KeepRules())
    for cutoff in (0.5, 0.9):
        ((_, member),) = (group.members for group in matching.groups_at(cutoff)[0])
        assert rows[member.photo.digest] == copy
    assert len(asked) == len(set(asked))
    assert len(asked) <= PATIENCE_TO_CHOOSE + 2 + PATIENCE_WITH_CHOSEN

    def fail(*_given: object) -> NoReturn:
        raise AssertionError("all of this is known")

    again = PairVerifier(fail, pairs.found, fail, glance=fail)
    CandidateVerifier(contents, candidates, again).run([0.5, 0.9], 2, JobControl())


@pytest.mark.parametrize("is_summed_up", [True, False])
def test_a_second_run_asks_for_nothing_and_counts_all(is_summed_up: bool) -> None:
    contents = contents_of(*(make_photo(f"{n:02}.jpg") for n in range(44)))
    pairs = all_pairs(40) | {(40, 41): 0.9, (42, 43): 0.9}  # a large part and two small ones
    candidates = candidates_of(44, pairs)
    digests = contents[42].digest, contents[43].digest
    rejected = frozenset({(min(digests), max(digests))})

    def verify(keeper: Photo, other: Photo, _cosine: float) -> Verification:
        return RESAVED if int(other.path.stem) % 3 == 0 else NOTHING

    first = PairVerifier(verify, {}, lambda _found: None, rejected)
    CandidateVerifier(contents, candidates, first).run([0.5, 0.9], 2, JobControl())
    assert sum(a == b for a, b in first.found) == 1  # that all is known is known too

    def fail(*_given: object) -> NoReturn:
        raise AssertionError("verified again")

    known = {key: what for key, what in first.found.items() if is_summed_up or key[0] != key[1]}
    again = PairVerifier(fail, known, lambda _found: None, rejected, glance=fail)
    counted = JobControl()
    CandidateVerifier(contents, candidates, again).run([0.5, 0.9], 2, counted)
    assert counted.progress().done == 44


def test_what_could_not_be_read_is_tried_again() -> None:
    contents = contents_of(*(make_photo(f"{n}.jpg") for n in range(3)))
    candidates = candidates_of(3, all_pairs(3))
    unplugged = True

    def verify(keeper: Photo, other: Photo, _cosine: float) -> Verification:
        if unplugged and other.path.name == "2.jpg":
            raise PhotoProblem(other.path, ProblemCode.FILE_UNREADABLE, "unplugged")
        return RESAVED

    pairs = PairVerifier(verify, {}, lambda _found: None)
    CandidateVerifier(contents, candidates, pairs).run([0.5], 1, JobControl())
    unplugged = False
    pairs = PairVerifier(verify, pairs.found, lambda _found: None)
    CandidateVerifier(contents, candidates, pairs).run([0.5], 1, JobControl())
    (group,), _ = Matching(contents, candidates, pairs.found, KeepRules()).groups_at(0.5)
    assert [member.photo.path.name for member in group.members] == ["0.jpg", "1.jpg", "2.jpg"]


def test_a_photo_more_is_verified_although_all_others_are_known() -> None:
    contents = contents_of(*(make_photo(f"{n}.jpg") for n in range(4)))
    pairs = PairVerifier(lambda *_: RESAVED, {}, lambda _found: None)
    CandidateVerifier(contents[:3], candidates_of(3, all_pairs(3)), pairs).run(
        [0.5], 1, JobControl()
    )
    candidates = candidates_of(4, all_pairs(4))
    CandidateVerifier(contents, candidates, pairs).run([0.5], 1, JobControl())
    (group,), _ = Matching(contents, candidates, pairs.found, KeepRules()).groups_at(0.5)
    assert len(group.members) == 4


def test_what_is_not_alike_is_loaded_only_where_something_is_left_to_verify() -> None:
    contents = contents_of(*(make_photo(f"{n}.jpg") for n in range(5)))
    table = {(0, 1): RESAVED}
    rows = {content.digest: row for row, content in enumerate(contents)}

    def verify(keeper: Photo, other: Photo, _cosine: float) -> Verification:
        return table.get((rows[keeper.digest], rows[other.digest]), NOTHING)

    everything: dict[tuple[bytes, bytes], Verification] = {}
    pairs = PairVerifier(verify, everything, lambda _found: None)
    CandidateVerifier(contents[:4], candidates_of(4, all_pairs(4)), pairs).run(
        [0.5], 1, JobControl()
    )
    alike = {key: found for key, found in everything.items() if found.relation or key[0] == key[1]}
    assert len(alike) == 2
    loaded: list[int] = []

    def load_rest() -> dict[tuple[bytes, bytes], Verification]:
        loaded.append(len(everything))
        return everything

    def asked_again(count: int) -> list[str]:
        asked = []

        def verify_again(keeper: Photo, other: Photo, cosine: float) -> Verification:
            asked.append(keeper.path.name + other.path.name)
            return verify(keeper, other, cosine)

        again = PairVerifier(verify_again, dict(alike), lambda _found: None, load_rest=load_rest)
        CandidateVerifier(contents[:count], candidates_of(count, all_pairs(count)), again).run(
            [0.5], 1, JobControl()
        )
        return asked

    assert asked_again(4) == []
    assert loaded == []
    assert asked_again(5) == ["0.jpg4.jpg", "2.jpg4.jpg", "3.jpg4.jpg"]
    assert len(loaded) == 1
