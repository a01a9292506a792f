"""What the README says is so."""

from __future__ import annotations

import re
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


def test_the_result_table_is_the_committed_one() -> None:
    shown = README.split("<!-- results/builtin.md -->\n")[1].split("<!-- /results/builtin.md -->")[0]
    committed = (ROOT / "results" / "builtin.md").read_text(encoding="utf-8")
    assert shown == committed.split("\n<!-- bench ")[0]  # the request is for programs


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!https?:)([^)]+)\)", README))))
def test_every_link_to_a_file_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists()
