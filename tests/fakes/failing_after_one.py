"""Fails on every page but the first of its process."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput


def extractor() -> Extract:
    seen: list[int] = []

    def extract(page: PageInput) -> str:
        seen.append(1)
        if len(seen) > 1:
            raise RuntimeError("worn out")
        return page.text

    return extract
