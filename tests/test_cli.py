"""The command line as a user meets it."""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from conftest import FAKES, ROOT, Said, write_corpus

from bench import plugins
from bench.cli._shared import asked_for
from bench.spec import read_adapter

Bench = Callable[..., Said]
COMMANDS = plugins.names("cli")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    pages = {"one": "<p>gold words of the page</p>", "two": "<p>gold words</p>", "three": "<p>other things</p>"}
    return write_corpus(tmp_path / "corpora", pages)


@pytest.fixture
def where(corpus: Path, tmp_path: Path) -> list[object]:
    return ["--corpus", corpus, "--results", tmp_path / "results"]


def steady(*settings: str) -> list[object]:
    return ["-x", ":".join([str(FAKES / "steady.py"), *settings])]


# Commands


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_stands_in_the_readme(bench: Bench, name: str) -> None:
    said = bench(name, "--help")
    assert said.code == 0
    assert len(said.out.splitlines()) > 5
    command = plugins.load("cli", name).command
    assert isinstance(command, click.Command)
    assert command.name == name
    assert f"bench {name}" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_help_text(name: str) -> None:
    for parameter in plugins.load("cli", name).command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.opts}"


def test_help_imports_nothing_heavy() -> None:
    heavy = {"numpy", "rich", "lxml", "rapidfuzz", "tabulate", "w3lib", "sqlite3", "publicsuffixlist", "trafilatura"}
    code = "import sys; from bench.cli.__main__ import main\ntry: main(['--help'])\nexcept SystemExit: print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not heavy & set(said.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(("of_the_user", "used"), [(None, "1"), ("3", "3")])
def test_numpy_gets_one_thread_unless_the_user_has_set_more(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, of_the_user: str | None, used: str
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", of_the_user or "")
    if of_the_user is None:
        monkeypatch.delenv("OMP_NUM_THREADS")
    assert bench("--version").code == 0
    assert os.environ["OMP_NUM_THREADS"] == used


# Exit codes and messages


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["rnu"], 2, "no command named 'rnu'; did you mean run?"),
        (["run", "-x", "trafilatur"], 2, "no extractor named 'trafilatur'; did you mean trafilatura, "),
        (["run", "-x", "trafilatura:favour_recall=true"], 2, "did you mean favor_recall"),
        (["run", "-x", "trafilatura==1.x"], 2, "trafilatura==1.x: that is no version"),
        (["run", "-x", "./nowhere.py"], 2, "./nowhere.py: no such file"),
        (["run", "--metric", "keep"], 2, "no metric named 'keep'; did you mean kept?"),
        (["run", "--jobs", "0"], 2, "0 is not in the range"),
        (["run", "--corpus", "nowhere"], 2, "nowhere: no such folder"),
        (["run", "--pages", "no-such-*"], 5, "no pages match no-such-*"),
        (["table"], 5, "no stored results"),
        (["export", "--corpus", "builtin"], 5, "no stored results"),
        (["import", "nowhere.json"], 2, "does not exist"),
        (["list", "extractor"], 2, "'extractor' is not one of"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_mistake_costs_one_clear_line_and_a_documented_exit_code(
    bench: Bench, tmp_path: Path, arguments: list[str], code: int, message: str
) -> None:
    said = bench(*arguments, "--results", tmp_path) if arguments[0] != "rnu" else bench(*arguments)
    assert said.code == code, said.err
    assert message in said.err.splitlines()[-1]
    assert "Traceback" not in said.err
    assert said.out == ""


def test_a_fault_of_our_own_is_told_in_one_line(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("by design")

    monkeypatch.setattr("bench.spec.adapters", broken)
    said = bench("list", "extractors", "--results", tmp_path)
    assert said.code == 70
    assert said.err.count("\n") == 1
    assert "fault in bench itself" in said.err


def test_a_folder_that_is_no_corpus_is_told_what_was_looked_for(bench: Bench, tmp_path: Path) -> None:
    said = bench("run", "--corpus", tmp_path, "--results", tmp_path / "results")
    assert said.code == 2
    assert all(name in said.err for name in ("native (corpus/*.html", "aeb (ground-truth.json", "wcxb (SPLIT/ground-truth"))


def test_broken_records_stop_a_run_unless_told_to_go_on_and_then_stand_under_the_table(
    bench: Bench, corpus: Path, where: list[object]
) -> None:
    (corpus / "gold" / "two.txt").write_text("\n")
    (corpus / "gold" / "stray.txt").write_text("gold for no page\n")
    said = bench("run", *where, *steady())
    assert said.code == 4
    listed = [line for line in said.err.splitlines() if line.startswith("broken: ")]
    assert [line.split(": ")[2].split(";")[0] for line in listed] == ["gold for no page", "empty gold"]
    said = bench("run", *where, *steady(), "--skip-broken")
    assert said.code == 0
    assert "2 broken records left out" in said.out
    assert "2 pages of 2 sites" in said.out


def test_a_second_writer_is_refused_in_one_line_that_names_the_first(bench: Bench, where: list[object], tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    with (tmp_path / "results" / "store.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(str(os.getpid()))
        lock.flush()
        said = bench("run", *where, *steady())
    assert said.code == 2
    assert f"process {os.getpid()} is writing to it" in said.err


# Running and showing


def test_a_run_prints_its_table_to_stdout_and_all_else_to_stderr(bench: Bench, where: list[object]) -> None:
    said = bench("run", *where, *steady())
    assert said.code == 0
    assert {"extractor", "F1", "P", "R"} <= set(said.out.splitlines()[0].split())
    assert re.search(r"steady file \w{8}: 0 from the store, 3 to run", said.err)
    assert "ran 9 cells in" in said.err
    assert [line.split()[0] for line in said.out.splitlines()[2:6]][:1] == ["steady"]


def test_running_again_costs_only_what_changed(bench: Bench, corpus: Path, where: list[object]) -> None:
    bench("run", *where, *steady())
    assert "3 from the store, 0 to run" in (said := bench("run", *where, *steady())).err
    assert "ran" not in said.err
    page = (corpus / "corpus" / "two.html").read_bytes() + b" "
    write_corpus(corpus, {"two": page})
    assert "2 from the store, 1 to run" in bench("run", *where, *steady()).err
    # A changed gold costs no extraction.
    (corpus / "gold" / "one.txt").write_text("something else\n")
    changed = bench("run", *where, *steady(), "--format", "json")
    assert "3 from the store, 0 to run" in changed.err
    assert "3 to run" in bench("run", *where, *steady("suffix=more")).err


def test_a_table_needs_no_running_and_takes_the_corpus_that_was_last_run(bench: Bench, where: list[object]) -> None:
    ran = bench("run", *where, *steady())
    shown = bench("table", *where[2:])
    assert shown.out == ran.out
    assert shown.err == ""


def test_a_table_shows_only_the_rows_that_are_asked_for(bench: Bench, where: list[object]) -> None:
    bench("run", *where, *steady(), *steady("suffix=more"))
    names = [(row["name"], row["settings"]) for row in bench("table", *where, "--format", "json").table["rows"]]
    assert sorted(names) == [
        ("everything", ""), ("nothing", ""), ("oracle", ""), ("steady", ""), ("steady", "suffix=more"),
    ]  # fmt: skip
    chosen = bench("table", *where, "--format", "json", "-x", "steady:suffix=more").table["rows"]
    assert [row["settings"] for row in chosen] == ["suffix=more"]
    said = bench("table", *where, "-x", "stedy")
    assert said.code == 2
    assert "did you mean steady" in said.err


def test_a_table_of_a_page_subset_that_was_not_run_says_so(bench: Bench, where: list[object]) -> None:
    bench("run", *where, *steady(), "--pages", "t*")
    (row,) = [row for row in bench("table", *where, "--format", "json").table["rows"] if row["name"] == "steady"]
    assert row["outcomes"] == {"ok": 2, "not run": 1}
    assert "1 not run" in bench("table", *where).out


@pytest.mark.parametrize("metric", plugins.names("metrics"))
def test_every_metric_slice_and_format_go_together(bench: Bench, where: list[object], metric: str) -> None:
    bench("run", *where, *steady(), "--quiet")
    for form in plugins.names("tables"):
        for by in ([], *(["--by", field] for field in ("kind", "language", "site", "split"))):
            said = bench("table", *where, "--format", form, "--metric", metric, *by)
            assert said.code == 0, said.err
            assert "steady" in said.out


def test_the_same_seed_gives_the_same_table_and_another_seed_another_interval(bench: Bench, where: list[object]) -> None:
    bench("run", *where, *steady())
    one, same, other = (bench("table", *where, "--format", "json", "--seed", seed).out for seed in (1, 1, 2))
    assert one == same
    assert json.loads(one)["resampling"] != json.loads(other)["resampling"]


def test_the_manifest_names_no_folder_of_this_machine(bench: Bench, where: list[object], tmp_path: Path) -> None:
    said = bench("run", f"--corpus={where[1]}", *where[2:], *steady(), "--format", "json")
    manifest = said.table["manifest"]
    assert manifest["command"].startswith("bench run --corpus=corpora --results results -x steady.py")
    assert str(tmp_path) not in said.out
    assert str(ROOT) not in said.out
    assert set(manifest["limits_in_force"]) == {"network", "processes", "files", "memory"}
    assert manifest["cells"]["ran"] == {"empty": 3, "ok": 6}


def test_the_readers_going_away_is_no_error(where: list[object]) -> None:
    command = [sys.executable, "-m", "bench", "run", *map(str, where), *map(str, steady())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.close()
        said = run.stderr.read()
    assert b"Traceback" not in said
    assert run.returncode == 0


# Listing


def test_a_bare_run_is_of_extractors_of_main_text_and_leaves_whole_pages_to_a_control(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = {one.name for one in asked_for((), None, None)}
    assert {"trafilatura", "readability-lxml", "everything"} <= names
    assert not {"beautifulsoup", "html-text", "markdownify"} & names
    assert "html-text" in {one.name for one in asked_for(("html-text",), None, None)}


def test_extractors_are_listed_with_what_is_installed(bench: Bench, tmp_path: Path) -> None:
    rows = json.loads(bench("list", "extractors", "--format", "json", "--results", tmp_path).out)
    assert {"trafilatura", "readability-lxml", "goose3", "justext", "everything (control)"} <= {row["name"] for row in rows}
    assert all(row["versions"] for row in rows if row["runs in"] is None)
    gives = {row["name"]: row["gives"] for row in rows}
    assert (gives["trafilatura"], gives["html2text"], gives["readability-lxml"]) == ("text", "markdown", "html")


@pytest.mark.parametrize(
    ("python", "place"),
    [("", "an environment of its own, made on demand"), ("PYTHON = '==3.7.99'", "needs Python ==3.7.99, not found here")],
    ids=["this Python", "one that nobody has"],
)
def test_an_extractor_that_is_not_installed_is_listed_with_where_it_would_run(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, python: str, place: str
) -> None:
    file = tmp_path / "absent.py"
    file.write_text(f"DISTRIBUTIONS = ('no-such-one',)\n{python}\ndef extractor(): ...\n", encoding="utf-8")
    adapter = read_adapter("absent", file)
    monkeypatch.setattr("bench.spec.adapters", lambda _: [adapter])
    (row,) = json.loads(bench("list", "extractors", "--format", "json", "--results", tmp_path).out)
    assert (row["name"], row["versions"], row["runs in"]) == ("absent", None, place)


def test_corpora_metrics_and_runs_are_listed(bench: Bench, where: list[object]) -> None:
    results = where[2:]
    assert bench("list", "runs", *results).out == "no runs\n"
    bench("run", *where, *steady())
    assert "builtin" in bench("list", "corpora", *results).out
    metrics = json.loads(bench("list", "metrics", "--format", "json", *results).out)
    assert [metric["name"] for metric in metrics] == plugins.names("metrics")
    (run,) = json.loads(bench("list", "runs", "--format", "json", *results).out)
    assert (run["corpus"], run["pages"], run["ran"], run["from store"]) == ("corpora", 3, 9, 0)


# Outputs in and out


def test_exported_outputs_can_be_imported_and_score_the_same(bench: Bench, where: list[object], tmp_path: Path) -> None:
    bench("run", *where, *steady())
    bench("export", *where, "-x", "steady", "-o", tmp_path / "steady.jsonl")
    said = bench("import", tmp_path / "steady.jsonl", "--as", "elsewhere==7", *where)
    assert said.code == 0, said.err
    rows = {row["name"]: row for row in bench("table", *where, "--format", "json").table["rows"]}
    assert rows["elsewhere"]["version"] == "7"
    assert rows["elsewhere"]["values"] == rows["steady"]["values"]
    assert rows["elsewhere"]["cpu_ms"] is None


def test_pages_that_an_imported_file_lacks_count_as_unavailable(bench: Bench, where: list[object], tmp_path: Path) -> None:
    (tmp_path / "some.jsonl").write_text('{"id": "one", "text": "gold words of the page"}\n{"id": "two", "text": null}\n')
    bench("import", tmp_path / "some.jsonl", *where)
    (row,) = bench("table", *where, "--format", "json").table["rows"]
    assert row["outcomes"] == {"empty": 1, "ok": 1, "unavailable": 1}
    assert row["values"]["recall"]["value"] == pytest.approx(1 / 3)


def test_an_export_holds_outcome_cost_text_and_scores_of_every_cell(bench: Bench, where: list[object]) -> None:
    bench("run", *where, *steady())
    lines = [json.loads(line) for line in bench("export", *where).out.splitlines()]
    assert len(lines) == 9
    first = next(line for line in lines if line["extractor"] == "steady" and line["id"] == "two")
    assert first["text"] == "<p>gold words</p>"
    assert first["scores"]["kept"]["counts"] == {"kept": 2.0, "lost": 3.0, "leaked": 2.0}
    assert first["seconds"] > 0
    assert all("text" not in json.loads(line) for line in bench("export", *where, "--no-text").out.splitlines())
