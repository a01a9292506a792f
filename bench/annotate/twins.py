"""Whether a page is in the corpus already: the same bytes, the same address, or nearly the same text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from bench.annotate.files import tombstones
from bench.annotate.record import Record
from bench.checks.sketch import near, sketch
from bench.checks.words import percent
from bench.errors import CorpusError
from bench.page_text import PageText
from bench.readers.native import Native


def twins(reader: Native, record: Record, page: PageText) -> Iterator[tuple[str, str]]:
    """Yield the id of each page of a corpus that is, or seems to be, the one in hand, and why; broken ones are passed over.

    Args:
        reader: the corpus.
        record: the page in hand.
        page: its text.
    """
    sha = hashlib.sha256(record.received.body).hexdigest()
    addresses = {record.url, record.received.url, record.facts.canonical} - {None}
    own = sketch(page.tokens[page.lead :])
    for page_id in reader.ids():
        try:
            other = reader.page(page_id)
            html = other.html
        except (CorpusError, OSError, ValueError):
            continue
        if hashlib.sha256(html).hexdigest() == sha:
            yield page_id, f"the same bytes as {page_id}"
        elif addresses & {other.url, other.extra.get("canonical"), other.extra.get("requested_url")}:
            yield page_id, f"the same address as {page_id}: {other.url}"
        else:
            text = PageText.of_page(other, html)
            _, found = near([sketch(text.tokens[text.lead :]), own])
            if found:
                yield page_id, f"{percent(int(found[1] * 1000), 1000)} of the text of {page_id}"


def buried(reader: Native, record: Record) -> Iterator[str]:
    """Yield a line for each page that was removed and is in hand again."""
    sha = hashlib.sha256(record.received.body).hexdigest()
    for page_id, gone in tombstones(reader.root).items():
        if gone.get("sha256") == sha or (record.url and gone.get("url") == record.url):
            yield f"it was removed as {page_id}: {gone['reason']}"
