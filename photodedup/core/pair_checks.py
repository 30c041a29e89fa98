"""Verifies single pairs over the cache, as a scan would, and keeps what is found for scans."""

from collections.abc import Callable, Sequence

import numpy as np

from photodedup.core.decisions import Contents
from photodedup.core.digest import digest_bytes
from photodedup.core.embed import ModelInfo
from photodedup.core.job import JobControl, Stage
from photodedup.core.pair_verifier import PairVerifier, Verifications
from photodedup.core.pairs import exact_cosines
from photodedup.core.previews import PreviewSource
from photodedup.core.records import Photo
from photodedup.core.store import CacheStore
from photodedup.core.verify import VERIFIER_VERSION, Verifier


def verifier_key(model: ModelInfo) -> str:
    """Under what the store keeps verifications: all that they depend on but the photos."""
    calibration = digest_bytes(model.calibration.to_json().encode()).hex()
    return f"{VERIFIER_VERSION}/{calibration}/{model.key}"


def pair_verifier(
    store: CacheStore,
    previews: PreviewSource,
    model: ModelInfo,
    found: Verifications,
    rejected: frozenset[Contents] = frozenset(),
    load_rest: Callable[[], Verifications] | None = None,
) -> PairVerifier:
    """A verifier that works over the cache and keeps there what is new; see PairVerifier."""
    key = verifier_key(model)
    verifier = Verifier(model.calibration, previews.describe, previews.load_pixels)
    return PairVerifier(
        verifier.verify,
        found,
        lambda new: store.add_verifications(key, new),
        rejected,
        verifier.glance,
        verifier.first_look,
        load_rest,
    )


def verify_pairs(
    pairs: Sequence[tuple[Photo, Photo]],
    verifier: PairVerifier,
    store: CacheStore,
    model: ModelInfo,
    control: JobControl,
) -> None:
    """Verify (keeper, other) pairs whose embeddings the store has; verifier then knows them.

    A photo that can no longer be read is left out. What was found until control was cancelled is
    kept. Raises JobCancelled, StoreError.
    """
    control.begin(Stage.VERIFY, len(pairs))
    both = np.array([0]), np.array([1])
    verifier.complete()
    try:
        for keeper, other in pairs:
            digests = keeper.digest, other.digest
            embeddings = store.embeddings(model.key, digests, model.dimension)
            verifier.verify(keeper, other, float(exact_cosines(embeddings, *both)[0]))
            control.advance()
    finally:
        verifier.flush(at_least=1)
