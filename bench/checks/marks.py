"""Marks of blocks that do not mark what they seem to: in the built-in format, where they stand in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bench.checks.findings import ERROR, WARNING, Finding
from bench.checks.source import Place
from bench.checks.subject import Subject
from bench.readers.native import UNDECIDED, parse_block

UNSPACED = re.compile(r"~(?! |~)[^\S\n]*(?P<word>\S*)")
"""An optional block whose mark lacks its space."""
_REMAINS = re.compile(r"(?:~ ?)?(?:\?|\d{1,3} ?%)")
"""What may be left of `?58% ` when it was not deleted whole."""


def findings(subject: Subject) -> Iterator[Finding]:
    """Yield `optional-mark`, and `draft` for a mark within a block or half of one before it."""
    source = subject.source
    for line, written in source.blocks if source else ():
        at = Place(source.files.gold, line) if source else None
        if is_half_deleted(written, subject.shown):
            begins = " ".join(written.split()[:2])
            message = f"`{begins}` begins with what is left of a mark like `?58% `; decide, and delete it whole"
            yield subject.finding(ERROR, "draft", message, at)
        elif written.strip() == "~" or not parse_block(written):
            yield subject.finding(WARNING, "optional-mark", "`~` with nothing behind it; remove it, or what parts it", at)
        elif is_unspaced(written, subject.shown):
            message = f"`{written.split()[0]}` makes no block optional; write `~ ` with a space"
            yield subject.finding(WARNING, "optional-mark", message, at)
        yield from _within(subject, written, line)


def is_unspaced(written: str, shown: str) -> bool:
    """Return whether a block begins with a mark without its space, and not with a `~5` that the page shows."""
    mark = UNSPACED.match(written)
    return bool(mark and mark["word"] and f"~{mark['word']}" not in shown)


def is_half_deleted(written: str, shown: str) -> bool:
    """Return whether a block begins with a part of a voters' mark, and not with a `75 %` or `?` that the page shows."""
    if _REMAINS.match(written) is None or UNDECIDED.match(written):
        return False
    return not _begins_so(written.removeprefix("~"), shown)


def _begins_so(written: str, shown: str) -> bool:
    """Whether a page shows the first two words, white space aside: two cells of a table stand apart in the gold only."""
    return "".join(written.split()[:2]) in "".join(shown.split())


def _within(subject: Subject, written: str, line: int) -> Iterator[Finding]:
    """Tell of marks at the beginning of a line inside a block, unless the page shows them."""
    for number, row in enumerate(written.split("\n")[1:], line + 1):
        mark = UNDECIDED.match(row) or re.match("~ ", row)
        if mark is None or _begins_so(row, subject.shown):
            continue
        at = Place(subject.source.files.gold, number) if subject.source else None
        if mark[0] == "~ ":
            message = "`~ ` within a block marks nothing; put a blank line before it"
            yield subject.finding(WARNING, "optional-mark", message, at)
        else:
            message = f"{mark[0]}within a block: put a blank line before it, and decide"
            yield subject.finding(ERROR, "draft", message, at)
