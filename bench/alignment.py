"""Gold and output as tokens, aligned: what every metric of ours counts from.

Alignment is the longest common subsequence, found bit-parallel (rapidfuzz); tokens become characters of a private
alphabet first, since comparing strings is several times faster than comparing lists of words.
"""

from __future__ import annotations

from functools import cached_property

from bench.model import Gold
from bench.text import tokenise


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
        return common(self.tokens, self.gold.required)

    @cached_property
    def explained(self) -> int:
        """How many output tokens the gold accounts for: LCS of output and all gold, at least `kept`."""
        if len(self.gold.tokens) == len(self.gold.required):
            return self.kept
        return common(self.tokens, self.gold.tokens)


def common(left: list[str], right: list[str]) -> int:
    """Return the length of the longest common subsequence of two token lists."""
    from rapidfuzz.distance import LCSseq

    if not left or not right:
        return 0
    # Tokens that only one side has can be in no common subsequence; one character stands for all of them.
    alphabet = {token: chr(number) for number, token in enumerate(dict.fromkeys(right), start=1)}
    spelt = "".join([alphabet.get(token, "\0") for token in left])
    return int(LCSseq.similarity(spelt, "".join([alphabet[token] for token in right])))
