"""The keep rules: arranged by keys, mouse and presets; what they would change is told at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from photodedup.core.keep_rules import DEFAULT_CRITERIA, Criterion, KeepRules, best_of_each
from photodedup.gui.keep_choice import KeepChoice, read_choice, with_first
from photodedup.gui.keep_rules_page import KeepRulesPage
from photodedup.gui.keep_words import KeepWords
from tests.gui.fake_core import GROUPS, make_group, make_member, make_photo

OLD = make_photo(1, "old.jpg", size=(400, 300), captured_at="2001-01-01T00:00:00")
LARGE = make_photo(2, "large.jpg", size=(800, 600), captured_at="2002-01-01T00:00:00")
GROUP = make_group(LARGE, make_member(OLD))


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[KeepRulesPage]:
    made = KeepRulesPage(KeepChoice(), (), (GROUP, GROUPS[1]), GROUP)
    qtbot.addWidget(made)
    made.show()
    yield made
    made.shut_down()


def order(page: KeepRulesPage) -> list[Criterion]:
    return [criterion for criterion, counts in page.choice.criteria if counts]


def row_of(page: KeepRulesPage, criterion: Criterion) -> int:
    return [listed for listed, _ in page.choice.criteria].index(criterion)


def test_shows_every_criterion_with_its_meaning(page: KeepRulesPage) -> None:
    assert order(page) == list(DEFAULT_CRITERIA)
    assert {criterion for criterion, _ in page.choice.criteria} == set(Criterion)
    assert page.choice == KeepChoice()
    words = KeepWords()
    texts = {words.explanation(criterion) for criterion in Criterion}
    assert len(texts) == len(Criterion)


def test_moving_and_switching_changes_the_group_at_once(qtbot: QtBot, page: KeepRulesPage) -> None:
    assert page.effect.startswith("★ large.jpg")
    qtbot.waitUntil(lambda: page.total.startswith("0 keeper(s) of 2"))
    page.list.setCurrentRow(row_of(page, Criterion.OLDER))
    while page.list.currentRow() > row_of(page, Criterion.PIXELS):
        QTest.keySequence(page.list, QKeySequence("Alt+Up"))
    assert page.effect.startswith("★ old.jpg")
    assert "until now: large.jpg" in page.effect
    qtbot.waitUntil(lambda: page.total.startswith("1 keeper(s) of 2"))
    item = page.list.item(row_of(page, Criterion.OLDER))
    item.setCheckState(Qt.CheckState.Unchecked)
    assert Criterion.OLDER not in order(page)
    assert page.effect.startswith("★ large.jpg")


def test_the_ends_of_the_list_hold(page: KeepRulesPage) -> None:
    before = page.choice
    page.list.setCurrentRow(0)
    page.shift(-1)
    page.list.setCurrentRow(len(Criterion) - 1)
    page.shift(1)
    assert page.choice == before


def test_presets_keep_the_preferred_folders(page: KeepRulesPage) -> None:
    page.add_folder(Path("/photos/best"))
    for row in range(1, page.presets.count()):
        page.presets.setCurrentIndex(row)
        page.presets.activated.emit(row)
        assert page.choice.preferred == (Path("/photos/best"),)
    assert order(page)[2] is Criterion.NEWER
    assert Criterion.OLDER not in order(page)
    assert order(page)[:2] == [Criterion.UNDAMAGED, Criterion.PROTECTED]


def test_a_preferred_folder_counts(qtbot: QtBot, page: KeepRulesPage, tmp_path: Path) -> None:
    elsewhere = make_photo(3, "small.jpg", str(tmp_path), (100, 100))
    group = make_group(LARGE, make_member(elsewhere))
    other = KeepRulesPage(KeepChoice(), (), (group,), group)
    qtbot.addWidget(other)
    assert other.effect.startswith("★ large.jpg")
    other.add_folder(tmp_path)
    assert other.effect.startswith("★ small.jpg")
    other.shut_down()


def test_what_was_chosen_by_hand_does_not_count_as_changing(
    qtbot: QtBot, page: KeepRulesPage
) -> None:
    by_hand = make_group(OLD, make_member(LARGE), reason="chosen by hand")
    other = KeepRulesPage(KeepChoice(), (), (by_hand,), by_hand)
    qtbot.addWidget(other)
    qtbot.waitUntil(lambda: other.total.startswith("0 keeper(s) of 1"))
    other.shut_down()


def test_choices_are_kept_as_text() -> None:
    choice = KeepChoice(with_first(Criterion.NEWER).criteria, (Path("/a, b"),))
    assert read_choice(choice.to_json()) == choice
    assert choice.rules((Path("/p"),)).protected == (Path("/p"),)
    for damaged in ("", "[]", "{", '{"criteria": 3}', '{"criteria": [["x"]], "preferred": []}'):
        assert read_choice(damaged) == KeepChoice()


def test_no_rule_at_all_means_the_usual_ones() -> None:
    none = KeepChoice(tuple((criterion, False) for criterion in Criterion))
    assert read_choice(none.to_json()) == KeepChoice()


def test_a_criterion_of_a_later_version_is_passed_over() -> None:
    text = '{"criteria": [["smell", true], ["older", true]], "preferred": []}'
    choice = read_choice(text)
    assert choice.criteria[0] == (Criterion.OLDER, True)
    assert {criterion for criterion, _ in choice.criteria} == set(Criterion)


def test_the_best_of_many_groups_is_the_first_in_order() -> None:
    rules = KeepRules((Criterion.OLDER,))
    assert list(best_of_each([[LARGE, OLD], [LARGE]], rules)) == [OLD, LARGE]
