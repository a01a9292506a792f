"""boundaries: whether paragraphs, headings, list items and rows stay apart, and lines stay whole.

Tokens of the output are aligned with all tokens of the gold, as for `kept`. Two neighbours in the gold that are both in the
output are judged: there is a boundary between them where they belong to different blocks, none where they stand on one
line of a block. The output breaks between them where it has a line break anywhere from the one to the other.

    precision = boundaries broken / all breaks at judged pairs    recall = boundaries broken / boundaries    F1 of the two

One line break is as good as a blank line, whatever marks stand beside it. A line break is what Unicode calls one: LF, CR, VT,
FF, NEL, LINE SEPARATOR, PARAGRAPH SEPARATOR; no word runs across those, so the tokens of the lines are those of the text.
Line breaks within a gold block (code, verse) are judged neither way. What leaked between two neighbours does not matter, nor
what was lost: a boundary of which a side is missing is not judged, so this tells nothing of how much was kept.

Empty cases: a page of whose boundaries none can be judged does not apply (no output, a gold of one block, too little of it
kept). An output that breaks at no judged pair is 0, 0, 0 there. It is a diagnosis and ranks nothing: read it beside `kept`.
Aggregation: macro mean over the pages that apply, F1 as the mean of page F1. Optional blocks count like any others. Range 0 to
1, more is better.

What it does not see: levels (a heading made a paragraph, a list flattened into lines of its own); breaks in what leaked. A gold
that joins on one line what the page sets apart (cells of a table's row, lines of an address) calls an output that breaks
there wrong. So is one wrapped at a fixed width, which many a reader of Markdown would join again: on the pages of the
article-extraction-benchmark html2text's stored outputs have a precision of .32 (trafilatura's .98, html-text's 1.00).
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from bench.alignment import Case
from bench.metric import Floats, Metric, Ratios, divide, harmonic
from bench.model import Gold
from bench.text import NORMALISATION, TOKENISER, tokenise

_BREAK = re.compile("[\n\r\v\f\x85\u2028\u2029]+")


def _line_of(text: str) -> NDArray[np.int64]:
    """Return for each token of a text the number of the line that it stands on."""
    lines = _BREAK.split(text)
    return np.repeat(np.arange(len(lines)), [len(tokenise(line)) for line in lines])


def _of_gold(gold: Gold) -> NDArray[np.int64]:
    """For each gold token the number of its line within its block."""
    return np.concatenate([np.zeros(0, dtype=np.int64), *(_line_of(block.text) for block in gold.blocks)])


def _counts(case: Case) -> tuple[float, ...]:
    gold = case.gold
    ours, theirs = _line_of(case.output), gold.once(_of_gold)
    matched = np.flatnonzero(case.in_gold >= 0)
    partners = case.in_gold[matched]
    judged = np.flatnonzero(np.diff(partners) == 1)
    before = partners[judged]
    boundary = gold.block_of[before] != gold.block_of[before + 1]
    whole = ~boundary & (theirs[before] == theirs[before + 1])
    broken = ours[matched[judged]] != ours[matched[judged + 1]]
    return int((boundary & broken).sum()), int(boundary.sum()), int((whole & broken).sum())


def _ratios(counts: Floats) -> Ratios:
    kept, boundaries, wrong = counts.T
    applies = (boundaries > 0).astype(float)
    precision, recall = np.nan_to_num(divide(kept, kept + wrong)), np.nan_to_num(divide(kept, boundaries))
    return {
        "f1": (harmonic(precision, recall) * applies, applies),
        "precision": (precision * applies, applies),
        "recall": (recall, applies),
    }


_VALUES = ("f1", "precision", "recall")

METRIC = Metric(
    signature=f"boundaries:v1|tok:{TOKENISER}|norm:{NORMALISATION}|optional:counted|agg:macro",
    fields=("kept", "boundaries", "wrong"),
    counts=_counts,
    ratios=_ratios,
    values=_VALUES,
    reasons=dict.fromkeys(_VALUES, "no two blocks that follow each other are in the output"),
    ranks=False,
)
