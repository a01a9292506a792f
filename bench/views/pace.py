"""How fast extractors are: the time of a page, and what starting, memory and repeating come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.present import Grid, amount, fate, stacked
from bench.speed import REFERENCE, STARTS, Pace, Speed
from bench.summarise import UNBOUNDED, Value
from bench.text import plain

_NAMED = 3
"""Unstable pages that a line names before it counts the rest."""


@dataclass(frozen=True, slots=True)
class Paces:
    """A measurement of speed as a view; see `bench.present.View`."""

    speed: Speed

    @property
    def manifest(self) -> Mapping[str, Any] | None:
        """That of the measurement."""
        return self.speed.manifest

    @property
    def request(self) -> None:
        """None: a time cannot be asked for again."""

    def grids(self, *, wide: bool) -> Sequence[Grid]:  # noqa: ARG002 - the same for both
        """Return the time of a page; then what else was measured."""
        head = ["extractor", "CPU ms", "p95", "s/1000", "95 %", "pages/s", f"x {REFERENCE}", "95 %", "repeats", "wall"]
        rest = ["extractor", "start ms", "import\nCPU ms", "import\nMB", "peak MB", "failed", "unstable"]
        return [
            self._grid(head, _times, ("pages/s", "p95", "wall")),
            self._grid(rest, _others, ()),
        ]

    def _grid(self, headers: Sequence[str], cells: Callable[[Pace], list[str]], expendable: Sequence[str]) -> Grid:
        groups = [
            [[stacked(row), *cells(row)] for row in self.speed.rows if row.control is control] for control in (False, True)
        ]
        return Grid(headers, [group for group in groups if group], frozenset(range(1, len(headers))), expendable)

    def captions(self, *, wide: bool) -> Sequence[str]:  # noqa: ARG002 - the same for both
        """Return what was measured, how to read it, what went wrong, and the signature."""
        speed, corpus = self.speed, self.speed.corpus
        split = f", split {corpus['split']}" if corpus["split"] else ""
        rounds = f"{speed.rounds} round{'s' if speed.rounds > 1 else ''} after a warm-up"
        place = "held to no core, which this system cannot do" if speed.core is None else f"all on core {speed.core}"
        over = f"speed on {plain(corpus['name'] + split)}: {len(speed.pages)} of {corpus['pages']} pages"
        return [
            f"{over}, {rounds}, one call at a time, {place}",
            "CPU ms: the median page, each by the median of its rounds; p95: the page at the 95th percentile",
            "s/1000: CPU seconds for 1,000 such pages; 95 %: by resampling sites",
            f"x {REFERENCE}: times the CPU time of keeping all visible text; nothing: what a call costs by itself",
            "repeats: interquartile range of the rounds' sums; wall: time on the clock by CPU time",
            f"start: on the clock, from process to ready, median of {STARTS}; import: loading the extractor",
            "peak: resident memory during a call; unstable: pages whose calls did not all return the same",
            *(f"{plain(row.label)} unstable on {_few(row.unstable)}" for row in speed.rows if row.unstable),
            *(plain(f"{row.label} {row.unavailable}") for row in speed.rows if row.unavailable),
            *speed.notes,
            speed.full_signature,
        ]

    def records(self) -> Sequence[Mapping[str, Any]]:
        """Return a record for each extractor."""
        return [
            {
                "signature": self.speed.full_signature,
                "extractor": row.name,
                "version": row.version,
                "settings": row.settings,
                "control": str(row.control).lower(),
                "cpu_ms": row.median_ms,
                "cpu_ms_p95": row.p95_ms,
                **_ends("cpu_seconds_per_1000", row.per_thousand),
                **_ends(f"times_{REFERENCE}", row.ratio),
                "repeats": row.repeats,
                "wall": row.wall,
                "start_ms": row.start_ms,
                "import_cpu_ms": row.import_ms,
                "import_mb": row.import_mb,
                "peak_mb": row.peak_mb,
                "pages": row.per_thousand.n,
                "failed": sum(count for name, count in row.outcomes.items() if name not in ("ok", "empty")),
                "unstable": len(row.unstable),
            }
            for row in self.speed.rows
        ]

    def body(self) -> Mapping[str, Any]:
        """Return the measurement whole, every call's time included."""
        return {"full_signature": self.speed.full_signature, **asdict(self.speed)}


def _times(row: Pace) -> list[str]:
    per_second = 1000 / row.per_thousand.value if row.per_thousand.value else None
    return [
        amount(row.median_ms),
        amount(row.p95_ms),
        amount(row.per_thousand.value),
        _between(row.per_thousand),
        amount(per_second),
        amount(row.ratio.value),
        _between(row.ratio),
        "-" if row.repeats is None else f"{row.repeats:.1%}".replace("%", " %"),
        amount(row.wall),
    ]


def _others(row: Pace) -> list[str]:
    measured = (row.start_ms, row.import_ms, row.import_mb, row.peak_mb)
    return [*map(amount, measured), fate(row, empty=False), str(len(row.unstable) or "-")]


def _between(value: Value) -> str:
    if value.interval is None:
        return "unbounded" if value.reason == UNBOUNDED else "-"
    low, high = value.interval
    return f"{amount(low)}-{amount(high)}"


def _ends(name: str, value: Value) -> dict[str, float | None]:
    low, high = value.interval or (None, None)
    return {name: value.value, f"{name}_low": low, f"{name}_high": high}


def _few(pages: Sequence[str]) -> str:
    more = len(pages) - _NAMED
    return ", ".join(map(plain, pages[:_NAMED])) + (f" and {more} more" if more > 0 else "")
