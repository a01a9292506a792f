"""Dies while it is imported."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract


print("about to go", flush=True)
os.abort()


def extractor() -> Extract:  # type: ignore[unreachable,unused-ignore] # that is the point
    return lambda page: page.text
