"""Collect the licences of everything that a package brings along.

    python packaging/licences.py FOLDER [--collected COLLECT-00.toc]

Runs in the environment that the package is built from. Writes FOLDER/THIRD-PARTY.txt, a list with
the terms that decide for the whole, and one folder for each part with its texts. Without
--collected, PyInstaller's list of what went in, all that photodedup depends on is taken. Ends with
2 if a part has no licence at all, so that none gets in unseen.
"""

from __future__ import annotations

import argparse
import ast
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path

PACKAGING = Path(__file__).resolve().parent
TEXTS = PACKAGING / "licence-texts"
LICENCE_FILE = re.compile(r"(?i)(licen[cs]e|copying|notice|authors|thirdparty|third-party)")
TEXT_SUFFIXES = ("", ".txt", ".md", ".rst", ".apache", ".bsd", ".libraw")
DEBIAN_DOCUMENTS = Path("/usr/share/doc")

# Whose wheels carry no text of their licence, and which of TEXTS it is.
WITHOUT_TEXT = {
    "pyside6-essentials": ("LGPL-3.0", "GPL-3.0"),
    "shiboken6": ("LGPL-3.0", "GPL-3.0"),
    "pillow-heif": ("GPL-2.0", "GPL-3.0", "LGPL-3.0"),  # those of the codecs in it
    "opencv-python-headless": (),
    "annoy": ("Apache-2.0",),
    "flatbuffers": ("Apache-2.0",),
}
APACHE = PACKAGING.parent / "LICENSE"
PYPROJECT = PACKAGING.parent / "pyproject.toml"

HEAD = """\
What photodedup brings along, and under which terms

photodedup's own code is under the Apache License 2.0. The parts below have terms of their own;
their texts are in the folders beside this file. For whoever passes the package on, these decide:

- pillow-heif's wheels contain x265 (GPL-2.0-or-later), libheif and libde265 (LGPL-3.0-or-later).
  Together with code under the Apache License 2.0, which GPL 2 does not allow and GPL 3 does,
  the package as a whole may be passed on under the terms of the GPL, version 3. Where that is not
  wanted, build it without pillow-heif: HEIC and HEIF photos are then listed as not readable.
- Qt and PySide6 are used under the LGPL 3.0: they are libraries of their own in this package,
  unchanged, and may be replaced by others of the same interface.
- OpenCV's wheels contain parts of FFmpeg (LGPL-2.1-or-later), which are not used.
- The network's weights (photodedup/resources/models/*.onnx) are data with terms of their own,
  for non-commercial use: see LICENSE-weights beside them. For other use there is another network
  in that folder, photodedup-permissive: give it with --model, and take the first one away.

The sources of the parts under GPL and LGPL, unchanged and in these versions, are at:

- x265: https://bitbucket.org/multicoreware/x265_git; libheif, libde265:
  https://github.com/strukturag; the versions are named in pillow-heif's texts
- Qt: https://download.qt.io/official_releases/qt/; PySide6:
  https://code.qt.io/cgit/pyside/pyside-setup.git; their versions are those of PySide6-Essentials
- FFmpeg: https://ffmpeg.org/releases, as named in OpenCV's texts

This is a list made by a script, not legal advice.

"""


@dataclass(frozen=True, slots=True)
class Part:
    """Something that goes into the package. terms: a licence's name, as the part itself says it."""

    name: str
    version: str
    terms: str
    texts: tuple[Path, ...]


# --- Python packages


def required() -> dict[str, Distribution]:
    """All that pyproject.toml asks for, and what that needs here, by normalised name."""
    found: dict[str, Distribution] = {}
    project = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]
    waiting = [project_name(text) for text in project["dependencies"]]
    while waiting:
        key = normalised(waiting.pop())
        if key in found:
            continue
        try:
            found[key] = importlib.metadata.distribution(key)
        except importlib.metadata.PackageNotFoundError:
            continue  # of another system, or an extra
        for text in found[key].requires or []:
            if "extra ==" not in text.replace("'", '"'):
                waiting.append(project_name(text))
    return found


def project_name(requirement: str) -> str:
    """The name that a requirement starts with."""
    return re.split(r"[\s\[<>=!~;(]", requirement, maxsplit=1)[0]


def normalised(name: str) -> str:
    """A distribution's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def collected_distributions(sources: Iterable[str]) -> dict[str, Distribution]:
    """The distributions that at least one of these files belongs to."""
    owners = {}
    for distribution in importlib.metadata.distributions():
        for file in distribution.files or []:
            owners[os.path.normcase(os.path.abspath(str(distribution.locate_file(file))))] = (
                distribution
            )
    found = {}
    for source in sources:
        owner = owners.get(os.path.normcase(os.path.abspath(source)))
        if owner is not None:
            found[normalised(owner.metadata["Name"])] = owner
    return found


def part_of(key: str, distribution: Distribution) -> Part:
    """The licence of one distribution, with every text that its wheel carries."""
    files = [Path(str(distribution.locate_file(file))) for file in distribution.files or []]
    texts = [
        path
        for path in files
        if LICENCE_FILE.match(path.name) and path.suffix.lower() in TEXT_SUFFIXES and path.is_file()
    ]
    for name in WITHOUT_TEXT.get(key, ()):
        texts.append(APACHE if name == "Apache-2.0" else TEXTS / f"{name}.txt")
    return Part(
        distribution.metadata["Name"], distribution.version, terms_of(distribution), tuple(texts)
    )


def terms_of(distribution: Distribution) -> str:
    """What a distribution's metadata call its licence; "" if they do not say."""
    metadata = distribution.metadata
    for field in ("License-Expression", "License"):
        said = metadata[field].strip() if field in metadata else ""
        if said and said != "UNKNOWN":
            return said.splitlines()[0][:100]
    classifiers = metadata.get_all("Classifier") or []
    return "; ".join(text.split(" :: ")[-1] for text in classifiers if text.startswith("License"))


# --- what is no Python package


def python_part() -> Part:
    """Python itself; a distribution that left its text out has it from here."""
    places = (Path(sys.base_prefix), Path(os.__file__).parent)
    texts = [place / "LICENSE.txt" for place in places if (place / "LICENSE.txt").is_file()]
    version = ".".join(map(str, sys.version_info[:3]))
    return Part("Python", version, "PSF-2.0", tuple(texts[:1]) or (TEXTS / "PSF-2.0.txt",))


def debian_parts(sources: Iterable[str]) -> Iterator[Part]:
    """The Debian packages that libraries were taken from, with what Debian says of them."""
    if not shutil.which("dpkg-query"):
        return
    names: set[str] = set()
    for source in sources:
        for path in (source, os.path.realpath(source)):
            # /lib is a link to /usr/lib, and packages know a file by either name
            asked = [path, path.removeprefix("/usr")]
            answer = subprocess.run(
                ["dpkg-query", "--search", *asked], capture_output=True, text=True
            )
            names |= {line.split(":")[0] for line in answer.stdout.splitlines()}
    for name in sorted(names):
        version = subprocess.run(
            ["dpkg-query", "--show", "--showformat=${Version}\n", name],
            capture_output=True,
            text=True,
        ).stdout.split("\n")[0]
        text = DEBIAN_DOCUMENTS / name / "copyright"
        texts = (text,) if text.is_file() else ()
        yield Part(f"{name} (Debian)", version, "see its text", texts)


# --- the whole


def read_collected(toc: Path) -> list[str]:
    """The source files in PyInstaller's COLLECT list, and in its list of pure modules."""
    found = []
    for name in (toc, *sorted(toc.parent.glob("PYZ-*.toc"))):
        entries = ast.literal_eval(name.read_text("utf-8"))
        found += [source for entry in _triples(entries) for source in entry[1:2]]
    return [source for source in found if isinstance(source, str) and os.path.isabs(source)]


def _triples(value: object) -> Iterator[tuple[str, ...]]:
    """The (inside, source, kind) entries somewhere in a .toc file."""
    if isinstance(value, tuple) and len(value) == 3 and all(isinstance(v, str) for v in value):
        yield value
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from _triples(inner)


def gather(toc: Path | None) -> list[Part]:
    """Every part, by name."""
    if toc is None:
        distributions, system = required(), []
    else:
        sources = read_collected(toc)
        distributions = collected_distributions(sources)
        system = [source for source in sources if source.startswith(("/lib", "/usr/lib"))]
        pyinstaller = importlib.metadata.distribution("pyinstaller")
        distributions["pyinstaller"] = pyinstaller  # its loader starts the program
    distributions.pop("photodedup", None)
    parts = [part_of(key, distribution) for key, distribution in distributions.items()]
    parts += [python_part(), *debian_parts(system)]
    return sorted(parts, key=lambda part: part.name.lower())


def write(parts: list[Part], folder: Path) -> None:
    """Write the list and the texts; a folder that is there is replaced."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    lines = [f"{part.name} {part.version}: {part.terms}" for part in parts]
    (folder / "THIRD-PARTY.txt").write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    for part in parts:
        target = folder / part.name.split()[0]
        target.mkdir(exist_ok=True)
        for text in part.texts:
            name = (
                text.name
                if not (target / text.name).exists()
                else f"{text.parent.name}-{text.name}"
            )
            shutil.copyfile(text, target / name)


def main(arguments: list[str]) -> int:
    """Collect and write; the exit code."""
    parser = argparse.ArgumentParser(description="Collect the licences of what a package contains.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--collected", type=Path, metavar="COLLECT-00.toc")
    given = parser.parse_args(arguments)
    return finish(gather(given.collected), given.folder)


def finish(parts: list[Part], folder: Path) -> int:
    """Write what was gathered; 0, or 2 if a part has no text."""
    write(parts, folder)
    bare = [part.name for part in parts if not part.texts]
    if bare:
        print(f"No licence text was found for: {', '.join(bare)}", file=sys.stderr)
        return 2
    print(f"Licences of {len(parts)} parts: {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
