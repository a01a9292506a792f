"""Every visible word of a page as kept, lost, leaked or dropped, with its element and region.

Gold aligned with the page says what is content, the output aligned with the gold what of it was kept, by the very alignments
that `kept` counts; so the sums over a page are its counts. What the gold does not account for in an output is leaked: it is
looked for on the page where alignment puts it, else wherever the page has the word to spare. A leaked word for which the page
has no more boilerplate repeats content or stands out of its order; one that the page lacks altogether is not on the page.
"""

from __future__ import annotations

from collections import defaultdict
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
"""A leaked word that has no boilerplate of its own on the page: content once more or out of order, or not on the page."""


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
    tokens = [case.tokens[number] for number in numbers.tolist()]
    wanted = {tokens[place] for place in rest}
    spare: defaultdict[str, list[int]] = defaultdict(list)
    held = set()
    for place in range(len(page.tokens) - 1, -1, -1):
        token = page.tokens[place]
        if token in wanted:
            held.add(token)
            if free[place]:
                spare[token].append(place)
    for place in rest:
        token = tokens[place]
        after = int(found[place - 1]) + 1 if place and found[place - 1] >= 0 else -1
        if 0 < after < len(page.tokens) and free[after] and page.tokens[after] == token:
            found[place] = after  # goes on where the word before it was found
        else:
            while spare[token] and not free[spare[token][-1]]:
                spare[token].pop()
            found[place] = spare[token].pop() if spare[token] else REPEATED if token in held else ABSENT
        if found[place] >= 0:
            free[found[place]] = False
    return found
