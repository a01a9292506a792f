"""shingle: runs of four words kept and leaked. Ours; `aeb` with our tokens and optional blocks, over all pages.

Tokens and normalisation as in `kept`. A text of n tokens has max(1, n - 3) shingles of up to four tokens: one to three
tokens make one short shingle, none makes none. All overlaps are of multisets. Where every block is required:

    kept    |S(output) & S(gold)|
    lost    |S(gold)| - kept
    leaked  |S(output)| - kept

    precision = kept / (kept + leaked)    recall = kept / (kept + lost)    F1 = their harmonic mean

Optional blocks part the required text into passages: runs of required blocks with no optional one between. An extractor may
keep or drop each optional block, and whatever it does, no shingle across that place may cost:

- Only shingles within a passage are to be kept. One that would span the place of an optional block is in no recall.
- A passage of fewer than four tokens is one short shingle, and is looked for among the output's runs of that length.
- A shingle of the output that some reading of the gold has, one with any choice of the optional blocks, is not leaked: it
  lies in an optional block, or spans its border or its place. Each is accounted for as often as the gold can be read to
  have it. Readings that drop more than eight optional blocks in a row, but not all up to the next required one, are not
  looked at.

So the whole gold, its required blocks alone, and these with any of the optional (eight, see above) score 1, 1, 1; words
that the gold lacks never raise precision; and output cut down to fewer shingles of the gold never has more recall.

Empty cases: as in `kept`: nothing to keep and nothing leaked is 1, 1, 1; nothing to keep but something leaked is 0, 0, 0; an
empty output where there was something to keep is 0, 0, 0. A failed page scores as empty output.
Aggregation: macro mean over all pages, F1 as the mean of page F1. Range 0 to 1, more is better.

Known flaws: one wrong word in the middle costs four shingles, at an end one; where the order of blocks is broken only the
borders show it (see `order`); a short passage may be credited to its words in another sentence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from bench.alignment import Case, overlap
from bench.metric import Metric, overlap_ratios
from bench.model import Gold
from bench.text import NORMALISATION, TOKENISER, tokenise

_LENGTH = 4
_MOST_DROPPED = 8

_Shingle = tuple[str, ...]
_Shingles = Counter[_Shingle]


class _Part(NamedTuple):
    """A passage of required text, or one optional block."""

    required: bool
    tokens: list[str]


class _Wanted(NamedTuple):
    """The gold's shingles: those to keep, the short passages by length, and all that it accounts for."""

    whole: _Shingles
    short: dict[int, _Shingles]
    known: _Shingles

    @property
    def size(self) -> int:
        return self.whole.total() + sum(passages.total() for passages in self.short.values())


def _runs(tokens: list[str], length: int) -> _Shingles:
    return Counter(zip(*(tokens[start:] for start in range(length)), strict=False))  # as many as the shortest has


def _shingles(tokens: list[str]) -> _Shingles:
    return _runs(tokens, min(_LENGTH, len(tokens))) if tokens else Counter()


def _parts(gold: Gold) -> list[_Part]:
    parts: list[_Part] = []
    for block in gold.blocks:
        tokens = tokenise(block.text)
        if block.required and parts and parts[-1].required:
            parts[-1].tokens.extend(tokens)
        elif tokens:
            parts.append(_Part(block.required, tokens))
    return parts


def _wanted(gold: Gold) -> _Wanted:
    parts = _parts(gold)
    if len(parts) == 1 and parts[0].required:
        whole = _shingles(parts[0].tokens)
        return _Wanted(whole, {}, whole)
    whole, short, known = Counter[_Shingle](), dict[int, _Shingles](), Counter(_across(parts))
    for required, tokens in parts:
        runs = _runs(tokens, _LENGTH)
        known.update(runs)
        if not required:
            continue
        whole.update(runs)
        if len(tokens) < _LENGTH:
            short.setdefault(len(tokens), Counter())[tuple(tokens)] += 1
    for passages in short.values():
        known |= passages  # an output of these words alone is one short shingle
    return _Wanted(whole, short, known)


def _followers(parts: list[_Part]) -> list[list[int]]:
    """Return for each part which may come next in a reading, and last for the start; their count stands for the end."""
    followers: list[list[int]] = []
    required = len(parts)  # the next required part, or the end
    for number in range(len(parts) - 1, -2, -1):
        followers.append([*range(number + 1, min(required, number + 2 + _MOST_DROPPED)), required])
        if number >= 0 and parts[number].required:
            required = number
    return [*followers[-2::-1], followers[-1]]


def _across(parts: list[_Part]) -> Iterator[_Shingle]:
    """Yield the shingles across borders of parts, once for each way to read them, and the readings of under four tokens."""
    followers = _followers(parts)

    def read(number: int, words: _Shingle) -> Iterator[_Shingle]:
        """Yield the shingles that begin with these words and go on with this part."""
        if number == len(parts):
            return
        words += tuple(parts[number].tokens[: _LENGTH - len(words)])
        if len(words) == _LENGTH:
            yield words
        else:
            for following in followers[number]:
                yield from read(following, words)

    def whole(number: int, words: _Shingle) -> Iterator[_Shingle]:
        """Yield the readings of one to three tokens that begin with these words and go on with this part."""
        if number == len(parts):
            if words:
                yield words
            return
        words += tuple(parts[number].tokens[:_LENGTH])
        if len(words) < _LENGTH:
            for following in followers[number]:
                yield from whole(following, words)

    for number, (_, tokens) in enumerate(parts):
        for start in range(max(0, len(tokens) - _LENGTH + 1), len(tokens)):
            for following in followers[number]:
                yield from read(following, tuple(tokens[start:]))
    for first in followers[-1]:
        yield from whole(first, ())


def _counts(case: Case) -> tuple[float, ...]:
    wanted, output = case.gold.once(_wanted), _shingles(case.tokens)
    kept = overlap(output, wanted.whole)
    kept += sum(overlap(_runs(case.tokens, length), passages) for length, passages in wanted.short.items())
    return kept, wanted.size - kept, output.total() - overlap(output, wanted.known)


METRIC = Metric(
    signature=f"shingle:v1|tok:{TOKENISER}|norm:{NORMALISATION}|shingle:{_LENGTH}|optional:yes|agg:macro",
    fields=("kept", "lost", "leaked"),
    counts=_counts,
    ratios=overlap_ratios,
    values=("f1", "precision", "recall"),
)
