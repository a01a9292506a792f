"""Opens a TCP connection: to an address of the outside, then to this machine."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput


def extractor() -> Extract:
    def extract(page: PageInput) -> str:
        if "trap" in page.text:
            with contextlib.suppress(OSError):
                socket.create_connection(("192.0.2.1", 80), timeout=2).close()
                return "connected outside"
            socket.create_connection(("127.0.0.1", int(page.text.split()[1])), timeout=2).close()
            return "connected"
        return page.text

    return extract
