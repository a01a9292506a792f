"""Rendering: scripts' work is received, and nothing that a page does reaches a private machine or goes on for ever."""

from __future__ import annotations

import base64
import gzip
import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from served import Internet, Page, Site, answer, dripping, flooding, html, redirect

from bench.alignment import Spelt
from bench.capture import browser
from bench.capture.addresses import Network
from bench.capture.browser import RenderLimits, render
from bench.capture.budget import Budget
from bench.capture.proxy import Proxy
from bench.capture.received import Received
from bench.corpus import builtin, recognise
from bench.errors import CaptureError
from bench.markup import to_text
from bench.text import tokenise

pytest.importorskip("playwright", reason="pip install 'boilerbench[capture]'")

PUBLIC = "93.184.216.34"
PRIVATE = "10.0.0.7"
PATIENT = RenderLimits(seconds=40.0, quiet=10.0)

in_chromium = pytest.mark.skipif(
    not (os.environ.get("BENCH_CHROMIUM") or any(map(shutil.which, browser._PROGRAMS))),
    reason="no chromium here; install one, or name it in BENCH_CHROMIUM",
)


def from_site(site: Site, path: str = "/", private: Site | None = None, limits: RenderLimits = PATIENT) -> Received:
    """The page that a public site.example, served here, has at a path; inner.example is a private machine."""
    machines = {PUBLIC: site} | ({PRIVATE: private, "127.0.0.1": private} if private else {})
    numbers = {number: [number] for number in ("127.0.0.1", "169.254.169.254", PRIVATE)}
    names = {"site.example": [PUBLIC], "inner.example": [PRIVATE], "localhost": ["127.0.0.1"]} | numbers
    net = Internet(names, machines)
    return render(f"http://site.example{path}", no_sandbox=True, limits=limits, lookup=net.lookup, dial=net.dial)


def scripted(script: str, body: str = "<p>A page.</p>") -> bytes:
    return answer(f"<!DOCTYPE html><title>t</title>{body}<script>{script}</script>".encode())


# The proxy


@pytest.fixture
def site() -> Iterator[Site]:
    with Site({"/": html(), "/large": answer(bytes(300_000))}) as site:
        yield site


@pytest.fixture
def net(site: Site) -> Internet:
    return Internet({"site.example": [PUBLIC], "inner.example": [PRIVATE]}, {PUBLIC: site, PRIVATE: site})


def proxied(proxy: Proxy, request: str, credential: str | None = None) -> bytes:
    """All that the proxy answers to a request."""
    told = base64.b64encode((credential or f"{proxy.user}:{proxy.password}").encode()).decode()
    with socket.create_connection(("127.0.0.1", int(proxy.url.rpartition(":")[2])), 5) as connection:
        line, _, rest = request.partition("\r\n")
        connection.sendall(f"{line}\r\nProxy-Authorization: Basic {told}\r\n{rest}\r\n".encode())
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


@pytest.fixture
def proxy(net: Internet) -> Iterator[Proxy]:
    with Proxy(Network(False, net.lookup, net.dial), Budget(10, 200_000)) as proxy:
        yield proxy


def test_the_proxy_fetches_from_public_machines(proxy: Proxy, site: Site, net: Internet) -> None:
    said = proxied(proxy, "GET http://site.example/?a=b HTTP/1.1\r\nHost: site.example\r\nConnection: keep-alive\r\n")
    assert said.startswith(b"HTTP/1.1 200 OK")
    assert said.endswith(b"<p>A page.</p>")
    assert site.asked == ["/?a=b"]
    assert b"Proxy-Authorization" not in site.heads[0]
    assert b"Connection: close" in site.heads[0]
    assert net.dialled == [(PUBLIC, 80)]


def test_the_proxy_tunnels_to_public_machines(proxy: Proxy, site: Site) -> None:
    said = proxied(proxy, "CONNECT site.example:443 HTTP/1.1\r\n\r\nGET /inside HTTP/1.1\r\n")
    assert said.startswith(b"HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 404")
    assert site.asked == ["/inside"]


@pytest.mark.parametrize(
    ("request_line", "reason"),
    [
        ("GET http://inner.example/ HTTP/1.1", "leads to 10.0.0.7"),
        ("CONNECT inner.example:443 HTTP/1.1", "leads to 10.0.0.7"),
        ("CONNECT site.example:22 HTTP/1.1", "port 22"),
        ("GET http://0x7f.1/ HTTP/1.1", "in disguise"),
    ],
)
def test_the_proxy_refuses_other_machines_and_notes_why(proxy: Proxy, net: Internet, request_line: str, reason: str) -> None:
    assert proxied(proxy, request_line + "\r\n").startswith(b"HTTP/1.1 403 ")
    assert [reason in one.reason for one in proxy.unreached] == [True]
    assert not net.dialled


def test_the_proxy_serves_nobody_without_its_credential(proxy: Proxy, site: Site) -> None:
    said = proxied(proxy, "GET http://site.example/ HTTP/1.1\r\n", "bench:guessed")
    assert said.startswith(b"HTTP/1.1 407 ")
    assert site.connections == 0


@pytest.mark.parametrize(
    "request_line", ["GET / HTTP/1.1", "GET ftp://site.example/ HTTP/1.1", "CONNECT [ HTTP/1.1", "GET http://:1/ HTTP/1.1"]
)
def test_the_proxy_answers_what_is_no_request_to_it_with_an_error(proxy: Proxy, site: Site, request_line: str) -> None:
    assert proxied(proxy, request_line + "\r\n").startswith(b"HTTP/1.1 400 ")
    assert site.connections == 0


def test_the_proxy_ends_everything_with_the_byte_that_is_too_many(proxy: Proxy) -> None:
    said = proxied(proxy, "GET http://site.example/large HTTP/1.1\r\n")
    assert len(said) < 210_000
    assert proxy.overdrawn == "more than 200,000 bytes"
    with pytest.raises(ConnectionRefusedError):
        proxied(proxy, "GET http://site.example/ HTTP/1.1\r\n")


# The browser


@in_chromium
def test_what_scripts_made_is_received_beside_what_the_server_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # too long a path for a socket in it
    script = """
        document.querySelector('p').textContent += ' Тест';
        fetch('/more').then(answer => answer.text()).then(text => document.body.append(text));
    """
    sent = f"<!DOCTYPE html><meta charset=koi8-r><p>\u0416</p><script>{script}</script>".encode("koi8-r")
    pages = {"/": redirect("/two?x"), "/two": answer(gzip.compress(sent), Content_Encoding="gzip", X_Own="1")}
    with Site(pages | {"/more": answer(b"fetched")}) as site:
        page = from_site(site)
    assert page.body.startswith(b"<!DOCTYPE html><html><head>")
    assert "<p>\u0416 Тест</p>" in page.body.decode()
    assert page.body.decode().endswith("fetched</body></html>")
    assert page.raw == sent
    assert (page.how, page.url, page.final_url) == ("rendered", "http://site.example/", "http://site.example/two?x")
    assert (page.redirects, page.status, page.content_type) == (("http://site.example/two?x",), 200, "text/html")
    assert (page.charset, page.robots, page.notes) == ("utf-8", "no robots.txt", ())
    assert {("x-own", "1"), ("content-encoding", "gzip")} <= set(page.headers)
    assert page.agent is not None
    assert page.agent.encode() in site.heads[-1]
    assert "boilerbench/" in page.agent


@in_chromium
def test_a_browser_shows_the_gold_of_built_in_pages_whose_text_a_script_puts_there() -> None:
    _, reader = recognise(builtin())
    scripted = [page for page_id in reader.ids() if "embedded-json" in (page := reader.page(page_id)).tags]
    assert scripted
    for page in scripted:
        gold = reader.gold(page.id)
        with Site({"/": answer(page.html)}) as site:
            shown = to_text(from_site(site).body.decode())
        tokens = tokenise(gold.text)
        assert Spelt(tokens).common(tokenise(shown)) == len(tokens)
        assert [snippet for snippet in gold.drop if snippet not in " ".join(shown.split())] == []


@pytest.fixture
def datagrams() -> Iterator[tuple[int, list[bytes]]]:
    """A port of this machine, and what is sent there by UDP."""
    seen: list[bytes] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(0.1)
        done = threading.Event()

        def listen() -> None:
            while not done.is_set():
                try:
                    seen.append(listener.recv(2048))
                except TimeoutError:
                    continue

        thread = threading.Thread(target=listen)
        thread.start()
        yield listener.getsockname()[1], seen
        done.set()
        thread.join()


@in_chromium
@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252", "utf-16", "shift_jis"])
def test_a_page_in_any_encoding_is_received_as_it_was_sent_and_read_as_a_browser_does(encoding: str) -> None:
    words = "日本の船" if encoding in ("shift_jis", "utf-16") else "Größe der Mühle"
    page = f'<!DOCTYPE html><meta charset="{encoding}"><title>t</title><p>{words}</p>'.encode(encoding)
    with Site({"/": answer(page)}) as site:
        received = from_site(site)
    assert received.raw == page
    assert f"<p>{words}</p>" in received.body.decode()


@in_chromium
def test_nothing_that_a_page_does_reaches_a_private_machine(datagrams: tuple[int, list[bytes]]) -> None:
    udp, sent = datagrams
    with Site({}) as private:
        doors = [
            private.url,
            f"http://localhost:{private.port}",
            f"http://[::1]:{private.port}",
            "http://inner.example",
            "http://127.0.0.1",
            "http://169.254.169.254",
        ]
        body = "".join(
            f"<link rel=preconnect href={door}><link rel=dns-prefetch href={door}><link rel=prefetch href={door}/prefetch>"
            f"<link rel=stylesheet href={door}/style><img src={door}/image><iframe src={door}/frame></iframe>"
            f"<script src={door}/script></script><object data={door}/object></object><video src={door}/video></video>"
            f"<iframe name=f></iframe><form action={door}/form method=post target=f></form>"
            for door in doors
        )
        script = f"""
            const doors = {doors};
            for (const door of doors) {{
                const socket = door.replace('http', 'ws') + '/socket';
                fetch(door + '/fetch', {{mode: 'no-cors'}}).catch(() => 0);
                navigator.sendBeacon(door + '/beacon');
                new WebSocket(socket);
                new EventSource(door + '/events');
                new Worker(URL.createObjectURL(new Blob([`fetch('${{door}}/worker'); new WebSocket('${{socket}}')`])));
                window.open(door + '/window');
            }}
            for (const form of document.forms) form.submit();
            const servers = [{{urls: 'stun:127.0.0.1:{udp}'}}, {{urls: 'stun:inner.example:{udp}'}}];
            for (const way of ['udp:{udp}', 'tcp:{private.port}'])
                servers.push({{
                    urls: 'turn:127.0.0.1:' + way.slice(4) + '?transport=' + way.slice(0, 3), username: 'a', credential: 'b'
                }});
            const peer = new RTCPeerConnection({{iceServers: servers}});
            peer.createDataChannel('a');
            peer.createOffer().then(offer => peer.setLocalDescription(offer));
            fetch('/redirect', {{mode: 'no-cors'}}).catch(() => 0);
            new WebSocket('ws://site.example/socket');
            fetch('/control').then(() => setTimeout(() => document.body.append('the end'), 300));
        """
        pages: dict[str, Page] = {"/": scripted(script, body), "/redirect": redirect(private.url), "/control": html()}
        with Site(pages) as site:
            page = from_site(site, private=private)
        assert page.body.endswith(b"the end</body></html>")
        assert b"/control HTTP/1.1" in b"".join(site.heads)
        assert any(head.startswith(b"GET /socket ") and b"Upgrade: websocket" in head for head in site.heads)
        assert private.connections == 0
    assert sent == []
    notes = "\n".join(page.notes)
    assert all(f"not reached: {host}:" in notes for host in ("127.0.0.1", "localhost", "::1", "169.254.169.254"))
    assert (
        f"not reached: inner.example:80: inner.example leads to {PRIVATE}, not public; only public addresses are fetched from"
        in page.notes
    )


@in_chromium
def test_nothing_goes_round_the_proxy_where_private_machines_are_allowed(datagrams: tuple[int, list[bytes]]) -> None:
    udp, sent = datagrams
    script = f"""
        const peer = new RTCPeerConnection({{iceServers: [{{urls: 'stun:127.0.0.1:{udp}'}}]}});
        peer.createDataChannel('a');
        peer.createOffer().then(offer => peer.setLocalDescription(offer));
        const ended = how => () => document.body.append(how);
        new WebTransport('https://127.0.0.1:{udp}/').ready.then(ended('open'), ended('closed'));
        navigator.serviceWorker.register('/worker.js').then(ended(' worker'), ended(' none'));
    """
    with Site({"/": scripted(script)}) as site:
        page = render(f"{site.url}/", allow_private=True, no_sandbox=True, robots=False, limits=PATIENT)
    assert b"closed" in page.body
    assert sent == []
    assert "/worker.js" not in site.asked
    assert page.robots == "ignored"


@pytest.fixture
def room() -> Iterator[Path]:
    """A folder for temporary files, with a short path."""
    with tempfile.TemporaryDirectory(prefix="b-") as made:
        yield Path(made)


@in_chromium
@pytest.mark.parametrize(
    ("page", "word"),
    [
        (redirect("http://inner.example/"), f"inner.example/: inner.example leads to {PRIVATE}"),
        (scripted("location = 'http://127.0.0.1:6379/'"), "127.0.0.1:6379/: port 6379"),
        (scripted("location = URL.createObjectURL(new Blob(['<p>'], {type: 'text/html'}))"), "cannot be had"),
        (redirect("/forbidden"), "robots.txt disallows"),
        (answer(b"none", "404 Not Found"), "answers 404"),
        (answer(b""), "an empty page"),
        (answer(b"{}", Content_Type="application/json"), "'application/json', not HTML"),
        (answer(gzip.compress(bytes(50_000_000)), Content_Encoding="gzip"), "more than 2,000,000 bytes"),
        (scripted("document.body.append('a'.repeat(3000000))"), "more than 2,000,000 bytes of DOM"),
        (dripping(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>", b"a"), "not finished after 3.5 s"),
        (scripted("setTimeout(() => { while (true); })"), "not finished after 3.5 s"),
    ],
    ids=[
        "redirect",
        "script's redirect",
        "blob",
        "robots.txt",
        "missing",
        "empty",
        "type",
        "bomb",
        "large DOM",
        "slow",
        "busy",
    ],
)
def test_what_is_no_page_for_us_is_refused_in_one_line_and_in_time(
    page: Page, word: str, room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(room))
    limits = RenderLimits(seconds=3.5 if "3.5" in word else 40, quiet=1, body=2_000_000)
    robots = answer(b"User-agent: *\nDisallow: /forbidden\n", Content_Type="text/plain")
    begun = time.monotonic()
    with Site({"/": page, "/forbidden": html(), "/robots.txt": robots}) as site, Site({}) as private:
        with pytest.raises(CaptureError) as problem:
            from_site(site, private=private, limits=limits)
        assert private.connections == 0
    assert word in str(problem.value)
    assert str(problem.value).isprintable()
    assert time.monotonic() - begun < limits.seconds + browser._GRACE + 1
    assert not left_behind(room)
    assert not list(room.iterdir())


def left_behind(folder: Path) -> list[str]:
    """What still runs of a browser whose files were in a folder, a moment after it was ended."""
    for _ in range(50):
        commands = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                commands.append(path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
            except OSError:
                continue
        ours = [command for command in commands if str(folder) in command]
        if not ours:
            return []
        time.sleep(0.1)
    return ours


@in_chromium
def test_what_never_ends_beside_the_page_is_left_out_and_told() -> None:
    slow = dripping(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n", b"a")
    with Site({"/": scripted("", "<p>A page.</p><img src=/slow><video src=/video></video>"), "/slow": slow}) as site:
        page = from_site(site, limits=RenderLimits(seconds=40, quiet=0.5))
    assert b"<p>A page.</p>" in page.body
    assert page.notes == ("still loading after 0.5 s; the DOM is of that moment",)
    assert "/video" not in site.asked


@in_chromium
def test_frames_are_told_since_the_dom_has_not_what_is_in_them() -> None:
    with Site({"/": scripted("", "<p>A page.</p><iframe src=/frame></iframe>"), "/frame": html("Framed.")}) as site:
        page = from_site(site)
    assert b"Framed." not in page.body
    assert page.notes == ("frames on the page: 1, whose documents are no part of the DOM",)


@in_chromium
def test_a_page_that_loads_without_end_is_refused() -> None:
    # No picture: Chromium gives up on one as soon as it sees that it is none.
    flood = flooding(b"HTTP/1.1 200 OK\r\nContent-Type: text/css\r\n\r\n", b"a" * 65536)
    with (
        Site({"/": scripted("", "<link rel=stylesheet href=/flood>"), "/flood": flood}) as site,
        pytest.raises(CaptureError, match="more than 1,000,000"),
    ):
        from_site(site, limits=RenderLimits(seconds=40, quiet=3, wire=1_000_000))


def test_root_does_not_render_unless_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(CaptureError, match="say --no-sandbox"):
        render("http://site.example/")


def test_an_address_is_checked_before_a_browser_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "_drive", lambda *_: pytest.fail("started"))
    monkeypatch.setenv("BENCH_CHROMIUM", shutil.which("true") or "true")
    for url in ("file:///etc/passwd", "http://127.0.0.1/", "http://0x7f.1/", "view-source:http://site.example/", "about:blank"):
        with pytest.raises(CaptureError):
            render(url, no_sandbox=True)


def test_a_browser_that_is_none_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with Site({"/": html()}) as site:
        for program, word in [(str(tmp_path / "absent"), "which is no program"), (shutil.which("true") or "", "Launch|launch")]:
            monkeypatch.setenv("BENCH_CHROMIUM", program)
            with pytest.raises(CaptureError, match=word) as problem:
                render(site.url, allow_private=True, no_sandbox=True, limits=PATIENT)
            assert str(problem.value).isprintable()
