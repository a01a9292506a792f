"""html2text: the whole page as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput

DISTRIBUTIONS = ("html2text",)
LICENCE = "GPL-3.0-or-later"
HOMEPAGE = "https://github.com/Alir3z4/html2text"
OUTPUT = "markdown"
WHOLE_PAGE = True


def extractor(*, ignore_links: bool = True, ignore_images: bool = True, ignore_emphasis: bool = False) -> Extract:
    """Addresses of links and images are left out, unlike the library's default: no gold has them. Lines are not wrapped."""
    from html2text import HTML2Text

    def extract(page: PageInput) -> str:
        parser = HTML2Text(bodywidth=0)  # one for each page: it keeps what it has been fed
        parser.ignore_links, parser.ignore_images, parser.ignore_emphasis = ignore_links, ignore_images, ignore_emphasis
        return str(parser.handle(page.text))

    return extract
