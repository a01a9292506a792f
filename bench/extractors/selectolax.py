"""selectolax: the whole page's strings without scripts and styles, over the Lexbor parser."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput

DISTRIBUTIONS = ("selectolax",)
LICENCE = "MIT"
HOMEPAGE = "https://github.com/rushter/selectolax"
WHOLE_PAGE = True


def extractor() -> Extract:
    """Each string gets a line of its own, inline elements' too."""
    from selectolax.lexbor import LexborHTMLParser

    def extract(page: PageInput) -> str | None:
        tree = LexborHTMLParser(page.text)
        tree.strip_tags(["script", "style", "noscript", "template"])
        return tree.body.text(separator="\n", strip=True) if tree.body else None

    return extract
