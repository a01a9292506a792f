"""Votes of extractors: `vote(NAME,NAME,...)` keeps a block of the page when more than half of its members kept it.

Members are extractor specs. A part that reads `key=value` belongs to the settings of the member before it, so commas need no
escape: `vote(trafilatura,justext:stoplist=English,length_low=50,goose3)` has three members. A vote is made of stored outputs
and runs nothing; it is stored as an extractor of its own, whose identity holds those of its members.

A block is what lies between two block elements of the page. A member kept it when at least half of its words are aligned with
the member's output (longest common subsequence, drawn together), the document's title left out, which no reader sees on the
page. Alignment puts each word of an output in one place only: of text that the page says twice, members may be aligned with
different copies. So blocks of the same words are voted on together: as many of them stand as a majority kept at least, those
with most votes, the first of equals. A block without words is never kept.

A member that failed kept nothing and is counted all the same. Where so many failed that no majority was left, the vote failed.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.alignment import Spelt, compact
from bench.errors import UsageError
from bench.interpreters import running
from bench.model import Extraction, Outcome, digest
from bench.page_text import PageText
from bench.plugins import OF_RUN, SPEC
from bench.store import StoredExtractor
from bench.text import tokenise

NAME = "vote"
VERSION = "1"
"""Of the rule above."""
_VOTE = re.compile(r"vote\((?P<members>.*)\)(?:@(?P<run>[A-Za-z0-9._-]+))?", re.DOTALL)
_SETTING = re.compile(r"\s*\w+\s*=(?!=)")
_SOURCES = ("alignment.py", "page_text.py", "regions.py", "text.py", "vote.py")
_DISTRIBUTIONS = ("lxml", "rapidfuzz", "unicode-segmentation-rs")


@dataclass(frozen=True, slots=True)
class Ballot:
    """A vote as it was asked for: its members' specs, and the run that they are to be taken from, if one was named."""

    spec: str
    members: Sequence[str]
    run: str | None


@dataclass(frozen=True, slots=True)
class Member:
    """An extractor identity as a member."""

    label: str
    """Name and settings, with version and run where the spec says them."""
    key: bytes


@dataclass(frozen=True, slots=True)
class Vote:
    """A vote of these extractor identities, in order of label."""

    members: Sequence[Member]

    @property
    def settings(self) -> str:
        """The members, as in a spec."""
        return ",".join(member.label for member in self.members)

    @property
    def identity(self) -> Mapping[str, Any]:
        """Everything that may change its outputs."""
        return {
            NAME: VERSION,
            "members": {member.label: member.key.hex() for member in self.members},
            "versions": _versions(),
            "vote_source": _source(),
        }

    @property
    def key(self) -> bytes:
        """Its share of a cell's identity, 32 bytes."""
        return digest(self.identity)

    @property
    def facts(self) -> dict[str, Any]:
        """What a run's manifest says of it, as of any extractor."""
        return {
            "name": NAME, "version": VERSION, "settings": self.settings, "key": self.key.hex(), "versions": _versions(),
        }  # fmt: skip


def is_vote(extractor: StoredExtractor) -> bool:
    """Whether a stored row is a vote."""
    return NAME in extractor.identity


def parse(spec: str) -> Ballot | None:
    """Return the vote that a spec asks for, None when it asks for none.

    Raises:
        UsageError: a parenthesis is not closed, a member is no extractor's spec or a vote itself, or there are fewer than two.
    """
    spec = spec.strip()
    if not spec.startswith(f"{NAME}("):
        return None
    match = _VOTE.fullmatch(spec)
    if match is None:
        raise UsageError(f"{spec!r} is no vote; write vote(NAME,NAME,...), in quotes")
    members: list[str] = []
    for part in match["members"].split(","):
        if members and _SETTING.match(part):
            members[-1] += f",{part}"
        else:
            members.append(part.strip())
    for member in members:
        if member.startswith(f"{NAME}("):
            raise UsageError(f"{spec!r}: a vote is no member of another")
        if not SPEC.fullmatch(_split(member)[0]):
            raise UsageError(f"{spec!r}: {member!r} is no extractor; write NAME, NAME==VERSION or NAME:key=value,key=value")
    if len(members) < 2:
        raise UsageError(f"{spec!r}: a vote has two members at least")
    return Ballot(spec, members, match["run"])


def _split(member: str) -> tuple[str, str | None]:
    """A member's spec without its run, and that."""
    found = OF_RUN.fullmatch(member)
    return (found["spec"], found["run"]) if found else (member, None)


def member_of(spec: str, name: str, settings: str, key: bytes) -> Member:
    """Return the member that a spec means, given the name, settings and key of the row that it was found to be."""
    said, run = _split(spec)
    match = SPEC.fullmatch(said)
    version = match["version"] if match else None
    parts = [name, version and f"=={version}", settings and f":{settings}", run and f"@{run}"]
    return Member("".join(part for part in parts if part), key)


def vote_of(ballot: Ballot, members: Sequence[Member]) -> Vote:
    """Return a vote of members, in any order.

    Raises:
        UsageError: two of them are the same.
    """
    twice = [member.label for member in members if sum(member.key == other.key for other in members) > 1]
    if twice:
        raise UsageError(f"{ballot.spec!r}: {' and '.join(twice)} are the same; a member has one vote")
    return Vote(sorted(members, key=lambda member: member.label))


@cache
def _source() -> str:
    here = Path(__file__).parent
    return hashlib.sha256(b"\0".join((here / name).read_bytes() for name in _SOURCES)).hexdigest()


@cache
def _versions() -> dict[str, str]:
    return dict(sorted(running().closure(_DISTRIBUTIONS).items()))


def why_failed(vote: Vote, outcomes: Sequence[Outcome]) -> str | None:
    """Return which members failed on a page and how, in words, None when none did."""
    failed = [f"{member.label}: {how}" for member, how in zip(vote.members, outcomes, strict=True) if how.failed]
    return "; ".join(failed) or None


def count(page: PageText, outputs: Sequence[str | None], why: str | None) -> Extraction:
    """Return what a vote gives for a page; no cost, since nothing was measured.

    Args:
        page: the page.
        outputs: of each member, None where it failed.
        why: which failed, for the record.
    """
    if 2 * sum(output is not None for output in outputs) <= len(outputs):
        return Extraction(Outcome.ERROR, error_type="NoMajority", error_message=why)
    text = "\n\n".join(page.text_of(page.blocks[number]) for number in elect(page, outputs))
    return Extraction(Outcome.OK if text else Outcome.EMPTY, text, error_message=why)


def elect(page: PageText, outputs: Sequence[str | None]) -> list[int]:
    """Return the numbers of the blocks that a majority of outputs kept, in the page's order; None kept nothing."""
    return np.flatnonzero(2 * votes(page, outputs) > len(outputs)).tolist()


def votes(page: PageText, outputs: Sequence[str | None]) -> NDArray[np.int64]:
    """Return for each block of the page how many outputs kept it; None kept nothing.

    Of blocks of the same words the one that most kept has the votes of those that kept one such block at least, the next of
    those that kept two, and so on.
    """
    kept = _kept(page, outputs)
    counted: NDArray[np.int64] = kept.sum(axis=0)
    for copies in _alike(page):
        times = np.sort(kept[:, copies].sum(axis=1))
        for rank, number in enumerate(sorted(copies, key=lambda number: -counted[number])):
            counted[number] = (times > rank).sum()
    return counted


def _kept(page: PageText, outputs: Sequence[str | None]) -> NDArray[np.bool_]:
    """For each output and block whether the one kept the other."""
    sizes = np.bincount(page.block_of, minlength=len(page.blocks))
    kept = np.zeros((len(outputs), len(sizes)), dtype=bool)
    body = page.tokens[page.lead :]
    spelt = Spelt(body)
    for number, output in enumerate(outputs):
        tokens = tokenise(output or "")
        placed = compact(spelt.place(tokens), tokens, body)
        held = np.bincount(page.block_of[page.lead :][placed[placed >= 0]], minlength=len(sizes))
        kept[number] = (2 * held >= sizes) & (sizes > 0)
    return kept


def _alike(page: PageText) -> list[list[int]]:
    """The numbers of the blocks, those of the same words together."""
    words: defaultdict[int, list[str]] = defaultdict(list)
    for number, token in zip(page.block_of.tolist(), page.tokens, strict=True):
        words[number].append(token)
    alike: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for number in sorted(words):
        alike[tuple(words[number])].append(number)
    return list(alike.values())
