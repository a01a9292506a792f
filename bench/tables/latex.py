r"""LaTeX tables for a paper, with the rules of booktabs.

Drawn here and not by tabulate, whose LaTeX knows neither groups nor cells of several lines, and which lets through what
starts an optional argument (`[` after `\\`) or is active in some languages (`"`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import zip_longest

from bench.present import Grid, View
from bench.text import plain

_HEAD = "% Needs \\usepackage{booktabs}. Names in other scripts than Latin need LuaLaTeX or XeLaTeX, and a font that has them."
_ESCAPES = {
    **{mark: f"\\{mark}" for mark in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    # By number: babel makes it active in some languages, and its name is unknown to some encodings of fonts.
    '"': r"\symbol{34}",
    "\N{EN DASH}": "--",
    "\N{EN DASH}-": "--{}-",
    "\N{MINUS SIGN}": "$-$",
}
# A mark before its like would become another: two hyphens a dash, two apostrophes a quotation mark.
_SPECIAL = re.compile(r"[&%$#_{}\\~^<>|`\"\N{MINUS SIGN}]|\N{EN DASH}-?|([-,'])(?=\1)")
_STAR = re.compile(r"(?<=\d)\*$")


def render(view: View, width: int = 0) -> str:  # noqa: ARG001 - every format takes a width
    """Return the view in LaTeX: a tabular for each table, in its compact form, and the captions as text below them."""
    *lines, signature = filter(None, view.captions(wide=False))
    # A signature has no spaces to break a line at.
    typed = re.sub(r"\\textbar\{\}|,", r"\g<0>\\allowbreak{}", _escape(signature))
    captions = " \\\\\n".join([*map(_escape, lines), f"\\texttt{{{typed}}}"])
    below = f"\\begin{{flushleft}}\\footnotesize\n{captions}\n\\end{{flushleft}}"
    comment = [f"% {view.request.comment}"] if view.request else []
    return "\n\n".join([_HEAD, *map(_draw, view.grids(wide=False)), below, *comment]) + "\n"


def _draw(grid: Grid) -> str:
    columns = "".join("r" if column in grid.right else "l" for column in range(len(grid.headers)))
    lines = [f"\\begin{{tabular}}{{{columns}}}", r"\toprule", *_rows(grid.headers)]
    for group in grid.groups:
        lines.append(r"\midrule")
        for row in group:
            lines += _rows(row, grid.right)
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])


def _rows(cells: Sequence[str], figures: Collection[int] = ()) -> list[str]:
    """A row for each line of the cells: what has no boxes in it can be edited, and breaks over pages."""
    columns = [
        [_figure(line) if column in figures else _escape(line) for line in cell.split("\n")]
        for column, cell in enumerate(cells)
    ]
    return [" & ".join(row).rstrip() + r" \\" for row in zip_longest(*columns, fillvalue="")]


def _figure(text: str) -> str:
    """Numbers as they are set: a minus before one, an en dash between two or for none."""
    if text == "-":
        return "--"
    text = re.sub(r"(?<=\d)-(?=[-.\d])", "\N{EN DASH}", text)
    text = _escape(re.sub(r"-(?=[.\d])", "\N{MINUS SIGN}", text))
    # A star hangs beside its number, so that digits stay under digits.
    return _STAR.sub(r"\\rlap{*}", text)


def _escape(line: str) -> str:
    """A line as text: no character of it is a command, ends an argument or makes another with its neighbour."""
    shown = "".join(character if _known(character) else f"U+{ord(character):04X}" for character in plain(line))
    text = shown.lstrip(" ")
    indent = r"\quad " if text != shown else ""
    # After the end of a row these would be its options.
    guard = "{}" if text.startswith(("[", "*")) and not indent else ""
    return indent + guard + _SPECIAL.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[0], f"{found[0]}{{}}")


def _known(character: str) -> bool:
    """Whether fonts can have it; what is invisible or outside the Basic Multilingual Plane stands as its code point."""
    return character.isprintable() and character < "\U00010000" and character != "\N{REPLACEMENT CHARACTER}"
