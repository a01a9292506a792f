"""Extractors asked about one page: run in the sandbox like any, their answers kept in the store, a draft made of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.annotate.draft import Draft, draft
from bench.corpus import alone
from bench.engines.local import Local
from bench.errors import Interrupted
from bench.model import Limits, Outcome, Page
from bench.page_text import PageText
from bench.progress import steps
from bench.run import Scratch, label, run
from bench.spec import Extractor
from bench.store import Store


def poll(
    page: Page, extractors: Sequence[Extractor], results: Path, title: str | None = None, authors: Sequence[str] = ()
) -> Draft:
    """Return the draft for a page. What extractors gave is stored, so that neither a second poll nor a run asks them again.

    Args:
        page: the page.
        extractors: those that vote.
        results: the folder of the store.
        title: the page's headline.
        authors: names of its authors.

    Raises:
        StoreError: the store cannot be written.
        Interrupted: the user stopped it.
    """
    limits = Limits()
    corpus = alone(page)
    with Store(results, write=True) as store, Scratch(results) as scratch:
        store.want(corpus.wanted())
        engine = Local(os.cpu_count() or 1, limits, scratch)
        with steps("asking", len(extractors), "extractors") as watch:
            report = run(corpus, extractors, store, engine, limits=limits, watcher=_Answers(watch))
        if report.interrupted:
            raise Interrupted("stopped; nothing was written, the same command goes on")
        outputs: dict[str, str | None] = {}
        why = {}
        for one in extractors:
            name = label(one)
            cells = [cell for _, cell in store.cells(one.key)]
            failed = not cells or cells[0].outcome.failed
            outputs[name] = None if failed else store.text(one.key, corpus.page_keys[0]) or ""
            why[name] = (cells[0].error_message or cells[0].outcome.value) if cells else report.unavailable.get(name, "not run")
    return draft(PageText.of_page(page, page.html), outputs, why, title, authors)


class _Answers:
    """Counts extractors as they answer; a plan and a summary of one page say nothing."""

    def __init__(self, watch: Callable[[int], None]) -> None:
        self._watch = watch

    def begin(self, stored: dict[str, int], to_run: dict[str, int]) -> None:  # noqa: ARG002 - as a run calls it
        """Count those whose answers are there."""
        self._watch(sum(stored.values()))

    def done(self, label: str, outcome: Outcome) -> None:  # noqa: ARG002 - the same
        """Count one."""
        self._watch(1)

    def end(self) -> None:
        """Say nothing."""
