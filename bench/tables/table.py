"""The terminal's table."""

from __future__ import annotations

from collections.abc import Sequence

from tabulate import SEPARATING_LINE, tabulate

from bench.present import Grid, captions, overview, slices
from bench.summarise import Summary

WIDE = 110
"""Columns from which on there is room for a column for each fact."""


def render(summary: Summary, width: int = 80) -> str:
    """Return the summary for a terminal of this width: main table, slices if any, captions."""
    wide = width >= WIDE
    parts = [_draw(overview(summary, wide=wide))]
    if summary.slices:
        parts += [_draw(part) for part in _columns_that_fit(slices(summary), width)]
    return "\n\n".join([*parts, "\n".join(_fold(line, width) for line in captions(summary, wide=wide))]) + "\n"


def _draw(grid: Grid) -> str:
    rows: list[Sequence[str] | str] = []
    for group in grid.groups:
        if rows:
            rows.append(SEPARATING_LINE)
        rows += group
    aligns = ["right" if column in grid.right else "left" for column in range(len(grid.headers))]
    return tabulate(rows, headers=list(grid.headers), tablefmt="simple", disable_numparse=True, colalign=aligns)


def _columns_that_fit(grid: Grid, width: int) -> list[Grid]:
    """The table in as many parts as the width asks for, each with the first two columns."""
    fixed, parts = 2, []
    widths = [
        max(len(cell) for cell in (header, *(row[column] for group in grid.groups for row in group)))
        for column, header in enumerate(grid.headers)
    ]
    start = fixed
    while start < len(widths):
        room, stop = width - sum(widths[:fixed]) - 2 * (fixed - 1), start
        while stop < len(widths) and (stop == start or room >= widths[stop] + 2):
            room -= widths[stop] + 2
            stop += 1
        columns = [*range(fixed), *range(start, stop)]
        groups = [[[row[column] for column in columns] for row in group] for group in grid.groups]
        parts.append(Grid([grid.headers[column] for column in columns], groups, frozenset(range(1, len(columns)))))
        start = stop
    return parts


def _fold(line: str, width: int) -> str:
    """Break a line that is too long at spaces and signature bars, with the rest indented."""
    pieces, lines, current = line.replace("|", "|\0").replace(" ", " \0").split("\0"), [], ""
    for piece in pieces:
        if current.strip() and len(current) + len(piece.rstrip()) > width:
            lines.append(current.rstrip())
            current = "  "
        current += piece
    return "\n".join([*lines, current])
