"""What two outputs lost and leaked on one page: words by kind of element and region, and what only one of them did."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.alignment import Case
from bench.attribution import Fate, attribute
from bench.metric import Metric
from bench.metrics import leaks, losses
from bench.text import plain

_WORDS = 8
_APART = re.compile("(?<=[\u2e80-\u9fff\U00020000-\U0003ffff]) (?=[\u2e80-\u9fff\U00020000-\U0003ffff])")
"""Between ideographs or kana, each of which is a word of ours, nobody writes a space."""
_LONGEST = 60
"""Characters of an excerpt: a hostile page's word can be of any length."""


@dataclass(frozen=True, slots=True)
class Account:
    """What one output lost and leaked on a page, and how that differs from another output."""

    lost: Mapping[str, int]
    """Required words by kind of element, most first, as the metric `losses` counts them."""
    leaked: Mapping[str, int]
    """Words by region, most first, as the metric `leaks` counts them."""
    fate: str | None
    """`lost` or `leaked`: what happened to the excerpt here and not in the other output; None where nothing did."""
    excerpt: str
    """Beginning of the longest run of the page's words of which that is so, as normalised."""


def accounts(first: Case, second: Case) -> tuple[Account, Account]:
    """Return the accounts of two outputs of one page, each seen against the other."""
    return _account(first, second), _account(second, first)


def _account(own: Case, other: Case) -> Account:
    tokens = own.gold.page.tokens
    fates, others = own.once(attribute).fates, other.once(attribute).fates
    runs = [(_longest((fates == fate) & (others != fate)), fate) for fate in (Fate.LOST, Fate.LEAKED)]
    run, fate = max(runs, key=lambda one: len(one[0]))
    return Account(
        lost=_by_place(losses.METRIC, "lost ", own),
        leaked=_by_place(leaks.METRIC, "leaked ", own),
        fate=fate.name.lower() if run else None,
        excerpt=_cut([tokens[number] for number in run]),
    )


def _by_place(metric: Metric, prefix: str, case: Case) -> dict[str, int]:
    counts = zip(metric.fields, metric.count(case), strict=True)
    found = {name.removeprefix(prefix): int(count) for name, count in counts if name.startswith(prefix) and count}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _longest(marked: NDArray[np.bool_]) -> range:
    """The longest run of marked places, the first of equals."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], marked, [False]))))
    starts, stops = edges[0::2], edges[1::2]
    if not len(starts):
        return range(0)
    best = int(np.argmax(stops - starts))
    return range(int(starts[best]), int(stops[best]))


def _cut(words: list[str]) -> str:
    text = _APART.sub("", plain(" ".join(words[:_WORDS])))
    return f"{text[:_LONGEST]}..." if len(words) > _WORDS or len(text) > _LONGEST else text
