"""Runs of a fixed number of tokens, counted: how many of them two texts share, as multisets."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.lookup import Lookup

Numbers = NDArray[np.signedinteger[Any]]
_Codes = NDArray[np.int64]
_MOST = 2**63
"""Codes stay below."""


class Shingles:
    """The shingles of one text, to be compared with those of any number of others.

    A run's code has the numbers of its tokens as digits, so that no two runs share one and a comparison costs a few array
    operations. Where codes would grow too large, those of the runs so far are numbered in their turn.

    Args:
        numbers: those of the text's tokens, from 1.
        length: tokens in a shingle.

    Attributes:
        total: how many shingles there are; none where there are fewer tokens than `length`.
    """

    def __init__(self, numbers: Numbers, length: int) -> None:
        self._length = length
        self._base = span = int(numbers.max(initial=0)) + 1
        self._shortened: dict[int, Lookup] = {}
        """By the length of runs that are numbered in their turn: finds the text's codes."""
        codes: _Codes = numbers.astype(np.int64)
        for size in range(1, length):
            if span * self._base > _MOST:
                runs = np.unique(codes)
                self._shortened[size], span = _lookup(runs), len(runs) + 1
                codes = _places(self._shortened[size], codes)
            codes, span = codes[:-1] * self._base + numbers[size:], span * self._base
        self.total = len(codes)
        known, self._counts = np.unique(codes, return_counts=True)
        self._lookup = _lookup(known)

    def overlaps(self, numbers: Numbers, ends: NDArray[np.intp]) -> list[int]:
        """Return how many shingles other texts share, each as often as both have it.

        Args:
            numbers: those of the texts' tokens, one text after the other; 0 for one that ours lacks, and for every end.
            ends: where the texts end.
        """
        codes: _Codes = numbers.astype(np.int64)
        for size in range(1, self._length):
            if size in self._shortened:
                codes = _places(self._shortened[size], codes)
            codes = codes[:-1] * self._base
            codes += numbers[size:]
        # A row for each text, a column for each place; 0 is that of whatever is none of ours, as a run over an end.
        width = len(self._counts) + 1
        rows = np.repeat(np.arange(len(ends)) * width, np.diff(ends, prepend=-1))
        cells = rows[: len(codes)] + _places(self._lookup, codes)
        shared = np.bincount(cells, minlength=len(ends) * width).reshape(len(ends), width)[:, 1:]
        overlaps: list[int] = np.minimum(shared, self._counts).sum(axis=1).tolist()
        return overlaps

    def overlap(self, numbers: Numbers) -> int:
        """Return how many shingles one other text shares."""
        return self.overlaps(numbers, np.array([len(numbers)]))[0]


def _lookup(codes: _Codes) -> Lookup:
    return Lookup(codes.view(np.uint64))


def _places(known: Lookup, codes: _Codes) -> _Codes:
    return known.places(codes.view(np.uint64)).astype(np.int64)
