"""Rows compared: differences, what is sure of them, and the pages where they show."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import FAKES, Said
from conftest import write_corpus as write_pages
from scipy.stats import norm, permutation_test
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint
from test_summarise import UNSAFE, Bench, failed, write_corpus

from bench import __version__, plugins, stats
from bench.account import accounts
from bench.alignment import Case, GoldTokens
from bench.compare import Apart, Comparison, compare, letter
from bench.differences import Difference, Method, Trial, judge
from bench.errors import BenchError, NothingToDo, UsageError
from bench.history import Entry
from bench.lineup import LineUp, line_up
from bench.metric import Metric
from bench.model import Block, Extraction, Gold, Outcome, Page, digest
from bench.page_text import PageText
from bench.present import View
from bench.score import score
from bench.slices import FIELDS, members
from bench.store import Store, StoredExtractor, StoredRun
from bench.views.comparison import SecondLessFirst, between, chance, signed

METRICS: dict[str, Metric] = {name: plugins.load("metrics", name).METRIC for name in plugins.names("metrics")}
KEPT, AEB = METRICS["kept"], METRICS["aeb"]
FORMATS: dict[str, Callable[[View, int], str]] = {name: plugins.load("tables", name).render for name in plugins.names("tables")}
any_format = pytest.mark.parametrize("render", FORMATS.values(), ids=FORMATS.keys())
CONTROLS = frozenset({"nothing", "everything"})

# Which rows


def extractor(name: str, version: str = "1", settings: str = "", source: str = "") -> StoredExtractor:
    return StoredExtractor(digest([name, version, settings, source]), name, version, settings, {"source": source}, "2026-01-01")


def run(number: int, *rows: StoredExtractor) -> StoredRun:
    return StoredRun(number, "t", "t", Path(), None, {"extractors": [{"key": one.key.hex()} for one in rows]})


OLD, NEW = extractor("mine", source="old"), extractor("mine", source="new")
SET, OTHER = extractor("mine", settings="fast=true"), extractor("other", "2.0")
FIRST, SECOND = extractor("both", "1"), extractor("both", "2")
NOTHING = extractor("nothing")
STORED = [OLD, OTHER, SET, FIRST, SECOND, NOTHING, NEW]
RUNS = [
    run(1, OLD, OTHER, NOTHING),
    run(2, NEW, OTHER, SET, NOTHING),
    run(3, NEW, OTHER),
    run(4, FIRST, SECOND, SET),
    run(5, SECOND),
    run(6, NOTHING),
    run(7, extractor("elsewhere")),
]


def lined_up(*specs: str) -> LineUp:
    return line_up(STORED, RUNS, specs, controls=CONTROLS)


@pytest.mark.parametrize(
    ("specs", "rows", "pairs"),
    [
        (["other", "mine:fast=true"], [OTHER, SET], [(0, 1)]),
        (["other", "mine:fast=true", "both==1"], [OTHER, SET, FIRST], [(0, 1), (0, 2), (1, 2)]),
        (["mine"], [NEW, SET], [(0, 1)]),
        (["mine@1", "mine@3"], [OLD, NEW], [(0, 1)]),
        (["other", "mine:fast=true", "other"], [OTHER, SET], [(0, 1)]),
        (["@1"], [OLD, OTHER], [(0, 1)]),
        (["other", "nothing"], [OTHER, NOTHING], [(0, 1)]),
        (["@1", "both==1"], [OLD, OTHER, FIRST], [(0, 1), (0, 2), (1, 2)]),
        (["@1", "@2"], [OLD, NEW], [(0, 1)]),
    ],
    ids=["two", "three", "a name with two rows", "a row then and now", "one twice", "all of a run but its controls",
         "a control by its name", "a run and one more", "two runs, name by name"],
)  # fmt: skip
def test_rows_are_compared_in_the_order_in_which_they_were_named(
    specs: list[str], rows: list[StoredExtractor], pairs: list[tuple[int, int]]
) -> None:
    found = lined_up(*specs)
    assert [entry.extractor for entry in found.rows] == rows
    assert found.pairs == pairs


def test_what_two_runs_do_not_share_or_did_not_change_is_noted() -> None:
    assert lined_up("@1", "@2").notes == ["the same cells in both runs: other", "in @2 only: mine 1 fast=true"]


def test_of_several_versions_in_a_run_those_of_one_version_belong_together() -> None:
    with pytest.raises(UsageError, match="same cells"):  # both==2 is the same in both
        lined_up("@4", "@5")
    assert lined_up("@4", "@4", "@5").rows == lined_up("@4").rows


@pytest.mark.parametrize(
    ("specs", "kind", "says"),
    [
        (["other", "other@1"], UsageError, "same version, settings and source"),
        (["@2", "@3"], UsageError, "same versions, settings and sources"),
        (["other"], UsageError, "is one row; name another"),
        (["@1", "@5"], NothingToDo, "no extractor is in both @1 and @5"),
        (["@6", "other"], NothingToDo, "@6 has no result on these pages"),
        (["@1", "@7"], NothingToDo, "@7 has no result on these pages"),
        (["other", "nobody"], UsageError, "no extractor with results named"),
    ],
    ids=["the same row", "runs without a change", "one row", "runs with nothing in common", "controls only",
         "a run over other pages", "unknown"],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(specs: list[str], kind: type[BenchError], says: str) -> None:
    with pytest.raises(kind, match=says):
        lined_up(*specs)


@pytest.mark.parametrize(("place", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (702, "AAA")])
def test_rows_are_called_by_letters(place: int, name: str) -> None:
    assert letter(place) == name


# A small store: twelve pages, their gold four words each

WORDS = "one two three four"
PAGES = {f"p{number:02}": (f"site{number}.example", 'kind = "article"', WORDS) for number in range(12)}
SAID = ["one two three four", "one two three", "one two", "one", ""]
RECALL = np.array([1.0, 0.75, 0.5, 0.25, 0.0])
F1 = np.array([1.0, 6 / 7, 2 / 3, 2 / 5, 0.0])  # of precision 1, but for the empty text's 0
ALPHA = [0, 0, 1, 2, 4, 1, 0, 3, 2, 1, 0, 0]
BETA = [1, 0, 2, 3, 4, 2, 2, 3, 1, 3, 1, 2]


class Comparing(Bench):
    def compared(self, *names: str, metric: Metric = KEPT, by_twos: bool = False, **options: Any) -> Comparison:
        by_name = {one.name: one for one in self.store.extractors()}
        rows = [Entry(by_name[name]) for name in names]
        score(self.corpus, [one.extractor.key for one in rows], [metric], self.store)
        chosen = LineUp(rows, by_twos=by_twos)
        return compare(self.corpus, chosen, metric, self.store, **{"method": Method(resamples=300, seed=7), **options})

    def one(self, value: str, *names: str, **options: Any) -> Difference:
        [pair] = self.compared(*names, **options).pairs
        [found] = [one for one in pair.differences if one.value == value]
        return found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "results", write=True) as opened:
        yield opened


@pytest.fixture
def make(tmp_path: Path, store: Store) -> Callable[[Mapping[str, tuple[str, str, str]]], Comparing]:
    return lambda pages: Comparing(store, write_corpus(tmp_path / "pages", pages))


@pytest.fixture
def twelve(make: Callable[..., Comparing]) -> Comparing:
    made = make(PAGES)
    made.add("alpha", [SAID[number] for number in ALPHA])
    made.add("beta", [SAID[number] for number in BETA])
    return made


def test_a_difference_is_the_second_value_less_the_first(twelve: Comparing) -> None:
    found = twelve.one("recall", "alpha", "beta")
    first, second = RECALL[ALPHA], RECALL[BETA]
    assert (found.first, found.second, found.difference) == pytest.approx(
        (first.mean(), second.mean(), (second - first).mean()), abs=1e-12
    )
    assert twelve.one("recall", "beta", "alpha").difference == pytest.approx((first - second).mean(), abs=1e-12)


def test_its_p_is_that_of_all_flips_and_corrected_with_all_values(twelve: Comparing) -> None:
    comparison = twelve.compared("alpha", "beta")
    precision = np.where(np.array([ALPHA, BETA]) == 4, 0.0, 1.0)
    assert (precision[0] == precision[1]).all()  # equal everywhere, as failures are: two tests are left of four values
    expected = [
        permutation_test((values[BETA] - values[ALPHA],), np.mean, permutation_type="samples", n_resamples=np.inf).pvalue
        for values in (F1, RECALL)
    ]
    [pair] = comparison.pairs
    by_value = {one.value: one for one in pair.differences}
    assert [by_value["f1"].p, by_value["recall"].p] == pytest.approx(expected, abs=1e-12)
    corrected = multipletests(expected, method="holm")[1]
    assert [by_value["f1"].adjusted, by_value["recall"].adjusted] == pytest.approx(corrected, abs=1e-12)
    assert comparison.tests == 2
    assert [by_value[name].verdict for name in ("precision", "failed")] == ["equal", "equal"]
    assert [(by_value[name].p, by_value[name].interval) for name in ("precision", "failed")] == [(None, None)] * 2


def test_its_interval_is_of_the_difference_in_the_same_resamples(twelve: Comparing) -> None:
    draws = np.random.default_rng(7).integers(0, 12, size=(300, 12))
    differences = (F1[BETA] - F1[ALPHA])[draws].mean(axis=1)
    assert twelve.one("f1", "alpha", "beta").interval == pytest.approx(stats.interval(differences, 12))


@pytest.mark.parametrize(
    ("margin", "counts"),
    [(0.0, (1, 3, 8)), (0.15, (1, 5, 6)), (0.3, (0, 9, 3))],
    ids=["none", "over the least difference", "over most"],
)
def test_pages_no_further_apart_than_the_margin_are_ties(
    twelve: Comparing, margin: float, counts: tuple[int, int, int]
) -> None:
    found = twelve.one("f1", "alpha", "beta", method=Method(margin, 300, 7))
    gains = F1[BETA] - F1[ALPHA]
    assert counts == (int((gains > margin).sum()), int((np.abs(gains) <= margin).sum()), int((gains < -margin).sum()))
    assert (found.wins, found.ties, found.losses) == counts


def test_delta_compares_every_page_of_one_with_every_page_of_the_other(twelve: Comparing) -> None:
    signs = np.sign(F1[BETA][:, None] - F1[ALPHA][None, :])
    assert twelve.one("f1", "alpha", "beta").delta == pytest.approx(signs.mean(), abs=1e-12)


def test_where_less_is_better_the_lower_row_wins(twelve: Comparing) -> None:
    turned = replace(KEPT, lower_is_better=frozenset(KEPT.values))
    usual, found = (twelve.one("f1", "alpha", "beta", metric=metric) for metric in (KEPT, turned))
    assert (found.difference, found.p, found.interval) == (usual.difference, usual.p, usual.interval)
    assert (found.wins, found.losses) == (usual.losses, usual.wins)
    assert usual.delta
    assert found.delta == pytest.approx(-usual.delta)


def test_the_other_way_round_every_difference_is_turned_and_every_judgement_stays(twelve: Comparing) -> None:
    twelve.add("weak", [failed(Outcome.ERROR), f"{WORDS} leak", *[WORDS] * 10])
    [ahead] = twelve.compared("alpha", "weak", worst=2).pairs
    [back] = twelve.compared("weak", "alpha", worst=2).pairs
    for one, other in zip(ahead.differences, back.differences, strict=True):
        assert (one.p, one.adjusted, one.verdict, one.detectable) == (other.p, other.adjusted, other.verdict, other.detectable)
        assert one.difference == -(other.difference or 0)
        assert one.interval == pytest.approx(tuple(-end for end in reversed(other.interval or ())))
        assert (one.wins, one.ties, one.losses) == (other.losses, other.ties, other.wins)
    assert [one.page for one in ahead.worse] == [one.page for one in back.better] == ["p00", "p01"]


def test_what_could_have_been_seen_is_told_for_the_level_of_so_many_tests(twelve: Comparing) -> None:
    gains = F1[BETA] - F1[ALPHA]
    expected = (norm.ppf(1 - 0.05 / 2 / 2) + norm.ppf(0.8)) * gains.std(ddof=1) / np.sqrt(12)
    assert twelve.one("f1", "alpha", "beta").detectable == pytest.approx(expected)


def test_a_difference_under_the_level_is_separable(twelve: Comparing) -> None:
    twelve.add("perfect", [WORDS] * 12)
    found = twelve.one("f1", "beta", "perfect")
    assert (found.wins, found.losses, found.verdict) == (11, 0, "separable")
    assert found.adjusted == pytest.approx(3 * 4 / 2**12)  # all signs alike, and either sign of the page that is equal
    twelve.add("near", [WORDS, *[SAID[number] for number in BETA[1:]]])
    assert twelve.one("f1", "beta", "near").verdict == "not separable"


def test_all_pairs_are_corrected_together(twelve: Comparing) -> None:
    twelve.add("perfect", [WORDS] * 12)
    comparison = twelve.compared("alpha", "beta", "perfect")
    found = [one for pair in comparison.pairs for one in pair.differences if one.p is not None]
    assert [(pair.first, pair.second) for pair in comparison.pairs] == [(0, 1), (0, 2), (1, 2)]
    assert comparison.tests == len(found) == 2 + 3 + 3  # alpha and beta have the same precision on every page
    expected = multipletests([one.p for one in found], method="holm")[1]
    assert [one.adjusted for one in found] == pytest.approx(expected, abs=1e-12)


def test_failures_are_a_share_with_wilsons_interval_and_the_same_test(twelve: Comparing) -> None:
    outcomes = [Outcome.ERROR, Outcome.TIMEOUT, Outcome.CRASH, *[None] * 9]
    twelve.add("weak", [WORDS if one is None else failed(one) for one in outcomes])
    comparison = twelve.compared("alpha", "weak")
    [pair] = comparison.pairs
    found = pair.differences[-1]
    assert (found.value, found.first, found.second, found.difference) == ("failed", 0.0, 0.25, 0.25)
    assert (found.wins, found.ties, found.losses) == (0, 9, 3)
    gaps = np.array([1.0] * 3 + [0.0] * 9)
    exact = permutation_test((gaps,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert found.p == pytest.approx(exact.pvalue, abs=1e-12)
    assert [row.failed for row in comparison.rows] == [0, 3]
    assert comparison.rows[1].values["failed"].interval == pytest.approx(proportion_confint(3, 12, method="wilson"))


def test_pages_of_a_site_are_flipped_and_drawn_together(make: Callable[..., Comparing]) -> None:
    pages = {name: (f"site{number // 2}.example", *rest) for number, (name, (_, *rest)) in enumerate(PAGES.items())}
    made = make(pages)
    made.add("alpha", [SAID[number] for number in ALPHA])
    made.add("beta", [SAID[number] for number in BETA])
    found = made.one("f1", "alpha", "beta")
    by_site = (F1[BETA] - F1[ALPHA]).reshape(6, 2).sum(axis=1)
    exact = permutation_test((by_site,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert found.p == pytest.approx(exact.pvalue, abs=1e-12)
    assert found.sites == 6
    means = by_site[np.random.default_rng(7).integers(0, 6, size=(300, 6))].sum(axis=1) / 12
    assert found.interval == pytest.approx(stats.interval(means, 6))


# Which pages


def test_only_pages_that_every_row_was_run_on_are_compared_and_a_failed_cell_is_a_cell(twelve: Comparing) -> None:
    twelve.add("late", [None, None, failed(Outcome.ERROR), *[WORDS] * 9])
    comparison = twelve.compared("alpha", "late")
    assert (comparison.corpus["pages"], comparison.corpus["sites"]) == (10, 10)
    assert "left out: 2 of 12 pages, which not every row was run on" in comparison.notes
    found = comparison.pairs[0].differences[0]
    assert (found.first, found.second) == pytest.approx((F1[ALPHA][2:].mean(), 0.9), abs=1e-12)
    assert found.pages == 10


def test_rows_without_a_page_in_common_are_nothing_to_compare(twelve: Comparing) -> None:
    twelve.add("early", [*[WORDS] * 6, *[None] * 6])
    twelve.add("late", [*[None] * 6, *[WORDS] * 6])
    with pytest.raises(NothingToDo, match=re.escape("no page of pages has a result of every row (early 1.0 6, late 1.0 6)")):
        twelve.compared("early", "late")


def test_one_site_has_no_interval_and_no_p(make: Callable[..., Comparing]) -> None:
    made = make({name: ("one.example", *rest) for name, (_, *rest) in PAGES.items()})
    made.add("alpha", [SAID[number] for number in ALPHA])
    made.add("beta", [SAID[number] for number in BETA])
    comparison = made.compared("alpha", "beta")
    found = comparison.pairs[0].differences[0]
    assert (found.interval, found.p, found.adjusted, found.detectable, found.verdict, found.reason) == (
        None, None, None, None, "not judged", "one site",
    )  # fmt: skip
    assert found.difference == pytest.approx((F1[BETA] - F1[ALPHA]).mean(), abs=1e-12)
    assert comparison.tests == 0
    assert any("not judged (one site)" in line for line in SecondLessFirst(comparison).captions(wide=False))


@pytest.mark.parametrize(
    ("sites", "note"),
    [
        (5, "with 5 sites no difference can be called separable: no p is below 0.062"),
        (6, None),
    ],
)
def test_so_few_sites_that_nothing_can_be_separable_are_noted(
    make: Callable[..., Comparing], sites: int, note: str | None
) -> None:
    made = make(dict(list(PAGES.items())[:sites]))
    made.add("good", [WORDS] * sites)
    made.add("other", [f"{WORDS} leak"] * sites)  # of another precision, and F1
    comparison = made.compared("good", "other", metric=replace(KEPT, values=("precision",)))
    assert [line for line in comparison.notes if "separable" in line] == ([note] if note else [])
    found = comparison.pairs[0].differences[0]
    assert found.verdict == ("not separable" if note else "separable")


@pytest.mark.parametrize(("sites", "told"), [(6, False), (8, True)])
def test_where_nothing_can_be_separable_no_size_is_told_as_detectable(
    make: Callable[..., Comparing], sites: int, *, told: bool
) -> None:
    made = make(dict(list(PAGES.items())[:sites]))
    made.add("alpha", [WORDS] * sites)
    made.add("beta", [SAID[number % 4] for number in range(sites)])
    found = made.one("f1", "alpha", "beta")  # 2 tests, as precision is the same: p under .05 / 2 needs 7 sites
    assert found.p is not None
    assert (found.detectable is not None) is told


def test_rows_that_answer_alike_are_equal_and_nothing_is_tested(twelve: Comparing) -> None:
    twelve.add("copy", [SAID[number] for number in ALPHA])
    comparison = twelve.compared("alpha", "copy")
    assert {one.verdict for one in comparison.pairs[0].differences} == {"equal"}
    assert (comparison.tests, comparison.pairs[0].worse, comparison.pairs[0].better) == (0, [], [])
    assert "B (copy 1.0) and A (alpha 1.0) have the same F1 on every page" in SecondLessFirst(comparison).captions(wide=True)


def test_a_value_that_is_no_mean_of_page_values_is_tested_on_these_and_says_so(twelve: Comparing) -> None:
    twelve.add("leaky", [f"{WORDS} x y z w"] * 12)
    comparison = twelve.compared("beta", "leaky", metric=AEB)
    by_value = {one.value: one for one in comparison.pairs[0].differences}
    assert [by_value[name].of_pages for name in ("f1", "precision", "recall", "failed")] == [False, True, True, True]
    assert any(line.startswith("F1: no mean of page values") for line in SecondLessFirst(comparison).captions(wide=False))


@pytest.mark.parametrize(
    ("of_pages", "difference", "interval", "verdict"),
    [
        (True, 0.1, (0.05, 0.2), "separable"),
        (True, 0.1, (-0.01, 0.2), "separable"),
        (False, 0.1, (0.05, 0.2), "separable"),
        (False, 0.1, (-0.01, 0.2), "disputed"),
        (False, 0.1, None, "disputed"),
        (False, -0.1, (-0.2, -0.05), "disputed"),
        (True, -0.1, (-0.2, -0.05), "disputed"),
    ],
    ids=["a mean", "a mean whose interval holds 0", "a pooled value", "one whose interval holds 0", "one without an interval",
         "one that points the other way", "a mean of other pages that does"],
)  # fmt: skip
def test_a_test_of_page_values_does_not_separate_a_value_that_says_otherwise(
    of_pages: bool, difference: float, interval: tuple[float, float] | None, verdict: str
) -> None:
    by_page = np.linspace(0.01, 0.3, 12)
    found = Difference("f1", 0.5, 0.6, difference, interval, p=0.001, pages=12, sites=12, of_pages=of_pages)
    [[judged]], tests = judge([[Trial(found, by_page, [f"site{number}" for number in range(12)], 9999)]])
    assert (judged.verdict, judged.adjusted, tests) == (verdict, 0.001, 1)


def test_an_undefined_value_is_not_compared_and_says_why(twelve: Comparing) -> None:
    twelve.add("nothing", [""] * 12)
    comparison = twelve.compared("alpha", "nothing", metric=AEB)
    found = comparison.pairs[0].differences[0]
    assert (found.difference, found.p, found.verdict) == (None, None, "not judged")
    assert found.reason
    captions = SecondLessFirst(comparison).captions(wide=False)
    assert any(line.startswith("B (nothing 1.0) and A (alpha 1.0) cannot be compared: ") for line in captions)


# Slices


def test_slices_are_judged_together_and_those_of_few_pages_not_at_all(make: Callable[..., Comparing]) -> None:
    kinds = ["article"] * 12 + ["forum"] * 10 + ["shop"] * 9
    made = make({f"p{n:02}": (f"s{n}.example", f'kind = "{kind}"', WORDS) for n, kind in enumerate(kinds)})
    made.add("alpha", [SAID[n % 4] for n in range(31)])
    made.add("beta", [SAID[n % 3] for n in range(31)])
    comparison = made.compared("alpha", "beta", by="kind")
    gaps = F1[np.arange(31) % 3] - F1[np.arange(31) % 4]
    article, forum, shop = comparison.slices
    assert [(one.name, one.pages) for one in comparison.slices] == [("article", 12), ("forum", 10), ("shop", 9)]
    for one, its in ((article, gaps[:12]), (forum, gaps[12:22]), (shop, gaps[22:])):
        assert one.differences[0].difference == pytest.approx(its.mean(), abs=1e-12)
    expected = [
        permutation_test((its,), np.mean, permutation_type="samples", n_resamples=np.inf).pvalue
        for its in (gaps[:12], gaps[12:22])
    ]
    assert [article.differences[0].p, forum.differences[0].p] == pytest.approx(expected, abs=1e-12)
    assert [article.differences[0].adjusted, forum.differences[0].adjusted] == pytest.approx(
        multipletests(expected, method="holm")[1], abs=1e-12
    )
    few = shop.differences[0]
    assert (few.p, few.interval, few.verdict, few.reason) == (None, None, "not judged", "fewer than 10 pages")
    assert comparison.slice_tests == 2
    shown = FORMATS["table"](SecondLessFirst(comparison), 80)
    assert re.search(rf"^shop +9 +\({re.escape(signed(few.difference))}\) +- +-$", shown, re.MULTILINE)


def test_slices_hold_the_pages_that_are_compared_only(twelve: Comparing) -> None:
    twelve.add("late", [None, None, *[WORDS] * 10])
    assert [one.pages for one in twelve.compared("alpha", "late", by="kind").slices] == [10]


@pytest.mark.parametrize("by", FIELDS)
def test_every_page_is_in_a_slice_of_each_field(twelve: Comparing, by: str) -> None:
    assert sum(len(numbers) for _, numbers in members(twelve.corpus, by, store=twelve.store)) == 12


# Pages, and costs


def test_the_pages_furthest_apart_come_worst_first_and_then_best(twelve: Comparing) -> None:
    [pair] = twelve.compared("alpha", "beta", worst=2).pairs
    assert [one.page for one in pair.worse] == ["p09", "p06"]
    assert [one.page for one in pair.better] == ["p08"]
    assert [pair.better[0].first, pair.better[0].second] == pytest.approx([2 / 3, 6 / 7])
    assert pair.worse[0].difference == pytest.approx(F1[3] - F1[1])
    [none] = twelve.compared("alpha", "beta").pairs
    assert (none.worse, none.better) == ([], [])


HTML = "<html><body><nav>home news sport</nav><main><p>alpha beta gamma delta</p><li>epsilon</li></main></body></html>"
GOLD = "alpha beta gamma delta\n\nepsilon"


def test_a_page_says_what_each_row_lost_and_leaked_and_what_only_it_did() -> None:
    page = PageText.of_page(Page("p", None), HTML.encode())  # type: ignore[arg-type] # its text is all that is asked for
    gold = GoldTokens(Gold(tuple(Block(text) for text in GOLD.split("\n\n"))), lambda: page)
    first, second = accounts(Case(gold, "alpha beta gamma delta"), Case(gold, "home news sport delta epsilon home"))
    assert (first.lost, first.leaked, first.fate, first.excerpt) == ({"list item": 1}, {}, "lost", "epsilon")
    assert (second.lost, second.leaked) == ({"paragraph": 3}, {"navigation": 3, "repeated": 1})
    assert (second.fate, second.excerpt) == ("lost", "alpha beta gamma")


@pytest.mark.parametrize(
    ("words", "excerpt"),
    [
        ("a b c d e f g h", "a b c d e f g h"),
        ("a b c d e f g h i", "a b c d e f g h..."),
        ("x" * 70, "x" * 60 + "..."),
        ("主な品目 kg", "主な品目 kg"),
        ("한국 말", "한국 말"),
    ],
    ids=["as many as fit", "one more", "a word without an end", "ideographs", "hangul"],
)
def test_an_excerpt_is_short(words: str, excerpt: str) -> None:
    page = PageText.of_page(Page("p", None), f"<meta charset=utf-8><p>{words}</p>".encode())  # type: ignore[arg-type] # as above
    gold = GoldTokens(Gold((Block(words),)), lambda: page)
    nothing, everything = accounts(Case(gold, ""), Case(gold, words))
    assert (nothing.fate, nothing.excerpt) == ("lost", excerpt)
    assert (everything.fate, everything.excerpt, everything.lost, everything.leaked) == (None, "", {}, {})


def costing(cpu: float | None, peak: int, outcome: Outcome = Outcome.OK) -> Extraction:
    return Extraction(outcome, WORDS, cpu_seconds=cpu, peak_bytes=peak)


def test_speed_is_told_over_the_pages_that_both_answered(twelve: Comparing) -> None:
    twelve.add("slow", [costing(0.5, 9_000_000, Outcome.ERROR), costing(None, 1), *[costing(0.02, 4_000_000)] * 10])
    twelve.add("quick", [*[costing(0.001, 2_000_000)] * 2, *[costing(0.005, 3_000_000)] * 9, costing(9.0, 1, Outcome.TIMEOUT)])
    comparison = twelve.compared("slow", "quick")
    speed = comparison.pairs[0].speed
    assert (speed.pages, speed.first_ms, speed.second_ms, speed.ratio) == pytest.approx((9, 20.0, 5.0, 0.25))
    slow, quick = comparison.rows
    assert (slow.cpu_ms, slow.cpu_s, slow.peak_mb) == pytest.approx((20.0, 0.7, 9.0))
    assert (quick.cpu_ms, quick.cpu_s, quick.peak_mb) == pytest.approx((5.0, 9.047, 3.0))


def test_rows_of_one_label_say_what_changed(twelve: Comparing) -> None:
    identities = [
        {"versions": {"lxml": "5.3", "gone": "1"}, "source": "a", "shared": "s"},
        {"versions": {"lxml": "6.0"}, "source": "b", "shared": "s"},
    ]
    rows = []
    for number, identity in enumerate(identities):
        key = bytes([number]) * 32
        twelve.store.put_extractor(key, "same", "1", "", identity)
        for page in twelve.corpus.page_keys:
            twelve.store.put_cell(key, page, Extraction(Outcome.OK, WORDS), None)
        rows.append(Entry(StoredExtractor(key, "same", "1", "", identity, "t")))
    score(twelve.corpus, [one.extractor.key for one in rows], [KEPT], twelve.store)
    comparison = compare(twelve.corpus, LineUp(rows), KEPT, twelve.store, method=Method())
    assert list(comparison.notes) == ["A and B differ in gone (1, then none), lxml (5.3, then 6.0), its source"]


# As a view


@pytest.fixture
def shown(twelve: Comparing) -> Comparison:
    twelve.add("weak", [failed(Outcome.ERROR), *[WORDS] * 11], settings="fast=true,deep=2")
    return twelve.compared("alpha", "beta", "weak", by="kind", worst=3)


def lines(view: View, width: int) -> list[str]:
    return FORMATS["table"](view, width).split("\n")


@pytest.mark.parametrize("width", [80, 160])
def test_a_comparison_fits_the_terminal(shown: Comparison, width: int) -> None:
    one_pair = replace(
        shown, pairs=shown.pairs[:1], slices=[replace(one, differences=one.differences[:1]) for one in shown.slices]
    )
    for comparison in (shown, one_pair):
        assert max(map(len, lines(SecondLessFirst(comparison), width))) <= width


def test_a_verdict_is_a_sentence(shown: Comparison) -> None:
    separable = replace(
        shown.pairs[0].differences[0], difference=-0.12, interval=(-0.2, -0.05), adjusted=0.003, verdict="separable", pages=181,
        sites=97, detectable=0.08,
    )  # fmt: skip

    def sentence(one: Difference) -> str:
        [said] = [
            line
            for line in SecondLessFirst(replace(shown, pairs=[replace(shown.pairs[0], differences=[one])], slices=[])).captions(
                wide=False
            )
            if line.startswith("B (")
        ]
        return said

    assert sentence(separable) == (
        "B (beta 1.0) is worse than A (alpha 1.0) by .120 F1 [.050, .200], p .003: separable; with these 181 pages of 97 sites"
        " a difference under .080 would often be missed"
    )
    assert sentence(replace(separable, verdict="not separable", adjusted=1.0)) == (
        "B (beta 1.0) and A (alpha 1.0) are not separable with these 181 pages of 97 sites: -.120 F1 [-.200, -.050], p 1.000;"
        " a difference under .080 cannot be seen"
    )
    assert "worse" not in sentence(replace(separable, difference=0.12, interval=(0.05, 0.2)))
    assert ": disputed, as page values and the value of all pages do not say the same; " in sentence(
        replace(separable, verdict="disputed")
    )


def test_the_signature_is_last_and_holds_everything_that_could_change_a_number(shown: Comparison) -> None:
    assert SecondLessFirst(shown).captions(wide=False)[-1] == shown.full_signature
    digest = shown.corpus["digest"][:12]
    assert shown.full_signature == (
        f"compare:v1|{KEPT.signature}|pages:12|sites:12|corpus:{digest}|boot:300|interval:expanded-percentile|cluster:site"
        f"|test:randomisation-9999|holm:pairs*values={shown.tests}|by:kind|holm-slices:3|margin:0.005|seed:7|bench:{__version__}"
    )


def test_records_are_one_for_each_pair_and_value_and_then_of_slices(shown: Comparison) -> None:
    records = SecondLessFirst(shown).records()
    whole = [one for one in records if not one["slice"]]
    assert [(one["first_extractor"], one["second_extractor"], one["value"]) for one in whole] == [
        (first, second, value)
        for first, second in (("alpha", "beta"), ("alpha", "weak"), ("beta", "weak"))
        for value in (*KEPT.values, "failed")
    ]
    assert [(one["slice"], one["second_settings"]) for one in records[len(whole) :]] == [
        ("article", ""), ("article", "fast=true,deep=2"), ("article", "fast=true,deep=2"),
    ]  # fmt: skip
    assert len({tuple(one) for one in records}) == 1


def test_json_holds_what_a_reproduction_needs(shown: Comparison) -> None:
    body = json.loads(FORMATS["json"](SecondLessFirst(shown), 80))
    assert [(row["name"], row["version"], row["settings"], row["key"], row["run"]) for row in body["rows"]] == [
        (row.name, row.version, row.settings, row.key, None) for row in shown.rows
    ]
    assert body["method"] == {"margin": 0.005, "resamples": 300, "seed": 7, "flips": 9999}
    assert body["pairs"][1]["differences"][0]["p"] == shown.pairs[1].differences[0].p


def hostile(comparison: Comparison, name: str) -> Comparison:
    """A comparison in which everything that others may name is named so."""

    def told(one: Apart) -> Apart:
        first, second = (replace(account, excerpt=name) for account in one.accounts or ())
        return replace(one, page=name, accounts=(first, second))

    pairs = [replace(pair, worse=[told(one) for one in pair.worse]) for pair in comparison.pairs]
    return replace(
        comparison,
        rows=[replace(row, name=name, version=name, settings=name, run=name) for row in comparison.rows],
        slices=[replace(one, name=name) for one in comparison.slices],
        pairs=pairs,
        corpus={**comparison.corpus, "name": name},
        notes=[name],
    )


@any_format
def test_no_name_reaches_a_terminal_raw(render: Callable[[View, int], str], shown: Comparison) -> None:
    view = SecondLessFirst(hostile(shown, "".join(UNSAFE)))
    assert set("".join(render(view, width) for width in (80, 160))) & {*UNSAFE} - {"\n"} == set()


@any_format
@pytest.mark.parametrize("width", [20, 80, 200])
def test_every_format_renders_every_comparison(
    render: Callable[[View, int], str], twelve: Comparing, shown: Comparison, width: int
) -> None:
    twelve.add("copy", [SAID[number] for number in ALPHA])
    twelve.add("again", [SAID[number] for number in ALPHA])
    equal = twelve.compared("alpha", "copy", "again", worst=1)
    for comparison in (shown, equal, hostile(shown, "=1+1 <b>|")):
        assert render(SecondLessFirst(comparison), width).endswith("\n")


def test_csv_has_a_field_for_each_title_and_no_formula(shown: Comparison) -> None:
    header, *records = csv.reader(io.StringIO(FORMATS["csv"](SecondLessFirst(hostile(shown, "=1+1")), 80)), strict=True)
    assert len(set(header)) == len(header)
    assert {len(record) for record in records} == {len(header)}
    assert not any(cell.startswith("=") for record in records for cell in record)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0336, "+.034"), (-0.12, "-.120"), (0.0, ".000"), (-0.0001, ".000"), (0.0001, ".000"), (None, "-"), (1.0, "+1.000")],
)
def test_a_difference_has_a_sign_unless_it_rounds_to_nothing(value: float | None, text: str) -> None:
    assert signed(value) == text


def test_an_interval_has_two_ends() -> None:
    assert (between((-0.0001, 0.039)), between(None)) == ("[.000, .039]", "-")


@pytest.mark.parametrize(("p", "text"), [(0.0009, "<.001"), (0.001, ".001"), (1.0, "1.000"), (None, "-")])
def test_a_p_has_three_digits(p: float | None, text: str) -> None:
    assert chance(p) == text


# Through the command line

ADAPTER = """
def extractor(*, words: int = {words}):
    return lambda page: " ".join("gold words of the page".split()[:words])
"""


@pytest.fixture
def stored(bench: Callable[..., Said], tmp_path: Path) -> Callable[..., Said]:
    """Return a function that compares what two runs of `mine`, its source changed in between, and others left behind."""
    pages = write_pages(tmp_path / "pages", {f"p{number}": f"<p>gold words of the page trap {number}" for number in range(8)})
    mine = tmp_path / "mine.py"
    common = ("--corpus", pages, "--quiet", "--results", tmp_path / "results")
    mine.write_text(ADAPTER.format(words=2), encoding="utf-8")
    assert bench("run", "-x", mine, "-x", FAKES / "steady.py", "--name", "before", *common).code == 0
    mine.write_text(ADAPTER.format(words=5), encoding="utf-8")
    assert bench("run", "-x", mine, "-x", FAKES / "steady.py", "-x", FAKES / "raises.py", "--name", "after", *common).code == 0
    return lambda *words: bench("compare", *words, "--results", tmp_path / "results")


def test_an_extractor_is_compared_with_itself_in_another_run(stored: Callable[..., Said]) -> None:
    for specs in (("@before", "@after"), ("mine@before", "mine@after")):
        said = stored(*specs, "--format", "json")
        assert said.code == 0, said.err
        assert [(row["name"], row["run"]) for row in said.table["rows"]] == [("mine", "before"), ("mine", "after")]
        recall = next(one for one in said.table["pairs"][0]["differences"] if one["value"] == "recall")
        assert (recall["difference"], recall["p"]) == (pytest.approx(1 - 2 / 5), 2 / 2**8)
    told = stored("@before", "@after", "--format", "json").err
    assert "the same cells in both runs: steady" in told
    assert "in @after only: raises" in told


def test_a_comparison_is_printed_with_its_pages(stored: Callable[..., Said]) -> None:
    said = stored("mine@before", "mine@after", "--worst", 1)
    assert said.code == 0, said.err
    assert re.search(r"^B - A +F1 +page; what each lost and leaked there$", said.out, re.MULTILINE)
    assert 'lost 3: paragraph 3; lost "of the page"' in said.out
    assert "page; what" not in stored("mine@before", "mine@after", "--worst", 0).out


def test_failures_are_compared_with_answers(stored: Callable[..., Said]) -> None:
    differences = stored("steady", "raises", "--format", "json").table["pairs"][0]["differences"]
    assert [(one["value"], one["difference"]) for one in differences][-1] == ("failed", 1.0)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("steady", "steady@before"), 2, "same version, settings and source"),
        (("steady",), 2, "name another"),
        (("steady", "raises", "--metric", "leaks"), 2, "is a breakdown"),
        (("@before", "@nightly"), 2, "no run named"),
        (("steady", "nobody"), 2, "nobody"),
        ((), 2, "Missing argument"),
    ],
    ids=["the same cells", "one row", "a breakdown", "no such run", "no such extractor", "nothing named"],
)
def test_what_cannot_be_compared_says_why_in_one_line(
    stored: Callable[..., Said], words: tuple[str, ...], code: int, says: str
) -> None:
    said = stored(*words)
    assert (said.code, says in said.err, said.out) == (code, True, "")


def test_pages_that_a_row_was_not_run_on_are_left_out(
    bench: Callable[..., Said], stored: Callable[..., Said], tmp_path: Path
) -> None:
    few = ("--corpus", tmp_path / "pages", "--pages", "p[0-4]", "--quiet", "--results", tmp_path / "results")
    assert bench("run", "-x", FAKES / "returns_none.py", *few).code == 0
    said = stored("steady", "returns_none", "--format", "json", "--corpus", tmp_path / "pages")
    assert said.code == 0, said.err
    assert said.table["corpus"]["pages"] == 5
    assert any(note.startswith("left out: 3 of 8 pages") for note in said.table["notes"])
    assert any(note.startswith("with 5 sites") for note in said.table["notes"])
