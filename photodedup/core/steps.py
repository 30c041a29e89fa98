"""Which steps an act takes for the files of one shot, and the doing of them."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from photodedup.core.acts import FileActs
from photodedup.core.holding import Holding
from photodedup.core.journal import Step, StepKind
from photodedup.core.obstacles import CheckFailed, Obstacle
from photodedup.core.readying import Unit, same_volume
from photodedup.core.recheck import FileRecord, fingerprint
from photodedup.core.reversal import partial_path


def steps_of_discard(unit: Unit, holding: Holding, batch: str) -> tuple[Step, ...]:
    """Every file of the shot goes into the holding folder, its tree kept. Raises CheckFailed."""
    return tuple(
        _to_holding(record, holding, batch) for part in unit for record in part.discard.files
    )


def steps_of_hard_link(unit: Unit, holding: Holding, batch: str) -> tuple[Step, ...]:
    """The photo goes into the holding folder, and its name becomes one of the keeper's.

    Companions stay with the name. Raises CheckFailed unless both hold the same bytes on one volume.
    """
    steps = []
    for part in unit:
        record, keeper = part.discard.file, part.group.keeper
        if record.sha256 != keeper.sha256:
            raise CheckFailed(Obstacle.NOT_IDENTICAL, "only identical files can be linked")
        if not same_volume(keeper.path, record.path.parent):
            raise CheckFailed(Obstacle.OTHER_VOLUME, "its keeper lies on another volume")
        steps.append(_to_holding(record, holding, batch))
        steps.append(
            Step(
                StepKind.LINK,
                keeper.path,
                record.path,
                keeper.size_bytes,
                keeper.mtime_ns,
                keeper.sha256,
            )
        )
    return tuple(steps)


def steps_of_move(
    unit: Unit, holding: Holding, batch: str, folders: Sequence[Path], destination: Path
) -> tuple[Step, ...]:
    """Every file of the shot goes to a chosen folder, its tree kept.

    To another volume it is copied, and the source then goes into the holding folder. Raises
    CheckFailed where a file of that name is already there.
    """
    steps = []
    for record in (record for part in unit for record in part.discard.files):
        target = destination / _tree_place(record.path, folders)
        if os.path.lexists(target):
            raise CheckFailed(Obstacle.OCCUPIED, f"{target} already exists")
        if same_volume(record.path, target.parent):
            steps.append(_step(StepKind.MOVE, record, target))
        else:
            steps.append(_step(StepKind.COPY, record, target))
            steps.append(_to_holding(record, holding, batch))
    return tuple(steps)


def carry_out(steps: Sequence[Step], contents: Mapping[Path, bytes], acts: FileActs) -> None:
    """Do steps in order. contents: the bytes to write, by target. Raises OSError, CheckFailed."""
    for step in steps:
        acts.make_folders(step.target.parent)
        if step.kind is StepKind.MOVE:
            acts.rename(step.source, step.target)
        elif step.kind is StepKind.LINK:
            acts.link(step.source, step.target)
        else:
            _make_file(step, contents.get(step.target), acts)


def _make_file(step: Step, data: bytes | None, acts: FileActs) -> None:
    """Make a file under another name, compare what arrived, then give it its name."""
    partial = partial_path(step.target)
    if data is None:
        acts.copy_new(step.source, partial)
        if fingerprint(partial).record.sha256 != step.sha256:
            raise CheckFailed(Obstacle.CHANGED, "it arrived with other bytes than it left")
    else:
        acts.write_new(partial, data)
    acts.rename(partial, step.target)
    acts.sync_folder(step.target.parent)


def _to_holding(record: FileRecord, holding: Holding, batch: str) -> Step:
    target = holding.folder / batch / record.path.relative_to(holding.root)
    if os.path.lexists(target):
        raise CheckFailed(Obstacle.OCCUPIED, f"{target} already exists")
    return _step(StepKind.MOVE, record, target)


def _step(kind: StepKind, record: FileRecord, target: Path) -> Step:
    return Step(kind, record.path, target, record.size_bytes, record.mtime_ns, record.sha256)


def _tree_place(path: Path, folders: Sequence[Path]) -> Path:
    """Where a file lies below its scanned folder, under that folder's name if there are several."""
    root = min((f for f in folders if f in path.parents), key=lambda folder: len(folder.parts))
    below = path.relative_to(root)
    return below if len(folders) == 1 else Path(root.name) / below
