"""Prints how often intervals and tests are right on simulated corpora whose truth is known.

Pages score 0-1, leaning to 1 as real ones do: a site has a level of its own, Beta(8, 2), and its pages lie about it. The
truth is then 0.8. Half the variance is between sites. Sites have 1 to 15 pages, so that a mean over pages does not weigh sites
equally. Corpora of a batch share their sites and their draws, so that one matrix product serves all; each batch has its own.
The figures to be met stand beside those measured. Lines without one are for information: few sites, other nulls and families,
and what must not be done: pages of sites drawn or flipped one by one.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator

import numpy as np

from bench import inference
from bench.metric import Floats, Metric
from bench.stats import bootstrap, interval

BATCH = 50
"""Corpora."""
TRUTH = 0.8
NOISE = 10.0
"""Pages of a site at level u are Beta(NOISE u, NOISE (1 - u))."""


def no_counts(_: object) -> tuple[float, ...]:
    raise AssertionError("simulated corpora have no texts")


MEAN = Metric(
    signature="mean:v1",
    fields=("value",),
    counts=no_counts,
    ratios=lambda counts: {"mean": (counts[:, 0], np.ones(len(counts)))},
    values=("mean",),
)
"""The plain mean over pages."""


def site_sizes(generator: np.random.Generator, sites: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Pages of each site: many have few, few have many."""
    return np.asarray(np.minimum(generator.geometric(0.25, size=sites), 15))


def scores(generator: np.random.Generator, sizes: np.ndarray[tuple[int], np.dtype[np.int64]], corpora: int) -> Floats:
    """Return corpora x pages, of which those of a site are alike."""
    levels = np.clip(generator.beta(8, 2, size=(corpora, len(sizes))), 1e-9, 1 - 1e-9)
    levels = np.repeat(levels, sizes, axis=1)
    return generator.beta(NOISE * levels, NOISE * (1 - levels))


def names(sizes: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[str]:
    return [str(site) for site, size in enumerate(sizes) for _ in range(size)]


def batches(corpora: int, seed: int) -> Iterator[tuple[int, int, np.random.Generator]]:
    """Yield how many corpora, a seed for their draws, and a generator for their scores that does not meet it."""
    for number, start in enumerate(range(0, corpora, BATCH)):
        yield min(BATCH, corpora - start), number, np.random.default_rng([seed, number])


def without_each(table: Floats, sites: list[str]) -> Floats:
    """Return the mean of each corpus without each site in turn: corpora x sites."""
    numbers = np.unique(sites, return_inverse=True)[1]
    sums = np.stack([np.bincount(numbers, weights=row) for row in table])
    left: Floats = (table.sum(axis=1, keepdims=True) - sums) / (table.shape[1] - np.bincount(numbers))
    return left


def coverage(corpora: int, resamples: int, sites: int, *, alone: bool = False, by_page: bool = False) -> dict[str, float]:
    """Return the share of corpora whose interval holds the truth, of both kinds of interval.

    Args:
        corpora: to simulate.
        resamples: of each.
        sites: of each.
        alone: whether each page is a site of its own.
        by_page: whether to draw pages as though they were independent.
    """
    held = dict.fromkeys(("expanded percentile", "bca"), 0)
    for count, seed, generator in batches(corpora, sites + 1000 * alone):
        sizes = np.ones(sites, dtype=np.int64) if alone else site_sizes(generator, sites)
        table = scores(generator, sizes, count)
        clusters = [str(page) for page in range(table.shape[1])] if by_page else names(sizes)
        drawn = bootstrap(MEAN, [row[:, None] for row in table], clusters, resamples=resamples, seed=seed)
        for row, values, left in zip(table, drawn, without_each(table, clusters), strict=True):
            ends = {
                "expanded percentile": interval(values["mean"], len(set(clusters))),
                "bca": inference.bca(values["mean"], float(row.mean()), left),
            }
            for kind, pair in ends.items():
                held[kind] += pair is not None and pair[0] <= TRUTH <= pair[1]
    return {kind: times / corpora for kind, times in held.items()}


def rejections(corpora: int, resamples: int, sites: int, null: str) -> float:
    """Return the share of corpora in which two extractors of the same true mean are told apart at 0.05.

    Args:
        corpora: to simulate.
        resamples: flips of each.
        sites: of each.
        null: "same": two extractors of one distribution. "by page": the same with pages flipped one by one. "skewed": equal
            means, but the second lies at the truth everywhere, so that a difference's sign cannot be flipped.
    """
    rejected = 0
    for count, seed, generator in batches(corpora, sites):
        sizes = site_sizes(generator, sites)
        first = scores(generator, sizes, count)
        second = np.full_like(first, TRUTH) if null == "skewed" else scores(generator, sizes, count)
        clusters = [str(page) for page in range(first.shape[1])] if null == "by page" else names(sizes)
        for place, differences in enumerate(first - second):
            test = inference.paired_test(differences, clusters, resamples=resamples, seed=seed * BATCH + place)
            rejected += test is not None and test.p < 0.05
    return rejected / corpora


def families(corpora: int, resamples: int, sites: int, extractors: int) -> dict[str, float]:
    """Return the share of corpora in which any of several equal extractors is told from another, by what is corrected."""
    alarms = dict.fromkeys(("uncorrected, against a fixed one", "fixed one", "all pairs", "the best's own row"), 0)
    firsts, seconds = np.triu_indices(extractors, 1)
    for count, seed, generator in batches(corpora, sites + 5000):
        sizes = site_sizes(generator, sites)
        clusters = names(sizes)
        for place in range(count):
            table = scores(generator, sizes, extractors)
            flips = seed * BATCH + place
            adjusted = inference.pairwise(table, clusters, resamples=resamples, seed=flips)
            alarms["all pairs"] += len(inference.tie_group(table.mean(axis=1).tolist(), adjusted)) < extractors
            # Plain p values of all pairs, under the same flips: two at a time, nothing is corrected.
            plain = np.ones((extractors, extractors))
            best = int(table.mean(axis=1).argmax())
            wanted = (firsts == 0) | (firsts == best) | (seconds == best)
            for one, other in zip(firsts[wanted], seconds[wanted], strict=True):
                test = inference.paired_test(table[one] - table[other], clusters, resamples=resamples, seed=flips)
                plain[one, other] = plain[other, one] = test.p if test else math.nan
            for kind, row in (("fixed one", 0), ("the best's own row", best)):
                corrected = inference.holm(np.delete(plain[row], row).tolist())
                alarms[kind] += any(p is not None and p < 0.05 for p in corrected)
            alarms["uncorrected, against a fixed one"] += bool((np.delete(plain[0], 0) < 0.05).any())
    return {kind: times / corpora for kind, times in alarms.items()}


def show(label: str, share: float, target: tuple[float, float] | None = None) -> None:
    wanted = (
        f"   (target {target[0]:.0%}-{target[1]:.0%}: {'met' if target[0] <= share <= target[1] else 'MISSED'})"
        if target
        else ""
    )
    print(f"  {label:52} {share:7.2%}{wanted}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpora", type=int, default=2000, help="simulated for each line (default: %(default)s)")
    parser.add_argument("--resamples", type=int, default=1000, help="of each corpus (default: %(default)s)")
    parser.add_argument("--sites", type=int, default=100, help="of each corpus (default: %(default)s)")
    parser.add_argument("--extractors", type=int, default=6, help="of a family of tests (default: %(default)s)")
    options = parser.parse_args()
    corpora, resamples, sites = options.corpora, options.resamples, options.sites
    started = time.perf_counter()
    error = math.sqrt(0.05 * 0.95 / corpora)
    print(f"coverage: {corpora:,} corpora a line, {resamples:,} resamples, {sites} sites")
    print(f"  standard error of a share near 5 % or 95 %: {error:.2%}\n")
    print("95 % intervals that hold the truth")
    held = (0.93, 0.97)
    for label, alone, by_page, target in (
        ("independent pages", True, False, held),
        ("pages of sites, sites drawn", False, False, held),
        ("pages of sites, pages drawn (wrong)", False, True, None),
    ):
        for kind, share in coverage(corpora, resamples, sites, alone=alone, by_page=by_page).items():
            show(f"{label}, {kind}", share, target)
    for few in (10, 20, 40):
        for kind, share in coverage(corpora, resamples, few).items():
            show(f"only {few} sites, sites drawn, {kind}", share)

    print("true nulls rejected at 5 %, paired test")
    level = (0.04, 0.06)
    show("same distribution, sites flipped", rejections(corpora, resamples, sites, "same"), level)
    show("same distribution, 8 sites, all flips tried", rejections(corpora, resamples, 8, "same"), level)
    show("same distribution, pages flipped (wrong)", rejections(corpora, resamples, sites, "by page"))
    show("same mean, skewed differences, sites flipped", rejections(corpora, resamples, sites, "skewed"))
    show("same mean, skewed differences, 10 sites", rejections(corpora, 1024, 10, "skewed"))

    print(f"any false alarm among {options.extractors} equal extractors, Holm at 5 %")
    shares = families(corpora, resamples, sites, options.extractors)
    for kind, share in shares.items():
        show(kind, share, (0, 0.05) if kind in {"fixed one", "all pairs"} else None)
    print(f"in {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
