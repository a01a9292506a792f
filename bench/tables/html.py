"""A web page that stands alone: no scripts, nothing loaded from elsewhere, for light and dark screens and for paper."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from itertools import count

from bench.present import Grid, View
from bench.text import plain

_STAR = re.compile(r"(?<=\d)\*$")
_STYLE = """\
:root { color-scheme: light dark; --ink: #1c1c1c; --paper: #fff; --dim: #666; --line: #d0d0d0; --hover: #f3f3f3 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e4e4; --paper: #17181a; --dim: #9a9a9a; --line: #404246; --hover: #232528 }
}
body { margin: 2rem; background: var(--paper); color: var(--ink); font: 15px/1.4 system-ui, sans-serif }
div { margin: 0 0 2rem; overflow-x: auto }
table { border-collapse: collapse; border: solid var(--ink); border-width: 2px 0; font-variant-numeric: tabular-nums }
th, td { padding: .2rem .7rem; text-align: left; vertical-align: top; white-space: pre; font-weight: normal }
thead th { vertical-align: bottom; font-weight: 600 }
tbody { border-top: 1px solid var(--ink) }
tbody ~ tbody { border-color: var(--line) }
tbody tr:hover { background: var(--hover) }
.right { text-align: right }
.control, .dim { color: var(--dim) }
.star { display: inline-block; width: 0 }
p, code { color: var(--dim); font-size: 13px; overflow-wrap: anywhere }
p { max-width: 60rem; margin: .3rem 0 }
@media print { body { margin: 0 } div { overflow: visible } }
"""
# What a browser would have to obey even if a name got through as markup: styles of the page itself, and nothing else.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def render(view: View, width: int = 0) -> str:  # noqa: ARG001 - every format takes a width
    """Return the view as an HTML page: its tables, and the captions below them."""
    captions = [_escape(line) for line in view.captions(wide=True)]
    *lines, signature = captions
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{captions[0]}</title>",
        f"<style>\n{_STYLE}</style>",
        "</head>",
        "<body>",
        *map(_draw, view.grids(wide=True)),
        *(f"<p>{line}</p>" for line in lines),
        f"<p><code>{signature}</code></p>",
        *([f"<!-- {view.request.comment} -->"] if view.request else []),
        "</body>",
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _draw(grid: Grid) -> str:
    """A table with a body for each group. In one of extractors, all after the first are controls."""
    lines = ["<div>", "<table>", "<thead>", _row(grid, grid.headers, 'th scope="col"'), "</thead>"]
    numbers = count()
    for place, group in enumerate(grid.groups):
        control = place and grid.headers[0] == "extractor"
        rows = [_row(grid, row, "td", dim=next(numbers) in grid.dim) for row in group]
        lines += ['<tbody class="control">' if control else "<tbody>", *rows, "</tbody>"]
    return "\n".join([*lines, "</table>", "</div>"])


def _row(grid: Grid, row: Sequence[str], tag: str, *, dim: bool = False) -> str:
    cells = []
    for column, text in enumerate(row):
        opened = 'th scope="row"' if tag == "td" and not column else tag
        cell = _escape(text)
        if column in grid.right:
            opened += ' class="right"'
            # A star hangs beside its number, so that digits stay under digits.
            cell = _STAR.sub('<span class="star">*</span>', cell)
        cells.append(f"<{opened}>{cell}</{opened[:2]}>")
    opened = '<tr class="dim">' if dim else "<tr>"
    return f"{opened}{''.join(cells)}</tr>"


def _escape(text: str) -> str:
    """Line breaks within a cell are kept, and shown by the style."""
    return html.escape("\n".join(map(plain, text.split("\n"))))
