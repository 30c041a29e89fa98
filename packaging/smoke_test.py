#!/usr/bin/env python3
"""Try an installed program: doctor, and a scan of generated photos.

    python3 packaging/smoke_test.py PROGRAM

PROGRAM is the console program, wherever it was installed. The photos are painted by the
environment that build_package.py made. Ends with 1, and says why, if anything is wrong.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
VENV = CHECKOUT / "build" / "package" / "venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
PAINT = "import sys; from pathlib import Path; from photodedup.core.sample import "
PAINT += "make_sample_library as make; make(Path(sys.argv[1]))"
EXPECTED_GROUPS = 15  # of 18: a few may fall to another build's rounding


def problems_of(scan: dict[str, object]) -> list[str]:
    """What is wrong with the JSON that scanning the sample library gave; empty if nothing."""
    groups, problems = scan["groups"], scan["problems"]
    assert isinstance(groups, list)
    found = []
    if not scan["complete"]:
        found.append("the scan was not complete")
    if len(groups) < EXPECTED_GROUPS:
        found.append(f"only {len(groups)} groups of duplicates were found")
    if problems:
        found.append(f"photos could not be read: {problems}")
    return found


def main(program: Path) -> int:
    """Run both; 0 if all is well."""
    with tempfile.TemporaryDirectory() as work:
        photos, answer = Path(work) / "photos", Path(work) / "scan.json"
        subprocess.run([str(PYTHON), "-c", PAINT, str(photos)], check=True, cwd=work)
        own = [str(program), "--data-dir", str(Path(work) / "data")]
        for command in (["doctor"], ["scan", str(photos), "--json", str(answer)]):
            if subprocess.run([*own, *command], cwd=work).returncode != 0:
                print(f"Failed: photodedup {command[0]}", file=sys.stderr)
                return 1
        found = problems_of(json.loads(answer.read_text("utf-8")))
    for problem in found:
        print(f"Failed: {problem}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
