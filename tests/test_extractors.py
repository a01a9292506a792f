"""What every extractor's file must hold to, each through a real worker."""

from __future__ import annotations

import http.server
import json
import random
import re
import subprocess
import threading
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import EXTRACTORS, ROOT, Said
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bench import nodejs
from bench.encoding import codec_of
from bench.extractors.justext import LISTS_BY_LANGUAGE, declared_language
from bench.model import Extraction, Limits, Outcome
from bench.sandbox import Job, StartFailure, Worker
from bench.spec import Adapter, Extractor, adapters, parse, resolve
from bench.text import tokenise

ADAPTERS = {adapter.name: adapter for adapter in adapters()}
ARTICLE = """<!DOCTYPE html><html lang="de"><head><meta charset="{charset}"><title>Die Brücke</title></head><body>
<nav><ul><li><a href="/a">Startseite</a></li><li><a href="/b">Archiv</a></li></ul></nav><article><h1>Die Brücke</h1>
{paragraphs}</article><footer><p><a href="/i">Impressum</a></p></footer></body></html>"""
PARAGRAPH = (
    "<p>Im Frühjahr wurde die Brücke über den Fluss für mehrere Wochen gesperrt, weil an den Lagern größere Schäden"
    " gefunden worden waren, und die Fähre fuhr in dieser Zeit öfter als sonst. Nummer {n} der Berichte darüber.</p>"
)
TEXT = ARTICLE.replace("{paragraphs}", "\n".join(PARAGRAPH.replace("{n}", str(n)) for n in range(12)))
CHINESE = ARTICLE.replace('"de"', '"zh"').replace(
    "{paragraphs}",
    "".join(
        f"<p>今年春天，河上的大桥封闭了{n + 2}个星期，因为桥墩受到的损坏比想象的更严重。在这段时间里，渡船比平时开得更勤，"
        "两岸的人都说，坐船虽然慢，看到的风景却比桥上多。等到夏天，大桥又通车了，渡船照旧开着。</p>"
        for n in range(12)
    ),
)
FLAWS = {("goose3", "klingon"): "writes the page anew in the encoding that it declares"}
"""Extractors that cannot read a page with this declaration, and why."""


class Parrot(http.server.BaseHTTPRequestHandler):
    """A language model that gives back every block that it is sent."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has there
        pass

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        lines = (re.sub("^<[^>]*>", "", line) for line in asked["messages"][-1]["content"].splitlines())
        said = {"role": "assistant", "content": "\n\n".join(filter(None, lines))}
        answer = json.dumps({"choices": [{"index": 0, "finish_reason": "stop", "message": said}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


@pytest.fixture(scope="module")
def parrot() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Parrot) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module", params=[*EXTRACTORS, "llm"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def extractor(name: str, request: pytest.FixtureRequest) -> Extractor:
    spec = f"llm:model=parrot,base_url={request.getfixturevalue('parrot')}" if name == "llm" else name
    own = parse(spec).environment
    if own and not own.interpreter():
        pytest.skip(f"{name} is not installed here; `bench env build {name}` makes an environment for it")
    return resolve(spec)


@pytest.fixture(scope="module")
def job(extractor: Extractor) -> Job:
    settings = tuple({**extractor.settings, **extractor.fixed}.items())
    return Job(extractor.adapter.path, settings, extractor.interpreter, address=extractor.address)


@pytest.fixture(scope="module")
def worker(job: Job, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    made = Worker(job, Limits(), tmp_path_factory.mktemp("worker"))
    made.await_ready()
    yield made
    made.kill()


def extract(worker: Worker, html: bytes, forced: str | None = None) -> Extraction:
    return worker.extract(html, codec_of(html, forced), forced=forced is not None, url="https://www.bruecke.example/1")


@pytest.mark.parametrize(
    ("encoding", "declared", "forced"),
    [
        pytest.param("utf-8", "utf-8", None, id="utf-8"),
        pytest.param("cp1252", "iso-8859-1", None, id="latin-1"),
        pytest.param("cp1252", "klingon", None, id="an encoding that nobody knows"),
        pytest.param("utf-16", "utf-8", None, id="byte order mark against meta"),
        pytest.param("utf-16-be", "utf-8", "utf-16be", id="utf-16 without a mark"),
        pytest.param("utf-8-sig", "iso-8859-1", None, id="utf-8 mark against meta"),
        pytest.param("utf-8", "iso-8859-1", "utf-8", id="forced against a wrong meta"),
    ],
)
def test_every_extractor_reads_pages_in_the_encoding_that_a_browser_would(
    name: str, worker: Worker, encoding: str, declared: str, forced: str | None, request: pytest.FixtureRequest
) -> None:
    if (name, declared) in FLAWS:
        request.applymarker(pytest.mark.xfail(reason=FLAWS[name, declared]))
    extraction = extract(worker, TEXT.replace("{charset}", declared).encode(encoding), forced)
    if name == "nothing":
        assert extraction.outcome is Outcome.EMPTY
        return
    assert extraction.outcome is Outcome.OK, extraction.error_message
    assert {"frühjahr", "brücke", "grössere"} <= set(tokenise(extraction.text))


def test_chinese_comes_whole_out_of_its_own_encoding(name: str, worker: Worker) -> None:
    html = CHINESE.replace("{charset}", "gb2312").replace("Die Brücke", "大桥").encode("gb18030")
    extraction = extract(worker, html)
    if extraction.outcome is Outcome.EMPTY:
        # These count words between spaces.
        assert name in {"nothing", "goose3", "justext", "news-please", "unfluff"}
    else:
        text = extraction.text.replace(" ", "")
        kept = sum(f"大桥封闭了{n + 2}个星期" in text for n in range(12))
        # Dragnet has learned from words between spaces, and lets some blocks go.
        assert kept == 12 or (name == "dragnet" and kept), extraction


def test_every_extractor_gives_text_and_not_markup(name: str, worker: Worker) -> None:
    assert "</p>" not in extract(worker, TEXT.replace("{charset}", "utf-8").encode()).text


def test_paragraphs_stay_apart(name: str, worker: Worker) -> None:
    text = extract(worker, TEXT.replace("{charset}", "utf-8").encode()).text
    if name != "nothing":
        assert text.count("\n") >= 11


def test_of_an_empty_page_nothing_comes_and_the_next_page_does_not_suffer(name: str, worker: Worker) -> None:
    alone = extract(worker, TEXT.replace("{charset}", "utf-8").encode())
    empty = extract(worker, b"")
    assert empty.outcome in {Outcome.EMPTY, Outcome.ERROR}
    assert empty.text == ""
    assert worker.alive
    assert extract(worker, TEXT.replace("{charset}", "utf-8").encode()).text == alone.text


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


WITH_PICTURE = TEXT.replace("{charset}", "utf-8").replace("<article>", '<article><img src="https://bild.example/1.jpg">')


def test_no_extractor_asks_the_network_even_in_vain(worker: Worker) -> None:
    for html in (WITH_PICTURE.encode(), b"", b"<p>", CHINESE.encode("utf-16")):
        extract(worker, html)
    # Counted from the worker's start on, over all that these tests give it.
    sought = worker.refused_packets()
    if sought is None:
        pytest.skip("no network namespace here, whose refused packets could be counted")
    assert sought == 0


DIALLERS = {
    "a connection, in Python": """
import socket
def extractor():
    def extract(page):
        try:
            socket.create_connection(("192.0.2.1", 80), 1)
        except OSError:
            return "text all the same"
    return extract
""",
    "a datagram, in Python": """
import socket
def extractor():
    def extract(page):
        try:
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", ("192.0.2.1", 53))
        except OSError:
            return "text all the same"
    return extract
""",
    "a name, in Python": """
import socket
def extractor():
    def extract(page):
        try:
            socket.getaddrinfo("bild.example", 80)
        except OSError:
            return "text all the same"
    return extract
""",
    "a page, in another language": """
import subprocess
def extractor():
    def extract(page):
        subprocess.run(["bash", "-c", "exec 3<>/dev/tcp/192.0.2.1/80"], capture_output=True)
        return "text all the same"
    return extract
""",
}


@pytest.mark.parametrize("dialler", DIALLERS.values(), ids=DIALLERS)
def test_the_canary_sings_when_an_adapter_asks_for(dialler: str, tmp_path: Path) -> None:
    path = tmp_path / "dialler.py"
    path.write_text(dialler, encoding="utf-8")
    made = Worker(Job(path), Limits(), tmp_path)
    made.await_ready()
    assert extract(made, TEXT.encode()).text == "text all the same"
    sought = made.refused_packets()
    made.kill()
    if sought is None:
        pytest.skip("no network namespace here, whose refused packets could be counted")
    assert sought > 0


def test_a_page_gives_the_same_alone_and_after_others_in_any_order(job: Job, worker: Worker, tmp_path: Path) -> None:
    pages = [path.read_bytes() for path in sorted((ROOT / "corpus").glob("*.html"))[::5]]
    seen: list[dict[int, str]] = []
    fresh = Worker(job, Limits(), tmp_path)
    fresh.await_ready()
    order = random.Random(1).sample(range(len(pages)), len(pages))
    # The page that comes after all others here, and after those of the tests before, is alone there.
    for one, numbers in ((worker, order), (fresh, order[::-1])):
        seen.append({number: extract(one, pages[number]).text for number in numbers})
    fresh.kill()
    assert seen[0] == seen[1]


def test_the_version_is_what_its_own_python_says_is_installed(extractor: Extractor) -> None:
    for distribution in extractor.adapter.distributions[:1] if not extractor.adapter.node else ():
        program = (
            "try:\n from importlib.metadata import version\n"
            "except ImportError:  # Python 3.7\n from pkg_resources import get_distribution\n"
            " version = lambda name: get_distribution(name).version\n"
            f"print(version({distribution!r}))"
        )
        said = subprocess.run([extractor.interpreter, "-I", "-c", program], capture_output=True, text=True, check=True)
        assert extractor.version == said.stdout.strip()
    if extractor.adapter.node:
        about = nodejs.folder() / "node_modules" / extractor.adapter.node[0] / "package.json"
        assert extractor.version == json.loads(about.read_text(encoding="utf-8"))["version"]


def test_every_file_says_what_it_is_under_which_licence_and_where_it_lives(name: str) -> None:
    adapter = ADAPTERS[name]
    assert adapter.summary.endswith(".")
    assert adapter.licence
    assert (adapter.homepage or "").startswith("https://")


@pytest.mark.parametrize("adapter", ADAPTERS.values(), ids=ADAPTERS)
def test_an_extractor_with_an_extra_has_all_that_it_needs_in_it_and_any_other_an_environment_of_its_own(
    adapter: Adapter,
) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    core = [Requirement(line) for line in project["dependencies"]]
    fleet = {extra for line in project["optional-dependencies"]["fleet"] for extra in Requirement(line).extras}
    own = [Requirement(line) for line in project["optional-dependencies"].get(adapter.name, [])]
    assert not (adapter.required and adapter.name in fleet), "the fleet is what a bare `bench run` runs"
    named = {canonicalize_name(requirement.name) for requirement in core + own}
    lacking = {canonicalize_name(name) for name in (*adapter.distributions, *adapter.tools)} - named
    assert not (own and lacking)


def test_settings_of_the_spec_reach_the_library(bench: Callable[..., Said], tmp_path: Path) -> None:
    where = ["--results", tmp_path, "--pages", "blog-*", "--format", "json", "--quiet"]
    rows = bench("run", *where, "-x", "trafilatura", "-x", "trafilatura:include_comments=true").table["rows"]
    recall_and_precision = {
        row["settings"]: row["values"]["precision"]["value"] for row in rows if row["name"] == "trafilatura"
    }
    # The page has more comments than article, and gold leaves them out.
    assert recall_and_precision[""] > recall_and_precision["include_comments=true"] + 0.1


ODD = "<html><body>" + "</b></a>" * 3 + f"<article>{PARAGRAPH * 8}</article></body></html>"
LISTS = TEXT.replace("</article>", "<ul><li>Erstens die Fähre</li></ul></article>")
PLAIN = TEXT.replace("<p>", "<p>Siehe <a href='https://karte.example/1'>die Karte</a>. ")


@pytest.mark.parametrize(
    ("spec", "html", "holds", "lacks"),
    [
        pytest.param("boilerpy3", ODD, "Frühjahr", None, id="boilerpy3 goes on"),
        pytest.param("boilerpy3:extractor=everything", TEXT, "Impressum", None, id="boilerpy3 everything"),
        pytest.param("boilerpy3:extractor=largest", TEXT, "Frühjahr", "Impressum", id="boilerpy3 largest"),
        pytest.param("resiliparse", TEXT, "Frühjahr", "Impressum", id="resiliparse"),
        pytest.param("resiliparse:main_content=false", LISTS, "• Erstens", None, id="resiliparse all"),
        pytest.param(
            "resiliparse:main_content=false,list_bullets=false", LISTS, "Erstens", "•", id="resiliparse all, no bullets"
        ),
        pytest.param("trafilatura:mode=html2txt", TEXT, "Frühjahr", "\n", id="trafilatura html2txt"),
        pytest.param("trafilatura:mode=baseline", LISTS, "Frühjahr", "Impressum", id="trafilatura baseline"),
        pytest.param("html2text", PLAIN, "die Karte", "karte.example", id="html2text"),
        pytest.param("html2text:ignore_links=false", PLAIN, "(https://karte.example/1)", None, id="html2text with links"),
        pytest.param("markdownify", PLAIN, "die Karte", "karte.example", id="markdownify"),
        pytest.param("markdownify:links=true", PLAIN, "(https://karte.example/1)", None, id="markdownify with links"),
        pytest.param("inscriptis:display_links=true", PLAIN, "(https://karte.example/1)", None, id="inscriptis with links"),
        pytest.param("html-text:guess_layout=false", TEXT, "Impressum", "\n", id="html-text on one line"),
    ],
)
def test_a_setting_does_what_it_says(spec: str, html: str, holds: str, lacks: str | None, tmp_path: Path) -> None:
    text = once(spec, html, tmp_path).text
    assert holds in text
    assert lacks is None or lacks not in text


def test_trafilatura_remembers_pages_where_its_file_says_so(tmp_path: Path) -> None:
    extractor = resolve("trafilatura:deduplicate=true")
    assert extractor.stateful
    made = Worker(Job(extractor.adapter.path, tuple(extractor.settings.items())), Limits(), tmp_path)
    made.await_ready()
    lengths = [len(extract(made, TEXT.replace("{charset}", "utf-8").encode()).text) for _ in range(4)]
    made.kill()
    assert lengths[-1] < lengths[0]


@pytest.mark.parametrize("spec", ["trafilatura:mode=quick", "boilerpy3:extractor=quick", "inscriptis:css=quick"])
def test_a_setting_that_cannot_be_so_is_named(spec: str, tmp_path: Path) -> None:
    one = resolve(spec)
    made = Worker(Job(one.adapter.path, tuple(one.settings.items()), one.interpreter), Limits(), tmp_path)
    with pytest.raises(StartFailure, match=rf"^KeyError: setting {next(iter(one.settings))} cannot be 'quick' \(at "):
        made.await_ready()


def test_boilerpy3_raises_if_it_may(tmp_path: Path) -> None:
    extraction = once("boilerpy3:raise_on_failure=true", ODD, tmp_path)
    assert (extraction.outcome, extraction.error_type) == (Outcome.ERROR, "boilerpy3.exceptions.HTMLExtractionError")


@pytest.mark.parametrize(
    ("head", "language"),
    [
        pytest.param('<html lang="de">', "de", id="html"),
        pytest.param("<HTML class=x LANG=pt-BR>", "pt", id="a region, no quotes"),
        pytest.param("<html xml:lang='zh-Hans'>", "zh", id="xml"),
        pytest.param('<html data-lang="fr">', None, id="another attribute"),
        pytest.param('<html><meta http-equiv="Content-Language" content="de, en">', "de", id="the first of two"),
        pytest.param('<html lang=""><meta content="nl_BE" property="og:locale">', "nl", id="locale, content first"),
        pytest.param('<meta property="og:locale:alternate" content="nl_BE">', None, id="another translation's locale"),
        pytest.param('<meta property="og:title" content="de rerum natura">', None, id="another meta"),
        pytest.param("no tag at all", None, id="nothing"),
        pytest.param("<html" + " " * 20_000 + 'lang="de">', None, id="too far away"),
    ],
)
def test_the_language_of_a_page_is_what_it_says_itself(head: str, language: str | None) -> None:
    assert declared_language(head) == language


def test_justext_takes_the_stop_words_of_the_page_s_language_if_told_to(tmp_path: Path) -> None:
    german = TEXT.replace("{charset}", "utf-8")
    texts = {
        (stoplist, lang): once(f"justext:stoplist={stoplist}", german.replace('"de"', f'"{lang}"'), tmp_path).text
        for stoplist, lang in [
            ("page", "de"),
            ("page", "fi"),
            ("page", "tlh"),
            ("German", "fi"),
            ("Finnish", "de"),
            ("all", "de"),
        ]
    }
    assert texts["page", "de"] == texts["German", "fi"] != ""
    assert texts["page", "fi"] == texts["Finnish", "de"] == ""
    assert texts["page", "tlh"] == texts["all", "de"] != ""


def test_every_list_of_justext_has_a_language() -> None:
    import justext

    variants = {"Belarusian_Taraskievica", "Simple_English"}
    assert set(LISTS_BY_LANGUAGE.values()) == set(justext.get_stoplists()) - variants


def once(spec: str, html: str, folder: Path) -> Extraction:
    extractor = resolve(spec)
    made = Worker(Job(extractor.adapter.path, tuple(extractor.settings.items())), Limits(), folder)
    made.await_ready()
    try:
        return extract(made, html.replace("{charset}", "utf-8").encode())
    finally:
        made.kill()
