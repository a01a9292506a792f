r"""What a Markdown or HTML text is made of: headings, list items, links, code blocks, formulas and tables.

Markdown becomes HTML (CommonMark and pipe tables, by markdown-it) and HTML becomes one stream of tags and text (libxml2),
so that both are read by one set of rules. A text is HTML when it starts with a tag, ends with one and closes a block-level
one; all else is Markdown, plain text included, which is Markdown with little in it.

- A heading is h1 to h6; a list item holds its own text, not that of lists, tables and code blocks inside.
- A link has text and a target. An image is no text, and `javascript:` is no target.
- A code block is a `pre`, so fenced or indented in Markdown. Code inside a line is text.
- A formula is what `bench.formulas` finds, `<math>` or `<script type="math/tex">`.
- A table is its rows of cells with their spans. Rows without text are no rows, and cells without text at the end of a row
  no cells, since Markdown writes a header and full rows where HTML need not; thead, tbody and tfoot are dropped and header
  cells are cells for the same reason. A table in a cell is a table of its own, and not text of that cell.

Elements without text are left out. Texts are compared folded (`words_of`, `fold`), code and formulas as they stand.

Untrusted text is the normal case. At most `MOST_MARKDOWN` or `MOST_HTML` characters are read, which bounds the time, since
both parsers are linear or nearly so. Nothing here recurses over the input; markdown-it stops at 20 levels of nesting.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import unquote

from bench.formulas import GAP, OPENING, OPENING_BACKSLASH, formulas_in
from bench.markdown import to_html
from bench.teds import Cell, Row, Table
from bench.text import normalise, sane, tokenise

MOST_MARKDOWN = 300_000
"""Characters of Markdown that are read; the longest gold of WCXB has 97,434."""
MOST_HTML = 500_000
"""Characters of HTML that are read."""


@dataclass(slots=True)
class Structure:
    """The elements of a text, each kind in the order of the text."""

    headings: list[tuple[str, int]] = field(default_factory=list)
    """Text and level."""
    items: list[tuple[str, int]] = field(default_factory=list)
    """Text and depth, 1 in an outermost list."""
    links: list[tuple[str, str]] = field(default_factory=list)
    """Text and the part of the target that tells it apart (`target_of`)."""
    code: list[str] = field(default_factory=list)
    formulas: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


def parse(text: str) -> Structure:
    """Return the structure of HTML or Markdown, whichever the text is."""
    return of_html(text) if is_html(text) else of_markdown(text)


def of_markdown(text: str) -> Structure:
    """Return the structure of Markdown."""
    source = sane(text[:MOST_MARKDOWN])
    return _read(to_html(source), OPENING_BACKSLASH)


def of_html(text: str) -> Structure:
    """Return the structure of an HTML page or fragment."""
    return _read(text[:MOST_HTML], OPENING)


_PROLOGUE = (("<!--", "-->"), ("<!", ">"), ("<?", ">"))
_TAG_FIRST = re.compile(r"<[a-zA-Z][a-zA-Z0-9]*[\s/>]")
_BLOCKS = (
    "address|article|aside|blockquote|body|center|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header|"
    "html|li|main|nav|ol|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul"
)
_CLOSED_BLOCK = re.compile(rf"</(?:{_BLOCKS})\s*>", re.IGNORECASE)


def is_html(text: str) -> bool:
    """Whether a text is HTML: it starts with a tag, ends with one and closes a block-level one.

    Doctype, comments and an XML declaration may stand first. Markdown that holds tags starts or ends with other text.
    """
    text = text.strip("\ufeff \t\r\n\f")
    if not text.startswith("<") or not text.endswith(">"):
        return False
    place = 0
    while opening := next((pair for pair in _PROLOGUE if text.startswith(pair[0], place)), None):
        end = text.find(opening[1], place + len(opening[0]))
        if end < 0:
            return False
        place = end + len(opening[1])
        while place < len(text) and text[place].isspace():
            place += 1
    return bool(_TAG_FIRST.match(text, place) and _CLOSED_BLOCK.search(text, place))


_STRAIGHT = str.maketrans(dict.fromkeys("‘’ʼ", "'") | dict.fromkeys("“”", '"') | dict.fromkeys("‐‑–—−", "-"))


def fold(text: str) -> str:
    """Return the text normalised, quotes and dashes straight, each run of white space one space and none at the ends."""
    return " ".join(normalise(text).translate(_STRAIGHT).split())


def words_of(text: str) -> str:
    """Return the text's words with a space between, or the folded text if it is all signs."""
    return " ".join(tokenise(text)) or fold(text)


_LINE_ENDS = re.compile(r"[\t\r\n]")
_HOST = re.compile(r"(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//(?:www\.)?([^/]*)", re.IGNORECASE)


def target_of(href: str) -> str:
    """Return what tells a link's target apart, whether it is written whole or relative to the page; "" if it is none.

    That is the fragment where there is one, else the last part of the path with the query, else the host.
    """
    href = _LINE_ENDS.sub("", href).strip()
    if href.lower().startswith(("javascript:", "data:", "vbscript:")):
        return ""
    href, _, fragment = href.partition("#")
    if fragment and not fragment.startswith(":~:"):
        return "#" + unquote(fragment)
    path, mark, query = href.partition("?")
    host = _HOST.match(path)
    if host:
        path = path[host.end() :]
    last = path.rstrip("/").rpartition("/")[2]
    return unquote(last or (host[1].lower() if host else path)) + mark + query


_DISPLAY_STYLE = re.compile(r"\{?\\(?:display|text)style(?![a-zA-Z])")


def formula_of(tex: str) -> str:
    r"""Return TeX without white space, and without the `{\displaystyle ..}` that MathML carries around it."""
    tex = tex.strip()
    style = _DISPLAY_STYLE.match(tex)
    if style:
        tex = tex[style.end() :].removesuffix("}" if style[0].startswith("{") else "")
    return "".join(tex.split())


def code_of(text: str) -> str:
    """Return a code block without common indentation, blank lines around it and white space at the ends of lines."""
    lines = [line.rstrip() for line in text.replace("\N{NO-BREAK SPACE}", " ").splitlines()]
    return textwrap.dedent("\n".join(lines)).strip("\n")


# HTML

_INLINE_TAGS = (
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark math q rp rt ruby s samp small span "
    "strike strong sub sup time tt u var wbr"
)
_INLINE = frozenset(_INLINE_TAGS.split())
_UNREAD = frozenset(["head", "iframe", "noscript", "script", "style", "svg", "template", "title"])
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = frozenset(["ol", "ul"])
_CELLS = frozenset(["td", "th"])
_NEVER_IN_MATH = frozenset([*_HEADINGS, *_LISTS, *_CELLS, "a", "blockquote", "code", "div", "li", "p", "pre", "table", "tr"])
"""Tags that end a `<math>` which was never closed: all that this module reads, so that each is opened and closed alike."""

Pieces = list[str]
Detail = TypeVar("Detail")


class _OpenTable:
    """A table while its tags are read."""

    def __init__(self) -> None:
        self.rows: list[list[tuple[Pieces, int, int]]] = []
        self.cell: Pieces | None = None

    def open_cell(self, attributes: Mapping[str, str]) -> None:
        if not self.rows:
            self.rows.append([])
        self.cell = []
        self.rows[-1].append((self.cell, _span(attributes.get("colspan")), _span(attributes.get("rowspan"))))

    def made(self) -> Table:
        rows: list[Row] = []
        for row in self.rows:
            cells = [Cell(fold("".join(pieces)), colspan, rowspan) for pieces, colspan, rowspan in row]
            while cells and not cells[-1].text:
                cells.pop()
            if cells:
                rows.append(tuple(cells))
        return tuple(rows)


def _span(value: str | None) -> int:
    """Return a span as browsers read it: 1 where it is no number, at most 1,000."""
    number = re.match(r"\s*\+?([0-9]{1,9})", value or "")
    return min(max(int(number[1]), 1), 1000) if number else 1


def _with_text(found: list[tuple[Pieces, Detail]]) -> list[tuple[str, Detail]]:
    texts = [(words_of("".join(pieces)), detail) for pieces, detail in found]
    return [pair for pair in texts if pair[0]]


class _Reader:
    """What libxml2 tells tags and text to, in the order of the text, each tag closed. It builds no tree.

    A text belongs to the innermost open element of each kind: heading, item, link, cell.
    """

    def __init__(self, openings: re.Pattern[str] | None) -> None:
        self._openings = openings
        """What may open a formula in text; None when nothing does."""
        self._unread = 0
        self._headings: list[tuple[Pieces, int]] = []
        self._items: list[tuple[Pieces, int]] = []
        self._links: list[tuple[Pieces, str]] = []
        self._code: list[Pieces] = []
        self._tables: list[_OpenTable] = []
        self._formulas: list[str] = []
        self._open_headings: list[Pieces] = []
        self._open_items: list[Pieces | None] = []
        self._open_links: list[Pieces | None] = []
        self._open_tables: list[_OpenTable] = []
        self._lists = self._pre = self._in_code = self._math = self._tex = 0
        self._math_texts: tuple[Pieces, Pieces, Pieces] = [], [], []
        """TeX in an attribute, TeX in an annotation, other text."""
        self._script: Pieces | None = None
        self._paragraph: Pieces = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in _UNREAD:
            self._unread += 1
            if tag == "script" and attributes.get("type", "").lower().startswith("math/tex"):
                self._script = []
        if self._unread:
            return
        if self._math and tag in _NEVER_IN_MATH:
            self._end_math()
        if self._math:
            self._math += tag == "math"
            self._tex += tag == "annotation" and "tex" in attributes.get("encoding", "").lower()
            return
        if tag == "math":
            self._math, self._math_texts = 1, ([attributes.get("alttext") or ""], [], [])
            return
        if tag not in _INLINE:
            self._break("\n" if tag == "br" else " ")
        self._open(tag, attributes)

    def _open(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in _HEADINGS:
            self._open_headings.append([])
            self._headings.append((self._open_headings[-1], _HEADINGS[tag]))
        elif tag == "a":
            target = target_of(attributes.get("href") or "")
            pieces: Pieces | None = [] if target else None
            self._open_links.append(pieces)
            if pieces is not None:
                self._links.append((pieces, target))
        elif tag in _LISTS:
            self._lists += 1
        elif tag == "li":
            item: Pieces = []
            self._open_items.append(item)
            self._items.append((item, max(self._lists, 1)))
        elif tag == "table":
            self._open_items.append(None)
            self._open_tables.append(_OpenTable())
            self._tables.append(self._open_tables[-1])
        elif tag == "tr" and self._open_tables:
            self._open_tables[-1].rows.append([])
        elif tag in _CELLS and self._open_tables:
            self._open_tables[-1].open_cell(attributes)
        elif tag == "pre":
            if not self._pre:
                self._code.append([])
            self._pre += 1
        elif tag == "code":
            self._in_code += 1

    def end(self, tag: str) -> None:
        if self._unread:
            if tag == "script" and self._script is not None:
                self._add_formula("".join(self._script))
                self._script = None
            self._unread -= tag in _UNREAD
            return
        if self._math:
            self._tex -= bool(self._tex) and tag == "annotation"
            self._math -= tag == "math"
            if not self._math:
                self._end_math()
            return
        if tag not in _INLINE and tag != "br":
            self._break(" ")
        self._close(tag)

    def _close(self, tag: str) -> None:
        if tag in _HEADINGS:
            self._open_headings.pop()
        elif tag == "a":
            self._open_links.pop()
        elif tag in _LISTS:
            self._lists -= 1
        elif tag == "li":
            self._open_items.pop()
        elif tag == "table":
            self._open_items.pop()
            self._open_tables.pop()
        elif tag in _CELLS and self._open_tables:
            self._open_tables[-1].cell = None
        elif tag == "pre":
            self._pre -= 1
        elif tag == "code":
            self._in_code -= 1

    def _end_math(self) -> None:
        self._math = self._tex = 0
        tex = next(filter(None, map("".join, self._math_texts)), "")
        self._add_formula(tex)
        self._add(tex)

    def _add_formula(self, tex: str) -> None:
        formula = formula_of(tex)
        if formula:
            self._formulas.append(formula)

    def data(self, text: str) -> None:
        if self._unread:
            if self._script is not None:
                self._script.append(text)
        elif self._math:
            self._math_texts[1 if self._tex else 2].append(text)
        else:
            self._add(text)
            if self._openings is not None and not self._pre:
                self._paragraph.append(GAP if self._in_code else text)

    def _add(self, text: str) -> None:
        if self._pre:
            self._code[-1].append(text)
            return
        for opened in (self._open_headings, self._open_items, self._open_links):
            if opened and opened[-1] is not None:
                opened[-1].append(text)
        if self._open_tables and self._open_tables[-1].cell is not None:
            self._open_tables[-1].cell.append(text)

    def _break(self, gap: str) -> None:
        if not self._pre or gap == "\n":
            self._add(gap)
        if gap == " ":
            self._end_paragraph()
        elif self._paragraph:
            self._paragraph.append(gap)

    def _end_paragraph(self) -> None:
        if self._paragraph:
            for tex in formulas_in("".join(self._paragraph), self._openings or OPENING):
                self._add_formula(tex)
            self._paragraph.clear()

    def comment(self, text: str) -> None:
        """Comments are nothing."""

    def pi(self, target: str, text: str | None = None) -> None:
        """Processing instructions are nothing."""

    def close(self) -> Structure:
        self._end_paragraph()
        return Structure(
            headings=_with_text(self._headings),
            items=_with_text(self._items),
            links=_with_text(self._links),
            code=[code for code in (code_of("".join(pieces)) for pieces in self._code) if code],
            formulas=self._formulas,
            tables=[table for table in (opened.made() for opened in self._tables) if table],
        )


def _read(html: str, openings: re.Pattern[str]) -> Structure:
    import lxml.etree

    html = html.replace("\0", "")
    reader = _Reader(openings if openings.search(html) else None)
    # A parser that builds no tree has no limit on depth, nor on time where one tag has very many attributes.
    parser = lxml.etree.HTMLParser(target=reader, recover=True, encoding="utf-8", huge_tree=True)
    parser.feed(sane(html).encode("utf-8"))
    made: Structure = parser.close()
    return made
