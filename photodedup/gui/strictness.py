"""How sure a pair must be, from broad (0) over balanced to strict (1)."""

from collections.abc import Mapping

from photodedup.core.calibration import Preset

BALANCED = 0.5
STEPS = {0.0: Preset.BROAD, BALANCED: Preset.BALANCED, 1.0: Preset.STRICT}


def cutoff_at(strictness: float, cutoffs: Mapping[Preset, float]) -> float:
    """The probability a pair must have, on straight lines between the presets'."""
    broad, balanced, strict = (
        cutoffs[preset] for preset in (Preset.BROAD, Preset.BALANCED, Preset.STRICT)
    )
    if strictness <= 0.5:
        return broad + 2 * strictness * (balanced - broad)
    return balanced + (2 * strictness - 1) * (strict - balanced)


def nearest_preset(strictness: float) -> Preset:
    """The preset that comes nearest."""
    return STEPS[min(STEPS, key=lambda step: abs(step - strictness))]
