"""From evidence to one probability per pair, fitted to one model; and the cut-offs on it."""

import enum
import json
import math
from dataclasses import asdict, dataclass, fields

from photodedup.core.json_text import parse_json
from photodedup.core.records import Evidence


class Preset(enum.Enum):
    """How sure the program must be; each is a cut-off on the probability."""

    STRICT = "strict"
    BALANCED = "balanced"
    BROAD = "broad"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Logistic regression of "both show one exposure" on a pair's evidence, for one model.

    propose_cosine: pairs below it are not verified, the photos' handicaps taken off (see
    background.py). weights: of the features of
    features(), in that order. strict, balanced, broad: probabilities, falling.
    """

    propose_cosine: float
    intercept: float
    weights: tuple[float, ...]
    strict: float
    balanced: float
    broad: float

    def __post_init__(self) -> None:
        if len(self.weights) != len(FEATURES):
            raise ValueError(f"expected {len(FEATURES)} weights, got {len(self.weights)}")
        if not 0 <= self.broad <= self.balanced <= self.strict <= 1:
            raise ValueError("cut-offs must fall from strict to broad, between 0 and 1")
        if not all(math.isfinite(v) for v in (self.propose_cosine, self.intercept, *self.weights)):
            raise ValueError("coefficients must be finite")

    def probability(self, similarity: float, evidence: Evidence) -> float:
        """How likely the pair shows one exposure, 0 to 1; 0 if the photos were not aligned.

        similarity: the model's cosine, -1 to 1.
        """
        if evidence.method in ("bytes", "pixels"):
            return 1.0
        if evidence.method == "none":
            return 0.0
        values = features(similarity, evidence)
        logit = self.intercept + sum(w * v for w, v in zip(self.weights, values, strict=True))
        return 1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, logit))))

    def cutoff(self, preset: Preset) -> float:
        """The probability from which a pair counts."""
        return {
            Preset.STRICT: self.strict,
            Preset.BALANCED: self.balanced,
            Preset.BROAD: self.broad,
        }[preset]

    def to_json(self) -> str:
        """What the model file carries under the key "calibration"."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Calibration":
        """Read what to_json wrote; raises ValueError, with the reason, for anything else."""
        try:
            values = parse_json(text)
            if not isinstance(values, dict):
                raise ValueError("not a JSON object")
            missing = sorted({f.name for f in fields(cls)} - set(values))
            if missing:
                raise ValueError("without " + ", ".join(missing))
            numbers = {f.name: float(values[f.name]) for f in fields(cls) if f.name != "weights"}
            return cls(weights=tuple(float(w) for w in values["weights"]), **numbers)
        except (TypeError, ValueError) as error:
            raise ValueError(f"calibration: {error}") from error


FEATURES = (
    "similarity",
    "log inliers",
    "low blocks",
    "likeness",
    "displacement",
    "displacement by likeness",
    "overlap",
    "log blocks",
    "dense",
)


def features(similarity: float, evidence: Evidence) -> tuple[float, ...]:
    """What the regression sees of an aligned pair, in the order of FEATURES.

    Likeness is Fisher's z, which spreads out correlations near 1; counts are logarithms; where
    blocks lie is not known beyond a pixel and a half. Displaced blocks of clear photos are the
    surest sign of another shot, those of blurred or coarsely compressed ones are not: hence their
    product with likeness.
    """
    likeness = math.atanh(max(-0.99, min(0.99, evidence.likeness)))
    displacement = min(1.5, evidence.displacement_px)
    return (
        similarity,
        math.log1p(evidence.inliers),
        evidence.low_blocks,
        likeness,
        displacement,
        displacement * likeness,
        evidence.overlap,
        math.log1p(evidence.blocks),
        1.0 if evidence.method == "dense" else 0.0,
    )
