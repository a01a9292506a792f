"""bag: `kept` with order ignored. Where bag is far above kept, an extractor keeps the text but breaks its order.

Output and gold are multisets of tokens. kept = |output & required|, explained = |output & all gold|; the rest, optional
blocks and empty cases included, is as in `kept`. A token counts as often as both sides hold it.
"""

from __future__ import annotations

from collections import Counter

from bench.alignment import Case, overlap
from bench.metric import Metric, overlap_ratios
from bench.text import NORMALISATION, TOKENISER


def _counts(case: Case) -> tuple[float, ...]:
    output = Counter(case.tokens)
    kept = overlap(output, Counter(case.gold.required))
    explained = overlap(output, Counter(case.gold.tokens))
    return kept, len(case.gold.required) - kept, len(case.tokens) - explained


METRIC = Metric(
    signature=f"bag:v1|tok:{TOKENISER}|norm:{NORMALISATION}|optional:yes|agg:macro",
    fields=("kept", "lost", "leaked"),
    counts=_counts,
    ratios=overlap_ratios,
    values=("f1", "precision", "recall"),
)
