"""Returns None."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract


def extractor() -> Extract:
    return lambda page: None if "trap" in page.text else page.text
