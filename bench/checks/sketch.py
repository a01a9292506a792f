"""Texts that are nearly the same, found without comparing each with each.

Texts are compared by their sets of 8-grams, of which the 512 smallest hashes are kept (a bottom-k sketch, Broder 1997: exact
up to 512, a standard error of .01 beyond). Pairs with one of the 32 smallest in common are compared; of two texts that share
.95 of their 8-grams, hardly any pair has none.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.checks.groups import Groups

Sketch = NDArray[np.uint64]
"""The smallest hashes of a text's 8-grams, ascending; none for a text that has no 8-gram."""

SHINGLE, KEPT, PROBES = 8, 512, 32
SAME = 0.95
"""Share of 8-grams from which on two texts are nearly the same."""


def sketch(tokens: Sequence[str]) -> Sketch:
    """Return the sketch of a text."""
    if len(tokens) < SHINGLE:
        return np.array([], dtype=np.uint64)
    known = {token: zlib.crc32(token.encode("utf-8", "surrogatepass")) for token in set(tokens)}
    codes = np.fromiter((known[token] for token in tokens), dtype=np.uint64, count=len(tokens))
    hashes = np.zeros(len(codes) - SHINGLE + 1, dtype=np.uint64)
    for offset in range(SHINGLE):
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + codes[offset : offset + len(hashes)]
    # The finaliser of splitmix64 (Steele, Lea and Flood, 2014): the order of hashes must not be that of the words.
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.unique(hashes ^ (hashes >> np.uint64(31)))[:KEPT]


def alike(left: Sketch, right: Sketch) -> float:
    """Return the share of all their 8-grams that two texts have in common; one of them has some."""
    union = np.union1d(left, right)[:KEPT]
    return float(np.isin(union, np.intersect1d(left, right, assume_unique=True)).sum() / len(union))


def near(sketches: Sequence[Sketch]) -> list[tuple[int, float] | None]:
    """Return for each text its group of nearly the same: the first of them, and the least share that links any two."""
    groups = Groups()
    links: list[tuple[int, float]] = []
    holders: defaultdict[int, list[int]] = defaultdict(list)
    for number, one in enumerate(sketches):
        probes = one[:PROBES].tolist()
        for other in {other for probe in probes for other in holders[probe]}:
            share = alike(sketches[other], one)
            if share >= SAME:
                links.append((number, share))
                groups.join((other, number))
        for probe in probes:
            holders[probe].append(number)
    least: dict[int, float] = {}
    for number, share in links:
        first = groups.find(number)
        least[first] = min(share, least.get(first, share))
    return [(first, least[first]) if first in least else None for first in map(groups.find, range(len(sketches)))]
