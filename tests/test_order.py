"""order: cases computed by hand, and properties that hold for any text."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bench.alignment import Case, GoldTokens, overlap
from bench.metrics import bag as bag_metric
from bench.metrics import kept as kept_metric
from bench.metrics.order import METRIC
from bench.model import Block, Gold
from bench.text import tokenise

NAN = math.nan
any_text = settings(deadline=None, max_examples=150)
ANY = st.text(st.characters(), max_size=40)
WORDS = st.lists(st.sampled_from(["a", "b", "A", "é", "東京", "_", "7", "—"]), max_size=12).map(" ".join)
GOLDS = st.lists(st.builds(Block, st.one_of(ANY, WORDS), st.booleans()), max_size=4).map(lambda blocks: Gold(tuple(blocks)))


def gold(*blocks: str) -> Gold:
    """A gold of these blocks; `~ ` marks an optional one, as in a gold file."""
    return Gold(tuple(Block(text.removeprefix("~ "), required=not text.startswith("~ ")) for text in blocks))


def pooled(pages: Sequence[tuple[Gold, str]]) -> float:
    counts = np.array([METRIC.count(Case(GoldTokens(reference), output)) for reference, output in pages], dtype=np.float64)
    return float(METRIC.pooled(counts)["order"][0])


def order(reference: Gold, output: str) -> float:
    return pooled([(reference, output)])


@pytest.mark.parametrize(
    ("reference", "output", "counts", "expected"),
    [
        pytest.param(["a b c d"], "a b c d", (4, 4), 1, id="the same order"),
        pytest.param(["a b c d"], "c d a b", (2, 4), 1 / 2, id="halves exchanged"),
        pytest.param(["a b c d"], "d c b a", (1, 4), 1 / 4, id="backwards"),
        pytest.param(["a b c d"], "a d", (2, 2), 1, id="loss is no disorder"),
        pytest.param(["a b"], "x a y b z", (2, 2), 1, id="nor is a leak"),
        pytest.param(["a b"], "a b a b", (2, 2), 1, id="nor is repetition"),
        pytest.param(["a b", "~ x y"], "x y a b", (2, 2), 1, id="nor is a moved optional block"),
        pytest.param(["a b c"], "A, B; C", (3, 3), 1, id="case and punctuation do not matter"),
        pytest.param(["a b"], "x y", (0, 0), NAN, id="nothing kept does not apply"),
        pytest.param(["a b"], "", (0, 0), NAN, id="nor does an empty output"),
        pytest.param([], "a", (0, 0), NAN, id="nor an empty gold"),
        pytest.param([], "", (0, 0), NAN, id="nor both"),
        pytest.param(["~ a b"], "a b", (0, 0), NAN, id="nor a gold of optional blocks"),
    ],
)
def test_order_is_as_counted_by_hand(
    reference: Sequence[str], output: str, counts: tuple[float, float], expected: float
) -> None:
    page = gold(*reference)
    assert METRIC.count(Case(GoldTokens(page), output)) == counts
    assert order(page, output) == pytest.approx(expected, nan_ok=True)


def test_order_is_a_mean_over_the_pages_that_keep_a_word() -> None:
    pages = [(gold("a b c d"), "c d a b"), (gold("a b"), "a b"), (gold("a b"), ""), (gold(), "")]
    assert pooled(pages) == (1 / 2 + 1) / 2
    assert math.isnan(pooled(pages[2:]))
    assert "order" in METRIC.reasons


def test_order_ranks_nothing_since_one_word_has_perfect_order() -> None:
    assert order(gold("a b c d"), "c") == 1
    assert not METRIC.ranks


@any_text
@given(GOLDS, st.one_of(ANY, WORDS))
def test_order_is_the_kept_share_of_what_the_bag_finds(reference: Gold, output: str) -> None:
    tokens = GoldTokens(reference)
    found = overlap(Counter(tokens.required), Counter(tokenise(output)))
    value = order(reference, output)
    assert math.isnan(value) == (found == 0)
    if found:
        kept, bag = (metric.METRIC.count(Case(tokens, output))[0] for metric in (kept_metric, bag_metric))
        assert 0 < value <= 1
        assert value == kept / bag


@any_text
@given(GOLDS)
def test_the_gold_and_its_required_blocks_are_in_perfect_order(reference: Gold) -> None:
    required = "\n\n".join(block.text for block in reference.blocks if block.required)
    assume(tokenise(required))
    assert order(reference, reference.text) == order(reference, required) == 1


@any_text
@given(st.permutations("abcdefgh"), st.lists(st.booleans(), min_size=8, max_size=8))
def test_only_words_that_stay_in_order_count_and_at_least_one_does(words: list[str], kept: list[bool]) -> None:
    some = [word for word, keep in zip(words, kept, strict=True) if keep]
    assume(some)
    value = order(gold("a b c d e f g h"), " ".join(some))
    assert 1 / len(some) <= value <= 1
    assert (value == 1) == (some == sorted(some))


@any_text
@given(st.one_of(ANY, WORDS), st.one_of(ANY, WORDS))
def test_gold_and_output_may_swap(one: str, other: str) -> None:
    assert order(gold(f"x {one}"), f"x {other}") == pytest.approx(order(gold(f"x {other}"), f"x {one}"))
