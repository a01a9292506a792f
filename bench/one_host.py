"""One host let through to a worker whose network is cut: a local socket whose far end is that host, and can be no other.

The worker connects to a socket in its folder, which needs no network; this side, in the harness's process, connects each of
its connections to the one address and carries bytes between the two, understanding none of them. So TLS reaches from the
extractor to the host, names are looked up here alone, and no redirect, proxy or trick of a page's leads anywhere else.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from bench.errors import UsageError

SOCKET = "network"
"""The socket's name in the worker's folder."""
CONNECTIONS = 16
"""At a time; more wait."""
_CONNECT_SECONDS = 10.0
_PART = 1 << 16


class Address(NamedTuple):
    """A host, by name or number, and its port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def address_of(url: str) -> Address:
    """Return where an http or https URL leads.

    Raises:
        UsageError: it is none, or carries what would be stored with the results: a password, a query.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or parts.scheme not in ("http", "https") or port == 0:
        raise UsageError(f"{url[:200]!r} is no address; write http://HOST:PORT/v1 or https://HOST/v1")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise UsageError(f"the address of {host} holds more than host, port and path; keys are for an environment variable")
    return Address(host, port or {"http": 80, "https": 443}[parts.scheme])


class Opening:
    """The socket in a worker's folder and all that goes through it; closed with the worker.

    Args:
        address: where every connection ends.
        folder: the worker's.

    Raises:
        OSError: the host cannot be found or does not answer, or there can be no socket.
    """

    def __init__(self, address: Address, folder: Path) -> None:
        # A host that is not there is told now, and not page by page.
        with socket.create_connection(address, _CONNECT_SECONDS) as probe:
            self._family, self._target = probe.family, probe.getpeername()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._free = threading.Semaphore(CONNECTIONS)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            _bind(self._listener, folder)
            self._listener.listen(CONNECTIONS)
        except OSError:
            self._listener.close()
            raise
        self._thread = threading.Thread(target=self._accept, name=f"to {address}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End every connection. Idempotent."""
        with self._lock:
            self._closed = True
            doomed = [self._listener, *self._open]
        for one in doomed:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)  # wakes whoever waits for it; its own thread closes it
        self._free.release()  # and whoever waits for his turn
        self._thread.join()

    def _accept(self) -> None:
        with self._listener:
            while True:
                self._free.acquire()
                try:
                    near, _ = self._listener.accept()
                except OSError:
                    return
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        """Carry one connection until both sides have ended it."""
        with contextlib.ExitStack() as ends:
            ends.callback(self._free.release)
            if not self._keep(near, ends):
                return
            far = self._reach(ends)
            if far is None:
                return
            back = threading.Thread(target=_carry, args=(far, near), daemon=True)
            back.start()
            _carry(near, far)
            back.join()

    def _keep(self, one: socket.socket, ends: contextlib.ExitStack) -> bool:
        """Have a socket closed at the end, and shut before if the opening closes; whether it has not closed already."""
        ends.enter_context(one)
        with self._lock:
            self._open.add(one)
            ends.callback(self._drop, one)
            return not self._closed

    def _drop(self, one: socket.socket) -> None:
        with self._lock:
            self._open.discard(one)

    def _reach(self, ends: contextlib.ExitStack) -> socket.socket | None:
        """A connection to the host, None when there is none to be had."""
        far = socket.socket(self._family, socket.SOCK_STREAM)
        if not self._keep(far, ends):
            return None
        try:
            far.settimeout(_CONNECT_SECONDS)
            far.connect(self._target)
            far.settimeout(None)
        except OSError:
            return None
        return None if self._closed else far  # what is not connected yet cannot be shut


def _bind(listener: socket.socket, folder: Path) -> None:
    """Make the socket in a folder, by way of the folder's descriptor where that is possible: a socket's path is short."""
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        short = Path(f"/proc/self/fd/{held}")
        listener.bind(str((short if short.exists() else folder) / SOCKET))
    finally:
        os.close(held)


def _carry(source: socket.socket, target: socket.socket) -> None:
    """Pass bytes on until there are no more, then say so to the other side."""
    with contextlib.suppress(OSError):
        while part := source.recv(_PART):
            target.sendall(part)
    for one, how in ((target, socket.SHUT_WR), (source, socket.SHUT_RD)):
        with contextlib.suppress(OSError):
            one.shutdown(how)
