"""What is verified while reading goes on: little, and what matching asks for later."""

import threading
import time
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest

from photodedup.core.background import Background
from photodedup.core.early_matching import PATIENCE, EarlyMatching
from photodedup.core.job import JobControl
from photodedup.core.keep_rules import KeepRules
from photodedup.core.pair_verifier import PairVerifier, VerifyPhotos
from photodedup.core.records import Photo, Relation, Verification
from tests.records_made import make_photo

DIMENSION = 16
NO_BACKGROUND = Background(np.empty((0, DIMENSION), np.float32))
COPY = Verification(Relation.RESAVED, 0.95, 0.98)
NOTHING = Verification(None, 0.0, 0.6)


def rows_near(centre: int, count: int, noise: float = 0.02) -> npt.NDArray[np.float32]:
    rows = np.random.default_rng(centre).normal(0, noise, (count, DIMENSION))
    rows[:, centre] += 1
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32)


class Asked:
    """Notes the pairs that are verified, by name, and tells when there are as many as wanted."""

    def __init__(self, verify: VerifyPhotos, wanted: int) -> None:
        self.names: list[tuple[str, str]] = []
        self._verify = verify
        self._wanted = wanted
        self._enough = threading.Event()

    def __call__(self, keeper: Photo, other: Photo, cosine: float) -> Verification:
        self.names.append((keeper.path.name, other.path.name))
        if len(self.names) == self._wanted:
            self._enough.set()
        return self._verify(keeper, other, cosine)

    def wait(self) -> None:
        assert self._enough.wait(30)


def early(verify: VerifyPhotos, control: JobControl | None = None) -> EarlyMatching:
    pairs = PairVerifier(verify, {}, lambda found: None)
    return EarlyMatching(pairs, KeepRules(), NO_BACKGROUND, 0.5, 0.5, control or JobControl())


def ended(
    matching: EarlyMatching,
    batches: Sequence[tuple[list[Photo], npt.NDArray[np.float32]]],
    asked: Asked,
) -> None:
    with matching:
        for photos, embeddings in batches:
            matching.add(photos, embeddings)
        asked.wait()


def test_a_cluster_costs_one_verification_a_copy() -> None:
    photos = [make_photo(f"{n}.jpg") for n in range(6)]
    rows = rows_near(0, 6)
    asked = Asked(lambda *_: COPY, 5)
    ended(early(asked), [(photos[:4], rows[:4]), (photos[4:], rows[4:])], asked)
    assert asked.names == [("0.jpg", f"{n}.jpg") for n in range(1, 6)]


def test_a_better_photo_is_the_one_to_compare_with_from_then_on() -> None:
    photos = [make_photo("a.jpg"), make_photo("large.jpg", width=8000), make_photo("b.jpg")]
    asked = Asked(lambda *_: COPY, 2)
    ended(early(asked), [(photos, rows_near(0, 3))], asked)
    assert asked.names == [("large.jpg", "a.jpg"), ("large.jpg", "b.jpg")]


def test_only_neighbours_are_verified_and_equal_bytes_never() -> None:
    photos = [make_photo("a.jpg"), make_photo("b.jpg"), make_photo("c.jpg", content="a.jpg")]
    photos.append(make_photo("d.jpg"))
    rows = np.concatenate([rows_near(0, 1), rows_near(5, 1), rows_near(0, 1), rows_near(5, 1)])
    asked = Asked(lambda *_: NOTHING, 1)
    ended(early(asked), [(photos, rows)], asked)
    assert asked.names == [("b.jpg", "d.jpg")]


def test_a_photo_that_is_like_many_and_a_copy_of_none_gives_up() -> None:
    photos = [make_photo(f"{n:02}.jpg") for n in range(PATIENCE + 5)]
    rows = rows_near(0, len(photos))
    wanted = sum(min(n, PATIENCE) for n in range(len(photos)))
    asked = Asked(lambda *_: NOTHING, wanted)
    ended(early(asked), [(photos, rows)], asked)
    assert len(asked.names) == wanted


def test_what_is_known_so_far_forms_groups() -> None:
    photos = [make_photo(f"{n}.jpg") for n in range(3)]
    photos.append(make_photo("again 2.jpg", content="2.jpg"))
    rows = np.concatenate([rows_near(0, 2), rows_near(3, 1), rows_near(3, 1)])
    asked = Asked(lambda *_: COPY, 1)
    matching = early(asked)
    ended(matching, [(photos, rows)], asked)
    groups, similar = matching.matching().groups_at(0.5)
    assert {tuple(m.photo.path.name for m in group.members) for group in groups} == {
        ("0.jpg", "1.jpg"),
        ("2.jpg", "again 2.jpg"),
    }
    assert similar == ()


def test_what_goes_wrong_is_raised_to_the_job() -> None:
    tried = threading.Event()

    def fail(*_: object) -> Verification:
        tried.set()
        raise OSError("the disk is gone")

    photos = [make_photo(f"{n}.jpg") for n in range(3)]
    rows = rows_near(0, 3)
    with early(fail) as matching:
        matching.add(photos[:2], rows[:2])
        assert tried.wait(30)

        def add_on() -> None:
            for _ in range(3000):  # the thread ends in a moment
                matching.add(photos[2:], rows[2:])
                time.sleep(0.01)

        with pytest.raises(OSError, match="the disk is gone"):
            add_on()


def test_a_paused_job_is_not_matched() -> None:
    class Watched(JobControl):
        def __init__(self) -> None:
            super().__init__()
            self.held = threading.Event()

        def hold(self) -> None:
            if self.is_paused:
                self.held.set()
            super().hold()

    control = Watched()

    def pause(*_: object) -> Verification:
        control.pause()
        return COPY

    asked = Asked(pause, 1)
    with early(asked, control) as matching:
        matching.add([make_photo(f"{n}.jpg") for n in range(4)], rows_near(0, 4))
        assert control.held.wait(30)
        assert asked.names == [("0.jpg", "1.jpg")]
        control.resume()
