"""`bench show`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli._shared import open_corpus, results_option
from bench.text import escaped_json, plain

if TYPE_CHECKING:
    from rich.console import Console

    from bench.corpus import Corpus
    from bench.store import Store, StoredExtractor

FORMAT = 1
"""Version of the JSON layout; raised when a field changes its meaning or goes."""


@click.command("show")
@click.argument("page")
@click.argument("extractor", metavar="NAME[==VERSION][:SETTINGS][@RUN]")
@click.option("--corpus", metavar="FOLDER", help="Folder of a corpus, or `builtin`. Default: that last run or imported to.")
@click.option("--split", help="Split of the corpus, where it has several.")
@click.option("--full", is_flag=True, help="Show all boilerplate that was dropped, too.")
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Colour; without it, marks.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form.")
@results_option
def command(
    page: str, extractor: str, corpus: str | None, split: str | None, full: bool, color: str, form: str, results: Path
) -> None:
    """Show one page as an extractor left it: kept, lost and leaked words, in the page's order.

    Regions of the page stand at the margin. Reads stored results; runs nothing.
    """
    from bench.alignment import Case, GoldTokens
    from bench.errors import NothingToDo
    from bench.page_text import PageText
    from bench.show import draw, lay_out
    from bench.store import Store
    from bench.vote import parse

    with Store(results, write=parse(extractor) is not None) as store:  # a vote may have to be counted
        loaded = _page(store, corpus, split, page)
        row = _row(loaded, store, page, extractor)
        [cell] = [cell for _, cell in store.cells(row.key)]
        text = store.text(row.key, loaded.page_keys[0]) or ""
    captured, html = loaded.read(0)
    gold = loaded.gold(0)
    if gold.snippets_only:
        raise NothingToDo(f"the gold of page {page} is snippets only; there is no text to lay over the page")
    case = Case(GoldTokens(gold, lambda: PageText.of_page(captured, html)), text)
    shown = lay_out(case)
    counts = {"kept": case.kept, "lost": len(case.gold.required) - case.kept, "leaked": len(case.tokens) - case.explained}
    if form == "json":
        about = {
            "page": page, "url": captured.url, "extractor": row.name, "version": row.version, "settings": row.settings,
            "outcome": cell.outcome.value,
        }  # fmt: skip
        click.echo(escaped_json({"format": FORMAT, **about, **counts, **shown.body()}), nl=False)
        return
    console = _console(color)
    label = " ".join(part for part in (row.name, row.version, row.settings) if part)
    console.print(plain(f"{page}, {label}: {cell.outcome.value}"), markup=False)
    told = ", ".join(f"{name} {count:,}" for name, count in counts.items())
    console.print(f"{told} words\n", markup=False)
    draw(shown, console, full=full)


def _page(store: Store, corpus: str | None, split: str | None, page: str) -> Corpus:
    """The corpus asked for, or that of the latest run, with this page alone."""
    from bench.corpus import builtin, recognise
    from bench.errors import UsageError
    from bench.plugins import unknown

    runs = store.runs()
    if corpus is None and runs:
        corpus, split = str(runs[-1].root), split or runs[-1].split
    _, reader = recognise(builtin() if corpus in (None, "builtin") else Path(str(corpus)), split)
    ids = list(reader.ids())
    if page not in ids:
        raise UsageError(unknown("page", page, ids))
    literal = "".join(f"[{character}]" if character in "[*?" else character for character in page)
    return open_corpus(store, corpus, split, (literal,), skip_broken=False, latest=False)


def _row(corpus: Corpus, store: Store, page: str, extractor: str) -> StoredExtractor:
    """The one extractor that a spec names among those with a cell on the page, the only one of this corpus."""
    from bench.cast import with_votes
    from bench.errors import NothingToDo, UsageError
    from bench.summarise import select
    from bench.vote import parse

    found = store.extractors()
    if not found:
        raise NothingToDo(f"no stored results of page {page}; `bench run --pages {page}` makes them")
    try:
        if parse(extractor):
            found = with_votes(corpus, store, [extractor])
        chosen = select(found, [extractor], store.runs())
    except UsageError:
        here = {row.key for row in found}
        if all(one.key in here for one in select(store.known(), [extractor], store.runs())):
            raise
        raise NothingToDo(f"{plain(extractor)} was not run on page {page}; `bench run --pages {page}` does") from None
    if len(chosen) > 1:
        labels = ", ".join(f"{one.name}=={one.version}:{one.settings}" for one in chosen)
        raise UsageError(f"{extractor} names {len(chosen)} rows: {plain(labels)}; name one")
    return chosen[0]


def _console(color: str) -> Console:
    import shutil

    from rich.console import Console

    width = shutil.get_terminal_size((80, 24)).columns
    if color == "never":
        return Console(width=width, color_system=None, highlight=False, emoji=False)
    always = True if color == "always" else None
    return Console(width=width, force_terminal=always, no_color=False if always else None, highlight=False, emoji=False)
