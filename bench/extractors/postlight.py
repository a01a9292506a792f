"""Postlight Parser, once Mercury: rules for many sites and scores for the rest, in Node; its HTML turned to text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import nodejs

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput

NODE = ("@postlight/parser",)
DISTRIBUTIONS = ("html-text",)
LICENCE = "MIT"
HOMEPAGE = "https://reader.postlight.com"
OUTPUT = "html"


def extractor() -> Extract:
    """The page is given, and further pages of an article are not fetched; nor an empty one, which it takes for none given."""
    parser = nodejs.extract("postlight")

    def extract(page: PageInput) -> str | None:
        return parser(page) if page.text else None

    # What its own process uses and what limits it, for the worker.
    vars(extract).update(usage=parser.usage, given=parser.given)
    return extract
