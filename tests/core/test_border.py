"""Borders are told from pictures."""

import numpy as np
import pytest

from photodedup.core.border import border_share
from tests.data.make_photos import textured_photo


@pytest.mark.parametrize("colour", [0, 128, 255])
@pytest.mark.parametrize(("vertical", "horizontal"), [(40, 0), (0, 60), (30, 30)])
def test_bars_and_frames_are_measured(colour: int, vertical: int, horizontal: int) -> None:
    photo = textured_photo(3, 300, 200)
    sides = ((vertical, vertical), (horizontal, horizontal), (0, 0))
    framed = np.pad(photo, sides, constant_values=colour)
    wanted = 1 - photo[..., 0].size / framed[..., 0].size
    assert border_share(framed) == pytest.approx(wanted, abs=0.01)


def test_a_status_bar_with_a_clock_is_a_border() -> None:
    photo = textured_photo(4, 300, 200)
    screen = np.pad(photo, ((30, 60), (0, 0), (0, 0)))
    screen[10:20, 20:70] = 255
    screen[10:20, 260:290] = 255
    assert border_share(screen) == pytest.approx(90 / 290, abs=0.01)


@pytest.mark.parametrize("side", range(4))
@pytest.mark.parametrize(("paper", "ink"), [(255, 10), (0, 230)])
def test_a_strip_for_a_caption_is_a_border(side: int, paper: int, ink: int) -> None:
    photo = textured_photo(6, 300, 200)
    card = np.pad(photo, ((40, 0), (0, 0), (0, 0)), constant_values=paper)
    card[12:28, 30:270:3] = ink  # words
    card[12:28, 31:270:3] = ink
    assert border_share(np.rot90(card, side)) == pytest.approx(40 / 240, abs=0.01)


def test_a_white_wall_that_ends_bit_by_bit_is_part_of_the_picture() -> None:
    photo = textured_photo(7, 300, 200)
    for column in range(300):
        photo[: 30 + column // 6, column] = 255
    assert border_share(photo) == 0


@pytest.mark.parametrize("seed", range(12))
def test_a_photo_has_none(seed: int) -> None:
    assert border_share(textured_photo(seed, 300, 200)) == 0


def test_a_plain_sky_is_part_of_the_picture() -> None:
    photo = textured_photo(5, 300, 200)
    photo[:70] = (120, 160, 220)
    assert border_share(photo) == 0


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (200, 300)])
def test_a_plain_picture_is_no_border(size: tuple[int, int]) -> None:
    assert border_share(np.full((*size, 3), 200, np.uint8)) == 0
