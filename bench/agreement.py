"""Do the metrics agree on which extractor is better? Kendall's tau between their rankings, with intervals.

tau-b counts, over all pairs of extractors, how often two metrics order them alike against how often oppositely; pairs that a
metric ties count half in the normalisation (Kendall, "The treatment of ties in ranking problems", Biometrika 33, 1945).
1 is the same ranking, 0 none in common, -1 the reverse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from bench import stats
from bench.corpus import Corpus
from bench.intervals import Resampling
from bench.metric import Floats, Metric
from bench.store import Store, StoredExtractor
from bench.summarise import Value, corpus_facts, corpus_notes, signed, why_not

SAME = 1e-12
"""Values no further apart are equal: sums of the same page values differ so much by the order in which they are added."""
LEAST = 3
"""Fewer extractors have no ranking worth comparing."""


@dataclass(frozen=True, slots=True)
class Column:
    """One metric: its first value for every row."""

    metric: str
    signature: str
    value: str
    lower_is_better: bool


@dataclass(frozen=True, slots=True)
class Ranked:
    """One extractor and what each metric makes of it, in the order of the columns."""

    name: str
    version: str
    settings: str
    control: bool
    values: Sequence[Value]


@dataclass(frozen=True, slots=True)
class Agreement:
    """All metrics side by side, and how far their rankings agree."""

    columns: Sequence[Column]
    rows: Sequence[Ranked]
    """Best first by the first column, controls after the rest."""
    tau: Sequence[Sequence[Value]]
    """Metrics x metrics, over the rows that are no controls; n is how many these are."""
    corpus: Mapping[str, Any]
    resamples: int
    seed: int
    manifest: Mapping[str, Any] | None = None
    notes: Sequence[str] = ()

    @property
    def full_signature(self) -> str:
        """Everything that could change a number, in one line; metrics whose signatures go on alike share a bracket."""
        alike: dict[str, list[str]] = {}
        for column in self.columns:
            name, _, rest = column.signature.partition("|")
            alike.setdefault(rest, []).append(name)
        metrics = "|".join(f"[{','.join(names)}|{rest}]" for rest, names in alike.items())
        return signed(f"agreement:v1|tau-b|{metrics}", self.corpus, Resampling(self.resamples, self.seed))


def agree(
    corpus: Corpus,
    extractors: Sequence[StoredExtractor],
    metrics: Sequence[Metric],
    store: Store,
    *,
    controls: frozenset[str],
    resamples: int = stats.RESAMPLES,
    seed: int = stats.SEED,
    manifest: Mapping[str, Any] | None = None,
    notes: Sequence[str] = (),
) -> Agreement:
    """Return every metric of every extractor, and the agreement of the rankings.

    A metric that applies to no page is left out, with a note. All metrics meet the same resampled sites.

    Args:
        corpus: the pages; `store.want` must have been told of them, and counts must be stored (`score`).
        extractors: the rows.
        metrics: the columns, the one that orders the rows first.
        store: where the counts are.
        controls: names that are control rows; they are shown but not ranked.
        resamples: of the bootstrap.
        seed: of the bootstrap.
        manifest: of the run that the table comes from, to travel with it.
        notes: lines to stand under the table.
    """
    sites = [facts.site for facts in corpus.facts]
    count = len(set(sites))
    several = count > 1
    ranked = [place for place, one in enumerate(extractors) if one.name not in controls]
    columns, values, scores, drawn = [], [], [], []
    left_out: dict[str, list[str]] = {}
    for metric in metrics:
        first = metric.values[0]
        tables = [store.counts(one.key, metric.signature, len(metric.fields)) for one in extractors]
        pooled = np.array([metric.pooled(table)[first][0] for table in tables])
        applies = [int((~np.isnan(metric.per_page(table)[first])).sum()) for table in tables]
        if not any(applies):
            left_out.setdefault(why_not(metric, first, tables[0], corpus), []).append(metric.name)
            continue
        draws = (
            [one[first] for one in stats.bootstrap(metric, tables, sites, resamples=resamples, seed=seed)] if several else []
        )
        sign = -1.0 if first in metric.lower_is_better else 1.0
        columns.append(Column(metric.name, metric.signature, first, lower_is_better=sign < 0))
        values.append(
            [
                Value(None, None, n, why_not(metric, first, tables[place], corpus))
                if np.isnan(value)
                else Value(float(value), stats.interval(draws[place], count) if several else None, n)
                for place, (value, n) in enumerate(zip(pooled, applies, strict=True))
            ]
        )
        scores.append(sign * pooled[ranked][None, :])
        drawn.append(sign * np.stack([draws[place] for place in ranked], axis=1) if several and ranked else None)
    rows = [
        Ranked(one.name, one.version, one.settings, one.name in controls, [column[place] for column in values])
        for place, one in enumerate(extractors)
    ]
    pairs = combinations_with_replacement(range(len(columns)), 2)
    half = {(left, right): _tau(scores, drawn, left, right, ranked=len(ranked), sites=count) for left, right in pairs}
    return Agreement(
        columns=columns,
        rows=sorted(rows, key=lambda row: _order(row, columns)),
        tau=[[half[min(left, right), max(left, right)] for right in range(len(columns))] for left in range(len(columns))],
        corpus=corpus_facts(corpus),
        resamples=resamples,
        seed=seed,
        manifest=manifest,
        notes=[
            *notes,
            *corpus_notes(corpus, count),
            *(f"left out: {', '.join(names)} ({reason})" for reason, names in left_out.items()),
        ],
    )


def _order(row: Ranked, columns: Sequence[Column]) -> tuple[bool, float, str]:
    first = row.values[0].value if columns else None
    sign = 1.0 if columns and columns[0].lower_is_better else -1.0
    return row.control, np.inf if first is None else sign * first, f"{row.name} {row.version} {row.settings}"


def _tau(scores: Sequence[Floats], drawn: Sequence[Floats | None], left: int, right: int, *, ranked: int, sites: int) -> Value:
    if ranked < LEAST:
        return Value(None, None, ranked, f"fewer than {LEAST} extractors")
    if np.isnan(scores[left]).any() or np.isnan(scores[right]).any():
        return Value(None, None, ranked, "an extractor without a value")
    tau = float(kendall(scores[left], scores[right])[0])
    ours, theirs = drawn[left], drawn[right]
    spread = stats.interval(kendall(ours, theirs), sites) if ours is not None and theirs is not None else None
    return Value(None, None, ranked, "a metric that ties them all") if np.isnan(tau) else Value(tau, spread, ranked)


def kendall(left: Floats, right: Floats) -> Floats:
    """Return tau-b of each row of two arrays, rows x items; NaN where one ties all items, or any is NaN."""
    one, other = np.triu_indices(left.shape[1], 1)
    ours, theirs = (_signs(side[:, one] - side[:, other]) for side in (left, right))
    pairs = np.sqrt((ours**2).sum(axis=1) * (theirs**2).sum(axis=1))
    tau: Floats = np.divide((ours * theirs).sum(axis=1), pairs, out=np.full(len(left), np.nan), where=pairs > 0)
    return tau


def _signs(differences: Floats) -> Floats:
    return np.where(np.abs(differences) <= SAME, 0.0, np.sign(differences))
