"""True and false pairs with their evidence, from photos that a network was not trained on."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from PIL import Image, ImageOps

from photodedup.core.evidence import PREVIEW_PX, Description, describe, lay_over
from photodedup.core.preprocess import preprocess
from photodedup.core.records import Evidence
from training.calibration_edits import random_copy

RGB = npt.NDArray[np.uint8]
Embeddings = npt.NDArray[np.float32]

BATCH = 32


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """A candidate pair, and whether it truly shows one exposure.

    first, second: paths of the photos; second is the first's own path for an edited copy.
    evidence is None where the two could not be aligned.
    """

    first: Path
    second: Path
    same: bool
    similarity: float
    evidence: Evidence | None


def read_photo(path: Path) -> RGB:
    """(H, W, 3) upright, enlarged to the preview's size if smaller.

    Enlarged, because training photos are often stored small, and evidence counts keypoints.
    """
    with Image.open(path) as opened:
        photo = ImageOps.exif_transpose(opened).convert("RGB")
    factor = PREVIEW_PX / max(photo.size)
    size = max(1, round(photo.width * factor)), max(1, round(photo.height * factor))
    return np.asarray(photo.resize(size, Image.Resampling.LANCZOS))


def as_preview(rgb: RGB) -> RGB:
    """Reduced to the preview's size; smaller ones as they are."""
    height, width = rgb.shape[:2]
    factor = PREVIEW_PX / max(height, width)
    if factor >= 1.0:
        return rgb
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def embed(session: ort.InferenceSession, photos: Iterator[RGB], size: int) -> Embeddings:
    """(N, D) unit embeddings of decoded photos."""
    rows: list[Embeddings] = []
    inputs: list[RGB] = []
    name = session.get_inputs()[0].name

    def flush() -> None:
        if inputs:
            rows.append(np.asarray(session.run(None, {name: np.stack(inputs)})[0], np.float32))
            inputs.clear()

    for rgb in photos:
        inputs.append(preprocess(rgb, size))
        if len(inputs) == BATCH:
            flush()
    flush()
    embeddings = np.concatenate(rows)
    return np.asarray(embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True))


def true_pairs(
    session: ort.InferenceSession, size: int, photos: Sequence[Path], copies: int, seed: int
) -> list[LabelledPair]:
    """Each photo with several edited copies of it."""

    def compare(numbered: tuple[int, Path]) -> list[LabelledPair]:
        number, path = numbered
        random = np.random.default_rng([seed, number])
        photo = read_photo(path)
        edited = [as_preview(random_copy(photo, random)) for _ in range(copies)]
        rows = embed(session, iter([photo, *edited]), size)
        original = describe(photo)
        return [
            LabelledPair(
                path, path, True, float(rows[0] @ row), _evidence(original, describe(copy))
            )
            for row, copy in zip(rows[1:], edited, strict=True)
        ]

    with ThreadPoolExecutor() as pool:
        return [pair for pairs in pool.map(compare, enumerate(photos)) for pair in pairs]


def false_pairs(
    session: ort.InferenceSession,
    size: int,
    photos: Sequence[Path],
    gallery: Sequence[Path],
    nearest: int,
) -> list[LabelledPair]:
    """Each photo with those of the gallery that the network finds nearest to it."""
    with ThreadPoolExecutor() as pool:
        queries = embed(session, pool.map(_read_as_stored, photos), size)
        others = embed(session, pool.map(_read_as_stored, gallery), size)
    wanted: list[tuple[Path, Path, float]] = []
    for path, cosines in zip(photos, queries @ others.T, strict=True):
        order = np.argsort(-cosines)[: nearest + 1]
        found = [(gallery[row], float(cosines[row])) for row in order if gallery[row] != path]
        wanted.extend((path, other, cosine) for other, cosine in found[:nearest])

    def compare(pair: tuple[Path, Path, float]) -> LabelledPair:
        first, second, cosine = pair
        evidence = _evidence(describe(read_photo(first)), describe(read_photo(second)))
        return LabelledPair(first, second, False, cosine, evidence)

    with ThreadPoolExecutor() as pool:
        return list(pool.map(compare, wanted))


def _read_as_stored(path: Path) -> RGB:
    with Image.open(path) as opened:
        return np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))


def _evidence(first: Description, second: Description) -> Evidence | None:
    aligned = lay_over(first, second)
    return None if aligned is None else aligned.evidence
