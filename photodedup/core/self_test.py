"""What `photodedup doctor` checks: that the parts work on this machine, without any own photo."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from photodedup.core.embed import Embedder
from photodedup.core.environment import default_folders
from photodedup.core.errors import UserError
from photodedup.core.index import ExactIndex, open_index, self_test
from photodedup.core.job import JobControl
from photodedup.core.pipeline import ScanRequest, run_scan
from photodedup.core.records import Relation
from photodedup.core.sample import make_sample_library

INDEX_ROWS = 2_000
SCENE_ROWS = 10
INDEX_RECALL = 0.95


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried; detail says what came out."""

    name: str
    passed: bool
    detail: str


def run_checks(model: Path) -> Iterator[Check]:
    """Try the network, the index and a whole scan of generated photos, in a temporary folder."""
    for name, check in (
        ("network", lambda: _check_network(model)),
        ("index", lambda: _check_index(model)),
        ("scan", lambda: _check_scan(model)),
    ):
        yield _tried(name, check)


def _tried(name: str, check: Callable[[], tuple[bool, str]]) -> Check:
    try:
        passed, detail = check()
    except (UserError, OSError, RuntimeError, MemoryError) as error:
        passed, detail = False, f"{type(error).__name__}: {error}"
    return Check(name, passed, detail)


def _check_network(model: Path) -> tuple[bool, str]:
    embedder = Embedder(model, "cpu")
    size = embedder.model.input_size
    noise = np.random.default_rng(0).integers(0, 256, (3, size, size, 3), np.uint8)
    one_by_one = np.concatenate([embedder.embed(photo[None]) for photo in noise])
    drift = float(np.abs(embedder.embed(noise) - one_by_one).max())
    return drift < 1e-3, f"three inputs embedded; in a batch or alone they differ by {drift:.1e}"


def _check_index(model: Path) -> tuple[bool, str]:
    dimension = Embedder(model, "cpu").model.dimension
    random = np.random.default_rng(0)
    scenes = random.standard_normal((INDEX_ROWS // SCENE_ROWS, dimension))
    # ten near each other, as in a library: among unrelated rows the ten nearest are chance
    shots = 0.3 * random.standard_normal((INDEX_ROWS, dimension))
    rows = (np.repeat(scenes, SCENE_ROWS, axis=0) + shots).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    digests = [number.to_bytes(16, "big") for number in range(INDEX_ROWS)]
    with tempfile.TemporaryDirectory() as folder:
        index = open_index("annoy", rows, digests, "self-test", Path(folder))
        recall = self_test(index, rows)
        failed = isinstance(index, ExactIndex)
    if failed:
        return False, "Annoy fails its self-test here; scans use exact search"
    return recall >= INDEX_RECALL, f"Annoy finds {recall:.1%} of what exact search finds"


def _check_scan(model: Path) -> tuple[bool, str]:
    with tempfile.TemporaryDirectory() as folder:
        library = make_sample_library(Path(folder) / "library")
        request = ScanRequest((library,), device="cpu", model=model)
        folders = default_folders(Path(folder) / "data")
        result = run_scan(request, folders, JobControl()).result
    relations = [member.relation for group in result.groups for member in group.members]
    found = sum(relation is not None for relation in relations)
    passed = Relation.RESAVED in relations and result.counts.skipped == 0
    return passed, f"{result.counts.found} generated photos scanned, {found} copies found"
