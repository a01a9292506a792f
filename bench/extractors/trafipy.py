"""trafipy: another Python binding of rs-trafilatura, with defaults of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput

DISTRIBUTIONS = ("trafipy",)
PYTHON = ">=3.12"
LICENCE = "MIT OR Apache-2.0"
HOMEPAGE = "https://github.com/Murrough-Foley/rs-trafilatura"


def extractor(
    *,
    url: bool = True,
    favor_recall: bool = True,
    include_tables: bool = True,
    include_links: bool = False,
    include_comments: bool = False,
    deduplicate: bool = False,
) -> Extract:
    """Links and images are off, unlike the library's defaults: addresses are no words of the page."""
    from trafipy import extract

    def run(page: PageInput) -> str | None:
        found = extract(
            page.text,
            url=page.url if url else None,
            favor_recall=favor_recall,
            include_tables=include_tables,
            include_links=include_links,
            include_images=False,
            include_comments=include_comments,
            deduplicate=deduplicate,
        )
        text: str | None = found.text
        return text

    return run
