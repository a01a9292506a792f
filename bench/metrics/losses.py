"""losses: what of the required gold an output lacks, by the kind of element that holds it on the page.

`lost` is the share of all required tokens that were lost (1 - micro recall of `kept`). Then for each kind of element (see
`bench.regions`) its share of the lost tokens; `absent` are gold words that the page does not hold as visible text, which no
extractor can keep from it. `KIND_rate` is the share of that kind's required tokens that was lost. Tokens are lost as
`kept` counts them and located as `bench.attribution` tells.

Aggregation: pooled, sums over sums, so long pages weigh more. A breakdown, which ranks nobody; less is better throughout.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from bench.alignment import Case
from bench.attribution import Fate, attribute
from bench.metric import Floats, Metric, Ratios
from bench.regions import KINDS
from bench.text import NORMALISATION, TOKENISER

_PLACES = (*KINDS, "absent")


def _counts(case: Case) -> tuple[float, ...]:
    found = case.once(attribute)
    page = case.gold.page
    lost = Counter(page.labels("element", np.flatnonzero(found.fates == Fate.LOST)))
    kept = Counter(page.labels("element", np.flatnonzero(found.fates == Fate.KEPT)))
    lost["absent"], kept["absent"] = found.off_page_lost, found.off_page_kept
    return (*(lost[place] for place in _PLACES), *(lost[place] + kept[place] for place in _PLACES))


def _ratios(counts: Floats) -> Ratios:
    lost, required = counts[:, : len(_PLACES)], counts[:, len(_PLACES) :]
    return {
        "lost": (lost.sum(axis=1), required.sum(axis=1)),
        **{place: (lost[:, number], lost.sum(axis=1)) for number, place in enumerate(_PLACES)},
        **{f"{place}_rate": (lost[:, number], required[:, number]) for number, place in enumerate(_PLACES)},
    }


_VALUES = ("lost", *_PLACES, *(f"{place}_rate" for place in _PLACES))

METRIC = Metric(
    signature=f"losses:v2|tok:{TOKENISER}|norm:{NORMALISATION}|optional:yes|elements:v1|agg:pooled",
    fields=(*(f"lost {place}" for place in _PLACES), *(f"required {place}" for place in _PLACES)),
    counts=_counts,
    ratios=_ratios,
    values=_VALUES,
    lower_is_better=frozenset(_VALUES),
    reasons={
        "lost": "nothing is required",
        **dict.fromkeys(_PLACES, "nothing lost"),
        **{f"{place}_rate": "nothing required of that kind" for place in _PLACES},
    },
    ranks=False,
)
