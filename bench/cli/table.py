"""`bench table`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.cli._shared import (
    answer,
    control_names,
    corpus_options,
    listed,
    metric_named,
    metrics_named,
    open_corpus,
    print_view,
    results_option,
    table_options,
)

if TYPE_CHECKING:
    from bench.corpus import Corpus
    from bench.history import Entry
    from bench.metric import Metric
    from bench.present import View
    from bench.request import Request
    from bench.store import Store


@click.command("table")
@click.option(
    "-x",
    "--extractor",
    "specs",
    multiple=True,
    metavar="NAME[==VERSION][:SETTINGS][@RUN]",
    help="Only these rows, or vote(NAME,NAME,...) of them; repeatable. Default: all that the store holds of this corpus.",
)
@corpus_options
@table_options
@click.option(
    "--metrics", metavar="NAME,...|all", help="Instead: several metrics side by side, and how far their rankings agree."
)
@click.option("--leaks", is_flag=True, help="Instead: what leaked, by region of the page.")
@click.option("--losses", is_flag=True, help="Instead: what was lost, by kind of element.")
@results_option
def command(
    specs: tuple[str, ...],
    corpus: str | None,
    split: str | None,
    only: tuple[str, ...],
    skip_broken: bool,
    form: str,
    results: Path,
    **options: Any,
) -> None:
    """Print a table of stored results; runs nothing.

    Without --corpus, of the corpus that was last run or imported to. New gold and new metrics are counted first.
    """  # fmt: skip
    from bench.cast import with_votes
    from bench.errors import NothingToDo
    from bench.history import Entry, entries, newest
    from bench.store import Store

    _metrics(**options)  # a mistake is told before anything is opened
    with Store(results, write=True) as store:
        loaded = open_corpus(store, corpus, split, only, skip_broken=skip_broken, latest=True)
        stored = with_votes(loaded, store, specs)
        if not stored:
            raise NothingToDo(f"no stored results of {loaded.name}; `bench run` makes them")
        rows = entries(stored, store.runs(), specs) if specs else [Entry(one) for one in newest(stored)]
        view = answer("table", options, loaded, rows, store)
    print_view(view, form)


def _metrics(*, metric: str, metrics: str | None, leaks: bool, losses: bool, **others: Any) -> tuple[list[Metric], list[str]]:
    """The metrics that the options ask for, and notes on those that are left out. Raises UsageError."""
    from bench.errors import UsageError

    if (metrics is not None) + leaks + losses > 1:
        raise UsageError("--metrics, --leaks and --losses each ask for a table of its own; choose one")
    arranged = [f"--{name}" for name in ("by", "columns", "sort", "top") if others.get(name) is not None]
    if arranged and (metrics is not None or leaks or losses):
        raise UsageError(f"{arranged[0]} is for the main table; leave it out with --metrics, --leaks or --losses")
    if metrics is not None:
        return metrics_named(metrics, first=metric)
    return [metric_named("leaks" if leaks else "losses" if losses else metric)], []


def make(
    request: Request,
    corpus: Corpus,
    rows: Sequence[Entry],
    store: Store,
    *,
    metric: str,
    metrics: str | None,
    leaks: bool,
    losses: bool,
    by: str | None,
    columns: str | None,
    sort: str | None,
    top: int | None,
    resamples: int,
    interval: str,
    seed: int,
) -> View:
    """Return the view that the options ask for; what is not counted yet is counted first. Raises like the command."""
    from bench.agreement import agree
    from bench.errors import NothingToDo
    from bench.history import manifest_of
    from bench.intervals import Resampling
    from bench.progress import steps
    from bench.score import score
    from bench.summarise import summarise
    from bench.views.agreement import SideBySide
    from bench.views.breakdown import Breakdown
    from bench.views.overview import Overview

    shown, notes = _metrics(
        metric=metric, metrics=metrics, leaks=leaks, losses=losses, by=by, columns=columns, sort=sort, top=top
    )
    # The two breakdowns come of the same alignments; whoever asks for one asks for the other next.
    counted = metrics_named("leaks,losses")[0] if leaks or losses else shown
    extractors = [row.extractor for row in rows]
    keys = [one.key for one in extractors]
    with steps("counting", len(corpus)) as watch:
        score(corpus, keys, counted, store, jobs=os.cpu_count() or 1, watch=watch)
    manifest = manifest_of(store.runs(), corpus.digest, keys)
    request = replace(request, signatures=[one.signature for one in shown])
    if metrics is not None:
        side_by_side = agree(
            corpus, extractors, shown, store, controls=control_names(), resamples=resamples, seed=seed, manifest=manifest,
            notes=notes,
        )  # fmt: skip
        if not side_by_side.columns:
            raise NothingToDo(f"nothing to compare: {'; '.join(side_by_side.notes)}")
        # By name: `all` will mean more one day.
        named = {**request.options, "metrics": ",".join(one.name for one in shown)}
        return SideBySide(side_by_side, replace(request, options=named))
    summary = summarise(
        corpus, extractors, shown[0], store, controls=control_names(), by=by, how=Resampling(resamples, seed, interval),
        manifest=manifest,
    )  # fmt: skip
    return Breakdown(summary, request) if leaks or losses else Overview(summary, request, listed(columns), sort, top)
