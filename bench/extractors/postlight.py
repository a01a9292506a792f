"""Postlight Parser, once Mercury: rules for many sites and scores for the rest, in Node; its HTML turned to text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import nodejs

if TYPE_CHECKING:
    from bench.extract import Extract

NODE = ("@postlight/parser",)
DISTRIBUTIONS = ("html-text",)
LICENCE = "MIT"
HOMEPAGE = "https://reader.postlight.com"
OUTPUT = "html"


def extractor() -> Extract:
    """The page is given, and further pages of an article are not fetched."""
    return nodejs.extract("postlight")
