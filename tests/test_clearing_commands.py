"""plan, apply, undo, history, empty and decisions as scripts use them."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from photodedup.cli import main
from photodedup.core.plan_file import write_plan
from tests.core.clearing_made import changes, quick_group, quick_plan, tree_of
from tests.data.make_photos import textured_photo
from tests.library_made import save_photo

Run = Callable[..., int]


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def run(data_dir: Path, tiny_model: Path) -> Run:
    """Run the command line in this process; its exit code."""

    def call(*words: object) -> int:
        return main([str(w) for w in ("--data-dir", data_dir, "--model", tiny_model, *words)])

    return call


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three photos, of the first a half-size copy and a byte copy with a sidecar."""
    folder = tmp_path / "photos"
    (folder / "copies").mkdir(parents=True)
    for seed in range(3):
        save_photo(textured_photo(seed, 640, 480), folder / f"{seed}.jpg")
    save_photo(textured_photo(0, 320, 240), folder / "copies/half.jpg", quality=75)
    shutil.copy2(folder / "0.jpg", folder / "copies/0.jpg")
    (folder / "copies/0.jpg.xmp").write_text("edits")
    return folder


def test_plan_apply_undo(
    run: Run, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.json"
    before = tree_of(photos)
    assert run("plan", photos, "--out", plan, "--workers", 1) == 0
    assert not changes(before, tree_of(photos)), "a plan is a dry run"
    document = json.loads(plan.read_text())
    going = [Path(d["path"]).name for g in document["groups"] for d in g["discard"]]
    assert sorted(going) == ["0.jpg", "half.jpg"]
    listed = capsys.readouterr().out
    assert "0.jpg.xmp" in listed
    assert "2 photos to discard" in listed

    shutil.rmtree(tmp_path / "data/cache")  # applying needs no database of the scan
    assert run("apply", plan) == 0
    printed = capsys.readouterr().out
    batch = printed.splitlines()[0].removeprefix("batch ")
    assert "2 photos cleared" in printed
    assert sorted(path.name for path in tree_of(photos)) == ["0.jpg", "1.jpg", "2.jpg"]

    assert run("history") == 0
    assert f"{batch}  " in capsys.readouterr().out
    assert run("undo", batch) == 0
    assert "2 photos taken back" in capsys.readouterr().out
    assert not changes(before, tree_of(photos))
    assert run("undo", batch) == 2
    assert "nothing of this batch" in capsys.readouterr().err
    assert run("history") == 0
    assert "2 taken back" in capsys.readouterr().out


def test_a_held_photo_is_not_scanned_again(run: Run, photos: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    run("plan", photos, "--out", plan, "--workers", 1)
    run("apply", plan)
    assert run("plan", photos, "--out", plan, "--workers", 1) == 0
    assert json.loads(plan.read_text())["groups"] == []


def test_a_protected_folder_keeps_its_photos(run: Run, photos: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    run("plan", photos, "--out", plan, "--protect", photos / "copies", "--workers", 1)
    document = json.loads(plan.read_text())
    assert document["protected"] == [str(photos / "copies")]
    discarded = [d["path"] for g in document["groups"] for d in g["discard"]]
    assert discarded == [str(photos / "0.jpg")], "the protected copy stays for it"


def test_the_plan_as_a_table(run: Run, photos: Path, tmp_path: Path) -> None:
    table = tmp_path / "list.csv"
    assert run("plan", photos, "--out", "-", "--list", table, "--workers", 1) == 0
    with table.open(newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 3


def test_decisions_are_kept_listed_revoked(
    run: Run, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.json"
    assert run("decisions", "--reject", photos / "0.jpg", photos / "copies/half.jpg") == 0
    (photos / "copies/half.jpg").rename(photos / "moved.jpg")
    run("plan", photos, "--out", plan, "--workers", 1)
    going = [d["path"] for g in json.loads(plan.read_text())["groups"] for d in g["discard"]]
    assert going == [str(photos / "copies/0.jpg")], "the rejected one stays, though it was moved"
    capsys.readouterr()
    assert run("decisions") == 0
    listed = capsys.readouterr().out
    assert "half.jpg" in listed
    assert run("decisions", "--revoke", listed.split()[0]) == 0
    assert run("decisions", "--revoke", listed.split()[0]) == 2
    run("plan", photos, "--out", plan, "--workers", 1)
    assert len(json.loads(plan.read_text())["groups"][0]["discard"]) == 2


def test_decisions_are_exported_as_triplets(
    run: Run, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, table = tmp_path / "plan.json", tmp_path / "triplets.csv"
    run("decisions", "--reject", photos / "0.jpg", photos / "1.jpg")
    run("plan", photos, "--out", plan, "--workers", 1)
    run("apply", plan)
    assert run("decisions", "--export", table) == 0
    with table.open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert {Path(row["anchor"]).name, Path(row["positive"]).name} == {"0.jpg", "half.jpg"}
    assert row["negative"] == str(photos / "1.jpg")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--reject", "{photos}/0.jpg", "{photos}/copies/0.jpg"), "two different"),
        (("--reject", "{photos}/0.jpg", "{photos}/none.jpg"), "none.jpg"),
    ],
)
def test_decisions_that_make_no_sense(
    run: Run,
    photos: Path,
    words: tuple[str, ...],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("decisions", *(word.format(photos=photos) for word in words)) == 2
    assert message in capsys.readouterr().err


def small_library(tmp_path: Path, copies: int) -> tuple[Path, Path]:
    """A photo, many copies of it, and a plan that discards them: its folder and its file."""
    folder = tmp_path / "many"
    folder.mkdir()
    keeper = folder / "keeper.jpg"
    Image.fromarray(textured_photo(1, 64, 48)).save(keeper)
    names = [folder / f"{number % 50}" / f"{number}.jpg" for number in range(copies)]
    for name in names:
        name.parent.mkdir(exist_ok=True)
        shutil.copy2(keeper, name)
    target = tmp_path / "plan.json"
    write_plan(quick_plan(folder, quick_group(keeper, *names)), str(target))
    return folder, target


def test_skipped_items_are_listed(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, plan = small_library(tmp_path, 3)
    (folder / "1/1.jpg").write_bytes(b"changed")
    assert run("apply", plan) == 1
    printed = capsys.readouterr()
    assert "1.jpg: it changed since it was reviewed" in printed.err
    assert "2 photos cleared" in printed.out
    assert "1 left alone" in printed.out


def test_a_refused_plan_does_nothing(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, plan = small_library(tmp_path, 3)
    document = json.loads(plan.read_text())
    document["groups"][0]["discard"].append(
        {**document["groups"][0]["keeper"], "relation": "identical_file", "companions": []}
    )
    plan.write_text(json.dumps(document))
    before = tree_of(folder)
    assert run("apply", plan) == 2
    assert "refused" in capsys.readouterr().err
    assert not changes(before, tree_of(folder))
    assert not (folder / ".photodedup-holding").exists()


def test_other_acts(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder, plan = small_library(tmp_path, 3)
    before = tree_of(folder)
    assert run("apply", plan, "--act", "hard-link") == 0
    assert (folder / "1/1.jpg").samefile(folder / "keeper.jpg")
    assert run("undo") == 0
    assert not changes(before, tree_of(folder))
    assert run("apply", plan, "--act", "move", "--to", tmp_path / "moved") == 0
    assert (tmp_path / "moved/1/1.jpg").is_file()
    assert run("undo") == 0
    assert not changes(before, tree_of(folder))
    capsys.readouterr()
    assert run("apply", plan, "--act", "move") == 2
    assert run("apply", plan, "--to", tmp_path / "moved") == 2
    assert "--to FOLDER belongs to --act move" in capsys.readouterr().err


def test_undo_without_the_database(
    run: Run, tmp_path: Path, data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, plan = small_library(tmp_path, 3)
    before = tree_of(folder)
    run("apply", plan)
    shutil.rmtree(data_dir)
    assert run("undo") == 2
    assert "--from-holding" in capsys.readouterr().err
    (data_dir / "library.db").write_bytes(b"damaged" * 1000)
    assert run("undo", "--from-holding", folder) == 0
    assert not changes(before, tree_of(folder))


def test_empty_asks(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("empty") == 0
    assert "nothing is held" in capsys.readouterr().out
    folder, plan = small_library(tmp_path, 3)
    run("apply", plan)
    assert run("empty") == 2, "without a terminal it needs --yes"
    assert "--yes" in capsys.readouterr().err
    assert (folder / ".photodedup-holding").is_dir()


def program(data_dir: Path, *words: object) -> list[str]:
    prefix = [sys.executable, "-m", "photodedup", "--data-dir", str(data_dir)]
    return [*prefix, *map(str, words)]


@pytest.mark.skipif(sys.platform != "linux", reason="looks into the trash of freedesktop.org")
def test_empty_puts_files_into_the_systems_trash(run: Run, tmp_path: Path, data_dir: Path) -> None:
    folder, plan = small_library(tmp_path, 3)
    run("apply", plan)
    home = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "home")}
    done = subprocess.run(
        program(data_dir, "empty", "--yes"), env=home, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "3 photos put into the trash" in done.stdout
    assert not (folder / ".photodedup-holding").exists()
    trashed = [*(tmp_path / "home/Trash/files").glob("*.jpg"), *folder.glob(".Trash-*/files/*.jpg")]
    assert len(trashed) == 3
    assert run("undo") == 2


def start_applying(folder: Path, plan: Path, data_dir: Path) -> "subprocess.Popen[str]":
    """Start an apply, and wait until it has begun to move photos."""
    process = subprocess.Popen(
        program(data_dir, "apply", plan), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    journal = folder / ".photodedup-holding/journal.jsonl"
    deadline = time.monotonic() + 60
    while not journal.exists() or b'"done"' not in journal.read_bytes():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.002)
    return process


MANY = 2000  # so that a signal comes before the end even on a fast machine


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_keeps_what_is_done(tmp_path: Path, data_dir: Path, run: Run) -> None:
    folder, plan = small_library(tmp_path, MANY)
    before = tree_of(folder)
    process = start_applying(folder, plan, data_dir)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "what was done is kept" in err
    left = len(tree_of(folder)) - 1
    assert 0 < left < MANY
    assert f"{MANY - left:,} photos cleared" in out
    assert run("undo") == 0
    assert not changes(before, tree_of(folder))


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_killed_apply_is_settled_and_can_be_taken_back(
    tmp_path: Path, data_dir: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, plan = small_library(tmp_path, MANY)
    before = tree_of(folder)
    process = start_applying(folder, plan, data_dir)
    process.kill()
    process.communicate(timeout=60)
    cleared = MANY + 1 - len(tree_of(folder))
    assert 0 < cleared < MANY
    assert run("history") == 0
    assert "interrupted" not in capsys.readouterr().out, "the next start has settled it"
    assert run("undo") == 0
    assert not changes(before, tree_of(folder))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
def test_a_second_process_says_that_the_first_is_at_work(
    tmp_path: Path, data_dir: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, plan = small_library(tmp_path, MANY)
    process = start_applying(folder, plan, data_dir)
    process.send_signal(signal.SIGSTOP)
    try:
        assert run("undo") == 2
        assert "another photodedup is clearing" in capsys.readouterr().err
    finally:
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
