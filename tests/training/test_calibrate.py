import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import TensorProto, helper
from PIL import Image

from photodedup.core.background import Background
from photodedup.core.calibration import FEATURES, Calibration
from photodedup.core.preprocess import PREPROCESS_ID
from photodedup.core.records import Evidence
from tests.data.make_photos import textured_photo
from training import calibration_edits
from training.calibrate import (
    Report,
    calibrate,
    fit_logistic,
    halves,
    is_unlabelled_copy,
    main,
    write_to_model,
)
from training.calibration_pairs import EvidenceCache, LabelledPair

SIZE = 32


def _network(path: Path, preprocess_id: str = PREPROCESS_ID) -> Path:
    """An ONNX file like ours that embeds a photo as its 8 x 8 thumbnail about its mean."""
    nodes = [
        helper.make_node("Cast", ["photos"], ["levels"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["levels"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["planes"], ["cells"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Flatten", ["cells"], ["flat"]),
        helper.make_node("ReduceMean", ["flat"], ["mean"], axes=[1], keepdims=1),
        helper.make_node("Sub", ["flat", "mean"], ["centred"]),
        helper.make_node("LpNormalization", ["centred"], ["embeddings"], axis=1, p=2),
    ]
    photos = helper.make_tensor_value_info("photos", TensorProto.UINT8, ["n", SIZE, SIZE, 3])
    embeddings = helper.make_tensor_value_info("embeddings", TensorProto.FLOAT, ["n", 192])
    graph = helper.make_graph(nodes, "thumbnail", [photos], [embeddings])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    helper.set_model_props(
        model,
        {"model_id": "test", "preprocess_id": preprocess_id, "input_size": str(SIZE),
         "dimension": "192", "calibration": "{}"},
    )  # fmt: skip
    onnx.save(model, path)
    return path


def _metadata(path: Path) -> dict[str, str]:
    return {p.key: p.value for p in onnx.load(path).metadata_props}


def _pairs(count: int, seed: int = 0) -> list[LabelledPair]:
    """True pairs lie exactly and are alike, false ones are displaced, with some in between."""
    random = np.random.default_rng(seed)
    pairs = []
    for number in range(count):
        same = number % 2 == 0
        displaced = float(np.exp(random.normal(-2.5 if same else 0.0, 0.5)))
        low = float(np.clip(random.normal(0.02 if same else 0.2, 0.05), 0, 1))
        found = Evidence(
            inliers=int(random.integers(12, 200)),
            overlap=0.9,
            low_blocks=low,
            likeness=0.9,
            blocks=80,
            method="keypoints",
            displacement_px=displaced,
        )
        cosine = float(random.uniform(0.5, 1.0))
        names = f"{number // 4}", f"other{number}"
        pairs.append(LabelledPair(*names, same, cosine, found, nearness=cosine))
    return pairs


def test_fit_is_the_minimum_of_the_penalised_loss() -> None:
    """No step along any axis makes the loss smaller."""
    random = np.random.default_rng(1)
    inputs = random.normal(size=(400, len(FEATURES))) * 3 + 1
    labels = random.random(400) < 1 / (1 + np.exp(-(inputs[:, 0] - inputs[:, 1])))
    weight = np.where(labels, 0.5 / labels.sum(), 0.5 / (~labels).sum())
    spread = inputs.std(axis=0)

    def loss(intercept: float, weights: npt.NDArray[np.float64]) -> float:
        logits = inputs @ weights + intercept
        misses = np.log1p(np.exp(-np.where(labels, logits, -logits)))
        penalty = 0.5 * (1e-2 / len(FEATURES)) * float(((weights * spread) ** 2).sum())
        return float((weight * misses).sum()) + penalty

    intercept, weights = fit_logistic(inputs, labels)
    least = loss(intercept, weights)
    for place in range(len(weights)):
        for step in (-1e-3, 1e-3):
            moved = weights.copy()
            moved[place] += step
            assert loss(intercept, moved) > least
    assert loss(intercept + 1e-3, weights) > least < loss(intercept - 1e-3, weights)


def test_calibration_separates_and_orders_its_cut_offs() -> None:
    found = calibrate(_pairs(600))
    report = Report.of(found, _pairs(300, seed=1))
    assert report.predicted[report.labels].mean() > 0.95
    assert report.predicted[~report.labels].mean() < 0.05
    assert report.error < 0.05
    assert found.broad <= found.balanced <= found.strict


def test_a_share_of_true_pairs_is_lost_by_cosine() -> None:
    pairs = _pairs(600)
    cosines = sorted(pair.similarity for pair in pairs if pair.same)
    assert cosines[0] <= calibrate(pairs).propose_cosine <= cosines[9]


def test_pairs_may_be_proposed_from_where_one_wants() -> None:
    pairs = _pairs(300)
    assert calibrate(pairs, 0.55) == replace(calibrate(pairs), propose_cosine=0.55)


def test_false_pairs_that_the_verifier_refuses_anyway_do_not_raise_the_cut_offs() -> None:
    pairs = _pairs(600)
    exact = Evidence(80, 1.0, 0.0, 0.99, 100, "keypoints", 0.05)
    refused = [  # as sure as a copy, but of a corner of the photos only
        replace(pair, same=False, evidence=replace(exact, overlap=0.1)) for pair in pairs[::60]
    ]
    passing = [replace(pair, evidence=exact) for pair in refused]
    assert calibrate([*pairs, *refused]).broad < calibrate([*pairs, *passing]).broad


def test_pairs_that_cannot_be_aligned_do_not_reach_the_fit() -> None:
    pairs = _pairs(300)
    blind = [replace(pair, evidence=None) for pair in _pairs(100, seed=2) if not pair.same]
    assert calibrate([*pairs, *blind]).weights == calibrate(pairs).weights


def test_twins_in_the_collection_are_no_false_pairs() -> None:
    exact = Evidence(
        inliers=150, overlap=1.0, low_blocks=0.0, likeness=0.99, blocks=100, method="keypoints"
    )
    twin = LabelledPair("a", "b", False, 0.99, exact, nearness=0.99)
    assert is_unlabelled_copy(twin)
    assert not is_unlabelled_copy(replace(twin, same=True))
    assert not is_unlabelled_copy(replace(twin, evidence=replace(exact, displacement_px=0.5)))
    assert not is_unlabelled_copy(replace(twin, evidence=None))


def test_pairs_of_one_photo_stay_in_one_half() -> None:
    fitted, kept = halves(_pairs(400), seed=3)
    assert len(fitted) + len(kept) == 400
    assert {pair.first for pair in fitted}.isdisjoint(pair.first for pair in kept)


def test_evidence_is_measured_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "evidence.json"
    found = Evidence(inliers=20, likeness=0.5, method="keypoints", displacement_px=0.25)
    cache = EvidenceCache(path)
    assert cache.get("a", "b", lambda: found) == found
    assert cache.get("a", "c", lambda: None) is None
    cache.save()

    def never() -> Evidence:
        raise AssertionError("measured again")

    again = EvidenceCache(path)
    assert again.get("a", "b", never) == found
    assert again.get("a", "c", never) is None


def test_evidence_of_another_verifier_is_measured_again(tmp_path: Path) -> None:
    path = tmp_path / "evidence.json"
    path.write_text(json.dumps({"verifier": -1, "pairs": {"a\nb": None}}))
    found = Evidence(inliers=20)
    assert EvidenceCache(path).get("a", "b", lambda: found) == found


def test_other_metadata_of_the_model_stays(tmp_path: Path) -> None:
    path = _network(tmp_path / "model.onnx")
    before = _metadata(path)
    calibration = calibrate(_pairs(200))
    background = Background(np.eye(192, dtype=np.float32))
    write_to_model(path, calibration, background)
    after = _metadata(path)
    assert Calibration.from_json(after.pop("calibration")) == calibration
    assert after.pop("background") == background.to_text()
    assert after == {key: value for key, value in before.items() if key != "calibration"}


@pytest.mark.parametrize("edit", calibration_edits.EDITS, ids=lambda edit: edit.__name__)
def test_every_edit_makes_a_photo_and_repeats(edit: calibration_edits.Edit) -> None:
    photo = textured_photo(1, 160, 110)
    before = photo.copy()
    made, again = (edit(photo, np.random.default_rng(5)) for _ in range(2))
    assert made.dtype == np.uint8
    assert made.shape[2] == 3
    assert np.array_equal(made, again)
    assert np.array_equal(photo, before)


def test_whole_calibration_of_a_small_collection(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From photos on disk to a model that the app accepts, with its diagram; twice alike."""
    photos = tmp_path / "photos" / "all"
    photos.mkdir(parents=True)
    for seed in range(10):
        Image.fromarray(textured_photo(seed, 160, 120)).save(photos / f"{seed}.png")
        # Another shot of the same scene: what the fit must tell from a copy.
        shot = textured_photo(seed, 170, 128)[4:124, 6:166].copy()
        shot[30:90, 40:110] = textured_photo(seed + 90, 70, 60)
        Image.fromarray(shot).save(photos / f"{seed}-again.png")
    model = _network(tmp_path / "model.onnx")
    arguments = [
        "--model", str(model), "--photos", str(tmp_path / "photos"), "--validation-photos", "10",
        "--originals", "6", "--copies", "2", "--false-pairs", "12",
        "--cache", str(tmp_path / "evidence.json"),
    ]  # fmt: skip
    assert main(arguments) == 0
    first = Calibration.from_json(_metadata(model)["calibration"])
    (empty,) = Background.from_text(_metadata(model)["background"], 192).handicaps(
        np.eye(1, 192, dtype=np.float32)
    )
    assert empty < 0  # of 20 photos: nearer to each other than a single bright pixel is to them
    assert (tmp_path / "model-reliability.png").stat().st_size > 10_000
    assert main(arguments) == 0
    assert Calibration.from_json(_metadata(model)["calibration"]) == first

    other = replace(first, balanced=(first.broad + first.strict) / 2)
    write_to_model(model, other, Background(np.empty((0, 192), np.float32)))
    capsys.readouterr()
    assert main([*arguments, "--check"]) == 0
    assert f"balanced  {other.balanced:.4f}" in capsys.readouterr().out
    assert Calibration.from_json(_metadata(model)["calibration"]) == other


def test_a_model_of_other_preprocessing_is_refused(tmp_path: Path) -> None:
    model = _network(tmp_path / "model.onnx", preprocess_id="something-else")
    assert main(["--model", str(model), "--photos", str(tmp_path)]) == 2
    assert _metadata(model)["calibration"] == "{}"
