"""Starts a process in a session of its own, which would outlive it by an hour, and answers."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput


def extractor() -> Extract:
    def extract(page: PageInput) -> str:
        if "trap" in page.text:
            subprocess.Popen(["sleep", "3600.25"], start_new_session=True)
        return page.text

    return extract
