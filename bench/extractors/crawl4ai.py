"""Crawl4AI: its pruning filter, which scores elements by density of text and links, tag and class; no browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.markup import to_text

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput

DISTRIBUTIONS = ("crawl4ai", "html-text")
LICENCE = "Apache-2.0"
HOMEPAGE = "https://github.com/unclecode/crawl4ai"
OUTPUT = "html"


def extractor(*, threshold: float = 0.48, threshold_type: str = "fixed", min_word_threshold: int = 0) -> Extract:
    """The settings and their defaults are the library's own; a `min_word_threshold` of 0 is none."""
    from crawl4ai import PruningContentFilterLXML

    def extract(page: PageInput) -> str:
        pruning = PruningContentFilterLXML(
            threshold=threshold, threshold_type=threshold_type, min_word_threshold=min_word_threshold or None
        )
        return to_text("\n".join(pruning.filter_content(page.text)))

    return extract
