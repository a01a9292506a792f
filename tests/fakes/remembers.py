"""Answers with how many pages it has seen before in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput


def extractor() -> Extract:
    seen: list[int] = []

    def extract(page: PageInput) -> str:
        seen.append(1)
        return f"page {len(seen)} of this process"

    return extract
