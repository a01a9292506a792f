"""The process that drives Chromium for `bench.capture.browser`: a job on standard input, files in the job's folder.

`dom` is the serialised DOM, `raw` the response that it came from, `seen.json` all else.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.capture.exchange import AGENT
from bench.capture.received import is_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page, Playwright, Request, Route

_FLAGS = (
    # No name is looked up here, so neither a prefetch nor WebRTC can tell a name server anything.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--dns-prefetch-disable",
    # UDP goes through no proxy.
    "--disable-quic",
    "--force-webrtc-ip-handling-policy",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
)
_UNDONE = frozenset({"content-encoding", "content-length", "transfer-encoding"})
"""Headers of a response that its bytes no longer fit."""
_MARGIN = 0.5
"""Seconds before the deadline that belong to the telling."""


class Late(Exception):  # noqa: N818 - an event
    """There is no page at the deadline."""


class _Document(NamedTuple):
    """A response in the page's own frame."""

    status: int | None
    headers: list[tuple[str, str]]
    body: bytes | None
    """None where it is no page."""


class Visit:
    """One page in a fresh browser, and what was seen of it."""

    def __init__(self, job: dict[str, Any]) -> None:
        self._job = job
        self._end: float = time.monotonic() + job["seconds"] - _MARGIN
        self._hops: list[str] = []
        self._document: _Document | None = None
        self._last: str | None = None
        self._notes: list[str] = []
        self._problem: str | None = None
        self._agent = ""

    def run(self, playwright: Playwright) -> dict[str, Any]:
        """Return what `seen.json` holds."""
        from playwright.sync_api import Error
        from playwright.sync_api import TimeoutError as Timeout

        late = False
        try:
            with contextlib.closing(self._launch(playwright)) as browser:
                self._show(self._page(browser))
        except (Timeout, Late):
            late = True
        except Error as error:
            self._problem = self._problem or error.message.partition("\n")[0].removeprefix("Page.goto: ")
        shown = self._document or _Document(None, [], None)
        return {
            "late": late and not self._problem,
            "problem": self._problem,
            "last": self._last,
            "hops": self._hops,
            "status": shown.status,
            "headers": shown.headers,
            "agent": self._agent,
            "notes": self._notes,
        }

    def _left(self) -> float:
        """Milliseconds."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise Late
        return left * 1000

    def _launch(self, playwright: Playwright) -> Browser:
        folder = self._job["folder"]
        return playwright.chromium.launch(
            executable_path=self._job["program"],
            chromium_sandbox=self._job["sandbox"],
            proxy=self._job["proxy"],
            args=list(_FLAGS),
            env={"PATH": os.environ.get("PATH", ""), "HOME": folder, "TMPDIR": folder, "LANG": "C.UTF-8"},
            timeout=self._left(),
        )

    def _page(self, browser: Browser) -> Page:
        """A tab whose every difference from another machine's is fixed."""
        self._agent = (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
            f"Chrome/{browser.version.partition('.')[0]}.0.0.0 Safari/537.36 {AGENT}"
        )
        context = browser.new_context(
            user_agent=self._agent,
            viewport={"width": 1280, "height": 1024},
            locale="en-US",
            timezone_id="UTC",
            color_scheme="light",
            reduced_motion="reduce",
            service_workers="block",  # what they ask for is seen by nobody
            accept_downloads=False,
            permissions=[],
        )
        # Once the proxy knows us, nobody asks for a password again, which cannot be answered where responses are held.
        with contextlib.closing(context.new_page()) as first:
            first.goto(self._job["proxy"]["server"], timeout=self._left())
        page = context.new_page()
        context.on("page", lambda opened: opened.close())
        context.route("**/*", _without_media)
        page.on("request", lambda request: self._asks(page, request))
        protocol = context.new_cdp_session(page)
        main = protocol.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
        protocol.on("Fetch.requestPaused", lambda paused: self._held(protocol, paused, main))
        protocol.send("Fetch.enable", {"patterns": [{"resourceType": "Document", "requestStage": "Response"}]})
        return page

    def _asks(self, page: Page, request: Request) -> None:
        if request.is_navigation_request() and request.frame == page.main_frame:
            self._last = request.url

    def _held(self, protocol: CDPSession, paused: dict[str, Any], main: str) -> None:
        from playwright.sync_api import Error

        with contextlib.suppress(Error):  # the page has gone elsewhere in the meantime
            self._answered(protocol, paused, main)

    def _answered(self, protocol: CDPSession, paused: dict[str, Any], main: str) -> None:
        """Keep the bytes of a document before the browser has them: what it gives out later is decoded text."""
        asked = {"requestId": paused["requestId"]}
        status = paused.get("responseStatusCode")
        headers = [(one["name"], one["value"]) for one in paused.get("responseHeaders", [])]
        if paused["frameId"] != main or status is None:
            protocol.send("Fetch.continueRequest", asked)
            return
        self._hops.append(paused["request"]["url"])
        if not is_page(status, tuple((name.lower(), value) for name, value in headers)):
            if not 300 <= status <= 399:
                self._document = _Document(status, headers, None)
            protocol.send("Fetch.continueRequest", asked)
            return
        body = self._read(protocol, protocol.send("Fetch.takeResponseBodyAsStream", asked)["stream"])
        if body is None:
            self._problem = f"more than {self._job['most']:,} bytes"
            protocol.send("Fetch.failRequest", {**asked, "errorReason": "Aborted"})
            return
        self._document = _Document(status, headers, body)
        kept = [{"name": name, "value": value} for name, value in headers if name.lower() not in _UNDONE]
        whole = {"responseCode": status, "responseHeaders": kept, "body": base64.b64encode(body).decode("ascii")}
        protocol.send("Fetch.fulfillRequest", {**asked, **whole})

    def _read(self, protocol: CDPSession, stream: str) -> bytes | None:
        """A response's body, None when it is too large."""
        body = bytearray()
        while len(body) <= self._job["most"]:
            part = protocol.send("IO.read", {"handle": stream, "size": 1 << 20})
            # Bytes that are UTF-8 come as text, all others in base64.
            body += base64.b64decode(part["data"]) if part.get("base64Encoded") else part["data"].encode()
            if part["eof"]:
                return bytes(body)
        return None

    def _show(self, page: Page) -> None:
        """Go there, wait for it to come to rest, and write down what is there."""
        from playwright.sync_api import Error

        page.goto(self._job["url"], wait_until="domcontentloaded", timeout=self._left())
        self._rest(page)
        while True:
            before = len(self._hops), page.url
            self._left()
            try:
                dom = page.content()
            except Error as error:
                if "navigating" not in error.message:
                    raise
                page.wait_for_load_state("domcontentloaded", timeout=self._left())
                continue
            if (len(self._hops), page.url) == before:
                break
        if self._document is None or not page.url.startswith(("http:", "https:")):
            raise Error("it leads on to an address that cannot be had")
        if frames := sum(frame.url.startswith(("http:", "https:")) for frame in page.frames[1:]):
            self._notes.append(f"frames on the page: {frames}, whose documents are no part of the DOM")
        data = dom.encode("utf-8", "replace")
        if len(data) > self._job["most"]:
            raise Error(f"more than {self._job['most']:,} bytes of DOM")
        folder = Path(self._job["folder"])
        (folder / "dom").write_bytes(data)
        if self._document.body is not None:
            (folder / "raw").write_bytes(self._document.body)

    def _rest(self, page: Page) -> None:
        """Wait until everything is loaded and nothing has been asked for during half a second; not for ever."""
        from playwright.sync_api import TimeoutError as Timeout

        end = min(time.monotonic() + self._job["quiet"], self._end)
        for state, words in (("load", "still loading"), ("networkidle", "still asking for more")):
            try:
                page.wait_for_load_state(state, timeout=max((end - time.monotonic()) * 1000, 1))  # type: ignore[arg-type]
            except Timeout:
                self._notes.append(f"{words} after {self._job['quiet']:g} s; the DOM is of that moment")
                return


def _without_media(route: Route) -> None:
    if route.request.resource_type == "media":
        route.abort()
    else:
        route.continue_()


def main() -> None:
    """Do the job."""
    from playwright.sync_api import sync_playwright

    job = json.load(sys.stdin)
    with sync_playwright() as playwright:
        seen = Visit(job).run(playwright)
    (Path(job["folder"]) / "seen.json").write_text(json.dumps(seen), encoding="utf-8")


if __name__ == "__main__":
    main()
