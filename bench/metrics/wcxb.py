r"""wcxb: word F1 and snippet rates, exactly as the Web Content Extraction Benchmark publishes them, quirks included.

Source: Murrough-Foley/web-content-extraction-benchmark @c039d5e, `evaluate.py`, lines 28-62 and 127-133.

Tokens are the matches of `\w+` in the lower-cased text. A page's overlap is the size of the multisets' intersection;
P = overlap / |output|, R = overlap / |gold|, F1 their harmonic mean or 0. Empty gold: 1, 1, 1 if the output is empty too,
else 0, 0, 0; empty output otherwise 0, 0, 0. All gold blocks count; nothing is optional here.

`with` is the share of keep snippets whose lower-cased text is in the lower-cased output, `without` the share of drop
snippets that are (lower is better), both without any folding of white space.

Aggregation: macro mean over all pages of each value; F1 is the mean of page F1.

Known flaws, kept: order is ignored and repeats are half ignored; boilerplate words earn credit, so the whole page scores
about .69; an empty list of snippets counts 1, also for `without`, where 1 is the worst; a run of ideographs is one token.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.alignment import Case, GoldTokens
from bench.metric import Floats, Metric, Ratios, divide, harmonic
from bench.model import Gold
from bench.words import Vocabulary


def _found(snippets: tuple[str, ...], lowered: str) -> float:
    if not snippets:
        return 1.0
    return sum(snippet.lower() in lowered for snippet in snippets) / len(snippets)


def _vocabulary_of(gold: Gold) -> Vocabulary:
    return Vocabulary(gold.text.lower())


def _of_all(gold: GoldTokens, outputs: Sequence[str]) -> list[tuple[float, ...]]:
    vocabulary, snippets = gold.once(_vocabulary_of), gold.gold
    theirs = np.bincount(vocabulary.own, minlength=1)  # which has no 0
    lowered = [output.lower() for output in outputs]
    found: list[tuple[float, ...]] = []
    for ours, output in zip(vocabulary.numbers(lowered).parts(), lowered, strict=True):
        both = np.minimum(np.bincount(ours, minlength=len(theirs)), theirs)
        kept, leaked = _found(snippets.keep, output), _found(snippets.drop, output)
        found.append((int(both.sum()), len(ours), len(vocabulary.own), kept, leaked))
    return found


def _counts(case: Case) -> tuple[float, ...]:
    return case.of_all(_of_all)


def _ratios(counts: Floats) -> Ratios:
    both, ours, theirs, kept, leaked = counts.T
    one = np.ones(len(counts))
    both_empty = ((ours == 0) & (theirs == 0)).astype(float)
    precision = np.where(theirs == 0, both_empty, np.nan_to_num(divide(both, ours)))
    recall = np.where(theirs == 0, both_empty, np.nan_to_num(divide(both, theirs)))
    return {
        "f1": (harmonic(precision, recall), one),
        "precision": (precision, one),
        "recall": (recall, one),
        "with": (kept, one),
        "without": (leaked, one),
    }


METRIC = Metric(
    signature="wcxb:v1|tok:w+|norm:lower|optional:counted|agg:macro",
    fields=("overlap", "output", "gold", "with", "without"),
    counts=_counts,
    ratios=_ratios,
    values=("f1", "precision", "recall", "with", "without"),
    lower_is_better=frozenset({"without"}),
)
