"""Which encoding a page is in, settled once for all extractors as a browser would settle it."""

from __future__ import annotations

import codecs

FALLBACK = "cp1252"
"""The WHATWG default for a page that declares nothing and is not UTF-8 (Western locales)."""


def codec_of(html: bytes, forced: str | None = None) -> str:
    """Return Python's name of the codec for a page.

    Order, as in the HTML standard: byte order mark, the encoding forced from outside, `<meta>` in the first 4 KiB, then
    UTF-8 if the bytes are valid UTF-8, else `FALLBACK`. A `<meta>` that names UTF-16 was readable as ASCII, so it means
    UTF-8. Labels mean what browsers take them for (`gb2312` is gb18030, `iso-8859-1` is cp1252).
    """
    from w3lib.encoding import html_body_declared_encoding, read_bom, resolve_encoding

    by_mark = read_bom(html)[0]
    if by_mark:
        return codecs.lookup(by_mark).name
    if forced:
        known = resolve_encoding(forced)
        if known:
            return known
    declared = html_body_declared_encoding(html)
    if declared:
        return "utf-8" if declared.startswith(("utf-16", "utf-32")) else declared
    try:
        html.decode("utf-8")
    except UnicodeDecodeError:
        return FALLBACK
    return "utf-8"
