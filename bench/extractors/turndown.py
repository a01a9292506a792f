"""turndown: the whole page as Markdown, in Node; only scripts and styles are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import nodejs

if TYPE_CHECKING:
    from bench.extract import Extract

NODE = ("turndown",)
LICENCE = "MIT"
HOMEPAGE = "https://github.com/mixmark-io/turndown"
OUTPUT = "markdown"
WHOLE_PAGE = True


def extractor() -> Extract:
    """The library's own defaults but for what is removed, which it would take for text."""
    return nodejs.extract("turndown", output="markdown")
