r"""wceb: ROUGE-LSum and "Levenshtein", as the comparison of Bevendorff et al. (SIGIR 2023) publishes them, quirks included.

Source: chatnoir-eu/web-content-extraction-benchmark @36be6d9, `src/extraction_benchmark/eval.py`, lines 35-71, and `util.py`,
lines 44-57.

Tokens are what white space separates; case and punctuation kept. For ROUGE-LSum both texts are split into English sentences
first (`bench.rouge` has both rules); hits are the tokens in the union of the sentences' alignments, clipped by counts.
P = hits / |output|, R = hits / |gold|, F1 their harmonic mean, all 0 where either side has no sentence. Then, where the
gold is blank, R is 1 whatever the output, and P and F1 are 1 if the output is blank too, else 0.

`similarity` is what the source calls Levenshtein distance: 1 - d / (|output| + |gold|) over the tokens of the unsplit
texts, d counting insertions and deletions alone, so 2 LCS / (|output| + |gold|). More is better; both empty is 1.

Aggregation: mean over all pages of each value (the source's micro mean; its macro mean averages the means of its eight
sets, its medians are not computed here). Range 0 to 1, more is better. All gold blocks count; nothing is optional here.

Known flaws, kept: English sentence rules serve every language; line breaks end no sentence, so a heading is one with the
paragraph after it; `word,` and `word` differ; text without spaces is one token; hits may join words of several sentences,
so an order mixed up among sentences costs nothing in ROUGE; a blank gold has recall 1 though all output is boilerplate.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bench.alignment import Case, Spelt
from bench.metric import Floats, Metric, Ratios, divide, harmonic
from bench.model import Gold
from bench.rouge import PUNKT, Summary, sentences


class _Reference(NamedTuple):
    sentences: list[tuple[str, ...]]
    words: int
    spelt: Spelt


def _split(text: str) -> list[tuple[str, ...]]:
    return [tuple(sentence.split()) for sentence in sentences(text)]


def _of_gold(gold: Gold) -> _Reference:
    words = gold.text.split()
    return _Reference(_split(gold.text), len(words), Spelt(words))


def _counts(case: Case) -> tuple[float, ...]:
    reference, words = case.gold.once(_of_gold), case.output.split()
    hits, output, gold = Summary(_split(case.output)).overlap(reference.sentences)
    return hits, output, gold, reference.spelt.common(words), len(words), reference.words


def _ratios(counts: Floats) -> Ratios:
    hits, output, gold, common, words, gold_words = counts.T
    one = np.ones(len(counts))
    blank_gold = gold_words == 0
    both_blank = blank_gold & (words == 0)
    precision, recall = np.nan_to_num(divide(hits, output)), np.nan_to_num(divide(hits, gold))
    return {
        "f1": (np.where(both_blank, 1.0, harmonic(precision, recall)), one),
        "precision": (np.where(both_blank, 1.0, precision), one),
        "recall": (np.where(blank_gold, 1.0, recall), one),
        "similarity": (np.where(both_blank, 1.0, divide(2 * common, words + gold_words)), one),
    }


METRIC = Metric(
    signature=f"wceb:v1|tok:ws|norm:none|sent:nltk3.8.1-en|{PUNKT}|optional:counted|agg:macro",
    fields=("hits", "output", "gold", "common", "output_words", "gold_words"),
    counts=_counts,
    ratios=_ratios,
    values=("f1", "precision", "recall", "similarity"),
    packages=("punkt",),
    extra="published",
)
