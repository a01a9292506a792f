"""Resampling against what can be derived by hand: no statistics library is asked."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, t

from bench import plugins, stats
from bench.metric import Floats, Metric

AEB: Metric = plugins.load("metrics", "aeb").METRIC
KEPT: Metric = plugins.load("metrics", "kept").METRIC
NAN = math.nan


def _no_counts(_: object) -> tuple[float, ...]:
    raise AssertionError("statistics work on stored counts, never on texts")


MEAN = Metric(
    signature="mean:v1",
    fields=("value",),
    counts=_no_counts,
    ratios=lambda counts: {"mean": (counts[:, 0], np.ones(len(counts)))},
    values=("mean",),
)
"""The plain mean over pages."""


def column(values: Sequence[float]) -> Floats:
    return np.array(values, dtype=np.float64)[:, None]


def sites_of(*sizes: int) -> list[str]:
    """So many pages of a first site, so many of a second ..."""
    return [f"site{number}" for number, size in enumerate(sizes) for _ in range(size)]


def draw(values: Sequence[float], sites: Sequence[str], *, resamples: int = 2000, seed: int = 1) -> Floats:
    [drawn] = stats.bootstrap(MEAN, [column(values)], sites, resamples=resamples, seed=seed)
    return drawn["mean"]


def width(values: Sequence[float], sites: Sequence[str]) -> float:
    ends = stats.interval(draw(values, sites), len(set(sites)))
    assert ends is not None
    return ends[1] - ends[0]


# Seeds


def test_the_same_seed_gives_the_same_draws() -> None:
    values, sites = [0.1, 0.5, 0.9, 0.3], sites_of(1, 2, 1)
    assert draw(values, sites, seed=7).tolist() == draw(values, sites, seed=7).tolist()


def test_another_seed_gives_other_draws() -> None:
    values, sites = [0.1, 0.5, 0.9, 0.3], sites_of(1, 2, 1)
    assert draw(values, sites, seed=7).tolist() != draw(values, sites, seed=8).tolist()


def test_draws_do_not_depend_on_how_many_are_made_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    values, sites = list(range(5)), sites_of(1, 1, 1, 2)
    at_once = draw(values, sites, resamples=101)
    monkeypatch.setattr(stats, "_CHUNK", 8)  # two rows of four sites
    assert draw(values, sites, resamples=101).tolist() == at_once.tolist()


def test_draws_do_not_depend_on_which_extractors_share_a_table() -> None:
    one, other, sites = column([0.1, 0.5, 0.9]), column([1, 0, 0]), sites_of(1, 1, 1)
    together = stats.bootstrap(MEAN, [one, other], sites)
    alone = [stats.bootstrap(MEAN, [counts], sites)[0] for counts in (one, other)]
    assert [drawn["mean"].tolist() for drawn in together] == [drawn["mean"].tolist() for drawn in alone]


def test_extractors_meet_the_same_draws_so_that_a_constant_difference_stays_constant() -> None:
    values = [0.5, 0.25, 1.0, 0.0]
    low, high = stats.bootstrap(MEAN, [column(values), column(values) + 1], sites_of(1, 2, 1))
    assert (high["mean"] - low["mean"]).tolist() == pytest.approx([1.0] * stats.RESAMPLES)


def test_as_many_draws_are_made_as_were_asked_for() -> None:
    assert len(draw([0, 1], sites_of(1, 1), resamples=123)) == 123


# Sites


def test_sites_are_numbered_by_first_appearance() -> None:
    numbers, count = stats.clusters(["b", "a", "b", "c", "a"])
    assert (numbers.tolist(), count) == ([0, 1, 0, 2, 1], 3)


def test_no_pages_are_of_no_sites() -> None:
    numbers, count = stats.clusters([])
    assert (len(numbers), count) == (0, 0)


def test_sites_are_drawn_whole() -> None:
    # Three pages of 0 and one of 1: drawing pages could give 1/2, drawing sites can give these three means only.
    drawn = Counter(draw([0, 0, 0, 1], sites_of(3, 1), resamples=4000).tolist())
    assert set(drawn) == {0.0, 0.25, 1.0}
    # Both draws the first, one of each, both the second; four standard errors of a share over 4,000 draws are .032.
    shares = {value: count / 4000 for value, count in drawn.items()}
    assert shares == pytest.approx({0.0: 1 / 4, 0.25: 1 / 2, 1.0: 1 / 4}, abs=0.032)


def test_pages_of_a_site_need_not_be_neighbours() -> None:
    apart = draw([0, 1, 0, 0], ["a", "b", "a", "a"])
    assert apart.tolist() == draw([0, 0, 0, 1], ["a", "a", "a", "b"]).tolist()


def test_a_resample_is_a_mean_over_pages_so_larger_sites_weigh_more() -> None:
    # Every pair of the sites (0, 0, 0), (1) and (.5, .5): its sum over its number of pages.
    sums, sizes = [0.0, 1.0, 1.0], [3, 1, 2]
    possible = {
        (sums[i] + sums[j] + sums[k]) / (sizes[i] + sizes[j] + sizes[k]) for i in range(3) for j in range(3) for k in range(3)
    }
    assert set(draw([0, 0, 0, 1, 0.5, 0.5], sites_of(3, 1, 2)).tolist()) == possible


def test_one_site_gives_the_value_itself_every_time() -> None:
    assert set(draw([0, 1, 1, 0], sites_of(4)).tolist()) == {0.5}


# Standard errors


@pytest.mark.parametrize("n", [10, 40, 160])
def test_the_standard_error_of_a_mean_approaches_sd_over_root_n(n: int) -> None:
    values = np.random.default_rng(n).random(n)
    error = float(np.std(draw(values.tolist(), sites_of(*[1] * n), resamples=10_000)))
    # The standard error of an SD over 10,000 draws is .7 %; three of them.
    assert error == pytest.approx(float(np.std(values)) / math.sqrt(n), rel=0.021)


def test_the_95_percent_interval_of_many_pages_is_the_normal_one() -> None:
    values = np.random.default_rng(5).random(400)
    error = float(np.std(values)) / 20
    ends = stats.interval(draw(values.tolist(), sites_of(*[1] * 400), resamples=10_000), 400)
    mean = float(values.mean())
    assert ends == pytest.approx((mean - 1.96 * error, mean + 1.96 * error), abs=0.1 * error)


def expansion(sites: int) -> float:
    """How far an interval of so many sites reaches, in standard deviations of the draws."""
    return math.sqrt(sites / (sites - 1)) * float(t.ppf(0.975, sites - 1))


@pytest.mark.parametrize("copies", [4, 9])
def test_pages_that_are_alike_within_their_site_widen_the_interval_by_the_root_of_their_number(copies: int) -> None:
    values = np.repeat(np.random.default_rng(3).random(30), copies).tolist()
    clustered = width(values, sites_of(*[copies] * 30))
    independent = width(values, sites_of(*[1] * (30 * copies)))
    expected = math.sqrt(copies) * expansion(30) / expansion(30 * copies)
    assert clustered / independent == pytest.approx(expected, rel=0.1)


def test_pages_that_differ_within_their_site_as_much_as_anywhere_do_not_widen_it() -> None:
    # Each site holds the whole range, so any draw of sites has the same mean.
    assert width([0, 0.5, 1] * 10, sites_of(*[3] * 10)) == pytest.approx(0)


@pytest.mark.parametrize("constant", [0.0, 0.5, 1.0, 0.1])
def test_a_constant_gives_an_interval_without_width(constant: float) -> None:
    ends = stats.interval(draw([constant] * 12, sites_of(1, 5, 2, 4)), 4)
    assert ends == pytest.approx((constant, constant), abs=1e-12)


# Values of real metrics


def test_means_of_page_values_are_resampled_as_such() -> None:
    # kept, lost, leaked: page F1 1 and 0, and draws of two sites can give 0, 1/2 and 1 only.
    [drawn] = stats.bootstrap(KEPT, [np.array([[5, 0, 0], [0, 7, 3]], dtype=np.float64)], ["a", "b"])
    assert {name: set(values.tolist()) for name, values in drawn.items()} == {name: {0.0, 0.5, 1.0} for name in KEPT.values}


def test_an_f1_of_means_is_derived_in_each_resample() -> None:
    # Page P 1/2 and 1, page R 1 and 1/2: one of each has means of 3/4; a mean of page F1s would be 2/3 in every draw.
    [drawn] = stats.bootstrap(AEB, [np.array([[1, 1, 0, 0], [1, 0, 1, 0]], dtype=np.float64)], ["a", "b"])
    assert sorted(set(drawn["f1"].tolist())) == pytest.approx([2 / 3, 3 / 4])


def test_a_value_is_undefined_in_resamples_without_a_page_that_it_applies_to() -> None:
    # Of three sites only the first answered; (2/3)^3 of the resamples lack it, four standard errors are .043.
    counts = np.array([[4, 0, 0, 1], [0, 0, 4, 0], [0, 0, 4, 0]], dtype=np.float64)
    [drawn] = stats.bootstrap(AEB, [counts], ["a", "b", "c"])
    assert float(np.isnan(drawn["precision"]).mean()) == pytest.approx(8 / 27, abs=0.043)
    assert not np.isnan(drawn["recall"]).any()
    assert set(drawn["precision"][~np.isnan(drawn["precision"])].tolist()) == {1.0}


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(*[st.integers(0, 9)] * 3, st.integers(0, 1), st.sampled_from("abcd")), min_size=1, max_size=12),
    st.integers(0, 2**32),
)
def test_every_draw_is_a_share_or_undefined(pages: list[tuple[int, int, int, int, str]], seed: int) -> None:
    counts = np.array([page[:4] for page in pages], dtype=np.float64)
    [drawn] = stats.bootstrap(AEB, [counts], [page[4] for page in pages], resamples=100, seed=seed)
    for values in drawn.values():
        defined = values[~np.isnan(values)]
        assert ((defined >= 0) & (defined <= 1 + 1e-12)).all()


# Intervals and medians


@pytest.mark.parametrize(
    ("draws", "confidence", "ends"),
    [
        pytest.param(list(range(101)), 0.9, (5, 95), id="a hundred and one ranks"),
        pytest.param(list(range(101)), 0.95, (2.5, 97.5), id="between two ranks"),
        pytest.param([3, 1, 2], 0.9, (1.1, 2.9), id="any order"),
        pytest.param([4], 0.95, (4, 4), id="a single draw"),
        pytest.param([1, 1, NAN, 1], 0.95, (1, 1), id="undefined draws are left out"),
        pytest.param([1, NAN], 0.95, (1, 1), id="half of them defined"),
        pytest.param([1, NAN, NAN], 0.95, None, id="fewer than half defined"),
        pytest.param([NAN, NAN], 0.95, None, id="none defined"),
        pytest.param([], 0.95, None, id="no draws"),
    ],
)
def test_an_interval_of_very_many_sites_is_between_quantiles_of_the_defined_draws(
    draws: list[float], confidence: float, ends: tuple[float, float] | None
) -> None:
    found = stats.interval(np.array(draws, dtype=np.float64), 10**9, confidence)
    assert found == (ends if ends is None else pytest.approx(ends))


@pytest.mark.parametrize("sites", [2, 3, 10, 97])
def test_an_interval_of_few_sites_reaches_as_far_as_students_does(sites: int) -> None:
    draws = np.linspace(0, 1, 100_001)
    tail = norm.cdf(-expansion(sites))
    assert stats.interval(draws, sites) == pytest.approx((tail, 1 - tail), abs=1e-6)


def test_an_interval_of_one_site_is_refused_rather_than_bounded() -> None:
    with pytest.raises(ValueError, match="unbounded"):
        stats.interval(np.array([0.4, 0.5]), 1)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 9, 30, 1000])
@pytest.mark.parametrize("level", [0.6, 0.9, 0.975, 0.995])
def test_students_quantile_is_scipys(freedom: int, level: float) -> None:
    assert stats.student(level, freedom) == pytest.approx(t.ppf(level, freedom), rel=1e-5)


def test_values_without_each_site_are_those_of_the_other_sites_alone() -> None:
    values, sites = [0.1, 0.4, 0.9, 0.3], ["b", "a", "b", "c"]
    [left] = stats.without_each(MEAN, [column(values)], sites)
    assert left["mean"] == pytest.approx([0.35, 1.3 / 3, 1.4 / 3])  # without b, a, c


@pytest.mark.parametrize(
    ("values", "median"),
    [
        pytest.param([3, 1, 2], 2, id="odd"),
        pytest.param([4, 1, 2, 3], 2.5, id="even"),
        pytest.param([NAN, 1, NAN, 3], 2, id="undefined values are left out"),
        pytest.param([NAN], None, id="all undefined"),
        pytest.param([], None, id="no values"),
    ],
)
def test_a_median_is_of_the_defined_values(values: list[float], median: float | None) -> None:
    assert stats.median(np.array(values, dtype=np.float64)) == median
