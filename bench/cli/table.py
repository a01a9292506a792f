"""`bench table`."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli._shared import (
    control_names,
    corpus_options,
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
    metavar="NAME[==VERSION][:SETTINGS]",
    help="Only these rows; repeatable. Default: all that the store holds of this corpus.",
)
@corpus_options
@table_options
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
    results: Path,
) -> None:
    """Print a table of stored results; runs nothing.

    Without --corpus, of the corpus that was last run or imported to. New gold and new metrics are counted first.
    """  # fmt: skip
    from bench import plugins
    from bench.errors import NothingToDo
    from bench.score import score
    from bench.store import Store
    from bench.summarise import select, summarise
    from bench.views.overview import Overview

    shown = plugins.load("metrics", metric).METRIC
    with Store(results, write=True) as store:
        loaded = open_corpus(store, corpus, split, only, skip_broken=skip_broken, latest=True)
        stored = store.extractors()
        if not stored:
            raise NothingToDo(f"no stored results of {loaded.name}; `bench run` makes them")
        rows = select(stored, specs)
        score(loaded, [one.key for one in rows], [shown], store)
        runs = [one.manifest for one in store.runs() if one.manifest["corpus"]["digest"] == loaded.digest]
        # The newest run that had all these rows in it; failing that, the newest of this corpus.
        keys = {one.key.hex() for one in rows}
        complete = [one for one in runs if keys <= {extractor["key"] for extractor in one["extractors"]}]
        manifest = next(iter([*complete[-1:], *runs[-1:]]), None)
        summary = summarise(
            loaded, rows, shown, store, controls=control_names(), by=by, resamples=resamples, seed=seed,
            manifest=manifest,
        )  # fmt: skip
    print_view(Overview(summary), form)
