"""Calls sys.exit."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput


def extractor() -> Extract:
    def extract(page: PageInput) -> str:
        if "trap" in page.text:
            sys.exit("enough")
        return page.text

    return extract
