"""Pages on which stored outputs agree with each other and not with the gold: the gold or the page may be wrong.

The Web Content Extraction Benchmark found most errors of its own gold so ("adversarial review").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from bench.alignment import Case, GoldTokens
from bench.checks.findings import WARNING, Finding
from bench.checks.subject import name_of
from bench.checks.words import f1, holds, joined
from bench.corpus import Corpus
from bench.errors import StoreError
from bench.metric import Floats, divide
from bench.metrics.kept import METRIC as KEPT
from bench.model import Gold
from bench.present import number as figure
from bench.store import Store, StoredExtractor
from bench.text import tokenise
from bench.vote import is_vote

REACH, ENOUGH = 0.8, 3
"""Good extractors are those whose mean F1 is at least this share of the best's, and in any case the best three."""
WRONG, AGREED = 0.5, 0.8
"""They stand against a gold when none reaches the first F1 with it and all reach the second with each other."""


class NotJudged(Exception):  # noqa: N818 - what was not done, not what failed
    """The outputs cannot speak about the gold; says why."""


def check_outputs(
    corpus: Corpus, rows: Sequence[StoredExtractor], store: Store, *, controls: frozenset[str], several: bool = False
) -> list[Finding]:
    """Return `against-all`. Stores nothing.

    Good are extractors whose mean F1 of `kept`, over pages that they answered, is within reach of the best's; of several
    versions and settings of one extractor only the best speaks, since they would agree anyway. A failed cell says nothing.

    Args:
        corpus: the pages; `store.want` must have been told of them.
        rows: extractors with cells.
        store: holds their texts.
        controls: names that are control rows.
        several: whether pages are named with their split.

    Raises:
        NotJudged: fewer than two extractors have answered, or no gold is a whole text.
        StoreError: the store is damaged.
    """
    rows = [row for row in rows if row.name not in controls and not is_vote(row)]  # a vote's members have spoken
    f1s = _f1_of_pages(corpus, rows, store)
    good = _good(rows, f1s)
    if len(good) < 2:
        raise NotJudged(f"needs the stored answers of two extractors, there {'is' if len(good) == 1 else 'are'} {len(good)}")
    findings = []
    for number, facts in enumerate(corpus.facts):
        speak = [place for place in good if not np.isnan(f1s[place, number])]
        if len(speak) < min(ENOUGH, len(good)) or (f1s[speak, number] >= WRONG).any():
            continue
        texts = [store.text(rows[place].key, corpus.page_keys[number]) or "" for place in speak]
        agreed = min(f1(one, other) for one, other in combinations(map(tokenise, texts), 2))
        if agreed < AGREED:
            continue
        most = float(f1s[speak, number].max())
        told, words = _dissent(corpus.gold(number), texts)
        message = (
            f"{len(speak)} good extractors agree (F1 {figure(agreed, 2)}) on what is not the gold (F1 {figure(most, 2)} at "
            f"most): {told}; see whether gold or page is wrong"
        )
        detail = {"extractors": sorted(rows[place].name for place in speak), "agreement": agreed, "f1": most, **words}
        findings.append(Finding(WARNING, "against-all", (name_of(corpus, facts.id, several=several),), message, detail))
    return findings


def _f1_of_pages(corpus: Corpus, rows: Sequence[StoredExtractor], store: Store) -> Floats:
    """F1 of `kept`, rows x pages, NaN where there is no answer or no whole gold; counted here where not stored."""
    pages = range(len(corpus))
    if rows and all(corpus.gold(number).snippets_only for number in pages):
        raise NotJudged("its golds are snippets only")
    counts = np.full((len(rows), len(pages), len(KEPT.fields)), np.nan)
    uncounted = []
    for place, row in enumerate(rows):
        try:
            counts[place] = store.counts(row.key, KEPT.signature, len(KEPT.fields))
        except StoreError:  # not counted yet; a damaged store fails again below
            uncounted.append(place)
    for number in pages if uncounted else ():
        tokens = GoldTokens(corpus.gold(number))
        for place in uncounted:
            text = store.text(rows[place].key, corpus.page_keys[number])
            if text is not None:
                counts[place, number] = KEPT.count(Case(tokens, text))
    f1s = np.full((len(rows), len(pages)), np.nan)
    for place, row in enumerate(rows):
        answered = [number for number, cell in store.cells(row.key) if not cell.outcome.failed]
        f1s[place, answered] = KEPT.per_page(counts[place])[KEPT.values[0]][answered]
    return f1s


def _good(rows: Sequence[StoredExtractor], f1s: Floats) -> list[int]:
    """The places of good extractors, best first."""
    means = np.nan_to_num(divide(np.nansum(f1s, axis=1), (~np.isnan(f1s)).sum(axis=1)))
    best: dict[str, int] = {}
    for place in np.argsort(-means, kind="stable").tolist():
        if means[place] > 0:
            best.setdefault(rows[place].name, place)
    ranked = list(best.values())
    return [place for rank, place in enumerate(ranked) if rank < ENOUGH or means[place] >= REACH * means[ranked[0]]]


def _dissent(gold: Gold, texts: Sequence[str]) -> tuple[str, dict[str, str]]:
    """What all of these outputs hold that the gold does not, and lack that it requires: the longest run of each."""
    outputs = [joined(tokenise(text)) for text in texts]
    if not any(outputs):
        return "all return nothing", {}
    first = Case(GoldTokens(gold), texts[0])
    required = first.gold.required
    kept = np.isin(np.arange(len(required)), first.in_required)
    runs = {
        "keep": _longest(first.tokens, first.in_gold >= 0, lambda run: all(holds(output, run) for output in outputs)),
        "lose": _longest(required, kept, lambda run: not any(holds(output, run) for output in outputs)),
    }
    words = {name: run for name, run in runs.items() if run}
    told = " and ".join(f'{name} "{run}"' for name, run in words.items())
    return f"all {told}" if told else "but not word for word", words


def _longest(tokens: Sequence[str], explained: NDArray[np.bool_], fits: Callable[[str], bool]) -> str:
    """The first words of the longest run of tokens that are not explained and fit."""
    places = np.flatnonzero(~explained)
    for run in sorted(np.split(places, np.flatnonzero(np.diff(places) > 1) + 1), key=len, reverse=True):
        words = [tokens[place] for place in run[:8].tolist()]
        if words and fits(joined(words)):
            return " ".join(words)
    return ""
