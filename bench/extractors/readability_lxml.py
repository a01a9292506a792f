"""readability-lxml: the Arc90 heuristics on lxml; its HTML summary turned to text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.markup import to_text

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput

DISTRIBUTIONS = ("readability-lxml", "html-text")
LICENCE = "Apache-2.0"
HOMEPAGE = "https://github.com/buriy/python-readability"
OUTPUT = "html"


def extractor(*, min_text_length: int = 25, retry_length: int = 250) -> Extract:
    """The settings and their defaults are the library's own."""
    from readability import Document

    def extract(page: PageInput) -> str:
        document = Document(page.text, min_text_length=min_text_length, retry_length=retry_length)
        return to_text(document.summary(html_partial=True))

    return extract
