"""Sends a datagram to this machine."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput


def extractor() -> Extract:
    def extract(page: PageInput) -> str:
        if "trap" in page.text:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.connect(("127.0.0.1", int(page.text.split()[1])))
                sender.send(b"leak")
            return "sent"
        return page.text

    return extract
