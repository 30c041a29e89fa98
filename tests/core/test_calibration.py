import json
import math
from dataclasses import replace

import pytest

from photodedup.core.calibration import FEATURES, Calibration, Preset, features
from photodedup.core.records import Evidence

CALIBRATION = Calibration(
    propose_cosine=0.5,
    intercept=-3.0,
    weights=tuple(0.5 * (i - 2) for i in range(len(FEATURES))),
    strict=0.98,
    balanced=0.9,
    broad=0.6,
)
ALIGNED = Evidence(
    inliers=40, overlap=0.8, low_blocks=0.05, likeness=0.9, blocks=70, method="keypoints"
)


def test_probability_is_the_logistic_of_the_weighted_features() -> None:
    logit = CALIBRATION.intercept
    for weight, value in zip(CALIBRATION.weights, features(0.7, ALIGNED), strict=True):
        logit += weight * value
    assert CALIBRATION.probability(0.7, ALIGNED) == pytest.approx(1 / (1 + math.exp(-logit)))


def test_probability_stays_within_0_and_1_for_extreme_evidence() -> None:
    steep = replace(CALIBRATION, weights=tuple(1e6 for _ in FEATURES))
    assert 0.0 <= steep.probability(-1.0, replace(ALIGNED, likeness=-1.0)) <= 1.0
    assert steep.probability(1.0, replace(ALIGNED, inliers=10**6, likeness=1.0)) <= 1.0


def test_unaligned_pairs_are_impossible_and_equal_ones_certain() -> None:
    assert CALIBRATION.probability(0.99, Evidence(method="none")) == 0.0
    assert CALIBRATION.probability(-1.0, Evidence(method="bytes")) == 1.0
    assert CALIBRATION.probability(-1.0, Evidence(method="pixels")) == 1.0


def test_features_have_one_name_each() -> None:
    assert len(features(0.5, ALIGNED)) == len(FEATURES) == len(set(FEATURES))


def test_json_brings_back_the_same_calibration() -> None:
    assert Calibration.from_json(CALIBRATION.to_json()) == CALIBRATION


def test_cut_offs_are_those_of_the_presets() -> None:
    cutoffs = [CALIBRATION.cutoff(preset) for preset in Preset]
    assert cutoffs == [0.98, 0.9, 0.6]


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "3", "{", '{"weights": 3}'])
def test_what_is_no_calibration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="calibration"):
        Calibration.from_json(text)


@pytest.mark.parametrize(
    "change",
    [
        {"weights": [1.0]},
        {"broad": 0.95},
        {"strict": 1.5},
        {"intercept": math.nan},
        {"propose_cosine": "high"},
        {"weights": None},
    ],
)
def test_wrong_values_are_refused(change: dict[str, object]) -> None:
    values = json.loads(CALIBRATION.to_json()) | change
    with pytest.raises(ValueError, match="calibration"):
        Calibration.from_json(json.dumps(values))
