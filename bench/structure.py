r"""What a Markdown or HTML text is made of: headings, list items, links, code blocks, formulas and tables.

Markdown becomes HTML (CommonMark and pipe tables, by markdown-it) and HTML becomes one stream of tags and text (libxml2),
so that both are read by one set of rules. A text is HTML when it starts with a tag, ends with one and closes a block-level
one; all else is Markdown, plain text included, which is Markdown with little in it.

- A heading is h1 to h6; a list item holds its own text, not that of lists, tables and code blocks inside.
- A link has text and a target. An image is no text, and `javascript:` is no target.
- A code block is a `pre`, so fenced or indented in Markdown. Code inside a line is text.
- A formula is `$..$`, `$$..$$`, `\(..\)`, `\[..\]`, `<math>` or `<script type="math/tex">`. Between single dollars the
  rule is Pandoc's (no white space inside the dollars, no digit after the last), and an amount of money is none. Between
  the other marks there must be a single letter or digit, or a sign that TeX has and prose has not, since Markdown's
  escapes look alike.
- A table is its rows of cells with their spans. Rows without text are no rows, and cells without text at the end of a row
  no cells, since Markdown writes a header and full rows where HTML need not; thead, tbody and tfoot are dropped and header
  cells are cells for the same reason. A table in a cell is a table of its own, and not text of that cell.

Elements without text are left out. Texts are compared folded (`words_of`, `fold`), code and formulas as they stand.

Untrusted text is the normal case. At most `MOST_MARKDOWN` or `MOST_HTML` characters are read, which bounds the time, since
both parsers are linear or nearly so. Nothing here recurses over the input; markdown-it stops at 20 levels of nesting.
In Markdown, tags that would swallow what follows (GitHub's list: script, style, textarea, title ...) are text.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote

from bench.teds import Cell, Row, Table
from bench.text import normalise, sane, tokenise

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

MOST_MARKDOWN = 300_000
"""Characters of Markdown that are read; the longest gold of WCXB has 97,434."""
MOST_HTML = 500_000
"""Characters of HTML that are read."""
MOST_FORMULA = 2_000
"""Characters of a formula in text; the end is not looked for beyond."""


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
    return _read(_markdown().render(source), _OPENING_BACKSLASH)


def of_html(text: str) -> Structure:
    """Return the structure of an HTML page or fragment."""
    return _read(text[:MOST_HTML], _OPENING)


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
    """Return the text's words with a space between, or the folded text if it is all signs.

    Apostrophes are straight: golds often have them so where pages do not, and one would lose the whole element.
    """
    return " ".join(tokenise(text.translate(_STRAIGHT))) or fold(text)


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


# Formulas

_TEX = re.compile(r"[\\^_={}]")
_CLOSINGS = {"$$": "$$", "$": "$", "\\(": "\\)", "\\[": "\\]"}
_GAP = "\N{OBJECT REPLACEMENT CHARACTER}"


def _formula_at(text: str, place: int, opening: str, limit: int) -> tuple[str, int] | None:
    """Return the TeX that `opening` at `place` opens, and the place after it; None when it opens none before `limit`."""
    closing, start = _CLOSINGS[opening], place + len(opening)
    limit = min(limit, start + MOST_FORMULA)
    end = text.find(closing, start, limit)
    while end > 0 and closing == "$" and text[end - 1] == "\\":
        end = text.find(closing, end + 1, limit)
    tex, after = text[start : max(end, start)], end + len(closing)
    if not tex or tex.isspace() or "\n\n" in tex or _GAP in tex:
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
            or (tex[0].isdigit() and not _TEX.search(tex))
        )
    else:
        single = len(tex.strip()) == 1 and tex.strip().isalnum()
        refused = not (single or _TEX.search(tex) or (opening == "$$" and "+" in tex))
    return None if refused else (tex, after)


_OPENING = re.compile(r"\$\$?|\\[(\[]")
_OPENING_BACKSLASH = re.compile(r"\\[(\[]")


def _formulas_in(text: str, openings: re.Pattern[str]) -> Iterator[str]:
    place = 0
    while found := openings.search(text, place):
        place = found.end()
        if text[max(found.start() - 1, 0) : found.start()] != "\\":
            formula = _formula_at(text, found.start(), found[0], len(text))
            if formula is not None:
                tex, place = formula
                yield tex


# Markdown


def _inline_formula(state: StateInline, silent: bool) -> bool:
    """A rule of markdown-it: a formula inside a paragraph."""
    found = _OPENING.match(state.src, state.pos, state.posMax)
    formula = found and _formula_at(state.src, state.pos, found[0], state.posMax)
    if not formula:
        return False
    tex, state.pos = formula
    if not silent:
        state.push("formula", "", 0).content = tex
    return True


def _block_formula(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """A rule of markdown-it: a formula on lines of its own, which may look like a list or an underlined heading."""

    def line(number: int) -> str:
        return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]].rstrip()

    opening = line(first)[:2]
    if opening not in {"$$", "\\["} or state.is_code_block(first):
        return False
    closing, tex, number = _CLOSINGS[opening], line(first)[2:], first
    while closing not in tex[-len(closing) - len(line(number)) :]:
        number += 1
        outside = number >= last or len(tex) > MOST_FORMULA or state.sCount[number] < state.blkIndent or not line(number)
        if outside or (opening != closing and line(number).startswith(opening)):
            return False  # at the end of the block, or where another formula opens: no line is read again and again
        tex += "\n" + line(number)
    tex, _, rest = tex.partition(closing)
    if rest or not _TEX.search(tex):
        return False
    if not silent:
        state.push("formula", "", 0).content = tex
        state.line = number + 1
    return True


_MARKS = re.compile(r"[\[$\\]")


def _parse_inline(state: StateCore) -> None:
    """A rule of markdown-it, in place of its own: paragraphs of the body that can hold no element are not looked into."""
    before, raw = "", "<" in state.src  # a raw tag may make a paragraph of the body one of a cell
    for token in state.tokens:
        if token.type == "inline":
            token.children = []
            if raw or token.level > 1 or before != "paragraph_open" or _MARKS.search(token.content):
                state.md.inline.parse(token.content, state.md, state.env, token.children)
        before = token.type


# GitHub Flavored Markdown 0.29, section 6.11: raw tags after which browsers read on in another way.
_SWALLOWING = re.compile(
    r"<(?=/?(?:title|textarea|style|xmp|iframe|noembed|noframes|script|plaintext)(?![a-z0-9]))", re.IGNORECASE
)


def _render_formula(_self: RendererHTML, tokens: Sequence[Token], place: int, _options: OptionsDict, _env: EnvType) -> str:
    return f'<math alttext="{escape(tokens[place].content)}"></math>'


def _render_raw(_self: RendererHTML, tokens: Sequence[Token], place: int, _options: OptionsDict, _env: EnvType) -> str:
    return _SWALLOWING.sub("&lt;", tokens[place].content)


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark").enable("table")
    reader.core.ruler.at("inline", _parse_inline)
    reader.inline.ruler.before("escape", "formula", _inline_formula)
    reader.block.ruler.before("fence", "formula", _block_formula, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    reader.add_render_rule("formula", _render_formula)
    reader.add_render_rule("html_inline", _render_raw)
    reader.add_render_rule("html_block", _render_raw)
    return reader


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
                self._paragraph.append(_GAP if self._in_code else text)

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
            for tex in _formulas_in("".join(self._paragraph), self._openings or _OPENING):
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
