"""Every visible word of a page as kept, lost, leaked or dropped, with its element and region.

Gold aligned with the page says what is content, the output aligned with the gold what of it was kept, by the very alignments
that `kept` counts; so the sums over a page are its counts. What the gold does not account for in an output is leaked: it is
looked for on the page where alignment puts it, else wherever the page has the word to spare. A leaked word for which the page
has no more boilerplate is repeated: something said again, or out of its order; one that the page lacks is absent. Like `kept`,
this aligns required and all gold apart, so that a word of the output may be kept by one and leaked by the other.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from bench.alignment import Case, Places


class Fate(IntEnum):
    """What became of a word of the page."""

    DROPPED = 0
    """Boilerplate, and not in the output."""
    LEAKED = 1
    """Boilerplate in the output."""
    LOST = 2
    """Required content that the output lacks."""
    KEPT = 3
    """Required content in the output."""
    SPARED = 4
    """Optional content that the output lacks; costs nothing."""
    TAKEN = 5
    """Optional content in the output; costs nothing."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """One output laid over its page.

    Attributes:
        fates: for each word of the page its `Fate`.
        leaked: for each leaked word of the output its place on the page, or `REPEATED` or `ABSENT`.
        off_page_kept: required gold words that the output holds and the page does not.
        off_page_lost: required gold words that neither holds.
    """

    fates: NDArray[np.int8]
    leaked: Places
    off_page_kept: int
    off_page_lost: int


REPEATED, ABSENT = -1, -2
"""A leaked word that has no boilerplate of its own on the page: said again or out of its order; or not on the page at all."""


def attribute(case: Case) -> Attribution:
    """Return where every word of a page, and of the output, belongs."""
    gold = case.gold
    page = gold.page
    fates = np.zeros(len(page.tokens), dtype=np.int8)
    seen = gold.on_page >= 0
    fates[gold.on_page[seen]] = np.where(gold.is_required[seen], Fate.LOST, Fate.SPARED)
    required = np.flatnonzero(gold.is_required)[case.in_required[case.in_required >= 0]]
    explained = case.in_gold[case.in_gold >= 0]
    held = np.zeros(len(gold.tokens), dtype=bool)
    held[required] = True
    held[explained[~gold.is_required[explained]]] = True
    fates[gold.on_page[seen & held]] += 1  # lost becomes kept, spared becomes taken
    unseen = gold.is_required & ~seen
    leaked = _locate(case, np.flatnonzero(case.in_gold < 0))
    fates[leaked[leaked >= 0]] = Fate.LEAKED
    return Attribution(fates, leaked, int((unseen & held).sum()), int((unseen & ~held).sum()))


def _locate(case: Case, numbers: Places) -> Places:
    """The places on the page of these tokens of the output, none twice and none of the gold's."""
    gold, page = case.gold, case.gold.page
    found = np.full(len(numbers), ABSENT, dtype=np.int64)
    if not len(numbers):
        return found
    free = np.ones(len(page.tokens), dtype=bool)
    free[gold.on_page[gold.on_page >= 0]] = False
    aligned = case.on_page[numbers]
    direct = aligned >= 0
    direct[direct] = free[aligned[direct]]
    found[direct] = aligned[direct]
    free[aligned[direct]] = False
    rest = np.flatnonzero(~direct).tolist()
    if not rest:
        return found
    # Elsewhere then: from where alignment has come to by that word, the nearest that is free.
    reached = np.maximum.accumulate(case.on_page)[numbers]
    tokens = [case.tokens[number] for number in numbers.tolist()]
    spare = _Spare(page.tokens, {tokens[place] for place in rest}, free)
    for place in rest:
        follows = place > 0 and numbers[place - 1] == numbers[place] - 1 and found[place - 1] >= 0
        start = int(found[place - 1] if follows else reached[place]) + 1
        found[place] = spare.take(tokens[place], start)
    return found


class _Spare:
    """Places of boilerplate words that nothing has taken yet, by word."""

    def __init__(self, tokens: list[str], wanted: set[str], free: NDArray[np.bool_]) -> None:
        self._places: dict[str, list[int]] = {}
        self._held = set()
        for place, token in enumerate(tokens):
            if token in wanted:
                self._held.add(token)
                if free[place]:
                    self._places.setdefault(token, []).append(place)
        # For each place of a word the number of the next that may be free, so that no run of taken ones is walked twice.
        self._next = {token: list(range(len(places) + 1)) for token, places in self._places.items()}

    def take(self, token: str, start: int) -> int:
        """Return the first free place of a word from `start` on, else the first at all; `REPEATED` or `ABSENT` without one."""
        places = self._places.get(token)
        if places is None:
            return REPEATED if token in self._held else ABSENT
        number = self._free(token, bisect_left(places, start))
        if number == len(places):
            number = self._free(token, 0)
        if number == len(places):
            return REPEATED
        self._next[token][number] = number + 1
        return places[number]

    def _free(self, token: str, number: int) -> int:
        following = self._next[token]
        last = number
        while following[last] != last:
            last = following[last]
        while following[number] != last and number != last:
            following[number], number = last, following[number]
        return last
