"""The batched edits: shapes, ranges, seeds, and that each does what its name says."""

import dataclasses
import io
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from photodedup.core.preprocess import preprocess
from tests.training.made_photos import made_photo, made_pixels
from training import augment, damage, overlays, tones, warp
from training.draw import Draw

EDITS = [
    edit
    for family in (augment.STRONG.tones, augment.STRONG.overlays, augment.STRONG.damage)
    for edit, _ in family
]


def photos(count: int = 6, side: int = 48) -> Tensor:
    return torch.from_numpy(made_pixels(count, side)).permute(0, 3, 1, 2).float() / 255.0


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
def test_every_edit_keeps_shape_changes_pixels_and_repeats_with_its_seed(
    edit: augment.Edit,
) -> None:
    before = photos()
    kept = before.clone()
    after = edit(before, Draw(5))
    assert after.shape == before.shape
    assert torch.isfinite(after).all()
    assert torch.equal(before, kept), "the photos that came in belong to the caller"
    assert float((after.clamp(0, 1) - before).abs().mean()) > 1e-3
    assert torch.equal(after, edit(before, Draw(5)))
    assert not torch.equal(after, edit(before, Draw(6)))


def test_views_are_seeded_bytes_of_the_right_size() -> None:
    pixels, aspects = torch.from_numpy(made_pixels(8, 60)), torch.full((8,), 4 / 3)
    gentle, strong = augment.views(pixels, aspects, 48, seed=1)
    assert gentle.shape == strong.shape == (8, 3, 48, 48)
    for view in (gentle, strong):
        assert 0.0 <= float(view.min()) <= float(view.max()) <= 1.0
        assert torch.allclose(view * 255.0, (view * 255.0).round(), atol=1e-3)
    again = augment.views(pixels, aspects, 48, seed=1)
    assert torch.equal(gentle, again[0])
    assert torch.equal(strong, again[1])
    assert not torch.equal(strong, augment.views(pixels, aspects, 48, seed=2)[1])


def test_gentle_views_differ_less_than_strong_ones() -> None:
    pixels, aspects = torch.from_numpy(made_pixels(40, 60)), torch.full((40,), 4 / 3)
    gentle, strong = augment.views(pixels, aspects, 48, seed=3)
    as_it_is = augment.plain(pixels, 48)
    assert float((gentle - as_it_is).abs().mean()) < 0.6 * float((strong - as_it_is).abs().mean())


def test_plain_is_what_the_app_gives_its_network() -> None:
    """Squashed twice, to the stored side and then to the network's, a photo hardly differs."""
    photo = made_photo(3, 480, 360)
    stored = torch.from_numpy(preprocess(np.asarray(photo), 176))
    ours = augment.plain(stored[None], 128)[0].permute(1, 2, 0).numpy() * 255.0
    theirs = preprocess(np.asarray(photo), 128).astype(np.float32)
    assert np.abs(ours - theirs).mean() < 4.0


def moved(
    step: Callable[[Draw, Tensor], tuple[Tensor, Tensor]], aspect: float, seed: int = 0
) -> tuple[Tensor, float]:
    matrix, after = step(Draw(seed), torch.tensor([aspect]))
    return matrix[0], float(after[0])


@pytest.mark.parametrize("seed", range(6))
def test_quarter_turns_are_those_of_numpy(seed: int) -> None:
    photo = photos(1)
    matrix, aspect = moved(warp.quarter_turn, 1.5, seed)
    grid = warp.grid_of(matrix[None], 48)
    turned = warp.pyramid(photo, 48).sample(grid, matrix[None])
    turns = [
        k
        for k in (1, 2, 3)
        if np.allclose(np.rot90(photo[0].numpy(), k, axes=(1, 2)), turned[0].numpy(), atol=1e-4)
    ]
    assert len(turns) == 1
    assert aspect == pytest.approx(1.5 if turns == [2] else 1 / 1.5)


def test_mirror_is_that_of_numpy() -> None:
    photo = photos(1)
    for seed in range(8):
        matrix, _ = moved(warp.mirror, 1.5, seed)
        mirrored = warp.pyramid(photo, 48).sample(warp.grid_of(matrix[None], 48), matrix[None])[0]
        flips = [photo[0].flip(axis) for axis in (1, 2)]
        assert any(torch.allclose(mirrored, flip, atol=1e-4) for flip in flips)


def test_crops_lie_inside_and_keep_the_area_they_say() -> None:
    matrix, aspects = warp.crop(Draw(1), torch.full((300,), 1.5), 0.2, 0.6)
    corners = torch.tensor([[-1.0, -1.0, 1.0], [1.0, 1.0, 1.0]])
    reached = torch.einsum("nij,cj->nci", matrix, corners)[..., :2]
    assert float(reached.abs().max()) <= 1.0 + 1e-5
    area = matrix[:, 0, 0] * matrix[:, 1, 1]
    assert 0.2 - 1e-4 <= float(area.min()) < 0.25
    assert 0.55 < float(area.max()) <= 0.6 + 1e-4
    assert torch.allclose(aspects, 1.5 * matrix[:, 0, 0] / matrix[:, 1, 1])
    assert float(matrix[:, 0, 2].std()) > 0.1, "off the centre too"


def test_straightening_leaves_no_empty_corner_and_turning_does() -> None:
    aspects = torch.linspace(0.5, 2.0, 50)
    inside, _ = warp.turn(Draw(2), aspects, 12.0, inside=True)
    assert not warp.outside(warp.grid_of(inside, 32)).any()
    turned, _ = warp.turn(Draw(2), aspects, 45.0, inside=False)
    assert warp.outside(warp.grid_of(turned, 32)).any()


def test_a_turn_keeps_lengths_in_pixels() -> None:
    matrix, _ = moved(lambda draw, aspect: warp.turn(draw, aspect, 40.0, inside=False), 2.0, seed=4)
    for point in ([1.0, 0.0, 1.0], [0.0, 1.0, 1.0]):
        before = math.hypot(point[0] * 2.0, point[1])
        after = matrix @ torch.tensor(point)
        assert math.hypot(float(after[0]) * 2.0, float(after[1])) == pytest.approx(before, abs=1e-4)


def test_perspective_moves_corners_by_at_most_its_strength() -> None:
    matrix, _ = warp.perspective(Draw(3), torch.ones(40), 0.25)
    corner = matrix @ torch.tensor([1.0, -1.0, 1.0])
    reached = corner[:, :2] / corner[:, 2:]
    shift = (reached - torch.tensor([1.0, -1.0])).abs()
    assert 0.1 < float(shift.max()) <= 0.25 + 1e-4


def test_jpeg_loses_more_at_lower_quality_and_is_close_to_pillows() -> None:
    smooth = Image.fromarray(made_pixels(1, 64)[0])
    ours, theirs = [], []
    for quality in (8, 30, 60):
        draw = FixedDraw(float(quality))
        batch = torch.from_numpy(made_pixels(1, 64)).permute(0, 3, 1, 2).float() / 255.0
        ours.append(float((damage.jpeg(batch, draw) - batch).abs().mean()))
        coded = io.BytesIO()
        smooth.save(coded, "JPEG", quality=quality, subsampling=2)
        decoded = np.asarray(Image.open(coded), np.float32) / 255.0
        theirs.append(float(np.abs(decoded - np.asarray(smooth, np.float32) / 255.0).mean()))
    assert ours[0] > ours[1] > ours[2]
    for own, other in zip(ours, theirs, strict=True):
        assert own == pytest.approx(other, rel=0.35)


class FixedDraw(Draw):
    """Every uniform draw is that value."""

    def __init__(self, value: float) -> None:
        super().__init__(0)
        self._value = value

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        return torch.full(shape, self._value)


def test_equalise_spreads_the_levels_evenly() -> None:
    dull = photos() * 0.2 + 0.4
    spread = [
        float(tones.equalise(dull, Draw(seed)).clamp(0, 1).flatten(1).std(dim=1).max())
        for seed in range(4)
    ]
    assert max(spread) == pytest.approx(math.sqrt(1 / 12), abs=0.03), "of an even spread over 0..1"
    assert float(dull.flatten(1).std(dim=1).max()) < 0.1


def test_gray_has_no_colour_and_duotone_keeps_the_order_of_light() -> None:
    flat = tones.gray(photos(), Draw(0))
    assert torch.equal(flat[:, 0], flat[:, 2])
    toned = tones.duotone(photos(), Draw(0))
    assert float(tones.luminance(toned).std()) > 0.02


def test_posterise_leaves_few_levels() -> None:
    few = tones.posterise(photos(1), Draw(1))
    assert len(few.unique()) <= 8


def test_overlays_leave_the_rest_of_the_photo_alone() -> None:
    before = photos()
    after = overlays.stickers(before, Draw(2))
    untouched = (after == before).all(dim=1).flatten(1).float().mean(dim=1)
    assert float(untouched.min()) > 0.5
    assert float(untouched.max()) < 1.0


def test_a_framed_photo_shows_its_page_around_it() -> None:
    framed = augment.Strength(0, 0, 0, 0, 0, layout=1.0, tones=(), overlays=(), damage=())
    levels = warp.pyramid(torch.full((64, 3, 48, 48), 0.5), 48)
    view = augment.edited(levels, torch.ones(64), 48, Draw(7), framed)
    inside = ((view - 0.5).abs() < 0.01).all(dim=1).flatten(1).float().mean(dim=1)
    assert float(inside.min()) > 0.15
    assert float((inside < 0.99).float().mean()) > 0.8


NOTHING = augment.Strength(0, 0, 0, 0, 0, layout=0, tones=(), overlays=(), damage=())


@pytest.mark.parametrize("edit", augment.STRONG.fashions, ids=lambda edit: edit.__name__)
def test_one_draw_for_all_gives_every_photo_the_same_filter(edit: augment.Edit) -> None:
    same = photos(1).expand(6, -1, -1, -1)
    alike = edit(same, Draw(3).for_all_alike())
    assert torch.allclose(alike, alike[:1].expand_as(alike), atol=1e-6)
    if edit is not tones.equalise:  # full strength is its most frequent draw
        own = edit(same, Draw(3))
        assert float((own[0] - own[1]).abs().mean()) > 1e-3


def test_a_fashion_goes_over_some_photos_of_some_batches_and_looks_alike_on_all() -> None:
    fashionable = dataclasses.replace(NOTHING, fashions=(tones.duotone,))
    same = photos(1).expand(40, -1, -1, -1)
    levels = warp.pyramid(same, 48)
    followed = 0
    for seed in range(20):
        view = augment.edited(levels, torch.ones(40), 48, Draw(seed), fashionable)
        changed = (view - same).abs().flatten(1).mean(dim=1) > 1e-2
        followed += bool(changed.any())
        if changed.any():
            assert 5 < int(changed.sum()) < 30
            worn = view[changed]
            assert torch.allclose(worn, worn[:1].expand_as(worn), atol=1e-6)
    assert 4 < followed < 16


def test_what_is_cropped_before_is_what_gets_edited() -> None:
    """The left half as the base: nothing of the right half, and nothing beyond, is seen."""
    pixels = torch.zeros(4, 3, 48, 48)
    pixels[..., :24] = 1.0
    left = warp.scale_shift(
        torch.full((4,), 0.5), torch.ones(4), torch.full((4,), -0.5), torch.zeros(4)
    )
    levels = warp.pyramid(pixels, 48)
    view = augment.edited(levels, torch.ones(4), 48, Draw(1), NOTHING, left)
    assert float(view[..., :-1].min()) == 1.0, "the last column blends with what lies beyond"
    whole = augment.edited(levels, torch.ones(4), 48, Draw(1), NOTHING)
    assert float(whole.mean()) == pytest.approx(0.5, abs=0.02)


def test_both_views_of_some_photos_are_of_the_same_crop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(augment, "GENTLE", NOTHING)
    monkeypatch.setattr(augment, "STRONG", NOTHING)
    pixels, aspects = torch.from_numpy(made_pixels(60, 48)), torch.ones(60)
    gentle, strong = augment.views(pixels, aspects, 48, seed=4)
    assert torch.equal(gentle, strong)
    cropped = (gentle - augment.plain(pixels, 48)).abs().flatten(1).mean(dim=1) > 5e-3
    assert 5 < int(cropped.sum()) < 30


def test_bytes_and_floats_shrink_to_the_same() -> None:
    pixels = torch.from_numpy(made_pixels(3, 96)).permute(0, 3, 1, 2)
    as_bytes = warp.as_floats(warp.shrink(pixels, 40))
    as_floats = warp.shrink(warp.as_floats(pixels), 40)
    assert float((as_bytes - as_floats).abs().max()) <= 1.01 / 255.0
