"""Cannot be imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import a_module_that_is_not_there  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from bench.extract import Extract


def extractor() -> Extract:
    a_module_that_is_not_there.load()
    return lambda page: page.text
