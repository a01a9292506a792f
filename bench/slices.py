"""Parts of a corpus: its pages by a field that the corpus tells, or by what their gold and their boilerplate come to.

Difficulty is the share of boilerplate among a page's words of boilerplate and required gold: what an extractor that keeps
everything gets wrong. Length is that of the required gold in words. Both come from counts of the metrics `kept` and `leaks`
for an empty output, which are stored like any others.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bench import plugins
from bench.errors import UsageError
from bench.score import score

if TYPE_CHECKING:
    from bench.corpus import Corpus
    from bench.metric import Floats, Metric
    from bench.store import Store

Members = list[tuple[str, NDArray[np.intp]]]

TOLD = ("kind", "language", "site", "split", "tag")
"""Fields that the corpus tells of a page."""
FIELDS = (*TOLD, "length", "difficulty")
"""What pages can be sliced by."""
NONE = "(none)"
"""The pages of which the field is not told."""

_LENGTHS = ((0, "no words"), (1, "1-99 words"), (100, "100-299 words"), (300, "300-999 words"), (1000, "1000-2999 words"),
            (3000, "3000 words and more"))  # fmt: skip
_SHARES = ((0.0, "under 20 %"), (0.2, "20-39 %"), (0.4, "40-59 %"), (0.6, "60-79 %"), (0.8, "80 % and more"))


def members(corpus: Corpus, by: str, *, store: Store) -> Members:
    """Return the slices of a corpus: their names and the numbers of their pages.

    A page stands in one slice, but in as many as it has tags. Slices of told fields come with the largest first, those of
    `length` and `difficulty` in their order; none is empty.

    Args:
        corpus: the pages; `store.want` must have been told of them.
        by: one of `FIELDS`.
        store: takes the counts that `length` and `difficulty` need; open for writing then.

    Raises:
        UsageError: there is no such field; says which there are.
    """
    if by not in FIELDS:
        raise UsageError(f"cannot slice by {by!r}; there are: {', '.join(FIELDS)}")
    if by == "length":
        return _binned(_required(corpus, store), _LENGTHS, "no text of gold")
    if by == "difficulty":
        return _binned(_difficulty(corpus, store), _SHARES, "no words")
    found: dict[str, list[int]] = {}
    for number, facts in enumerate(corpus.facts):
        for name in facts.tags or (NONE,) if by == "tag" else (getattr(facts, by) or NONE,):
            found.setdefault(name, []).append(number)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return [(name, np.array(numbers, dtype=np.intp)) for name, numbers in ordered]


def _binned(values: Floats, bins: Sequence[tuple[float, str]], undefined: str) -> Members:
    starts = [start for start, _ in bins]
    names = [undefined if np.isnan(value) else bins[bisect_right(starts, value) - 1][1] for value in values.tolist()]
    of_page = np.array(names)
    return [(name, np.flatnonzero(of_page == name)) for name in (*(name for _, name in bins), undefined) if name in names]


def _of_nothing(corpus: Corpus, store: Store, name: str) -> tuple[Metric, Floats]:
    """The counts of an empty output on every page: those of an extractor without a cell."""
    metric: Metric = plugins.load("metrics", name).METRIC
    score(corpus, [], [metric], store)
    return metric, store.counts(b"", metric.signature, len(metric.fields))


def _required(corpus: Corpus, store: Store) -> Floats:
    """Words of required gold by page, NaN where there is no text of gold."""
    metric, counts = _of_nothing(corpus, store, "kept")
    words: Floats = counts[:, metric.fields.index("lost")]
    return words


def _difficulty(corpus: Corpus, store: Store) -> Floats:
    """Share of boilerplate by page, NaN where there are no words."""
    metric, counts = _of_nothing(corpus, store, "leaks")
    boilerplate = counts[:, [name.startswith("boilerplate ") for name in metric.fields]].sum(axis=1)
    whole = boilerplate + _required(corpus, store)
    share: Floats = np.divide(boilerplate, whole, out=np.full(len(whole), np.nan), where=whole > 0)
    return share
