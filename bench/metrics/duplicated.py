"""duplicated: share of the output that says again what the page does not repeat.

Both texts are taken in runs of four tokens. The output's are walked in order: where one that the page holds n times (n >= 1)
comes for the n+1st time or later, its four tokens are repeats. With r tokens so marked:

    duplicated = r / |output|

So what the page itself says twice (a headline above and below the picture, a teaser of the text) costs nothing as often as the
page has it, in whichever region; the document's title counts as one time. It needs no gold.

Empty cases: an output without tokens does not apply; one of fewer than four has no run, and repeats nothing. An extractor
that gives little repeats little: this is a diagnosis and ranks nothing.
Aggregation: macro mean over the pages with output. Range 0 to 1, less is better.

What it does not see: repeats shorter than four tokens (a table's unit, a one-word label); repeats of what the page does not
hold word for word (`invented` has those); a part said twice where the page says it twice and the output left out the
other time. Where the page is not at hand, the gold stands for it, and a repeat of boilerplate goes unseen.

What it sees and a reader may not: words of a link's address or of an alternative text that tell a headline or caption again
(with the outputs stored in the article-extraction-benchmark .014 to .082 for the eight tools that print these, at most .0011
for the other 18); and a run made where two parts meet that are apart on the page, which happens now and then where a
character is a token (.005 of a Japanese page).
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from bench.alignment import Case
from bench.metric import Floats, Metric, Ratios, divide
from bench.model import Gold
from bench.page_text import PageText
from bench.text import NORMALISATION, TOKENISER

_RUN = 4


def _runs(tokens: list[str]) -> zip[tuple[str, ...]]:
    return zip(*(tokens[start:] for start in range(_RUN)), strict=False)  # as many as the shortest has


def _of_page(page: PageText) -> Counter[tuple[str, ...]]:
    return Counter(_runs(page.tokens))


def _counts(case: Case) -> tuple[float, ...]:
    page = case.gold.once_of_page(_of_page)
    left = {run: page[run] for run, times in Counter(_runs(case.tokens)).items() if times > page[run] > 0}
    repeats = np.zeros(len(case.tokens), dtype=bool)
    if left:
        for start, run in enumerate(_runs(case.tokens)):
            if run in left:
                left[run] -= 1
                if left[run] < 0:
                    repeats[start : start + _RUN] = True
    return int(repeats.sum()), len(case.tokens)


def _ratios(counts: Floats) -> Ratios:
    repeats, output = counts.T
    return {"duplicated": (np.nan_to_num(divide(repeats, output)), (output > 0).astype(float))}


def _no_excuse(gold: Gold) -> None:  # noqa: ARG001 - it asks nothing of the gold
    return None


METRIC = Metric(
    signature=f"duplicated:v2|tok:{TOKENISER}|norm:{NORMALISATION}|run:{_RUN}|optional:none|agg:macro",
    fields=("repeats", "output"),
    counts=_counts,
    ratios=_ratios,
    values=("duplicated",),
    lower_is_better=frozenset({"duplicated"}),
    excuse=_no_excuse,
    reasons={"duplicated": "no output"},
    ranks=False,
)
