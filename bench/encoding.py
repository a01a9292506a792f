"""Which encoding a page is in, settled once for all extractors as a browser would settle it.

Labels mean what the WHATWG Encoding Standard says they mean (the `webencodings` package has its table), and nothing else is
a label: Python itself would take `hex`, `rot13` or `idna` for an encoding.
"""

from __future__ import annotations

import re

FALLBACK = "cp1252"
"""The standard's default for a page that declares nothing and is not UTF-8 (Western locales)."""

_PRESCAN = 4096
"""Bytes in which a declaration is looked for. The standard asks for 1,024 at least; browsers wait for a little more."""
_COMMENT = re.compile(rb"<!--.*?(?:-->|\Z)", re.DOTALL)
_META = re.compile(rb"""<meta[\s/]((?:[^>"']|"[^"]*"|'[^']*')*)""", re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"""([^\s"'>/=]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([^\s;"']+)""", re.IGNORECASE)
_XML = re.compile(rb"""\A\s*<\?xml\b[^>]*?\bencoding\s*=\s*["']([\w.:+-]+)""", re.IGNORECASE)
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def codec_for(label: str) -> str | None:
    """Return Python's name of the codec that browsers use for a label, None when it is no label of the web's."""
    from webencodings import lookup

    encoding = lookup(label)
    if encoding is None or encoding.name in ("replacement", "x-user-defined"):
        return None  # the first decodes to nothing, by design; the second is no real page's
    # The standard's decoder for gbk is that of its superset.
    return "gb18030" if encoding.name == "gbk" else str(encoding.codec_info.name)


def codec_of(html: bytes, forced: str | None = None) -> str:
    """Return Python's name of the codec for a page.

    Order, as in the HTML standard: byte order mark, the encoding forced from outside, a declaration in the first bytes of
    the page, then UTF-8 if the bytes are valid UTF-8, else `FALLBACK`. A declaration that names UTF-16 was readable as
    ASCII, so it means UTF-8; one that names nothing known counts for nothing.
    """
    for mark, codec in _MARKS:
        if html.startswith(mark):
            return codec
    known = codec_for(forced) if forced else None
    if known:
        return known
    declared = _declared(html[:_PRESCAN])
    known = codec_for(declared) if declared else None
    if known:
        return "utf-8" if known.startswith("utf-16") else known
    try:
        html.decode("utf-8")
    except UnicodeDecodeError:
        return FALLBACK
    return "utf-8"


def _declared(head: bytes) -> str | None:
    """The label in the first `<meta>` that gives one, or in an XML declaration."""
    head = _COMMENT.sub(b"", head)
    for meta in _META.finditer(head):
        attributes = {name.lower(): double or single or bare for name, double, single, bare in _ATTRIBUTE.findall(meta[1])}
        label: bytes | None = attributes.get(b"charset")
        if label is None and attributes.get(b"http-equiv", b"").lower() == b"content-type":
            found = _CHARSET.search(attributes.get(b"content", b""))
            label = found[1] if found else None
        if label is not None:
            return label.decode("ascii", "replace")
    xml = _XML.search(head)
    return xml[1].decode("ascii", "replace") if xml else None
