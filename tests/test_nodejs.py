"""Extractors in Node: what is told where they cannot run, how they are installed and known, and how they end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import ROOT, Said

from bench import nodejs
from bench.model import Extraction, Limits, Outcome
from bench.sandbox import Job, Worker
from bench.spec import resolve

needs_node = pytest.mark.skipif(nodejs.lacks() is not None, reason=f"{nodejs.lacks()}")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache, and an empty folder as the PATH; whatever was found before is forgotten, then and after."""
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(programs))
    nodejs.lacks.cache_clear()
    yield programs
    nodejs.lacks.cache_clear()


def program(folder: Path, name: str, script: str) -> None:
    """Write a shell script that is found by this name."""
    (folder / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


# Where they cannot run


@pytest.mark.parametrize(
    ("node", "line"),
    [
        pytest.param(None, "needs Node 20.19 or newer: no `node` on the PATH", id="no Node"),
        pytest.param("echo v20.18.9", "needs Node 20.19 or newer: this one is v20.18.9", id="too old"),
        pytest.param("exit 1", "needs Node 20.19 or newer: this one is silent", id="broken"),
        pytest.param("echo v20.19.0", "bench env node", id="not installed"),
        pytest.param("echo v30.0.0", "bench env node", id="newer, not installed"),
    ],
)
def test_what_is_lacking_is_told_in_one_line(bench: Callable[..., Said], elsewhere: Path, node: str | None, line: str) -> None:
    if node:
        program(elsewhere, "node", node)
    rows = {row["name"]: row for row in json.loads(bench("list", "extractors", "--format", "json").out)}
    assert (rows["readability-js"]["versions"], rows["readability-js"]["runs in"]) == (None, line)
    said = bench("run", "-x", "readability-js", "--results", elsewhere / "results")
    assert said.code == 2
    assert said.err == f"bench: readability-js runs in Node and cannot here; {line}\n"


@pytest.mark.parametrize(
    ("npm", "problem"),
    [
        pytest.param(None, "needs npm, which comes with Node", id="no npm"),
        pytest.param(
            "echo first >&2; echo 'npm error bad checksum' >&2; exit 3", "exit code 3: first npm error bad checksum", id="fails"
        ),
    ],
)
def test_an_install_that_fails_says_why_and_leaves_nothing(
    bench: Callable[..., Said], elsewhere: Path, npm: str | None, problem: str
) -> None:
    program(elsewhere, "node", "echo v20.19.0")
    if npm:
        program(elsewhere, "npm", npm)
    said = bench("env", "node")
    assert said.code == 2
    assert problem in said.err
    assert not [*nodejs.cache_folder().glob("node/*")]


def test_an_install_is_made_once_without_scripts_of_packages(
    bench: Callable[..., Said], elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(elsewhere, "node", "echo v20.19.0")
    program(elsewhere, "npm", f'echo "$@" >> {elsewhere}/asked; /bin/mkdir node_modules')
    for _ in range(2):
        assert str(nodejs.folder()) in bench("env", "node").err
    (asked,) = (elsewhere / "asked").read_text(encoding="utf-8").splitlines()
    assert asked.split()[:2] == ["ci", "--ignore-scripts"]
    assert (nodejs.folder() / "node_modules").is_dir()
    assert [path.name for path in nodejs.folder().parent.iterdir()] == [nodejs.folder().name]


def test_the_cache_is_the_user_s(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("BENCH_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert nodejs.folder().parent == tmp_path / "boilerbench" / "node"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert nodejs.cache_folder() == Path.home() / ".cache" / "boilerbench"


# What is committed


def test_versions_are_exact_and_every_package_has_a_digest_and_no_address() -> None:
    wanted = json.loads((nodejs.SOURCE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    text = (nodejs.SOURCE / "package-lock.json").read_text(encoding="utf-8")
    packages = json.loads(text)["packages"]
    assert "://" not in text
    assert packages[""]["dependencies"] == wanted
    for name, version in wanted.items():
        assert packages[f"node_modules/{name}"]["version"] == version
    # What a package brings in its own archive is under the digest of that.
    assert all("integrity" in about or about.get("inBundle") for place, about in packages.items() if place)


def test_every_adapter_has_its_file_for_node() -> None:
    entries = {path.stem for path in nodejs.SOURCE.glob("*.mjs")} - {"worker", "load", "dom"}
    called = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bench" / "extractors").glob("*.py"))
    assert all(f'nodejs.extract("{entry}"' in called for entry in entries)


# Where they can


@needs_node
def test_versions_are_those_of_the_packages_and_all_that_they_depend_on() -> None:
    found = nodejs.versions(["@mozilla/readability", "linkedom"])
    assert {"@mozilla/readability", "linkedom", "htmlparser2", "entities", "css-select"} <= set(found)
    assert "jsdom" not in found
    assert set(found["entities"].split(",")) >= {  # two versions, as each of the packages above it asks for its own
        json.loads(path.read_text(encoding="utf-8"))["version"]
        for path in nodejs.folder().glob("node_modules/{htmlparser2,dom-serializer}/node_modules/entities/package.json")
    }


@needs_node
def test_our_own_code_in_node_belongs_to_the_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = resolve("unfluff")
    assert before.identity["versions"]["unfluff"] == before.version
    installed = nodejs.folder()
    monkeypatch.setattr(nodejs, "folder", lambda: installed)
    shutil.copytree(nodejs.SOURCE, tmp_path / "node")
    monkeypatch.setattr(nodejs, "SOURCE", tmp_path / "node")
    assert resolve("unfluff").key == before.key
    with (tmp_path / "node" / "worker.mjs").open("a", encoding="utf-8") as file:
        file.write("//\n")
    assert resolve("unfluff").key != before.key


MISBEHAVING = """
export default async function (load, { doing }) {
  if (doing === "unready") throw new Error("not today");
  return async (html) => {
    if (!html.includes("trap")) return html;
    if (doing === "prints") { console.log("loud"); process.stdout.write("louder\\n"); return "quiet"; }
    if (doing === "goes on") { console.log("loud".repeat(1e5)); return "x".repeat(5e6); }
    if (doing === "throws") throw new TypeError("no good");
    if (doing === "throws nothing") throw undefined;
    if (doing === "number") return 5;
    if (doing === "never") await new Promise(() => {});
    if (doing === "stray") {
      Promise.reject(new Error("astray"));
      setImmediate(() => { throw new Error("later"); });
      return "x";
    }
    if (doing === "leaves") process.exit(3);
    if (doing === "dials") { await fetch("http://127.0.0.1:9/"); }
    const kept = [];
    if (doing === "heap") for (;;) kept.push(Array.from({ length: 1 << 16 }, (_, n) => ({ n })));
    if (doing === "buffers") for (;;) kept.push(Buffer.alloc(1 << 24, 1));
  };
}
"""


@needs_node
@pytest.mark.parametrize(
    ("doing", "outcome", "kind", "said"),
    [
        ("prints", Outcome.OK, None, "loud\nlouder\n"),
        ("goes on", Outcome.OK, None, "loudloud"),
        ("throws", Outcome.ERROR, "TypeError", None),
        ("throws nothing", Outcome.ERROR, "undefined", None),
        ("number", Outcome.CRASH, "ProtocolError", None),
        ("never", Outcome.CRASH, "Exit", None),
        ("stray", Outcome.OK, None, None),
        ("leaves", Outcome.CRASH, "Exit", None),
        ("dials", Outcome.ERROR, "TypeError", None),
        ("heap", Outcome.MEMORY, None, None),
        ("buffers", Outcome.MEMORY, None, None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_misbehaving_extractor_in_node_is_told_by_its_right_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, doing: str, outcome: Outcome, kind: str | None, said: str | None
) -> None:
    worker = misbehaving(tmp_path, doing)
    try:
        worker.await_ready()
        assert extract(worker, b"<p>before</p>").outcome is Outcome.OK
        trapped = extract(worker, b"<p>trap</p>")
        assert trapped.outcome is outcome, trapped
        if kind is not None:
            assert trapped.error_type == kind
        if said is not None:
            assert said in (trapped.stderr or "")
        assert trapped.stdout is None
        if doing == "goes on":  # longer than a pipe holds at a time
            assert len(trapped.text) == 5_000_000
        assert worker.alive == (outcome in (Outcome.OK, Outcome.ERROR))
        if worker.alive:
            assert extract(worker, b"<p>after</p>").text.strip() == "after"
    finally:
        worker.kill()


@needs_node
def test_an_extractor_in_node_that_does_not_load_says_why(tmp_path: Path) -> None:
    worker = misbehaving(tmp_path, "unready")
    with pytest.raises(Exception, match="Error: not today"):
        worker.await_ready()


def misbehaving(tmp_path: Path, doing: str) -> Worker:
    """Return a worker whose extractor is the one above, in Node, under half a GiB."""
    folder = tmp_path / "node"
    shutil.copytree(nodejs.SOURCE, folder)
    (folder / "misbehaving.mjs").write_text(MISBEHAVING, encoding="utf-8")
    adapter = tmp_path / "adapter.py"
    adapter.write_text(
        "from pathlib import Path\nfrom bench import nodejs\n\ndef extractor():\n"
        f"    installed = nodejs.folder()\n    nodejs.folder = lambda: installed\n    nodejs.SOURCE = Path({str(folder)!r})\n"
        f"    return nodejs.extract('misbehaving', doing={doing!r})\n",
        encoding="utf-8",
    )
    return Worker(Job(adapter), Limits(timeout=60, memory=2**29), tmp_path)


def extract(worker: Worker, html: bytes) -> Extraction:
    return worker.extract(html, "utf-8", forced=False, url=None)
