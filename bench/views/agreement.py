"""Every metric side by side, and how far their rankings of the extractors agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.agreement import LEAST, Agreement, Ranked
from bench.intervals import Resampling
from bench.present import Grid, number, over, stacked
from bench.request import Request
from bench.summarise import Value, signed


@dataclass(frozen=True, slots=True)
class SideBySide:
    """An agreement as a view; see `bench.present.View`."""

    agreement: Agreement
    request: Request | None = None

    @property
    def manifest(self) -> Mapping[str, Any] | None:
        """That of the run."""
        return self.agreement.manifest

    def grids(self, *, wide: bool) -> Sequence[Grid]:
        """Return the values, the best of each metric starred; the first metric against the others; each pair of metrics.

        `wide` gives the interval of every pair, else that of the pairs with the first metric.
        """
        columns, rows = self.agreement.columns, self.agreement.rows
        best = [self._best(place) for place in range(len(columns))]
        digits = 4 if wide else 3

        def cells(row: Ranked) -> list[str]:
            marks = [
                "*" if value.value is not None and value.value == top else ""
                for value, top in zip(row.values, best, strict=True)
            ]
            if row.control:
                marks = [""] * len(marks)
            return [
                stacked(row),
                *(f"{number(value.value, digits)}{mark}" for value, mark in zip(row.values, marks, strict=True)),
            ]

        groups = [[cells(row) for row in rows if row.control is control] for control in (False, True)]
        names = [column.metric + (" (less)" if column.lower_is_better else "") for column in columns]
        right = frozenset(range(1, len(columns) + 1))
        values = Grid(["extractor", *(name.replace(" ", "\n") for name in names)], [group for group in groups if group], right)
        if self._ranked() < LEAST:
            return [values]
        taus = [
            [column.metric, *(_tau(value, interval=wide) for value in line)]
            for column, line in zip(columns, self.agreement.tau, strict=True)
        ]
        return [
            values,
            *([] if wide else [self._against_first()]),
            Grid(["tau", *(column.metric for column in columns)], [taus], right),
        ]

    def _against_first(self) -> Grid:
        """Which extractor each metric puts first, and how its ranking agrees with that of the first metric."""
        lines = []
        for place, column in enumerate(self.agreement.columns):
            top = self._best(place)
            winners = [row for row in self.agreement.rows if not row.control and row.values[place].value == top is not None]
            value = self.agreement.tau[0][place]
            lines.append(
                [column.metric, "\n".join(map(stacked, winners)) or "-", number(value.value, 2), _between(value) or "-"]
            )
        first = self.agreement.columns[0].metric if self.agreement.columns else "-"
        return Grid(["metric", "first by it", f"tau with\n{first}", "95 %"], [lines], frozenset({2, 3}))

    def _ranked(self) -> int:
        return sum(not row.control for row in self.agreement.rows)

    def _best(self, place: int) -> float | None:
        found = [row.values[place].value for row in self.agreement.rows if not row.control]
        values = [value for value in found if value is not None]
        return (min if self.agreement.columns[place].lower_is_better else max)(values, default=None)

    def captions(self, *, wide: bool) -> Sequence[str]:  # noqa: ARG002 - the same for both
        """Return what the tables are over, how to read them, and the signature."""
        agreement = self.agreement
        lines = [f"first value of every metric on {over(agreement.corpus)}; * best of the extractors; (less): less is better"]
        if self._ranked() < LEAST:
            lines.append(f"no tau: fewer than {LEAST} extractors to rank")
        else:
            ranked = f"rankings of {self._ranked()} extractors"
            lines += [
                f"tau: Kendall's tau-b of two metrics' {ranked}, 1 alike, 0 unrelated, -1 reversed",
                "95 %: its interval by resampling sites",
            ]
        rows = [row for row in agreement.rows if not row.control] or agreement.rows
        partial = []
        for place, column in enumerate(agreement.columns):
            counts = sorted({row.values[place].n for row in rows})
            if counts != [agreement.corpus["pages"]]:
                partial.append(f"{column.metric} {counts[0]}" + (f"-{counts[-1]}" if len(counts) > 1 else ""))
        if partial:
            lines.append(f"pages that a metric applies to, where not all: {', '.join(partial)}")
        return [*lines, *agreement.notes, agreement.full_signature]

    def records(self) -> Sequence[Mapping[str, Any]]:
        """Return a record for each extractor and metric, with the signature of that metric's own table."""
        agreement = self.agreement
        return [
            {
                "signature": signed(column.signature, agreement.corpus, Resampling(agreement.resamples, agreement.seed)),
                "extractor": row.name,
                "version": row.version,
                "settings": row.settings,
                "control": str(row.control).lower(),
                "metric": column.metric,
                "value": value.value,
                "low": value.interval[0] if value.interval else None,
                "high": value.interval[1] if value.interval else None,
                "n": value.n,
                "lower_is_better": str(column.lower_is_better).lower(),
            }
            for row in agreement.rows
            for column, value in zip(agreement.columns, row.values, strict=True)
        ]

    def body(self) -> Mapping[str, Any]:
        """Return the agreement whole."""
        return {"full_signature": self.agreement.full_signature, **asdict(self.agreement)}


def _tau(value: Value, *, interval: bool) -> str:
    return number(value.value, 2) + (f"\n{_between(value)}" if interval and value.interval else "")


def _between(value: Value) -> str:
    return "\N{EN DASH}".join(number(end, 2) for end in value.interval or ())
