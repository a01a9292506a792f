"""magic-html: rules for common article layouts, then readability's scores; its HTML turned to text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.markup import to_text

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput

DISTRIBUTIONS = ("magic-html", "html-text")
LICENCE = "Apache-2.0"
HOMEPAGE = "https://github.com/opendatalab/magic-html"
PYTHON = ">=3.12"
OUTPUT = "html"


def extractor(*, html_type: str = "article") -> Extract:
    """`html_type` is article, forum or weixin, as the library has them. It makes links absolute by the page's address."""
    from magic_html import GeneralExtractor

    general = GeneralExtractor()

    def extract(page: PageInput) -> str:
        return to_text(general.extract(page.text, base_url=page.url or "", html_type=html_type)["html"])

    return extract
