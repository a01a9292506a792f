"""Names and tags in a page's metadata that nothing reads as they were meant: in the built-in format."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from bench.checks.findings import NOTE, Finding
from bench.checks.subject import Subject
from bench.readers.native import FIELDS, GOLD_FIELDS

TAG = re.compile(r"[a-z0-9-]+")
NEAR = 0.8
"""Likeness (of difflib) from which on a name counts as another one misspelt; others are a corpus's own."""


def findings(subject: Subject) -> Iterator[Finding]:
    """Yield `unknown-key` and `odd-tag`."""
    source = subject.source
    if source is None:
        return
    metadata = source.tables
    gold = metadata.get("gold", {})
    for table, keys, known, other in (
        ("", metadata.keys() - {"gold"}, FIELDS, GOLD_FIELDS),
        ("gold", gold.keys() if isinstance(gold, Mapping) else (), GOLD_FIELDS, FIELDS),
    ):
        for key in sorted(set(keys) - known):
            if told := _told(key, table, known, other):
                yield subject.finding(NOTE, "unknown-key", told, source.metadata(key, table), key=key)
    for tag, times in Counter(subject.page.tags).items():
        at = source.metadata("tags")
        if not TAG.fullmatch(tag):
            message = f"tag {tag!r}; write tags in small letters, digits and hyphens"
            yield subject.finding(NOTE, "odd-tag", message, at, tag=tag)
        if times > 1:
            yield subject.finding(NOTE, "odd-tag", f"tag {tag!r} stands {times} times; keep one", at, tag=tag)


def _told(key: str, table: str, known: frozenset[str], other: frozenset[str]) -> str | None:
    """What is to be said of a name that its table does not know, None for one that is a corpus's own."""
    if key in other:
        return f"`{key}` stands under [gold] and is not read; put it above" if table else f"`{key}` belongs under [gold]"
    near = get_close_matches(key, sorted(known), n=1, cutoff=NEAR)
    return f"`{key}` is not read; did you mean `{near[0]}`?" if near else None
