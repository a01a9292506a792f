"""Alignment in place, and what it says of every word of a page: kept, lost, leaked or dropped; leaks and losses."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench import alignment, plugins
from bench.alignment import Case, GoldTokens, Spelt, compact
from bench.attribution import ABSENT, REPEATED, Fate, attribute
from bench.corpus import builtin, recognise
from bench.encoding import codec_of
from bench.extract import PageInput
from bench.markup import to_text
from bench.metric import Metric
from bench.metrics import kept, leaks, losses
from bench.model import Block, Gold
from bench.page_text import PageText, Place
from bench.text import tokenise

LEAKS, LOSSES = leaks.METRIC, losses.METRIC
quick = settings(deadline=None, max_examples=150)
LETTERS = {Fate.DROPPED: ".", Fate.LEAKED: "L", Fate.LOST: "-", Fate.KEPT: "K", Fate.SPARED: "s", Fate.TAKEN: "T"}


def gold(*blocks: str) -> Gold:
    """A gold of these blocks; `~ ` marks an optional one, as in a gold file."""
    return Gold(tuple(Block(text.removeprefix("~ "), required=not text.startswith("~ ")) for text in blocks))


def case_of(markup: str, blocks: Sequence[str], output: str) -> Case:
    return Case(GoldTokens(gold(*blocks), lambda: PageText.of_markup(markup)), output)


def fates(case: Case) -> str:
    """A letter for each word of the page."""
    return "".join(LETTERS[Fate(fate)] for fate in attribute(case).fates)


def slow_common(left: Sequence[str], right: Sequence[str]) -> int:
    """The longest common subsequence by the textbook's table, a row at a time."""
    above = [0] * (len(right) + 1)
    for one in left:
        row = [0]
        for place, other in enumerate(right):
            row.append(above[place] + 1 if one == other else max(above[place + 1], row[place]))
        above = row
    return above[-1]


# Alignment in place

WORD = st.sampled_from("abcd")
WORDS = st.lists(WORD, max_size=40)
"""Few words, so that they repeat and orders cross."""


def is_alignment(placed: alignment.Places, tokens: list[str], others: list[str]) -> bool:
    """Whether partners are equal words and ascend."""
    pairs = [(number, partner) for number, partner in enumerate(placed.tolist()) if partner >= 0]
    ascending = all(here < there for (_, here), (_, there) in pairwise(pairs))
    return len(placed) == len(tokens) and ascending and all(tokens[number] == others[partner] for number, partner in pairs)


@quick
@given(WORDS, WORDS)
def test_places_are_equal_words_in_order_and_as_many_as_the_longest_common_subsequence(
    left: list[str], right: list[str]
) -> None:
    placed = Spelt(right).place(left)
    assert is_alignment(placed, left, right)
    assert int((placed >= 0).sum()) == Spelt(right).common(left) == slow_common(left, right)


@quick
@given(WORDS, WORDS)
def test_drawing_partners_together_keeps_their_number_order_and_words(left: list[str], right: list[str]) -> None:
    placed = Spelt(right).place(left)
    drawn = compact(placed, left, right)
    assert is_alignment(drawn, left, right)
    assert int((drawn >= 0).sum()) == int((placed >= 0).sum())


@pytest.mark.parametrize(
    ("tokens", "others", "placed", "drawn"),
    [
        pytest.param("ab", "axab", [0, 3], [2, 3], id="the word before moves next to what follows"),
        pytest.param("abc", "abxabc", [0, 1, 5], [3, 4, 5], id="so do all the words before"),
        pytest.param("abc", "abcxc", [0, 1, 4], [0, 1, 2], id="the last word moves next to the one before"),
        pytest.param("axb", "axyxb", [0, 1, 4], [0, 3, 4], id="what follows comes first"),
        pytest.param("axab", "ab", [0, -1, -1, 1], [-1, -1, 0, 1], id="the other side is drawn together too"),
        pytest.param("abxabc", "abc", [0, 1, -1, -1, -1, 2], [-1, -1, -1, 0, 1, 2], id="and all the words before"),
        pytest.param("ab", "ab", [0, 1], [0, 1], id="what is together stays"),
        pytest.param("ab", "axb", [0, 2], [0, 2], id="what has no nearer partner stays"),
        pytest.param("azb", "axab", [0, -1, 3], [0, -1, 3], id="neighbours alone are drawn together"),
        pytest.param("", "a", [], [], id="nothing"),
        pytest.param("ab", "", [-1, -1], [-1, -1], id="nothing to align with"),
    ],
)
def test_partners_are_drawn_together(tokens: str, others: str, placed: list[int], drawn: list[int]) -> None:
    before = np.array(placed, dtype=np.int64)
    assert compact(before, list(tokens), list(others)).tolist() == drawn
    assert before.tolist() == placed, "what was given stays as it was"


def test_the_first_word_of_a_text_is_the_one_in_the_text_and_not_that_in_the_menu() -> None:
    case = case_of("<nav>The news</nav><p>The boats</p>", ["The boats"], "The boats")
    assert case.gold.on_page.tolist() == [2, 3]
    assert fates(case) == "..KK"


@quick
@given(left=WORDS, right=WORDS, cells=st.integers(1, 200))
def test_beyond_what_is_exact_an_alignment_is_one_still_and_never_too_long(
    left: list[str], right: list[str], cells: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alignment, "EXACT", cells)
        placed = Spelt(right).place(left)
        assert is_alignment(placed, left, right)
        assert int((placed >= 0).sum()) == Spelt(right).common(left) <= slow_common(left, right)


DISTINCT = [f"w{number}" for number in range(60)]


@quick
@given(st.lists(st.booleans(), min_size=60, max_size=60), st.lists(st.integers(0, 59), max_size=10))
def test_beyond_what_is_exact_words_that_stand_once_are_aligned_exactly(held: list[bool], strange: list[int]) -> None:
    left = [word for word, is_held in zip(DISTINCT, held, strict=True) if is_held]
    for place in strange:
        left.insert(min(place, len(left)), f"strange{place}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alignment, "EXACT", 1)
        assert Spelt(DISTINCT).common(left) == sum(held)


@quick
@given(data=st.data())
def test_beyond_what_is_exact_one_block_moved_costs_no_more_than_it_must(data: st.DataObject) -> None:
    first, second, third = sorted(data.draw(st.lists(st.integers(0, 60), min_size=3, max_size=3)))
    moved = DISTINCT[:first] + DISTINCT[second:third] + DISTINCT[first:second] + DISTINCT[third:]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alignment, "EXACT", 1)
        assert Spelt(DISTINCT).common(moved) == 60 - min(second - first, third - second)


@quick
@given(words=WORDS, cells=st.integers(1, 50))
def test_beyond_what_is_exact_a_text_aligns_with_itself_word_by_word(words: list[str], cells: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alignment, "EXACT", cells)
        assert Spelt(words).place(words).tolist() == list(range(len(words)))


@quick
@given(left=WORDS, right=WORDS, cells=st.integers(1, 60))
def test_gaps_beyond_what_is_exact_follow_each_other_and_cover_both_texts(
    left: list[str], right: list[str], cells: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alignment, "EXACT", cells)
        gaps = list(alignment._gaps(left, right))
    here = there = 0
    for sure, one, other in gaps:
        assert (one.start, other.start) == (here + sure, there + sure)
        assert left[here : one.start] == right[there : other.start]
        here, there = one.stop, other.stop
    assert (here, there) == (len(left), len(right))


# Attribution, by hand

PAGE = (
    "<nav>Home News Sport</nav><main><h1>Boats return</h1><p>The harbour opened.</p></main><footer>All rights reserved</footer>"
)
TEXT = ["~ Boats return", "The harbour opened."]


@pytest.mark.parametrize(
    ("output", "expected", "leaked"),
    [
        #                      menu|h1|text|footer
        pytest.param("The harbour opened.", "...ssKKK...", [], id="the required text alone"),
        pytest.param("Boats return\nThe harbour opened.", "...TTKKK...", [], id="with the optional headline"),
        pytest.param("Boats\nThe harbour opened.", "...TsKKK...", [], id="with half of it"),
        pytest.param("The harbour", "...ssKK-...", [], id="the last word lost"),
        pytest.param("", "...ss---...", [], id="an empty output"),
        pytest.param("—!", "...ss---...", [], id="an output without words"),
        pytest.param("Home News Sport\nThe harbour opened.", "LLLssKKK...", [0, 1, 2], id="the menu leaked"),
        pytest.param("The harbour opened.\nrights reserved", "...ssKKK.LL", [9, 10], id="some of the footer leaked"),
        pytest.param("Sport The harbour opened. All", "..LssKKKL..", [2, 8], id="both leaked"),
        pytest.param("The harbour opened. The harbour opened.", "...ssKKK...", [REPEATED] * 3, id="content repeated"),
        pytest.param("The harbour opened. Sport News", ".LLssKKK...", [2, 1], id="boilerplate out of its order"),
        pytest.param("The harbour closed.", "...ssKK-...", [ABSENT], id="a word that the page lacks"),
        pytest.param("invented words only", "...ss---...", [ABSENT] * 3, id="nothing of the page"),
        pytest.param("opened. The harbour", "...ssKK-...", [REPEATED], id="content out of its order"),
        pytest.param(PAGE, "LLLTTKKKLLL", None, id="the page's own markup as output"),
    ],
)
def test_every_word_of_a_page_has_its_fate(output: str, expected: str, leaked: list[int] | None) -> None:
    case = case_of(PAGE, TEXT, output)
    found = attribute(case)
    assert fates(case) == expected
    assert (found.off_page_kept, found.off_page_lost) == (0, 0)
    if leaked is not None:
        assert found.leaked.tolist() == leaked


HEADLINE = (
    "<head><title>Boats return</title></head><body><nav><a>Boats return</a></nav>"
    "<main><h1>Boats return</h1><p>They are back.</p></main></body>"
)


@pytest.mark.parametrize(
    ("blocks", "output", "expected"),
    [
        #                                     title|menu|h1|text
        pytest.param(["~ Boats return", "They are back."], "They are back.", "....ssKKK", id="optional, left out"),
        pytest.param(["~ Boats return", "They are back."], "Boats return They are back.", "....TTKKK", id="optional, taken"),
        pytest.param(["Boats return", "They are back."], "Boats return They are back.", "....KKKKK", id="required, kept"),
        pytest.param(["Boats return", "They are back."], "They are back.", "....--KKK", id="required, lost"),
        pytest.param(["They are back."], "They are back.", "......KKK", id="not gold, left out"),
    ],
)
def test_the_headline_of_the_gold_is_the_one_beside_the_text(blocks: list[str], output: str, expected: str) -> None:
    assert fates(case_of(HEADLINE, blocks, output)) == expected


@pytest.mark.parametrize(
    ("times", "expected", "leaked"),
    [
        pytest.param(2, "TTLL", 0, id="the title's copy or the menu's leaked"),
        pytest.param(3, "TTLLLL", 0, id="both leaked"),
        pytest.param(4, "TTLLLL", 2, id="more often than the page has it: repeated"),
    ],
)
def test_a_headline_said_again_leaks_from_where_else_it_stands(times: int, expected: str, leaked: int) -> None:
    case = case_of(HEADLINE, ["~ Boats return", "They are back."], "Boats return " * times + "They are back.")
    found = attribute(case)
    assert "".join(sorted(fates(case).replace(".", "").replace("K", ""), reverse=True)) == expected
    assert found.leaked.tolist().count(REPEATED) == leaked
    assert [LETTERS[Fate(fate)] for fate in found.fates[4:]] == list("TTKKK")


def test_a_paragraph_that_moved_is_lost_where_it_was_and_leaked_as_content() -> None:
    case = case_of(
        "<p>one two three four</p><p>five six</p>", ["one two three four", "five six"], "five six\none two three four"
    )
    assert fates(case) == "KKKK--"
    assert attribute(case).leaked.tolist() == [REPEATED, REPEATED]


@pytest.mark.parametrize(
    ("output", "off_page", "leaked"),
    [
        pytest.param("seen absent", (1, 0), [], id="kept by some other way"),
        pytest.param("seen", (0, 1), [], id="lost, as it must be"),
    ],
)
def test_gold_that_the_page_does_not_hold_is_counted_apart(output: str, off_page: tuple[int, int], leaked: list[int]) -> None:
    case = case_of("<p>seen</p>", ["seen absent"], output)
    found = attribute(case)
    assert fates(case) == "K"
    assert (found.off_page_kept, found.off_page_lost) == off_page
    assert found.leaked.tolist() == leaked


def test_gold_that_stands_in_the_documents_title_alone_is_not_on_the_page() -> None:
    case = case_of("<title>Boats return</title><p>They are back.</p>", ["Boats return", "They are back."], "They are back.")
    assert fates(case) == "..KKK"
    assert attribute(case).off_page_lost == 2


@pytest.mark.parametrize(
    ("markup", "blocks", "output", "expected"),
    [
        pytest.param("<p>a b</p>", [], "", "..", id="empty gold, empty output: all dropped"),
        pytest.param("<p>a b</p>", [], "a b", "LL", id="empty gold, some output: all leaked"),
        pytest.param("", ["a"], "a", "", id="an empty page"),
        pytest.param("", [], "", "", id="nothing at all"),
        pytest.param("<p>a b</p>", ["~ a b"], "a", "Ts", id="optional gold alone"),
    ],
)
def test_empty_sides_have_their_fates(markup: str, blocks: list[str], output: str, expected: str) -> None:
    assert fates(case_of(markup, blocks, output)) == expected


def test_a_leak_is_located_where_the_page_goes_on() -> None:
    # "b" stands in both parts; after "x" comes the second.
    case = case_of("<nav>a b</nav><p>text</p><footer>x b</footer>", ["text"], "x b text")
    assert attribute(case).leaked.tolist() == [3, 4]


# Attribution, for any texts


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Pages, golds and outputs of few words, the gold now and then on the page in order."""
    pieces = draw(st.lists(st.tuples(st.sampled_from("~!. "), st.text("abc ", max_size=6)), max_size=6))
    page = PageText([(Place("text", "title" if mark == " " and not number else "main", text), False)
                     for number, (mark, text) in enumerate(pieces)])  # fmt: skip
    blocks = [Block(text, required=mark == "!") for mark, text in pieces if mark in "~!"]
    if draw(st.booleans()):
        blocks += [
            Block(text, required) for text, required in draw(st.lists(st.tuples(st.text("abcd "), st.booleans()), max_size=2))
        ]
    return Case(GoldTokens(Gold(tuple(blocks)), lambda: page), draw(st.text("abcde ", max_size=40)))


def check(case: Case) -> None:
    """What holds of every attribution."""
    found = attribute(case)
    page = case.gold.page.tokens
    fate = Counter(Fate(one) for one in found.fates)
    lost_of_metric, leaked_of_metric = kept.METRIC.count(case)[1:]
    assert len(found.fates) == len(page) == sum(fate.values())
    assert fate[Fate.KEPT] + found.off_page_kept == case.kept
    assert fate[Fate.LOST] + found.off_page_lost == lost_of_metric
    assert len(found.leaked) == leaked_of_metric
    located = found.leaked[found.leaked >= 0]
    assert len(set(located.tolist())) == len(located) == fate[Fate.LEAKED]
    assert (found.fates[located] == Fate.LEAKED).all()
    # Gold on the page is what was kept, lost, taken or spared; the rest is boilerplate.
    of_gold = np.zeros(len(page), dtype=bool)
    of_gold[case.gold.on_page[case.gold.on_page >= 0]] = True
    assert ((found.fates >= Fate.LOST) == of_gold).all()
    # A word leaks from where it stands, one at hand on the page is never called absent, one to spare never repeated.
    words = [token for token, partner in zip(case.tokens, case.in_gold, strict=True) if partner < 0]
    dropped = {page[place] for place in np.flatnonzero(found.fates == Fate.DROPPED)}
    for word, place in zip(words, found.leaked.tolist(), strict=True):
        if place >= 0:
            assert page[place] == word
        else:
            assert (place == REPEATED) == (word in page)
            assert word not in dropped


@settings(deadline=None, max_examples=400)
@given(cases())
def test_sums_over_a_page_are_the_counts_of_kept(case: Case) -> None:
    check(case)


@quick
@given(cases())
def test_the_pages_whole_text_leaks_all_boilerplate_or_holds_it_twice(case: Case) -> None:
    whole = Case(case.gold, " ".join(case.gold.page.tokens))
    check(whole)
    assert ABSENT not in attribute(whole).leaked.tolist()


_, READER = recognise(builtin())


def everything(page: PageInput) -> str:
    return to_text(page.text)


@pytest.mark.parametrize("page_id", READER.ids())
def test_on_real_pages_sums_are_the_counts_of_kept(page_id: str) -> None:
    page = READER.page(page_id)
    html = page.html
    of_gold = GoldTokens(READER.gold(page_id), lambda: PageText.of_page(page, html))
    seen = PageInput(html, codec_of(html, page.encoding), page.encoding is not None, page.url)
    readability: Callable[[PageInput], str] = plugins.load("extractors", "readability-lxml").extractor()
    whole, some = (Case(of_gold, extract(seen)) for extract in (everything, readability))
    check(whole)
    check(some)
    # The text of the whole page has all of the page's words, but for how the two read inline elements.
    fate = Counter(Fate(one) for one in attribute(whole).fates)
    assert fate[Fate.LOST] + fate[Fate.SPARED] + fate[Fate.DROPPED] <= max(3, 0.01 * len(of_gold.page.tokens))
    assert set(attribute(whole).leaked.tolist()) > {ABSENT} or ABSENT not in attribute(whole).leaked


# leaks and losses


def shares(metric: Metric, counts: np.ndarray[tuple[int, ...], np.dtype[np.float64]], places: Sequence[str]) -> float:
    values = metric.pooled(counts)
    return float(sum(values[place][0] for place in places))


def values_of(metric: Metric, *found: Case) -> dict[str, float]:
    counts = np.array([metric.count(case) for case in found], dtype=np.float64)
    return {name: float(value[0]) for name, value in metric.pooled(counts).items()}


SECTIONS = (
    "<nav>Home News Sport Culture</nav><main><h1>Boats return</h1><p>The harbour opened.</p><ul><li>fish<li>salt</ul></main>"
    "<footer>All rights</footer>"
)
WHOLE = ["Boats return", "The harbour opened.", "fish", "salt"]


def test_leaks_tell_where_an_outputs_surplus_comes_from() -> None:
    case = case_of(SECTIONS, WHOLE, "News Sport Boats return The harbour opened. opened. never fish salt rights")
    values = values_of(LEAKS, case)
    # Twelve words, of which two are of the menu, one of the footer, one content again and one nowhere on the page.
    expected = {
        "leaked": 5 / 12, "navigation": 2 / 5, "footer": 1 / 5, "repeated": 1 / 5, "absent": 1 / 5, "main": 0,
        "navigation_rate": 2 / 4, "footer_rate": 1 / 2,
    }  # fmt: skip
    assert {name: values[name] for name in expected} == pytest.approx(expected)
    # All that is main text on this page is gold, so no boilerplate there could leak.
    assert math.isnan(values["main_rate"])
    assert math.isnan(values["consent_rate"])


def test_losses_tell_what_kind_of_text_is_missing() -> None:
    values = values_of(LOSSES, case_of(SECTIONS, [*WHOLE, "never there"], "Boats The harbour opened. salt"))
    expected = {
        "lost": 4 / 9, "heading": 1 / 4, "list item": 1 / 4, "absent": 2 / 4, "paragraph": 0,
        "heading_rate": 1 / 2, "list item_rate": 1 / 2, "absent_rate": 1, "paragraph_rate": 0,
    }  # fmt: skip
    assert {name: values[name] for name in expected} == pytest.approx(expected)
    assert math.isnan(values["table_rate"])


def test_optional_text_neither_leaks_nor_is_lost() -> None:
    for output in ("The harbour", "Boats return The harbour"):
        case = case_of("<h1>Boats return</h1><p>The harbour</p>", ["~ Boats return", "The harbour"], output)
        assert (values_of(LEAKS, case)["leaked"], values_of(LOSSES, case)["lost"]) == (0, 0)


@pytest.mark.parametrize(
    ("metric", "blocks", "output", "undefined"),
    [
        pytest.param(LEAKS, WHOLE, "", ["leaked", "navigation", "repeated", "absent"], id="no output"),
        pytest.param(LEAKS, WHOLE, "fish salt", ["navigation", "repeated", "absent"], id="nothing leaked"),
        pytest.param(LOSSES, [], "fish", ["lost", "heading", "absent", "heading_rate"], id="nothing required"),
        pytest.param(LOSSES, ["fish"], "fish", ["list item", "absent", "heading_rate"], id="nothing lost"),
    ],
)
def test_shares_of_nothing_do_not_apply_and_say_why(
    metric: Metric, blocks: list[str], output: str, undefined: list[str]
) -> None:
    values = values_of(metric, case_of(SECTIONS, blocks, output))
    assert [name for name in undefined if not math.isnan(values[name])] == []
    assert set(undefined) <= set(metric.reasons)


def test_both_pool_pages_so_that_long_ones_weigh_more() -> None:
    short = case_of("<nav>a</nav><p>b</p>", ["b"], "a b")
    long = case_of("<footer>c d e f g h</footer><p>i j k l</p>", ["i j k l"], "i j k l c d e f g h")
    values = values_of(LEAKS, short, long)
    assert (values["leaked"], values["navigation"], values["footer"]) == pytest.approx((7 / 12, 1 / 7, 6 / 7))
    lost = values_of(LOSSES, case_of("<p>b</p>", ["b"], ""), case_of("<li>i j k l", ["i j k l"], "i"))
    assert (lost["lost"], lost["paragraph"], lost["list item"]) == pytest.approx((4 / 5, 1 / 4, 3 / 4))


@quick
@given(cases())
@example(case_of(SECTIONS, WHOLE, SECTIONS))
def test_shares_sum_to_1_wherever_something_leaked_or_was_lost(case: Case) -> None:
    for metric, places in ((LEAKS, leaks._PLACES), (LOSSES, losses._PLACES)):
        counts = np.array([metric.count(case)], dtype=np.float64)
        values = {name: float(value[0]) for name, value in metric.pooled(counts).items()}
        assert set(values) == set(metric.values)
        assert all(math.isnan(value) or 0 <= value <= 1 for value in values.values())
        if values[metric.values[0]] > 0:
            assert shares(metric, counts, places) == pytest.approx(1)
        else:
            assert all(math.isnan(values[place]) for place in places)


@quick
@given(cases())
def test_without_optional_blocks_leaked_is_what_precision_lacks_and_lost_what_recall_lacks(case: Case) -> None:
    strict = Case(
        GoldTokens(Gold(tuple(Block(block.text) for block in case.gold.gold.blocks)), lambda: case.gold.page), case.output
    )
    if not strict.tokens or not strict.gold.tokens:
        return
    values = values_of(kept.METRIC, strict)
    assert values_of(LEAKS, strict)["leaked"] == pytest.approx(1 - values["precision"])
    assert values_of(LOSSES, strict)["lost"] == pytest.approx(1 - values["recall"])


def test_words_of_any_script_are_attributed() -> None:
    case = case_of("<nav>首页</nav><p>東京は晴れ</p>", ["東京は晴れ"], "首 東京は")
    assert len(tokenise("東京は晴れ")) == 5
    assert fates(case) == "L.KKK--"
