"""Stored counts and cells in, one Summary out: every number that a table may show, unrounded."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bench import __version__, stats
from bench.corpus import Corpus, Facts
from bench.errors import UsageError
from bench.metric import Floats, Metric, Values
from bench.model import Outcome
from bench.plugins import unknown
from bench.spec import SPEC
from bench.store import Store, StoredExtractor

SMALL = 10
"""Slices of fewer pages are shown dimmed: their means say little."""
FIELDS = ("kind", "language", "site", "split")
"""What pages can be sliced by."""


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
    values: Sequence[float | None]
    """In the order of the summary's rows."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A result table before it has a form."""

    metric: str
    signature: str
    columns: Sequence[str]
    rows: Sequence[Row]
    corpus: Mapping[str, Any]
    resamples: int
    seed: int
    by: str | None = None
    slices: Sequence[Slice] = ()
    manifest: Mapping[str, Any] | None = None
    notes: Sequence[str] = field(default=())

    @property
    def full_signature(self) -> str:
        """The metric's signature and everything else that could change a number, in one line."""
        return (
            f"{self.signature}|pages:{self.corpus['pages']}|sites:{self.corpus['sites']}|corpus:{self.corpus['digest'][:12]}"
            f"|boot:{self.resamples}|cluster:site|seed:{self.seed}|bench:{__version__}"
        )


def select(stored: Sequence[StoredExtractor], wanted: Sequence[str]) -> list[StoredExtractor]:
    """Return one identity for each extractor, version and settings: the newest; with `wanted`, those that a spec names.

    Raises:
        UsageError: a spec names none of them.
    """
    newest = {(one.name, one.version, one.settings): one for one in stored}
    if not wanted:
        return list(newest.values())
    chosen: dict[bytes, StoredExtractor] = {}
    for spec in wanted:
        match = SPEC.fullmatch(spec)
        fits = [
            one
            for one in newest.values()
            if match
            and one.name == match["name"]
            and match["version"] in (None, one.version)
            and (match["settings"] is None or match["settings"] == one.settings)
        ]
        if not fits:
            raise UsageError(unknown("extractor with results", spec, [one.name for one in newest.values()]))
        chosen.update((one.key, one) for one in fits)
    return list(chosen.values())


def summarise(
    corpus: Corpus,
    extractors: Sequence[StoredExtractor],
    metric: Metric,
    store: Store,
    *,
    controls: frozenset[str],
    by: str | None = None,
    resamples: int = stats.RESAMPLES,
    seed: int = stats.SEED,
    manifest: Mapping[str, Any] | None = None,
) -> Summary:
    """Return the summary of extractors over a corpus, best first, controls after the rest.

    Every page counts for every extractor: failed, empty and missing ones score as empty text.

    Args:
        corpus: the pages; `store.want` must have been told of them, and counts must be stored (`score`).
        extractors: the rows.
        metric: what to show.
        store: where counts and cells are.
        controls: names that are control rows.
        by: slice by this field of a page (see `FIELDS`).
        resamples: of the bootstrap.
        seed: of the bootstrap.
        manifest: of the run that the table comes from, to travel with it.
    """
    sites = [facts.site for facts in corpus.facts]
    tables = [store.counts(extractor.key, metric.signature, len(metric.fields)) for extractor in extractors]
    # One site cannot be resampled: its intervals are unknown, not of width zero.
    several = len(set(sites)) > 1
    draws: Sequence[Values] = stats.bootstrap(metric, tables, sites, resamples=resamples, seed=seed) if several else ()
    rows = [
        _row(
            extractor,
            metric,
            counts,
            draws[place] if several else None,
            store=store,
            corpus=corpus,
            control=extractor.name in controls,
        )
        for place, (extractor, counts) in enumerate(zip(extractors, tables, strict=True))
    ]
    firsts = [metric.per_page(counts)[metric.values[0]] for counts in tables]
    first_name = metric.values[0]
    sign = 1.0 if first_name in metric.lower_is_better else -1.0

    def rank(place: int) -> tuple[bool, float, str]:
        value = rows[place].values[first_name].value
        return rows[place].control, math.inf if value is None else sign * value, rows[place].label

    order = sorted(range(len(rows)), key=rank)
    slices = _slices(corpus.facts, by, [firsts[place] for place in order]) if by else ()
    return Summary(
        metric=metric.name,
        signature=metric.signature,
        columns=metric.values,
        rows=[rows[place] for place in order],
        corpus=corpus_facts(corpus),
        resamples=resamples,
        seed=seed,
        by=by,
        slices=slices,
        manifest=manifest,
        notes=[*corpus_notes(corpus, len(set(sites))), *_network_notes(extractors)],
    )


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


def _row(
    extractor: StoredExtractor,
    metric: Metric,
    counts: Floats,
    draws: Values | None,
    *,
    store: Store,
    corpus: Corpus,
    control: bool,
) -> Row:
    pooled = metric.pooled(counts)
    over = {name: int(bottom.sum()) for name, (_, bottom) in metric.parts(counts).items()}
    pages = {name: int((~np.isnan(value)).sum()) for name, value in metric.per_page(counts).items()}
    values = {}
    for name in metric.values:
        value = None if np.isnan(pooled[name][0]) else float(pooled[name][0])
        spread = stats.interval(draws[name]) if draws else None
        reason = None
        if value is None:
            reason = why_not(metric, name, counts, corpus)
        elif spread is None:
            reason = "no interval: one site" if draws is None else "no interval: undefined in most resamples"
        values[name] = Value(value, spread, over.get(name, pages[name]), reason)
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


def _slices(facts: Sequence[Facts], by: str, firsts: Sequence[Floats]) -> list[Slice]:
    """The mean of page values in each slice, the largest slice first; of a pooled F1, the mean of page F1s."""
    if by not in FIELDS:
        raise UsageError(f"cannot slice by {by!r}; there are: {', '.join(FIELDS)}")
    members: dict[str, list[int]] = {}
    for number, one in enumerate(facts):
        members.setdefault(getattr(one, by) or "(none)", []).append(number)
    slices = []
    for name, numbers in sorted(members.items(), key=lambda item: (-len(item[1]), item[0])):
        means = []
        for first in firsts:
            defined = first[numbers][~np.isnan(first[numbers])]
            means.append(float(defined.mean()) if len(defined) else None)
        slices.append(Slice(name, len(numbers), means))
    return slices


def corpus_notes(corpus: Corpus, sites: int) -> list[str]:
    """Return what a table must say of its corpus: records left out, too few sites for intervals."""
    notes = []
    if corpus.broken:
        notes.append(f"{len(corpus.broken)} broken records left out (--skip-broken)")
    if sites < 2:
        notes.append("no intervals: resampling needs pages of at least two sites")
    return notes


def _network_notes(extractors: Sequence[StoredExtractor]) -> list[str]:
    """Say which of these declared programs had the network, as their identities tell (see `bench.declared`)."""
    names = [one.name for one in extractors if one.identity.get("settings", {}).get("network") is True]
    return [f"with the network open, as declared: {', '.join(names)}"] if names else []
