"""Content codings undone in small pieces, each layer up to a cap: a bomb ends there and is never held."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Callable, Iterator

ACCEPTED = "gzip, deflate, br"
"""For Accept-Encoding."""
_PIECE = 1 << 16
_LAYERS = 2
"""Servers compress once; twice happens by mistake."""


class Undecodable(Exception):  # noqa: N818 - what the bytes are
    """Bytes that are not what their Content-Encoding says, or unpack to too much; the text is the reason."""


def unpacked(parts: Iterator[bytes], codings: str, most: int) -> Iterator[bytes]:
    """Return a body with its codings undone, in pieces.

    Args:
        parts: the body as received.
        codings: the Content-Encoding header, "" for none.
        most: bytes, for the body and every layer below it.

    Raises:
        Undecodable: damaged, cut short, too large, or coded in a way not known here.
    """
    names = [name for name in (one.strip().lower() for one in codings.split(",")) if name not in ("", "identity")]
    if len(names) > _LAYERS:
        raise Undecodable(f"packed {len(names)} times")
    for name in reversed(names):
        unpack = _CODINGS.get(name)
        if unpack is None:
            raise Undecodable(f"packed as {name[:40]!r}, which was not asked for")
        parts = unpack(_capped(parts, most))
    yield from _capped(parts, most)


def _capped(parts: Iterator[bytes], most: int) -> Iterator[bytes]:
    size = 0
    for part in parts:
        size += len(part)
        if size > most:
            raise Undecodable(f"more than {most:,} bytes when unpacked")
        yield part


def _gzip(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Members one after the other; what follows them and is none is left out, as browsers do."""
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
    begun = False
    for part in parts:
        rest = part
        while rest:
            if unpack.eof:
                if not rest.startswith(b"\x1f"):
                    return
                unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
            begun = True
            yield _step(unpack, rest)
            rest = unpack.unconsumed_tail or unpack.unused_data
    if begun and not unpack.eof:
        raise Undecodable("cut short")


def _deflate(parts: Iterator[bytes]) -> Iterator[bytes]:
    """In zlib's frame, as the standard says, or without, as some servers send it."""
    head = b""
    for part in parts:
        head += part
        if len(head) >= 2:
            break
    if not head:
        return
    framed = head[0] & 15 == zlib.DEFLATED and int.from_bytes(head[:2], "big") % 31 == 0
    unpack = zlib.decompressobj(zlib.MAX_WBITS if framed else -zlib.MAX_WBITS)
    for part in itertools.chain((head,), parts):
        rest = part
        while rest and not unpack.eof:
            yield _step(unpack, rest)
            rest = unpack.unconsumed_tail
    if not unpack.eof:
        raise Undecodable("cut short")


def _step(unpack: zlib._Decompress, part: bytes) -> bytes:
    try:
        return unpack.decompress(part, _PIECE)
    except zlib.error as damage:
        raise Undecodable(f"damaged: {damage}") from None


def _brotli(parts: Iterator[bytes]) -> Iterator[bytes]:
    import brotli

    unpack = brotli.Decompressor()
    begun = False
    for part in parts:
        begun = True
        try:
            yield unpack.process(part, output_buffer_limit=_PIECE)
            while not unpack.can_accept_more_data():
                yield unpack.process(b"", output_buffer_limit=_PIECE)
        except brotli.error:
            raise Undecodable("damaged") from None
    if begun and not unpack.is_finished():
        raise Undecodable("cut short")


_CODINGS: dict[str, Callable[[Iterator[bytes]], Iterator[bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
}
