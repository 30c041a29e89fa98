#!/usr/bin/env python3
"""Install a built .deb in a clean Debian, use it as a person would, and remove it.

    python packaging/linux/try_deb.py dist/photodedup_0.1.0_amd64.deb RESULTS [--root FOLDER]

Needs root, debootstrap, Debian's mirror, and a Python that has photodedup (it paints the photos).
In the new root: a small desktop (Xvfb, openbox, D-Bus), the package with what it recommends; the
window is started from its desktop entry, a folder is dropped on it, and groups are waited for.
RESULTS gets pictures of the window and figures.json (time to the window, memory). Then the package
is purged, and no file may be left of it. Ends with 1 if anything is not as it should be.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from photodedup.core.sample import make_sample_library

SUITE = "bookworm"
MIRROR = "http://deb.debian.org/debian"
DESKTOP = [
    "adwaita-icon-theme", "at-spi2-core", "dbus-daemon", "desktop-file-utils",
    "gir1.2-atspi-2.0", "gir1.2-gtk-3.0", "libglib2.0-bin", "openbox", "procps", "python3-gi",
    "scrot", "xauth", "xdotool", "xvfb",
]  # fmt: skip
PERSON = "person"
# What apt and dpkg write themselves when any package comes and goes, and caches that triggers make
# anew. That no line of the latter names us is checked on its own.
NOT_OURS = ("var/lib/apt", "var/lib/dpkg", "var/cache", "var/log", "proc", "sys", "dev", "tmp")
CACHES = ("usr/share/applications/mimeinfo.cache",)


class Trouble(Exception):
    """What is not as it should be; one line."""


def make_root(root: Path) -> None:
    """A minimal Debian with a small desktop and a person who uses it."""
    _run(["debootstrap", "--variant=minbase", SUITE, str(root), MIRROR])
    _in_root(root, ["apt-get", "-qq", "update"])
    install = ["apt-get", "-qq", "-y", "--no-install-recommends", "install"]
    _in_root(root, [*install, *DESKTOP])
    _in_root(root, ["useradd", "--create-home", PERSON])


def try_package(root: Path, deb: Path, results: Path) -> None:
    """Install, use, remove, look for what is left."""
    before = files_of(root)
    shutil.copy(deb, root / "root" / deb.name)
    _in_root(root, ["apt-get", "-qq", "-y", "install", f"/root/{deb.name}"])
    added = sorted(_packages(root))
    _check_offered(root)
    use(root, results)
    _in_root(root, ["apt-get", "-qq", "-y", "purge", "photodedup"])
    _in_root(root, ["apt-get", "-qq", "-y", "autoremove", "--purge"])
    (root / "root" / deb.name).unlink()
    left = sorted(files_of(root) - before)
    named = [name for name in CACHES if _names_us(root / name)]
    if left or named:
        raise Trouble(f"left after the removal: {left[:20]} {named}")
    print(f"{len(added)} packages were installed with it; after the removal no file is left.")


def _check_offered(root: Path) -> None:
    """The desktop offers the program for photos and folders, by the caches that triggers made."""
    cache = (root / "usr/share/applications/mimeinfo.cache").read_text("utf-8")
    for kind in ("image/jpeg", "image/heif", "inode/directory"):
        line = next((line for line in cache.splitlines() if line.startswith(f"{kind}=")), "")
        if "photodedup.desktop" not in line:
            raise Trouble(f"photodedup is not offered for {kind}")


def use(root: Path, results: Path) -> None:
    """Let the person use the program, in English and in Korean."""
    home = root / "home" / PERSON
    photos = home / "Holiday photos"
    make_sample_library(photos)
    shutil.copy(Path(__file__).with_name("use_window.py"), home / "use_window.py")
    _in_root(root, ["chown", "-R", f"{PERSON}:", f"/home/{PERSON}"])
    for language in ("en_GB.UTF-8", "ko_KR.UTF-8"):
        # -i: nothing of this machine's environment reaches the person
        person = ["runuser", "-u", PERSON, "--", "env", "-i", f"HOME=/home/{PERSON}"]
        person += ["PATH=/usr/bin:/bin", f"LANG={language}", "XDG_RUNTIME_DIR=/tmp/runtime"]
        desktop = ["xvfb-run", "-a", "-s", "-screen 0 1366x768x24", "dbus-run-session", "--"]
        script = ["python3", f"/home/{PERSON}/use_window.py", f"/home/{PERSON}/Holiday photos"]
        _in_root(root, [*person, *desktop, *script])
        shutil.rmtree(root / "tmp" / "runtime", ignore_errors=True)
        short = language[:2]
        for made in ("welcome.png", "groups.png", "figures.json"):
            shutil.move(home / made, results / f"{short}-{made}")
        figures = json.loads((results / f"{short}-figures.json").read_text("utf-8"))
        print(f"{language}: {figures}")
        # The next language starts as a new person does.
        for name in (".local", ".cache", ".config"):
            shutil.rmtree(home / name, ignore_errors=True)


def files_of(root: Path) -> set[str]:
    """Every file of the system, but what apt keeps for itself and people's own."""
    found = set()
    for folder, names, files in os.walk(root):
        here = Path(folder).relative_to(root)
        names[:] = [name for name in names if not _is_not_ours(str(here / name))]
        found |= {str(here / name) for name in files if not _is_not_ours(str(here / name))}
    return found


def _is_not_ours(path: str) -> bool:
    return path in CACHES or path.startswith((*NOT_OURS, "home"))


def _names_us(path: Path) -> bool:
    return path.is_file() and b"photodedup" in path.read_bytes()


def _packages(root: Path) -> set[str]:
    """What apt's last run installed, by its history."""
    history = (root / "var/log/apt/history.log").read_text("utf-8").strip().split("\n\n")[-1]
    line = next(line for line in history.splitlines() if line.startswith("Install: "))
    return {name.split(":")[0] for name in line.removeprefix("Install: ").split("), ")}


def _in_root(root: Path, command: list[str]) -> None:
    """Run a command in the root, in mount and process namespaces that end with it."""
    mounts = 'mount -t proc proc "$0/proc" && mount -t tmpfs tmpfs "$0/dev/shm"'
    enter = f'{mounts} && exec chroot "$0" "$@"'
    space = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", enter, str(root)]
    _run([*space, *command], DEBIAN_FRONTEND="noninteractive", LC_ALL="C.UTF-8")


def _run(command: list[str], **environment: str) -> None:
    print("+", " ".join(command[:9] + ["…"] * (len(command) > 9)), flush=True)
    subprocess.run(command, check=True, env={**os.environ, **environment})


def main() -> int:
    """Make the root if it is not there, and try the package in it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("deb", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("--root", type=Path, default=Path("build/clean-root"))
    given = parser.parse_args()
    given.results.mkdir(parents=True, exist_ok=True)
    root = given.root.resolve()
    try:
        if not root.exists():
            make_root(root)
        try_package(root, given.deb.resolve(), given.results.resolve())
    except (Trouble, subprocess.CalledProcessError) as error:
        print(f"Failed: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
