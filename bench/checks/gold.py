"""A page's gold text against the page."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from bench.alignment import overlap
from bench.checks.findings import ERROR, NOTE, WARNING, Finding
from bench.checks.source import Place
from bench.checks.subject import Subject
from bench.checks.words import percent
from bench.regions import MAIN
from bench.text import tokenise

HALF, NEARLY = 0.5, 0.98
"""Shares of the gold that a page holds, below which it is an error, and a warning."""
UNSEEN = 0.9
"""Share of the gold's distinct words that the visible text lacks, from which on they count as hidden in the file."""
LARGE_MAIN = 200
"""Words of a main part that make an empty gold doubtful."""


def findings(subject: Subject) -> Iterator[Finding]:
    """Yield `no-gold`, `empty-gold`, `gold-not-on-page` and `gold-out-of-order`; in our format `blocks` tells the last two."""
    gold, tokens = subject.gold, subject.tokens
    if gold.snippets_only:
        if not gold.keep and not gold.drop:
            yield subject.finding(ERROR, "no-gold", "has neither a text nor a snippet; give it gold, or remove the page")
        return
    if not tokens.required:
        yield _empty(subject)
    if subject.source is None and (tokens.on_page < 0).any():
        yield _lacking(subject)


def _empty(subject: Subject) -> Finding:
    page = subject.tokens.page
    main = page.labels("region", np.arange(len(page.tokens))).count(MAIN)
    message = "nothing of its gold is required" if subject.tokens.tokens else "its gold says that nothing is the right answer"
    source, at = subject.source, None
    if source is not None:
        at = Place(source.files.gold) if subject.gold.blocks else source.metadata("empty", "gold")
    if main < LARGE_MAIN:
        return subject.finding(NOTE, "empty-gold", message, at, main=main)
    message += f", but its main part has {main} words; give it gold"
    return subject.finding(WARNING, "empty-gold", message, at, main=main)


def _lacking(subject: Subject) -> Finding:
    words, page = subject.tokens.tokens, subject.tokens.page
    placed = (subject.tokens.on_page >= 0).tolist()
    total, held = len(words), sum(placed)
    anywhere = overlap(Counter(words), Counter(page.tokens[page.lead :]))
    excerpt = _excerpt(words, placed)
    detail = {"tokens": total, "in_order": held, "anywhere": anywhere, "first": excerpt}
    severity = WARNING if held < NEARLY * total else NOTE
    message = f"the page holds {percent(held, total)} of its gold words"
    if anywhere - held > total - anywhere:
        message += f" in this order, {percent(anywhere, total)} in any; first elsewhere: {excerpt}; put them as the page does"
        return subject.finding(severity, "gold-out-of-order", message, **detail)
    mend = "mend the gold, or capture the page anew"
    if severity is WARNING and (where := _unseen(subject)):
        detail["unseen"] = where
        message += f", the rest only {where}, where no reader sees it"
        mend = "capture it as displayed, or leave it out of the gold"
    elif held < HALF * total:
        severity = ERROR
    return subject.finding(severity, "gold-not-on-page", f"{message}; first absent: {excerpt}; {mend}", **detail)


def _unseen(subject: Subject) -> str | None:
    """Where in the file the gold's words are that its visible text lacks, None when most are nowhere."""
    tokens = subject.tokens
    absent = {tokens.tokens[number] for number in np.flatnonzero(tokens.on_page < 0)} - tokens.page.vocabulary
    if not absent:
        return None
    if len(absent & tokens.page.unseen) >= UNSEEN * len(absent):
        return "in embedded data"
    if len(absent.intersection(tokenise(html.unescape(subject.markup)))) >= UNSEEN * len(absent):
        return "in comments or markup that is lost in parsing"
    return None


def _excerpt(tokens: Sequence[str], held: Sequence[bool]) -> str:
    """The first words that are not held, in brackets, among a few that stand around them."""
    start = held.index(False)
    end = held.index(True, start) if True in held[start:] else len(held)
    shown = " ".join(tokens[start : min(end, start + 8)]) + (" ..." if end > start + 8 else "")
    after = tokens[end : end + 2] if end <= start + 8 else ()
    return f'"{" ".join([*tokens[max(0, start - 4) : start], f"[{shown}]", *after])}"'
