"""Markdown as HTML: CommonMark and pipe tables, by markdown-it, with formulas as `<math>`.

Tags that would swallow what follows (GitHub's list: script, style, textarea, title ...) are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from html import escape, unescape
from typing import TYPE_CHECKING, NamedTuple

from bench.formulas import CLOSINGS, MOST_FORMULA, OPENING, TEX, formula_at

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.renderer import RendererHTML
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict


def to_html(markdown: str) -> str:
    """Return the HTML of a Markdown text."""
    return str(_markdown().render(markdown))


class Text(NamedTuple):
    """A stretch of a Markdown text that a reader sees."""

    line: int
    """Where it begins, from 1."""
    text: str | None
    """None for a formula: its TeX is not what a page shows."""


def texts(markdown: str) -> Iterator[Text]:
    """Yield all that a reader of a Markdown text sees, in order: no marks, addresses, tags or alternative texts."""
    line = 1
    for token in _reader().parse(markdown):
        line = token.map[0] + 1 if token.map else line
        if token.type in ("fence", "code_block"):
            yield Text(line + (token.type == "fence"), token.content)
        elif token.type == "html_block":
            yield Text(line, unescape(_TAG.sub(" ", token.content)))
        elif token.type == "formula":
            yield Text(line, None)
        elif token.type == "inline":
            yield from _inline_texts(token.children or (), line)


def _inline_texts(tokens: Sequence[Token], line: int) -> Iterator[Text]:
    run = ""
    for token in tokens:
        if token.type in ("softbreak", "hardbreak", "formula"):
            yield Text(line, run)
            run = ""
            if token.type == "formula":
                yield Text(line, None)
            else:
                line += 1
        elif token.type == "html_inline":
            run += " " if token.content[:3].lower() == "<br" else ""
        elif token.type != "image":
            run += token.content
    yield Text(line, run)


def _inline_formula(state: StateInline, silent: bool) -> bool:
    """A rule of markdown-it: a formula inside a paragraph."""
    found = OPENING.match(state.src, state.pos, state.posMax)
    formula = found and formula_at(state.src, state.pos, found[0], state.posMax)
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
    closing, tex, number = CLOSINGS[opening], line(first)[2:], first
    while closing not in tex[-len(closing) - len(line(number)) :]:
        number += 1
        outside = number >= last or len(tex) > MOST_FORMULA or state.sCount[number] < state.blkIndent or not line(number)
        if outside or (opening != closing and line(number).startswith(opening)):
            return False  # at the end of the block, or where another formula opens: no line is read again and again
        tex += "\n" + line(number)
    tex, _, rest = tex.partition(closing)
    if rest or not TEX.search(tex):
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


_TAG = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)


@cache
def _reader() -> MarkdownIt:
    """What reads a text whole."""
    return _new()


@cache
def _markdown() -> MarkdownIt:
    """What makes HTML of it, plain paragraphs left out."""
    reader = _new()
    reader.core.ruler.at("inline", _parse_inline)
    return reader


def _new() -> MarkdownIt:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark").enable("table")
    reader.inline.ruler.before("escape", "formula", _inline_formula)
    reader.block.ruler.before("fence", "formula", _block_formula, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    reader.add_render_rule("formula", _render_formula)
    reader.add_render_rule("html_inline", _render_raw)
    reader.add_render_rule("html_block", _render_raw)
    return reader
