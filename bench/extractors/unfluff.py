"""unfluff: goose's method in Node, with stop words of the page's own language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import nodejs

if TYPE_CHECKING:
    from bench.extract import Extract

NODE = ("unfluff",)
LICENCE = "Apache-2.0"
HOMEPAGE = "https://github.com/ageitgey/node-unfluff"


def extractor() -> Extract:
    """The language is the page's own word for it."""
    return nodejs.extract("unfluff", output="text")
