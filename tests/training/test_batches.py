"""Batches: every photo in a pass, no photo twice, look-alikes together."""

import numpy as np
import torch

from training.batches import TWIN_COSINE, Batches
from training.config import Config
from training.data import Listing


def listing(count: int = 100, per_scene: int = 10) -> Listing:
    numbers = np.arange(count, dtype=np.int64)
    return Listing((), numbers, numbers // per_scene)


def batches(**changed: object) -> Batches:
    settings: dict[str, object] = {"photos_per_batch": 16, "dimension": 8, "seed": 4}
    return Batches(listing(), Config(**(settings | changed)))  # type: ignore[arg-type]


def test_without_look_alikes_an_epoch_shows_every_photo() -> None:
    drawn = batches(hard_share=0.0)
    seen = {row for step in range(drawn.steps_per_epoch) for row in drawn.rows(step).tolist()}
    assert drawn.steps_per_epoch == 7
    assert seen == set(range(100))


def test_batches_are_full_distinct_and_seeded() -> None:
    drawn = batches(hard_share=0.5)
    for step in range(3 * drawn.steps_per_epoch):
        rows = drawn.rows(step)
        assert len(set(rows.tolist())) == len(rows) == 16
        assert torch.equal(rows, batches(hard_share=0.5).rows(step))
    assert not torch.equal(drawn.rows(0), batches(hard_share=0.5, seed=5).rows(0))


def test_half_of_a_batch_shares_scenes_with_the_other_half() -> None:
    def shared(hard_share: float) -> float:
        drawn = batches(hard_share=hard_share)
        scenes = [np.bincount(drawn.rows(step).numpy() // 10).max() for step in range(30)]
        return float(np.mean(scenes))

    assert shared(0.5) > shared(0.0) + 0.5


def test_remembered_look_alikes_come_along_but_twins_do_not() -> None:
    drawn = batches(hard_share=0.5)
    generator = torch.Generator().manual_seed(0)
    embeddings = torch.nn.functional.normalize(torch.randn(100, 8, generator=generator), dim=1)
    embeddings[1] = embeddings[0]
    drawn.remember(torch.arange(100), embeddings)
    near = drawn._look_alikes(np.array([0]))[0]
    cosine = (embeddings @ embeddings[0]).tolist()
    expected = sorted(
        (j for j in range(100) if 0 < cosine[j] < TWIN_COSINE), key=lambda j: -cosine[j]
    )
    assert 1 not in near
    assert 0 not in near
    assert set(near.tolist()) == set(expected[:40])
