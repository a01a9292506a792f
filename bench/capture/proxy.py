"""A proxy on this machine that lets a browser reach public machines only.

A browser asks for more than a page's address: redirects, images, frames, scripts' requests, WebSockets. Whatever it asks for
over HTTP comes through here, its host is looked up here, checked, and connected to at the address that was checked. Only who
knows the credential is served, for every user of this machine can connect.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import secrets
import socket
import threading
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from bench.capture.addresses import Network, Refused
from bench.capture.budget import Budget, Overdrawn
from bench.listening import Listening

CONNECTIONS = 64
"""At a time; more wait."""
_HEAD = 1 << 16
_HEAD_SECONDS = 10.0
_PART = 1 << 16
_OWN_HOP = frozenset({b"connection", b"keep-alive", b"proxy-authorization", b"proxy-connection", b"te", b"trailer", b"upgrade"})
"""Headers that are for the next machine only. WebSockets come by CONNECT."""


class Unreached(NamedTuple):
    """A machine that was asked for and not reached."""

    host: str
    port: int
    reason: str


class _Request(NamedTuple):
    """What the browser wants. Of CONNECT `head` is empty; else it is what the server is sent."""

    host: str
    port: int
    head: bytes
    early: bytes
    """What came behind the head."""


class Proxy:
    """Listens on 127.0.0.1 until it is left.

    Args:
        network: which machines may be reached, and how.
        budget: seconds and received bytes, of all connections together; with the first that is one too many all end.
    """

    def __init__(self, network: Network, budget: Budget) -> None:
        self._network, self._budget = network, budget
        self.user, self.password = "bench", secrets.token_urlsafe(24)
        self._credential = b"Basic " + base64.b64encode(f"{self.user}:{self.password}".encode())
        self.unreached: list[Unreached] = []
        """In order, each once."""
        self.overdrawn: str | None = None
        """What of the budget is used up."""
        self._lock = threading.Lock()
        listener = socket.create_server(("127.0.0.1", 0))
        self._own = listener.getsockname()
        self.url = f"http://127.0.0.1:{self._own[1]}"
        """For a browser; asked for this, the proxy answers with an empty page."""
        self._listening = Listening(listener, self._serve, most=CONNECTIONS, name="proxy")

    def __enter__(self) -> Self:
        self._listening.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()

    def _serve(self, near: socket.socket, ends: contextlib.ExitStack) -> None:
        """Answer one request; its connection is used for no other, since the next may be for another host."""
        try:
            request = self._request(near)
            if request is None:
                return
            far = self._reach(request, near)
            if far is None:
                return
            self._listening.keep(far, ends)
            far.settimeout(None)
            near.settimeout(None)
            self._join(request, near, far)
        except Overdrawn as end:
            self._overdraw(end)

    def _overdraw(self, end: Overdrawn) -> None:
        self.overdrawn = str(end)
        self._listening.end()

    def _request(self, near: socket.socket) -> _Request | None:
        """What is asked for; None for what is no request, or of nobody we know, which is answered."""
        near.settimeout(_HEAD_SECONDS)
        head, early = _read_head(near)
        line, *lines = head.split(b"\r\n")
        method, _, rest = line.partition(b" ")
        target, _, version = rest.rpartition(b" ")
        if not version.startswith(b"HTTP/1."):
            return None
        fields = [(name.strip().lower(), value.strip()) for name, _, value in (one.partition(b":") for one in lines if one)]
        told = dict(fields).get(b"proxy-authorization", b"")
        if not hmac.compare_digest(told, self._credential):
            _say(near, b'407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="bench"')
            return None
        try:
            where = urlsplit(("//" if method == b"CONNECT" else "") + target.decode("ascii"))
            host, port = where.hostname, where.port or 80
        except ValueError:
            host, port = None, 0
        if not host or (method != b"CONNECT" and where.scheme != "http"):
            _say(near, b"400 Bad Request")
            return None
        if (host, port) == self._own:
            _say(near, b"200 OK\r\nContent-Type: text/html")
            return None
        if method == b"CONNECT":
            return _Request(host, port, b"", early)
        path = where._replace(scheme="", netloc="", path=where.path or "/").geturl().encode("ascii")
        passed = [name + b": " + value for name, value in fields if name not in _OWN_HOP]
        lines = [b"%s %s HTTP/1.1" % (method, path), *passed, b"Connection: close", b"", b""]
        return _Request(host, port, b"\r\n".join(lines), early)

    def _reach(self, request: _Request, near: socket.socket) -> socket.socket | None:
        """A connection to a checked address; None when there is none to be had, which is noted and answered."""
        try:
            return self._network.connect(request.host, request.port, self._budget)
        except (Refused, OSError) as problem:
            reason = str(problem) if isinstance(problem, Refused) else problem.strerror or str(problem) or "no answer"
            unreached = Unreached(request.host, request.port, reason)
            with self._lock:
                if unreached not in self.unreached:
                    self.unreached.append(unreached)
            _say(near, b"403 Forbidden" if isinstance(problem, Refused) else b"502 Bad Gateway")
            return None

    def _join(self, request: _Request, near: socket.socket, far: socket.socket) -> None:
        """Carry one request's connection until both sides have ended it."""
        if request.head:
            far.sendall(request.head + request.early)
        else:
            near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            far.sendall(request.early)
        out = threading.Thread(target=self._carry, args=(near, far), daemon=True)
        out.start()
        try:
            if request.head:
                self._pass_head(far, near)
            self._carry(far, near, self._budget)
        except Overdrawn as end:
            self._overdraw(end)
        finally:
            with contextlib.suppress(OSError):
                near.shutdown(socket.SHUT_RDWR)
            out.join()

    def _pass_head(self, far: socket.socket, near: socket.socket) -> None:
        """Hand on a response's head, and that the connection ends with it."""
        head, early = _read_head(far)
        self._budget.spend(len(head) + len(early))
        line, *lines = head.split(b"\r\n")
        kept = [one for one in lines if one.partition(b":")[0].strip().lower() not in _OWN_HOP]
        near.sendall(b"\r\n".join([line, *kept, b"Connection: close", b"", b""]) + early)

    @staticmethod
    def _carry(source: socket.socket, target: socket.socket, budget: Budget | None = None) -> None:
        """Pass bytes on until there are no more, counted if there is a budget, then say so to the other side."""
        with contextlib.suppress(OSError):
            while part := source.recv(_PART):
                if budget:
                    budget.spend(len(part))
                target.sendall(part)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


def _read_head(connection: socket.socket) -> tuple[bytes, bytes]:
    """A head without its last empty line, and what came behind it. Raises OSError when there is none."""
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        part = connection.recv(_PART)
        if not part or len(data) > _HEAD:
            raise OSError("no head")
        data += part
    return data[:end], data[end + 4 :]


def _say(near: socket.socket, status: bytes) -> None:
    """Answer for the proxy itself, and end."""
    near.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    near.shutdown(socket.SHUT_WR)
    near.recv(_PART)  # so that the answer arrives before the end does
