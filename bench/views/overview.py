"""The main table: one metric, every value with its interval, ranks, failures and cost; and its slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.errors import UsageError
from bench.plugins import unknown
from bench.present import TITLES, Grid, amount, fate, number, over, ranks, spread, stacked
from bench.ranking import LEVEL
from bench.request import Request
from bench.summarise import ORACLE, SMALL, Row, Slice, Summary
from bench.text import plain

_MAIN_VALUES = 3
"""How many of a metric's values even a narrow table shows."""
_FACTS = {
    "rank": "rank", "interval": "95 %", "median": "median", "adds": "adds", "failed": "failed", "empty": "empty",
    "cpu": "CPU ms", "memory": "MB", "pages": "pages",
}  # fmt: skip
"""Columns beside the metric's values, and their titles."""


@dataclass(frozen=True, slots=True)
class Overview:
    """A summary as a view; see `bench.present.View`.

    Args:
        summary: what to show.
        columns: the columns to show, in this order, after the extractor's; None for those that fit.
        sort: the column to sort rows by, better first; None for the summary's order.
        top: show so many extractors only, the first ones; controls stand all the same.

    Raises:
        UsageError: there is no such column; says which there are.
    """

    summary: Summary
    request: Request | None = None
    columns: Sequence[str] | None = None
    sort: str | None = None
    top: int | None = None

    def __post_init__(self) -> None:
        known = list(dict.fromkeys([*self.summary.columns, *_FACTS]))
        for name in [*(self.columns or ()), *([self.sort] if self.sort and self.sort != "extractor" else [])]:
            if name not in known:
                raise UsageError(unknown("column", name, [*known, "extractor"] if name == self.sort else known))

    @property
    def manifest(self) -> Mapping[str, Any] | None:
        """That of the run."""
        return self.summary.manifest

    def _places(self) -> list[int]:
        """The rows to show, by their place in the summary."""
        rows = self.summary.rows
        places = sorted(range(len(rows)), key=lambda place: (rows[place].control, *self._key(rows[place])))
        extractors = [place for place in places if not rows[place].control]
        return [*extractors[: self.top], *(place for place in places if rows[place].control)]

    def _key(self, row: Row) -> tuple[bool, float | str]:
        """What a row is sorted by: better first, undefined last; the sort is stable."""
        name = self.sort
        if name is None or name == "rank":
            return False, 0.0
        if name == "extractor":
            return False, row.label
        if name in self.summary.columns or name == "interval":
            value = row.values[self.summary.columns[0] if name == "interval" else name].value
            sign = 1.0 if name in self.summary.lower_is_better else -1.0
        else:
            value = {
                "median": row.median, "adds": row.adds, "failed": row.failed, "empty": row.outcomes.get("empty", 0),
                "cpu": row.cpu_ms, "memory": row.peak_mb, "pages": row.pages,
            }[name]  # fmt: skip
            sign = -1.0 if name in ("median", "adds", "pages") else 1.0
        return value is None, 0.0 if value is None else sign * value

    def grids(self, *, wide: bool) -> Sequence[Grid]:
        """Return the main table and, if there are slices, theirs.

        `wide` has a column for each fact and failures in words.
        """
        return [self._main(wide), *([self._slices()] if self.summary.slices else [])]

    def _main(self, wide: bool) -> Grid:
        summary = self.summary
        rows = [summary.rows[place] for place in self._places()]
        names = (
            ["extractor", "version", *(["settings"] if any(row.settings for row in rows) else [])] if wide else ["extractor"]
        )
        first, *others = summary.columns
        shown = ["rank", first, "interval", *others, "median", "adds", "failed", "empty", "cpu", "memory", "pages"]
        if not any(row.ranks for row in rows):
            shown.remove("rank")
        if not wide or not any(row.adds is not None for row in rows):
            shown.remove("adds")
        if self.columns is not None:
            shown = list(self.columns)
        titles = {**_FACTS, **{name: TITLES.get(name, name) for name in summary.columns}}

        def cells(row: Row) -> list[str]:
            parts = {"extractor": row.name, "version": row.version, "settings": row.settings}
            about = [plain(parts[name]) for name in names] if wide else [stacked(row)]
            texts = _cells(row, first, wide=wide)
            return [*about, *(texts[name] for name in shown)]

        groups = [[cells(row) for row in rows if row.control is control] for control in (False, True)]
        headers = [*names, *(titles[name] for name in shown)]
        right = frozenset(range(len(names), len(headers)))
        spare = ("pages", "empty", "adds", "median", "memory", "cpu", *reversed(others[_MAIN_VALUES - 1 :]), "rank", "interval")
        expendable = [] if self.columns is not None else [titles[name] for name in spare]
        return Grid(headers, [group for group in groups if group], right, expendable, lead=len(names))

    def _slices(self) -> Grid:
        """A line for each slice, a column for each extractor: value, interval, and n where it is not all of the slice."""
        places = self._places()
        headers = [str(self.summary.by), "pages", *(stacked(self.summary.rows[place]) for place in places)]
        group = [[plain(one.name), str(one.pages), *(_part(one, place) for place in places)] for one in self.summary.slices]
        dim = frozenset(line for line, one in enumerate(self.summary.slices) if one.pages < SMALL)
        return Grid(headers, [group], frozenset(range(1, len(headers))), lead=2, dim=dim)

    def captions(self, *, wide: bool) -> Sequence[str]:
        """Return what the table is over, what failed, how to read it, and its signature."""
        summary = self.summary
        title = TITLES.get(summary.columns[0], summary.columns[0])
        lines = [f"{summary.metric} on {over(summary.corpus)}; 95 % interval of {title} by resampling sites"]
        if not wide:
            lines += [f"{plain(row.label)}: {fate(row)}" for row in summary.rows if not row.control and fate(row) != "-"]
        return [
            *lines,
            *self._ranking(title, wide=wide),
            *self._partial(),
            *self._about_slices(),
            *summary.notes,
            summary.full_signature,
        ]

    def _ranking(self, title: str, *, wide: bool) -> list[str]:
        """How to read ranks, and what could hide behind a tie."""
        summary = self.summary
        ranked = [row for row in summary.rows if row.ranks]
        if not ranked:
            return []
        tied = sum(row.tied for row in ranked)
        best = "cannot be told from the best" if tied > 1 else "the best"
        test = f"paired randomisation of sites, Holm over all pairs, {number(LEVEL, 2)}"
        lines = [f"rank: its range in 95 of 100 resamples; =: {best} ({test})"]
        these = f"{summary.corpus['pages']} pages of {summary.corpus['sites']} sites"
        if summary.least_p is not None and summary.least_p >= LEVEL:
            least = number(summary.least_p, 2)
            lines.append(f"with these {these} no difference between {len(ranked)} rows can be told: no p is below {least}")
        elif summary.detectable is not None:
            size = number(summary.detectable, 2)
            lines.append(f"with these {these} a difference from the best under about {size} in {title} would often be missed")
        if any(row.adds is not None for row in ranked):
            adds = "; adds: what the oracle would lose without this one" if wide else ""
            lines.append(f"{ORACLE}: the best extractor on each page{adds}")
        return lines

    def _about_slices(self) -> list[str]:
        lines = []
        if any(any(one.tied) for one in self.summary.slices):
            lines.append("slices: * the best and those that cannot be told from it, where that is not all of them")
        if any(one.pages < SMALL for one in self.summary.slices):
            lines.append(f"(in brackets): fewer than {SMALL} pages, not ranked: a mean of so few says little")
        return lines

    def _partial(self) -> list[str]:
        """The n of values that are not over every page, and the reason where one is over none."""
        rows = [row for row in self.summary.rows if not row.control] or list(self.summary.rows)
        parts = []
        for name in self.summary.columns:
            counts = sorted({row.values[name].n for row in rows})
            if counts not in ([self.summary.corpus["pages"]], [0]):
                parts.append(f"{TITLES.get(name, name)} {counts[0]}" + (f"-{counts[-1]}" if len(counts) > 1 else ""))
        none: dict[str, list[str]] = {}
        for name in self.summary.columns:
            for reason in dict.fromkeys(row.values[name].reason for row in rows if not row.values[name].n):
                none.setdefault(str(reason), []).append(TITLES.get(name, name))
        lacking = [plain(f"undefined: {', '.join(names)} ({reason})") for reason, names in none.items()]
        return [*([f"n: {', '.join(parts)}"] if parts else []), *lacking]

    def records(self) -> Sequence[Mapping[str, Any]]:
        """Return a record for each extractor, or for each slice and extractor."""
        summary = self.summary
        places = self._places()
        if summary.by:
            first = summary.columns[0]
            return [
                {
                    "signature": summary.full_signature,
                    summary.by: one.name,
                    "pages": one.pages,
                    **_named(summary.rows[place]),
                    **_valued(first, one.values[place].value, one.values[place].interval),
                    "n": one.values[place].n,
                }
                for one in summary.slices
                for place in places
            ]
        outcomes = sorted({name for row in summary.rows for name in row.outcomes})
        facts: Sequence[str] = (*summary.columns, "rank", "median", "adds", "outcomes", "cpu", "memory", "pages")
        if self.columns is not None:
            facts = ["outcomes" if name in ("failed", "empty") else name for name in self.columns if name != "interval"]

        def all_of(row: Row) -> dict[str, dict[str, Any]]:
            low, high = row.ranks or (None, None)
            return {
                **{name: _valued(name, value.value, value.interval) for name, value in row.values.items()},
                "rank": {"rank_low": low, "rank_high": high, "tied": str(row.tied).lower()},
                "outcomes": {outcome: row.outcomes.get(outcome, 0) for outcome in outcomes},
                "median": {"median": row.median},
                "adds": {"adds": row.adds},
                "cpu": {"cpu_ms": row.cpu_ms},
                "memory": {"peak_mb": row.peak_mb},
                "pages": {"pages": row.pages},
            }

        return [
            {
                "signature": summary.full_signature,
                **_named(summary.rows[place]),
                **{key: part for name in facts for key, part in all_of(summary.rows[place])[name].items()},
            }
            for place in places
        ]

    def body(self) -> Mapping[str, Any]:
        """Return the summary whole."""
        return {"full_signature": self.summary.full_signature, **asdict(self.summary)}


def _cells(row: Row, first: str, *, wide: bool) -> dict[str, str]:
    """Every column's text in a row, but for the names."""
    digits = 4 if wide else 3
    return {
        **{name: number(value.value, digits) for name, value in row.values.items()},
        "rank": ranks(row),
        "interval": spread(row.values[first], 3 if wide else 2),
        "median": number(row.median, digits),
        "adds": number(row.adds, digits),
        "failed": fate(row, empty=False) if wide else str(row.failed or "-"),
        "empty": str(row.outcomes.get("empty", 0) or "-"),
        "cpu": amount(row.cpu_ms),
        "memory": amount(row.peak_mb),
        "pages": str(row.pages),
    }


def _part(one: Slice, place: int) -> str:
    """A row's value in a slice, starred when it is among the best, in brackets when it is of few pages; its interval below."""
    value = one.values[place]
    lines = [number(value.value), *([spread(value, 2)] if value.interval else [])]
    if value.value is not None and value.n != one.pages:
        lines.append(f"n {value.n}")
    if one.pages < SMALL:
        return "\n".join(f"({line})" if line != "-" else line for line in lines)
    # The star after the number only: it hangs beside it in what is set, so that digits stay under digits.
    starred = any(one.tied) and one.tied[place] and not all(one.tied)
    return "\n".join([lines[0] + ("*" if starred else ""), *lines[1:]])


def _valued(name: str, value: float | None, interval: tuple[float, float] | None) -> dict[str, Any]:
    low, high = interval or (None, None)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def _named(row: Row) -> dict[str, Any]:
    return {"extractor": row.name, "version": row.version, "settings": row.settings, "control": str(row.control).lower()}
