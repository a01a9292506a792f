"""Control: all visible text of the page. What an extractor must beat to be worth its time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.markup import to_text

if TYPE_CHECKING:
    from bench.extract import Extract

CONTROL = True
DISTRIBUTIONS = ("html-text",)
LICENCE = "MIT"
HOMEPAGE = "https://github.com/zytedata/html-text"


def extractor() -> Extract:
    """The whole page through the same conversion as every extractor's HTML."""
    return lambda page: to_text(page.text)
