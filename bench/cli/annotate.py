"""`bench annotate`."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli._shared import asked_for, ready, results_option, warn

if TYPE_CHECKING:
    from bench.annotate.round import Round
    from bench.model import Gold, Page


@click.command("annotate")
@click.argument("page_id", metavar="[ID]", required=False)
@click.option(
    "--corpus", default=".", show_default=True, type=click.Path(file_okay=False, path_type=Path), help="Folder of the corpus."
)
@click.option(
    "-x",
    "--extractor",
    "specs",
    multiple=True,
    metavar="NAME[==VERSION][:SETTINGS]",
    help="Extractor whose vote is shown; repeatable. Default: all that are installed.",
)
@click.option(
    "--editor",
    envvar=["VISUAL", "EDITOR"],
    default="vi",
    show_default="$VISUAL, $EDITOR, vi",
    help="Command that opens files and waits.",
)
@click.option("--majority", is_flag=True, help="Let the majority decide what is undecided, instead of asking.")
@results_option
def command(page_id: str | None, corpus: Path, specs: tuple[str, ...], editor: str, majority: bool, results: Path) -> None:
    """Settle a draft, or change a page's gold, in your editor.

    Opens the gold, the metadata, and a dump of the page's blocks, each with the share of extractors that kept it. In the gold,
    `?58% ` before a block is a question: delete the mark to require the block, write `~ ` for it to make the block optional,
    or delete the block; `?58% ~ ` proposes an optional one. What comes back is checked; only what is sound takes its place in
    the corpus, as reviewed. Without an ID: the only draft, or the list of them all when there are several.
    """  # fmt: skip
    from bench.annotate.files import known
    from bench.annotate.poll import poll
    from bench.annotate.round import Round
    from bench.errors import CorpusError
    from bench.readers.native import Native

    page_id = page_id or _only_draft(corpus)
    paths = known(corpus, page_id)
    page = Native(corpus, None).page(page_id)
    extractors = [one for one in ready(asked_for(specs, None, None), {}).values() if not one.adapter.control]
    drafted = poll(page, extractors, results)
    with tempfile.TemporaryDirectory(prefix="bench-annotate-") as folder:
        turn = Round(paths, Path(folder), drafted.dump(page_id))
        warn(f"opening {turn.told}; the last, of all blocks with their votes, is for reading (in vi: `:n` and `:prev`)")
        choice = "e"
        while True:
            if choice == "e":
                turn.edit(editor)
            if majority or choice == "m":
                turn.settle()
            undecided = len(turn.undecided)
            if not undecided:
                turn.review()
            errors, doubts = _told(turn, page_id, undecided)
            if not (undecided or errors or doubts):
                break
            choice = _choice(errors, undecided)
            if choice == "a":
                break
            if choice == "k":
                turn.keep()
                raise CorpusError(f"{paths.gold}: kept as a draft, {undecided} blocks to settle: bench annotate {page_id}")
            if choice == "q":
                raise CorpusError(f"{paths.gold}: nothing changed; the corpus is as it was")
        turn.keep()
    kept = Native(corpus, None)
    gold = kept.gold(page_id)
    _show(kept.page(page_id), gold)
    if doubts:
        warn(f"{page_id}: warnings about its gold: {doubts}; `bench check {corpus}` tells them again")
    lacking = [name for name, snippets in (("keep", gold.keep), ("drop", gold.drop)) if not snippets]
    if lacking:
        warn(f"{page_id}: no snippets to {' or '.join(lacking)}: [gold] of corpus/{page_id}.toml takes three to six of each")
    warn(f"{page_id}: kept in {corpus}")


def _only_draft(corpus: Path) -> str:
    """The one page whose gold is a draft."""
    from bench.annotate.files import native
    from bench.corpus import BrokenRecord
    from bench.errors import NothingToDo, UsageError

    reader = native(corpus)
    drafts = []
    for page_id in reader.ids():
        try:
            reader.gold(page_id)
        except BrokenRecord as problem:
            if problem.broken.draft:
                drafts.append(page_id)
    if not drafts:
        raise NothingToDo(f"{corpus}: no drafts; name a page to change its gold")
    if len(drafts) > 1:
        raise UsageError(f"{len(drafts)} drafts: {', '.join(drafts)}; name one")
    return drafts[0]


def _told(turn: Round, page_id: str, undecided: int) -> tuple[int, int]:
    """Print what is wrong with what came back; returns how many errors, and warnings about the gold; neither of a draft."""
    from bench.checks.findings import ERROR, WARNING
    from bench.store import Store

    if undecided:
        for line, block in turn.undecided:
            warn(f"gold/{page_id}.txt:{line}: undecided: {' '.join(block.split())[:100]}")
        return 0, 0
    with tempfile.TemporaryDirectory(prefix="bench-check-") as scratch, Store(Path(scratch), write=True) as store:
        findings = turn.findings(store)
    for one in findings:
        at = f"{turn.named(one.file)}:{one.line or 1}: " if one.file else ""
        warn(f"{at}{one.severity} {one.rule} {' '.join(one.message.split())}")
    about_gold = [one for one in findings if one.file in (turn.copies.gold, turn.copies.markdown)]
    return sum(one.severity == ERROR for one in findings), sum(one.severity == WARNING for one in about_gold)


def _choice(errors: int, undecided: int) -> str:
    """What a person wants to do about it; without one, drafts are kept, errors change nothing, warnings are no hindrance."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return "q" if errors else "k" if undecided else "a"
    offers = ["e", "q"] if errors else ["e", "m", "k", "q"] if undecided else ["e", "a", "q"]
    words = {
        "e": "[e]dit again",
        "a": "[a]ccept it with its warnings",
        "m": "the [m]ajority decides the rest",
        "k": "[k]eep as a draft",
        "q": "[q]uit, change nothing",
    }
    return str(click.prompt(", ".join(words[one] for one in offers), type=click.Choice(offers), default="e", err=True))


def _show(page: Page, gold: Gold) -> None:
    """Print the page with its gold laid over it."""
    import shutil

    from rich.console import Console

    from bench.alignment import Case, GoldTokens
    from bench.page_text import PageText
    from bench.show import draw, lay_out

    required = "\n\n".join(block.text for block in gold.blocks if block.required)
    shown = lay_out(Case(GoldTokens(gold, lambda: PageText.of_page(page, page.html)), required))
    width = shutil.get_terminal_size((80, 24)).columns
    draw(shown, Console(width=width, highlight=False, emoji=False, no_color=bool(os.environ.get("NO_COLOR"))))
