"""etrafilatura: Trafilatura rewritten in Rust behind the same interface."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract

DISTRIBUTIONS = ("etrafilatura",)
PYTHON = ">=3.12"
LICENCE = "MIT"
HOMEPAGE = "https://github.com/edamlabs/etrafilatura"


def extractor(
    *,
    favor_precision: bool = False,
    favor_recall: bool = False,
    fast: bool = False,
    include_comments: bool = False,
    include_tables: bool = True,
    deduplicate: bool = False,
) -> Extract:
    """The defaults are those of our `trafilatura`, so that the two can be compared."""
    from etrafilatura import extract

    return lambda page: extract(
        page.source,
        favor_precision=favor_precision,
        favor_recall=favor_recall,
        fast=fast,
        include_comments=include_comments,
        include_tables=include_tables,
        deduplicate=deduplicate,
    )
