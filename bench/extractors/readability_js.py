"""Mozilla Readability, of Firefox's reader view, in Node; its HTML content turned to text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import nodejs

if TYPE_CHECKING:
    from bench.extract import Extract

NODE = ("@mozilla/readability", "jsdom", "linkedom")
DISTRIBUTIONS = ("html-text",)
LICENCE = "Apache-2.0"
HOMEPAGE = "https://github.com/mozilla/readability"
OUTPUT = "html"


def extractor(*, dom: str = "jsdom") -> Extract:
    """`dom` is jsdom, which its documentation names, or linkedom, which takes a fraction of the time."""
    return nodejs.extract("readability", dom=dom)
