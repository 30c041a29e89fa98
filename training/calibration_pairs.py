"""True and false pairs with their evidence, from photos that a network was not trained on."""

import functools
import itertools
import json
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from PIL import Image, ImageOps

from photodedup.core.background import Background
from photodedup.core.evidence import PREVIEW_PX, Description, describe, lay_over
from photodedup.core.preprocess import preprocess
from photodedup.core.records import Evidence
from photodedup.core.verify import VERIFIER_VERSION
from training.calibration_edits import another_shot, random_copy

RGB = npt.NDArray[np.uint8]
Embeddings = npt.NDArray[np.float32]

BATCH = 32
KEPT_DESCRIPTIONS = 1000  # of about 300 KB: a photo is near to many


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """A candidate pair, and whether it truly shows one exposure.

    first, second: names of the photos; an edited copy is its photo's name, "#" and a number,
    another shot of it the same with "@".
    evidence is None where the two could not be aligned. nearness: the similarity, both photos'
    handicaps taken off. from_original: one of the two is the photo itself, not both copies of it.
    """

    first: str
    second: str
    same: bool
    similarity: float
    evidence: Evidence | None
    nearness: float
    from_original: bool = True


class EvidenceCache:
    """Evidence by the names of a pair: it does not depend on the network, and takes the time."""

    def __init__(self, path: Path | None) -> None:
        """Read path if it exists and was written by this verifier; None keeps nothing."""
        self._path = path
        self._known: dict[str, Evidence | None] = {}
        if path is not None and path.exists():
            stored = json.loads(path.read_text(encoding="utf-8"))
            if stored["verifier"] == VERIFIER_VERSION:
                for key, values in stored["pairs"].items():
                    self._known[key] = None if values is None else Evidence(**values)

    def get(
        self, first: str, second: str, measure: Callable[[], Evidence | None]
    ) -> Evidence | None:
        """The evidence of a pair, measured if it is not known."""
        key = f"{first}\n{second}"
        if key not in self._known:
            self._known[key] = measure()
        return self._known[key]

    def save(self) -> None:
        """Write what is known to the path, if there is one."""
        if self._path is not None:
            pairs = {k: None if v is None else asdict(v) for k, v in self._known.items()}
            stored = {"verifier": VERIFIER_VERSION, "pairs": pairs}
            self._path.write_text(json.dumps(stored), encoding="utf-8")


class Network:
    """The embedding network of an ONNX file.

    background: what its cosines count against, made of these photos.
    """

    def __init__(self, session: ort.InferenceSession, background: Sequence[Path]) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name
        metadata = session.get_modelmeta().custom_metadata_map
        self._size, self._dimension = int(metadata["input_size"]), int(metadata["dimension"])
        self.background = Background(self.embed(map(read_photo, background)))

    def embed(self, photos: Iterable[RGB]) -> Embeddings:
        """(N, D) unit embeddings of decoded photos, in batches."""
        rows = [np.empty((0, self._dimension), np.float32)]
        inputs = (preprocess(rgb, self._size) for rgb in photos)
        while batch := list(itertools.islice(inputs, BATCH)):
            rows.append(self._session.run(None, {self._input: np.stack(batch)})[0])
        embeddings = np.concatenate(rows)
        return np.asarray(embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True))


def true_pairs(
    network: Network, cache: EvidenceCache, photos: Sequence[Path], copies: int, seed: int
) -> list[LabelledPair]:
    """Each photo with edited copies of it, and these copies with one another in turn."""
    chosen = [(0, n) for n in range(1, copies + 1)] + [(n, n + 1) for n in range(1, copies)]

    def compare(path: Path) -> list[LabelledPair]:
        random = _generator(path, seed)
        photo = read_enlarged(path)
        made = [as_preview(random_copy(photo, random)) for _ in range(copies)]
        names = [str(path), *(f"{path}#{seed}.{number}" for number in range(copies))]
        return _compare_all(network, cache, names, [photo, *made], chosen, same=True)

    with ThreadPoolExecutor() as pool:
        return [pair for pairs in pool.map(compare, photos) for pair in pairs]


def other_shots(
    network: Network, cache: EvidenceCache, photos: Sequence[Path], shots: int, seed: int
) -> list[LabelledPair]:
    """Each photo with made-up other shots of its scene: false pairs, and the hardest."""
    chosen = [(0, n) for n in range(1, shots + 1)]

    def compare(path: Path) -> list[LabelledPair]:
        random = _generator(path, seed + 1)
        photo = read_enlarged(path)
        made = [as_preview(another_shot(photo, random)) for _ in range(shots)]
        names = [str(path), *(f"{path}@{seed}.{number}" for number in range(shots))]
        return _compare_all(network, cache, names, [photo, *made], chosen, same=False)

    with ThreadPoolExecutor() as pool:
        return [pair for pairs in pool.map(compare, photos) for pair in pairs]


def _generator(path: Path, seed: int) -> np.random.Generator:
    """The same for one photo, whichever others there are."""
    return np.random.default_rng([seed, *path.name.encode("utf-8", "surrogateescape")])


def _compare_all(
    network: Network,
    cache: EvidenceCache,
    names: Sequence[str],
    pictures: Sequence[RGB],
    chosen: Iterable[tuple[int, int]],
    *,
    same: bool,
) -> list[LabelledPair]:
    """The chosen pairs of one photo (the first picture) and what was made of it."""
    rows = network.embed(pictures)
    handicaps = network.background.handicaps(rows)
    described = functools.cache(lambda number: describe(pictures[number]))

    def measure(a: int, b: int) -> Evidence | None:
        return _evidence(described(a), described(b))

    return [
        LabelledPair(
            names[0],
            names[b],
            same,
            float(rows[a] @ rows[b]),
            cache.get(names[a], names[b], functools.partial(measure, a, b)),
            float(rows[a] @ rows[b] - handicaps[a] - handicaps[b]),
            from_original=a == 0,
        )
        for a, b in chosen
    ]


def false_pairs(
    network: Network,
    cache: EvidenceCache,
    photos: Sequence[Path],
    gallery: Sequence[Path],
    count: int,
) -> list[LabelledPair]:
    """The pairs of a photo and another of the gallery that the network finds most alike."""
    with ThreadPoolExecutor() as pool:
        queries = network.embed(pool.map(read_photo, photos))
        others = network.embed(pool.map(read_photo, gallery))
    cosines = queries @ others.T
    of_queries, of_others = map(network.background.handicaps, (queries, others))
    itself = {path: row for row, path in enumerate(gallery)}
    for number, path in enumerate(photos):
        if path in itself:
            cosines[number, itself[path]] = -1.0
    nearest = np.argsort(-cosines, axis=None)[:count]
    chosen = [divmod(int(place), len(gallery)) for place in nearest]
    chosen.sort()  # by photo, so that its description is found in the cache
    description = functools.lru_cache(KEPT_DESCRIPTIONS)(lambda path: describe(read_enlarged(path)))

    def compare(pair: tuple[int, int]) -> LabelledPair:
        first, second = photos[pair[0]], gallery[pair[1]]
        evidence = cache.get(
            str(first), str(second), lambda: _evidence(description(first), description(second))
        )
        cosine = float(cosines[pair])
        nearness = cosine - float(of_queries[pair[0]] + of_others[pair[1]])
        return LabelledPair(str(first), str(second), False, cosine, evidence, nearness)

    with ThreadPoolExecutor() as pool:
        return list(pool.map(compare, chosen))


def read_photo(path: Path) -> RGB:
    """(H, W, 3) uint8, upright, as stored."""
    with Image.open(path) as opened:
        return np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))


def read_enlarged(path: Path) -> RGB:
    """The same at the preview's size, also if it is smaller.

    Training photos are often stored small, and evidence counts keypoints: so it counts as many as
    the app will.
    """
    photo = Image.fromarray(read_photo(path))
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


def _evidence(first: Description, second: Description) -> Evidence | None:
    aligned = lay_over(first, second)
    return None if aligned is None else aligned.evidence
