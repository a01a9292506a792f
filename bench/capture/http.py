"""A page from its server: redirects followed by hand, robots.txt obeyed, everything within limits."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.capture import urls
from bench.capture.addresses import Dial, Lookup, Network, dial, look_up
from bench.capture.budget import Budget
from bench.capture.decoding import unpacked
from bench.capture.exchange import AGENT, Client, trust
from bench.capture.received import Received, media_type, need, now, refuse_no_page, refuse_other_than_pages, shown
from bench.capture.robots import Robots
from bench.errors import CaptureError

if TYPE_CHECKING:
    from bench.capture.exchange import Answer

REDIRECTS = 10
_REDIRECTING = frozenset({301, 302, 303, 307, 308})
_ACCEPT = "text/html, application/xhtml+xml;q=0.9"
LIBRARIES = ("httpx", "httpcore", "protego", "brotli")


@dataclass(frozen=True)
class FetchLimits:
    """What one fetch may take, its redirects and robots.txt included."""

    seconds: float = 60.0
    wire: int = 64 * 2**20
    """Bytes received, heads included."""
    body: int = 64 * 2**20
    """Bytes of the page, unpacked."""


def fetch(
    url: str,
    *,
    allow_private: bool = False,
    robots: bool = True,
    limits: FetchLimits | None = None,
    lookup: Lookup = look_up,
    dial: Dial = dial,
) -> Received:
    """Return the page at an address.

    Args:
        url: http or https.
        allow_private: reach any machine and port, this one included.
        robots: obey robots.txt, of every host on the way.
        limits: what it may take.
        lookup: how names become addresses; a test may bring its own.
        dial: how addresses are connected to; a test may bring its own.

    Raises:
        CaptureError: one line that says what is in the way: the address, a redirect, robots.txt, the answer, a limit, or
            the extra that is not installed.
    """
    need("fetching", *LIBRARIES)
    return _Visit(url, Network(allow_private, lookup, dial), limits or FetchLimits(), robots).page()


class _Visit:
    """One fetch on its way from the address asked to the one that answers."""

    def __init__(self, source: str, network: Network, limits: FetchLimits, robots: bool) -> None:
        budget = Budget(limits.seconds, limits.wire)
        self._source, self._network, self._limits = source, network, limits
        self._asked = self._here = urls.read(source, network)
        tls = trust()
        self._client = Client(network, budget, tls)
        self._robots = Robots(network, budget, tls) if robots else None
        self._hops: list[str] = []
        self._notes: list[str] = []

    def page(self) -> Received:
        with contextlib.closing(self._client):
            while True:
                permission = self._robots.ask(self._here) if self._robots else "ignored"
                with self._client.ask(self._here, _ACCEPT) as answer:
                    location = answer.header("location")
                    if not (answer.status in _REDIRECTING and location):
                        return self._received(answer, permission)
                self._follow(location)

    def _follow(self, location: str) -> None:
        there = urls.join(self._here, location, self._network)
        if (self._here.scheme, there.scheme) == ("https", "http"):
            # Followed, for the page is public; but whoever stands on the way may have changed it.
            self._notes.append(f"redirected from https to http: {there}")
        self._hops.append(str(there))
        if len(self._hops) > REDIRECTS:
            raise CaptureError(f"{shown(self._source)}: more than {REDIRECTS} redirects, the last to {shown(str(there))}")
        self._here = there

    def _received(self, answer: Answer, permission: str) -> Received:
        name = shown(str(self._here))
        refuse_other_than_pages(name, answer.status, answer.headers)
        body = b"".join(unpacked(answer.parts, answer.header("content-encoding") or "", self._limits.body))
        refuse_no_page(name, answer.headers, body)
        stated = media_type(answer.headers)
        return Received(
            body=body,
            source=self._source,
            how="http",
            received_at=now(),
            url=str(self._asked),
            final_url=str(self._here),
            redirects=tuple(self._hops),
            status=answer.status,
            headers=answer.headers,
            content_type=stated.name,
            charset=stated.charset,
            robots=permission,
            agent=AGENT,
            notes=tuple(self._notes),
        )
