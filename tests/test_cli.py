"""The command line as scripts use it: processes, exit codes, files."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.data.make_photos import textured_photo
from tests.library_made import make_library, save_photo


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return make_library(tmp_path / "library")


@pytest.fixture
def run(tmp_path: Path, tiny_model: Path) -> Any:
    def run_program(*words: object, model: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(tmp_path, tiny_model if model else None, *words),
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=120,
            check=False,
        )

    return run_program


def command(tmp_path: Path, model: Path | None, *words: object) -> list[str]:
    chosen = [] if model is None else ["--model", str(model)]
    data_dir = str(tmp_path / "data")
    program = [sys.executable, "-m", "photodedup", "--data-dir", data_dir, *chosen]
    return [*program, *map(str, words)]


def test_scan_writes_all_its_reports(run: Any, library: Path, tmp_path: Path) -> None:
    out = {kind: tmp_path / f"out.{kind}" for kind in ("json", "csv", "html")}
    reports = [word for kind, path in out.items() for word in (f"--{kind}", path)]
    done = run("scan", library, "--device", "cpu", *reports)
    assert done.returncode == 1, done.stderr  # two bad files are listed
    assert "stays: " in done.stdout
    assert "empty.jpg" in done.stderr
    document = json.loads(out["json"].read_text())
    assert document["complete"]
    assert [len(group["photos"]) for group in document["groups"]] == [3, 2]
    assert document["counts"]["found"] == 11
    assert "data:image/jpeg;base64," in out["html"].read_text()
    assert out["csv"].read_text().count("\n") == 6


def test_json_on_stdout_is_only_json(run: Any, library: Path) -> None:
    (library / "text.jpg").unlink()
    (library / "empty.jpg").unlink()
    done = run("scan", library, "--json", "-")
    assert done.returncode == 0
    assert json.loads(done.stdout)["counts"]["skipped"] == 0
    assert done.stderr == ""  # no progress where no terminal is


def test_search_finds_the_file_itself_first(run: Any, library: Path, tmp_path: Path) -> None:
    plot = tmp_path / "plot.png"
    queries = (library / "trip" / "0.jpg", library / "crop.jpg")
    done = run("search", *queries, "--in", library, "--plot", plot, "--json", tmp_path / "s.json")
    assert done.returncode == 1  # the bad files of the folder
    assert "1.000  " in done.stdout
    first, second = json.loads((tmp_path / "s.json").read_text())["queries"]
    assert {Path(m["path"]).name for m in first["matches"][:2]} == {"0.jpg", "copy of 0.jpg"}
    assert first["matches"][0]["similarity"] == pytest.approx(1, abs=1e-6)
    assert first["matches"][2]["relation"] == "resaved"
    assert Path(second["matches"][0]["path"]).name == "crop.jpg"
    assert Path(second["matches"][1]["path"]).name == "1.jpg"
    for query in (first, second):
        similarities = [match["similarity"] for match in query["matches"]]
        assert len(similarities) == 5
        assert similarities == sorted(similarities, reverse=True)
    with Image.open(plot) as picture:
        assert picture.width > 5 * 196
        assert picture.height > 2 * 196


def test_search_without_a_folder_asks_everything_that_was_scanned(run: Any, library: Path) -> None:
    run("scan", library)
    done = run("search", library / "half.jpg", "--top", 2)
    assert done.returncode == 0
    assert done.stdout.count("1.000") >= 1
    assert "0.jpg" in done.stdout


def test_a_query_that_is_no_photo_is_refused(run: Any, library: Path) -> None:
    done = run("search", library / "missing.jpg", library / "text.jpg", "--in", library / "trip")
    assert done.returncode == 2
    assert "missing.jpg" in done.stderr
    assert "text.jpg" in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("scan", "no such folder"), "no such folder"),
        (("scan",), "FOLDER"),
        (("scan", ".", "--preset", "vague"), "preset"),
        (("scan", ".", "--workers", "0"), "workers"),
        (("watch", "no such folder"), "no such folder"),
        (("scan", ".", "--max-megapixels", "0"), "max-megapixels"),
        (("search", "a.jpg", "--timeout", "1"), "timeout"),
        (("scan", ".", "--previews-gib", "-1"), "previews-gib"),
        (("scan", ".", "--json", "nowhere/out.json"), "nowhere/out.json"),
        (("scan", ".", "--model", "none.onnx"), "none.onnx"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    run: Any, words: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_common_options_stand_before_or_after_the_command(
    tmp_path: Path, tiny_model: Path, library: Path
) -> None:
    after = [sys.executable, "-m", "photodedup", "scan", str(library), "--json", "-"]
    after += ["--data-dir", str(tmp_path / "after"), "--model", str(tiny_model)]
    done = subprocess.run(after, capture_output=True, timeout=120, check=False)
    assert json.loads(done.stdout)["model"] == "tiny"
    assert (tmp_path / "after" / "cache" / "cache.db").is_file()


def test_watching_reads_what_is_there_until_ctrl_c(tmp_path: Path, tiny_model: Path) -> None:
    folder = tmp_path / "watched"
    folder.mkdir()
    save_photo(textured_photo(1, 400, 300), folder / "photo.jpg")
    words = command(tmp_path, tiny_model, "watch", folder)
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert str(folder) in running.stdout.readline()
        assert running.stdout.readline() == "1 new photo read\n"
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=60) == 0


def test_a_limit_that_refuses_a_photo_is_named_and_can_be_raised(run: Any, tmp_path: Path) -> None:
    photo = tmp_path / "library" / "large.png"
    photo.parent.mkdir()
    Image.fromarray(textured_photo(1, 1100, 1000)).save(photo, compress_level=1)
    refused = run("scan", photo.parent, "--max-megapixels", 1)
    assert refused.returncode == 1
    assert "large.png: 1100 x 1000 pixels; the limit is 1 megapixels" in refused.stderr
    assert "--max-megapixels" in refused.stderr
    read = run("scan", photo.parent, "--max-megapixels", 2)
    assert (read.returncode, read.stderr) == (0, "")
    assert run("search", photo, "--max-megapixels", 1).returncode == 2


def test_names_of_any_bytes(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    names = [b"new\nline.jpg", b"quote'\".jpg", b"caf\xe9.jpg", b"=1+1.jpg"]
    photo = save_photo(textured_photo(3, 400, 300), tmp_path / "plain.jpg").read_bytes()
    for name in names:
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(photo)
    done = run("scan", folder, "--json", tmp_path / "o.json", "--html", tmp_path / "o.html")
    assert done.returncode == 0, done.stderr
    (group,) = json.loads((tmp_path / "o.json").read_text())["groups"]
    found = {os.fsencode(Path(photo["path"]).name) for photo in group["photos"]}
    assert found == set(names)
    assert "new\\nline.jpg" in done.stdout
    assert r"caf\xe9.jpg" in done.stdout


def test_ctrl_c_keeps_what_is_done(tmp_path: Path, tiny_model: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for seed in range(12):
        save_photo(textured_photo(seed, 400, 300), folder / f"{seed}.jpg")
    for copy in range(40):  # the same photos with other bytes: work for the decoders
        data = (folder / f"{copy % 12}.jpg").read_bytes() + bytes([copy])
        (folder / f"copy {copy}.jpg").write_bytes(data)
    out = tmp_path / "out.json"
    words = command(tmp_path, tiny_model, "scan", folder, "--json", out, "--workers", 1)
    running = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    database = tmp_path / "data" / "cache" / "previews.db"
    deadline = time.monotonic() + 60
    while not database.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 130, errors
    first = json.loads(out.read_text())
    assert first["complete"] is False
    done = subprocess.run(
        command(tmp_path, tiny_model, "scan", folder, "--json", out), check=False, timeout=120
    )
    second = json.loads(out.read_text())
    assert done.returncode == 0
    assert second["complete"]
    assert second["counts"]["from_cache"] >= first["counts"]["embedded"]
    assert second["counts"]["found"] == 52


def test_doctor_passes_with_the_shipped_network(run: Any) -> None:
    done = run("doctor", model=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "self-test: index" in done.stdout
    assert "self-test: scan" in done.stdout
    assert "CUDA" in done.stdout


def test_doctor_fails_where_the_network_does_not_work(run: Any, tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    done = run("doctor", "--model", tmp_path / "bad.onnx", model=False)
    assert done.returncode == 2
    assert "bad.onnx" in done.stderr
