"""The benchmarks of local differences and of similar shots make and count what they say."""

import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.benchmarks import local_differences, similar_shots
from tests.benchmarks.local_differences import Box, Outcome, PatchedPair, hits
from tests.data.make_photos import textured_photo


def photo(seed: int) -> Image.Image:
    return Image.fromarray(textured_photo(seed, 360, 240))


@pytest.mark.parametrize("seed", range(5))
def test_a_patch_changes_its_place_visibly_and_nothing_else(seed: int) -> None:
    before = photo(1)
    after, box = local_differences.patched(before, photo(2), random.Random(seed))
    x, y, width, height = (round(v * s) for v, s in zip(box, (360, 240) * 2, strict=True))
    assert 0.009 < box[2] * box[3] < 0.041
    changed = np.abs(np.asarray(after, float) - np.asarray(before, float)).mean(axis=2)
    assert changed[y : y + height, x : x + width].mean() > local_differences.LEAST_VISIBLE - 1
    changed[y : y + height, x : x + width] = 0
    assert changed.max() == 0


def test_photos_that_look_alike_make_no_patch() -> None:
    gray = Image.new("RGB", (360, 240), (90, 90, 90))
    with pytest.raises(ValueError, match="alike"):
        local_differences.patched(gray, gray, random.Random(1))


def test_a_round_holds_every_photo_and_its_copy(tmp_path: Path) -> None:
    for number in range(3):
        photo(number).save(tmp_path / f"{number}.png")
    photos = sorted(tmp_path.glob("*.png"))
    pairs = local_differences.build_round(photos, tmp_path / "round", "seed", True)
    assert [pair.patch is not None for pair in pairs] == [True] * 3
    for source, pair in zip(photos, pairs, strict=True):
        assert pair.photo.read_bytes() == source.read_bytes()
        with Image.open(pair.copy) as copy:
            assert copy.format == "JPEG"
            assert 0.49 <= copy.width / 360 <= 1
    clean = local_differences.build_round(photos, tmp_path / "clean", "seed", False)
    assert [pair.patch for pair in clean] == [None] * 3


def member(path: Path, differs: list[list[float]], preselected: bool) -> dict[str, object]:
    return {"path": str(path), "differs": differs, "preselected": preselected}


def test_outcomes_are_read_from_groups_and_sets() -> None:
    names = [(Path(f"/a/{n}.png"), Path(f"/b/{n}.jpg")) for n in range(3)]
    pairs = [PatchedPair(a, b, (0.1, 0.1, 0.2, 0.2)) for a, b in names]
    grouped = [member(names[0][0], [], False), member(names[0][1], [[0.1, 0.1, 0.1, 0.1]], True)]
    alike = [member(path, [], False) for path in names[1]]
    scan = {"groups": [{"photos": grouped}], "similar": [{"photos": alike}]}
    assert local_differences.outcomes(pairs, scan) == [
        Outcome(True, False, ((0.1, 0.1, 0.1, 0.1),), True),
        Outcome(False, True, (), False),
        Outcome(False, False, (), False),
    ]


@pytest.mark.parametrize(
    ("place", "right"),
    [
        ((0.4, 0.4, 0.2, 0.2), True),
        ((0.3, 0.3, 0.4, 0.4), True),
        ((0.0, 0.0, 0.3, 0.3), False),
        ((0.45, 0.0, 0.1, 0.2), False),
    ],
)
def test_a_place_is_right_where_its_middle_lies_in_the_patch(place: Box, right: bool) -> None:
    assert hits((0.4, 0.4, 0.2, 0.2), [place]) is right


def test_differences_are_counted_apart_from_the_control() -> None:
    patch = (0.4, 0.4, 0.15, 0.1)  # 1.5 % of the area
    pair, clean = PatchedPair(Path("a"), Path("b"), patch), PatchedPair(Path("c"), Path("d"), None)
    seen = Outcome(True, False, (patch,), False)
    elsewhere = Outcome(True, False, ((0.0, 0.0, 0.1, 0.1),), True)
    pairs = [pair, pair, pair, clean, clean]
    balanced = [seen, elsewhere, Outcome(False, True, (), False), elsewhere, seen]
    found = local_differences.figures(pairs, dict.fromkeys(local_differences.PRESETS, balanced))
    whole = {"pairs": 3, "grouped": 2, "similar": 1, "differs": 2, "right_place": 1}
    assert {key: found[key] for key in whole} == whole
    assert found["by_area"]["1% to 2%"] == whole
    assert found["by_area"]["2% to 3%"]["pairs"] == 0
    assert found["preselected"] == dict.fromkeys(local_differences.PRESETS, 1)
    assert (found["control"], found["control_grouped"], found["false_alarms"]) == (2, 2, 2)
    assert "0.333" in local_differences.describe(found)


def test_shots_of_a_burst_are_alike_and_none_is_another() -> None:
    scene = photo(3)
    shots = similar_shots.burst_of(scene, random.Random(1))
    assert len(shots) == similar_shots.SHOTS
    levels = [np.asarray(shot.convert("L"), float) for shot in shots]
    for first, second in ((0, 1), (0, 2), (1, 2)):
        assert shots[first].size == scene.size
        assert np.abs(levels[first] - levels[second]).mean() > 3
    assert min(level[[0, -1]].max() for level in levels) > 0, "no empty edges"
    again = similar_shots.burst_of(scene, random.Random(1))
    assert [a.tobytes() for a in again] == [b.tobytes() for b in shots]


def test_a_moved_object_changes_two_places_and_leaves_the_rest() -> None:
    scene = photo(3)
    moved = similar_shots._with_object_moved(scene, random.Random(2))
    changed = (np.asarray(moved) != np.asarray(scene)).any(axis=2)
    assert 0.02 < changed.mean() < 0.2


@pytest.mark.parametrize("times", similar_shots.TIMES)
def test_a_burst_is_written_with_its_times(times: str, tmp_path: Path) -> None:
    shots = [photo(number) for number in range(3)]
    taken = []
    for path in similar_shots.write_burst(shots, tmp_path, 5, times):
        with Image.open(path) as shot:
            details = shot.getexif().get_ifd(similar_shots.EXIF_IFD)
        taken.append((details.get(similar_shots.TAKEN), details.get(similar_shots.SUB_SECOND)))
    expected = "2026:05:06 10:00:07" if times != "stripped" else None
    fractions = ["100", "300", "500"] if times == "sub-seconds" else [None] * 3
    assert taken == [(expected, fraction) for fraction in fractions]


def test_pairs_of_bursts_are_counted() -> None:
    bursts = [[Path(f"/{n}-{place}") for place in range(3)] for n in range(2)]
    similar = {"photos": [member(path, [], False) for path in (*bursts[0], bursts[1][0])]}
    group = {"photos": [member(path, [], True) for path in bursts[1][1:]]}
    found = similar_shots.figures(bursts, {"similar": [similar], "groups": [group]})
    assert found == {"pairs": 6, "similar": 3, "duplicates": 1, "preselected": 2, "across": 3}
    assert "0.500" in similar_shots.describe({"stripped": found})
