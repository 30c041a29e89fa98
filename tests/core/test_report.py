"""Reports hold everything, and no name can make them dangerous."""

import base64
import csv
import dataclasses
import io
import json
import os
from pathlib import Path

import pytest

from photodedup.core.errors import UserError
from photodedup.core.records import (
    Edit,
    Group,
    Member,
    Problem,
    ProblemCode,
    Relation,
    ScanCounts,
    ScanResult,
)
from photodedup.core.report import (
    check_writable,
    scan_csv,
    scan_html,
    scan_json,
    write_json,
    write_text,
)
from tests.records_made import make_photo

NASTY = '<script>alert("x")</script>\n.jpg'
NOT_UTF8 = "caf\udce9.jpg"


def result_of(*names: str, complete: bool = True) -> ScanResult:
    photos = [make_photo(name) for name in names]
    edit = Edit(scale=0.5, kept_area=0.8)
    members = [Member(photos[0], None, 1.0, 1.0, None, (), False)]
    members += [
        Member(photo, Relation.EDITED, 0.9, 0.8, edit, ((0.1, 0.2, 0.3, 0.4),), False)
        for photo in photos[1:]
    ]
    return ScanResult(
        groups=(Group(photos[0], "=larger", tuple(members)),),
        similar=(),
        problems=(Problem(Path("/photos") / NASTY, ProblemCode.EMPTY, "the file is empty"),),
        counts=ScanCounts(3, 2, 0, 1),
        seconds={"walk": 0.1, "total": 0.1},
        device="cpu",
        model="tiny",
        complete=complete,
    )


def test_the_page_says_what_was_only_glanced_at() -> None:
    result = result_of("a.jpg", "b.jpg")
    assert "glanced" not in scan_html(result, lambda _photo: None)
    quick = dataclasses.replace(result, counts=ScanCounts(found=5, embedded=2, glanced=3))
    assert "3 photos were only glanced at." in scan_html(quick, lambda _photo: None)


def test_json_is_as_documented(tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    write_json(scan_json(result_of("a.jpg", NOT_UTF8)), str(target))
    document = json.loads(target.read_text("ascii"))
    assert list(document) == [
        "format",
        "complete",
        "groups",
        "similar",
        "problems",
        "counts",
        "seconds",
        "device",
        "model",
    ]
    keeper, other = document["groups"][0]["photos"]
    assert keeper["relation"] is None
    assert keeper["similarity"] == 1.0
    assert keeper["edit"] == dict.fromkeys(
        ("scale", "kept_area", "rotation_degrees", "mirrored", "tone", "border")
    )
    assert other["path"] == "/photos/" + NOT_UTF8
    assert base64.b64decode(other["path_base64"]) == os.fsencode("/photos/" + NOT_UTF8)
    assert other["edit"]["kept_area"] == 0.8
    assert other["differs"] == [[0.1, 0.2, 0.3, 0.4]]
    assert document["counts"] == {
        "found": 3,
        "embedded": 2,
        "from_cache": 0,
        "skipped": 1,
        "glanced": 0,
    }


def test_csv_neutralises_formulas() -> None:
    rows = list(csv.DictReader(io.StringIO(scan_csv(result_of("a.jpg", NASTY)))))
    assert [row["relation"] for row in rows] == ["keeper", "edited"]
    assert rows[1]["path"] == "/photos/" + NASTY
    assert rows[0]["reason"] == "'=larger"
    assert rows[1]["description"] == "cropped to 80 %, at 50 % size, differs in 1 place"


def test_html_escapes_names_and_holds_its_pictures() -> None:
    page = scan_html(result_of("a.jpg", NASTY, NOT_UTF8), lambda _photo: b"jpeg bytes")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert page.count(base64.b64encode(b"jpeg bytes").decode()) == 3
    assert r"caf\xe9.jpg" in page
    page.encode()


def test_an_interrupted_scan_says_so() -> None:
    assert scan_json(result_of("a.jpg", complete=False))["complete"] is False
    assert "interrupted" in scan_html(result_of("a.jpg", complete=False), lambda _photo: None)


def test_a_failed_write_leaves_the_old_report(tmp_path: Path) -> None:
    target = tmp_path / "taken"
    target.mkdir()
    with pytest.raises(UserError, match="taken"):
        write_text("text", str(target))
    assert list(tmp_path.iterdir()) == [target]
    with pytest.raises(UserError, match="missing"):
        check_writable(tmp_path / "missing" / "out.json")
    check_writable(tmp_path / "out.json")
    check_writable("-")
    check_writable(None)
