"""May reach one host, and tries everything else as well: says how each attempt went, as JSON."""

from __future__ import annotations

import json
import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.extract import Extract, PageInput

NETWORK = "base_url"


def extractor(*, base_url: str, beside: int) -> Extract:
    port = int(base_url.rsplit(":", 1)[1].partition("/")[0])

    def through_the_opening(path: str, host: str) -> str:
        with socket.socket(socket.AF_UNIX) as one:
            one.connect(os.environ["BENCH_SOCKET"])
            one.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            return one.makefile("rb").read().rpartition(b"\r\n")[2].decode()

    def by_datagram() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.settimeout(1)
            one.sendto(b"x", ("127.0.0.1", beside))

    attempts: dict[str, Callable[[], object]] = {
        "the host": lambda: through_the_opening("/port", "127.0.0.1"),
        "another host's name": lambda: through_the_opening("/port", f"127.0.0.1:{beside}"),
        "an absolute address": lambda: through_the_opening(f"http://127.0.0.1:{beside}/port", "x"),
        "the host directly": lambda: socket.create_connection(("127.0.0.1", port), timeout=1),
        "another port": lambda: socket.create_connection(("127.0.0.1", beside), timeout=1),
        "another host": lambda: socket.create_connection(("192.0.2.1", 80), timeout=1),
        "a datagram": by_datagram,
        "a name": lambda: socket.getaddrinfo("www.example.com", 80),
    }

    def extract(page: PageInput) -> str:
        found = {}
        for name, attempt in attempts.items():
            try:
                found[name] = str(attempt())
            except OSError:
                found[name] = "refused"
        return json.dumps(found)

    return extract
