"""Stored counts and cells in, one Summary out: every number that a table may show, unrounded."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import __version__, inference, stats
from bench.corpus import Corpus
from bench.history import entries, newest
from bench.intervals import USUAL, Resampling, Spread, spreads
from bench.metric import Floats, Metric
from bench.model import Outcome
from bench.ranking import oracle, rank
from bench.slices import members
from bench.store import Store, StoredExtractor, StoredRun
from bench.vote import is_vote

SMALL = 10
"""Slices of fewer pages are shown dimmed and are not ranked: their means say little."""
UNBOUNDED = "unbounded: pages of one site say nothing of others"
ORACLE = "oracle"
"""The row of the best extractor on each page, votes aside."""


@dataclass(frozen=True, slots=True)
class Value:
    """A pooled value with its 95 % interval. None is undefined, and `reason` says why."""

    value: float | None
    interval: tuple[float, float] | None
    n: int
    """What it is over: pages for a mean of page values; tokens, snippets and the like for a pooled one."""
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One extractor over all pages of the corpus."""

    name: str
    version: str
    settings: str
    control: bool
    values: Mapping[str, Value]
    median: float | None
    """Median over pages of the metric's first value."""
    outcomes: Mapping[str, int]
    """Pages by outcome; they add up to `pages`, those without a cell being `not run`."""
    cpu_ms: float | None
    """Median CPU milliseconds of a page, over pages that were answered."""
    peak_mb: float | None
    """Largest peak memory of a page, in 10^6 bytes."""
    pages: int
    ranks: tuple[int, int] | None = None
    """Best and worst rank by the first value in 95 of 100 resamples; None for controls, and where nothing is ranked."""
    tied: bool = False
    """Whether it cannot be told from the best by the first value; the best is."""
    adds: float | None = None
    """How much the oracle would lose in the first value without this extractor."""

    @property
    def label(self) -> str:
        """Name, version and settings."""
        return " ".join(part for part in (self.name, self.version, self.settings) if part)

    @property
    def failed(self) -> int:
        """Pages that failed or were not run; an empty answer is an answer."""
        return sum(count for name, count in self.outcomes.items() if name not in ("ok", "empty"))


@dataclass(frozen=True, slots=True)
class Slice:
    """The pages that share a value of a field, and each row's first value on them."""

    name: str
    pages: int
    values: Sequence[Value]
    """In the order of the summary's rows."""
    tied: Sequence[bool] = ()
    """Whether each row cannot be told from the best of the slice; empty where nothing is ranked."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A result table before it has a form."""

    metric: str
    signature: str
    columns: Sequence[str]
    rows: Sequence[Row]
    corpus: Mapping[str, Any]
    resampling: Resampling
    by: str | None = None
    slices: Sequence[Slice] = ()
    lower_is_better: Sequence[str] = ()
    """Of the columns."""
    detectable: float | None = None
    """Difference from the best in the first value that these pages show in 8 of 10 cases; the median over the others."""
    manifest: Mapping[str, Any] | None = None
    notes: Sequence[str] = field(default=())
    least_p: float | None = None
    """The smallest corrected p that a difference from the best can have here."""

    @property
    def full_signature(self) -> str:
        """The metric's signature and everything else that could change a number, in one line."""
        ranked = sum(row.ranks is not None for row in self.rows)
        test = f"|test:{inference.signature(ranked)}" if ranked else ""
        return signed(self.signature, self.corpus, self.resampling, test)


def signed(signature: str, corpus: Mapping[str, Any], how: Resampling, test: str = "") -> str:
    """Return a signature with what else could change a number: pages, resampling, `|test:...`, and the harness's version."""
    return (
        f"{signature}|pages:{corpus['pages']}|sites:{corpus['sites']}|corpus:{corpus['digest'][:12]}"
        f"|{how.signature}{test}|seed:{how.seed}|bench:{__version__}"
    )


def select(stored: Sequence[StoredExtractor], wanted: Sequence[str], runs: Sequence[StoredRun] = ()) -> list[StoredExtractor]:
    """Return one identity for each extractor, version and settings: the newest; with `wanted`, those that a spec names.

    Raises:
        UsageError, NothingToDo: like `history.entries`.
    """
    return [one.extractor for one in entries(stored, runs, wanted)] if wanted else newest(stored)


def summarise(
    corpus: Corpus,
    extractors: Sequence[StoredExtractor],
    metric: Metric,
    store: Store,
    *,
    controls: frozenset[str],
    by: str | None = None,
    how: Resampling = USUAL,
    manifest: Mapping[str, Any] | None = None,
) -> Summary:
    """Return the summary of extractors over a corpus, best first, controls after the rest, the oracle first of these.

    Every page counts for every extractor: failed, empty and missing ones score as empty text.

    Args:
        corpus: the pages; `store.want` must have been told of them, and counts must be stored (`score`).
        extractors: the rows.
        metric: what to show.
        store: where counts and cells are; open for writing when slices need counts of their own.
        controls: names that are control rows; they are not ranked.
        by: slice by this field of a page (see `slices.FIELDS`).
        how: intervals are made; the seed is that of the tests as well.
        manifest: of the run that the table comes from, to travel with it.

    Raises:
        UsageError: there is no such field.
    """
    parts = members(corpus, by, store=store) if by else []
    sites = [facts.site for facts in corpus.facts]
    tables = [store.counts(extractor.key, metric.signature, len(metric.fields)) for extractor in extractors]
    ranked = [place for place, one in enumerate(extractors) if one.name not in controls] if metric.ranks else []
    # A vote is made of the others: it would hide what they add.
    ran = [place for place in ranked if not is_vote(extractors[place])]
    adds: Sequence[float | None] = [None] * len(ran)
    if len(ran) > 1:
        best, adds = oracle(metric, [tables[place] for place in ran])
        tables.append(best)
    spread = spreads(metric, tables, sites, how)
    ranking = rank(metric, [tables[place] for place in ranked], [spread[place] for place in ranked], sites, how.seed)
    rows = [
        _row(extractor, _values(metric, counts, one, corpus), metric, counts, store, control=extractor.name in controls)
        for extractor, counts, one in zip(extractors, tables, spread, strict=False)
    ]
    for number, place in enumerate(ranked):
        rows[place] = replace(rows[place], ranks=ranking.ranks[number], tied=number in ranking.tied)
    for place, added in zip(ran, adds, strict=True):
        rows[place] = replace(rows[place], adds=added)
    if len(tables) > len(extractors):
        rows.append(_oracle_row(metric, tables[-1], _values(metric, tables[-1], spread[-1], corpus)))
    order = sorted(range(len(rows)), key=lambda place: _order(rows[place], metric))
    return Summary(
        metric=metric.name,
        signature=metric.signature,
        columns=metric.values,
        rows=[rows[place] for place in order],
        corpus=corpus_facts(corpus),
        resampling=how,
        by=by,
        slices=[_slice(part, metric, tables, ranked, order, corpus=corpus, how=how) for part in parts],
        lower_is_better=[name for name in metric.values if name in metric.lower_is_better],
        detectable=ranking.detectable,
        least_p=ranking.least,
        manifest=manifest,
        notes=[
            *corpus_notes(corpus, len(set(sites))),
            *_network_notes(extractors),
            *(line for one in extractors if (line := _noted(one, store))),
        ],
    )


def _order(row: Row, metric: Metric) -> tuple[int, float, str]:
    """Best first; controls after the rest, the oracle first of these."""
    value = row.values[metric.values[0]].value
    sign = 1.0 if metric.values[0] in metric.lower_is_better else -1.0
    return row.control + (row.control and row.name != ORACLE), math.inf if value is None else sign * value, row.label


def corpus_facts(corpus: Corpus) -> dict[str, Any]:
    """Return what a table says of its corpus."""
    return {
        "name": corpus.name, "format": corpus.format, "split": corpus.split, "digest": corpus.digest, "pages": len(corpus),
        "sites": len({facts.site for facts in corpus.facts}), "broken": len(corpus.broken),
    }  # fmt: skip


def why_not(metric: Metric, name: str, counts: Floats, corpus: Corpus) -> str:
    """Return why a value applies to no page of a corpus: what excuses the metric from all, or else what the value lacks."""
    excused = metric.excuse(corpus.gold(0)) if np.isnan(counts[:, 0]).all() else None
    return excused or metric.reasons.get(name, "no page that it applies to")


def _values(metric: Metric, counts: Floats, spread: Spread | None, corpus: Corpus) -> dict[str, Value]:
    """Each value of a metric with its interval, and the reason where it has none."""
    pooled = metric.pooled(counts)
    over = {name: int(bottom.sum()) for name, (_, bottom) in metric.parts(counts).items()}
    pages = {name: int((~np.isnan(value)).sum()) for name, value in metric.per_page(counts).items()}
    values = {}
    for name in metric.values:
        value = None if np.isnan(pooled[name][0]) else float(pooled[name][0])
        ends = spread.ends[name] if spread else None
        reason = None
        if value is None:
            reason = why_not(metric, name, counts, corpus)
        elif ends is None:
            reason = UNBOUNDED if spread is None else "no interval: resamples are undefined, or all alike"
        values[name] = Value(value, ends if value is not None else None, over.get(name, pages[name]), reason)
    return values


def _row(
    extractor: StoredExtractor, values: dict[str, Value], metric: Metric, counts: Floats, store: Store, *, control: bool
) -> Row:
    outcomes: Counter[str] = Counter()
    cpu, peak = [], 0
    for _, cell in store.cells(extractor.key):
        outcomes[cell.outcome.value] += 1
        if cell.outcome in (Outcome.OK, Outcome.EMPTY) and cell.cpu_seconds is not None:
            cpu.append(cell.cpu_seconds)
        peak = max(peak, cell.peak_bytes or 0)
    without = len(counts) - outcomes.total()
    if without:
        outcomes["not run"] = without
    return Row(
        name=extractor.name,
        version=extractor.version,
        settings=extractor.settings,
        control=control,
        values=values,
        median=stats.median(metric.per_page(counts)[metric.values[0]]),
        outcomes=dict(sorted(outcomes.items())),
        cpu_ms=float(np.median(cpu)) * 1000 if cpu else None,
        peak_mb=peak / 1e6 if peak else None,
        pages=len(counts),
    )


def _oracle_row(metric: Metric, counts: Floats, values: dict[str, Value]) -> Row:
    median = stats.median(metric.per_page(counts)[metric.values[0]])
    return Row(ORACLE, "", "", True, values, median, outcomes={}, cpu_ms=None, peak_mb=None, pages=len(counts))


def _slice(
    part: tuple[str, NDArray[np.intp]],
    metric: Metric,
    tables: Sequence[Floats],
    ranked: Sequence[int],
    order: Sequence[int],
    *,
    corpus: Corpus,
    how: Resampling,
) -> Slice:
    """The first value of every row on some pages, pooled over them as the whole table is over all."""
    (name, numbers), first = part, metric.values[0]
    here = [counts[numbers] for counts in tables]
    sites = [corpus.facts[number].site for number in numbers.tolist()]
    spread = spreads(metric, here, sites, how)
    values = [_values(metric, counts, one, corpus)[first] for counts, one in zip(here, spread, strict=True)]
    tied: list[bool] = []
    if len(numbers) >= SMALL and len(ranked) > 1:
        ranking = rank(metric, [here[place] for place in ranked], [spread[place] for place in ranked], sites, how.seed)
        best = {ranked[number] for number in ranking.tied}
        tied = [place in best for place in order]
    return Slice(name, len(numbers), [values[place] for place in order], tied)


def corpus_notes(corpus: Corpus, sites: int) -> list[str]:
    """Return what a table must say of its corpus: records left out, too few sites for intervals."""
    notes = []
    if corpus.broken:
        notes.append(f"{len(corpus.broken)} broken records left out (--skip-broken)")
    if sites < 2:
        notes.append("intervals are unbounded and nothing is ranked: pages of one site say nothing of others")
    return notes


def _network_notes(extractors: Sequence[StoredExtractor]) -> list[str]:
    """Say which of these had the network or a part of it, as their identities tell (see `bench.declared`, `bench.spec`)."""
    names = [one.name for one in extractors if one.identity.get("settings", {}).get("network") is True]
    hosts = dict.fromkeys(f"{one.name} ({one.identity['host']})" for one in extractors if "host" in one.identity)
    return [
        *([f"with the network open, as declared: {', '.join(names)}"] if names else []),
        *([f"with the network open to one host: {', '.join(hosts)}"] if hosts else []),
    ]


def _noted(extractor: StoredExtractor, store: Store) -> str | None:
    """Say what an extractor noted of its pages, all of them together: `llm model=x: tokens in 1,234; tokens out 567`."""
    totals: dict[str, float] = {}
    for notes in store.notes(extractor.key):
        for name, value in notes.items():
            if not isinstance(value, str):
                totals[name] = totals.get(name, 0) + value
    told = "; ".join(f"{name.replace('_', ' ')} {total:,.10g}" for name, total in totals.items() if total)
    return f"{' '.join(part for part in (extractor.name, extractor.settings) if part)}: {told}" if told else None
