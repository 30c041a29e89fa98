"""Random lives of a library: filled, cleared, taken back, emptied, while the program crashes."""

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from photodedup.core.journal import Act
from tests.core.clearing_world import Fault, World, crash, fill_disk

CASES = int(os.environ.get("PHOTODEDUP_CLEARING_CASES", "200"))
FAST_FOLDER = Path("/dev/shm")
FOLDERS = ("a", "b", "b/deep", "protected")
NAMES = ("one.jpg", "two.jpg", "one.nef", "line\nbreak.jpg", os.fsdecode(b"\xff.jpg"))
SIDECARS = (".xmp", ".json")

places = st.builds(lambda folder, name: f"{folder}/{name}", *map(st.sampled_from, (FOLDERS, NAMES)))
scenes = st.integers(1, 3)
faults = st.one_of(
    st.none(),
    st.builds(Fault, st.integers(1, 60), st.sampled_from([crash, fill_disk])),
)


class Life(RuleBasedStateMachine):
    """Everything a person and a failing machine may do, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = Path(tempfile.mkdtemp(dir=FAST_FOLDER if FAST_FOLDER.is_dir() else None))
        self._world = World(self._folder)
        self._settled = True

    def teardown(self) -> None:
        """At the end all that can be taken back is taken back; then the checks once more."""
        try:
            self._world.restart()
            self._world.undo_everything()
        finally:
            shutil.rmtree(self._folder)

    @initialize(copies=st.lists(st.tuples(places, scenes, st.integers(0, 1)), max_size=8))
    def fill(self, copies: list[tuple[str, int, int]]) -> None:
        for name, scene, variant in copies:
            self._world.add_photo(name, scene, variant)

    @rule(name=places, scene=scenes, variant=st.integers(0, 1))
    def add(self, name: str, scene: int, variant: int) -> None:
        self._world.add_photo(name, scene, variant)

    @precondition(lambda self: self._world.photos())
    @rule(data=st.data(), ending=st.sampled_from(SIDECARS))
    def add_beside(self, data: st.DataObject, ending: str) -> None:
        photo = data.draw(st.sampled_from(self._world.photos()))
        self._world.add_beside(photo, ending, f"about {photo.name!r}")

    @precondition(lambda self: self._world.photos())
    @rule(data=st.data(), name=places, symbolic=st.booleans())
    def add_link(self, data: st.DataObject, name: str, symbolic: bool) -> None:
        photo = data.draw(st.sampled_from(self._world.photos()))
        if symbolic:
            self._world.add_symlink(photo, name)
        else:
            self._world.add_hard_link(photo, name)

    @precondition(lambda self: self._world.photos())
    @rule(data=st.data(), scene=scenes, fault=faults)
    def apply_to_a_changed_library(
        self, data: st.DataObject, scene: int, fault: Fault | None
    ) -> None:
        """A photo, perhaps a keeper, is saved anew between review and apply."""
        plan = self._world.plan()
        self._world.overwrite(data.draw(st.sampled_from(self._world.photos())), scene)
        self._world.apply(plan, Act.DISCARD, fault)
        self._settled = fault is None

    @rule(fault=faults, act=st.sampled_from([Act.DISCARD, Act.DISCARD, Act.HARD_LINK, Act.MOVE]))
    def apply(self, fault: Fault | None, act: Act) -> None:
        self._world.apply(self._world.plan(), act, fault)
        self._settled = fault is None

    @rule(fault=faults)
    def undo(self, fault: Fault | None) -> None:
        self._world.undo(fault)
        self._settled = fault is None

    @rule()
    def undo_everything(self) -> None:
        self._world.restart()
        self._world.undo_everything()
        self._settled = True

    @rule(fault=faults)
    def restart(self, fault: Fault | None) -> None:
        self._world.restart(fault)
        self._settled = fault is None

    @rule(fault=faults)
    def empty(self, fault: Fault | None) -> None:
        self._world.empty(fault)

    @invariant()
    def nothing_is_lost(self) -> None:
        self._world.check(self._settled)


def test_no_life_loses_a_photo() -> None:
    """PHOTODEDUP_CLEARING_CASES sets how many lives are tried."""
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=CASES,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            derandomize=True,
            database=None,
        ),
    )
