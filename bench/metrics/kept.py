"""kept: share of the main text kept, and of the output that is main text, in order. Our headline metric.

Tokens of the output are aligned with tokens of the gold by longest common subsequence. With m = LCS(output, required
gold) and T = LCS(output, all gold):

    kept    m               required tokens that the output holds, in order
    lost    |required| - m  required tokens that it lacks
    leaked  |output| - T    output tokens that no gold accounts for

    precision = kept / (kept + leaked)    recall = kept / (kept + lost)    F1 = their harmonic mean

Optional blocks thus neither pay nor cost: their tokens, where kept, are taken out of the output before precision.

Alignment is exact up to a thousand million cells (30,000 tokens on either side); longer texts are aligned from the tokens
that are unique on both sides outwards, see `bench.alignment`.

What it does not see: an optional block that the output moves elsewhere counts as leaked, since alignment keeps order; and
optional words that repeat lost required ones may be credited as those.

Empty cases: nothing to keep and nothing leaked is 1, 1, 1 (nothing was the right answer); nothing to keep but something
leaked is 0, 0, 0; an empty output where there was something to keep is 0, 0, 0. A failed page scores as empty output.
Aggregation: macro mean over all pages, F1 as the mean of page F1. Range 0 to 1, more is better.
"""

from __future__ import annotations

from bench.alignment import Case
from bench.metric import Metric, overlap_ratios
from bench.text import NORMALISATION, TOKENISER


def _counts(case: Case) -> tuple[float, ...]:
    return case.kept, len(case.gold.required) - case.kept, len(case.tokens) - case.explained


METRIC = Metric(
    signature=f"kept:v2|tok:{TOKENISER}|norm:{NORMALISATION}|optional:yes|agg:macro",
    fields=("kept", "lost", "leaked"),
    counts=_counts,
    ratios=overlap_ratios,
    values=("f1", "precision", "recall"),
)
