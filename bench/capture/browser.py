"""A page as a browser shows it: the DOM that its scripts made, beside the response that it came from.

Chromium runs in its own sandbox, with everything that it asks of the network going through our proxy, in a process group that
is ended at the deadline whatever the page does. What the DOM's serialisation has not: frames' documents and shadow trees.

The program is what BENCH_CHROMIUM names, else a Chromium on the PATH, else the one that Playwright installs.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import bench
from bench.capture import urls
from bench.capture.addresses import Dial, Lookup, Network, dial, look_up
from bench.capture.budget import Budget, Overdrawn
from bench.capture.exchange import trust
from bench.capture.http import LIBRARIES
from bench.capture.proxy import Proxy
from bench.capture.received import Received, media_type, need, now, refuse_no_page, refuse_other_than_pages, shown
from bench.capture.robots import Robots
from bench.errors import CaptureError

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
_GRACE = 5.0
"""Seconds for a browser to end by itself before it is ended."""
_LONGEST_ROOM = 32
"""Characters: Chromium adds some sixty, and the path of a socket has about a hundred."""
_NOTED = 20
"""Machines not reached, of which there may be any number."""


@dataclass(frozen=True)
class RenderLimits:
    """What one rendering may take."""

    seconds: float = 60.0
    """All in all, the browser's start included."""
    quiet: float = 10.0
    """Of these, for a page that is there to load what else it wants, and to come to rest."""
    wire: int = 128 * 2**20
    """Bytes received by all of the page's requests."""
    body: int = 64 * 2**20
    """Bytes of the DOM, and of the response."""


def render(
    url: str,
    *,
    allow_private: bool = False,
    robots: bool = True,
    no_sandbox: bool = False,
    limits: RenderLimits | None = None,
    lookup: Lookup = look_up,
    dial: Dial = dial,
) -> Received:
    """Return the page at an address, as scripts left it.

    Args:
        url: http or https.
        allow_private: let the page reach any machine and port, this one included.
        robots: obey robots.txt for the page and every address that it is redirected to, though not for what it loads.
        no_sandbox: run Chromium without its own sandbox, the only way that it runs as root.
        limits: what it may take.
        lookup: how names become addresses; a test may bring its own.
        dial: how addresses are connected to; a test may bring its own.

    Raises:
        CaptureError: one line that says what is in the way: the address, robots.txt, the answer, a limit, root, no Chromium,
            or the extra that is not installed.
    """
    need("rendering", *LIBRARIES, "playwright")
    if os.geteuid() == 0 and not no_sandbox:
        raise CaptureError(
            f"{shown(url)}: as root Chromium has no sandbox, and pages are hostile; be another user or say --no-sandbox"
        )
    program = _chromium(url)
    limits = limits or RenderLimits()
    network, budget = Network(allow_private, lookup, dial), Budget(limits.seconds, limits.wire)
    asked = urls.read(url, network)
    permission = Robots(network, budget, trust()) if robots else None
    allowed = permission.ask(asked) if permission else "ignored"
    with (
        Proxy(network, budget) as proxy,
        # A browser that was killed may still be writing.
        tempfile.TemporaryDirectory(prefix="bench-render-", dir=_room(), ignore_cleanup_errors=True) as made,
    ):
        folder = Path(made)
        job = {
            "url": str(asked),
            "folder": made,
            "program": program,
            "sandbox": not no_sandbox,
            "proxy": {"server": proxy.url, "username": proxy.user, "password": proxy.password, "bypass": "<-loopback>"},
            "quiet": limits.quiet,
            "most": limits.body,
        }
        seen = _drive(job, budget, url)
        _refuse_unreached(url, seen, proxy)
        if permission:
            for hop in seen["hops"][1:]:
                permission.ask(urls.read(hop, network))
        unreached = (f"not reached: {shown(one.host)}:{one.port}: {shown(one.reason)}" for one in proxy.unreached[:_NOTED])
        page = _received(url, seen, folder)
        return replace(page, url=str(asked), robots=allowed, notes=(*page.notes, *unreached))


def _room() -> str:
    """Where temporary files go, unless a socket of Chromium's would have too long a path there."""
    usual = tempfile.gettempdir()
    return usual if len(usual) <= _LONGEST_ROOM else "/tmp"  # noqa: S108 - a folder of our own is made in it


def _chromium(url: str) -> str | None:
    """The browser that is named or found; None leaves Playwright's own."""
    named = os.environ.get("BENCH_CHROMIUM")
    if named and not shutil.which(named):
        raise CaptureError(f"{shown(url)}: BENCH_CHROMIUM is {named!r}, which is no program; name a Chromium or unset it")
    return named or next(filter(None, map(shutil.which, _PROGRAMS)), None)


def _drive(job: dict[str, Any], budget: Budget, url: str) -> dict[str, Any]:
    """What the process that drives the browser has to tell; it and the browser have ended."""
    folder = Path(job["folder"])
    environment = {
        name: os.environ[name] for name in ("PATH", "HOME", "PLAYWRIGHT_BROWSERS_PATH", "LD_LIBRARY_PATH") if name in os.environ
    }
    ours = [str(Path(bench.__file__).parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment |= {"TMPDIR": job["folder"], "PYTHONPATH": os.pathsep.join(ours), "LANG": "C.UTF-8"}
    late = CaptureError(f"{shown(url)}: {budget.late()}")
    try:
        job["seconds"] = budget.left()
        with (folder / "errors").open("wb") as errors:
            process = subprocess.Popen(
                # -P: the folder that we stand in is not for imports.
                [sys.executable, "-P", "-m", "bench.capture.driver"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env=environment,
                start_new_session=True,
            )
        try:
            process.communicate(json.dumps(job).encode(), timeout=budget.left() + _GRACE)
        finally:
            # Chromium is in a group of its own, and ends when the end of its pipe that is here does.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    except (Overdrawn, subprocess.TimeoutExpired):
        raise late from None
    try:
        seen: dict[str, Any] = json.loads((folder / "seen.json").read_bytes())
    except (OSError, ValueError):
        said = (folder / "errors").read_text("utf-8", "replace").strip().rpartition("\n")[2]
        raise CaptureError(f"{shown(url)}: the browser cannot be driven: {shown(said)}") from None
    if seen["late"]:
        raise late
    return seen


def _refuse_unreached(url: str, seen: dict[str, Any], proxy: Proxy) -> None:
    """Raise CaptureError when the browser has no page to show, with the proxy's reason where that is why."""
    if proxy.overdrawn:
        raise CaptureError(f"{shown(url)}: {proxy.overdrawn}")
    if seen["problem"] is None:
        return
    last = seen["last"] or url
    host, port = _host_of(last)
    why = [one.reason for one in proxy.unreached if (one.host, one.port) == (host, port)]
    raise CaptureError(f"{shown(last)}: {why[0] if why else shown(seen['problem'])}")


def _host_of(address: str) -> tuple[str | None, int]:
    """As a browser writes it: the proxy was asked for these."""
    where = urlsplit(address)
    return where.hostname, where.port or {"https": 443}.get(where.scheme, 80)


def _received(url: str, seen: dict[str, Any], folder: Path) -> Received:
    headers = tuple((name.lower(), value) for name, value in seen["headers"])
    final = seen["hops"][-1]
    refuse_other_than_pages(shown(final), seen["status"], headers)
    raw = (folder / "raw").read_bytes()
    refuse_no_page(shown(final), headers, raw)
    return Received(
        body=(folder / "dom").read_bytes(),
        source=url,
        how="rendered",
        received_at=now(),
        final_url=final,
        redirects=tuple(seen["hops"][1:]),
        status=seen["status"],
        headers=headers,
        content_type=media_type(headers).name,
        charset="utf-8",
        raw=raw,
        agent=seen["agent"],
        notes=tuple(seen["notes"]),
    )
