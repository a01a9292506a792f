"""shingle: cases computed by hand, and properties that hold for any text and any choice of optional blocks."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bench.alignment import Case, GoldTokens, overlap
from bench.metrics.shingle import METRIC, _wanted
from bench.model import Block, Gold
from bench.text import tokenise

any_text = settings(deadline=None, max_examples=200)
ANY = st.text(st.characters(), max_size=40)
"""Any characters, lone surrogates too."""
WORDS = st.lists(st.sampled_from(["a", "b", "A", "é", "東京", "_", "7", "—"]), max_size=12).map(" ".join)
BLOCKS = st.lists(st.builds(Block, st.one_of(ANY, WORDS), st.booleans()), max_size=6).map(tuple)
PLAIN = st.lists(st.one_of(ANY, WORDS), max_size=3).map(lambda texts: Gold(tuple(Block(text) for text in texts)))


def gold(*blocks: str) -> Gold:
    """A gold of these blocks; `~ ` marks an optional one, as in a gold file."""
    return Gold(tuple(Block(text.removeprefix("~ "), required=not text.startswith("~ ")) for text in blocks))


def count(reference: Gold, output: str) -> tuple[float, ...]:
    return METRIC.count(Case(GoldTokens(reference), output))


def pooled(pages: Sequence[tuple[Gold, str]]) -> dict[str, float]:
    counts = np.array([count(reference, output) for reference, output in pages], dtype=np.float64)
    return {name: float(value[0]) for name, value in METRIC.pooled(counts).items()}


def score(reference: Gold, output: str) -> tuple[float, float, float]:
    values = pooled([(reference, output)])
    return values["precision"], values["recall"], values["f1"]


def joined(texts: Sequence[str]) -> str:
    return "\n\n".join(texts)


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """The rule of the metric for a text without optional blocks, word for word."""
    tokens = tokenise(text)
    found = [tuple(tokens[start : start + 4]) for start in range(max(1, len(tokens) - 3))]
    return Counter(shingle for shingle in found if shingle)


def readings(blocks: Sequence[Block]) -> list[str]:
    """The gold's text with every choice of optional blocks."""
    choices = [(True,) if block.required else (True, False) for block in blocks]
    return [joined([block.text for block, keep in zip(blocks, choice, strict=True) if keep]) for choice in product(*choices)]


# By hand


# Counts are kept, lost and leaked; values precision, recall and F1.
@pytest.mark.parametrize(
    ("reference", "output", "counts", "values"),
    [
        pytest.param(["a b c d e"], "a b c d e", (2, 0, 0), (1, 1, 1), id="equal: n tokens have n - 3 shingles"),
        pytest.param(["a b c d e f g h i"], "a b c d x f g h i", (2, 4, 4), (1 / 3, 1 / 3, 1 / 3), id="wrong in the middle"),
        pytest.param(["a b c d e f g h i"], "a b c d e f g h x", (5, 1, 1), (5 / 6, 5 / 6, 5 / 6), id="wrong at the end"),
        pytest.param(["a b c d e"], "a b c d", (1, 1, 0), (1, 1 / 2, 2 / 3), id="lost at the end"),
        pytest.param(["a b c d"], "a b c d e", (1, 0, 1), (1 / 2, 1, 2 / 3), id="leaked at the end"),
        pytest.param(["a b", "c d"], "a b c d", (1, 0, 0), (1, 1, 1), id="borders of required blocks are none"),
        pytest.param(["A é, b\n\nC"], "a é b c", (1, 0, 0), (1, 1, 1), id="case and punctuation do not matter"),
        pytest.param(["a b"], "a b", (1, 0, 0), (1, 1, 1), id="two tokens make one short shingle"),
        pytest.param(["a b c"], "a b", (0, 1, 1), (0, 0, 0), id="short shingles of unequal length differ"),
        pytest.param(["a b c d"], "a b c", (0, 1, 1), (0, 0, 0), id="a short shingle is no part of a long one"),
        pytest.param(["a b c"], "a b c d", (0, 1, 1), (0, 0, 0), id="nor the other way round"),
        pytest.param(["a a a a a a"], "a a a a a", (2, 1, 0), (1, 2 / 3, 4 / 5), id="a shingle counts as often as it stands"),
        pytest.param([], "", (0, 0, 0), (1, 1, 1), id="empty gold, empty output"),
        pytest.param(["* * *"], "…", (0, 0, 0), (1, 1, 1), id="punctuation is empty"),
        pytest.param([], "a b c d e", (0, 0, 2), (0, 0, 0), id="empty gold, some output"),
        pytest.param(["a b c d e"], "", (0, 2, 0), (0, 0, 0), id="some gold, empty output"),
        pytest.param(["a b c d"], "e f g h", (0, 1, 1), (0, 0, 0), id="nothing in common"),
    ],
)
def test_counts_are_as_counted_by_hand(
    reference: Sequence[str], output: str, counts: tuple[float, ...], values: tuple[float, float, float]
) -> None:
    assert count(gold(*reference), output) == counts
    assert score(gold(*reference), output) == pytest.approx(values)


PARTED = ("~ head line", "a b c d e", "~ x y z w v", "f g h i")


@pytest.mark.parametrize(
    ("reference", "output", "counts"),
    [
        pytest.param(PARTED, "head line a b c d e x y z w v f g h i", (3, 0, 0), id="everything"),
        pytest.param(PARTED, "a b c d e f g h i", (3, 0, 0), id="required blocks alone"),
        pytest.param(PARTED, "head line a b c d e f g h i", (3, 0, 0), id="one optional block of two"),
        pytest.param(PARTED, "a b c d e x y f g h i", (3, 0, 3), id="an optional block cut short leaks around the cut"),
        pytest.param(PARTED, "x y z w v", (0, 3, 0), id="only an optional block"),
        pytest.param(PARTED, "a b c d e", (2, 1, 0), id="a passage lost"),
        pytest.param(PARTED, "a b c d e ad f g h i", (3, 0, 4), id="boilerplate in an optional block's place leaks"),
        pytest.param(PARTED, "f g h i a b c d e", (3, 0, 3), id="passages exchanged leak at the border alone"),
        pytest.param(PARTED, "a b c d e a b c d e f g h i", (3, 0, 5), id="said twice leaks once"),
        pytest.param(["~ a b", "c d"], "a b c d", (1, 0, 0), id="a short passage after an optional block"),
        pytest.param(["~ a b", "c d"], "c d", (1, 0, 0), id="a short passage alone"),
        pytest.param(["~ a b", "c d"], "a b", (0, 1, 1), id="a short passage lost: what remains is no reading"),
        pytest.param(["~ a", "b"], "a b", (1, 0, 0), id="a whole gold of two words"),
        pytest.param(["a", "~ x", "b"], "a b", (2, 0, 0), id="two short passages in one short output"),
        pytest.param(["a", "~ x", "a"], "a x a", (2, 0, 0), id="the same short passage twice"),
        pytest.param(["a", "~ x", "a"], "x a", (1, 1, 1), id="and once; what remains is no reading of the gold"),
        pytest.param(["a", "~ x", "b", "~ y", "c"], "a b c", (3, 0, 0), id="three short passages"),
        pytest.param(["a b c d", "~ x"], "q a b c d", (1, 0, 1), id="boilerplate before"),
        pytest.param(["~ a b c d", "~ e"], "a b c d", (0, 0, 0), id="only optional gold, kept"),
        pytest.param(["~ a b c d", "~ e"], "", (0, 0, 0), id="only optional gold, dropped"),
        pytest.param(["~ a b c d"], "a b c d q", (0, 0, 1), id="only optional gold, kept with more"),
        pytest.param(["a b c d", "~ …", "e"], "a b c d e", (1 + 1, 0, 0), id="an optional block without words is none"),
    ],
)
def test_optional_blocks_neither_pay_nor_cost(reference: Sequence[str], output: str, counts: tuple[float, ...]) -> None:
    assert count(gold(*reference), output) == counts


def test_values_are_means_over_all_pages() -> None:
    pages = [(gold("a b c d e"), "a b c d"), (gold("a b c d"), "a b c d e"), (gold("a b c d"), ""), (gold(), "")]
    expected = {"precision": (1 + 1 / 2 + 0 + 1) / 4, "recall": (1 / 2 + 1 + 0 + 1) / 4, "f1": (2 / 3 + 2 / 3 + 0 + 1) / 4}
    assert pooled(pages) == pytest.approx(expected)


def test_a_gold_of_snippets_only_has_no_counts() -> None:
    assert all(math.isnan(number) for number in count(Gold(keep=("a",), snippets_only=True), "a"))


# Readings of the gold


@any_text
@given(BLOCKS)
def test_every_reading_of_the_gold_scores_1(blocks: tuple[Block, ...]) -> None:
    required = any(tokenise(block.text) for block in blocks if block.required)
    for reading in readings(blocks):
        kept, lost, leaked = count(Gold(blocks), reading)
        assert (lost, leaked) == (0, 0)
        assert (kept > 0) == required
        assert score(Gold(blocks), reading) == (1, 1, 1)


@any_text
@given(BLOCKS)
def test_nothing_is_accounted_for_that_no_reading_has_but_short_passages(blocks: tuple[Block, ...]) -> None:
    wanted = _wanted(Gold(blocks))
    possible = {shingle for reading in readings(blocks) for shingle in shingles(reading)}
    assert {shingle for shingle in wanted.known if len(shingle) == 4} == {shingle for shingle in possible if len(shingle) == 4}
    rest = {shingle for shingle in wanted.known if len(shingle) < 4} - possible
    assert rest <= {shingle for passages in wanted.short.values() for shingle in passages}


def test_thirty_optional_blocks_in_a_row_may_be_kept_dropped_or_thinned_out() -> None:
    captions = [f"caption{number} word{number}" for number in range(30)]
    page = gold("a b c d", *(f"~ {caption}" for caption in captions), "e f g h")
    for some in (captions, [], captions[:15], captions[8:], captions[::2], captions[::9]):
        assert count(page, joined(["a b c d", *some, "e f g h"])) == (2, 0, 0)
    # The limit: nine dropped before one that is kept make its border look like any other text.
    assert count(page, joined(["a b c d", *captions[9:], "e f g h"])) == (2, 0, 3)


def test_a_gold_of_a_thousand_optional_words_is_read() -> None:
    cells = [f"cell{number}" for number in range(1_000)]
    assert count(gold("a b c d", *(f"~ {cell}" for cell in cells)), joined(["a b c d", *cells])) == (1, 0, 0)


# Any text


@any_text
@given(PLAIN, st.one_of(ANY, WORDS))
def test_without_optional_blocks_counts_are_overlaps_of_shingles(reference: Gold, output: str) -> None:
    theirs, ours = shingles(reference.text), shingles(output)
    assume(tokenise(reference.text) == GoldTokens(reference).tokens)  # blocks are read apart
    both = overlap(theirs, ours)
    assert count(reference, output) == (both, theirs.total() - both, ours.total() - both)


@any_text
@given(BLOCKS, st.one_of(ANY, WORDS))
def test_no_text_raises_and_every_value_is_a_share(blocks: tuple[Block, ...], output: str) -> None:
    assert all(number >= 0 and math.isfinite(number) for number in count(Gold(blocks), output))
    assert all(0 <= value <= 1 for value in score(Gold(blocks), output))


@any_text
@given(st.one_of(ANY, WORDS), st.one_of(ANY, WORDS))
def test_precision_and_recall_swap_when_gold_and_output_swap(one: str, other: str) -> None:
    forth, back = score(gold(f"x {one}"), f"x {other}"), score(gold(f"x {other}"), f"x {one}")
    assert forth == pytest.approx((back[1], back[0], back[2]))


@any_text
@given(BLOCKS, st.lists(st.sampled_from(["menu", "footer", "ad"]), min_size=1, max_size=9))
def test_texts_without_a_common_word_score_0(blocks: tuple[Block, ...], words: list[str]) -> None:
    assume(not set(words) & {token for block in blocks for token in tokenise(block.text)})
    assert score(Gold(blocks), " ".join(words)) == (0, 0, 0)


@any_text
@given(BLOCKS, st.one_of(ANY, WORDS), st.lists(st.sampled_from(["menu", "footer", "ad"]), min_size=1, max_size=9), st.data())
def test_adding_boilerplate_never_raises_precision(
    blocks: tuple[Block, ...], output: str, words: list[str], data: st.DataObject
) -> None:
    known = {token for block in blocks for token in tokenise(block.text)}
    assume(not set(words) & known)
    text = tokenise(output)
    if data.draw(st.booleans()):
        text = data.draw(st.sampled_from(readings(blocks))).split()
    before = score(Gold(blocks), "\n".join(text))
    for word in words:
        text.insert(data.draw(st.integers(0, len(text))), word)
    after = score(Gold(blocks), "\n".join(text))
    assert after[0] <= before[0] + 1e-12
    assert after[1] <= before[1] + 1e-12


@any_text
@given(st.lists(st.tuples(st.integers(1, 6), st.booleans()), min_size=1, max_size=6), st.data())
def test_dropping_gold_never_raises_recall(sizes: list[tuple[int, bool]], data: st.DataObject) -> None:
    texts = [" ".join(f"word{number}of{place}" for number in range(size)) for place, (size, _) in enumerate(sizes)]
    page = Gold(tuple(Block(text, required) for text, (_, required) in zip(texts, sizes, strict=True)))
    assume(any(required for _, required in sizes))
    output = [word for text in texts for word in text.split()]
    before = score(page, " ".join(output))[1]
    while output:
        output.pop(data.draw(st.integers(0, len(output) - 1)))
        after = score(page, " ".join(output))[1]
        assert after <= before + 1e-12
        before = after
