"""Defuddle, of Obsidian's web clipper, in Node; its HTML content turned to text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import nodejs

if TYPE_CHECKING:
    from bench.extract import Extract

NODE = ("defuddle", "linkedom", "jsdom")
DISTRIBUTIONS = ("html-text",)
LICENCE = "MIT"
HOMEPAGE = "https://github.com/kepano/defuddle"
OUTPUT = "html"


def extractor(*, dom: str = "linkedom") -> Extract:
    """`dom` is linkedom, which it takes itself for a page given as text, or jsdom."""
    return nodejs.extract("defuddle", dom=dom)
