"""jusText: paragraphs kept or dropped by length, link density and share of stop words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput

DISTRIBUTIONS = ("justext",)
LICENCE = "BSD-2-Clause"
HOMEPAGE = "https://github.com/miso-belica/jusText"


def extractor(
    *,
    stoplist: str = "all",
    length_low: int = 70,
    length_high: int = 200,
    stopwords_low: float = 0.30,
    stopwords_high: float = 0.32,
    max_link_density: float = 0.2,
    max_heading_distance: int = 200,
    no_headings: bool = False,
) -> Extract:
    """`stoplist` is a language's English name as the library has it (`stoplist=German`) or `all`, every list together.

    The library has no default for it and knows no page's language, so `all` is the one choice that is fair to every page.
    The other defaults are the library's own.
    """
    import justext

    chosen = justext.get_stoplists() if stoplist == "all" else [stoplist]
    words = frozenset().union(*(justext.get_stoplist(language) for language in chosen))

    def extract(page: PageInput) -> str:
        paragraphs = justext.justext(
            page.text,
            words,
            length_low=length_low,
            length_high=length_high,
            stopwords_low=stopwords_low,
            stopwords_high=stopwords_high,
            max_link_density=max_link_density,
            max_heading_distance=max_heading_distance,
            no_headings=no_headings,
        )
        return "\n\n".join(paragraph.text for paragraph in paragraphs if not paragraph.is_boilerplate)

    return extract
