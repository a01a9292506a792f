"""The records that pass between stages. Frozen, light, and free of any third-party import."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

MAX_PAGE_BYTES = 256 * 2**20
"""A page file larger than this (after gunzip) is refused: a decompression bomb, not a page."""


class Outcome(StrEnum):
    """How one extractor fared on one page."""

    OK = "ok"
    EMPTY = "empty"
    """Returned nothing, or white space only."""
    ERROR = "error"
    """Raised, or returned something that is not text."""
    TIMEOUT = "timeout"
    """Was still running at the deadline, and was killed."""
    MEMORY = "memory"
    """Ran into the memory limit."""
    CRASH = "crash"
    """Its process died, or broke the worker protocol."""
    UNAVAILABLE = "unavailable"
    """Never ran: it could not be started, or an imported file lacks the page."""

    @property
    def failed(self) -> bool:
        """Whether the cell counts as a failure; an empty answer is an answer."""
        return self not in (Outcome.OK, Outcome.EMPTY)


@dataclass(frozen=True, slots=True)
class Captured:
    """The bytes of a page, where they lie; read on demand so that a corpus never sits in memory.

    A name ending in `.gz` is gunzipped; nothing else is ever done to the bytes.
    """

    path: Path

    def read(self) -> bytes:
        """Return the page's bytes.

        Raises:
            ValueError: the file is not gzip though its name says so, or unpacks to more than `MAX_PAGE_BYTES`.
            OSError: the file cannot be read.
        """
        if self.path.suffix != ".gz":
            if self.path.stat().st_size > MAX_PAGE_BYTES:
                raise ValueError(f"larger than {MAX_PAGE_BYTES} bytes")
            return self.path.read_bytes()
        import gzip
        import zlib

        try:
            with gzip.open(self.path) as unpacked:
                data = unpacked.read(MAX_PAGE_BYTES + 1)
        except (gzip.BadGzipFile, EOFError, zlib.error) as damage:
            raise ValueError(f"damaged gzip: {damage}") from None
        if not data and self.path.stat().st_size == 0:
            raise ValueError("damaged gzip: no bytes at all")
        if len(data) > MAX_PAGE_BYTES:
            raise ValueError(f"unpacks to more than {MAX_PAGE_BYTES} bytes")
        return data

    def stamp(self) -> str:
        """Return what changes when the file does: path, size and times of change. Raises OSError."""
        status = self.path.stat()
        return f"{self.path.resolve()}|{status.st_size}|{status.st_mtime_ns}|{status.st_ctime_ns}"


@dataclass(frozen=True, slots=True)
class Page:
    """One captured page. `html` is read from disk at each use and never decoded there."""

    id: str
    captured: Captured
    encoding: str | None = None
    """Forced by the corpus or the HTTP header; None means sniff as a browser would."""
    url: str | None = None
    language: str | None = None
    """BCP 47."""
    kind: str | None = None
    site: str | None = None
    """Registrable domain; pages that share one are resampled together."""
    captured_at: datetime | None = None
    licence: str | None = None
    split: str | None = None
    tags: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What the corpus knows and the model has no field for."""

    @property
    def html(self) -> bytes:
        """The bytes exactly as captured. Raises like `Captured.read`."""
        return self.captured.read()

    def key(self, html_sha256: bytes) -> bytes:
        """Return the page's share of a cell's identity: its bytes, encoding and url, as 32 bytes."""
        return digest([html_sha256.hex(), self.encoding, self.url])


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading, list item, table row or code block of gold text."""

    text: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Gold:
    """The main text of a page. No blocks means that nothing is the right answer."""

    blocks: tuple[Block, ...] = ()
    keep: tuple[str, ...] = ()
    """Snippets that an extractor must keep."""
    drop: tuple[str, ...] = ()
    """Snippets that it must drop."""
    title: str | None = None
    authors: tuple[str, ...] = ()
    date: str | None = None
    markdown: str | None = None
    html: str | None = None
    scope: str | None = None
    """Whether title and comments are in, out or mixed, in the corpus's own words."""
    origin: str | None = None
    """human, reviewed (a model's draft), tool (a tool's own output) or author (written together with the page)."""
    snippets_only: bool = False
    """The corpus has no whole text of this page: no blocks then means unknown, not empty."""

    @property
    def text(self) -> str:
        """All blocks, required and optional, with a blank line between."""
        return "\n\n".join(block.text for block in self.blocks)

    def key(self) -> bytes:
        """Return 32 bytes that change whenever anything of the gold does."""
        blocks = [[block.text, block.required] for block in self.blocks]
        rest = [self.title, self.authors, self.date, self.markdown, self.html, self.scope, self.origin]
        return digest([blocks, self.keep, self.drop, *rest, *(["snippets only"] if self.snippets_only else [])])


@dataclass(frozen=True, slots=True)
class Extraction:
    """What one extractor gave for one page, and what that cost. Never None where a number was measured."""

    outcome: Outcome
    text: str = ""
    seconds: float | None = None
    """Wall time of the call alone."""
    cpu_seconds: float | None = None
    """CPU time of the call alone, all threads and child processes."""
    peak_bytes: int | None = None
    """Peak resident memory of the worker during the call."""
    error_type: str | None = None
    error_message: str | None = None
    stdout: str | None = None
    stderr: str | None = None
    attempts: int = 1
    notes: Mapping[str, float | str] = field(default_factory=dict)
    """What the extractor noted of the page (see `bench.extract`): numbers such as tokens and cost, short texts."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a worker may use on one page."""

    timeout: float = 30.0
    """Seconds of wall time."""
    memory: int = 2 * 2**30
    """Bytes of address space."""


def digest(value: object) -> bytes:
    """Return the sha256 (32 bytes) of a JSON-able value, written canonically.

    Lone surrogates, which no UTF-8 can hold, are hashed by their escapes, so any text has a digest.
    """
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).digest()
