"""What pages do not say of themselves, or say in a way that nothing reads."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from bench.checks.findings import NOTE, Finding
from bench.checks.subject import Subject

LANGUAGE = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*"
    r"(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?|x(?:-[a-z0-9]{1,8})+)",
    re.IGNORECASE | re.ASCII,
)
"""A tag of RFC 5646, without the long primary subtags that it reserves and nobody uses (`english` is a mistake)."""


class Metadata:
    """Takes pages, then tells what is odd in one finding for all that share it, since whole sets lack a field."""

    def __init__(self) -> None:
        self._pages = 0
        self._without_site: list[str] = []
        self._without_kind: list[str] = []
        self._languages: defaultdict[str, list[str]] = defaultdict(list)

    def add(self, subject: Subject) -> None:
        """Take a page."""
        page = subject.page
        self._pages += 1
        if not page.site or (page.site == page.id and not page.url):  # readers name a site after its page for want of one
            self._without_site.append(subject.name)
        if not page.kind:
            self._without_kind.append(subject.name)
        if page.language and not LANGUAGE.fullmatch(page.language):
            self._languages[page.language].append(subject.name)

    def findings(self) -> Iterator[Finding]:
        """Yield `no-site`, `no-kind` and `language-tag`."""
        if names := self._without_site:
            yield self._note("no-site", names, "neither `site` nor `url`; each is resampled by itself")
        if names := self._without_kind:
            yield self._note("no-kind", names, "no `kind`; a table by kind lists them apart")
        for tag, names in self._languages.items():
            what = f"language {tag!r}; write it as BCP 47 does: en, pt-BR, zh-Hant"
            yield self._note("language-tag", names, what, language=tag)

    def _note(self, rule: str, names: Sequence[str], what: str, **detail: str) -> Finding:
        have = "has" if len(names) == 1 else f"{len(names)} of {self._pages} pages have"
        return Finding(NOTE, rule, tuple(names), f"{have} {what}", detail)
