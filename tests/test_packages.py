"""Extractors in other people's packages: an example installed and run, names, what is broken, functions of any module."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Said, write_corpus

from bench import packages, plugins
from bench.cli._shared import asked_for
from bench.declared import Declarations
from bench.errors import UsageError
from bench.interpreters import Interpreter, running
from bench.run import job_of
from bench.sandbox import Module
from bench.spec import adapters, parse, resolve

Bench = Callable[..., Said]
EXAMPLE = ROOT / "tests" / "plugin_package"
FUNCTION = "def extractor():\n    return lambda page: 'gold words of the page'\n"
LONG = "The paragraph that a reader came for."
PAGE = f"<nav><p>Home</p></nav><p>{LONG}</p>"


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the example as pip does, into a folder of its own; the wheel is made here, since no network is at hand."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    stem = f"paragraph_keeper-{project['version']}"
    metadata = [
        "Metadata-Version: 2.4", f"Name: {project['name']}", f"Version: {project['version']}",
        f"License-Expression: {project['license']}",
        *(f"Project-URL: {label}, {url}" for label, url in project["urls"].items()),
        *(f"Requires-Dist: {line}" for line in project["dependencies"]),
    ]  # fmt: skip
    points = [f"{name} = {value}" for name, value in project["entry-points"][packages.GROUP].items()]
    files = {
        **{str(path.relative_to(EXAMPLE)): path.read_text(encoding="utf-8") for path in EXAMPLE.glob("paragraph_keeper/*.py")},
        f"{stem}.dist-info/METADATA": "\n".join(metadata) + "\n",
        f"{stem}.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{stem}.dist-info/entry_points.txt": "\n".join([f"[{packages.GROUP}]", *points]) + "\n",
    }
    files[f"{stem}.dist-info/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{stem}.dist-info/RECORD"])
    folder = tmp_path_factory.mktemp("installed")
    wheel = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--target",
        str(folder / "site"),
        str(wheel),
    ]
    subprocess.run(command, check=True, env={**os.environ, "PIP_CONFIG_FILE": os.devnull})
    return folder / "site"


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Return a function that installs a distribution with these entry points and files, and returns where."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def write(name: str, points: str, files: Mapping[str, str], version: str = "1.0", requires: str = "") -> Path:
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nLicense: BSD\n{requires}"
        (info / "METADATA").write_text(metadata, encoding="utf-8")
        (info / "entry_points.txt").write_text(f"[{packages.GROUP}]\n{points}\n", encoding="utf-8")
        for path, source in files.items():
            (site / path).parent.mkdir(exist_ok=True)
            (site / path).write_text(source, encoding="utf-8")
        (info / "RECORD").write_text("".join(f"{path},,\n" for path in files), encoding="utf-8")
        importlib.invalidate_caches()
        return site

    return write


def told() -> list[str]:
    """Return what is said of plug-ins that are left out."""
    lines: list[str] = []
    adapters(lines.append)
    return lines


def names() -> set[str]:
    return {one.name for one in adapters()} - set(plugins.names("extractors"))


def bench_in(folder: Path, *arguments: object, path: Path | None = None) -> Said:
    """Run the command in a process of its own, in a folder, with another on PYTHONPATH."""
    environment = {**os.environ, "PYTHONPATH": str(path or ""), "COLUMNS": "100"}
    command = [sys.executable, "-m", "bench", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment, check=False)
    return Said(done.returncode, done.stdout, done.stderr)


def ran(folder: Path, *specs: str, path: Path | None = None) -> dict[str, Any]:
    """Run extractors over one page; returns the rows of the table by name and settings."""
    corpus = write_corpus(folder / "pages", {"one": PAGE}, {"one": LONG})
    words = [word for spec in specs for word in ("-x", spec)]
    said = bench_in(folder, "run", "--corpus", corpus, *words, "--format", "json", "--quiet", path=path)
    assert said.code == 0, said.err
    return {f"{row['name']} {row['settings']}".strip(): row for row in said.table["rows"]}


# A package that is installed


def test_the_readme_shows_what_the_example_registers() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (shown,) = [
        block for block in re.findall(r"^```toml\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE) if packages.GROUP in block
    ]
    example = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert tomllib.loads(shown)["project"] == {key: example[key] for key in ("name", "version", "entry-points")}


def test_an_installed_package_is_run_by_the_name_that_it_registers(installed: Path, tmp_path: Path) -> None:
    specs = ("paragraph-keeper", "paragraph-keeper:least=1", "first-paragraph", "paragraph_keeper.bench:first")
    rows = ran(tmp_path, *specs, path=installed)
    f1 = {name: row["values"]["f1"]["value"] for name, row in rows.items() if "paragraph" in name}
    assert f1.pop("paragraph-keeper") == 1.0
    assert f1.keys() == {"paragraph-keeper least=1", "first-paragraph", "paragraph_keeper.bench.first"}
    assert max(f1.values()) < 1.0
    assert {row["version"] for name, row in rows.items() if "paragraph" in name} == {"1.4.0"}
    assert rows["paragraph-keeper least=1"]["values"]["recall"]["value"] == 1.0


def test_an_installed_package_is_listed_with_what_it_says_of_itself(
    bench: Bench, installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(installed))
    said = bench("list", "extractors", "--format", "json")
    rows = {row["name"]: row for row in json.loads(said.out)}
    assert rows["paragraph-keeper"] == {
        "name": "paragraph-keeper", "versions": "1.4.0", "language": "Python", "comes with": "paragraph-keeper",
        "licence": "MIT",
        "about": "Keeps the paragraphs that are long enough.", "gives": "text", "settings": "least=20", "runs in": None,
    }  # fmt: skip
    assert rows["first-paragraph"]["about"] == "Keeps the first paragraph."
    assert rows["trafilatura"]["comes with"] is None
    assert said.err == ""
    assert "paragraph_keeper" not in sys.modules
    assert resolve("first-paragraph").adapter.homepage == "https://paragraph-keeper.example/"
    assert {"paragraph-keeper", "first-paragraph"} <= {one.name for one in asked_for((), None, None)}


def test_a_check_tries_what_is_registered(bench: Bench, installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(installed))
    ours = [one for one in adapters() if one.origin]
    monkeypatch.setattr("bench.spec.adapters", lambda _: ours)
    rows = json.loads(bench("list", "extractors", "--check", "--format", "json").out)
    assert [(row["name"], row["version"]) for row in rows] == [("first-paragraph", "1.4.0"), ("paragraph-keeper", "1.4.0")]
    assert all(row["works"].startswith("ok") for row in rows), rows


def test_versions_of_the_package_and_of_what_it_requires_are_in_a_results_identity(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(installed))
    versions = resolve("paragraph-keeper").identity["versions"]
    assert versions == {"paragraph-keeper": "1.4.0", "webencodings": running().installed("webencodings")}


def test_the_harness_is_no_requirement_that_moves_results(register: Callable[..., Path]) -> None:
    register("of-bench", "of-bench = of_bench", {"of_bench.py": FUNCTION}, requires="Requires-Dist: boilerbench\n")
    assert set(resolve("of-bench").identity["versions"]) == {"of-bench", "webencodings"}


def test_under_another_python_it_is_the_same_package_without_what_is_installed_beside_it(register: Callable[..., Path]) -> None:
    site = register("other", "mine = pack", {"pack/__init__.py": FUNCTION})
    found = resolve("mine", Interpreter("/other/bin/python", "3.8.18", ()))
    module = job_of(found).module
    assert module == Module("pack", "extractor", site, beside=False)
    assert (found.version, found.identity["versions"]["other"]) == ("1.0", "1.0")
    assert job_of(resolve("mine")).module == replace(module, beside=True)


def test_another_version_than_the_installed_one_is_refused(register: Callable[..., Path]) -> None:
    register("of-bench", "mine = of_bench", {"of_bench.py": FUNCTION})
    assert resolve("mine==1.0").key == resolve("mine").key
    with pytest.raises(UsageError, match=r"^mine 2\.0 is not there, 1\.0 is; leave ==\.\.\. out$"):
        parse("mine==2.0")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        pytest.param("pack/bench.py", FUNCTION + "# another\n", id="the module"),
        pytest.param("pack/helper.py", "X = 2\n", id="a module beside it"),
        pytest.param("pack/deep/more.py", "", id="a module that is new"),
        pytest.param("other-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: other\nVersion: 1.1\n", id="the version"),
        pytest.param(
            "other-1.0.dist-info/entry_points.txt",
            f"[{packages.GROUP}]\nmine = pack.bench:more\n",
            id="the function of the name",
        ),
    ],
)
def test_an_edit_anywhere_in_the_package_makes_another_extractor(register: Callable[..., Path], file: str, text: str) -> None:
    source = FUNCTION + FUNCTION.replace("extractor", "more")
    site = register(
        "other", "mine = pack.bench", {"pack/__init__.py": "", "pack/bench.py": source, "pack/helper.py": "X = 1\n"}
    )
    before = resolve("mine").key
    assert resolve("mine").key == before
    (site / file).parent.mkdir(exist_ok=True)
    (site / file).write_text(text, encoding="utf-8")
    importlib.invalidate_caches()
    assert resolve("mine").key != before


@pytest.mark.parametrize("layout", ["", "src"])
@pytest.mark.parametrize("by", ["a .pth file", "an import hook"])
def test_an_editable_installation_is_read_where_its_files_are(
    register: Callable[..., Path], tmp_path: Path, layout: str, by: str
) -> None:
    project = tmp_path / "my project"
    (project / layout / "pack").mkdir(parents=True)
    (project / layout / "pack" / "__init__.py").write_text(FUNCTION, encoding="utf-8")
    site = register("editable", "mine = pack", {})
    info = site / "editable-1.0.dist-info"
    (site / "_editable.pth").write_text(f"{project / layout}\n" if by == "a .pth file" else "import hook\n", encoding="utf-8")
    (info / "RECORD").write_text("_editable.pth,,\n", encoding="utf-8")
    address = {"url": project.as_uri(), "dir_info": {"editable": True}}
    (info / "direct_url.json").write_text(json.dumps(address), encoding="utf-8")
    found = resolve("mine")
    assert {**resolve("pack:extractor").identity, "name": "mine"} == found.identity
    assert (found.adapter.path, found.version) == (project / layout / "pack" / "__init__.py", "1.0")
    assert told() == []


# Names


def test_a_built_in_extractors_name_is_nobody_elses(register: Callable[..., Path]) -> None:
    register("impostor", "trafilatura = posing\ntheirs = posing", {"posing.py": FUNCTION})
    assert told() == [
        "extractor 'trafilatura' of impostor 1.0 is left out: bench itself has one of that name; run it as -x posing:extractor"
    ]
    assert resolve("trafilatura").adapter.source is None
    assert resolve("theirs").version == "1.0"


def test_of_two_distributions_with_one_name_the_first_has_it_and_both_are_told(register: Callable[..., Path]) -> None:
    register("second", "mine = second_one:extractor", {"second_one.py": FUNCTION}, "2.0")
    register("first", "mine = first_one", {"first_one.py": FUNCTION})
    assert told() == [
        "extractor 'mine' of second 2.0 is left out: first 1.0 has one of that name; run it as -x second_one:extractor"
    ]
    assert resolve("mine").version == "1.0"
    assert resolve("second_one:extractor").version == "2.0"


def test_a_declared_program_cannot_take_a_registered_name(register: Callable[..., Path], tmp_path: Path) -> None:
    register("first", "mine = first_one", {"first_one.py": FUNCTION})
    (tmp_path / "extractors.toml").write_text('[extractors.mine]\ncommand = ["true"]\n', encoding="utf-8")
    with pytest.raises(UsageError, match=r"extractors.mine: that is the name of an extractor of first 1\.0; choose another"):
        Declarations(tmp_path / "extractors.toml")


def test_an_older_installation_behind_the_one_that_python_finds_registers_nothing(
    register: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register("mine", "mine = old_one", {"old_one.py": FUNCTION})
    ahead = tmp_path / "ahead" / "mine-2.0.dist-info"
    ahead.mkdir(parents=True)
    (ahead / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 2.0\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(ahead.parent))
    assert (names(), told()) == (set(), [])


# What is broken


@pytest.mark.parametrize(
    ("point", "message"),
    [
        pytest.param("mine = gone", "broken 1.0 holds no module gone", id="no such module"),
        pytest.param("mine = trafilatura.core", "broken 1.0 holds no module trafilatura.core", id="somebody else's module"),
        pytest.param("mine = fine:other", "fine.py: has no function `other`", id="no such function"),
        pytest.param("mine = fine:A.extractor", "'fine:A.extractor' is no module; write", id="a method"),
        pytest.param("mine = ../fine", "'../fine' is no module; write mine = ", id="a path"),
        pytest.param("mine = .fine", "'.fine' is no module; write", id="a relative module"),
        pytest.param("mine = " + "a." * 3000 + "a", "a.' is no module; write", id="a name longer than a path"),
        pytest.param("mine = json:loads", "json is a module of Python's own", id="a module of Python's"),
        pytest.param("mine = bench.worker:load", "bench is a module of bench's own", id="a module of ours"),
        pytest.param("mine = syntax", "syntax.py:1: cannot be read as Python", id="what is no Python"),
        pytest.param("mine = loose", "loose.py:1: `extractor` takes keyword-only settings", id="what is no extractor"),
        pytest.param("Mine = fine", "a name is of a-z, 0-9 and hyphens", id="capital letters"),
        pytest.param("mi\x1b[31mne = fine", "a name is of a-z, 0-9 and hyphens", id="codes for a terminal"),
        pytest.param("../mine = fine", "a name is of a-z, 0-9 and hyphens", id="a path for a name"),
        pytest.param("m.py = fine", "a name is of a-z, 0-9 and hyphens", id="a file's name"),
        pytest.param("m:least = fine", "a name is of a-z, 0-9 and hyphens", id="what reads as settings"),
        pytest.param("m" * 200 + " = fine", "a name is of a-z, 0-9 and hyphens", id="a name too long for a table"),
    ],
)
def test_what_is_broken_costs_a_line_and_is_left_out(
    bench: Bench, register: Callable[..., Path], point: str, message: str
) -> None:
    files = {"fine.py": FUNCTION, "syntax.py": "def extractor(:\n", "loose.py": "def extractor(a): ...\n"}
    register("broken", f"{point}\nfine = fine", files)
    (line,) = told()
    assert line.startswith("extractor '")
    assert " of broken 1.0 is left out: " in line
    assert message in line
    assert names() == {"fine"}
    if point.startswith("mine"):
        with pytest.raises(UsageError) as problem:
            parse("mine")
        assert message in str(problem.value)
    said = bench("list", "extractors", "--format", "json")
    assert said.code == 0
    assert said.err.count("\n") == 1
    assert "\x1b" not in said.err
    assert {"fine", "trafilatura"} <= {row["name"] for row in json.loads(said.out)}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"[boilerbench.extractors]\nmine\n", id="a line without a sign"),
        pytest.param(b"[boilerbench.extractors]\nmine = \xff\n", id="bytes that are no text"),
        pytest.param(b"boilerbench.extractors\n= x\n", id="no section"),
    ],
)
def test_entry_points_that_cannot_be_read_are_none(register: Callable[..., Path], content: bytes) -> None:
    site = register("broken", "mine = fine", {"fine.py": FUNCTION})
    (site / "broken-1.0.dist-info" / "entry_points.txt").write_bytes(content)
    assert names() == set()


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param(b"Name: broken\nVersion: 1.0\nSummary: \xff\n", id="bytes that are no text"),
        pytest.param(b"Version: 1.0\n", id="no name"),
        pytest.param(b"Name: broken\n", id="no version"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_a_distribution_that_cannot_be_told_registers_nothing(register: Callable[..., Path], metadata: bytes) -> None:
    site = register("broken", "mine = fine", {"fine.py": FUNCTION})
    (site / "broken-1.0.dist-info" / "METADATA").write_bytes(metadata)
    assert (names(), told()) == (set(), [])
    assert resolve("fine:extractor").version.startswith("file ")


def test_a_relative_folder_on_the_path_is_one_from_the_working_folder(
    register: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = register("mine", "mine = pack.bench", {"pack/__init__.py": "", "pack/bench.py": FUNCTION})
    before = resolve("mine")
    monkeypatch.chdir(site.parent)
    monkeypatch.setattr(sys, "path", [site.name, *(entry for entry in sys.path if entry != str(site))])
    assert resolve("mine") == before


def test_nothing_of_a_plug_in_is_run_in_the_parent(register: Callable[..., Path], tmp_path: Path) -> None:
    mark = tmp_path / "was-run"
    bomb = f"open({str(mark)!r}, 'w')\n"
    register("bomb", "mine = pack.bench", {"pack/__init__.py": bomb, "pack/bench.py": bomb + FUNCTION})
    assert resolve("mine").version == resolve("pack.bench:extractor").version == "1.0"
    assert told() == []
    assert not mark.exists()
    assert "pack" not in sys.modules


def test_a_package_of_more_files_than_are_read_is_left_out(
    register: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "_MANY", 1)
    register("large", "mine = pack.bench", {"pack/__init__.py": "", "pack/bench.py": FUNCTION})
    assert "more than 1 Python files; put the extractor into a package of its own" in "".join(told())


# Functions of any module


def test_a_function_of_the_working_folder_finds_its_package_and_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "helper.py").write_text("from beside import WORDS\n", encoding="utf-8")
    source = "from .helper import WORDS\ndef fast(*, times: int = 1):\n    return lambda page: WORDS * times\n"
    (tmp_path / "pack" / "tools.py").write_text(source, encoding="utf-8")
    (tmp_path / "beside.py").write_text(f"WORDS = {LONG!r}\n", encoding="utf-8")
    # A module of this name is installed, and workers could import that one.
    (tmp_path / "tabulate.py").write_text(FUNCTION, encoding="utf-8")
    rows = ran(tmp_path, "pack.tools:fast", "pack.tools:fast:times=2", "tabulate:extractor")
    assert rows["pack.tools.fast"]["values"]["f1"]["value"] == 1.0
    assert rows["pack.tools.fast times=2"]["values"]["precision"]["value"] < 1.0
    assert rows["pack.tools.fast"]["version"].startswith("file ")
    assert rows["tabulate"]["outcomes"] == {"ok": 1}


def test_a_function_on_pythonpath_is_found(tmp_path: Path) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "elsewhere.py").write_text(f"def get():\n    return lambda page: {LONG!r}\n", encoding="utf-8")
    rows = ran(tmp_path, "elsewhere:get", path=tmp_path / "library")
    assert rows["elsewhere.get"]["values"]["f1"]["value"] == 1.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("nowhere.tools:fast", "no module nowhere.tools in the working folder or where Python", id="no module"),
        pytest.param("trafilaturs:fast", "did you mean trafilatura, ", id="a near name"),
        pytest.param("trafilatura:fast", "setting 'fast' of trafilatura is true or false (fast=...)", id="a known extractor"),
        pytest.param("mine:nope", "mine.py: has no function `nope`", id="no function"),
        pytest.param("mine:extractor:least=1", "no setting of mine named 'least'", id="no setting"),
        pytest.param("mine:least=1", "no extractor named 'mine'", id="settings and no function"),
        pytest.param("mine", "no extractor named 'mine'", id="no function at all"),
        pytest.param("mine==9:extractor", "it wraps no distribution; its version is file ", id="a version"),
        pytest.param("os:system", "os is a module of Python's own; give yours another name", id="a module of Python's"),
        pytest.param("..mine:extractor", "no extractor named '..mine'", id="a relative module"),
        pytest.param("mine:a-b", "no extractor named 'mine'", id="no identifier"),
    ],
)
def test_what_is_no_function_of_a_module_is_answered_with_what_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    (tmp_path / "mine.py").write_text(FUNCTION, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert resolve("mine:extractor").name == "mine"
    with pytest.raises(UsageError) as problem:
        resolve(text)
    assert message.replace("(fast=...)", "(fast=false)") in str(problem.value)
    assert "\n" not in str(problem.value)
