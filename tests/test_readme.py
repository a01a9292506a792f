"""What the README says is so."""

from __future__ import annotations

import http.server
import json
import re
import shlex
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, Said, write_corpus

README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str, containing: str) -> str:
    """Return the one code block of a language that contains a text."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    (found,) = [code for its, code in blocks if its == language and containing in code]
    return str(found)


def test_the_extractor_of_five_minutes_works_as_written(bench: Callable[..., Said], tmp_path: Path) -> None:
    (tmp_path / "longest.py").write_text(block("python", "# longest.py"), encoding="utf-8")
    spec = tmp_path / "longest.py"
    said = bench("run", "-x", spec, "-x", f"{spec}:least=40", "--results", tmp_path / "results", "--format", "json", "--quiet")
    assert said.code == 0, said.err
    rows = {(row["name"], row["settings"]): row for row in said.table["rows"]}
    assert rows["longest", ""]["values"]["precision"]["value"] > rows["everything", ""]["values"]["precision"]["value"]
    assert rows["longest", "least=40"]["values"]["recall"]["value"] > rows["longest", ""]["values"]["recall"]["value"]


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl here")
def test_the_declared_programs_work_as_written(bench: Callable[..., Said], tmp_path: Path) -> None:
    class Service(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            page = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(page.split(b"</nav>")[-1].decode("cp1252").encode())

        def log_message(self, *_: object) -> None:
            pass

    (root := tmp_path / "pages").mkdir()
    write_corpus(root, {"page": "<nav>Home</nav><p>Größe der <b>Mühle</b></p>".encode("cp1252")}, {"page": "Größe der Mühle"})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever).start()
        declared = block("toml", "[extractors.go-trafilatura]").replace(":8080/", f":{server.server_port}/")
        (tmp_path / "extractors.toml").write_text(declared, encoding="utf-8")
        where = ["--extractors", tmp_path / "extractors.toml", "--results", tmp_path / "results"]
        said = bench("run", "--corpus", root, *where, "-x", "pipeline", "-x", "service", "--format", "json")
        server.shutdown()
    assert said.code == 0, said.err
    rows = {row["name"]: row["values"] for row in said.table["rows"]}
    assert rows["pipeline"]["recall"]["value"] == rows["service"]["f1"]["value"] == 1.0
    assert rows["pipeline"]["precision"]["value"] == 0.75
    listed = [row["name"] for row in json.loads(bench("list", "extractors", *where, "--format", "json").out)]
    assert listed[-3:] == ["go-trafilatura", "pipeline", "service"]


def test_the_worked_example_is_what_bench_computes(bench: Callable[..., Said], tmp_path: Path) -> None:
    lines = block("", "The Old Mill").splitlines()
    gold = f"{lines[0].split('gold')[1].split('(')[0].strip()}\n\n{lines[1].strip()}"
    write_corpus(tmp_path, {"mill": "page"}, {"mill": gold})
    output = lines[3].split("output")[1].strip()
    (tmp_path / "made.jsonl").write_text(f'{{"id": "mill", "text": "{output}"}}\n', encoding="utf-8")
    bench("import", tmp_path / "made.jsonl", "--corpus", tmp_path, "--results", tmp_path / "results")
    (row,) = bench("table", "--results", tmp_path / "results", "--format", "json").table["rows"]
    told = re.search(r"precision = .*? = (\.\d+), recall = .*? = (\.\d+), F1 = (\.\d+)", README)
    assert told is not None
    assert [round(row["values"][name]["value"], 2) for name in ("precision", "recall", "f1")] == [
        float(n) for n in told.groups()
    ]


def test_the_workflow_gates_an_extractor_as_written(
    bench: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = block("python", "# longest.py")
    Path("my_extractor.py").write_text(source, encoding="utf-8")
    for line in block("sh", "--baseline bench-baseline.json --update").splitlines():
        assert bench(*shlex.split(line)[1:]).code == 0, line
    commands = re.findall(r"- run: bench (.*?)(?: >> .*)?$", block("yaml", "bench gate"), re.MULTILINE)
    ends = {}
    for least in ("80", "800"):
        Path("my_extractor.py").write_text(source.replace("= 80", f"= {least}"), encoding="utf-8")
        ends[least] = [bench(*shlex.split(command)).code for command in commands]
    assert ends == {"80": [0, 0], "800": [0, 1]}
    assert Path("gate.xml").is_file()


def test_the_result_table_is_the_committed_one() -> None:
    shown = README.split("<!-- results/builtin.md -->\n")[1].split("<!-- /results/builtin.md -->")[0]
    committed = (ROOT / "results" / "builtin.md").read_text(encoding="utf-8")
    assert shown == committed.split("\n<!-- bench ")[0]  # the request is for programs


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!https?:)([^)]+)\)", README))))
def test_every_link_to_a_file_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


def test_a_check_says_what_the_readme_shows(
    bench: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("corpus", "gold"):
        shutil.copytree(ROOT / folder, tmp_path / "demo" / folder)
    monkeypatch.chdir(tmp_path / "demo")
    for file, right, wrong in (
        ("gold/news-harbour-pact-en.txt", "its eastern mole", "its western mole"),
        ("gold/news-harbour-pact-en.txt", "~ (With", "~(With"),
        ("gold/docs-retry-policy-en.md", "counts as a failure", "counts as failure"),
        ("corpus/recipe-moqueca-pt.toml", 'licence = "CC-BY-4.0"\n', ""),
    ):
        text = Path(file).read_text(encoding="utf-8")
        assert text.count(right) == 1
        Path(file).write_text(text.replace(right, wrong), encoding="utf-8")
    assert bench("check", ".", "--severity", "warning").out == block("", "optional-mark")


def test_the_hook_of_the_readme_is_ours(bench: Callable[..., Said]) -> None:
    shown = block("yaml", "id: bench-check")
    ours = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    assert "- id: bench-check\n" in ours
    arguments = re.search(r"args: \[(.*)\]", shown)
    assert arguments
    assert bench("check", *arguments[1].split(", ")).code == 0
