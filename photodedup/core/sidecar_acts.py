"""Which XMP sidecars to write beside keepers, so that no metadata goes with a discarded copy."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from photodedup.core.journal import Step, StepKind
from photodedup.core.obstacles import CheckFailed, Obstacle
from photodedup.core.plan import NOTHING, Plan
from photodedup.core.recheck import FileRecord
from photodedup.core.sidecar_xmp import build_xmp, sidecar_names


@dataclass(frozen=True, slots=True)
class Sidecar:
    """A sidecar to be written: path does not exist yet, data are its bytes."""

    keeper: FileRecord
    path: Path
    data: bytes

    def check(self) -> None:
        """Raise CheckFailed where the keeper has a sidecar: that one is the user's."""
        for name in sidecar_names(self.keeper.path):
            if os.path.lexists(name):
                raise CheckFailed(Obstacle.HAS_SIDECAR, f"{name.name} is there and was not changed")

    def step(self) -> Step:
        """The journal's step that writes it."""
        sha256 = hashlib.sha256(self.data).hexdigest()
        return Step(StepKind.WRITE, self.keeper.path, self.path, len(self.data), 0, sha256)


def plan_sidecars(plan: Plan, gone: set[Path]) -> Iterator[Sidecar]:
    """One for each keeper in whose favour a photo went that knew more than it."""
    for group in plan.groups:
        worth = NOTHING
        for discard in group.discards:
            if discard.file.path in gone:
                worth = worth.joined_with(discard.worth_keeping)
        if worth:
            path = sidecar_names(group.keeper.path)[0]
            yield Sidecar(group.keeper, path, build_xmp(worth))
