"""The check of pages and gold: every page and gold is read once, and nothing is run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.checks import blocks, encoding, gold, keys, markdown, marks, removed, snippets
from bench.checks.findings import Finding, listed
from bench.checks.metadata import Metadata
from bench.checks.records import broken, unusable
from bench.checks.subject import Subject
from bench.checks.twins import Twins
from bench.corpus import Corpus
from bench.errors import CorpusError

ONE_BY_ONE = tuple(one.findings for one in (encoding, gold, blocks, marks, markdown, snippets, keys))
TOGETHER = (Twins, Metadata)


def check(corpora: Sequence[Corpus], *, watch: Callable[[], None] = lambda: None) -> list[Finding]:
    """Return what is wrong with pages and gold.

    Args:
        corpora: a corpus, or the splits of one.
        watch: called after every page.
    """
    several = len(corpora) > 1
    together = [make() for make in TOGETHER]
    found: list[Finding] = []
    for corpus in corpora:
        found += broken(corpus, several=several)
        found += removed.findings(corpus, several=several)
        for number, facts in enumerate(corpus.facts):
            try:
                subject = Subject(corpus, number, several=several)
            except CorpusError as problem:
                found.append(unusable(corpus, facts.id, problem, several=several))
                continue
            for of_page in ONE_BY_ONE:
                found += of_page(subject)
            for pages in together:
                pages.add(subject)
            watch()
    for pages in together:
        found += pages.findings()
    return listed(found)
