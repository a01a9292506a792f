"""A first gold, by vote: what nearly all extractors kept is in, what hardly any kept is out, a person settles the rest.

Each extractor has a vote on each block of the page (`bench.vote.votes`). A headline that the page repeats and captions are
written as optional, since the guideline has them so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.model import Block
from bench.page_text import PageText
from bench.readers.native import format_blocks, numbered
from bench.regions import TITLE
from bench.text import tokenise
from bench.vote import votes

IN, OUT = 0.9, 0.1
"""Shares of the votes from which on a block is in, and up to which it is out."""
_MARGIN = 32


@dataclass(frozen=True, slots=True)
class Voted:
    """A block of the page.

    Attributes:
        share: of the votes, 0 to 1.
        place: where it stands, in words.
        caption: whether it is one.
    """

    text: str
    share: float
    place: str
    caption: bool


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
        return sum(OUT < block.share < IN for block in self.blocks)

    def gold(self, title: str | None) -> str:
        """Return the draft as `gold/<id>.txt` has it; blocks to be settled begin with their share, `?58% `."""
        headline = tokenise(title or "")
        return "\n\n".join(part for block in self.blocks for part in _written(block, headline)) + "\n"

    def dump(self, name: str) -> str:
        """Return the page block by block, each after its share in per cent and its place, for a person to read."""
        lines = [
            f"{name}: every block that the page shows, after the share of extractors that kept it, in per cent.",
            f"Votes of {len(self.voters)}: {', '.join(self.voters) or 'nobody'}.",
            *(f"Without {name}: {' '.join(why.split())}" for name, why in self.failed.items()),
            "",
        ]
        place = ""
        for block in self.blocks:
            where = block.place if block.place != place else ""
            share = f"{100 * block.share:3.0f}" if block.share else "  ."
            text = block.text.replace("\n", f"\n{'':{_MARGIN}}")
            lines.append(f"{share}  {where:<{_MARGIN - 6}} {text}")
            place = block.place
        return "\n".join(lines) + "\n"


def draft(page: PageText, outputs: Mapping[str, str | None], why: Mapping[str, str]) -> Draft:
    """Return the draft for a page.

    Args:
        page: its visible text.
        outputs: of each extractor, by its label; None where it failed, which is no vote.
        why: the reasons of those.
    """
    answers = {label: output for label, output in outputs.items() if output is not None}
    counted = votes(page, list(answers.values()))
    worded = set(np.unique(page.block_of[page.lead :]).tolist())
    blocks = []
    for number, places in enumerate(page.blocks):
        first = page.places[places.start]
        if number in worded and first.region != TITLE:
            where = first.region if first.element in (first.region, "paragraph") else f"{first.region}, {first.element}"
            share = float(counted[number]) / len(answers) if answers else 0.0
            blocks.append(Voted(page.text_of(places), share, where, first.element == "caption"))
    return Draft(blocks, list(answers), {label: why[label] for label in outputs.keys() - answers.keys()})


def _written(block: Voted, headline: Sequence[str]) -> Iterator[str]:
    """A block as a draft has it: one of the gold, or several where a listing has blank lines; none where it is out."""
    if block.share <= OUT:
        return
    optional = block.caption or tokenise(block.text) == headline
    mark = "" if block.share >= IN else f"?{100 * block.share:.0f}% "
    for _, part in numbered(block.text):
        yield mark + format_blocks([Block(part, required=not optional)]).removesuffix("\n")
