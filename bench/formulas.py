r"""Formulas in running text: `$..$`, `$$..$$`, `\(..\)` and `\[..\]`, told from money and from Markdown's escapes.

Between single dollars the rule is Pandoc's (no white space inside the dollars, no digit after the last), and an amount of money
is none. Between the other marks there must be a single letter or digit, or a sign that TeX has and prose has not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MOST_FORMULA = 2_000
"""Characters of a formula; the end is not looked for beyond."""
TEX = re.compile(r"[\\^_={}]")
"""A sign that TeX has and prose has not."""
CLOSINGS = {"$$": "$$", "$": "$", "\\(": "\\)", "\\[": "\\]"}
GAP = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands for what is in no formula."""


def formula_at(text: str, place: int, opening: str, limit: int) -> tuple[str, int] | None:
    """Return the TeX that `opening` at `place` opens, and the place after it; None when it opens none before `limit`."""
    closing, start = CLOSINGS[opening], place + len(opening)
    limit = min(limit, start + MOST_FORMULA)
    end = text.find(closing, start, limit)
    while end > 0 and closing == "$" and text[end - 1] == "\\":
        end = text.find(closing, end + 1, limit)
    tex, after = text[start : max(end, start)], end + len(closing)
    if not tex or tex.isspace() or "\n\n" in tex or GAP in tex:
        return None
    if opening == "$":
        beside = text[max(place - 1, 0) : place], text[after : after + 1]
        refused = (
            tex[0].isspace()
            or tex[-1].isspace()
            or beside[0].isalnum()
            or beside[1].isdigit()
            or "$" in beside
            or '"' in tex
            or sum(map(tex.count, "([{")) != sum(map(tex.count, ")]}"))
            or not any(map(str.isalnum, tex))
            or (tex[0].isdigit() and not TEX.search(tex))
        )
    else:
        single = len(tex.strip()) == 1 and tex.strip().isalnum()
        refused = not (single or TEX.search(tex) or (opening == "$$" and "+" in tex))
    return None if refused else (tex, after)


OPENING = re.compile(r"\$\$?|\\[(\[]")
OPENING_BACKSLASH = re.compile(r"\\[(\[]")


def formulas_in(text: str, openings: re.Pattern[str]) -> Iterator[str]:
    """Yield the TeX of the formulas in a text, those that one of these marks opens."""
    place = 0
    while found := openings.search(text, place):
        place = found.end()
        if text[max(found.start() - 1, 0) : found.start()] != "\\":
            formula = formula_at(text, found.start(), found[0], len(text))
            if formula is not None:
                tex, place = formula
                yield tex
