"""Where leaks come from, or what is lost: shares by region or by kind of element, a column for each extractor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.present import Grid, number, over, stacked
from bench.request import Request
from bench.summarise import Row, Summary
from bench.text import plain

_WORDS = {
    "leaks": ("leaked", "region", "of its output", "of the region's boilerplate"),
    "losses": ("lost", "element", "of the required gold", "of what it holds of that gold"),
}


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A summary of the metric `leaks` or `losses` as a view; see `bench.present.View`."""

    summary: Summary
    request: Request | None = None

    @property
    def manifest(self) -> Mapping[str, Any] | None:
        """That of the run."""
        return self.summary.manifest

    def _places(self) -> list[str]:
        """The regions or elements that anything leaked from or was lost in, by their mean share of the extractors'."""
        rows = [row for row in self.summary.rows if not row.control] or list(self.summary.rows)

        def share(name: str) -> float:
            return sum(row.values[name].value or 0.0 for row in rows)

        names = [name for name in self.summary.columns[1:] if not name.endswith("_rate")]
        found = [name for name in names if any(row.values[name].value for row in self.summary.rows)]
        return sorted(found, key=lambda name: (-share(name), name))

    def grids(self, *, wide: bool) -> Sequence[Grid]:  # noqa: ARG002 - the same for both
        """Return a line for each region or element: its share, and in brackets its rate; nothing of nothing."""
        first = self.summary.columns[0]
        places = self._places()
        rows = [row for row in self.summary.rows if row.values[first].value]

        if not rows:
            return []

        def line(name: str) -> list[str]:
            return [name, *(_cell(row, name) for row in rows)]

        head = [
            [first, *(number(row.values[first].value, 2) for row in rows)],
            ["n", *(f"{row.values[places[0]].n:,}" if places else "0" for row in rows)],
        ]
        headers = [_WORDS[self.summary.metric][1], *(stacked(row, apart=True) for row in rows)]
        return [Grid(headers, [head, [line(name) for name in places]], frozenset(range(1, len(headers))))]

    def captions(self, *, wide: bool) -> Sequence[str]:  # noqa: ARG002 - the same for both
        """Return how to read the table, what it is over, and the signature."""
        first, place, whole, rate = _WORDS[self.summary.metric]
        none: dict[str, list[str]] = {}
        for row in self.summary.rows:
            value = row.values[self.summary.columns[0]]
            if not value.value:
                none.setdefault(plain(value.reason or "") if value.value is None else "", []).append(plain(row.label))
        return [
            f"{self.summary.metric} on {over(self.summary.corpus)}, summed over pages",
            f"{first}: what share {whole}; n: {first} tokens; then the share of these by {place}, in brackets how much {rate}",
            *(f"nothing {first}: {', '.join(names)}{f' ({reason})' if reason else ''}" for reason, names in none.items()),
            *self.summary.notes,
            self.summary.full_signature,
        ]

    def records(self) -> Sequence[Mapping[str, Any]]:
        """Return a record for each extractor and region or element."""
        return [
            {
                "signature": self.summary.full_signature,
                "extractor": row.name,
                "version": row.version,
                "settings": row.settings,
                "control": str(row.control).lower(),
                "place": name,
                "share": row.values[name].value,
                "low": (row.values[name].interval or (None, None))[0],
                "high": (row.values[name].interval or (None, None))[1],
                "n": row.values[name].n,
                "rate": row.values[f"{name}_rate"].value if f"{name}_rate" in row.values else None,
            }
            for row in self.summary.rows
            for name in (self.summary.columns[0], *(one for one in self.summary.columns[1:] if not one.endswith("_rate")))
        ]

    def body(self) -> Mapping[str, Any]:
        """Return the summary whole."""
        return {"full_signature": self.summary.full_signature, **asdict(self.summary)}


def _cell(row: Row, name: str) -> str:
    share, rate = row.values[name], row.values.get(f"{name}_rate")
    if not share.value:
        return "-"
    return number(share.value, 2) + (f" ({number(rate.value, 2)})" if rate and rate.value is not None else "")
