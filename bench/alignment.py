"""Token lists aligned: gold to page, output to gold, output to page, each once and read by every metric and view.

Alignment is the longest common subsequence (LCS), found bit-parallel (rapidfuzz): common ends are stripped first, and
tokens become characters of a private alphabet, since comparing strings is several times faster than comparing lists of
words. It is exact up to `EXACT` cells, which takes a text of 30,000 tokens on either side. Beyond that tokens that are
unique on both sides are matched first (Heckel, "A technique for isolating differences between files", 1978; Cohen's
patience diff) and the gaps between them aligned exactly; a gap that is still too large is cut into windows. So no page can
hold up a run, and the length found is never more than the true one.
"""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import cached_property
from itertools import count, repeat
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from bench.model import Gold
from bench.text import tokenise

if TYPE_CHECKING:
    from bench.page_text import PageText

Made = TypeVar("Made")
Unit = TypeVar("Unit", bound=Hashable)
Places = NDArray[np.int64]
"""For each token of one list its partner's number in another, -1 where it has none. Partners ascend."""

EXACT = 10**9
"""Cells (length times length) of an alignment found exactly: half a second and 125 MB at most."""

TOGETHER = 10**6
"""Characters that `Case.of_all` takes together, which bounds memory, unless one output has more. Each output counts with
the gold, as what is held against it has a share for each."""


class Spelt:
    """Tokens as characters of an alphabet of their own, in which other token lists can be spelt too."""

    def __init__(self, tokens: list[str]) -> None:
        distinct = dict.fromkeys(tokens)
        # More distinct tokens than there are characters is a hostile page, not a text; numbers serve there, slowly.
        letters: Iterator[str] | Iterator[int] = map(chr, count()) if len(distinct) <= sys.maxunicode else count()
        self._alphabet: dict[str, str | int] = dict(zip(distinct, letters, strict=False))
        self._text = self._spell(tokens)

    def _spell(self, tokens: list[str]) -> Sequence[str | int]:
        # What the alphabet lacks is left out: it can be in no common subsequence.
        if len(self._alphabet) > sys.maxunicode:
            return [self._alphabet[token] for token in tokens if token in self._alphabet]
        return "".join(map(self._alphabet.get, tokens, repeat("")))  # type: ignore[arg-type] # characters, all of them

    def common(self, tokens: list[str]) -> int:
        """Return the length of the alignment with another token list."""
        from rapidfuzz.distance import LCSseq

        left, right = self._spell(tokens), self._text
        if len(left) * len(right) <= EXACT:
            return int(LCSseq.similarity(left, right))
        return sum(
            sure + int(LCSseq.similarity(left[one.start : one.stop], right[other.start : other.stop]))
            for sure, one, other in _gaps(left, right)
        )

    def place(self, tokens: list[str]) -> Places:
        """Return for each of these tokens its partner among ours. As many have one as `common` says."""
        from rapidfuzz.distance import LCSseq

        left, right = self._spell(tokens), self._text
        placed = np.full(len(left), -1, dtype=np.int64)
        for sure, one, other in _gaps(left, right):
            placed[one.start - sure : one.start] = np.arange(other.start - sure, other.start)
            opcodes = LCSseq.opcodes(left[one.start : one.stop], right[other.start : other.stop])
            for code in opcodes:
                if code.tag == "equal":
                    start = one.start + code.src_start
                    placed[start : one.start + code.src_end] = np.arange(
                        other.start + code.dest_start, other.start + code.dest_end
                    )
        if len(left) == len(tokens):
            return placed
        whole = np.full(len(tokens), -1, dtype=np.int64)
        whole[[number for number, token in enumerate(tokens) if token in self._alphabet]] = placed
        return whole


def _gaps(left: Sequence[Any], right: Sequence[Any]) -> Iterator[tuple[int, range, range]]:
    """Yield what must be aligned: (matches right before it, part of left, part of right), in order."""
    if len(left) * len(right) <= EXACT:
        yield 0, range(len(left)), range(len(right))
        return
    ends = 0
    while ends < min(len(left), len(right)) and left[ends] == right[ends]:
        ends += 1
    stop = 0
    while stop < min(len(left), len(right)) - ends and left[-1 - stop] == right[-1 - stop]:
        stop += 1
    last_left, last_right = len(left) - stop, len(right) - stop
    begun_left, begun_right, sure = ends, ends, ends
    for place, partner in [*_anchors(left, right, ends, last_left, last_right), (last_left, last_right)]:
        for one, other in _windows(range(begun_left, place), range(begun_right, partner)):
            yield sure, one, other
            sure = 0
        begun_left, begun_right, sure = place + 1, partner + 1, 1
    yield stop, range(len(left), len(left)), range(len(right), len(right))


def _anchors(left: Sequence[Any], right: Sequence[Any], start: int, end_left: int, end_right: int) -> list[tuple[int, int]]:
    """The longest ascending run of tokens that each side holds once, as pairs of places."""
    once_left, once_right = (
        {token for token, times in Counter(part).items() if times == 1}
        for part in (left[start:end_left], right[start:end_right])
    )
    both = once_left & once_right
    where = {right[place]: place for place in range(start, end_right) if right[place] in both}
    pairs = [(place, where[left[place]]) for place in range(start, end_left) if left[place] in both]
    # Patience sorting: the top of each pile, and for each pair the top of the pile before it.
    tops: list[int] = []
    numbers: list[int] = []
    before: list[int] = []
    for number, (_, partner) in enumerate(pairs):
        pile = bisect_left(tops, partner)
        before.append(numbers[pile - 1] if pile else -1)
        tops[pile : pile + 1], numbers[pile : pile + 1] = [partner], [number]
    chain = []
    number = numbers[-1] if numbers else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def _windows(one: range, other: range) -> Iterator[tuple[range, range]]:
    """Cut a gap into as many parts of equal share as keep each within `EXACT` cells."""
    cells = len(one) * len(other)
    parts = int(np.ceil(np.sqrt(cells / EXACT))) if cells > EXACT else 1
    for part in range(parts):
        yield tuple(whole[len(whole) * part // parts : len(whole) * (part + 1) // parts] for whole in (one, other))  # type: ignore[misc] # two of them


def compact(placed: Places, tokens: list[str], others: list[str]) -> Places:
    """Return the alignment with partners drawn together, as many of them.

    Among equally long alignments the LCS takes any: the first word of a text may be matched to one in the menu above it.
    A partner moves next to that of the following token, else next to that of the token before, where the same word is; and
    so on the other side.
    """
    return _inverse(
        _drawn_together(_inverse(_drawn_together(placed, tokens, others), len(others)), others, tokens), len(tokens)
    )


def _inverse(placed: Places, size: int) -> Places:
    """The same alignment from the other side."""
    inverse = np.full(size, -1, dtype=np.int64)
    known = np.flatnonzero(placed >= 0)
    inverse[placed[known]] = known
    return inverse


def _drawn_together(placed: Places, tokens: list[str], others: list[str]) -> Places:
    paired = (placed[:-1] >= 0) & (placed[1:] >= 0)
    breaks = np.flatnonzero(paired & (placed[1:] != placed[:-1] + 1)).tolist()
    partners: list[int] = placed.tolist()
    for last in reversed(breaks):
        number = last
        while number >= 0 and 0 <= partners[number] < partners[number + 1] - 1:
            if others[partners[number + 1] - 1] != tokens[number]:
                break
            partners[number] = partners[number + 1] - 1
            number -= 1
    for last in breaks:
        number = last + 1
        while number < len(partners) and partners[number - 1] + 1 < partners[number]:
            joined = number + 1 < len(partners) and partners[number + 1] == partners[number] + 1
            if joined or others[partners[number - 1] + 1] != tokens[number]:
                break  # it belongs to what follows, or is another word
            partners[number] = partners[number - 1] + 1
            number += 1
    return np.array(partners, dtype=np.int64)


class GoldTokens:
    """The tokens of one page's gold, and of the page, made once for all extractors.

    Args:
        gold: the gold.
        page: gives the page's text; without one the page holds what the gold holds, and nothing else.
        outputs: those that are to be counted, where they are known; `Case.of_all` takes them together.

    Attributes:
        gold: the gold itself.
    """

    def __init__(self, gold: Gold, page: Callable[[], PageText] | None = None, outputs: Sequence[str] = ()) -> None:
        self.gold = gold
        self._read = page
        self._outputs = outputs
        self._made_of_all: dict[Callable[[GoldTokens, Sequence[str]], Sequence[Any]], list[Any]] = {}
        self._made: dict[Callable[[Gold], Any], Any] = {}
        self._made_of_page: dict[Callable[[PageText], Any], Any] = {}

    @cached_property
    def _blocks(self) -> list[list[str]]:
        return [tokenise(block.text) for block in self.gold.blocks]

    @cached_property
    def tokens(self) -> list[str]:
        """Those of every block, in page order."""
        return [token for block in self._blocks for token in block]

    @cached_property
    def required(self) -> list[str]:
        """Those of the required blocks alone."""
        return [token for token, required in zip(self.tokens, self.is_required, strict=True) if required]

    @cached_property
    def block_of(self) -> Places:
        """For each token the number of its block."""
        return np.repeat(np.arange(len(self._blocks)), [len(block) for block in self._blocks])

    @cached_property
    def is_required(self) -> NDArray[np.bool_]:
        """For each token whether its block is."""
        return np.array([block.required for block in self.gold.blocks], dtype=bool)[self.block_of]

    @cached_property
    def page(self) -> PageText:
        """The page's visible text as tokens."""
        from bench.page_text import PageText  # few metrics read pages, and its rules take a while to compile

        return self._read() if self._read else PageText.of_text(self.gold.text)

    @cached_property
    def spelt(self) -> Spelt:
        """All tokens, ready to be aligned with."""
        return Spelt(self.tokens)

    @cached_property
    def spelt_required(self) -> Spelt:
        """The required ones, ready to be aligned with."""
        return Spelt(self.required)

    @cached_property
    def spelt_page(self) -> Spelt:
        """The page's tokens, ready to be aligned with."""
        return Spelt(self.page.tokens)

    @cached_property
    def on_page(self) -> Places:
        """For each gold token its place on the page, -1 for one that the page does not hold there.

        The document's title, which no reader sees on the page, is left out: the headline is the one on the page.
        """
        body = self.page.tokens[self.page.lead :]
        placed = compact(Spelt(body).place(self.tokens), self.tokens, body)
        return np.where(placed >= 0, placed + self.page.lead, -1)

    def once(self, make: Callable[[Gold], Made]) -> Made:
        """Return `make(gold)`, made on first use: what a metric needs of the gold alone serves every extractor."""
        if make not in self._made:
            self._made[make] = make(self.gold)
        made: Made = self._made[make]
        return made

    def once_of_page(self, make: Callable[[PageText], Made]) -> Made:
        """Return `make(page)`, made on first use."""
        if make not in self._made_of_page:
            self._made_of_page[make] = make(self.page)
        made: Made = self._made_of_page[make]
        return made

    def of_all(self, make: Callable[[GoldTokens, Sequence[str]], Sequence[Made]], output: str) -> Made:
        """Return an output's share of `make(self, outputs)`, made on first use."""
        try:
            place = self._outputs.index(output)
        except ValueError:
            return make(self, [output])[0]
        if make not in self._made_of_all:
            self._made_of_all[make] = [one for some in self._portions() for one in make(self, some)]
        made: Made = self._made_of_all[make][place]
        return made

    def _portions(self) -> Iterator[Sequence[str]]:
        """The outputs, no more at a time than `TOGETHER` allows."""
        start, sum_of_sizes = 0, 0
        for place, output in enumerate(self._outputs):
            size = len(output) + len(self.gold.text)
            if place > start and sum_of_sizes + size > TOGETHER:
                yield self._outputs[start:place]
                start, sum_of_sizes = place, 0
            sum_of_sizes += size
        yield self._outputs[start:]


class Case:
    """One output against one gold and its page: tokens and alignments, each made on first use and shared by all metrics."""

    def __init__(self, gold: GoldTokens, output: str) -> None:
        self.gold = gold
        self.output = output
        self._made: dict[Callable[[Case], Any], Any] = {}

    @cached_property
    def tokens(self) -> list[str]:
        """The output's tokens."""
        return tokenise(self.output)

    @cached_property
    def kept(self) -> int:
        """How many required tokens the output holds, in order: LCS of output and required gold."""
        if "in_required" in vars(self):  # aligned already; else the length alone takes half the time
            return int((self.in_required >= 0).sum())
        return self.gold.spelt_required.common(self.tokens)

    @cached_property
    def explained(self) -> int:
        """How many output tokens the gold accounts for: LCS of output and all gold, at least `kept`."""
        if len(self.gold.tokens) == len(self.gold.required):
            return self.kept
        if "in_gold" in vars(self):
            return int((self.in_gold >= 0).sum())
        return self.gold.spelt.common(self.tokens)

    @cached_property
    def in_required(self) -> Places:
        """For each output token its partner among the required gold tokens; `kept` of them have one."""
        return compact(self.gold.spelt_required.place(self.tokens), self.tokens, self.gold.required)

    @cached_property
    def in_gold(self) -> Places:
        """For each output token its partner among all gold tokens; `explained` of them have one."""
        if len(self.gold.tokens) == len(self.gold.required):
            return self.in_required
        return compact(self.gold.spelt.place(self.tokens), self.tokens, self.gold.tokens)

    @cached_property
    def on_page(self) -> Places:
        """For each output token its place on the page, -1 for one that the page does not hold there."""
        return compact(self.gold.spelt_page.place(self.tokens), self.tokens, self.gold.page.tokens)

    def once(self, make: Callable[[Case], Made]) -> Made:
        """Return `make(case)`, made on first use: what several metrics need is made for all of them."""
        if make not in self._made:
            self._made[make] = make(self)
        made: Made = self._made[make]
        return made

    def of_all(self, make: Callable[[GoldTokens, Sequence[str]], Sequence[Made]]) -> Made:
        """Return this output's share of `make(gold, outputs)`, one of them for each output.

        Outputs that the gold knows of are taken together, on first use: for what costs several texts little more than one.
        """
        return self.gold.of_all(make, self.output)


def overlap(left: Counter[Unit], right: Counter[Unit]) -> int:
    """Return the size of the intersection of two multisets."""
    return sum(min(left[unit], right[unit]) for unit in left.keys() & right.keys())
