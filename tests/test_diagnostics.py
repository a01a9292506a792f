"""duplicated, invented and boundaries: cases counted by hand, empty rules, and properties that hold for any text."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.alignment import Case, GoldTokens
from bench.metric import Metric
from bench.metrics import boundaries, duplicated, invented
from bench.model import Block, Gold
from bench.page_text import PageText
from bench.text import tokenise

DUPLICATED, INVENTED, BOUNDARIES = duplicated.METRIC, invented.METRIC, boundaries.METRIC
EVERY = pytest.mark.parametrize("metric", [DUPLICATED, INVENTED, BOUNDARIES], ids=["duplicated", "invented", "boundaries"])
NAN = math.nan

quick = settings(deadline=None, max_examples=100)
ANY_TEXT = st.text(st.characters(exclude_categories=[]))  # surrogates too
BREAKS = "\n\r\v\f\x85\u2028\u2029"
# Letters, joiners, marks and punctuation that decide where words end, among every kind of line break.
TRICKY = st.text(
    st.sampled_from("aA1'’._:,- é\u0301\u0338\u200d\u00ad\u200b\ufe0f한가日あカ🇦👨🏻\u05d0\"\ud83d\ude00" + BREAKS * 2)
)
FEW_WORDS = st.lists(st.sampled_from(["a", "b", "c", "\n", "東京", "—"]), max_size=30).map(" ".join)


def gold(*blocks: str) -> Gold:
    """A gold of these blocks; `~ ` marks an optional one, as in a gold file."""
    return Gold(tuple(Block(text.removeprefix("~ "), required=not text.startswith("~ ")) for text in blocks))


def on_page(markup: str, output: str) -> Case:
    """An output against a page; what is main text does not matter."""
    return Case(GoldTokens(gold(), lambda: PageText.of_markup(markup)), output)


def count(metric: Metric, case: Case) -> tuple[float, ...]:
    return metric.count(case)


def pooled(metric: Metric, cases: Sequence[Case]) -> dict[str, float]:
    counts = np.array([metric.count(case) for case in cases], dtype=np.float64)
    return {name: float(values[0]) for name, values in metric.pooled(counts).items()}


# duplicated

FIVE = "<p>one two three four five</p>"


@pytest.mark.parametrize(
    ("page", "output", "repeats"),
    [
        pytest.param(FIVE, "one two three four five", 0, id="once, as on the page"),
        pytest.param(FIVE, "one two three four five one two three four five", 5, id="all said twice"),
        pytest.param(FIVE, "one two three four five. One, two, three, FOUR", 4, id="case and punctuation do not matter"),
        pytest.param(FIVE, "one two three four five and one two three four more", 4, id="a run of four said twice"),
        pytest.param(FIVE, "one two three four five and one two three more", 0, id="three tokens are no run"),
        pytest.param(FIVE, "x one two three four y one two three four z one two three four", 8, id="said three times"),
        pytest.param(FIVE + FIVE, "one two three four five one two three four five", 0, id="as often as the page says it"),
        pytest.param(FIVE + FIVE, "one two three four x " * 3, 4, id="once more than the page says it"),
        pytest.param(f"<title>one two three four</title>{FIVE}", "one two three four x " * 2, 0, id="a title counts once"),
        pytest.param(FIVE, "five four three two five four three two", 0, id="what the page does not hold is no repeat of it"),
        pytest.param("<p>la la la la la la</p>", "la la la la la la", 0, id="runs that overlap, as on the page"),
        pytest.param("<p>la la la la la</p>", "la la la la la la", 4, id="runs that overlap, one more"),
        pytest.param("<p>one two</p>", "one two one two", 0, id="a page of fewer than four tokens has no run"),
        pytest.param(FIVE, "one two three", 0, id="an output of fewer than four tokens has no run"),
        pytest.param(FIVE, "", 0, id="no output"),
        pytest.param("", "one two three four one two three four", 0, id="nothing on the page"),
    ],
)
def test_tokens_of_runs_said_more_often_than_on_the_page_are_repeats(page: str, output: str, repeats: int) -> None:
    assert count(DUPLICATED, on_page(page, output)) == (repeats, len(tokenise(output)))


def test_a_run_that_overlaps_the_one_before_marks_each_token_once() -> None:
    # Two runs of the page, one token apart, come twice: five tokens, not eight.
    case = on_page(FIVE, "one two three four five x one two three four five")
    assert count(DUPLICATED, case) == (5, 11)


def test_duplicated_is_the_mean_over_pages_with_output() -> None:
    cases = [on_page(FIVE, "one two three four five " * 2), on_page(FIVE, "one two three"), on_page(FIVE, "...")]
    assert pooled(DUPLICATED, cases) == {"duplicated": (1 / 2 + 0) / 2}


def naive_repeats(page: list[str], output: list[str]) -> int:
    """The rule as written: runs one by one, each counted anew."""
    marked: set[int] = set()
    for start in range(len(output) - 3):
        run = output[start : start + 4]
        on_it = sum(page[place : place + 4] == run for place in range(len(page) - 3))
        so_far = sum(output[place : place + 4] == run for place in range(start + 1))
        if so_far > on_it > 0:
            marked.update(range(start, start + 4))
    return len(marked)


@quick
@given(FEW_WORDS, FEW_WORDS)
def test_repeats_are_counted_as_the_rule_is_written(page: str, output: str) -> None:
    case = Case(GoldTokens(gold(page)), output)
    assert count(DUPLICATED, case)[0] == naive_repeats(tokenise(page), tokenise(output))


@quick
@given(ANY_TEXT)
def test_a_page_repeats_nothing_of_itself(page: str) -> None:
    assert count(DUPLICATED, Case(GoldTokens(gold(page)), page))[0] == 0


def test_a_pages_runs_are_counted_once_for_all_outputs() -> None:
    read = []

    def page() -> PageText:
        read.append(1)
        return PageText.of_markup(FIVE)

    of_gold = GoldTokens(gold(), page)
    first = of_gold.once_of_page(duplicated._of_page)
    assert [count(DUPLICATED, Case(of_gold, output)) for output in ("one", "two")] == [(0, 1), (0, 1)]
    assert of_gold.once_of_page(duplicated._of_page) is first
    assert len(read) == 1


# invented

ARTICLE = (
    "<html><head><title>Harbour news</title><script>var token = 'q7'; var name = \"S\\u00e3o\\nPaulo\";</script></head><body>"
    "<h1>Boats return</h1><p><b>T</b>he har<i>bour</i> reopened <a href='/fees' title='Fees apply'>today</a>.</p>"
    "<img alt='Two trawlers'><!-- remark --></body></html>"
)


@pytest.mark.parametrize(
    ("output", "strange", "unseen"),
    [
        pytest.param("Boats return", 0, 0, id="visible text"),
        pytest.param("Today the boats return", 0, 0, id="visible words in another order"),
        pytest.param("Boats Boats Boats", 0, 0, id="visible words more often"),
        pytest.param("Harbour news", 0, 0, id="the document's title"),
        pytest.param("The harbour", 0, 0, id="words joined across inline tags"),
        pytest.param("T he har bour", 0, 0, id="words cut at inline tags"),
        pytest.param("TODAY, (reopened)", 0, 0, id="case and punctuation do not matter"),
        pytest.param("Two trawlers", 0, 2, id="an alternative text"),
        pytest.param("Fees apply", 0, 2, id="an attribute"),
        pytest.param("São Paulo", 0, 2, id="embedded data with its escapes read"),
        pytest.param("q7", 0, 1, id="a script"),
        pytest.param("Boats sank", 1, 0, id="a word that is nowhere"),
        pytest.param("remark", 1, 0, id="a comment is nowhere"),
        pytest.param("Boats 1 return 2", 2, 0, id="numbers that are nowhere"),
        pytest.param("returnThe harbour", 1, 0, id="words run together"),
        pytest.param("sank sank sank", 3, 0, id="invented words count as often as they stand"),
        pytest.param("Boats trawlers sank", 1, 1, id="some of each"),
        pytest.param("", 0, 0, id="no output"),
    ],
)
def test_tokens_are_looked_for_in_the_text_and_then_where_no_reader_sees_them(output: str, strange: int, unseen: int) -> None:
    assert count(INVENTED, on_page(ARTICLE, output)) == (strange, unseen, len(tokenise(output)))


def test_invented_is_the_mean_over_pages_with_output() -> None:
    cases = [on_page(ARTICLE, "Boats sank"), on_page(ARTICLE, "Two boats return today"), on_page(ARTICLE, "—")]
    assert pooled(INVENTED, cases) == {"invented": 1 / 4, "unseen": 1 / 8}


def test_what_is_hidden_is_not_read_where_all_is_visible() -> None:
    case = on_page(ARTICLE, "Boats return today")
    count(INVENTED, case)
    assert "unseen" not in vars(case.gold.page)


@quick
@given(ANY_TEXT)
def test_the_text_of_a_page_without_markup_is_not_invented(text: str) -> None:
    assert count(INVENTED, Case(GoldTokens(gold(text)), text))[:2] == (0, 0)


# boundaries


@pytest.mark.parametrize(
    ("blocks", "output", "kept", "judged", "wrong"),
    [
        pytest.param(["a b", "c d", "e f"], "a b\nc d\ne f", 2, 2, 0, id="every boundary kept"),
        pytest.param(["a b", "c d", "e f"], "a b\n\nc d\n \n\ne f", 2, 2, 0, id="blank lines are as good"),
        pytest.param(["a b", "c d"], "# a b\n- c d", 1, 1, 0, id="marks beside a break do not matter"),
        pytest.param(["a b", "c d", "e f"], "a b c d\ne f", 1, 2, 0, id="one boundary lost"),
        pytest.param(["a b", "c d"], "a b c d", 0, 1, 0, id="all boundaries lost"),
        pytest.param(["a b c", "d"], "a\nb\nc\nd", 1, 1, 2, id="broken at every word"),
        pytest.param(["a b c d"], "a b\nc d", 0, 0, 1, id="a break within the only block"),
        pytest.param(["a b", "c d"], "a b", 0, 0, 0, id="a boundary of which a side is missing is not judged"),
        pytest.param(["a b", "c d"], "a b\nd", 0, 0, 0, id="so is one whose first word is missing"),
        pytest.param(["a x b", "c"], "a\nb\nc", 1, 1, 0, id="a break where a word was lost is not judged"),
        pytest.param(["a b", "c d"], "a b menu\nc d", 1, 1, 0, id="the break may come after what leaked"),
        pytest.param(["a b", "c d"], "a b\nmenu c d", 1, 1, 0, id="or before it"),
        pytest.param(["a b", "c d"], "a b menu c d", 0, 1, 0, id="what leaked is no break"),
        pytest.param(["a b"], "a\nmenu\nb", 0, 0, 1, id="a leaked line within a block breaks it"),
        pytest.param(["a", "~ b", "c"], "a\nb\nc", 2, 2, 0, id="optional blocks have boundaries"),
        pytest.param(["a", "~ b", "c"], "a\nc", 0, 0, 0, id="an optional block left out leaves none to judge"),
        pytest.param(["a\nb", "c"], "a b\nc", 1, 1, 0, id="a line break within a block may go"),
        pytest.param(["a\nb", "c"], "a\nb\nc", 1, 1, 0, id="or stay"),
        pytest.param(["a b\nc", "d"], "a\nb c\nd", 1, 1, 1, id="lines of a block are whole"),
        pytest.param(["a", "—", "b"], "a\nb", 1, 1, 0, id="a block without words between two others"),
        pytest.param(["a b", "c d"], "c d\na b", 0, 0, 0, id="blocks in another order are not judged"),
        pytest.param(["東京", "都"], "東京\n都", 1, 1, 0, id="ideographs"),
        pytest.param(["a", "b"], "", 0, 0, 0, id="no output"),
        pytest.param([], "a\nb", 0, 0, 0, id="no gold"),
    ],
)
def test_breaks_are_judged_between_neighbours_in_the_gold(
    blocks: list[str], output: str, kept: int, judged: int, wrong: int
) -> None:
    assert count(BOUNDARIES, Case(GoldTokens(gold(*blocks)), output)) == (kept, judged, wrong)


@pytest.mark.parametrize("mark", BREAKS, ids=[f"U+{ord(mark):04X}" for mark in BREAKS])
def test_whatever_unicode_calls_a_line_break_is_one(mark: str) -> None:
    assert count(BOUNDARIES, Case(GoldTokens(gold("a", "b")), f"a{mark}b")) == (1, 1, 0)
    assert count(BOUNDARIES, Case(GoldTokens(gold(f"a{mark}b")), "a\nb")) == (0, 0, 0)


@pytest.mark.parametrize("mark", " \t\u00a0\u2003\u3000\x1c\x1f\u200b", ids=lambda mark: f"U+{ord(mark):04X}")
def test_other_white_space_is_no_line_break(mark: str) -> None:
    assert count(BOUNDARIES, Case(GoldTokens(gold("a", "b")), f"a{mark} b")) == (0, 1, 0)


@pytest.mark.parametrize(
    ("blocks", "output", "precision", "recall", "f1"),
    [
        pytest.param(["a b", "c d"], "a b\nc d", 1, 1, 1, id="all right"),
        pytest.param(["a b", "c", "d"], "a\nb\nc d", 1 / 2, 1 / 2, 1 / 2, id="half right"),
        pytest.param(["a b", "c d"], "a\nb c\nd", 0, 0, 0, id="all wrong"),
        pytest.param(["a b", "c d"], "a b c d", 0, 0, 0, id="no break at all is 0, 0, 0"),
        pytest.param(["a b"], "a\nb", NAN, NAN, NAN, id="a page of one block does not apply"),
        pytest.param(["a b", "c d"], "", NAN, NAN, NAN, id="an empty output does not apply"),
        pytest.param([], "", NAN, NAN, NAN, id="an empty gold does not apply"),
    ],
)
def test_precision_and_recall_of_breaks(blocks: list[str], output: str, precision: float, recall: float, f1: float) -> None:
    values = pooled(BOUNDARIES, [Case(GoldTokens(gold(*blocks)), output)])
    assert values == pytest.approx({"f1": f1, "precision": precision, "recall": recall}, nan_ok=True)


def test_f1_of_boundaries_is_the_mean_of_page_f1() -> None:
    half = Case(GoldTokens(gold("a b", "c", "d")), "a\nb\nc d")
    whole = Case(GoldTokens(gold("a", "b")), "a\nb")
    one_block = Case(GoldTokens(gold("a b")), "a\nb")
    assert pooled(BOUNDARIES, [half, whole, one_block]) == {"f1": 3 / 4, "precision": 3 / 4, "recall": 3 / 4}


@settings(deadline=None, max_examples=1000)
@given(st.one_of(TRICKY, ANY_TEXT))
@example("a\u200b\n\u0301b")
@example("\ud83d\n\ude00")
@example("1.\r\n5")
def test_the_words_of_the_lines_are_the_words_of_the_text(text: str) -> None:
    words = tokenise(text)
    by_line = [tokenise(line) for line in re.split(f"[{BREAKS}]+", text)]
    assert [word for line in by_line for word in line] == words
    assert boundaries._line_of(text).tolist() == [number for number, line in enumerate(by_line) for _ in line]


@quick
@given(st.lists(st.one_of(TRICKY, FEW_WORDS), max_size=6))
def test_the_golds_own_text_breaks_where_it_should_and_nowhere_else(texts: list[str]) -> None:
    # Lone surrogates at both sides of a block's end would meet in the joined text; blank lines keep them apart.
    reference = gold(*texts)
    kept, judged, wrong = count(BOUNDARIES, Case(GoldTokens(reference), reference.text))
    assert (kept, wrong) == (judged, 0)


@quick
@given(st.lists(FEW_WORDS, max_size=5), FEW_WORDS)
def test_one_line_keeps_no_boundary_and_a_line_for_each_word_keeps_all(texts: list[str], output: str) -> None:
    of_gold = GoldTokens(gold(*texts))
    words = tokenise(output)
    kept, judged, _ = count(BOUNDARIES, Case(of_gold, "\n".join(words)))
    assert kept == judged
    assert count(BOUNDARIES, Case(of_gold, " ".join(words))) == (0, judged, 0)


# All three


@EVERY
@quick
@given(st.lists(st.one_of(ANY_TEXT, TRICKY), max_size=3), ANY_TEXT, st.one_of(ANY_TEXT, TRICKY))
def test_any_texts_give_finite_counts_and_values_between_0_and_1(
    metric: Metric, texts: list[str], markup: str, output: str
) -> None:
    case = Case(GoldTokens(gold(*texts), lambda: PageText.of_markup(markup)), output)
    counts = count(metric, case)
    assert len(counts) == len(metric.fields)
    assert all(math.isfinite(number) for number in counts)
    values = metric.per_page(np.array([counts], dtype=np.float64))
    assert set(values) == set(metric.values)
    assert all(math.isnan(value) or 0 <= value <= 1 for array in values.values() for value in array)


@EVERY
def test_every_value_that_may_not_apply_says_why(metric: Metric) -> None:
    nothing = pooled(metric, [Case(GoldTokens(gold("a", "b")), "")])
    assert {name for name, value in nothing.items() if math.isnan(value)} == set(metric.values) == set(metric.reasons)


@pytest.mark.parametrize(("metric", "applies"), [(DUPLICATED, True), (INVENTED, True), (BOUNDARIES, False)])
def test_what_asks_nothing_of_the_gold_applies_to_snippets_too(metric: Metric, applies: bool) -> None:
    assert (metric.excuse(Gold(keep=("a",), snippets_only=True)) is None) is applies
