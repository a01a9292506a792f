"""Never comes back: an endless loop in C (a backtracking regular expression) that no Python signal handler interrupts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput


def extractor() -> Extract:
    def extract(page: PageInput) -> str:
        if "trap" in page.text:
            re.fullmatch(r"(a+)+b", "a" * 60)
        return page.text

    return extract
