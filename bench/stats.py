"""Arrays and a seed in, numbers out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from bench.metric import Floats, Metric, Values, divide

RESAMPLES = 2000
SEED = 1
_CHUNK = 2**16
"""Draws made at a time: bounds memory at a few MB on any corpus."""


def clusters(names: Sequence[str]) -> tuple[NDArray[np.intp], int]:
    """Return for each page the number of its cluster, in order of first appearance, and how many clusters there are."""
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=np.intp), len(numbers)


def bootstrap(
    metric: Metric, tables: Sequence[Floats], sites: Sequence[str], *, resamples: int = RESAMPLES, seed: int = SEED
) -> list[Values]:
    """Return each value of a metric in every resample, for several extractors, drawing whole sites with replacement.

    Pages of one site share a template, so they are not independent; resampling pages would call a difference sure that
    another set of sites would not show. (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, section 8.) All
    extractors meet the same draws, so differences of their draws are draws of their difference.

    Args:
        metric: what to compute.
        tables: for each extractor its counts, pages x fields.
        sites: the site of each page.
        resamples: how many.
        seed: of the generator (PCG64); equal arguments give equal results.

    Returns:
        For each extractor and value an array of `resamples` numbers, NaN where it is undefined in that resample.
    """
    numbers, count = clusters(sites)
    if not tables:
        return []
    ratios = [metric.parts(counts) for counts in tables]
    # Sums by site: a resample then costs a row of site weights times this matrix.
    parts = [part for table in ratios for pair in table.values() for part in pair]
    sums = _by_site(parts, numbers, count)
    generator = np.random.default_rng(seed)
    drawn = np.empty((resamples, len(parts)))
    step = max(1, _CHUNK // max(1, count))
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        draws = generator.integers(0, count, size=(rows, count)) + np.arange(rows)[:, None] * count
        weights = np.bincount(draws.ravel(), minlength=rows * count).reshape(rows, count)
        drawn[start : start + rows] = weights.astype(np.float64) @ sums
    values = iter(divide(drawn[:, 0::2], drawn[:, 1::2]).T)
    return [metric.derive({name: next(values) for name in table}) for table in ratios]


def without_each(metric: Metric, tables: Sequence[Floats], sites: Sequence[str]) -> list[Values]:
    """Return each value of a metric without each site in turn, for several extractors: the jackknife that `bca` asks for.

    Args as for `bootstrap`; each array is as long as there are sites, in order of first appearance.
    """
    numbers, count = clusters(sites)
    found = []
    for counts in tables:
        ratios = metric.parts(counts)
        sums = _by_site([part for pair in ratios.values() for part in pair], numbers, count)
        left = sums.sum(axis=0) - sums
        values = divide(left[:, 0::2], left[:, 1::2]).T
        found.append(metric.derive(dict(zip(ratios, values, strict=True))))
    return found


def _by_site(parts: Sequence[Floats], numbers: NDArray[np.intp], count: int) -> Floats:
    """Sums of page values by site: sites x parts."""
    return np.stack([np.bincount(numbers, weights=part, minlength=count) for part in parts], axis=1)


def interval(draws: Floats, sites: int, confidence: float = 0.95) -> tuple[float, float] | None:
    """Return the expanded percentile interval of bootstrap draws, None when fewer than half of them are defined.

    Its ends are the quantiles of the draws at cdf(-+ sqrt(k / (k - 1)) t) for k sites, with t the two-sided quantile of
    Student's distribution with k - 1 degrees of freedom, in place of the plain 2.5 and 97.5 %: draws from k sites spread too
    little by sqrt((k - 1) / k), and their own spread is an estimate. (Hesterberg, What Teachers Should Know About the
    Bootstrap, The American Statistician 69(4), 2015, 371-386, section 5.3.) With many sites the two are the same; with ten
    the plain one holds the truth in 88 of 100 corpora, this one in 93 (`tests/benchmarks/coverage.py`).

    Args:
        draws: as `bootstrap` returns them; NaN where undefined, left out.
        sites: that were drawn from, 2 or more. One says nothing of others: its interval is unbounded.
        confidence: share of corpora whose interval should hold the truth, in (0, 1).

    Raises:
        ValueError: fewer than 2 sites.
    """
    if sites < 2:
        raise ValueError(f"an interval from {sites} sites is unbounded")
    defined = draws[~np.isnan(draws)]
    if 2 * len(defined) < len(draws) or not len(defined):
        return None
    reach = math.sqrt(sites / (sites - 1)) * student((1 + confidence) / 2, sites - 1)
    tail = NormalDist().cdf(-reach)
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)


def student(level: float, freedom: int) -> float:
    """Return the quantile of Student's t distribution, right to five digits.

    (Hill, Algorithm 396: Student's t-quantiles, Communications of the ACM 13(10), 1970, 619-620.)

    Args:
        level: in (0.5, 1).
        freedom: degrees of freedom, 1 or more.
    """
    tails = 2 * (1 - level)
    if freedom == 1:
        return 1 / math.tan(tails * math.pi / 2)
    if freedom == 2:
        return math.sqrt(2 / (tails * (2 - tails)) - 2)
    a = 1 / (freedom - 0.5)
    b = 48 / (a * a)
    c = ((20700 * a / b - 98) * a - 16) * a + 96.36
    d = ((94.5 / (b + c) - 3) / b + 1) * math.sqrt(a * math.pi / 2) * freedom
    y = float((d * tails) ** (2 / freedom))
    if y > 0.05 + a:
        x = NormalDist().inv_cdf(tails / 2)
        y = x * x
        if freedom < 5:
            c += 0.3 * (freedom - 4.5) * (x + 0.6)
        c += (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b
        y = (((((0.4 * y + 6.3) * y + 36) * y + 94.5) / c - y - 3) / b + 1) * x
        y = math.expm1(a * y * y)
    else:
        y = ((1 / (((freedom + 6) / (freedom * y) - 0.089 * d - 0.822) * (freedom + 2) * 3) + 0.5 / (freedom + 4)) * y - 1) * (
            freedom + 1
        ) / (freedom + 2) + 1 / y
    return math.sqrt(freedom * y)


def median(values: Floats) -> float | None:
    """Return the median of the values that are not NaN, None when there are none."""
    defined = values[~np.isnan(values)]
    return float(np.median(defined)) if len(defined) else None
