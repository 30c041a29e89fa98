"""The set-up of a checkout: what it says, what it pins, and that README and CI call it."""

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).resolve().parents[1]
SCRIPT = CHECKOUT / "packaging" / "setup_checkout.py"

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux's package managers")

LDD = """\
/venv/PySide6/QtGui.abi3.so:
\tlinux-vdso.so.1 (0x00007ffd)
\tlibQt6Gui.so.6 => /venv/PySide6/Qt/lib/libQt6Gui.so.6 (0x00007f)
\tlibEGL.so.1 => not found
\tlibxkbcommon.so.0 => not found
/venv/PySide6/QtWidgets.abi3.so:
\tlibEGL.so.1 => not found
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f)
"""


@pytest.fixture(scope="module")
def setup() -> ModuleType:
    """The script as a module; packaging/ is no package (its name would hide PyPI's)."""
    spec = importlib.util.spec_from_file_location("setup_checkout", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["setup_checkout"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def with_tools(monkeypatch: pytest.MonkeyPatch, folder: Path, *names: str) -> None:
    """Make these programs, and no others, findable."""
    for name in names:
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def constraints() -> dict[str, str]:
    lines = (CHECKOUT / "packaging" / "constraints.txt").read_text("utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): str(pin.specifier) for pin in pins}


def requirements() -> list[Requirement]:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    return [Requirement(text) for texts in lists for text in texts]


def test_every_dependency_is_pinned_within_what_pyproject_asks() -> None:
    pinned = constraints()
    for requirement in requirements():
        version = pinned[canonicalize_name(requirement.name)]
        assert version.startswith("=="), requirement.name
        assert requirement.specifier.contains(version.removeprefix("==")), requirement.name


def test_pins_fit_any_index() -> None:
    """A local label or a hash would refuse another index's build of the same version."""
    assert not [version for version in constraints().values() if "+" in version or "*" in version]
    assert "--hash" not in (CHECKOUT / "packaging" / "constraints.txt").read_text("utf-8")


def test_ldd_is_read(setup: ModuleType) -> None:
    assert setup.missing_in_ldd(LDD) == ["libEGL.so.1", "libxkbcommon.so.0"]
    assert setup.missing_in_ldd(LDD.replace("not found", "/lib/x.so (0x1)")) == []


@on_linux
def test_debian_packages_are_named(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with_tools(monkeypatch, tmp_path, "apt-get")

    message = setup.libraries_message(["libEGL.so.1", "libgthread-2.0.so.0", "libglib-2.0.so.0"])

    assert message.endswith("apt-get install libegl1 libglib2.0-0")
    assert "\n" not in message


@on_linux
def test_other_systems_get_the_library_names(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with_tools(monkeypatch, tmp_path, "dnf")
    assert setup.libraries_message(["libEGL.so.1"]).endswith("dnf install 'libEGL.so.1()(64bit)'")

    (tmp_path / "dnf").unlink()
    assert "libEGL.so.1" in setup.libraries_message(["libEGL.so.1"])


@on_linux
def test_missing_prerequisites_are_named_with_the_command(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with_tools(monkeypatch, tmp_path, "apt-get")
    monkeypatch.delenv("CXX", raising=False)

    assert "compiler" in setup.missing_prerequisites()
    message = setup.prerequisites_message(["venv", "headers", "compiler"])

    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert message.endswith(f"apt-get install python{version}-venv python{version}-dev g++")
    assert "Python.h" in message
    assert "\n" not in message


def test_a_compiler_that_is_there_is_found(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if sys.platform == "win32":
        pytest.skip("looks for Visual Studio there")
    with_tools(monkeypatch, tmp_path, "clang++")

    assert "compiler" not in setup.missing_prerequisites()


def test_another_set_of_extras_or_another_python_renews_the_environment(setup: ModuleType) -> None:
    without, with_dev = setup.Stamp.wanted(set()), setup.Stamp.wanted({"dev"})

    assert without == setup.Stamp.wanted(set())
    assert without != with_dev
    assert without.python == with_dev.python


@on_linux
def test_without_a_display_there_is_no_window(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)

    assert setup.window_obstacle() == "there is no display."


def test_readme_starts_with_both_commands_and_ci_calls_the_second() -> None:
    readme = (CHECKOUT / "README.md").read_text("utf-8")
    block = re.search(r"```\n(.*?)```", readme, re.DOTALL)
    assert block is not None
    first, second = block[1].splitlines()

    assert first.startswith("python3 packaging/setup_checkout.py run")
    assert second == "python3 packaging/setup_checkout.py test"
    assert f"exec {second}\n" in (CHECKOUT / ".ci" / "run").read_text("utf-8")


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), ([], 2), (["run", "--what"], 2)])
def test_usage(arguments: list[str], code: int) -> None:
    ended = subprocess.run([sys.executable, SCRIPT, *arguments], capture_output=True, text=True)

    assert ended.returncode == code
    assert "usage:" in ended.stdout + ended.stderr
