"""boilerpy3: Boilerpipe's rules on text blocks: words, link density, neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract

DISTRIBUTIONS = ("boilerpy3",)
LICENCE = "Apache-2.0"
HOMEPAGE = "https://github.com/jmriebold/BoilerPy3"


def extractor(*, extractor: str = "article", raise_on_failure: bool = False) -> Extract:
    """`extractor` is article, article-sentences, default, largest, canola, num-words or everything.

    The library's default is to raise on a page whose tags do not match up, and to return nothing of it; without that it
    gives what it has understood so far, which is what a caller wants who has no second extractor.
    """
    from boilerpy3 import extractors

    made = {
        "article": extractors.ArticleExtractor,
        "article-sentences": extractors.ArticleSentencesExtractor,
        "default": extractors.DefaultExtractor,
        "largest": extractors.LargestContentExtractor,
        "canola": extractors.CanolaExtractor,
        "num-words": extractors.NumWordsRulesExtractor,
        "everything": extractors.KeepEverythingExtractor,
    }[extractor](raise_on_failure=raise_on_failure)
    return lambda page: str(made.get_content(page.text))
