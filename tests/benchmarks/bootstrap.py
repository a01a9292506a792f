"""Prints the seconds of our bootstrap and of the plain numpy loop on the same counts, and their ratio.

The loop draws sites, gathers their pages and takes means, resample by resample, as one would write it down. Both run on one
core. The loop does fewer resamples and is scaled up: each takes it as long as any other. Both must agree on the deviation of
every value within the error of drawing.
"""

from __future__ import annotations

import os

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import argparse
import resource
import time

import numpy as np

from bench import plugins
from bench.metric import Floats, Metric
from bench.stats import bootstrap

TARGET_SECONDS, TARGET_MB = 2.0, 500.0


def corpus(pages: int, sites: int, extractors: int) -> tuple[list[Floats], list[str]]:
    """Return counts of `kept` for each extractor, and the site of each page."""
    generator = np.random.default_rng(7)
    required = generator.integers(50, 3000, size=pages)
    tables = []
    for _ in range(extractors):
        kept = generator.binomial(required, generator.beta(8, 2, size=pages))
        tables.append(np.stack([kept, required - kept, generator.poisson(100, size=pages)], axis=1).astype(np.float64))
    return tables, [f"site {number}" for number in np.sort(generator.integers(0, sites, size=pages))]


def loop(metric: Metric, tables: list[Floats], sites: list[str], resamples: int) -> Floats:
    """Return the draws of every value: resamples x extractors x values."""
    generator = np.random.default_rng(1)
    names, numbers = np.unique(sites, return_inverse=True)
    pages_of = [np.flatnonzero(numbers == number) for number in range(len(names))]
    values = np.stack([np.stack(list(metric.per_page(table).values()), axis=1) for table in tables], axis=1)
    drawn = np.empty((resamples, *values.shape[1:]))
    for place in range(resamples):
        pages = np.concatenate([pages_of[site] for site in generator.integers(0, len(names), size=len(names))])
        drawn[place] = values[pages].mean(axis=0)
    return drawn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1497, help="default: %(default)s")
    parser.add_argument("--sites", type=int, default=1300, help="that pages are spread over (default: %(default)s)")
    parser.add_argument("--extractors", type=int, default=20, help="default: %(default)s")
    parser.add_argument("--resamples", type=int, default=10_000, help="default: %(default)s")
    options = parser.parse_args()
    metric: Metric = plugins.load("metrics", "kept").METRIC
    tables, sites = corpus(options.pages, options.sites, options.extractors)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    draws = bootstrap(metric, tables, sites, resamples=options.resamples)
    fast = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    part = min(options.resamples, 500)
    started = time.perf_counter()
    plain = loop(metric, tables, sites, part)
    slow = (time.perf_counter() - started) * options.resamples / part

    ours = np.array([[one[name].std() for name in metric.values] for one in draws])
    theirs = plain.std(axis=0)
    apart = float(np.abs(ours / theirs - 1).max())
    # A deviation from n draws has a relative error of 1 / sqrt(2 n); sixty of them lie within four of these.
    if apart > 4 / np.sqrt(2 * part):
        raise SystemExit(f"bootstrap: deviations differ by {apart:.1%}, more than drawing explains")
    print(
        f"bootstrap: {options.resamples:,} resamples of {options.pages:,} pages of {len(set(sites)):,} sites x"
        f" {options.extractors} extractors x {len(metric.values)} values, one core"
    )
    print(f"  plain loop  {slow:8.2f} s   ({part} resamples, scaled)")
    print(f"  ours        {fast:8.2f} s   (target {TARGET_SECONDS:g} s)")
    print(f"  memory      {(peak - before) / 1024:8.0f} MB  more than before, {peak / 1024:.0f} in all (target {TARGET_MB:g})")
    print(f"  ratio       {slow / fast:8.1f}     deviations {apart:.1%} apart at most")


if __name__ == "__main__":
    main()
