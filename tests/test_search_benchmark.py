"""The benchmark of searches fills its library and tells medians as it says."""

import numpy as np

from photodedup.core.environment import DataFolders
from photodedup.core.store import CacheStore
from tests.benchmarks import search


def test_the_library_is_filled_with_embeddings_alone(folders: DataFolders) -> None:
    search.fill_library(folders, "model", 30)
    with CacheStore(folders.cache) as store:
        digests = [digest for _, digest in store.embedded_paths("model")]
        rows = store.embeddings("model", digests, 256)
        assert store.counts()["previews"] == 0
    assert len(set(digests)) == 30
    cosines = rows @ rows.T - np.eye(30)
    assert cosines.max() < 0.4  # nothing is like anything else


def test_the_median_and_what_most_stay_below_are_told() -> None:
    (line,) = search.describe({"answer": [float(ms) for ms in range(101)]})
    assert " ".join(line.split()) == "answer 50 ms median 95 ms for 95 % of 101"
