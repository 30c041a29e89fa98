"""The packages: what goes in, under which terms, and how the desktop comes to know of it."""

import ast
import configparser
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path
from types import ModuleType

import pytest

from photodedup import __version__

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGING = CHECKOUT / "packaging"
LINUX = PACKAGING / "linux"
ENTRY = LINUX / "photodedup.desktop"
METAINFO = LINUX / "io.github.photodedup.metainfo.xml"
SCRIPTS = ("contents", "frozen", "licences", "linux_packages", "smoke_test")

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="for Linux's packages")


def load(name: str) -> ModuleType:
    """One script as a module; packaging/ is no package (its name would hide PyPI's)."""
    spec = importlib.util.spec_from_file_location(name, PACKAGING / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def scripts() -> Iterator[dict[str, ModuleType]]:
    """Every script by its name; build_package after the one that it imports."""
    before = set(sys.modules)
    yield {name: load(name) for name in (*SCRIPTS, "build_package")}
    for name in set(sys.modules) - before:
        if name in (*SCRIPTS, "build_package"):
            del sys.modules[name]


# --- what goes in


@pytest.mark.parametrize(
    "inside",
    [
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforms/libqwayland.so",
        "PySide6/plugins/platforms/qwindows.dll",
        "PySide6/Qt/plugins/platforminputcontexts/libibusplatforminputcontextplugin.so",
        "PySide6/Qt/plugins/iconengines/libqsvgicon.so",
        "PySide6/Qt/translations/qtbase_ko.qm",
        "photodedup/resources/translations/photodedup_ko.qm",
        "photodedup/resources/models/photodedup-compact-192-2026-11-int8.onnx",
        "PySide6/Qt/lib/libQt6DBus.so.6",
        "onnxruntime/capi/libonnxruntime_providers_shared.so",
        "onnxruntime/capi/libonnxruntime_providers_cuda.so",
    ],
)
def test_what_the_window_needs_is_kept(scripts: dict[str, ModuleType], inside: str) -> None:
    assert scripts["contents"].is_wanted((inside, f"/venv/{inside}", "BINARY"))


@pytest.mark.parametrize(
    "inside",
    [
        "PySide6/Qt/plugins/platforms/libqeglfs.so",
        "PySide6\\plugins\\tls\\qschannelbackend.dll",
        "PySide6/Qt/lib/libQt6Quick.so.6",
        "PySide6/Qt/translations/qtbase_de.qm",
        "PySide6/Qt/translations/qt_help_ko.qm",
        "numpy/core/tests/test_umath.py",
        "onnxruntime/capi/libonnxruntime.so.1.31.1",
        "onnxruntime/capi/libonnxruntime_providers_tensorrt.so",
    ],
)
def test_what_nothing_needs_is_left_out(scripts: dict[str, ModuleType], inside: str) -> None:
    assert not scripts["contents"].is_wanted((inside, f"/venv/{inside}", "BINARY"))


def test_nothing_that_the_program_imports_is_left_out(scripts: dict[str, ModuleType]) -> None:
    imported = set()
    for path in (CHECKOUT / "photodedup").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                imported |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
            elif isinstance(node, ast.Import):
                imported |= {name.name for name in node.names}
    assert "PySide6.QtWidgets" in imported
    assert not imported & set(scripts["contents"].EXCLUDED)
    for module in sorted(name for name in imported if re.fullmatch(r"PySide6\.Qt\w+", name)):
        library = f"PySide6/Qt/lib/lib{module.split('.')[1].replace('Qt', 'Qt6')}.so.6"
        binding = f"{module.replace('.', '/')}.abi3.so"
        for inside in (library, binding):
            assert scripts["contents"].is_wanted((inside, f"/venv/{inside}", "BINARY")), inside


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("/lib/x86_64-linux-gnu/libxcb-cursor.so.0", True),
        ("/usr/lib/x86_64-linux-gnu/libsqlite3.so.0", True),
        ("/usr/lib/python3.11/lib-dynload/_json.cpython-311-x86_64-linux-gnu.so", True),
        ("/lib/x86_64-linux-gnu/libxcb.so.1", False),
        ("/lib/x86_64-linux-gnu/libgtk-3.so.0", False),
        ("/usr/lib64/libstdc++.so.6", False),
        ("/usr/lib/aarch64-linux-gnu/libfontconfig.so.1", False),
    ],
)
def test_libraries_of_the_host_stay_the_hosts(
    scripts: dict[str, ModuleType], source: str, wanted: bool
) -> None:
    assert scripts["contents"].is_wanted((Path(source).name, source, "BINARY")) is wanted


def test_there_is_one_onnx_runtime_and_no_torch(scripts: dict[str, ModuleType]) -> None:
    build = scripts["build_package"]
    for cuda, runtime in ((False, "onnxruntime"), (True, "onnxruntime-gpu")):
        wanted = build.requirements(cuda)
        assert [text for text in wanted if text.startswith("onnxruntime")] == [runtime]
        assert not [text for text in wanted if text.startswith("torch")]
        assert any(text.startswith("PySide6-Essentials") for text in wanted)


@pytest.mark.parametrize("machine", ["x86_64", "AMD64", "arm64", "aarch64", "riscv64"])
def test_annoy_is_compiled_for_any_processor(scripts: dict[str, ModuleType], machine: str) -> None:
    for windows in (False, True):
        flags = scripts["build_package"].annoy_flags(machine, windows).split(",")
        assert "-march=native" not in flags
        assert "-DANNOYLIB_MULTITHREADED_BUILD" in flags


def test_the_version_is_the_programs(scripts: dict[str, ModuleType]) -> None:
    assert scripts["build_package"].version() == __version__


def test_the_largest_parts_are_counted(scripts: dict[str, ModuleType], tmp_path: Path) -> None:
    inside = tmp_path / "_internal"
    for name, size in (("cv2/cv2.so", 50), ("cv2.libs/a.so", 40), ("numpy/n.so", 60)):
        (inside / name).parent.mkdir(parents=True, exist_ok=True)
        (inside / name).write_bytes(bytes(size))
    assert scripts["build_package"].largest_parts(tmp_path) == [("cv2", 90), ("numpy", 60)]
    assert scripts["build_package"].size_of(tmp_path) == 150


def test_programs_started_from_a_package_get_their_own_libraries(
    scripts: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/package:/mine")
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/mine")
    scripts["frozen"].leave_host_libraries_alone()
    assert os.environ["LD_LIBRARY_PATH"] == "/mine"

    monkeypatch.setenv("LD_LIBRARY_PATH", "/package")
    scripts["frozen"].leave_host_libraries_alone()
    assert "LD_LIBRARY_PATH" not in os.environ


def test_a_smoke_test_sees_what_is_wrong(scripts: dict[str, ModuleType]) -> None:
    problems_of = scripts["smoke_test"].problems_of
    good = {"complete": True, "groups": [{}] * 18, "problems": []}
    assert problems_of(good) == []
    assert problems_of({**good, "groups": [{}]}) == ["only 1 groups of duplicates were found"]
    assert problems_of({**good, "complete": False}) == ["the scan was not complete"]
    assert len(problems_of({**good, "problems": [{"path": "a.jpg"}]})) == 1


# --- under which terms


def test_every_part_has_a_licence_with_its_text(
    scripts: dict[str, ModuleType], tmp_path: Path
) -> None:
    """Of all that the program depends on, as installed here."""
    assert scripts["licences"].main([str(tmp_path / "licences")]) == 0

    listed = (tmp_path / "licences" / "THIRD-PARTY.txt").read_text("utf-8")
    for part in ("PySide6_Essentials", "numpy", "pillow", "annoy", "Python"):
        assert re.search(rf"(?mi)^{part} \d", listed), part
    assert "x265" in listed
    assert (tmp_path / "licences" / "shiboken6" / "LGPL-3.0.txt").is_file()
    assert not re.search(r"(?m)^(torch|pytest|photodedup) ", listed)


def test_a_part_without_a_licence_is_refused(
    scripts: dict[str, ModuleType], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    metadata = tmp_path / "odd-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1.0\n")
    (metadata / "RECORD").write_text("odd-1.0.dist-info/METADATA,,\n")
    part = scripts["licences"].part_of("odd", Distribution.at(metadata))
    assert (part.name, part.terms, part.texts) == ("odd", "", ())

    assert scripts["licences"].finish([part], tmp_path / "licences") == 2
    assert "odd" in capsys.readouterr().err


def test_terms_are_read_from_any_kind_of_metadata(
    scripts: dict[str, ModuleType], tmp_path: Path
) -> None:
    for number, (line, terms) in enumerate(
        (
            ("License-Expression: MIT", "MIT"),
            ("License: BSD 2-Clause\n        and more", "BSD 2-Clause"),
            ("Classifier: License :: OSI Approved :: MIT License", "MIT License"),
        )
    ):
        metadata = tmp_path / f"p{number}-1.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: p\nVersion: 1\n{line}\n")
        assert scripts["licences"].terms_of(Distribution.at(metadata)) == terms


# --- how the desktop comes to know of it


def desktop_entry() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(ENTRY, "utf-8")
    return parser["Desktop Entry"]


def test_the_desktop_entry_starts_what_pyproject_installs() -> None:
    entry = desktop_entry()
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["project"]
    program, files = entry["Exec"].split()
    assert program == entry["TryExec"]
    assert program in project["gui-scripts"]
    assert files == "%F"
    assert (CHECKOUT / "resources" / "icons" / f"{entry['Icon']}.svg").is_file()
    assert entry["MimeType"].endswith(";")
    kinds = entry["MimeType"].rstrip(";").split(";")
    assert {"inode/directory", "image/jpeg", "image/heif", "image/avif"} <= set(kinds)
    assert len(kinds) == len(set(kinds))
    for key in ("GenericName", "Comment", "Keywords"):
        assert entry[f"{key}[ko]"] != entry[key]


def test_the_metainfo_is_of_this_version_and_in_both_languages() -> None:
    root = ElementTree.parse(METAINFO).getroot()
    assert f"{root.findtext('id')}.metainfo.xml" == METAINFO.name
    assert root.findtext("launchable") == ENTRY.name
    releases = [release.get("version") for release in root.iter("release")]
    assert releases[0] == __version__
    language = "{http://www.w3.org/XML/1998/namespace}lang"
    for tag in ("summary", "p", "li"):
        said = [element.get(language) for element in root.iter(tag)]
        assert said.count("ko") == said.count(None) > 0, tag


def test_every_file_that_recipes_name_is_there() -> None:
    recipes = [
        *PACKAGING.glob("*.py"),
        PACKAGING / "README.md",
        CHECKOUT / ".github" / "workflows" / "packages.yml",
    ]
    named = {
        match
        for recipe in recipes
        for match in re.findall(r"packaging/[\w./-]+\w", recipe.read_text("utf-8"))
    }
    assert len(named) > 5
    assert not [name for name in named if not (CHECKOUT / name).exists()]


# --- the packages for Linux


@pytest.fixture
def built(tmp_path: Path) -> tuple[Path, Path]:
    """A folder such as PyInstaller makes, and its icons."""
    folder, icons = tmp_path / "built", tmp_path / "icons"
    (folder / "_internal").mkdir(parents=True)
    (folder / "licences").mkdir()
    icons.mkdir()
    for name in ("photodedup", "photodedup-window"):
        shutil.copy("/bin/true", folder / name)
    (folder / "_internal" / "data.txt").write_text("data")
    (folder / "_internal" / "link.txt").symlink_to("data.txt")
    (folder / "licences" / "THIRD-PARTY.txt").write_text("terms")
    (icons / "256x256.png").write_bytes(b"png")
    (icons / "1024x1024.png").write_bytes(b"png")
    return folder, icons


def unescaped(text: str, escapable: str) -> str:
    """Take escaping backslashes away; none may stand before anything else."""
    assert not set(re.findall(r"\\(.)", text)) - set(escapable)
    return re.sub(r"\\(.)", r"\1", text)


@on_linux
def test_the_archive_installs_itself_into_the_menu_and_goes_again(
    scripts: dict[str, ModuleType], built: tuple[Path, Path], tmp_path: Path
) -> None:
    made = scripts["linux_packages"].make_archive(*built, tmp_path, "photodedup", "1.2.3")
    odd = tmp_path / 'a "folder" with $HOME, 100 % & a\\b|c'
    with tarfile.open(made) as archive:
        archive.extractall(odd, filter="data")
    folder, data = odd / "photodedup-1.2.3", tmp_path / "data"
    environment = {"PATH": "/usr/bin:/bin", "XDG_DATA_HOME": str(data)}

    subprocess.run([folder / "install.sh"], check=True, env=environment, capture_output=True)
    entry = (data / "applications" / "photodedup.desktop").read_text("utf-8")
    quoted = re.search(r'^Exec="(.*)" %F$', entry, re.MULTILINE)
    assert quoted is not None
    value = unescaped(quoted[1], "\\")  # as any value of the file, then as a quoted word
    word = unescaped(value, '"`$\\').replace("%%", "%")
    assert word == str(folder / "photodedup-window")

    subprocess.run(
        [folder / "install.sh", "--remove"], check=True, env=environment, capture_output=True
    )
    left = [path for path in data.rglob("*") if path.is_file() and path.name != "mimeinfo.cache"]
    assert left == []


@on_linux
@pytest.mark.skipif(not shutil.which("dpkg-shlibdeps"), reason="needs dpkg-dev")
def test_the_debian_package_has_everything_in_its_place(
    scripts: dict[str, ModuleType], built: tuple[Path, Path], tmp_path: Path
) -> None:
    made = scripts["linux_packages"].make_deb(*built, tmp_path, "photodedup", "1.2.3")

    def ask(*words: object) -> str:
        words = ("dpkg-deb", *words)
        return subprocess.run(
            list(map(str, words)), check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    assert ask("--field", made, "Version").strip() == "1.2.3"
    assert "libc6 (>=" in ask("--field", made, "Depends")
    assert "fonts-noto-cjk" in ask("--field", made, "Recommends")
    listed = ask("--contents", made)
    assert all(line.split()[1] == "root/root" for line in listed.splitlines())
    for line in (
        "usr/bin/photodedup-window -> ../lib/photodedup/photodedup-window",
        "usr/lib/photodedup/_internal/link.txt -> data.txt",
        "usr/share/applications/photodedup.desktop",
        "usr/share/metainfo/io.github.photodedup.metainfo.xml",
        "usr/share/icons/hicolor/256x256/apps/photodedup.png",
        "usr/share/icons/hicolor/scalable/apps/photodedup.svg",
        "usr/share/doc/photodedup/licences/THIRD-PARTY.txt",
        "usr/share/doc/photodedup/copyright",
        "usr/share/man/man1/photodedup.1.gz",
    ):
        assert f"./{line}" in listed
    assert "1024x1024" not in listed
    assert not re.search(r"\b(pre|post)(inst|rm)\b", ask("--info", made))
