"""Announces a reply of 4 GB on every descriptor it can find."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput


def extractor() -> Extract:
    def extract(page: PageInput) -> str:
        if "trap" in page.text:
            for fd in range(3, 100):
                with contextlib.suppress(OSError):
                    os.write(fd, b"\xff\xff\xff\xff")
        return page.text

    return extract
