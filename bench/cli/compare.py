"""`bench compare`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bench.cli._shared import (
    control_names,
    corpus_options,
    metric_named,
    open_corpus,
    print_view,
    results_option,
    table_options,
)

_WORST = 5
_MANY = 3
"""With more pairs than these a page each way says enough."""


@click.command("compare")
@click.argument("specs", nargs=-1, required=True, metavar="NAME[==VERSION][:SETTINGS][@RUN]...")
@corpus_options
@table_options
@click.option(
    "--margin", type=click.FloatRange(0, 1), default=0.005, show_default=True, help="Pages no further apart are ties."
)
@click.option(
    "--worst",
    type=click.IntRange(0, 1000),
    help=f"Show so many pages each way that differ most; default: {_WORST}, 1 with more than {_MANY} pairs.",
)
@results_option
def command(
    specs: tuple[str, ...],
    corpus: str | None,
    split: str | None,
    only: tuple[str, ...],
    skip_broken: bool,
    metric: str,
    by: str | None,
    form: str,
    resamples: int,
    seed: int,
    margin: float,
    worst: int | None,
    results: Path,
) -> None:
    """Compare extractors, versions, settings or runs: is one better, can these pages tell, and on which pages.

    `@RUN @RUN` compares each extractor that is in both runs with itself. Reads stored results and runs nothing; what is not
    counted yet is counted first.
    """  # fmt: skip
    from bench.compare import compare
    from bench.differences import Method
    from bench.errors import NothingToDo, UsageError
    from bench.lineup import line_up
    from bench.progress import steps
    from bench.score import score
    from bench.store import Store
    from bench.views.comparison import SecondLessFirst

    shown = metric_named(metric)
    if not shown.ranks:
        raise UsageError(f"{metric} is a breakdown and ranks nobody; choose another --metric, --worst tells of each page")
    controls = control_names()
    with Store(results, write=True) as store:
        loaded = open_corpus(store, corpus, split, only, skip_broken=skip_broken, latest=True)
        stored, runs = store.extractors(), store.runs()
        if not stored:
            raise NothingToDo(f"no stored results of {loaded.name}; `bench run` makes them")
        chosen = line_up(stored, runs, specs, controls=controls)
        keys = [entry.extractor.key for entry in chosen.rows]
        with steps("counting", len(loaded)) as watch:
            score(loaded, keys, [shown], store, jobs=os.cpu_count() or 1, watch=watch)
        names = {key.hex() for key in keys}
        manifests = [
            run.manifest
            for run in runs
            if run.manifest["corpus"]["digest"] == loaded.digest and names <= {one["key"] for one in run.manifest["extractors"]}
        ]
        comparison = compare(
            loaded,
            chosen,
            shown,
            store,
            by=by,
            worst=(_WORST if len(chosen.pairs) <= _MANY else 1) if worst is None else worst,
            method=Method(margin, resamples, seed),
            manifest=manifests[-1] if manifests else None,
        )
    print_view(SecondLessFirst(comparison), form)
