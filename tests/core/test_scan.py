import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from photodedup.core.errors import FolderMissing
from photodedup.core.job import JobCancelled, JobControl
from photodedup.core.records import PhotoFile, Problem, ProblemCode
from photodedup.core.scan import find_photos

needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX names, links or pipes")


def touch(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def unexpected(problem: Problem) -> None:
    raise AssertionError(problem)


def scanned(*roots: Path, excluded: Sequence[str] = ()) -> tuple[list[Path], list[Problem]]:
    problems: list[Problem] = []
    photos = find_photos(roots, excluded, problems.append)
    return [photo.path for photo in photos], problems


def test_photos_are_listed_with_their_stat_in_a_stable_order(tmp_path: Path) -> None:
    names = ["b.jpg", "a.JPEG", "z/1.heic", "c/2.png", "c/deep/3.NEF"]
    for name in names:
        touch(tmp_path / name, name.encode())
    photos = list(find_photos([tmp_path], [], unexpected))
    relative = [photo.path.relative_to(tmp_path).as_posix() for photo in photos]
    assert relative == ["a.JPEG", "b.jpg", "c/2.png", "c/deep/3.NEF", "z/1.heic"]
    for photo in photos:
        info = os.stat(photo.path)
        assert photo == PhotoFile(
            photo.path, info.st_size, info.st_mtime_ns, info.st_dev, info.st_ino
        )


def test_other_files_are_not_listed(tmp_path: Path) -> None:
    for name in ["notes.txt", "clip.mp4", "jpg", "a.jpg.xmp", "._a.jpg", ".hidden.jpg"]:
        touch(tmp_path / name)
    assert scanned(tmp_path) == ([], [])


@pytest.mark.parametrize(
    "folder",
    [
        ".photodedup-holding",
        ".cache",
        ".Trash-1000",
        "$RECYCLE.BIN",
        "System Volume Information",
        "@eaDir",
        "#recycle",
        "__MACOSX",
        "lost+found",
        "My.photoslibrary",
    ],
)
def test_a_system_folder_is_visited_only_when_it_is_given(tmp_path: Path, folder: str) -> None:
    photo = touch(tmp_path / "sub" / folder / "inside" / "a.jpg")
    assert scanned(tmp_path) == ([], [])
    assert scanned(tmp_path / "sub" / folder) == ([photo], [])


def test_overlapping_folders_list_each_file_once(tmp_path: Path) -> None:
    photo, inner = touch(tmp_path / "a.jpg"), touch(tmp_path / "inner" / "b.jpg")
    for roots in ([tmp_path, tmp_path / "inner"], [tmp_path / "inner", tmp_path, tmp_path]):
        paths, problems = scanned(*roots)
        assert sorted(paths) == [photo, inner]
        assert problems == []


@needs_posix
def test_loops_of_links_end_and_real_paths_win(tmp_path: Path) -> None:
    photo = touch(tmp_path / "real" / "a.jpg")
    (tmp_path / "a-link").symlink_to(tmp_path / "real", target_is_directory=True)
    (tmp_path / "real" / "up").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "loop1").symlink_to(tmp_path / "loop2")
    (tmp_path / "loop2").symlink_to(tmp_path / "loop1")
    assert scanned(tmp_path) == ([photo], [])


@needs_posix
def test_a_linked_folder_from_elsewhere_is_visited_under_the_links_name(tmp_path: Path) -> None:
    touch(tmp_path / "elsewhere" / "a.jpg")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert scanned(root) == ([root / "link" / "a.jpg"], [])


@needs_posix
def test_a_link_to_a_file_is_not_a_photo_but_a_hard_link_is(tmp_path: Path) -> None:
    photo = touch(tmp_path / "a.jpg")
    (tmp_path / "link.jpg").symlink_to(photo)
    (tmp_path / "broken.jpg").symlink_to(tmp_path / "nowhere.jpg")
    os.link(photo, tmp_path / "hard.jpg")
    photos = list(find_photos([tmp_path], [], unexpected))
    assert [found.path.name for found in photos] == ["a.jpg", "hard.jpg"]
    assert len({(found.device, found.inode) for found in photos}) == 1


@needs_posix
def test_a_pipe_called_like_a_photo_is_not_listed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert scanned(tmp_path) == ([], [])


@needs_posix
@pytest.mark.skipif(sys.platform == "darwin", reason="APFS refuses names that are not UTF-8")
def test_odd_names_survive(tmp_path: Path) -> None:
    names = [b"new\nline.jpg", b"quo\"te's.jpg", b"latin-\xe9.jpg", b"=1+1.jpg", b" .jpg"]
    for name in names:
        touch(Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)))
    paths, problems = scanned(tmp_path)
    assert sorted(os.fsencode(path.name) for path in paths) == sorted(names)
    assert problems == []


@needs_posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_folder_is_a_problem_and_the_rest_goes_on(tmp_path: Path) -> None:
    photo = touch(tmp_path / "b" / "a.jpg")
    closed = tmp_path / "a"
    closed.mkdir()
    closed.chmod(0)
    paths, problems = scanned(tmp_path)
    closed.chmod(stat.S_IRWXU)
    assert paths == [photo]
    assert [(problem.path, problem.code) for problem in problems] == [
        (closed, ProblemCode.FOLDER_UNREADABLE)
    ]
    assert problems[0].reason


def test_a_folder_removed_during_the_walk_is_a_problem(tmp_path: Path) -> None:
    photo, later = touch(tmp_path / "a.jpg"), touch(tmp_path / "sub" / "b.jpg")
    problems: list[Problem] = []
    photos = find_photos([tmp_path], [], problems.append)
    assert next(photos).path == photo
    later.unlink()
    later.parent.rmdir()
    assert list(photos) == []
    assert [(problem.path, problem.code) for problem in problems] == [
        (later.parent, ProblemCode.FOLDER_UNREADABLE)
    ]


def test_a_missing_folder_is_refused_before_anything_is_listed(tmp_path: Path) -> None:
    touch(tmp_path / "a.jpg")
    for missing in (tmp_path / "nowhere", tmp_path / "a.jpg"):
        with pytest.raises(FolderMissing, match="no such folder"):
            find_photos([tmp_path, missing], [], unexpected)


@pytest.mark.parametrize(
    ("glob", "left"),
    [
        ("*.png", ["a.jpg", "x/a.jpg", "x/y/a.jpg"]),
        ("a.jpg", ["b.png", "x/b.png", "x/y/b.png"]),
        ("x", ["a.jpg", "b.png"]),
        ("x/", ["a.jpg", "b.png"]),
        ("x/y", ["a.jpg", "b.png", "x/a.jpg", "x/b.png"]),
        ("x/*.png", ["a.jpg", "b.png", "x/a.jpg", "x/y/a.jpg"]),
        ("[!a]*", ["a.jpg"]),
    ],
)
def test_globs_leave_out_names_and_paths_below_the_folder(
    tmp_path: Path, glob: str, left: list[str]
) -> None:
    for name in ["a.jpg", "b.png", "x/a.jpg", "x/b.png", "x/y/a.jpg", "x/y/b.png"]:
        touch(tmp_path / name)
    paths, _ = scanned(tmp_path, excluded=["never", glob])
    assert [path.relative_to(tmp_path).as_posix() for path in paths] == left


def test_a_relative_folder_gives_absolute_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = touch(tmp_path / "sub" / "a.jpg")
    monkeypatch.chdir(tmp_path)
    assert scanned(Path("sub/../sub")) == ([photo], [])


def test_a_deep_tree_needs_no_recursion(tmp_path: Path) -> None:
    folder = tmp_path
    for _ in range(300):
        folder = folder / "d"
    photo = touch(folder / "a.jpg")
    assert scanned(tmp_path) == ([photo], [])


def test_a_cancelled_job_stops_the_walk(tmp_path: Path) -> None:
    touch(tmp_path / "a.jpg")
    touch(tmp_path / "sub" / "b.jpg")
    control = JobControl()
    photos = find_photos([tmp_path], [], unexpected, control)
    next(photos)
    control.cancel()
    with pytest.raises(JobCancelled):
        next(photos)
