"""What is taken off a cosine for a photo that is near to everything."""

import base64

import numpy as np
import numpy.typing as npt
import pytest

from photodedup.core.background import FARTHEST, NEAREST, Background

Rows = npt.NDArray[np.float32]


def unit_rows(count: int, dimension: int = 16, seed: int = 0) -> Rows:
    rows = np.random.default_rng(seed).standard_normal((count, dimension)) + 0.5
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_handicaps_equal_the_plain_loop() -> None:
    known, asked = unit_rows(60), unit_rows(20, seed=1)
    own = [np.sort(np.delete(known, n, 0) @ row)[-NEAREST:] for n, row in enumerate(known)]
    typical = np.median([(nearest.sum() + 1) / (NEAREST + 1) for nearest in own])
    wanted = [(np.sort(known @ row)[-NEAREST:].mean() - typical) / 2 for row in asked]
    assert min(wanted) < -FARTHEST < max(wanted) < FARTHEST
    held = np.clip(wanted, -FARTHEST, FARTHEST)
    assert Background(known).handicaps(asked) == pytest.approx(held, abs=1e-6)


def test_a_photo_near_to_everything_is_handicapped_more_than_a_strange_one() -> None:
    known = unit_rows(60)
    middle = known.mean(axis=0) / np.linalg.norm(known.mean(axis=0))
    common, strange = Background(known).handicaps(np.stack([middle, -middle]))
    assert common > strange


def test_without_photos_nothing_is_taken_off() -> None:
    empty = Background(np.empty((0, 16), np.float32))
    assert not empty.handicaps(unit_rows(3)).any()
    again = Background.from_text(empty.to_text(), 16)
    assert again.dimension == 16
    assert not again.handicaps(unit_rows(3)).any()


def test_the_text_in_a_model_file_says_the_same() -> None:
    known, asked = unit_rows(200, 256), unit_rows(50, 256, seed=1)
    again = Background.from_text(Background(known).to_text(), 256)
    assert again.to_text() == Background(known).to_text()
    assert again.handicaps(asked) == pytest.approx(Background(known).handicaps(asked), abs=0.005)


@pytest.mark.parametrize(
    "text",
    [
        "not base64!",
        base64.b64encode(b"1234567").decode(),
        base64.b64encode(bytes(16 * 10)).decode(),
        base64.b64encode(b"\x01" * 16 * NEAREST).decode(),
    ],
)
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="background"):
        Background.from_text(text, 16)
