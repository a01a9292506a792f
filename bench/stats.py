"""Arrays and a seed in, numbers out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.metric import Floats, Metric, Values, divide

RESAMPLES = 2000
SEED = 1
_CHUNK = 2**16
"""Draws made at a time: bounds memory at a few MB on any corpus."""


def clusters(names: Sequence[str]) -> tuple[np.ndarray[tuple[int], np.dtype[np.intp]], int]:
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
    sums = np.stack([np.bincount(numbers, weights=part, minlength=count) for part in parts], axis=1)
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


def interval(draws: Floats, confidence: float = 0.95) -> tuple[float, float] | None:
    """Return the percentile interval of bootstrap draws, None when fewer than half of them are defined."""
    defined = draws[~np.isnan(draws)]
    if 2 * len(defined) < len(draws) or not len(defined):
        return None
    tail = (1 - confidence) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)


def median(values: Floats) -> float | None:
    """Return the median of the values that are not NaN, None when there are none."""
    defined = values[~np.isnan(values)]
    return float(np.median(defined)) if len(defined) else None
