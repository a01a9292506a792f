"""order: how much of the kept text stands in the gold's order.

Ours. Tokens and normalisation as in `kept`. With kept = LCS(output, required gold) and found = |output & required gold| as
multisets, order = kept / found. It is 1 where the words that the output shares with the gold come in the gold's order, and
falls towards 0 as they are shuffled; nothing else moves it, neither loss nor leak. It says of each page what the distance
between `kept` and `bag` says of recall.

Empty cases: a page whose output shares no word with the required gold does not apply, whatever the reason: nothing kept,
or nothing to keep. A failed page therefore leaves the mean, and an extractor that keeps a single word has perfect order:
read it beside recall. It is a diagnosis and ranks nothing.
Optional blocks do not count: an optional block that was moved costs nothing here.
Aggregation: macro mean over the pages that apply. Range above 0 to 1, more is better.

Known flaw: where an extractor loses a word of the text and leaks the same word elsewhere, the bag finds it and the
alignment need not; a page that loses and leaks much can fall below 1 with its order intact.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from bench.alignment import Case, overlap
from bench.metric import Floats, Metric, Ratios, divide
from bench.text import NORMALISATION, TOKENISER


def _counts(case: Case) -> tuple[float, ...]:
    return case.kept, overlap(Counter(case.tokens), Counter(case.gold.required))


def _ratios(counts: Floats) -> Ratios:
    kept, found = counts.T
    return {"order": (np.nan_to_num(divide(kept, found)), (found > 0).astype(float))}


METRIC = Metric(
    signature=f"order:v1|tok:{TOKENISER}|norm:{NORMALISATION}|optional:yes|agg:macro",
    fields=("kept", "found"),
    counts=_counts,
    ratios=_ratios,
    values=("order",),
    reasons={"order": "the output shares no word with the gold"},
    ranks=False,
)
