"""Runs of a fixed number of tokens, counted: how many of them two texts share, as multisets."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

_Ids = NDArray[np.int64]


class Shingles:
    """The shingles of one text, to be compared with those of any number of others.

    Tokens and runs of them are numbered in steps (one and one make two, two and two make four), so that a comparison costs a
    few array operations and is exact: what the text lacks has no number, and no two runs share one.

    Args:
        tokens: of the text.
        length: tokens in a shingle.

    Attributes:
        total: how many shingles there are; none where there are fewer tokens than `length`.
    """

    def __init__(self, tokens: Sequence[str], length: int) -> None:
        self._vocabulary = {token: number for number, token in enumerate(dict.fromkeys(tokens))}
        self._length = length
        self._steps: list[tuple[int, int, _Ids]] = []
        ones = ids = np.fromiter(map(self._vocabulary.__getitem__, tokens), np.int64, len(tokens))
        size = 1
        while size < length:
            step = min(size, length - size) if size * 2 <= length else 1
            right = ids if step == size else ones
            codes, base = _pairs(ids, right, size, step), len(tokens) + 1
            known, ids = np.unique(codes[0] * base + codes[1], return_inverse=True)
            self._steps.append((step, base, known))
            size += step
        self.total = max(0, len(tokens) - length + 1)
        self._counts = np.bincount(ids, minlength=1)

    def overlap(self, tokens: Sequence[str]) -> int:
        """Return how many shingles another text shares, each as often as both have it."""
        if len(tokens) < self._length or not self.total:
            return 0
        ones = ids = np.fromiter(map(self._vocabulary.get, tokens, repeat(-1)), np.int64, len(tokens))
        size = 1
        for step, base, known in self._steps:
            left, right = _pairs(ids, ids if step == size else ones, size, step)
            codes = np.where((left >= 0) & (right >= 0), left * base + right, -1)
            ids = np.minimum(np.searchsorted(known, codes), len(known) - 1)
            ids = np.where(known[ids] == codes, ids, -1)
            size += step
        shared = np.bincount(ids[ids >= 0], minlength=len(self._counts))
        return int(np.minimum(shared, self._counts).sum())


def _pairs(left: _Ids, right: _Ids, size: int, step: int) -> tuple[_Ids, _Ids]:
    """Runs of `size` tokens and the runs of `step` that follow them, by where they begin."""
    count = max(0, len(left) - step)
    return left[:count], right[size : size + count]
