"""What a corpus is made of: pages by kind, language, site and tag, and how much of each page its gold is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.alignment import GoldTokens
from bench.beside import beside
from bench.corpus import Corpus
from bench.page_text import PageText
from bench.slices import NONE

FEW = 10
"""Slices of fewer pages are not ranked in any table."""
FIELDS = ("kind", "language", "tag", "site", "split")


@dataclass(frozen=True, slots=True)
class Share:
    """A page's words: how many it shows, how many of these its gold requires or leaves open, and how many the gold requires."""

    page: int
    required: int
    optional: int
    gold: int


@dataclass(frozen=True, slots=True)
class Part:
    """The pages that have a value in common.

    Attributes:
        sites: how many sites they are of.
        words: of required gold, the median page's.
        required, optional: share of the visible words that is gold, the median page's, 0 to 1; None where the gold is no text.
    """

    name: str
    pages: int
    sites: int
    words: float | None
    required: float | None
    optional: float | None

    @property
    def thin(self) -> bool:
        """Whether it is too small to rank extractors on."""
        return self.pages < FEW


@dataclass(frozen=True, slots=True)
class Census:
    """A corpus counted.

    Attributes:
        parts: by field, largest first.
        cross: pages by kind and language.
        markdown: pages that have Markdown gold.
        empty: pages of which nothing is the right answer.
    """

    whole: Part
    parts: dict[str, list[Part]]
    cross: Counter[tuple[str, str]]
    markdown: int
    empty: int


def census(corpus: Corpus, *, jobs: int, watch: Callable[[int], None]) -> Census:
    """Return a corpus counted; reads every page. Raises CorpusError when one has vanished."""
    shares: list[Share | None] = []
    markdown = empty = 0
    for _, (share, has_markdown, is_empty) in beside(
        _look, ((number, (number,)) for number in range(len(corpus))), corpus, jobs=jobs
    ):
        shares.append(share)
        markdown += has_markdown
        empty += is_empty
        watch(1)
    members: dict[str, dict[str, list[int]]] = {field: {} for field in FIELDS}
    cross: Counter[tuple[str, str]] = Counter()
    for number, facts in enumerate(corpus.facts):
        cross[facts.kind or NONE, facts.language or NONE] += 1
        for field in FIELDS:
            for name in facts.tags or (NONE,) if field == "tag" else (getattr(facts, field) or NONE,):
                members[field].setdefault(name, []).append(number)

    def part(name: str, numbers: Sequence[int]) -> Part:
        known = [share for number in numbers if (share := shares[number])]
        return Part(
            name=name,
            pages=len(numbers),
            sites=len({corpus.facts[number].site for number in numbers}),
            words=median(share.gold for share in known) if known else None,
            required=median(share.required / max(share.page, 1) for share in known) if known else None,
            optional=median(share.optional / max(share.page, 1) for share in known) if known else None,
        )

    parts = {
        field: sorted((part(*item) for item in found.items()), key=lambda one: (-one.pages, one.name))
        for field, found in members.items()
    }
    return Census(part(corpus.name, range(len(corpus))), parts, cross, markdown, empty)


def _look(corpus: Corpus, number: int) -> tuple[Share | None, bool, bool]:
    """A page's words, whether it has Markdown gold, and whether nothing is its gold."""
    page, html = corpus.read(number)
    gold = corpus.gold(number)
    text = PageText.of_page(page, html)
    if gold.snippets_only:
        return None, bool(gold.markdown), False
    tokens = GoldTokens(gold, lambda: text)
    on_page = tokens.on_page >= 0
    required = int((on_page & tokens.is_required).sum())
    share = Share(len(text.tokens) - text.lead, required, int(on_page.sum()) - required, len(tokens.required))
    return share, bool(gold.markdown), not gold.blocks


def shown(part: Part) -> dict[str, Any]:
    """Return a part as a flat record."""
    return {
        "name": part.name, "pages": part.pages, "sites": part.sites, "words": part.words, "required": part.required,
        "optional": part.optional, "thin": part.thin,
    }  # fmt: skip
