"""Fit the probability of a pair to a network: python -m training.calibrate --model M --photos DIR

Takes the photos that training held out and makes edited copies of them (true pairs) and other
shots of their scenes (false pairs); looks up which distinct photos the network takes for nearest to
each other (false pairs, as hard as they come); fits a logistic regression on cosine, inliers and
likeness; derives the cut-offs; writes all into the model's metadata, with the embeddings of some
photos that cosines are judged against (see photodedup/core/background.py).
"""

import argparse
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime as ort

from photodedup.core.background import NEAREST, Background
from photodedup.core.calibration import FEATURES, Calibration, features
from photodedup.core.preprocess import PREPROCESS_ID
from photodedup.core.verify import is_enough
from training import data
from training.calibration_pairs import (
    EvidenceCache,
    LabelledPair,
    Network,
    false_pairs,
    other_shots,
    true_pairs,
)

matplotlib.use("Agg")
from matplotlib import pyplot

Values = npt.NDArray[np.float64]

RIDGE = 1e-2  # of standardised weights; keeps separable data from sending them to infinity
# Share of copies that their original does not propose. The copies made here are edited harder than
# most, and a false candidate costs a millisecond of verification.
LOST_BY_COSINE = 0.005
SIGNS = {
    "similarity": 1,
    "log inliers": 1,
    "low blocks": -1,
    "likeness": 1,
    "displacement": -1,
    "displacement by likeness": -1,
    "overlap": 1,
    "log blocks": 1,
    "dense": -1,
}
# Share of the false pairs, the nearest there are, that may pass each cut-off and the verifier's
# other rules. Two or three decide where a few thousand are measured, hence the bounds: of 1,891
# pairs of different photos that could be aligned in the library of docs/accuracy.md none is let
# through above 0.6.
FALSE_SHARES = {"strict": 0.0001, "balanced": 0.0005, "broad": 0.002}
BOUNDS = {"strict": (0.95, 0.99), "balanced": (0.5, 0.75), "broad": (0.2, 0.5)}


def fit_signed(
    inputs: Values, labels: npt.NDArray[np.bool_], signs: Sequence[int]
) -> tuple[float, Values]:
    """fit_logistic with weights that have the wanted signs (1 or -1), or are zero.

    Evidence speaks one way: more inliers never make a copy less likely. Where the pairs at hand
    say otherwise by chance, the worst such weight is taken out and the rest fitted again.
    """
    active = list(range(inputs.shape[1]))
    while True:
        intercept, weights = fit_logistic(inputs[:, active], labels)
        wrong = (
            weights * np.array([signs[place] for place in active]) * inputs[:, active].std(axis=0)
        )
        if not active or wrong.min() >= 0:
            everything = np.zeros(inputs.shape[1])
            everything[active] = weights
            return intercept, everything
        del active[int(np.argmin(wrong))]


def fit_logistic(inputs: Values, labels: npt.NDArray[np.bool_]) -> tuple[float, Values]:
    """Intercept and weights of a ridge logistic regression, both classes weighing the same.

    inputs: (N, F); labels: (N,). Newton's method on standardised inputs.
    """
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0)
    spread = np.where(spread > 1e-9, spread, 1.0)
    design = np.column_stack([np.ones(len(inputs)), (inputs - mean) / spread])
    weight = np.where(labels, 0.5 / max(1, labels.sum()), 0.5 / max(1, (~labels).sum()))
    ridge = np.full(design.shape[1], RIDGE / len(FEATURES))
    ridge[0] = 0.0
    solution = np.zeros(design.shape[1])
    for _ in range(100):
        predicted = _logistic(design @ solution)
        gradient = design.T @ (weight * (predicted - labels)) + ridge * solution
        curvature = design.T @ (design * (weight * predicted * (1 - predicted))[:, None])
        step = np.linalg.solve(curvature + np.diag(ridge + 1e-9), gradient)
        solution -= step
        if np.abs(step).max() < 1e-8:
            break
    weights = solution[1:] / spread
    return float(solution[0] - weights @ mean), weights


def calibrate(pairs: Sequence[LabelledPair], propose_cosine: float | None = None) -> Calibration:
    """Fit pairs that could be aligned; those that could not never reach the regression.

    propose_cosine: as wanted, instead of the one that all but LOST_BY_COSINE of the copies reach.
    """
    aligned = [pair for pair in pairs if pair.evidence is not None]
    inputs, labels = _table(aligned)
    intercept, weights = fit_signed(inputs, labels, [SIGNS[name] for name in FEATURES])
    predicted = _logistic(inputs @ weights + intercept)
    possible = np.array([bool(pair.evidence and is_enough(pair.evidence)) for pair in aligned])
    of_false = np.zeros(sum(not pair.same for pair in pairs))  # what cannot be aligned never passes
    of_false[: (~labels).sum()] = (predicted * possible)[~labels]
    cutoffs = {
        name: float(np.clip(np.quantile(of_false, 1 - share), *BOUNDS[name]))
        for name, share in FALSE_SHARES.items()
    }
    near = np.array([pair.nearness for pair in pairs if pair.same and pair.from_original])
    reached = round(float(np.quantile(near, LOST_BY_COSINE)), 4)
    return Calibration(
        propose_cosine=reached if propose_cosine is None else propose_cosine,
        intercept=intercept,
        weights=tuple(float(w) for w in weights),
        **cutoffs,
    )


def is_unlabelled_copy(pair: LabelledPair) -> bool:
    """Whether two different files show one exposure after all: photo collections hold twins."""
    found = pair.evidence
    return (
        not pair.same
        and found is not None
        and found.inliers >= 50
        and found.blocks >= 40
        and found.low_blocks <= 0.02
        and found.likeness >= 0.95
        and found.displacement_px <= 0.2
    )


def write_to_model(model: Path, calibration: Calibration, background: Background) -> None:
    """Put both into the metadata of an ONNX file; everything else stays as it is."""
    network = onnx.load(model)
    entries = {entry.key: entry.value for entry in network.metadata_props}
    entries |= {"calibration": calibration.to_json(), "background": background.to_text()}
    onnx.helper.set_model_props(network, entries)
    partial = model.with_suffix(".partial")
    onnx.save(network, partial)
    partial.replace(model)


@dataclass(frozen=True, slots=True)
class Report:
    """How a calibration does on pairs it was not fitted on."""

    predicted: Values
    labels: npt.NDArray[np.bool_]
    error: float  # expected calibration error, 0 to 1

    @classmethod
    def of(cls, calibration: Calibration, pairs: Sequence[LabelledPair]) -> "Report":
        """Predictions of aligned pairs against the truth."""
        aligned = [pair for pair in pairs if pair.evidence is not None]
        inputs, labels = _table(aligned)
        predicted = _logistic(inputs @ np.array(calibration.weights) + calibration.intercept)
        error = 0.0
        for inside in _bins(predicted):
            if inside.any():
                off = abs(float(predicted[inside].mean()) - _true_share(labels, inside))
                error += off * _weight(labels, inside)
        return cls(predicted, labels, error)

    def draw(self, path: Path) -> None:
        """The reliability diagram: what was said against what was so, ten bins."""
        figure, (upper, lower) = pyplot.subplots(
            2, 1, figsize=(6, 7), height_ratios=(3, 1), sharex=True
        )
        filled = [inside for inside in _bins(self.predicted) if inside.any()]
        upper.plot([0, 1], [0, 1], "--", color="gray", label="perfect")
        upper.plot(
            [self.predicted[inside].mean() for inside in filled],
            [_true_share(self.labels, inside) for inside in filled],
            "o-",
            label=f"measured (expected error {self.error:.3f})",
        )
        upper.set_ylabel("share that is one exposure")
        upper.set_title(f"{len(self.labels)} aligned pairs kept from the fit")
        upper.legend()
        edges = np.linspace(0, 1, 11)
        lower.hist(
            [self.predicted[self.labels], self.predicted[~self.labels]],
            edges,
            label=["true pairs", "false pairs"],
            log=True,
        )
        lower.set_xlabel("predicted probability")
        lower.set_ylabel("pairs")
        lower.legend()
        figure.tight_layout()
        figure.savefig(path, dpi=110)
        pyplot.close(figure)


def _table(pairs: Sequence[LabelledPair]) -> tuple[Values, npt.NDArray[np.bool_]]:
    rows = [features(p.similarity, p.evidence) for p in pairs if p.evidence is not None]
    return np.array(rows, np.float64), np.array([pair.same for pair in pairs])


def _logistic(logits: Values) -> Values:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logits, -40, 40))), np.float64)


def _bins(predicted: Values) -> list[npt.NDArray[np.bool_]]:
    number = np.minimum((predicted * 10).astype(int), 9)
    return [number == bin_ for bin_ in range(10)]


def _true_share(labels: npt.NDArray[np.bool_], inside: npt.NDArray[np.bool_]) -> float:
    """The share of true pairs inside, were there as many true as false pairs in all."""
    true = (labels & inside).sum() / max(1, labels.sum())
    false = (~labels & inside).sum() / max(1, (~labels).sum())
    return float(true / (true + false))


def _weight(labels: npt.NDArray[np.bool_], inside: npt.NDArray[np.bool_]) -> float:
    true = (labels & inside).sum() / max(1, labels.sum())
    false = (~labels & inside).sum() / max(1, (~labels).sum())
    return float((true + false) / 2)


def choose_background(options: argparse.Namespace) -> list[Path]:
    """Some of the distinct photos, at random; none of a handful."""
    photos = [p for folder in options.distinct or options.photos for p in data.find_photos(folder)]
    count = min(len(photos), options.background)
    return random.Random(options.seed).sample(photos, count) if count > NEAREST else []


def gather(network: Network, options: argparse.Namespace) -> list[LabelledPair]:
    """True and false pairs of the photos that training held out."""
    held_out: list[Path] = []
    for listing in map(data.list_folder, options.photos):
        held_out.extend(data.split(listing, options.validation_photos)[1].paths)
    gallery = [p for folder in options.distinct or options.photos for p in data.find_photos(folder)]
    shuffled = random.Random(options.seed)
    shuffled.shuffle(held_out)
    gallery = shuffled.sample(gallery, min(len(gallery), options.gallery))
    queries = gallery[: options.queries]
    say(f"{len(held_out)} photos held out by training, {len(gallery)} distinct ones in the gallery")
    cache = EvidenceCache(options.cache)
    copied = held_out[: options.originals]
    same = true_pairs(network, cache, copied, options.copies, options.seed)
    say(f"{len(same)} true pairs, {sum(p.evidence is not None for p in same)} aligned")
    cache.save()
    shots = other_shots(network, cache, held_out[: options.originals], options.shots, options.seed)
    say(f"{len(shots)} other shots, {sum(p.evidence is not None for p in shots)} aligned")
    cache.save()
    other = false_pairs(network, cache, queries, gallery, options.false_pairs)
    say(f"{len(other)} false pairs, {sum(p.evidence is not None for p in other)} aligned")
    cache.save()
    twins = [pair for pair in other if is_unlabelled_copy(pair)]
    for pair in twins:
        say(f"left out, as it is a copy: {pair.first} {pair.second}")
    return [*same, *shots, *(pair for pair in other if pair not in twins)]


def halves(
    pairs: Sequence[LabelledPair], seed: int
) -> tuple[list[LabelledPair], list[LabelledPair]]:
    """Pairs to fit on and pairs to report on; the pairs of one photo stay together."""
    photos = sorted({pair.first for pair in pairs})
    random.Random(seed).shuffle(photos)
    fitted = set(photos[: len(photos) * 2 // 3])
    return [p for p in pairs if p.first in fitted], [p for p in pairs if p.first not in fitted]


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m training.calibrate", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="ONNX file, written in place")
    parser.add_argument(
        "--photos", type=Path, nargs="+", required=True, help="folders, as trained on"
    )
    parser.add_argument(
        "--validation-photos", type=int, default=600, help="how many training held out of each"
    )
    parser.add_argument("--originals", type=int, default=300, help="photos that copies are made of")
    parser.add_argument("--copies", type=int, default=5, help="edited copies of each")
    parser.add_argument("--shots", type=int, default=2, help="made-up other shots of each")
    parser.add_argument(
        "--distinct", type=Path, nargs="+", help="folders without copies, for false pairs"
    )
    parser.add_argument("--false-pairs", type=int, default=3000, help="the nearest there are")
    parser.add_argument("--queries", type=int, default=1500, help="photos to find them for")
    parser.add_argument("--gallery", type=int, default=8000, help="photos to find them among")
    parser.add_argument(
        "--background", type=int, default=512, help="photos that cosines are judged against"
    )
    parser.add_argument(
        "--cache", type=Path, help="JSON that keeps the evidence for the next model"
    )
    parser.add_argument(
        "--propose-cosine", type=float, help="from where pairs are proposed; fitted if left out"
    )
    parser.add_argument(
        "--check", action="store_true", help="report on the model's own calibration, write none"
    )
    parser.add_argument("--diagram", type=Path, help="PNG; beside the model if left out")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Calibrate one model; returns the exit code."""
    options = parse(arguments)
    cv2.setNumThreads(1)  # the pairs are spread over threads already
    session = ort.InferenceSession(str(options.model), providers=["CPUExecutionProvider"])
    metadata = session.get_modelmeta().custom_metadata_map
    if metadata.get("preprocess_id") != PREPROCESS_ID:
        say(f"{options.model}: not made for the preprocessing {PREPROCESS_ID}")
        return 2
    network = Network(session, choose_background(options))
    fitted, kept = halves(gather(network, options), options.seed)
    if options.check:
        calibration = Calibration.from_json(metadata["calibration"])
    else:
        calibration = calibrate(fitted, options.propose_cosine)
    report = Report.of(calibration, kept)
    diagram = options.diagram or options.model.with_name(f"{options.model.stem}-reliability.png")
    report.draw(diagram)
    if not options.check:
        write_to_model(options.model, calibration, network.background)
    describe(calibration, report)
    say(f"expected calibration error {report.error:.4f}; diagram in {diagram}")
    return 0


def describe(calibration: Calibration, report: Report) -> None:
    """Print the weights, and what the cut-offs let through."""
    for name, weight in zip(FEATURES, calibration.weights, strict=True):
        say(f"  {name:28s} {weight:8.3f}")
    say(f"pairs are proposed from cosine {calibration.propose_cosine}, less the handicaps")
    for name in FALSE_SHARES:
        cutoff = getattr(calibration, name)
        passed = report.predicted >= cutoff
        say(
            f"{name:9s} {cutoff:.4f}: {passed[report.labels].mean():.4f} of aligned true pairs, "
            f"{passed[~report.labels].mean():.4f} of aligned false pairs (kept from the fit)"
        )


def say(line: str) -> None:
    """One line of progress, at once."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
