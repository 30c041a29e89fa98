"""The limits on pixels and on time, from a scan's request to what it reads and tries again."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from photodedup.core.environment import DataFolders
from photodedup.core.errors import PhotoProblem
from photodedup.core.execute import decoder
from photodedup.core.job import JobControl
from photodedup.core.pipeline import ScanRequest, run_scan
from photodedup.core.raster import DEFAULT_MEGAPIXELS, Limits
from photodedup.core.reading_limits import ReadingLimits, with_way_out
from photodedup.core.records import Problem, ProblemCode, ScanResult
from photodedup.core.scan import find_photos
from photodedup.core.search import read_queries
from photodedup.core.store import CacheStore
from tests.conftest import TINY_SIZE
from tests.data.make_photos import textured_photo

SMALL = ReadingLimits(megapixels=1)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A photo of 1.2 megapixels that must be decoded whole, and its half, which is smaller."""
    folder = tmp_path / "library"
    folder.mkdir()
    photo = Image.fromarray(textured_photo(1, 1200, 1000))
    photo.save(folder / "large.png", compress_level=1)
    photo.reduce(2).save(folder / "small.jpg")
    return folder


@pytest.fixture
def request_of(library: Path, tiny_model: Path) -> ScanRequest:
    return ScanRequest((library,), device="cpu", model=tiny_model, workers=1)


def scan(request: ScanRequest, folders: DataFolders, limits: ReadingLimits) -> ScanResult:
    return run_scan(replace(request, limits=limits), folders, JobControl()).result


def test_the_defaults_are_those_of_a_decoder_that_is_not_told() -> None:
    assert ReadingLimits().of_photo == Limits()
    assert ReadingLimits().megapixels == DEFAULT_MEGAPIXELS
    double = ReadingLimits(2 * DEFAULT_MEGAPIXELS).of_photo
    assert double == Limits(1_000_000_000, 420_000_000, 2 << 30)


@pytest.mark.parametrize(
    ("given", "held"),
    [((0, 0), (1, 5)), ((10**9, 10**9), (10_000, 3600)), ((300, 90), (300, 90))],
)
def test_limits_out_of_all_measure_are_held(given: tuple[int, int], held: tuple[int, int]) -> None:
    assert ReadingLimits.held(*given) == ReadingLimits(*held)


def test_a_photo_beyond_the_limit_says_which_and_is_read_once_that_is_raised(
    request_of: ScanRequest, folders: DataFolders, library: Path
) -> None:
    for counts in ((1, 0), (0, 1)):  # the small one is read once, the large one never
        refused = scan(request_of, folders, SMALL)
        (problem,) = refused.problems
        assert (problem.path, problem.code) == (library / "large.png", ProblemCode.TOO_LARGE)
        assert "1200 x 1000 pixels; the limit is 1 megapixels" in problem.reason
        assert "--max-megapixels" in problem.reason
        assert (refused.counts.embedded, refused.counts.from_cache) == counts
    raised = scan(request_of, folders, ReadingLimits(megapixels=2))
    assert raised.problems == ()
    assert (raised.counts.embedded, raised.counts.from_cache) == (1, 1)
    (group,) = raised.groups
    assert len(group.members) == 2


@pytest.mark.parametrize(("timeout_s", "is_read"), [(5, False), (60, False), (61, True)])
def test_what_took_too_long_is_tried_again_once_it_may_take_longer(
    request_of: ScanRequest,
    folders: DataFolders,
    library: Path,
    timeout_s: int,
    is_read: bool,
) -> None:
    """What crashed a decoder is not: time does not help there."""
    slow, crashed = find_photos([library], [], lambda problem: None)
    with CacheStore(folders.cache) as store:
        store.add_problems([(slow, Problem(slow.path, ProblemCode.TIMED_OUT, "slow"))], 60)
        crash = Problem(crashed.path, ProblemCode.DECODER_CRASHED, "signal 11")
        store.add_problems([(crashed, crash)], 60)
    result = scan(request_of, folders, ReadingLimits(timeout_s=timeout_s))
    assert crash in result.problems
    assert result.counts.embedded == is_read
    assert (slow.path in {problem.path for problem in result.problems}) is not is_read
    with CacheStore(folders.cache) as store:
        assert (store.problem(slow) is None) is is_read


def test_a_problem_of_time_names_the_way_out_and_no_other_does() -> None:
    slow = Problem(Path("a.jpg"), ProblemCode.TIMED_OUT, "took longer than 60 seconds")
    assert "--timeout" in with_way_out(slow).reason
    crash = Problem(Path("a.jpg"), ProblemCode.DECODER_CRASHED, "crashed")
    assert with_way_out(crash) == crash


def test_queries_and_keepers_keep_to_the_limits(library: Path) -> None:
    path = library / "large.png"
    (refused,) = read_queries([path], TINY_SIZE, SMALL)
    assert isinstance(refused, Problem)
    (read,) = read_queries([path], TINY_SIZE)
    assert not isinstance(read, Problem)
    with pytest.raises(PhotoProblem, match="the limit is 1 megapixels"):
        decoder(SMALL.of_photo)(path, 400)
    assert decoder(Limits())(path, 400).damage is None


def test_an_accepted_photo_may_be_read_again_whatever_the_limits_were() -> None:
    pixels, size_bytes = Limits().max_pixels + 1, Limits().max_bytes + 1
    assert Limits.enough_for(pixels, size_bytes) == Limits(pixels, pixels, size_bytes)
    assert Limits.enough_for(100, 100) == Limits()
