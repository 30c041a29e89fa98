#!/usr/bin/env python3
"""Install photodedup into .venv in this checkout, then run it or its tests.

    python3 packaging/setup_checkout.py run [FOLDER ...]     the window, or a scan in the terminal
    python3 packaging/setup_checkout.py test [PYTEST ...]    lint, types and tests

Needs Python 3.11 or newer with venv and headers, and a C++ compiler (Annoy has no wheels). The
installation happens once and again whenever pyproject.toml or constraints.txt has changed.
Only the standard library: nothing is installed yet when this runs.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
VENV = CHECKOUT / ".venv"
STAMP = VENV / "photodedup-setup.json"
PYPROJECT = CHECKOUT / "pyproject.toml"
CONSTRAINTS = CHECKOUT / "packaging" / "constraints.txt"
SAMPLE = CHECKOUT / "build" / "sample-library"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
QT_MODULES = ("QtGui.abi3.so", "QtWidgets.abi3.so", "QtSvg.abi3.so")

# The Debian package of each library that PySide6 takes from the system. dnf and zypper need no
# such table: they install by the library's own name.
DEBIAN_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libGLdispatch.so.0": "libglvnd0",
    "libOpenGL.so.0": "libopengl0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libbrotlidec.so.1": "libbrotli1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}


class SetupError(Exception):
    """What the user must do first; one line."""


# --- what must be there before


def missing_prerequisites() -> list[str]:
    """Name what this Python and system lack for installing: "venv", "headers", "compiler"."""
    missing = []
    if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
        missing.append("venv")
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        missing.append("headers")
    if not _has_compiler():
        missing.append("compiler")
    return missing


def _has_compiler() -> bool:
    if os.name == "nt":
        installer = Path(os.environ.get("PROGRAMFILES(X86)", ""), "Microsoft Visual Studio")
        return bool(shutil.which("cl")) or (installer / "Installer" / "vswhere.exe").exists()
    named = os.environ.get("CXX", "").split()[:1]
    return any(shutil.which(name) for name in [*named, "c++", "g++", "clang++"])


def prerequisites_message(missing: list[str]) -> str:
    """One line that says what is missing and which command installs it."""
    names = {
        "venv": "Python's venv module",
        "headers": "Python's headers (Python.h)",
        "compiler": "a C++ compiler",
    }
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    packages = {
        "apt-get": {
            "venv": f"python{version}-venv",
            "headers": f"python{version}-dev",
            "compiler": "g++",
        },
        "dnf": {"venv": "python3", "headers": "python3-devel", "compiler": "gcc-c++"},
        "zypper": {"venv": "python3", "headers": "python3-devel", "compiler": "gcc-c++"},
        "brew": {"venv": "python", "headers": "python", "compiler": "llvm"},
    }
    text = f"Missing: {', '.join(names[name] for name in missing)}."
    if os.name == "nt":
        return f"{text} Install Python from python.org and Visual Studio's C++ Build Tools."
    if sys.platform == "darwin" and missing == ["compiler"]:
        return f"{text} Install it with: xcode-select --install"
    tool = next((name for name in packages if shutil.which(name)), None)
    if tool is None:
        return f"{text} Install them with your system's package manager."
    wanted = list(dict.fromkeys(packages[tool][name] for name in missing))
    return f"{text} Install with: {install_command(tool, wanted)}"


def install_command(tool: str, packages: list[str]) -> str:
    """The command that a user types, with sudo where it is needed."""
    quoted = [f"'{name}'" if "(" in name else name for name in packages]
    sudo = "" if tool == "brew" or _is_root() else "sudo "
    return f"{sudo}{tool} install {' '.join(quoted)}"


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


# --- the private environment


@dataclasses.dataclass(frozen=True)
class Stamp:
    """What .venv was installed from; written when an installation is whole."""

    python: str
    digest: str  # of pyproject.toml and constraints.txt
    extras: list[str]

    @classmethod
    def read(cls) -> Stamp | None:
        """The stamp of the environment that is there, or None."""
        if not (STAMP.exists() and PYTHON.exists()):
            return None
        return cls(**json.loads(STAMP.read_text("utf-8")))

    @classmethod
    def wanted(cls, extras: set[str]) -> Stamp:
        """The stamp of an environment made now."""
        inputs = b"\0".join(path.read_bytes() for path in (PYPROJECT, CONSTRAINTS))
        python = f"{sys.base_prefix} {sys.version} {CHECKOUT}"
        return cls(python, hashlib.sha256(inputs).hexdigest(), sorted(extras))


def install(extras: set[str]) -> None:
    """Make or renew .venv with the project, editable, and these extras; nothing if it has them."""
    there = Stamp.read()
    wanted = Stamp.wanted(extras | set(there.extras if there else []))
    if there == wanted:
        return
    missing = missing_prerequisites()
    if missing:
        raise SetupError(prerequisites_message(missing))
    print(f"Installing photodedup into {VENV}: some minutes, once.", flush=True)
    STAMP.unlink(missing_ok=True)  # an interrupted installation is not taken for a whole one
    if there is None or there.python != wanted.python:
        _call([sys.executable, "-m", "venv", "--clear", str(VENV)], "making .venv")
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    pinned = ["--constraint", str(CONSTRAINTS)]
    _call([*pip, "--quiet", *pinned, "pip"], "renewing pip")
    project = f"{CHECKOUT}[{','.join(wanted.extras)}]" if wanted.extras else str(CHECKOUT)
    build = ["--build-constraint", str(CONSTRAINTS)]
    _call([*pip, *pinned, *build, "--editable", project], "installing")
    STAMP.write_text(json.dumps(dataclasses.asdict(wanted)), "utf-8")


def _call(command: list[str], doing: str) -> None:
    if subprocess.run(command, cwd=CHECKOUT).returncode != 0:
        raise SetupError(f"Failed while {doing}; the reason stands above.")


# --- the system's libraries for Qt


def missing_libraries(plugin: str) -> list[str]:
    """The shared libraries that Qt and one platform plugin ("xcb") need and the system lacks.

    Empty where there is no ldd to ask (not Linux).
    """
    qt = next(VENV.glob("lib*/python*/site-packages/PySide6"), None)
    if qt is None or not sys.platform.startswith("linux") or not shutil.which("ldd"):
        return []
    files = [*(qt / name for name in QT_MODULES), qt / f"Qt/plugins/platforms/libq{plugin}.so"]
    printed = subprocess.run(["ldd", *map(str, files)], capture_output=True, text=True).stdout
    return missing_in_ldd(printed)


def missing_in_ldd(printed: str) -> list[str]:
    """The libraries that ldd says are "not found", sorted, each once."""
    return sorted(set(re.findall(r"^\s*(\S+) => not found", printed, re.MULTILINE)))


def library_packages(libraries: list[str], tool: str) -> list[str]:
    """What to ask a package manager for to get these libraries, sorted."""
    if tool == "apt-get":
        return sorted({DEBIAN_PACKAGES.get(name, name) for name in libraries})
    wide = sys.maxsize > 2**32
    return [f"{name}()(64bit)" if wide else name for name in libraries]


def libraries_message(libraries: list[str]) -> str:
    """One line that names the missing libraries and the command that installs them."""
    text = "Qt needs system libraries that are missing"
    tool = next((name for name in ("apt-get", "dnf", "zypper") if shutil.which(name)), None)
    if tool is None:
        return f"{text}: {', '.join(libraries)}. Install them with your package manager."
    return f"{text}; install them with: {install_command(tool, library_packages(libraries, tool))}"


def provide_libraries_for_tests() -> None:
    """Install what Qt lacks if we may (root on Debian or Ubuntu), else say how to."""
    libraries = missing_libraries("offscreen")
    if not libraries:
        return
    if not (_is_root() and shutil.which("apt-get")):
        raise SetupError(libraries_message(libraries))
    packages = library_packages(libraries, "apt-get")
    print(f"Installing system libraries for Qt's tests: {' '.join(packages)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install_them = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "-q"], install_them):
        subprocess.run(command, env=environment)
    left = missing_libraries("offscreen")
    if left:
        raise SetupError(libraries_message(left))


def window_obstacle() -> str | None:
    """Why no window can be shown here, in one line; None if it can."""
    if not sys.platform.startswith("linux"):
        return None
    plugins = [
        plugin
        for variable, plugin in (("WAYLAND_DISPLAY", "wayland"), ("DISPLAY", "xcb"))
        if os.environ.get(variable)
    ]
    if not plugins:
        return "there is no display."
    lacking = [missing_libraries(plugin) for plugin in plugins]
    if all(lacking):
        return libraries_message(lacking[-1])
    # A display that is set may still be gone or closed to us: Qt then aborts, so ask in a child.
    probe = [str(PYTHON), "-c", "from PySide6.QtGui import QGuiApplication; QGuiApplication([])"]
    if subprocess.run(probe, capture_output=True, timeout=60).returncode != 0:
        return "the display does not answer."
    return None


# --- the two commands


def run(folders: list[str]) -> int:
    """Show the window with the folders scanned, or scan them in the terminal."""
    install(set())
    folders = [os.path.abspath(folder) for folder in folders]
    if not folders:
        make = "import sys, photodedup.core.sample as s, pathlib as p; "
        make += "s.make_sample_library(p.Path(sys.argv[1]))"
        print(f"No folder given: taking a sample library, {SAMPLE}", flush=True)
        _call([str(PYTHON), "-c", make, str(SAMPLE)], "making the sample library")
        folders = [str(SAMPLE)]
    obstacle = window_obstacle()
    program = [str(PYTHON), "-m", "photodedup"]
    if obstacle is None:
        return _wait_for([*program, *folders])
    print(f"No window: {obstacle}", flush=True)
    print("Scanning in the terminal instead.", flush=True)
    return _wait_for([*program, "scan", *folders])


def test(arguments: list[str]) -> int:
    """Run ruff, mypy and pytest, all of them; 0 if all passed."""
    install({"dev", "training"})
    provide_libraries_for_tests()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    checks = {
        "ruff check": ["ruff", "check"],
        "ruff format": ["ruff", "format", "--check"],
        "mypy": ["mypy"],
        "pytest": ["pytest", *arguments],
    }
    outcome = {}
    for name, command in checks.items():
        print(f"--- {name}", flush=True)
        outcome[name] = _wait_for([str(PYTHON), "-m", *command], CHECKOUT)
    failed = [name for name, code in outcome.items() if code != 0]
    print(f"Failed: {', '.join(failed)}" if failed else f"Passed: {', '.join(checks)}")
    return 1 if failed else 0


def _wait_for(command: list[str], folder: Path | None = None) -> int:
    """Run a command to its end. Ctrl-C reaches it too, and it decides what that means."""
    process = subprocess.Popen(command, cwd=folder)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def main(argv: list[str]) -> int:
    """Do what the command line asks; exit codes as photodedup's own, 2 for a failed set-up."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="the window, or a scan in the terminal").add_argument(
        "folders", nargs="*", metavar="FOLDER", help="without any, a small sample library is made"
    )
    commands.add_parser("test", help="ruff, mypy and pytest; all else goes to pytest")
    given, rest = parser.parse_known_args(argv)
    if rest and given.command != "test":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if sys.version_info < (3, 11):  # noqa: UP036  an older Python reads this file too
        print(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.", file=sys.stderr)
        return 2
    try:
        return test(rest) if given.command == "test" else run(given.folders)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
