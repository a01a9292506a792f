"""Gold and output as tokens, aligned: what every metric of ours counts from.

Alignment is the longest common subsequence, found bit-parallel (rapidfuzz); tokens become characters of a private
alphabet first, since comparing strings is several times faster than comparing lists of words.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import cached_property
from itertools import count, repeat
from typing import Any, TypeVar

from bench.model import Gold
from bench.text import tokenise

Made = TypeVar("Made")
Unit = TypeVar("Unit", bound=Hashable)


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
        """Return the length of the longest common subsequence with another token list."""
        from rapidfuzz.distance import LCSseq

        return int(LCSseq.similarity(self._spell(tokens), self._text))


class GoldTokens:
    """The tokens of one page's gold, made once for all extractors.

    Attributes:
        gold: the gold itself.
        tokens: those of every block, in page order.
        required: those of the required blocks alone.
    """

    def __init__(self, gold: Gold) -> None:
        self.gold = gold
        blocks = [(block.required, tokenise(block.text)) for block in gold.blocks]
        self.tokens = [token for _, block in blocks for token in block]
        self.required = [token for required, block in blocks if required for token in block]
        self._made: dict[Callable[[Gold], Any], Any] = {}

    @cached_property
    def spelt(self) -> Spelt:
        """All tokens, ready to be aligned with."""
        return Spelt(self.tokens)

    @cached_property
    def spelt_required(self) -> Spelt:
        """The required ones, ready to be aligned with."""
        return Spelt(self.required)

    def once(self, make: Callable[[Gold], Made]) -> Made:
        """Return `make(gold)`, made on first use: what a metric needs of the gold alone serves every extractor."""
        if make not in self._made:
            self._made[make] = make(self.gold)
        made: Made = self._made[make]
        return made


class Case:
    """One output against one gold: tokens and alignment, each made on first use and shared by all metrics."""

    def __init__(self, gold: GoldTokens, output: str) -> None:
        self.gold = gold
        self.output = output

    @cached_property
    def tokens(self) -> list[str]:
        """The output's tokens."""
        return tokenise(self.output)

    @cached_property
    def kept(self) -> int:
        """How many required tokens the output holds, in order: LCS of output and required gold."""
        return self.gold.spelt_required.common(self.tokens)

    @cached_property
    def explained(self) -> int:
        """How many output tokens the gold accounts for: LCS of output and all gold, at least `kept`."""
        if len(self.gold.tokens) == len(self.gold.required):
            return self.kept
        return self.gold.spelt.common(self.tokens)


def overlap(left: Counter[Unit], right: Counter[Unit]) -> int:
    """Return the size of the intersection of two multisets."""
    return sum(min(left[unit], right[unit]) for unit in left.keys() & right.keys())
