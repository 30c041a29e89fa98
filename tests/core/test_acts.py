import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from photodedup.core import acts as acts_module
from photodedup.core.acts import FileActs


@pytest.fixture(params=["system", "by link"])
def rename(request: pytest.FixtureRequest) -> Callable[[Path, Path], None]:
    """The system's exclusive rename, and what stands in for it where there is none."""
    made = FileActs()
    return made.rename if request.param == "system" else made._rename_by_link


def test_a_rename_moves(rename: Callable[[Path, Path], None], tmp_path: Path) -> None:
    source, target = tmp_path / os.fsdecode(b"a\xff"), tmp_path / "b\n"
    source.write_text("content")
    inode = source.stat().st_ino
    rename(source, target)
    assert not source.exists()
    assert (target.read_text(), target.stat().st_ino) == ("content", inode)


def test_a_rename_never_replaces(rename: Callable[[Path, Path], None], tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_text("mine")
    target.write_text("theirs")
    with pytest.raises(FileExistsError):
        rename(source, target)
    assert (source.read_text(), target.read_text()) == ("mine", "theirs")


def test_a_rename_never_replaces_a_broken_link(
    rename: Callable[[Path, Path], None], tmp_path: Path
) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_text("mine")
    target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        rename(source, target)
    assert target.is_symlink()


def test_a_rename_of_nothing(rename: Callable[[Path, Path], None], tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        rename(tmp_path / "a", tmp_path / "b")


@pytest.mark.skipif(os.name == "nt", reason="Windows needs no stand-in")
def test_this_system_renames_exclusively() -> None:
    """If this fails, every rename here is two system calls, and the tests above prove less."""
    assert acts_module.SYSTEM_RENAME is not None


def test_every_call_is_announced(tmp_path: Path) -> None:
    calls: list[str] = []
    made = FileActs(calls.append)
    made.make_folders(tmp_path / "a/b")
    made.write_new(tmp_path / "a/b/c", b"1")
    made.append(tmp_path / "a/b/c", b"2")
    made.copy_new(tmp_path / "a/b/c", tmp_path / "a/d")
    made.rename(tmp_path / "a/d", tmp_path / "a/e")
    made.link(tmp_path / "a/e", tmp_path / "a/f")
    made.set_mtime(tmp_path / "a/f", 5)
    made.unlink(tmp_path / "a/f")
    made.sync_folder(tmp_path / "a")
    assert calls == [
        *("mkdir", "mkdir"),
        *("open", "write", "fsync"),
        *("open", "write", "fsync"),
        *("open", "write", "fsync", "utime"),
        *("rename", "link", "utime", "unlink", "fsync"),
    ]
    assert (tmp_path / "a/e").read_bytes() == b"12"
    assert (tmp_path / "a/e").stat().st_mtime_ns == 5


def test_nothing_is_made_twice(tmp_path: Path) -> None:
    made = FileActs()
    made.write_new(tmp_path / "a", b"1")
    with pytest.raises(FileExistsError):
        made.write_new(tmp_path / "a", b"2")
    with pytest.raises(FileExistsError):
        made.copy_new(tmp_path / "a", tmp_path / "a")
    with pytest.raises(FileExistsError):
        made.link(tmp_path / "a", tmp_path / "a")
    with pytest.raises(NotADirectoryError) as caught:
        made.make_folders(tmp_path / "a" / "b")
    assert caught.value.errno == errno.ENOTDIR
    assert (tmp_path / "a").read_bytes() == b"1"


def test_a_copy_keeps_the_time_of_last_change(tmp_path: Path) -> None:
    source = tmp_path / "a"
    source.write_bytes(os.urandom(3_000_000))
    os.utime(source, ns=(1, 1_600_000_000_123_456_789))
    FileActs().copy_new(source, tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == source.read_bytes()
    assert (tmp_path / "b").stat().st_mtime_ns == 1_600_000_000_123_456_789
