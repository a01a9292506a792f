"""The page as a reader sees it: its visible words in order, each with its element and its region.

Styles are not computed, so what they hide is still text; scripts, styles and the like are none. A word is not cut where
part of it is emphasised; other inline elements (spans, links, labels) stand apart, since pages often lay them out as blocks.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bench.encoding import codec_of
from bench.regions import MAIN, TITLE, Contexts
from bench.text import normalise, tokenise

if TYPE_CHECKING:
    from bench.model import Page

_SILENT = frozenset(
    ["script", "style", "template", "iframe", "object", "embed", "applet", "audio", "video", "canvas", "frame", "frameset",
     "noframes", "link", "meta", "base", "param", "source", "track", "datalist", "meter", "progress", "annotation",
     "annotation-xml"]
)  # fmt: skip
"""Elements whose own text no browser shows; the last two tell programs a formula once more.

What stands in the head besides belongs to the body: where a page leaves both tags out, libxml2 takes newer elements for parts
of the head.
"""
_JOINED = frozenset(
    ["abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark", "q", "s",
     "small", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr"]
)  # fmt: skip
"""Elements that mark a part of a word as often as whole words."""
_APART = frozenset(["a", "button", "code", "label", "samp", "span", "time"])
"""Inline elements that often stand for blocks."""
_INLINE = _JOINED | _APART | _SILENT | frozenset(["img", "input"])
_DRAWN = frozenset(["svg", "math"])
"""Pictures and formulas stand in a line, and what they are made of breaks none."""
_DESCRIBING = frozenset(["title", "desc", "metadata"])
"""In a picture: its tooltip and what else is said of it."""
_MARKUP = 2**24
"""Characters of a page that are read: beyond 16 million it is data, not a page."""
_LONG_TAG = re.compile(r"<([a-zA-Z][a-zA-Z0-9]*)\s[^<>]{20000,}>?")
_DROP_CAP = re.compile(r"(?:^|\W)\w\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text node stands: kind of element, region, the node's text as captured, and whether a block begins with it."""

    element: str
    region: str
    text: str
    begins: bool = True


class PageText:
    """A page's words.

    Attributes:
        tokens: all of them, in the page's order.
        places: text nodes that have text, in the page's order.
        place_of: for each token the number of the place where it begins.
        lead: how many tokens the document's title has; they come first.
    """

    def __init__(self, pieces: Sequence[tuple[Place, bool]], hidden: Sequence[str] = ()) -> None:
        """Take text nodes, each with whether it goes on the word before it, and what else the page holds."""
        self.tokens: list[str] = []
        self.places = [place for place, _ in pieces]
        self._glued = [joined for _, joined in pieces]
        places: list[int] = []
        starts: list[tuple[int, int]] = []
        run = ""
        for number, (place, joined) in enumerate(pieces):
            if not joined and run:
                self._take(run, starts, places)
                run, starts = "", []
            starts.append((len(run), number))
            run += normalise(place.text)
        self._take(run, starts, places)
        self.place_of = np.array(places, dtype=np.int64)
        body = (number for number, place in enumerate(places) if self.places[place].region != TITLE)
        self.lead = next(body, len(places))
        self._hidden = hidden

    def _take(self, run: str, starts: list[tuple[int, int]], places: list[int]) -> None:
        """Add the tokens of a run of joined text nodes."""
        tokens = tokenise(run)
        self.tokens += tokens
        if len(starts) == 1:
            places += [starts[0][1]] * len(tokens)
            return
        text, cursor, current = normalise(run), 0, 0
        for token in tokens:
            cursor = max(cursor, text.find(token, cursor))
            while current + 1 < len(starts) and starts[current + 1][0] <= cursor:
                current += 1
            places.append(starts[current][1])
            cursor += len(token)

    @classmethod
    def of_text(cls, text: str) -> PageText:
        """Return a page that holds this text as its main part and nothing else."""
        return cls([(Place("paragraph", MAIN, text), False)])

    @classmethod
    def of_page(cls, page: Page, html: bytes) -> PageText:
        """Return the text of a captured page, decoded as for the extractors. Never raises on bytes of any kind."""
        text = html.decode(codec_of(html, page.encoding), "replace").removeprefix("\ufeff")
        return cls.of_markup(text)

    @classmethod
    def of_markup(cls, markup: str) -> PageText:
        """Return the text of a decoded page: of its first 16 million characters, and of 2,047 levels, as libxml2 reads it."""
        import lxml.etree
        import lxml.html

        body = _LONG_TAG.sub(_without_attributes, markup[:_MARKUP]).strip().replace("\0", "").encode("utf-8", "replace")
        parser = lxml.html.HTMLParser(recover=True, encoding="utf-8", huge_tree=True)
        root = lxml.etree.fromstring(body, parser=parser) if body else None
        if root is None:
            return cls([])
        root.extend(root.itersiblings("*"))  # what libxml2 finds after an early </html>; browsers show it
        hidden: list[str] = []
        return cls(list(_pieces(root, hidden)), hidden)

    @cached_property
    def blocks(self) -> list[range]:
        """The page between block elements: for each block the numbers of its places, in the page's order."""
        starts = [number for number, place in enumerate(self.places) if place.begins]
        return [range(start, stop) for start, stop in pairwise([*starts, len(self.places)])]

    @cached_property
    def block_of(self) -> NDArray[np.int64]:
        """For each token the number of the block where it begins."""
        return (np.cumsum([place.begins for place in self.places], dtype=np.int64) - 1)[self.place_of]

    def text_of(self, block: range) -> str:
        """Return a block's text as captured, white space drawn together as browsers do; code keeps its lines.

        Inline elements that stand for blocks are set apart by a space.
        """
        said: list[str] = []
        for number in block:
            text = self.places[number].text
            if said and not self._glued[number] and _inside_word(said[-1][-1]) and _inside_word(text[0]):
                said.append(" ")
            said.append(text)
        whole = "".join(said)
        return whole.strip() if self.places[block.start].element == "code" else " ".join(whole.split())

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every token that the page's text holds, read with inline elements joined or apart."""
        apart = {token for place in self.places for token in tokenise(place.text)}
        return frozenset(apart.union(self.tokens))

    @cached_property
    def unseen(self) -> frozenset[str]:
        """Every token that the page holds where no reader sees it: attributes, scripts, embedded data."""
        return frozenset(token for text in self._hidden for token in tokenise(text))

    def labels(self, kind: str, at: NDArray[np.int64]) -> list[str]:
        """Return the `element` or `region` (`kind`) of tokens by their numbers."""
        names = [getattr(place, kind) for place in self.places]
        return [names[number] for number in self.place_of[at].tolist()]


def _pieces(root: Any, hidden: list[str]) -> Iterator[tuple[Place, bool]]:
    """Yield the text nodes that a reader sees, each with whether it goes on the word before; put the others into `hidden`."""
    import lxml.etree

    contexts = Contexts(root)
    names: set[str] = set()
    silent = drawn = 0
    joined, begins = False, True
    before = ""

    def piece(element: Any, text: str | None) -> Iterator[tuple[Place, bool]]:
        nonlocal joined, before, begins
        if not text:
            return
        if silent:
            hidden.append(_unescaped(text))
        elif text.strip():
            glued = joined and _is_one_word(before[-1:], text[0])
            context = contexts.of(element)
            yield Place(context.element, context.region, text, begins), glued
            joined, begins, before = True, False, text
        elif joined:
            before = " "

    for event, element in lxml.etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if not isinstance(element.tag, str):
            if event in ("comment", "pi"):
                yield from piece(element.getparent(), element.tail)
            continue
        tag = element.tag
        drawn += event == "start" and tag in _DRAWN
        begins = begins or not (drawn or tag in _INLINE)
        unseen = tag in _SILENT or (drawn > 0 and tag in _DESCRIBING)
        drawn -= event == "end" and tag in _DRAWN
        if event == "start":
            names.add(tag)
            for name, value in element.items():
                names.add(name)
                hidden.append(_unescaped(value))
            joined = joined and _goes_on(tag, before, element.text)
            silent += unseen
            yield from piece(element, element.text)
        else:
            silent -= unseen
            joined = joined and _goes_on(tag, before, element.tail)
            if element is not root:
                yield from piece(element.getparent(), element.tail)
    hidden += names


def _without_attributes(tag: re.Match[str]) -> str:
    """A long tag without its attributes where these are thousands, of which libxml2 compares each with each."""
    return f"<{tag[1]}>" if len(tag[0].split(None, 2000)) > 2000 else tag[0]


def _goes_on(tag: str, before: str, after: str | None) -> bool:
    """Whether a word may run across the start or end of an element: emphasis, or a first letter set apart."""
    if tag in _JOINED:
        return True
    return tag in _APART and bool(_DROP_CAP.search(before)) and (after or "")[:1].islower()


def _is_one_word(before: str, after: str) -> bool:
    """Whether a word may go on from one character to the other; `alsoThe` is two that only a style sets apart."""
    return _inside_word(before) and _inside_word(after) and not (before.islower() and after.isupper())


def _inside_word(character: str) -> bool:
    """Whether a word may end or begin with it: a letter, mark, number or apostrophe."""
    return character in "'\N{RIGHT SINGLE QUOTATION MARK}" or unicodedata.category(character)[0] in "LMN"


def _unescaped(text: str) -> str:
    """Embedded data with the escapes of JSON and JavaScript read, where there are any."""
    if "\\" not in text:
        return text
    return re.sub(r"\\(?:u[0-9a-fA-F]{4}|[nrtbf])", lambda found: str(json.loads(f'"{found[0]}"')), text)
