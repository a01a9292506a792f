"""Environments of their own: found by their requirements, built whole or not at all, used, told and removed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import uv
from conftest import Said, write_corpus

from bench import environments, interpreters
from bench.environments import Environment, kept, remove, root
from bench.errors import UsageError
from bench.interpreters import Interpreter, ask, find, running
from bench.spec import read_adapter, resolve

Bench = Callable[..., Said]
HERE = "=={}.{}.*".format(*sys.version_info)
ADAPTER = """\"\"\"Says its version.\"\"\"
DISTRIBUTIONS = ("bench-says",)

def extractor():
    import bench_says
    import sys
    return lambda page: f"{bench_says.VERSION} {sys.prefix}"
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Leave the user's cache alone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "boilerbench" / "environments"


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make wheels of two versions of a distribution, and let pip and uv know no others."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for version in ("1.0", "2.0"):
        info = f"bench_says-{version}.dist-info"
        files = {
            "bench_says.py": f"VERSION = 'says {version}'\n",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: bench-says\nVersion: {version}\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
        with zipfile.ZipFile(folder / f"bench_says-{version}-py3-none-any.whl", "w") as wheel:
            for name, text in files.items():
                wheel.writestr(name, text)
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    for name, value in {
        "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder),
        "UV_NO_CONFIG": "1", "UV_NO_INDEX": "1", "UV_FIND_LINKS": str(folder), "UV_CACHE_DIR": str(tmp_path / "uv"),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    return folder


@pytest.fixture
def with_uv(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have environments built by uv, which takes a tenth of pip's time."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", f"{Path(uv.find_uv_bin()).parent}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def says(tmp_path: Path, wheels: Path) -> str:
    """Write an adapter of that distribution; returns it as it stands in a spec."""
    (tmp_path / "says.py").write_text(ADAPTER, encoding="utf-8")
    return str(tmp_path / "says.py")


@pytest.fixture
def mine(tmp_path: Path, wheels: Path) -> Path:
    """Make an environment as a user would, with version 1.0 in it."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "mine"], check=True)
    (site,) = (tmp_path / "mine" / "lib").glob("python*/site-packages")
    with zipfile.ZipFile(wheels / "bench_says-1.0-py3-none-any.whl") as wheel:
        wheel.extractall(site)
    return tmp_path / "mine"


# Keys


@pytest.mark.parametrize(
    ("other", "same"),
    [
        pytest.param(Environment(("b", "a==1"), ">=3.8"), True, id="another order"),
        pytest.param(Environment(("A == 1", "B"), ">=3.8"), True, id="another spelling"),
        pytest.param(Environment(("a==1.1", "b"), ">=3.8"), False, id="another version"),
        pytest.param(Environment(("a==1", "b", "c"), ">=3.8"), False, id="one more"),
        pytest.param(Environment(("a[x]==1", "b"), ">=3.8"), False, id="an extra"),
        pytest.param(Environment(("a==1", "b"), ">=3.9"), False, id="another Python"),
        pytest.param(Environment(("a==1", "b"), ">=3.8", ("c",)), False, id="something to build with"),
    ],
)
def test_an_environment_is_known_by_what_it_is_made_from(other: Environment, same: bool) -> None:
    assert (other.key == Environment(("a==1", "b"), ">=3.8").key) is same


def test_a_key_is_the_same_in_every_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sysconfig.get_platform", lambda: "linux-x86_64")
    assert Environment(("a==1", "b"), ">=3.8").key == "4acceb994188"


# Building


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_two_versions_run_side_by_side_each_in_its_own_environment(
    bench: Bench, says: str, tmp_path: Path, own_cache: Path, installer: str, request: pytest.FixtureRequest
) -> None:
    if installer == "uv":
        request.getfixturevalue("with_uv")
    corpus = write_corpus(tmp_path / "pages", {"one": "page"}, {"one": "says 2.0"})
    run = ["run", "--corpus", corpus, "--results", tmp_path / "results", "-x", f"{says}==1.0", "-x", f"{says}==2.0"]
    said = bench(*run, "--format", "json")
    assert said.code == 0, said.err
    assert "building an environment for says 1.0 ..." in said.err
    rows = {row["version"]: row for row in said.table["rows"] if row["name"] == "says"}
    assert set(rows) == {"1.0", "2.0"}
    assert rows["2.0"]["values"]["recall"]["value"] == 1.0
    assert rows["1.0"]["values"]["recall"]["value"] < 1.0
    versions = [one["versions"] for one in said.table["manifest"]["extractors"] if one["name"] == "says"]
    assert [one["bench-says"] for one in versions] == ["1.0", "2.0"]
    cells = [json.loads(line) for line in bench("export", *run[1:5], "-x", "says==1.0").out.splitlines()]
    assert cells[0]["text"].startswith(f"says 1.0 {own_cache}")
    assert cells[0]["stderr"] is None
    again = bench(*run)
    assert "building" not in again.err
    assert {"uv = " in (one.folder / "pyvenv.cfg").read_text() for one in kept()} == {installer == "uv"}
    assert "says 1.0: 1 from the store, 0 to run" in again.err


@pytest.mark.usefixtures("with_uv")
def test_an_environment_that_was_cut_off_is_never_used_and_built_anew(bench: Bench, says: str, own_cache: Path) -> None:
    made_from = Environment(("bench-says==1.0",), HERE)
    # As a kill leaves it: a Python that starts, packages that are not whole, no last word.
    site = made_from.folder / "lib" / "half"
    site.mkdir(parents=True)
    (made_from.folder / "bin").mkdir()
    (made_from.folder / "bin" / "python").symlink_to(sys.executable)
    (made_from.folder / "environment.json.new").write_text("{")
    assert made_from.interpreter() is None
    with pytest.raises(UsageError, match="bench env build"):
        resolve(f"{says}==1.0")
    (row,) = json.loads(bench("env", "list", "--format", "json").out)
    assert row["holds"].startswith("unfinished")
    assert bench("env", "build", f"{says}==1.0").code == 0
    assert not site.exists()
    assert resolve(f"{says}==1.0").version == "1.0"


def test_a_build_that_is_killed_leaves_an_environment_that_the_next_one_finishes(says: str, wheels: Path) -> None:
    command = [sys.executable, "-m", "bench", "env", "build", f"{says}==1.0"]
    made_from = Environment(("bench-says==1.0",), HERE)
    with subprocess.Popen(command, stderr=subprocess.PIPE) as build:
        while not (made_from.folder / "pyvenv.cfg").exists():
            assert build.poll() is None
        build.kill()
    assert made_from.interpreter() is None
    # What the killed one had started may still be writing; the next one waits for it.
    assert made_from.make().installed("bench-says") == "1.0"


@pytest.mark.usefixtures("with_uv")
def test_two_builds_at_a_time_make_it_once_and_it_is_made_anew_when_its_python_has_gone(
    wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[str]] = []
    call = environments._call

    def counted(command: list[str], log: Path, lock: int) -> None:
        calls.append(command)
        call(command, log, lock)

    monkeypatch.setattr(environments, "_call", counted)
    made_from = Environment(("bench-says",), HERE)
    threads = [threading.Thread(target=made_from.make) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([command for command in calls if "venv" in command]) == 1
    made = made_from.interpreter()
    assert made is not None
    Path(made.executable).unlink()
    Path(made.executable).symlink_to("/nowhere/python")
    assert made_from.interpreter() is None
    assert made_from.make().installed("bench-says") == "2.0"


@pytest.mark.parametrize(
    ("python", "message"),
    [
        (">=3", "there is no bench-says==3.0 for this Python; the last there are: 1.0, 2.0;"),
        ("==3.7.99", "it needs Python ==3.7.99, which is not on this machine"),
    ],
    ids=["no such version", "no such Python"],
)
def test_what_cannot_be_had_is_told_in_one_line_before_the_run_starts(
    bench: Bench, says: str, tmp_path: Path, python: str, message: str
) -> None:
    Path(says).write_text(f"{ADAPTER}\nPYTHON = '{python}'\n", encoding="utf-8")
    corpus = write_corpus(tmp_path / "pages", {"one": "page"})
    where = ["--corpus", corpus, "--results", tmp_path / "results"]
    said = bench("run", *where, "-x", f"{says}==3.0")
    assert said.code == 2
    first, last = said.err.splitlines()
    assert first == "building an environment for says 3.0 ..."
    assert message in last
    assert bench("list", "runs", *where[2:]).out == "no runs\n"


NONE = "ERROR: Could not find a version that satisfies the requirement x (from versions: none)\n"


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("", "the installer failed without a word"),
        (
            f"WARNING: NewConnectionError\n{NONE}",
            "the package index cannot be reached; go online, or name a folder of wheels by PIP_FIND_LINKS",
        ),
        (NONE, "there is no x; is the name right, and the index reachable (PIP_INDEX_URL, PIP_FIND_LINKS)?"),
        (
            "    ModuleNotFoundError: No module named 'Cython'\n    [end of output]\nERROR: Failed to build 'x' when tried\n",
            "Failed to build 'x' when tried: ModuleNotFoundError: No module named 'Cython'",
        ),
        (
            "ERROR: Cannot install a and b.\n\nThe conflict is caused by:\n  a\nERROR: ResolutionImpossible: for help visit",
            "Cannot install a and b",
        ),
        (
            "Using Python 3.11.7 environment at: x\nerror: No solution found\n  cause: Because there is no version.\n",
            "No solution found: Because there is no version",
        ),
        ("Traceback\nOSError: [Errno 28] No space left on device\n", "OSError: [Errno 28] No space left on device"),
    ],
    ids=["silence", "no network", "no such distribution", "a build that fails", "a conflict", "uv", "a full disk"],
)
def test_an_installers_output_comes_to_one_line(output: str, told: str) -> None:
    assert environments._complaint(output) == told


@pytest.mark.parametrize("uv", [False, True], ids=["pip", "uv"])
def test_what_sources_are_built_with_is_installed_before_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uv: bool
) -> None:
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}" if uv else None)
    *_, first, second = environments._installer(Environment(("old==1",), HERE, ("cython<3",)), sys.executable)
    assert first[-1] == "cython<3"
    assert second == [*first[:-1], "--no-build-isolation", "old==1"]
    assert (first[0] == "/bin/uv") is uv
    monkeypatch.setenv("PIP_INDEX_URL", "https://a.example")  # which uv would not hear
    assert not [command for command in environments._installer(Environment(("x",), HERE), sys.executable) if "uv" in command[0]]


# Interpreters


def pretend(folder: Path, name: str, version: str, kind: str = "cpython", level: str = "final") -> None:
    """Put a program there that answers as an interpreter of this version would."""
    folder.mkdir(parents=True, exist_ok=True)
    said = json.dumps([str(folder / name), version, kind, level, []])
    (folder / name).write_text(f"#!/bin/sh\necho '{said}'\n", encoding="utf-8")
    (folder / name).chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with interpreters on its PATH and under pyenv, none of which is real."""
    for name, version in (("python3.8", "3.8.18"), ("python3", "3.9.2"), ("python3.6", "3.6.15"), ("python", "3.99.0")):
        pretend(tmp_path / "path", name, version)
    pretend(tmp_path / "path", "python3.10", "3.10.2", kind="pypy")
    pretend(tmp_path / "path", "python3.98", "3.98.0", level="beta")
    (tmp_path / "path" / "python3.12").write_text("#!/bin/sh\nexit 127\n")
    (tmp_path / "path" / "python3.12").chmod(0o755)
    pretend(tmp_path / "pyenv" / "versions" / "3.10.13" / "bin", "python", "3.10.13")
    monkeypatch.setenv("PATH", f"{tmp_path / 'path'}:{tmp_path / 'nowhere'}:/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setattr(interpreters, "on_this_machine", interpreters.on_this_machine.__wrapped__)
    return tmp_path


@pytest.mark.parametrize(
    ("specifier", "found"),
    [
        pytest.param(">=3.8,<3.11", "3.10.13", id="the newest that fits"),
        pytest.param("<3.10", "3.9.2", id="named without its version"),
        pytest.param("==3.8.*", "3.8.18", id="on the PATH"),
        pytest.param("<3.8", None, id="too old for a worker"),
        pytest.param(">=3.90", None, id="unfinished, or not named as a Python 3"),
        pytest.param("==3.12.2", None, id="there, but dead"),
        pytest.param(">=3.8", running().version, id="this one before a newer one"),
    ],
)
@pytest.mark.usefixtures("machine")
def test_an_interpreter_is_found_by_the_versions_that_will_do(specifier: str, found: str | None) -> None:
    interpreter = find(specifier)
    assert (interpreter and interpreter.version) == found


@pytest.mark.parametrize("said", ["", "nonsense", "[]", '["p", "3.11", "cpython"]', '[1, [], "cpython", "final", 3]', "{}"])
def test_a_program_that_is_no_interpreter_is_none(tmp_path: Path, said: str) -> None:
    (tmp_path / "python").write_text(f"#!/bin/sh\necho '{said}'\n", encoding="utf-8")
    (tmp_path / "python").chmod(0o755)
    assert ask(tmp_path / "python") is None


# What is installed


def test_versions_are_read_from_metadata_for_the_python_that_they_are_installed_for(tmp_path: Path) -> None:
    for name, version, requires in (
        ("x-main", "1.0", ["x-old; python_version < '3.9'", "x-new; python_version >= '3.9'", "x-not-there"]),
        ("x-old", "0.1", []),
        ("x-new", "2.0", []),
    ):
        info = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        lines = [
            "Metadata-Version: 2.1",
            f"Name: {name}",
            f"Version: {version}",
            *(f"Requires-Dist: {one}" for one in requires),
        ]
        (info / "METADATA").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for version, found in (("3.8.18", {"x-old": "0.1"}), ("3.10.2", {"x-new": "2.0"})):
        there = Interpreter("/nowhere/python", version, (str(tmp_path),))
        assert there.closure(["X.Main"]) == {"x-main": "1.0", **found}
        assert there.installed("x_main") == "1.0"
        assert there.installed("packaging") is None


def test_another_python_is_another_identity(says: str, mine: Path) -> None:
    here = ask(mine / "bin" / "python")
    assert here is not None
    same, other = resolve(says, here), resolve(says, Interpreter(here.executable, "3.7.16", here.paths))
    assert "python" not in same.identity
    assert other.identity == {**same.identity, "python": "3.7.16"}
    assert other.key != same.key


# An environment that exists


def test_an_extractor_runs_in_an_environment_that_exists_named_by_its_folder_or_its_python(
    bench: Bench, says: str, mine: Path, tmp_path: Path, own_cache: Path
) -> None:
    corpus = write_corpus(tmp_path / "pages", {"one": "page"})
    run = ["run", "--corpus", corpus, "--results", tmp_path / "results", "--format", "json", "-x", says]
    for path in (mine, mine / "bin" / "python"):
        said = bench(*run, "--python", f"says={path}")
        assert said.code == 0, said.err
        assert "building" not in said.err
        (row,) = [row for row in said.table["rows"] if row["name"] == "says"]
        assert (row["version"], row["outcomes"]) == ("1.0", {"ok": 1})
    assert str(tmp_path) not in said.table["manifest"]["command"]
    assert not list(own_cache.glob("*"))


@pytest.mark.parametrize(
    ("python", "message"),
    [
        ("says", "write NAME=PATH"),
        ("says=", "write NAME=PATH"),
        ("goose3=/usr", "this run has no extractor goose3; add -x goose3"),
        ("says={tmp}/nowhere", "no such file or folder"),
        ("says={tmp}", "no CPython of 3.7 or newer answers there"),
        ("says={tmp}/says.py", "no CPython of 3.7 or newer answers there"),
        ("says={python}", "holds no bench-says, which says needs; install it there"),
    ],
    ids=["no path", "an empty path", "another name", "nothing there", "an empty folder", "no program", "no distribution"],
)
def test_a_python_that_will_not_do_costs_one_clear_line(
    bench: Bench, says: str, tmp_path: Path, python: str, message: str
) -> None:
    text = python.format(tmp=tmp_path, python=sys.executable)
    said = bench("run", "--results", tmp_path / "results", "-x", says, "--python", text)
    assert said.code == 2
    assert message in said.err.splitlines()[-1]
    assert "Traceback" not in said.err


def test_a_python_that_holds_another_version_than_the_one_asked_for_is_refused(
    bench: Bench, says: str, mine: Path, tmp_path: Path
) -> None:
    said = bench("run", "--results", tmp_path, "-x", f"{says}==2.0", "--python", f"says={mine}")
    assert said.code == 2
    assert "holds bench-says 1.0, not 2.0" in said.err


# bench env


@pytest.mark.usefixtures("with_uv")
def test_environments_are_built_listed_and_removed_by_spec_or_key(bench: Bench, says: str, own_cache: Path) -> None:
    assert bench("env", "list").out == "no environments\n"
    said = bench("env", "build", f"{says}==1.0", "nothing")
    assert said.code == 0, said.err
    assert "nothing: installed here" in said.err
    (built,) = own_cache.iterdir()
    (built / "heavy").write_bytes(bytes(3_000_000))
    (own_cache / "0123456789ab").mkdir()
    rows = {row["key"]: row for row in json.loads(bench("env", "list", "--format", "json").out)}
    unfinished = rows.pop("0123456789ab")
    assert unfinished["python"] is None
    (row,) = rows.values()
    assert (row["holds"], row["python"]) == ("bench-says==1.0", running().version)
    assert row["MB"] == 3
    assert row["holds"] in bench("env", "list").out
    assert bench("env", "remove", f"{says}==1.0", "0123456789ab").code == 0
    assert list(own_cache.iterdir()) == []


@pytest.mark.usefixtures("with_uv")
def test_all_environments_are_built_but_for_those_that_cannot_be_which_are_told(
    bench: Bench, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, line in {
        "first": 'PYTHON = ">=9"\nREQUIRES = ("no-such-one",)',
        "here": "",
        "last": 'REQUIRES = ("bench-says>=2",)',
    }.items():
        (tmp_path / f"{name}.py").write_text(f'"""Text."""\n{line}\ndef extractor():\n    return len\n', encoding="utf-8")
    found = [read_adapter(name, tmp_path / f"{name}.py") for name in ("first", "here", "last", "says")]
    monkeypatch.setattr("bench.spec.adapters", lambda: found)
    said = bench("env", "build", "--all")
    assert said.code == 2
    assert "first: no environment for no-such-one: it needs Python >=9, which is not on this machine" in said.err
    assert "bench: 1 of 3 environments cannot be built; the lines above say why" in said.err
    assert {str(one.made_from) for one in kept()} == {"bench-says", "bench-says>=2"}
    monkeypatch.setattr("bench.spec.adapters", lambda: found[1:])
    said = bench("env", "build", "--all")
    assert said.code == 0
    assert "building" not in said.err
    monkeypatch.setattr("bench.spec.adapters", lambda: found[1:2])
    assert bench("env", "build", "--all").err == "every built-in extractor is installed here\n"


@pytest.mark.parametrize("arguments", [[], ["--all", "nothing"]], ids=["nothing named", "both"])
def test_what_to_build_is_named_or_all(bench: Bench, arguments: list[str]) -> None:
    said = bench("env", "build", *arguments)
    assert said.code == 2
    assert said.err == "bench: name the extractors to build environments for, or say --all\n"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "name the environments to remove, by key or spec, or say --all"),
        (["--all", "nothing"], 2, "or say --all"),
        (["--all"], 5, "no environments"),
        (["nothing"], 2, "nothing is installed here; it has no environment of its own"),
        (["0123456789ab"], 2, "0123456789ab: there is no such environment"),
        (["goose3==0.1"], 2, "goose3==0.1: there is no such environment"),
        (["../../x"], 2, "no extractor named '../../x'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_removed_is_told(bench: Bench, arguments: list[str], code: int, message: str) -> None:
    said = bench("env", "remove", *arguments)
    assert said.code == code
    assert message in said.err


def test_an_environment_that_is_being_built_is_not_removed() -> None:
    made_from = Environment(("x",), HERE)
    with environments._locked(made_from.folder), pytest.raises(UsageError, match="is being built by another process"):
        remove(made_from.folder)
    remove(made_from.folder)
    assert kept() == []


def test_a_home_is_told_as_a_tilde(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert environments.short(root()) == "~/.cache/boilerbench/environments"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # which the standard tells us to ignore
    assert environments.short(root()) == "~/.cache/boilerbench/environments"
