"""The plan file: what it says, and which ones are refused."""

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from photodedup.core.plan_file import PlanRefused, plan_json, read_plan, write_list, write_plan
from tests.core.clearing_desk import Desk
from tests.core.clearing_made import quick_group

Document = dict[str, Any]


@pytest.fixture
def document(desk: Desk) -> Document:
    """A plan with two groups, one with two discards and a companion."""
    first = desk.photo("a/keeper.jpg"), desk.photo("b/one.jpg"), desk.photo("b/two.jpg")
    (desk.root / "b/one.jpg.xmp").write_text("edits")
    second = desk.photo("c/keeper.jpg", "other"), desk.photo("c/copy.jpg", "other")
    plan = desk.plan(quick_group(*first), quick_group(*second))
    written: Document = json.loads(json.dumps(plan_json(plan)))
    return written


def save(document: Document, desk: Desk) -> Path:
    target = desk.data / "plan.json"
    target.write_text(json.dumps(document))
    return target


def test_the_fields_that_scripts_rely_on(document: Document, desk: Desk) -> None:
    assert document["format"] == 1
    assert document["folders"] == [str(desk.root)]
    assert document["protected"] == []
    assert {"created", "model", "groups", "bytes_gained"} <= set(document)
    group = document["groups"][0]
    assert set(group) == {"keeper", "reason", "discard"}
    assert set(group["keeper"]) == {"path", "size_bytes", "mtime_ns", "sha256"}
    discard = group["discard"][0]
    assert {"path", "size_bytes", "mtime_ns", "sha256", "relation", "companions"} <= set(discard)
    assert set(discard["companions"][0]) == {"path", "size_bytes", "mtime_ns", "sha256"}


def test_a_plan_survives_its_file(desk: Desk) -> None:
    keeper = desk.photo("keeper.jpg")
    odd = desk.photo(os.fsdecode(b"line\n\xff.jpg"))
    (desk.root / "copy.heic").write_bytes(keeper.read_bytes())
    for name in ("keeper.mov", "copy.mov"):
        (desk.root / name).write_bytes(b"moving")
    plan = desk.plan(quick_group(keeper, odd, desk.root / "copy.heic"))
    assert len(plan.discards) == 2
    write_plan(plan, str(desk.data / "plan.json"))
    assert read_plan(desk.data / "plan.json") == plan
    assert (desk.data / "plan.json").read_bytes().isascii()


def test_only_the_documented_fields_are_needed(document: Document, desk: Desk) -> None:
    del document["kept_back"]
    del document["complete"]
    for group in document["groups"]:
        for discard in group["discard"]:
            del discard["verified_against"]
    assert len(read_plan(save(document, desk)).discards) == 3


def discard_the_keeper(document: Document) -> None:
    group = document["groups"][0]
    group["discard"].append({**group["keeper"], "relation": "identical_file", "companions": []})


def discard_all_for_another_keeper(document: Document) -> None:
    """Nothing of the first group would be left: another group's photo is named as its keeper."""
    discard_the_keeper(document)
    document["groups"][0]["keeper"] = document["groups"][1]["keeper"]


def keep_a_discarded_photo(document: Document) -> None:
    document["groups"][0]["keeper"] = document["groups"][1]["discard"][0]


def discard_outside(document: Document) -> None:
    document["groups"][0]["discard"][0]["path"] = "/etc/passwd"


def keep_outside(document: Document) -> None:
    document["groups"][0]["keeper"]["path"] = "/etc/passwd"


def climb_out(document: Document) -> None:
    path = document["groups"][0]["discard"][0]["path"]
    document["groups"][0]["discard"][0]["path"] = path.replace("/b/", "/b/../../elsewhere/")


def name_no_folders(document: Document) -> None:
    document["folders"] = []


def discard_twice(document: Document) -> None:
    group = document["groups"][0]
    group["discard"].append(group["discard"][0])


def take_a_strangers_companion(document: Document) -> None:
    discard = document["groups"][0]["discard"][1]
    discard["companions"].append({**document["groups"][1]["keeper"], "path": "/etc/passwd"})


def take_a_file_of_another_folder_along(document: Document) -> None:
    folder = document["folders"][0]
    companion = document["groups"][0]["discard"][0]["companions"][0]
    companion["path"] = f"{folder}/c/notes.xmp"


def discard_the_twin_of_a_companion(document: Document) -> None:
    discards = document["groups"][0]["discard"]
    discards[0]["companions"][0]["same_as"] = {"path": discards[1]["path"]}


def call_another_photo_identical(document: Document) -> None:
    document["groups"][0]["discard"][0]["sha256"] = "0" * 64


def discard_what_is_held(document: Document) -> None:
    discard = document["groups"][0]["discard"][0]
    discard["path"] = document["folders"][0] + "/.photodedup-holding/x/one.jpg"
    discard["companions"] = []


def be_relative(document: Document) -> None:
    document["groups"][0]["discard"][1]["path"] = "b/two.jpg"


def lose_a_field(document: Document) -> None:
    del document["groups"][0]["discard"][0]["mtime_ns"]


def be_newer(document: Document) -> None:
    document["format"] = 2


def be_incomplete(document: Document) -> None:
    document["complete"] = False


def have_another_relation(document: Document) -> None:
    document["groups"][0]["discard"][0]["relation"] = "friends"


def disagree_on_a_path(document: Document) -> None:
    document["groups"][0]["discard"][0]["path_base64"] = "L2V0Yy9wYXNzd2Q="


def have_no_digest(document: Document) -> None:
    document["groups"][0]["keeper"]["sha256"] = ""


@pytest.mark.parametrize(
    "edit",
    [
        discard_the_keeper,
        discard_all_for_another_keeper,
        keep_a_discarded_photo,
        discard_outside,
        keep_outside,
        climb_out,
        name_no_folders,
        discard_twice,
        take_a_strangers_companion,
        take_a_file_of_another_folder_along,
        discard_the_twin_of_a_companion,
        call_another_photo_identical,
        discard_what_is_held,
        be_relative,
        lose_a_field,
        be_newer,
        be_incomplete,
        have_another_relation,
        disagree_on_a_path,
        have_no_digest,
    ],
)
def test_a_plan_edited_by_hand_is_refused(
    document: Document, desk: Desk, edit: Callable[[Document], None]
) -> None:
    read_plan(save(document, desk))
    edit(document)
    with pytest.raises(PlanRefused, match="Nothing was done"):
        read_plan(save(document, desk))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "7", "[" * 100_000])
def test_what_is_no_plan_is_refused(desk: Desk, text: str) -> None:
    target = desk.data / "plan.json"
    target.write_text(text)
    with pytest.raises(PlanRefused):
        read_plan(target)


def test_a_missing_plan_is_refused(desk: Desk) -> None:
    with pytest.raises(PlanRefused, match="No such file"):
        read_plan(desk.data / "none.json")


def test_taking_discards_out_by_hand_is_fine(document: Document, desk: Desk) -> None:
    document["groups"][0]["discard"].pop()
    assert len(read_plan(save(document, desk)).discards) == 2


def test_the_list_names_every_file_beside_its_keeper(desk: Desk) -> None:
    keeper, copy = desk.photo("keeper.jpg"), desk.photo("=1+2.jpg")
    (desk.root / "=1+2.jpg.xmp").write_text("edits")
    target = desk.data / "list.csv"
    write_list(desk.plan(quick_group(keeper, copy)), str(target))
    with target.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["discard"], row["keeper"], row["relation"]) for row in rows] == [
        (str(copy), str(keeper), "identical_file"),
        (f"{copy}.xmp", str(keeper), "companion"),
    ]
