"""Prints 1 GB to stdout, and a line to stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput


def extractor() -> Extract:
    def extract(page: PageInput) -> str:
        if "trap" in page.text:
            chunk = "y" * 1_000_000
            for _ in range(1000):
                print(chunk)
            print("that was all", file=sys.stderr)
        return page.text

    return extract
