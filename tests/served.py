"""Servers on this machine for the tests of capture, and a small internet whose names and addresses lead to them."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from typing import Self

Page = bytes | Callable[[socket.socket], None]
"""What is sent, or what sends it."""


def answer(body: bytes = b"", status: str = "200 OK", **headers: str) -> bytes:
    """A whole response; a header's underscores are hyphens."""
    given = {"Content-Type": "text/html", "Content-Length": str(len(body)), "Connection": "close"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1") + body


def redirect(location: str) -> bytes:
    return answer(status="302 Found", Location=location)


def html(text: str = "A page.") -> bytes:
    return answer(f"<!DOCTYPE html><title>t</title><p>{text}</p>".encode())


def dripping(first: bytes, drop: bytes) -> Page:
    """Sends something, then a little more for ever."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(first)
        while True:
            connection.sendall(drop)
            threading.Event().wait(0.05)

    return drip


def flooding(first: bytes, wave: bytes) -> Page:
    """Sends something, then more as fast as it is taken, for ever."""

    def flood(connection: socket.socket) -> None:
        connection.sendall(first)
        while True:
            connection.sendall(wave)

    return flood


class Site:
    """A server on loopback: pages by path, and what it was asked."""

    def __init__(self, pages: Mapping[str, Page] | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.pages = dict(pages or {})
        self.asked: list[str] = []
        """Paths, in order."""
        self.heads: list[bytes] = []
        self.connections = 0
        self._tls = tls
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for one in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as ends:
            ends.enter_context(connection)
            if self._tls:
                connection = ends.enter_context(self._tls.wrap_socket(connection, server_side=True))
            head = b""
            while b"\r\n\r\n" not in head:
                part = connection.recv(65536)
                if not part:
                    return
                head += part
            self.heads.append(head)
            self.asked.append(head.split(b" ", 2)[1].decode())
            page = self.pages.get(self.asked[-1].partition("?")[0], answer(b"none", "404 Not Found"))
            if callable(page):
                page(connection)
            else:
                connection.sendall(page)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):  # so that what was sent arrives before the end does
                pass


class Internet:
    """Names and addresses that lead to local servers: every name server's answer and every connection is noted."""

    def __init__(self, names: Mapping[str, list[str] | list[list[str]]], machines: Mapping[str, Site]) -> None:
        self.names, self.machines = names, machines
        """A name's addresses, or those of each look-up in turn; the server at each address."""
        self.looked_up: list[str] = []
        self.dialled: list[tuple[str, int]] = []

    def lookup(self, host: str, _port: int) -> list[str]:
        self.looked_up.append(host)
        found = self.names.get(host, [])
        turns = [turn if isinstance(turn, list) else [turn] for turn in found]
        if not turns:
            raise OSError(f"no such name: {host}")
        if isinstance(found[0], list):
            return turns[min(self.looked_up.count(host), len(turns)) - 1]
        return [address for turn in turns for address in turn]

    def dial(self, address: str, port: int, seconds: float) -> socket.socket:
        self.dialled.append((address, port))
        machine = self.machines.get(address)
        if machine is None:
            raise ConnectionRefusedError(111, "Connection refused")
        return socket.create_connection(("127.0.0.1", machine.port), seconds)
