"""Slow drives are told by what the system says, and read one file at a time, in order."""

import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from photodedup.core.job import JobCancelled, JobControl
from photodedup.core.records import PhotoFile
from photodedup.core.slow_disks import (
    AHEAD,
    DriveKind,
    drive_kind,
    in_reading_order,
    read_ahead,
    read_into_cache,
)

MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:45 / /mnt/share rw,relatime - cifs //server/photos rw
31 22 0:46 / /home/me/sshfs rw - fuse.sshfs me@host: rw
32 22 0:50 /sub /data rw,relatime shared:7 - btrfs {source} rw
33 22 0:60 / /tmp rw - tmpfs tmpfs rw
"""


def file_on(major: int, minor: int, name: str = "a.jpg") -> PhotoFile:
    return PhotoFile(Path("/photos") / name, 10, 0, os.makedev(major, minor), 1)


@pytest.mark.skipif(sys.platform != "linux", reason="these tables are Linux's")
class TestLinux:
    @pytest.fixture
    def tables(self, tmp_path: Path) -> tuple[Path, Path]:
        """/dev/sda rotates, /dev/nvme0n1 does not; their partitions lie below them."""
        for drive, parts, rotational in (
            ("sda", ["8:0", "8:1"], 1),
            ("nvme0n1", ["259:0"], 0),
            ("virtio2/vda", ["254:0"], 1),
        ):
            folder = tmp_path / "devices" / drive
            (folder / "queue").mkdir(parents=True)
            (folder / "queue" / "rotational").write_text(f"{rotational}\n")
            for number, name in zip(parts, ["", "part1"], strict=False):
                (folder / name).mkdir(exist_ok=True)
                (tmp_path / "block").mkdir(exist_ok=True)
                (tmp_path / "block" / number).symlink_to(folder / name)
        table = tmp_path / "mountinfo"
        table.write_text(MOUNTS.format(source="/dev/no-such-drive"))
        return tmp_path / "block", table

    @pytest.mark.parametrize(
        ("number", "kind"),
        [
            ((8, 0), DriveKind.ROTATING),
            ((8, 1), DriveKind.ROTATING),
            ((259, 0), DriveKind.FAST),
            ((254, 0), DriveKind.FAST),  # a virtual machine's: who knows
            ((0, 45), DriveKind.NETWORK),
            ((0, 46), DriveKind.NETWORK),
            ((0, 50), DriveKind.FAST),  # the drive below it is gone
            ((0, 60), DriveKind.FAST),
            ((77, 7), DriveKind.FAST),  # nothing is known of it
        ],
    )
    def test_what_the_system_says(
        self, tables: tuple[Path, Path], number: tuple[int, int], kind: DriveKind
    ) -> None:
        assert drive_kind(file_on(*number), *tables) is kind

    def test_the_drive_below_a_btrfs_counts(self, tables: tuple[Path, Path]) -> None:
        """/dev/null stands for the drive: any file of /dev has a number."""
        block, table = tables
        number = os.stat(os.devnull).st_rdev
        (block / f"{os.major(number)}:{os.minor(number)}").symlink_to(block / "8:0")
        table.write_text(MOUNTS.format(source=os.devnull))

        assert drive_kind(file_on(0, 50), block, table) is DriveKind.ROTATING

    def test_without_tables_nothing_is_slow(self, tmp_path: Path) -> None:
        assert drive_kind(file_on(8, 1), tmp_path / "a", tmp_path / "b") is DriveKind.FAST


def names(files: Sequence[PhotoFile]) -> list[str]:
    return [file.path.relative_to("/photos").as_posix() for file in files]


def test_fast_drives_come_first_and_slow_ones_folder_by_folder() -> None:
    asked = []

    def kind_of(file: PhotoFile) -> DriveKind:
        asked.append(os.minor(file.device))
        return DriveKind.FAST if os.minor(file.device) == 1 else DriveKind.NETWORK

    files = [
        file_on(0, 2, "b/1.jpg"),
        file_on(0, 1, "z.jpg"),
        file_on(0, 3, "c.jpg"),
        file_on(0, 2, "a/2.jpg"),
        file_on(0, 1, "y.jpg"),
        file_on(0, 2, "b/0.jpg"),
    ]
    given = list(in_reading_order(files, 60, JobControl(), kind_of))

    assert names(given) == ["z.jpg", "y.jpg", "a/2.jpg", "b/1.jpg", "b/0.jpg", "c.jpg"]
    assert asked == [2, 1, 3]


def test_one_file_is_read_at_a_time_and_before_it_is_given() -> None:
    files = [file_on(0, 2, f"{number:02}.jpg") for number in range(30)]
    busy = threading.Lock()
    done: list[str] = []

    def read(path: Path) -> None:
        assert busy.acquire(blocking=False), "two at once"
        done.append(path.name)
        busy.release()
        if path.name == "07.jpg":
            raise OSError("unreadable")

    for number, file in enumerate(read_ahead(files, 60, JobControl(), read)):
        assert file is files[number]
        assert file.path.name in done
        assert len(done) <= number + 1 + AHEAD
    assert done == names(files)


def test_a_file_that_hangs_is_given_and_the_rest_are_read() -> None:
    files = [file_on(0, 2, f"{number}.jpg") for number in range(8)]
    answer = threading.Event()
    read_since = {file.path.name: threading.Event() for file in files}

    def read(path: Path) -> None:
        if path.name == "2.jpg":
            answer.wait(60)
        read_since[path.name].set()

    given = list(read_ahead(files, 0.3, JobControl(), read))
    try:
        assert given == files
        for name, is_read in read_since.items():
            assert name == "2.jpg" or is_read.wait(30)
    finally:
        answer.set()


def test_waiting_ends_when_the_job_is_cancelled() -> None:
    control = JobControl()
    answer = threading.Event()

    def read(_path: Path) -> None:
        control.cancel()
        answer.wait(60)

    try:
        with pytest.raises(JobCancelled):
            list(read_ahead([file_on(0, 2)], 60, control, read))
    finally:
        answer.set()


def test_reading_into_the_cache_needs_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x" * 3_000_000)
    read_into_cache(tmp_path / "a.jpg")
    with pytest.raises(OSError, match="No such file"):
        read_into_cache(tmp_path / "b.jpg")
