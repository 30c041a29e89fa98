"""Fixtures of the core's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.clearing_desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A scanned folder, empty, and a library to clear it with."""
    made = Desk(tmp_path)
    yield made
    made.library.close()
