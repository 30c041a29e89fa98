"""The ablation command trains its variants alike, measures them, and goes on where it stopped."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.training.made_photos import made_folder
from training import ablate
from training.config import Config
from training.run import load_checkpoint

EDITS = """
from PIL import ImageOps

EDITS = {"mirrored": lambda photo, rng: ImageOps.mirror(photo)}
"""


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """Two steps of a tiny network on made photos."""
    made_folder(tmp_path / "photos", 24)
    made_folder(tmp_path / "unseen", 20, first_seed=700)
    for number in range(2):
        made_folder(tmp_path / "classes" / str(number), 6, first_seed=800 + 10 * number)
    (tmp_path / "edits.py").write_text(EDITS, encoding="utf-8")
    flags = {
        "data": tmp_path / "photos", "out": tmp_path / "out", "photos": tmp_path / "unseen",
        "edits": tmp_path / "edits.py", "classes": tmp_path / "classes", "edited": 20, "size": 48,
        "warm-size": 48, "stored-side": 64, "photos-per-batch": 12, "dimension": 16, "threads": 1,
        "validation-photos": 6, "epochs": 1, "hard-share": 0.0,
    }  # fmt: skip
    return [word for name, value in flags.items() for word in (f"--{name}", str(value))]


def test_variants_are_trained_measured_and_drawn(command: list[str], tmp_path: Path) -> None:
    names = ["margin-0.1", "margin-1.0", "class-labels"]
    assert ablate.main([*command, "--variants", *names]) == 0
    rows = ablate.read_rows(tmp_path / "out" / "ablations.csv")
    assert [row["variant"] for row in rows] == names
    steps = {row["steps"] for row in rows}
    assert len(steps) == 1, "the same budget"
    for row in rows:
        for figure in ("recall_at_1", "fpr_at_0.95", "classes_precision_at_5"):
            assert 0.0 <= float(row[figure]) <= 1.0
    settings = [
        load_checkpoint(tmp_path / "out" / name / "checkpoint.pt")["config"] for name in names
    ]
    assert [setting["margin"] for setting in settings] == [0.1, 1.0, 0.2]
    assert [setting["positives"] for setting in settings] == ["edits", "edits", "folders"]
    with Image.open(tmp_path / "out" / "ablations.png") as drawn:
        assert np.asarray(drawn.convert("L")).std() > 5, "not blank"


def test_what_was_measured_is_not_trained_again(command: list[str], tmp_path: Path) -> None:
    table = tmp_path / "out" / "ablations.csv"
    assert ablate.main([*command, "--variants", "no-koleo"]) == 0
    first = table.read_text(encoding="utf-8")
    written = (tmp_path / "out" / "no-koleo" / "checkpoint.pt").stat().st_mtime_ns
    assert ablate.main([*command, "--variants", "no-koleo", "no-triplet"]) == 0
    assert table.read_text(encoding="utf-8").startswith(first)
    assert [row["variant"] for row in ablate.read_rows(table)] == ["no-koleo", "no-triplet"]
    assert (tmp_path / "out" / "no-koleo" / "checkpoint.pt").stat().st_mtime_ns == written


def test_the_picture_puts_the_margins_in_order() -> None:
    rows: list[ablate.Row] = [
        {"variant": name, "recall_at_1": recall, "fpr_at_0.95": 1e-3}
        for name, recall in (("margin-1.0", 0.6), ("no-koleo", 0.5), ("margin-0.1", 0.7))
    ]
    margins = ablate.picture(rows).axes[0].lines[0]
    assert np.asarray(margins.get_xdata()).tolist() == [0.1, 1.0]
    assert np.asarray(margins.get_ydata()).tolist() == [0.7, 0.6]


def test_every_variant_is_a_configuration() -> None:
    base = Config(contrastive_weight=1.0)
    for name, changes in ablate.VARIANTS.items():
        changed = dataclasses.replace(base, **changes)
        assert (changed != base) == (name not in ("as-configured", "margin-0.2")), name
