"""The terminal's table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import tabulate
from click import style, unstyle

from bench.present import Grid, View


def render(view: View, width: int = 80) -> str:
    """Return the view for a terminal of this width: its tables and captions.

    The richest form that fits is taken; a table that is still too wide does without its least needed columns, or goes on
    below.
    """
    grids = view.grids(wide=True)
    wide = all(_width(_draw(grid)) <= width for grid in grids[:1])
    parts = [part for grid in (grids if wide else view.grids(wide=False)) for part in _fitted(grid, width)]
    return "\n\n".join([*parts, "\n".join(_fold(line, width) for line in view.captions(wide=wide))]) + "\n"


def _draw(grid: Grid) -> str:
    rows: list[Sequence[str] | str] = []
    numbers = count()
    for group in grid.groups:
        shown = [_dimmed(row) if next(numbers) in grid.dim else row for row in group]
        rows += [tabulate.SEPARATING_LINE, *shown] if rows else shown
    aligns = ["right" if column in grid.right else "left" for column in range(len(grid.headers))]
    # tabulate widens every column by two for the header's sake, which makes eleven of them too wide for a terminal.
    padding, tabulate.MIN_PADDING = tabulate.MIN_PADDING, 0
    try:
        drawn = tabulate.tabulate(rows, headers=list(grid.headers), tablefmt="simple", disable_numparse=True, colalign=aligns)
    finally:
        tabulate.MIN_PADDING = padding
    return "\n".join(line.rstrip() for line in drawn.split("\n"))


def _dimmed(row: Sequence[str]) -> list[str]:
    """The cells in faint letters, which a terminal shows and click's echo leaves out where there is none."""
    return ["\n".join(style(line, dim=True) for line in cell.split("\n")) for cell in row]


def _width(drawn: str) -> int:
    return max(len(unstyle(line)) for line in drawn.split("\n"))


def _fitted(grid: Grid, width: int) -> list[str]:
    """The table without columns that it can spare, or in as many parts as the width asks for, one column each at least."""
    drawn = _draw(grid)
    for header in grid.expendable:
        if _width(drawn) <= width:
            break
        grid = grid.pick([column for column, one in enumerate(grid.headers) if one != header])
        drawn = _draw(grid)
    if grid.expendable or _width(drawn) <= width:
        return [drawn]
    lead = list(range(grid.lead))
    parts, columns = [], list(range(grid.lead, len(grid.headers)))
    while columns:
        taken = len(columns)
        while taken > 1 and _width(_draw(grid.pick([*lead, *columns[:taken]]))) > width:
            taken -= 1
        parts.append(_draw(grid.pick([*lead, *columns[:taken]])))
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
