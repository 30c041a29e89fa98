"""What one photo may ask for before it is refused: the two figures that a user can set."""

from dataclasses import dataclass, replace
from typing import Self

from photodedup.core.raster import DEFAULT_MEGAPIXELS, MOST_MEGAPIXELS, Limits
from photodedup.core.records import Problem, ProblemCode
from photodedup.core.workers import PhotoReader

__all__ = ["DEFAULT_MEGAPIXELS", "MOST_MEGAPIXELS", "ReadingLimits", "with_way_out"]

DEFAULT_TIMEOUT_S = 60
LEAST_TIMEOUT_S, MOST_TIMEOUT_S = 5, 3600


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """megapixels: of a photo that is decoded whole; see Limits. timeout_s: what one may take."""

    megapixels: int = DEFAULT_MEGAPIXELS
    timeout_s: int = DEFAULT_TIMEOUT_S

    @classmethod
    def held(cls, megapixels: int, timeout_s: int) -> Self:
        """The nearest that can be set."""
        return cls(
            max(1, min(megapixels, MOST_MEGAPIXELS)),
            max(LEAST_TIMEOUT_S, min(timeout_s, MOST_TIMEOUT_S)),
        )

    @property
    def of_photo(self) -> Limits:
        """The limits that a decoder checks."""
        return Limits.of_megapixels(self.megapixels)

    def open_reader(self, workers: int, input_size: int) -> PhotoReader:
        """Worker processes that keep to these limits; see PhotoReader."""
        return PhotoReader(workers, input_size, self.timeout_s, self.of_photo)


def with_way_out(problem: Problem) -> Problem:
    """Add to a problem of a reader the option that raises the limit of time, if that was met."""
    if problem.code is not ProblemCode.TIMED_OUT:
        return problem  # what is too large says so itself
    return replace(problem, reason=f"{problem.reason} (--timeout)")
