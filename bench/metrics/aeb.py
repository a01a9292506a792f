r"""aeb: 4-gram shingles, exactly as the article-extraction-benchmark publishes them, quirks included.

Source: scrapinghub/article-extraction-benchmark @4a3bc97, `evaluate.py`, lines 115-201.

Tokens are the matches of `\w+`; case, digits and accents kept. A text of n tokens has max(1, n - 3) shingles of up to
four tokens (so one to three tokens make one short shingle, none makes none). Over the union of both multisets, tp, fp and
fn sum min(p, g), max(0, p - g) and max(0, g - p); then each is divided by their sum, which cancels inside a page.
Page precision is 1 if fp = fn = 0, else 0 if tp = fp = 0, else tp / (tp + fp); recall likewise with fn.

Aggregation: P is the mean of page precision over pages with tp + fp > 0, R that of page recall over pages with tp + fn > 0,
and F1 = 2PR / (P + R) of those two means. Accuracy is the share of pages whose tokens equal the gold's. All gold blocks
count; nothing is optional here.

Known flaws, kept: pages with empty output leave the precision mean; one wrong token in the middle costs four shingles, at
an end one; a run of ideographs is one token; an F1 of means has no page values (those shown per page are a page's own
2PR / (P + R)). Where upstream divides by zero, F1 is 0
here (no overlap at all) or precision and F1 are undefined (all outputs empty).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.alignment import Case, GoldTokens
from bench.metric import Floats, Metric, Ratios, Values, divide, harmonic
from bench.model import Gold
from bench.shingles import Shingles
from bench.words import Numbers, Vocabulary

_LENGTH = 4


def _of_gold(gold: Gold) -> tuple[Vocabulary, Shingles]:
    vocabulary = Vocabulary(gold.text)
    return vocabulary, Shingles(vocabulary.own, _LENGTH)


def _of_all(gold: GoldTokens, outputs: Sequence[str]) -> list[tuple[float, ...]]:
    vocabulary, shingles = gold.once(_of_gold)
    words, theirs = vocabulary.numbers(outputs), vocabulary.own
    found: list[tuple[float, ...]] = []
    for ours, shared in zip(words.parts(), shingles.overlaps(*words), strict=True):
        same = len(ours) == len(theirs) and np.array_equal(ours, theirs)
        # Fewer tokens than that make one short shingle, which only its like equals.
        both = shared if len(ours) >= _LENGTH else int(same and len(ours) > 0)
        found.append((both, _many(ours) - both, _many(theirs) - both, float(same)))
    return found


def _counts(case: Case) -> tuple[float, ...]:
    return case.of_all(_of_all)


def _many(numbers: Numbers) -> int:
    return max(1, len(numbers) - _LENGTH + 1) if len(numbers) else 0


def _ratios(counts: Floats) -> Ratios:
    tp, fp, fn, same = counts.T
    exact = (fp == 0) & (fn == 0)
    precision = np.where(exact, 1.0, np.nan_to_num(divide(tp, tp + fp)))
    recall = np.where(exact, 1.0, np.nan_to_num(divide(tp, tp + fn)))
    answered = (tp + fp > 0).astype(float)
    asked = (tp + fn > 0).astype(float)
    return {
        "precision": (precision * answered, answered),
        "recall": (recall * asked, asked),
        "accuracy": (same, np.ones(len(counts))),
    }


def _derive(values: Values) -> Values:
    return {"f1": harmonic(values["precision"], values["recall"]), **values}


METRIC = Metric(
    signature="aeb:v1|tok:w+|norm:none|shingle:4|optional:counted|agg:f1-of-means",
    fields=("tp", "fp", "fn", "same"),
    counts=_counts,
    ratios=_ratios,
    derive=_derive,
    values=("f1", "precision", "recall", "accuracy"),
)
