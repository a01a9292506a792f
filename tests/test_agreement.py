"""Do metrics agree on which extractor is better? Kendall's tau-b, and metrics side by side with intervals."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_summarise import PAGES, PERFECT, Bench, write_corpus

from bench import __version__, plugins, stats
from bench.agreement import LEAST, Agreement, Ranked, agree, kendall
from bench.intervals import Resampling
from bench.metric import Floats, Metric, Ratios
from bench.score import score
from bench.store import Store
from bench.summarise import Value, select, summarise

METRICS: dict[str, Metric] = {name: plugins.load("metrics", name).METRIC for name in plugins.names("metrics")}
KEPT, BAG, AEB, SEGMENTS = (METRICS[name] for name in ("kept", "bag", "aeb", "segments"))
CONTROLS = frozenset({"nothing", "everything"})
quick = settings(deadline=None, max_examples=150)


# tau-b


def slow_tau(left: Sequence[float], right: Sequence[float]) -> float:
    """The textbook's tau-b (Kendall, 1945): (P - Q) / sqrt((n0 - n1)(n0 - n2)), ties counted by group."""
    balance = 0
    for one, other in combinations(range(len(left)), 2):
        product = (left[one] - left[other]) * (right[one] - right[other])
        balance += int(product > 0) - int(product < 0)
    pairs = math.comb(len(left), 2)
    tied_left, tied_right = (sum(math.comb(size, 2) for size in Counter(side).values()) for side in (left, right))
    below = (pairs - tied_left) * (pairs - tied_right)
    return balance / math.sqrt(below) if below else math.nan


def tau(left: Sequence[float], right: Sequence[float]) -> float:
    [found] = kendall(np.array([left], dtype=np.float64), np.array([right], dtype=np.float64))
    return float(found)


NAN = math.nan
CASES = [
    pytest.param([1, 2, 3], [1, 2, 3], 1, id="the same order"),
    pytest.param([1, 2, 3], [10, 200, 3000], 1, id="the same order of other sizes"),
    pytest.param([1, 2, 3], [3, 2, 1], -1, id="reversed"),
    pytest.param([1, 2, 3, 4], [1, 2, 4, 3], 4 / 6, id="one pair of six turned"),
    pytest.param([1, 2, 3, 4], [2, 1, 4, 3], 2 / 6, id="two pairs of six turned"),
    pytest.param([1, 2, 3, 4], [2, 4, 1, 3], 0, id="as many alike as turned"),
    pytest.param([1, 1, 2], [1, 2, 3], 2 / math.sqrt(2 * 3), id="a tie on one side"),
    pytest.param([1, 1, 2], [1, 1, 2], 1, id="the same tie on both sides"),
    pytest.param([1, 1, 2], [1, 2, 2], 1 / math.sqrt(2 * 2), id="another tie on each side"),
    pytest.param([1, 2], [5, 4], -1, id="two items"),
    # The example in the documentation of scipy.stats.kendalltau.
    pytest.param([12, 2, 1, 12, 2], [1, 4, 7, 1, 0], -0.47140452079103173, id="ties as scipy counts them"),
    pytest.param([1, 1, 1], [1, 2, 3], NAN, id="all tied on the left"),
    pytest.param([1, 2, 3], [1, 1, 1], NAN, id="all tied on the right"),
    pytest.param([1, NAN, 3], [1, 2, 3], NAN, id="undefined on the left"),
    pytest.param([1, 2, 3], [1, 2, NAN], NAN, id="undefined on the right"),
    pytest.param([NAN] * 3, [NAN] * 3, NAN, id="all undefined"),
    pytest.param([7], [7], NAN, id="one item"),
    pytest.param([], [], NAN, id="nothing"),
]


@pytest.mark.parametrize(("left", "right", "expected"), CASES)
def test_tau_counts_pairs_ordered_alike_against_pairs_ordered_oppositely(
    left: list[float], right: list[float], expected: float
) -> None:
    assert tau(left, right) == pytest.approx(expected, abs=1e-15, nan_ok=True)
    assert tau(right, left) == pytest.approx(expected, abs=1e-15, nan_ok=True)


# Few distinct numbers, so that ties are the rule.
NUMBERS = st.integers(0, 4).map(float)
SIDES = st.integers(0, 9).flatmap(lambda size: st.tuples(*[st.lists(NUMBERS, min_size=size, max_size=size) for _ in range(2)]))


@quick
@given(SIDES)
def test_tau_is_the_textbooks(sides: tuple[list[float], list[float]]) -> None:
    assert tau(*sides) == pytest.approx(slow_tau(*sides), abs=1e-12, nan_ok=True)


@quick
@given(SIDES)
def test_turning_one_ranking_round_turns_taus_sign(sides: tuple[list[float], list[float]]) -> None:
    left, right = sides
    assert tau(left, [-one for one in right]) == pytest.approx(-tau(left, right), abs=1e-15, nan_ok=True)


@quick
@given(st.lists(NUMBERS, max_size=9))
def test_a_ranking_agrees_with_itself_unless_it_ties_all(ranking: list[float]) -> None:
    assert tau(ranking, ranking) == pytest.approx(1 if len(set(ranking)) > 1 else NAN, abs=1e-12, nan_ok=True)


def _values(case: Any) -> Any:
    return case.values


def test_each_row_has_a_tau_of_its_own() -> None:
    rows = [(left, right, expected) for left, right, expected in map(_values, CASES) if len(left) == 3]
    left, right, expected = (np.array([row[place] for row in rows], dtype=np.float64) for place in range(3))
    assert kendall(left, right) == pytest.approx(expected, nan_ok=True)


# Metrics of our own, so that what they make of a page is known

_FIELDS = ("kept", "lost", "leaked")


def derived(name: str, ratios: Any, **more: Any) -> Metric:
    """A metric with the counts of `kept` and a value of its own, named as it is."""
    return Metric(
        signature=f"{name}:v1|agg:macro", fields=_FIELDS, counts=KEPT.counts, ratios=ratios, values=(name,),
        reasons={name: "why not"}, **more,
    )  # fmt: skip


def _half(counts: Floats) -> Ratios:
    top, bottom = KEPT.ratios(counts)["f1"]
    return {"half": (top / 2, bottom)}


def _missing(counts: Floats) -> Ratios:
    top, bottom = KEPT.ratios(counts)["f1"]
    return {"missing": (1 - top, bottom)}


def _recall(counts: Floats) -> Ratios:
    return {"recall": KEPT.ratios(counts)["recall"]}


def _flat(counts: Floats) -> Ratios:
    return {"flat": (np.ones(len(counts)), np.ones(len(counts)))}


HALF = derived("half", _half)
MISSING = derived("missing", _missing, lower_is_better=frozenset({"missing"}))
RECALL = derived("recall", _recall)
FLAT = derived("flat", _flat)


# A store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "results", write=True) as opened:
        yield opened


@pytest.fixture
def tiny(tmp_path: Path, store: Store) -> Bench:
    return Bench(store, write_corpus(tmp_path / "pages", PAGES))


def many(tmp_path: Path, store: Store, sites: int, pages: int | None = None) -> Bench:
    """Pages whose gold is eight words each, spread over so many sites."""
    found = {f"p{number:03}": (f"s{number % sites}.example", "", "a b c d e f g h") for number in range(pages or sites)}
    return Bench(store, write_corpus(tmp_path / "many", found))


def words(*counts: int) -> list[str]:
    """For each page so many of the gold's words."""
    return [" ".join("abcdefgh"[:count]) for count in counts]


def agreement(bench: Bench, *metrics: Metric, **options: Any) -> Agreement:
    extractors = select(bench.store.extractors(), ())
    score(bench.corpus, [one.key for one in extractors], metrics, bench.store)
    options = {"controls": CONTROLS, "resamples": 200, **options}
    return agree(bench.corpus, extractors, metrics, bench.store, **options)


def row(found: Agreement, name: str) -> Ranked:
    [one] = [one for one in found.rows if one.name == name]
    return one


def taus(found: Agreement) -> list[list[float | None]]:
    return [[value.value for value in line] for line in found.tau]


# Values


def test_columns_are_the_first_values_of_the_metrics_in_the_order_asked_for(tiny: Bench) -> None:
    tiny.add("alpha", PERFECT)
    found = agreement(tiny, BAG, KEPT, MISSING)
    assert [(column.metric, column.value, column.lower_is_better) for column in found.columns] == [
        ("bag", "f1", False), ("kept", "f1", False), ("missing", "missing", True),
    ]  # fmt: skip
    assert [column.signature for column in found.columns] == [BAG.signature, KEPT.signature, MISSING.signature]


def test_values_and_intervals_are_those_of_each_metrics_own_table(tiny: Bench) -> None:
    tiny.add("alpha", ["main text of a", "main", "", "x"])
    tiny.add("beta", ["of b", "b", "main text of c", ""])
    found = agreement(tiny, KEPT, BAG, seed=7)
    extractors = select(tiny.store.extractors(), ())
    for place, metric in enumerate((KEPT, BAG)):
        summary = summarise(tiny.corpus, extractors, metric, tiny.store, controls=CONTROLS, how=Resampling(200, 7))
        rows = [one for one in summary.rows if one.name != "oracle"]
        expected = {one.name: (one.values["f1"].value, one.values["f1"].interval) for one in rows}
        assert {one.name: (one.values[place].value, one.values[place].interval) for one in found.rows} == expected


def test_rows_are_best_first_by_the_first_column_with_controls_apart_after_them(tiny: Bench) -> None:
    tiny.add("everything", PERFECT)
    tiny.add("poor", ["main", "", "", ""])
    tiny.add("good", ["main text of a"] * 4)
    for metrics in ((KEPT, MISSING), (MISSING, KEPT)):  # less of what is missing is better: the same order
        assert [(one.name, one.control) for one in agreement(tiny, *metrics).rows] == [
            ("good", False), ("poor", False), ("everything", True), ("nothing", True),
        ]  # fmt: skip


def test_equal_rows_are_in_order_of_their_labels(tiny: Bench) -> None:
    for name, settings_text in (("beta", ""), ("alpha", "b=2"), ("alpha", "a=1"), ("alpha", "")):
        tiny.add(name, PERFECT, settings=settings_text)
    labels = [(one.name, one.settings) for one in agreement(tiny, KEPT).rows]
    assert labels == [("alpha", ""), ("alpha", "a=1"), ("alpha", "b=2"), ("beta", ""), ("nothing", "")]


def test_an_undefined_value_says_why_and_its_row_stands_last(tiny: Bench) -> None:
    tiny.add("a-empty", [""] * 4)
    tiny.add("good", PERFECT)
    found = agreement(tiny, AEB)
    assert [one.name for one in found.rows] == ["good", "a-empty", "nothing"]
    [value] = row(found, "a-empty").values
    assert value == Value(None, None, 0, "no page that it applies to")


def test_n_is_the_pages_that_a_metric_applies_to(tmp_path: Path, store: Store) -> None:
    pages = {
        "a": ("one.example", '[gold]\nkeep = ["main"]\ndrop = ["menu"]', "main text of a"),
        "b": ("two.example", "", "main text of b"),
        "c": ("three.example", '[gold]\nkeep = ["main"]\ndrop = ["menu"]', "main text of c"),
    }
    bench = Bench(store, write_corpus(tmp_path / "pages", pages))
    bench.add("alpha", PERFECT[:3])
    assert [value.n for value in row(agreement(bench, KEPT, SEGMENTS), "alpha").values] == [3, 2]


def test_a_metric_that_applies_to_no_page_is_left_out_with_its_excuse(tiny: Bench) -> None:
    tiny.add("alpha", PERFECT)
    found = agreement(tiny, SEGMENTS, KEPT, notes=("told before",))
    assert [column.metric for column in found.columns] == ["kept"]
    assert found.notes == ["told before", "left out: segments (its gold has no snippets)"]
    assert [len(one.values) for one in found.rows] == [1, 1]
    assert [len(line) for line in found.tau] == [1]


def test_with_every_metric_left_out_rows_are_in_order_of_their_labels(tiny: Bench) -> None:
    tiny.add("beta", PERFECT)
    tiny.add("alpha", PERFECT)
    found = agreement(tiny, SEGMENTS)
    assert (found.columns, found.tau) == ([], [])
    assert [(one.name, one.values) for one in found.rows] == [("alpha", []), ("beta", []), ("nothing", [])]


# Agreement


def ranked(bench: Bench) -> None:
    """Three extractors that any sensible metric ranks alike."""
    bench.add("best", PERFECT)
    bench.add("middle", ["main text", "main text", "main text", ""])
    bench.add("worst", ["main x y z", "", "", ""])


def test_metrics_that_rank_alike_have_tau_1(tiny: Bench) -> None:
    ranked(tiny)
    found = agreement(tiny, KEPT, BAG, RECALL)
    assert taus(found) == [[1.0] * 3] * 3
    assert {value.n for line in found.tau for value in line} == {3}


def test_a_metric_of_which_less_is_better_is_turned_round(tiny: Bench) -> None:
    ranked(tiny)
    assert taus(agreement(tiny, KEPT, MISSING)) == [[1.0, 1.0], [1.0, 1.0]]
    wrong_way = replace(MISSING, lower_is_better=frozenset())
    assert taus(agreement(tiny, KEPT, wrong_way)) == [[1.0, -1.0], [-1.0, 1.0]]


def test_tau_is_that_of_the_values_shown(tiny: Bench) -> None:
    tiny.add("alpha", ["main text of a", "x y z", "", "d of text main"])
    tiny.add("beta", ["a of text main", "b of text main", "c of text main", "d of text main"])
    tiny.add("gamma", ["main text of a", "main text of b", "", ""])
    tiny.add("delta", ["main", "main", "main", "main"])
    found = agreement(tiny, KEPT, BAG, MISSING)
    signs = [-1 if column.lower_is_better else 1 for column in found.columns]
    columns = [
        [sign * (one.values[place].value or 0) for one in found.rows if not one.control] for place, sign in enumerate(signs)
    ]
    assert taus(found) == [[pytest.approx(slow_tau(left, right)) for right in columns] for left in columns]
    assert taus(found)[0][1] not in (1, -1)  # else this says little


def test_controls_are_shown_but_not_ranked(tiny: Bench) -> None:
    ranked(tiny)
    before = agreement(tiny, KEPT, MISSING, BAG)
    # By order its words are worth little, by number all: it would turn pairs round if it were ranked.
    tiny.add("everything", [" ".join(reversed(text.split())) for text in PERFECT])
    after = agreement(tiny, KEPT, MISSING, BAG)
    assert [one.name for one in after.rows if one.control] == ["everything", "nothing"]
    assert all(value.value is not None for value in row(after, "everything").values)
    assert after.tau == before.tau
    assert taus(agreement(tiny, KEPT, MISSING, BAG, controls=frozenset({"nothing"}))) != taus(before)


@pytest.mark.parametrize("count", range(LEAST))
def test_fewer_than_three_extractors_have_no_ranking_and_it_says_so(tiny: Bench, count: int) -> None:
    for number in range(count):
        tiny.add(f"alpha{number}", PERFECT)
    found = agreement(tiny, KEPT, BAG)
    assert found.tau == [[Value(None, None, count, "fewer than 3 extractors")] * 2] * 2
    assert len(found.rows) == count + 1


def test_three_extractors_are_enough(tiny: Bench) -> None:
    ranked(tiny)
    assert [[value.reason for value in line] for line in agreement(tiny, KEPT, BAG).tau] == [[None, None]] * 2


def test_a_metric_that_ties_all_agrees_with_none_and_says_so(tiny: Bench) -> None:
    ranked(tiny)
    found = agreement(tiny, KEPT, FLAT)
    assert taus(found) == [[1.0, None], [None, None]]
    assert [value.reason for line in found.tau for value in line] == [None, *["a metric that ties them all"] * 3]


def test_an_extractor_without_a_value_is_not_called_a_tie(tiny: Bench) -> None:
    ranked(tiny)
    tiny.add("silent", [""] * 4)  # by the published 4-gram rules it has no F1
    value = agreement(tiny, KEPT, AEB).tau[0][1]
    assert value.value is None
    assert value.reason
    assert "ties" not in value.reason


# Intervals


def test_pages_of_one_site_have_no_intervals_and_a_note_says_why(tmp_path: Path, store: Store) -> None:
    bench = Bench(
        store, write_corpus(tmp_path / "pages", {name: ("one.example", "", text) for name, (_, _, text) in PAGES.items()})
    )
    ranked(bench)
    found = agreement(bench, KEPT, BAG)
    assert [value.interval for one in found.rows for value in one.values] == [None] * 8
    assert [value.interval for line in found.tau for value in line] == [None] * 4
    assert taus(found) == [[1.0, 1.0], [1.0, 1.0]]
    assert any("unbounded" in note for note in found.notes)


def test_intervals_hold_their_estimates(tmp_path: Path, store: Store) -> None:
    bench = many(tmp_path, store, 12)
    generator = np.random.default_rng(4)
    for number, name in enumerate(("alpha", "beta", "gamma", "delta")):
        some = words(*generator.integers(2, 9 - number, size=12).tolist())
        bench.add(name, [f"{text} x y" if turn % (number + 2) else text[::-1] for turn, text in enumerate(some)])
    found = agreement(bench, KEPT, BAG, AEB)
    values = [value for line in found.tau for value in line] + [value for one in found.rows[:4] for value in one.values]
    for value in values:
        assert value.value is not None
        assert value.interval is not None
        assert value.interval[0] - 1e-9 <= value.value <= value.interval[1] + 1e-9
    assert any(value.interval != (1.0, 1.0) for line in found.tau for value in line)


def rivals(tmp_path: Path, store: Store) -> Bench:
    """Extractors whose order depends on which sites are drawn."""
    bench = many(tmp_path, store, 8)
    bench.add("alpha", words(8, 1, 8, 1, 8, 1, 8, 1))
    bench.add("beta", words(1, 7, 1, 7, 1, 7, 1, 7))  # 7, so that no draw ties the two
    bench.add("gamma", words(3, 3, 3, 3, 3, 3, 3, 3))
    return bench


def test_all_metrics_meet_the_same_draws_of_sites(tmp_path: Path, store: Store) -> None:
    # Were the draws of each metric its own, alpha and beta would change places at different times.
    found = agreement(rivals(tmp_path, store), KEPT, HALF, MISSING, resamples=1000)
    assert [value.interval for line in found.tau for value in line] == [pytest.approx((1.0, 1.0))] * 9
    low, high = row(found, "alpha").values[0].interval or (0, 0)
    other_low, other_high = row(found, "beta").values[0].interval or (0, 0)
    assert max(low, other_low) < min(high, other_high)


def test_the_interval_of_tau_is_that_of_the_taus_of_the_draws(tmp_path: Path, store: Store) -> None:
    bench = rivals(tmp_path, store)
    bench.add("delta", ["d c b a", "a b c d e"] * 4)
    found = agreement(bench, KEPT, BAG, resamples=300, seed=5)
    names = ("alpha", "beta", "gamma", "delta")
    keys = {one.name: one.key for one in bench.store.extractors()}
    sites = [facts.site for facts in bench.corpus.facts]
    drawn = []
    for metric in (KEPT, BAG):
        tables = [bench.store.counts(keys[name], metric.signature, 3) for name in names]
        drawn.append([one["f1"] for one in stats.bootstrap(metric, tables, sites, resamples=300, seed=5)])
    every = [slow_tau([one[turn] for one in drawn[0]], [one[turn] for one in drawn[1]]) for turn in range(300)]
    low, high = np.quantile(every, [0.025, 0.975])
    assert found.tau[0][1].interval == pytest.approx((low, high))
    assert found.tau[0][1] == found.tau[1][0]
    assert low < high


def test_the_same_seed_gives_the_same_agreement_and_another_one_other_intervals(tmp_path: Path, store: Store) -> None:
    bench = rivals(tmp_path, store)
    bench.add("delta", ["d c b a", "a b c d e"] * 4)
    one, same, other = (agreement(bench, KEPT, BAG, seed=seed) for seed in (3, 3, 4))
    assert one == same
    assert [found.values[0].value for found in one.rows] == [found.values[0].value for found in other.rows]
    assert [found.values[0].interval for found in one.rows] != [found.values[0].interval for found in other.rows]


def test_equal_sums_are_a_tie_whatever_the_order_of_the_pages(tmp_path: Path, store: Store) -> None:
    # The same page values on other pages; added in floating point the two sums differ in the last bit.
    bench = many(tmp_path, store, 3)
    bench.add("there", words(1, 2, 7))
    bench.add("back", words(7, 2, 1))
    bench.add("best", words(8, 8, 8))
    assert taus(agreement(bench, KEPT, RECALL))[0][1] == 1.0


def test_extractors_that_gave_the_same_are_tied_in_every_draw(tmp_path: Path, store: Store) -> None:
    # As large as that, a matrix product may sum equal columns in different orders, so equal is not equal to the last bit.
    bench = many(tmp_path, store, 181)
    generator = np.random.default_rng(0)
    for number in range(17):
        counts = [8] * 181 if number in (0, 16) else generator.integers(0, 3, size=181).tolist()
        bench.add(f"x{number:02}", [f"{text} y" for text in words(*counts)])
    # Both metrics hold the other 15 apart alike in almost every draw, and cannot tell the first from the last in any.
    found = agreement(bench, KEPT, HALF, resamples=100)
    assert found.tau[0][1].interval == pytest.approx((1.0, 1.0), abs=1e-12)


# What travels with it


def test_the_full_signature_holds_everything_that_could_change_a_number(tiny: Bench) -> None:
    tiny.add("alpha", PERFECT)
    found = agreement(tiny, BAG, MISSING, seed=9, resamples=150)
    assert found.full_signature == (
        f"agreement:v1|tau-b|[{BAG.signature}]|[missing:v1|agg:macro]|pages:4|sites:3|corpus:{tiny.corpus.digest[:12]}"
        f"|boot:150|interval:expanded-percentile|cluster:site|seed:9|bench:{__version__}"
    )
    kept, bag = KEPT.signature.split("|", 1), BAG.signature.split("|", 1)
    assert kept[1] == bag[1]
    assert f"|[{kept[0]},{bag[0]}|{bag[1]}]|" in agreement(tiny, KEPT, BAG).full_signature
    other = replace(MISSING, signature="missing:v1|agg:micro")
    assert agreement(tiny, BAG, other, seed=9, resamples=150).full_signature != found.full_signature


def test_broken_records_that_were_left_out_are_noted(tmp_path: Path, store: Store) -> None:
    root = write_corpus(tmp_path / "pages", PAGES)
    (root / "gold" / "d.txt").unlink()
    bench = Bench(store, root)
    bench.add("alpha", PERFECT[:3])
    found = agreement(bench, KEPT)
    assert (found.corpus["pages"], found.corpus["broken"]) == (3, 1)
    assert any("1 broken record" in note for note in found.notes)


def test_a_manifest_travels_with_the_agreement(tiny: Bench) -> None:
    tiny.add("alpha", PERFECT)
    assert agreement(tiny, KEPT).manifest is None
    assert agreement(tiny, KEPT, manifest={"jobs": 2}).manifest == {"jobs": 2}
