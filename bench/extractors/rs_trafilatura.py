"""rs-trafilatura: Trafilatura's way rewritten in Rust, with a classifier of page types before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput

DISTRIBUTIONS = ("rs-trafilatura",)
PYTHON = "==3.12.*"  # the one that there are wheels for
LICENCE = "MIT OR Apache-2.0"
HOMEPAGE = "https://github.com/Murrough-Foley/rs-trafilatura-python"


def extractor(
    *,
    url: bool = True,
    favor_precision: bool = False,
    favor_recall: bool = False,
    include_tables: bool = True,
    include_comments: bool = False,
) -> Extract:
    """`url` tells it the page's address, from which it also guesses the type; the rest is the library's own."""
    from rs_trafilatura import extract

    def run(page: PageInput) -> str | None:
        found = extract(
            page.text,
            url=page.url if url else None,
            favor_precision=favor_precision,
            favor_recall=favor_recall,
            include_tables=include_tables,
            include_comments=include_comments,
        )
        text: str | None = found.main_content
        return text

    return run
