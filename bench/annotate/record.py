"""The metadata of a page that was received: full provenance, what the page says of itself, and a gold that is still a draft."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import PurePath
from typing import TYPE_CHECKING

from bench import __version__
from bench.annotate.facts import Facts, Found
from bench.capture.received import Received
from bench.corpus import site_of
from bench.encoding import codec_for, codec_of
from bench.readers.native import DRAFT

if TYPE_CHECKING:
    from tomlkit.items import Table

_SLUG = 48
"""Characters of an id that are taken from a title."""
_HOW = {
    "http": "Fetched over HTTP", "rendered": "Rendered by a browser, the DOM after scripts", "warc": "Taken from a web archive",
    "file": "Read from a file", "stdin": "Read from standard input",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stated:
    """What the person who adds the page says of it; it goes before what the page says."""

    url: str | None = None
    kind: str | None = None
    language: str | None = None
    licence: str | None = None
    tags: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """A page as it will be in the corpus.

    Attributes:
        url: the address that answered.
        encoding: the one that it is read in because the server said so; None where the page itself says.
        kind, language, licence: with where each was found.
    """

    received: Received
    facts: Facts
    tags: Sequence[str]
    url: str | None
    encoding: str | None
    kind: Found | None
    language: Found | None
    licence: Found | None

    @property
    def site(self) -> Found | None:
        """Its registrable domain; of a copy on a machine without a name, the one that the page says is its own."""
        own, canonical = site_of(self.url), site_of(self.facts.canonical)
        if canonical and (own is None or _is_nameless(own)):
            return Found(canonical, "canonical")
        return Found(own, "the address") if own else None

    def slug(self) -> str:
        """Return an id made of kind, title (or address, or bytes) and language."""
        path = (self.url or "").partition("?")[0].rstrip("/").rpartition("/")[2]
        title = _ascii(self.facts.title.value if self.facts.title else "") or _ascii(path)
        words = _cut(title or hashlib.sha256(self.received.body).hexdigest()[:12])
        language = self.language.value.partition("-")[0] if self.language else ""
        return "-".join(part for part in (_ascii(self.kind.value if self.kind else "page"), words, language) if part)

    def toml(self) -> str:
        """Return the metadata as `corpus/<id>.toml` has it."""
        import tomlkit

        document = tomlkit.document()
        received, facts = self.received, self.facts
        fields = {
            "url": self.url,
            "requested_url": received.url if received.url != self.url else None,
            "canonical": facts.canonical if facts.canonical != self.url else None,
            "redirects": list(received.redirects[:-1]),
            "language": self.language and self.language.value,
            "kind": self.kind and self.kind.value,
            "site": self.site and self.site.value,
            "captured_at": received.received_at.replace(microsecond=0),
            "encoding": self.encoding,
            "licence": self.licence and self.licence.value,
            "licence_found": self.licence and self.licence.where,
            "provenance": f"{_HOW[received.how]} (bench {__version__}).",
            "source": PurePath(received.source).name if received.how in ("file", "warc") else None,
            "record": received.record,
            "status": received.status,
            "content_type": received.content_type,
            "charset": received.charset,
            "page_charset": codec_of(received.body),
            "robots": received.robots,
            "agent": received.agent,
            "tags": list(self.tags),
            "sha256": hashlib.sha256(received.body).hexdigest(),
            "response_sha256": received.raw is not None and hashlib.sha256(received.raw).hexdigest(),
        }
        for name, value in fields.items():
            if value:
                document[name] = value
        document["gold"] = self._gold()
        return tomlkit.dumps(document)

    def _gold(self) -> Table:
        import tomlkit

        facts = self.facts
        gold = tomlkit.table()
        gold["title"] = facts.title.value if facts.title else ""
        gold["authors"] = list(facts.authors)
        if facts.date:
            gold["date"] = facts.date.value
        gold["origin"] = DRAFT
        gold["keep"], gold["drop"] = [], []
        return gold


def record(received: Received, facts: Facts, stated: Stated) -> Record:
    """Return the record of a page, what a person states before what the page says."""

    def of(value: str | None, found: Found | None) -> Found | None:
        return Found(value, "as stated") if value else found

    return Record(
        received=received,
        facts=facts,
        tags=stated.tags,
        url=address_of(received, stated),
        encoding=encoding_of(received),
        kind=of(stated.kind, facts.kind),
        language=of(stated.language, facts.language),
        licence=of(stated.licence, facts.licence),
    )


def address_of(received: Received, stated: Stated) -> str | None:
    """Return the address of a page: as stated, or the one that answered."""
    return stated.url or received.final_url or received.url


def encoding_of(received: Received) -> str | None:
    """Return the encoding of the HTTP header where that decides: one of the web's, and no byte order mark says otherwise."""
    if received.charset is None or codec_for(received.charset) is None:
        return None
    return received.charset if codec_of(received.body, received.charset) == codec_for(received.charset) else None


def _is_nameless(host: str) -> bool:
    """Whether a host is this machine or has a number for a name."""
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


def _cut(words: str) -> str:
    """As many of the words between hyphens as an id may have; a longer word is cut."""
    if len(words) <= _SLUG:
        return words
    whole = words[: _SLUG + 1].rpartition("-")[0]
    return whole or words[:_SLUG]


def _ascii(text: str) -> str:
    """Letters and digits of a text between hyphens, accents left out; empty where none is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
