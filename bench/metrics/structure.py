r"""structure: share of the gold's headings, list items, tables, code blocks, links and formulas that an output keeps.

For pages whose gold is Markdown or HTML (Markdown where it has both). Gold and output are read by one parser
(`bench.structure`, which says what counts as an element): HTML as HTML, anything else as Markdown. So an output in plain
text scores about 0, save for lines that read as Markdown, such as items after a hyphen: that is the structure it kept. A
table without the line of hyphens under its header is text too, as it is to every reader of Markdown.

Of each kind, elements of the output are paired with those of the gold, in order; a pair earns a credit of at most 1, and

    value = 2 x credit / (elements of the gold + elements of the output)

the F1 of the kind, so that what the output invents costs as much as what it lacks. What a pair earns:

    headings  half for the text, the other half for the level too, after the one shift of all levels of the output that
              is best: an extractor that starts a page at another level keeps its outline
    items     half for the text, the other half for the depth too; numbered or not is all one
    tables    TEDS (`bench.teds`; Zhong et al. 2020), so that rows, cells, spans and texts count; texts are folded (NFKC,
              case, white space, quotes and dashes). The pairing is the one with the largest sum
    code      1 - Levenshtein distance / longer length, in characters, if that is at least .5; case and indentation count
    links     half for the text, the other half for the target too: fragment, else last part of the path with the query,
              else host, since golds and outputs differ in absolute and relative targets
    formulas  1 for the same TeX, white space aside: one other sign is another formula

Texts of headings, items and links must be equal as words (UAX #29 of the normalised text), so
punctuation and emphasis do not matter. Their pairing is the longest common subsequence, where a text and the same text
with its other half are two symbols. Equality is enough: with token F1 of at least .8 instead, trafilatura 2.3.1 on 248 WCXB
pages gains .006 on the texts of items, and less than .001 on those of headings and links.

`mean` is the mean over the kinds that the page's gold has; each kind weighs the same, however many elements it has.
Markdown has no optional marks: every element counts, also where the gold's text has it as optional.

Empty cases: a kind that the gold lacks does not apply, so invented elements of it go unseen; a gold without any element has
no `mean`; an output without the kind scores 0. Aggregation: macro mean over the pages whose gold has the kind. Range 0
to 1, more is better.

Bounds, for hostile texts: 300,000 characters of Markdown or 500,000 of HTML are read; after those that are equal from the
start, 500 tables and 500 code blocks are paired (all are counted); tables beyond 4 million pairs of nodes are paired by
identical rows alone, a lower bound; code beyond 2**35 pairs of characters is compared by lines.

What it does not see: a heading set as bold text; where elements of different kinds stand to each other; a text that is
split into two items. A word more or less loses a heading, item or link whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from bench.alignment import Case, Spelt
from bench.metric import Floats, Metric, Ratios, divide
from bench.model import Gold
from bench.text import NORMALISATION, TOKENISER

if TYPE_CHECKING:
    from bench.structure import Structure
    from bench.teds import Table

Element = TypeVar("Element")
Worth = Callable[[Sequence[Element], Sequence[Element]], Floats]

KINDS = ("headings", "items", "tables", "code", "links", "formulas")
LEAST_ALIKE = 0.5
"""Code blocks less alike than this are different ones."""
MOST_PAIRED = 500
"""Tables and code blocks of either side that are paired, after those that are equal from the start."""
MOST_LETTERS = 2**35
"""Pairs of characters of code that are compared: about a second."""


def _of_gold(gold: Gold) -> Structure:
    from bench.structure import of_html, of_markdown

    return of_html(gold.html or "") if gold.markdown is None else of_markdown(gold.markdown)


def _excuse(gold: Gold) -> str | None:
    return "its gold has neither Markdown nor HTML" if gold.markdown is None and gold.html is None else None


Detailed = Sequence[tuple[str, object]]


def _common(gold: Detailed, output: Detailed) -> float:
    """Return the credit of pairs in order: half for the text, half for text and detail."""
    # Two symbols each. Where a text and its detail are aligned with different elements, both may move to one of these,
    # so their longest common subsequence is the best pairing.
    symbols = [[symbol for text, detail in pairs for symbol in (text, f"{text}\n{detail}")] for pairs in (gold, output)]
    return Spelt(symbols[0]).common(symbols[1]) / 2


def _headings(gold: Structure, output: Structure) -> float:
    levels: dict[str, set[int]] = {}
    for text, level in gold.headings:
        levels.setdefault(text, set()).add(level)
    shifts = {wanted - level for text, level in output.headings for wanted in levels.get(text, ())}
    return max(
        (_common(gold.headings, [(text, level + shift) for text, level in output.headings]) for shift in shifts), default=0.0
    )


def _in_order(gold: Sequence[Element], output: Sequence[Element], worth: Worth[Element]) -> float:
    """Return the largest sum of what pairs in order are worth, each at most 1, that being what equal elements are."""
    same = 0  # equal ones at the start: no pairing without them is better
    for theirs, ours in zip(gold, output, strict=False):
        if theirs != ours:
            break
        same += 1
    left, right = gold[same : same + MOST_PAIRED], output[same : same + MOST_PAIRED]
    return same + (_best_in_order(worth(left, right)) if left and right else 0.0)


def _best_in_order(worth: Floats) -> float:
    """Return the largest sum of entries of a matrix that can be chosen going right and down, one per row and column."""
    best = np.zeros(worth.shape[1] + 1)
    for row in worth:
        np.maximum(best[1:], best[:-1] + row, out=best[1:])
        np.maximum.accumulate(best, out=best)
    return float(best[-1])


def _alike(gold: Sequence[Table], output: Sequence[Table]) -> Floats:
    from bench.teds import similarities

    return similarities(gold, output)


def _alike_code(gold: Sequence[str], output: Sequence[str]) -> Floats:
    from rapidfuzz.distance import Levenshtein
    from rapidfuzz.process import cdist

    theirs: Sequence[Sequence[str]] = gold
    ours: Sequence[Sequence[str]] = output
    if sum(map(len, gold)) * sum(map(len, output)) > MOST_LETTERS:
        theirs, ours = ([block.split("\n") for block in blocks] for blocks in (gold, output))
    alike: Floats = cdist(theirs, ours, scorer=Levenshtein.normalized_similarity, score_cutoff=LEAST_ALIKE, dtype=np.float64)
    return alike


_CREDIT: dict[str, Callable[[Structure, Structure], float]] = {
    "headings": _headings,
    "items": lambda gold, output: _common(gold.items, output.items),
    "tables": lambda gold, output: _in_order(gold.tables, output.tables, _alike),
    "code": lambda gold, output: _in_order(gold.code, output.code, _alike_code),
    "links": lambda gold, output: _common(gold.links, output.links),
    "formulas": lambda gold, output: float(Spelt(gold.formulas).common(output.formulas)),
}


def _counts(case: Case) -> tuple[float, ...]:
    from bench.structure import parse

    gold, output = case.gold.once(_of_gold), parse(case.output)
    counts: list[float] = []
    for kind in KINDS:
        theirs, ours = len(getattr(gold, kind)), len(getattr(output, kind))
        counts += (_CREDIT[kind](gold, output) if theirs and ours else 0.0, theirs, ours)
    return tuple(counts)


def _ratios(counts: Floats) -> Ratios:
    credit, gold, output = (counts[:, start::3] for start in range(3))
    applies = (gold > 0).astype(float)
    values = np.where(gold > 0, np.nan_to_num(divide(2 * credit, gold + output)), 0.0)
    kinds = applies.sum(axis=1)
    ratios = {"mean": (np.nan_to_num(divide(values.sum(axis=1), kinds)), (kinds > 0).astype(float))}
    return ratios | {kind: (values[:, place], applies[:, place]) for place, kind in enumerate(KINDS)}


METRIC = Metric(
    signature=(
        f"structure:v1|tok:{TOKENISER}|norm:{NORMALISATION}|optional:counted|agg:macro"
        f"|markdown-it-py:{version('markdown-it-py')}|lxml:{version('lxml')}"
    ),
    fields=tuple(f"{kind} {what}" for kind in KINDS for what in ("credit", "gold", "output")),
    counts=_counts,
    ratios=_ratios,
    values=("mean", *KINDS),
    excuse=_excuse,
    reasons={
        "mean": "its gold has no heading, item, table, code block, link or formula",
        "headings": "its gold has no heading",
        "items": "its gold has no list item",
        "tables": "its gold has no table",
        "code": "its gold has no code block",
        "links": "its gold has no link",
        "formulas": "its gold has no formula",
    },
)
