"""Ignores every signal that can be ignored, and hangs."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput


def extractor() -> Extract:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGXCPU):
        signal.signal(number, signal.SIG_IGN)

    def extract(page: PageInput) -> str:
        if "trap" in page.text:
            while True:
                time.sleep(1)
        return page.text

    return extract
