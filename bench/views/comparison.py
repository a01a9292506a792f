"""Rows compared: each one's values, how far pairs are apart and whether that is separable, and the pages where it shows."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from bench.account import Account
from bench.compare import FAILED, Apart, Compared, Comparison, Pair, Slice
from bench.differences import ALPHA, Difference
from bench.present import TITLES, Grid, amount, number, over, spread, stacked
from bench.request import Request
from bench.summarise import SMALL
from bench.text import plain

_MAIN_VALUES = 3
"""How many of a metric's values even a narrow table shows."""
_SENTENCES = 10
"""With more pairs the table says it all."""
_DISPUTED = "disputed: page values are separable, but the value of all pages does not bear it out"
_TOLD = 60
"""Columns of what is told of a page."""


@dataclass(frozen=True, slots=True)
class SecondLessFirst:
    """A comparison as a view; see `bench.present.View`. Rows are letters; differences are second less first, `B - A`."""

    comparison: Comparison
    request: Request | None = None

    @property
    def manifest(self) -> Mapping[str, Any] | None:
        """That of the run that had all rows in it."""
        return self.comparison.manifest

    # Tables

    def grids(self, *, wide: bool) -> Sequence[Grid]:
        """Return the rows; the differences of their pairs; slices; speed; and for each pair the pages furthest apart.

        `wide` gives intervals of every row's values and one digit more.
        """
        comparison = self.comparison
        return [
            self._rows(wide=wide),
            *([self._differences(wide=wide)] if any(not self._nowhere(column) for column in self._columns()) else []),
            *([self._slices()] if comparison.slices else []),
            self._speed(),
            *(self._pages(pair) for pair in comparison.pairs if pair.worse or pair.better),
        ]

    def _rows(self, *, wide: bool) -> Grid:
        names = [name for name in self.comparison.rows[0].values if name != FAILED]
        digits = 4 if wide else 3

        def cells(row: Compared) -> list[str]:
            called = stacked(row) + (f"\n  @{plain(row.run)}" if row.run else "")
            values = []
            for name in names:
                values += [number(row.values[name].value, digits), *([spread(row.values[name], 3)] if wide else [])]
            failed = [str(row.failed or "-"), spread(row.values[FAILED], 3)]
            costs = [amount(row.cpu_ms), amount(row.cpu_s), amount(row.peak_mb)]
            return [row.letter, called, *values, *(failed if wide else ["\n".join(failed)]), *costs]

        titles = [title for name in names for title in [_title(name), *(["95 %"] if wide else [])]]
        headers = ["", "extractor", *titles, FAILED, *(["95 %"] if wide else []), "CPU ms", "CPU s", "MB"]
        expendable = tuple(_title(name) for name in reversed(names[_MAIN_VALUES:]))
        return Grid(headers, [[cells(row) for row in self.comparison.rows]], frozenset(range(2, len(headers))), expendable)

    def _differences(self, *, wide: bool) -> Grid:
        """A line for each value and pair: one value after the other, a group each when there are several pairs."""
        pairs = self.comparison.pairs
        digits = 4 if wide else 3

        def cells(pair: Pair, one: Difference) -> list[str]:
            counts = [str(count) for count in (one.wins, one.ties, one.losses)]
            known = [signed(one.difference, digits), between(one.interval, digits), chance(one.adjusted), *counts]
            power = [signed(one.delta, 2), number(one.detectable, digits)]
            return [*self._named(pair), _title(one.value), *known, *power, one.verdict]

        shown = [column for column in self._columns() if not self._nowhere(column)]
        lines = [[cells(pair, one) for pair, one in zip(pairs, column, strict=True)] for column in shown]
        groups = lines if len(pairs) > 1 else [[line for group in lines for line in group]]
        names, size = self._heads()
        headers = [*names, "value", size, "95 %", "p", "wins", "ties", "losses", "delta", "unseen", "verdict"]
        right = frozenset(range(len(names) + 1, len(headers) - 1))
        return Grid(headers, groups, right, ("delta", "ties", "unseen"))

    def _columns(self) -> Sequence[Sequence[Difference]]:
        """For each value the difference of each pair."""
        return list(zip(*(pair.differences for pair in self.comparison.pairs), strict=True))

    def _nowhere(self, column: Sequence[Difference]) -> bool:
        """Whether many pairs are all equal in a value: a line says that better than a table of nothing."""
        return len(column) > 1 and all(one.verdict == "equal" for one in column)

    def _slices(self) -> Grid:
        """A line for each slice and pair; what is of too few pages in brackets."""

        def cells(part: Slice, pair: Pair, one: Difference) -> list[str]:
            few = part.pages < SMALL
            size = f"({signed(one.difference)})" if few else signed(one.difference)
            judged = [size, between(one.interval), chance(one.adjusted), "" if few else one.verdict]
            return [plain(part.name), str(part.pages), *self._named(pair), *judged]

        lines = [
            cells(part, pair, one)
            for part in self.comparison.slices
            for pair, one in zip(self.comparison.pairs, part.differences, strict=True)
        ]
        names, size = self._heads()
        headers = [str(self.comparison.by), "pages", *names, size, "95 %", "p", "verdict"]
        return Grid(headers, [lines], frozenset({1, *range(2 + len(names), len(headers) - 1)}), ("95 %",))

    def _heads(self) -> tuple[list[str], str]:
        """The column that names pairs, where there are several, and the header of their difference, which else names it."""
        pairs = self.comparison.pairs
        return (["pair"], "difference") if len(pairs) > 1 else ([], self._called(pairs[0]))

    def _named(self, pair: Pair) -> list[str]:
        return [self._called(pair)] if len(self.comparison.pairs) > 1 else []

    def _speed(self) -> Grid:
        lines = []
        for pair in self.comparison.pairs:
            first, second = (self.comparison.rows[place] for place in (pair.first, pair.second))
            memory = second.peak_mb / first.peak_mb if first.peak_mb and second.peak_mb else None
            speed = pair.speed
            lines.append(
                [f"{second.letter} / {first.letter}", times(speed.ratio), amount(speed.second_ms), amount(speed.first_ms),
                 str(speed.pages), times(memory)]
            )  # fmt: skip
        headers = ["", "CPU", "second ms", "first ms", "pages", "memory"]
        return Grid(headers, [lines], frozenset(range(1, len(headers))))

    def _pages(self, pair: Pair) -> Grid:
        """Two lines for each page, one of each row; those on which the second is worse come first."""
        rows = [self.comparison.rows[place] for place in (pair.first, pair.second)]
        title = _title(self.comparison.pairs[0].differences[0].value)
        groups = [[line for page in side for line in _told(page, rows)] for side in (pair.worse, pair.better)]
        headers = [self._called(pair), title, "page; what each lost and leaked there"]
        return Grid(headers, [group for group in groups if group], frozenset({0, 1}))

    def _called(self, pair: Pair) -> str:
        return f"{self.comparison.rows[pair.second].letter} - {self.comparison.rows[pair.first].letter}"

    # Words

    def captions(self, *, wide: bool) -> Sequence[str]:  # noqa: ARG002 - the same for both
        """Return what is compared, a verdict on each pair, how to read the tables, and the signature."""
        comparison, method = self.comparison, self.comparison.method
        first = _title(comparison.pairs[0].differences[0].value)
        pairs = comparison.pairs if len(comparison.pairs) <= _SENTENCES else ()
        sliced = f"; by {comparison.by}: over {comparison.slice_tests}" if comparison.by else ""
        tests = f"{comparison.tests} tests (pairs x values that differ anywhere){sliced}"
        tested = [
            f"p: by flipping signs of whole sites' differences, Holm-corrected over {tests}; separable: under {ALPHA}",
            "unseen: a smaller difference would be missed in one of five such sets of pages, or more often",
        ]
        lines = [
            f"{comparison.metric} on {over(comparison.corpus)}; differences are second less first",
            *map(self._sentence, pairs),
            "95 %: by resampling sites, all rows in the same resamples; of a failed share Wilson's, as if pages were unrelated",
            *(tested if comparison.tests else []),
            f"wins, losses: pages on which the second is better, worse by more than {method.margin:g}; the rest are ties",
            "delta: Cliff's, above 0 when the second tends to be better",
            "CPU: the second's median by the first's, over pages both answered; memory: their largest peaks",
            *self._cautions(),
            *map(plain, comparison.notes),
        ]
        if any(pair.worse or pair.better for pair in comparison.pairs):
            lines.append(
                f"pages: by {first}, furthest apart first; lost and leaked as `bench show PAGE NAME` prints them, word by word"
            )
        return [*lines, comparison.full_signature]

    def _sentence(self, pair: Pair) -> str:
        """What can be said of a pair by the metric's first value."""
        one = pair.differences[0]
        first, second = (self._who(self.comparison.rows[place]) for place in (pair.first, pair.second))
        title = _title(one.value)
        if one.difference is None:
            return f"{second} and {first} cannot be compared: {plain(one.reason or '')}"
        if one.verdict == "equal":
            return f"{second} and {first} have the same {title} on every page"
        size = _sized(f"{signed(one.difference)} {title}", one.interval)
        if one.adjusted is None:
            return f"{second} and {first}: {size}, not judged ({plain(one.reason or '')})"
        p = f"p {chance(one.adjusted)}"
        pages = f"these {one.pages} pages of {one.sites} sites"
        unseen = f"a difference under {number(one.detectable)} cannot be seen" if one.detectable else ""
        if one.verdict == "not separable":
            return f"{second} and {first} are not separable with {pages}: {size}, {p}" + (f"; {unseen}" if unseen else "")
        better = (one.difference > 0) is (one.value not in self.comparison.lower_is_better)
        # A size has no sign, and its interval is turned with it.
        interval = (-one.interval[1], -one.interval[0]) if one.interval and one.difference < 0 else one.interval
        size = _sized(f"{number(abs(one.difference))} {title}", interval)
        verdict = one.verdict + (
            ", as page values and the value of all pages do not say the same" if one.verdict == "disputed" else ""
        )
        claim = f"{second} is {'better' if better else 'worse'} than {first} by {size}, {p}: {verdict}"
        # A smaller one than that was perhaps just seen.
        missed = f"; with {pages} a difference under {number(one.detectable)} would often be missed" if one.detectable else ""
        return claim + missed

    def _who(self, row: Compared) -> str:
        version = f" {row.version}" if row.version else ""
        return f"{row.letter} ({plain(row.name + version)})"

    def _cautions(self) -> list[str]:
        """What of the differences is to be taken with care."""
        every = [one for pair in self.comparison.pairs for one in pair.differences]
        pooled = dict.fromkeys(_title(one.value) for one in every if not one.of_pages)
        pages = self.comparison.corpus["pages"]
        counts = {_title(column[0].value): sorted({one.pages for one in column}) for column in self._columns()}
        fewer = [
            f"{title} {found[0]}" + (f"-{found[-1]}" if len(found) > 1 else "")
            for title, found in counts.items()
            if found not in ([pages], [0])
        ]
        nowhere = [_title(column[0].value) for column in self._columns() if self._nowhere(column)]
        undefined: dict[str, dict[str, None]] = {}
        for one in every:
            if one.difference is None:
                undefined.setdefault(one.reason or "", {})[_title(one.value)] = None
        few = any(one.pages < SMALL for one in self.comparison.slices)
        return [
            *(
                [f"{', '.join(pooled)}: no mean of page values; its p, wins, delta and unseen are of page values"]
                if pooled
                else []
            ),
            *([_DISPUTED] if any(one.verdict == "disputed" for one in every) else []),
            *([f"n: {', '.join(fewer)}"] if fewer else []),
            *([f"no two rows differ on any page in: {', '.join(nowhere)}"] if nowhere else []),
            *(plain(f"undefined: {', '.join(titles)} ({reason})") for reason, titles in undefined.items()),
            *([f"in brackets: fewer than {SMALL} pages, not judged"] if few else []),
        ]

    # For programs

    def records(self) -> Sequence[Mapping[str, Any]]:
        """Return a record for each pair and value, and for each slice and pair; `slice` is empty where all pages are meant."""
        comparison = self.comparison
        whole = [("", pair, one) for pair in comparison.pairs for one in pair.differences]
        sliced = [
            (part.name, pair, one)
            for part in comparison.slices
            for pair, one in zip(comparison.pairs, part.differences, strict=True)
        ]
        return [self._record(*one) for one in [*whole, *sliced]]

    def _record(self, part: str, pair: Pair, one: Difference) -> dict[str, Any]:
        rows = {side: self.comparison.rows[place] for side, place in (("first", pair.first), ("second", pair.second))}
        low, high = one.interval or (None, None)
        return {
            "signature": self.comparison.full_signature,
            **{
                f"{side}_{fact}": text
                for side, row in rows.items()
                for fact, text in (
                    ("extractor", row.name), ("version", row.version), ("settings", row.settings), ("run", row.run or ""),
                )
            },
            "metric": self.comparison.metric, "value": one.value, "slice": part, "first": one.first, "second": one.second,
            "difference": one.difference, "low": low, "high": high, "p": one.p, "p_holm": one.adjusted, "verdict": one.verdict,
            "reason": one.reason, "pages": one.pages, "wins": one.wins, "ties": one.ties, "losses": one.losses,
            "delta": one.delta, "detectable": one.detectable,
        }  # fmt: skip

    def body(self) -> Mapping[str, Any]:
        """Return the comparison whole."""
        return {"full_signature": self.comparison.full_signature, **asdict(self.comparison)}


def _told(page: Apart, rows: Sequence[Compared]) -> list[list[str]]:
    told = page.accounts or (None, None)
    lines = []
    for place, (row, value, account) in enumerate(zip(rows, (page.first, page.second), told, strict=True)):
        wrapped = textwrap.wrap(_words(account), _TOLD)
        text = [*([] if place else [plain(page.page)]), *wrapped]
        # Beside the page's name stands the difference, beside what a row did its value.
        lines.append([signed(page.difference) if not place else "", f"{row.letter} {number(value)}", "\n".join(text)])
    return lines


def _words(account: Account | None) -> str:
    if account is None:
        return "its gold is snippets only"
    parts = [
        f"{fate} {sum(places.values()):,}: {', '.join(f'{place} {count:,}' for place, count in places.items())}"
        for fate, places in (("lost", account.lost), ("leaked", account.leaked))
        if places
    ]
    if account.fate:
        parts.append(f'{account.fate} "{plain(account.excerpt)}"')
    return "; ".join(parts) or "nothing lost or leaked"


def _title(name: str) -> str:
    return TITLES.get(name, name)


def signed(value: float | None, digits: int = 3) -> str:
    """Return a difference with its sign, `+.034`, `-.120` or `.000`; `-` when undefined."""
    if value is None:
        return "-"
    text = _unsigned_zero(value, digits)
    return f"+{text}" if value > 0 and text.strip(".0") else text


def between(interval: tuple[float, float] | None, digits: int = 3) -> str:
    """Return an interval as `[.029, .039]`, `-` where there is none."""
    return f"[{', '.join(map(partial(_unsigned_zero, digits=digits), interval))}]" if interval else "-"


def _unsigned_zero(value: float, digits: int) -> str:
    text = number(value, digits)
    return text if text.strip("-.0") else text.lstrip("-")


def _sized(size: str, interval: tuple[float, float] | None) -> str:
    return f"{size} {between(interval)}" if interval else size


def chance(p: float | None) -> str:
    """Return a p with three digits, `<.001` below them, `-` when there was no test."""
    return "<.001" if p is not None and p < 0.001 else number(p)


def times(ratio: float | None) -> str:
    """Return a ratio as `1.32x`, `-` when unknown."""
    return "-" if ratio is None else f"{ratio:.2f}x"
