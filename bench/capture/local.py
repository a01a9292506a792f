"""A page in a file, or from standard input, as it lies there."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from bench.capture.received import Received, now, shown
from bench.errors import CaptureError
from bench.model import MAX_PAGE_BYTES


def read(path: Path, *, most: int = MAX_PAGE_BYTES) -> Received:
    """Return the page in a file. Raises CaptureError when it cannot be read, is empty, or larger than `most` bytes."""
    source = str(path)
    if not path.is_file():  # a pipe or a device may have no end, or wait for ever
        raise CaptureError(f"{shown(source)}: no such file; name a file of HTML, or - for standard input")
    try:
        with path.open("rb") as file:
            body = file.read(most + 1)
    except OSError as problem:
        raise CaptureError(f"{shown(source)}: cannot be read: {problem.strerror}") from None
    return _received(body, source, "file", most)


def stdin(stream: BinaryIO, *, most: int = MAX_PAGE_BYTES) -> Received:
    """Return the page that a stream holds, to its end. Raises CaptureError when it is empty or larger than `most` bytes."""
    return _received(stream.read(most + 1), "-", "stdin", most)


def _received(body: bytes, source: str, how: str, most: int) -> Received:
    name = "standard input" if how == "stdin" else shown(source)
    if len(body) > most:
        raise CaptureError(f"{name}: larger than {most:,} bytes; a page is smaller, cut what is not the page")
    if not body.strip():
        raise CaptureError(f"{name}: empty; there is no page in it")
    return Received(body=body, source=source, how=how, received_at=now())
