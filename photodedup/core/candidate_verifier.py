"""Everything between neighbours and groups: who is verified against whom, on several threads."""

import concurrent.futures
import contextlib
import functools
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import numpy as np
import xxhash

from photodedup.core.decisions import is_rejected
from photodedup.core.group import (
    CHOSEN_FROM,
    PATIENCE_TO_CHOOSE,
    Accept,
    Choose,
    Content,
    Others,
    Verify,
    accept_duplicates,
    accept_similar,
    find_members,
    form_both,
)
from photodedup.core.job import JobControl, Stage
from photodedup.core.look_around import NOT_ASKED, PATIENCE_WITH_CHOSEN, LookAround
from photodedup.core.pair_verifier import PairVerifier, PhotoPair
from photodedup.core.pairs import Candidates
from photodedup.core.records import Verification

SMALL_PART_ROWS = 16
CROWDS_AT_ONCE = 16  # looked at in one task, by few calls that each take long: see crowd.py

MapAll = Callable[
    [Callable[[PhotoPair], Verification | None], Iterable[PhotoPair]], Iterable[Verification | None]
]
"""Calls a function with each pair, perhaps on several threads; results in order."""


class _NotVerified(Exception):
    """A pair that groups need was never verified."""


class CandidateVerifier:
    """Verifies the candidates that groups at any of some cut-offs need, on several threads.

    Connected parts of the candidates are independent of each other, so each small one is a task
    of a thread pool; within a large one, some keepers far from each other, and then some
    candidates of a keeper, are verified at a time (OpenCV releases the lock of the interpreter).
    tick: called from the job's thread every now and then.
    """

    def __init__(
        self,
        contents: Sequence[Content],
        candidates: Candidates,
        pairs: PairVerifier,
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        self._contents = contents
        self._digests = [content.digest for content in contents]  # asked for all the time
        self._candidates = candidates
        self._pairs = pairs
        self._around = LookAround(contents, pairs)
        self._tick = tick

    def run(self, cutoffs: Collection[float], threads: int, control: JobControl) -> None:
        """Verify all, counting rows on control.

        What was found is saved also when control is cancelled. That nothing was left is kept like
        a verification too: in a scan that finds nothing new this then takes no time.
        """
        broadest_first = sorted(cutoffs)
        rows = int(np.count_nonzero(np.diff(self._candidates.starts)))
        control.begin(Stage.VERIFY, rows)
        everything = self._key_of_all(broadest_first)
        if (everything, everything) in self._pairs.found:
            control.advance(rows)
            return
        self._pairs.complete()
        self._verify_parts(connected_parts(self._candidates), broadest_first, threads, control)
        if not self._pairs.has_failed:
            self._pairs.remember(everything, everything, NOT_ASKED)
            self._pairs.flush(at_least=1)

    def _key_of_all(self, cutoffs: Sequence[float]) -> bytes:
        """A key, no photo's, of all that decides which pairs are verified."""
        hashed = xxhash.xxh3_128(b"all of ")
        for digest in self._digests:
            hashed.update(digest)
        hashed.update(np.ascontiguousarray(self._candidates.starts).data)
        hashed.update(np.ascontiguousarray(self._candidates.rows).data)
        depth = PATIENCE_TO_CHOOSE, CHOSEN_FROM, PATIENCE_WITH_CHOSEN
        hashed.update(repr((list(cutoffs), sorted(self._pairs.rejected), depth)).encode())
        return hashed.digest()

    def _verify_parts(
        self,
        parts: Sequence[list[int]],
        broadest_first: Sequence[float],
        threads: int,
        control: JobControl,
    ) -> None:
        unknown = [part for part in parts if not self._is_known(part, broadest_first, control)]
        small = [part for part in unknown if len(part) <= SMALL_PART_ROWS]
        large = [part for part in unknown if len(part) > SMALL_PART_ROWS]
        if not unknown:
            return
        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            try:
                self._verify_small(small, broadest_first, threads, pool, control)
                for part in large:
                    self._verify_large(part, broadest_first, threads, pool, control)
            except BaseException:
                self._pairs.stop()  # what waits in the pool ends at once
                raise
            finally:
                pool.shutdown()
                self._pairs.flush(at_least=1)

    def _is_known(self, rows: Sequence[int], cutoffs: Sequence[float], control: JobControl) -> bool:
        """Whether nothing is left to verify in a part, which is then counted as done.

        After a decision of the user this is all; handing each part to a thread took as long as
        reading the photos of the cache.
        """
        try:
            for cutoff in cutoffs:
                form_both(rows, self._candidates, self._look_up, cutoff, self._choose_known)
        except _NotVerified:
            return False
        control.advance(len(rows))
        return True

    def _look_up(
        self, keeper: int, others: Sequence[tuple[int, float]]
    ) -> list[Verification | None]:
        kept, pairs = self._digests[keeper], self._pairs
        known = []
        for row, _ in others:
            other = self._digests[row]
            found = None
            if not is_rejected(pairs.rejected, kept, other):
                found = pairs.found.get((kept, other))
                if found is None:
                    raise _NotVerified
            known.append(found)
        return known

    def _verify_small(
        self,
        parts: Sequence[list[int]],
        cutoffs: Sequence[float],
        threads: int,
        pool: concurrent.futures.Executor,
        control: JobControl,
    ) -> None:
        """A task for each part."""
        tasks = (functools.partial(self._verify_part, part, cutoffs) for part in parts)
        for done in self._run_all(tasks, threads, pool, control):
            control.advance(done)

    def _run_all(
        self,
        tasks: Iterable[Callable[[], int]],
        threads: int,
        pool: concurrent.futures.Executor,
        control: JobControl,
    ) -> Iterator[int]:
        """What each gives, as it ends; not many are begun ahead, so that a pause soon holds."""
        waiting = iter(tasks)
        running: set[concurrent.futures.Future[int]] = set()
        while True:
            for task in itertools.islice(waiting, 2 * threads - len(running)):
                running.add(pool.submit(task))
            if not running:
                return
            ended, running = concurrent.futures.wait(
                running, 0.2, concurrent.futures.FIRST_COMPLETED
            )
            yield from (task.result() for task in ended)
            control.checkpoint()
            self._pairs.flush()
            self._tick()

    def _verify_part(self, rows: Sequence[int], cutoffs: Sequence[float]) -> int:
        for cutoff in cutoffs:
            form_both(rows, self._candidates, self._verify_each, cutoff, self._around.choose)
        return len(rows)

    def _verify_large(
        self,
        rows: Sequence[int],
        cutoffs: Sequence[float],
        threads: int,
        pool: concurrent.futures.Executor,
        control: JobControl,
    ) -> None:
        def verify(keeper: int, others: Others) -> list[Verification | None]:
            control.checkpoint()
            self._pairs.flush()
            self._tick()
            return self._verify_each(keeper, others, pool.map)

        self._rule_out_ahead(rows, threads, pool, control)
        copies, shots = accept_duplicates(cutoffs[0]), accept_similar(cutoffs[0])
        taken = self._verify_ahead(rows, copies, threads, pool, control, control.advance)
        rest = [row for row in rows if row not in taken]
        self._verify_ahead(rest, shots, threads, pool, control)
        for cutoff in cutoffs:
            crowds: list[tuple[int, Others]] = []
            form_both(rows, self._candidates, verify, cutoff, self._choose_later(crowds))
            if crowds:
                self._choose_ahead(crowds, threads, pool, control)
                form_both(rows, self._candidates, verify, cutoff, self._around.choose)

    def _rule_out_ahead(
        self,
        rows: Sequence[int],
        threads: int,
        pool: concurrent.futures.Executor,
        control: JobControl,
    ) -> None:
        """Rule out most of what each keeper would ask for first, for several at a time.

        As if all were keepers, which is mostly true.
        """
        asked = [(row, unknown) for row in rows if (unknown := self._unknown_first(row))]
        tasks = (
            functools.partial(self._rule_out, asked[start : start + CROWDS_AT_ONCE])
            for start in range(0, len(asked), CROWDS_AT_ONCE)
        )
        for _ in self._run_all(tasks, threads, pool, control):
            pass

    def _unknown_first(self, keeper: int) -> Others:
        """Of what a keeper would ask for first, what is not known."""
        later = (other for other in self._candidates.of(keeper) if other[0] > keeper)
        first = itertools.islice(later, PATIENCE_TO_CHOOSE)
        digests, found = self._digests, self._pairs.found
        return [other for other in first if (digests[keeper], digests[other[0]]) not in found]

    def _rule_out(self, crowds: Sequence[tuple[int, Others]]) -> int:
        """Make known which of the others of keepers are nothing alike; how many keepers."""
        contents = self._contents
        self._pairs.rule_out(
            [(contents[keeper].best, self._pairs_of(keeper, others)) for keeper, others in crowds]
        )
        return len(crowds)

    def _pairs_of(self, keeper: int, others: Others) -> list[PhotoPair]:
        best = self._contents[keeper].best
        return [(best, self._contents[row].best, cosine) for row, cosine in others]

    def _choose_ahead(
        self,
        crowds: Sequence[tuple[int, Others]],
        threads: int,
        pool: concurrent.futures.Executor,
        control: JobControl,
    ) -> None:
        """Look around for several keepers at a time.

        As if each found no copy so, which is mostly true: a copy is no longer among the others of
        the next.
        """
        tasks = (
            functools.partial(self._around.look, crowds[start : start + CROWDS_AT_ONCE])
            for start in range(0, len(crowds), CROWDS_AT_ONCE)
        )
        for _ in self._run_all(tasks, threads, pool, control):
            pass

    def _verify_ahead(
        self,
        rows: Sequence[int],
        accept: Accept,
        threads: int,
        pool: concurrent.futures.Executor,
        control: JobControl,
        advance: Callable[[], None] = lambda: None,
    ) -> set[int]:
        """Verify most of what the stars will ask for, a keeper a thread; the rows in a star.

        A row near a keeper in work may be its copy, and then needs no star: it comes after all
        others, and if there still is such a keeper, not at all.
        """
        asked, taken = set(rows), set[int]()
        set_aside: list[int] = []
        running: dict[concurrent.futures.Future[set[int]], set[int]] = {}  # to the rows near it
        for done, keeper in enumerate(itertools.chain(rows, set_aside), 1):
            while len(running) == 2 * threads:  # that none waits for its next
                taken |= self._ended(running, control)
            if any(keeper in near for near in running.values()):
                if done <= len(rows):
                    set_aside.append(keeper)
            elif keeper not in taken:
                others = [(r, c) for r, c in self._candidates.of(keeper) if r > keeper]
                others = [(r, c) for r, c in others if r in asked and r not in taken]
                try:  # handing what is known to a thread takes many times as long as this
                    taken |= self._members_of(keeper, others, accept, self._look_up)
                except _NotVerified:
                    task = pool.submit(self._members_of, keeper, others, accept, self._verify_each)
                    running[task] = {row for row, _ in others}
            if done <= len(rows):
                advance()
        while running:
            taken |= self._ended(running, control)
        return taken

    def _ended(
        self, running: dict[concurrent.futures.Future[set[int]], set[int]], control: JobControl
    ) -> set[int]:
        """Wait until some tasks have ended; what they found."""
        done, _ = concurrent.futures.wait(running, 0.2, concurrent.futures.FIRST_COMPLETED)
        for task in done:
            del running[task]
        control.checkpoint()
        self._pairs.flush()
        self._tick()
        return set().union(*(task.result() for task in done))

    def _members_of(self, keeper: int, others: Others, accept: Accept, verify: Verify) -> set[int]:
        # Chosen from other rows, depending on what ends first, these would be other ones each time.
        members = find_members(keeper, others, verify, accept, _choose_none)
        return {row for row, _ in members}

    def _choose_later(self, crowds: list[tuple[int, Others]]) -> Choose:
        """Chooses where that is known; else nothing, and notes who would have chosen from whom."""

        def choose(keeper: int, others: Others) -> Others:
            chosen = self._around.chosen(keeper, others)
            if chosen is None:
                crowds.append((keeper, others))
            return chosen or []

        return choose

    def _choose_known(self, keeper: int, others: Others) -> Others:
        chosen = self._around.chosen(keeper, others)
        if chosen is None:
            raise _NotVerified
        return chosen

    def _verify_each(
        self, keeper: int, others: Others, map_all: MapAll = map
    ) -> list[Verification | None]:
        with contextlib.suppress(_NotVerified):  # a thread would take many times as long as this
            return self._look_up(keeper, others)
        pairs, asked = self._pairs, self._pairs_of(keeper, others)
        pairs.rule_out([(self._contents[keeper].best, asked)])
        return list(map_all(lambda pair: pairs.verify(*pair), asked))


def _choose_none(_keeper: int, _others: Others) -> Others:
    return []


def connected_parts(candidates: Candidates) -> list[list[int]]:
    """Rows that hang together through candidate pairs, each part rising; single rows left out."""
    part_of: dict[int, int] = {}
    parts: list[list[int]] = []
    for first in range(len(candidates.starts) - 1):
        if first in part_of or not candidates.has_any(first):
            continue
        part_of[first] = len(parts)
        part, unseen = [first], [first]
        while unseen:
            for other, _ in candidates.of(unseen.pop()):
                if other not in part_of:
                    part_of[other] = len(parts)
                    part.append(other)
                    unseen.append(other)
        parts.append(sorted(part))
    return parts
