"""Intervals, tests and ranks: against SciPy and statsmodels, by hand at the edges, and by properties of any numbers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as reference
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_confint

from bench import inference, stats
from bench.metric import Floats, Metric

NAN, INFINITE = math.nan, math.inf
SEEDS = pytest.mark.parametrize("seed", range(5))
quick = settings(deadline=None, max_examples=60)

# Two decimals, as ties matter; pages of up to six sites, so that every flip can be tried by hand.
hundredths = st.integers(-100, 100).map(lambda number: number / 100)
sited = st.lists(st.tuples(hundredths | st.just(NAN), st.sampled_from("abcdef")), min_size=1, max_size=20)
chances = st.lists(st.floats(0, 1), max_size=12)


def generator(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def alone(count: int) -> list[str]:
    """Sites of so many pages, one each."""
    return [str(number) for number in range(count)]


def paired(differences: Sequence[float] | Floats, sites: Sequence[str], resamples: int = 9999) -> inference.PairedTest:
    test = inference.paired_test(differences, sites, resamples=resamples)
    assert test is not None
    return test


def without_each(values: Floats) -> Floats:
    return np.array([np.delete(values, place).mean() for place in range(len(values))])


# BCa


@SEEDS
@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("statistic", [np.mean, np.var, lambda values, axis: np.exp(values).mean(axis=axis)])
def test_bca_of_the_same_draws_is_scipys(seed: int, confidence: float, statistic: Callable[..., Floats]) -> None:
    values = generator(seed).beta(8, 2, size=12 + seed)
    theirs = reference.bootstrap(
        (values,), statistic, n_resamples=999, confidence_level=confidence, method="BCa", rng=generator(seed)
    )
    left_out = [float(statistic(np.delete(values, place), axis=0)) for place in range(len(values))]
    ours = inference.bca(theirs.bootstrap_distribution, float(statistic(values, axis=0)), left_out, confidence)
    assert ours == pytest.approx(tuple(theirs.confidence_interval), rel=1e-9)


def test_bca_of_our_draws_is_scipys_within_what_draws_vary() -> None:
    def no_counts(_: object) -> tuple[float, ...]:
        raise AssertionError("statistics work on stored counts")

    mean = Metric("mean:v1", ("value",), no_counts, lambda counts: {"mean": (counts[:, 0], np.ones(len(counts)))}, ("mean",))
    values = generator(1).beta(5, 1, size=40)
    [drawn] = stats.bootstrap(mean, [values[:, None]], alone(40), resamples=20_000)
    ours = inference.bca(drawn["mean"], float(values.mean()), without_each(values))
    theirs = reference.bootstrap((values,), np.mean, n_resamples=20_000, rng=generator(2)).confidence_interval
    # Of the mean's standard error, 0.026, an end has 1/50 from its quantile and 1/50 from the bias, here and there: 0.001.
    assert ours == pytest.approx(tuple(theirs), abs=0.003)
    plain = stats.interval(drawn["mean"], 40)
    assert plain is not None
    assert ours is not None
    assert ours[0] < plain[0]  # the long side of scores near 1


def test_bca_without_bias_and_skew_is_the_percentile_interval() -> None:
    draws = np.linspace(-1, 1, 2001)
    assert inference.bca(draws, 0.0, [-1, 0, 1]) == pytest.approx(stats.interval(draws, 10**9))
    assert inference.bca(draws, 0.0, [-1, 0, 1], 0.8) == pytest.approx((-0.8, 0.8))


EVEN = [0.0, 1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("draws", "estimate", "jackknife"),
    [
        pytest.param([], 0.5, EVEN, id="no draws"),
        pytest.param([NAN] * 4, 0.5, EVEN, id="no defined draws"),
        pytest.param([NAN, NAN, NAN, 0.1, 0.9], 0.5, EVEN, id="fewer than half of the draws defined"),
        pytest.param([0.5] * 9, 0.5, EVEN, id="all draws equal"),
        pytest.param([0.1 + 0.2, 0.3] * 5, 0.3, EVEN, id="all draws equal but for rounding"),
        pytest.param([0.1, 0.9], NAN, EVEN, id="estimate undefined"),
        pytest.param([0.1, 0.9], 1.0, EVEN, id="all draws below the estimate"),
        pytest.param([0.1, 0.9], 0.0, EVEN, id="all draws above the estimate"),
        pytest.param([0.1, 0.9], 0.5, [], id="no cluster"),
        pytest.param([0.1, 0.9], 0.5, [0.4], id="one cluster"),
        pytest.param([0.1, 0.9], 0.5, [0.4, NAN], id="one cluster defined"),
        pytest.param([0.1, 0.9], 0.5, [0.4, 0.4], id="all jackknife values equal"),
        # A bias of 3.7 deviations, the tail of 6.5 on top, and one cluster far from 999 others: an acceleration of 1/6.
        pytest.param([1.0, *[0.0] * 9999], 0.5, [*[1.0] * 999, -9.0], id="a correction past its pole"),
    ],
)
def test_bca_says_nothing(draws: list[float], estimate: float, jackknife: list[float]) -> None:
    assert inference.bca(draws, estimate, jackknife, 0.9999999999) is None


def test_bca_leaves_undefined_draws_and_clusters_out() -> None:
    draws = generator(3).normal(size=99)
    with_gaps = np.concatenate([draws, np.full(99, NAN)])
    assert inference.bca(with_gaps, 0.1, [NAN, 1, 2, 4]) == inference.bca(draws, 0.1, [1, 2, 4])


def test_bca_follows_the_unit_of_its_values_however_small() -> None:
    draws, jackknife = generator(3).normal(size=99), np.array([1.0, 2.0, 4.0])
    whole = inference.bca(draws, 0.1, jackknife)
    assert whole is not None
    # The cube of such a spread is 0.
    small = inference.bca(draws * 1e-120, 0.1e-120, jackknife * 1e-120)
    assert small == pytest.approx([end * 1e-120 for end in whole], rel=1e-9, abs=0)


@quick
@given(st.lists(hundredths, min_size=2, max_size=30), hundredths, st.lists(hundredths, min_size=2, max_size=9))
def test_bca_lies_in_order_inside_the_draws_and_mirrors(draws: list[float], estimate: float, jackknife: list[float]) -> None:
    ends = inference.bca(draws, estimate, jackknife)
    mirrored = inference.bca([-x for x in draws], -estimate, [-x for x in jackknife])
    assert (ends is None) == (mirrored is None)
    if ends is not None and mirrored is not None:
        assert min(draws) <= ends[0] <= ends[1] <= max(draws)
        assert mirrored == pytest.approx((-ends[1], -ends[0]), abs=1e-9)


# Paired test


@SEEDS
def test_all_flips_give_scipys_exact_p(seed: int) -> None:
    differences = generator(seed).normal(0.3, 1, size=8 + seed).round(1)
    theirs = reference.permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=np.inf, vectorized=True, rng=generator(0)
    )
    ours = paired(differences, alone(len(differences)))
    assert ours.exact
    assert ours.p == pytest.approx(theirs.pvalue, abs=1e-12)
    assert ours.mean == pytest.approx(theirs.statistic)


@SEEDS
def test_drawn_flips_come_near_the_exact_p(seed: int) -> None:
    differences = generator(seed).normal(0.2, 1, size=13)
    exact, drawn = paired(differences, alone(13), 2**13), paired(differences, alone(13), 2**13 - 1)
    assert exact.exact
    assert not drawn.exact
    assert drawn.p == pytest.approx(exact.p, abs=4 * math.sqrt(exact.p * (1 - exact.p) / 2**13) + 2**-13)


@quick
@given(sited)
def test_p_is_the_share_of_flips_of_whole_sites_as_far_from_zero(pages: list[tuple[float, str]]) -> None:
    values, sites = [value for value, _ in pages], [site for _, site in pages]
    defined = [(round(value * 100), site) for value, site in pages if not math.isnan(value)]
    test = inference.paired_test(values, sites, resamples=64)
    if not defined:
        assert test is None
        return
    held = sorted({site for _, site in defined})
    far = 0
    for signs in itertools.product((1, -1), repeat=len(held)):
        sign = dict(zip(held, signs, strict=True))
        far += abs(sum(value * sign[site] for value, site in defined)) >= abs(sum(value for value, _ in defined))
    assert test is not None
    assert test.p == far / 2 ** len(held)
    assert (test.pages, test.sites, test.exact) == (len(defined), len(held), True)


@pytest.mark.parametrize(
    ("differences", "sites", "expected"),
    [
        ([0.1], ["a"], (0.1, 1.0, 1, 1, True)),
        ([0.1, 0.3], ["a", "a"], (0.2, 1.0, 2, 1, True)),
        ([0.1, 0.3], ["a", "b"], (0.2, 0.5, 2, 2, True)),
        ([0.1, NAN, 0.3], ["a", "c", "b"], (0.2, 0.5, 2, 2, True)),
        ([0.0, 0.0, 0.0], ["a", "b", "c"], (0.0, 1.0, 3, 3, True)),
        ([0.2, -0.2, 0.1], ["a", "a", "b"], (0.1 / 3, 1.0, 3, 2, True)),
        ([1.0] * 5, list("abcde"), (1.0, 2 / 32, 5, 5, True)),
        # Five of eight flips with 0.6 up, two of them only as 0.1 + 0.2 counts for 0.3.
        ([0.1, 0.2, -0.3, 0.6], list("abcd"), (0.15, 0.625, 4, 4, True)),
    ],
)
def test_small_paired_tests_by_hand(differences: list[float], sites: list[str], expected: tuple[float, ...]) -> None:
    assert paired(differences, sites) == pytest.approx(expected)


def test_sites_without_a_defined_page_are_not_flipped() -> None:
    test = paired([0.1, 0.3, 0.2, *[NAN] * 40], alone(43), 8)
    assert test == pytest.approx((0.2, 0.25, 3, 3, True))


@pytest.mark.parametrize("differences", [[], [NAN, NAN]])
def test_without_pages_there_is_no_paired_test(differences: list[float]) -> None:
    assert inference.paired_test(differences, alone(len(differences))) is None


def test_drawn_p_is_never_zero_and_repeats_by_its_seed() -> None:
    assert paired(np.ones(60), alone(60), 99).p == 1 / 100
    differences = generator(4).normal(0.1, 1, size=60)
    first, again, other = (inference.paired_test(differences, alone(60), resamples=999, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_pages_of_a_site_are_not_taken_for_independent() -> None:
    differences = np.repeat([0.2, 0.1, 0.3, -0.1], 20)
    assert paired(differences, [str(page // 20) for page in range(80)]).p > 0.1
    assert paired(differences, alone(80)).p < 0.001


@quick
@given(sited, st.sampled_from([1, 7, 64]))
def test_p_is_a_chance_and_the_same_from_either_side(pages: list[tuple[float, str]], resamples: int) -> None:
    values, sites = np.array([value for value, _ in pages]), [site for _, site in pages]
    test, turned = (inference.paired_test(one, sites, resamples=resamples) for one in (values, -values))
    if test is not None and turned is not None:
        assert 0 < test.p <= 1
        assert turned == test._replace(mean=-test.mean)


def test_flips_made_in_many_portions_are_the_same_flips(monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = generator(5).normal(0.2, 1, size=9), generator(5).normal(0.2, 1, size=30)
    whole = paired(few, alone(9)), paired(many, alone(30), 500)
    monkeypatch.setattr(inference, "_CHUNK", 100)
    # The exact one equal; of the drawn ones 30 are made from a stream that goes on.
    assert paired(few, alone(9)) == whole[0]
    assert paired(many, alone(30), 500).p == pytest.approx(whole[1].p, abs=0.1)


# All pairs


def test_all_pairs_are_paired_tests_corrected_together() -> None:
    values = generator(6).normal([[0.0], [0.0], [1.0], [3.0]], 1, size=(4, 20))
    values[1, 3] = values[2, 5] = NAN
    sites = [str(page // 2) for page in range(20)]
    pairs = list(itertools.combinations(range(4), 2))
    corrected = inference.holm([paired(values[one] - values[other], sites).p for one, other in pairs])
    table = inference.pairwise(values, sites)
    assert [table[pair] for pair in pairs] == corrected
    assert np.array_equal(table, table.T)
    assert np.array_equal(np.diag(table), np.ones(4))


def test_pairs_without_a_common_page_are_not_tested_and_do_not_count() -> None:
    ones, none = np.ones(6), np.full(6, NAN)
    table = inference.pairwise([ones, ones * 0, none], alone(6))
    assert table[0, 1] == 2 / 64
    assert np.isnan(table[:2, 2]).all()


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_extractors_make_no_pair(count: int) -> None:
    assert np.array_equal(inference.pairwise(np.ones((count, 3)), alone(3)), np.ones((count, count)))


def test_a_corpus_without_pages_tests_nothing() -> None:
    assert np.isnan(inference.pairwise(np.ones((2, 0)), [])[0, 1])


# Holm


@settings(deadline=None, max_examples=20)  # 50 ms of statsmodels' each
@given(chances.filter(bool))
def test_holm_is_statsmodels(p_values: list[float]) -> None:
    assert inference.holm(p_values) == multipletests(p_values, method="holm")[1].tolist()


@pytest.mark.parametrize(
    ("p_values", "expected"),
    [
        ([], []),
        ([0.04], [0.04]),
        ([None], [None]),
        ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),
        ([0.5, 0.5], [1.0, 1.0]),
        ([0.0, 1.0], [0.0, 1.0]),
        ([0.01, None, 0.02], [0.02, None, 0.02]),
        ([0.2, 0.2, 0.01], [0.4, 0.4, 0.03]),
    ],
)
def test_holm_by_hand(p_values: list[float | None], expected: list[float | None]) -> None:
    assert inference.holm(p_values) == expected


def test_holm_passes_nan_by() -> None:
    first, second = inference.holm([NAN, 0.03])
    assert first is not None
    assert math.isnan(first)
    assert second == 0.03


@quick
@given(chances)
def test_holm_raises_p_and_keeps_its_order(p_values: list[float]) -> None:
    adjusted = [p for p in inference.holm(p_values) if p is not None]
    assert len(adjusted) == len(p_values)
    assert all(p <= raised <= 1 for p, raised in zip(p_values, adjusted, strict=True))
    in_order = [raised for _, raised in sorted(zip(p_values, adjusted, strict=True))]
    assert in_order == sorted(in_order)


# Effect size


@SEEDS
def test_cliffs_delta_is_made_of_mann_whitneys_u(seed: int) -> None:
    first, second = generator(seed).integers(0, 12, size=(2, 30)) / 10
    found = inference.effect(first, second)
    assert found is not None
    assert found.delta == pytest.approx(2 * reference.mannwhitneyu(first, second).statistic / 900 - 1)


@quick
@given(st.lists(st.tuples(hundredths | st.just(NAN), hundredths | st.just(NAN)), max_size=15), st.integers(0, 20))
def test_effects_are_counted_pair_by_pair(pages: list[tuple[float, float]], margin: int) -> None:
    first, second = [left for left, _ in pages], [right for _, right in pages]
    found = inference.effect(first, second, margin=margin / 100)
    whole = [(round(a * 100), round(b * 100)) for a, b in pages if not math.isnan(a + b)]
    if not whole:
        assert found is None
        return
    crossed = [(a > b) - (a < b) for a, _ in whole for _, b in whole]
    apart = [a - b for a, b in whole]
    wins, losses = sum(one > margin for one in apart), sum(one < -margin for one in apart)
    expected = inference.Effect(
        len(whole), sum(apart) / 100 / len(apart), sum(crossed) / len(crossed), wins, len(whole) - wins - losses, losses
    )
    assert found == pytest.approx(expected)
    turned = inference.effect(second, first, margin=margin / 100)
    assert turned == pytest.approx((len(whole), -expected.mean, -expected.delta, losses, expected.ties, wins))


@pytest.mark.parametrize(
    ("first", "second", "margin", "expected"),
    [
        ([1.0], [1.0], 0.0, (1, 0.0, 0.0, 0, 1, 0)),
        ([1.0, 1.0], [0.0, 0.0], 0.0, (2, 1.0, 1.0, 2, 0, 0)),
        # Every page is won, yet the distributions lie over each other.
        ([0.2, 0.4], [0.1, 0.3], 0.0, (2, 0.1, 0.5, 2, 0, 0)),
        # 0.8 - 0.7 is more than 0.1 by rounding alone.
        ([0.8, 0.9], [0.7, 0.7], 0.1, (2, 0.15, 1.0, 1, 1, 0)),
        ([NAN, 0.5, 1.0], [1.0, NAN, 0.0], 0.0, (1, 1.0, 1.0, 1, 0, 0)),
    ],
)
def test_effects_by_hand(first: list[float], second: list[float], margin: float, expected: tuple[float, ...]) -> None:
    assert inference.effect(first, second, margin=margin) == pytest.approx(expected)


@pytest.mark.parametrize(("first", "second"), [([], []), ([NAN], [1.0])])
def test_there_is_no_effect_without_pages(first: list[float], second: list[float]) -> None:
    assert inference.effect(first, second) is None


# Wilson


@pytest.mark.parametrize("confidence", [0.5, 0.95, 0.999])
@pytest.mark.parametrize("n", [1, 2, 7, 100, 10**6])
def test_wilson_is_statsmodels(n: int, confidence: float) -> None:
    for successes in sorted({0, 1, n // 3, n - 1, n}):
        theirs = proportion_confint(successes, n, alpha=1 - confidence, method="wilson")
        assert inference.wilson(successes, n, confidence) == pytest.approx(theirs, abs=1e-12)


def test_wilson_at_the_edges() -> None:
    assert inference.wilson(0, 0) is None
    # One of one: 1 / (1 + z^2).
    assert inference.wilson(1, 1) == pytest.approx((1 / (1 + 1.959963984540054**2), 1.0))
    for n, confidence in itertools.product((1, 3, 10), np.linspace(0.01, 0.999, 200)):
        nothing, everything = inference.wilson(0, n, confidence), inference.wilson(n, n, confidence)
        assert nothing is not None
        assert everything is not None
        assert (nothing[0], everything[1]) == (0.0, 1.0)
        assert nothing[1] == pytest.approx(1 - everything[0])


# Minimum detectable difference


@SEEDS
def test_the_standard_error_is_statsmodels_clustered_one(seed: int) -> None:
    numbers = generator(seed).integers(0, 7, size=40)
    values = generator(seed).normal(size=40) + numbers / 3
    fitted = sm.OLS(values, np.ones(40)).fit(cov_type="cluster", cov_kwds={"groups": numbers})
    assert inference.standard_error(values, [str(number) for number in numbers]) == pytest.approx(float(fitted.bse[0]))


def test_the_standard_error_of_pages_alone_is_the_plain_one() -> None:
    values = generator(7).normal(size=25)
    assert inference.standard_error(values, alone(25)) == pytest.approx(float(reference.sem(values)))
    assert inference.standard_error([*values, NAN], alone(26)) == pytest.approx(float(reference.sem(values)))


@pytest.mark.parametrize(
    ("values", "sites", "expected"),
    [([], "", None), ([1.0], "a", None), ([1.0, 2.0], "aa", None), ([1.0, NAN], "ab", None), ([0.1] * 3, "abc", 0.0),
     ([0.0, 0.0, 1.0, 1.0], "aabb", 0.5), ([0.0, 1.0, 0.0, 1.0], "aabb", 0.0)],
)  # fmt: skip
def test_standard_errors_by_hand(values: list[float], sites: str, expected: float | None) -> None:
    assert inference.standard_error(values, list(sites)) == expected


@pytest.mark.parametrize("power", [0.5, 0.8, 0.95])
@pytest.mark.parametrize("alpha", [0.01, 0.05])
@pytest.mark.parametrize("sites", [10, 200])
def test_the_minimum_detectable_difference_is_statsmodels(power: float, alpha: float, sites: int) -> None:
    theirs = NormalIndPower().solve_power(nobs1=sites, alpha=alpha, power=power, ratio=0)
    # They count rejections on the wrong side too, which are next to none.
    assert inference.minimum_detectable(0.3, sites, power=power, alpha=alpha) == pytest.approx(0.3 * theirs, rel=1e-3)


def test_differences_and_their_deviation_detect_alike() -> None:
    values = generator(8).normal(size=25)
    found = inference.minimum_detectable(values, alone(25))
    assert found == pytest.approx(inference.minimum_detectable(float(values.std(ddof=1)), 25))
    assert found == pytest.approx(2.8015852 * float(reference.sem(values)))


def test_a_difference_of_that_size_is_found_as_often_as_said() -> None:
    truth = inference.minimum_detectable(1.0, 60)
    assert truth is not None
    found = [paired(generator(seed).normal(truth, 1, size=60), alone(60), 499).p < 0.05 for seed in range(400)]
    assert np.mean(found) == pytest.approx(0.8, abs=0.06)  # three standard errors


def test_nothing_is_detectable_without_sites_or_spread() -> None:
    assert inference.minimum_detectable(0.3, 0) is None
    assert inference.minimum_detectable(0.3, 1) is None
    assert inference.minimum_detectable(0.0, 9) is None
    assert inference.minimum_detectable([0.1, 0.2], ["a", "a"]) is None
    assert inference.minimum_detectable([0.1, 0.1], ["a", "b"]) is None


# Ranks


@pytest.mark.parametrize(
    ("draws", "expected"),
    [
        ([], []),
        ([[0.3, 0.2]], [(1, 1)]),
        ([[0.9, 0.8], [0.1, 0.2]], [(1, 1), (2, 2)]),
        ([[0.9, 0.1], [0.1, 0.9]], [(1, 2), (1, 2)]),
        ([[0.5, 0.5], [0.5, 0.5], [0.1, 0.1]], [(1, 2), (1, 2), (3, 3)]),
        ([[0.5, 0.5], [NAN, NAN], [0.9, 0.9]], [(2, 2), None, (1, 1)]),
        # Where the second is undefined the first is alone, and first.
        ([[0.5, 0.5], [0.9, NAN]], [(1, 2), (1, 1)]),
        ([[0.5, 0.5, 0.5], [0.9, NAN, NAN]], [(1, 1), None]),
    ],
)
def test_rank_ranges_by_hand(draws: list[list[float]], expected: list[tuple[int, int] | None]) -> None:
    assert inference.rank_ranges(np.array(draws).reshape(len(draws), len(draws[0]) if draws else 0)) == expected


@pytest.mark.parametrize(("upsets", "worst"), [(0, 1), (2, 1), (3, 2)])
def test_a_range_leaves_out_no_more_than_a_fortieth_at_an_end(upsets: int, worst: int) -> None:
    draws = np.array([[0.9] * 100, [1.0] * upsets + [0.1] * (100 - upsets)])
    ranges = inference.rank_ranges(draws)
    assert ranges == [(1, worst), (3 - worst, 2)]


def test_a_twentieth_is_left_out_at_either_end_of_nine_tenths_whatever_it_rounds_to() -> None:
    draws = np.array([[0.9] * 100, [1.0] * 5 + [0.1] * 95])
    assert inference.rank_ranges(draws, confidence=0.9) == [(1, 1), (2, 2)]


@quick
@given(st.integers(1, 5), st.integers(1, 60), st.integers(0, 99), st.sampled_from([0.5, 0.8, 0.95]))
def test_a_range_holds_its_share_of_resamples(extractors: int, resamples: int, seed: int, confidence: float) -> None:
    draws = generator(seed).integers(0, 6, size=(extractors, resamples)).astype(float)
    ranges = inference.rank_ranges(draws, confidence=confidence)
    mirrored = inference.rank_ranges(-draws, confidence=confidence, higher=False)
    assert mirrored == ranges
    best = reference.rankdata(-draws, method="min", axis=0)
    worst = reference.rankdata(-draws, method="max", axis=0)
    for place, span in enumerate(ranges):
        assert span is not None
        assert 1 <= span[0] <= span[1] <= extractors
        assert np.mean((best[place] >= span[0]) & (worst[place] <= span[1])) >= confidence - 1e-9


def test_the_lowest_is_best_where_lower_is_better() -> None:
    assert inference.rank_ranges([[0.9, 0.8], [0.1, 0.2]], higher=False) == [(2, 2), (1, 1)]
    assert inference.tie_group([0.9, 0.1], [[1, 0.01], [0.01, 1]], higher=False) == [1]


@pytest.mark.parametrize(
    ("values", "told_apart", "expected"),
    [
        ([], [], []),
        ([None, NAN], [], []),
        ([0.5], [], [0]),
        ([0.5, 0.9, 0.8], [(0, 1)], [1, 2]),
        ([0.5, 0.9, 0.8], [(0, 2)], [0, 1, 2]),  # apart from another, not from the best
        ([0.5, None, 0.8], [(0, 2)], [2]),
        ([0.9, 0.9, 0.5], [(0, 2)], [0, 1, 2]),  # not from the other best
        ([0.9, 0.9, 0.5], [(0, 2), (1, 2)], [0, 1]),
        ([0.9, 0.9], [(0, 1)], [0, 1]),  # the best are the best
    ],
)
def test_tie_groups_by_hand(values: list[float | None], told_apart: list[tuple[int, int]], expected: list[int]) -> None:
    adjusted = np.ones((len(values), len(values)))
    for one, other in told_apart:
        adjusted[one, other] = adjusted[other, one] = 0.049
    assert inference.tie_group(values, adjusted) == expected
    assert inference.tie_group(values, np.where(adjusted < 1, 0.05, NAN)) == [
        place for place, value in enumerate(values) if value is not None and not math.isnan(value)
    ]


def test_a_clear_winner_stands_alone_and_equals_share_the_lead() -> None:
    values = generator(9).normal([[0.0], [0.0], [2.0], [2.0]], 1, size=(4, 60))
    adjusted = inference.pairwise(values, alone(60))
    assert inference.tie_group(values.mean(axis=1).tolist(), adjusted) == [2, 3]
    assert inference.tie_group(values[:3].mean(axis=1).tolist(), adjusted[:3, :3]) == [2]


def test_the_best_of_fifty_is_told_from_those_that_are_worse_on_every_site() -> None:
    values = generator(10).normal(0, 0.1, size=(50, 60))
    values[7] += 2
    values[8] += 2
    means = values.mean(axis=1)
    best = int(means.argmax())
    assert inference.tie_group(means.tolist(), inference.pairwise(values, alone(60), best=best)) == [7, 8]
    # 9,999 flips of 1,225 pairs are too few for any p under 0.05.
    assert len(inference.tie_group(means.tolist(), inference.pairwise(values, alone(60)))) == 50


@pytest.mark.parametrize(("extractors", "expected"), [(2, 9_999), (10, 9_999), (11, 10_999), (50, 244_999)])
def test_flips_of_the_best_grow_with_the_pairs_that_p_is_corrected_for(extractors: int, expected: int) -> None:
    assert inference.flips(extractors) == expected
    assert (math.comb(extractors, 2) / (expected + 1)) <= 0.005
    assert inference.signature(extractors) == f"randomisation-{expected}-holm"


def test_where_all_flips_are_tried_the_best_is_tested_by_the_same() -> None:
    values = generator(11).normal(0, 1, size=(20, 12))
    assert np.array_equal(inference.pairwise(values, alone(12), best=3), inference.pairwise(values, alone(12)))


# Mistakes of the caller


@pytest.mark.parametrize(
    "call",
    [
        lambda: inference.bca([0, 1], 0.5, EVEN, 1.0),
        lambda: inference.bca([0, INFINITE], 0.5, EVEN),
        lambda: inference.bca([0, 1], INFINITE, EVEN),
        lambda: inference.bca([0, 1], 0.5, [0, INFINITE]),
        lambda: inference.paired_test([0.1], ["a", "b"]),
        lambda: inference.paired_test([INFINITE], ["a"]),
        lambda: inference.paired_test([0.1], ["a"], resamples=0),
        lambda: inference.paired_test([], [], resamples=0),
        lambda: inference.pairwise([0.1], ["a"]),
        lambda: inference.pairwise([[0.1], [INFINITE]], ["a"]),
        lambda: inference.pairwise([[0.1], [0.2]], ["a", "b"]),
        lambda: inference.holm([0.1, 1.1]),
        lambda: inference.holm([-0.1]),
        lambda: inference.effect([0.1], [0.1, 0.2]),
        lambda: inference.effect([0.1], [INFINITE]),
        lambda: inference.effect([0.1], [0.1], margin=-0.1),
        lambda: inference.effect([0.1], [0.1], margin=NAN),
        lambda: inference.wilson(2, 1),
        lambda: inference.wilson(-1, 1),
        lambda: inference.wilson(0, 0, 0.0),
        lambda: inference.standard_error([0.1], []),
        lambda: inference.standard_error([INFINITE, 0.1], ["a", "b"]),
        lambda: inference.minimum_detectable(-0.1, 9),
        lambda: inference.minimum_detectable(NAN, 9),
        lambda: inference.minimum_detectable(0.1, -9),
        lambda: inference.minimum_detectable(0.1, ["a"]),  # type: ignore[call-overload]
        lambda: inference.minimum_detectable([0.1], 2),  # type: ignore[call-overload]
        lambda: inference.minimum_detectable(0.1, 9, power=0.4),
        lambda: inference.minimum_detectable(0.1, 9, alpha=0.0),
        lambda: inference.rank_ranges([0.1]),
        lambda: inference.rank_ranges([[INFINITE]]),
        lambda: inference.rank_ranges([[0.1]], confidence=1.0),
        lambda: inference.tie_group([0.1], [[1, 1], [1, 1]]),
        lambda: inference.tie_group([0.1], [[1]], alpha=1.0),
    ],
)
def test_what_cannot_be_meant_is_refused(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        call()
