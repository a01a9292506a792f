"""Gold and stored texts in, stored counts out. Never runs an extractor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby

from bench.alignment import Case, GoldTokens
from bench.corpus import Corpus
from bench.metric import Metric
from bench.page_text import PageText
from bench.store import Store


def score(
    corpus: Corpus,
    extractors: Sequence[bytes],
    metrics: Sequence[Metric],
    store: Store,
    *,
    watch: Callable[[int], None] = lambda pages: None,  # noqa: ARG005 - the default watches nothing
) -> int:
    """Count what is not counted yet: new outputs, changed gold, new metric versions.

    Args:
        corpus: the pages; `store.want` must have been told of them.
        extractors: keys of those whose cells are to be counted.
        metrics: the metrics to count.
        store: holds texts and takes counts.
        watch: is told of every page that needed counting.

    Returns:
        How many counts were made.
    """
    by_signature = {metric.signature: metric for metric in metrics}
    made = 0
    for number, of_page in groupby(store.pending(extractors, list(by_signature)), key=lambda pending: pending.number):
        gold = GoldTokens(corpus.gold(number), partial(_page_text, corpus, number))
        for text, of_text in groupby(sorted(of_page, key=lambda one: one.text), key=lambda one: one.text):
            case = Case(gold, store.text_of(text))
            for pending in of_text:
                store.put_counts(pending.subject, text, pending.signature, by_signature[pending.signature].count(case))
                made += 1
        watch(1)
        store.commit(every=1.0)
    store.commit()
    return made


def _page_text(corpus: Corpus, number: int) -> PageText:
    return PageText.of_page(*corpus.read(number))
