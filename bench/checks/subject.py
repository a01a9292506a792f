"""What checks of a page look at."""

from __future__ import annotations

from functools import cached_property, partial
from typing import Any

from bench.alignment import GoldTokens
from bench.checks.findings import Finding, Severity
from bench.checks.source import Place, Source
from bench.checks.words import Letters
from bench.corpus import Corpus
from bench.encoding import codec_of
from bench.page_text import PageText

EMBEDDED = "embedded-json"
"""Tag of a page that a script builds from data in it."""


class Subject:
    """A page with its gold, read and decoded once for all checks. Making one raises CorpusError like `Corpus.read`.

    Attributes:
        name: the page's id as findings have it.
        page: the page itself.
        data: its bytes.
        codec: Python's name of its encoding.
        markup: its bytes decoded, as extractors get them.
        gold: its gold.
        read_gold: gives the gold again, for what should not hold it meanwhile.
        source: the files that they were read from, None where the corpus is not of the built-in format.
        tokens: the words of the gold, and of the page as `PageText.of_page` has them.
    """

    def __init__(self, corpus: Corpus, number: int, *, several: bool) -> None:
        self.name = name_of(corpus, corpus.facts[number].id, several=several)
        self.page, self.data = corpus.read(number)
        self.codec = codec_of(self.data, self.page.encoding)
        self.markup = markup = self.data.decode(self.codec, "replace").removeprefix("\ufeff")
        self.source = Source.of(corpus, self.page.id)
        self.read_gold = partial(corpus.gold, number)
        self.gold = self.read_gold()
        self.tokens = GoldTokens(self.gold, lambda: PageText.of_markup(markup))

    @property
    def embedded(self) -> bool:
        """Whether a script builds the page from data in it, where its words then are to be looked for."""
        return EMBEDDED in self.page.tags

    def finding(self, severity: Severity, rule: str, message: str, /, at: Place | None = None, **detail: Any) -> Finding:
        """Return what was found on this page, and where."""
        return Finding(severity, rule, (self.name,), message, detail, *(at or ()))

    @cached_property
    def letters(self) -> Letters:
        """The page's words, title aside, for those that it parts otherwise: by elements within a line, that no reader sees."""
        return Letters(self.tokens.page.tokens[self.tokens.page.lead :])

    @cached_property
    def shown(self) -> str:
        """The page's visible text."""
        return shown(self.tokens.page)


def shown(page: PageText) -> str:
    """Return a page's visible text as captured, white space drawn together."""
    return " ".join("".join(place.text for place in page.places).split())


def name_of(corpus: Corpus, page_id: str, *, several: bool) -> str:
    """Return a page's id, after its split where there are `several`."""
    return f"{corpus.split}/{page_id}" if several else page_id
