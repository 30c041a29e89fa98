"""Verifies single pairs over the cache, as a scan would, and keeps what is found for scans."""

import contextlib
from collections.abc import Sequence

from photodedup.core.digest import digest_bytes
from photodedup.core.embed import ModelInfo
from photodedup.core.errors import PhotoError
from photodedup.core.job import JobControl, Stage
from photodedup.core.previews import PreviewSource
from photodedup.core.records import Photo, Verification
from photodedup.core.store import CacheStore
from photodedup.core.verify import VERIFIER_VERSION, Verifier


def verifier_key(model: ModelInfo) -> str:
    """Under what the store keeps verifications: all that they depend on but the photos."""
    calibration = digest_bytes(model.calibration.to_json().encode()).hex()
    return f"{VERIFIER_VERSION}/{calibration}/{model.key}"


def verify_pairs(
    pairs: Sequence[tuple[Photo, Photo]], store: CacheStore, model: ModelInfo, control: JobControl
) -> dict[tuple[bytes, bytes], Verification]:
    """Verify (keeper, other) pairs whose embeddings the store has; by the digests of the two.

    A photo that can no longer be read is left out. What was found until control was cancelled is
    kept. Raises JobCancelled, StoreError.
    """
    previews = PreviewSource(store)
    verifier = Verifier(model.calibration, previews.describe, previews.load_pixels)
    found: dict[tuple[bytes, bytes], Verification] = {}
    control.begin(Stage.VERIFY, len(pairs))
    try:
        for keeper, other in pairs:
            digests = keeper.digest, other.digest
            a, b = store.embeddings(model.key, digests, model.dimension)
            with contextlib.suppress(PhotoError):  # vanished or changed since it was scanned
                found[digests] = verifier.verify(keeper, other, min(float(a @ b), 1.0))
            control.advance()
    finally:
        rows = [(*digests, what) for digests, what in found.items()]
        store.add_verifications(verifier_key(model), rows)
    return found
