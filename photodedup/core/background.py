"""How near a photo is to photos in general, and what that takes off its cosines.

A face on a plain wall is near every other face on a plain wall, a crowded market is near nothing:
one cosine from which pairs are worth verifying proposes too many pairs of the one and misses
copies of the other. So each model carries the embeddings of some hundred photos, and a pair's
cosine counts by how much it exceeds that of either photo with its nearest ones among those
(cross-domain similarity local scaling, Conneau et al. 2018, with fixed neighbours as in the score
normalization of SSCD, Pizzi et al. 2022).
"""

import base64

import numpy as np
import numpy.typing as npt

from photodedup.core.embedding_rows import EmbeddingRows

NEAREST = 5
# Of 2,300 photos of people, landscapes and goods 98 % lie between -0.1 and 0.03. What is like
# nothing in the background (drawings, noise) is strange; that says little of its copies.
FARTHEST = 0.1
_AT_ONCE = 1 << 14  # embeddings: 32 MB of cosines with 512 others

Embeddings = npt.NDArray[np.float32]


class Background:
    """Some photos' embeddings that came with a model; may be none, and then nothing is taken off.

    embeddings: (K, D) float32 unit rows, none or more than NEAREST. Raises ValueError for fewer.
    """

    def __init__(self, embeddings: Embeddings) -> None:
        if 0 < len(embeddings) <= NEAREST:
            raise ValueError(f"background: {len(embeddings)} photos are too few")
        self._embeddings = embeddings
        self._typical = 0.0
        if len(embeddings):
            self._typical = float(np.median(self._crowding(embeddings, NEAREST + 1)))

    @property
    def dimension(self) -> int:
        """D."""
        return int(self._embeddings.shape[1])

    def handicaps(self, embeddings: EmbeddingRows) -> npt.NDArray[np.float32]:
        """What to take off every cosine of each of (N, D) unit embeddings, (N,); 0 is typical.

        Half of what the photo is nearer to the background than its photos are to each other, and
        FARTHEST at most: of a pair's cosine both photos' handicaps are taken off.
        """
        if not len(self._embeddings):
            return np.zeros(len(embeddings), np.float32)
        excess = self._crowding(embeddings, NEAREST) - self._typical
        return np.asarray(np.clip(excess / 2, -FARTHEST, FARTHEST), np.float32)

    def _crowding(self, embeddings: EmbeddingRows, nearest: int) -> npt.NDArray[np.float32]:
        """The mean cosine of each with its nearest ones of the background."""
        means = [np.empty(0, np.float32)]
        for start in range(0, len(embeddings), _AT_ONCE):
            cosines = embeddings[start : start + _AT_ONCE] @ self._embeddings.T
            means.append(np.partition(cosines, -nearest)[:, -nearest:].mean(axis=1))
        return np.concatenate(means)

    def to_text(self) -> str:
        """What the model file carries under the key "background": base64 of int8, row by row."""
        largest = max(1e-9, float(np.abs(self._embeddings).max(initial=0)))
        rounded = np.rint(self._embeddings * (127 / largest)).astype(np.int8)
        return base64.b64encode(rounded.tobytes()).decode("ascii")

    @classmethod
    def from_text(cls, text: str, dimension: int) -> "Background":
        """Read what to_text wrote; raises ValueError, with the reason, for anything else."""
        try:
            values = np.frombuffer(base64.b64decode(text, validate=True), np.int8)
            rows = values.reshape(-1, dimension).astype(np.float32)
        except ValueError as error:
            raise ValueError(f"background: {error}") from error
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        if (lengths == 0).any():
            raise ValueError("background: rows of zeros")
        return cls(np.asarray(rows / lengths, np.float32))
