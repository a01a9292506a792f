"""CSV, unrounded: one line for each extractor, or for each slice and extractor."""

from __future__ import annotations

import csv
import io
from typing import Any

from bench.summarise import Summary
from bench.text import plain


def render(summary: Summary, width: int = 0) -> str:  # noqa: ARG001 - every format takes a width
    """Return the summary as CSV (RFC 4180, LF line ends); undefined is empty.

    A text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    common = ["signature"]
    lead = [summary.full_signature]
    if summary.by:
        writer.writerow([*common, summary.by, "pages", "extractor", "version", "settings", "control", summary.columns[0]])
        for one in summary.slices:
            for row, value in zip(summary.rows, one.values, strict=True):
                writer.writerow(
                    [
                        _safe(cell)
                        for cell in (
                            *lead,
                            one.name,
                            one.pages,
                            row.name,
                            row.version,
                            row.settings,
                            str(row.control).lower(),
                            value,
                        )
                    ]
                )
        return out.getvalue()
    values = [part for name in summary.columns for part in (name, f"{name}_low", f"{name}_high")]
    outcomes = sorted({name for row in summary.rows for name in row.outcomes})
    writer.writerow(
        [
            *common,
            "extractor",
            "version",
            "settings",
            "control",
            *values,
            "median",
            *outcomes,
            "cpu_ms",
            "peak_mb",
            "pages",
        ]
    )
    for row in summary.rows:
        numbers = [
            part for name in summary.columns for part in (row.values[name].value, *(row.values[name].interval or (None, None)))
        ]
        cells = [*lead, row.name, row.version, row.settings, str(row.control).lower(), *numbers, row.median]
        counts = [row.outcomes.get(name, 0) for name in outcomes]
        writer.writerow([_safe(cell) for cell in (*cells, *counts, row.cpu_ms, row.peak_mb, row.pages)])
    return out.getvalue()


def _safe(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    text = plain(cell)
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
