"""Exact look-up of many keys at a time, in a few array operations."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Places = NDArray[np.int32]
"""Of each key among the known ones, from 1; 0 where it is none of them."""

_ROOM = 16
"""Slots for each known key, at least: most keys that are not known meet an empty one."""


class Lookup:
    """A hash table of keys, distinct, each as wide as there are columns.

    Hashed by multiply-shift (Dietzfelbinger and others, 1997), with factors that no text can foresee. What a slot leads to
    is compared, so that answers are exact; known keys that share a slot follow one another.
    """

    def __init__(self, *columns: Keys) -> None:
        many = len(columns[0])
        bits = max(1, (_ROOM * many).bit_length())
        self._shift = np.uint64(64 - bits)
        self._factors = np.frombuffer(os.urandom(8 * len(columns)), dtype=np.uint64) | np.uint64(1)
        self._known = np.zeros((len(columns), many + 1), dtype=np.uint64)
        self._known[:, 1:] = columns
        self._first = np.zeros(2**bits, dtype=np.int32)
        self._next = np.zeros(many + 1, dtype=np.int32)
        left = np.arange(1, many + 1, dtype=np.int32)
        slots = self._slots(columns)
        while len(left):
            before = self._first[slots]
            self._first[slots] = left
            placed = self._first[slots] == left
            self._next[left[placed]] = before[placed]
            left, slots = left[~placed], slots[~placed]

    def places(self, *columns: Keys) -> Places:
        """Return the places of keys, in as many columns as the known ones have."""
        found = self._first.take(self._slots(columns))
        left = np.flatnonzero(self._differ(found, columns))
        while len(left):
            found[left] = self._next.take(found[left])
            left = left[self._differ(found[left], [column[left] for column in columns])]
        return found

    def _slots(self, columns: Sequence[Keys]) -> NDArray[np.int64]:
        mixed: Keys = columns[0] * self._factors[0]
        for column, factor in zip(columns[1:], self._factors[1:], strict=True):
            mixed += column * factor
        mixed >>= self._shift
        return mixed.view(np.int64)

    def _differ(self, found: Places, columns: Sequence[Keys]) -> NDArray[np.bool_]:
        """Whether a slot led to another key."""
        same: NDArray[np.bool_] = self._known[0].take(found) == columns[0]
        for known, column in zip(self._known[1:], columns[1:], strict=True):
            same &= known.take(found) == column
        return (found > 0) & ~same
