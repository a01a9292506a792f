r"""The matches of `\w+`, which published metrics call words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.lookup import Keys, Lookup

Numbers = NDArray[np.int32]
"""For each word of a text its number in a vocabulary, from 1; 0 for one that it lacks."""

_WORD = re.compile(r"\w+")
_ASCII = bytes(byte if byte >= 0x80 or _WORD.match(chr(byte)) else ord(" ") for byte in range(0x100))
"""Each byte of UTF-8 itself, but a space for an ASCII character that is in no word."""
_BETWEEN = b" \0 "
"""Stands between texts: a word that no text can hold."""
_EIGHT = 8
_LONG = 2 * _EIGHT
"""Bytes of UTF-8 that head and tail hold."""
_FIRST = np.array([2 ** (8 * size) - 1 for size in range(_EIGHT + 1)], dtype=np.uint64)
"""Masks for the first bytes of eight."""
_NO_TAIL = np.uint64(2**64 - 1)
"""Of long words, whose head is a number. No bytes of UTF-8 are like this."""


@cache
def _in_words() -> NDArray[np.bool_]:
    r"""For each code point whether `\w` matches it."""
    every = np.arange(0x110000, dtype=np.uint32)
    table = np.zeros(len(every), dtype=np.bool_)
    for run in _WORD.finditer(every.tobytes().decode("utf-32-le", "surrogatepass")):
        table[run.start() : run.end()] = True
    return table


def _blanked(texts: Sequence[str]) -> bytearray:
    """The texts in UTF-8 with a space for whatever is in no word, `_BETWEEN` behind each, in a margin of spaces."""
    data = bytearray(b" ")
    for text in texts:
        data += text.encode("utf-8", "surrogatepass").translate(_ASCII)
        data += _BETWEEN
    data += b" " * _LONG
    each = np.frombuffer(data, dtype=np.uint8)
    beyond = np.flatnonzero(each >= 0x80)  # ASCII is done
    characters = each[beyond].tobytes().decode("utf-8", "surrogatepass")
    points = np.frombuffer(characters.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    sizes = 2 + (points >= 0x800) + (points >= 0x10000)
    each[beyond[np.repeat(~_in_words()[points], sizes)]] = ord(" ")
    return data


class _Cut(NamedTuple):
    """The words of texts: each one's first eight bytes of UTF-8 and its next eight, which are its key unless it is longer."""

    heads: Keys
    tails: Keys
    ends: NDArray[np.intp]
    """Where the words are that stand behind each text."""
    long: NDArray[np.intp]
    """Where longer words are."""
    names: list[bytes]
    """Those longer words."""


def _cut(texts: Sequence[str]) -> _Cut:
    data = _blanked(texts)
    inside = np.frombuffer(data, dtype=np.uint8) != ord(" ")
    edges = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    starts, sizes = edges[::2], edges[1::2] - edges[::2]
    eights = np.ndarray(len(data) - _EIGHT + 1, dtype="<u8", buffer=data, strides=(1,))  # one begins at every byte
    heads = eights[starts] & _FIRST.take(sizes, mode="clip")
    tails = np.zeros_like(heads)
    tailed = np.flatnonzero(sizes > _EIGHT)  # the fewer
    tails[tailed] = eights[starts[tailed] + _EIGHT] & _FIRST.take(sizes[tailed] - _EIGHT, mode="clip")
    long = tailed[sizes[tailed] > _LONG]
    spans = zip(starts[long].tolist(), sizes[long].tolist(), strict=True)
    ends = np.flatnonzero(heads == 0)  # no other word has a zero
    return _Cut(heads, tails, ends, long, [bytes(data[at : at + size]) for at, size in spans])


class Numbered(NamedTuple):
    """The words of several texts, one text after the other."""

    numbers: Numbers
    """With a 0 behind each text, so that no run of known words leads from one to the next."""
    ends: NDArray[np.intp]
    """Where those are."""

    def parts(self) -> Iterator[Numbers]:
        """Yield the numbers of each text."""
        start = 0
        for end in self.ends.tolist():
            yield self.numbers[start:end]
            start = end + 1


class Vocabulary:
    """The words of one text, numbered, to tell which of them other texts hold, and where.

    No word of the other texts becomes an object but the few of more than 16 bytes, and all texts share the cost of an array
    operation, which is most of it for a short text.

    Attributes:
        own: the numbers of the text itself.
    """

    def __init__(self, text: str) -> None:
        cut = _cut([text])
        self._long = {name: number for number, name in enumerate(dict.fromkeys(cut.names), start=1)}
        heads, tails = (keys[:-1] for keys in self._keys(cut))  # the last stands behind the text
        order = np.lexsort((tails, heads))
        heads, tails = heads[order], tails[order]
        new = np.ones(len(order), dtype=np.bool_)
        new[1:] = (heads[1:] != heads[:-1]) | (tails[1:] != tails[:-1])
        self.own: Numbers = np.empty(len(order), dtype=np.int32)
        self.own[order] = np.cumsum(new)
        self._lookup = Lookup(heads[new], tails[new])

    def _keys(self, cut: _Cut) -> tuple[Keys, Keys]:
        """Heads and tails, those of longer words made of their numbers."""
        if cut.names:
            cut.heads[cut.long] = [self._long.get(name, 0) for name in cut.names]
            cut.tails[cut.long] = _NO_TAIL
        return cut.heads, cut.tails

    def numbers(self, texts: Sequence[str]) -> Numbered:
        """Return the numbers of the texts' words, in order."""
        cut = _cut(texts)
        return Numbered(self._lookup.places(*self._keys(cut)), cut.ends)
