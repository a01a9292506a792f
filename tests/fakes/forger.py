"""Answers in the worker's place with a well-formed frame of impossible numbers."""

from __future__ import annotations

import contextlib
import json
import os
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput


def extractor() -> Extract:
    def extract(page: PageInput) -> str:
        if "trap" in page.text:
            body = json.dumps(
                {"outcome": "ok", "text": "forged", "seconds": -1, "cpu_seconds": 0, "peak_bytes": 1e300}
            ).encode()
            for fd in range(3, 100):
                with contextlib.suppress(OSError):
                    os.write(fd, struct.pack(">I", len(body)) + body)
        return page.text

    return extract
