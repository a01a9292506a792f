"""Pages out of files, standard input and archives; and what the package as a whole promises."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.capture import local, warc
from bench.capture.received import media_type
from bench.errors import CaptureError

PAGE = b"<!DOCTYPE html><title>t</title><p>A page.</p>"


def refused(path: Path, number: int | None = None, **how: int) -> str:
    with pytest.raises(CaptureError) as problem:
        warc.read(path, number, **how)
    line = str(problem.value)
    assert line.startswith(str(path))
    assert line.isprintable()
    return line


# Files and standard input


def test_a_file_is_received_as_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(b"\xff\r\n" + PAGE)
    before = datetime.now(UTC)
    page = local.read(path)
    assert page.body == b"\xff\r\n" + PAGE
    assert (page.source, page.how, page.url, page.status, page.charset, page.robots) == (
        str(path),
        "file",
        None,
        None,
        None,
        None,
    )
    assert before <= page.received_at <= datetime.now(UTC)


def test_standard_input_is_received_to_its_end() -> None:
    page = local.stdin(io.BytesIO(PAGE))
    assert (page.body, page.source, page.how) == (PAGE, "-", "stdin")


def test_what_is_no_file_of_a_page_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b" \n")
    (tmp_path / "large").write_bytes(PAGE)
    for path, word in [
        (tmp_path / "empty", "empty"),
        (tmp_path / "large", "larger than 10 bytes"),
        (tmp_path, "no such file"),
        (tmp_path / "absent", "no such file"),
        (Path("/dev/zero"), "no such file"),
    ]:
        with pytest.raises(CaptureError, match=word) as problem:
            local.read(path, most=10)
        assert str(problem.value).startswith(str(path))
    with pytest.raises(CaptureError, match="standard input: larger than 10 bytes"):
        local.stdin(io.BytesIO(PAGE), most=10)
    with pytest.raises(CaptureError, match="standard input: empty"):
        local.stdin(io.BytesIO(b""))


# Archives


def record(kind: str, block: bytes, uri: str | None = None, **headers: str) -> bytes:
    """A WARC record; a header's underscores are hyphens."""
    given = {"WARC-Type": kind, "WARC-Date": "2024-05-06T07:08:09Z", "WARC-Record-ID": f"<urn:uuid:{len(block)}>"}
    given |= {"WARC-Target-URI": uri} if uri else {}
    given |= {"Content-Length": str(len(block))} | {name.replace("_", "-"): value for name, value in headers.items()}
    return b"WARC/1.0\r\n" + "".join(f"{k}: {v}\r\n" for k, v in given.items()).encode() + b"\r\n" + block + b"\r\n\r\n"


def response(body: bytes, kind: str = "text/html; charset=koi8-r", status: str = "200 OK", **headers: str) -> bytes:
    given = {"Content-Type": kind} | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{k}: {v}" for k, v in given.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def of(number: int, body: bytes = PAGE, **how: str) -> bytes:
    return record("response", response(body, **how), f"http://site.example/{number}")


INFO = record("warcinfo", b"software: archiver/1.0 (test)\r\nformat: WARC 1.0\r\n")
REQUEST = record("request", b"GET / HTTP/1.1\r\nHost: site.example\r\n\r\n", "http://site.example/1")
DNS = record("response", b"20240506\nsite.example. 300 IN A 5.6.7.8\n", "dns:site.example")
ARCHIVE = [INFO, DNS, REQUEST, of(1, b"GIF89a", kind="image/gif"), of(2), of(3, b"gone", status="404 Not Found")]


def archive(tmp_path: Path, records: list[bytes], packed: bool = False) -> Path:
    path = tmp_path / ("a.warc.gz" if packed else "a.warc")
    path.write_bytes(b"".join(gzip.compress(one) for one in records) if packed else b"".join(records))
    return path


@pytest.mark.parametrize("packed", [False, True])
def test_the_only_page_of_an_archive_is_received_with_all_that_is_told_of_it(tmp_path: Path, packed: bool) -> None:
    path = archive(tmp_path, ARCHIVE, packed)
    page = warc.read(path)
    assert page == warc.read(path, 2)
    assert page.body == PAGE
    assert page.source == f"{path}#2"
    assert page.url == page.final_url == "http://site.example/2"
    assert page.received_at == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert (page.how, page.status, page.content_type, page.charset) == ("warc", 200, "text/html", "koi8-r")
    assert page.headers == (("content-type", "text/html; charset=koi8-r"),)
    assert page.agent == "archiver/1.0 (test)"
    assert page.record == f"<urn:uuid:{len(response(PAGE))}>"


def test_an_archive_in_one_gzip_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gzip.compress(b"".join(ARCHIVE)))
    assert warc.read(path).url == "http://site.example/2"


def test_of_several_pages_one_must_be_named(tmp_path: Path) -> None:
    path = archive(tmp_path, [*ARCHIVE, *map(of, range(4, 12))])
    line = refused(path)
    assert "9 pages in it" in line
    assert "#2 http://site.example/2, #4 http://site.example/4," in line
    assert line.endswith("#7 http://site.example/7 ...")
    assert warc.read(path, 11).url == "http://site.example/11"


def test_what_an_archive_does_not_have_is_told_in_one_line(tmp_path: Path) -> None:
    path = archive(tmp_path, ARCHIVE)
    assert "no response 4; it has 3" in refused(path, 4)
    assert "no response 0" in refused(path, 0)
    assert "'image/gif', not HTML" in refused(path, 1)
    assert "answers 404" in refused(path, 3)
    assert "no response in it is a page" in refused(archive(tmp_path, ARCHIVE[:4]))
    assert "cannot be read" in refused(tmp_path / "absent.warc")


def chunked(body: bytes) -> bytes:
    return b"7;a=b\r\n" + body[:7] + b"\r\n%X\r\n" % len(body[7:]) + body[7:] + b"\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("block", "case"),
    [
        (response(chunked(PAGE), Transfer_Encoding="chunked"), "chunks"),
        (response(gzip.compress(PAGE), Content_Encoding="gzip"), "gzip"),
        (response(chunked(gzip.compress(PAGE)), Content_Encoding="gzip", Transfer_Encoding="chunked"), "both"),
        (response(PAGE, Transfer_Encoding="chunked"), "chunks undone, header left"),
        (response(PAGE, Content_Encoding="gzip"), "gzip undone, header left"),
        (b"HTTP/2 200\nContent-Type: text/html\n\n" + PAGE, "bare line ends"),
        (b"HTTP/1.1 200 \r\n\r\n" + PAGE, "no type stated"),
    ],
)
def test_transfer_and_content_codings_of_an_archive_are_undone(tmp_path: Path, block: bytes, case: str) -> None:
    assert warc.read(archive(tmp_path, [record("response", block, "http://site.example/")])).body == PAGE


HUGE = 3 << 20


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "no record"),
        (b"hello\n", "no head"),
        (PAGE * 100, "no head"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (gzip.compress(of(1))[:-20], "gzip"),
        (gzip.compress(of(1)) + b"tail", "gzip"),
        (of(1)[:-40], "ends .. bytes early"),
        (of(1)[:60], "Content-Length|no head"),
        (INFO + of(1)[:-4] + b"more\r\n\r\n", "does not end where it says"),
        (record("response", response(PAGE), "http://site.example/", Content_Length="-5"), "no head"),
        (record("response", response(PAGE), "http://site.example/", Content_Length="many"), "no head"),
        (record("response", response(PAGE), "http://site.example/", Content_Length="9" * 19), "early"),
        (record("response", response(PAGE), "http://site.example/", WARC_Date="yesterday"), "WARC-Date"),
        (record("response", response(b"", A="a" * HUGE), "http://site.example/"), "head is longer"),
        (record("response", response(PAGE), "http://site.example/" + "a" * HUGE), "head is longer"),
        (gzip.compress(b"WARC/1.0\r\nA: " + b"a" * (200 << 20)), "head is longer"),
        (record("response", PAGE, "http://site.example/"), "no response in it is a page"),
        (of(1, b""), "empty page"),
        (of(1, gzip.compress(bytes(9 << 20)), Content_Encoding="gzip"), "more than 1,000,000 bytes"),
        (of(1, chunked(bytes(2 << 20)), Transfer_Encoding="chunked"), "more than 1,000,000 bytes"),
        (of(1, b"\x1f\x8b damaged", Content_Encoding="gzip"), "damaged"),
        (record("response", b"HTTP/1.1 200 OK\r\n", "http://site.example/"), "empty page"),
    ],
)
def test_a_damaged_or_hostile_archive_is_refused_in_one_line(
    tmp_path: Path, data: bytes, word: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(data)
    with pytest.raises(CaptureError, match=word):
        warc.read(path, most=1_000_000)
    refused(path, most=1_000_000)
    assert capfd.readouterr() == ("", "")


def test_any_cut_of_an_archive_gives_the_page_or_one_line(tmp_path: Path) -> None:
    for whole in (b"".join(ARCHIVE), b"".join(gzip.compress(one) for one in ARCHIVE)):
        path = tmp_path / "a.warc"
        outcomes = set()
        for end in range(0, len(whole), 13):
            path.write_bytes(whole[:end])
            try:
                outcomes.add(warc.read(path, 2).body)
            except CaptureError:
                outcomes.add(b"")
        assert outcomes == {PAGE, b""}


# The package


@pytest.mark.parametrize(
    ("value", "name", "charset"),
    [
        ("text/html", "text/html", None),
        ("Text/HTML ; Charset=UTF-8", "text/html", "UTF-8"),
        ("text/html;charset='utf-8'", "text/html", "utf-8"),
        ('text/html; a=b; charset="x y"', "text/html", "x"),
        ("text/html; charset=", "text/html", None),
        (";charset=x", None, "x"),
    ],
)
def test_a_media_type_is_read_apart_from_its_charset(value: str, name: str | None, charset: str | None) -> None:
    assert media_type((("content-type", "image/gif"), ("content-type", value))) == (name, charset)


def test_the_package_is_imported_without_its_extra() -> None:
    absent = (
        "import sys; sys.modules.update(dict.fromkeys(['httpx', 'httpcore', 'protego', 'brotli', 'warcio', 'playwright']))\n"
    )
    modules = sorted(path.stem for path in Path(warc.__file__).parent.glob("[!_]*.py"))
    assert "browser" in modules
    subprocess.run([sys.executable, "-c", absent + "\n".join(f"import bench.capture.{one}" for one in modules)], check=True)
