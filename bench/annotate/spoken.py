"""The language that a text is in: by its script, and where several share one by their commonest words.

The words are the lists of `justext` (one for each of about 100 Wikipedias). A word counts the less the more lists have it, so
that large lists are no better than small ones.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib import resources
from math import log

from bench.extractors.justext import LISTS_BY_LANGUAGE

_MOST = 5000
"""Words of a text that are looked at."""
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("hy", re.compile("[\u0530-\u058f]")),
    ("ka", re.compile("[\u10a0-\u10ff]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
)
"""Scripts of one language each, tried in this order: Japanese has ideographs, too."""
_FEW = 12
"""Fewer words than this may be of any language that shares their script."""
_ENOUGH = 0.15
"""Share of the words that must be of such a script."""
_CLEAR = 1.15
"""So many times the next best language's score makes one sure."""


def language_of(tokens: Sequence[str]) -> str | None:
    """Return the language of a text as a two-letter subtag, None when it cannot be told.

    Args:
        tokens: its words, as `bench.text.tokenise` gives them.
    """
    words = tokens[:_MOST]
    for language, script in _SCRIPTS:
        if sum(bool(script.match(word)) for word in words) > _ENOUGH * len(words):
            return language
    if len(words) < _FEW:
        return None
    counts = Counter(words)
    lists, weights = _lists()
    scores = {
        language: sum(times * weights[word] for word, times in counts.items() if word in stopwords)
        for language, stopwords in lists.items()
    }
    best, second = sorted(scores, key=lambda language: -scores[language])[:2]
    return best if scores[best] > _CLEAR * scores[second] else None


@cache
def _lists() -> tuple[dict[str, frozenset[str]], dict[str, float]]:
    """Stop words by language, and the weight of each."""
    folder = resources.files("justext") / "stoplists"
    names = {name: language for language, name in reversed(LISTS_BY_LANGUAGE.items()) if len(language) == 2}
    lists = {
        language: frozenset((folder / f"{name}.txt").read_text(encoding="utf-8").casefold().split())
        for name, language in names.items()
        if (folder / f"{name}.txt").is_file()
    }
    times = Counter(word for words in lists.values() for word in words)
    return lists, {word: log(1 + len(lists) / many) for word, many in times.items()}
