"""The intervals of all values of several extractors, from the same resampled sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bench import inference, stats
from bench.metric import Floats, Metric, Values

KINDS = ("expanded-percentile", "bca")
"""Kinds of interval: `stats.interval` and `inference.bca`. Few sites are the former's strength, skewed values the latter's."""


@dataclass(frozen=True, slots=True)
class Resampling:
    """How intervals are made."""

    resamples: int = stats.RESAMPLES
    seed: int = stats.SEED
    kind: str = KINDS[0]

    @property
    def signature(self) -> str:
        """The part of a signature that says so, but for the seed."""
        return f"boot:{self.resamples}|interval:{self.kind}|cluster:site"


USUAL = Resampling()
"""What is done unless another is asked for."""


class Spread(NamedTuple):
    """What resampling makes of an extractor's values."""

    draws: Values
    """Each value in every resample."""
    ends: Mapping[str, tuple[float, float] | None]
    """The 95 % interval of each value, None where it is undefined in most resamples, or where the kind says nothing."""


def spreads(metric: Metric, tables: Sequence[Floats], sites: Sequence[str], how: Resampling) -> list[Spread | None]:
    """Return the spread of each extractor's values; None for each where there is one site, which says nothing of others.

    Args:
        metric: what to compute.
        tables: for each extractor its counts, pages x fields.
        sites: the site of each page.
        how: kind of interval, resamples and seed.
    """
    count = len(set(sites))
    if count < 2:
        return [None] * len(tables)
    drawn = stats.bootstrap(metric, tables, sites, resamples=how.resamples, seed=how.seed)
    if how.kind == "bca":
        left_out = stats.without_each(metric, tables, sites)
        estimates = [metric.pooled(counts) for counts in tables]
        return [
            Spread(one, {name: inference.bca(one[name], float(whole[name][0]), left[name]) for name in metric.values})
            for one, whole, left in zip(drawn, estimates, left_out, strict=True)
        ]
    return [Spread(one, {name: stats.interval(one[name], count) for name in metric.values}) for one in drawn]
