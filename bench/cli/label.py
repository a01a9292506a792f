"""`bench label`."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli._shared import label_options, results_option


@click.command("label")
@click.argument("run", default="latest")
@label_options
@results_option
def command(run: str, name: str | None, note: str | None, results: Path) -> None:
    """Name a run, or note something about it.

    RUN is `latest`, a number of `bench list runs` or a name. Wherever an extractor is asked for, `NAME@RUN` means it as it
    was in that run: `bench compare trafilatura@baseline trafilatura`.
    """
    from bench.errors import NothingToDo
    from bench.history import checked_name, find_run
    from bench.store import Store

    if name is None and note is None:
        raise NothingToDo("give the run a --name or a --note")
    name = checked_name(name) if name is not None else None
    with Store(results, write=True) as store:
        number = find_run(store.runs(), run).number
        store.label_run(number, name=name, note=note)
    click.echo(f"run {number}: {', '.join(part for part in (name, note) if part is not None)}", err=True)
