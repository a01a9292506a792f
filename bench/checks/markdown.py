"""A page's gold in Markdown against its text: the same words in the same order, formulas apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bench.checks.findings import WARNING, Finding
from bench.checks.source import Place
from bench.checks.subject import Subject
from bench.checks.words import begins, joined
from bench.markdown import texts
from bench.text import tokenise


class Word(NamedTuple):
    """A word of the Markdown."""

    text: str
    line: int


class Difference(NamedTuple):
    """Where the Markdown leaves the gold."""

    part: int
    """Number of the part, and of its first word that differs: one too many where the gold goes on."""
    word: int
    gold: int
    """Number of the gold's word there: one too many where the Markdown goes on."""


def findings(subject: Subject) -> Iterator[Finding]:
    """Yield `markdown-not-gold`."""
    markdown, source = subject.gold.markdown, subject.source
    if markdown is None or source is None:
        return
    parts, required = _parts(markdown), subject.tokens.required
    differs = difference([[word.text for word in part] for part in parts], required)
    if differs is None:
        return
    part = parts[differs.part]
    said = [word for words in parts for word in words]
    place = sum(map(len, parts[: differs.part])) + differs.word
    before = " ".join(word.text for word in part[max(0, differs.word - 4) : differs.word])
    has = (
        f"[{part[differs.word].text}]"
        if differs.word < len(part)
        else "[its end]"
        if differs.part == len(parts) - 1
        else "[a formula]"
    )
    wants = f"[{required[differs.gold]}]" if differs.gold < len(required) else "nothing more"
    message = f'is not the required text: "{" ".join(filter(None, [before, has]))}", the gold has {wants}; mend either'
    line = said[min(place, len(said) - 1)].line if said else None
    yield subject.finding(WARNING, "markdown-not-gold", message, Place(source.files.markdown, line))


def _parts(markdown: str) -> list[list[Word]]:
    """The words between formulas."""
    parts: list[list[Word]] = [[]]
    for line, text in texts(markdown):
        if text is None:
            parts.append([])
            continue
        for number, row in enumerate(text.split("\n"), line):
            parts[-1] += [Word(word, number) for word in tokenise(row)]
    return parts


def difference(parts: Sequence[Sequence[str]], gold: Sequence[str]) -> Difference | None:
    """Return where parts are not those of the gold, between which it may have any words; None where they are.

    The first part begins the gold, the last ends it, and each of the others is taken where it first stands: no other choice
    leaves more room for the rest.
    """
    text, start = f"\n{joined(gold)}\n", 0
    for number, part in enumerate(parts):
        first, last = number == 0, number == len(parts) - 1
        if not part and not (first and last):
            continue
        found = 0 if first else len(gold) - len(part) if last else _find(text, part, gold, start)
        ends = found + len(part)
        if found < start or list(gold[found:ends]) != list(part) or (last and ends != len(gold)):
            place, count = begins(part, gold, [0] if first else range(start, len(gold) + 1))
            return Difference(number, count, place + count)
        start = ends
    return None


def _find(text: str, part: Sequence[str], gold: Sequence[str], start: int) -> int:
    """Where a part first stands in the gold, -1 for nowhere."""
    offset = sum(len(word) + 1 for word in gold[:start])
    found = text.find(f"\n{joined(part)}\n", offset)
    return -1 if found < 0 else text.count("\n", 0, found)
