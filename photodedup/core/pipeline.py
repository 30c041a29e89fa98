"""A scan, stage by stage: folders to groups."""

import contextlib
import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from photodedup.core.cache_database import CacheRebuilt
from photodedup.core.calibration import Preset
from photodedup.core.candidate_verifier import CandidateVerifier
from photodedup.core.decisions import rejected_pairs
from photodedup.core.early_matching import EarlyMatching
from photodedup.core.embed import Embedder
from photodedup.core.environment import DataFolders, worker_count
from photodedup.core.freed_memory import keep_freed_memory
from photodedup.core.glance_store import GlanceStore
from photodedup.core.intake import Intake
from photodedup.core.job import JobCancelled, JobControl, Stage
from photodedup.core.keep_rules import KeepRules
from photodedup.core.keeper_choices import list_choices
from photodedup.core.kept_pairs import PairKeeper
from photodedup.core.library import open_library
from photodedup.core.matching import Matching, gather_contents
from photodedup.core.pair_checks import pair_verifier, verifier_key, verify_pairs
from photodedup.core.previews import PreviewSource
from photodedup.core.quick_scan import QuickScan, QuickTools
from photodedup.core.reading_limits import ReadingLimits
from photodedup.core.records import Group, Photo, PhotoFile, Problem, ScanResult
from photodedup.core.scan import find_photos
from photodedup.core.store import PREVIEWS_LIMIT_BYTES, CacheStore

log = logging.getLogger(__name__)

COUNTED_AT_ONCE = 100  # files that are found; thousands are in a second
PARTIAL_EVERY_S = 3.0
PARTIAL_REST = 20  # times as long as the last one took, so that they take 5 % at most


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """What to scan and how; the defaults are the command line's.

    excluded: globs on names and on paths below a folder. device: "auto", "cpu" or "cuda".
    index: "auto", "annoy" or "exact". workers: decoding processes, None: one a core.
    model: an ONNX file, None: the built-in one. retry: whether files that could not be read, or
    only in part, are tried again although they have not changed. rules: what decides which photo
    of a group stays; its protected folders are those of the request. pass_over_missing: whether
    folders that are missing, as on an unplugged drive, are listed as problems and the others
    scanned. limits: what one photo may ask for before it is refused. previews_bytes: how large the
    kept previews may grow. quick: whether only photos that may have a copy are read, as far as the
    previews in their files tell; see quick_scan.py.
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
    pass_over_missing: bool = False
    rules: KeepRules = field(default_factory=KeepRules)
    limits: ReadingLimits = field(default_factory=ReadingLimits)
    previews_bytes: int = PREVIEWS_LIMIT_BYTES
    quick: bool = False


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


OnPartial = Callable[[ScanResult], None]
"""Told from the scan's thread what was found so far; such a result is not complete."""


def run_scan(
    request: ScanRequest,
    folders: DataFolders,
    control: JobControl,
    on_partial: OnPartial | None = None,
) -> ScanOutcome:
    """Scan folders: read and embed what is new, verify candidates, form groups.

    on_partial is called every few seconds, from when the first photos are read. When control is
    cancelled, what was done is kept in the cache, and the result says that it is not complete. A
    cache that proves damaged on the way is begun anew, and so is the scan. Raises UserError: a
    folder that does not exist, a model or database that cannot be used.
    """
    try:
        return _scan(request, folders, control, on_partial)
    except CacheRebuilt as error:
        log.warning("%s Scanning again.", error)
        # a disk that spoils it again at once is no use
        return _scan(request, folders, control, on_partial)


def _scan(
    request: ScanRequest,
    folders: DataFolders,
    control: JobControl,
    on_partial: OnPartial | None,
) -> ScanOutcome:
    control.begin(Stage.START, None)
    keep_freed_memory()
    # Beside a reader a core, half of the cores embed as fast as photos are read. On two cores one
    # thread takes 2.1 ms of processor time a photo, two take 2.6: they wait for each other.
    threads = max(1, worker_count(None) // 2)
    embedder = Embedder(request.model, request.device, threads)
    cutoffs = {preset: embedder.model.calibration.cutoff(preset) for preset in Preset}
    with CacheStore(folders.cache) as store:
        if request.retry:
            store.forget_problems(request.folders)
        scan = _Scan(request, folders, store, embedder, control, on_partial)
        matching = None
        with contextlib.suppress(JobCancelled):
            matching = scan.run()
        groups, similar = matching.groups_at(cutoffs[request.preset]) if matching else ((), ())
        control.finish()
        store.evict_previews(request.previews_bytes)
    result = scan.result(groups, similar, complete=matching is not None)
    for problem in result.problems:
        log.info("%r: %s: %s", str(problem.path), problem.code.value, problem.reason)
    return ScanOutcome(result, matching, cutoffs, embedder.device_reason)


class _Scan:
    """One scan's way from folders to verified pairs."""

    def __init__(
        self,
        request: ScanRequest,
        folders: DataFolders,
        store: CacheStore,
        embedder: Embedder,
        control: JobControl,
        on_partial: OnPartial | None,
    ) -> None:
        self._request = request
        self._folders = folders
        self._store = store
        self._embedder = embedder
        self._control = control
        self._on_partial = on_partial
        self._partial_due_s = time.monotonic() + PARTIAL_EVERY_S
        self._rules = replace(request.rules, protected=request.protected)
        self._workers = worker_count(request.workers)
        self._problems: list[Problem] = []
        previews = PreviewSource(store)
        self._intake = Intake(
            store,
            embedder,
            self._problems.append,
            control,
            request.limits,
            on_read=previews.keep_glance,
        )
        with open_library(folders.data) as library:
            self._rejected, self._choices = rejected_pairs(library), list_choices(library)
        model = embedder.model
        key = verifier_key(model)
        self._pairs = pair_verifier(
            store,
            previews,
            model,
            store.verifications(key, only_alike=True),
            self._rejected,
            load_rest=lambda: store.verifications(key),
        )

    def run(self) -> Matching:
        """Read, match, and verify. Raises JobCancelled."""
        files = find_files(self._request, self._problems.append, self._control)
        photos = self._read(files)
        matching = self._match(photos)
        return self._with_choices(matching)

    def result(
        self, groups: tuple[Group, ...], similar: tuple[Group, ...], complete: bool
    ) -> ScanResult:
        """What there is to say of the scan, with these groups."""
        seconds = self._control.seconds
        return ScanResult(
            groups=groups,
            similar=similar,
            # workers end in any order
            problems=tuple(sorted(self._problems, key=lambda problem: os.fsencode(problem.path))),
            counts=self._intake.counts,
            seconds={**seconds, "total": sum(seconds.values())},
            device=self._embedder.device,
            model=self._embedder.model.model_id,
            complete=complete,
        )

    def _read(self, files: list[PhotoFile]) -> list[Photo]:
        """Read and embed; what is read is matched already, with what time is left over."""
        calibration = self._embedder.model.calibration
        early = EarlyMatching(
            self._pairs,
            self._rules,
            self._embedder.model.background,
            calibration.propose_cosine,
            calibration.cutoff(Preset.BROAD),
            self._control,
        )
        with early:

            def match(photos: Sequence[Photo]) -> None:
                self._pairs.complete()
                early.add(photos, self._embeddings([photo.digest for photo in photos]))
                self._pairs.flush()
                self._report(early.matching)

            if not self._request.quick:
                return self._intake.read(files, self._workers, match)
            with GlanceStore(self._folders.cache) as kept:
                tools = QuickTools(self._intake, self._store, kept, self._embedder, self._control)
                quick = QuickScan(tools, self._request.limits.timeout_s, self._workers)
                return quick.read(files, match)

    def _match(self, photos: list[Photo]) -> Matching:
        contents = gather_contents(photos, self._rules)
        digests = [content.digest for content in contents]
        self._control.begin(Stage.INDEX, len(contents))
        model = self._embedder.model
        keeper = PairKeeper(
            self._folders.cache,
            model.key,
            model.background,
            model.calibration.propose_cosine,
            self._request.index,
        )
        candidates = keeper.propose(
            lambda: self._store.embedding_rows(model.key, digests, model.dimension),
            digests,
            self._control,
        )
        matching = Matching(contents, candidates, self._pairs.found, self._rules, self._rejected)
        verifier = CandidateVerifier(
            contents, candidates, self._pairs, tick=lambda: self._report(lambda: matching)
        )
        cutoffs = [model.calibration.cutoff(preset) for preset in Preset]
        verifier.run(cutoffs, self._workers, self._control)
        self._control.begin(Stage.GROUP, None)
        return matching

    def _with_choices(self, matching: Matching) -> Matching:
        """Let the keepers that the user chose stay, once the others are verified against them."""
        model = self._embedder.model
        matching = replace(matching, choices=self._choices)
        missing = matching.pairs_of_choices(model.calibration.cutoff(preset) for preset in Preset)
        if missing:
            verify_pairs(missing, self._pairs, self._store, model, self._control)
        return matching

    def _embeddings(self, digests: Sequence[bytes]) -> npt.NDArray[np.float32]:
        model = self._embedder.model
        return self._store.embeddings(model.key, digests, model.dimension)

    def _report(self, find_matching: Callable[[], Matching]) -> None:
        """Say what was found so far, every few seconds."""
        started_s = time.monotonic()
        if self._on_partial is None or started_s < self._partial_due_s:
            return
        cutoff = self._embedder.model.calibration.cutoff(self._request.preset)
        matching = replace(find_matching(), choices=self._choices)
        self._on_partial(self.result(*matching.groups_at(cutoff), complete=False))
        took_s = time.monotonic() - started_s
        self._partial_due_s = started_s + max(PARTIAL_EVERY_S, PARTIAL_REST * took_s)


def find_files(
    request: ScanRequest, on_problem: Callable[[Problem], None], control: JobControl
) -> list[PhotoFile]:
    """Every photo file in the request's folders. Raises FolderMissing."""
    control.begin(Stage.WALK, None)
    files = []
    for file in find_photos(
        request.folders, request.excluded, on_problem, control, request.pass_over_missing
    ):
        files.append(file)
        if len(files) % COUNTED_AT_ONCE == 0:
            control.advance(COUNTED_AT_ONCE)
    control.advance(len(files) % COUNTED_AT_ONCE)
    return files
