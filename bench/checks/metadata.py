"""What pages do not say of themselves, or say in a way that nothing reads."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np

from bench.checks.findings import NOTE, WARNING, Finding, Severity
from bench.checks.source import Place
from bench.checks.subject import Subject
from bench.readers.native import KINDS

LANGUAGE = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*"
    r"(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?|x(?:-[a-z0-9]{1,8})+)",
    re.IGNORECASE | re.ASCII,
)
"""A tag of RFC 5646, without the long primary subtags that it reserves and nobody uses (`english` is a mistake)."""


STRUCTURED = frozenset(["heading", "list item", "table", "code"])
"""Elements that a gold in Markdown is for."""
ENOUGH = 3
"""Blocks of the page that are such, from which on a text has structure."""
LACKING = {"licence": WARNING, "provenance": WARNING, "sha256": WARNING, "url": NOTE, "language": NOTE, "captured_at": NOTE}
"""What a page of the built-in format should say."""


class _Oddity(NamedTuple):
    """What several pages may share."""

    severity: Severity
    rule: str
    what: str
    """Goes on a sentence: has, have ..."""
    detail: tuple[tuple[str, str], ...] = ()


class Metadata:
    """Takes pages, then tells what is odd in one finding for all that share it, since whole sets lack a field."""

    def __init__(self) -> None:
        self._pages = 0
        self._odd: defaultdict[_Oddity, list[tuple[str, Place | None]]] = defaultdict(list)

    def add(self, subject: Subject) -> None:
        """Take a page."""
        self._pages += 1
        for oddity, place in _oddities(subject):
            self._odd[oddity].append((subject.name, place))

    def findings(self) -> Iterator[Finding]:
        """Yield `no-site`, `no-kind`, `language-tag`, `missing-metadata`, `unknown-kind` and `no-markdown`."""
        for (severity, rule, what, detail), pages in self._odd.items():
            have = "has" if len(pages) == 1 else f"{len(pages)} of {self._pages} pages have"
            place = pages[0][1] if len(pages) == 1 else None
            names = tuple(name for name, _ in pages)
            yield Finding(severity, rule, names, f"{have} {what}", dict(detail), *(place or ()))


def _oddities(subject: Subject) -> Iterator[tuple[_Oddity, Place | None]]:
    page, source = subject.page, subject.source
    whole = Place(source.files.metadata) if source else None
    no_site = not page.site or (page.site == page.id and not page.url)  # readers name a site after its page for want of one
    if no_site:
        yield _Oddity(NOTE, "no-site", "neither `site` nor `url`; each is resampled by itself"), whole
    if not page.kind:
        yield _Oddity(NOTE, "no-kind", "no `kind`; a table by kind lists them apart"), whole
    if page.language and not LANGUAGE.fullmatch(page.language):
        what = f"language {page.language!r}; write it as BCP 47 does: en, pt-BR, zh-Hant"
        place = source.metadata("language") if source else None
        yield _Oddity(NOTE, "language-tag", what, (("language", page.language),)), place
    if source is None:
        return
    for name, severity in LACKING.items():
        if not (getattr(page, name, None) or page.extra.get(name)) and not (name == "url" and no_site):
            mend = "; --fix writes it" if name == "sha256" else ""
            yield _Oddity(severity, "missing-metadata", f"no `{name}`{mend}", (("name", name),)), whole
    if page.kind and page.kind not in KINDS:
        near = get_close_matches(page.kind, KINDS, n=1)
        what = f"kind {page.kind!r}; {f'did you mean {near[0]}?' if near else 'there are: ' + ', '.join(KINDS)}"
        yield _Oddity(NOTE, "unknown-kind", what, (("kind", page.kind),)), source.metadata("kind")
    if subject.gold.markdown is None and _structured(subject) >= ENOUGH:
        what = "headings, lists, tables or code, but no gold in Markdown (gold/<id>.md)"
        yield _Oddity(NOTE, "no-markdown", what), Place(source.files.gold)


def _structured(subject: Subject) -> int:
    """How many blocks of the page that hold required text are headings, list items, tables or code."""
    tokens = subject.tokens
    at = tokens.on_page[tokens.is_required & (tokens.on_page >= 0)]
    kinds = np.array(tokens.page.labels("element", at), dtype=object)
    return len(np.unique(tokens.page.block_of[at][np.isin(kinds, list(STRUCTURED))]))
