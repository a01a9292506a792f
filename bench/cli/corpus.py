"""`bench corpus`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click

from bench import plugins
from bench.cli._shared import listed, open_corpus, print_view


@click.command("corpus")
@click.argument("corpus", metavar="[CORPUS]", default="builtin")
@click.option("--split", help="Split of the corpus, where it has several.")
@click.option("--pages", "only", multiple=True, metavar="GLOB", help="Only pages whose id matches; repeatable.")
@click.option("--skip-broken", is_flag=True, help="Go on without records that cannot be used.")
@click.option(
    "--by",
    default="kind,language,tag",
    show_default=True,
    metavar="FIELD,...",
    help="What to count by: kind, language, tag, site, split.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(plugins.names("tables")),
    default="table",
    show_default=True,
    help="Form of the tables.",
)
def command(corpus: str, split: str | None, only: tuple[str, ...], skip_broken: bool, by: str, form: str) -> None:
    """Count a corpus: pages by kind, language, tag and site, how much of a page its gold is, which slices are too thin to rank.

    CORPUS is a folder, or `builtin`.
    """  # fmt: skip
    from bench.census import FIELDS, census
    from bench.errors import UsageError
    from bench.progress import steps
    from bench.store import Store
    from bench.summarise import corpus_facts
    from bench.views.composition import Composition

    fields = listed(by) or []
    for field in fields:
        if field not in FIELDS:
            raise UsageError(plugins.unknown("field", field, list(FIELDS)))
    # A corpus is indexed into a store; this one is thrown away.
    with tempfile.TemporaryDirectory(prefix="bench-corpus-") as folder, Store(Path(folder), write=True) as store:
        loaded = open_corpus(store, corpus, split, only, skip_broken=skip_broken, latest=False)
        with steps("counting", len(loaded)) as watch:
            counted = census(loaded, jobs=os.cpu_count() or 1, watch=watch)
    print_view(Composition(counted, corpus_facts(loaded), fields), form)
