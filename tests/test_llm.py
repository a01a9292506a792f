"""Language models: what they are sent, what comes of each kind of answer, and that they reach one host and no other."""

from __future__ import annotations

import contextlib
import email.utils
import http.server
import json
import socket
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from conftest import FAKES, Said, write_corpus

from bench.errors import UsageError
from bench.extractors import llm
from bench.model import Extraction, Limits, Outcome
from bench.one_host import CONNECTIONS, Address, Opening, address_of
from bench.sandbox import Job, StartFailure, Worker
from bench.spec import lacks, read_adapter, resolve

KEY = "sk-a-key-that-nobody-may-see-0123456789"
PAGE = "<nav><a href=/>Home</a></nav><article><h1>The Mill</h1><p>The mill burned <b>down</b> in May.</p></article>"
TEXT = "The Mill\n\nThe mill burned down in May."

pytestmark = pytest.mark.usefixtures("no_process_left")


def completion(content: object = TEXT, ended: str = "stop", **message: object) -> dict[str, Any]:
    return {
        "id": "1",
        "object": "chat.completion",
        "model": "mill-1-2026",
        "system_fingerprint": "fp_1",
        "choices": [{"index": 0, "finish_reason": ended, "message": {"role": "assistant", "content": content, **message}}],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 20, "total_tokens": 1020},
    }


ANSWERS: dict[str, object] = {
    "good": completion(),
    "empty": completion(""),
    "no-content": completion(None),
    "fenced": completion(f"```text\n{TEXT}\n```\n"),
    "cut": completion("The Mill", "length"),
    "invented": completion(TEXT + " Nobody was ever convicted."),
    "refusal": completion(None, refusal="I cannot help with that."),
    "filtered": completion("The", "content_filter"),
    "no-choices": {**completion(), "choices": []},
    "choices-null": {**completion(), "choices": None},
    "no-message": {**completion(), "choices": [{"finish_reason": "stop"}]},
    "content-list": completion([1, 2]),
    "usage-nonsense": {**completion(), "usage": {"prompt_tokens": -5, "completion_tokens": "many"}, "model": 7},
    "usage-list": {**completion(), "usage": [1]},
    "array": [1, 2],
    "not-json": b"<html>a portal's login</html>",
    "deep": b"[" * 100_000,
    "key-in-text": completion(f"Your key is {KEY}."),
}
"""What the server says to each model's name, with status 200."""


class Server(http.server.ThreadingHTTPServer):
    """Speaks the protocol: one request, one answer; the model's name says which, or else the page's last paragraph."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.asked: Counter[str] = Counter()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A worker that was killed hangs up."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has there
        pass

    def do_GET(self) -> None:
        self._say(str(self.server.server_port).encode())

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.path == "/v1/chat/completions"
        self.server.seen.append(request)
        self.server.keys.append(self.headers["Authorization"])
        model = request["model"]
        if model == "of-the-page":
            model = request["messages"][1]["content"].rpartition("<p>")[2]
        self.server.asked[model] += 1
        first = self.server.asked[model] == 1
        if model in ANSWERS:
            answer = ANSWERS[model]
            self._say(answer if isinstance(answer, bytes) else json.dumps(answer).encode())
        elif model in self.BEHAVIOURS:
            self.BEHAVIOURS[model](self, first)
        else:
            self._fail(404, f"no model {model}")

    def _say(self, body: bytes, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", headers.pop("length", str(len(body))))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _good(self) -> None:
        self._say(json.dumps(completion()).encode())

    def _fail(self, status: int, message: str, **headers: str) -> None:
        self._say(json.dumps({"error": {"message": message, "type": "t", "code": "c"}}).encode(), status, **headers)

    def _slow(self, _: bool) -> None:
        time.sleep(20)

    def _drip(self, _: bool) -> None:
        self._say(b"", length="1000000")
        for _second in range(200):
            self.wfile.write(b" ")
            time.sleep(0.1)

    def _truncated(self, _: bool) -> None:
        self._say(json.dumps(completion()).encode()[:50], length="400")
        self.close_connection = True

    def _hangs_up(self, _: bool) -> None:
        self.close_connection = True

    def _limited_once(self, first: bool) -> None:
        self._fail(429, "slow down", Retry_After="1") if first else self._good()

    def _limited_by_date(self, first: bool) -> None:
        when = email.utils.formatdate(time.time() + 2, usegmt=True)
        self._fail(429, "slow down", Retry_After=when) if first else self._good()

    def _key_in_error(self, _: bool) -> None:
        # Longer than what is kept of a message, with the key where that is cut.
        self._fail(401, "x" * 940 + f"Incorrect API key provided: {KEY} {self.headers['Authorization']}")

    BEHAVIOURS: ClassVar[dict[str, Callable[[Handler, bool], None]]] = {
        "slow": _slow,
        "drip": _drip,
        "truncated": _truncated,
        "hangs-up": _hangs_up,
        "limited-once": _limited_once,
        "limited-by-date": _limited_by_date,
        "limited": lambda self, _: self._fail(429, "slow down"),
        "limited-for-an-hour": lambda self, _: self._fail(429, "slow down", Retry_After="3600"),
        "limited-nonsense": lambda self, first: self._fail(429, "x", Retry_After="-nan") if first else self._good(),
        "broken-once": lambda self, first: self._fail(500, "oh") if first else self._good(),
        "broken": lambda self, _: self._fail(500, "oh"),
        "overloaded": lambda self, _: self._say(b"<html>bad gateway</html>", 502, "text/html"),
        "wrong-type": lambda self, _: self._say(json.dumps(completion()).encode(), kind="text/plain"),
        "html": lambda self, _: self._say(b"<html>welcome</html>", kind="text/html"),
        "huge": lambda self, _: self._say(json.dumps(completion("word " * 30_000_000)).encode()),
        "redirect": lambda self, _: self._say(b"", 307, Location="http://192.0.2.1/v1/chat/completions"),
        "key-in-error": _key_in_error,
        "key-in-body": lambda self, _: self._say(f'{{"choices": "{KEY}", "fingerprint": "{KEY}"}}'.encode()),
    }


@pytest.fixture(scope="module")
def served() -> Iterator[Server]:
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.05,))
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def server(served: Server) -> Server:
    """Return the server as if nobody had asked it yet."""
    for one in (served.seen, served.keys, served.asked):
        one.clear()
    return served


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, float], Worker]]:
    """Return a function that gives a living worker for a spec and a deadline, the same as before if it can."""
    scratch = tmp_path_factory.mktemp("workers")
    made: dict[tuple[str, float], Worker] = {}

    def worker(spec: str, seconds: float) -> Worker:
        if (spec, seconds) not in made or not made[spec, seconds].alive:
            one = resolve(spec)
            job = Job(one.adapter.path, tuple({**one.settings, **one.fixed}.items()), address=one.address, secret=one.secret)
            made[spec, seconds] = Worker(job, Limits(timeout=seconds), scratch)
            made[spec, seconds].await_ready()
        return made[spec, seconds]

    yield worker
    for one in made.values():
        one.kill()


@pytest.fixture
def ask(server: Server, workers: Callable[[str, float], Worker]) -> Callable[..., Extraction]:
    """Return a function that has the server answer a page in a way of its own, through a worker as in a run."""

    def extract(way: str, seconds: float = 5.0, **settings: object) -> Extraction:
        said = "".join(f",{name}={value}" for name, value in settings.items())
        worker = workers(f"llm:model=of-the-page,base_url={server.url}{said}", seconds)
        return worker.extract(f"{PAGE}<p>{way}".encode(), "utf-8", forced=False, url=None)

    return extract


@pytest.mark.parametrize(
    ("model", "outcome", "text", "told"),
    [
        pytest.param("good", Outcome.OK, TEXT, None, id="a text"),
        pytest.param("empty", Outcome.EMPTY, "", None, id="nothing found"),
        pytest.param("no-content", Outcome.EMPTY, "", None, id="nothing at all, and no reason"),
        pytest.param("fenced", Outcome.OK, TEXT + "\n", None, id="a fence around the whole"),
        pytest.param("cut", Outcome.OK, "The Mill", None, id="ended at its greatest length"),
        pytest.param("wrong-type", Outcome.OK, TEXT, None, id="right, but called plain text"),
        pytest.param("usage-nonsense", Outcome.OK, TEXT, None, id="impossible numbers of tokens"),
        pytest.param("usage-list", Outcome.OK, TEXT, None, id="a list of tokens"),
        pytest.param(
            "refusal", Outcome.ERROR, "", "bench_extractor.AnswerError: refused: I cannot help with that.", id="a refusal"
        ),
        pytest.param("filtered", Outcome.ERROR, "", "bench_extractor.AnswerError: stopped by a content filter", id="a filter"),
        pytest.param("no-choices", Outcome.ERROR, "", "bench_extractor.AnswerError: the answer has no choice", id="no choice"),
        pytest.param(
            "choices-null", Outcome.ERROR, "", "bench_extractor.AnswerError: the answer has no choice", id="choices of null"
        ),
        pytest.param("no-message", Outcome.ERROR, "", "bench_extractor.AnswerError: the answer has no choice", id="no message"),
        pytest.param(
            "content-list", Outcome.ERROR, "", "bench_extractor.AnswerError: the answer has no text", id="a list for a text"
        ),
        pytest.param("array", Outcome.ERROR, "", "bench_extractor.AnswerError: the answer is no object", id="an array"),
        pytest.param(
            "not-json", Outcome.ERROR, "", "bench_extractor.AnswerError: the answer is not JSON", id="HTML that is called JSON"
        ),
        pytest.param(
            "deep", Outcome.ERROR, "", "bench_extractor.AnswerError: the answer is not JSON", id="JSON too deep to read"
        ),
        pytest.param("html", Outcome.ERROR, "", "bench_extractor.AnswerError: the answer is not JSON", id="HTML"),
        pytest.param("absent", Outcome.ERROR, "", "openai.NotFoundError: Error code: 404", id="no such model"),
        pytest.param("redirect", Outcome.ERROR, "", "openai.APIStatusError: Error code: 307", id="sent elsewhere"),
        pytest.param("slow", Outcome.TIMEOUT, "", "killed after 2 s", id="silent until the deadline"),
        pytest.param("drip", Outcome.TIMEOUT, "", "killed after 2 s", id="byte by byte until the deadline"),
        pytest.param(
            "truncated", Outcome.ERROR, "", "ConnectionError: peer closed connection", id="half an answer, every time"
        ),
        pytest.param("hangs-up", Outcome.ERROR, "", "ConnectionError: Server disconnected", id="no answer, every time"),
        pytest.param("limited", Outcome.ERROR, "", "openai.RateLimitError: Error code: 429", id="limited for ever"),
        pytest.param("limited-for-an-hour", Outcome.ERROR, "", "openai.RateLimitError", id="told to wait an hour"),
        pytest.param("broken", Outcome.ERROR, "", "openai.InternalServerError: Error code: 500", id="broken for ever"),
        pytest.param("overloaded", Outcome.ERROR, "", "openai.InternalServerError", id="a gateway's page"),
    ],
)
def test_every_kind_of_answer_has_its_outcome_before_the_deadline(
    ask: Callable[..., Extraction], model: str, outcome: Outcome, text: str, told: str | None
) -> None:
    before = time.monotonic()
    extraction = ask(model, seconds=2.0)
    assert (extraction.outcome, extraction.text) == (outcome, text)
    error = (
        extraction.error_message if extraction.error_type is None else f"{extraction.error_type}: {extraction.error_message}"
    )
    assert (error is None) if told is None else str(error).startswith(told)
    assert time.monotonic() - before < 2 + 10
    assert (extraction.stdout, extraction.stderr) == (None, None)


def test_an_answer_longer_than_any_text_is_the_extractor_s_error(ask: Callable[..., Extraction]) -> None:
    extraction = ask("huge", seconds=30.0)
    assert (extraction.outcome, extraction.error_type) == (Outcome.ERROR, "OverflowError")


@pytest.mark.parametrize(
    ("model", "least"),
    [
        pytest.param("limited-once", 1.0, id="a rate limit, with seconds to wait"),
        pytest.param("limited-by-date", 1.0, id="a rate limit, with a time to wait for"),
        pytest.param("limited-nonsense", 0.5, id="a rate limit that makes no sense"),
        pytest.param("broken-once", 0.5, id="a failure of the server's"),
    ],
)
def test_what_passes_is_tried_again_when_the_server_says_so(
    server: Server, ask: Callable[..., Extraction], model: str, least: float
) -> None:
    extraction = ask(model, seconds=10.0)
    assert (extraction.outcome, extraction.text) == (Outcome.OK, TEXT)
    assert server.asked[model] == 2
    assert extraction.notes["retries"] == 1
    assert extraction.seconds is not None
    assert least <= extraction.seconds < least + 4


def test_waits_between_tries_double(server: Server, ask: Callable[..., Extraction]) -> None:
    assert ask("limited", seconds=5.0).notes["retries"] == 3  # after .5, 1 and 2 s; 4 more would be too late
    assert server.asked["limited"] == 4


def test_what_will_not_pass_is_asked_once(server: Server, ask: Callable[..., Extraction]) -> None:
    for model in ("absent", "refusal", "limited-for-an-hour"):
        ask(model)
        assert server.asked[model] == 1


def test_the_model_is_sent_the_page_reduced_with_nothing_left_to_chance(server: Server, ask: Callable[..., Extraction]) -> None:
    ask("good", max_output=77)
    (request,) = server.seen
    system, user = request.pop("messages")
    assert request == {"model": "of-the-page", "temperature": 0, "seed": 0, "max_tokens": 77}
    assert system == {"role": "system", "content": llm.PROMPTS["extract-v1"]}
    assert (
        user["content"] == "<nav>\nHome\n</nav>\n<article>\n<h1>The Mill\n<p>The mill burned down in May.\n</article>\n<p>good"
    )


def test_of_a_page_without_text_no_model_is_asked(server: Server, workers: Callable[[str, float], Worker]) -> None:
    worker = workers(f"llm:model=of-the-page,base_url={server.url}", 5.0)
    for page in (b"", b"<script>only()</script><nav> </nav>"):
        assert worker.extract(page, "utf-8", forced=False, url=None).outcome is Outcome.EMPTY
    assert not server.seen


def test_tokens_cost_and_cuts_are_noted(ask: Callable[..., Extraction]) -> None:
    assert ask("good", price_in=2, price_out=10).notes == {
        "cut_pages": 0, "cut_answers": 0, "retries": 0, "tokens_in": 1000, "tokens_out": 20, "cost": 0.0022,
        "model": "mill-1-2026", "fingerprint": "fp_1",
    }  # fmt: skip
    assert ask("cut").notes["cut_answers"] == 1
    cut = ask("good", max_input=40)  # which leaves out the way to answer
    assert (cut.outcome, cut.notes["cut_pages"]) == (Outcome.ERROR, 1)
    assert ask("refusal").notes["tokens_in"] == 1000  # paid for, all the same
    nonsense = ask("usage-nonsense").notes
    assert not {"tokens_in", "tokens_out", "model", "cost"} & nonsense.keys()


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("<p>One<p>two", ["<p>One", "<p>two"], id="paragraphs"),
        pytest.param("<p>One <b>and</b>\n the <a href=x>same</a>", ["<p>One and the same"], id="inline tags and white space"),
        pytest.param("<p class=x onclick=y>One", ["<p>One"], id="attributes"),
        pytest.param("<head><title>T</title></head><p>One", ["<p>One"], id="the head"),
        pytest.param(
            "a<script>b</script>c<style>d</style><!-- e -->f<svg><text>g</text></svg>", ["acf"], id="what is not text"
        ),
        pytest.param("<form>Name <input value=x><button>Go</button></form>", ["Name"], id="form controls"),
        pytest.param("<div>a<div>b</div>c</div>", ["a", "b", "c"], id="blocks without a name"),
        pytest.param("a<br>b", ["a", "b"], id="a line break"),
        pytest.param("<main><h2>a</h2></main><nav> </nav>", ["<main>", "<h2>a", "</main>"], id="sections, an empty one"),
        pytest.param(
            "<table><tr><th>a</th><th><p>b</p></th></tr><tr><td> </td></tr></table>", ["<tr>a | b"], id="rows of cells"
        ),
        pytest.param("<pre>a\n  b\n\nc</pre>", ["<pre>a", "<pre>  b", "<pre>c"], id="lines of code"),
        pytest.param("<ul><li>a<ul><li>b</ul>c</ul>", ["<li>a", "<li>b", "<li>c"], id="a list in a list"),
        pytest.param("a\0b\ud800", ["ab?"], id="what no parser takes"),
    ],
)
def test_a_page_becomes_a_line_for_each_block(html: str, lines: list[str]) -> None:
    assert llm.reduced(html) == lines


@pytest.mark.parametrize(
    ("lines", "most", "sent"),
    [
        pytest.param(["ab", "cd"], 6, ("ab\ncd", True), id="all"),
        pytest.param(["ab", "cd"], 5, ("ab", False), id="the first"),
        pytest.param(["ab", "cdefgh", "i"], 6, ("ab", False), id="nothing after what is left out"),
        pytest.param(["abcd", "e"], 3, ("abc", False), id="one that alone is too long"),
        pytest.param([], 3, ("", True), id="nothing"),
    ],
)
def test_a_page_is_cut_at_the_border_of_a_block(lines: list[str], most: int, sent: tuple[str, bool]) -> None:
    assert llm.fitting(lines, most) == sent


@pytest.mark.parametrize(
    ("said", "text"),
    [
        pytest.param("```\na\nb\n```", "a\nb\n", id="a fence"),
        pytest.param(" ```markdown\na\n```\n", "a\n", id="with a language, and white space around"),
        pytest.param("```\na\n```\nb", "```\na\n```\nb", id="text after it"),
        pytest.param("```\na\n```\nb\n```\nc\n```", "```\na\n```\nb\n```\nc\n```", id="two"),
        pytest.param("```\na", "```\na", id="one that does not close"),
        pytest.param("a ``` b", "a ``` b", id="none"),
        pytest.param("```\n" + "`\n" * 50_000, "```\n" + "`\n" * 50_000, id="many that are none"),
    ],
)
def test_only_a_fence_around_the_whole_answer_is_taken_off(said: str, text: str) -> None:
    assert llm.unfenced(said) == text


def test_a_run_measures_a_model_like_anyone_and_says_what_it_cost(
    bench: Callable[..., Said], server: Server, tmp_path: Path
) -> None:
    write_corpus(tmp_path, {"mill": PAGE, "mine": PAGE}, {"mill": TEXT, "mine": TEXT})
    where = ["--corpus", tmp_path, "--results", tmp_path / "results"]
    good, invented = (f"llm:model={model},base_url={server.url}" for model in ("good", "invented"))
    table = bench("run", *where, "-x", f"{good},price_in=2,price_out=10", "-x", invented, "--format", "json").table
    assert table["manifest"]["limits_in_force"]["network"] in (
        ["namespace", "namespace but for one host"], ["seccomp", "seccomp but for one host"],
    )  # fmt: skip
    host = f"127.0.0.1:{server.server_port}"
    assert f"with the network open to one host: llm ({host})" in table["notes"]
    total = f"llm base_url={server.url},model=good: tokens in 2,000; tokens out 40; cost 0.0044"
    assert total in table["notes"]
    again = bench("table", *where, "--metric", "invented", "-x", good, "-x", invented, "--format", "json").table
    shares = {row["settings"].rpartition("=")[2]: row["values"]["invented"]["value"] for row in again["rows"]}
    assert shares["good"] == 0
    assert shares["invented"] > 0
    bench("run", *where, "-x", f"{good},price_in=3,key_env=OTHER", "--quiet")
    assert server.asked["good"] == 2, "what it costs and whose key it is change no result"
    records = [json.loads(line) for line in bench("export", *where, "-x", good).out.splitlines()]
    assert [record["notes"]["cost"] for record in records] == [0.0022, 0.0022]


def test_a_failing_server_is_not_asked_again_by_the_run(bench: Callable[..., Said], server: Server, tmp_path: Path) -> None:
    write_corpus(tmp_path, {"mill": PAGE, "mine": PAGE})
    models = [f"llm:model={model},base_url={server.url}" for model in ("refusal", "slow", "good")]
    chosen = [word for model in models for word in ("-x", model)]
    said = bench("run", "--corpus", tmp_path, "--results", tmp_path / "results", *chosen, "--timeout", "2", "--format", "json")
    outcomes = {row["settings"].rpartition("=")[2]: row["outcomes"] for row in said.table["rows"] if row["name"] == "llm"}
    assert outcomes == {"refusal": {"error": 2}, "slow": {"timeout": 2}, "good": {"ok": 2}}
    assert server.asked == {"refusal": 2, "slow": 2, "good": 2}


def test_a_model_is_none_of_those_that_a_bare_run_runs_and_the_list_says_how_one_is_named(bench: Callable[..., Said]) -> None:
    assert lacks(read_adapter("llm", Path(llm.__file__))) == "it runs as -x llm:model=..."
    (row,) = [row for row in bench("list", "extractors", "--format", "json").table if row["name"] == "llm"]
    assert row["runs in"] == "it runs as -x llm:model=..."


@pytest.mark.parametrize(
    ("model", "secret"),
    [
        pytest.param("key-in-error", KEY, id="in an error, where its message is cut"),
        pytest.param("key-in-text", KEY, id="in the text"),
        pytest.param("key-in-body", KEY, id="in an answer that makes no sense"),
    ],
)
def test_a_key_that_the_server_says_back_is_kept_nowhere(
    bench: Callable[..., Said], server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, secret: str
) -> None:
    monkeypatch.setenv("MILL_KEY", secret)
    write_corpus(tmp_path, {"mill": PAGE})
    where = ["--corpus", tmp_path, "--results", tmp_path / "results"]
    spec = f"llm:model={model},base_url={server.url},key_env=MILL_KEY"
    said = [bench("run", *where, "-x", spec, "--format", "json"), bench("export", *where)]
    assert server.keys == [f"Bearer {secret}"], "it has reached the server, once"
    with contextlib.closing(sqlite3.connect(tmp_path / "results" / "store.sqlite")) as store:
        dump = "\n".join(store.iterdump())
        stored = [json.loads(line)["text"] for line in said[1].out.splitlines()]
    for place in (dump, *stored, *(one.out + one.err for one in said)):
        assert secret[:12] not in place
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in files if secret.encode() in path.read_bytes()]


def test_a_local_server_s_stand_in_for_a_key_is_a_word_like_any(
    ask: Callable[..., Extraction], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "mill")
    assert ask("good").text == TEXT


def test_what_prints_the_key_is_not_told_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILL_KEY", KEY)
    path = tmp_path / "prints.py"
    path.write_text(
        'import os\nSECRET = "key_env"\ndef extractor(*, key_env: str = "MILL_KEY"):\n'
        '    def extract(page):\n        print(os.environ["BENCH_SECRET"])\n        os.system("echo $BENCH_SECRET >&2")\n'
        '        page.notes["note"] = os.environ["BENCH_SECRET"]\n        raise KeyError(os.environ["BENCH_SECRET"])\n'
        "    return extract\n",
        encoding="utf-8",
    )
    one = resolve(str(path))
    worker = Worker(Job(path, secret=one.secret), Limits(), tmp_path)
    worker.await_ready()
    extraction = worker.extract(b"x", "utf-8", forced=False, url=None)
    worker.kill()
    assert (extraction.stdout, extraction.stderr) == ("[key]\n", "[key]\n")
    assert str(extraction.error_message).startswith("'[key]'")
    assert extraction.notes == {"note": "[key]"}


def test_the_official_address_is_asked_with_a_key_or_not_at_all(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    here = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.server_port))
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [here])  # whatever the name, it is this machine
    one = resolve("llm:model=x")
    assert one.address == Address("api.openai.com", 443)
    worker = Worker(Job(one.adapter.path, (("model", "x"),), address=one.address, secret=one.secret), Limits(), tmp_path)
    with pytest.raises(StartFailure, match="no key: the environment variable OPENAI_API_KEY is not set"):
        worker.await_ready()


def test_nothing_but_the_one_host_is_reachable(server: Server, tmp_path: Path) -> None:
    with Server() as other:
        beside = threading.Thread(target=other.serve_forever, args=(0.05,))
        beside.start()
        one = resolve(f"{FAKES / 'dials_beside.py'}:base_url={server.url},beside={other.server_port}")
        worker = Worker(Job(one.adapter.path, tuple(one.settings.items()), address=one.address), Limits(), tmp_path)
        worker.await_ready()
        extraction = worker.extract(b"x", "utf-8", forced=False, url=None)
        worker.kill()
        other.shutdown()
        beside.join()
    reached = dict.fromkeys(["the host", "another host's name", "an absolute address"], str(server.server_port))
    refused = dict.fromkeys(["the host directly", "another port", "another host", "a datagram", "a name"], "refused")
    assert json.loads(extraction.text) == reached | refused
    assert worker.given["network"] in ("namespace but for one host", "seccomp but for one host")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("http://localhost:11434/v1", Address("localhost", 11434), id="a local server"),
        pytest.param("https://api.example/v1", Address("api.example", 443), id="https"),
        pytest.param("http://[::1]/v1", Address("::1", 80), id="a number, http"),
        pytest.param("localhost:11434", "is no address; write http://HOST:PORT/v1", id="no scheme"),
        pytest.param("ftp://host/", "is no address", id="another scheme"),
        pytest.param("http:///v1", "is no address", id="no host"),
        pytest.param("http://host:99999/", "is no address", id="no such port"),
        pytest.param("https://me:word@host/v1", "keys are for an environment variable", id="a password"),
        pytest.param("https://host/v1?key=1", "keys are for an environment variable", id="a query"),
    ],
)
def test_an_address_is_a_host_and_a_port_and_no_secret(url: str, expected: Address | str) -> None:
    if isinstance(expected, Address):
        assert address_of(url) == expected
        return
    with pytest.raises(UsageError, match=expected):
        address_of(url)


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        pytest.param("llm", "llm needs -x llm:model=...", id="no model"),
        pytest.param("llm:seed=1", "llm needs -x llm:model=...", id="other settings only"),
        pytest.param("llm:model", "setting 'model' of llm is a text (model=...)", id="a model without a name"),
        pytest.param("llm:modle=x", "no setting of llm named 'modle'; did you mean model?", id="a letter lost"),
        pytest.param("llm:model=x,base_url=nowhere", "'nowhere' is no address", id="no address"),
        pytest.param(
            f"llm:model=x,key_env={KEY}", "setting 'key_env' of llm is the name of an environment variable", id="a key"
        ),
    ],
)
def test_a_model_that_cannot_be_asked_is_told_in_one_line(spec: str, told: str) -> None:
    with pytest.raises(UsageError) as problem:
        resolve(spec)
    assert str(problem.value).startswith(told)


@pytest.mark.parametrize("found", [False, True], ids=["no such name", "nobody listens"])
def test_a_host_that_is_not_there_is_unavailable(
    bench: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        here = (socket.AF_INET, socket.SOCK_STREAM, 6, "", closed.getsockname())

    def look_up(*_: object, **__: object) -> list[object]:
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [here]

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    write_corpus(tmp_path, {"mill": PAGE})
    spec = "llm:model=x,base_url=http://nowhere.invalid/v1"
    said = bench("run", "--corpus", tmp_path, "--results", tmp_path / "results", "-x", spec, "--quiet")
    assert said.code == 3
    assert f"nowhere.invalid:80: {'Connection refused' if found else 'Name or service not known'}" in said.err


def test_an_opening_carries_more_connections_than_it_may_have_at_once_and_closes_them_all(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)  # longer than a socket's address
    deep.mkdir()
    before = threading.active_count()
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener, contextlib.ExitStack() as ends:
        opening = Opening(Address(*listener.getsockname()), deep)
        listener.accept()[0].close()  # it looked whether anybody is there
        monkey = ends.enter_context(pytest.MonkeyPatch.context())
        monkey.chdir(deep)
        near = [ends.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(CONNECTIONS + 4)]
        for one in near:
            one.connect("network")
            one.sendall(b"%02d" % near.index(one))
        listener.settimeout(5)
        far = [ends.enter_context(listener.accept()[0]) for _ in range(CONNECTIONS)]
        said = [int(one.recv(2)) for one in far]
        assert len(set(said)) == CONNECTIONS
        listener.settimeout(0.3)
        with pytest.raises(TimeoutError):
            listener.accept()
        far[0].sendall(b"bye")
        far[0].close()
        assert near[said[0]].recv(9) == b"bye"
        near[said[0]].close()
        listener.settimeout(5)
        far.append(ends.enter_context(listener.accept()[0]))  # one has ended, and the next has its turn
        opening.close()
        opening.close()
        far[-1].recv(2)  # what the last one said
        assert all(one.recv(9) == b"" for one in far[1:])
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert threading.active_count() == before
