#!/usr/bin/env python3
"""Build what a user installs: one folder with everything in it, and the packages made of it.

    python3 packaging/build_package.py               for the processor
    python3 packaging/build_package.py --cuda        with ONNX Runtime's CUDA provider
    python3 packaging/build_package.py --quick       packed in seconds and larger, to be tried

Makes an environment of its own in build/package, runs PyInstaller in it, tries the result with
`photodedup doctor`, and writes to dist/: on Linux a .deb and a .tar.gz, on macOS a .dmg, on
Windows an installer. Prints the sizes, and the largest parts. Only the standard library is used
here; what it needs beside Python is in packaging/README.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from pathlib import Path

import linux_packages

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGING = CHECKOUT / "packaging"
BUILD = CHECKOUT / "build" / "package"
DIST = CHECKOUT / "dist"
CONSTRAINTS = PACKAGING / "constraints.txt"
IS_WINDOWS = os.name == "nt"

# Annoy's own default, less -march=native: the package runs on other processors than this one.
# x86-64-v2 (2009 on) is what NumPy's wheels ask for, too.
ANNOY_FLAGS = {
    "x86_64": ["-march=x86-64-v2"],
    "AMD64": [],
    "arm64": [],
    "aarch64": [],
}
ANNOY_COMMON = ["-D_CRT_SECURE_NO_WARNINGS", "-DANNOYLIB_MULTITHREADED_BUILD"]
ANNOY_GNU = ["-O3", "-ffast-math", "-fno-associative-math", "-fpermissive", "-std=c++14"]
LARGEST = 15


def version() -> str:
    """The program's version, from its source."""
    text = (CHECKOUT / "photodedup" / "__init__.py").read_text("utf-8")
    found = re.search(r'__version__ = "([^"]+)"', text)
    assert found is not None
    return found[1]


def annoy_flags(machine: str, windows: bool) -> str:
    """What ANNOY_COMPILER_ARGS is set to for a package that leaves this machine."""
    flags = [*ANNOY_COMMON, *ANNOY_FLAGS.get(machine, [])]
    return ",".join(flags if windows else [*flags, *ANNOY_GNU])


def requirements(cuda: bool) -> list[str]:
    """pyproject's dependencies, with one ONNX Runtime: the small one, or CUDA's."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    others = [text for text in project["dependencies"] if not text.startswith("onnxruntime")]
    return [*others, "onnxruntime-gpu" if cuda else "onnxruntime"]


# --- the environment


def make_environment(folder: Path, cuda: bool) -> Path:
    """A fresh environment with the program, its dependencies and PyInstaller; its Python."""
    run([sys.executable, "-m", "venv", "--clear", str(folder)])
    python = folder / ("Scripts/python.exe" if IS_WINDOWS else "bin/python")
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--quiet"]
    pinned = ["--constraint", str(CONSTRAINTS)]
    run([*pip, *pinned, "pip"])
    build = ["--build-constraint", str(CONSTRAINTS)]
    flags = annoy_flags(platform.machine(), IS_WINDOWS)
    # No cache: it may hold an Annoy that was compiled for this very processor.
    annoy = ["--no-cache-dir", "--no-binary", "annoy", "annoy"]
    run([*pip, *pinned, *build, *annoy], ANNOY_COMPILER_ARGS=flags)
    run([*pip, *pinned, "pyinstaller", *requirements(cuda)])
    run([*pip, *build, "--no-deps", str(CHECKOUT)])
    return python


def run(command: list[str], **environment: str) -> None:
    """Run a command to its end. Raises CalledProcessError if it fails."""
    print("+", " ".join(command), flush=True)
    # Not in the checkout: Python would find the program there, before the installed one.
    subprocess.run(command, check=True, cwd=BUILD, env={**os.environ, **environment})


# --- the folder


def build_folder(python: Path) -> Path:
    """Run PyInstaller; returns the folder with both programs (macOS: the .app)."""
    run([str(python), str(PACKAGING / "render_icons.py"), str(BUILD / "icons")])
    options = ["--noconfirm", "--log-level", "WARN", "--distpath", str(DIST)]
    options += ["--workpath", str(BUILD / "work")]
    run([str(python), "-m", "PyInstaller", *options, str(PACKAGING / "photodedup.spec")])
    if sys.platform.startswith("linux"):
        linux_packages.strip_python(DIST / "photodedup")
    return DIST / ("photodedup.app" if sys.platform == "darwin" else "photodedup")


def program_in(folder: Path) -> Path:
    """The console program of a built folder."""
    if folder.suffix == ".app":
        return folder / "Contents" / "MacOS" / "photodedup"
    return folder / ("photodedup.exe" if IS_WINDOWS else "photodedup")


def try_folder(folder: Path) -> None:
    """Let the built program check itself: network, index, and a scan of generated photos."""
    with tempfile.TemporaryDirectory() as data:
        run([str(program_in(folder)), "--data-dir", data, "doctor"])


def collect_licences(python: Path, folder: Path) -> None:
    """Put the licences of everything that is in the folder into it."""
    target = folder / "Contents" / "Resources" if folder.suffix == ".app" else folder
    work = BUILD / "work" / "photodedup"
    command = [str(python), str(PACKAGING / "licences.py"), str(target / "licences")]
    run([*command, "--collected", str(work / "COLLECT-00.toc")])


# --- the packages


def make_packages(folder: Path, cuda: bool, quick: bool) -> list[Path]:
    """Everything that a user may download for this system."""
    name = "photodedup-cuda" if cuda else "photodedup"
    if IS_WINDOWS:
        return [_installer(name)]
    if sys.platform == "darwin":
        return [_disk_image(folder, name)]
    icons = BUILD / "icons"
    return [
        linux_packages.make_deb(folder, icons, DIST, name, version(), quick),
        linux_packages.make_archive(folder, icons, DIST, name, version(), quick),
    ]


def _installer(name: str) -> Path:
    compiler = shutil.which("iscc") or r"C:\Program Files (x86)\Inno Setup 6\ISCC.exe"
    script = PACKAGING / "windows" / "photodedup.iss"
    run([compiler, f"/DVersion={version()}", f"/DName={name}", f"/O{DIST}", str(script)])
    return DIST / f"{name}-{version()}-windows.exe"


def _disk_image(folder: Path, name: str) -> Path:
    image = DIST / f"{name}-{version()}-macos-{platform.machine()}.dmg"
    run(["sh", str(PACKAGING / "macos" / "make_dmg.sh"), str(folder), str(image)])
    return image


# --- what came out


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files in a folder; links count nothing."""
    if path.is_file():
        return path.stat().st_size
    files = (file for file in path.rglob("*") if file.is_file() and not file.is_symlink())
    return sum(file.stat().st_size for file in files)


def largest_parts(folder: Path, count: int = LARGEST) -> list[tuple[str, int]]:
    """The largest parts of a built folder with their bytes: a library's folders together."""
    root = folder / "_internal" if (folder / "_internal").is_dir() else folder
    sizes: Counter[str] = Counter()
    for path in root.iterdir():
        part = re.sub(r"(\.libs|-[\d.]+\.dist-info)$", "", path.name)
        sizes[part] += size_of(path) if not path.is_symlink() else 0
    return sizes.most_common(count)


def print_sizes(folder: Path, packages: list[Path]) -> None:
    """Print the size of everything that was made, and what it is made of."""
    megabyte = 1_000_000
    print()
    for path in (*packages, folder):
        print(f"{size_of(path) / megabyte:8.1f} MB  {path.relative_to(CHECKOUT)}")
    print("\nThe largest parts:")
    for part, size in largest_parts(folder):
        print(f"{size / megabyte:8.1f} MB  {part}")


def main() -> int:
    """Build, try, pack."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cuda", action="store_true", help="with ONNX Runtime's CUDA provider")
    parser.add_argument("--quick", action="store_true", help="Linux: pack in seconds, and larger")
    parser.add_argument(
        "--keep-environment", action="store_true", help="take build/package/venv as it is"
    )
    given = parser.parse_args()
    BUILD.mkdir(parents=True, exist_ok=True)
    environment = BUILD / "venv"
    python = environment / ("Scripts/python.exe" if IS_WINDOWS else "bin/python")
    try:
        if not given.keep_environment:
            python = make_environment(environment, given.cuda)
        folder = build_folder(python)
        collect_licences(python, folder)
        try_folder(folder)
        packages = make_packages(folder, given.cuda, given.quick)
    except subprocess.CalledProcessError as error:
        print(f"Failed: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 1
    print_sizes(folder, packages)
    return 0


if __name__ == "__main__":
    sys.exit(main())
