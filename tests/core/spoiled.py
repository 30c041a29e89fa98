"""What disks do to databases: ways to spoil a file, for tests of what becomes of it."""

import contextlib
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

Spoil = Callable[[Path], None]


def noise(length: int) -> bytes:
    return np.random.default_rng(0).bytes(length)


def overwrite(path: Path) -> None:
    path.write_bytes(noise(path.stat().st_size))


def cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def cut_to_nothing(path: Path) -> None:
    os.truncate(path, 0)


def cut_in_header(path: Path) -> None:
    os.truncate(path, 50)


def spoil_header(path: Path) -> None:
    with path.open("rb+") as file:
        file.write(noise(100))


def remove(path: Path) -> None:
    path.unlink()


WHOLE_FILE: list[Spoil] = [
    overwrite,
    cut_in_half,
    cut_to_nothing,
    cut_in_header,
    spoil_header,
    remove,
]


def spoil_table(path: Path, table: str) -> None:
    """Noise where a table begins: the file opens, and the damage shows when the table is read."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)
        ).fetchone()
        (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("rb+") as file:
        file.seek((page - 1) * page_size)
        file.write(noise(page_size))


def run_sql(path: Path, statement: str) -> None:
    """Change a database behind the program's back."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


@contextlib.contextmanager
def small_disk(point: Path, size: str) -> Iterator[None]:
    """A volume of its own at this folder; skips where one may not be mounted."""
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root may mount")
    options = ["-t", "tmpfs", "-o", f"size={size}", "tmpfs"]
    done = subprocess.run(["mount", *options, str(point)], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"mounting is not allowed here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(point)], check=True)


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder in which nobody can write, not even root."""
    if os.name != "posix":
        pytest.skip("POSIX permissions")
    if os.geteuid() != 0:
        names = [folder, *folder.iterdir()]
        for name in names:
            name.chmod(0o555 if name.is_dir() else 0o444)
        try:
            yield
        finally:
            for name in names:
                name.chmod(0o755)
        return
    bind = subprocess.run(["mount", "--bind", str(folder), str(folder)], capture_output=True)
    if bind.returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
