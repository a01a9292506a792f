"""One request and its response over a connection to a checked address, within a budget.

httpcore carries HTTP and nothing else: no redirects, cookies, proxies of the environment, credentials or codings.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from bench import __version__
from bench.capture.addresses import Network, Refused
from bench.capture.budget import Budget, Overdrawn
from bench.capture.decoding import ACCEPTED, Undecodable
from bench.capture.received import shown
from bench.errors import CaptureError

if TYPE_CHECKING:
    import socket

    import httpcore
    import httpx

PRODUCT = "boilerbench"
"""What robots.txt knows us as."""
AGENT = f"{PRODUCT}/{__version__} (+https://github.com/boilerbench/boilerbench)"


def trust() -> ssl.SSLContext:
    """Return what certificates are held against: certifi's list, or what SSL_CERT_FILE or SSL_CERT_DIR names."""
    import httpx

    return httpx.create_ssl_context()


@dataclass(frozen=True)
class Answer:
    """The head of a response, and its body in parts as they arrive."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """In order, names in lower case."""
    parts: Iterator[bytes]

    def header(self, name: str) -> str | None:
        """Return a header's values, joined as HTTP allows; None when it is not there."""
        values = [value for key, value in self.headers if key == name]
        return ", ".join(values) if values else None


class Client:
    """Asks servers; closed with its last connection. Errors name the address asked."""

    def __init__(self, network: Network, budget: Budget, tls: ssl.SSLContext) -> None:
        import httpcore

        self._budget = budget
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls,
            max_keepalive_connections=0,  # every request looks its host up and checks it anew
            # httpcore asks of these two no more than they have; as its subclasses they would have to be made in here.
            network_backend=cast("httpcore.NetworkBackend", _Backend(network, budget)),
        )

    def close(self) -> None:
        """End every connection."""
        self._pool.close()

    @contextlib.contextmanager
    def ask(self, url: httpx.URL, accept: str) -> Iterator[Answer]:
        """Return the answer to a GET, its body read within the `with`.

        Raises:
            CaptureError: the host is refused or does not answer, TLS fails, what comes is not HTTP, time or bytes run out.
        """
        import httpcore

        host = url.netloc.decode("ascii")
        headers = [
            ("Host", host),
            ("User-Agent", AGENT),
            ("Accept", accept),
            ("Accept-Encoding", ACCEPTED),
            ("Connection", "close"),
        ]
        where = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        try:
            with self._pool.stream("GET", where, headers=headers) as response:
                told = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers)
                yield Answer(response.status, told, response.iter_stream())
        except Refused as refusal:
            raise Unasked(str(url), str(refusal)) from None
        except (Overdrawn, Undecodable) as end:
            raise CaptureError(f"{shown(str(url))}: {end}") from None
        except TimeoutError:
            raise CaptureError(f"{shown(str(url))}: {self._budget.late()}") from None
        except ssl.SSLCertVerificationError as problem:
            raise CaptureError(f"{shown(str(url))}: its certificate cannot be trusted: {problem.verify_message}") from None
        except (OSError, httpcore.ProtocolError) as problem:
            reason = (problem.strerror if isinstance(problem, OSError) else None) or str(problem)
            raise CaptureError(f"{shown(str(url))}: {shown(reason)}") from None


class Unasked(CaptureError):  # noqa: N818 - a decision, not an error
    """A host that was not asked at all, since it is refused."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{shown(url)}: {reason}")
        self.reason = reason


class _Backend:
    """How httpcore gets its connections."""

    def __init__(self, network: Network, budget: Budget) -> None:
        self._network, self._budget = network, budget

    def connect_tcp(self, host: str, port: int, **_timeouts_of_its_own: Any) -> _Stream:
        return _Stream(self._network.connect(host, port, self._budget), self._budget)


class _Stream:
    """A connection, every wait of which ends with the budget."""

    def __init__(self, connection: socket.socket, budget: Budget) -> None:
        self._socket, self._budget = connection, budget

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the budget's is what holds
        self._socket.settimeout(self._budget.left())
        part = self._socket.recv(max_bytes)
        self._budget.spend(len(part))
        return part

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - the same
        self._socket.settimeout(self._budget.left())
        self._socket.sendall(buffer)

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the same
    ) -> _Stream:
        self._socket.settimeout(self._budget.left())
        try:
            return _Stream(ssl_context.wrap_socket(self._socket, server_hostname=server_hostname), self._budget)
        except BaseException:
            self._socket.close()
            raise

    def get_extra_info(self, _name: str) -> None:
        """Nothing: what is asked for is of use for HTTP/2 and idle connections, and there are neither."""
