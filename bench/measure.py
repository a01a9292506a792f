"""Measures speed: every extractor's worker alive on one core, one call at a time, in a planned order."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from bench.corpus import BrokenRecord, Corpus
from bench.model import Extraction, Limits, digest
from bench.run import PageBytes, job_of, page_bytes
from bench.sandbox import Start, StartFailure, Worker
from bench.spec import Extractor
from bench.speed import STARTS, Call, Measured, turns
from bench.trial import ARTICLE

_WARMING = PageBytes(ARTICLE, "utf-8", forced=False, url=None)


def sizes(corpus: Corpus) -> list[int]:
    """Return the size of every page's file in bytes. Raises CorpusError when one has vanished."""
    found = []
    for number in range(len(corpus)):
        path = corpus.page(number).captured.path
        try:
            found.append(path.stat().st_size)
        except OSError as problem:
            raise BrokenRecord(path, f"vanished since it was indexed: {problem.strerror}") from None
    return found


def core() -> int | None:
    """Return the core to measure on: the last one allowed, since the first serve interrupts; None where none can be chosen."""
    return max(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else None


@contextlib.contextmanager
def pinned(place: int | None) -> Iterator[None]:
    """Hold this thread, and with it whatever it starts, to a core; only what it has started stays there afterwards."""
    if place is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {place})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def circumstances(place: int | None) -> dict[str, Any]:
    """Return what of the machine's state decides how quick it is: load average, and how the core's frequency is governed."""
    governor = None
    with contextlib.suppress(OSError):
        governor = Path(f"/sys/devices/system/cpu/cpu{place}/cpufreq/scaling_governor").read_text(encoding="ascii").strip()
    return {"core": place, "governor": governor, "load": [round(one, 2) for one in os.getloadavg()]}


def measure(
    corpus: Corpus,
    extractors: Sequence[Extractor],
    numbers: Sequence[int],
    *,
    rounds: int,
    seed: int,
    limits: Limits,
    scratch: Path,
    place: int | None,
    given: dict[str, set[str]],
    watch: Callable[[int], None],
) -> list[Measured]:
    """Return all calls of every extractor on these pages.

    A page that kills a worker is not given to that extractor again. A fresh worker is warmed on a small article that is not
    among the pages; an extractor that remembers pages (`STATEFUL`) gets a fresh one for every call.

    Args:
        corpus: the pages.
        extractors: in any order.
        numbers: of the pages.
        rounds: that count, after one that does not.
        seed: of the order.
        limits: of every call.
        scratch: an existing folder for the workers' own folders.
        place: the core to hold the workers to.
        given: takes which limits the machine really gave, by kind.
        watch: is told of calls as they are made.

    Raises:
        CorpusError: a page has vanished or changed since the corpus was indexed.
    """
    lanes = [_Lane(one, len(numbers), rounds, limits=limits, scratch=scratch, place=place, given=given) for one in extractors]
    try:
        for lane in lanes:
            lane.start(STARTS)
        plan = turns(len(numbers), len(lanes), rounds, seed)
        for (_, page), group in groupby(plan, key=lambda turn: turn[:2]):
            content = page_bytes(corpus, numbers[page])
            for turn in group:
                lanes[turn.extractor].take(turn.round, page, content)
                watch(1)
    finally:
        for lane in lanes:
            lane.end()
    return [lane.measured() for lane in lanes]


class _Lane:
    """One extractor, its worker, and its calls."""

    def __init__(
        self,
        extractor: Extractor,
        pages: int,
        rounds: int,
        *,
        limits: Limits,
        scratch: Path,
        place: int | None,
        given: dict[str, set[str]],
    ) -> None:
        self._extractor = extractor
        self._limits, self._scratch, self._place, self._given = limits, scratch, place, given
        self._worker: Worker | None = None
        self._starts: list[Start] = []
        self._calls: list[list[Call | None]] = [[None] * (rounds + 1) for _ in range(pages)]
        self._deadly: set[int] = set()
        self._unavailable: str | None = None

    def start(self, times: int) -> None:
        """Start so many workers one after the other, and keep the last."""
        for _ in range(times):
            self.end()
            try:
                with pinned(self._place):
                    self._worker = Worker(job_of(self._extractor), self._limits, self._scratch)
                self._starts.append(self._worker.await_ready())
            except StartFailure as failure:
                self._worker, self._unavailable = None, f"could not be started: {failure}"
                return
            for kind, how in self._worker.given.items():
                self._given.setdefault(kind, set()).add(how)

    def take(self, number: int, page: int, content: PageBytes) -> None:
        """Make a call, unless this page has killed a worker before."""
        if page in self._deadly:
            return
        if self._worker is not None and not self._worker.alive:
            self.start(1)
        if self._worker is None:
            return
        made = None if self._worker.pages else self._extract(_WARMING)
        if self._worker.alive or made is None:
            made = self._extract(content)
        self._calls[page][number] = _call(made)
        if not self._worker.alive:
            self._deadly.add(page)
        elif self._extractor.stateful:
            self.end()

    def _extract(self, content: PageBytes) -> Extraction:
        assert self._worker is not None  # noqa: S101 - `take` sees to it
        return self._worker.extract(content.html, content.codec, forced=content.forced, url=content.url)

    def end(self) -> None:
        """Kill its worker, if any."""
        if self._worker is not None:
            self._worker.kill()

    def measured(self) -> Measured:
        """Return what it has measured."""
        one = self._extractor
        return Measured(
            one.name, one.version, one.settings_text, one.adapter.control, self._starts, self._calls, self._unavailable
        )


def _call(made: Extraction) -> Call:
    return Call(made.outcome, digest(made.text).hex()[:16], made.seconds, made.cpu_seconds, made.peak_bytes)
