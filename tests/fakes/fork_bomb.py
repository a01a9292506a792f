"""Forks processes that fork processes, to a depth, each of which would sleep for an hour; then ends."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput


def _breed(depth: int) -> None:
    for _ in range(3):
        if os.fork() == 0:
            if depth:
                _breed(depth - 1)
            time.sleep(3600)


def extractor() -> Extract:
    def extract(page: PageInput) -> str:
        if "trap" in page.text:
            _breed(3)
            os._exit(0)
        return page.text

    return extract
