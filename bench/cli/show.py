"""`bench show`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bench.cli._shared import open_corpus, results_option
from bench.text import CONTROL, plain


@click.command("show")
@click.argument("page")
@click.argument("extractor", metavar="NAME[==VERSION][:SETTINGS]")
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

    Regions of the page stand at the margin. Reads stored results; runs and changes nothing.
    """
    import shutil

    from rich.console import Console

    from bench.alignment import Case, GoldTokens
    from bench.corpus import builtin, recognise
    from bench.errors import NothingToDo, UsageError
    from bench.page_text import PageText
    from bench.plugins import unknown
    from bench.show import draw, lay_out
    from bench.store import Store
    from bench.summarise import select

    with Store(results, write=False) as store:
        runs = store.runs()
        if corpus is None and runs:
            corpus, split = str(runs[-1].root), split or runs[-1].split
        _, reader = recognise(builtin() if corpus in (None, "builtin") else Path(str(corpus)), split)
        ids = list(reader.ids())
        if page not in ids:
            raise UsageError(unknown("page", page, ids if len(ids) <= 20 else ids[:20]))
        literal = "".join(f"[{character}]" if character in "[*?" else character for character in page)
        loaded = open_corpus(store, corpus, split, (literal,), skip_broken=False, latest=False)
        found = store.extractors()
        if not found:
            raise NothingToDo(f"no stored results of page {page}; `bench run --pages {page}` makes them")
        chosen = select(found, [extractor])
        if len(chosen) > 1:
            labels = ", ".join(f"{one.name}=={one.version}" + (f":{one.settings}" if one.settings else "") for one in chosen)
            raise UsageError(f"{extractor} names {len(chosen)} rows: {plain(labels)}; name one")
        [cell] = [cell for _, cell in store.cells(chosen[0].key)]
        text = store.text(chosen[0].key, loaded.page_keys[0]) or ""
    captured, html = loaded.read(0)
    gold = loaded.gold(0)
    if gold.snippets_only:
        raise NothingToDo(f"the gold of page {page} is snippets only; there is no text to lay over the page")
    case = Case(GoldTokens(gold, lambda: PageText.of_page(captured, html)), text)
    shown = lay_out(case)
    about = {
        "page": page, "url": captured.url, "extractor": chosen[0].name, "version": chosen[0].version,
        "settings": chosen[0].settings, "outcome": cell.outcome.value,
        "kept": case.kept, "lost": len(case.gold.required) - case.kept, "leaked": len(case.tokens) - case.explained,
    }  # fmt: skip
    if form == "json":
        written = json.dumps({"format": 1, **about, **shown.body()}, indent=1, ensure_ascii=False)
        click.echo("\n".join(CONTROL.sub(lambda sign: f"\\u{ord(sign[0]):04x}", line) for line in written.split("\n")))
        return
    width = shutil.get_terminal_size((80, 24)).columns
    force = {"always": True, "never": False}.get(color)
    console = Console(width=width, force_terminal=force, no_color=True if color == "never" else None, highlight=False)
    if color == "never":
        console = Console(width=width, color_system=None, highlight=False)
    row = " ".join(part for part in (chosen[0].name, chosen[0].version, chosen[0].settings) if part)
    console.print(plain(f"{page}, {row}: {cell.outcome.value}"), markup=False)
    console.print(f"kept {about['kept']:,}, lost {about['lost']:,}, leaked {about['leaked']:,} words\n", markup=False)
    draw(shown, console, full=full)
