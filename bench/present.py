"""A Summary as cells of text: what the formats for people share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.summarise import SMALL, Row, Summary, Value
from bench.text import plain

_TITLES = {"f1": "F1", "precision": "P", "recall": "R", "accuracy": "acc"}
_OUTCOMES = {
    "error": ("error", "errors"), "timeout": ("timeout", "timeouts"), "memory": ("out of memory", "out of memory"),
    "crash": ("crash", "crashes"), "unavailable": ("unavailable", "unavailable"), "not run": ("not run", "not run"),
    "empty": ("empty", "empty"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of text cells, which may have several lines. `groups` are drawn apart: extractors, then controls."""

    headers: Sequence[str]
    groups: Sequence[Sequence[Sequence[str]]]
    right: frozenset[int]
    """Columns that are aligned to the right."""

    def pick(self, columns: Sequence[int]) -> Grid:
        """Return the table with these columns only."""
        groups = [[[row[column] for column in columns] for row in group] for group in self.groups]
        right = frozenset(place for place, column in enumerate(columns) if column in self.right)
        return Grid([self.headers[column] for column in columns], groups, right)


def number(value: float | None, digits: int = 3) -> str:
    """Return a value in 0 to 1 as `.123`, or `-` when undefined."""
    if value is None:
        return "-"
    text = f"{value:.{digits}f}"
    return text[1:] if text.startswith("0.") else text


def spread(value: Value, digits: int) -> str:
    """Return an interval as `.81-.92`, or `-` where there is none."""
    if value.interval is None:
        return "-"
    low, high = value.interval
    return f"{number(low, digits)}-{number(high, digits)}"


def amount(value: float | None) -> str:
    """Return a measured quantity with three digits at most, or `-`."""
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 9.95 else f"{value:.1f}" if value >= 0.095 else f"{value:.2f}"


def fate(row: Row, *, empty: bool = True) -> str:
    """Return a row's failures by kind in words: `2 errors, 1 timeout`; `-` when there are none."""
    words = [
        f"{count} {_OUTCOMES[name][count != 1]}"
        for name, count in row.outcomes.items()
        if name != "ok" and (empty or name != "empty")
    ]
    return ", ".join(words) or "-"


EXPENDABLE = ("pages", "empty", "median", "MB", "CPU ms", "without", "with", "acc", "95 %")
"""Columns in the order in which a narrow table does without them."""


def overview(summary: Summary, *, wide: bool) -> Grid:
    """Return the main table: `wide` with a column for each fact and failures in words, else as compact as it reads well."""
    first, *others = summary.columns
    titles = [_TITLES.get(name, name) for name in summary.columns]
    digits = 4 if wide else 3
    names = ["extractor", "version", "settings"] if wide else ["extractor"]
    if wide and not any(row.settings for row in summary.rows):
        names.remove("settings")
    headers = [*names, titles[0], "95 %", *titles[1:], "median", "failed", "empty", "CPU ms", "MB", "pages"]

    def cells(row: Row) -> list[str]:
        parts = {"extractor": row.name, "version": row.version, "settings": row.settings}
        return [
            *([plain(parts[name]) for name in names] if wide else [_stacked(row)]),
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
    return Grid(headers, [group for group in groups if group], frozenset(range(len(names), len(headers))))


def _stacked(row: Row) -> str:
    """Name and version, and each setting on a line of its own."""
    settings = (f"  {plain(part)}" for part in row.settings.split(",") if part)
    return "\n".join([plain(f"{row.name} {row.version}".strip()), *settings])


def slices(summary: Summary) -> Grid:
    """Return the table of slices: a line for each slice, a column for each extractor."""
    headers = [str(summary.by), "pages", *(_stacked(row) for row in summary.rows)]
    group = [
        [plain(one.name), f"{one.pages}{'*' if one.pages < SMALL else ''}", *(number(value) for value in one.values)]
        for one in summary.slices
    ]
    return Grid(headers, [group], frozenset(range(1, len(headers))))


def captions(summary: Summary, *, wide: bool) -> list[str]:
    """Return the lines under a table: what it is over, what failed, how to read it, and its signature."""
    corpus = summary.corpus
    split = f", split {corpus['split']}" if corpus["split"] else ""
    title = _TITLES.get(summary.columns[0], summary.columns[0])
    over = f"{plain(corpus['name'] + split)}: {corpus['pages']} pages of {corpus['sites']} sites"
    lines = [f"{summary.metric} on {over}; 95 % interval of {title} by resampling sites"]
    if not wide:
        lines += [f"{plain(row.label)}: {fate(row)}" for row in summary.rows if not row.control and fate(row) != "-"]
    if summary.slices and any(one.pages < SMALL for one in summary.slices):
        lines.append(f"* fewer than {SMALL} pages: a mean of so few says little")
    return [*lines, *summary.notes, summary.full_signature]
