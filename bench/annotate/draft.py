"""A first gold, by vote: what nearly all extractors kept is in, what hardly any kept is out, a person settles the rest.

Each extractor has a vote on each block of the page (`bench.vote.votes`). What the guideline has as optional, as far as that can
be told, is written so: captions, the headline, and lines that name the author. A headline is asked about even where hardly any
extractor kept it, since a gold without it would blame those that do, and such lines always: some are the text's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.model import Block
from bench.page_text import PageText
from bench.readers.native import format_blocks, numbered
from bench.regions import FOOTER, HIDDEN, LINKS, TITLE
from bench.text import tokenise
from bench.vote import votes

IN, OUT = 0.9, 0.1
"""Shares of the votes from which on a block is in, and up to which it is out."""
_MARGIN = 32
_LEGEND = (
    "In the gold  ?58% text    asks: delete the mark to require the block, write `~ ` for it, or delete the block",
    "             ?58% ~ text  proposes an optional block: delete `?58% ` to agree",
    "             ~ text       is optional: neither paid for nor punished (headline, byline, date, caption ...)",
    "What belongs in and has no line there is copied from here, in the page's order.",
)
_BYLINE = 12
"""Words that a line which names the author may have."""
_SELDOM_TEXT = frozenset({"related", "advertisement", "newsletter", "share"})
"""Regions whose blocks are asked about also where nearly all extractors kept them."""
_BESIDE = frozenset({
    TITLE, FOOTER, HIDDEN, LINKS, "navigation", "breadcrumbs", "pagination", "related", "tags", "search", "consent", "dialog",
})  # fmt: skip
"""Regions where a headline or an author's name leads somewhere, or belongs to another page."""


@dataclass(frozen=True, slots=True)
class Voted:
    """A block of the page.

    Attributes:
        share: of the votes, 0 to 1.
        place: where it stands, in words.
        optional: whether it seems to be what the guideline has as optional.
        asked: whether a person has to decide on it.
    """

    text: str
    share: float
    place: str
    optional: bool
    asked: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """A page's blocks with what extractors made of them.

    Attributes:
        blocks: those with words, in the page's order; the document's title is none.
        voters: labels of the extractors that answered.
        failed: labels of those that did not, with the reason.
    """

    blocks: Sequence[Voted]
    voters: Sequence[str]
    failed: Mapping[str, str]

    @property
    def undecided(self) -> int:
        """How many blocks are left to a person."""
        return sum(block.asked for block in self.blocks)

    def gold(self) -> str:
        """Return the draft as `gold/<id>.txt` has it; blocks to be settled begin with their share, `?58% `."""
        return "\n\n".join(part for block in self.blocks for part in _written(block)) + "\n"

    def dump(self, name: str) -> str:
        """Return the page block by block, each after its share in per cent and its place, for a person to read."""
        lines = [
            f"{name}: every block that the page shows, after the share of extractors that kept it, in per cent.",
            f"Votes of {len(self.voters)}: {', '.join(self.voters) or 'nobody'}.",
            *(f"Without {name}: {' '.join(why.split())}" for name, why in self.failed.items()),
            "",
            *_LEGEND,
            "",
        ]
        for block in self.blocks:
            share = f"{100 * block.share:3.0f}" if block.share else "  ."
            text = block.text.replace("\n", f"\n{'':{_MARGIN}}")
            lines.append(f"{share}  {block.place:<{_MARGIN - 6}} {text}")
        return "\n".join(lines) + "\n"


def draft(
    page: PageText,
    outputs: Mapping[str, str | None],
    why: Mapping[str, str],
    title: str | None = None,
    authors: Sequence[str] = (),
) -> Draft:
    """Return the draft for a page.

    Args:
        page: its visible text.
        outputs: of each extractor, by its label; None where it failed, which is no vote.
        why: the reasons of those.
        title: its headline.
        authors: names of its authors.
    """
    answers = {label: output for label, output in outputs.items() if output is not None}
    counted = votes(page, list(answers.values()))
    worded = set(np.unique(page.block_of[page.lead :]).tolist())
    headline, names = tokenise(title or ""), [tokenise(name) for name in authors]
    blocks = []
    for number, places in enumerate(page.blocks):
        first = page.places[places.start]
        if number in worded and first.region != TITLE:
            where = first.region if first.element in (first.region, "paragraph") else f"{first.region}, {first.element}"
            share = float(counted[number]) / len(answers) if answers else 0.0
            text = page.text_of(places)
            words, beside = tokenise(text), first.region in _BESIDE
            is_headline, is_byline = words == headline and not beside, not beside and _names(words, names)
            doubtful = share > OUT and first.region in _SELDOM_TEXT
            asked = OUT < share < IN or doubtful or (is_headline and share <= OUT) or is_byline
            blocks.append(Voted(text, share, where, is_headline or is_byline or first.element == "caption", asked))
    return Draft(blocks, list(answers), {label: why[label] for label in outputs.keys() - answers.keys()})


def _names(words: Sequence[str], names: Sequence[Sequence[str]]) -> bool:
    """Whether a block is a line that names an author."""
    return len(words) <= _BYLINE and any(name and f" {' '.join(name)} " in f" {' '.join(words)} " for name in names)


def _written(block: Voted) -> Iterator[str]:
    """A block as a draft has it: one of the gold, or several where a listing has blank lines; none where it is out."""
    if block.share <= OUT and not block.asked:
        return
    mark = f"?{100 * block.share:.0f}% " if block.asked else ""
    for _, part in numbered(block.text):
        yield mark + format_blocks([Block(part, required=not block.optional)]).removesuffix("\n")
