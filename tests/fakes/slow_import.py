"""Takes a second to import."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract


time.sleep(1)


def extractor() -> Extract:
    return lambda page: page.text
