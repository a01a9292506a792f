"""Votes cast: the members' stored outputs in, the vote's cells out. Never runs an extractor.

A page on which a member has no cell gets none: it is `not run`, which every table counts. Under one identity only a failure can
become another output, when its page is run again; so a cell is counted again when other members have failed than had, or
otherwise.
"""

from __future__ import annotations

import contextlib
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence

from bench.beside import beside
from bench.corpus import Corpus
from bench.errors import BenchError
from bench.history import called, newest
from bench.model import Extraction, Outcome
from bench.page_text import PageText
from bench.plugins import SPEC
from bench.progress import steps
from bench.store import Store, StoredExtractor
from bench.vote import NAME, VERSION, Vote, count, is_vote, parse, why_failed


def with_votes(corpus: Corpus, store: Store, specs: Sequence[str]) -> list[StoredExtractor]:
    """Return the identities with cells on these pages, oldest first, the votes that are asked for counted to the last page.

    Args:
        corpus: the pages; `store.want` must have been told of them.
        store: open for writing where a vote is asked for.
        specs: like those of `history.entries`. None at all, or `vote`, ask for the votes that were ever counted here, of what
            their members are now.

    Raises:
        UsageError, NothingToDo: a vote is none, or a member names no row.
    """
    stored, runs = store.extractors(), store.runs()
    votes = [called(stored, runs, ballot) for spec in specs if (ballot := parse(spec))]
    if not specs or any((match := SPEC.fullmatch(spec)) and match["name"] == NAME for spec in specs):
        votes += called_again(store, [one.settings for one in newest(stored) if is_vote(one)])
    cast(corpus, votes, store, jobs=os.cpu_count() or 1)
    return store.extractors() if votes else stored


def called_again(store: Store, settings: Sequence[str]) -> list[Vote]:
    """Return the votes of these settings, of what their members are now; without those whose members are gone."""
    stored, runs = store.extractors(), store.runs()
    votes = []
    for members in settings:
        with contextlib.suppress(BenchError):
            if ballot := parse(f"{NAME}({members})"):
                votes.append(called(stored, runs, ballot))
    return votes


def cast(corpus: Corpus, votes: Sequence[Vote], store: Store, *, jobs: int = 1) -> None:
    """Count votes on the pages where all their members have cells, as far as that is not done; store them."""
    pages: defaultdict[int, list[tuple[Vote, Sequence[Outcome]]]] = defaultdict(list)
    for vote in {vote.key: vote for vote in votes}.values():
        store.put_extractor(vote.key, NAME, VERSION, vote.settings, vote.identity)
        for number, outcomes in _wanted(vote, store):
            pages[number].append((vote, outcomes))
    store.commit()

    def outputs(number: int, vote: Vote, outcomes: Sequence[Outcome]) -> list[str | None]:
        key = corpus.page_keys[number]
        pairs = zip(vote.members, outcomes, strict=True)
        return [None if how.failed else store.text(member.key, key) for member, how in pairs]

    tasks = (
        (number, (number, [(outputs(number, *one), why_failed(*one)) for one in here]))
        for number, here in sorted(pages.items())
    )
    with steps("voting", len(pages)) as watch:
        for number, cells in beside(_count_page, tasks, corpus, jobs=jobs):
            for (vote, _), cell in zip(pages[number], cells, strict=True):
                store.put_cell(vote.key, corpus.page_keys[number], cell, None)
            store.commit(every=1.0)
            watch(1)
    store.commit()


def _wanted(vote: Vote, store: Store) -> Iterator[tuple[int, Sequence[Outcome]]]:
    """Yield the numbers of the pages to be voted on, and how each member fared there."""
    found = [{number: cell.outcome for number, cell in store.cells(member.key)} for member in vote.members]
    done = {number: cell.error_message for number, cell in store.cells(vote.key)}
    for number in set.intersection(*map(set, found)):
        outcomes = [one[number] for one in found]
        if number not in done or done[number] != why_failed(vote, outcomes):
            yield number, outcomes


def _count_page(corpus: Corpus, number: int, votes: Sequence[tuple[Sequence[str | None], str | None]]) -> list[Extraction]:
    page = PageText.of_page(*corpus.read(number))
    return [count(page, outputs, why) for outputs, why in votes]
