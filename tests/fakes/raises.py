"""Raises an exception whose own message cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput


class UnspeakableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def extractor() -> Extract:
    def extract(page: PageInput) -> str:
        if "trap" in page.text:
            raise UnspeakableError
        return page.text

    return extract
