"""Extractors that are commands, each through the real sandbox: what they are given, what may go wrong, what a file may say."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Said, processes_of, write_corpus

from bench.declared import Declarations
from bench.encoding import codec_for
from bench.errors import UsageError
from bench.program import web_name
from bench.spec import Extractor

pytestmark = [
    pytest.mark.usefixtures("no_process_left"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="these limits are Linux's"),
]

ANSWERS = ROOT / "tests" / "programs" / "answers.py"
PAGES = {"a-before": "first page", "b-trap": "trap", "c-after": "third page"}


def sh(script: str, **more: str) -> dict[str, Any]:
    """Return the declaration of a line for the shell."""
    return {"command": ["sh", "-c", script], **more}


def declare(root: Path, **tables: dict[str, Any]) -> Path:
    """Write a file that declares these; JSON's lists, texts and booleans are TOML's too."""
    file = root / "extractors.toml"
    lines = []
    for name, table in tables.items():
        lines += [f"[extractors.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def run(bench: Callable[..., Said], root: Path, page: bytes | str = "trap", *, timeout: float = 30, **table: Any) -> Said:
    """Run a declared program, by the name `tool`, over three pages of which the second is this one."""
    write_corpus(root, {**PAGES, "b-trap": page})
    where = ("--corpus", root, "--results", root / "results", "--extractors", declare(root, tool=table))
    return bench("run", *where, "-x", "tool", "--jobs", 1, "--timeout", timeout, "--memory", 0.5, "--format", "json")


def outputs(bench: Callable[..., Said], root: Path) -> dict[str, dict[str, Any]]:
    """Return what is stored of the program, by page."""
    said = bench("export", "--results", root / "results", "-x", "tool")
    return {cell["id"]: cell for cell in map(json.loads, said.out.removesuffix("\n").split("\n"))}


# What a program is given


def test_a_shell_pipeline_goes_from_declaration_to_table_row(
    bench: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(tmp_path, **{"tags-off": sh("sed -e 's/<[^>]*>/ /g' | tr -s ' '", version="1.2", licence="Unlicense")})
    write_corpus(tmp_path, {"page": "<p>gold words of <b>the page</b></p>"})
    monkeypatch.chdir(tmp_path)  # where the file is found without being named
    said = bench("run", "--corpus", tmp_path, "-x", "tags-off==1.2", "--format", "json")
    assert said.code == 0, said.err
    (row,) = [row for row in said.table["rows"] if row["name"] == "tags-off"]
    assert (row["version"], row["outcomes"], row["values"]["f1"]["value"]) == ("1.2", {"ok": 1}, 1.0)
    assert "data" in said.table["manifest"]["limits_in_force"]["memory"]
    assert "1 from the store, 0 to run" in bench("run", "--corpus", tmp_path, "-x", "tags-off").err
    (listed,) = [one for one in json.loads(bench("list", "extractors", "--format", "json").out) if one["name"] == "tags-off"]
    assert (listed["versions"], listed["licence"]) == ("1.2", "Unlicense")
    assert listed["about"] == "sh -c sed -e 's/<[^>]*>/ /g' | tr -s ' '"


def test_a_program_declared_beside_the_corpus_runs_where_it_is_named_and_only_then(
    bench: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, elsewhere = tmp_path / "corpus-of-ours", tmp_path / "elsewhere"
    corpus.mkdir()
    elsewhere.mkdir()
    write_corpus(corpus, {"page": "<p>gold words</p>"})
    declare(corpus, ours={"command": ["./tool"]})
    tool = corpus / "tool"
    tool.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\ncat\n", encoding="utf-8")
    tool.chmod(0o755)
    monkeypatch.chdir(elsewhere)
    assert bench("run", "--corpus", corpus, "-x", "readability-lxml").code == 0
    said = bench("run", "--corpus", corpus, "--format", "json")
    assert "ours" not in {row["name"] for row in said.table["rows"]}
    assert not (tmp_path / "ran").exists()
    said = bench("run", "--corpus", corpus, "-x", "ours", "--format", "json")
    assert said.code == 0, said.err
    assert "ours" in {row["name"] for row in said.table["rows"]}
    assert bench("run", "--corpus", corpus, "-x", "theirs").code == 2


def test_a_file_beside_the_corpus_that_is_no_toml_disturbs_nobody_who_does_not_need_it(
    bench: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, elsewhere = tmp_path / "corpus-of-ours", tmp_path / "elsewhere"
    corpus.mkdir()
    elsewhere.mkdir()
    write_corpus(corpus, {"page": "<p>gold words</p>"})
    (corpus / "extractors.toml").write_text("[[[", encoding="utf-8")
    monkeypatch.chdir(elsewhere)
    assert bench("run", "--corpus", corpus, "-x", "readability-lxml").code == 0
    said = bench("run", "--corpus", corpus, "-x", "ours")
    assert said.code == 2
    assert "extractors.toml: cannot be read as TOML" in said.err


@pytest.mark.parametrize(
    ("table", "text"),
    [
        pytest.param({"command": ["cat"]}, "<p>trap</p>", id="stdin"),
        pytest.param({"command": ["cat", "{path}"], "input": "file"}, "<p>trap</p>", id="a file"),
        pytest.param(sh("cat; ls", input="stdin"), "<p>trap</p>page.html", id="a folder with nothing but the page"),
        pytest.param({"command": ["cat"], "output": "html"}, "trap", id="html becomes text"),
        pytest.param({"command": ["cat"], "output": "markdown"}, "<p>trap</p>", id="markdown stays as it is"),
        pytest.param(sh('echo "$BENCH_URL $BENCH_ENCODING"'), "https://b-trap.example/ utf-8", id="url and encoding"),
        pytest.param(sh("exec printf '\\357\\273\\277a'"), "a", id="a byte order mark is none of the text"),
        pytest.param(sh("exec printf 'a\\000\\377\\300b'"), "a\0\ufffd\ufffdb", id="what is no UTF-8"),
        pytest.param(sh("echo answer; cat /dev/urandom | head -c 100000 >&2"), "answer", id="noise on stderr"),
        pytest.param(sh("sleep 3600.75 & echo early"), "early", id="a process left behind"),
        pytest.param(
            {"command": [sys.executable, str(ANSWERS)], "input": "protocol"},
            '["utf-8", false, "https://b-trap.example/"] <p>trap</p>',
            id="protocol",
        ),
    ],
)
def test_a_program_gets_the_page_and_its_output_is_the_text(
    bench: Callable[..., Said], tmp_path: Path, table: dict[str, Any], text: str
) -> None:
    said = run(bench, tmp_path, "<p>trap</p>", **table)
    assert said.code == 0, said.err
    done = outputs(bench, tmp_path)
    assert done["b-trap"]["outcome"] == "ok"
    assert done["b-trap"]["text"].strip() == text


def test_an_empty_output_is_an_empty_answer(bench: Callable[..., Said], tmp_path: Path) -> None:
    run(bench, tmp_path, command=["true"])
    assert {cell["outcome"] for cell in outputs(bench, tmp_path).values()} == {"empty"}


def test_the_encoding_is_told_by_the_name_that_other_languages_know(bench: Callable[..., Said], tmp_path: Path) -> None:
    page = '<meta charset="latin1">Frühjahr'.encode("cp1252")
    run(bench, tmp_path, page, **sh('iconv -f "$BENCH_ENCODING" -t utf-8; printf " %s" "$BENCH_ENCODING"'))
    assert outputs(bench, tmp_path)["b-trap"]["text"].endswith("Frühjahr windows-1252")


@pytest.mark.parametrize("label", ["utf-8", "latin1", "koi8-r", "shift_jis", "euc-jp", "big5", "gbk", "utf-16be", "macintosh"])
def test_every_encoding_has_a_name_of_the_web_that_leads_back_to_it(label: str) -> None:
    codec = codec_for(label)
    assert codec is not None
    assert codec_for(web_name(codec)) == codec


# What may go wrong


@pytest.mark.parametrize(
    ("table", "page", "outcome", "kind", "message"),
    [
        pytest.param(sh("echo no >&2; echo so >&2; exit 3"), "", "error", "Exit", "ended with exit code 3: so", id="exit code"),
        pytest.param(sh("kill -SEGV $$"), "", "error", "SIGSEGV", "killed by SIGSEGV", id="signal"),
        pytest.param(
            sh("cat /dev/zero"), "", "error", "OverflowError", "printed more than 134217728 bytes", id="endless output"
        ),
        pytest.param(sh("sleep 3600.75"), "", "timeout", None, "killed after 1 s", id="hang"),
        pytest.param(sh("setsid sleep 3600.75 & wait"), "", "timeout", None, "killed after 1 s", id="a grandchild hangs"),
        *(
            pytest.param({"command": [sys.executable, str(ANSWERS)], "input": "protocol"}, *case, id=f"protocol: {case[0]}")
            for case in [
                ("dies", "crash", "SIGABRT", "killed by SIGABRT"),
                ("leaves", "crash", "Exit", "ended with exit code 7"),
                ("garbage", "crash", "ProtocolError", "gave an answer that is not JSON"),
                ("list", "crash", "ProtocolError", "gave an answer that is no object"),
                ("textless", "crash", "ProtocolError", "answered without a text"),
                ("huge", "crash", "ProtocolError", "announced an answer of 4294967295 bytes"),
                ("closes", "crash", "ProtocolError", "closed its output"),
                ("late", "timeout", None, "killed after 1 s"),
                ("says no words", "error", "Unreadable", "no words"),
                ("fills", "memory", "Exit", "ended with exit code 1"),
                ("null", "empty", None, None),
            ]
        ),
    ],
)
def test_a_misbehaving_program_costs_its_own_page_and_is_told_by_its_right_name(
    bench: Callable[..., Said],
    tmp_path: Path,
    table: dict[str, Any],
    page: str,
    outcome: str,
    kind: str | None,
    message: str | None,
) -> None:
    deadline = 1 if outcome == "timeout" else 30
    fated = not page  # a shell's line does the same to every page
    said = run(bench, tmp_path, page or "trap", timeout=deadline, **table)
    assert said.code == 0, said.err
    done = outputs(bench, tmp_path)
    assert (done["b-trap"]["outcome"], done["b-trap"]["error_type"]) == (outcome, kind)
    if message is None:
        assert done["b-trap"]["error_message"] is None
    else:
        assert message in done["b-trap"]["error_message"]
        assert "program.py" not in done["b-trap"]["error_message"]
    assert {done[one]["outcome"] for one in ("a-before", "c-after")} == {outcome if fated else "ok"}
    assert not [line for line in processes_of(tmp_path) if "3600.75" in line]


def test_an_answer_that_was_not_asked_for_is_never_taken_for_the_next_page(bench: Callable[..., Said], tmp_path: Path) -> None:
    run(bench, tmp_path, "twice", command=[sys.executable, str(ANSWERS)], input="protocol")
    done = outputs(bench, tmp_path)
    assert done["b-trap"]["text"] == "one"
    assert "third page" in done["c-after"]["text"]
    assert done["c-after"]["attempts"] == 2


@pytest.mark.parametrize(("word", "why"), [("unready", "Error: no model"), ("silent", "ended with exit code 4 (nobody home)")])
def test_a_program_that_does_not_get_ready_is_unavailable_and_its_reason_told(
    bench: Callable[..., Said], tmp_path: Path, word: str, why: str
) -> None:
    said = run(bench, tmp_path, command=[sys.executable, str(ANSWERS), word], input="protocol")
    assert said.code == 3
    assert why in said.err.splitlines()[-1]


@pytest.mark.parametrize("how", ["stdin", "protocol"])
def test_what_a_program_uses_is_measured_and_not_what_starts_it(bench: Callable[..., Said], tmp_path: Path, how: str) -> None:
    work = "x = b'x' * (100 << 20); import time\nwhile time.process_time() < .3: pass\nprint(len(x))"
    command = [sys.executable, str(ANSWERS)] if how == "protocol" else [sys.executable, "-c", work]
    run(bench, tmp_path, "works", command=command, input=how)
    cell = outputs(bench, tmp_path)["b-trap"]
    assert str(100 << 20) in cell["text"]
    assert cell["cpu_seconds"] >= 0.2
    assert 100 << 20 < cell["peak_bytes"] < 300 << 20


def greet(server: socket.socket) -> None:
    """Send a word to as many callers as there are pages."""
    for _ in PAGES:
        caller, _ = server.accept()
        with caller:
            caller.sendall(b"from outside")


def test_the_network_is_open_to_a_program_that_declares_it_and_the_table_says_so(
    bench: Callable[..., Said], tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        thread = threading.Thread(target=greet, args=(server,))
        thread.start()
        dial = f"import socket; print(socket.create_connection(('127.0.0.1', {server.getsockname()[1]})).recv(99).decode())"
        cut = run(bench, tmp_path, command=[sys.executable, "-c", dial])
        assert {row["name"]: row["outcomes"] for row in cut.table["rows"]}["tool"] == {"error": 3}
        said = run(bench, tmp_path, command=[sys.executable, "-c", dial], network=True)
        thread.join()
    assert {row["name"]: row["outcomes"] for row in said.table["rows"]}["tool"] == {"ok": 3}
    assert "declared opening" in said.table["manifest"]["limits_in_force"]["network"]
    assert "with the network open, as declared: tool" in bench("table", "--results", tmp_path / "results").out


# What a file may say

TRUE = 'command = ["true"]'


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param("[extractors.a", "cannot be read as TOML (Expected ']'", id="no TOML"),
        pytest.param("", "declares no extractor; write [extractors.NAME]", id="nothing"),
        pytest.param("extractors = 3", "declares no extractor", id="no table of tables"),
        pytest.param(f"[extractor.a]\n{TRUE}", "no key named 'extractor'; did you mean extractors?", id="another table"),
        pytest.param("[extractors]\na = 1", "extractors.a: must be a table; write [extractors.a]", id="no table"),
        pytest.param(f"[extractors.My_Tool]\n{TRUE}", "extractors.My_Tool: a name is of a-z, 0-9 and hyphens", id="a bad name"),
        pytest.param(
            f"[extractors.justext]\n{TRUE}", "extractors.justext: that is a built-in extractor's name", id="a name taken"
        ),
        pytest.param(
            "[extractors.a]", 'extractors.a: has no command; write command = ["program", "argument"]', id="no command"
        ),
        pytest.param('[extractors.a]\ncommand = "true"', "extractors.a.command: must be a list of texts", id="a shell's line"),
        pytest.param("[extractors.a]\ncommand = []", "extractors.a.command: must be a list of texts", id="an empty command"),
        pytest.param('[extractors.a]\ncommand = ["a", 1]', "extractors.a.command: must be a list of texts", id="a number"),
        pytest.param('[extractors.a]\ncommand = ["a\\u0000"]', "extractors.a.command: must be a list of texts", id="NUL"),
        pytest.param(
            f"[extractors.a]\n{TRUE}\ninpt = 'file'", "extractors.a: no key named 'inpt'; did you mean input?", id="key"
        ),
        pytest.param(
            f"[extractors.a]\n{TRUE}\ninput = 'pipe'", "extractors.a.input: must be stdin, file or protocol", id="input"
        ),
        pytest.param(f"[extractors.a]\n{TRUE}\ninput = []", "extractors.a.input: must be stdin, file or", id="input, a list"),
        pytest.param(f"[extractors.a]\n{TRUE}\noutput = 'pdf'", "a.output: must be text, html or markdown", id="output"),
        pytest.param(f"[extractors.a]\n{TRUE}\nnetwork = 1", "extractors.a.network: must be true or false", id="network"),
        pytest.param(f"[extractors.a]\n{TRUE}\nlicence = 2", "extractors.a.licence: must be a text", id="licence"),
        pytest.param(f"[extractors.a]\n{TRUE}\nhomepage = 'x'", "extractors.a.homepage: must be an address", id="homepage"),
        pytest.param(
            f"[extractors.a]\n{TRUE}\nversion = 1.2", "extractors.a.version: must be a text, or a command", id="version"
        ),
        pytest.param(f"[extractors.a]\n{TRUE}\ninput = 'file'", '"{path}" in the command belong together', id="no path"),
        pytest.param('[extractors.a]\ncommand = ["cat", "{path}"]', '"{path}" in the command belong together', id="a path"),
    ],
)
def test_a_file_that_says_what_it_may_not_is_answered_in_one_line_with_file_and_key(
    bench: Callable[..., Said], tmp_path: Path, content: str, problem: str
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(content, encoding="utf-8")
    said = bench("run", "--extractors", file, "-x", "a", "--results", tmp_path / "results")
    assert said.code == 2
    assert said.err.startswith(f"bench: {file}: ")
    assert problem in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        pytest.param({"command": ["no-such-tool"]}, "a.command: no program 'no-such-tool' on the PATH", id="not on the PATH"),
        pytest.param({"command": ["./tool"]}, "tool: No such file or directory", id="not beside the file"),
        pytest.param({"command": ["./plain"]}, "plain: may not be executed; chmod +x would allow it", id="no program"),
        pytest.param({"command": ["sh", "./gone.sh"]}, "gone.sh: No such file or directory", id="a script that is not there"),
        pytest.param(
            {"command": ["true"], "version": ["no-such-tool"]}, "a.version: no program 'no-such-tool'", id="version, no program"
        ),
        pytest.param(
            {"command": ["true"], "version": ["sh", "-c", "exit 3"]},
            "'sh -c exit 3' ended with exit code 3",
            id="version fails",
        ),
        pytest.param({"command": ["true"], "version": ["true"]}, "a.version: 'true' printed nothing", id="version, nothing"),
    ],
)
def test_what_a_declaration_needs_and_lacks_is_told_in_one_line(
    bench: Callable[..., Said], tmp_path: Path, table: dict[str, Any], problem: str
) -> None:
    (tmp_path / "plain").write_text("#!/bin/sh\n", encoding="utf-8")
    file = declare(tmp_path, a=table)
    said = bench("run", "--extractors", file, "-x", "a", "--results", tmp_path / "results")
    assert said.code == 2
    assert said.err.startswith(f"bench: {file}: extractors.a.")
    assert problem in said.err
    assert said.err.count("\n") == 1
    listed = json.loads(bench("list", "extractors", "--extractors", file, "--format", "json").out)[-1]
    assert listed["versions"] is None
    assert problem in listed["runs in"]


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("too", "no extractor named 'too'; did you mean tool?"),
        ("tool:fast=true", "tool has no settings"),
        ("tool==2", "tool 2 is not there, 1.0 is"),
    ],
    ids=["near name", "settings", "another version"],
)
def test_a_spec_of_a_declared_extractor_is_read_like_any_other(tmp_path: Path, spec: str, problem: str) -> None:
    declared = Declarations(declare(tmp_path, tool={"command": ["true"], "version": "1.0"}))
    assert declared.ask("tool==1.0").version == "1.0"
    assert declared.ask("nothing").name == "nothing"
    with pytest.raises(UsageError) as told:
        declared.ask(spec)
    assert problem in str(told.value)


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.toml: No such file"):
        Declarations(tmp_path / "gone.toml")


def test_whatever_may_change_the_output_changes_the_identity(tmp_path: Path) -> None:
    for name in ("tool", "lib.sh", "printed"):
        (tmp_path / name).write_text("#!/bin/sh\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "printed").write_text("tool 1.5-rc.1 (of a day)\n", encoding="utf-8")
    first = {"command": ["./tool", "../" + tmp_path.name + "/lib.sh", "x"], "version": ["cat", "./printed"]}

    def key(**changed: Any) -> bytes:
        found = Declarations(declare(tmp_path, tool={**first, **changed})).ask("tool")
        assert isinstance(found, Extractor)
        return found.key

    def after(name: str, content: str) -> bytes:
        before = (tmp_path / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(content, encoding="utf-8")
        changed = key()
        (tmp_path / name).write_text(before, encoding="utf-8")
        return changed

    assert Declarations(declare(tmp_path, tool=first)).ask("tool").version == "1.5-rc.1"
    assert key() == key() == key(licence="MIT", about="One.")
    keys = [
        key(), key(command=[*first["command"], "y"]), key(input="protocol"), key(output="html"), key(network=True),
        key(version="1.5-rc.1"), after("tool", "#!/bin/sh\n#"), after("lib.sh", "#"), after("printed", "tool 1.5-rc.1 (2)\n"),
    ]  # fmt: skip
    assert len(set(keys)) == len(keys)
