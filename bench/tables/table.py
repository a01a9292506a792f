"""The terminal's table."""

from __future__ import annotations

from collections.abc import Sequence

import tabulate

from bench.present import EXPENDABLE, Grid, captions, overview, slices
from bench.summarise import Summary


def render(summary: Summary, width: int = 80) -> str:
    """Return the summary for a terminal of this width: main table, slices if any, captions.

    The richest form that fits is taken; a table that is still too wide does without its least needed columns.
    """
    wide = _draw(overview(summary, wide=True))
    roomy = _width(wide) <= width
    parts = [wide if roomy else _squeeze(overview(summary, wide=False), width)]
    if summary.slices:
        parts += _columns_that_fit(slices(summary), width)
    return "\n\n".join([*parts, "\n".join(_fold(line, width) for line in captions(summary, wide=roomy))]) + "\n"


def _draw(grid: Grid) -> str:
    rows: list[Sequence[str] | str] = []
    for group in grid.groups:
        rows += [tabulate.SEPARATING_LINE, *group] if rows else group
    aligns = ["right" if column in grid.right else "left" for column in range(len(grid.headers))]
    # tabulate widens every column by two for the header's sake, which makes eleven of them too wide for a terminal.
    padding, tabulate.MIN_PADDING = tabulate.MIN_PADDING, 0
    try:
        drawn = tabulate.tabulate(rows, headers=list(grid.headers), tablefmt="simple", disable_numparse=True, colalign=aligns)
    finally:
        tabulate.MIN_PADDING = padding
    return "\n".join(line.rstrip() for line in drawn.split("\n"))


def _width(drawn: str) -> int:
    return max(len(line) for line in drawn.split("\n"))


def _squeeze(grid: Grid, width: int) -> str:
    drawn = _draw(grid)
    for header in EXPENDABLE:
        if _width(drawn) <= width:
            break
        grid = grid.pick([column for column, one in enumerate(grid.headers) if one != header])
        drawn = _draw(grid)
    return drawn


def _columns_that_fit(grid: Grid, width: int) -> list[str]:
    """The table in as many parts as the width asks for, each with the first two columns and one more at least."""
    parts, columns = [], list(range(2, len(grid.headers)))
    while columns:
        taken = len(columns)
        while taken > 1 and _width(_draw(grid.pick([0, 1, *columns[:taken]]))) > width:
            taken -= 1
        parts.append(_draw(grid.pick([0, 1, *columns[:taken]])))
        columns = columns[taken:]
    return parts


def _fold(line: str, width: int) -> str:
    """Break a line that is too long at spaces, commas and signature bars, with the rest indented."""
    for mark in "|, ":
        line = line.replace(mark, f"{mark}\0")
    lines, current = [], ""
    for piece in line.split("\0"):
        if current.strip() and len(current) + len(piece.rstrip()) > width:
            lines.append(current.rstrip())
            current = "  "
        current += piece
    return "\n".join([*lines, current])
