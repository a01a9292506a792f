r"""webmainbench: ROUGE-5 on jieba's words and character edit similarity, as WebMainBench publishes them, quirks included.

Source: opendatalab/WebMainBench @9d991bd, `webmainbench/metrics/text_metrics.py`, lines 33-64 (text_edit) and 350-416
(ROUGE-N); the same ROUGE-5 is in opendatalab/MinerU-HTML @73cf266, `eval_baselines/utils.py`, lines 7-37.

ROUGE-5: tokens are `jieba.lcut(text)` of the unstripped text: words of Chinese by dictionary and hidden Markov model, runs
of ASCII letters and digits, and every other character alone, white space too (`\r\n` is one). A text of n tokens has
max(0, n - 4) 5-grams. With o the size of the multisets' intersection, precision = o / max(1, 5-grams of the output), recall
= o / max(1, 5-grams of the gold), F1 their harmonic mean or 0. Both texts blank (nothing but white space): 1, 1, 1.
text_edit: 1 - Levenshtein distance / length of the longer text, in characters, unstripped. Both empty: the page leaves the
mean.

Gold is the corpus's Markdown where it has one, as upstream's is, else the text of all blocks; nothing is optional here.
Outputs are taken as stored. MinerU-HTML's evaluation passes output and gold HTML through html2text first; this does not.

Aggregation: macro mean over all pages of each value; F1 is the mean of page F1. Range 0 to 1, more is better. A failed page
scores as empty text here. Upstream gives it no value at all, so that there crashing raises every mean.

Known flaws, kept: identical texts of fewer than five tokens score 0; white space tokens make line breaks count; outside
Chinese and ASCII every letter is a token of its own (é, Cyrillic, kana); boilerplate that holds gold phrases earns credit;
text_edit rewards a short wrong answer over a long one. Upstream means text_edit to leave out code, tables and formulas, but
takes the whole text, as here. jieba's dictionary moves the scores, so the signature names its version.

Speed: words are found by one regular expression where no Chinese and no ASCII word of the dictionary (C++, AT&T) stands, 0.6
ms against jieba's 22 on a page of 17,000 characters; elsewhere by jieba's algorithm on jieba's tables, but in linear time
(40,000 Chinese characters of no known word: 0.2 s against 4.1, where jieba is quadratic). Tests hold both equal to jieba.
Its dictionary is read only for texts that need it (0.5 s once), and no cache of it is left in the temporary folder, from
where jieba would load whatever somebody else put there. Levenshtein is exact at any length: two unrelated texts of 200,000
characters take 1 s, of a million 27 s; a million that differ in 503 characters 0.03 s.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from itertools import repeat
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.alignment import Case
from bench.metric import Floats, Metric, Ratios, divide, harmonic
from bench.model import Gold
from bench.shingles import Shingles

_HAN = "\u4e00-\u9fd5"
_BLOCK = re.compile(rf"([{_HAN}a-zA-Z0-9+#&._%-]+)")
_HAN_RUN = re.compile(rf"([{_HAN}]+)")
_PLAIN = re.compile(r"[a-zA-Z0-9]+(?:\.[0-9]+)?%?|[+#&._%-]+|\r\n|.", re.DOTALL)

# The states of a character: begin, middle or end of a word, or single. Each with those that may come before it.
_BEFORE = {"B": "ES", "M": "MB", "S": "SE", "E": "BM"}
_IMPOSSIBLE = -3.14e100  # the logarithm of a probability that the tables lack

_LENGTH = 5


def _jieba() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes and pkg_resources, on newer Pythons
        import jieba

        return jieba


@cache
def _dictionary_needed() -> re.Pattern[str]:
    """What a block must hold for the dictionary to matter: Chinese, or one of the few words of it in ASCII."""
    with _jieba().get_dict_file() as lines:
        words = re.findall(rb"(?m)^([!-~]{2,}) ", lines.read())
    return re.compile("|".join([f"[{_HAN}]", *(re.escape(word.decode()) for word in words)]))


@cache
def _frequencies() -> tuple[Mapping[str, int], float]:
    """Return how often each word is used (0 for what only begins one) and the logarithm of the sum."""
    tokenizer = _jieba().Tokenizer()
    frequencies, total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    return frequencies, log(total)


def words(text: str) -> list[str]:
    """Return what `jieba.lcut(text)` returns."""
    needed = _dictionary_needed()
    if not needed.search(text):
        return _PLAIN.findall(text)
    found: list[str] = []
    for number, part in enumerate(_BLOCK.split(text)):
        if number % 2 and needed.search(part):
            found += _segment(part)
        else:
            found += _PLAIN.findall(part)
    return found


def _segment(block: str) -> Iterator[str]:
    """Yield the words of the block's likeliest reading; runs of single characters are read once more by the model."""
    frequencies, log_total = _frequencies()
    ends = _likeliest_ends(block, frequencies, log_total)
    start = single = 0  # block[single:start] are single characters not yet yielded
    while start < len(block):
        end = ends[start]
        if end - start > 1:
            yield from _singles(block[single:start], frequencies)
            yield block[start:end]
            single = end
        start = end
    yield from _singles(block[single:], frequencies)


def _likeliest_ends(block: str, frequencies: Mapping[str, int], log_total: float) -> list[int]:
    """Return for each character where the word that begins there ends, in the likeliest reading from there on."""
    scores, ends = [0.0] * (len(block) + 1), [0] * len(block)
    for start in range(len(block) - 1, -1, -1):
        best, best_end = 0.0, 0
        end = start + 1
        while (frequency := frequencies.get(block[start:end])) is not None:
            if frequency:
                score = log(frequency) - log_total + scores[end]
                if not best_end or score >= best:  # the longer word where two are as likely
                    best, best_end = score, end
            end += 1
            if end > len(block):
                break
        if not best_end:
            best, best_end = log(1) - log_total + scores[start + 1], start + 1
        scores[start], ends[start] = best, best_end
    return ends


def _singles(characters: str, frequencies: Mapping[str, int]) -> Iterator[str]:
    if len(characters) < 2 or frequencies.get(characters):
        yield from characters
        return
    for number, part in enumerate(_HAN_RUN.split(characters)):
        if number % 2:
            yield from _unknown_words(part)
        else:
            yield from _PLAIN.findall(part)


def _unknown_words(run: str) -> Iterator[str]:
    """Yield the words of a run of Chinese characters that are in no dictionary, by the likeliest states (Viterbi)."""
    model = _jieba().finalseg
    emit, between = model.emit_P, model.trans_P
    scores = {state: model.start_P[state] + emit[state].get(run[0], _IMPOSSIBLE) for state in _BEFORE}
    came_from: list[dict[str, str]] = []
    for character in run[1:]:
        likeliest = {}
        for state, before in _BEFORE.items():
            here = emit[state].get(character, _IMPOSSIBLE)
            likeliest[state] = max((scores[one] + between[one].get(state, _IMPOSSIBLE) + here, one) for one in before)
        scores = {state: score for state, (score, _) in likeliest.items()}
        came_from.append({state: one for state, (_, one) in likeliest.items()})
    state = max("ES", key=lambda last: (scores[last], last))
    ends = []  # from the last word to the first
    for position in range(len(run), 0, -1):
        if state in "ES":
            ends.append(position)
        if position > 1:
            state = came_from[position - 2][state]
    start = 0
    for end in reversed(ends):
        yield run[start:end]
        start = end


def _text_of(gold: Gold) -> str:
    return gold.text if gold.markdown is None else gold.markdown


def _numbered(tokens: list[str], number_of: dict[str, int]) -> NDArray[np.int64]:
    """The tokens as numbers, 0 for one that has none."""
    return np.fromiter(map(number_of.get, tokens, repeat(0)), np.int64, len(tokens))


def _of_gold(gold: Gold) -> tuple[str, dict[str, int], Shingles]:
    text = _text_of(gold)
    tokens = words(text)
    number_of = {token: number for number, token in enumerate(dict.fromkeys(tokens), start=1)}
    return text, number_of, Shingles(_numbered(tokens, number_of), _LENGTH)


def _counts(case: Case) -> tuple[float, ...]:
    from rapidfuzz.distance import Levenshtein

    output, (text, number_of, theirs) = case.output, case.gold.once(_of_gold)
    tokens = _numbered(words(output), number_of)
    ours = max(0, len(tokens) - _LENGTH + 1)
    both, many = theirs.overlap(tokens), ours + theirs.total
    blank = not output.strip() and not text.strip()
    # To expect a small distance makes similar texts cheap, and would make unrelated ones dearer.
    expected = 31 if 8 * both > many else None
    distance = Levenshtein.distance(output, text, score_hint=expected)
    return both, ours, theirs.total, float(blank), distance, max(len(output), len(text))


def _ratios(counts: Floats) -> Ratios:
    both, ours, theirs, blank, distance, longest = counts.T
    one = np.ones(len(counts))
    precision = np.where(blank == 1, 1.0, both / np.maximum(ours, 1))
    recall = np.where(blank == 1, 1.0, both / np.maximum(theirs, 1))
    compared = (longest > 0).astype(float)
    return {
        "f1": (harmonic(precision, recall), one),
        "precision": (precision, one),
        "recall": (recall, one),
        "text_edit": ((1 - np.nan_to_num(divide(distance, longest))) * compared, compared),
    }


def _version() -> str:
    try:
        return version("jieba")
    except PackageNotFoundError:
        return "none"


METRIC = Metric(
    signature=f"webmainbench:v1|tok:jieba|jieba:{_version()}|norm:none|shingle:5|gold:markdown|optional:counted|agg:macro",
    fields=("overlap", "output", "gold", "blank", "distance", "longest"),
    counts=_counts,
    ratios=_ratios,
    values=("f1", "precision", "recall", "text_edit"),
    reasons={"text_edit": "gold and output are both empty"},
    packages=("jieba",),
    extra="published",
)
