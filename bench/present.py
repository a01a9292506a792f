"""What views and formats share: tables of text cells, and numbers as text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bench.request import Request
from bench.summarise import UNBOUNDED, Row, Value
from bench.text import plain

TITLES = {"f1": "F1", "precision": "P", "recall": "R", "accuracy": "acc"}
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
    expendable: Sequence[str] = ()
    """Columns in the order in which a narrow table does without them. With none, it goes on in further tables instead."""
    lead: int = 1
    """Columns that stand again in each of those."""
    dim: frozenset[int] = frozenset()
    """Rows, counted through all groups, that are shown but carry no weight."""
    title: str = ""
    """A line above it."""

    def pick(self, columns: Sequence[int]) -> Grid:
        """Return the table with these columns only."""
        groups = [[[row[column] for column in columns] for row in group] for group in self.groups]
        right = frozenset(place for place, column in enumerate(columns) if column in self.right)
        headers = [self.headers[column] for column in columns]
        return Grid(headers, groups, right, self.expendable, self.lead, self.dim, self.title)


class View(Protocol):
    """Something that every format can print. One class for each thing that there is to show, in `bench/views`."""

    @property
    def manifest(self) -> Mapping[str, Any] | None:
        """The manifest of the run that it comes from, where one is known."""

    @property
    def request(self) -> Request | None:
        """What it answers; None for a view that no command was asked for."""

    def grids(self, *, wide: bool) -> Sequence[Grid]:
        """Return its tables: `wide` with all there is to say, else as compact as they read well."""

    def captions(self, *, wide: bool) -> Sequence[str]:
        """Return the lines under the tables; the last is the signature."""

    def records(self) -> Sequence[Mapping[str, Any]]:
        """Return flat records with equal keys, one at least, unrounded, undefined as None."""

    def body(self) -> Mapping[str, Any]:
        """Return everything, JSON-able and unrounded."""


def number(value: float | None, digits: int = 3) -> str:
    """Return a value as `.123` or `-.123`, or `-` when undefined."""
    if value is None:
        return "-"
    text = f"{value:.{digits}f}"
    return re.sub(r"^(-?)0\.", r"\1.", text)


def spread(value: Value, digits: int) -> str:
    """Return an interval as `.81-.92`, `unbounded` of one site, or `-` where there is none."""
    if value.interval is None:
        return "unbounded" if value.reason == UNBOUNDED else "-"
    low, high = value.interval
    return f"{number(low, digits)}-{number(high, digits)}"


def amount(value: float | None) -> str:
    """Return a measured quantity with three digits at most, or `-`."""
    if value is None:
        return "-"
    return f"{value:.0f}" if value >= 9.95 else f"{value:.1f}" if value >= 0.095 else f"{value:.2f}"


def ranks(row: Row) -> str:
    """Return the range of a row's ranks as `2` or `1-3`, with `=` before it when it cannot be told from the best."""
    if row.ranks is None:
        return "-"
    low, high = row.ranks
    return ("=" if row.tied else "") + (f"{low}-{high}" if low < high else str(low))


class Counted(Protocol):
    """A row that has counted pages by outcome."""

    @property
    def outcomes(self) -> Mapping[str, int]:
        """How many pages went how."""


def fate(row: Counted, *, empty: bool = True) -> str:
    """Return a row's failures by kind in words: `2 errors, 1 timeout`; `-` when there are none."""
    words = [
        f"{count} {_OUTCOMES[name][count != 1]}"
        for name, count in row.outcomes.items()
        if name != "ok" and (empty or name != "empty")
    ]
    return ", ".join(words) or "-"


class Named(Protocol):
    """A row of an extractor."""

    @property
    def name(self) -> str:
        """The extractor's."""

    @property
    def version(self) -> str:
        """The extractor's."""

    @property
    def settings(self) -> str:
        """The extractor's, separated by commas."""


def stacked(row: Named, *, apart: bool = False) -> str:
    """Return name and version, on a line each if `apart`, and each setting on a line of its own."""
    settings = (f"  {plain(part)}" for part in row.settings.split(",") if part)
    return "\n".join(
        [
            *(plain(part) for part in ([row.name, row.version] if apart else [f"{row.name} {row.version}".strip()]) if part),
            *settings,
        ]
    )


def over(corpus: Mapping[str, Any]) -> str:
    """Return what a table is over: `builtin: 12 pages of 12 sites`."""
    split = f", split {corpus['split']}" if corpus["split"] else ""
    return f"{plain(corpus['name'] + split)}: {corpus['pages']} pages of {corpus['sites']} sites"
