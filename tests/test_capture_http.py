"""Fetching: what is let through, what is refused before anything is connected to, and that everything ends."""

from __future__ import annotations

import gzip
import shutil
import socket
import ssl
import subprocess
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from served import Internet, Page, Site, answer, dripping, flooding, html, redirect

from bench import __version__
from bench.capture.addresses import Network, Refused, why_not_public
from bench.capture.budget import Budget
from bench.capture.http import FetchLimits, fetch
from bench.capture.received import Received
from bench.errors import CaptureError

brotli = pytest.importorskip("brotli", reason="pip install 'boilerbench[capture]'")
pytest.importorskip("httpx", reason="pip install 'boilerbench[capture]'")
pytest.importorskip("protego", reason="pip install 'boilerbench[capture]'")

PUBLIC = "93.184.216.34"
BODY = b"<!DOCTYPE html><title>t</title><p>A page.</p>"
QUICK = FetchLimits(seconds=1.0)


def from_site(site: Site, path: str = "/", **how: object) -> Received:
    """The page that a public site.example, served here, has at a path."""
    net = Internet({"site.example": [PUBLIC]}, {PUBLIC: site})
    return fetch(f"http://site.example{path}", lookup=net.lookup, dial=net.dial, **how)  # type: ignore[arg-type]


def refused(url: str, net: Internet | None = None, **how: object) -> str:
    """Why an address is not fetched: one line."""
    net = net or Internet({}, {})
    with pytest.raises(CaptureError) as problem:
        fetch(url, lookup=net.lookup, dial=net.dial, **how)  # type: ignore[arg-type]
    line = str(problem.value)
    assert "\n" not in line
    assert problem.value.exit_code == 2
    return line


# Addresses


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("127.0.0.1", "this machine"),
        ("127.255.255.254", "this machine"),
        ("0.0.0.0", "unspecified"),
        ("10.0.0.8", "not public"),
        ("172.16.0.1", "not public"),
        ("192.168.1.1", "not public"),
        ("100.100.100.200", "not public"),  # a cloud's metadata, in the range of carriers
        ("169.254.169.254", "clouds keep credentials"),
        ("168.63.129.16", "cloud"),
        ("192.0.0.192", "set aside"),
        ("192.0.0.8", "set aside"),
        ("192.88.99.1", "6to4"),
        ("198.18.0.1", "not public"),
        ("203.0.113.7", "not public"),
        ("224.0.0.1", "multicast"),
        ("240.0.0.1", "not public"),
        ("255.255.255.255", "not public"),
        ("::1", "this machine"),
        ("::", "unspecified"),
        ("::ffff:127.0.0.1", "mapped"),
        ("::ffff:8.8.8.8", "mapped"),  # whatever it holds
        ("::127.0.0.1", "inside IPv6"),
        ("64:ff9b::7f00:1", "NAT64"),
        ("64:ff9b:1::a00:1", "NAT64"),
        ("2002:7f00:1::", "6to4"),
        ("2001:0:7f00:1::1", "Teredo"),
        ("2001:db8::1", "not public"),
        ("3fff::1", "documentation"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("fec0::1", "site-local"),
        ("fc00::1", "not public"),
        ("fd00:ec2::254", "not public"),  # a cloud's metadata
        ("ff02::1", "multicast"),
        ("100::1", "not public"),
        ("5f00::1", "not public"),
        ("4000::1", "not public"),  # given out to nobody
    ],
)
def test_an_address_that_the_public_cannot_reach_is_none_to_fetch_from(address: str, word: str) -> None:
    assert word in (why_not_public(address) or "")


@pytest.mark.parametrize("address", ["8.8.8.8", PUBLIC, "192.0.1.1", "2606:4700:4700::1111", "2a00:1450:4001::1"])
def test_a_public_address_is_one_to_fetch_from(address: str) -> None:
    assert why_not_public(address) is None


@pytest.mark.parametrize(
    ("host", "form"),
    [
        ("2130706433", "decimal"),
        ("0x7f000001", "hexadecimal"),
        ("0x7f.0.0.1", "hexadecimal part"),
        ("0x7f.1", "hexadecimal and short"),
        ("127.1", "short"),
        ("127.0.1", "short"),
        ("0177.0.0.1", "octal"),
        ("127.0.0.01", "octal part"),
        ("017700000001", "octal"),
        ("127.0.0.1.1", "long"),
        ("134744072", "decimal of a public one"),
        ("2130706433.", "decimal with a dot"),
        ("0x", "hexadecimal of nothing"),
        ("a.0x7f", "a number at the end"),
        ("1.2.3.256", "too much"),
        ("%31%32%37.0.0.1", "escaped"),
        ("１２７.0.0.1", "wide digits"),
        ("[fe80::1%25eth0]", "a zone"),
        ("[::1", "half a bracket"),
        ("", "nothing"),
    ],
)
def test_a_host_that_hides_its_address_is_refused_even_where_private_ones_are_not(host: str, form: str) -> None:
    net = Internet({}, {})
    for private in (False, True):
        refused(f"http://{host}/", net, allow_private=private)
    assert not net.looked_up
    assert not net.dialled


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("file:///etc/passwd", "file: is not fetched"),
        ("ftp://site.example/", "ftp: is not fetched"),
        ("data:text/html,<p>x", "data: is not fetched"),
        ("gopher://site.example/", "gopher: is not fetched"),
        ("javascript:alert(1)", "javascript: is not fetched"),
        ("site.example/page", "no address"),
        ("//site.example/page", "no address"),
        ("", "no address"),
        ("http://user:secret@site.example/", "user name or password"),
        ("http://user@site.example/", "user name or password"),
        ("http://site.example:8080/", "port 8080"),
        ("http://site.example:22/", "port 22"),
        ("http://site.example:99999/", "port 99999"),
        ("http://site.example/a b", "escape it"),
        ("http://site.example\\@127.0.0.1/", "escape it"),
        ("http://site.example/\r\nHost: x", "escape it"),
        ("http://site.example/" + "a" * 9000, "too long"),
        ("http://127.0.0.1/", "this machine"),
        ("http://[::1]/", "this machine"),
        ("http://[::ffff:127.0.0.1]/", "mapped"),
        ("http://[64:ff9b::7f00:1]/", "NAT64"),
        ("http://169.254.169.254/latest/meta-data/", "credentials"),
        ("http://no.such.name/", "no such name"),
    ],
)
def test_an_address_that_is_not_fetched_is_refused_in_one_line_without_a_connection(url: str, word: str) -> None:
    numbers = ["127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "169.254.169.254"]
    net = Internet({number: [number] for number in numbers}, {})
    line = refused(url, net)
    assert word in line
    assert "secret" not in line
    assert not net.dialled


def test_every_address_of_a_name_must_be_public() -> None:
    net = Internet({"site.example": [PUBLIC, "10.0.0.1"]}, {})
    assert "leads to 10.0.0.1, not public" in refused("http://site.example/", net)
    assert not net.dialled


def test_the_address_connected_to_is_the_one_that_was_checked() -> None:
    with Site({"/": html()}) as site, Site({"/": html("secret")}) as private:
        net = Internet({"site.example": [[PUBLIC], ["127.0.0.1"]]}, {PUBLIC: site, "127.0.0.1": private})
        page = fetch("http://site.example/", robots=False, lookup=net.lookup, dial=net.dial)
    assert page.body == BODY
    assert net.looked_up == ["site.example"]
    assert net.dialled == [(PUBLIC, 80)]
    assert private.connections == 0


def test_a_name_that_turns_private_between_two_requests_is_refused_at_the_second() -> None:
    with Site({"/robots.txt": answer(b"", Content_Type="text/plain"), "/": html()}) as site:
        net = Internet({"site.example": [[PUBLIC], ["127.0.0.1"]]}, {PUBLIC: site, "127.0.0.1": site})
        assert "this machine" in refused("http://site.example/", net)
    assert net.dialled == [(PUBLIC, 80)]


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    with Site({"/": html()}) as site:
        net = Internet({"site.example": ["8.8.8.8", PUBLIC]}, {PUBLIC: site})
        assert fetch("http://site.example/", robots=False, lookup=net.lookup, dial=net.dial).body == BODY
    assert net.dialled == [("8.8.8.8", 80), (PUBLIC, 80)]


def test_a_name_server_that_does_not_answer_is_not_waited_for() -> None:
    def never(_host: str, _port: int) -> list[str]:
        time.sleep(5)
        return [PUBLIC]

    begun = time.monotonic()
    with pytest.raises(CaptureError):
        fetch("http://site.example/", robots=False, limits=FetchLimits(seconds=0.2), lookup=never)
    assert time.monotonic() - begun < 2


def test_ports_are_free_where_private_addresses_are() -> None:
    with pytest.raises(Refused, match="port 25"):
        Network().addresses("127.0.0.1", 25, Budget(1, 1))
    assert Network(allow_private=True).addresses("127.0.0.1", 25, Budget(1, 1)) == ["127.0.0.1"]


# What is received


def test_a_page_comes_with_all_that_was_said_about_it() -> None:
    told = answer(BODY, Content_Type='Text/HTML; Charset="Windows-1251"', X_Twice="1", Set_Cookie="a=b")
    with Site({"/page": told}) as site:
        before = datetime.now(UTC)
        page = fetch(f"{site.url}/page?q=ä#part", allow_private=True)
    assert page.body == BODY
    assert page.source == f"{site.url}/page?q=ä#part"
    assert page.url == page.final_url == f"{site.url}/page?q=%C3%A4#part"
    assert (page.how, page.status, page.redirects, page.notes, page.raw) == ("http", 200, (), (), None)
    assert (page.content_type, page.charset, page.robots) == ("text/html", "Windows-1251", "no robots.txt")
    assert ("x-twice", "1") in page.headers
    assert page.agent is not None
    assert page.agent.startswith(f"boilerbench/{__version__} ")
    assert before <= page.received_at <= datetime.now(UTC)
    head = site.heads[-1]
    assert site.asked == ["/robots.txt", "/page?q=%C3%A4"]
    assert f"User-Agent: {page.agent}\r\n".encode() in head
    assert b"Accept: text/html" in head
    assert b"Connection: close\r\n" in head
    assert f"Host: 127.0.0.1:{site.port}\r\n".encode() in head


def test_bytes_are_left_as_they_are() -> None:
    odd = b"\xff\xfe<p>\x00\x80\r\n"
    with Site({"/": answer(odd)}) as site:
        assert from_site(site).body == odd


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("GZip", lambda body: gzip.compress(body[:9]) + gzip.compress(body[9:])),
        ("gzip", lambda body: gzip.compress(body) + b"\0\0\0"),
        ("deflate", zlib.compress),
        ("deflate", lambda body: zlib.compress(body)[2:-4]),
        ("br", brotli.compress),
        ("gzip, br", lambda body: brotli.compress(gzip.compress(body))),
        ("identity", lambda body: body),
    ],
    ids=["gzip", "x-gzip", "members", "padding", "deflate", "raw deflate", "br", "two", "identity"],
)
def test_content_codings_are_undone(coding: str, pack: Callable[[bytes], bytes]) -> None:
    with Site({"/": answer(pack(BODY), Content_Encoding=coding)}) as site:
        assert from_site(site).body == BODY


def test_chunks_are_joined() -> None:
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<p>a \r\n2\r\nb.\r\n0\r\n\r\n"
    with Site({"/": chunks}) as site:
        page = from_site(site)
    assert page.body == b"<p>a b."
    assert page.content_type is None


def test_nothing_of_the_environment_is_heeded(monkeypatch: pytest.MonkeyPatch) -> None:
    with Site({"/": html()}) as site, Site({}) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert from_site(site).body == BODY
    assert proxy.connections == 0


def test_cookies_are_not_kept() -> None:
    first = redirect("/there").replace(b"\r\n\r\n", b"\r\nSet-Cookie: track=1; Path=/\r\n\r\n", 1)
    with Site({"/": first, "/there": html()}) as site:
        from_site(site)
    assert site.asked[-1] == "/there"
    assert b"ookie" not in site.heads[-1]


# What is no page


@pytest.mark.parametrize(
    ("response", "word"),
    [
        (answer(BODY, Content_Type="application/pdf"), "'application/pdf', not HTML"),
        (answer(b'{"a": 1}', Content_Type="application/json"), "not HTML"),
        (answer(BODY, "404 Not Found"), "answers 404"),
        (answer(BODY, "503 Service Unavailable"), "answers 503"),
        (answer(BODY, "304 Not Modified"), "answers 304"),
        (answer(b"", "302 Found"), "answers 302"),
        (answer(b""), "empty page"),
        (answer(b" \n "), "empty page"),
        (answer(b"", Content_Encoding="gzip"), "empty page"),
        (b"HTTP/1.1 200 OK\r\n\r\nGIF89a", "no stated type"),
        (answer(BODY, Content_Encoding="zstd"), "'zstd'"),
        (answer(BODY, Content_Encoding="gzip, gzip, gzip"), "3 times"),
        (answer(BODY, Content_Encoding="gzip"), "damaged"),
        (answer(BODY, Content_Encoding="br"), "damaged"),
        (answer(gzip.compress(BODY)[:-12], Content_Encoding="gzip"), "cut short"),
        (answer(zlib.compress(BODY)[:-12], Content_Encoding="deflate"), "cut short"),
        (answer(brotli.compress(BODY)[:-4], Content_Encoding="br"), "cut short"),
        (answer(BODY, Content_Length="99"), "peer closed connection"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "llegal"),
        (b"", "without sending"),
    ],
)
def test_what_is_no_page_is_refused_in_one_line(response: bytes, word: str) -> None:
    with Site({"/page": response}) as site, pytest.raises(CaptureError) as problem:
        from_site(site, "/page")
    line = str(problem.value)
    assert line.startswith("http://site.example/page: ")
    assert word in line
    assert line.isprintable()


# Redirects


def test_redirects_are_followed_and_told() -> None:
    pages = {"/": redirect("/one"), "/one": redirect("//site.example/two?x"), "/two": html()}
    with Site(pages) as site:
        page = from_site(site, robots=False)
    assert page.url == "http://site.example/"
    assert page.redirects == ("http://site.example/one", "http://site.example/two?x")
    assert page.final_url == page.redirects[-1]


@pytest.mark.parametrize(
    ("location", "word"),
    [
        ("http://127.0.0.1/", "this machine"),
        ("http://localhost/", "this machine"),
        ("http://inner.example/", "10.0.0.7"),
        ("http://[::ffff:10.0.0.7]/", "mapped"),
        ("http://0x7f.1/", "in disguise"),
        ("http://site.example:6379/", "port 6379"),
        ("file:///etc/passwd", "file: is not fetched"),
        ("ftp://site.example/", "ftp: is not fetched"),
        ("http://user:secret@site.example/", "user name"),
        ("http://[", "not followed"),
        ("http://a\\b/", "escape it"),
    ],
)
def test_a_redirect_is_checked_like_an_address_of_the_users(location: str, word: str) -> None:
    with Site({"/": redirect(location)}) as site, Site({"/": html("secret")}) as private:
        names = {"site.example": [PUBLIC], "inner.example": ["10.0.0.7"], "localhost": ["127.0.0.1"]}
        names |= {number: [number] for number in ("127.0.0.1", "::ffff:10.0.0.7")}
        net = Internet(names, {PUBLIC: site, "127.0.0.1": private, "10.0.0.7": private})
        assert word in refused("http://site.example/", net)
    assert private.connections == 0


def test_a_loop_of_redirects_ends() -> None:
    with Site({"/": redirect("/a"), "/a": redirect("/")}) as site, pytest.raises(CaptureError, match="more than 10 redirects"):
        from_site(site)
    assert len(site.asked) == 12  # the page eleven times, robots.txt once


# What does not end


@pytest.mark.parametrize(
    ("page", "word"),
    [
        (dripping(answer(b"", Content_Length="999999"), b"a"), "not finished after 1 s"),
        (dripping(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"), "not finished after 1 s"),
        (dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;x=y\r\na\r\n"), "not finished after 1 s"),
        (dripping(b"", b""), "not finished after 1 s"),
        (flooding(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", b"a" * 65536), "more than 1,000,000 bytes"),
        (flooding(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n" * 1000), "eceive buffer|more than 1,000,000 bytes"),
        (flooding(b"HTTP/1.1 200 OK\r\nA: ", b"a" * 65536), "eceive buffer|more than 1,000,000 bytes"),
    ],
    ids=["slow body", "slow head", "slow chunks", "silence", "endless body", "endless headers", "an endless header"],
)
def test_a_response_without_end_ends(page: Page, word: str) -> None:
    begun = time.monotonic()
    with Site({"/": page}) as site, pytest.raises(CaptureError, match=word):
        from_site(site, robots=False, limits=FetchLimits(seconds=1.0, wire=1_000_000))
    assert time.monotonic() - begun < 4


@pytest.mark.parametrize(
    ("coding", "bomb"),
    [
        ("gzip", gzip.compress(bytes(100_000_000), 9)),
        ("deflate", zlib.compress(bytes(100_000_000), 9)),
        ("br", brotli.compress(bytes(100_000_000), quality=5)),
        ("gzip, gzip", gzip.compress(gzip.compress(bytes(100_000_000), 9))),
        ("gzip, gzip", gzip.compress(gzip.compress(b"") * 200_000)),  # unpacks to much that unpacks to nothing
    ],
    ids=["gzip", "deflate", "br", "twice", "in the middle"],
)
def test_a_bomb_ends_at_the_cap(coding: str, bomb: bytes) -> None:
    assert len(bomb) < 120_000
    with (
        Site({"/": answer(bomb, Content_Encoding=coding)}) as site,
        pytest.raises(CaptureError, match="more than 1,000,000 bytes"),
    ):
        from_site(site, robots=False, limits=FetchLimits(body=1_000_000))


def test_no_time_at_all_is_one_line_too() -> None:
    assert "not finished after 0 s" in refused("http://site.example/", limits=FetchLimits(seconds=0))


# robots.txt


def robots(text: str | bytes, status: str = "200 OK") -> bytes:
    return answer(text if isinstance(text, bytes) else text.encode(), status, Content_Type="text/plain")


@pytest.mark.parametrize(
    ("rules", "outcome"),
    [
        (robots("User-agent: *\nDisallow: /private\n"), "allowed"),
        (robots("User-agent: *\nDisallow: /\nAllow: /page\n"), "allowed"),  # the longest rule, not the first
        (robots("User-agent: other\nDisallow: /\n"), "allowed"),
        (robots(""), "allowed"),
        (robots(b"\xff\xfe\x00<html>"), "allowed"),
        (robots("", "404 Not Found"), "no robots.txt"),
        (robots("", "403 Forbidden"), "no robots.txt"),
        (redirect("/robots.txt"), "no robots.txt"),
        (redirect("/elsewhere.txt"), "no robots.txt"),
        (flooding(b"HTTP/1.1 200 OK\r\n\r\nUser-agent: *\nDisallow: /x\n", b"# more\n" * 9000), "allowed"),
    ],
    ids=["others", "longest", "another agent", "empty", "not text", "none", "forbidden", "a loop", "elsewhere", "endless"],
)
def test_a_page_that_robots_txt_allows_is_fetched_and_the_answer_noted(rules: Page, outcome: str) -> None:
    with Site({"/robots.txt": rules, "/page": html()}) as site:
        assert from_site(site, "/page").robots == outcome


@pytest.mark.parametrize(
    ("rules", "word"),
    [
        (robots("User-agent: *\nDisallow: /page\n"), "disallows it"),
        (robots("User-agent: *\nAllow: /\n\nUser-agent: BoilerBench\nDisallow: /*ge$\n"), "disallows it"),
        (robots(b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /\r\n"), "disallows it"),
        (flooding(b"HTTP/1.1 200 OK\r\n\r\nUser-agent: *\nDisallow: /page\n", b"# more\n" * 9000), "disallows it"),
        (robots("", "500 Internal Server Error"), "is not known"),
        (redirect("http://127.0.0.1/robots.txt"), "this machine"),
        (redirect("file:///etc/passwd"), "file: is not fetched"),
        (dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"#"), "is not known"),
        (flooding(b"HTTP/1.1 200 OK\r\nA: ", b"a" * 65536), "is not known"),
        (answer(gzip.compress(b"#" * 9_000_000), Content_Type="text/plain", Content_Encoding="zstd"), "is not known"),
    ],
    ids=["all", "us", "mark", "endless", "error", "private", "file", "slow", "endless header", "coding"],
)
def test_a_page_that_robots_txt_forbids_or_that_cannot_be_asked_about_is_not_fetched(rules: Page, word: str) -> None:
    with Site({"/robots.txt": rules, "/page": html()}) as site:
        net = Internet({"site.example": [PUBLIC], "127.0.0.1": ["127.0.0.1"]}, {PUBLIC: site})
        assert word in refused("http://site.example/page", net, limits=QUICK)
    assert "/page" not in site.asked
    assert {address for address, _ in net.dialled} == {PUBLIC}


def test_robots_txt_of_every_host_on_the_way_is_asked() -> None:
    there = {"/robots.txt": robots("User-agent: *\nDisallow: /page\n"), "/page": html()}
    with Site({"/": redirect("http://there.example/page")}) as site, Site(there) as other:
        net = Internet({"site.example": [PUBLIC], "there.example": ["8.8.8.8"]}, {PUBLIC: site, "8.8.8.8": other})
        assert "http://there.example/page: robots.txt disallows" in refused("http://site.example/", net)
    assert other.asked == ["/robots.txt"]


def test_robots_txt_can_be_ignored_which_is_noted() -> None:
    with Site({"/robots.txt": robots("User-agent: *\nDisallow: /\n"), "/": html()}) as site:
        assert from_site(site, robots=False).robots == "ignored"
    assert site.asked == ["/"]


def test_rules_that_are_slow_for_a_careless_reader_are_read_at_once() -> None:
    stars = robots("User-agent: *\n" + ("Disallow: /" + "*a" * 30 + "*b\n") * 50)
    with Site({"/robots.txt": stars, "/" + "a" * 3000: html()}) as site:
        begun = time.monotonic()
        assert from_site(site, "/" + "a" * 3000).robots == "allowed"
    assert time.monotonic() - begun < 2


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that signs itself, for site.example, with its key."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl to make a certificate with")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    made = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=site.example",
    ]
    names = ["-addext", "subjectAltName=DNS:site.example"]
    subprocess.run(
        ["openssl", *made, *names, "-keyout", path, "-out", path.with_suffix(".crt")], check=True, capture_output=True
    )
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


@pytest.mark.parametrize(
    ("host", "trusted", "word"),
    [
        ("site.example", True, None),
        ("site.example", False, "self-signed"),
        ("other.example", True, "ostname mismatch"),
    ],
)
def test_a_certificate_must_be_trusted_and_the_hosts(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, host: str, trusted: bool, word: str | None
) -> None:
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_suffix(".crt")))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    asked: list[str | None] = []
    tls.sni_callback = lambda _connection, name, _context: asked.append(name)
    with Site({"/": html(), "/down": redirect("http://site.example/")}, tls) as site, Site({"/": html()}) as plain:
        net = Internet({host: [PUBLIC]}, {PUBLIC: site})
        if word:
            assert word in refused(f"https://{host}/", net, robots=False)
            assert not site.asked
        else:
            assert fetch(f"https://{host}/", lookup=net.lookup, dial=net.dial).body == BODY

            def by_port(address: str, port: int, seconds: float) -> socket.socket:
                return socket.create_connection(("127.0.0.1", {443: site, 80: plain}[port].port), seconds)

            down = fetch(f"https://{host}/down", robots=False, lookup=net.lookup, dial=by_port)
            assert down.notes == ("redirected from https to http: http://site.example/",)
            assert down.final_url == "http://site.example/"
    assert set(asked) == {host}


def test_what_is_not_installed_is_told_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.capture.received.find_spec", lambda name: None if name == "protego" else True)
    assert refused("http://site.example/") == "fetching needs protego: pip install 'boilerbench[capture]'"
