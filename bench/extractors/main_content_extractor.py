"""MainContentExtractor: the page's `main` or `article` elements, Trafilatura where there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.markup import to_text

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput

DISTRIBUTIONS = ("MainContentExtractor", "html-text")
LICENCE = "MIT"
HOMEPAGE = "https://github.com/HawkClaws/main_content_extractor"
OUTPUT = "html"


def extractor() -> Extract:
    """Its HTML turned to text: its own text wraps lines like Markdown."""
    from main_content_extractor import MainContentExtractor

    def extract(page: PageInput) -> str:
        return to_text(MainContentExtractor.extract(page.text, output_format="html") or "")

    return extract
