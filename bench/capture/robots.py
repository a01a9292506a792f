"""What robots.txt allows us, read as RFC 9309 says.

Protego and not Python's own `urllib.robotparser`: that one takes the first rule that fits where the RFC has the longest, and
knows no `*` and `$` in paths.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bench.capture import urls
from bench.capture.budget import Budget, Overdrawn
from bench.capture.decoding import unpacked
from bench.capture.exchange import PRODUCT, Client
from bench.capture.received import shown
from bench.errors import CaptureError

if TYPE_CHECKING:
    import ssl

    import httpx
    from protego import Protego

    from bench.capture.addresses import Network

_READ = 512 * 1024
"""Bytes that count; the RFC asks for 500 KiB at least."""
_REDIRECTS = 5
_SECONDS = 10.0
_WIRE = 4 << 20


class Robots:
    """Asks each host once."""

    def __init__(self, network: Network, budget: Budget, tls: ssl.SSLContext) -> None:
        self._network, self._budget, self._tls = network, budget, tls
        self._rules: dict[tuple[str, str], Protego | None] = {}

    def ask(self, url: httpx.URL) -> str:
        """Return `allowed` or `no robots.txt`.

        Raises:
            CaptureError: it is disallowed, or robots.txt cannot be read, which the RFC takes for a complete disallow.
        """
        host = (url.scheme, url.netloc.decode("ascii"))
        if host not in self._rules:
            self._rules[host] = self._read(url.join("/robots.txt"))
        rules = self._rules[host]
        if rules is None:
            return "no robots.txt"
        if not rules.can_fetch(str(url), PRODUCT):
            raise CaptureError(f"{shown(str(url))}: robots.txt disallows it; ask its owner, or say --ignore-robots")
        return "allowed"

    def _read(self, url: httpx.URL) -> Protego | None:
        """The rules of a host, None when it has none."""
        from protego import Protego

        asked = url
        try:
            budget = Budget(min(_SECONDS, self._budget.left()), _WIRE)
        except Overdrawn as end:
            raise CaptureError(f"{shown(str(url))}: {end}") from None
        client = Client(self._network, budget, self._tls)
        try:
            for _ in range(_REDIRECTS + 1):
                with client.ask(asked, "text/plain") as answer:
                    if 300 <= answer.status <= 399 and (location := answer.header("location")):
                        asked = urls.join(asked, location, self._network)
                    elif 200 <= answer.status <= 299:
                        return Protego.parse(_text(unpacked(answer.parts, answer.header("content-encoding") or "", _WIRE)))
                    elif answer.status <= 499:
                        return None
                    else:
                        raise CaptureError(f"{shown(str(asked))}: the server answers {answer.status}")
        except CaptureError as problem:
            raise CaptureError(f"{problem}; what robots.txt forbids is not known: try later, or say --ignore-robots") from None
        finally:
            client.close()
        return None  # too many redirects, which the RFC takes for none


def _text(parts: Iterator[bytes]) -> str:
    """The lines that count; no more is read."""
    text = b""
    for part in parts:
        text += part
        if len(text) > _READ:
            text = text[: text.rfind(b"\n", 0, _READ) + 1]
            break
    return text.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
