"""`bench compare`."""

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
    metric_named,
    open_corpus,
    print_view,
    results_option,
    view_options,
)

if TYPE_CHECKING:
    from bench.corpus import Corpus
    from bench.history import Entry
    from bench.metric import Metric
    from bench.present import View
    from bench.request import Request
    from bench.store import Store

_WORST = 5
_MANY = 3
"""With more pairs than these a page each way says enough."""


@click.command("compare")
@click.argument("specs", nargs=-1, required=True, metavar="NAME[==VERSION][:SETTINGS][@RUN]...")
@corpus_options
@view_options
@click.option(
    "--margin", type=click.FloatRange(0, 1), default=0.005, show_default=True, help="Pages no further apart are ties."
)
@click.option(
    "--worst",
    type=click.IntRange(0, 1000),
    help=f"Show so many pages each way that differ most; default: {_WORST}, 1 with more than {_MANY} pairs.",
)
@click.option("--by-twos", is_flag=True, help="Compare the first row with the second, the third with the fourth, and so on.")
@results_option
def command(
    specs: tuple[str, ...],
    corpus: str | None,
    split: str | None,
    only: tuple[str, ...],
    skip_broken: bool,
    form: str,
    results: Path,
    by_twos: bool,
    **options: Any,
) -> None:
    """Compare extractors, versions, settings or runs: is one better, can these pages tell, and on which pages.

    `@RUN @RUN` compares each extractor that is in both runs with itself. Reads stored results and runs nothing; what is not
    counted yet is counted first.
    """  # fmt: skip
    from bench.cast import with_votes
    from bench.errors import NothingToDo
    from bench.lineup import line_up
    from bench.store import Store

    _metric(options["metric"])  # a mistake is told before anything is opened
    with Store(results, write=True) as store:
        loaded = open_corpus(store, corpus, split, only, skip_broken=skip_broken, latest=True)
        stored = with_votes(loaded, store, specs)
        if not stored:
            raise NothingToDo(f"no stored results of {loaded.name}; `bench run` makes them")
        chosen = line_up(stored, store.runs(), specs, controls=control_names())
        options["by_twos"] = by_twos or chosen.by_twos
        view = answer("compare", options, loaded, chosen.rows, store)
    for note in chosen.notes:
        click.echo(note, err=True)
    print_view(view, form)


def _metric(name: str) -> Metric:
    """The metric of a name. Raises UsageError when it ranks nobody."""
    from bench.errors import UsageError

    metric = metric_named(name)
    if not metric.ranks:
        raise UsageError(f"{name} is a breakdown and ranks nobody; choose another --metric, --worst tells of each page")
    return metric


def make(
    request: Request,
    corpus: Corpus,
    rows: Sequence[Entry],
    store: Store,
    *,
    metric: str,
    by: str | None,
    margin: float,
    worst: int | None,
    by_twos: bool,
    resamples: int,
    seed: int,
) -> View:
    """Return the view that the options ask for; what is not counted yet is counted first. Raises like the command."""
    from bench.compare import compare
    from bench.differences import Method
    from bench.history import manifest_of
    from bench.lineup import LineUp
    from bench.progress import steps
    from bench.score import score
    from bench.views.comparison import SecondLessFirst

    shown = _metric(metric)
    chosen = LineUp(rows, by_twos=by_twos)
    keys = [entry.extractor.key for entry in rows]
    with steps("counting", len(corpus)) as watch:
        score(corpus, keys, [shown], store, jobs=os.cpu_count() or 1, watch=watch)
    comparison = compare(
        corpus,
        chosen,
        shown,
        store,
        by=by,
        worst=(_WORST if len(chosen.pairs) <= _MANY else 1) if worst is None else worst,
        method=Method(margin, resamples, seed),
        manifest=manifest_of(store.runs(), corpus.digest, keys),
    )
    return SecondLessFirst(comparison, replace(request, signatures=[shown.signature]))
