"""What each choice is worth: python -m training.ablate --data FOLDER --out DIR --photos P --edits E

Trains the named variants one after another, from the same start and with the same budget, measures
each on photos that training never saw, and writes ablations.csv and ablations.png to --out. A
variant that already has a line there is not trained again. All other flags are those of
training.train, for every variant: give the budget by --epochs where the machine does other work
too, by --minutes where it is idle.
"""

import argparse
import csv
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from training.config import Config, parse
from training.data import find_photos
from training.evaluate import (
    CopySet,
    class_figures,
    copy_figures,
    crop_figures,
    load_edits,
    make_copies,
)
from training.inference import load_model
from training.plots import save
from training.run import load_checkpoint, say
from training.train import train

Row = dict[str, str | float]

MARGINS = (0.1, 0.2, 0.5, 1.0)
VARIANTS: MappingProxyType[str, dict[str, Any]] = MappingProxyType(
    {f"margin-{margin}": {"margin": margin} for margin in MARGINS}
    | {
        "as-configured": {},
        "l2-margin-1": {"distance": "l2", "margin": 1.0},
        "random-mining": {"mining": "random"},
        "semi-hard-mining": {"mining": "semi-hard"},
        "no-triplet": {"triplet_weight": 0.0},
        "no-contrastive": {"contrastive_weight": 0.0},
        "no-koleo": {"spread_weight": 0.0},
        "no-look-alikes": {"hard_share": 0.0},
        "class-labels": {"positives": "folders"},
    }
)
COPY_FIGURES = ("recall_at_1", "tpr_at_0.001", "tpr_at_0.0001", "tpr_at_1e-05", "fpr_at_0.95")


@dataclasses.dataclass(frozen=True, slots=True)
class Measure:
    """The photos that every variant is measured on; crops and classes only where given."""

    copies: CopySet
    crops: tuple[Path, Path] | None = None
    classes: Path | None = None

    def figures(self, model: Path) -> Row:
        """Of a checkpoint or ONNX file, by name."""
        embed = load_model(model)
        copies = copy_figures(self.copies, embed)
        row: Row = {name: copies[name] for name in COPY_FIGURES if name in copies}
        if self.crops is not None:
            for name, value in crop_figures(*self.crops, embed).items():
                row[f"crops_{name}"] = value
        if self.classes is not None:
            row["classes_precision_at_5"] = class_figures(self.classes, embed)["precision_at_5"]
        return row


def run_variant(name: str, base: Config, measure: Measure) -> Row:
    """Train one variant in its own folder of base.out and measure it."""
    out = Path(base.out) / name
    config = dataclasses.replace(base, out=str(out), **VARIANTS[name])
    train(config)
    state = load_checkpoint(out / "checkpoint.pt")
    spent: Row = {"variant": name, "steps": state["step"], "minutes": state["seconds"] / 60.0}
    return spent | measure.figures(out / "checkpoint.pt")


def read_rows(table: Path) -> list[Row]:
    """The lines of an ablations.csv with numbers as numbers; none if there is no such file."""
    if not table.exists():
        return []
    with table.open(newline="", encoding="utf-8") as stream:
        return [
            {key: value if key == "variant" else float(value) for key, value in row.items()}
            for row in csv.DictReader(stream)
        ]


def write_rows(table: Path, rows: Sequence[Row]) -> None:
    """All lines, anew; all have the same columns."""
    with table.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        for row in rows:
            writer.writerow(
                {key: v if isinstance(v, str) else f"{v:.8g}" for key, v in row.items()}
            )


def picture(rows: Sequence[Row]) -> Figure:
    """Left: the margin against recall and false positives; right: every variant's recall."""
    figure = Figure(figsize=(12, 5), layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw_margins(left, rows)
    places = range(len(rows))
    columns = ("recall_at_1", "tpr_at_0.001")
    shown = [name for name in columns if all(name in row for row in rows)]
    for number, name in enumerate(shown):
        right.barh(
            [place + 0.4 * number for place in places],
            [float(row[name]) for row in rows],
            height=0.38,
            label=name.replace("_", " "),
        )
    right.set_yticks([place + 0.2 for place in places], [str(row["variant"]) for row in rows])
    right.invert_yaxis()
    right.set_xlabel("share, mean over the edits")
    right.set_ylabel("variant")
    right.legend(loc="lower left")
    return figure


def _draw_margins(axes: Axes, rows: Sequence[Row]) -> None:
    by_margin = sorted(
        (float(str(row["variant"]).removeprefix("margin-")), row)
        for row in rows
        if str(row["variant"]).startswith("margin-")
    )
    margins = [margin for margin, _ in by_margin]
    recall = [float(row["recall_at_1"]) for _, row in by_margin]
    false = [float(row["fpr_at_0.95"]) for _, row in by_margin]
    axes.plot(margins, recall, marker="o", color="tab:blue")
    axes.set_xlabel("margin of the triplet loss")
    axes.set_ylabel("recall@1", color="tab:blue")
    beside = axes.twinx()
    beside.plot(margins, false, marker="s", color="tab:red")
    beside.set_ylabel("false-positive rate where 95 % of the copies are found", color="tab:red")
    if min(false, default=0.0) > 0.0:
        beside.set_yscale("log")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m training.ablate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--photos", type=Path, required=True, help="folder of distinct photos")
    parser.add_argument("--edits", type=Path, required=True, help="Python file with EDITS")
    parser.add_argument("--edited", type=int, default=100, help="how many photos get copies")
    parser.add_argument("--crops", type=Path, nargs=2, metavar=("ORIGINALS", "CROPS"))
    parser.add_argument("--classes", type=Path, help="a folder per class, for search by example")
    parser.add_argument(
        "--variants", nargs="+", choices=list(VARIANTS), default=list(VARIANTS), metavar="NAME",
        help=f"default: all of {', '.join(VARIANTS)}",
    )  # fmt: skip
    given, rest = parser.parse_known_args(arguments)
    base, _ = parse(rest)
    copies = make_copies(find_photos(given.photos), given.edited, load_edits(given.edits), seed=1)
    measure = Measure(copies, tuple(given.crops) if given.crops else None, given.classes)
    out = Path(base.out)
    out.mkdir(parents=True, exist_ok=True)
    rows = read_rows(out / "ablations.csv")
    for name in given.variants:
        if any(row["variant"] == name for row in rows):
            continue
        say(f"variant {name}")
        rows.append(run_variant(name, base, measure))
        write_rows(out / "ablations.csv", rows)
        say("  ".join(f"{key} {value}" for key, value in rows[-1].items()))
    save(picture(rows), out / "ablations.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
