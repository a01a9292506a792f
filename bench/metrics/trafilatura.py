r"""trafilatura: snippets kept and dropped, exactly as the evaluation of adbar/trafilatura counts them.

Source: adbar/trafilatura @e90b0ef, `tests/eval_common.py`, lines 45-47 (white space), 108-116 (a page) and 143-169 (scores).

No tokens: runs of white space in output and snippets become one space, ends are cut off (upstream's `\s+` is what
`str.split` splits at), and a snippet is found where it stands in the output as it is, case and punctuation included.

    TP, FN  keep snippets found, not found    FP, TN  drop snippets found, not found

    precision = TP / (TP + FP)    recall = TP / (TP + FN)    accuracy = (TP + TN) / all    F1 = 2 TP / (2 TP + FP + FN)

Empty cases: an output without text finds nothing, as upstream's None does (FN and TN). A value whose denominator is 0 is 0,
over all pages and on a page of its own alike; values are undefined only where there are no snippets at all. Blank snippets,
with which upstream refuses a set, are left out.
Aggregation: sums over all pages first, then the ratios. Range 0 to 1, more is better. Gold blocks are not looked at.

Known flaws, kept: an output without text earns every TN, so nothing at all has an accuracy of about .5 (`segments` mends
that); three snippets a side see a few percent of a page; order, repeats and whatever stands around a snippet cost nothing.
"""

from __future__ import annotations

import numpy as np

from bench.alignment import Case
from bench.metric import Floats, Metric, Ratios, Values, without_snippets
from bench.model import Gold


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _snippets(gold: Gold) -> tuple[list[str], list[str]]:
    keep, drop = ([spaced for snippet in kind if (spaced := _spaced(snippet))] for kind in (gold.keep, gold.drop))
    return keep, drop


def _counts(case: Case) -> tuple[float, ...]:
    keep, drop = case.gold.once(_snippets)
    output = _spaced(case.output)
    tp = sum(snippet in output for snippet in keep)
    fp = sum(snippet in output for snippet in drop)
    return tp, len(keep) - tp, fp, len(drop) - fp


def _ratios(counts: Floats) -> Ratios:
    tp, fn, fp, tn = counts.T
    return {
        "f1": (2 * tp, 2 * tp + fp + fn),
        "precision": (tp, tp + fp),
        "recall": (tp, tp + fn),
        "accuracy": (tp + tn, tp + fn + fp + tn),
    }


def _derive(values: Values) -> Values:
    there_are_any = ~np.isnan(values["accuracy"])
    return {name: np.where(there_are_any & np.isnan(value), 0.0, value) for name, value in values.items()}


METRIC = Metric(
    signature="trafilatura:v1|tok:none|norm:spaces|optional:ignored|agg:pooled",
    fields=("tp", "fn", "fp", "tn"),
    counts=_counts,
    ratios=_ratios,
    derive=_derive,
    values=("f1", "precision", "recall", "accuracy"),
    excuse=without_snippets,
)
