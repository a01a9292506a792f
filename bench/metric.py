"""What a metric is: counts per page, from which every mean, interval and test follows.

A metric is one file in `bench/metrics` with a `METRIC` in it. Each of its values is a ratio of sums over pages, so a page
contributes one numerator and one denominator per value: a mean over pages has denominator 1 where the page counts and 0
where it does not apply, a pooled value has the sums themselves. Resampling then costs one matrix product.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from bench.alignment import Case
    from bench.model import Gold

Floats = NDArray[np.float64]
Ratios = Mapping[str, tuple[Floats, Floats]]
"""Per value: numerators and denominators, one of each per page (last axis)."""
Values = dict[str, Floats]


def _as_they_are(values: Values) -> Values:
    return values


def without_text(gold: Gold) -> str | None:
    """Why a metric of whole texts does not apply to this gold, None when it does."""
    return "its gold is snippets only" if gold.snippets_only else None


def without_snippets(gold: Gold) -> str | None:
    """Why a metric of snippets does not apply to this gold, None when it does."""
    return None if gold.keep or gold.drop else "its gold has no snippets"


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: how to count a page, and how counts become values.

    Attributes:
        signature: everything that could change a number, `name:v1|tok:...|agg:...`. Stored counts carry it.
        fields: names of the counts of a page.
        counts: from a `Case` (gold, output, page) to as many finite numbers as there are `fields`. Never raises, and is
            asked only of pages that it applies to (`excuse`).
        ratios: from an array of counts, pages x fields, to the ratios of each value.
        derive: from pooled values to all values, for those that are made of others (an F1 of means). Elementwise.
        values: the values it yields, in table order; the first is what tables sort by. All are in 0 to 1, and more is
            better except for those in `lower_is_better`.
        unbounded: values that may exceed 1.
        excuse: from a page's gold to the reason why the metric does not apply to it, None when it does.
        reasons: for values that do not apply to every page (denominator 0), why not.
        ranks: whether its first value tells better extractors from worse; False for a breakdown.
        packages: modules beyond the core that `counts` imports; `extra` is the extra that brings them.
        extra: see `packages`.
    """

    signature: str
    fields: tuple[str, ...]
    counts: Callable[[Case], tuple[float, ...]]
    ratios: Callable[[Floats], Ratios]
    values: tuple[str, ...]
    derive: Callable[[Values], Values] = _as_they_are
    lower_is_better: frozenset[str] = frozenset()
    unbounded: frozenset[str] = frozenset()
    excuse: Callable[[Gold], str | None] = without_text
    reasons: Mapping[str, str] = field(default_factory=dict)
    ranks: bool = True
    packages: tuple[str, ...] = ()
    extra: str = ""

    @property
    def name(self) -> str:
        """The first part of the signature, before its version."""
        return self.signature.split(":", 1)[0]

    @property
    def lacks(self) -> str | None:
        """The one line that helps when a package is not installed, None when all are."""
        absent = [package for package in self.packages if find_spec(package) is None]
        return f"metric {self.name} needs {', '.join(absent)}: pip install 'boilerbench[{self.extra}]'" if absent else None

    def count(self, case: Case) -> tuple[float, ...]:
        """Return the counts of a page, all NaN where the metric does not apply to its gold."""
        if self.excuse(case.gold.gold) is not None:
            return (float("nan"),) * len(self.fields)
        return self.counts(case)

    def parts(self, counts: Floats) -> dict[str, tuple[Floats, Floats]]:
        """Return the numerators and denominators of each ratio page by page, 0 and 0 where a page does not apply."""
        applies = ~np.isnan(counts[:, 0])
        if applies.all():
            return dict(self.ratios(counts))
        whole = {}
        for name, pair in self.ratios(counts[applies]).items():
            top, bottom = np.zeros(len(counts)), np.zeros(len(counts))
            top[applies], bottom[applies] = pair
            whole[name] = (top, bottom)
        return whole

    def per_page(self, counts: Floats) -> Values:
        """Return each value page by page: arrays of the pages' length, NaN where a page does not apply."""
        return self.derive({name: divide(top, bottom) for name, (top, bottom) in self.parts(counts).items()})

    def pooled(self, counts: Floats, weights: Floats | None = None) -> Values:
        """Return each value over all pages.

        Args:
            counts: pages x fields.
            weights: resamples x pages, how often each page was drawn; None for each once.

        Returns:
            For each value an array of the resamples' length (of length 1 without weights), NaN where undefined.
        """
        if weights is None:
            weights = np.ones((1, len(counts)))
        return self.derive(
            {name: divide(weights @ top, weights @ bottom) for name, (top, bottom) in self.parts(counts).items()}
        )


def divide(top: Floats, bottom: Floats) -> Floats:
    """Return top / bottom elementwise, NaN where bottom is 0."""
    quotient: Floats = np.divide(top, bottom, out=np.full(np.broadcast(top, bottom).shape, np.nan), where=bottom != 0)
    return quotient


def harmonic(left: Floats, right: Floats) -> Floats:
    """Return F1 = 2 l r / (l + r) elementwise; 0 where both are 0, NaN where either is NaN."""
    total = left + right
    return np.divide(2 * left * right, total, out=np.where(np.isnan(total), np.nan, 0.0), where=total > 0)


def overlap_ratios(counts: Floats) -> Ratios:
    """Return page precision, recall and F1 from counts (kept, lost, leaked), as means over all pages.

    Nothing to keep and nothing leaked is 1, 1, 1; nothing to keep but something leaked is 0, 0, 0; nothing kept is 0.
    """
    kept, lost, leaked = counts.T
    nothing_to_keep = kept + lost == 0
    of_nothing = np.where(leaked == 0, 1.0, 0.0)
    precision = np.where(nothing_to_keep, of_nothing, np.nan_to_num(divide(kept, kept + leaked)))
    recall = np.where(nothing_to_keep, of_nothing, divide(kept, kept + lost))
    one = np.ones(len(counts))
    return {"f1": (harmonic(precision, recall), one), "precision": (precision, one), "recall": (recall, one)}
