"""news-please: newspaper4k and readability-lxml side by side; the text on which they agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput

DISTRIBUTIONS = ("news-please",)
LICENCE = "Apache-2.0"
HOMEPAGE = "https://github.com/fhamborg/news-please"
OPTIONAL = ("indic-nlp-library", "jieba", "nltk", "pythainlp", "tinysegmenter")


def extractor() -> Extract:
    """It wants an address for date and title only, so it gets none. Images would be fetched: off."""
    from newspaper.extractors import articlebody_extractor
    from newsplease import NewsPlease

    # It asks newspaper4k, which puts elements into sets, and these come out in the order of their addresses: ties would fall
    # anew in every process.
    articlebody_extractor.set = lambda elements: list(dict.fromkeys(elements))

    def extract(page: PageInput) -> str | None:
        article = NewsPlease.from_html(page.text, url=None, fetch_images=False)
        return article.maintext if article else None  # an empty page gives an empty dict

    # It loads its parts at the first page, seconds that are not that page's.
    NewsPlease.from_html("<p>Any page.</p>", url=None, fetch_images=False)
    return extract
