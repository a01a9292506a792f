"""Is a run worse than a baseline? Every rule that a gate goes by, each a check with its figures.

mean        The metric's first value over all pages may not be worse by more than `Allowed.drop`, nor by a difference beyond
            noise: a paired randomisation test by site, corrected by Holm over the extractors gated, under `ALPHA`.
            Of a pooled value it is the difference of page values that is tested.
others      The metric's other values warn when they are worse beyond noise, and never fail: precision against recall is a
            trade that an author may want, and the first value is what weighs the two.
slices      Of `SMALL` pages or more, by kind and language, but not the whole corpus: as the mean, with `Allowed.slice_drop`
            and Holm over all slices of all extractors. Smaller ones move with single pages, which have a rule of their own.
pages       None may be worse in the first value by more than `Allowed.page_drop`.
failures    No page may fail that did not. Which pages fail counts, not how many: a crash that has moved to another page is new
            to whoever has that page. The other rules would not always see it, as where the output was worthless before, or
            where the metric likes empty texts.
cpu         With `Allowed.slowdown`: the sum of CPU time over pages that were answered both times may not grow by more. Not
            judged when the two runs had other processors. A cell out of the store keeps what it took when it was run.

Worse is less, or more where the metric says so. With 5 sites or fewer nothing is beyond noise (see
`inference.paired_test`), and the limits judge alone.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bench import __version__
from bench.baseline import Baseline, Result
from bench.errors import UsageError
from bench.inference import PairedTest, holm, paired_test
from bench.metric import Floats, Metric
from bench.summarise import SMALL

ALPHA = 0.05
"""The chance, at most, that means of extractors that are no worse are called worse beyond noise; again for slices."""
SHOWN = 10
"""Pages told of an extractor: the worst."""
SLICED = ("kind", "language")
"""What corpora are sliced by."""
_SLACK = 1e-12
"""Sums in another order differ in their last digits."""

Slices = Sequence[tuple[str, str, NDArray[np.intp]]]
"""Field, value and page numbers of each slice."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """By how much results may be worse, in the unit of the metric; `slowdown` is a ratio of CPU times, None for no limit."""

    drop: float = 0.005
    slice_drop: float = 0.01
    page_drop: float = 0.05
    slowdown: float | None = None


class Judgement(StrEnum):
    """What comes of a check."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One rule for one extractor, and what came of it."""

    extractor: str
    """Name and settings; with the version where a run has several of it."""
    name: str
    kind: Literal["mean", "other", "slice", "pages", "failures", "cpu"]
    judgement: Judgement
    reason: str
    """In words; may be empty when passed."""
    before: float | None = None
    """A value, for pages None, for failures their count, for cpu seconds."""
    now: float | None = None
    p: float | None = None
    """Corrected; None where nothing was tested, be it that nothing differs."""
    pages: int = 0
    """That it rests on."""

    @property
    def label(self) -> str:
        """Extractor, name and reason."""
        return f"{self.extractor} {self.name}: {self.reason}"

    @property
    def change(self) -> float | None:
        """Now less before."""
        return None if self.before is None or self.now is None else self.now - self.before


@dataclass(frozen=True, slots=True)
class WorsePage:
    """A page that fails a gate."""

    extractor: str
    page: str
    before: float | None
    now: float | None
    outcome: str | None
    """How it failed, when it did not fail before."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A gate before it has a form."""

    checks: Sequence[Check]
    pages: Sequence[WorsePage]
    """Of each extractor the worst, `SHOWN` at most."""
    page_count: int
    """How many there are."""
    identical: bool
    """Whether no count and no outcome of any page has changed."""
    versions: Mapping[str, tuple[str, str]]
    """Of each extractor, before and now."""
    lowered: Sequence[str]
    """By what the run would lower the baseline in whose place it was put: means worse at all, extractors that go."""
    new: Sequence[str]
    """Extractors that the baseline lacks: not gated."""
    small: int
    """Slices too small to be judged."""
    value: str
    """The metric's first."""
    metric: str
    allowed: Allowed
    corpus: Mapping[str, Any]
    made: Mapping[str, str]
    """Of the baseline: date, bench, cpu and python."""
    run: str
    """What the run is called where an extractor is asked for: `NAME@latest`."""
    manifest: Mapping[str, Any]
    """The run's."""

    @property
    def failed(self) -> list[Check]:
        """The checks that failed."""
        return [check for check in self.checks if check.judgement is Judgement.FAILED]

    @property
    def full_signature(self) -> str:
        """Everything that could change the verdict, in one line."""
        allowed = self.allowed
        slowdown = "" if allowed.slowdown is None else f"|slowdown:{allowed.slowdown:g}"
        return (
            f"gate:v1|{self.metric}|drop:{allowed.drop:g}|slice:{allowed.slice_drop:g}|page:{allowed.page_drop:g}{slowdown}"
            f"|flip:site|holm:{ALPHA:g}|pages:{self.corpus['pages']}|sites:{self.corpus['sites']}"
            f"|corpus:{self.corpus['digest'][:12]}|bench:{__version__}"
        )


class Incomparable(UsageError):  # noqa: N818 - what is wrong is the pair
    """A run cannot be judged by a baseline; says why."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """The extractors of a baseline and of a run, matched by name and settings; their versions may differ.

    `unclear` are specs that stand in either in several versions, of which none is in both.
    """

    both: Sequence[tuple[Result, Result]]
    gone: Sequence[Result]
    new: Sequence[Result]
    unclear: Sequence[str] = ()


def pair(before: Sequence[Result], now: Sequence[Result]) -> Pairs:
    """Match results, in the order of `now`: by equal versions first, for a run may hold several of one extractor."""
    same = {(one.spec, one.version): one for one in now}
    both = [(one, same[one.spec, one.version]) for one in before if (one.spec, one.version) in same]
    taken = {(one.spec, one.version) for one, _ in both}
    old, young = ([one for one in side if (one.spec, one.version) not in taken] for side in (before, now))
    times = [Counter(one.spec for one in side) for side in (old, young)]
    shared = times[0].keys() & times[1].keys()
    by_spec = {one.spec: one for one in young}
    unclear = sorted(spec for spec in shared if max(side[spec] for side in times) > 1)
    both += [(one, by_spec[one.spec]) for one in old if one.spec in shared and one.spec not in unclear]
    both.sort(key=lambda two: now.index(two[1]))
    gone, new = ([one for one in side if one.spec not in shared] for side in (old, young))
    return Pairs(both, gone, new, unclear)


def judge(
    before: Baseline,
    now: Baseline,
    metric: Metric,
    sites: Sequence[str],
    slices: Slices,
    *,
    allowed: Allowed,
    whole: bool,
    run: str,
    manifest: Mapping[str, Any],
) -> Verdict:
    """Return the verdict on a run.

    Args:
        before: the baseline.
        now: what the run gave.
        metric: that of the run.
        sites: the site of each page.
        slices: of the corpus.
        allowed: by how much it may be worse.
        whole: whether all extractors of the baseline are to be judged, rather than those that the run has.
        run: what the run is called.
        manifest: the run's, to travel with the verdict.

    Raises:
        Incomparable: corpus, metric or extractors are not the baseline's; says in what.
    """
    pairs = pair(before.results, now.results)
    if obstacles := _obstacles(before, now, pairs, metric, whole=whole):
        raise Incomparable("; ".join(obstacles))
    times = Counter(new.spec for _, new in pairs.both)
    both = [_Both(old, new, metric, now.pages, exact=times[new.spec] > 1) for old, new in pairs.both]
    first = metric.values[0]
    every = np.arange(len(sites))
    judged = [(f"{first} of {by} {value}", pages) for by, value, pages in slices if SMALL <= len(pages) < len(sites)]
    checks = [
        *_family(both, first, [(f"mean {first}", every)], sites, kind="mean", allowed=allowed.drop),
        *(
            check
            for name in metric.values[1:]
            for check in _family(both, name, [(f"mean {name}", every)], sites, kind="other", allowed=math.inf)
        ),
        *_family(both, first, judged, sites, kind="slice", allowed=allowed.slice_drop),
        *(_pages(one, first, allowed.page_drop) for one in both),
        *(_failures(one) for one in both),
    ]
    if allowed.slowdown is not None:
        same_cpu = before.machine["cpu"] == now.machine["cpu"]
        checks += [_cpu(one, allowed.slowdown) if same_cpu else _other_cpu(one, before, now) for one in both]
    worse = [one.worse_pages(first, allowed.page_drop) for one in both]
    order = {one.spec: place for place, one in enumerate(both)}
    return Verdict(
        checks=sorted(checks, key=lambda check: order[check.extractor]),
        pages=[page for pages in worse for page in pages[:SHOWN]],
        page_count=sum(map(len, worse)),
        identical=all(one.identical for one in both),
        versions={one.spec: (one.before.version, one.now.version) for one in both},
        lowered=_lowered(pairs, metric),
        new=[one.spec for one in pairs.new],
        small=sum(len(pages) < SMALL for _, _, pages in slices),
        value=first,
        metric=metric.signature,
        allowed=allowed,
        corpus=now.corpus,
        made={"date": before.date, "bench": before.bench, "cpu": before.machine["cpu"], "python": before.machine["python"]},
        run=run,
        manifest=manifest,
    )


def _obstacles(before: Baseline, now: Baseline, pairs: Pairs, metric: Metric, *, whole: bool) -> list[str]:
    """Why a run cannot be judged by a baseline; nothing when it can."""
    found = []
    if before.corpus["digest"] != now.corpus["digest"]:
        old, new = (f"{one.corpus['digest'][:12]}, {one.corpus['pages']} pages" for one in (before, now))
        found.append(f"the corpus has changed ({now.corpus['name']} is {new}; the baseline's is {old})")
    elif before.pages != now.pages:
        found.append("the baseline's pages are not those of the corpus that it names")
    if before.metric != now.metric:
        found.append(f"the metric has changed ({now.metric}; the baseline's is {before.metric})")
    elif len(before.fields) != len(metric.fields):
        found.append(f"the baseline has {len(before.fields)} counts a page, {metric.name} has {len(metric.fields)}")
    elif not all(_computable(one.counts, metric) for one in before.results):
        found.append("the baseline's counts are none that the metric can make")
    if found:
        return found
    if pairs.gone and whole:
        gone = ", ".join(one.spec for one in pairs.gone)
        found.append(f"the run lacks {gone}; run that too, or say with -x what to judge")
    if pairs.unclear:
        found.append(f"several versions of {', '.join(pairs.unclear)}; say with -x NAME==VERSION which to judge")
    elif not pairs.both:
        found.append("the run has none of its extractors")
    return found


def _computable(counts: Floats, metric: Metric) -> bool:
    """Whether a metric can do with counts out of a file: it may rely on every text having a word, a file may say otherwise."""
    try:
        with np.errstate(divide="raise", over="raise", invalid="raise"):
            metric.per_page(counts)
            metric.pooled(counts)
    except FloatingPointError:
        return False
    return True


def _lowered(pairs: Pairs, metric: Metric) -> list[str]:
    """By what a run would lower the baseline in whose place it was put: means worse at all, extractors that go."""
    name, found = metric.values[0], []
    for before, now in pairs.both:
        old, new = (float(metric.pooled(one.counts)[name][0]) for one in (before, now))
        if _gain(old, new, metric, name) < -_SLACK or (np.isnan(new) and not np.isnan(old)):
            found.append(f"{name} of {now.spec} is {new:.6f}, was {old:.6f}")
    return [*found, *(f"{one.spec} is no longer in it" for one in pairs.gone)]


def _gain(before: Any, now: Any, metric: Metric, name: str) -> Any:
    """How much better a value has become, in its unit: below 0 is worse."""
    return before - now if name in metric.lower_is_better else now - before


class _Both:
    """One extractor before and now."""

    def __init__(self, before: Result, now: Result, metric: Metric, ids: Sequence[str], *, exact: bool) -> None:
        self.before, self.now, self.metric, self.ids = before, now, metric, ids
        self.spec = now.exact if exact else now.spec
        self.by_page = [metric.per_page(one.counts) for one in (before, now)]
        self.identical = np.array_equal(before.counts, now.counts, equal_nan=True) and before.failed == now.failed
        self.newly_failed = sorted(set(now.failed) - set(before.failed))
        self.mended = sorted(set(before.failed) - set(now.failed))

    def over(self, name: str, pages: NDArray[np.intp]) -> tuple[float | None, float | None]:
        """A value over some pages, before and now."""
        before, now = (_known(self.metric.pooled(one.counts[pages])[name][0]) for one in (self.before, self.now))
        return before, now

    def better(self, name: str, before: float, now: float) -> float:
        """By how much a value is better, in its unit."""
        return float(_gain(before, now, self.metric, name))

    def gains(self, name: str) -> Floats:
        """The same page by page, NaN where either is undefined."""
        found: Floats = _gain(self.by_page[0][name], self.by_page[1][name], self.metric, name)
        return found

    def worse_pages(self, name: str, allowed: float) -> list[WorsePage]:
        """The pages that fail anew, and those that are worse by more than allowed: the worst first."""
        gains, failed = self.gains(name), set(self.newly_failed)
        chosen = [place for place, page in enumerate(self.ids) if page in failed or gains[place] < -allowed - _SLACK]
        chosen.sort(key=lambda place: (np.nan_to_num(gains[place]), self.ids[place]))
        old, new = (values[name] for values in self.by_page)
        return [
            WorsePage(
                self.spec,
                self.ids[place],
                _known(old[place]),
                _known(new[place]),
                self.now.failed.get(self.ids[place]) if self.ids[place] in failed else None,
            )
            for place in chosen
        ]


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _family(
    both: Sequence[_Both],
    name: str,
    parts: Sequence[tuple[str, NDArray[np.intp]]],
    sites: Sequence[str],
    *,
    kind: Literal["mean", "other", "slice"],
    allowed: float,
) -> list[Check]:
    """A value over parts of the corpus, for every extractor: the tests that are corrected together."""
    rows = []
    for one in both:
        gains = one.gains(name)
        for title, pages in parts:
            defined = int((~np.isnan(gains[pages])).sum())
            if kind != "slice" or defined >= SMALL:
                rows.append((one, title, pages, defined, _tested(gains[pages], [sites[page] for page in pages])))
    adjusted = holm([test.p if test else None for *_, test in rows])
    checks = []
    for (one, title, pages, defined, test), p in zip(rows, adjusted, strict=True):
        before, now = one.over(name, pages)
        judgement, reason = Judgement.PASSED, "identical" if one.identical else ""
        if before is None:
            judgement, reason = Judgement.SKIPPED, f"the baseline has no page with {name}"
        elif now is None:
            judgement, reason = Judgement.FAILED, f"no page has {name} any more"
        elif fall := _fall(one.better(name, before, now), test.mean if test else 0.0, p, allowed):
            judgement, reason = Judgement.FAILED, fall
        if kind == "other" and judgement is Judgement.FAILED:
            judgement = Judgement.WARNED
        checks.append(Check(one.spec, title, kind, judgement, reason, before, now, p, defined))
    return checks


def _tested(gains: Floats, sites: Sequence[str]) -> PairedTest | None:
    """The test of page differences; None where there is no difference on any page.

    Such a test cannot fail, and flips do not change which tests these are, so Holm need not count them.
    """
    return paired_test(gains, sites) if np.nan_to_num(gains).any() else None


def _fall(gain: float, mean_gain: float, p: float | None, allowed: float) -> str:
    """Why a value is too bad, nothing where it is not. What is tested is the mean of page differences."""
    if gain < -allowed - _SLACK:
        return f"worse by {-gain:.4f}, more than {allowed:g}"
    if p is not None and p < ALPHA and gain < 0 and mean_gain < 0:
        return f"worse by {-gain:.4f}, beyond noise"
    return ""


def _pages(one: _Both, name: str, allowed: float) -> Check:
    gains = one.gains(name)
    fallen = int((gains < -allowed - _SLACK).sum())
    judged = int((~np.isnan(gains)).sum())
    reason = f"{fallen} of {judged} worse by more than {allowed:g}" if fallen else ""
    return Check(one.spec, "single pages", "pages", _failed_if(fallen > 0), reason, pages=judged)


def _failures(one: _Both) -> Check:
    words = [
        f"{len(pages)} {what}: {_listed(pages)}" for what, pages in (("new", one.newly_failed), ("mended", one.mended)) if pages
    ]
    before, now = len(one.before.failed), len(one.now.failed)
    judgement = _failed_if(len(one.newly_failed) > 0)
    return Check(one.spec, "failures", "failures", judgement, "; ".join(words), before, now, pages=len(one.ids))


def _cpu(one: _Both, allowed: float) -> Check:
    pairs = [
        (old, new)
        for page, old, new in zip(one.ids, one.before.cpu_us, one.now.cpu_us, strict=True)
        if old is not None and new is not None and page not in one.before.failed and page not in one.now.failed
    ]
    old, new = (sum(side) / 1e6 for side in zip(*pairs, strict=True)) if pairs else (0.0, 0.0)
    if not old:
        return Check(one.spec, "cpu", "cpu", Judgement.SKIPPED, "no page has a CPU time from both runs")
    ratio = new / old
    reason = f"{ratio:.2f} times" + (f", more than {allowed:g}" if ratio > allowed else "")
    return Check(one.spec, "cpu", "cpu", _failed_if(ratio > allowed), reason, old, new, pages=len(pairs))


def _other_cpu(one: _Both, before: Baseline, now: Baseline) -> Check:
    reason = f"the baseline was made on another processor ({before.machine['cpu']}; now {now.machine['cpu']})"
    return Check(one.spec, "cpu", "cpu", Judgement.SKIPPED, reason)


def _failed_if(worse: bool) -> Judgement:
    return Judgement.FAILED if worse else Judgement.PASSED


def _listed(pages: Sequence[str]) -> str:
    rest = len(pages) - 3
    return ", ".join(pages[:3]) + (f" and {rest} more" if rest > 0 else "")
