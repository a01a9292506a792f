"""A Markdown table, for a README or a pull request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tabulate import tabulate

from bench.present import Grid, captions, overview, slices
from bench.summarise import Summary
from bench.text import plain

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#!~])")


def render(summary: Summary, width: int = 0) -> str:  # noqa: ARG001 - every format takes a width
    """Return the summary in Markdown: main table, slices if any, captions; names are escaped."""
    parts = [_draw(overview(summary, wide=True))]
    if summary.slices:
        parts.append(_draw(slices(summary)))
    *lines, signature = captions(summary, wide=True)
    if summary.manifest and summary.manifest.get("limits_in_force"):
        lines.append(_origin(summary.manifest))
    return "\n\n".join([*parts, "  \n".join([*(_escape(line) for line in lines), f"`{signature}`"])]) + "\n"


def _origin(manifest: Mapping[str, Any]) -> str:
    """How the table was made, in one line; the JSON table holds all of it."""
    machine = manifest["machine"]
    limits = ", ".join(f"{kind} by {' and '.join(ways)}" for kind, ways in manifest["limits_in_force"].items())
    return plain(
        f"made on {manifest['date']} by {manifest['command']} with Python {machine['python']} on {machine['platform']},"
        f" {machine['cores']} cores of {machine['cpu']}; workers limited: {limits}"
    )


def _draw(grid: Grid) -> str:
    rows = [[_escape(cell) for cell in row] for group in grid.groups for row in group]
    aligns = ["right" if column in grid.right else "left" for column in range(len(grid.headers))]
    headers = [_escape(header) for header in grid.headers]
    return tabulate(rows, headers=headers, tablefmt="pipe", disable_numparse=True, colalign=aligns)


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
