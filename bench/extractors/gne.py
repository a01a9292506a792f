"""GNE: Chinese news by density of text and punctuation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract

DISTRIBUTIONS = ("gne",)
LICENCE = "MIT"
HOMEPAGE = "https://github.com/GeneralNewsExtractor/GeneralNewsExtractor"


def extractor(*, normalize: bool = False) -> Extract:
    """The setting and its default are the library's own. Where it finds nothing it raises, which counts as a failure."""
    from gne import GeneralNewsExtractor

    news = GeneralNewsExtractor()
    return lambda page: str(news.extract(page.text, normalize=normalize)["content"])
