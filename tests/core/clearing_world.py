"""A small world to clear photos in: a tree, a person, a trash, and a program that may be killed.

Used by the exhaustive and the random tests here, and by tests/campaigns/clearing_campaign.py.
"""

import errno
import os
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from photodedup.core.acts import FileActs
from photodedup.core.bundles import find_bundles, same_bundle
from photodedup.core.clearing import recover_interrupted
from photodedup.core.errors import StoreError
from photodedup.core.execute import ApplyOptions, Tools, apply_plan
from photodedup.core.holding import HOLDING_NAME, HoldingUnusable
from photodedup.core.job import JobControl
from photodedup.core.journal import Act
from photodedup.core.keep_rules import KeepRules, keep_order
from photodedup.core.library import open_library
from photodedup.core.obstacles import BatchReport
from photodedup.core.plan import Plan
from photodedup.core.planning import PlanRequest, make_plan
from photodedup.core.records import Group, Relation
from photodedup.core.scan import PHOTO_EXTENSIONS
from photodedup.core.undo import NothingToUndo, empty_holding, undo_batch
from tests.core.clearing_made import (
    ENDS,
    NOW,
    STARTS,
    FileState,
    changes,
    fake_decode,
    files_below,
    group_of,
    photo_of,
    sha256_of,
    tree_of,
    write_photo,
)


class SimulatedCrash(BaseException):
    """The process ends here: not an Exception, so that nothing tidies up."""


class Fault:
    """Counts system calls and strikes at one of them. strike raises, or kills the process."""

    def __init__(self, at: int, strike: "Strike") -> None:
        self._at = at
        self._strike = strike
        self.calls = 0

    def __call__(self, call: str) -> None:
        self.calls += 1
        if self.calls == self._at:
            self._strike(call)

    @property
    def struck(self) -> bool:
        """Whether the call was reached."""
        return self.calls >= self._at > 0


Strike = Callable[[str], None]
"""What happens at the call of this name."""


def crash(call: str) -> None:
    """End the process, as far as the code under test can tell."""
    raise SimulatedCrash


def fill_disk(call: str) -> None:
    """Fail one system call, or one statement of the database, as a full disk does."""
    if call in ("begin", "commit"):
        raise sqlite3.OperationalError("database or disk is full")
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


NO_FAULT = 0


Run = Callable[[Callable[[], BatchReport | None], Fault | None], BatchReport | None]
"""Runs the program once, perhaps with a fault; None if it did not come to its end."""


def run_here(act: Callable[[], BatchReport | None], fault: Fault | None) -> BatchReport | None:
    """Run the program in this process."""
    with suppress(SimulatedCrash, StoreError, HoldingUnusable, NothingToUndo):
        return act()
    return None


class World:
    """One tree below folder/photos and everything around it; checks what must always hold."""

    def __init__(self, folder: Path, elsewhere: Path | None = None, run: Run = run_here) -> None:
        self._run = run
        self.root = folder / "photos"
        self.protected = self.root / "protected"
        self.elsewhere = elsewhere or folder / "elsewhere"
        self._data = folder / "data"
        self._trash = folder / "trash"
        for made in (self.root, self.protected, self.elsewhere, self._data, self._trash):
            made.mkdir(parents=True)
        self._clock = NOW
        self._baseline: Counter[str] = Counter()
        self._baseline_protected: dict[Path, FileState] = {}
        self._scenes: set[str] = set()
        self._batches: list[str] = []  # those since _expected was seen
        self._expected: dict[Path, FileState] | None = None  # None: undo need not bring it back
        self._is_mixed = False  # whether a person's new files lie where held ones came from
        self.note_users_work()

    # What a person does

    def add_photo(self, name: str, scene: int, variant: int = 0) -> Path:
        """A photo; those of one scene are duplicates, of one variant the same bytes."""
        path = self.root / name
        if not os.path.lexists(path):  # a link may lead to what is held now
            write_photo(path, f"scene {scene} variant {variant}", 1_600_000_000 + len(name))
        self.note_users_work()
        return path

    def add_beside(self, photo: Path, ending: str, content: str) -> Path:
        """A sidecar of a photo."""
        path = photo.with_name(photo.name + ending)
        if not os.path.lexists(path):
            path.write_text(content)
        self.note_users_work()
        return path

    def add_hard_link(self, photo: Path, name: str) -> None:
        """A second name of a photo."""
        target = self.root / name
        if not os.path.lexists(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(photo, target)
        self.note_users_work()

    def add_symlink(self, photo: Path, name: str) -> None:
        """A link to a photo."""
        target = self.root / name
        if not os.path.lexists(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(photo)
        self.note_users_work()

    def overwrite(self, photo: Path, scene: int) -> None:
        """Save something else under a photo's name."""
        write_photo(photo, f"scene {scene} anew", 1_650_000_000)
        self.note_users_work()

    def photos(self) -> list[Path]:
        """Every photo in the tree that is not held, by name; links left out."""
        return sorted(
            path
            for path in files_below(self.root)
            if path.suffix.lower() in PHOTO_EXTENSIONS
            and HOLDING_NAME not in path.parts
            and not path.is_symlink()
        )

    def note_users_work(self) -> None:
        """What exists now is what must go on existing; earlier batches may no longer fit."""
        self._baseline = self._contents()
        self._baseline_protected = tree_of(self.protected)
        self._scenes = {_scene_of(path) for path in self.photos()}
        self._is_mixed = True
        self._expected = None
        self._batches.clear()

    # What the program does

    def plan(self) -> Plan:
        """Scan (by what the files say of themselves) and plan."""
        request = PlanRequest(NOW.isoformat(), (self.root,), (self.protected,), "fake")
        return make_plan(self._groups(), request, JobControl(), workers=1)

    def apply(
        self, plan: Plan, act: Act = Act.DISCARD, fault: Fault | None = None
    ) -> BatchReport | None:
        """Apply a plan; None if it crashed or the database refused."""
        self.restart()
        if self._held() == []:
            self._is_mixed = False
            if self._expected is None:
                self._expected = self._tree()
                self._batches.clear()
        self._is_mixed |= act is Act.HARD_LINK  # one is held, and its name is taken
        self._clock += timedelta(seconds=1)
        self._batches.append(f"{self._clock:%Y%m%d-%H%M%S}-test")
        tools = Tools(self._acts(fault), fake_decode, lambda: self._clock, lambda: "test", 1)
        options = ApplyOptions(act, self.elsewhere if act is Act.MOVE else None)

        def apply() -> BatchReport:
            with open_library(self._data, tools.acts) as library:
                return apply_plan(plan, library, JobControl(), options, tools)

        return self._run(apply, fault)

    def undo(self, fault: Fault | None = None) -> BatchReport | None:
        """Take the last batch back; None if it crashed or there was nothing to take back."""
        with open_library(self._data) as library:
            batch = library.last_batch()
        if batch not in self._batches:
            self._expected = None
        return self._undo(batch, fault)

    def empty(self, fault: Fault | None = None) -> BatchReport | None:
        """Put what is held into the trash; None if it crashed or the database refused."""
        self._expected, self._is_mixed = None, True
        acts = self._acts(fault)

        def empty() -> BatchReport:
            with open_library(self._data, acts) as library:
                return empty_holding(library, JobControl(), self._put_into_trash, acts)

        return self._run(empty, fault)

    def restart(self, fault: Fault | None = None) -> None:
        """Start anew: what was interrupted is settled."""
        acts = self._acts(fault)

        def recover() -> None:
            with open_library(self._data, acts) as library, library.clearing():
                missing = recover_interrupted(library, acts)
                assert fault is not None or missing == []

        self._run(recover, fault)

    def undo_everything(self) -> None:
        """Take back what was done since the last work of a person: the tree must be as before."""
        for batch in reversed(self._batches):
            report = self._undo(batch)
            assert self._expected is None or report is None or report.left == ()
            self.check(settled=False)
        self.check()
        if self._expected is not None:
            differences = changes(self._expected, self._tree())
            assert not differences, differences
        self._batches.clear()
        self._expected = None

    def _undo(self, batch: str | None, fault: Fault | None = None) -> BatchReport | None:
        acts = self._acts(fault)

        def undo() -> BatchReport:
            with open_library(self._data, acts) as library:
                return undo_batch(library, batch, JobControl(), acts)

        return self._run(undo, fault)

    # What must always hold

    def check(self, settled: bool = True) -> None:
        """No content lost, a survivor of each scene, protected files untouched, shots whole."""
        now = self._contents()
        lost = {content for content, count in self._baseline.items() if now[content] < count}
        assert not lost, f"lost: {lost}"
        living = {_scene_of(path) for path in self.photos()}
        assert living >= self._scenes, f"no survivor: {self._scenes - living}"
        untouched = tree_of(self.protected)
        assert not changes(self._baseline_protected, untouched)
        if settled and not self._is_mixed:
            self._check_shots()

    def _check_shots(self) -> None:
        """What a person put beside a photo is where the photo is: both stay, or both are held."""
        everything = [path for path in files_below(self.root) if not path.is_symlink()]
        home = {path: self._home(path) for path in everything}
        together = find_bundles(home.values())
        place = {(home[path], HOLDING_NAME in path.parts) for path in everything}
        for bundle in together:
            held = {
                is_held
                for file in (*bundle.photos, *bundle.companions)
                for is_held in (True, False)
                if (file, is_held) in place
            }
            assert len(held) == 1, f"torn apart: {bundle}"

    def _tree(self) -> dict[Path, FileState]:
        return tree_of(self.root) | tree_of(self.elsewhere)

    def _held(self) -> list[Path]:
        return [path for path in files_below(self.root) if HOLDING_NAME in path.parts]

    def _home(self, path: Path) -> Path:
        """Where a held file came from; any other path is itself."""
        parts = path.relative_to(self.root).parts
        return self.root.joinpath(*parts[2:]) if parts[0] == HOLDING_NAME else path

    def _contents(self) -> Counter[str]:
        """How many files (not names) there are of each content, anywhere."""
        files = {
            (status.st_dev, status.st_ino): path
            for top in (self.root, self.elsewhere, self._trash)
            for path in files_below(top)
            if (status := path.lstat())
        }
        return Counter(sha256_of(path) for path in files.values())

    def _groups(self) -> list[Group]:
        scenes: dict[str, list[Path]] = {}
        for path in self.photos():
            scenes.setdefault(_scene_of(path), []).append(path)
        groups = []
        for paths in scenes.values():
            ordered = keep_order(map(photo_of, paths), KeepRules(protected=(self.protected,)))
            keeper, *others = ordered
            members = [
                (o, Relation.IDENTICAL_FILE if o.digest == keeper.digest else Relation.RESAVED)
                for o in others
                if not same_bundle(o.path, keeper.path)
            ]
            if members:
                groups.append(group_of(keeper, members))
        return groups

    def _put_into_trash(self, path: Path) -> None:
        os.rename(path, self._trash / f"{len(os.listdir(self._trash))}-{path.name}")

    @staticmethod
    def _acts(fault: Fault | None) -> FileActs:
        return FileActs() if fault is None else FileActs(fault)


def _scene_of(path: Path) -> str:
    data = path.read_bytes()
    assert (data[: len(STARTS)], data[-len(ENDS) :]) == (STARTS, ENDS), path
    return data[len(STARTS) :].split(b" variant")[0].split(b" anew")[0].decode()


def fill(world: World) -> None:
    """Something of everything: copies, another saving, sidecars, links, a RAW, protected files."""
    first = world.add_photo("a/one.jpg", 1)
    copy = world.add_photo("b/one copy.jpg", 1)
    world.add_beside(copy, ".xmp", "edits of the copy")
    world.add_photo("b/deep/one smaller.jpg", 1, 1)
    world.add_hard_link(first, "b/one again.jpg")
    world.add_symlink(first, "b/link.jpg")
    world.add_photo("protected/two.jpg", 2)
    two = world.add_photo("a/two.jpg", 2)
    world.add_beside(two, ".json", "from a takeout")
    world.add_photo("a/three.nef", 3)
    world.add_photo("a/three.jpg", 3, 1)
    world.add_photo("b/three copy.nef", 3)
    world.add_photo("b/three copy.jpg", 3, 1)
    world.add_photo("a/alone.jpg", 4)
