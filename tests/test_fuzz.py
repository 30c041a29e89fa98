"""A few invented examples of everything that is read back; tests/fuzz tries many."""

import os

import pytest

from tests.fuzz.fuzz_records import TARGETS, fuzz

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # settings are Qt's; nothing is shown


@pytest.mark.parametrize("name", TARGETS)
def test_anything_is_read_or_refused(qapp: object, name: str) -> None:
    fuzz(name, examples=25, number=0)
