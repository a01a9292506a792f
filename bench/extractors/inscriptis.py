"""inscriptis: the whole page laid out as text, tables and indents included."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract

DISTRIBUTIONS = ("inscriptis",)
LICENCE = "Apache-2.0"
HOMEPAGE = "https://github.com/weblyzard/inscriptis"
WHOLE_PAGE = True


def extractor(*, css: str = "relaxed", display_images: bool = False, display_links: bool = False) -> Extract:
    """`css` is a profile of the library: relaxed, which sets spans apart by spaces, or strict."""
    from inscriptis import get_text
    from inscriptis.css_profiles import CSS_PROFILES
    from inscriptis.model.config import ParserConfig

    config = ParserConfig(css=CSS_PROFILES[css], display_images=display_images, display_links=display_links)
    return lambda page: get_text(page.text, config)
