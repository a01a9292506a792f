"""Takes memory in small pieces until there is none, and calls the failure something else, as C libraries do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput


def extractor() -> Extract:
    def extract(page: PageInput) -> str:
        if "trap" in page.text:
            pieces = []
            try:
                while True:
                    pieces.append(bytearray(50_000_000))
            except MemoryError:
                raise ValueError("unknown error") from None
        return page.text

    return extract
