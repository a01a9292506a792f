"""Words and figures that several checks deal in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import accumulate

from bench.alignment import Spelt


def joined(tokens: Sequence[str]) -> str:
    """Return tokens as one string, a line for each, for `holds`."""
    return "\n".join(tokens)


def holds(text: str, words: str) -> bool:
    """Return whether a joined text has joined words in a row. With a whole word between them, the outer two may be cut."""
    return words in text if words.count("\n") > 1 else f"\n{words}\n" in f"\n{text}\n"


class Letters:
    """A text as the letters and digits of its words, for words that are parted otherwise elsewhere: `100,000`, `100` `000`."""

    def __init__(self, words: Sequence[str]) -> None:
        parts = [_letters(word) for word in words]
        self._text = "".join(parts)
        self._borders = frozenset(accumulate(map(len, parts), initial=0))

    def hold(self, words: Sequence[str]) -> bool:
        """Return whether these begin where a word of the text begins, and end where one ends."""
        wanted = "".join(map(_letters, words))
        at = self._text.find(wanted) if wanted else -1
        while at >= 0 and not {at, at + len(wanted)} <= self._borders:
            at = self._text.find(wanted, at + 1)
        return at >= 0


def _letters(word: str) -> str:
    return "".join(filter(str.isalnum, word))


LOOK = 50
"""Words that are compared to find where a text that is nowhere as a whole begins."""


def alike(words: Sequence[str], text: Sequence[str], start: int, most: int) -> int:
    """Return how many of the first words, of `most`, a text has in a row from `start` on."""
    pairs = enumerate(zip(words[:most], text[start : start + most], strict=False))
    return next((count for count, (one, other) in pairs if one != other), min(most, len(words), len(text) - start))


def begins(words: Sequence[str], text: Sequence[str], starts: Iterable[int]) -> tuple[int, int]:
    """Return the start from which on a text has most of the first words in a row, and how many; (0, 0) without a start."""
    start = max(starts, key=lambda start: alike(words, text, start, LOOK), default=None)
    return (0, 0) if start is None else (start, alike(words, text, start, len(words)))


def f1(left: list[str], right: list[str]) -> float:
    """Return the F1 of two token lists by alignment; two empty ones agree."""
    return 2 * Spelt(left).common(right) / (len(left) + len(right)) if left or right else 1.0


def percent(part: float, whole: float) -> str:
    """Return a share in per cent, rounded down, though not to nothing."""
    share = 100 * part / whole
    if 0 < share < 1:
        return "less than 1 %"
    return f"{math.floor(share * 10) / 10:.1f} %" if 98 <= share < 100 else f"{math.floor(share)} %"
