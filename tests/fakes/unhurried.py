"""Takes ten milliseconds for a page, so that a run over some hundred of them lasts long enough to be disturbed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput


def extractor(*, milliseconds: int = 10) -> Extract:
    def extract(page: PageInput) -> str:
        time.sleep(milliseconds / 1000)
        return page.text[::-1]

    return extract
