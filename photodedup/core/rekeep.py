"""Groups around the keepers that the user chose: each other photo is what it is to that one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from photodedup.core.bundles import same_bundle
from photodedup.core.group import (
    SAME_BYTES,
    Accept,
    accept_duplicates,
    accept_similar,
    build_member,
    most_to_gain,
)
from photodedup.core.keep_rules import KeepRules, keep_reason
from photodedup.core.keeper_choices import KeeperChoice
from photodedup.core.places import FolderMatcher
from photodedup.core.records import Group, Member, Photo, Verification

LookUp = Callable[[bytes, bytes], Verification | None]
"""(keeper's digest, other's digest) -> what was found; None: never asked, or rejected."""

Chosen = Mapping[bytes, Sequence[KeeperChoice]]
"""The user's choices by the digest of the photo that stays."""


def follow_choices(
    duplicates: Iterable[Group],
    similar: Iterable[Group],
    choices: Iterable[KeeperChoice],
    look_up: LookUp,
    rules: KeepRules,
    cutoff: float,
) -> tuple[tuple[Group, ...], tuple[Group, ...]]:
    """Groups of duplicates and of similar shots with the keepers that the user chose.

    look_up must know (chosen keeper, other), see chosen_pairs. A photo of which it knows nothing,
    or not with cutoff's probability, stays in its group as one that failed: last, relation None,
    probability 0, never preselected.
    """
    chosen = _by_digest(choices)
    if not chosen:
        return tuple(duplicates), tuple(similar)
    protected = FolderMatcher(rules.protected)

    def follow(groups: Iterable[Group], accept: Accept) -> tuple[Group, ...]:
        followed = []
        for group in groups:
            found = _choice_for(group, chosen)
            if found is not None:
                group = _with_keeper(group, *found, look_up, accept, rules, protected)
            followed.append(group)
        return tuple(sorted(followed, key=most_to_gain))

    return follow(duplicates, accept_duplicates(cutoff)), follow(similar, accept_similar(cutoff))


def chosen_pairs(
    groups: Iterable[Group], choices: Iterable[KeeperChoice]
) -> list[tuple[Photo, Photo]]:
    """Every (chosen keeper, other) pair of different contents that follow_choices looks up."""
    chosen = _by_digest(choices)
    pairs: dict[tuple[bytes, bytes], tuple[Photo, Photo]] = {}
    for group in groups if chosen else ():
        found = _choice_for(group, chosen)
        if found is None:
            continue
        keeper, _ = found
        for member in group.members:
            if member.photo.digest != keeper.digest:
                key = keeper.digest, member.photo.digest
                pairs.setdefault(key, (keeper, member.photo))
    return list(pairs.values())


def _by_digest(choices: Iterable[KeeperChoice]) -> Chosen:
    chosen: dict[bytes, list[KeeperChoice]] = {}
    for choice in choices:
        chosen.setdefault(choice.digest, []).append(choice)
    return chosen


def _choice_for(group: Group, chosen: Chosen) -> tuple[Photo, KeeperChoice] | None:
    """The newest choice that was made among photos of this group, and the photo it means."""
    fitting = []
    for choice in {c.id: c for m in group.members for c in chosen.get(m.photo.digest, ())}.values():
        keeper = _photo_of(group, choice)
        others = {member.photo.digest for member in group.members if member.photo != keeper}
        if not choice.over.isdisjoint(others):
            fitting.append((keeper, choice))
    return max(fitting, key=lambda found: found[1].id, default=None)


def _photo_of(group: Group, choice: KeeperChoice) -> Photo:
    """The file that was chosen, or after a move the best with its bytes."""
    same = [member.photo for member in group.members if member.photo.digest == choice.digest]
    return next((photo for photo in same if photo.path == choice.path), same[0])


def _with_keeper(
    group: Group,
    keeper: Photo,
    choice: KeeperChoice,
    look_up: LookUp,
    accept: Accept,
    rules: KeepRules,
    protected: FolderMatcher,
) -> Group:
    """The group around another keeper, those that fail against it last."""
    verified, failed = [], []
    for photo in (member.photo for member in group.members):
        if photo == keeper or same_bundle(photo.path, keeper.path):
            continue
        same = photo.digest == keeper.digest
        found = SAME_BYTES if same else look_up(keeper.digest, photo.digest)
        if found is None or not accept(found):
            cosine = 0.0 if found is None else found.similarity
            failed.append(Member(photo, None, cosine, 0.0, None, (), preselected=False))
            continue
        member = build_member(photo, found, keeper, protected)
        # one that came after the choice may be the better photo: the user shall look
        passed_over = same or photo.digest in choice.over
        verified.append(member if passed_over else replace(member, preselected=False))
    first = Member(keeper, None, 1.0, 1.0, None, (), preselected=False)
    reason = keep_reason(keeper, [member.photo for member in (*verified, *failed)], rules)
    return Group(keeper, reason, (first, *verified, *failed))
