"""A page as it was received."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import NamedTuple

from bench.errors import CaptureError

_CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([^\s"';]+)""", re.IGNORECASE)
_HTML = frozenset({"text/html", "application/xhtml+xml"})


@dataclass(frozen=True, slots=True)
class Received:
    """The bytes of a page and where they come from. Content codings are undone; nothing else is done to bytes."""

    body: bytes
    """What was received; for "rendered" the DOM, serialised as UTF-8."""
    source: str
    """As the user named it; of a WARC with the record's number."""
    how: str
    """`http`, `rendered`, `warc`, `file` or `stdin`."""
    received_at: datetime
    """UTC. Of a WARC when the archive received it, of a file when it was read."""
    url: str | None = None
    """The address asked for."""
    final_url: str | None = None
    """The address that answered."""
    redirects: tuple[str, ...] = ()
    """Where each redirect led, in order; the last is `final_url`."""
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    """As received, in order, names in lower case."""
    content_type: str | None = None
    """The media type alone, in lower case."""
    charset: str | None = None
    """Of the HTTP header, as stated there, known or not. Of "rendered" utf-8, which `body` is whatever its `<meta>` says."""
    robots: str | None = None
    """`allowed`, `no robots.txt`, or `ignored`; None where nobody was asked."""
    raw: bytes | None = None
    """Of "rendered": the body of the response from which the browser made the DOM."""
    agent: str | None = None
    """The User-Agent sent, or the program that wrote the archive."""
    record: str | None = None
    """WARC-Record-ID."""
    notes: tuple[str, ...] = ()
    """What else a reader of the page must know: a line each."""


class MediaType(NamedTuple):
    """What a Content-Type header says."""

    name: str | None
    charset: str | None


def media_type(headers: tuple[tuple[str, str], ...]) -> MediaType:
    """Return media type and charset of a response; of several Content-Type headers the last counts, as in browsers."""
    stated = [value for name, value in headers if name == "content-type"]
    if not stated:
        return MediaType(None, None)
    charset = _CHARSET.search(stated[-1])
    return MediaType(stated[-1].partition(";")[0].strip().lower() or None, charset[1] if charset else None)


def is_page(status: int | None, headers: tuple[tuple[str, str], ...]) -> bool:
    """Return whether a response may hold a page: a success, of HTML or of no stated type."""
    return status is not None and 200 <= status <= 299 and media_type(headers).name in {None, *_HTML}


def refuse_other_than_pages(source: str, status: int | None, headers: tuple[tuple[str, str], ...]) -> None:
    """Raise CaptureError for what is no page by `is_page`."""
    if is_page(status, headers):
        return
    if status is None or not 200 <= status <= 299:
        raise CaptureError(f"{source}: the server answers {status}, which is no page; look at it in a browser")
    stated = media_type(headers).name or ""
    raise CaptureError(f"{source}: of type {stated[:80]!r}, not HTML; name the address of the page itself")


def refuse_no_page(source: str, headers: tuple[tuple[str, str], ...], body: bytes) -> None:
    """Raise CaptureError for a body without anything in it, and for one of no stated type that does not begin with a tag."""
    if not body.strip():
        raise CaptureError(f"{source}: an empty page; look at it in a browser, it may need scripts or a login")
    if media_type(headers).name is None and body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] != b"<":
        raise CaptureError(f"{source}: of no stated type, and not HTML by its first bytes; name the address of the page itself")


def shown(text: str) -> str:
    """Return what somebody else wrote, short and without control characters, for a line that is printed."""
    short = text if len(text) <= 200 else text[:200] + "..."
    return short if short.isprintable() else ascii(short)[1:-1]


def now() -> datetime:
    """Return the time, UTC."""
    return datetime.now(UTC)


def need(what: str, *modules: str) -> None:
    """Raise CaptureError when a library of the extra is not installed; `what` needs it."""
    absent = [module for module in modules if find_spec(module) is None]
    if absent:
        raise CaptureError(f"{what} needs {', '.join(absent)}: pip install 'boilerbench[capture]'")
