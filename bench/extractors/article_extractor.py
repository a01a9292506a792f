"""article-extractor: Readability over linkedom with clean-up of its own, in Node; its HTML turned to text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import nodejs

if TYPE_CHECKING:
    from bench.extract import Extract

NODE = ("@extractus/article-extractor",)
DISTRIBUTIONS = ("html-text",)
LICENCE = "MIT"
HOMEPAGE = "https://github.com/extractus/article-extractor"
OUTPUT = "html"


def extractor() -> Extract:
    """The page is given, so nothing is fetched."""
    return nodejs.extract("article-extractor")
