"""Adding pages to a corpus, settling their drafts, taking them out: through the command line, over real files and servers."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import pty
import select
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import ROOT, Said, write_corpus
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.annotate.draft import _BESIDE, _SELDOM_TEXT, draft
from bench.annotate.facts import facts_of
from bench.annotate.files import put, tombstones
from bench.annotate.record import Stated, record
from bench.annotate.spoken import language_of
from bench.capture.received import Received
from bench.corpus import recognise
from bench.encoding import codec_of
from bench.errors import CorpusError, UsageError
from bench.page_text import PageText
from bench.readers.native import ID, Native
from bench.regions import REGIONS
from bench.text import tokenise

SENTENCE = "The ferry to the outer island has been out of service since Monday, when its only engine failed on the way."
PARAGRAPHS = [
    f"{SENTENCE} This is report number {number}, and it says a little more than the one before it." for number in range(6)
]
PAGE = f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Ferry out of service | Harbour News</title>
<link rel="license" href="https://licences.example/by/4.0/"><meta name="author" content="By Ada Brook">
<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "Ferry out of service",
"datePublished": "2026-11-08T07:00:00Z"}}</script></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/news">All the news</a></li></ul></nav>
<article><h1>Ferry out of service</h1>{"".join(f"<p>{text}</p>" for text in PARAGRAPHS)}</article>
<footer><p>Copyright of the harbour news company, all rights reserved in all countries.</p></footer></body></html>"""
VOTERS = ("-x", "readability-lxml", "-x", "trafilatura", "-x", "html-text")
"""The third keeps the whole page."""
Bench = Callable[..., Said]


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for a corpus that is not there yet; the working folder is beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VISUAL", raising=False)
    return tmp_path / "mine"


def page_file(folder: Path, text: str = PAGE) -> Path:
    path = folder / "page.html"
    path.write_text(text, encoding="utf-8")
    return path


def metadata(corpus: Path, page_id: str) -> dict[str, object]:
    return tomllib.loads((corpus / "corpus" / f"{page_id}.toml").read_text(encoding="utf-8"))


def files(corpus: Path) -> list[str]:
    return sorted(str(path.relative_to(corpus)) for path in corpus.rglob("*") if path.is_file())


def added(bench: Bench, corpus: Path, *more: object) -> str:
    """Add the page from a file, with three extractors; returns its id."""
    said = bench("add", page_file(corpus.parent), "--corpus", corpus, *VOTERS, *more)
    assert said.code == 0, said.err
    return said.out.strip()


# Adding


def test_a_page_from_a_file_is_kept_byte_for_byte_with_what_it_says_of_itself(bench: Bench, corpus: Path) -> None:
    page_id = added(bench, corpus, "--url", "https://www.harbour.example/news/1")
    assert page_id == "news-ferry-out-of-service-en"
    assert (corpus / "corpus" / f"{page_id}.html").read_bytes() == PAGE.encode()
    about = metadata(corpus, page_id)
    gold = about.pop("gold")
    assert about.pop("captured_at")
    assert about == {
        "url": "https://www.harbour.example/news/1", "language": "en", "kind": "news", "site": "harbour.example",
        "licence": "https://licences.example/by/4.0/", "licence_found": "link rel=license", "source": "page.html",
        "page_charset": "utf-8",
        "provenance": about["provenance"], "sha256": hashlib.sha256(PAGE.encode()).hexdigest(),
    }  # fmt: skip
    assert str(about["provenance"]).startswith("Read from a file (bench ")
    assert gold == {
        "title": "Ferry out of service", "authors": ["Ada Brook"], "date": "2026-11-08", "origin": "draft",
        "keep": [], "drop": [],
    }  # fmt: skip


def test_what_all_keep_is_in_the_draft_what_none_keeps_is_not_and_the_rest_is_asked(bench: Bench, corpus: Path) -> None:
    page_id = added(bench, corpus)
    blocks = (corpus / "gold" / f"{page_id}.txt").read_text(encoding="utf-8").strip().split("\n\n")
    assert blocks == [
        "?33% Home",
        "?33% All the news",
        "~ Ferry out of service",
        *PARAGRAPHS,
        "?33% Copyright of the harbour news company, all rights reserved in all countries.",
    ]


def test_a_draft_is_no_gold_until_somebody_has_settled_it(bench: Bench, corpus: Path) -> None:
    page_id = added(bench, corpus)
    said = bench("run", "--corpus", corpus, "-x", "readability-lxml")
    assert said.code == 4
    assert f"bench annotate {page_id}" in said.err
    assert bench("check", corpus).code == 4


def test_a_person_says_more_than_the_page(bench: Bench, corpus: Path) -> None:
    page_id = added(
        bench, corpus, "--id", "ferry-1", "--kind", "press", "--language", "en-GB", "--licence", "CC0-1.0", "--tag", "lazy-text"
    )
    assert page_id == "ferry-1"
    about = metadata(corpus, page_id)
    assert (about["kind"], about["language"], about["licence"], about["tags"]) == ("press", "en-GB", "CC0-1.0", ["lazy-text"])
    assert about["licence_found"] == "as stated"


def test_standard_input_is_a_source(bench: Bench, corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(PAGE.encode())))
    said = bench("add", "-", "--corpus", corpus, *VOTERS)
    assert said.code == 0, said.err
    assert (corpus / "corpus" / f"{said.out.strip()}.html").read_bytes() == PAGE.encode()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(301)
            self.send_header("Location", "/page")
            self.end_headers()
            return
        found = self.path == "/page"
        body = PAGE.replace("utf-8", "klingon").replace("</h1>", "</h1><p>Größe</p>").encode("cp1252") if found else b"no"
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html; charset=windows-1252")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a server with the page at /page, moved from /moved."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()


def test_a_page_from_a_server_keeps_how_it_came(bench: Bench, corpus: Path, server: str) -> None:
    pytest.importorskip("httpx", reason="pip install 'boilerbench[capture]'")
    said = bench("add", f"{server}/moved", "--corpus", corpus, "--allow-private", *VOTERS)
    assert said.code == 0, said.err
    about = metadata(corpus, said.out.strip())
    assert about["url"] == f"{server}/page"
    assert about["requested_url"] == f"{server}/moved"
    assert about["encoding"] == about["charset"] == "windows-1252"
    assert about["page_charset"] == "cp1252"  # what the page alone would be read as
    assert (about["status"], about["content_type"], about["robots"]) == (200, "text/html", "no robots.txt")
    page = Native(corpus, None).page(said.out.strip())
    assert "Größe" in page.html.decode(str(page.encoding))


@pytest.mark.skipif(
    not any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), reason="no chromium here; install one"
)
def test_a_rendered_page_is_read_as_the_browser_wrote_it_and_the_response_is_kept_beside_it(
    bench: Bench, corpus: Path, server: str
) -> None:
    pytest.importorskip("playwright", reason="pip install 'boilerbench[capture]'")
    where = ("--corpus", corpus, "--allow-private", "--render", "--no-sandbox")
    said = bench("add", f"{server}/page", *where, *VOTERS)
    assert said.code == 0, said.err
    page_id = said.out.strip()
    page = Native(corpus, None).page(page_id)
    assert "Größe" in page.html.decode(codec_of(page.html, page.encoding))
    response = (corpus / "corpus" / f"{page_id}.response").read_bytes()
    assert "Größe" in response.decode("cp1252")
    assert metadata(corpus, page_id)["response_sha256"] == hashlib.sha256(response).hexdigest()
    assert bench("remove", page_id, "--corpus", corpus, "--reason", "a trial").code == 0
    assert files(corpus) == ["corpus/REMOVED.toml"]


def test_a_record_of_a_web_archive_is_a_source(bench: Bench, corpus: Path) -> None:
    pytest.importorskip("warcio", reason="pip install 'boilerbench[capture]'")
    archive = corpus.parent / "crawl.warc.gz"
    with archive.open("wb") as out:
        for number in (1, 2):
            body = PAGE.replace("report", f"notice {number}")
            http = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{body}".encode()
            head = (
                f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://h.example/{number}\r\n"
                f"WARC-Date: 2026-11-08T07:00:00Z\r\nWARC-Record-ID: <urn:uuid:0000000{number}>\r\n"
                f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
            )
            out.write(gzip.compress(head.encode() + http + b"\r\n\r\n"))
    assert "2" in bench("add", archive, "--corpus", corpus, *VOTERS).err
    assert files(corpus.parent) == ["crawl.warc.gz"]
    said = bench("add", f"{archive}#2", "--corpus", corpus, *VOTERS)
    assert said.code == 0, said.err
    about = metadata(corpus, said.out.strip())
    assert about["url"] == "https://h.example/2"
    assert about["source"] == "crawl.warc.gz#2"
    assert about["record"] == "<urn:uuid:00000002>"
    assert str(about["captured_at"]) == "2026-11-08 07:00:00+00:00"
    assert b"notice 2" in (corpus / "corpus" / f"{said.out.strip()}.html").read_bytes()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        pytest.param("gone.html", "no such file", id="a file that is not there"),
        pytest.param("http://127.0.0.1:9/", "", id="a private address"),
        pytest.param("ftp://host.example/page", "", id="another protocol"),
        pytest.param("file:///etc/hostname", "", id="a file by its address"),
    ],
)
def test_of_a_source_that_cannot_be_had_nothing_is_written(bench: Bench, corpus: Path, source: str, reason: str) -> None:
    said = bench("add", source, "--corpus", corpus, *VOTERS)
    assert said.code == 2
    assert reason in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert not corpus.exists()


def test_nothing_is_left_when_writing_fails_half_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {tmp_path / name: name.encode() for name in ("one", "two", "three")}
    original = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target.name == "three":
            raise OSError(28, "No space left on device", str(target))
        return original(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UsageError, match=r"three: cannot be written: No space left on device; nothing was changed"):
        put(wanted, new=True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_never_written_over_by_a_new_page(tmp_path: Path) -> None:
    (tmp_path / "two").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="is there already"):
        put({tmp_path / "one": b"1", tmp_path / "two": b"2"}, new=True)
    assert (tmp_path / "two").read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "one").exists()


@pytest.mark.parametrize("page_id", ["Ferry", "a/b", "../x", "-x", "a" * 81])
def test_an_id_that_is_none_is_refused(bench: Bench, corpus: Path, page_id: str) -> None:
    said = bench("add", page_file(corpus.parent), "--corpus", corpus, f"--id={page_id}", *VOTERS)
    assert said.code == 2
    assert "an id is of a-z, 0-9 and hyphens" in said.err
    assert not corpus.exists()


def test_a_page_that_is_there_already_is_told(bench: Bench, corpus: Path) -> None:
    first = added(bench, corpus, "--url", "https://h.example/1")
    second = bench("add", page_file(corpus.parent), "--corpus", corpus, *VOTERS)
    assert second.out.strip() == f"{first}-2"
    assert f"look: the same bytes as {first}" in second.err
    said = bench("add", page_file(corpus.parent, PAGE + "<p>more"), "--corpus", corpus, "--url", "https://h.example/1", *VOTERS)
    assert f"look: the same address as {first}" in said.err
    long = PAGE.replace("</article>", "".join(f"<p>{SENTENCE} Number {number}.</p>" for number in range(200)) + "</article>")
    bench("add", page_file(corpus.parent, long), "--corpus", corpus, "--id", "long", *VOTERS)
    said = bench("add", page_file(corpus.parent, long + "<p>One more."), "--corpus", corpus, *VOTERS)
    assert "of the text of long" in said.err


def test_a_folder_with_something_else_in_it_is_left_alone(bench: Bench, corpus: Path) -> None:
    corpus.mkdir()
    (corpus / "notes.txt").write_text("mine", encoding="utf-8")
    assert bench("add", page_file(corpus.parent), "--corpus", corpus, *VOTERS).code == 2
    assert files(corpus) == ["notes.txt"]


# Settling


def editor(folder: Path, script: str) -> str:
    """Return an editor that is a shell script; $1 is the gold, $2 the metadata, $3 the dump."""
    path = folder / "editor.sh"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


SETTLE = "sed -i '/^?/d' $1"


def test_a_settled_draft_is_gold_reviewed(bench: Bench, corpus: Path) -> None:
    page_id = added(bench, corpus)
    said = bench("annotate", page_id, "--corpus", corpus, "--editor", editor(corpus.parent, SETTLE), *VOTERS)
    assert said.code == 0, said.err
    assert "kept" in said.out
    gold = Native(corpus, None).gold(page_id)
    assert gold.origin == "reviewed"
    assert [block.text for block in gold.blocks if block.required][-len(PARAGRAPHS) :] == PARAGRAPHS
    assert bench("run", "--corpus", corpus, "-x", "readability-lxml").code == 0


def test_the_editor_gets_gold_metadata_and_a_dump_of_every_block_with_its_votes(bench: Bench, corpus: Path) -> None:
    page_id = added(bench, corpus)
    copy = editor(corpus.parent, f"cp $3 {corpus.parent}/dump; {SETTLE}")
    bench("annotate", page_id, "--corpus", corpus, "--editor", copy, *VOTERS)
    lines = (corpus.parent / "dump").read_text(encoding="utf-8").splitlines()
    assert "Votes of 3: " in "".join(lines)
    shares = {line[:3].strip(): line for line in lines if "Home" in line or PARAGRAPHS[0] in line}
    assert set(shares) == {"33", "100"}


def test_without_an_id_the_only_draft_is_settled_and_a_majority_may_decide(bench: Bench, corpus: Path) -> None:
    page_id = added(bench, corpus)
    said = bench("annotate", "--corpus", corpus, "--editor", "true", "--majority", *VOTERS)
    assert said.code == 0, said.err
    assert Native(corpus, None).gold(page_id).text == "\n\n".join(["Ferry out of service", *PARAGRAPHS])
    said = bench("annotate", "--corpus", corpus, "--editor", "true", *VOTERS)
    assert said.code == 5
    assert "no drafts" in said.err


def test_what_is_left_undecided_stays_a_draft_and_nothing_typed_is_lost(bench: Bench, corpus: Path) -> None:
    page_id = added(bench, corpus)
    write = editor(corpus.parent, r"printf '\nmine\n' >> $1; printf '\n# a remark\n' >> $2")
    said = bench("annotate", page_id, "--corpus", corpus, "--editor", write, *VOTERS)
    assert said.code == 4
    assert f"gold/{page_id}.txt:1: undecided: ?33% Home" in said.err
    assert "kept as a draft" in said.err
    assert (corpus / "gold" / f"{page_id}.txt").read_text(encoding="utf-8").endswith("mine\n")
    assert "# a remark" in (corpus / "corpus" / f"{page_id}.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("script", "code"),
    [
        pytest.param("exit 3", 2, id="an editor that fails"),
        pytest.param(f"{SETTLE}; echo '[[' >> $2", 4, id="metadata that are no TOML any more"),
        pytest.param("echo 'Words that the page has nowhere at all, not one of them' > $1", 4, id="gold of another page"),
        pytest.param(f"{SETTLE}; sed -i 's/^The ferry/?The ferry/' $1", 4, id="half a mark"),
        pytest.param(": > $1", 4, id="gold that is gone"),
        pytest.param(r"printf 'caf\351' > $1", 2, id="gold that is not UTF-8"),
    ],
)
def test_what_is_not_sound_does_not_take_its_place(bench: Bench, corpus: Path, script: str, code: int) -> None:
    page_id = added(bench, corpus)
    before = {name: (corpus / name).read_bytes() for name in files(corpus)}
    said = bench("annotate", page_id, "--corpus", corpus, "--editor", editor(corpus.parent, script), *VOTERS)
    assert said.code == code, said.err
    assert {name: (corpus / name).read_bytes() for name in files(corpus)} == before


def test_an_editor_that_is_not_there_is_told_in_one_line(bench: Bench, corpus: Path) -> None:
    page_id = added(bench, corpus)
    said = bench("annotate", page_id, "--corpus", corpus, "--editor", "no-such-editor --wait", *VOTERS)
    assert said.code == 2
    assert "set EDITOR to one that is there" in said.err


def test_gold_that_was_settled_can_be_changed_again(bench: Bench, corpus: Path) -> None:
    page_id = added(bench, corpus)
    bench("annotate", page_id, "--corpus", corpus, "--editor", editor(corpus.parent, SETTLE), *VOTERS)
    drop_last = editor(corpus.parent, f"grep -v 'number {len(PARAGRAPHS) - 1},' $1 > $1.new; mv $1.new $1")
    assert bench("annotate", page_id, "--corpus", corpus, "--editor", drop_last, *VOTERS).code == 0
    assert PARAGRAPHS[-1] not in Native(corpus, None).gold(page_id).text


# Taking out


def test_a_removed_page_leaves_a_tombstone_and_its_id_is_not_used_again(bench: Bench, corpus: Path) -> None:
    page_id = added(bench, corpus, "--url", "https://h.example/1")
    said = bench("remove", page_id, "--corpus", corpus, "--reason", 'asked to "take it down"')
    assert said.code == 0, said.err
    assert files(corpus) == ["corpus/REMOVED.toml"]
    gone = tombstones(corpus)[page_id]
    assert (gone["reason"], gone["url"]) == ('asked to "take it down"', "https://h.example/1")
    assert gone["sha256"] == hashlib.sha256(PAGE.encode()).hexdigest()
    assert f"{page_id} was removed on " in bench("annotate", page_id, "--corpus", corpus, "--editor", "true").err
    again = bench("add", page_file(corpus.parent), "--corpus", corpus, *VOTERS)
    assert again.out.strip() == f"{page_id}-2"
    assert f'it was removed as {page_id}: asked to "take it down"' in again.err
    assert bench("add", page_file(corpus.parent), "--corpus", corpus, "--id", page_id, *VOTERS).code == 2
    assert recognise(corpus)[1].strays() == []


def test_tombstones_gather_and_a_damaged_file_of_them_is_not_written_over(bench: Bench, tmp_path: Path) -> None:
    write_corpus(tmp_path, {"one": "<p>1", "two": "<p>2", "three": "<p>3"})
    for page_id in ("one", "two"):
        assert bench("remove", page_id, "--corpus", tmp_path, "--reason", "no longer wanted").code == 0
    assert list(tombstones(tmp_path)) == ["one", "two"]
    (tmp_path / "corpus" / "REMOVED.toml").write_text("[[removed]]\nid = 1\n", encoding="utf-8")
    said = bench("remove", "three", "--corpus", tmp_path, "--reason", "no longer wanted")
    assert said.code == 4
    assert "REMOVED.toml: unreadable" in said.err
    assert (tmp_path / "corpus" / "three.html").exists()
    with pytest.raises(CorpusError):
        tombstones(tmp_path)


# What a page says of itself

NAMES = st.sampled_from(["name", "url", "@id", "author", "@graph", "license"])


@pytest.mark.parametrize(
    ("markup", "name", "value"),
    [
        pytest.param("<title>A | Site</title><h1>A</h1>", "title", ("A", "h1"), id="the headline that the title begins with"),
        pytest.param("<title>A</title><h1>Board</h1>", "title", ("A", "title"), id="no headline of another name"),
        pytest.param("<title>A</title><h1>A\u00b6</h1>", "title", ("A", "h1"), id="without the sign of a permanent link"),
        pytest.param("<meta property=og:title content='B'><title>A</title>", "title", ("B", "meta og:title"), id="Open Graph"),
        pytest.param("<meta property=og:title content='&amp;#8216;C&amp;#8217;'>", "title", ("\u2018C\u2019", "meta og:title"),
                     id="a title that was escaped twice"),
        pytest.param('<script type="application/ld+json">{"headline": "&#8216;C&#8217;"}</script>', "title",
                     ("\u2018C\u2019", "JSON-LD headline"), id="a headline that was escaped"),
        pytest.param("<html lang=pt_br>", "language", ("pt-BR", "html lang"), id="a language in another spelling"),
        pytest.param("<html lang=english>", "language", None, id="a word for a language"),
        pytest.param("<meta property=article:published_time content=2026-11-08T09:00>", "date",
                     ("2026-11-08", "meta article:published_time"), id="a date with a time"),
        pytest.param("<meta name=date content='8 November'>", "date", None, id="a date that is none"),
        pytest.param("<meta name=generator content='Sphinx 7'>", "kind", ("documentation", "generator sphinx"),
                     id="software"),
        pytest.param("<div itemtype=https://schema.org/Recipe>", "kind", ("recipe", "microdata Recipe"), id="microdata"),
        pytest.param("<a rel='nofollow license' href=/by>", "licence", ("/by", "a rel=license"), id="a link to a licence"),
        pytest.param("<script type=application/ld+json>{\"license\": {\"url\": \"x\"}}</script>", "licence",
                     ("x", "JSON-LD license"), id="a licence in JSON-LD"),
        pytest.param("<script type=application/ld+json>[[[</script>", "licence", None, id="JSON-LD that is no JSON"),
        pytest.param("", "title", None, id="nothing at all"),
        pytest.param("<link rel=canonical href='http://['>", "date", None, id="an address that is none"),
    ],
)  # fmt: skip
def test_a_page_is_believed_where_it_speaks_for_machines(markup: str, name: str, value: tuple[str, str] | None) -> None:
    found = getattr(facts_of(markup, PageText.of_markup(markup), None), name)
    assert (found and tuple(found)) == value


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=60), st.recursive(st.text(max_size=20), lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner)))
def test_whatever_a_page_says_its_metadata_can_be_written_and_read_again(text: str, data: object) -> None:
    script = json.dumps({"@type": "NewsArticle", "headline": text, "author": data, "license": data, "datePublished": data})
    markup = (
        f"<title>{text}</title><meta name=author content='{text}'><script type=application/ld+json>{script}</script><h1>{text}"
    )
    facts = facts_of(markup, PageText.of_markup(markup), f"https://a.example/{text}")
    received = Received(body=markup.encode("utf-8", "replace"), source=text, how="file", received_at=datetime.now(UTC))
    made = record(received, facts, Stated())
    written = tomllib.loads(made.toml().encode().decode())
    assert written["gold"]["title"] == (facts.title.value if facts.title else "")
    assert ID.fullmatch(made.slug())


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Der Fluss ist nach dem Regen über die Ufer getreten, und die Fähre fährt erst wieder, wenn er sinkt.", "de"),
        ("The river has left its banks after the rain, and the ferry will not go until it has fallen again.", "en"),
        ("Le fleuve est sorti de son lit après la pluie, et le bac ne repartira que lorsqu'il aura baissé.", "fr"),
        ("Река вышла из берегов после дождя, и паром пойдёт только тогда, когда вода спадёт.", "ru"),
        ("Після дощу річка вийшла з берегів, і пором піде лише тоді, коли вода спаде, кажуть у порту.", "uk"),
        ("雨のあと川があふれ、水が引くまで渡し船は出ません。", "ja"),
        ("雨后河水漫过堤岸，水退之前渡船不会开。", "zh"),
        ("비가 온 뒤 강물이 넘쳐서 물이 빠질 때까지 나룻배는 다니지 않는다.", "ko"),
        ("xyzzy plugh frobozz", None),
        ("The ferry is out of service", None),  # a few words may be of any language
        ("", None),
    ],
)
def test_the_language_of_a_text_is_told_by_script_and_commonest_words(text: str, language: str | None) -> None:
    assert language_of(tokenise(text)) == language


def test_a_failed_extractor_has_no_vote() -> None:
    page = PageText.of_markup("<p>one two three four</p><p>five six seven eight</p>")
    made = draft(page, {"a": "one two three four", "b": None}, {"b": "timeout"})
    assert [block.share for block in made.blocks] == [1.0, 0.0]
    assert made.failed == {"b": "timeout"}
    assert made.gold() == "one two three four\n"


def test_regions_that_a_draft_treats_of_its_own_are_regions() -> None:
    assert set(REGIONS) >= _BESIDE | _SELDOM_TEXT


def test_with_no_vote_at_all_a_draft_is_empty() -> None:
    page = PageText.of_markup("<p>one two three four</p>")
    assert draft(page, {"a": None}, {"a": "crash"}).gold() == "\n"


def test_headline_and_byline_are_proposed_as_optional_and_what_nearly_all_keep_wrongly_is_asked_about() -> None:
    quoted = "Ada Brook and others were there on that day, and she says so herself."
    body = f"<p>By Ada Brook, 8 November 2026</p><p>one two three four</p><p>{quoted}</p><p>Ada Brook: Yes.</p>"
    page = PageText.of_markup(
        "<body><nav><a href=/>The mill</a></nav><main><h1>The mill</h1>"
        f"{body}<aside class=related-stories><p>Read also: five six seven</p></aside>"
        "<figure><img><figcaption>a caption here</figcaption></figure></main><footer><p>Ada Brook</p></footer></body>"
    )
    kept = f"one two three four\n\n{quoted}\n\nAda Brook: Yes.\n\nRead also: five six seven\n\na caption here"
    made = draft(page, {"a": kept}, {}, "The mill", ["Ada Brook"])
    assert made.gold().split("\n\n") == [
        "?0% ~ The mill",
        "?0% ~ By Ada Brook, 8 November 2026",
        "one two three four",
        quoted,
        "?100% ~ Ada Brook: Yes.",
        "?100% Read also: five six seven",
        "~ a caption here\n",
    ]
    assert made.undecided == 4
    assert "?58% ~ text" in made.dump("mill")


def at_a_terminal(arguments: list[object], answers: list[str], folder: Path) -> tuple[int, str]:
    """Run bench on a pseudo-terminal, give these answers to its questions, and return its exit code and what it showed."""
    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "bench.cli", *map(str, arguments)]
    environment = os.environ | {"EDITOR": "true", "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    with subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=environment) as process:
        os.close(theirs)
        shown, waiting = "", list(answers)
        while select.select([ours], [], [], 60)[0]:
            try:
                part = os.read(ours, 65536)
            except OSError:  # how Linux says that nobody is at the other end
                break
            if not part:
                break
            shown += part.decode("utf-8", "replace")
            if waiting and shown.endswith("[e]: "):
                os.write(ours, f"{waiting.pop(0)}\n".encode())
    os.close(ours)
    return process.returncode, shown


def test_at_a_terminal_warnings_about_the_gold_are_asked_about_before_it_is_kept(bench: Bench, corpus: Path) -> None:
    page_id = added(bench, corpus)
    slip = editor(corpus.parent, f"{SETTLE}; sed -i 's/number 3/number 7/' $1")
    command = ["annotate", page_id, "--corpus", corpus, "--editor", slip, *VOTERS]
    ended, shown = at_a_terminal(command, ["q"], corpus.parent)
    assert (ended, "nothing changed" in shown) == (4, True), shown
    ended, shown = at_a_terminal(command, ["a"], corpus.parent)
    assert ended == 0, shown
    told = " ".join(shown.split())
    assert "warnings about its gold: 1" in told
    assert f"no snippets to keep or drop: [gold] of corpus/{page_id}.toml takes three to six of each" in told


@pytest.mark.parametrize(
    ("answers", "code", "words"),
    [
        pytest.param(["x", "e", "m"], 0, "kept in", id="the majority, after a slip and a second look"),
        pytest.param(["k"], 4, "kept as a draft", id="a draft"),
        pytest.param(["q"], 4, "nothing changed", id="nothing"),
    ],
)
def test_at_a_terminal_a_person_is_asked_what_to_do_with_what_is_undecided(
    bench: Bench, corpus: Path, answers: list[str], code: int, words: str
) -> None:
    page_id = added(bench, corpus)
    before = (corpus / "gold" / f"{page_id}.txt").read_bytes()
    ended, shown = at_a_terminal(["annotate", page_id, "--corpus", corpus, *VOTERS], answers, corpus.parent)
    assert ended == code, shown
    assert words in " ".join(shown.split())
    assert ((corpus / "gold" / f"{page_id}.txt").read_bytes() == before) is bool(code)
