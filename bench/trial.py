"""Does an extractor work on this machine? Three small pages through the sandbox: an article, wrong bytes, nothing at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.encoding import codec_of
from bench.model import Extraction, Limits
from bench.run import job_of
from bench.sandbox import StartFailure, Worker
from bench.spec import Extractor

_TEXT = """
The ferry to the outer island has been out of service since Monday, when its only engine failed half an hour from the harbour
and the crew had to wait, in calm weather and good spirits, for a fishing boat to tow it home.

A spare part is on its way, the harbour office says, but it has to come from a yard that built the engine forty years ago and
that keeps its drawings on paper. Until then, two smaller boats carry mail, bread and whoever needs to see a doctor.

Islanders take it with patience. The school has moved its lessons to the afternoon so that the teacher can cross with the tide,
and the baker, who lives on the other side, has left her keys with a neighbour who bakes nearly as well.
"""
PARAGRAPHS = tuple(" ".join(paragraph.split()) for paragraph in _TEXT.split("\n\n"))
"""A plain article, long enough for extractors that want a few sentences before they believe in one."""
LENGTH = sum(map(len, PARAGRAPHS))
"""Its characters."""
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Ferry out of service</title></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/news">News</a></li><li><a href="/contact">Contact</a></li></ul></nav>
<main><article><h1>Ferry out of service</h1>
{}
</article></main>
<footer><p><a href="/imprint">Imprint</a> <a href="/privacy">Privacy</a></p></footer>
</body></html>
"""
ARTICLE = _PAGE.format("\n".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)).encode()
WRONG = ARTICLE.replace(b"<h1>Ferry", b"<h1>Caf\xe9, pr\xeat-\xe0-porter, \x80 5. Ferry")
"""The article with bytes of windows-1252, though it declares UTF-8."""
OTHERS = (("a page in another encoding than it declares", WRONG), ("an empty page", b""))
LIMITS = Limits(timeout=10.0)


@dataclass(frozen=True, slots=True)
class Trial:
    """How an extractor fared."""

    finding: str
    """`ok`, `ok, but ...`, or what is wrong in words."""
    kept: int | None = None
    """Characters of the article's text that came back; None where the article could not be tried."""
    seconds: float | None = None
    """From starting its process to being ready."""


def kept(text: str) -> int:
    """Return how many characters of the article's paragraphs stand in a text, white space apart."""
    flat = " ".join(text.split())
    return sum(len(paragraph) for paragraph in PARAGRAPHS if paragraph in flat)


def try_out(extractor: Extractor, scratch: Path) -> Trial:
    """Return how an extractor fares; `scratch` is an existing folder."""
    try:
        worker = Worker(job_of(extractor), LIMITS, scratch)
    except StartFailure as failure:
        return Trial(f"cannot be started: {failure}")
    try:
        start = worker.await_ready()
        made = _give(worker, ARTICLE)
        found = kept(made.text)
        if made.outcome.failed:
            return Trial(f"fails on a plain article: {_reason(made)}", 0, start.seconds)
        if not found and not extractor.adapter.control:
            return Trial("keeps nothing of a plain article", 0, start.seconds)
        failures = []
        for name, html in OTHERS:
            if not worker.alive:
                break
            made = _give(worker, html)
            if made.outcome.failed:
                failures.append(f"fails on {name}: {_reason(made)}")
        if worker.refused_packets():
            failures.append("asks the network, which is cut")
        return Trial(", but ".join(["ok", *failures[:1]]) + "".join(f"; {one}" for one in failures[1:]), found, start.seconds)
    except StartFailure as failure:
        return Trial(f"cannot be started: {failure}")
    finally:
        worker.kill()


def _give(worker: Worker, html: bytes) -> Extraction:
    return worker.extract(html, codec_of(html, None), forced=False, url="https://ferry.example/news")


def _reason(made: Extraction) -> str:
    return ": ".join(part for part in (made.outcome.value, made.error_type, made.error_message) if part)
