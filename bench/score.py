"""Gold and stored texts in, stored counts out. Never runs an extractor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from bench import plugins
from bench.alignment import Case, GoldTokens
from bench.beside import beside
from bench.corpus import Corpus
from bench.metric import Metric
from bench.model import Gold
from bench.page_text import PageText
from bench.store import Store

Counts = list[list[tuple[float, ...]]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page's counts that are wanted: for each text the metrics by signature."""

    number: int
    subject: bytes
    texts: Sequence[tuple[bytes, Sequence[str]]]


def score(
    corpus: Corpus,
    extractors: Sequence[bytes],
    metrics: Sequence[Metric],
    store: Store,
    *,
    jobs: int = 1,
    watch: Callable[[int], None] = lambda pages: None,  # noqa: ARG005 - the default watches nothing
) -> int:
    """Count what is not counted yet: new outputs, changed gold, new metric versions.

    Args:
        corpus: the pages; `store.want` must have been told of them.
        extractors: keys of those whose cells are to be counted.
        metrics: the metrics to count.
        store: holds texts and takes counts.
        jobs: processes that count at a time; few pages are counted in this one.
        watch: is told of every page that needed counting.

    Returns:
        How many counts were made.

    Raises:
        BenchError: a process that counted has died.
    """
    counting = _Counting(corpus, {metric.signature: metric for metric in metrics})
    made = 0
    tasks = (
        (page, (corpus.gold(page.number), [store.text_of(text) for text, _ in page.texts], page))
        for page in _wanted(store, extractors, list(counting.metrics))
    )
    for page, counts in beside(_count_page, tasks, counting, jobs=jobs):
        for (text, signatures), of_text in zip(page.texts, counts, strict=True):
            for signature, one in zip(signatures, of_text, strict=True):
                store.put_counts(page.subject, text, signature, one)
                made += 1
        watch(1)
        store.commit(every=1.0)
    store.commit()
    return made


def _wanted(store: Store, extractors: Sequence[bytes], signatures: Sequence[str]) -> Iterator[Wanted]:
    for number, of_page in groupby(store.pending(extractors, signatures), key=lambda pending: pending.number):
        pending = sorted(of_page, key=lambda one: one.text)
        texts = [(text, [one.signature for one in of_text]) for text, of_text in groupby(pending, key=lambda one: one.text)]
        yield Wanted(number, pending[0].subject, texts)


def _page_text(corpus: Corpus, number: int) -> PageText:
    return PageText.of_page(*corpus.read(number))


@dataclass(frozen=True, slots=True)
class _Counting:
    """What every process counts with. Metrics hold functions, which are not sent: they are found again by name."""

    corpus: Corpus
    metrics: dict[str, Metric]
    """By signature."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _counting, (self.corpus, {signature: metric.name for signature, metric in self.metrics.items()})


def _counting(corpus: Corpus, names: dict[str, str]) -> _Counting:
    return _Counting(corpus, {signature: plugins.load("metrics", name).METRIC for signature, name in names.items()})


def _count_page(counting: _Counting, gold: Gold, texts: Sequence[str], page: Wanted) -> Counts:
    tokens = GoldTokens(gold, partial(_page_text, counting.corpus, page.number), texts)
    found = []
    for text, (_, signatures) in zip(texts, page.texts, strict=True):
        case = Case(tokens, text)
        found.append([counting.metrics[signature].count(case) for signature in signatures])
    return found
