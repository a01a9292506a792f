"""Writes noise to every descriptor it can find."""

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
                    os.write(fd, b"\x00\x00\x00\x08{nonsense")
        return page.text

    return extract
