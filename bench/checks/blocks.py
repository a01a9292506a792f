"""A page's gold against the page, block by block: for the built-in format, whose blocks are blocks of the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.alignment import Places
from bench.checks.findings import ERROR, NOTE, WARNING, Finding
from bench.checks.marks import is_half_deleted
from bench.checks.source import Place
from bench.checks.subject import EMBEDDED, Subject
from bench.checks.words import begins, joined
from bench.page_text import PageText

RUN = 3
"""Words in a row that count as held, of short blocks half of their words: any page has the single words of any text."""
HALF = 0.5
"""Share of a block that a page holds so, below which the block is not the page's."""
UNSEEN = 0.9
"""Share of a block's distinct words that stand in embedded data, from which on it does."""


class _Block(NamedTuple):
    """A block of the gold."""

    words: list[str]
    places: Places
    """Of each word on the page, -1 for none."""
    between: range
    """Words of the page between the blocks around it."""
    required: bool
    at: Place


def findings(subject: Subject) -> Iterator[Finding]:
    """Yield `block-not-on-page` and `block-out-of-order`."""
    if subject.source is None or not subject.tokens.tokens:
        return
    page = subject.tokens.page
    shown = f"\n{joined(page.tokens[page.lead :])}\n"
    written = dict(subject.source.blocks)
    for block in _blocks(subject, subject.source.files.gold, subject.source.lines):
        words = f"\n{joined(block.words)}\n"
        if _in_a_row(block.places) or words in f"\n{joined(page.tokens[block.between.start : block.between.stop])}\n":
            continue
        if subject.embedded and page.unseen.issuperset(block.words):
            continue
        if words in shown:
            begin = page.lead + shown[: shown.index(words)].count("\n")
            before = " ".join(page.tokens[max(page.lead, begin - 4) : begin])
            where = f'after "{before}"' if before else "at its beginning"
            message = f"the page holds {_named(block)} elsewhere, {where}; put the blocks in the page's order"
            yield subject.finding(WARNING, "block-out-of-order", message, block.at)
        elif subject.letters.hold(block.words) or is_half_deleted(written[block.at.line or 1], subject.shown):
            continue  # the latter is told as a mark
        elif told := _lacking(subject, block):
            yield told


def _blocks(subject: Subject, file: Path, lines: Sequence[int]) -> Iterator[_Block]:
    """Yield the blocks that have words."""
    tokens = subject.tokens
    bounds = np.searchsorted(tokens.block_of, np.arange(len(lines) + 1)).tolist()
    placed = np.flatnonzero(tokens.on_page >= 0)
    for line, start, stop in zip(lines, bounds, bounds[1:], strict=False):
        if start == stop:
            continue
        first, last = np.searchsorted(placed, [start, stop]).tolist()
        low = int(tokens.on_page[placed[first - 1]]) + 1 if first else tokens.page.lead
        high = int(tokens.on_page[placed[last]]) if last < len(placed) else len(tokens.page.tokens)
        required = bool(tokens.is_required[start])
        yield _Block(tokens.tokens[start:stop], tokens.on_page[start:stop], range(low, high), required, Place(file, line))


def _in_a_row(places: Places) -> bool:
    return bool(places[0] >= 0 and (np.diff(places) == 1).all())


def _runs(page: PageText) -> frozenset[tuple[str, ...]]:
    """Every run of up to `RUN` words that the page shows."""
    words = page.tokens[page.lead :]
    return frozenset(run for size in range(1, RUN + 1) for run in zip(*(words[start:] for start in range(size)), strict=False))


def _lacking(subject: Subject, block: _Block) -> Finding | None:
    """What a page lacks of a block, None where it may stand in embedded data."""
    page, words = subject.tokens.page, block.words
    held = np.zeros(len(words), dtype=bool)
    runs, size = subject.tokens.once_of_page(_runs), min(RUN, (len(words) + 1) // 2)
    for start in range(len(words) - size + 1):
        if tuple(words[start : start + size]) in runs:
            held[start : start + size] = True
    count, difference = int(held.sum()), _difference(page, block)
    detail = {"tokens": len(words), "held": count, "difference": difference}
    if count >= HALF * len(words):
        if (block.places >= 0).all():
            message = f"the page has other words within {_named(block)}: {difference}"
            return subject.finding(NOTE, "block-not-on-page", message, block.at, **detail)
        message = f"the page does not hold {_named(block)} in a row: {difference}; copy it from the page"
        return subject.finding(WARNING, "block-not-on-page", message, block.at, **detail)
    distinct = set(words)
    embedded = len(distinct & page.unseen) >= UNSEEN * len(distinct)
    if embedded and subject.embedded:
        return None
    if embedded:
        message = f"{_named(block)} stands in embedded data only; if the page shows it, give the page the tag {EMBEDDED}"
        return subject.finding(WARNING, "block-not-on-page", message, block.at, **detail, unseen=True)
    if subject.embedded and not block.required:
        message = f"{_named(block)} stands on the page in no form; see whether its script puts it together"
        return subject.finding(NOTE, "block-not-on-page", message, block.at, **detail)
    mend = "mend the gold, or capture the page anew"
    message = f"the page holds {count} of {len(words)} words of {_named(block)}: {difference}; {mend}"
    return subject.finding(ERROR, "block-not-on-page", message, block.at, **detail)


def _difference(page: PageText, block: _Block) -> str:
    """The first word that does not follow the one before it on the page, and the page's word there."""
    words, tokens = block.words, page.tokens
    there, first = begins(words, tokens, (place for place in block.between if tokens[place] == words[0]))
    if first:
        there += first
    else:  # what stands before the next word that is there
        after = np.flatnonzero(block.places >= 0)
        there = int(block.places[after[0]] - after[0]) if len(after) else len(tokens)
    has = f"[{tokens[there]}]" if page.lead <= there < len(tokens) else "nothing"
    return f'"{" ".join([*words[max(0, first - 4) : first], f"[{words[first]}]"])}", the page has {has}'


def _named(block: _Block) -> str:
    """A block by its first words."""
    words = block.words
    return f'"{" ".join(words[:6])}{" ..." if len(words) > 6 else ""}"'
