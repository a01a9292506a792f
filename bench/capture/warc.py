"""A page out of a web archive: `pages.warc.gz#12` is the twelfth response in it.

Counted are records of type `response` from http and https addresses, from 1, in the file's order. warcio finds the records;
bytes come to it through a meter, for it reads lines of any length.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import itertools
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.capture.decoding import Undecodable, unpacked
from bench.capture.received import Received, is_page, media_type, need, refuse_no_page, refuse_other_than_pages, shown
from bench.errors import CaptureError
from bench.model import MAX_PAGE_BYTES

_HEAD = 1 << 20
"""Bytes: no head, of a record or a response, is longer."""
_PIECE = 1 << 16
_LISTED = 5


class _Damaged(Exception):  # noqa: N818 - what the archive is
    """The text says how."""


@dataclass
class _Response:
    """A response record: its head is read, its body is not."""

    number: int
    record: dict[str, str]
    """Headers of the record, names in lower case."""
    status: int | None
    headers: tuple[tuple[str, str], ...]
    parts: Iterator[bytes]
    written_by: str | None

    @property
    def url(self) -> str:
        return self.record["warc-target-uri"]


@dataclass
class _Found:
    """The pages of an archive: how many, and what to say of the first of them."""

    count: int = 0
    first: list[str] = field(default_factory=list)
    page: Received | None = None


def read(path: Path, number: int | None = None, *, most: int = MAX_PAGE_BYTES) -> Received:
    """Return a page of an archive.

    Args:
        path: a WARC file, gzipped or not.
        number: which response, from 1; None for the only one that is a page.
        most: bytes of the page, unpacked.

    Raises:
        CaptureError: one line: the file is damaged or cannot be read, has no such response or several pages, or that
            response is no page.
    """
    need("reading a WARC", "warcio", "brotli")
    name = shown(str(path))
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            with contextlib.ExitStack() as ends:
                plain = ends.enter_context(gzip.GzipFile(fileobj=file)) if packed else file
                responses = _responses(_Meter(plain))
                return _the_page(path, responses, most) if number is None else _numbered(path, responses, number, most)
    except _Damaged as damage:
        raise CaptureError(f"{name}: {damage}; it is no WARC file, or a damaged one") from None
    except OSError as problem:
        raise CaptureError(f"{name}: cannot be read: {problem.strerror or problem}") from None


def _numbered(path: Path, responses: Iterator[_Response], number: int, most: int) -> Received:
    last = 0
    for response in responses:
        last = response.number
        if last == number:
            return _received(path, response, most)
    raise CaptureError(f"{shown(str(path))}: no response {number}; it has {last}")


def _the_page(path: Path, responses: Iterator[_Response], most: int) -> Received:
    found = _Found()
    for response in responses:
        if is_page(response.status, response.headers):
            found.count += 1
            if found.count <= _LISTED:
                found.first.append(f"#{response.number} {shown(response.url)}")
            found.page = _received(path, response, most) if found.count == 1 else None
    if found.count == 0:
        raise CaptureError(f"{shown(str(path))}: no response in it is a page of HTML")
    if found.page is None:
        told = ", ".join(found.first) + (" ..." if found.count > _LISTED else "")
        raise CaptureError(f"{shown(str(path))}: {found.count} pages in it; name one by its number: {told}")
    return found.page


def _received(path: Path, response: _Response, most: int) -> Received:
    source = f"{path}#{response.number}"
    name = shown(source)
    refuse_other_than_pages(name, response.status, response.headers)
    try:
        received_at = datetime.fromisoformat(response.record.get("warc-date", "")).astimezone(UTC)
    except (ValueError, OverflowError):
        raise CaptureError(f"{name}: its WARC-Date is no time; without it nobody knows when the page was received") from None
    try:
        body = b"".join(_body(response, most))
    except Undecodable as reason:
        raise CaptureError(f"{name}: {reason}") from None
    refuse_no_page(name, response.headers, body)
    stated = media_type(response.headers)
    return Received(
        body=body,
        source=source,
        how="warc",
        received_at=received_at,
        url=response.url,
        final_url=response.url,
        status=response.status,
        headers=response.headers,
        content_type=stated.name,
        charset=stated.charset,
        agent=response.written_by,
        record=response.record.get("warc-record-id"),
    )


def _body(response: _Response, most: int) -> Iterator[bytes]:
    """The page's bytes. Some archives undo chunks and codings and leave the headers that tell of them."""
    headers = dict(response.headers)
    parts = response.parts
    if headers.get("transfer-encoding", "").lower() == "chunked":
        parts = _unchunked(parts)
    coding = headers.get("content-encoding", "")
    first = next(parts, b"")
    if coding.lower() in ("gzip", "x-gzip") and not first.startswith(b"\x1f"):
        coding = ""
    return unpacked(itertools.chain((first,), parts), coding, most)


def _unchunked(parts: Iterator[bytes]) -> Iterator[bytes]:
    """A body without its chunks' frames; as it stands when it has none. Ends where the frames do, or the bytes."""
    stream = _Lines(parts)
    line = stream.line()
    if _size(line) is None:
        yield line
        yield from stream.rest()
        return
    while size := _size(line):
        yield from stream.take(size)
        stream.line()  # the end of the chunk's own
        line = stream.line()


def _size(line: bytes) -> int | None:
    digits = re.fullmatch(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?\r?\n", line)
    return int(digits[1], 16) if digits else None


class _Lines:
    """Lines and counted bytes out of parts."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._held = b""

    def line(self) -> bytes:
        """Return the next line with its end, or what there is without one in the longest head."""
        while b"\n" not in self._held and len(self._held) < _PIECE and (part := next(self._parts, b"")):
            self._held += part
        end = self._held.find(b"\n") + 1 or len(self._held)
        line, self._held = self._held[:end], self._held[end:]
        return line

    def take(self, size: int) -> Iterator[bytes]:
        """Yield so many bytes, fewer at the end."""
        while size:
            part = self._held or next(self._parts, b"")
            if not part:
                return
            yield part[:size]
            self._held = part[size:]
            size -= len(part[:size])

    def rest(self) -> Iterator[bytes]:
        """Yield all that is left."""
        yield self._held
        yield from self._parts


class _Meter:
    """A file for warcio, which may read so many bytes; damage of the gzip around it becomes our own."""

    def __init__(self, file: io.BufferedIOBase) -> None:
        self._file = file
        self.left: int | None = None

    def read(self, size: int) -> bytes:
        try:
            part = self._file.read1(size)  # what comes before damage is not lost with it
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise _Damaged("its gzip ends or breaks off in the middle") from None
        if self.left is not None:
            self.left -= len(part)
            if self.left < 0:
                raise _Damaged(f"a record's head is longer than {_HEAD:,} bytes")
        return part


def _responses(meter: _Meter) -> Iterator[_Response]:
    """Every response; its body can be read until the next is asked for."""
    number = 0
    written_by = None
    for record, block in _records(meter):
        if record.get("warc-type") == "warcinfo":
            said = re.search(rb"^software:[ \t]*(.+?)\r?$", next(block, b""), re.MULTILINE | re.IGNORECASE)
            written_by = shown(said[1].decode("utf-8", "replace")) if said else None
        elif record.get("warc-type") == "response" and record.get("warc-target-uri", "").startswith(("http:", "https:")):
            number += 1
            lines = _Lines(block)
            status, headers = _head(lines)
            yield _Response(number, record, status, headers, lines.rest(), written_by)


def _records(meter: _Meter) -> Iterator[tuple[dict[str, str], Iterator[bytes]]]:
    """Headers and block of every record."""
    from warcio.archiveiterator import WARCIterator
    from warcio.exceptions import ArchiveLoadFailed

    records = WARCIterator(meter, no_record_parse=True)
    for count in itertools.count(1):
        meter.left = _HEAD
        complaints = io.StringIO()
        try:
            with contextlib.redirect_stderr(complaints):  # it would print
                found = next(records, None)
        except (ArchiveLoadFailed, ValueError):
            raise _Damaged(f"record {count} has no head of a WARC's") from None
        if complaints.getvalue():
            raise _Damaged(f"record {count - 1} does not end where it says")
        if found is None:
            if count == 1:
                raise _Damaged("no record in it")
            return
        meter.left = None
        block = _block(found, count)
        yield {name.lower(): value for name, value in found.rec_headers.headers}, block
        for _ in block:  # what was not wanted
            pass


def _block(found: Any, count: int) -> Iterator[bytes]:
    """A record's block, to the last byte that its head promises."""
    missing = found.length
    if missing is None:
        raise _Damaged(f"record {count} has no Content-Length")
    while part := found.raw_stream.read(_PIECE):
        missing -= len(part)
        yield part
    if missing:
        raise _Damaged(f"record {count} ends {missing:,} bytes early")


def _head(lines: _Lines) -> tuple[int | None, tuple[tuple[str, str], ...]]:
    """Status and headers of a response; None for what is no HTTP."""
    status = re.match(rb"HTTP/[0-9.]+ +([0-9]{3})\b", lines.line())
    headers: list[tuple[str, str]] = []
    size = 0
    while line := lines.line().rstrip(b"\r\n"):
        size += len(line)
        if size > _HEAD:
            raise _Damaged(f"a response's head is longer than {_HEAD:,} bytes")
        name, _, value = line.decode("latin-1").partition(":")
        headers.append((name.strip().lower(), value.strip()))
    return int(status[1]) if status else None, tuple(headers)
