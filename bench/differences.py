"""The difference of two rows in a value: how large, how sure, and what these pages could have shown.

A pair is tested by randomisation on its pages' differences, and corrected by Holm together with all others that are shown. A
value that is equal on every page of a pair is no test: no flip of signs could tell it apart, so it does not count among
the many. (Tarone, A modified Bonferroni method for discrete data, Biometrics 46(2), 1990, 515-522.)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench import inference, stats
from bench.intervals import Resampling
from bench.metric import Floats, Metric, Values
from bench.summarise import UNBOUNDED, Value

Numbers = NDArray[np.intp]
ALPHA = 0.05
"""A corrected p under this is called separable."""
SAME = 1e-12
"""Values no further apart are equal: sums of the same page values in another order."""
MARGIN = 0.005
"""Pages no further apart are ties: half a point of a hundred, a word in two hundred."""


@dataclass(frozen=True, slots=True)
class Method:
    """How differences are judged."""

    margin: float = MARGIN
    resamples: int = stats.RESAMPLES
    seed: int = stats.SEED
    flips: int = inference.RESAMPLES

    @property
    def resampling(self) -> Resampling:
        """How intervals are made."""
        return Resampling(self.resamples, self.seed)


@dataclass(frozen=True, slots=True)
class Difference:
    """How far two rows are apart in one value: second less first, in the value's unit. None is undefined; `reason` says why."""

    value: str
    first: float | None
    second: float | None
    difference: float | None
    interval: tuple[float, float] | None = None
    """95 %, of the differences in the same resamples of sites."""
    p: float | None = None
    """Of a paired randomisation test on page values."""
    adjusted: float | None = None
    """The same, corrected."""
    pages: int = 0
    """On which both have the value."""
    sites: int = 0
    """That hold these pages."""
    wins: int = 0
    """Pages where the second is better by more than the margin."""
    ties: int = 0
    losses: int = 0
    delta: float | None = None
    """Cliff's, above 0 when the second tends to be better."""
    detectable: float | None = None
    """Mean difference of page values that these pages would show as separable in 4 of 5 tries."""
    of_pages: bool = True
    """Whether the value is a mean of page values, which the test, the delta and `detectable` are of."""
    verdict: str = "not judged"
    """`separable`, `not separable`, `equal` (on every page), `not judged`, or `disputed`: page values are separable, but the
    value of all pages points the other way, or is no mean of theirs and its interval holds 0."""
    reason: str | None = None


class Trial(NamedTuple):
    """A difference that is not judged yet, with what it is to be judged by."""

    found: Difference
    by_page: Floats
    """Second less first."""
    sites: Sequence[str]
    flips: int


class Measured:
    """Rows measured by a metric over some pages; differences of any two of them.

    Args:
        metric: by what.
        tables: for each row its counts, pages x fields.
        sites: the site of each page.
        method: how to judge.
        reason: from a value and a row's counts to why the value is undefined.
        least: over fewer pages nothing is judged.
    """

    def __init__(
        self,
        metric: Metric,
        tables: Sequence[Floats],
        sites: Sequence[str],
        method: Method,
        reason: Callable[[str, Floats], str],
        *,
        least: int = 1,
    ) -> None:
        self.metric, self.tables, self.sites, self.method, self._reason = metric, tables, sites, method, reason
        self.pooled = [{name: float(value[0]) for name, value in metric.pooled(table).items()} for table in tables]
        self.by_page: list[Values] = [metric.per_page(table) for table in tables]
        self._drawn = len(set(sites))
        self.unjudged = f"fewer than {least} pages" if len(sites) < least else "one site" if self._drawn < 2 else None
        self.draws: Sequence[Values] = (
            [] if self.unjudged else stats.bootstrap(metric, tables, sites, resamples=method.resamples, seed=method.seed)
        )

    def at(self, numbers: Numbers, *, least: int) -> Measured:
        """Return the same over some of the pages."""
        tables = [table[numbers] for table in self.tables]
        sites = [self.sites[number] for number in numbers.tolist()]
        return Measured(self.metric, tables, sites, self.method, self._reason, least=least)

    def value(self, place: int, name: str) -> Value:
        """Return a value of a row with its interval."""
        number, n = self.pooled[place][name], int((~np.isnan(self.by_page[place][name])).sum())
        if math.isnan(number):
            return Value(None, None, n, self._reason(name, self.tables[place]))
        if not self.draws:
            return Value(number, None, n, UNBOUNDED if self._drawn < 2 else self.unjudged)
        return Value(number, stats.interval(self.draws[place][name], self._drawn), n)

    def gains(self, pair: tuple[int, int], name: str) -> Floats:
        """Return by how much the second of a pair is better, page by page."""
        first, second = (self.by_page[place][name] for place in pair)
        return first - second if name in self.metric.lower_is_better else second - first

    def furthest(self, pair: tuple[int, int], name: str, count: int) -> tuple[list[int], list[int]]:
        """Return so many pages on which the second is worse by more than the margin, worst first; and on which it is better."""
        gains = self.gains(pair, name)
        # NaN comes last and is beyond no margin; equals come in order of page.
        worse, better = (np.argsort(side, kind="stable").tolist() for side in (gains, -gains))
        return (
            [number for number in worse[:count] if gains[number] < -self.method.margin],
            [number for number in better[:count] if gains[number] > self.method.margin],
        )

    def trial(self, pair: tuple[int, int], name: str) -> Trial:
        """Return the difference of two rows in a value, its p not corrected."""
        by_page = self.by_page[pair[1]][name] - self.by_page[pair[0]][name]
        return Trial(self._found(pair, name, by_page), by_page, self.sites, self.method.flips)

    def _found(self, pair: tuple[int, int], name: str, by_page: Floats) -> Difference:
        values = [self.value(place, name) for place in pair]
        first, second = (value.value for value in values)
        found = Difference(name, first, second, None, of_pages=self._of_pages(pair[0], name))
        sign = -1.0 if name in self.metric.lower_is_better else 1.0
        ours, theirs = (sign * self.by_page[place][name] for place in pair)
        effect = inference.effect(theirs, ours, margin=self.method.margin)
        if first is None or second is None:
            return replace(found, reason=values[first is not None].reason)
        if effect is None:
            return replace(found, reason="no page on which both have it")
        found = replace(
            found, difference=second - first, pages=effect.pages, sites=self._held(by_page), wins=effect.wins,
            ties=effect.ties, losses=effect.losses, delta=effect.delta, reason=self.unjudged,
        )  # fmt: skip
        if not np.nan_to_num(by_page).any():
            same = abs(second - first) <= SAME
            return replace(found, verdict="equal") if same else replace(found, reason="equal on every page")
        if self.unjudged:
            return found
        if found.sites < 2:
            return replace(found, reason="one site that has it")
        test = inference.paired_test(by_page, self.sites, resamples=self.method.flips, seed=self.method.seed)
        spread = stats.interval(self.draws[pair[1]][name] - self.draws[pair[0]][name], self._drawn)
        return replace(found, interval=spread, p=test.p if test else None)

    def _held(self, by_page: Floats) -> int:
        return len({site for site, undefined in zip(self.sites, np.isnan(by_page).tolist(), strict=True) if not undefined})

    def _of_pages(self, place: int, name: str) -> bool:
        part = self.metric.parts(self.tables[place]).get(name)
        return part is not None and bool(np.isin(part[1], (0.0, 1.0)).all())


def judge(trials: Sequence[Sequence[Trial]]) -> tuple[list[list[Difference]], int]:
    """Return the differences with p corrected over all of them and a verdict, and how many tests these were."""
    ps = [trial.found.p for group in trials for trial in group]
    tests = sum(p is not None for p in ps)
    adjusted = iter(inference.holm(ps))
    return [[_verdict(trial, next(adjusted), tests) for trial in group] for group in trials], tests


def _verdict(trial: Trial, adjusted: float | None, tests: int) -> Difference:
    found = trial.found
    if adjusted is None or found.difference is None:
        return found
    verdict = "separable" if adjusted < ALPHA else "not separable"
    if verdict == "separable" and not _borne_out(found, float(np.nanmean(trial.by_page))):
        verdict = "disputed"
    least = inference.minimum_detectable(trial.by_page, trial.sites, alpha=ALPHA / tests)
    # Where no p can be small enough nothing is detectable, whatever its size.
    seen = tests * inference.least_p(found.sites, trial.flips) < ALPHA
    return replace(found, adjusted=adjusted, detectable=least if seen else None, verdict=verdict)


def _borne_out(found: Difference, by_page: float) -> bool:
    """Whether the difference says what the test of page values does; of a mean of these the test itself is the judge."""
    difference, (low, high) = found.difference or 0.0, found.interval or (-math.inf, math.inf)
    return difference * by_page > 0 and (found.of_pages or low * high > 0)


def out_of_reach(tests: int, sites: int, method: Method) -> list[str]:
    """Return a note when no flip of so few sites is rare enough to separate anything, whatever the differences are."""
    least = inference.least_p(sites, method.flips)
    if not tests or tests * least < ALPHA:
        return []
    which = f"{sites} sites" if 2**sites <= method.flips else f"{method.flips:,} flips"
    many = f" and {tests} tests" if tests > 1 else ""
    return [f"with {which}{many} no difference can be called separable: no p is below {min(1.0, tests * least):.3f}"]
