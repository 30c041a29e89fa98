"""A scan, stage by stage: folders to groups."""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from photodedup.core.cache_database import CacheRebuilt
from photodedup.core.calibration import Preset
from photodedup.core.decisions import Contents, rejected_pairs
from photodedup.core.embed import Embedder, ModelInfo
from photodedup.core.environment import DataFolders, worker_count
from photodedup.core.index import open_index
from photodedup.core.intake import Intake
from photodedup.core.job import JobCancelled, JobControl, Stage
from photodedup.core.keep_rules import KeepRules
from photodedup.core.keeper_choices import KeeperChoice, list_choices
from photodedup.core.library import open_library
from photodedup.core.matching import CandidateVerifier, Matching, connected_parts, gather_contents
from photodedup.core.pair_checks import verifier_key, verify_pairs
from photodedup.core.pairs import propose_pairs
from photodedup.core.previews import PreviewSource
from photodedup.core.records import Photo, PhotoFile, Problem, ScanResult
from photodedup.core.resources import default_model
from photodedup.core.scan import find_photos
from photodedup.core.store import CacheStore
from photodedup.core.verify import Verifier

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """What to scan and how; the defaults are the command line's.

    excluded: globs on names and on paths below a folder. device: "auto", "cpu" or "cuda".
    index: "auto", "annoy" or "exact". workers: decoding processes, None: one a core.
    model: an ONNX file, None: the built-in one. retry: whether files that could not be read, or
    only in part, are tried again although they have not changed. rules: what decides which photo
    of a group stays; its protected folders are those of the request.
    """

    folders: tuple[Path, ...]
    protected: tuple[Path, ...] = ()
    excluded: tuple[str, ...] = ()
    preset: Preset = Preset.BALANCED
    device: str = "auto"
    index: str = "auto"
    workers: int | None = None
    model: Path | None = None
    retry: bool = False
    rules: KeepRules = field(default_factory=KeepRules)


@dataclass(frozen=True, slots=True)
class ScanOutcome:
    """What a scan found, and what is needed to group it anew.

    matching is None where the scan was cancelled before its end. cutoffs: each preset's
    probability. device_reason: why CUDA is not used, or "".
    """

    result: ScanResult
    matching: Matching | None
    cutoffs: dict[Preset, float]
    device_reason: str

    def regroup(self, cutoff: float) -> ScanResult:
        """The same scan at another strictness: pairs at this probability or surer."""
        if self.matching is None:
            return self.result
        groups, similar = self.matching.groups_at(cutoff)
        return replace(self.result, groups=groups, similar=similar)


def run_scan(request: ScanRequest, folders: DataFolders, control: JobControl) -> ScanOutcome:
    """Scan folders: read and embed what is new, verify candidates, form groups.

    When control is cancelled, what was done is kept in the cache, and the result says that it is
    not complete. A cache that proves damaged on the way is begun anew, and so is the scan. Raises
    UserError: a folder that does not exist, a model or database that cannot be used.
    """
    try:
        return _scan(request, folders, control)
    except CacheRebuilt as error:
        log.warning("%s Scanning again.", error)
        return _scan(request, folders, control)  # a disk that spoils it again at once is no use


def _scan(request: ScanRequest, folders: DataFolders, control: JobControl) -> ScanOutcome:
    control.begin(Stage.START, None)
    embedder = Embedder(request.model or default_model(), request.device)
    calibration = embedder.model.calibration
    cutoffs = {preset: calibration.cutoff(preset) for preset in Preset}
    problems: list[Problem] = []
    with open_library(folders.data) as library:
        rejected, choices = rejected_pairs(library), list_choices(library)
    with CacheStore(folders.cache) as store:
        if request.retry:
            store.forget_problems(request.folders)
        intake = Intake(store, embedder, problems.append, control)
        matching = None
        with contextlib.suppress(JobCancelled):
            files = find_files(request, problems.append, control)
            photos = intake.read(files, worker_count(request.workers))
            matching = _match(photos, rejected, request, folders, store, embedder, control)
            matching = _with_choices(matching, choices, store, embedder.model, control)
        groups, similar = matching.groups_at(cutoffs[request.preset]) if matching else ((), ())
        control.finish()
        store.evict_previews()
    for problem in problems:
        log.info("%r: %s: %s", str(problem.path), problem.code.value, problem.reason)
    result = ScanResult(
        groups=groups,
        similar=similar,
        problems=tuple(problems),
        counts=intake.counts,
        seconds={**control.seconds, "total": sum(control.seconds.values())},
        device=embedder.device,
        model=embedder.model.model_id,
        complete=matching is not None,
    )
    return ScanOutcome(result, matching, cutoffs, embedder.device_reason)


def find_files(
    request: ScanRequest, on_problem: Callable[[Problem], None], control: JobControl
) -> list[PhotoFile]:
    """Every photo file in the request's folders. Raises FolderMissing."""
    control.begin(Stage.WALK, None)
    files = []
    for file in find_photos(request.folders, request.excluded, on_problem, control):
        files.append(file)
        control.advance()
    return files


def _match(
    photos: list[Photo],
    rejected: frozenset[Contents],
    request: ScanRequest,
    folders: DataFolders,
    store: CacheStore,
    embedder: Embedder,
    control: JobControl,
) -> Matching:
    rules = replace(request.rules, protected=request.protected)
    contents = gather_contents(photos, rules)
    digests = [content.digest for content in contents]
    control.begin(Stage.INDEX, len(contents))
    model, calibration = embedder.model, embedder.model.calibration
    embeddings = store.embeddings(model.key, digests, model.dimension)
    index = open_index(request.index, embeddings, digests, model.key, folders.cache)
    candidates = propose_pairs(index, embeddings, calibration.propose_cosine, control)

    parts = connected_parts(candidates)
    control.begin(Stage.VERIFY, sum(map(len, parts)))
    key = verifier_key(model)
    previews = PreviewSource(store)
    verifier = CandidateVerifier(
        contents,
        candidates,
        Verifier(calibration, previews.describe, previews.load_pixels).verify,
        known=store.verifications(key),
        save=lambda found: store.add_verifications(key, found),
        rejected=rejected,
    )
    cutoffs = [calibration.cutoff(preset) for preset in Preset]
    found = verifier.run(parts, cutoffs, worker_count(request.workers), control)
    control.begin(Stage.GROUP, None)
    return Matching(contents, candidates, found, rules, rejected)


def _with_choices(
    matching: Matching,
    choices: tuple[KeeperChoice, ...],
    store: CacheStore,
    model: ModelInfo,
    control: JobControl,
) -> Matching:
    """Let the keepers that the user chose stay, once the others are verified against them."""
    matching = replace(matching, choices=choices)
    missing = matching.pairs_of_choices(model.calibration.cutoff(preset) for preset in Preset)
    if not missing:
        return matching
    found = verify_pairs(missing, store, model, control)
    return replace(matching, verifications={**matching.verifications, **found})
