"""Plug-ins are files, and errors are exit codes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench import errors, plugins
from bench.errors import BenchError, UsageError

# Every folder of plug-ins, and what each file in it must hold.
FOLDERS = {
    "readers": ("open_corpus", "LAYOUT"),
    "extractors": ("extractor",),
    "metrics": ("METRIC",),
    "tables": ("render",),
    "engines": (),
    "cli": ("command",),
}
BUILT_IN = [(folder, name) for folder in FOLDERS for name in plugins.names(folder)]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package folder with one folder of plug-ins, each of which would not survive being imported."""
    monkeypatch.setattr(plugins, "_HERE", tmp_path)
    things = tmp_path / "things"
    things.mkdir()
    for name in ("beta.py", "alpha_one.py", "import_.py", "__init__.py", "_shared.py", "Upper.py", "2nd.py", "a-b.py", "c.txt"):
        (things / name).write_text("raise SystemExit('imported')\n", encoding="utf-8")
    (things / "folder").mkdir()
    return tmp_path


# Names


@pytest.mark.usefixtures("package")
def test_names_are_those_of_files_sorted_with_hyphens_and_without_importing() -> None:
    assert plugins.names("things") == ["alpha-one", "beta", "import"]


@pytest.mark.usefixtures("package")
def test_a_folder_that_is_not_there_holds_no_plug_ins() -> None:
    assert plugins.names("nothings") == []


@pytest.mark.parametrize(("name", "file"), [("alpha-one", "alpha_one.py"), ("beta", "beta.py"), ("import", "import_.py")])
def test_a_name_leads_back_to_its_file(package: Path, name: str, file: str) -> None:
    assert plugins.path("things", name) == package / "things" / file


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    "name",
    [
        "alpha_one",
        "import_",
        "_shared",
        "__init__",
        "Beta",
        "",
        ".",
        "../things/beta",
        "beta.py",
        "folder",
        "a-b",
        "beta\x00",
        "\ud800",
    ],
)
def test_nothing_but_a_name_leads_to_a_file(name: str) -> None:
    with pytest.raises(UsageError, match="no thing named"):
        plugins.path("things", name)


@pytest.mark.parametrize(("folder", "name"), BUILT_IN, ids=[f"{folder} {name}" for folder, name in BUILT_IN])
def test_every_built_in_plug_in_loads_and_holds_what_its_folder_asks_for(folder: str, name: str) -> None:
    module = plugins.load(folder, name)
    assert Path(str(module.__file__)) == plugins.path(folder, name)
    assert [member for member in FOLDERS[folder] if not hasattr(module, member)] == []
    assert module.__doc__


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_folder_of_plug_ins_is_empty(folder: str) -> None:
    assert plugins.names(folder)


def test_asking_for_names_imports_no_plug_in_and_no_library() -> None:
    program = (
        "import sys; from bench import plugins;"
        f"[plugins.names(folder) for folder in {sorted(FOLDERS)}];"
        "print([name for name in sys.modules if name.count('.') > 1 and name.startswith('bench')"
        " or name in ('lxml', 'numpy', 'click', 'trafilatura')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# Suggestions


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param("trafilatur", "did you mean trafilatura, ", id="a letter lost"),
        pytest.param("Goose", "did you mean goose3?", id="another case"),
        pytest.param("readability_lxml", "did you mean readability-lxml, ", id="underscore for hyphen"),
        pytest.param("zzz", "there are: article-extractor, beautifulsoup,", id="nothing near"),
    ],
)
def test_an_unknown_name_is_answered_with_the_near_ones_or_with_all(name: str, hint: str) -> None:
    with pytest.raises(UsageError) as problem:
        plugins.load("extractors", name)
    assert str(problem.value).startswith(f"no extractor named {name!r}; {hint}")


def test_at_most_three_near_names_are_told() -> None:
    line = plugins.unknown("x", "aaaa", ["aaaa1", "aaaa2", "aaaa3", "aaaa4"])
    assert line.count("aaaa") == 4  # the name itself and three more


def test_an_unknown_name_is_told_in_one_line_whatever_it_holds() -> None:
    assert "\n" not in plugins.unknown("x", "a\nb\x1b[2J", ["c"])
    assert "\x1b" not in plugins.unknown("x", "a\nb\x1b[2J", ["c"])


# errors.py


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("BenchError", 2),
        ("UsageError", 2),
        ("StoreError", 2),
        ("TooManyFailures", 3),
        ("CorpusError", 4),
        ("NothingToDo", 5),
        ("Interrupted", 130),
    ],
)
def test_each_error_has_the_exit_code_of_the_design(name: str, code: int) -> None:
    assert getattr(errors, name).exit_code == code
    assert issubclass(getattr(errors, name), BenchError)


def test_every_error_is_drawn_in_the_tree_with_its_exit_code() -> None:
    classes = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, BenchError)]
    drawn = dict(re.findall(r"^[├└]── (\w+) +(\d+) ", str(errors.__doc__), re.MULTILINE))
    assert {name: int(code) for name, code in drawn.items()} == {
        kind.__name__: kind.exit_code for kind in classes if kind is not BenchError
    }
