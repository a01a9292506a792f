"""Returns bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from bench.extract import Extract


def extractor() -> Extract:
    return lambda page: cast("str", page.bytes) if "trap" in page.text else page.text
