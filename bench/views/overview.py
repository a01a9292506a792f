"""The main table: one metric, every value with its interval, failures and cost; and its slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.present import TITLES, Grid, amount, fate, number, over, spread, stacked
from bench.request import Request
from bench.summarise import SMALL, Row, Summary
from bench.text import plain

_MAIN_VALUES = 3
"""How many of a metric's values even a narrow table shows."""


@dataclass(frozen=True, slots=True)
class Overview:
    """A summary as a view; see `bench.present.View`."""

    summary: Summary
    request: Request | None = None

    @property
    def manifest(self) -> Mapping[str, Any] | None:
        """That of the run."""
        return self.summary.manifest

    def grids(self, *, wide: bool) -> Sequence[Grid]:
        """Return the main table and, if there are slices, theirs.

        `wide` has a column for each fact and failures in words.
        """
        return [self._main(wide), *([self._slices()] if self.summary.slices else [])]

    def _main(self, wide: bool) -> Grid:
        summary = self.summary
        first, *others = summary.columns
        titles = [TITLES.get(name, name) for name in summary.columns]
        digits = 4 if wide else 3
        names = ["extractor", "version", "settings"] if wide else ["extractor"]
        if wide and not any(row.settings for row in summary.rows):
            names.remove("settings")
        headers = [*names, titles[0], "95 %", *titles[1:], "median", "failed", "empty", "CPU ms", "MB", "pages"]

        def cells(row: Row) -> list[str]:
            parts = {"extractor": row.name, "version": row.version, "settings": row.settings}
            return [
                *([plain(parts[name]) for name in names] if wide else [stacked(row)]),
                number(row.values[first].value, digits),
                spread(row.values[first], 3 if wide else 2),
                *(number(row.values[name].value, digits) for name in others),
                number(row.median, digits),
                fate(row, empty=False) if wide else str(row.failed or "-"),
                str(row.outcomes.get("empty", 0) or "-"),
                amount(row.cpu_ms),
                amount(row.peak_mb),
                str(row.pages),
            ]

        groups = [[cells(row) for row in summary.rows if row.control is control] for control in (False, True)]
        right = frozenset(range(len(names), len(headers)))
        expendable = ("pages", "empty", "median", "MB", "CPU ms", *reversed(titles[_MAIN_VALUES:]), "95 %")
        return Grid(headers, [group for group in groups if group], right, expendable)

    def _slices(self) -> Grid:
        """A line for each slice, a column for each extractor."""
        headers = [str(self.summary.by), "pages", *(stacked(row) for row in self.summary.rows)]
        group = [
            [plain(one.name), f"{one.pages}{'*' if one.pages < SMALL else ''}", *(number(value) for value in one.values)]
            for one in self.summary.slices
        ]
        return Grid(headers, [group], frozenset(range(1, len(headers))), lead=2)

    def captions(self, *, wide: bool) -> Sequence[str]:
        """Return what the table is over, what failed, how to read it, and its signature."""
        summary = self.summary
        title = TITLES.get(summary.columns[0], summary.columns[0])
        lines = [f"{summary.metric} on {over(summary.corpus)}; 95 % interval of {title} by resampling sites"]
        if not wide:
            lines += [f"{plain(row.label)}: {fate(row)}" for row in summary.rows if not row.control and fate(row) != "-"]
        if summary.slices and any(one.pages < SMALL for one in summary.slices):
            lines.append(f"* fewer than {SMALL} pages: a mean of so few says little")
        return [*lines, *self._partial(), *summary.notes, summary.full_signature]

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
        if summary.by:
            return [
                {
                    "signature": summary.full_signature,
                    summary.by: one.name,
                    "pages": one.pages,
                    **_named(row),
                    summary.columns[0]: value,
                }
                for one in summary.slices
                for row, value in zip(summary.rows, one.values, strict=True)
            ]
        outcomes = sorted({name for row in summary.rows for name in row.outcomes})
        return [
            {
                "signature": summary.full_signature,
                **_named(row),
                **{
                    key: part
                    for name in summary.columns
                    for key, part in zip(
                        (name, f"{name}_low", f"{name}_high"),
                        (row.values[name].value, *(row.values[name].interval or (None, None))),
                        strict=True,
                    )
                },
                "median": row.median,
                **{name: row.outcomes.get(name, 0) for name in outcomes},
                "cpu_ms": row.cpu_ms,
                "peak_mb": row.peak_mb,
                "pages": row.pages,
            }
            for row in summary.rows
        ]

    def body(self) -> Mapping[str, Any]:
        """Return the summary whole."""
        return {"full_signature": self.summary.full_signature, **asdict(self.summary)}


def _named(row: Row) -> dict[str, Any]:
    return {"extractor": row.name, "version": row.version, "settings": row.settings, "control": str(row.control).lower()}
