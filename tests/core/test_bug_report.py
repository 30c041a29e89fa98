"""A bug report says what is wrong and, unless that is chosen, nothing about whose photos."""

import logging
from pathlib import Path

import pytest

from photodedup.core.bug_report import bug_report, without_messages, without_paths
from photodedup.core.database import DatabaseNewer
from photodedup.core.environment import LOG_NAME, DataFolders, LogFile
from photodedup.core.records import Problem, ProblemCode
from photodedup.core.store import CacheStore
from tests.core.spoiled import run_sql
from tests.records_made import make_photo

SECRET = "Secret wedding/Anna and Ben 'kiss'.heic"
REASON = "could not be read as HEIF: no meta box"
FIRST_LINE = "2026-01-02 03:04:05,678"


@pytest.fixture
def used(folders: DataFolders) -> DataFolders:
    """Data folders with one problem in the cache and in the log, and one error in the log."""
    photo = make_photo(SECRET)
    path = photo.path
    with CacheStore(folders.cache) as store:
        store.add_photos([(make_photo("sound.jpg"), None), (photo, f"{path}: cut short")])
        problem = Problem(path.with_suffix(".heif"), ProblemCode.UNDECODABLE, f"{REASON} in {path}")
        store.add_problems([(make_photo(SECRET).file, problem)])
    log = [
        f"{FIRST_LINE} INFO photodedup.core.pipeline: {str(path)!r}: undecodable: {REASON}",
        f"{FIRST_LINE} INFO photodedup.core.pipeline: scanning {path}",
        f"{FIRST_LINE} ERROR photodedup.cli: internal error about {path}",
        "Traceback (most recent call last):",
        f'  File "/home/anna/{path.name}/photodedup/core/decode.py", line 12, in decode',
        "    return read(path)",
        '  File "/home/anna/lib/site-packages/PIL/Image.py", line 3, in open',
        f"PIL.UnidentifiedImageError: cannot read {path}",
        f"{path} on a line of its own",
    ]
    (folders.logs / LOG_NAME).write_text("\n".join(log) + "\n", "utf-8")
    return folders


def test_it_holds_versions_devices_counts_and_problems(used: DataFolders) -> None:
    report = bug_report(used, None, with_paths=False)
    assert "photodedup  " in report
    assert "CPUExecutionProvider" in report
    assert "kept photos             2" in report
    assert f"{FIRST_LINE} undecodable: {REASON}" in report
    assert "1 x damaged .heic: … cut short" in report.replace("…:", "…")
    assert "photodedup/core/decode.py:12 decode" in report
    assert "site-packages/PIL/Image.py:3 open" in report
    assert "    PIL.UnidentifiedImageError" in report.splitlines()


def test_no_personal_path_is_in_it(used: DataFolders, tmp_path: Path) -> None:
    report = bug_report(used, tmp_path / "Anna's network.onnx", with_paths=False)
    for word in ("Secret", "wedding", "Anna", "Ben", "kiss", "anna", str(tmp_path), "/photos"):
        assert word not in report, word


def test_paths_are_in_it_when_chosen(used: DataFolders, tmp_path: Path) -> None:
    report = bug_report(used, tmp_path / "own.onnx", with_paths=True)
    assert "Anna and Ben" in report
    assert str(tmp_path / "own.onnx") in report
    assert str(used.cache) in report
    assert "internal error about /photos" in report


def test_a_report_can_be_made_of_broken_databases(used: DataFolders) -> None:
    run_sql(used.cache / "cache.db", "PRAGMA user_version = 99")
    (used.data / "library.db").write_bytes(b"noise" * 1000)
    report = bug_report(used, None, with_paths=False)
    assert f"cache                   {DatabaseNewer.__name__}" in report
    assert "library                 DatabaseCorrupt" in report


def test_a_report_of_nothing(folders: DataFolders) -> None:
    report = bug_report(folders, None, with_paths=False)
    assert report.count("none\n") == 1
    assert "no warnings, no errors" in report


@pytest.mark.parametrize(
    "text",
    [
        "cannot open /home/anna/x.jpg",
        "cannot open /home/anna/My photos/x.jpg: broken",
        r"cannot open C:\Users\Anna\x.jpg",
        r"\\server\Anna\x.jpg is gone",
    ],
)
def test_paths_in_messages_are_hidden(text: str) -> None:
    hidden = without_paths(text)
    assert "anna" not in hidden.lower()
    assert "x.jpg" not in hidden


def test_only_our_own_warnings_count() -> None:
    lines = [f"{FIRST_LINE} WARNING {name}: about /home/anna" for name in ("PIL.x", "photodedup.y")]
    assert without_messages(lines) == [f"{FIRST_LINE} WARNING photodedup.y"]


def test_a_log_that_cannot_be_written_costs_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk would otherwise put a traceback for every line on the user's terminal."""
    handler = LogFile(tmp_path / "no such folder" / LOG_NAME)
    record = logging.LogRecord("photodedup", logging.INFO, "", 0, "text", None, None)
    handler.handle(record)
    handler.close()
    assert capsys.readouterr().err == ""


def test_the_log_rotates(tmp_path: Path) -> None:
    handler = LogFile(tmp_path / LOG_NAME)
    handler.maxBytes = 1000
    for number in range(100):
        text = f"{number} caf\udce9 " + "x" * 90
        handler.handle(logging.LogRecord("photodedup", logging.INFO, "", 0, text, None, None))
    handler.close()
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {LOG_NAME, *(f"{LOG_NAME}.{n}" for n in (1, 2, 3))}
    assert "99 caf\\udce9" in (tmp_path / LOG_NAME).read_text("utf-8")
