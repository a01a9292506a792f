"""A table carries what it was asked for, and `bench reproduce` asks it again."""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from conftest import FAKES, ROOT, Said, write_corpus

from bench import __version__, plugins
from bench.cli.__main__ import main
from bench.committed import EXACT, differences, read, values
from bench.errors import UsageError
from bench.interpreters import Interpreter
from bench.request import parse
from bench.spec import resolve

Bench = Callable[..., Said]
FORMATS = plugins.names("tables")
KINDS = {
    "main": [],
    "slices": ["--by", "kind"],
    "another metric": ["--metric", "aeb", "--seed", "7", "--resamples", "200"],
    "all metrics": ["--metrics", "all", "--resamples", "200"],
    "some metrics": ["--metrics", "bag,kept"],
    "leaks": ["--leaks"],
    "losses": ["--losses"],
    "some pages": ["--pages", "t*"],
    "some rows": ["-x", "steady:suffix=-->", "-x", "nothing"],
}
any_kind = pytest.mark.parametrize("options", KINDS.values(), ids=KINDS.keys())
PAGES = {
    "one": "<p>gold words of the page</p>",
    "two": "<nav>menu</nav><p>gold words</p>",
    "three": "<h1>other things</h1><p>words of the page",
}


def run(where: Path, *options: object, results: str = "results") -> None:
    """Run into a folder, whose corpus is made first."""
    write_corpus(where / "pages", PAGES)
    words = ["run", *options, "--corpus", where / "pages", "--results", where / results, "--quiet"]
    with pytest.raises(SystemExit) as end, contextlib.redirect_stdout(io.StringIO()):
        main([str(word) for word in words])
    assert end.value.code == 0


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus and the results of four rows on it. To be read only."""
    where = tmp_path_factory.mktemp("made")
    run(where, "-x", FAKES / "steady.py", "-x", f"{FAKES / 'steady.py'}:suffix=-->")
    return where


@pytest.fixture
def table(bench: Bench, made: Path, tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a table of these results to a file."""

    def write(*options: object, form: str = "json") -> Path:
        said = bench("table", *options, "--format", form, "--results", made / "results")
        assert said.code == 0, said.err
        path = tmp_path / f"table.{form}"
        path.write_text(said.out, encoding="utf-8")
        return path

    return write


@pytest.fixture
def again(bench: Bench, made: Path) -> Callable[[Path], Said]:
    return lambda path: bench("reproduce", path, "--results", made / "results")


def mend(path: Path, change: Callable[[Any], object]) -> Path:
    """Change the body of a JSON table."""
    body = json.loads(path.read_text(encoding="utf-8"))
    change(body)
    path.write_text(json.dumps(body), encoding="utf-8")
    return path


# What every table carries

PARTS = {
    "version": r"\b[a-z]+:v\d+", "tokens": r"\btok:[^|]", "normalisation": r"\bnorm:[^|]", "optional rule": r"\boptional:[^|]",
    "aggregate": r"\bagg:[^|]", "pages": r"\bpages:\d", "sites": r"\bsites:\d", "corpus": r"\bcorpus:[0-9a-f]{12}",
    "resamples": r"\bboot:\d", "clusters": r"\bcluster:site", "seed": r"\bseed:\d", "harness": rf"\bbench:{__version__}",
}  # fmt: skip


@any_kind
@pytest.mark.parametrize("form", FORMATS)
def test_every_table_in_every_form_says_how_its_numbers_were_made(
    table: Callable[..., Path], options: list[object], form: str
) -> None:
    text = table(*options, form=form).read_text(encoding="utf-8")
    joined = re.sub(r"\n  ", "", text) if form == "table" else text
    plain = re.sub(r"\\textbar\{\}|\\allowbreak\{\}", lambda found: "|" if "bar" in found[0] else "", joined)
    assert [part for part, pattern in PARTS.items() if not re.search(pattern, plain)] == []


@pytest.mark.parametrize("name", plugins.names("metrics"))
def test_every_metric_says_its_tokens_normalisation_optional_rule_and_aggregate(name: str) -> None:
    parts = [part.partition(":")[0] for part in plugins.load("metrics", name).METRIC.signature.split("|")]
    assert {"tok", "norm", "optional", "agg"} <= set(parts)


@any_kind
def test_a_request_in_json_markdown_html_and_latex_is_the_same_and_ends_no_comment(
    table: Callable[..., Path], options: list[object]
) -> None:
    expected = json.loads(table(*options).read_text(encoding="utf-8"))["request"]
    for form, begin, end in (("markdown", "<!-- ", " -->"), ("html", "<!-- ", " -->"), ("latex", "% ", "")):
        text = table(*options, form=form).read_text(encoding="utf-8")
        [line] = re.findall(rf"^{begin}bench (.*){end}$", text, re.MULTILINE)
        assert "-->" not in line
        assert json.loads(line) == expected, form


def test_rows_are_told_with_all_that_their_outputs_depend_on(table: Callable[..., Path]) -> None:
    request = parse(json.loads(table().read_text(encoding="utf-8"))["request"])
    assert [row.label for row in request.rows if row.name == "nothing"] == ["nothing"]
    assert {row.settings for row in request.rows if row.name == "steady"} == {"", "suffix=-->"}
    assert all({"settings", "versions", "source", "shared"} <= row.identity.keys() for row in request.rows)
    assert request.options == {
        "by": None, "columns": None, "interval": "expanded-percentile", "leaks": False, "losses": False, "metric": "kept",
        "metrics": None, "resamples": 2000, "seed": 1, "sort": None, "top": None,
    }  # fmt: skip


def test_all_metrics_are_told_by_name(table: Callable[..., Path]) -> None:
    request = json.loads(table("--metrics", "all", "--metric", "bag").read_text(encoding="utf-8"))["request"]
    names = request["options"]["metrics"].split(",")
    assert names[0] == "bag"
    assert names == [signature.split(":")[0] for signature in request["signatures"]]
    assert len(names) > 10


# Made anew


@any_kind
@pytest.mark.parametrize("form", ["json", "markdown"])
def test_a_table_is_reproduced_from_the_store_that_it_came_from(
    table: Callable[..., Path], again: Callable[[Path], Said], options: list[object], form: str
) -> None:
    said = again(table(*options, form=form))
    assert said.code == 0, said.out + said.err
    assert re.match(r"reproduced: [1-9]\d+ values equal\n", said.out)


@pytest.mark.parametrize("form", ["json", "markdown"])
def test_the_table_of_a_run_is_reproduced_in_another_folder_and_by_another_run(
    bench: Bench, tmp_path: Path, made: Path, form: str
) -> None:
    write_corpus(tmp_path / "elsewhere", PAGES)
    rows = ["-x", FAKES / "steady.py", "--corpus", tmp_path / "elsewhere", "--results", tmp_path / "results"]
    (tmp_path / "file").write_text(bench("run", *rows, "--by", "site", "--format", form).out, encoding="utf-8")
    assert bench("reproduce", tmp_path / "file", "--results", tmp_path / "results").code == 0
    said = bench("reproduce", tmp_path / "file", "--results", made / "results", "--corpus", made / "pages")
    assert said.code == 0, said.out + said.err


def test_without_a_run_over_the_corpus_it_must_be_said_where_it_is(
    bench: Bench, table: Callable[..., Path], tmp_path: Path
) -> None:
    said = bench("reproduce", table(), "--results", tmp_path / "empty")
    assert said.code == 2
    assert "no stored run is over corpus pages" in said.err
    assert "--corpus" in said.err


def test_a_table_with_the_line_ends_of_windows_is_the_same_table(
    table: Callable[..., Path], again: Callable[[Path], Said]
) -> None:
    path = table(form="markdown")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert again(path).code == 0


# Values that differ


def test_a_tampered_value_is_named_with_both_values_and_its_row(
    table: Callable[..., Path], again: Callable[[Path], Said]
) -> None:
    def tamper(body: Any) -> None:
        [row] = [row for row in body["rows"] if row["settings"]]
        row["values"]["recall"]["value"] -= 0.25

    said = again(mend(table(), tamper))
    assert said.code == 1
    assert re.search(r"not reproduced: 1 of \d+ values differ", said.err)
    place = r"rows, steady file \w{8} suffix=-->, values, recall, value: ([.\d]+) in the file, ([.\d]+) here"
    found = re.fullmatch(place, said.out.splitlines()[0])
    assert found is not None, said.out
    assert float(found[1]) == pytest.approx(float(found[2]) - 0.25)


def test_a_tampered_cell_of_markdown_is_named_by_row_and_column(
    table: Callable[..., Path], again: Callable[[Path], Said]
) -> None:
    path = table(form="markdown")
    lines = path.read_text(encoding="utf-8").split("\n")
    [place] = [n for n, line in enumerate(lines) if line.startswith("| nothing ")]
    lines[place] = lines[place].replace("| .0000 ", "| .1250 ", 1)
    path.write_text("\n".join(lines), encoding="utf-8")
    said = again(path)
    assert said.code == 1
    assert said.out == "table 1, nothing, F1: .1250 in the file, .0000 here\n"
    assert "not reproduced: 1 of" in said.err


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda body: body["rows"][0].update(cpu_ms=1e9, peak_mb=1e9), 0),
        (lambda body: body.update(manifest={"date": "1970-01-01"}), 0),
        (lambda body: body["rows"].reverse(), 0),
        (lambda body: body["rows"].pop(), 1),
        (lambda body: body.update(more=1), 1),
        (lambda body: body["rows"][0].update(control="no"), 1),
        (lambda body: body["corpus"].update(sites=10**400), 1),
    ],
    ids=["costs", "provenance", "order, by name", "a row less", "a member more", "another type", "beyond any float"],
)
def test_values_are_compared_and_measurements_are_not(
    table: Callable[..., Path], again: Callable[[Path], Said], change: Callable[[Any], object], code: int
) -> None:
    said = again(mend(table(), change))
    assert said.code == code, said.out + said.err


def test_a_request_without_its_table_is_not_reproduced(table: Callable[..., Path], again: Callable[[Path], Said]) -> None:
    path = table(form="markdown")
    path.write_text(path.read_text(encoding="utf-8").split("\n\n")[-1], encoding="utf-8")
    said = again(path)
    assert said.code == 1
    assert re.search(r"not reproduced: (\d+) of \1 values differ", said.err)


def test_another_kind_of_interval_gives_others_which_are_listed(
    table: Callable[..., Path], again: Callable[[Path], Said]
) -> None:
    path = mend(table("--metric", "bag"), lambda body: body["request"]["options"].update(interval="bca"))
    said = again(path)
    assert said.code == 1
    assert "interval" in said.out
    *listed, last = said.out.splitlines()
    assert len(listed) == 20
    assert re.fullmatch(r"and [1-9]\d* more", last)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (0.5, 0.5 + EXACT / 2, True),
        (0.5, 0.5 + EXACT * 2, False),
        (1, 1.0, True),
        (1, True, False),
        (None, 0.0, False),
        ("1", 1, False),
        ("", None, False),
    ],
)
def test_numbers_are_equal_up_to_the_order_of_a_sum_and_nothing_else_is_nearly(left: object, right: object, same: bool) -> None:
    assert (differences({("a", "b"): left}, {("a", "b"): right}) == []) is same


def test_long_values_are_told_from_shortly_before_they_part() -> None:
    [line] = differences({("a",): "x" * 500 + "1"}, {("a",): "x" * 500 + "2"})
    assert re.fullmatch(r"a: \.\.\.x{40}1 in the file, \.\.\.x{40}2 here", line)


def test_rows_of_equal_names_are_compared_in_their_order() -> None:
    rows = [{"name": "a", "version": "1", "settings": "", "f1": f1} for f1 in (0.5, 0.25)]
    found = values(json.dumps({"rows": rows}), "json")
    assert found["rows", "a 1", "f1"] == 0.5
    assert found["rows", "a 1 #2", "f1"] == 0.25


# Questions that cannot be asked again


def test_changed_gold_is_another_corpus(bench: Bench, tmp_path: Path) -> None:
    run(tmp_path, "-x", "nothing")
    said = bench("table", "--results", tmp_path / "results", "--format", "json")
    (tmp_path / "table.json").write_text(said.out, encoding="utf-8")
    (tmp_path / "pages" / "gold" / "two.txt").write_text("other gold\n")
    said = bench("reproduce", tmp_path / "table.json", "--results", tmp_path / "results")
    assert said.code == 1
    digest = json.loads((tmp_path / "table.json").read_text())["corpus"]["digest"][:12]
    assert said.out.startswith(f"corpus pages: digest {digest} in the file, ")
    assert "its pages or gold have changed" in said.out
    (tmp_path / "pages" / "gold" / "two.txt").unlink()
    (tmp_path / "pages" / "corpus" / "two.html").unlink()
    (tmp_path / "pages" / "corpus" / "two.toml").unlink()
    said = bench("reproduce", tmp_path / "table.json", "--results", tmp_path / "results")
    assert "3 pages there, 2 here" in said.out


MINE = """
{distributions}
def extractor(*, more: str = ""):
    return lambda page: "gold words of {what}" + more
"""


def mine(where: Path, what: str, distributions: str = "") -> Path:
    path = where / "mine.py"
    path.write_text(MINE.format(what=what, distributions=distributions))
    return path


def test_a_changed_extractor_is_another_row_and_how_to_get_the_one_of_the_file_is_said(bench: Bench, tmp_path: Path) -> None:
    run(tmp_path, "-x", mine(tmp_path, "old"))
    (tmp_path / "table.json").write_text(bench("table", "--results", tmp_path / "results", "--format", "json").out)
    run(tmp_path, "-x", f"{mine(tmp_path, 'new')}:more=x", results="others")
    said = bench("reproduce", tmp_path / "table.json", "--results", tmp_path / "others")
    assert said.code == 1
    assert "not reproduced: rows or metrics differ" in said.err
    line, *_ = said.out.splitlines()
    assert re.fullmatch(
        r"mine file (\w{8}) is not in the store; the nearest there: version file \1 in the file, file \w{8} here;"
        r" more an empty text in the file, x here; its adapter's source;"
        r" to get it: `bench run -x ./mine.py --corpus \S+/pages`, the file's sha256 being \1\w{4}\.\.\.",
        line,
    ), line


def test_rows_that_were_never_stored_are_told_with_the_command_that_stores_them(bench: Bench, tmp_path: Path) -> None:
    run(tmp_path, "-x", "readability-lxml")
    (tmp_path / "theirs.jsonl").write_text('{"id": "one", "text": "gold"}\n')
    bench(
        "import",
        tmp_path / "theirs.jsonl",
        "--as",
        "theirs==2",
        "--corpus",
        tmp_path / "pages",
        "--results",
        tmp_path / "results",
    )
    (tmp_path / "table.json").write_text(bench("table", "--results", tmp_path / "results", "--format", "json").out)
    run(tmp_path, "-x", "nothing", results="others")
    said = bench("reproduce", tmp_path / "table.json", "--results", tmp_path / "others")
    assert said.code == 1
    version = importlib.metadata.version("readability-lxml")
    assert f"to get it: `bench run -x readability-lxml=={version} --corpus {tmp_path}/pages`" in said.out
    assert f"`bench import FILE --as theirs==2 --corpus {tmp_path}/pages`, the file's sha256 being " in said.out


@pytest.mark.parametrize(("what", "code"), [("the page", 0), ("others", 1)], ids=["the same output", "another output"])
def test_a_row_of_the_same_version_but_another_identity_is_compared_all_the_same(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, code: int
) -> None:
    library = 'DISTRIBUTIONS = ("tabulate",)'
    run(tmp_path, "-x", mine(tmp_path, "the page", library))
    (tmp_path / "table.json").write_text(bench("table", "--results", tmp_path / "results", "--format", "json").out)

    closure = Interpreter.closure

    def otherwise(place: Interpreter, distributions: Iterable[str]) -> dict[str, str]:
        versions = {**closure(place, distributions), "newer": "9"}
        versions.pop("webencodings", None)
        return versions

    monkeypatch.setattr(Interpreter, "closure", otherwise)
    run(tmp_path, "-x", mine(tmp_path, what, library + "  # now"), results="others")
    said = bench("reproduce", tmp_path / "table.json", "--results", tmp_path / "others")
    assert said.code == code, said.out + said.err
    [note] = [line for line in said.out.splitlines() if line.startswith("note: mine")]
    assert "is of another identity here: " in note
    assert "its adapter's source" in note
    assert f"webencodings {importlib.metadata.version('webencodings')} in the file, nothing here" in note
    assert "newer nothing in the file, 9 here" in note


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("kept:v2|", "kept:v1|", "metric kept is another: version v1 in the file, v2 here"),
        ("|optional:yes", "", "metric kept is another: optional nothing in the file, yes here"),
        ("kept:", "kapt:", "no metric named 'kapt'; did you mean kept?"),
    ],
    ids=["version", "parts", "no such metric"],
)  # fmt: skip
def test_another_metric_is_told_by_the_parts_of_its_signature(
    table: Callable[..., Path], again: Callable[[Path], Said], old: str, new: str, says: str
) -> None:
    def change(body: Any) -> None:
        body["request"]["signatures"] = [one.replace(old, new) for one in body["request"]["signatures"]]

    said = again(mend(table(), change))
    assert said.code == 1
    assert said.out == f"{says}\n"


def test_another_version_of_bench_is_a_note(table: Callable[..., Path], again: Callable[[Path], Said]) -> None:
    path = table()
    path.write_text(
        path.read_text().replace(f'bench": "{__version__}"', 'bench": "0.0.7"').replace(f"bench:{__version__}", "bench:0.0.7")
    )
    said = again(path)
    assert said.code == 0
    assert f"note: made by bench 0.0.7, this is {__version__}" in said.out


# Files that are no tables


def whole(**changes: Any) -> str:
    row: dict[str, Any] = {"name": "nothing", "version": "", "settings": "", "run": None, "key": "00", "identity": {}}
    corpus: dict[str, Any] = {"name": "builtin", "digest": "00", "split": None, "only": [], "pages": 12}
    request = {"bench": "1", "command": "table", "options": {}, "corpus": corpus, "rows": [row], "signatures": [], **changes}
    return json.dumps({"request": request})


DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "carries no request"),
        ("# A page\n\n| a | b |\n|---|---|\n", "carries no request"),
        ("{}", "carries no request"),
        ("[1, 2]", "carries no request"),
        ('{"request": {"rows": [}', "not JSON"),
        ('{"request": NaN}', "not JSON"),
        (DEEP, "not JSON"),
        ('{"a": ' + DEEP + "}", "not JSON"),
        ("<!-- bench {] -->", "carries no request"),
        ("<!-- bench {]} -->", "not JSON"),
        ('{"request": 3}', "request must be an object"),
        ('{"request": {}}', "request.bench must be a text"),
        (whole(bench=3), "request.bench must be a text"),
        (whole(corpus=[]), "request.corpus must be an object"),
        (whole(corpus={"name": 3}), "request.corpus.name must be a text"),
        (whole(corpus={"name": "", "digest": "", "split": 1}), "request.corpus.split must be a text or null"),
        (whole(corpus={"name": "", "digest": "", "split": None, "only": [1], "pages": 1}), "corpus.only must be a list of"),
        (whole(rows=[]), "request.rows is empty"),
        (whole(rows=["trafilatura"]), "request.rows[0] must be an object"),
        (whole(rows=[{"name": None}]), "request.rows[0].name must be a text"),
        (whole(signatures=[None]), "request.signatures must be a list of texts"),
        (whole(command="rm"), "no command 'rm' makes tables"),
        (whole(command="run"), "no command 'run' makes tables"),
        (whole(command="_shared"), "no command '_shared' makes tables"),
        (whole(options=[]), "request.options must be an object"),
        (whole(options={"seed": "1"}), "request.options.seed cannot be '1'"),
        (whole(options={"seed": -1}), "request.options.seed: -1 is not in the range"),
        (whole(options={"seed": None}), "request.options.seed cannot be None"),
        (whole(options={"seed": {"a": 1}}), "request.options.seed"),
        (whole(options={"resamples": 10**9}), "request.options.resamples: 1000000000 is not in the range"),
        (whole(options={"resamples": 1e999}).replace("Infinity", "1e999"), "request.options.resamples"),
        (whole(options={"by": "colour"}), "request.options.by: 'colour' is not one of"),
        (whole(options={"leaks": "yes"}), "request.options.leaks cannot be 'yes'"),
        (whole(options={"metric": ["kept"]}), "request.options.metric cannot be ['kept']"),
        (whole(options={"results": "/"}), "no option 'results'"),
        (whole(options={"tomorrow": True}), "no option 'tomorrow'"),
    ],
    ids=lambda text: text[:40],
)  # fmt: skip
def test_a_file_that_is_no_table_of_ours_costs_one_clear_line(bench: Bench, tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "file"
    path.write_text(text, encoding="utf-8")
    said = bench("reproduce", path, "--results", tmp_path / "results")
    assert said.code == 2, said.out + said.err
    assert said.err.count("\n") == 1
    assert says in said.err
    assert str(path) in said.err
    assert said.out == ""
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("content", [b"\xff\xfe{}", b"{" + b" " * 2**26], ids=["not UTF-8", "huge"])
def test_a_file_that_cannot_be_a_table_is_not_read(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(UsageError, match=r"larger than|cannot be read"):
        read(tmp_path / "file")


def test_options_that_do_not_go_together_are_refused_as_on_the_command_line(
    table: Callable[..., Path], again: Callable[[Path], Said]
) -> None:
    said = again(mend(table(), lambda body: body["request"]["options"].update(leaks=True, losses=True)))
    assert said.code == 2
    assert "choose one" in said.err


def test_names_of_a_file_move_no_cursor(table: Callable[..., Path], again: Callable[[Path], Said]) -> None:
    said = again(mend(table(), lambda body: body["rows"][0].update(name="\x1b[2J\u202e")))
    assert said.code == 1
    assert "\x1b" not in said.out
    assert "\u202e" not in said.out


# The committed tables


COMMITTED = sorted((ROOT / "results").glob("builtin.*"))


@pytest.fixture(scope="module")
def builtin_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extractors of the committed tables on the built-in corpus, run now."""
    results = tmp_path_factory.mktemp("builtin") / "results"
    rows = {f"{row.name}:{row.settings}" for path in COMMITTED for row in read(path).request.rows}
    with pytest.raises(SystemExit) as end:
        main(["run", *(word for row in sorted(rows) for word in ("-x", row)), "--results", str(results), "--quiet"])
    assert end.value.code == 0
    return results


def test_there_are_committed_tables_of_the_built_in_corpus() -> None:
    assert {path.suffix for path in COMMITTED} == {".json", ".md"}


@pytest.mark.parametrize("path", COMMITTED, ids=[path.name for path in COMMITTED])
def test_the_committed_tables_of_the_built_in_corpus_are_what_it_gives_today(
    bench: Bench, builtin_results: Path, path: Path
) -> None:
    others = []
    for row in read(path).request.rows:
        here = resolve(f"{row.name}:{row.settings}" if row.settings else row.name)
        versions = {**row.identity["versions"], **here.identity["versions"]}
        pairs = [(name, row.identity["versions"].get(name), here.identity["versions"].get(name)) for name in versions]
        others += [f"{row.name}: {name} {theirs}, here {ours}" for name, theirs, ours in pairs if theirs != ours]
    said = bench("reproduce", path, "--results", builtin_results)
    if said.code and others:
        pytest.skip(f"the committed table was made with other libraries: {'; '.join(others)}")
    assert said.code == 0, said.out + said.err
    assert said.out.startswith("reproduced: ")
