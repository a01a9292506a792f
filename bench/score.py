"""Gold and stored texts in, stored counts out. Never runs an extractor."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice
from multiprocessing import get_context

from bench import plugins
from bench.alignment import Case, GoldTokens
from bench.corpus import Corpus
from bench.errors import BenchError
from bench.metric import Metric
from bench.model import Gold
from bench.page_text import PageText
from bench.store import Store

_ALONE = 60
"""So few pages are counted here: other processes take half a second to start."""
_AHEAD = 4
"""Pages that wait for each process."""

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
    by_signature = {metric.signature: metric for metric in metrics}
    pages = _wanted(store, extractors, list(by_signature))
    first = list(islice(pages, _ALONE))
    made = 0

    def put(page: Wanted, counts: Counts) -> None:
        nonlocal made
        for (text, signatures), of_text in zip(page.texts, counts, strict=True):
            for signature, one in zip(signatures, of_text, strict=True):
                store.put_counts(page.subject, text, signature, one)
                made += 1
        watch(1)
        store.commit(every=1.0)

    if jobs < 2 or len(first) < _ALONE:  # fewer than that many are all there are
        for page in _chain(first, pages):
            texts = [store.text_of(text) for text, _ in page.texts]
            gold = GoldTokens(corpus.gold(page.number), partial(_page_text, corpus, page.number), texts)
            put(page, _counts(gold, texts, page, by_signature))
    else:
        _count_beside(corpus, _chain(first, pages), by_signature, store, jobs=jobs, put=put)
    store.commit()
    return made


def _chain(first: Sequence[Wanted], rest: Iterator[Wanted]) -> Iterator[Wanted]:
    yield from first
    yield from rest


def _wanted(store: Store, extractors: Sequence[bytes], signatures: Sequence[str]) -> Iterator[Wanted]:
    for number, of_page in groupby(store.pending(extractors, signatures), key=lambda pending: pending.number):
        pending = sorted(of_page, key=lambda one: one.text)
        texts = [(text, [one.signature for one in of_text]) for text, of_text in groupby(pending, key=lambda one: one.text)]
        yield Wanted(number, pending[0].subject, texts)


def _page_text(corpus: Corpus, number: int) -> PageText:
    return PageText.of_page(*corpus.read(number))


def _counts(gold: GoldTokens, texts: Sequence[str], page: Wanted, by_signature: dict[str, Metric]) -> Counts:
    found = []
    for text, (_, signatures) in zip(texts, page.texts, strict=True):
        case = Case(gold, text)
        found.append([by_signature[signature].count(case) for signature in signatures])
    return found


# Counting in other processes: the gold and the texts go there, only counts come back.


def _count_beside(
    corpus: Corpus,
    pages: Iterator[Wanted],
    by_signature: dict[str, Metric],
    store: Store,
    *,
    jobs: int,
    put: Callable[[Wanted, Counts], None],
) -> None:
    names = {signature: metric.name for signature, metric in by_signature.items()}
    waiting: deque[tuple[Wanted, Future[Counts]]] = deque()
    # Spawned, not forked: a live progress line has a thread, which no fork survives.
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (corpus, names))
    try:
        for page in pages:
            texts = [store.text_of(text) for text, _ in page.texts]
            waiting.append((page, pool.submit(_count_page, corpus.gold(page.number), texts, page)))
            while len(waiting) > jobs * _AHEAD or (waiting and waiting[0][1].done()):
                done, counted = waiting.popleft()
                put(done, counted.result())
        while waiting:
            done, counted = waiting.popleft()
            put(done, counted.result())
    except BrokenProcessPool:
        raise BenchError("a process that counted has died, of memory most likely; run the same command again") from None
    finally:
        pool.shutdown(cancel_futures=True)


_beside: tuple[Corpus, dict[str, Metric]] | None = None


def _begin(corpus: Corpus, names: dict[str, str]) -> None:
    """What a counting process does first. An interrupt is the parent's to deal with."""
    global _beside  # noqa: PLW0603 - what a process of the pool works with
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _beside = corpus, {signature: plugins.load("metrics", name).METRIC for signature, name in names.items()}


def _count_page(gold: Gold, texts: Sequence[str], page: Wanted) -> Counts:
    assert _beside is not None  # noqa: S101 - `_begin` came first
    corpus, by_signature = _beside
    return _counts(GoldTokens(gold, partial(_page_text, corpus, page.number), texts), texts, page, by_signature)
