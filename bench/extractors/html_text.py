"""html-text: all visible text, parsed by the library itself; `everything` is the same without that parser's limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract

DISTRIBUTIONS = ("html-text",)
LICENCE = "MIT"
HOMEPAGE = "https://github.com/zytedata/html-text"
WHOLE_PAGE = True


def extractor(*, guess_layout: bool = True, guess_punct_space: bool = True) -> Extract:
    """The settings and their defaults are the library's own."""
    from html_text import extract_text

    return lambda page: str(extract_text(page.text, guess_layout=guess_layout, guess_punct_space=guess_punct_space))
