"""Where the user was: restored when the window opens again, also after a crash."""

import dataclasses
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from photodedup.core.json_text import parse_json
from photodedup.gui.arrangement import GroupOrder, Reach
from photodedup.gui.strictness import BALANCED

LAST_TAB = 3
MOST_OFFSET = 100_000  # pixels; beyond, the file is damaged


@dataclass(frozen=True, slots=True)
class ReviewPosition:
    """Where the user was in a list of groups.

    keeper, digest: of the chosen group, None and empty: there was none. offset: pixels from the
    list's top to it.
    """

    keeper: Path | None = None
    digest: bytes = b""
    offset: int = 0
    order: GroupOrder = GroupOrder.BYTES
    text: str = ""
    relation: str = ""
    reach: Reach = Reach.ANY
    undecided: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """Where the user was in the whole window."""

    tab: int = 0
    strictness: float = BALANCED
    duplicates: ReviewPosition = field(default_factory=ReviewPosition)
    similar: ReviewPosition = field(default_factory=ReviewPosition)

    def to_json(self) -> str:
        """Spell it for the settings; ASCII, so that odd names survive."""
        return json.dumps(
            {
                "tab": self.tab,
                "strictness": self.strictness,
                "duplicates": _spell(self.duplicates),
                "similar": _spell(self.similar),
            }
        )


def read_position(text: str) -> Position:
    """Read what to_json wrote; what is damaged is where the window opens the first time."""
    try:
        saved = parse_json(text)
        return Position(
            min(max(int(saved["tab"]), 0), LAST_TAB),
            min(max(float(saved["strictness"]), 0.0), 1.0),
            _read(saved["duplicates"]),
            _read(saved["similar"]),
        )
    except (ValueError, KeyError, TypeError, OverflowError):  # Infinity is JSON too
        return Position()


def _spell(position: ReviewPosition) -> dict[str, object]:
    fields = {f.name: getattr(position, f.name) for f in dataclasses.fields(position)}
    fields["keeper"] = None if position.keeper is None else os.fspath(position.keeper)
    fields["digest"] = position.digest.hex()
    fields["order"], fields["reach"] = position.order.value, position.reach.value
    return fields


def _read(saved: dict[str, object]) -> ReviewPosition:
    keeper = saved["keeper"]
    return ReviewPosition(
        keeper=Path(keeper) if isinstance(keeper, str) else None,
        digest=bytes.fromhex(str(saved["digest"])),
        offset=min(max(int(str(saved["offset"])), -MOST_OFFSET), MOST_OFFSET),
        order=GroupOrder(saved["order"]),
        text=str(saved["text"]),
        relation=str(saved["relation"]),
        reach=Reach(saved["reach"]),
        undecided=bool(saved["undecided"]),
    )
