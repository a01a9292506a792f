"""Runs of a fixed number of tokens, counted: how many of them two texts share, as multisets."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

_Codes = NDArray[np.int64]
_MOST = 2**63
"""Codes stay below."""
_UNKNOWN = bytes(4)


class Shingles:
    """The shingles of one text, to be compared with those of any number of others.

    Tokens are numbered from 1, and a run's code has the numbers of its tokens as digits, so that no two runs share one and a
    comparison costs a few array operations. 0 numbers what the text lacks. Where codes would grow too large, those of the
    runs so far are numbered in their turn.

    Args:
        tokens: of the text.
        length: tokens in a shingle.

    Attributes:
        total: how many shingles there are; none where there are fewer tokens than `length`.
    """

    def __init__(self, tokens: Sequence[str], length: int) -> None:
        # As bytes, since joining them takes less time than making an array of numbers.
        self._numbers = {token: number.to_bytes(4, "little") for number, token in enumerate(dict.fromkeys(tokens), start=1)}
        self._length = length
        self._shortened: dict[int, _Codes] = {}
        """By the length of runs that are numbered in their turn: the text's codes, ascending."""
        base = span = len(self._numbers) + 1
        codes = ones = self._numbered(tokens)
        for size in range(1, length):
            if span * base > _MOST:
                self._shortened[size] = np.unique(codes)
                codes = _places(self._shortened[size], codes)
                span = len(self._shortened[size]) + 1
            codes, span = codes[:-1] * base + ones[size:], span * base
        self.total = len(codes)
        self._codes, self._counts = np.unique(codes, return_counts=True)

    def overlap(self, tokens: Sequence[str]) -> int:
        """Return how many shingles another text shares, each as often as both have it."""
        if not self.total:
            return 0
        base = len(self._numbers) + 1
        codes = ones = self._numbered(tokens)
        for size in range(1, self._length):
            if size in self._shortened:
                codes = _places(self._shortened[size], codes)
            codes = codes[:-1] * base + ones[size:]
        codes.sort()  # a search for neighbours, one after the other, takes a third of the time
        shared = np.bincount(_places(self._codes, codes), minlength=len(self._codes) + 1)[1:]
        return int(np.minimum(shared, self._counts).sum())

    def _numbered(self, tokens: Sequence[str]) -> _Codes:
        numbers = b"".join(map(self._numbers.get, tokens, repeat(_UNKNOWN)))
        return np.frombuffer(numbers, dtype="<u4").astype(np.int64)


def _places(known: _Codes, codes: _Codes) -> _Codes:
    """For each code its place among the known ones, which ascend, from 1; 0 where it is none of them."""
    places = known.searchsorted(codes)
    return np.where(known.take(places, mode="clip") == codes, places + 1, 0)
