"""How fast extractors are: which pages, in which order, and what the times come to. Pure; `bench.measure` does it.

CPU time is counted and not the clock's, since that also tells what else the machine did. A page's time is the median over the
rounds: the least would shrink with more rounds, and leave out garbage collection, which is part of the work.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench import __version__, stats
from bench.intervals import Resampling
from bench.metric import Floats
from bench.model import Outcome
from bench.sandbox import Start
from bench.summarise import UNBOUNDED, Value

REFERENCE = "everything"
"""The row that all are compared with: a control that parses the page and keeps all of it, so it is in every table."""
BUSY = 1.2
"""Calls that last so many times their CPU time, in the median over extractors, were kept waiting by others."""
STARTS = 3
"""Starts of each extractor, of which the median is told: the first finds its files on disk, and one alone says little."""


# What to measure


class Turn(NamedTuple):
    """One extractor's turn at one page. Pages and extractors go by their place; round 0 is the warm-up."""

    round: int
    page: int
    extractor: int


def sample(sizes: Sequence[int], count: int, seed: int) -> list[int]:
    """Return the numbers of so many pages, in order; all of them where there are no more.

    One is drawn from each of `count` equal parts of the pages by size, so that small and large ones are in, and the mean over
    the sample estimates that over all.
    """
    order = sorted(range(len(sizes)), key=lambda number: (sizes[number], number))
    if count >= len(order):
        return sorted(order)
    generator = np.random.default_rng(seed)
    ends = [part * len(order) // count for part in range(count + 1)]
    return sorted(order[generator.integers(low, high)] for low, high in pairwise(ends))


def williams(count: int) -> list[list[int]]:
    """Return orders of `count` things in which each stands at each place, and each directly follows each other, equally often.

    The zigzag 0, 1, n-1, 2, n-2 ... and its cyclic shifts, where n is odd with their reverses. (Williams, Experimental designs
    balanced for the estimation of residual effects of treatments, Australian Journal of Scientific Research A 2, 1949,
    149-168.)
    """
    zigzag = [(place + 1) // 2 if place % 2 else count - place // 2 for place in range(count)]
    rows = [[(one + shift) % count for one in zigzag] for shift in range(count)]
    return rows + [row[::-1] for row in rows] if count % 2 else rows


def turns(pages: int, extractors: int, rounds: int, seed: int) -> Iterator[Turn]:
    """Yield every turn of a warm-up round and `rounds` that count.

    Extractors take turns at a page directly one after the other, so that whatever drifts (heat, frequency, neighbours) hits
    all alike. They do so in the order of a row of a Williams design, since whoever ran before leaves its data in the caches:
    a round uses all rows equally often, give or take one, and a page has another row in the next. Pages are shuffled in each
    round.
    """
    generator = np.random.default_rng(seed)
    names = generator.permutation(extractors)
    rows = generator.permutation(williams(extractors))
    first = generator.permutation(pages)
    for number in range(rounds + 1):
        for page in generator.permutation(pages):
            for name in rows[(first[page] + number) % len(rows)]:
                yield Turn(number, int(page), int(names[name]))


# What was measured


@dataclass(frozen=True, slots=True)
class Call:
    """How one call went."""

    outcome: Outcome
    output: str
    """Digest of what it returned."""
    seconds: float | None
    """On the clock."""
    cpu_seconds: float | None
    peak_bytes: int | None


@dataclass(frozen=True, slots=True)
class Measured:
    """All calls of one extractor."""

    name: str
    version: str
    settings: str
    control: bool
    starts: Sequence[Start]
    calls: Sequence[Sequence[Call | None]]
    """Pages x rounds, the warm-up first; None for a call that was not made, since an earlier one had killed the process."""
    unavailable: str | None = None
    """Why it could not be started, if so."""


# What it comes to


@dataclass(frozen=True, slots=True)
class Pace:
    """One extractor's speed. A page counts where every call answered; None is undefined."""

    name: str
    version: str
    settings: str
    control: bool
    median_ms: float | None
    """CPU milliseconds of the median page, each page's being the median of its rounds."""
    p95_ms: float | None
    """Those of the page at the 95th percentile."""
    per_thousand: Value
    """CPU seconds for a thousand such pages: the mean over pages."""
    ratio: Value
    """The same over pages that the reference answered too, as a multiple of the reference's."""
    repeats: float | None
    """Interquartile range over rounds of the sum over pages, as a share of its median; None with one round."""
    wall: float | None
    """Time on the clock as a multiple of CPU time."""
    start_ms: float | None
    """On the clock, from starting a process to the extractor being ready; median of the starts."""
    import_ms: float | None
    """CPU milliseconds of loading the extractor; median of the starts."""
    import_mb: float | None
    """Resident memory once it was loaded, in 10^6 bytes; median of the starts."""
    peak_mb: float | None
    """Largest resident memory during any call that counts, in 10^6 bytes."""
    outcomes: Mapping[str, int]
    """Pages by outcome; one of which any call failed goes by that."""
    unstable: Sequence[str]
    """Pages on which calls, the warm-up's included, did not all return the same."""
    unavailable: str | None
    cpu_seconds: Sequence[Sequence[float | None]]
    """Pages x rounds without the warm-up, as measured; None where a call was not made, or had no end of its own."""
    seconds: Sequence[Sequence[float | None]]
    """The same on the clock."""

    @property
    def label(self) -> str:
        """Name, version and settings."""
        return " ".join(part for part in (self.name, self.version, self.settings) if part)


@dataclass(frozen=True, slots=True)
class Speed:
    """A measurement of speed before it has a form."""

    rows: Sequence[Pace]
    """Quickest first, controls after the rest."""
    pages: Sequence[str]
    """The ids of the sample."""
    corpus: Mapping[str, Any]
    rounds: int
    seed: int
    core: int | None
    """The one that all ran on; None where the system cannot pin a process."""
    manifest: Mapping[str, Any] | None = None
    notes: Sequence[str] = ()

    @property
    def full_signature(self) -> str:
        """Everything but the machine that could change a number, in one line."""
        return (
            f"speed:v1|cpu:getrusage|rounds:{self.rounds}|warm-up:1|pages:{len(self.pages)}|order:balanced"
            f"|corpus:{self.corpus['digest'][:12]}|{Resampling().signature}|seed:{self.seed}|bench:{__version__}"
        )


def summarise_speed(
    measured: Sequence[Measured],
    pages: Sequence[str],
    sites: Sequence[str],
    corpus: Mapping[str, Any],
    *,
    seed: int,
    rounds: int,
    core: int | None = None,
    manifest: Mapping[str, Any] | None = None,
) -> Speed:
    """Return what measured calls come to.

    Args:
        measured: of each extractor.
        pages: the ids of the sample.
        sites: of each of these pages.
        corpus: `summarise.corpus_facts` of the whole corpus.
        seed: of the sample, the order, and the resampling of sites.
        rounds: that count.
        core: that all ran on.
        manifest: to travel with it.
    """
    times = [_times(one, "cpu_seconds") for one in measured]
    draws = _draw(sites, seed)
    reference = next((time for one, time in zip(measured, times, strict=True) if one.name == REFERENCE), None)
    rows = [_pace(one, time, pages, draws, reference) for one, time in zip(measured, times, strict=True)]
    rows.sort(key=lambda row: (row.control, math.inf if row.per_thousand.value is None else row.per_thousand.value, row.label))
    return Speed(rows, pages, corpus, rounds, seed, core, manifest, _notes(rows, draws))


def _times(measured: Measured, kind: str) -> Floats:
    """Pages x rounds without the warm-up; a page of which any call failed is all NaN."""
    found = [
        [math.nan if call is None else getattr(call, kind) for call in calls[1:]]
        if all(call is not None and not call.outcome.failed for call in calls)
        else [math.nan] * (len(calls) - 1)
        for calls in measured.calls
    ]
    return np.array(found, dtype=np.float64)


class _Draws(NamedTuple):
    """Resamples of sites."""

    weights: NDArray[np.int64]
    """How often each page is in each, resamples x pages."""
    sites: NDArray[np.intp]
    """The number of each page's site."""


def _draw(sites: Sequence[str], seed: int) -> _Draws:
    numbers, count = stats.clusters(sites)
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=stats.RESAMPLES)
    return _Draws(drawn[:, numbers], numbers)


def _pace(measured: Measured, times: Floats, pages: Sequence[str], draws: _Draws, reference: Floats | None) -> Pace:
    page_times = np.median(times, axis=1)
    answered = page_times[~np.isnan(page_times)]
    sums = np.nansum(times, axis=0)
    low, middle, high = np.quantile(sums, [0.25, 0.5, 0.75])
    wall = float(np.nansum(_times(measured, "seconds")))
    calls = [call for row in measured.calls for call in row[1:] if call is not None]
    peaks = [call.peak_bytes for call in calls if call.peak_bytes is not None and not call.outcome.failed]
    starts = measured.starts

    def started(kind: str, scale: float) -> float | None:
        return float(np.median([getattr(start, kind) for start in starts])) * scale if starts else None

    return Pace(
        name=measured.name,
        version=measured.version,
        settings=measured.settings,
        control=measured.control,
        median_ms=float(np.median(answered)) * 1000 if len(answered) else None,
        p95_ms=float(np.quantile(answered, 0.95)) * 1000 if len(answered) else None,
        per_thousand=_mean(page_times, np.where(np.isnan(page_times), np.nan, 0.001), draws),
        ratio=_mean(page_times, np.median(reference, axis=1), draws)
        if reference is not None
        else Value(None, None, 0, f"{REFERENCE} was not measured"),
        repeats=float((high - low) / middle) if middle and times.shape[1] > 1 else None,
        wall=wall / float(sums.sum()) if sums.sum() else None,
        start_ms=started("seconds", 1000),
        import_ms=started("cpu_seconds", 1000),
        import_mb=started("resident_bytes", 1e-6),
        peak_mb=max(peaks) / 1e6 if peaks else None,
        outcomes=dict(sorted(Counter(map(_fate, measured.calls)).items())),
        unstable=[]
        if measured.unavailable
        else [page for page, row in zip(pages, measured.calls, strict=True) if _varies(row)],
        unavailable=measured.unavailable,
        cpu_seconds=[[call.cpu_seconds if call else None for call in row[1:]] for row in measured.calls],
        seconds=[[call.seconds if call else None for call in row[1:]] for row in measured.calls],
    )


def _mean(top: Floats, bottom: Floats, draws: _Draws) -> Value:
    """The sum of page values over the sum of others, over pages that have both, with its interval."""
    both = ~np.isnan(top + bottom)
    over, under = np.where(both, top, 0.0), np.where(both, bottom, 0.0)
    count = int(both.sum())
    if not under.sum():
        return Value(None, None, count, "takes no time that could be measured" if count else "no page that was answered")
    value = float(over.sum() / under.sum())
    sites = len(set(draws.sites[both].tolist()))
    if sites < 2:
        return Value(value, None, count, UNBOUNDED)
    drawn = draws.weights @ np.stack([over, under], axis=1)
    ratios = np.divide(drawn[:, 0], drawn[:, 1], out=np.full(len(drawn), np.nan), where=drawn[:, 1] > 0)
    return Value(value, stats.interval(ratios, sites), count)


def _fate(calls: Sequence[Call | None]) -> str:
    """How a page fared: by its first failure, calls that could not be made included, or else by its last call."""
    outcomes = [call.outcome if call else Outcome.UNAVAILABLE for call in calls]
    return next((one for one in outcomes if one.failed), outcomes[-1]).value


def _varies(calls: Sequence[Call | None]) -> bool:
    return len({(call.outcome, call.output) for call in calls if call is not None}) > 1


def _notes(rows: Sequence[Pace], draws: _Draws) -> list[str]:
    notes = []
    waits = [row.wall for row in rows if row.wall is not None]
    if waits and (longer := float(np.median(waits))) > BUSY:
        notes.append(
            f"the machine is busy: calls lasted {longer:.2f} times their CPU time in the median; measure on an idle one"
        )
    if len(set(draws.sites.tolist())) < 2:
        notes.append("intervals are unbounded: pages of one site say nothing of others")
    return notes
