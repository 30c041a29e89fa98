"""A desk to clear at: a scanned folder, a library, and the acts with everything passed in."""

from dataclasses import replace
from pathlib import Path

from photodedup.core.acts import FileActs
from photodedup.core.execute import ApplyOptions, Tools, apply_plan
from photodedup.core.job import JobControl
from photodedup.core.library import Library, open_library
from photodedup.core.obstacles import BatchReport, Obstacle
from photodedup.core.plan import Plan
from photodedup.core.records import Group
from photodedup.core.undo import undo_batch
from tests.core.clearing_made import NOW, fake_decode, quick_plan, write_photo


class Desk:
    """One scanned folder below tmp_path and the library that clears it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "photos"
        self.data = folder / "data"
        self.root.mkdir()
        self.data.mkdir()
        self.library: Library = open_library(self.data)
        self.tools = Tools(decode=fake_decode, now=lambda: NOW, workers=2)

    def photo(self, name: str, content: str = "one") -> Path:
        """A photo in the scanned folder; equal contents are identical files."""
        return write_photo(self.root / name, content)

    def plan(self, *groups: Group, protected: tuple[Path, ...] = ()) -> Plan:
        """A plan for this folder."""
        return quick_plan(self.root, *groups, protected=protected)

    def apply(
        self,
        plan: Plan,
        options: ApplyOptions | None = None,
        acts: FileActs | None = None,
        control: JobControl | None = None,
    ) -> BatchReport:
        """Apply a plan."""
        tools = self.tools if acts is None else replace(self.tools, acts=acts)
        return apply_plan(plan, self.library, control or JobControl(), options, tools)

    def undo(self, batch: str | None = None) -> BatchReport:
        """Take a batch back, the last by default."""
        return undo_batch(self.library, batch, JobControl())

    def held(self, name: str, batch: str) -> Path:
        """Where a file of the scanned folder is held."""
        return self.root / ".photodedup-holding" / batch / name


def obstacles(report: BatchReport) -> dict[str, Obstacle]:
    """What was left alone, by file name, and why."""
    return {left.path.name: left.obstacle for left in report.left}
