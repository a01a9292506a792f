"""`bench table`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bench.cli._shared import (
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


@click.command("table")
@click.option(
    "-x",
    "--extractor",
    "specs",
    multiple=True,
    metavar="NAME[==VERSION][:SETTINGS][@RUN]",
    help="Only these rows; repeatable. Default: all that the store holds of this corpus.",
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
    metric: str,
    by: str | None,
    columns: str | None,
    sort: str | None,
    top: int | None,
    form: str,
    resamples: int,
    interval: str,
    seed: int,
    metrics: str | None,
    leaks: bool,
    losses: bool,
    results: Path,
) -> None:
    """Print a table of stored results; runs nothing.

    Without --corpus, of the corpus that was last run or imported to. New gold and new metrics are counted first.
    """  # fmt: skip
    from bench.agreement import agree
    from bench.errors import NothingToDo, UsageError
    from bench.intervals import Resampling
    from bench.progress import steps
    from bench.score import score
    from bench.store import Store
    from bench.summarise import select, summarise
    from bench.views.agreement import SideBySide
    from bench.views.breakdown import Breakdown
    from bench.views.overview import Overview

    if (metrics is not None) + leaks + losses > 1:
        raise UsageError("--metrics, --leaks and --losses each ask for a table of its own; choose one")
    arranged = {"--by": by, "--columns": columns, "--sort": sort, "--top": top}
    given = [name for name, value in arranged.items() if value is not None]
    if given and (metrics is not None or leaks or losses):
        raise UsageError(f"{given[0]} is for the main table; leave it out with --metrics, --leaks or --losses")
    if metrics is not None:
        shown, notes = metrics_named(metrics, first=metric)
    else:
        shown, notes = [metric_named("leaks" if leaks else "losses" if losses else metric)], []
    # The two breakdowns come of the same alignments; whoever asks for one asks for the other next.
    counted = metrics_named("leaks,losses")[0] if leaks or losses else shown
    with Store(results, write=True) as store:
        loaded = open_corpus(store, corpus, split, only, skip_broken=skip_broken, latest=True)
        stored = store.extractors()
        if not stored:
            raise NothingToDo(f"no stored results of {loaded.name}; `bench run` makes them")
        rows = select(stored, specs, store.runs())
        with steps("counting", len(loaded)) as watch:
            score(loaded, [one.key for one in rows], counted, store, jobs=os.cpu_count() or 1, watch=watch)
        runs = [one.manifest for one in store.runs() if one.manifest["corpus"]["digest"] == loaded.digest]
        # The newest run that had all these rows in it; failing that, the newest of this corpus.
        keys = {one.key.hex() for one in rows}
        complete = [one for one in runs if keys <= {extractor["key"] for extractor in one["extractors"]}]
        manifest = next(iter([*complete[-1:], *runs[-1:]]), None)
        if metrics is not None:
            side_by_side = agree(
                loaded, rows, shown, store, controls=control_names(), resamples=resamples, seed=seed, manifest=manifest,
                notes=notes,
            )  # fmt: skip
            if not side_by_side.columns:
                raise NothingToDo(f"nothing to compare: {'; '.join(side_by_side.notes)}")
            print_view(SideBySide(side_by_side), form)
            return
        summary = summarise(
            loaded, rows, shown[0], store, controls=control_names(), by=by, how=Resampling(resamples, seed, interval),
            manifest=manifest,
        )  # fmt: skip
    print_view(Breakdown(summary) if leaks or losses else Overview(summary, listed(columns), sort, top), form)
