"""Pages that are, or seem to be, one page."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bench.checks.findings import ERROR, WARNING, Finding
from bench.checks.groups import Groups
from bench.checks.sketch import Sketch, near, sketch
from bench.checks.subject import Subject
from bench.checks.words import f1, percent
from bench.model import Gold, digest
from bench.present import number as figure
from bench.text import tokenise

SAME_GOLD = 0.95
"""Golds of one page agree from this F1 (by alignment) on."""


@dataclass(frozen=True, slots=True)
class Twin:
    """What of a page is compared with the others."""

    name: str
    split: str
    sha: bytes
    text: Sketch
    url: str | None
    gold: bytes | None
    """Digest of its words; None where it has none."""
    read_gold: Callable[[], Gold]


class Twins:
    """Takes pages, then tells which are one."""

    def __init__(self) -> None:
        self._pages: list[Twin] = []

    def add(self, subject: Subject) -> None:
        """Take a page."""
        page, shown = subject.page, subject.tokens.page
        gold = subject.tokens.tokens or _words(subject.gold)
        self._pages.append(
            Twin(
                name=subject.name,
                split=page.split or "(none)",
                sha=hashlib.sha256(subject.data).digest(),
                text=sketch(shown.tokens[shown.lead :]),
                url=page.url,
                gold=digest(gold) if gold else None,
                read_gold=subject.read_gold,
            )
        )

    def findings(self) -> Iterator[Finding]:
        """Yield `same-page`, `same-text`, `same-url` and `same-gold`: each group is told once, by the strongest evidence."""
        pages = self._pages
        evidence: tuple[tuple[Callable[[list[Twin], Any], Finding], Sequence[object]], ...] = (
            (_same_page, [page.sha for page in pages]),
            (_same_text, near([page.text for page in pages])),
            (_same_url, [page.url for page in pages]),
            (_same_gold, [page.gold for page in pages]),
        )
        groups = Groups()
        for tell, keys in evidence:
            members: defaultdict[object, list[int]] = defaultdict(list)
            for place, key in enumerate(keys):
                if key is not None:
                    members[key].append(place)
            for key, places in members.items():
                if groups.join(places):
                    yield tell([pages[place] for place in places], key)


def _same_page(twins: list[Twin], sha: bytes) -> Finding:
    first, *others = (_words(twin.read_gold()) for twin in twins)
    agreement = min(f1(first, other) for other in others)
    severity, message, splits = WARNING, "are the same page, byte for byte", _splits(twins)
    if len(splits) > 1:
        severity, message = ERROR, f"{message},{_across(twins)}"
    if agreement < SAME_GOLD:
        severity, message = ERROR, f"{message}, and their golds differ (F1 {figure(agreement, 2)})"
    detail = {"sha256": sha.hex(), "splits": splits, "gold_f1": agreement}
    return Finding(severity, "same-page", _names(twins), f"{message}; keep one of them", detail)


def _same_text(twins: list[Twin], near: tuple[int, float]) -> Finding:
    _, alike = near
    share = "the same" if alike == 1 else f"{percent(math.floor(alike * 1000), 1000)} of their"
    message = f"show {share} text{_across(twins)}; keep one of them"
    return Finding(WARNING, "same-text", _names(twins), message, {"alike": alike})


def _same_url(twins: list[Twin], url: str) -> Finding:
    message = f"are of one address{_across(twins)}: {url}; keep one of them"
    return Finding(WARNING, "same-url", _names(twins), message, {"url": url})


def _same_gold(twins: list[Twin], _: bytes) -> Finding:
    message = f"have the same gold{_across(twins)}, though the pages differ; see which page it belongs to"
    return Finding(WARNING, "same-gold", _names(twins), message)


def _words(gold: Gold) -> list[str]:
    """The words that stand for a gold where golds are compared."""
    texts = (*gold.keep, *gold.drop) if gold.snippets_only else [block.text for block in gold.blocks]
    return [token for text in texts for token in tokenise(text)]


def _names(twins: list[Twin]) -> tuple[str, ...]:
    return tuple(twin.name for twin in twins)


def _splits(twins: list[Twin]) -> list[str]:
    return sorted({twin.split for twin in twins})


def _across(twins: list[Twin]) -> str:
    splits = _splits(twins)
    return f" in splits {' and '.join(splits)}" if len(splits) > 1 else ""
