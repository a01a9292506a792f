"""A Markdown table, for a README or a pull request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tabulate import tabulate

from bench.present import Grid, View
from bench.text import plain

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#!~])")


def render(view: View, width: int = 0) -> str:  # noqa: ARG001 - every format takes a width
    """Return the view in Markdown: its tables and captions, and the request as a comment; names are escaped."""
    *lines, signature = view.captions(wide=True)
    if view.manifest and "limits_in_force" in view.manifest:
        lines.append(_origin(view.manifest))
    captions = "  \n".join([*(_escape(line) for line in lines), f"`{signature}`"])
    comment = [f"<!-- {view.request.comment} -->"] if view.request else []
    return "\n\n".join([*map(_draw, view.grids(wide=True)), captions, *comment]) + "\n"


def _origin(manifest: Mapping[str, Any]) -> str:
    """How the table was made, in one line; the JSON table holds all of it."""
    machine = manifest["machine"]
    # A run that found everything in the store started no worker.
    limits = ", ".join(f"{kind} by {' and '.join(ways)}" for kind, ways in manifest["limits_in_force"].items())
    return plain(
        f"made on {manifest['date']} by {manifest['command']} with Python {machine['python']} on {machine['platform']},"
        f" {machine['cores']} cores of {machine['cpu']}; {f'workers limited: {limits}' if limits else 'outputs from the store'}"
    )


def _draw(grid: Grid) -> str:
    rows = [[_escape(cell) for cell in row] for group in grid.groups for row in group]
    aligns = ["right" if column in grid.right else "left" for column in range(len(grid.headers))]
    headers = [_escape(header) for header in grid.headers]
    title = f"**{_escape(grid.title)}**\n\n" if grid.title else ""
    return title + tabulate(rows, headers=headers, tablefmt="pipe", disable_numparse=True, colalign=aligns)


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text).replace("\n", "<br>")
