"""invented: share of the output that the page does not hold, neither to be seen nor hidden in it.

A token is looked for in the page's visible text, with inline elements read joined and apart (`W<b>ord</b>` holds word, w and
ord); then where no reader sees it: in attributes, scripts, styles and embedded data, with their escapes read.

    invented = tokens found in neither / |output|    unseen = tokens found only where no reader sees them / |output|

A generated text invents; so does a text whose words ran together where an element ended (`said.The`), were cut to fit a line,
or were decoded wrongly. Marks of a conversion may count: numbers of links or list items that the page does not write,
bullets that are letters, `_emphasis_` where underscores cling to a word, escaped or printed markup. `unseen` has addresses of
links, alternative texts, data meant for scripts. It needs no gold.

With the outputs stored in the article-extraction-benchmark (181 pages) `invented` is at most .0005 for 10 of 26 tools
(trafilatura .0004, goose3 .0005, justext .0005, readability .0000, html-text .0000) and `unseen` .0002. What is left there is
words run together. Above .005 it is words run together (readable_readability .021, llm_readability .021, readability_rs .020,
go_readability_fork .007), numbers of links (html2text_rs .080, readabilityrs .008, dom_smoothie .006), cut words (august
.013), underscores (.005 of html2text's .007) and printed markup (html2md_rs .066, mdka .026, fast_html2md .005). `unseen` is
.05 to .53 where addresses or markup are printed.

Empty cases: an output without tokens does not apply. An extractor that fails invents nothing: this is a diagnosis and ranks
nothing.
Aggregation: macro mean over the pages with output. Range 0 to 1, less is better.

What it does not see: words that the page holds elsewhere, another order, a number that stands somewhere among the scripts;
so it is a lower bound. Where the page is not at hand, the gold stands for it, and what leaked counts as invented.
"""

from __future__ import annotations

import numpy as np

from bench.alignment import Case
from bench.metric import Floats, Metric, Ratios, divide
from bench.model import Gold
from bench.text import NORMALISATION, TOKENISER


def _counts(case: Case) -> tuple[float, ...]:
    page = case.gold.page
    strange = [token for token in case.tokens if token not in page.vocabulary]
    # What is unseen is costly to read (a page's scripts outweigh its text), so only where something is not to be seen.
    invented = sum(token not in page.unseen for token in strange)
    return invented, len(strange) - invented, len(case.tokens)


def _ratios(counts: Floats) -> Ratios:
    invented, unseen, output = counts.T
    answered = (output > 0).astype(float)
    return {
        "invented": (np.nan_to_num(divide(invented, output)), answered),
        "unseen": (np.nan_to_num(divide(unseen, output)), answered),
    }


def _no_excuse(gold: Gold) -> None:  # noqa: ARG001 - it asks nothing of the gold
    return None


_VALUES = ("invented", "unseen")

METRIC = Metric(
    signature=f"invented:v2|tok:{TOKENISER}|norm:{NORMALISATION}|optional:none|agg:macro",
    fields=("invented", "unseen", "output"),
    counts=_counts,
    ratios=_ratios,
    values=_VALUES,
    lower_is_better=frozenset(_VALUES),
    excuse=_no_excuse,
    reasons=dict.fromkeys(_VALUES, "no output"),
    ranks=False,
)
