"""The user's keep rules: every criterion in an order, on or off, and the preferred folders."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from photodedup.core.json_text import parse_json
from photodedup.core.keep_rules import DEFAULT_CRITERIA, Criterion, KeepRules

FIRST = (Criterion.UNDAMAGED, Criterion.PROTECTED)
LISTED = tuple(dict.fromkeys((*DEFAULT_CRITERIA, *Criterion)))


@dataclass(frozen=True, slots=True)
class KeepChoice:
    """Every criterion once, the most important first, each with whether it counts."""

    criteria: tuple[tuple[Criterion, bool], ...] = tuple(
        (criterion, criterion in DEFAULT_CRITERIA) for criterion in LISTED
    )
    preferred: tuple[Path, ...] = ()

    def rules(self, protected: tuple[Path, ...] = ()) -> KeepRules:
        """What the core goes by."""
        counting = tuple(criterion for criterion, counts in self.criteria if counts)
        return KeepRules(counting, protected, self.preferred)

    def to_json(self) -> str:
        """Spell it for the settings; ASCII, so that odd names of folders survive."""
        criteria = [[criterion.value, counts] for criterion, counts in self.criteria]
        folders = [os.fspath(folder) for folder in self.preferred]
        return json.dumps({"criteria": criteria, "preferred": folders})


def read_choice(text: str) -> KeepChoice:
    """Read what to_json wrote; what is damaged or unknown is as if it were never chosen."""
    try:
        saved = parse_json(text)
        known = {criterion.value: criterion for criterion in Criterion}
        chosen = [(known[name], bool(on)) for name, on in saved["criteria"] if name in known]
        preferred = tuple(Path(folder) for folder in saved["preferred"])
    except (ValueError, KeyError, TypeError):
        return KeepChoice()
    listed = dict(chosen)
    rest = [pair for pair in KeepChoice().criteria if pair[0] not in listed]
    choice = KeepChoice((*listed.items(), *rest), preferred)
    return choice if choice.rules().criteria else KeepChoice()


def with_first(*criteria: Criterion) -> KeepChoice:
    """A preset: these before all that can be argued about, the rest as usual."""
    wanted = (*FIRST, *criteria)
    rest = (c for c in LISTED if c not in wanted)
    opposite = {Criterion.OLDER: Criterion.NEWER, Criterion.NEWER: Criterion.OLDER}
    ruled_out = {opposite[c] for c in criteria if c in opposite}
    return KeepChoice(
        tuple(
            (c, (c in wanted or c in DEFAULT_CRITERIA) and c not in ruled_out)
            for c in (*wanted, *rest)
        )
    )
