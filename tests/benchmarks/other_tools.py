"""How fast other finders of duplicates are on the same photos, in the same run.

    python tests/benchmarks/other_tools.py FOLDER [--count 150] [--imagededup PYTHON]
        [--difpy PYTHON] [--fastdup PYTHON]

Those of PyPI each in an environment of its own, whose interpreter is named:

    python3 -m venv dedup-env && dedup-env/bin/pip install imagededup
    python3 -m venv difpy-env && difpy-env/bin/pip install difPy
    python3 -m venv fastdup-env && fastdup-env/bin/pip install fastdup

dupeGuru and findimagedupes are the Debian packages of these names; what is not there is left out.
Of imagededup only the hashing is called, so neither torch nor torchvision has to be installed:
`pip install --no-deps imagededup`, then numpy pillow tqdm PyWavelets scipy scikit-learn matplotlib.

Each tool runs as its own users would have it: its defaults, all cores, an empty cache, and the
files in the system's cache. What each does:

    photodedup      reads, embeds, keeps previews, verifies on the pixels, forms groups
    imagededup      encodes with PHash; compares nothing
    difPy           builds, then searches for similar photos
    fastdup         the whole run
    dupeGuru        the scanner of its picture mode, photos of any size, without its window
    findimagedupes  fingerprints and compares

A tool's seconds are those of its work without interpreter and imports, which it prints itself;
findimagedupes, a script, is taken whole. photodedup runs before and after the others, each time
with an empty data folder, and the slower one counts; its second scan follows the last.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))  # a script's own folder is on the path, the checkout is not

from tests.benchmarks.known_library import photos_in  # noqa: E402
from tests.benchmarks.throughput import processor, run_timed  # noqa: E402

LONGEST_S = 3600

# Each is run as `python -c CODE PHOTOS WORK` and prints its own seconds in its last line.
IMAGEDEDUP = """
import json, sys, time, types
for module, name in (("methods.cnn", "CNN"), ("utils.models", "CustomModel")):  # they need torch
    left_out = types.ModuleType("imagededup." + module)
    setattr(left_out, name, None)
    sys.modules[left_out.__name__] = left_out
from imagededup.methods import PHash
started_s = time.perf_counter()
found = PHash(verbose=False).encode_images(image_dir=sys.argv[1])
print("\\n" + json.dumps({"photos": len(found), "seconds": time.perf_counter() - started_s}))
"""
DIFPY = """
import json, sys, time
import difPy
started_s = time.perf_counter()
built = difPy.build(sys.argv[1], show_progress=False)
difPy.search(built, similarity="similar", show_progress=False)
read = built.stats["total_files"] - built.stats["invalid_files"]["count"]
print("\\n" + json.dumps({"photos": read, "seconds": time.perf_counter() - started_s}))
"""
FASTDUP = """
import json, sys, time
import fastdup
started_s = time.perf_counter()
run = fastdup.create(work_dir=sys.argv[2], input_dir=sys.argv[1])
run.run()
seconds = time.perf_counter() - started_s
read = int(run.annotations()["is_valid"].sum())
print("\\n" + json.dumps({"photos": read, "seconds": seconds}))
"""
DUPEGURU = """
import json, os, sys, time
from pathlib import Path
sys.path.insert(0, os.environ["DUPEGURU"])
from core import fs
from core.pe.scanner import ScannerPE
from core.scanner import ScanType
from qt.pe.photo import File
started_s = time.perf_counter()
scanner = ScannerPE()
scanner.cache_path = sys.argv[2] + "/blocks.db"
scanner.scan_type = ScanType.FUZZYBLOCK
scanner.min_match_percentage, scanner.match_scaled = 95, True
files = fs.get_files(Path(sys.argv[1]), [File])
scanner.get_dupe_groups(files)
print("\\n" + json.dumps({"photos": len(files), "seconds": time.perf_counter() - started_s}))
"""
DUPEGURU_FOLDER = Path("/usr/share/dupeguru")
SYSTEM_PYTHON = Path("/usr/bin/python3")  # Debian's, which Debian's dupeGuru was built for


@dataclass(frozen=True, slots=True)
class Run:
    """One tool's work on the photos: its own seconds, and the whole process's."""

    tool: str
    photos: int
    work_s: float
    wall_s: float

    @property
    def per_second(self) -> float:
        """Photos per second of work."""
        return self.photos / self.work_s


def installed_tools(given: argparse.Namespace) -> dict[str, list[str]]:
    """The command of each tool that is there, without the photos' and the work folder's names."""
    named = (("imagededup", IMAGEDEDUP), ("difpy", DIFPY), ("fastdup", FASTDUP))
    asked = [(name, getattr(given, name), code) for name, code in named]
    tools = {name: [str(python), "-c", code] for name, python, code in asked if python}
    if DUPEGURU_FOLDER.exists():
        tools["dupeGuru"] = [str(SYSTEM_PYTHON), "-c", DUPEGURU]
    if (program := shutil.which("findimagedupes")) is not None:
        tools["findimagedupes"] = [program, "--recurse", "--"]
    return tools


def run_tool(name: str, command: Sequence[str], photos: Path, count: int) -> Run:
    """Run one tool on a folder of count photos.

    Raises SystemExit if it fails, or if it read fewer photos than there are.
    """
    with tempfile.TemporaryDirectory(prefix=f"photodedup-{name}-") as work:
        folders = [str(photos)] if name == "findimagedupes" else [str(photos), work]
        quiet = {"SENTRY_OPT_OUT": "1", "DUPEGURU": str(DUPEGURU_FOLDER)}  # no reports home
        started_s = time.perf_counter()
        ended = subprocess.run(
            [*command, *folders],
            cwd=work,
            env={**os.environ, **quiet},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LONGEST_S,
        )
        wall_s = time.perf_counter() - started_s
    if ended.returncode:
        raise SystemExit(f"{name} ended with {ended.returncode}:\n{ended.stderr[-2000:]}")
    if name == "findimagedupes":
        return Run(name, count, wall_s, wall_s)
    told = json.loads(ended.stdout.splitlines()[-1])
    if told["photos"] != count:
        raise SystemExit(f"{name} read {told['photos']} of {count} photos")
    return Run(name, count, told["seconds"], wall_s)


def gather(sources: Sequence[Path], folder: Path) -> int:
    """Put photos into one flat folder, warm in the system's cache; how many bytes they have."""
    size_bytes = 0
    for number, source in enumerate(sources):
        target = folder / f"{number:06}{source.suffix}"
        try:
            os.link(source, target)
        except OSError:  # another disk
            shutil.copyfile(source, target)
        size_bytes += len(target.read_bytes())
    return size_bytes


def scan_ours(photos: Path, data: Path, options: Sequence[str]) -> Run:
    """Scan with this program."""
    scan = run_timed(photos, data, options)
    return Run("photodedup", scan.counts["found"], scan.working_s, scan.wall_s)


def describe(ours: Sequence[Run], others: Sequence[Run]) -> str:
    """A table with how many times as long as our slower run each took."""
    slowest = max(ours, key=lambda run: run.work_s)
    lines = [f"{'':<16}{'photos/s':>9}{'work s':>9}{'whole s':>9}{'ours by it':>12}{'whole':>7}"]
    for run in (*ours, *others):
        times, whole = run.work_s / slowest.work_s, run.wall_s / slowest.wall_s
        figures = f"{run.per_second:9.1f}{run.work_s:9.1f}{run.wall_s:9.1f}"
        lines.append(f"{run.tool:<16}{figures}{times:12.2f}{whole:7.2f}")
    return "\n".join(lines)


def measure(photos: Path, count: int, given: argparse.Namespace) -> dict[str, object]:
    """Run everything on these photos, print a table, give the figures."""
    with tempfile.TemporaryDirectory(prefix="photodedup-ours-") as work:
        before = scan_ours(photos, Path(work) / "before", given.options)
        others = [
            run_tool(name, command, photos, count)
            for name, command in installed_tools(given).items()
        ]
        after = scan_ours(photos, Path(work) / "after", given.options)
        again = scan_ours(photos, Path(work) / "after", given.options)
    print(describe([before, after], others))
    share = again.work_s / max(before.work_s, after.work_s)
    print(f"second scan by the first: {share:.3f} ({again.work_s:.2f} s)")
    runs = [asdict(run) for run in (before, after, *others)]
    return {"photos": count, "runs": runs, "second": asdict(again)}


def read_arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="the photos, sub-folders included")
    parser.add_argument("--count", type=int, help="take only so many; default: all")
    for name in ("imagededup", "difpy", "fastdup"):
        parser.add_argument(
            f"--{name}", type=Path, metavar="PYTHON", help="the interpreter that has it"
        )
    parser.add_argument("--options", nargs="*", default=[], help="for photodedup scan")
    parser.add_argument("--work", type=Path, help="where to link the photos; default: temporary")
    parser.add_argument("--json", type=Path, help="write the figures")
    given = parser.parse_args(argv)
    for name in ("imagededup", "difpy", "fastdup"):
        if (python := getattr(given, name)) is not None:  # not resolved: its link tells the venv
            setattr(given, name, python.absolute())
    return given


def main() -> None:
    """Link the photos into one folder, run every tool, print the table."""
    given = read_arguments()
    sources = photos_in(given.folder)[: given.count]
    with tempfile.TemporaryDirectory(prefix="photodedup-photos-", dir=given.work) as temporary:
        photos = Path(temporary)
        size_bytes = gather(sources, photos)
        print(f"{len(sources)} photos, {size_bytes / 1e6 / len(sources):.2f} MB each")
        print(f"{processor()}, {os.cpu_count()} cores")
        figures = measure(photos, len(sources), given)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1), "utf-8")


if __name__ == "__main__":
    main()
