from pathlib import Path

import pytest
from PySide6.QtCore import QLocale

from photodedup.core.errors import DeviceError, FolderMissing, ModelError, StoreError, UserError
from photodedup.core.job import Progress, Stage
from photodedup.core.keep_rules import Criterion, _phrase
from photodedup.core.records import Edit, ProblemCode, Relation
from photodedup.gui import messages
from tests.gui.fake_core import make_group, make_member, make_photo

KEEPER = make_photo(1, size=(4000, 3000))


@pytest.fixture(autouse=True)
def _english() -> None:
    QLocale.setDefault(QLocale("en"))


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (Edit(kept_area=0.82), "cropped to 82 %"),
        (Edit(rotation_degrees=-90.0), "rotated by 90°"),
        (Edit(mirrored=True, tone="gray"), "mirrored, black and white"),
        (Edit(border=True, scale=1.01, kept_area=0.99), "with a border"),
        (Edit(scale=0.052, tone="sepia"), "sepia, at 5.2 % size"),
        (Edit(tone="posterised"), "posterised"),  # a tone that is new to the window
        (Edit(scale=1.0, rotation_degrees=0.2, mirrored=False, border=False), "edited"),
        (None, "edited"),
    ],
)
def test_edits_in_words(edit: Edit | None, words: str) -> None:
    member = make_member(make_photo(2), Relation.EDITED, edit=edit)
    assert messages.describe_relation(member, KEEPER) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [((2000, 1500), "saved again at 50 % size"), ((4000, 3000), "saved again")],
)
def test_resaved_in_words(size: tuple[int, int], words: str) -> None:
    member = make_member(make_photo(2, size=size), Relation.RESAVED)
    assert messages.describe_relation(member, KEEPER) == words


def test_every_relation_has_words() -> None:
    words = {
        relation: messages.describe_relation(make_member(make_photo(2), relation), KEEPER)
        for relation in Relation
    }
    names = {messages.relation_name(relation) for relation in Relation}
    assert len(set(words.values())) == len(names) == len(Relation)


def test_every_problem_and_stage_has_a_name() -> None:
    assert len({messages.problem_name(code) for code in ProblemCode}) == len(ProblemCode)
    assert len({messages.stage_name(stage) for stage in Stage}) == len(Stage)


def test_every_reason_of_the_keep_rules_is_known() -> None:
    phrases = [_phrase(criterion, KEEPER) for criterion in Criterion]
    group = make_group(KEEPER, reason=", ".join(phrases))
    assert messages.keeper_reason(group) == group.reason
    for phrase in (*phrases, "chosen by hand", "equal in every way, first by name"):
        assert phrase in messages.known_reasons()


def test_progress_in_words() -> None:
    assert messages.progress_text(Progress(None, 0, None, 0.0)) == "Starting …"
    assert messages.progress_text(Progress(Stage.WALK, 1200, None, 1.0)) == (
        "Looking for photos: 1,200"
    )
    reading = Progress(Stage.EMBED, 120, 3400, 4.0)
    assert messages.progress_text(reading) == (
        "Reading photos: 120 of 3,400, 30 photos/s, about 2 min left"
    )


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "1 s"), (59.4, "59 s"), (90.0, "2 min"), (7500, "2 h 5 min")]
)
def test_durations(seconds: float, words: str) -> None:
    assert messages.duration_text(seconds) == words


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (FolderMissing(Path("/gone")), "/gone"),
        (ModelError(Path("/a.onnx"), "not sound"), "not sound"),
        (DeviceError("cuda", "no driver"), "no driver"),
        (StoreError(Path("/cache.db"), "disk full"), "disk full"),
        (UserError("plain words"), "plain words"),
        (KeyError("surprise"), "KeyError"),
    ],
)
def test_errors_carry_what_matters(error: Exception, part: str) -> None:
    assert part in messages.error_text(error)
