"""newspaper4k: news articles by the weight of their paragraphs' stop words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract

DISTRIBUTIONS = ("newspaper4k",)
LICENCE = "MIT"
HOMEPAGE = "https://github.com/AndyTheFactory/newspaper4k"
OPTIONAL = ("indic-nlp-library", "jieba", "nltk", "pythainlp", "tinysegmenter")


def extractor(*, language: str = "") -> Extract:
    """`language` is a two-letter code; without it the page's own declaration counts. Images would be fetched: off."""
    import newspaper
    from newspaper.extractors import articlebody_extractor

    # It puts elements into sets, which come out in the order of their addresses: ties would fall anew in every process.
    articlebody_extractor.set = lambda elements: list(dict.fromkeys(elements))

    return lambda page: (
        newspaper.article(page.url or "", language=language or None, input_html=page.text, fetch_images=False).text
    )
