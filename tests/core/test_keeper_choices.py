import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from photodedup.core.keeper_choices import add_choice, list_choices, revoke_choice
from photodedup.core.library import Library, open_library

A, B, C = (bytes([letter]) * 16 for letter in b"abc")
ODD = Path(os.fsdecode(b"/photos/latin-1 \xe4.jpg"))


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with open_library(tmp_path) as opened:
        yield opened


def test_choices_are_listed_newest_first_until_taken_back(library: Library) -> None:
    first = add_choice(library, (A, Path("/photos/a.jpg")), [B, C, B])
    second = add_choice(library, (B, ODD), [A])
    newest, oldest = list_choices(library)
    assert (newest.id, newest.digest, newest.path, newest.over) == (second, B, ODD, {A})
    assert (oldest.id, oldest.over) == (first, {B, C})
    assert revoke_choice(library, second)
    assert not revoke_choice(library, second)
    assert [choice.id for choice in list_choices(library)] == [first]


def test_survives_the_program(tmp_path: Path) -> None:
    with open_library(tmp_path) as library:
        number = add_choice(library, (A, Path("/photos/a.jpg")), [B])
    with open_library(tmp_path) as library:
        assert [choice.id for choice in list_choices(library)] == [number]


def test_a_choice_needs_another(library: Library) -> None:
    with pytest.raises(ValueError, match="among"):
        add_choice(library, (A, Path("/photos/a.jpg")), [])
    assert list_choices(library) == ()
