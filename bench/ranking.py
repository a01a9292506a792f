"""Ranks that admit what is not known: rank ranges, who cannot be told from the best, and the best of all on each page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bench import inference
from bench.intervals import Spread
from bench.metric import Floats, Metric

LEVEL = 0.05
"""Corrected p below which two extractors are told apart."""


class Ranking(NamedTuple):
    """Of extractors, by the first value of a metric."""

    ranks: Sequence[tuple[int, int] | None]
    """Best and worst rank of each; see `inference.rank_ranges`."""
    tied: frozenset[int]
    """The places of those that cannot be told from the best, the best among them; see `inference.tie_group`."""
    detectable: float | None
    """True difference from the best that would show in 8 of 10 such corpora, corrected like the tests: median over the rest.
    None where no difference would, whatever its size."""
    least: float | None = None
    """The smallest corrected p that so many extractors on so many sites can have."""


def rank(metric: Metric, tables: Sequence[Floats], spread: Sequence[Spread | None], sites: Sequence[str], seed: int) -> Ranking:
    """Return how extractors rank, nothing where there is one of them, or one site.

    The tests are of page values, also for a value that is pooled: those are what can be paired.

    Args:
        metric: whose first value ranks.
        tables: for each extractor its counts, pages x fields.
        spread: of each, from the same resamples; None where sites cannot be resampled.
        sites: the site of each page.
        seed: of the tests.
    """
    first = metric.values[0]
    higher = first not in metric.lower_is_better
    drawn = [one.draws[first] for one in spread if one is not None]
    values = np.array([metric.pooled(counts)[first][0] for counts in tables])
    if len(tables) < 2 or not drawn or np.isnan(values).all():
        return Ranking([None] * len(tables), frozenset(), None)
    pages = np.stack([metric.per_page(counts)[first] for counts in tables])
    best = int(np.nanargmax(values if higher else -values))
    adjusted = inference.pairwise(pages, sites, best=best, seed=seed)
    pairs = math.comb(len(tables), 2)
    level = LEVEL / pairs
    least = min(1.0, pairs * inference.least_p(len(set(sites)), inference.flips(len(tables))))
    others = [pages[best] - page for place, page in enumerate(pages) if place != best]
    seen = [one for other in others if (one := inference.minimum_detectable(other, sites, alpha=level)) is not None]
    return Ranking(
        ranks=inference.rank_ranges(drawn, higher=higher),
        tied=frozenset(inference.tie_group(values.tolist(), adjusted, higher=higher, alpha=LEVEL)),
        detectable=float(np.median(seen)) if seen and least < LEVEL else None,
        least=least,
    )


def oracle(metric: Metric, tables: Sequence[Floats]) -> tuple[Floats, list[float | None]]:
    """The counts of the best extractor on each page, and how much they would lose in the first value without each.

    The best of several noisy values is flattered: the oracle is what a perfect choice among these outputs would have scored
    here, not what any chooser will.
    """
    first = metric.values[0]
    sign = -1.0 if first in metric.lower_is_better else 1.0
    # A page that a value is undefined on goes to whichever; all have it undefined.
    values = np.nan_to_num(sign * np.stack([metric.per_page(counts)[first] for counts in tables]), nan=-math.inf)
    stacked = np.stack(tables)

    def best_of(places: Sequence[int]) -> Floats:
        chosen: Floats = stacked[np.array(places)[values[places].argmax(axis=0)], np.arange(values.shape[1])]
        return chosen

    everyone = range(len(tables))
    whole = best_of(everyone)
    value = metric.pooled(whole)[first][0]
    without = [metric.pooled(best_of([one for one in everyone if one != place]))[first][0] for place in everyone]
    return whole, [None if math.isnan(sign * (value - left)) else float(sign * (value - left)) for left in without]
