"""Addresses as users and redirects write them: what is none of the web's is refused before anything is connected to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bench.capture.addresses import Network, Refused
from bench.capture.received import shown
from bench.errors import CaptureError

if TYPE_CHECKING:
    import httpx

_LONGEST = 8000
"""Characters; servers take no more."""
_NO_PART = re.compile(r"[\x00-\x20\x7f\\]")
"""Of no address. Readers of addresses differ in what they make of these."""
_PORTS = {"http": 80, "https": 443}


def read(text: str, network: Network) -> httpx.URL:
    """Return an address that may be asked; its host is not looked up yet.

    Raises:
        CaptureError: it is no http or https address, holds a password, or its host or port is refused.
    """
    import httpx

    text = text.strip()
    scheme, colon, _ = text.partition(":")
    if not colon or scheme.lower() not in _PORTS:
        what = f"{scheme.lower()}: is not fetched" if colon and scheme.isalpha() else "no address"
        raise CaptureError(f"{shown(text)}: {what}; write http://... or https://..., or name a file")
    if _NO_PART.search(text) or len(text) > _LONGEST:
        raise CaptureError(f"{shown(text)}: too long for an address, or has a character that is of none; escape it with %")
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as problem:
        raise CaptureError(f"{shown(text)}: no address: {shown(str(problem))}") from None
    if url.userinfo:
        raise CaptureError(f"{shown(url.host)}: the address holds a user name or password, which would be stored; leave it out")
    try:
        network.check(url.raw_host.decode("ascii"), port_of(url))
    except Refused as reason:
        raise CaptureError(f"{shown(text)}: {reason}") from None
    return url


def join(base: httpx.URL, location: str, network: Network) -> httpx.URL:
    """Return where a redirect leads. Raises CaptureError as `read` does, and names who redirects."""
    import httpx

    try:
        # Sent as Latin-1 by HTTP, meant as UTF-8 by whoever does not escape it.
        led = base.join(location.encode("latin-1").decode("utf-8", "replace"))
        return read(str(led), network)
    except (httpx.InvalidURL, CaptureError) as problem:
        raise CaptureError(f"{shown(str(base))} redirects to an address that is not followed: {problem}") from None


def port_of(url: httpx.URL) -> int:
    """Return the port that an address leads to."""
    return url.port or _PORTS[url.scheme]
