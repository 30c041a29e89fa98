"""The .deb and the archive for Linux, made of the folder that PyInstaller built."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
LINUX = CHECKOUT / "packaging" / "linux"
PROGRAMS = ("photodedup", "photodedup-window")
ICON_SVG = CHECKOUT / "resources" / "icons" / "photodedup.svg"
# Used where what they need is there; not to have it is no reason not to install: GTK's file
# dialogs, and NVIDIA's libraries, which are in no Debian package of these names.
OPTIONAL = ("libqgtk3.so", "libonnxruntime_providers_cuda.so")
MAINTAINER = "The photodedup project <photodedup@localhost>"

CONTROL = """\
Package: {name}
Version: {version}
Architecture: {architecture}
Maintainer: {maintainer}
Installed-Size: {installed_kb}
Depends: {depends}
Recommends: fonts-noto-cjk, xdg-utils
{conflicts}Section: graphics
Priority: optional
Description: Finds near-duplicate photos and clears the surplus safely
 Photos that are copies of one another - scaled, recompressed, cropped, turned,
 toned, framed, captioned - are found by a small neural network, verified on the
 pixels, and shown in groups. The surplus is moved into a holding folder, never
 deleted, and can be taken back. Photos most like an example are found, too.
 .
 Nothing leaves the machine.
"""


def make_deb(
    folder: Path, icons: Path, target: Path, name: str, version: str, quick: bool = False
) -> Path:
    """A Debian package of the built folder; returns its path.

    icons: what render_icons.py wrote. quick: packed in seconds, and larger. There are no maintainer
    scripts: the triggers of desktop-file-utils and hicolor-icon-theme do what is to be done.
    """
    architecture = _output(["dpkg", "--print-architecture"]).strip()
    with tempfile.TemporaryDirectory() as work:
        root = Path(work) / "root"
        (root / "DEBIAN").mkdir(parents=True)
        program = root / "usr" / "lib" / "photodedup"
        shutil.copytree(folder, program, symlinks=True)
        _lay_out(root, program, icons, version)
        _set_modes(root)
        control = CONTROL.format(
            name=name,
            version=version,
            architecture=architecture,
            maintainer=MAINTAINER,
            installed_kb=_installed_kb(root),
            depends=_dependencies(program),
            conflicts=""
            if name == PROGRAMS[0]
            else "Conflicts: photodedup\nReplaces: photodedup\n",
        )
        _write_control(root, control)
        made = target / f"{name}_{version}_{architecture}.deb"
        packed = ["-Zzstd", "-z1"] if quick else ["-Zxz"]
        _output(["dpkg-deb", "--build", "--root-owner-group", *packed, str(root), str(made)])
    return made


def _lay_out(root: Path, program: Path, icons: Path, version: str) -> None:
    """Put everything but the program itself where the desktop looks for it."""
    share = root / "usr" / "share"
    binaries = root / "usr" / "bin"
    binaries.mkdir(parents=True)
    for name in PROGRAMS:
        (binaries / name).symlink_to(f"../lib/photodedup/{name}")
    _copy(LINUX / "photodedup.desktop", share / "applications" / "photodedup.desktop")
    metainfo = share / "metainfo" / "io.github.photodedup.metainfo.xml"
    _copy(LINUX / "io.github.photodedup.metainfo.xml", metainfo)
    themes = share / "icons" / "hicolor"
    _copy(ICON_SVG, themes / "scalable" / "apps" / "photodedup.svg")
    for icon in icons.glob("[0-9]*.png"):
        if icon.stem != "1024x1024":
            _copy(icon, themes / icon.stem / "apps" / "photodedup.png")
    documents = share / "doc" / "photodedup"
    documents.mkdir(parents=True)
    shutil.move(program / "licences", documents / "licences")
    (documents / "copyright").write_text(_copyright(), "utf-8")
    _gzip(CHECKOUT / "CHANGELOG.md", documents / "changelog.gz")
    _gzip(LINUX / "photodedup.1", share / "man" / "man1" / "photodedup.1.gz")
    (share / "man" / "man1" / "photodedup-window.1.gz").symlink_to("photodedup.1.gz")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _gzip(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(source.read_bytes(), mtime=0))


def _copyright() -> str:
    terms = (CHECKOUT / "resources" / "models" / "LICENSE-weights").read_text("utf-8")
    return (
        "photodedup's own code is under the Apache License 2.0; on Debian systems its text is in\n"
        "/usr/share/common-licenses/Apache-2.0. The libraries that come with it have licences of\n"
        "their own, some of them copyleft: licences/THIRD-PARTY.txt beside this file lists them,\n"
        "with their texts.\n\n" + terms
    )


def _set_modes(root: Path) -> None:
    """Readable by all, writable by the owner, whatever the umask was."""
    for path in (root, *root.rglob("*")):
        if path.is_symlink():
            continue
        runs = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if runs else 0o644)


def _installed_kb(root: Path) -> int:
    return sum(-(-path.lstat().st_size // 1024) for path in root.rglob("*") if not path.is_dir())


def _dependencies(program: Path) -> str:
    """What the libraries in the folder need of the system, as dpkg-shlibdeps finds it."""
    files = [path for path in program.rglob("*") if is_elf(path)]
    optional = [path for path in files if path.name in OPTIONAL]
    folders = sorted({path.parent for path in files})
    with tempfile.TemporaryDirectory() as work:
        control = Path(work) / "debian" / "control"
        control.parent.mkdir()
        control.write_text("Source: photodedup\n\nPackage: photodedup\nArchitecture: any\n")
        command = ["dpkg-shlibdeps", "-O", "--ignore-missing-info", "--warnings=0"]
        command += [f"-l{folder}" for folder in folders]
        command += [f"-x{package}" for package in _bundled(program / "_internal")]
        command += [f"-e{path}" for path in files if path not in optional]
        printed = _output(command, work)
    found = re.search(r"^shlibs:Depends=(.+)$", printed, re.MULTILINE)
    assert found is not None, printed
    return found[1]


def _bundled(internal: Path) -> list[str]:
    """The Debian packages whose libraries the folder brings itself, so that it needs none."""
    names = [f"*/{path.name}" for path in internal.glob("lib*.so*") if not path.is_symlink()]
    if not names:
        return []
    command = ["dpkg-query", "--search", *names]  # fails if one of them is in no package
    printed = subprocess.run(command, capture_output=True, text=True).stdout
    return sorted({line.split(":")[0] for line in printed.splitlines()})


def strip_python(folder: Path) -> None:
    """Take the debugging symbols off Python's own libraries, which some builds of it have.

    Not off those of wheels: their authors have, and auditwheel's changes do not survive it always.
    """
    for pattern in ("libpython*.so*", "python3*/lib-dynload/*.so"):
        for path in (folder / "_internal").glob(pattern):
            if is_elf(path):
                _output(["strip", "--strip-unneeded", str(path)])


def is_elf(path: Path) -> bool:
    """Whether a file is a program or a library of Linux."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _write_control(root: Path, control: str) -> None:
    folder = root / "DEBIAN"
    sums = [
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  "
        f"{path.relative_to(root)}\n"
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_symlink()
    ]
    (folder / "control").write_text(control, "utf-8")
    (folder / "md5sums").write_text("".join(sums), "utf-8")


def make_archive(
    folder: Path, icons: Path, target: Path, name: str, version: str, quick: bool = False
) -> Path:
    """A .tar.gz of the built folder, with a launcher and a script that puts it into the menu."""
    architecture = os.uname().machine
    top = f"{name}-{version}"
    made = target / f"{top}-linux-{architecture}.tar.gz"
    extras = {
        LINUX / "install.sh": "install.sh",
        LINUX / "photodedup.desktop": "photodedup.desktop",
        icons / "256x256.png": "photodedup.png",
        LINUX / "README.txt": "README.txt",
    }
    with tarfile.open(made, "w:gz", compresslevel=1 if quick else 9) as archive:
        archive.add(folder, top, filter=_owned_by_root)
        for source, inside in extras.items():
            archive.add(source, f"{top}/{inside}", filter=_owned_by_root)
    return made


def _owned_by_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    if not entry.issym():
        runs = entry.isdir() or entry.mode & 0o100 or entry.name.endswith("/install.sh")
        entry.mode = 0o755 if runs else 0o644
    return entry


def _output(command: list[str], folder: str | None = None) -> str:
    """What a command prints. Raises CalledProcessError, what it said on stderr, if it fails."""
    return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout
