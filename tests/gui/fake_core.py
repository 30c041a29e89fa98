"""A core without files: photos are records, their pixels one colour each."""

import contextlib
import io
import itertools
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from photodedup.core.calibration import Preset
from photodedup.core.decisions import Decision
from photodedup.core.environment import DataFolders
from photodedup.core.errors import PhotoError
from photodedup.core.group import Content
from photodedup.core.job import JobControl, Stage
from photodedup.core.journal import Act, State
from photodedup.core.keep_rules import KeepRules
from photodedup.core.keeper_choices import KeeperChoice
from photodedup.core.library import BatchSummary
from photodedup.core.matching import Matching
from photodedup.core.obstacles import BatchReport, LeftAlone
from photodedup.core.pairs import Candidates
from photodedup.core.pipeline import OnPartial, ScanOutcome, ScanRequest
from photodedup.core.plan import Discard, Plan, PlanGroup
from photodedup.core.recheck import FileRecord
from photodedup.core.records import (
    Edit,
    Group,
    Match,
    Member,
    Metadata,
    Photo,
    PhotoFile,
    Problem,
    ProblemCode,
    QueryResult,
    Relation,
    ScanCounts,
    ScanResult,
    Verification,
)
from photodedup.core.rekeep import follow_choices
from photodedup.core.undo import Held
from photodedup.core.watch import Watched, Way
from photodedup.core.watch_reading import WatchNews
from photodedup.gui.clearing_core import ClearRequest
from photodedup.gui.image_loader import Laid, Matrix, Pixels
from photodedup.gui.scan_options import ScanOptions

CUTOFFS = {Preset.BROAD: 0.2, Preset.BALANCED: 0.5, Preset.STRICT: 0.9}


def make_photo(
    number: int,
    name: str | None = None,
    folder: str = "/photos",
    size: tuple[int, int] = (400, 300),
    size_bytes: int | None = None,
    **metadata: object,
) -> Photo:
    """A photo whose digest, and so its colour, comes from its number."""
    path = Path(folder) / (name or f"{number}.jpg")
    digest = number.to_bytes(16, "big")
    size_bytes = 1000 * number if size_bytes is None else size_bytes
    return Photo(
        file=PhotoFile(path, size_bytes, number, 0, number),
        digest=digest,
        pixel_digest=digest,
        format="JPEG",
        width=size[0],
        height=size[1],
        damaged=False,
        sharpness=1.0,
        metadata=Metadata(**metadata),  # type: ignore[arg-type]
    )


def make_member(
    photo: Photo,
    relation: Relation = Relation.RESAVED,
    probability: float = 0.95,
    edit: Edit | None = None,
    places: int = 0,
    preselected: bool | None = None,
) -> Member:
    """A member that is not the keeper; similarity is a little above the probability."""
    if preselected is None:
        preselected = relation in (Relation.IDENTICAL_FILE, Relation.RESAVED)
    differs = ((0.0, 0.0, 0.1, 0.1),) * places
    similarity = (1 + probability) / 2
    return Member(photo, relation, similarity, probability, edit, differs, preselected)


def make_group(keeper: Photo, *members: Member, reason: str = "larger") -> Group:
    """A group whose first member is its keeper."""
    first = Member(keeper, None, 1.0, 1.0, None, (), preselected=False)
    return Group(keeper, reason, (first, *members))


GROUPS = (
    make_group(
        make_photo(1, "beach.jpg", "/photos/trip"),
        make_member(make_photo(2, "beach small.jpg", "/photos/web", (200, 150))),
        make_member(
            make_photo(3, "beach gray.jpg", "/photos/trip"),
            Relation.EDITED,
            0.6,
            Edit(kept_area=0.82, tone="gray"),
        ),
        reason="larger, original camera file",
    ),
    make_group(
        make_photo(4, "dog.jpg", "/photos/home"),
        make_member(make_photo(5, "dog copy.jpg", "/photos/home"), Relation.IDENTICAL_FILE, 1.0),
    ),
    make_group(
        make_photo(6, "hill.jpg", "/photos/trip", captured_at="2024-05-01T10:00:00"),
        make_member(make_photo(7, "hill edit.jpg", "/photos/trip"), Relation.EDITED, 0.3),
    ),
)
SIMILAR = (
    make_group(
        make_photo(8, "jump 1.jpg"),
        make_member(make_photo(9, "jump 2.jpg"), Relation.SIMILAR_SHOT, 0.9),
    ),
)
PROBLEMS = (Problem(Path("/photos/broken.jpg"), ProblemCode.EMPTY, "zero bytes"),)
PHOTOS = tuple(member.photo for group in (*GROUPS, *SIMILAR) for member in group.members)


class FakeOutcome(ScanOutcome):
    """Groups whose members are all at the cut-off or surer, around the keepers that were chosen."""

    def regroup(self, cutoff: float) -> ScanResult:
        kept = tuple(
            group
            for group in self.result.groups
            if min(member.probability for member in group.members) >= cutoff
        )
        if self.matching is not None:
            choices, found = self.matching.choices, self.matching.verifications
            kept, _ = follow_choices(
                kept, (), choices, lambda a, b: found.get((a, b)), KeepRules(), cutoff
            )
        return replace(self.result, groups=kept)


class FakeBackend:
    """Scans at once, or when a test lets it; remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[ScanRequest] = []
        self.searches: list[tuple[tuple[Path, ...], tuple[Path, ...], int]] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.prepared: list[tuple[Path, ...]] = []
        self.naming: list[Path] = []
        self.watched: list[ScanRequest] = []
        self.watch_news: queue.SimpleQueue[WatchNews | Exception] = queue.SimpleQueue()
        self.name_on = threading.Event()
        self.name_on.set()
        self.naming_error: Exception | None = None
        self.error: Exception | None = None
        self.partials: tuple[tuple[Group, ...], ...] = ()  # told before the scan waits to go on
        self._on_partial: OnPartial = lambda result: None
        self.verified: list[tuple[Path, Path]] = []
        self.glanced = 0
        self.matrix: Matrix | None = np.eye(3)
        self.closed = False
        self.clearing = FakeClearing()
        self.data_folders = DataFolders(Path("/data"), Path("/data/cache"), Path("/data/logs"))

    def scan(
        self, request: ScanRequest, control: JobControl, on_partial: OnPartial = lambda result: None
    ) -> ScanOutcome:
        self.requests.append(request)
        control.begin(Stage.EMBED, 10)
        self._on_partial = on_partial
        for groups in self.partials:
            self.tell(groups)
        for _ in range(10):
            while not self.go_on.wait(0.01):
                control.checkpoint()
            control.advance()
        if self.error is not None:
            raise self.error
        return self.outcome()

    def watch(
        self, request: ScanRequest, control: JobControl, tell: Callable[[WatchNews], None]
    ) -> None:
        """Tell what a test puts into watch_news, and wait for more until it is cancelled."""
        self.watched.append(request)
        tell(WatchNews(tuple(Watched(folder, Way.EVENTS) for folder in request.folders)))
        while True:
            control.checkpoint()
            with contextlib.suppress(queue.Empty):
                news = self.watch_news.get(timeout=0.01)
                control.checkpoint()
                if isinstance(news, Exception):
                    raise news
                tell(news)

    def tell(self, groups: tuple[Group, ...]) -> None:
        """As a running scan does, say what was found so far."""
        self._on_partial(replace(self.outcome().result, groups=groups, similar=(), complete=False))

    def verify(
        self, pairs: Sequence[tuple[Photo, Photo]], control: JobControl
    ) -> dict[tuple[bytes, bytes], Verification]:
        self.verified += [(keeper.path, other.path) for keeper, other in pairs]
        found = Verification(Relation.RESAVED, 0.95, 0.97)
        return {(keeper.digest, other.digest): found for keeper, other in pairs}

    def outcome(self) -> ScanOutcome:
        result = ScanResult(
            groups=GROUPS,
            similar=SIMILAR,
            problems=PROBLEMS,
            counts=ScanCounts(10 + self.glanced, 8, 1, 1, self.glanced),
            seconds={"total": 1.0},
            device="cpu",
            model="fake",
            complete=True,
        )
        none = Candidates(np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))
        contents = tuple(Content((photo,)) for photo in PHOTOS)
        choices = self.clearing.keeper_choices()
        matching = Matching(contents, none, {}, KeepRules(), choices=choices)
        return FakeOutcome(result, matching, CUTOFFS, "no NVIDIA driver")

    def prepare_search(self, folders: Sequence[Path]) -> None:
        self.prepared.append(tuple(folders))

    def search(
        self, queries: Sequence[Path], folders: Sequence[Path], top: int, control: JobControl
    ) -> list[QueryResult]:
        self.searches.append((tuple(queries), tuple(folders), top))
        while not self.go_on.wait(0.01):
            control.checkpoint()
        if self.error is not None:
            raise self.error
        matches = tuple(
            Match(photo, 1.0 - 0.1 * n, Relation.IDENTICAL_FILE if n == 0 else None)
            for n, photo in enumerate(PHOTOS[:top])
        )
        return [QueryResult(query, matches) for query in queries]

    def name_relations(
        self, result: QueryResult, on_named: Callable[[QueryResult], None], control: JobControl
    ) -> None:
        """Call every match a resaved one, one after the other, when a test lets it."""
        self.naming.append(result.query)
        for number, match in enumerate(result.matches):
            while not self.name_on.wait(0.01):
                control.checkpoint()
            if self.naming_error is not None:
                raise self.naming_error
            if match.relation is None:
                matches = list(result.matches)
                matches[number] = replace(match, relation=Relation.RESAVED)
                result = replace(result, matches=tuple(matches))
                on_named(result)

    def plot(self, results: Sequence[QueryResult]) -> bytes:
        return b"picture of " + ", ".join(result.query.name for result in results).encode()

    def load_pixels(self, path: Path, longest_px: int | None) -> Pixels:
        for photo in PHOTOS:
            if photo.path == path:
                return pixels_of(photo)
        if path.is_file():
            with Image.open(path) as image:
                return np.asarray(image.convert("RGB"))
        raise PhotoError(path, "gone")

    def align(self, first: Photo, second: Photo) -> Laid | None:
        if self.matrix is None:
            return None
        return Laid(self.matrix, ((0.25, 0.5, 0.3, 0.6), (0.75, 0.5, 0.8, 0.6)))

    def query_photo(self, path: Path) -> Photo | None:
        return next((p for p in PHOTOS if p.path == path), make_photo(77, path.name))

    def query_pixels(self, path: Path) -> Pixels | None:
        try:
            return self.load_pixels(path, 400)
        except PhotoError:
            return None

    def bug_report(self, with_paths: bool) -> str:
        return "paths" if with_paths else "no paths"

    def open_previews(self) -> "FakePreviews":
        return FakePreviews()

    def make_sample(self, control: JobControl) -> Path:
        if self.error is not None:
            raise self.error
        return self.data_folders.data / "sample-photos"

    def configure(self, options: ScanOptions) -> None:
        self.options = options

    def close(self) -> None:
        self.closed = True


class FakeClearing:
    """Clears in memory; every act is remembered."""

    def __init__(self) -> None:
        self.requests: list[ClearRequest] = []
        self.applied: list[Plan] = []
        self.undone: list[str | None] = []
        self.emptied = 0
        self.rejected: dict[int, tuple[Photo, ...]] = {}
        self.choices: dict[int, KeeperChoice] = {}
        self.kept_back: tuple[LeftAlone, ...] = ()
        self.error: Exception | None = None

    def plan(self, request: ClearRequest, control: JobControl) -> Plan:
        self.requests.append(request)
        if self.error is not None:
            raise self.error
        held_back = {left.path for left in self.kept_back}
        groups = []
        for group in request.groups:
            going = [m for m in group.members if m.photo.path in request.marked - held_back]
            if going:
                discards = tuple(
                    Discard(record_of(member.photo), member.relation or Relation.RESAVED)
                    for member in going
                )
                groups.append(PlanGroup(record_of(group.keeper), group.reason, discards))
        gained = sum(d.file.size_bytes for group in groups for d in group.discards)
        return Plan(
            "2026-01-01T00:00:00+00:00",
            request.folders,
            request.protected,
            request.model,
            tuple(groups),
            gained,
            self.kept_back,
        )

    def apply(self, plan: Plan, control: JobControl) -> BatchReport:
        self.applied.append(plan)
        done = tuple(discard.file.path for discard in plan.discards)
        return BatchReport(f"batch {len(self.applied)}", done, (), plan.bytes_gained)

    def undo(self, batch: str | None, control: JobControl) -> BatchReport:
        self.undone.append(batch)
        done = tuple(discard.file.path for discard in self.applied[-1].discards)
        return BatchReport(batch or "", done, (), 0)

    def history(self) -> tuple[list[BatchSummary], Held]:
        batches = [
            BatchSummary(
                f"batch {number + 1}",
                "2026-01-01T00:00:00+00:00",
                Act.DISCARD,
                {State.DONE: len(plan.discards)},
                len(plan.discards),
                plan.bytes_gained,
            )
            for number, plan in enumerate(self.applied)
        ]
        return batches[::-1], Held((), ())

    def empty(self, control: JobControl) -> BatchReport:
        self.emptied += 1
        return BatchReport("", (), (), 0)

    def reject(self, photos: Sequence[Photo]) -> int:
        number = len(self.rejected) + 1
        self.rejected[number] = tuple(photos)
        return number

    def revoke(self, decision: int) -> None:
        del self.rejected[decision]

    def rejected_pairs(self) -> frozenset[tuple[bytes, bytes]]:
        return frozenset(
            (min(pair), max(pair))
            for photos in self.rejected.values()
            for pair in itertools.combinations([photo.digest for photo in photos], 2)
        )

    def rejections(self) -> list[Decision]:
        return [
            Decision(number, "2026-01-01T00:00:00+00:00", tuple(p.path for p in photos))
            for number, photos in sorted(self.rejected.items(), reverse=True)
        ]

    def choose_keeper(self, keeper: Photo, others: Sequence[Photo]) -> int:
        number = len(self.choices) + 1
        over = frozenset(photo.digest for photo in others)
        made = KeeperChoice(number, "2026-01-01T00:00:00+00:00", keeper.digest, keeper.path, over)
        self.choices[number] = made
        return number

    def revoke_choice(self, choice: int) -> None:
        del self.choices[choice]

    def keeper_choices(self) -> tuple[KeeperChoice, ...]:
        return tuple(self.choices[number] for number in sorted(self.choices, reverse=True))


def record_of(photo: Photo) -> FileRecord:
    return FileRecord(photo.path, photo.file.size_bytes, photo.file.mtime_ns, "0" * 64)


class FakePreviews:
    """Photos numbered below NO_PREVIEW have a preview."""

    def preview(self, digest: bytes) -> bytes | None:
        number = int.from_bytes(digest, "big")
        if number >= NO_PREVIEW:
            return None
        jpeg = io.BytesIO()
        Image.new("RGB", (40, 30), colour_of(number)).save(jpeg, "JPEG", quality=95)
        return jpeg.getvalue()

    def close(self) -> None:
        pass


NO_PREVIEW = 1_000_000


def colour_of(number: int) -> tuple[int, int, int]:
    """A colour that tells the photos apart."""
    return (number * 37 % 256, number * 91 % 256, number * 151 % 256)


def pixels_of(photo: Photo) -> Pixels:
    """The whole photo in its colour."""
    colour = colour_of(int.from_bytes(photo.digest, "big"))
    return np.full((photo.height, photo.width, 3), colour, np.uint8)
