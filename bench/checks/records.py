"""Records that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator

from bench.checks.findings import ERROR, Finding
from bench.checks.source import Place, Source
from bench.checks.subject import name_of
from bench.corpus import Broken, BrokenRecord, Corpus
from bench.errors import CorpusError


def broken(corpus: Corpus, *, several: bool) -> Iterator[Finding]:
    """Yield `broken-record` and `draft` for what `corpus.load` left out."""
    for one in corpus.broken:
        yield _told(corpus, one, one.page_id, several=several)


def unusable(corpus: Corpus, page_id: str, problem: CorpusError, *, several: bool) -> Finding:
    """Return the `broken-record` that a problem with a record is."""
    if isinstance(problem, BrokenRecord):
        return _told(corpus, problem.broken, page_id, several=several)
    return Finding(ERROR, "broken-record", (name_of(corpus, page_id, several=several),), str(problem))


def _told(corpus: Corpus, one: Broken, page_id: str | None, *, several: bool) -> Finding:
    rule = "draft" if one.draft else "broken-record"
    pages = () if page_id is None else (name_of(corpus, page_id, several=several),)
    source = Source.of(corpus, page_id or "")
    if source is not None or not pages:
        at = Place(one.file, one.line)
        if source and one.key:
            at = source.any_metadata(one.key)
        return Finding(ERROR, rule, pages, one.reason, {}, *at)
    # Files of other formats hold many records: the id says more than the file does.
    file = str(one.file.relative_to(corpus.root)) if one.file.is_relative_to(corpus.root) else one.file.name
    return Finding(ERROR, rule, pages, f"{file}: {one.reason}", {"file": file})
