"""Asks a name server for an address."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput


def extractor() -> Extract:
    def extract(page: PageInput) -> str:
        if "trap" in page.text:
            return str(socket.getaddrinfo("www.example.com", 80))
        return page.text

    return extract
