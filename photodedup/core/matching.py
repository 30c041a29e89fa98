"""What groups are formed of, at any strictness: contents, candidates, and what is known of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from photodedup.core.decisions import Contents, is_rejected
from photodedup.core.group import (
    BuiltGroups,
    Content,
    build_groups,
    build_similar,
)
from photodedup.core.keep_rules import KeepRules, keep_order
from photodedup.core.keeper_choices import KeeperChoice
from photodedup.core.known_stars import KnownStars
from photodedup.core.pairs import Candidates
from photodedup.core.records import Group, Photo, Verification
from photodedup.core.rekeep import chosen_pairs, follow_choices


@dataclass(frozen=True, slots=True)
class Matching:
    """A library's contents in keep order, their candidates, and what is known of them.

    Row r of candidates is contents[r]. Groups re-form from it in memory.
    rejected: pairs of contents that the user said are no duplicates. choices: keepers that the user
    chose by hand, the newest first.
    """

    contents: tuple[Content, ...]
    candidates: Candidates
    verifications: Mapping[tuple[bytes, bytes], Verification]
    rules: KeepRules
    rejected: frozenset[Contents] = frozenset()
    choices: tuple[KeeperChoice, ...] = ()
    _stars: KnownStars = field(init=False, repr=False, compare=False)
    _built_groups: BuiltGroups = field(init=False, repr=False, compare=False, default_factory=dict)
    _built_similar: BuiltGroups = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        stars = KnownStars(self.contents, self.candidates, self.verifications, self.rejected)
        object.__setattr__(self, "_stars", stars)

    def groups_at(self, cutoff: float) -> tuple[tuple[Group, ...], tuple[Group, ...]]:
        """Duplicates and similar shots at this probability or surer, without a new verification."""
        groups, similar = self._by_rules(cutoff)
        return follow_choices(groups, similar, self.choices, self._look_up, self.rules, cutoff)

    def pairs_of_choices(self, cutoffs: Iterable[float]) -> list[tuple[Photo, Photo]]:
        """The (chosen keeper, other) pairs that groups_at would look up in vain."""
        if not self.choices:
            return []
        groups = [group for cutoff in cutoffs for same in self._by_rules(cutoff) for group in same]
        return [
            (keeper, other)
            for keeper, other in chosen_pairs(groups, self.choices)
            if (keeper.digest, other.digest) not in self.verifications
        ]

    def _look_up(self, keeper: bytes, other: bytes) -> Verification | None:
        if is_rejected(self.rejected, keeper, other):
            return None
        return self.verifications.get((keeper, other))

    def _by_rules(self, cutoff: float) -> tuple[tuple[Group, ...], tuple[Group, ...]]:
        """Groups around the keepers of the rules."""
        duplicates, similar = self._stars.at(cutoff)
        return (
            build_groups(self.contents, duplicates, self.rules, self._built_groups),
            build_similar(self.contents, similar, self.rules, self._built_similar),
        )


def gather_contents(photos: Iterable[Photo], rules: KeepRules) -> tuple[Content, ...]:
    """Photos by what they hold, in keep order of their best file."""
    files: dict[bytes, list[Photo]] = {}
    for photo in keep_order(photos, rules):
        files.setdefault(photo.digest, []).append(photo)
    return tuple(Content(tuple(same)) for same in files.values())
