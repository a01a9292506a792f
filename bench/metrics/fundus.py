r"""fundus: ROUGE-LSum, paragraph match and word error rate, as the Fundus evaluation publishes them, quirks included.

Source: dobbersc/fundus-evaluation @d43db54, `src/fundus_evaluation/scorers.py`, `utils.py` and `entry_points/score.py`; its
`scrapers.py` for what a paragraph of an output is. Dallabetta et al., ACL 2024 (demonstrations).

Gold paragraphs are the non-blank lines of the gold's blocks, as they stand; output paragraphs are the non-blank lines of the
output, white space folded, as the source does with every tool's output. Paragraphs are joined by a blank line where a
whole text is needed. The source's stored extractions, joined so, come back as the same paragraphs.

Optional blocks: each value is the best over gold texts that differ in which of them they hold. With up to four optional
blocks all combinations are tried, with more only all and none. Of equal ones the first counts, in the order: all of
them, then with one left out, from the front, then with two, and so on. ROUGE-LSum and paragraph match take precision and
recall of the text with the best F1, word error rate the lowest; the texts may differ from value to value.

`f1`, `precision`, `recall`: ROUGE-LSum over English sentences (`bench.rouge`); tokens are the matches of `[a-z0-9]+` in the
lower-cased text. P = hits / |output|, R = hits / |gold|, 0 where either side has no token.

`paragraph_*`: the multisets of paragraphs compared, whole paragraphs equal to the letter. P = tp / (tp + fp), undefined where
the output is empty; R = tp / (tp + fn), undefined where the gold is; F1 undefined where nothing matches.

`wer`: jiwer's word error rate, edits / |gold| with edits the Levenshtein distance of the words. Words are what single spaces
separate after runs of two or more white-space characters have become one space. Undefined where the gold has no words (jiwer
3.0.3 raises; an empty combination is passed over). Lower is better; exceeds 1 where the output is much longer than the gold.

Aggregation: mean over the pages where the value is defined. Otherwise the range is 0 to 1, and more is better.

Known flaws, kept: text in other than Latin letters has no token and scores 0 in ROUGE-LSum, letters with accents split words;
precision and recall belong to the best text for that output, so they are not comparable between extractors; a page without
a matching paragraph leaves the mean of paragraph F1 rather than counting 0; a gold paragraph with white space other than
single spaces can match no output.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, combinations
from typing import NamedTuple

import numpy as np

from bench.alignment import Case, overlap
from bench.metric import Floats, Metric, Ratios, divide, harmonic
from bench.model import Gold
from bench.rouge import PUNKT, Overlap, Summary, sentences

MAX_OPTIONAL = 4
"""Optional blocks beyond which only all and none are tried: the source's default, with which its scores were made."""

_TOKENS = re.compile(r"[a-z0-9]+")
_SPACES = re.compile(r"\s\s+")


class _Reference(NamedTuple):
    """One of the texts that a gold allows."""

    sentences: list[tuple[str, ...]]
    paragraphs: Counter[str]
    words: list[str]


class _Matched(NamedTuple):
    tp: int
    fp: int
    fn: int


def _split(text: str) -> list[tuple[str, ...]]:
    return [tuple(_TOKENS.findall(sentence.lower())) for sentence in sentences(text)]


def _words(text: str) -> list[str]:
    return [word for word in _SPACES.sub(" ", text).strip().split(" ") if word]


def _left_out(gold: Gold) -> Iterator[tuple[int, ...]]:
    """Yield the numbers of the optional blocks that each allowed text leaves out."""
    optional = [number for number, block in enumerate(gold.blocks) if not block.required]
    if len(optional) > MAX_OPTIONAL:
        return iter([(), tuple(optional)])
    return chain.from_iterable(combinations(optional, size) for size in range(len(optional) + 1))


def _references(gold: Gold) -> list[_Reference]:
    blocks = [[line for line in block.text.split("\n") if line.strip()] for block in gold.blocks]
    found = []
    for left_out in _left_out(gold):
        paragraphs = [line for number, lines in enumerate(blocks) if number not in left_out for line in lines]
        text = "\n\n".join(paragraphs)
        found.append(_Reference(_split(text), Counter(paragraphs), _words(text)))
    return found


def _rouge_f1(counts: Overlap) -> float:
    if not counts.hits:
        return 0.0
    precision, recall = counts.hits / counts.output, counts.hits / counts.gold
    return 2 * precision * recall / (precision + recall)


def _paragraph_f1(counts: _Matched) -> float:
    # Where nothing matches, no combination matches anything, and the first one counts: NaN at the source, less than all here.
    if not counts.tp:
        return -1.0
    precision, recall = counts.tp / (counts.tp + counts.fp), counts.tp / (counts.tp + counts.fn)
    return 2 * precision * recall / (precision + recall)


def _errors(references: list[_Reference], words: list[str]) -> tuple[int, int]:
    """Return edits and words of the gold text with the lowest error rate; 0 and 0 where none has words."""
    from rapidfuzz.distance import Levenshtein

    best = 0, 0
    for reference in references:
        length = len(reference.words)
        if length:
            enough = best[0] * length // best[1] if best[1] else None  # edits beyond which it is no better
            edits = int(Levenshtein.distance(reference.words, words, score_cutoff=enough))
            if not best[1] or edits * best[1] < best[0] * length:
                best = edits, length
    return best


def _counts(case: Case) -> tuple[float, ...]:
    references = case.gold.once(_references)
    paragraphs = [" ".join(line.split()) for line in case.output.split("\n") if line.strip()]
    text = "\n\n".join(paragraphs)
    summary, ours = Summary(_split(text)), Counter(paragraphs)
    rouge = max((summary.overlap(reference.sentences) for reference in references), key=_rouge_f1)
    shared = [(overlap(ours, reference.paragraphs), reference.paragraphs.total()) for reference in references]
    matched = max((_Matched(tp, len(paragraphs) - tp, total - tp) for tp, total in shared), key=_paragraph_f1)
    return *rouge, *matched, *_errors(references, _words(text))


def _ratios(counts: Floats) -> Ratios:
    hits, output, gold, tp, fp, fn, edits, words = counts.T
    one = np.ones(len(counts))
    precision, recall = np.nan_to_num(divide(hits, output)), np.nan_to_num(divide(hits, gold))
    of_output, of_gold = np.nan_to_num(divide(tp, tp + fp)), np.nan_to_num(divide(tp, tp + fn))
    return {
        "f1": (harmonic(precision, recall), one),
        "precision": (precision, one),
        "recall": (recall, one),
        "paragraph_f1": (harmonic(of_output, of_gold), (tp > 0).astype(float)),
        "paragraph_precision": (of_output, (tp + fp > 0).astype(float)),
        "paragraph_recall": (of_gold, (tp + fn > 0).astype(float)),
        "wer": (np.nan_to_num(divide(edits, words)), (words > 0).astype(float)),
    }


METRIC = Metric(
    signature=f"fundus:v1|tok:a-z0-9|norm:lower|sent:nltk3.8.1-en|{PUNKT}|optional:best-of-sets-to-{MAX_OPTIONAL}|agg:macro",
    fields=("hits", "output", "gold", "tp", "fp", "fn", "edits", "words"),
    counts=_counts,
    ratios=_ratios,
    values=("f1", "precision", "recall", "paragraph_f1", "paragraph_precision", "paragraph_recall", "wer"),
    lower_is_better=frozenset({"wer"}),
    unbounded=frozenset({"wer"}),
    reasons={
        "paragraph_f1": "no paragraph of the gold stands in the output to the letter",
        "paragraph_precision": "its output is empty",
        "paragraph_recall": "its gold is empty",
        "wer": "its gold has no words",
    },
    packages=("punkt",),
    extra="published",
)
