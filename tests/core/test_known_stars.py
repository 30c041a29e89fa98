import numpy as np
import pytest

from photodedup.core.group import Content, Others, form_both
from photodedup.core.keep_rules import KeepRules
from photodedup.core.known_stars import KnownStars, chosen_before, crowd_key
from photodedup.core.look_around import NOT_ASKED
from photodedup.core.matching import Matching, gather_contents
from photodedup.core.pairs import Candidates, symmetric_candidates
from photodedup.core.records import Relation, Verification
from tests.records_made import make_photo

RELATIONS = (Relation.RESAVED, Relation.EDITED, Relation.SIMILAR_SHOT)


def made_up(
    seed: int,
) -> tuple[tuple[Content, ...], Candidates, dict[tuple[bytes, bytes], Verification]]:
    """Some hundred photos, most pairs of which are candidates, and some verified in some way."""
    random = np.random.default_rng(seed)
    count = int(random.integers(2, 90))
    contents = gather_contents((make_photo(f"{n:03}.jpg") for n in range(count)), KeepRules())
    first, second = np.triu_indices(count, 1)
    near = random.random(len(first)) < random.choice([0.1, 0.9])
    first, second = first[near], second[near]
    cosines = random.random(len(first)).astype(np.float32)
    alike = random.choice([0.02, 0.2, 0.7])
    found = {}
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        if random.random() < 0.1:
            continue  # never asked
        relation = RELATIONS[random.integers(3)] if random.random() < alike else None
        key = contents[a].digest, contents[b].digest
        found[key] = Verification(relation, float(random.random()), 0.5)
        if random.random() < 0.3:
            found[crowd_key(contents[a]), contents[b].digest] = NOT_ASKED
    return contents, symmetric_candidates(first, second, cosines, count), found


@pytest.mark.parametrize("seed", range(60))
def test_known_stars_are_those_that_verification_forms(seed: int) -> None:
    contents, candidates, found = made_up(seed)
    digests = [content.digest for content in contents]
    rejected = frozenset(
        {(min(key), max(key)) for number, key in enumerate(found) if number % 17 == 0}
    )
    known = KnownStars(contents, candidates, found, rejected)

    def look_up(keeper: int, others: Others) -> list[Verification | None]:
        keys = [(digests[keeper], digests[row]) for row, _ in others]
        return [None if (min(k), max(k)) in rejected else found.get(k) for k in keys]

    def choose(keeper: int, others: Others) -> Others:
        return chosen_before(contents, found, keeper, others)

    rows = [row for row in range(len(contents)) if candidates.has_any(row)]
    for cutoff in (0.5, 0.9, 0.1, 0.5):
        expected = form_both(rows, candidates, look_up, cutoff, choose=choose)
        assert known.at(cutoff) == expected


def test_what_is_found_later_counts() -> None:
    contents, candidates, _ = made_up(1)
    found: dict[tuple[bytes, bytes], Verification] = {}
    matching = Matching(contents, candidates, found, KeepRules())
    assert matching.groups_at(0.5) == ((), ())
    keeper = next(row for row in range(len(contents)) if candidates.has_any(row))
    other = int(candidates.rows_of(keeper)[0])
    found[contents[keeper].digest, contents[other].digest] = Verification(Relation.EDITED, 0.8, 0.9)
    ((group,), _), nothing = matching.groups_at(0.5), matching.groups_at(0.85)
    assert [member.photo for member in group.members] == [
        contents[keeper].best,
        contents[other].best,
    ]
    assert nothing == ((), ())
    assert matching.groups_at(0.5)[0] == (group,)
