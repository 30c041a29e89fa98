"""How many edited copies a scan finds, and how many photos it takes for copies that are none.

    python tests/benchmarks/accuracy.py ORIGINALS [--edited 100] [--distractors FOLDER ...]
        [--crops-of FOLDER CROPS] [--preset balanced] [--keep WORKDIR] [--json FILE]
        [--pictures FOLDER]

From a folder of distinct photos it builds a library on disk with known duplicates, runs the
program's own command line on it, and compares the groups with the truth.

    recall          of an edit: the share of its copies in one group with their original
    pair precision  the share of all pairs within groups that show one original
    wrong photo     a photo whose group keeps another original: it is offered for discarding
                    though nothing else shows it
    kept original   a group's keeper is the original, not one of its edited copies
    relations       what the original and the copy are called where one of them is the keeper
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))  # a script's own folder is on the path, the checkout is not

from tests.benchmarks.contact_sheet import write_pages  # noqa: E402
from tests.benchmarks.known_library import Known, Recipe, build_library, by_path  # noqa: E402

Json = dict[str, Any]


@dataclass(slots=True)
class EditFigures:
    """One edit's copies: in a group with their original, in similar with it, in neither."""

    copies: int = 0
    found: int = 0
    similar: int = 0
    relations: Counter[str] = field(default_factory=Counter)

    @property
    def recall(self) -> float:
        """Found of all, 0 to 1."""
        return self.found / self.copies


@dataclass(frozen=True, slots=True)
class WrongPhoto:
    """A photo whose group keeps another original; paths are the library's."""

    path: str
    keeper: str
    part: str
    relation: str
    similarity: float
    probability: float
    preselected: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """What the benchmark prints. Cut-outs are counted in edits as "cut_out"."""

    photos: int
    edits: dict[str, EditFigures]
    pairs: int
    right_pairs: int
    keepers: Counter[str]  # "original", or the keeper's edit
    wrong: list[WrongPhoto]
    missed: list[Known]

    @property
    def mean_recall(self) -> float:
        """Of the edits, each counting the same; ready-made cut-outs are left out."""
        recalls = [edit.recall for name, edit in self.edits.items() if name != "cut_out"]
        return sum(recalls) / len(recalls) if recalls else 0.0

    @property
    def pair_precision(self) -> float:
        """1.0 where nothing was grouped."""
        return self.right_pairs / self.pairs if self.pairs else 1.0

    @property
    def wrong_per_1000(self) -> float:
        """Wrong photos for 1,000 photos of the library."""
        return 1000 * len(self.wrong) / self.photos


def measure(photos: Sequence[Known], scan: Json, library: Path) -> Figures:
    """Compare a scan's JSON with the truth."""
    known = by_path(photos)
    groups = [_members(group, library) for group in scan["groups"]]
    keepers = [_relative(group["keeper"], library) for group in scan["groups"]]
    similar = [_members(group, library) for group in scan["similar"]]
    pairs = right_pairs = 0
    for members in groups:
        for a, b in combinations(members, 2):
            pairs += 1
            right_pairs += known[a].source == known[b].source
    edits, missed = _per_edit(photos, groups, similar)
    wrong = [
        wrong
        for keeper, members in zip(keepers, groups, strict=True)
        for wrong in _wrong_photos(keeper, members, known)
    ]
    kept = Counter(known[keeper].edit or "original" for keeper in keepers)
    return Figures(len(photos), edits, pairs, right_pairs, kept, wrong, missed)


def _relative(path: str, library: Path) -> str:
    return Path(path).relative_to(library).as_posix()


def _members(group: Json, library: Path) -> dict[str, Json]:
    return {_relative(photo["path"], library): photo for photo in group["photos"]}


def _per_edit(
    photos: Sequence[Known], groups: Sequence[dict[str, Json]], similar: Sequence[dict[str, Json]]
) -> tuple[dict[str, EditFigures], list[Known]]:
    """The figures of every edit, and the copies that are in no group with their original."""
    group_of = {path: members for members in groups for path in members}
    together = {(a, b) for members in similar for a in members for b in members}
    edits: dict[str, EditFigures] = defaultdict(EditFigures)
    missed = []
    for photo in photos:
        if photo.edit is None:
            continue
        figures = edits[photo.edit]
        figures.copies += 1
        members = group_of.get(photo.path, {})
        if photo.source in members:
            figures.found += 1
            both = {members[photo.path]["relation"], members[photo.source]["relation"]}
            if None in both:  # the keeper has no relation, all others have theirs to it
                figures.relations.update(both - {None})
        else:
            missed.append(photo)
            figures.similar += (photo.source, photo.path) in together
    return dict(edits), missed


def _wrong_photos(
    keeper: str, members: Mapping[str, Json], known: Mapping[str, Known]
) -> list[WrongPhoto]:
    return [
        WrongPhoto(
            path,
            keeper,
            known[path].part,
            photo["relation"],
            photo["similarity"],
            photo["probability"],
            photo["preselected"],
        )
        for path, photo in members.items()
        if known[path].source != known[keeper].source
    ]


def run_scan(folders: Sequence[Path], data: Path, options: Sequence[str]) -> Json:
    """Run the program's own scan with its data folder in data; returns its JSON.

    Raises SystemExit if the program does not end with 0 or 1 (problems listed).
    """
    written = data.with_suffix(".json")
    command = [sys.executable, "-m", "photodedup", "scan", *map(str, folders)]
    command += ["--json", str(written), "--data-dir", str(data), *options]
    ended = subprocess.run(command, cwd=CHECKOUT, stdout=subprocess.DEVNULL)
    if ended.returncode not in (0, 1) or not written.exists():  # a broken start ends with 1 too
        raise SystemExit(f"the scan ended with {ended.returncode}: {' '.join(command)}")
    result: Json = json.loads(written.read_text("utf-8"))
    return result


def describe(figures: Figures, scan: Json) -> str:
    """The table that is printed."""
    lines = [f"{'edit':<14}{'recall':>8}{'copies':>8}{'similar':>9}  relations"]
    for name, edit in figures.edits.items():
        relations = ", ".join(f"{kind} {n}" for kind, n in edit.relations.most_common())
        lines.append(f"{name:<14}{edit.recall:8.3f}{edit.copies:8}{edit.similar:9}  {relations}")
    wrong = figures.wrong
    preselected = sum(photo.preselected for photo in wrong)
    of_originals = sum(photo.part == "originals" for photo in wrong)
    parts = Counter(photo.part for photo in wrong)
    seconds, counts = scan["seconds"], scan["counts"]
    lines += [
        "",
        f"mean recall           {figures.mean_recall:.4f}",
        f"pair precision        {figures.pair_precision:.6f} of {figures.pairs} pairs",
        f"wrong photos          {len(wrong)} of {figures.photos}: "
        f"{figures.wrong_per_1000:.2f} per 1,000, {preselected} of them preselected",
        f"  among the originals {of_originals or 'none'}",
        *(f"  in {part:<17}{n}" for part, n in sorted(parts.items()) if part != "originals"),
        "keepers               " + ", ".join(f"{k} {n}" for k, n in figures.keepers.most_common()),
        f"photos                {counts['found']} found, {counts['skipped']} skipped, "
        f"{len(scan['problems'])} problems",
        f"model, device         {scan['model']}, {scan['device']}",
        "seconds               " + ", ".join(f"{k} {v:.1f}" for k, v in seconds.items()),
    ]
    return "\n".join(lines)


def as_json(figures: Figures, scan: Json) -> Json:
    """The same figures for a program to read."""
    edits = {
        name: {**asdict(edit), "relations": dict(edit.relations), "recall": edit.recall}
        for name, edit in figures.edits.items()
    }
    return {
        "mean_recall": figures.mean_recall,
        "pair_precision": figures.pair_precision,
        "wrong_per_1000": figures.wrong_per_1000,
        "photos": figures.photos,
        "keepers": dict(figures.keepers),
        "edits": edits,
        "wrong": [asdict(photo) for photo in figures.wrong],
        "missed": [asdict(photo) for photo in figures.missed],
        "scan": {key: scan[key] for key in ("seconds", "counts", "model", "device")},
    }


def draw(figures: Figures, library: Path, folder: Path) -> None:
    """Write pages of the wrong photos beside the kept ones, and of misses beside originals."""
    wrong = [
        (
            library / photo.keeper,
            library / photo.path,
            f"{photo.relation}  cosine {photo.similarity:.3f}  p {photo.probability:.3f}\n"
            f"{photo.keeper} | {photo.path}",
        )
        for photo in figures.wrong
    ]
    missed = [
        (library / photo.source, library / photo.path, f"{photo.edit}\n{photo.source}")
        for photo in figures.missed
    ]
    for name, pairs in (("wrong", wrong), ("missed", missed)):
        for page in write_pages(pairs, folder, name):
            print(page)


def read_arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("originals", type=Path, help="folder of distinct photos")
    parser.add_argument("--edited", type=int, default=100, help="originals that get all edits")
    parser.add_argument(
        "--distractors",
        type=Path,
        nargs="+",
        default=[],
        metavar="FOLDER",
        help="folders of photos that are copies of nothing, look as they may: every group is wrong",
    )
    parser.add_argument(
        "--crops-of",
        type=Path,
        nargs=2,
        action="append",
        default=[],
        metavar=("FOLDER", "CROPS"),
        help="a folder, and a second one: its files are cut out of the first's of the same name",
    )
    parser.add_argument("--preset", default="balanced", help="the scan's; default: balanced")
    parser.add_argument("--model", type=Path, help="the network to use instead of the built-in one")
    parser.add_argument("--device", default="auto", help="the scan's; default: auto")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="WORKDIR",
        help="build the library here and keep it: the next run with the same options takes it",
    )
    parser.add_argument("--json", type=Path, help="write the figures, wrong photos and misses")
    parser.add_argument(
        "--pictures", type=Path, metavar="FOLDER", help="draw wrong photos and misses"
    )
    return parser.parse_args(argv)


def main() -> None:
    """Build, scan, compare, print."""
    given = read_arguments()
    cut_outs = tuple((whole, cut) for whole, cut in given.crops_of)
    recipe = Recipe(given.originals, given.edited, tuple(given.distractors), cut_outs)
    options = ["--preset", given.preset, "--device", given.device]
    options += ["--model", str(given.model.resolve())] if given.model else []
    with tempfile.TemporaryDirectory(prefix="photodedup-accuracy-") as temporary:
        work = (given.keep or Path(temporary)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        photos, library = build_library(recipe, work), work / "library"
        scan = run_scan([library], Path(temporary) / "data", options)
        figures = measure(photos, scan, library)
        print(describe(figures, scan))
        if given.json:
            given.json.write_text(json.dumps(as_json(figures, scan), indent=1), "utf-8")
        if given.pictures:
            draw(figures, library, given.pictures)


if __name__ == "__main__":
    main()
