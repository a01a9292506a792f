"""leaks: what an output holds that the gold does not account for, by the region of the page that it comes from.

`leaked` is the share of all output tokens that leaked (1 - micro precision of `kept` where no block is optional). Then for each
region (see `bench.regions`) its share of the leaked tokens; `repeated` is what the page holds, but not once more: main text or
boilerplate said again, or out of its order; `absent` what the page does not hold as visible text. `REGION_rate` is the share
of that region's boilerplate that leaked. Tokens are leaked as `kept` counts them and located as `bench.attribution` tells.

Aggregation: pooled, sums over sums, so long pages weigh more. A breakdown, which ranks nobody; less is better throughout.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from bench.alignment import Case
from bench.attribution import ABSENT, REPEATED, Fate, attribute
from bench.metric import Floats, Metric, Ratios
from bench.regions import REGIONS
from bench.text import NORMALISATION, TOKENISER

_PLACES = (*REGIONS, "repeated", "absent")


def _counts(case: Case) -> tuple[float, ...]:
    found = case.once(attribute)
    page = case.gold.page
    leaked = Counter(page.labels("region", found.leaked[found.leaked >= 0]))
    leaked["repeated"], leaked["absent"] = int((found.leaked == REPEATED).sum()), int((found.leaked == ABSENT).sum())
    boilerplate = Counter(page.labels("region", np.flatnonzero(found.fates <= Fate.LEAKED)))
    return (
        len(case.tokens), len(found.leaked), *(leaked[place] for place in _PLACES), *(boilerplate[region] for region in REGIONS)
    )  # fmt: skip


def _ratios(counts: Floats) -> Ratios:
    output, leaked = counts[:, 0], counts[:, 1]
    by_place, boilerplate = counts[:, 2 : 2 + len(_PLACES)].T, counts[:, 2 + len(_PLACES) :].T
    return {
        "leaked": (leaked, output),
        **{place: (part, leaked) for place, part in zip(_PLACES, by_place, strict=True)},
        **{f"{region}_rate": (part, whole) for region, part, whole in zip(REGIONS, by_place, boilerplate, strict=False)},
    }


_VALUES = ("leaked", *_PLACES, *(f"{region}_rate" for region in REGIONS))

METRIC = Metric(
    signature=f"leaks:v2|tok:{TOKENISER}|norm:{NORMALISATION}|optional:yes|regions:v1|agg:pooled",
    fields=("output", "leaked", *(f"leaked {place}" for place in _PLACES), *(f"boilerplate {region}" for region in REGIONS)),
    counts=_counts,
    ratios=_ratios,
    values=_VALUES,
    lower_is_better=frozenset(_VALUES),
    reasons={
        "leaked": "no output",
        **dict.fromkeys(_PLACES, "nothing leaked"),
        **{f"{region}_rate": "no boilerplate in that region" for region in REGIONS},
    },
    ranks=False,
)
