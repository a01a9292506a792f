"""CSV, unrounded: the records of a view."""

from __future__ import annotations

import csv
import io
from typing import Any

from bench.present import View
from bench.text import plain


def render(view: View, width: int = 0) -> str:  # noqa: ARG001 - every format takes a width
    """Return the view as CSV (RFC 4180, LF line ends); undefined is empty.

    A text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    records = view.records()
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(_safe, records[0]))
    for record in records:
        writer.writerow(map(_safe, record.values()))
    return out.getvalue()


def _safe(cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    text = plain(cell)
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
