"""What a difference between extractors is worth: arrays and a seed in, numbers out.

Differences and scores are in the unit of the metric they come from, mostly shares in 0-1. NaN is "undefined on this page" and
is left out; infinity is a mistake of the caller and raises ValueError. Pages of one site share a template, so whatever draws,
flips or sums here does so by whole sites. Functions that draw take a seed (PCG64): equal arguments give equal results.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import NormalDist
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import ArrayLike

from bench.metric import Floats
from bench.stats import SEED, clusters

RESAMPLES = 9999
"""Flips of a paired test: with the observed one 10,000, so the smallest p is 0.0001."""
_FINEST = 0.005
"""The smallest corrected p against the best of many: a tenth of the usual level, so chance in the flips decides nothing."""
_CHUNK = 2**18
"""Numbers made at a time: bounds memory at a few MB on any corpus."""
_SLACK = 1e-12
"""Sums in another order differ in their last digits; what differs by less, in its own scale, is equal."""
_NORMAL = NormalDist()


def bca(draws: ArrayLike, estimate: float, jackknife: ArrayLike, confidence: float = 0.95) -> tuple[float, float] | None:
    """Return the bias-corrected and accelerated interval of bootstrap draws.

    With z0 = ppf(share of draws under the estimate, draws equal to it counting half) and a = sum(d^3) / (6 sum(d^2)^1.5)
    over d = mean(jackknife) - jackknife, the ends are the quantiles of the draws at cdf(z0 + (z0 + z) / (1 - a (z0 + z)))
    for z = ppf((1 - confidence) / 2) and its negative. (Efron, Better bootstrap confidence intervals, JASA 82(397), 1987,
    171-185; a from leave-one-out estimates: Efron & Tibshirani, An Introduction to the Bootstrap, 1993, eq. 14.15.) For scores
    near 1, whose draws lean to one side, its ends lie further out on the long side than the percentile interval's. That does
    not make up for few sites: with 20 both intervals hold the truth in 9 of 10 corpora, not in 95 of 100.

    Args:
        draws: the value in every resample, as `bench.stats.bootstrap` returns it; NaN where undefined, left out.
        estimate: the value on all pages, in the draws' unit.
        jackknife: the value without each cluster in turn, clusters as they were drawn; NaN where undefined, left out.
        confidence: share of corpora whose interval should hold the truth, in (0, 1).

    Returns:
        The ends, never outside the draws. None where the method says nothing, so that a caller may fall back on the
        percentile interval or show none: estimate undefined; fewer than half of the draws defined; fewer than 2 clusters;
        all draws equal; all jackknife values equal; all draws on one side of the estimate; a correction past its pole.

    Raises:
        ValueError: a confidence outside (0, 1), or an infinite number.
    """
    _inside("confidence", confidence)
    drawn, left_out = np.asarray(draws, dtype=np.float64).ravel(), _defined(jackknife)
    defined = _defined(drawn)
    if math.isinf(estimate):
        raise ValueError("the estimate is infinite")
    if math.isnan(estimate) or 2 * len(defined) < len(drawn) or not len(defined) or len(left_out) < 2:
        return None
    if _same(defined) or _same(left_out):
        return None
    below = (np.count_nonzero(defined < estimate) + np.count_nonzero(defined <= estimate)) / (2 * len(defined))
    if not 0 < below < 1:
        return None
    bias = _NORMAL.inv_cdf(float(below))
    # Scaled to 1 at most, lest the powers of tiny spreads vanish; the quotient does not change.
    spread = left_out.mean() - left_out
    spread /= np.abs(spread).max()
    acceleration = float((spread**3).sum() / (6 * (spread**2).sum() ** 1.5))
    levels = []
    for tail in ((1 - confidence) / 2, (1 + confidence) / 2):
        moved = bias + _NORMAL.inv_cdf(tail)
        room = 1 - acceleration * moved
        if room <= 0:
            return None
        levels.append(_NORMAL.cdf(bias + moved / room))
    low, high = np.quantile(defined, levels)
    return float(low), float(high)


class PairedTest(NamedTuple):
    """The outcome of a paired test."""

    mean: float
    """Mean of the differences, in their unit."""
    p: float
    """Two-sided, in (0, 1]."""
    pages: int
    """With a defined difference."""
    sites: int
    """That hold these pages."""
    exact: bool
    """Whether every flip was tried rather than some drawn."""


def paired_test(
    differences: ArrayLike, sites: Sequence[str], *, resamples: int = RESAMPLES, seed: int = SEED
) -> PairedTest | None:
    """Test by randomisation whether the mean difference of two extractors' pages is zero.

    Were the two the same, the differences of a site could as well have the other sign. All pages of a site flip together, and
    p is the share of flips whose mean lies as far from zero as the observed one. (Fisher, The Design of Experiments, 1935,
    section 21; Edgington & Onghena, Randomization Tests, 4th ed. 2007.) With 2**sites <= resamples all flips are tried: the
    observed one is among them, so p is a plain share and at least 2 / 2**sites. Else `resamples` are drawn and
    p = (1 + as far) / (1 + resamples), which is never 0 and keeps its level. (Phipson & Smyth, Permutation P-values should
    never be zero, SAGMB 9(1), 2010, article 39.) With 5 sites or fewer no p is below 0.05.

    Args:
        differences: one extractor's value less the other's, by page; NaN where either is undefined, left out.
        sites: the site of each page.
        resamples: flips to draw, at least 1.
        seed: of the generator; not used when all flips are tried.

    Returns:
        Mean, p and what they rest on; p is 1 where all differences are zero or there is one site. None without any page.

    Raises:
        ValueError: lengths that differ, resamples below 1, or an infinite difference.
    """
    values = np.asarray(differences, dtype=np.float64)
    numbers = _numbers(values, sites)
    defined = ~np.isnan(values)
    pages = int(np.count_nonzero(defined))
    if not pages:
        if resamples < 1:
            raise ValueError(f"{resamples} resamples")
        return None
    held = len(np.unique(numbers[defined]))
    sums = _sums(values[:, None], sites)
    # Sites without a defined page have nothing to flip; sites that sum to zero do, and count.
    sums = sums[np.unique(numbers[defined])]
    [p] = _flip(sums, resamples, seed)
    return PairedTest(float(values[defined].mean()), float(p), pages, held, _exact(held, resamples))


def least_p(sites: int, resamples: int = RESAMPLES) -> float:
    """Return the smallest p that a `paired_test` of so many sites can have."""
    return 2 / 2**sites if _exact(sites, resamples) else 1 / (resamples + 1)


def flips(extractors: int) -> int:
    """Return how many flips test the best of so many extractors: `RESAMPLES`, or as many as all pairs need for a p of 0.005."""
    return max(RESAMPLES, round(math.comb(extractors, 2) / _FINEST) - 1)


def signature(extractors: int) -> str:
    """Return how so many extractors are tested against the best of them, for signatures."""
    return f"randomisation-{flips(extractors)}-holm"


def pairwise(
    values: ArrayLike, sites: Sequence[str], *, best: int | None = None, resamples: int = RESAMPLES, seed: int = SEED
) -> Floats:
    """Return the p values of all pairs of extractors, corrected together by `holm`.

    Each is a `paired_test` of the pages that both have a value for. All pairs meet the same flips: every one or so many, by the
    number of sites in all. Of m extractors that are the same, the best and the worst lie far apart by choice alone. A test of
    the observed best against each other one is therefore a test of m (m - 1) / 2 pairs, not of m - 1, and is corrected as such.

    Args:
        values: extractors x pages; NaN where undefined.
        sites: the site of each page.
        best: place of the extractor whose pairs meet `flips` instead. Corrected for many pairs no p of so many flips is small:
            with 9,999 nothing could tell 33 extractors apart at 0.05.
        resamples: flips to draw. No p comes out below pairs / (resamples + 1).
        seed: of the generator.

    Returns:
        Extractors x extractors, symmetric: adjusted p in (0, 1], 1 on the diagonal, NaN where two share no page.

    Raises:
        ValueError: as `paired_test`, or values that are no table.
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"extractors x pages expected, got {table.ndim} dimensions")
    count = len(table)
    firsts, seconds = np.triu_indices(count, 1)
    adjusted = np.eye(count)
    if not len(firsts):
        return adjusted
    if np.isinf(table).any():
        raise ValueError("infinite values")
    differences = (table[firsts] - table[seconds]).T
    sums = _sums(differences, sites)
    p = _flip(sums, resamples, seed)
    if best is not None and flips(count) > resamples and not _exact(len(sums), resamples):
        of_best = (firsts == best) | (seconds == best)
        p[of_best] = _flip(sums[:, of_best], flips(count), seed)
    p[np.isnan(differences).all(axis=0)] = math.nan
    adjusted[firsts, seconds] = adjusted[seconds, firsts] = np.array(holm(p.tolist()), dtype=np.float64)
    return adjusted


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Return p values adjusted for being many, so that the chance of any false alarm among them stays under the level.

    Step-down: the i-th smallest of m, from 0, times m - i, no smaller than the one before it, at most 1. It holds however the
    tests depend on each other. (Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of
    Statistics 6(2), 1979, 65-70.)

    Args:
        p_values: in [0, 1]. None and NaN are tests that were not made: they come back as they are and do not count.

    Returns:
        Adjusted p in the order given, each at least its p, in the same order of size.

    Raises:
        ValueError: a p outside [0, 1].
    """
    adjusted = list(p_values)
    made = [(p, place) for place, p in enumerate(p_values) if p is not None and not math.isnan(p)]
    if not all(0 <= p <= 1 for p, _ in made):
        raise ValueError("a p value outside 0-1")
    highest = 0.0
    for rank, (p, place) in enumerate(sorted(made)):
        highest = max(highest, min(1.0, p * (len(made) - rank)))
        adjusted[place] = highest
    return adjusted


class Effect(NamedTuple):
    """How much and how often one of two paired samples is above the other."""

    pages: int
    """Where both are defined; the other numbers are of these."""
    mean: float
    """Of the first less the second, in their unit."""
    delta: float
    """Cliff's, -1 to 1: above 0 when the first tends to be larger."""
    wins: int
    """Pages where the first is larger by more than the margin."""
    ties: int
    losses: int


def effect(first: ArrayLike, second: ArrayLike, *, margin: float = 0.0) -> Effect | None:
    """Return effect sizes of two samples over the same pages.

    Cliff's delta is the share of all pairs (a page of the first, any page of the second) in which the first is larger, less the
    share in which it is smaller. (Cliff, Dominance statistics, Psychological Bulletin 114(3), 1993, 494-509.) It looks at
    the two distributions, not at which page is which, and knows no margin; wins, ties and losses compare page by page.
    Sorting makes it O(n log n). No words are given for its sizes: the usual thresholds come from another field.

    Args:
        first: values by page; NaN where undefined. A page where either is undefined is left out of both.
        second: values of the same pages.
        margin: differences up to this are ties, in the values' unit, 0 or more. At 0 only equal values tie; with any other
            margin a difference that is over it by rounding alone ties as well.

    Returns:
        The numbers, None when no page has both.

    Raises:
        ValueError: lengths that differ, a margin that is negative or not finite, or an infinite value.
    """
    left, right = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if left.shape != right.shape or left.ndim != 1:
        raise ValueError(f"samples of shapes {left.shape} and {right.shape}")
    if not 0 <= margin < math.inf:
        raise ValueError(f"margin {margin}")
    if np.isinf(left).any() or np.isinf(right).any():
        raise ValueError("infinite values")
    both = ~(np.isnan(left) | np.isnan(right))
    left, right = left[both], right[both]
    pages = len(left)
    if not pages:
        return None
    differences, ordered = left - right, np.sort(right)
    larger = int(np.searchsorted(ordered, left, side="left").sum())
    smaller = pages**2 - int(np.searchsorted(ordered, left, side="right").sum())
    reach = margin + (_SLACK * max(1.0, margin) if margin else 0.0)
    wins, losses = int(np.count_nonzero(differences > reach)), int(np.count_nonzero(differences < -reach))
    return Effect(pages, float(differences.mean()), (larger - smaller) / pages**2, wins, pages - wins - losses, losses)


def wilson(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float] | None:
    """Return the score interval of a share.

    (s + z^2/2 -+ z sqrt(s (n - s) / n + z^2/4)) / (n + z^2) with z = ppf((1 + confidence) / 2), no continuity correction.
    (Wilson, Probable inference, the law of succession, and statistical inference, JASA 22(158), 1927, 209-212.) It
    takes the trials as independent: for pages of few sites it is too narrow.

    Args:
        successes: 0 to n.
        n: trials, 0 or more.
        confidence: in (0, 1).

    Returns:
        The ends, in 0-1: exactly 0 without a success, exactly 1 without a failure. None when n is 0.

    Raises:
        ValueError: successes outside 0-n, or a confidence outside (0, 1).
    """
    _inside("confidence", confidence)
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n}")
    if not n:
        return None
    z = _NORMAL.inv_cdf((1 + confidence) / 2)
    middle, reach = successes + z * z / 2, z * math.sqrt(successes * (n - successes) / n + z * z / 4)
    low = (middle - reach) / (n + z * z) if successes else 0.0
    high = (middle + reach) / (n + z * z) if successes < n else 1.0
    return max(0.0, low), min(1.0, high)


def standard_error(values: ArrayLike, sites: Sequence[str]) -> float | None:
    """Return the standard error of a mean over pages that come in sites.

    sqrt(k / (k - 1) * sum over sites of (sum of the site's values less the mean)^2) / pages, with k sites. (Liang & Zeger,
    Longitudinal data analysis using generalized linear models, Biometrika 73(1), 1986, 13-22, for a mean; the same as the
    ratio estimator's in Cochran, Sampling Techniques, 3rd ed. 1977, section 9A.) With one page per site it is sd / sqrt(k).

    Args:
        values: by page; NaN where undefined, left out.
        sites: the site of each page.

    Returns:
        The error in the values' unit, 0 or more; None with fewer than 2 sites.

    Raises:
        ValueError: lengths that differ, or an infinite value.
    """
    table = np.asarray(values, dtype=np.float64)
    numbers = _numbers(table, sites)
    defined = ~np.isnan(table)
    table, numbers = table[defined], numbers[defined]
    count = len(np.unique(numbers))
    if count < 2:
        return None
    if _same(table):
        return 0.0
    sums = np.bincount(numbers, weights=table - table.mean())
    return math.sqrt(count / (count - 1) * float(sums @ sums)) / len(table)


@overload
def minimum_detectable(
    spread: Sequence[float] | Floats, sites: Sequence[str], *, power: float = ..., alpha: float = ...
) -> float | None: ...
@overload
def minimum_detectable(spread: float, sites: int, *, power: float = ..., alpha: float = ...) -> float | None: ...
def minimum_detectable(
    spread: float | Sequence[float] | Floats, sites: int | Sequence[str], *, power: float = 0.8, alpha: float = 0.05
) -> float | None:
    """Return the smallest true mean difference that so many sites show as significant, this often.

    (ppf(1 - alpha / 2) + ppf(power)) * standard error. (Bloom, Minimum detectable effects, Evaluation Review 19(5), 1995,
    547-556, with normal in place of t quantiles; the chance to reject on the wrong side is neglected.) The normal approximation
    makes it too small with few sites: by about an eighth at 10. For tests that will be corrected give alpha / tests.

    Args:
        spread: differences by page, NaN left out, or the standard deviation of one site's mean difference, 0 or more.
        sites: the site of each page; or, with a standard deviation, how many sites, 0 or more.
        power: chance that the difference is found, in [0.5, 1).
        alpha: two-sided level of the test, in (0, 1).

    Returns:
        The difference in the unit of `spread`, above 0. None with fewer than 2 sites, and without any spread: differences that
        are all the same tell nothing of how others would vary.

    Raises:
        ValueError: anything outside its range, lengths that differ, one argument of each form, or an infinite value.
    """
    _inside("alpha", alpha)
    if not 0.5 <= power < 1:
        raise ValueError(f"power {power} is not in [0.5, 1)")
    error: float | None
    if isinstance(spread, int | float) and isinstance(sites, int):
        if not 0 <= spread < math.inf or sites < 0:
            raise ValueError(f"standard deviation {spread} of {sites} sites")
        error = spread / math.sqrt(sites) if sites >= 2 else None
    elif isinstance(spread, int | float) or isinstance(sites, int):
        raise ValueError("give differences with the sites of their pages, or a standard deviation with a number of sites")
    else:
        error = standard_error(spread, sites)
    return (_NORMAL.inv_cdf(1 - alpha / 2) + _NORMAL.inv_cdf(power)) * error if error else None


def rank_ranges(draws: ArrayLike, *, confidence: float = 0.95, higher: bool = True) -> list[tuple[int, int] | None]:
    """Return for each extractor the ranks that it takes in most resamples.

    In each resample the extractors that have a value there are ranked, 1 the best. Extractors that share a value share
    all places that they take up. The range leaves out as many resamples at either end as the confidence allows, never more.
    (Goldstein & Spiegelhalter, League tables and their limitations, JRSS A 159(3), 1996, 385-443.)

    Args:
        draws: extractors x resamples, all from the same resamples; NaN where undefined.
        confidence: share of resamples inside the range, in (0, 1). It holds for each extractor alone, not for all at once.
        higher: whether larger values are better.

    Returns:
        Best and worst rank, 1 to the number of extractors; None for one with fewer than half of its draws defined. Such an
        extractor takes no place: the others are ranked as if it were not there.

    Raises:
        ValueError: draws that are no table, a confidence outside (0, 1), or an infinite value.
    """
    _inside("confidence", confidence)
    table = np.asarray(draws, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"extractors x draws expected, got {table.ndim} dimensions")
    if np.isinf(table).any():
        raise ValueError("infinite values")
    defined = ~np.isnan(table)
    ranked = (2 * defined.sum(axis=1) >= table.shape[1]) & defined.any(axis=1)
    table = (table if higher else -table)[ranked]
    ranges: Iterator[tuple[int, int]] = (_rank_range(own, table, confidence) for own in table)
    return [next(ranges) if one else None for one in ranked]


def _rank_range(own: Floats, table: Floats, confidence: float) -> tuple[int, int]:
    there = ~np.isnan(own)
    own, table = own[there], table[:, there]
    # NaN is neither larger nor equal.
    best = np.sort(1 + (table > own).sum(axis=0))
    worst = np.sort((table >= own).sum(axis=0))
    outside = math.floor((1 - confidence) / 2 * len(own) + 1e-9)
    return int(best[outside]), int(worst[len(own) - 1 - outside])


def tie_group(values: Sequence[float | None], adjusted: ArrayLike, *, alpha: float = 0.05, higher: bool = True) -> list[int]:
    """Return the places of the extractors that the data cannot tell from the best.

    An extractor is out when its corrected p against the best is below alpha; against each of them where several share the best
    value. To be in is no proof of being as good: with few sites everything ties, and `minimum_detectable` says how much could
    hide.

    Args:
        values: of each extractor on all pages; None or NaN where undefined.
        adjusted: corrected p of every pair, as `pairwise` returns it; NaN where there was no test. Correct all pairs together:
            the best was chosen by looking, and a correction for its own row alone lets equals be told apart too often.
        alpha: level, in (0, 1).
        higher: whether larger values are better.

    Returns:
        Places in the order of `values`, among them the best. Undefined values are out; an untested pair is not told apart.
        Empty when no value is defined.

    Raises:
        ValueError: a table that is not extractors x extractors, or an alpha outside (0, 1).
    """
    _inside("alpha", alpha)
    table = np.asarray(adjusted, dtype=np.float64)
    numbers = np.array([math.nan if value is None else value for value in values], dtype=np.float64)
    if table.shape != (len(numbers), len(numbers)) and len(numbers):
        raise ValueError(f"{len(numbers)} values with p values of shape {table.shape}")
    defined = np.flatnonzero(~np.isnan(numbers))
    if not len(defined):
        return []
    top = numbers[defined].max() if higher else numbers[defined].min()
    best = np.flatnonzero(numbers == top)
    return [int(place) for place in defined if place in best or not (table[place, best] < alpha).all()]


def _flip(sums: Floats, resamples: int, seed: int) -> Floats:
    """Return the p of each column of sums by site (sites x columns), all under the same flips."""
    if resamples < 1:
        raise ValueError(f"{resamples} resamples")
    count, columns = sums.shape
    total = sums.sum(axis=0)
    reached = np.abs(total) - _SLACK * np.abs(sums).sum(axis=0)
    exact = _exact(count, resamples)
    # A flip and its opposite lie equally far: when all are tried, the first site's sign stays.
    flips = 2 ** max(0, count - 1) if exact else resamples
    generator = np.random.default_rng(seed)
    far = np.zeros(columns, dtype=np.int64)
    step = max(1, _CHUNK // max(1, count, columns))
    for start in range(0, flips, step):
        rows = min(step, flips - start)
        if exact:
            flipped = (np.arange(start, start + rows)[:, None] << 1 >> np.arange(count)) & 1
        else:
            flipped = generator.integers(0, 2, size=(rows, count), dtype=np.int8)
        # Of a flipped site twice its sum is lost.
        far += (np.abs(total - 2 * (flipped.astype(np.float64) @ sums)) >= reached).sum(axis=0)
    return far / flips if exact else (far + 1) / (flips + 1)


def _exact(count: int, resamples: int) -> bool:
    return 1 << count <= resamples


def _sums(differences: Floats, sites: Sequence[str]) -> Floats:
    """Return the sums by site of pages x columns: sites x columns. An undefined difference adds nothing to flip."""
    numbers = _numbers(differences[:, 0], sites)
    count = int(numbers.max()) + 1 if len(numbers) else 0
    return np.stack([np.bincount(numbers, weights=column, minlength=count) for column in np.nan_to_num(differences).T], axis=1)


def _numbers(values: Floats, sites: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    if values.shape != (len(sites),):
        raise ValueError(f"values of shape {values.shape} with the sites of {len(sites)} pages")
    if np.isinf(values).any():
        raise ValueError("infinite values")
    return clusters(sites)[0]


def _defined(values: ArrayLike) -> Floats:
    table = np.asarray(values, dtype=np.float64).ravel()
    if np.isinf(table).any():
        raise ValueError("infinite values")
    return table[~np.isnan(table)]


def _same(values: Floats) -> bool:
    """Whether all values are equal but for their last digits: sums in another order are no spread."""
    return float(np.ptp(values)) <= _SLACK * float(np.abs(values).max())


def _inside(name: str, share: float) -> None:
    if not 0 < share < 1:
        raise ValueError(f"{name} {share} is not between 0 and 1")
