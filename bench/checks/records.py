"""Records that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator

from bench.checks.findings import ERROR, Finding
from bench.checks.subject import name_of
from bench.corpus import BrokenRecord, Corpus
from bench.errors import CorpusError


def broken(corpus: Corpus, *, several: bool) -> Iterator[Finding]:
    """Yield `broken-record` for what `corpus.load` left out."""
    for one in corpus.broken:
        pages = () if one.page_id is None else (name_of(corpus, one.page_id, several=several),)
        yield unusable(corpus, pages, BrokenRecord(one.file, one.reason))


def unusable(corpus: Corpus, pages: tuple[str, ...], problem: CorpusError) -> Finding:
    """Return the `broken-record` that a problem with a record or file is."""
    if not isinstance(problem, BrokenRecord):
        return Finding(ERROR, "broken-record", pages, str(problem))
    path = problem.broken.file
    file = str(path.relative_to(corpus.root)) if path.is_relative_to(corpus.root) else path.name
    return Finding(ERROR, "broken-record", pages, f"{file}: {problem.broken.reason}", {"file": file})
