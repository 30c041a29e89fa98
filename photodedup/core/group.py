"""Verified pairs to groups without chains: every member is verified against the group's keeper."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from photodedup.core.bundles import same_bundle
from photodedup.core.keep_rules import KeepRules, Ranker, keep_reason
from photodedup.core.pairs import Candidates
from photodedup.core.places import FolderMatcher
from photodedup.core.records import Group, Member, Photo, Relation, Verification

SAME_BYTES = Verification(Relation.IDENTICAL_FILE, probability=1.0, similarity=1.0)
# Failed verifications in a row, in falling cosine, before the rest is given up. With 30 and pairs
# from cosine 0.42, 81 % of crops made by others were found; with 10 and from 0.5, 55 %; none wrong.
PATIENCE = 30

# The same where the most promising of the rest can be chosen. Among a hundred shots of one person
# a crop of one is hardly nearer than the others, but shares most keypoints with it: in a library of
# 3,758 photos 17 of 27 missed copies are found so, and a third fewer pairs are verified. With 5 no
# more are found than with 2; with 1 all copies of one soft photo are missed.
PATIENCE_TO_CHOOSE = 2
CHOSEN_FROM = 200

Others = Sequence[tuple[int, float]]
"""Rows with their cosines to a keeper."""

Choose = Callable[[int, Others], Others]
"""(keeper's row, candidates that are left) -> those of them that are worth verifying."""

Verify = Callable[[int, Others], Sequence[Verification | None]]
"""(keeper's row, some others) -> what each is to it; None: never asked."""

Accept = Callable[[Verification], bool]


@dataclass(frozen=True, slots=True)
class Content:
    """The files that hold the same bytes, the best keeper first."""

    files: tuple[Photo, ...]

    @property
    def digest(self) -> bytes:
        """What they hold."""
        return self.files[0].digest

    @property
    def best(self) -> Photo:
        """The file that stays first."""
        return self.files[0]


@dataclass(frozen=True, slots=True)
class Star:
    """A keeper's row and the rows verified against it."""

    keeper: int
    members: tuple[tuple[int, Verification], ...]


def accept_duplicates(cutoff: float) -> Accept:
    """Pairs that show one exposure, at this probability or surer."""
    return lambda found: (
        found.relation is not None and found.relation.is_duplicate and found.probability >= cutoff
    )


def accept_similar(cutoff: float) -> Accept:
    """Pairs that show one scene in two exposures, at this probability or surer."""
    return lambda found: found.relation is Relation.SIMILAR_SHOT and found.probability >= cutoff


def form_stars(
    rows: Sequence[int],
    candidates: Candidates,
    verify: Verify,
    accept: Accept,
    choose: Choose | None = None,
) -> list[Star]:
    """Give each row, best keeper first, the later rows that are accepted against it.

    rows: rising; rows are numbered in keep order. A row is in one star at most. Neighbours are
    tried in falling cosine until PATIENCE in a row are not accepted, so that the work stays
    linear among look-alikes. choose: then chooses from the next CHOSEN_FROM, which are all tried;
    with it patience ends earlier, after PATIENCE_TO_CHOOSE.
    """
    free = set(rows)
    stars = []
    for keeper in rows:
        if keeper not in free:
            continue
        # an earlier keeper has tried the earlier rows, and what is not free is taken or not asked
        others = [(r, cosine) for r, cosine in candidates.of(keeper) if r > keeper and r in free]
        members = find_members(keeper, others, verify, accept, choose)
        free.difference_update(other for other, _ in members)
        if members:
            stars.append(Star(keeper, tuple(members)))
    return stars


def find_members(
    keeper: int,
    others: Others,
    verify: Verify,
    accept: Accept,
    choose: Choose | None = None,
) -> list[tuple[int, Verification]]:
    """Those of the others that are accepted against the keeper; as in form_stars."""
    members: list[tuple[int, Verification]] = []
    patience = PATIENCE if choose is None else PATIENCE_TO_CHOOSE
    failures = tried = 0
    while tried < len(others):
        # so many are asked in any case, whether some are accepted or all fail
        some = others[tried : tried + patience - failures]
        for (other, _), found in zip(some, verify(keeper, some), strict=True):
            tried += 1
            if found is not None and accept(found):
                members.append((other, found))
                failures = 0
            else:
                failures += 1
        if failures == patience:
            left = others[tried : tried + CHOSEN_FROM]
            chosen = choose(keeper, left) if choose is not None and left else []
            return members + _accepted(keeper, chosen, verify, accept)
    return members


def _accepted(
    keeper: int, others: Others, verify: Verify, accept: Accept
) -> list[tuple[int, Verification]]:
    verified = zip(others, verify(keeper, others), strict=True)
    return [(other, found) for (other, _), found in verified if found is not None and accept(found)]


def form_both(
    rows: Sequence[int],
    candidates: Candidates,
    verify: Verify,
    cutoff: float,
    choose: Choose | None = None,
) -> tuple[list[Star], list[Star]]:
    """Stars of duplicates, and of similar shots among the rows that are no one's duplicate."""
    duplicates = form_stars(rows, candidates, verify, accept_duplicates(cutoff), choose)
    taken = {row for star in duplicates for row, _ in star.members}
    rest = [row for row in rows if row not in taken]
    similar = form_stars(rest, candidates, verify, accept_similar(cutoff), choose)
    return duplicates, similar


BuiltGroups = dict[tuple[int, ...], Group | None]
"""By the rows of a star, its keeper's first: what was built of it, None where nothing is left."""


def build_groups(
    contents: Sequence[Content],
    stars: Iterable[Star],
    rules: KeepRules,
    built: BuiltGroups | None = None,
) -> tuple[Group, ...]:
    """Groups of files from stars of contents, the most bytes to gain first.

    A content with several files is a group by itself. Files that belong to one bundle (a RAW and
    its own JPEG) are never offered to each other. built: of the same contents and rules; what it
    holds is not built anew, and what is new is added to it.
    """
    stars = list(stars)
    joined = {row for star in stars for row in (star.keeper, *(row for row, _ in star.members))}
    copies = [
        Star(row, ())
        for row, content in enumerate(contents)
        if len(content.files) > 1 and row not in joined
    ]
    return _build_all(contents.__getitem__, [*stars, *copies], rules, built)


def build_similar(
    contents: Sequence[Content],
    stars: Iterable[Star],
    rules: KeepRules,
    built: BuiltGroups | None = None,
) -> tuple[Group, ...]:
    """Groups of similar shots: one file of each content, nothing preselected."""
    return _build_all(lambda row: Content(contents[row].files[:1]), stars, rules, built)


def _build_all(
    content_of: Callable[[int], Content],
    stars: Iterable[Star],
    rules: KeepRules,
    built: BuiltGroups | None,
) -> tuple[Group, ...]:
    protected = FolderMatcher(rules.protected)
    ranker = Ranker(rules)
    built = {} if built is None else built
    groups = []
    for star in stars:
        rows = (star.keeper, *(row for row, _ in star.members))
        if rows not in built:
            built[rows] = _build_group(content_of, star, rules, protected, ranker)
        if (group := built[rows]) is not None:
            groups.append(group)
    return tuple(sorted(groups, key=most_to_gain))


def most_to_gain(group: Group) -> tuple[int, bytes]:
    """Sorts groups: the most bytes to gain first, then by the keeper's path."""
    return -group.bytes_to_gain, os.fsencode(group.keeper.path)


def _build_group(
    content_of: Callable[[int], Content],
    star: Star,
    rules: KeepRules,
    protected: FolderMatcher,
    ranker: Ranker,
) -> Group | None:
    keeper, *copies = content_of(star.keeper).files
    found = [(photo, SAME_BYTES) for photo in copies]
    found += [(photo, what) for row, what in star.members for photo in content_of(row).files]
    others = tuple(
        build_member(photo, what, keeper, protected)
        for photo, what in found
        if not same_bundle(photo.path, keeper.path)
    )
    if not others:
        return None
    reason = keep_reason(keeper, [member.photo for member in others], rules, ranker)
    first = Member(keeper, None, 1.0, 1.0, None, (), preselected=False)
    return Group(keeper, reason, (first, *others))


def build_member(
    photo: Photo, found: Verification, keeper: Photo, protected: FolderMatcher
) -> Member:
    """A photo of a group as what it was found to be to the keeper."""
    safe = found.relation in (Relation.IDENTICAL_FILE, Relation.IDENTICAL_IMAGE) or (
        found.relation is Relation.RESAVED and not found.differs
    )
    # two names of one file: discarding one gains nothing
    one_file = (photo.file.device, photo.file.inode) == (keeper.file.device, keeper.file.inode)
    return Member(
        photo=photo,
        relation=found.relation,
        similarity=found.similarity,
        probability=found.probability,
        edit=found.edit,
        differs=found.differs,
        preselected=safe and not one_file and protected.index_of(photo.path) is None,
    )
