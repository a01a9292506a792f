"""Beautiful Soup: the whole page's strings, as most scripts take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract

DISTRIBUTIONS = ("beautifulsoup4", "lxml")
LICENCE = "MIT"
HOMEPAGE = "https://www.crummy.com/software/BeautifulSoup/"
WHOLE_PAGE = True


def extractor(*, parser: str = "lxml") -> Extract:
    """`parser` is lxml or html.parser. Each string gets a line of its own, inline elements' too."""
    from bs4 import BeautifulSoup

    return lambda page: BeautifulSoup(page.text, parser).get_text(separator="\n", strip=True)
