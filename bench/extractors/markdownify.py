"""markdownify: the whole page as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract

DISTRIBUTIONS = ("markdownify",)
LICENCE = "MIT"
HOMEPAGE = "https://github.com/matthewwithanm/python-markdownify"
OUTPUT = "markdown"
WHOLE_PAGE = True


def extractor(*, links: bool = False) -> Extract:
    """Addresses of links and images are left out, unlike the library's default: no gold has them."""
    from markdownify import markdownify

    strip = [] if links else ["a", "img"]
    return lambda page: markdownify(page.text, strip=strip)
