"""One page as one extractor left it: every word kept, lost, leaked or dropped, in the page's order, regions at the margin.

With colour words are styled; without, they carry marks: `[-lost-]`, `{+leaked+}`. Boilerplate that was rightly dropped
is cut short.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.attribution import ABSENT, REPEATED, Attribution, Fate, attribute
from bench.text import plain, tokenise

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from bench.alignment import Case
    from bench.page_text import PageText

_STYLES = {
    Fate.KEPT: "green", Fate.LOST: "bold red", Fate.LEAKED: "black on yellow", Fate.TAKEN: "cyan", Fate.SPARED: "dim cyan",
    Fate.DROPPED: "dim",
}  # fmt: skip
_MARKS = {Fate.LOST: ("[-", "-]"), Fate.LEAKED: ("{+", "+}"), Fate.SPARED: ("(", ")")}
_LEGEND = (
    (Fate.KEPT, "kept"), (Fate.LOST, "lost"), (Fate.LEAKED, "leaked"), (Fate.TAKEN, "optional, kept"),
    (Fate.SPARED, "optional, left out"), (Fate.DROPPED, "boilerplate, dropped"),
)  # fmt: skip
_MARGIN = 14
_ENDED = re.compile(r"[\w.,;:!?)\]}»”’…%]$")
"""What a word does not go on from."""
_CUT = 12
"""Dropped boilerplate shows so many words of a run at most."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the page of one fate, as captured."""

    text: str
    fate: Fate
    words: int


@dataclass(frozen=True, slots=True)
class Line:
    """A block of the page: where it stands and its pieces."""

    region: str
    element: str
    pieces: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Shown:
    """A page laid out, and what of the output or gold has no place on it."""

    lines: Sequence[Line]
    repeated: Sequence[str]
    """Runs of the output that are said again, or stand out of their order."""
    absent: Sequence[str]
    """Runs of the output that the page does not hold as visible text."""
    off_page: Sequence[str]
    """Runs of required gold that the page does not hold and the output lacks."""
    counts: dict[str, int]

    def body(self) -> dict[str, Any]:
        """Return everything, JSON-able."""
        return {
            "lines": [
                {
                    "region": line.region,
                    "element": line.element,
                    "pieces": [{"text": piece.text, "fate": piece.fate.name.lower()} for piece in line.pieces],
                }
                for line in self.lines
            ],
            "repeated": list(self.repeated), "absent": list(self.absent), "off_page": list(self.off_page),
            "counts": self.counts,
        }  # fmt: skip


def lay_out(case: Case) -> Shown:
    """Return the page of a case with the fate of every word."""
    found = case.once(attribute)
    tokens = case.tokens
    loose = np.flatnonzero(case.in_gold < 0)
    unseen = np.flatnonzero(case.gold.is_required & (case.gold.on_page < 0))
    held = set(np.flatnonzero(case.gold.is_required)[case.in_required[case.in_required >= 0]].tolist())
    names = Counter(Fate(fate).name.lower() for fate in found.fates.tolist())
    return Shown(
        lines=list(_lines(case.gold.page, found)),
        repeated=_runs(tokens, loose[found.leaked == REPEATED].tolist()),
        absent=_runs(tokens, loose[found.leaked == ABSENT].tolist()),
        off_page=_runs(case.gold.tokens, [number for number in unseen.tolist() if number not in held]),
        counts={fate.name.lower(): names[fate.name.lower()] for fate in Fate},
    )


def _runs(tokens: Sequence[str], numbers: Sequence[int]) -> list[str]:
    """Neighbouring tokens joined."""
    found = []
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        found.append(" ".join(tokens[number] for _, number in run))
    return found


def _lines(page: PageText, found: Attribution) -> Iterator[Line]:
    order = np.argsort(page.place_of, kind="stable")
    starts = np.searchsorted(page.place_of[order], np.arange(len(page.places) + 1))
    pieces: list[Piece] = []
    last = None
    for number, place in enumerate(page.places):
        here = order[starts[number] : starts[number + 1]]
        if last is not None and (place.begins or place.region != last.region):
            yield Line(last.region, last.element, _joined(pieces))
            pieces = []
        before = pieces[-1].fate if pieces else Fate.DROPPED
        fresh = list(
            _pieces(place.text, [page.tokens[token] for token in here], [Fate(fate) for fate in found.fates[here]], before)
        )
        if pieces and fresh and fresh[0].words and fresh[0].text[:1].isalnum() and _ENDED.search(pieces[-1].text):
            fresh[0] = Piece(f" {fresh[0].text}", fresh[0].fate, fresh[0].words)  # elements that a page lays out apart
        pieces += fresh
        last = place
    if last is not None:
        yield Line(last.region, last.element, _joined(pieces))


def _pieces(text: str, tokens: list[str], fates: list[Fate], before: Fate) -> Iterator[Piece]:
    """A text node cut where the fate of its words changes. What begins no word has the fate of the word before it."""
    from unicode_segmentation_rs import unicode_words

    folded = " ".join(text.split())
    folded = (" " if text[:1].isspace() else "") + folded + (" " if text[-1:].isspace() else "")
    words = unicode_words(folded)
    sizes = [len(tokenise(word)) for word in words]
    over = sum(sizes) - len(tokens)  # the rest of a word that began in the node before comes first
    cursor = number = 0
    fate = before
    for word, size in zip(words, sizes, strict=True):
        end = folded.find(word, cursor) + len(word)
        rest = min(size, max(0, over))
        over -= rest
        taken = min(size - rest, len(tokens) - number)
        if taken:
            fate = fates[number]
        yield Piece(folded[cursor:end], fate, taken)
        cursor, number = end, number + taken
    if folded[cursor:]:
        yield Piece(folded[cursor:], fate, 0)
    for fate in fates[number:]:
        yield Piece("", fate, 1)


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Neighbours of one fate as one; what has no word goes with the words before it."""
    whole: list[Piece] = []
    for piece in pieces:
        if whole and (piece.fate == whole[-1].fate or not piece.words):
            whole[-1] = Piece(whole[-1].text + piece.text, whole[-1].fate, whole[-1].words + piece.words)
        else:
            whole.append(piece)
    return whole


def draw(shown: Shown, console: Console, *, full: bool = False) -> None:
    """Print a page that was laid out.

    Args:
        shown: the page.
        console: where to; without colour, words carry marks.
        full: do not cut boilerplate that was dropped.
    """
    from rich.text import Text

    coloured = console.color_system is not None and not console.no_color
    width = max(20, console.width - _MARGIN - 1)
    region = ""
    dropped = 0
    for line in shown.lines:
        words = sum(piece.words for piece in line.pieces)
        if not full and all(piece.fate == Fate.DROPPED for piece in line.pieces):
            dropped += words
            continue
        if dropped:
            _put(console, "", _cut_off(dropped), width)
            region, dropped = "", 0
        text = Text()
        for piece in line.pieces:
            text.append_text(_styled(piece, coloured=coloured, full=full))
        text.rstrip()
        if text.plain.strip():
            _put(console, line.region if line.region != region else "", text, width)
            region = line.region
    if dropped:
        _put(console, "", _cut_off(dropped), width)
    for title, runs, fate in (
        ("repeated, or out of its order", shown.repeated, Fate.LEAKED),
        ("in the output, but not on the page", shown.absent, Fate.LEAKED),
        ("in the gold, but not on the page", shown.off_page, Fate.LOST),
    ):
        if runs:
            console.print(Text(f"\n{title}:", style="bold"))
            styled = [_styled(Piece(run, fate, 1), coloured=coloured, full=full) for run in runs]
            _put(console, "", Text("  ").join(styled), width)
    console.print()
    _legend(shown.counts, console, coloured=coloured)


def _cut_off(words: int) -> Text:
    from rich.text import Text

    return Text(f"... {words:,} word{'s' * (words != 1)} of boilerplate, dropped", style="dim italic")


def _legend(counts: dict[str, int], console: Console, *, coloured: bool) -> None:
    """Print what each style or mark means, with the number of words of the page."""
    from rich.text import Text

    for fate, name in _LEGEND:
        before, after = ("", "") if coloured else _MARKS.get(fate, ("", ""))
        line = Text(f"{counts[fate.name.lower()]:>{_MARGIN},} ")
        console.print(line.append(f"{before}{name}{after}", style=_STYLES[fate] if coloured else ""))


def _word_ends(text: str) -> list[tuple[int, int]]:
    """Where each word begins and ends."""
    from unicode_segmentation_rs import unicode_words

    found, cursor = [], 0
    for word in unicode_words(text):
        start = text.find(word, cursor)
        cursor = start + len(word)
        found.append((start, cursor))
    return found


def _styled(piece: Piece, *, coloured: bool, full: bool) -> Text:
    from rich.text import Text

    body = plain(piece.text)
    if piece.fate == Fate.DROPPED and not full and len(ends := _word_ends(body)) > _CUT:
        body = f"{body[: ends[_CUT // 2 - 1][1]]} ... {body[ends[-_CUT // 2][0] :]}"
    if coloured:
        return Text(body, style=_STYLES[piece.fate])
    before, after = _MARKS.get(piece.fate, ("", ""))
    core = body.strip()
    lead, trail = body[: len(body) - len(body.lstrip())], body[len(body.rstrip()) :]
    return Text(f"{lead}{before}{core}{after}{trail}" if core else body)


def _put(console: Console, margin: str, text: Text, width: int) -> None:
    """Print a block, wrapped, with a word at the margin of its first line."""
    from rich.text import Text

    for number, line in enumerate(text.wrap(console, width)):
        line.rstrip()
        label = Text().append(f"{margin if not number else '':<{_MARGIN}} ", style="dim")
        console.print(label.append_text(line), soft_wrap=True)
