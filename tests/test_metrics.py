"""Alignment and metrics: cases computed by hand, properties that hold for any text, and published numbers."""

from __future__ import annotations

import math
import re
import statistics
import tracemalloc
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bench import alignment, plugins
from bench.alignment import Case, GoldTokens, Spelt
from bench.metric import Floats, Metric, divide, harmonic, overlap_ratios
from bench.model import Block, Gold
from bench.text import tokenise

METRICS: dict[str, Metric] = {name: plugins.load("metrics", name).METRIC for name in plugins.names("metrics")}
KEPT, BAG, AEB, WCXB = (METRICS[name] for name in ("kept", "bag", "aeb", "wcxb"))
OURS = pytest.mark.parametrize("metric", [KEPT, BAG], ids=["kept", "bag"])
EVERY = pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS.keys())
# Metrics to which the same plain properties of words apply; the others state theirs in tests of their own.
WORDWISE = pytest.mark.parametrize("metric", [KEPT, BAG, AEB, WCXB], ids=["kept", "bag", "aeb", "wcxb"])
NAN = math.nan

any_text = settings(deadline=None, max_examples=40)  # times four metrics


def gold(*blocks: str, keep: Sequence[str] = (), drop: Sequence[str] = ()) -> Gold:
    """A gold of these blocks; `~ ` marks an optional one, as in a gold file."""
    return Gold(
        blocks=tuple(Block(text.removeprefix("~ "), required=not text.startswith("~ ")) for text in blocks),
        keep=tuple(keep),
        drop=tuple(drop),
    )


def count(metric: Metric, reference: Gold, output: str) -> tuple[float, ...]:
    return metric.count(Case(GoldTokens(reference), output))


def table(metric: Metric, pages: Sequence[tuple[Gold, str]]) -> Floats:
    return np.array([count(metric, reference, output) for reference, output in pages], dtype=np.float64)


def score(metric: Metric, reference: Gold, output: str) -> dict[str, float]:
    """The values of one page."""
    return {name: float(values[0]) for name, values in metric.per_page(table(metric, [(reference, output)])).items()}


def overlap(metric: Metric, reference: Gold, output: str) -> tuple[float, float, float]:
    values = score(metric, reference, output)
    return values["precision"], values["recall"], values["f1"]


def pooled(metric: Metric, pages: Sequence[tuple[Gold, str]]) -> dict[str, float]:
    return {name: float(values[0]) for name, values in metric.pooled(table(metric, pages)).items()}


# Alignment


def common(left: list[str], right: list[str]) -> int:
    return Spelt(right).common(left)


def slow_common(left: Sequence[str], right: Sequence[str]) -> int:
    """The longest common subsequence by the textbook's table, a row at a time."""
    above = [0] * (len(right) + 1)
    for one in left:
        row = [0]
        for place, other in enumerate(right):
            row.append(above[place] + 1 if one == other else max(above[place + 1], row[place]))
        above = row
    return above[-1]


WORD = st.sampled_from("abcd")
WORDS = st.lists(st.sampled_from(["a", "b", "A", "é", "東京", "_", "7", "—"]), max_size=12).map(" ".join)
"""Texts of few words, so that they repeat and orders cross."""


def golds_of_few_words() -> st.SearchStrategy[Gold]:
    blocks = st.lists(st.builds(Block, WORDS, st.booleans()), max_size=4)
    return blocks.map(lambda made: Gold(tuple(made)))


@any_text
@given(st.lists(WORD, max_size=150), st.lists(WORD, max_size=150))
def test_the_fast_alignment_is_the_longest_common_subsequence(left: list[str], right: list[str]) -> None:
    assert common(left, right) == slow_common(left, right)


@any_text
@given(st.lists(st.text(st.characters(), max_size=3), max_size=8), st.lists(st.text(st.characters(), max_size=3), max_size=8))
def test_any_text_may_be_a_token(left: list[str], right: list[str]) -> None:
    assert common(left, right) == slow_common(left, right)


@pytest.mark.parametrize(
    ("left", "right", "length"),
    [
        pytest.param([], [], 0, id="both empty"),
        pytest.param([], ["a"], 0, id="left empty"),
        pytest.param(["a"], [], 0, id="right empty"),
        pytest.param(["a", "b"], ["c", "d"], 0, id="disjoint"),
        pytest.param(["ab", "c"], ["a", "bc"], 0, id="tokens are compared whole, not letter by letter"),
        pytest.param(["\0", "x"], ["y", "\0"], 1, id="a null character is a token like any other"),
        pytest.param(["x", "a", "y", "b", "z"], ["a", "b"], 2, id="gaps are allowed"),
        pytest.param(["b", "a"], ["a", "b"], 1, id="order counts"),
        pytest.param(["a"] * 3, ["a"] * 5, 3, id="repeats count as often as both have them"),
    ],
)
def test_small_alignments_are_as_counted_by_hand(left: list[str], right: list[str], length: int) -> None:
    assert common(left, right) == length


def test_more_distinct_tokens_than_there_are_characters_below_the_surrogates_align() -> None:
    words = [str(number) for number in range(60_000)]
    assert common(words[::2], words) == 30_000


def test_more_distinct_tokens_than_unicode_has_characters_align() -> None:
    # One character of a private alphabet stands for each distinct token; here they run out.
    assert common(["7"], [str(number) for number in range(0x110000)]) == 1


@any_text
@given(golds_of_few_words(), WORDS)
def test_the_gold_accounts_for_all_that_is_kept_and_for_no_more_than_there_is(reference: Gold, output: str) -> None:
    case = Case(GoldTokens(reference), output)
    assert case.kept <= case.explained <= len(case.tokens)
    assert case.kept == slow_common(case.tokens, case.gold.required)
    assert case.explained == slow_common(case.tokens, case.gold.tokens)


def test_what_a_metric_needs_of_the_gold_alone_is_made_once() -> None:
    made = []

    def length(reference: Gold) -> int:
        made.append(reference)
        return len(reference.text)

    tokens = GoldTokens(gold("abc"))
    assert [tokens.once(length), tokens.once(length), len(made)] == [3, 3, 1]


FRAGMENTS = st.lists(st.sampled_from(["a", "b", "aa", " ", " ", "\n", "\0", "é", "東", "\udc80", "a" * 17]), max_size=30).map(
    "".join
)


@pytest.mark.parametrize("together", [1, 40, alignment.TOGETHER])
@pytest.mark.parametrize("metric", [AEB, WCXB], ids=["aeb", "wcxb"])
@any_text
@given(reference=FRAGMENTS, outputs=st.lists(FRAGMENTS, max_size=5), cut=st.integers(0, 30))
def test_outputs_taken_together_count_as_they_do_alone(
    metric: Metric, together: int, reference: str, outputs: list[str], cut: int
) -> None:
    # The last words of one and the first of the next would join to the gold's.
    outputs = [*outputs, reference[:cut], reference[cut:], "", reference, "a", "a b", "a b c"]
    page = gold(reference, keep=["a"], drop=["b"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alignment, "TOGETHER", together)
        tokens = GoldTokens(page, outputs=outputs)
        stranger = "a stranger to the gold"
        for output in [*outputs, stranger]:
            assert metric.count(Case(tokens, output)) == count(metric, page, output)


def test_outputs_are_taken_together_once_and_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alignment, "TOGETHER", 20)
    taken = []

    def lengths(tokens: GoldTokens, outputs: Sequence[str]) -> list[int]:
        taken.append([*outputs])
        return [len(output) + len(tokens.gold.text) for output in outputs]

    outputs = ["a" * 7, "b" * 7, "c" * 7, "d" * 30, "", "e"]
    tokens = GoldTokens(gold("abc"), outputs=outputs)
    for _ in range(2):
        assert [Case(tokens, output).of_all(lengths) for output in outputs] == [10, 10, 10, 33, 3, 4]
    assert taken == [["a" * 7, "b" * 7], ["c" * 7], ["d" * 30], ["", "e"]]
    assert Case(tokens, "another").of_all(lengths) == 10
    assert taken[4:] == [["another"]]


@pytest.mark.parametrize("metric", [AEB, WCXB], ids=["aeb", "wcxb"])
def test_many_large_outputs_take_no_more_memory_than_one(metric: Metric) -> None:
    page = gold("word " * 20_000)

    def most(outputs: list[str]) -> int:
        tracemalloc.start()
        try:
            tokens = GoldTokens(page, outputs=outputs)
            for output in outputs:
                metric.count(Case(tokens, output))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    outputs = [f"{number} " + "a word " * 140_000 for number in range(8)]  # a megabyte each
    most(outputs[:1])  # what is made once
    assert most(outputs) < 1.2 * most(outputs[:1])


def test_gold_tokens_of_required_blocks_are_those_of_all_without_the_optional() -> None:
    tokens = GoldTokens(gold("One two", "~ three", "four"))
    assert tokens.tokens == ["one", "two", "three", "four"]
    assert tokens.required == ["one", "two", "four"]


# kept and bag, by hand


class Overlap(NamedTuple):
    """Counts, then precision, recall and F1."""

    kept: int
    lost: int
    leaked: int
    precision: float
    recall: float
    f1: float


PERFECT_EMPTY = Overlap(0, 0, 0, 1, 1, 1)


def either(name: str, blocks: Sequence[str], output: str, kept: Overlap, bag: Overlap | None = None) -> object:
    """A case of kept and bag; without a second result they agree."""
    return pytest.param(gold(*blocks), output, kept, bag or kept, id=name)


@pytest.mark.parametrize(
    ("reference", "output", "kept", "bag"),
    [
        either("everything kept and nothing else", ["a b c"], "a b c", Overlap(3, 0, 0, 1, 1, 1)),
        either("half lost", ["a b c d"], "a b", Overlap(2, 2, 0, 1, 1 / 2, 2 / 3)),
        either("as much leaked as kept", ["a b"], "menu a b footer", Overlap(2, 0, 2, 1 / 2, 1, 2 / 3)),
        either("lost and leaked", ["a b c d"], "a x c", Overlap(2, 2, 1, 2 / 3, 1 / 2, 4 / 7)),
        either("nothing in common", ["a b"], "x y z", Overlap(0, 2, 3, 0, 0, 0)),
        either("said twice", ["a b"], "a b a b", Overlap(2, 0, 2, 1 / 2, 1, 2 / 3)),
        either("repeats unequal", ["a a b"], "a b b", Overlap(2, 1, 1, 2 / 3, 2 / 3, 2 / 3)),
        either("case, width and punctuation do not matter", ["Ａ, ß!"], "«a» SS", Overlap(2, 0, 0, 1, 1, 1)),
        either("soft hyphens do not matter", ["hyphen"], "hy\u00adphen", Overlap(1, 0, 0, 1, 1, 1)),
        either("ideographs count one by one", ["東京都"], "東京", Overlap(2, 1, 0, 1, 2 / 3, 4 / 5)),
        either("line breaks do not matter", ["a b", "c"], "a\nb c", Overlap(3, 0, 0, 1, 1, 1)),
        either("halves swapped", ["a b c d"], "c d a b", Overlap(2, 2, 2, 1 / 2, 1 / 2, 1 / 2), Overlap(4, 0, 0, 1, 1, 1)),
        either("optional kept", ["a b", "~ x y"], "a b x y", Overlap(2, 0, 0, 1, 1, 1)),
        either("optional dropped", ["a b", "~ x y"], "a b", Overlap(2, 0, 0, 1, 1, 1)),
        either("optional half kept", ["a b", "~ x y"], "a b y", Overlap(2, 0, 0, 1, 1, 1)),
        either("optional said twice leaks once", ["a b", "~ x y"], "a b x y x y", Overlap(2, 0, 2, 1 / 2, 1, 2 / 3)),
        either("optional kept, required lost", ["a b", "~ x y"], "x y", Overlap(0, 2, 0, 0, 0, 0)),
        either("optional among lost and leaked", ["a b", "~ x", "c d"], "a x c q", Overlap(2, 2, 1, 2 / 3, 1 / 2, 4 / 7)),
        either("a word both optional and required", ["~ a", "a b"], "a a b", Overlap(2, 0, 0, 1, 1, 1)),
        either(
            "optional out of order leaks in order only",
            ["~ x y", "a b"],
            "a b x y",
            Overlap(2, 0, 2, 1 / 2, 1, 2 / 3),
            Overlap(2, 0, 0, 1, 1, 1),
        ),
        either("empty gold, empty output", [], "", PERFECT_EMPTY),
        either("empty gold, output of punctuation", [], " … !\n", PERFECT_EMPTY),
        either("gold of punctuation, empty output", ["* * *"], "", PERFECT_EMPTY),
        either("empty gold, some output", [], "a b", Overlap(0, 0, 2, 0, 0, 0)),
        either("only optional gold, empty output", ["~ a b"], "", PERFECT_EMPTY),
        either("only optional gold, kept", ["~ a b"], "a b", PERFECT_EMPTY),
        either("only optional gold, kept with more", ["~ a b"], "a b x", Overlap(0, 0, 1, 0, 0, 0)),
        either("some gold, empty output", ["a b"], "", Overlap(0, 2, 0, 0, 0, 0)),
        either("some gold, output of punctuation", ["a b"], "...", Overlap(0, 2, 0, 0, 0, 0)),
    ],
)
def test_kept_and_bag_are_as_counted_by_hand(reference: Gold, output: str, kept: Overlap, bag: Overlap) -> None:
    for metric, expected in ((KEPT, kept), (BAG, bag)):
        assert count(metric, reference, output) == expected[:3]
        assert overlap(metric, reference, output) == pytest.approx(expected[3:])


@OURS
def test_a_mean_over_pages_counts_every_page_once_whatever_its_length(metric: Metric) -> None:
    pages = [(gold("a b c d e f g h"), "a b c d e f g h"), (gold("a"), ""), (gold(), ""), (gold("a b"), "a b x y")]
    assert pooled(metric, pages) == pytest.approx({"f1": (1 + 0 + 1 + 2 / 3) / 4, "precision": 2.5 / 4, "recall": 3 / 4})


# aeb, by hand


# Counts are tp, fp, fn and equality; values precision, recall and F1.
@pytest.mark.parametrize(
    ("reference", "output", "counts", "values"),
    [
        pytest.param("a b c d e", "a b c d e", (2, 0, 0, 1), (1, 1, 1), id="equal: n tokens have n - 3 shingles"),
        pytest.param("a b c d e f g h i", "a b c d X f g h i", (2, 4, 4, 0), (1 / 3, 1 / 3, 1 / 3), id="wrong in the middle"),
        pytest.param("a b c d e f g h i", "a b c d e f g h X", (5, 1, 1, 0), (5 / 6, 5 / 6, 5 / 6), id="wrong at the end"),
        pytest.param("a b c d e", "a b c d", (1, 0, 1, 0), (1, 1 / 2, 2 / 3), id="lost at the end"),
        pytest.param("a b c d", "a b c d e", (1, 1, 0, 0), (1 / 2, 1, 2 / 3), id="leaked at the end"),
        pytest.param("a b", "a b", (1, 0, 0, 1), (1, 1, 1), id="two tokens make one short shingle"),
        pytest.param("a b c", "a b", (0, 1, 1, 0), (0, 0, 0), id="short shingles of unequal length differ"),
        pytest.param("a b c d", "a b c", (0, 1, 1, 0), (0, 0, 0), id="a short shingle is no part of a long one"),
        pytest.param("a a a a a a", "a a a a a", (2, 0, 1, 0), (1, 2 / 3, 4 / 5), id="a shingle counts as often as it stands"),
        pytest.param("A b c d", "a b c d", (0, 1, 1, 0), (0, 0, 0), id="case is kept"),
        pytest.param("é b c d", "e b c d", (0, 1, 1, 0), (0, 0, 0), id="accents are kept"),
        pytest.param("a_b", "a b", (0, 1, 1, 0), (0, 0, 0), id="an underscore joins"),
        pytest.param("東京都", "東京都", (1, 0, 0, 1), (1, 1, 1), id="a run of ideographs is one token"),
        pytest.param("a, b. c d", "a b\nc (d)", (1, 0, 0, 1), (1, 1, 1), id="punctuation does not matter"),
        pytest.param("a b c d", "", (0, 0, 1, 0), (NAN, 0, NAN), id="empty output has no precision"),
        pytest.param("", "a b c d", (0, 1, 0, 0), (0, NAN, NAN), id="empty gold has no recall"),
        pytest.param("", "", (0, 0, 0, 1), (NAN, NAN, NAN), id="both empty"),
        pytest.param("...", "", (0, 0, 0, 1), (NAN, NAN, NAN), id="punctuation is empty"),
    ],
)
def test_aeb_is_as_counted_by_hand(
    reference: str, output: str, counts: tuple[float, ...], values: tuple[float, float, float]
) -> None:
    page = gold(reference)
    assert count(AEB, page, output) == counts
    assert overlap(AEB, page, output) == pytest.approx(values, nan_ok=True)
    assert score(AEB, page, output)["accuracy"] == counts[3]


def test_aeb_counts_optional_blocks_like_any_other() -> None:
    assert count(AEB, gold("a b c", "~ d"), "a b c d") == (1, 0, 0, 1)


FULL = gold("a b c d e")


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        pytest.param(
            [(FULL, "a b c d e"), (FULL, "")],
            {"f1": 2 / 3, "precision": 1, "recall": 1 / 2, "accuracy": 1 / 2},
            id="pages with empty output leave the precision mean",
        ),
        pytest.param(
            [(FULL, "a b c d e"), (gold(), "x")],
            {"f1": 2 / 3, "precision": 1 / 2, "recall": 1, "accuracy": 1 / 2},
            id="pages with empty gold leave the recall mean",
        ),
        pytest.param(
            [(FULL, "a b c d e"), (gold(), "")],
            {"f1": 1, "precision": 1, "recall": 1, "accuracy": 1},
            id="pages with both empty leave both",
        ),
        pytest.param(
            [(FULL, "a b c d"), (FULL, "a b c d e f g h")],
            # Page P 1 and 2/5, page R 1/2 and 1: means .7 and .75, and F1 of those, not the mean of the pages' F1.
            {"f1": 2 * 0.7 * 0.75 / 1.45, "precision": 0.7, "recall": 0.75, "accuracy": 0},
            id="F1 is that of the two means",
        ),
        pytest.param(
            [(FULL, ""), (FULL, "")],
            {"f1": NAN, "precision": NAN, "recall": 0, "accuracy": 0},
            id="all outputs empty leave precision and F1 undefined",
        ),
    ],
)
def test_aeb_over_pages_is_as_computed_by_hand(pages: list[tuple[Gold, str]], expected: dict[str, float]) -> None:
    assert pooled(AEB, pages) == pytest.approx(expected, nan_ok=True)


def aeb_as_published(pages: Sequence[tuple[str, str]]) -> dict[str, float]:
    """The rules of scrapinghub/article-extraction-benchmark @4a3bc97, evaluate.py, 115-201, one by one."""
    precisions, recalls, same = [], [], []
    for theirs, ours in pages:
        tokens = [re.findall(r"\w+", text) for text in (theirs, ours)]
        sides = []
        for words in tokens:
            shingles = [tuple(words[start : start + 4]) for start in range(max(1, len(words) - 3))]
            sides.append(Counter(shingle for shingle in shingles if shingle))
        truth, prediction = sides
        keys = set(truth) | set(prediction)
        tp = sum(min(truth[key], prediction[key]) for key in keys)
        fp = sum(max(0, prediction[key] - truth[key]) for key in keys)
        fn = sum(max(0, truth[key] - prediction[key]) for key in keys)
        if tp + fp > 0:
            precisions.append(1.0 if fp == fn == 0 else 0.0 if tp == fp == 0 else tp / (tp + fp))
        if tp + fn > 0:
            recalls.append(1.0 if fp == fn == 0 else 0.0 if tp == fn == 0 else tp / (tp + fn))
        same.append(float(tokens[0] == tokens[1]))
    precision = statistics.mean(precisions) if precisions else NAN
    recall = statistics.mean(recalls) if recalls else NAN
    return {"precision": precision, "recall": recall, "accuracy": statistics.mean(same)}


@any_text
@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=5))
def test_aeb_follows_the_published_rules_on_any_pages(pages: list[tuple[str, str]]) -> None:
    ours = pooled(AEB, [(gold(theirs), output) for theirs, output in pages])
    expected = aeb_as_published(pages)
    assert {name: ours[name] for name in expected} == pytest.approx(expected, abs=1e-9, nan_ok=True)


# wcxb, by hand


@pytest.mark.parametrize(
    ("reference", "output", "precision", "recall", "f1"),
    [
        pytest.param("a b c d", "d c b a", 1, 1, 1, id="order does not matter"),
        pytest.param("A É", "a é", 1, 1, 1, id="case does not matter"),
        pytest.param("é", "e", 0, 0, 0, id="accents do"),
        pytest.param("a b c d", "a b", 1, 1 / 2, 2 / 3, id="half lost"),
        pytest.param("a b", "a b c d", 1 / 2, 1, 2 / 3, id="as much leaked as kept"),
        pytest.param("a a b", "a b b", 2 / 3, 2 / 3, 2 / 3, id="repeats count as often as both have them"),
        pytest.param("東京都", "東京", 0, 0, 0, id="a run of ideographs is one token"),
        pytest.param("", "", 1, 1, 1, id="both empty"),
        pytest.param("...", "!", 1, 1, 1, id="both punctuation"),
        pytest.param("", "a", 0, 0, 0, id="empty gold, some output"),
        pytest.param("a", "", 0, 0, 0, id="some gold, empty output"),
        pytest.param("a", "x", 0, 0, 0, id="nothing in common"),
    ],
)
def test_wcxb_is_as_counted_by_hand(reference: str, output: str, precision: float, recall: float, f1: float) -> None:
    assert overlap(WCXB, gold(reference), output) == pytest.approx((precision, recall, f1))


@pytest.mark.parametrize(
    ("snippets", "share"),
    [
        pytest.param([], 1, id="no snippets count 1, also where 1 is the worst"),
        pytest.param(["the main text"], 1, id="found"),
        pytest.param(["THE MAIN"], 1, id="found in another case"),
        pytest.param(["main  text"], 0, id="white space is not folded"),
        pytest.param(["in te"], 1, id="found across a word's middle"),
        pytest.param(["main", "menu", "text", "footer"], 1 / 2, id="half found"),
        pytest.param(["main", "main"], 1, id="told twice"),
        pytest.param([""], 1, id="the empty snippet is in every text"),
    ],
)
def test_wcxb_snippet_rates_are_the_share_of_snippets_found(snippets: list[str], share: float) -> None:
    values = score(WCXB, gold("a", keep=snippets, drop=snippets), "Here is the Main text.")
    assert (values["with"], values["without"]) == (share, share)


def test_wcxb_keeps_the_two_lists_of_snippets_apart() -> None:
    values = score(WCXB, gold("a", keep=["a"], drop=["x", "a"]), "a")
    assert (values["with"], values["without"]) == (1, 1 / 2)


def test_wcxb_is_a_mean_of_page_values_over_all_pages() -> None:
    pages = [(gold("a b"), "a b"), (gold("a b"), ""), (gold("a b c d", keep=["x"]), "a b")]
    expected = {"f1": (1 + 2 / 3) / 3, "precision": 2 / 3, "recall": 1.5 / 3, "with": 2 / 3, "without": 1}
    assert pooled(WCXB, pages) == pytest.approx(expected)


# Arithmetic


def test_a_ratio_is_undefined_where_its_denominator_is_zero() -> None:
    quotient = divide(np.array([1.0, 0.0, 3.0]), np.array([2.0, 0.0, 0.0]))
    assert quotient.tolist() == pytest.approx([0.5, NAN, NAN], nan_ok=True)


@pytest.mark.parametrize(
    ("left", "right", "f1"),
    [(0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (1.0, 0.5, 2 / 3), (1.0, 1.0, 1.0), (NAN, 1.0, NAN), (0.0, NAN, NAN)],
)
def test_f1_is_zero_where_both_are_and_undefined_where_either_is(left: float, right: float, f1: float) -> None:
    assert harmonic(np.array([left]), np.array([right])).tolist() == pytest.approx([f1], nan_ok=True)


def test_overlap_values_of_many_pages_are_those_of_each_page() -> None:
    counts = np.array([[2, 0, 2], [0, 0, 0], [0, 0, 1], [0, 3, 0]], dtype=np.float64)
    together = overlap_ratios(counts)
    for number in range(len(counts)):
        alone = overlap_ratios(counts[number : number + 1])
        assert {name: top[number] for name, (top, _) in together.items()} == {name: top[0] for name, (top, _) in alone.items()}


@EVERY
def test_no_pages_at_all_leave_every_value_undefined(metric: Metric) -> None:
    counts = np.empty((0, len(metric.fields)))
    assert all(len(values) == 0 for values in metric.per_page(counts).values())
    assert all(np.isnan(values).tolist() == [True] for values in metric.pooled(counts).values())


# The contract of a file in bench/metrics

FULL_GOLD = replace(gold("a b c d", "~ e", keep=["a b"], drop=["z"]), markdown="# a\n\n- b c d\n\ne")
"""One to which every metric applies."""


@pytest.mark.parametrize("name", METRICS)
def test_a_signature_starts_with_the_files_name_and_a_version(name: str) -> None:
    assert re.fullmatch(rf"{re.escape(name)}:v[1-9]\d*(\|[a-z][a-z0-9-]*:[^|:\s]+)+", METRICS[name].signature)
    assert METRICS[name].name == name


def test_no_two_metrics_share_a_signature() -> None:
    assert len({metric.signature for metric in METRICS.values()}) == len(METRICS)


@EVERY
def test_counts_are_finite_numbers_and_as_many_as_the_fields(metric: Metric) -> None:
    for reference, output in ((FULL_GOLD, "b z"), (gold(), ""), (gold("a"), "")):
        counts = count(metric, reference, output)
        assert len(counts) == len(metric.fields) == len(set(metric.fields))
        assert all(math.isfinite(number) is (metric.excuse(reference) is None) for number in counts)


@EVERY
def test_values_are_those_that_ratios_and_derive_yield(metric: Metric) -> None:
    counts = table(metric, [(FULL_GOLD, "a"), (gold(), "")])
    assert sorted(metric.per_page(counts)) == sorted(metric.pooled(counts)) == sorted(metric.values)
    assert len(set(metric.values)) == len(metric.values)
    assert set(metric.parts(counts)) <= set(metric.values)


@EVERY
def test_what_it_says_of_its_values_is_said_of_values_that_it_has(metric: Metric) -> None:
    assert metric.lower_is_better | metric.unbounded | set(metric.reasons) <= set(metric.values)
    assert bool(metric.packages) == bool(metric.extra)


@EVERY
def test_a_page_that_it_does_not_apply_to_has_no_counts_and_is_no_part_of_any_value(metric: Metric) -> None:
    excused = Gold(snippets_only=True)
    if metric.excuse(excused) is None:
        excused = gold()  # a metric of snippets: a gold without any
    if metric.name in ("duplicated", "invented"):  # they ask nothing of a gold, only of the page
        assert metric.excuse(excused) is None
        return
    assert metric.excuse(excused)
    counts = table(metric, [(FULL_GOLD, "a b c d e"), (excused, "x y")])
    assert np.isnan(counts[1]).all()
    alone, both = metric.pooled(counts[:1]), metric.pooled(counts)
    for name in metric.values:
        assert both[name].tolist() == pytest.approx(alone[name].tolist(), nan_ok=True)
    assert all(np.isnan(values[1]) for values in metric.per_page(counts).values())


# Properties over any text

ANY = st.text(st.characters(), max_size=40)
"""Any characters, lone surrogates too."""
PARTS = st.lists(st.text(st.characters(exclude_characters="\n"), max_size=8), max_size=8)
"""Texts that are put on lines of their own, so that no word runs from one into the next."""


@st.composite
def golds(draw: st.DrawFn, *, optional: bool = True) -> Gold:
    blocks = draw(st.lists(st.tuples(ANY, st.booleans() if optional else st.just(value=True)), max_size=4))
    snippets = st.lists(st.text(st.characters(), max_size=3), max_size=3).map(tuple)
    return Gold(tuple(Block(text, required) for text, required in blocks), keep=draw(snippets), drop=draw(snippets))


def lines(parts: Sequence[str]) -> str:
    return "\n".join(parts)


def words_of(metric: Metric, text: str) -> set[str]:
    """The text's tokens as the metric sees them."""
    if metric in (KEPT, BAG):
        return set(tokenise(text))
    return set(re.findall(r"\w+", text.lower() if metric is WCXB else text))


def is_share(value: float) -> bool:
    return math.isnan(value) or 0 <= value <= 1


@EVERY
@any_text
@given(reference=golds(), output=ANY)
def test_no_input_makes_a_metric_raise_and_every_value_is_a_share_or_undefined(
    metric: Metric, reference: Gold, output: str
) -> None:
    pages = [(reference, output), (reference, "")]
    for values in (score(metric, reference, output), pooled(metric, pages)):
        assert all(is_share(value) for name, value in values.items() if name not in metric.unbounded)
        assert all(math.isnan(values[name]) or values[name] >= 0 for name in metric.unbounded)


@WORDWISE
@any_text
@given(reference=golds())
def test_a_text_against_itself_scores_1(metric: Metric, reference: Gold) -> None:
    values = score(metric, reference, reference.text)
    # The published 4-gram metric has no precision and recall where there is no token at all.
    nothing = metric is AEB and not words_of(AEB, reference.text)
    assert overlap(metric, reference, reference.text) == pytest.approx((NAN,) * 3 if nothing else (1,) * 3, nan_ok=True)
    assert values.get("accuracy", 1) == 1


@OURS
@any_text
@given(reference=golds())
def test_the_required_blocks_alone_score_1(metric: Metric, reference: Gold) -> None:
    required = "\n\n".join(block.text for block in reference.blocks if block.required)
    assert overlap(metric, reference, required) == (1, 1, 1)


@WORDWISE
@any_text
@given(theirs=ANY, ours=ANY)
def test_texts_without_a_common_word_score_0(metric: Metric, theirs: str, ours: str) -> None:
    theirs, ours = f"{theirs}\ngold", f"{ours}\noutput"
    assume(not words_of(metric, theirs) & words_of(metric, ours))
    assert overlap(metric, gold(theirs), ours) == (0, 0, 0)


@any_text
@given(reference=golds(), output=ANY)
def test_kept_is_never_above_bag(reference: Gold, output: str) -> None:
    for name, value in score(KEPT, reference, output).items():
        assert value <= score(BAG, reference, output)[name] + 1e-12


@any_text
@given(golds_of_few_words(), WORDS)
def test_kept_is_never_above_bag_where_words_repeat(reference: Gold, output: str) -> None:
    for name, value in score(KEPT, reference, output).items():
        assert value <= score(BAG, reference, output)[name] + 1e-12


@WORDWISE
@any_text
@given(one=ANY, other=ANY)
def test_precision_and_recall_swap_when_gold_and_output_swap(metric: Metric, one: str, other: str) -> None:
    forth, back = overlap(metric, gold(one), other), overlap(metric, gold(other), one)
    assert forth == pytest.approx((back[1], back[0], back[2]), nan_ok=True)


@WORDWISE
@any_text
@given(words=st.tuples(WORDS, WORDS))
def test_precision_and_recall_swap_also_where_words_repeat(metric: Metric, words: tuple[str, str]) -> None:
    one, other = words
    forth, back = overlap(metric, gold(one), other), overlap(metric, gold(other), one)
    assert forth == pytest.approx((back[1], back[0], back[2]), nan_ok=True)


@WORDWISE
@any_text
@given(theirs=PARTS, ours=PARTS, extra=PARTS, data=st.data())
def test_adding_boilerplate_never_raises_precision(
    metric: Metric, theirs: list[str], ours: list[str], extra: list[str], data: st.DataObject
) -> None:
    reference = gold(lines(theirs))
    mixed = [part for part in theirs if data.draw(st.booleans())] + ours
    assume(not words_of(metric, lines(extra)) & words_of(metric, lines(theirs)))
    before = score(metric, reference, lines(mixed))["precision"]
    for part in extra:
        mixed.insert(data.draw(st.integers(0, len(mixed))), part)
    after = score(metric, reference, lines(mixed))["precision"]
    # An empty output has no precision under the published 4-gram rules, so anything is as good.
    assert math.isnan(before) or after <= before + 1e-12


# Not aeb: without a wrong word in the middle its neighbours make right shingles again, so its recall may rise.
@pytest.mark.parametrize("metric", [KEPT, BAG, WCXB], ids=["kept", "bag", "wcxb"])
@any_text
@given(theirs=PARTS, ours=PARTS, data=st.data())
def test_dropping_words_of_the_output_never_raises_recall(
    metric: Metric, theirs: list[str], ours: list[str], data: st.DataObject
) -> None:
    assume(words_of(metric, lines(theirs)))  # nothing is the right answer to an empty gold
    reference = gold(lines(theirs))
    full = data.draw(st.permutations([*theirs, *ours]))
    fewer = [part for part in full if data.draw(st.booleans())]
    before, after = (score(metric, reference, lines(parts))["recall"] for parts in (full, fewer))
    assert after <= before + 1e-12


PIECES = st.lists(
    st.tuples(st.sampled_from(["required", "lost", "optional", "leaked"]), st.lists(st.integers(0, 3), max_size=4)), max_size=8
)


@OURS
@any_text
@given(pieces=PIECES, data=st.data())
def test_keeping_or_dropping_optional_blocks_changes_nothing(
    metric: Metric, pieces: list[tuple[str, list[int]]], data: st.DataObject
) -> None:
    # Optional blocks have words of their own here: of a word that is required elsewhere no metric can say which was kept.
    texts = [(kind, " ".join(f"{'gold' if kind == 'lost' else kind}{word}" for word in words)) for kind, words in pieces]
    texts = [(kind, text.replace("required", "gold")) for kind, text in texts]
    reference = Gold(tuple(Block(text, required=kind != "optional") for kind, text in texts if kind != "leaked"))
    without = [text for kind, text in texts if kind in ("required", "leaked")]
    some = [text for kind, text in texts if kind in ("required", "leaked") or (kind == "optional" and data.draw(st.booleans()))]
    assert score(metric, reference, lines(some)) == score(metric, reference, lines(without))


@EVERY
@any_text
@given(pages=st.lists(st.tuples(WORDS, WORDS, st.integers(0, 3)), min_size=1, max_size=5))
def test_a_page_drawn_twice_counts_like_two_pages(metric: Metric, pages: list[tuple[str, str, int]]) -> None:
    counts = table(metric, [(gold(theirs), ours) for theirs, ours, _ in pages])
    times = [number for _, _, number in pages]
    drawn = metric.pooled(counts, np.array([times], dtype=np.float64))
    repeated = metric.pooled(np.repeat(counts, times, axis=0))
    for name in metric.values:
        assert drawn[name].tolist() == pytest.approx(repeated[name].tolist(), nan_ok=True)


@EVERY
@any_text
@given(pages=st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=5))
def test_pages_in_any_order_give_the_same_values(metric: Metric, pages: list[tuple[str, str]]) -> None:
    forth = pooled(metric, [(gold(theirs), ours) for theirs, ours in pages])
    back = pooled(metric, [(gold(theirs), ours) for theirs, ours in reversed(pages)])
    assert forth == pytest.approx(back, nan_ok=True)


# Published numbers

AEB_FOLDER = Path(__file__).parents[1] / ".datasets" / "aeb"

# F1, precision, recall, accuracy over the 181 pages: README of scrapinghub/article-extraction-benchmark @4a3bc97, tables
# "latest evaluation", "previous evaluation that did not re-run" (news_please) and "initial evaluation" (Diffbot, boilerpipe).
PUBLISHED = {
    "august": (0.471, 0.312, 0.955, 0.000),
    "beautifulsoup": (0.665, 0.499, 0.994, 0.000),
    "boilerpipe": (0.860, 0.850, 0.870, 0.006),
    "boilerpipe_rs": (0.739, 0.761, 0.717, 0.000),
    "Diffbot": (0.951, 0.958, 0.944, 0.348),
    "dom_smoothie": (0.865, 0.785, 0.963, 0.055),
    "fast_html2md": (0.515, 0.351, 0.967, 0.000),
    "go_domdistiller": (0.927, 0.901, 0.956, 0.061),
    "go_readability_fork": (0.947, 0.914, 0.982, 0.166),
    "go_trafilatura": (0.960, 0.940, 0.980, 0.287),
    "goose3": (0.896, 0.940, 0.856, 0.232),
    "html-text": (0.665, 0.500, 0.994, 0.000),
    "html2md_rs": (0.150, 0.142, 0.160, 0.000),
    "html2text": (0.662, 0.499, 0.983, 0.000),
    "html2text_rs": (0.438, 0.283, 0.965, 0.000),
    "inscriptis": (0.679, 0.517, 0.992, 0.000),
    "justext": (0.804, 0.858, 0.756, 0.088),
    "llm_readability": (0.829, 0.851, 0.809, 0.077),
    "mdka": (0.435, 0.285, 0.914, 0.000),
    "nanohtml2text": (0.469, 0.309, 0.973, 0.000),
    "news_please": (0.948, 0.964, 0.933, 0.326),
    "readability": (0.922, 0.913, 0.931, 0.315),
    "readability_rs": (0.873, 0.906, 0.843, 0.227),
    "readabilityrs": (0.832, 0.745, 0.943, 0.028),
    "readable_readability": (0.884, 0.886, 0.881, 0.177),
    "trafilatura": (0.958, 0.938, 0.978, 0.293),
}
needs_aeb = pytest.mark.skipif(not AEB_FOLDER.is_dir(), reason="needs the pages of the article-extraction-benchmark")


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, float]]]:
    """The values of `aeb` for every stored output of the set, by file name."""
    from bench import corpus
    from bench.outputs import read_outputs, store_outputs
    from bench.score import score as score_stored
    from bench.store import Store

    with Store(tmp_path_factory.mktemp("results"), write=True) as store:
        loaded = corpus.load(AEB_FOLDER, store)
        assert (len(loaded), list(loaded.broken)) == (181, [])
        store.want(loaded.wanted())
        for path in sorted((AEB_FOLDER / "output").glob("*.json")):
            store_outputs(read_outputs(path, None), loaded, store)
        extractors = store.extractors()
        score_stored(loaded, [one.key for one in extractors], [AEB], store)

        @cache
        def values(key: bytes) -> dict[str, float]:
            pages = store.counts(key, AEB.signature, len(AEB.fields))
            return {name: float(value[0]) for name, value in AEB.pooled(pages).items()}

        yield {one.name: values(one.key) for one in extractors}


@needs_aeb
@pytest.mark.pages
def test_every_stored_output_of_the_set_has_a_published_score(imported: dict[str, dict[str, float]]) -> None:
    assert sorted(imported) == sorted(PUBLISHED)


@needs_aeb
@pytest.mark.pages
@pytest.mark.parametrize("name", PUBLISHED)
def test_stored_outputs_reproduce_the_published_scores(name: str, imported: dict[str, dict[str, float]]) -> None:
    ours = tuple(f"{imported[name][value]:.3f}" for value in ("f1", "precision", "recall", "accuracy"))
    assert ours == tuple(f"{value:.3f}" for value in PUBLISHED[name])
