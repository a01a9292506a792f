"""Returns lone and paired surrogates, which no UTF-8 can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract


def extractor() -> Extract:
    return lambda page: "a\udc80b\ud83d\ude00c" if "trap" in page.text else page.text
