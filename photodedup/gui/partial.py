"""What a running scan has found so far, beside what was known before it."""

from dataclasses import replace

from photodedup.core.records import Group, ScanResult


def merge_groups(before: ScanResult | None, partial: ScanResult) -> ScanResult:
    """The groups found so far, and those of the last scan whose photos are in none of them.

    So nothing that is looked at vanishes while a scan gets to it again.
    """
    if before is None:
        return partial
    met = {
        member.photo.path
        for group in (*partial.groups, *partial.similar)
        for member in group.members
    }

    def merged(old: tuple[Group, ...], new: tuple[Group, ...]) -> tuple[Group, ...]:
        kept = (g for g in old if not any(member.photo.path in met for member in g.members))
        return (*new, *kept)

    return replace(
        partial,
        groups=merged(before.groups, partial.groups),
        similar=merged(before.similar, partial.similar),
    )
