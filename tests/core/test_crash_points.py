"""Every single point between two system calls, once with a crash and once with a full disk."""

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from photodedup.core.journal import Act
from tests.core.clearing_made import files_below
from tests.core.clearing_world import NO_FAULT, Fault, Strike, World, crash, fill, fill_disk

FAST_FOLDER = Path("/dev/shm")  # in memory: a thousand cases with dozens of fsyncs each
MAX_CALLS = 1000


@pytest.fixture
def fast_folder() -> Iterator[Path]:
    """A folder in memory where there is one."""
    base = Path(tempfile.mkdtemp(dir=FAST_FOLDER if FAST_FOLDER.is_dir() else None))
    yield base
    shutil.rmtree(base)


@pytest.fixture
def new_world(fast_folder: Path) -> Callable[[], World]:
    """Makes worlds, each in a folder of its own."""
    count = itertools.count()
    return lambda: World(fast_folder / str(next(count)))


def try_every_point(run: Callable[[Fault], None], strike: Strike) -> int:
    """Run with a fault at the first call, the second, ... until a run never reaches it."""
    for at in range(1, MAX_CALLS):
        fault = Fault(at, strike)
        run(fault)
        if not fault.struck:
            return at - 1
    raise AssertionError("it never ends")


@pytest.mark.parametrize("strike", [crash, fill_disk])
@pytest.mark.parametrize("act", [Act.DISCARD, Act.HARD_LINK, Act.MOVE])
def test_apply_survives_a_fault_anywhere(
    new_world: Callable[[], World], act: Act, strike: Strike
) -> None:
    def run(fault: Fault) -> None:
        world = new_world()
        fill(world)
        plan = world.plan()
        assert len(plan.discards) == 5
        world.apply(plan, act, fault)
        world.check(settled=False)
        world.restart()
        world.check()
        world.undo_everything()

    assert try_every_point(run, strike) > 30


@pytest.mark.parametrize("strike", [crash, fill_disk])
def test_moving_to_another_volume_survives_a_fault_anywhere(
    fast_folder: Path, tmp_path: Path, strike: Strike
) -> None:
    """There it is copied, compared, and only then put aside."""
    if fast_folder.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("both folders for temporary files lie on one volume")
    count = itertools.count()

    def run(fault: Fault) -> None:
        name = str(next(count))
        world = World(fast_folder / name, elsewhere=tmp_path / name)
        first = world.add_photo("a/one.jpg", 1)
        world.add_beside(world.add_photo("b/one copy.jpg", 1), ".xmp", "edits")
        world.apply(world.plan(), Act.MOVE, fault)
        world.check(settled=False)
        world.restart()
        world.check(settled=False)
        assert first.exists()
        world.undo(Fault(int(name) % 30, strike))
        world.restart()
        world.undo_everything()
        assert list(files_below(tmp_path / name)) == []

    assert try_every_point(run, strike) > 30


@pytest.mark.parametrize("strike", [crash, fill_disk])
@pytest.mark.parametrize("act", [Act.DISCARD, Act.HARD_LINK, Act.MOVE])
def test_undo_survives_a_fault_anywhere(
    new_world: Callable[[], World], act: Act, strike: Strike
) -> None:
    def run(fault: Fault) -> None:
        world = new_world()
        fill(world)
        report = world.apply(world.plan(), act)
        assert report is not None
        assert report.done
        world.undo(fault)
        world.check(settled=False)
        world.restart()
        world.check()
        world.undo_everything()

    assert try_every_point(run, strike) > 20


@pytest.mark.parametrize("strike", [crash, fill_disk])
def test_emptying_survives_a_fault_anywhere(new_world: Callable[[], World], strike: Strike) -> None:
    def run(fault: Fault) -> None:
        world = new_world()
        fill(world)
        world.apply(world.plan())
        world.empty(fault)
        world.check(settled=False)
        world.restart()
        world.check(settled=False)  # a photo may be in the trash, and its sidecar held
        world.empty()
        world.check()

    assert try_every_point(run, strike) > 10


def test_a_crash_while_recovering_from_a_crash(new_world: Callable[[], World]) -> None:
    """The worst place to crash first is between the renames: every second crash is tried there."""
    counting = Fault(NO_FAULT, crash)
    world = new_world()
    fill(world)
    world.apply(world.plan(), fault=counting)

    def crash_twice(first: int) -> Callable[[Fault], None]:
        def run(second: Fault) -> None:
            world = new_world()
            fill(world)
            assert world.apply(world.plan(), fault=Fault(first, crash)) is None
            world.restart(second)
            world.check(settled=False)
            world.restart()
            world.check()
            world.undo_everything()

        return run

    for first in range(counting.calls * 2 // 5, counting.calls, 7):
        try_every_point(crash_twice(first), crash)
