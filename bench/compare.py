"""Two or more rows over the same pages: by how much one is better, whether these pages can tell, and on which it shows.

A row is an extractor, version, settings or run (see `bench.history`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import numpy as np

from bench import __version__, inference, slices
from bench.account import Account, accounts
from bench.alignment import Case, GoldTokens
from bench.corpus import Corpus
from bench.differences import Difference, Measured, Method, Numbers, judge, out_of_reach
from bench.errors import NothingToDo
from bench.history import Entry
from bench.lineup import LineUp
from bench.metric import Metric
from bench.model import Extraction
from bench.page_text import PageText
from bench.store import Store
from bench.summarise import SMALL, Value, corpus_facts, corpus_notes, why_not

FAILED = "failed"
"""The share of pages that failed, as a value beside those of the metric."""

# Failures as a metric, so that they meet the same draws and tests as its values. A cell tells them; no `Case` does.
_FAILURES = Metric(
    signature="failed:v1|agg:macro",
    fields=(FAILED,),
    counts=lambda case: (math.nan,),  # noqa: ARG005 - see above
    ratios=lambda counts: {FAILED: (counts[:, 0], np.ones(len(counts)))},
    values=(FAILED,),
    lower_is_better=frozenset({FAILED}),
)


@dataclass(frozen=True, slots=True)
class Compared:
    """One row over the pages that all rows were run on."""

    letter: str
    """What the tables call it: A, B, ..."""
    name: str
    version: str
    settings: str
    run: str | None
    """The run that it was asked for by, as it was named."""
    key: str
    """The extractor identity, in hex."""
    values: Mapping[str, Value]
    """Those of the metric, intervals by resampling sites; and `failed` with Wilson's, which takes pages as unrelated."""
    failed: int
    """Pages that failed."""
    cpu_ms: float | None
    """Median CPU milliseconds of a page, over pages that were answered."""
    cpu_s: float | None
    """CPU seconds of all pages together."""
    peak_mb: float | None
    """Largest peak memory of a page, in 10^6 bytes."""


@dataclass(frozen=True, slots=True)
class Speed:
    """CPU time of two rows over the pages that both answered: medians in milliseconds, and second by first."""

    pages: int
    first_ms: float | None = None
    second_ms: float | None = None
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Apart:
    """A page on which two rows differ: the metric's first value of each, and what each lost and leaked."""

    page: str
    first: float
    second: float
    difference: float
    accounts: tuple[Account, Account] | None
    """None where the gold is snippets only."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rows by their places, and how they differ."""

    first: int
    second: int
    differences: Sequence[Difference]
    """One for each value of the metric, and failures last."""
    speed: Speed
    worse: Sequence[Apart]
    """Pages where the second is worse by more than the margin, the worst first."""
    better: Sequence[Apart]
    """Where it is better, the best first."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The pages that share a value of a field, and the difference of each pair in the metric's first value."""

    name: str
    pages: int
    differences: Sequence[Difference]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rows compared, before they have a form."""

    metric: str
    signature: str
    lower_is_better: Sequence[str]
    rows: Sequence[Compared]
    pairs: Sequence[Pair]
    tests: int
    """How many tests the p of `pairs` are corrected for."""
    corpus: Mapping[str, Any]
    """As of a summary, but with the number of pages and sites that were compared."""
    method: Method
    by: str | None = None
    slices: Sequence[Slice] = ()
    slice_tests: int = 0
    manifest: Mapping[str, Any] | None = None
    notes: Sequence[str] = ()

    @property
    def full_signature(self) -> str:
        """The metric's signature and everything else that could change a number, in one line."""
        method = self.method
        sliced = f"|by:{self.by}|holm-slices:{self.slice_tests}" if self.by else ""
        return (
            f"compare:v1|{self.signature}|pages:{self.corpus['pages']}|sites:{self.corpus['sites']}"
            f"|corpus:{self.corpus['digest'][:12]}|{method.resampling.signature}|test:randomisation-{method.flips}"
            f"|holm:pairs*values={self.tests}{sliced}|margin:{method.margin:g}|seed:{method.seed}|bench:{__version__}"
        )


def compare(
    corpus: Corpus,
    chosen: LineUp,
    metric: Metric,
    store: Store,
    *,
    by: str | None = None,
    worst: int = 0,
    method: Method,
    manifest: Mapping[str, Any] | None = None,
) -> Comparison:
    """Return how rows differ on the pages that all of them were run on. A failed cell is a cell, and scores as empty text.

    Args:
        corpus: the pages; `store.want` must have been told of them, and counts must be stored (`score`).
        chosen: the rows and pairs.
        metric: what to compare by.
        store: where counts, cells and texts are.
        by: also slice by this field of a page (see `bench.slices`).
        worst: how many pages to tell of that the second of a pair is worse on, and better on.
        method: how to judge.
        manifest: of a run that had all rows in it, to travel with the comparison.

    Raises:
        NothingToDo: no page has a cell of every row.
        UsageError: there is no such field to slice by.
        CorpusError: a page to tell of has vanished or changed.
    """
    cells = [dict(store.cells(entry.extractor.key)) for entry in chosen.rows]
    pages = np.array(sorted(set.intersection(*map(set, cells))), dtype=np.intp)
    if not len(pages):
        had = ", ".join(f"{entry.label} {len(own)}" for entry, own in zip(chosen.rows, cells, strict=True))
        raise NothingToDo(f"no page of {corpus.name} has a result of every row ({had}); `bench run` them on the same pages")
    sites = [corpus.facts[page].site for page in pages]
    tables = [store.counts(entry.extractor.key, metric.signature, len(metric.fields))[pages] for entry in chosen.rows]
    failures = [np.array([[float(own[page].outcome.failed)] for page in pages.tolist()]) for own in cells]
    over = Measured(metric, tables, sites, method, lambda name, counts: why_not(metric, name, counts, corpus))
    failing = Measured(_FAILURES, failures, sites, method, lambda name, counts: why_not(_FAILURES, name, counts, corpus))
    trials = [[*(over.trial(pair, name) for name in metric.values), failing.trial(pair, FAILED)] for pair in chosen.pairs]
    judged, tests = judge(trials)
    members = slices.members(corpus, by, store=store) if by else []
    sliced, slice_tests = _sliced(
        over, chosen.pairs, [(name, np.flatnonzero(np.isin(pages, numbers))) for name, numbers in members]
    )
    rows = [
        _row(place, entry, over, failing, [own[page] for page in pages.tolist()])
        for place, (entry, own) in enumerate(zip(chosen.rows, cells, strict=True))
    ]

    def apart(pair: tuple[int, int], numbers: Sequence[int]) -> list[Apart]:
        entries = [chosen.rows[place].extractor.key for place in pair]
        return [
            _apart(corpus.facts[pages[number]].id, over, pair, number, _accounts(corpus, store, entries, int(pages[number])))
            for number in numbers
        ]

    left = len(corpus) - len(pages)
    return Comparison(
        metric=metric.name,
        signature=metric.signature,
        lower_is_better=[*(name for name in metric.values if name in metric.lower_is_better), FAILED],
        rows=rows,
        pairs=[
            Pair(
                *pair,
                differences,
                _speed(cells[pair[0]], cells[pair[1]], pages.tolist()),
                *(apart(pair, numbers) for numbers in over.furthest(pair, metric.values[0], worst)),
            )
            for pair, differences in zip(chosen.pairs, judged, strict=True)
        ],
        tests=tests,
        corpus={**corpus_facts(corpus), "pages": len(pages), "sites": len(set(sites))},
        method=method,
        by=by,
        slices=sliced,
        slice_tests=slice_tests,
        manifest=manifest,
        notes=[
            *_changes(rows, chosen),
            *([f"left out: {left} of {len(corpus)} pages, which not every row was run on"] if left else []),
            *corpus_notes(corpus, len(set(sites))),
            *out_of_reach(tests, len(set(sites)), method),
        ],
    )


def letter(place: int) -> str:
    """Return what a row is called by its place: A to Z, then AA, AB, ..."""
    before, last = divmod(place, 26)
    return (letter(before - 1) if before else "") + chr(ord("A") + last)


def _changes(rows: Sequence[Compared], chosen: LineUp) -> list[str]:
    """What has changed between rows of one label, which would else look the same."""
    notes = []
    for pair in chosen.pairs:
        first, second = (chosen.rows[place].extractor for place in pair)
        if (first.name, first.version, first.settings) == (second.name, second.version, second.settings):
            ours, theirs = (one.identity.get("versions", {}) for one in (first, second))
            changed = [
                f"{name} ({ours.get(name, 'none')}, then {theirs.get(name, 'none')})"
                for name in sorted({*ours, *theirs})
                if ours.get(name) != theirs.get(name)
            ]
            changed += ["its source"] if first.identity.get("source") != second.identity.get("source") else []
            changed += ["bench's own code"] if first.identity.get("shared") != second.identity.get("shared") else []
            letters = " and ".join(rows[place].letter for place in pair)
            notes.append(f"{letters} differ in {', '.join(changed) or 'what they were made of'}")
    return notes


def _sliced(
    over: Measured, pairs: Sequence[tuple[int, int]], members: Sequence[tuple[str, Numbers]]
) -> tuple[list[Slice], int]:
    """The slices with a page, the largest first, corrected over slices and pairs together; and how many tests that were."""
    held = sorted(((name, numbers) for name, numbers in members if len(numbers)), key=lambda one: -len(one[1]))
    parts = [over.at(numbers, least=SMALL) for _, numbers in held]
    judged, tests = judge([[part.trial(pair, part.metric.values[0]) for pair in pairs] for part in parts])
    return [Slice(name, len(numbers), found) for (name, numbers), found in zip(held, judged, strict=True)], tests


def _row(place: int, entry: Entry, over: Measured, failing: Measured, cells: Sequence[Extraction]) -> Compared:
    one = entry.extractor
    failed = sum(cell.outcome.failed for cell in cells)
    cpu = [cell.cpu_seconds for cell in cells if cell.cpu_seconds is not None]
    answered = [cell.cpu_seconds for cell in cells if _answered(cell) and cell.cpu_seconds is not None]
    peak = max((cell.peak_bytes or 0 for cell in cells), default=0)
    return Compared(
        letter=letter(place),
        name=one.name,
        version=one.version,
        settings=one.settings,
        run=entry.run,
        key=one.key.hex(),
        values={
            **{name: over.value(place, name) for name in over.metric.values},
            FAILED: replace(failing.value(place, FAILED), interval=inference.wilson(failed, len(cells)), reason=None),
        },
        failed=failed,
        cpu_ms=median(answered) * 1000 if answered else None,
        cpu_s=math.fsum(cpu) if cpu else None,
        peak_mb=peak / 1e6 if peak else None,
    )


def _answered(cell: Extraction) -> bool:
    return not cell.outcome.failed and cell.cpu_seconds is not None


def _speed(first: Mapping[int, Extraction], second: Mapping[int, Extraction], pages: Sequence[int]) -> Speed:
    both = [page for page in pages if _answered(first[page]) and _answered(second[page])]
    if not both:
        return Speed(0)
    ours, theirs = (median(cells[page].cpu_seconds or 0.0 for page in both) * 1000 for cells in (first, second))
    return Speed(len(both), ours, theirs, theirs / ours if ours else None)


def _apart(page: str, over: Measured, pair: tuple[int, int], number: int, accounts: tuple[Account, Account] | None) -> Apart:
    first, second = (float(over.by_page[place][over.metric.values[0]][number]) for place in pair)
    return Apart(page, first, second, second - first, accounts)


def _accounts(corpus: Corpus, store: Store, keys: Sequence[bytes], page: int) -> tuple[Account, Account] | None:
    gold = corpus.gold(page)
    if gold.snippets_only:
        return None
    tokens = GoldTokens(gold, lambda: PageText.of_page(*corpus.read(page)))
    first, second = (Case(tokens, store.text(key, corpus.page_keys[page]) or "") for key in keys)
    return accounts(first, second)
