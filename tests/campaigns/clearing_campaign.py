"""Thousands of random lives of a library whose program is really killed; run by hand.

    python -m tests.campaigns.clearing_campaign --cases 2000

Each case makes a random tree and lets a person and the program work on it for a while. The
program runs in a process of its own (a fork), which SIGKILL ends between two system calls, chosen
at random, or after a random time. After every step all the checks of the tests are made; at the
end everything is taken back. Exit code 0 if nothing was lost; else the seed of the case is shown.
"""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from photodedup.core.journal import Act
from photodedup.core.obstacles import BatchReport
from tests.core.clearing_world import Fault, World, run_here

FOLDERS = ("a", "b", "b/deep", "protected")
NAMES = ("one.jpg", "two.jpg", "one.nef", "one.heic", "line\nbreak.jpg", os.fsdecode(b"\xff.jpg"))
SIDECARS = (".xmp", ".json")
ACTS = (Act.DISCARD, Act.DISCARD, Act.DISCARD, Act.HARD_LINK, Act.MOVE)
STEPS = 8
MAX_CALLS = 45
MAX_DELAY_S = 0.03


class KilledLater(Fault):
    """Not struck at a system call but after a time, by another process."""

    def __init__(self, delay_s: float) -> None:
        super().__init__(0, strike_dead)
        self.delay_s = delay_s


def strike_dead(call: str) -> None:
    """End this process as the system does it: nothing runs afterwards."""
    os.kill(os.getpid(), signal.SIGKILL)


class Killer:
    """Runs the program in a forked process and counts how it ended."""

    def __init__(self) -> None:
        self.endings: Counter[str] = Counter()

    def __call__(
        self, act: Callable[[], BatchReport | None], fault: Fault | None
    ) -> BatchReport | None:
        if fault is None:
            return run_here(act, None)
        child = os.fork()
        if child == 0:
            _work(act)
        if isinstance(fault, KilledLater):
            time.sleep(fault.delay_s)
            os.kill(child, signal.SIGKILL)
        status = os.waitpid(child, 0)[1]
        if os.WIFSIGNALED(status):
            self.endings["killed"] += 1
        else:
            assert os.WEXITSTATUS(status) == 0, "the program failed; see above"
            self.endings["finished first"] += 1
        return None


def _work(act: Callable[[], BatchReport | None]) -> None:
    """The child's whole life; it must not return into the parent's code."""
    try:
        run_here(act, None)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def run_case(seed: int, folder: Path, killer: Killer) -> Counter[str]:
    """One life; how often each thing was done in it. Raises AssertionError when a check fails."""
    rng = random.Random(seed)
    world = World(folder, run=killer)
    done: Counter[str] = Counter()
    for _ in range(rng.randint(4, 12)):
        _add_photo(world, rng)
    for _ in range(STEPS):
        step = rng.choice(["apply"] * 4 + ["undo"] * 2 + ["restart", "empty", "person"])
        fault = _fault(rng)
        settled = fault is None
        if step == "apply":
            world.apply(world.plan(), rng.choice(ACTS), fault)
        elif step == "undo":
            world.undo(fault)
        elif step == "restart":
            world.restart(fault)
        elif step == "empty":
            world.empty(fault)
        else:
            settled = False
            _work_as_a_person(world, rng)
        done[step] += 1
        world.check(settled)
    world.restart()
    world.check()
    world.undo_everything()
    return done


def _fault(rng: random.Random) -> Fault | None:
    chance = rng.random()
    if chance < 0.7:
        return Fault(rng.randint(1, MAX_CALLS), strike_dead)
    return KilledLater(rng.random() * MAX_DELAY_S) if chance < 0.85 else None


def _add_photo(world: World, rng: random.Random) -> None:
    name = f"{rng.choice(FOLDERS)}/{rng.choice(NAMES)}"
    photo = world.add_photo(name, rng.randint(1, 3), rng.randint(0, 1))
    if rng.random() < 0.3:
        world.add_beside(photo, rng.choice(SIDECARS), f"about {photo.name!r}")


def _work_as_a_person(world: World, rng: random.Random) -> None:
    name = f"{rng.choice(FOLDERS)}/{rng.choice(NAMES)}"
    photo = rng.choice(world.photos())
    choice = rng.randint(0, 3)
    if choice == 0:
        world.add_hard_link(photo, name)
    elif choice == 1:
        world.add_symlink(photo, name)
    elif choice == 2:
        world.overwrite(photo, rng.randint(1, 3))
    else:
        _add_photo(world, rng)


def main() -> int:
    """Run the campaign; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0, help="of the first case")
    parser.add_argument("--folder", type=Path, help="where (default: the system's temporary one)")
    options = parser.parse_args()
    killer, steps = Killer(), Counter[str]()
    started_s = time.monotonic()
    for seed in range(options.seed, options.seed + options.cases):
        folder = Path(tempfile.mkdtemp(dir=options.folder))
        try:
            steps += run_case(seed, folder, killer)
        except BaseException:
            print(f"case {seed} failed; its files are in {folder}", file=sys.stderr)
            raise
        shutil.rmtree(folder)
    seconds = time.monotonic() - started_s
    print(f"{options.cases} cases in {seconds:.0f} s, nothing lost")
    print("steps: " + ", ".join(f"{count} {step}" for step, count in sorted(steps.items())))
    print("forks: " + ", ".join(f"{count} {how}" for how, count in sorted(killer.endings.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
