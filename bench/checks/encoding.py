"""Bytes that a page's encoding cannot decode."""

from __future__ import annotations

from collections.abc import Iterator

from bench.checks.findings import NOTE, WARNING, Finding
from bench.checks.subject import Subject

MANY = 10
"""Replacement characters in a page that are many."""


def findings(subject: Subject) -> Iterator[Finding]:
    """Yield `encoding`."""
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
    yield subject.finding(severity, "encoding", message, **detail)
