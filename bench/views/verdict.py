"""What a gate says of a run: its checks, the pages that failed it, how it judged."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.gate import ALPHA, SLICED, Check, Judgement, Verdict, WorsePage
from bench.present import TITLES, Grid, amount, number, over
from bench.summarise import SMALL
from bench.text import plain

_FEWEST = 6
"""Sites from which on a paired test can fall under `ALPHA`: all of them worse is 2 flips in 2**6."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict as a view; see `bench.present.View`."""

    verdict: Verdict

    @property
    def manifest(self) -> Mapping[str, Any] | None:
        """That of the run."""
        return self.verdict.manifest

    @property
    def request(self) -> None:
        """None: a verdict is of a baseline that moves on, so it is not asked for again."""

    @property
    def headline(self) -> str:
        """The verdict in one line."""
        verdict = self.verdict
        names = [f"{check.extractor} {check.name}" for check in verdict.failed]
        if names:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            return plain(f"FAILED: {len(names)} of {len(verdict.checks)} checks: {', '.join(names[:3])}{more}")
        warned = sum(check.judgement is Judgement.WARNED for check in verdict.checks)
        rest = "; identical" if verdict.identical else f"; {warned} warned" if warned else ""
        several = "s" if len(verdict.versions) > 1 else ""
        return f"PASSED: {len(verdict.checks)} checks of {len(verdict.versions)} extractor{several}{rest}"

    def grids(self, *, wide: bool) -> Sequence[Grid]:
        """Return the checks, slices only where they have not passed, and the worst of the pages that failed."""
        headers = ["extractor", "check", "before", "now", "change", "verdict", *(("p", "n", "why") if wide else ())]
        rows = [_cells(check, wide=wide) for check in self._told()]
        checks = Grid(headers, [rows], frozenset({2, 3, 4, 6, 7}), ("n", "p", "before"), title=self.headline)
        return [checks, *([self._pages(wide=wide)] if self.verdict.pages else [])]

    def _told(self) -> list[Check]:
        """The checks that are shown: of an extractor that gave the same as before its mean and cost say it all."""
        same = {check.extractor for check in self.verdict.checks if check.kind == "mean" and check.reason == "identical"}
        told = []
        for check in self.verdict.checks:
            passed = check.judgement is Judgement.PASSED
            if passed and (check.kind == "slice" or (check.extractor in same and check.kind not in ("mean", "cpu"))):
                continue
            told.append(check)
        return told

    def _pages(self, *, wide: bool) -> Grid:
        verdict = self.verdict
        value = TITLES.get(verdict.value, verdict.value)
        title = f"pages that fell by more than {verdict.allowed.page_drop:g} or fail anew"
        if len(verdict.pages) < verdict.page_count:
            title = f"the worst {len(verdict.pages)} of {verdict.page_count} {title}"

        def cells(one: WorsePage) -> list[str]:
            change = None if one.before is None or one.now is None else one.now - one.before
            return [
                plain(one.extractor),
                plain(one.page),
                number(one.before),
                number(one.now),
                _signed(change, number(change)),
                one.outcome or "-",
                *([self._look(one)] if wide else ()),
            ]

        headers = ["extractor", "page", f"{value} before", "now", "change", "failure", *(["look"] if wide else ())]
        return Grid(headers, [list(map(cells, verdict.pages))], frozenset({2, 3, 4}), ("failure",), lead=2, title=title)

    def _look(self, one: WorsePage) -> str:
        """What to type to see a page."""
        return plain(f"bench show {shlex.quote(one.page)} {shlex.quote(f'{one.extractor}@{self.verdict.run}')}")

    def captions(self, *, wide: bool) -> Sequence[str]:
        """Return what was compared, by which rules, what was not judged, and the signature."""
        verdict, made = self.verdict, self.verdict.made
        allowed = verdict.allowed
        lines = [
            f"{verdict.metric.split(':', 1)[0]} on {over(verdict.corpus)}, against a baseline of"
            + plain(f" {made['date']} (bench {made['bench']}, Python {made['python']}, {made['cpu']})")
        ]
        if not wide:
            told = [check for check in self._told() if check.reason and check.judgement is not Judgement.PASSED]
            lines += [plain(f"{check.extractor}, {check.name}: {check.judgement}, {check.reason}") for check in told]
            lines += [f"to see a page: {self._look(page)}" for page in verdict.pages[:1]]
        lines += [plain(f"{name}: {old} before, {new} now") for name, (old, new) in verdict.versions.items() if old != new]
        slices = [check for check in verdict.checks if check.kind == "slice"]
        held = sum(check.judgement is Judgement.PASSED for check in slices)
        small = f"; {verdict.small} of fewer than {SMALL} pages not judged" if verdict.small else ""
        lines.append(f"slices that hold: {held} of {len(slices)} by {' and '.join(SLICED)}{small}")
        lines.append(
            f"fails: a mean worse by more than {allowed.drop:g}, a slice by {allowed.slice_drop:g}, a page by"
            f" {allowed.page_drop:g}; a mean or slice worse beyond noise (randomised by site, Holm, p < {ALPHA:g}); a page that"
            " fails anew" + (f"; CPU time more than {allowed.slowdown:g} times" if allowed.slowdown is not None else "")
        )
        if verdict.corpus["sites"] < _FEWEST:
            lines.append(f"fewer than {_FEWEST} sites: nothing is beyond noise, only the limits judge")
        if verdict.new:
            lines.append(plain(f"not in the baseline, not judged: {', '.join(verdict.new)}"))
        return [*lines, verdict.full_signature]

    def records(self) -> Sequence[Mapping[str, Any]]:
        """Return a record for each check."""
        return [
            {
                "signature": self.verdict.full_signature,
                "extractor": check.extractor,
                "check": check.name,
                "kind": check.kind,
                "verdict": check.judgement.value,
                "before": check.before,
                "now": check.now,
                "change": check.change,
                "p": check.p,
                "pages": check.pages,
                "reason": check.reason,
            }
            for check in self.verdict.checks
        ]

    def body(self) -> Mapping[str, Any]:
        """Return the verdict whole."""
        return {"full_signature": self.verdict.full_signature, "passed": not self.verdict.failed, **asdict(self.verdict)}


def _cells(check: Check, *, wide: bool) -> list[str]:
    def figure(value: float | None) -> str:
        if value is None:
            return "-"
        return f"{value:.0f}" if check.kind == "failures" else f"{amount(value)} s" if check.kind == "cpu" else number(value, 4)

    verdict = check.judgement.upper() if check.judgement is Judgement.FAILED else check.judgement.value
    size = None if check.change is None else abs(check.change)
    change = ("-" if check.change < 0 else "+") + figure(size) if check.change and size is not None else "-"
    more = [number(check.p, 4), str(check.pages) if check.pages else "-", plain(check.reason) or "-"]
    return [
        plain(check.extractor), plain(check.name), figure(check.before), figure(check.now), change, verdict,
        *(more if wide else ()),
    ]  # fmt: skip


def _signed(value: float | None, text: str) -> str:
    return f"+{text}" if value is not None and value > 0 else text
