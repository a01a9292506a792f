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
from bench.listening import Listening

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
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            _bind(listener, folder)
            listener.listen(CONNECTIONS)
        except OSError:
            listener.close()
            raise
        self._listening = Listening(listener, self._serve, most=CONNECTIONS, name=f"to {address}")
        self._listening.start()

    def close(self) -> None:
        """End every connection. Idempotent."""
        self._listening.close()

    def _serve(self, near: socket.socket, ends: contextlib.ExitStack) -> None:
        """Carry one connection until both sides have ended it."""
        far = socket.socket(self._family, socket.SOCK_STREAM)
        self._listening.keep(far, ends)
        far.settimeout(_CONNECT_SECONDS)
        far.connect(self._target)
        far.settimeout(None)
        if self._listening.ended:  # what was not connected yet could not be shut
            return
        back = threading.Thread(target=_carry, args=(far, near), daemon=True)
        back.start()
        _carry(near, far)
        back.join()


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
