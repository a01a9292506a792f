"""What every extractor's file must hold to, each through a real worker."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import EXTRACTORS, ROOT, Said

from bench import nodejs, plugins
from bench.encoding import codec_of
from bench.model import Extraction, Limits, Outcome
from bench.sandbox import Job, Worker
from bench.spec import adapters, resolve
from bench.text import tokenise

ARTICLE = """<!DOCTYPE html><html lang="de"><head><meta charset="{charset}"><title>Die Brücke</title></head><body>
<nav><ul><li><a href="/a">Startseite</a></li><li><a href="/b">Archiv</a></li></ul></nav><article><h1>Die Brücke</h1>
{paragraphs}</article><footer><p><a href="/i">Impressum</a></p></footer></body></html>"""
PARAGRAPH = (
    "<p>Im Frühjahr wurde die Brücke über den Fluss für mehrere Wochen gesperrt, weil an den Lagern größere Schäden"
    " gefunden worden waren, und die Fähre fuhr in dieser Zeit öfter als sonst. Nummer {n} der Berichte darüber.</p>"
)
TEXT = ARTICLE.replace("{paragraphs}", "\n".join(PARAGRAPH.replace("{n}", str(n)) for n in range(12)))


@pytest.fixture(params=EXTRACTORS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def worker(name: str, tmp_path: Path) -> Iterator[Worker]:
    made = Worker(Job(plugins.path("extractors", name)), Limits(), tmp_path)
    made.await_ready()
    yield made
    made.kill()


def extract(worker: Worker, html: bytes, forced: str | None = None) -> Extraction:
    return worker.extract(html, codec_of(html, forced), forced=forced is not None, url="https://www.bruecke.example/1")


@pytest.mark.parametrize(
    ("encoding", "declared", "forced"),
    [
        ("utf-8", "utf-8", None),
        ("cp1252", "iso-8859-1", None),
        ("utf-16", "utf-8", None),
        ("utf-8-sig", "iso-8859-1", None),
        ("utf-8", "iso-8859-1", "utf-8"),
    ],
    ids=["utf-8", "latin-1", "byte order mark against meta", "utf-8 mark against meta", "forced against a wrong meta"],
)
def test_every_extractor_reads_pages_in_the_encoding_that_a_browser_would(
    name: str, worker: Worker, encoding: str, declared: str, forced: str | None
) -> None:
    extraction = extract(worker, TEXT.replace("{charset}", declared).encode(encoding), forced)
    if name == "nothing":
        assert extraction.outcome is Outcome.EMPTY
        return
    assert extraction.outcome is Outcome.OK, extraction.error_message
    assert {"frühjahr", "brücke", "grössere"} <= set(tokenise(extraction.text))


def test_every_extractor_gives_text_and_not_markup(name: str, worker: Worker) -> None:
    assert "</p>" not in extract(worker, TEXT.replace("{charset}", "utf-8").encode()).text


def test_paragraphs_stay_apart(name: str, worker: Worker) -> None:
    text = extract(worker, TEXT.replace("{charset}", "utf-8").encode()).text
    if name != "nothing":
        assert text.count("\n") >= 11


def test_nothing_is_printed_to_stdout(name: str, worker: Worker) -> None:
    assert extract(worker, TEXT.replace("{charset}", "utf-8").encode()).stdout is None


def test_a_page_is_measured(name: str, worker: Worker) -> None:
    extraction = extract(worker, TEXT.replace("{charset}", "utf-8").encode())
    assert extraction.seconds is not None
    assert extraction.cpu_seconds is not None
    assert extraction.cpu_seconds >= 0
    assert extraction.peak_bytes is not None
    assert 5_000_000 < extraction.peak_bytes < 1_000_000_000


def test_no_extractor_opens_a_connection(name: str, worker: Worker) -> None:
    # With the network cut, an attempt shows as an error or a complaint.
    html = TEXT.replace("{charset}", "utf-8").replace("<article>", '<article><img src="https://bild.example/1.jpg">')
    extraction = extract(worker, html.encode())
    assert not extraction.outcome.failed, extraction.error_message
    assert "onnection" not in (extraction.stderr or "")


def test_a_page_gives_the_same_alone_and_after_others_in_any_order(name: str, tmp_path: Path) -> None:
    pages = [path.read_bytes() for path in sorted((ROOT / "corpus").glob("*.html"))]
    seen: list[dict[int, str]] = []
    for seed in (1, 2):
        order = list(range(len(pages)))
        random.Random(seed).shuffle(order)
        made = Worker(Job(plugins.path("extractors", name)), Limits(), tmp_path)
        made.await_ready()
        seen.append({number: extract(made, pages[number]).text for number in order})
        made.kill()
    assert seen[0] == seen[1]


def test_the_version_is_that_of_the_installed_distribution(name: str) -> None:
    from importlib.metadata import version

    extractor = resolve(name)
    if extractor.adapter.node:
        about = nodejs.folder() / "node_modules" / extractor.adapter.node[0] / "package.json"
        assert extractor.version == json.loads(about.read_text(encoding="utf-8"))["version"]
    elif extractor.adapter.distributions:
        assert extractor.version == version(extractor.adapter.distributions[0])


def test_every_file_says_what_it_is_under_which_licence_and_where_it_lives(name: str) -> None:
    (adapter,) = [one for one in adapters() if one.name == name]
    assert adapter.summary.endswith(".")
    assert adapter.licence
    assert (adapter.homepage or "").startswith("https://")


def test_settings_of_the_spec_reach_the_library(bench: Callable[..., Said], tmp_path: Path) -> None:
    where = ["--results", tmp_path, "--pages", "blog-*", "--format", "json", "--quiet"]
    rows = bench("run", *where, "-x", "trafilatura", "-x", "trafilatura:include_comments=true").table["rows"]
    recall_and_precision = {
        row["settings"]: row["values"]["precision"]["value"] for row in rows if row["name"] == "trafilatura"
    }
    # The page has more comments than article, and gold leaves them out.
    assert recall_and_precision[""] > recall_and_precision["include_comments=true"] + 0.1
