"""Which machines a page may come from: public ones, at addresses that are looked up once and then connected to.

A page, a redirect or a name server may name any machine, this one and its neighbours included. So every address that a name
has must be public, and what is connected to is an address that was checked: a second answer of the name server's counts for
nothing.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from ipaddress import IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.capture.budget import Budget

Lookup = Callable[[str, int], Sequence[str]]
"""Host and port to addresses as numbers. Raises OSError when there are none."""
Dial = Callable[[str, int, float], socket.socket]
"""Address as a number, port, seconds to a connection. Raises OSError."""

PORTS = (80, 443)
_PATIENCE = 10.0
"""Seconds for one of several addresses to answer."""

# What is_global of some Python that we run under lets through, or what deserves a word of its own; the first that holds.
_KINDS = [
    (ip_network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "unspecified"),
        ("127.0.0.0/8", "this machine"),
        ("169.254.0.0/16", "link-local, where clouds keep credentials"),
        ("168.63.129.16/32", "a service of a cloud's own"),
        ("192.0.0.0/24", "set aside for protocols"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("224.0.0.0/4", "multicast"),
        ("::/128", "unspecified"),
        ("::1/128", "this machine"),
        ("::ffff:0:0/96", "IPv4 mapped into IPv6"),
        ("::/96", "IPv4 inside IPv6"),
        ("64:ff9b::/96", "IPv4 behind NAT64"),
        ("64:ff9b:1::/48", "IPv4 behind NAT64"),
        ("2001::/32", "IPv4 inside Teredo"),
        ("2001::/23", "set aside for protocols"),
        ("2002::/16", "IPv4 inside 6to4"),
        ("3fff::/20", "for documentation"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
]
_UNICAST = IPv6Network("2000::/3")
"""All of IPv6 that has been given out to the public."""
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
_NAME = re.compile(r"[^\x00-\x20\x7f/\\?#@%<>^`{|}\[\]]+")


class Refused(Exception):  # noqa: N818 - a decision, not an error
    """A host that is not connected to; the text is the reason."""


def why_not_public(address: str) -> str | None:
    """Return what an address is that the public cannot reach, or that stands for another; None when it is public.

    Raises:
        ValueError: it is no address.
    """
    number = ip_address(address)
    for network, kind in _KINDS:
        if number in network:
            return kind
    if not number.is_global or number.is_multicast or (number.version == 6 and number not in _UNICAST):
        return "not public"
    return None


def look_up(host: str, port: int) -> list[str]:
    """Return every address that the system finds for a name. Raises OSError when there is none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(answer[4][0]) for answer in found))


def dial(address: str, port: int, seconds: float) -> socket.socket:
    """Return a connection to an address. Raises OSError."""
    return socket.create_connection((address, port), seconds)


@dataclass(frozen=True)
class Network:
    """What of the network a capture may reach; how names are looked up and connections made can be told for a test."""

    allow_private: bool = False
    """Any address and port. The forms that hide an address stay refused."""
    lookup: Lookup = look_up
    dial: Dial = dial

    def check(self, host: str, port: int) -> None:
        """Raise Refused for a host or port that needs no look-up to be refused."""
        name = host.removesuffix(".")
        if not host.isascii() or not (_NAME.fullmatch(name) or _is_number(name)):
            raise Refused(f"{host[:80]!r} is no host")
        if _NUMBER.fullmatch(name.rpartition(".")[2]) and not _is_number(name):
            raise Refused(f"{host[:80]!r} is an address in disguise; write a.b.c.d in decimal")
        if not self.allow_private and port not in PORTS:
            raise Refused(f"port {port} is not of the web; only {' and '.join(map(str, PORTS))} are fetched from")

    def addresses(self, host: str, port: int, budget: Budget) -> Sequence[str]:
        """Return the addresses of a host, all of them public.

        Raises:
            Refused: one of them is not, or the host's form is refused.
            OSError: the host has none, or they are not found in time.
        """
        self.check(host, port)
        found = _in_time(budget.left(), lambda: self.lookup(host, port))
        if not self.allow_private:
            for address in found:
                kind = why_not_public(address)
                if kind is not None:
                    leads = "is" if address == host else f"leads to {address},"
                    raise Refused(f"{host[:80]} {leads} {kind}; only public addresses are fetched from")
        return found

    def connect(self, host: str, port: int, budget: Budget) -> socket.socket:
        """Return a connection to a checked address of a host, the first that answers.

        Raises:
            Refused: as `addresses` does.
            OSError: the host has none, or none answers.
            Overdrawn: time is up.
        """
        last: OSError = OSError("has no address")
        for address in self.addresses(host, port, budget):
            try:
                return self.dial(address, port, min(budget.left(), _PATIENCE))
            except TimeoutError:
                budget.left()
                last = OSError(f"no answer from {address}")
            except OSError as problem:
                last = problem
        raise last


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return "%" not in host  # a zone


def _in_time(seconds: float, work: Callable[[], Sequence[str]]) -> Sequence[str]:
    """What a look-up finds. It cannot be ended, so at the deadline its thread is left behind."""
    found: Future[Sequence[str]] = Future()

    def look() -> None:
        try:
            found.set_result(work())
        except (OSError, UnicodeError) as problem:  # a label too long for a name is a UnicodeError
            found.set_exception(problem if isinstance(problem, OSError) else OSError("is no name"))

    threading.Thread(target=look, daemon=True).start()
    return found.result(seconds)  # or TimeoutError
