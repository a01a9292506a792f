"""Bytes that a page's encoding cannot decode, and an encoding that they contradict."""

from __future__ import annotations

from collections.abc import Iterator

from bench.checks.findings import NOTE, WARNING, Finding
from bench.checks.source import Place
from bench.checks.subject import Subject
from bench.encoding import codec_for

MANY = 10
"""Replacement characters in a page that are many."""


def findings(subject: Subject) -> Iterator[Finding]:
    """Yield `encoding`."""
    yield from _contradicted(subject)
    total = subject.markup.count("\ufffd")
    captured = min(total, subject.data.count("\ufffd".encode())) if subject.codec == "utf-8" else 0
    undecodable = total - captured
    if undecodable:
        places = "1 place" if undecodable == 1 else f"{undecodable} places"
        message = f"{places} cannot be decoded as {subject.codec}; state its `encoding`, or capture it anew"
    elif captured >= MANY:
        message = f"holds {captured} replacement characters (U+FFFD): damaged when it was captured; capture it anew"
    else:
        return
    severity = WARNING if total >= MANY else NOTE
    detail = {"codec": subject.codec, "undecodable": undecodable, "replacement_characters": captured}
    at = (
        Place(subject.source.files.page, subject.markup[: subject.markup.index("\ufffd")].count("\n") + 1)
        if subject.source
        else None
    )
    yield subject.finding(severity, "encoding", message, at, **detail)


def _contradicted(subject: Subject) -> Iterator[Finding]:
    """Tell of a stated encoding that a byte order mark goes before."""
    stated, mark = subject.page.encoding, subject.codec
    if stated and codec_for(stated) != mark:  # nothing else goes before what is stated
        message = f"states `encoding` {stated}, but a byte order mark says {mark} and is believed; leave `encoding` out"
        at = subject.source.metadata("encoding") if subject.source else None
        yield subject.finding(WARNING, "encoding", message, at, codec=mark, stated=stated)
