"""Imports go down only: the order of the units, held by reading the code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import bench
from bench import plugins

HERE = Path(bench.__file__).parent

# A unit may import units of lower levels and, where marked, its own; folders count as one unit.
LEVELS = [
    {"__init__"},
    {
        "errors",
        "extract",
        "limits",
        "markup",
        "encoding",
        "formulas",
        "listening",
        "lookup",
        "regions",
        "rouge",
        "teds",
        "text",
    },
    {"beside", "files", "interpreters", "markdown", "model", "one_host", "plugins", "program", "shingles", "words"},
    {"capture", "environments", "nodejs", "packages", "page_text", "structure"},
    {"alignment"},
    {"attribution", "metric"},
    {"metrics", "stats", "store", "spec", "extractors"},
    {"vote"},
    {"account", "corpus", "declared", "history", "inference", "worker"},
    {"intervals", "lineup", "readers", "request", "sandbox", "score"},
    {"ranking", "run", "slices"},
    {"committed", "engines", "summarise"},
    {"agreement", "baseline", "differences", "present", "progress", "reproduce", "speed", "trial"},
    {"cast", "compare", "gate"},
    {"census", "checks", "dataset", "junit", "measure", "outputs", "show", "tables"},
    {"annotate", "views"},
    {"cli"},
    {"__main__"},
]
RANK = {unit: level for level, units in enumerate(LEVELS) for unit in units}


def unit_of(path: Path) -> str:
    first = path.relative_to(HERE).parts[0]
    return first.removesuffix(".py")


def imports(path: Path) -> list[tuple[int, str]]:
    """Return (line, unit) for every import of ours in a file, those inside functions and TYPE_CHECKING included."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "bench":
            rest = node.module.split(".")[1:]
            names = [rest[0]] if rest else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".")[1] for alias in node.names if alias.name.startswith("bench.")]
        found += [(getattr(node, "lineno", 0), name if name in RANK else "__init__") for name in names]
    return found


FILES = sorted(path for path in HERE.rglob("*.py") if "builtin" not in path.parts)


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(HERE)) for path in FILES])
def test_a_module_imports_only_what_lies_below_it(path: Path) -> None:
    own = unit_of(path)
    assert own in RANK, f"{path} stands in no level; give it one"
    above = [f"line {line}: {unit}" for line, unit in imports(path) if RANK[unit] >= RANK[own] and unit != own]
    assert not above, f"{path.name} imports up: {above}"


@pytest.mark.parametrize("folder", ["readers", "extractors", "metrics", "tables", "engines", "views"])
def test_plug_ins_of_a_folder_do_not_import_each_other(folder: str) -> None:
    for path in (HERE / folder).glob("*.py"):
        assert folder not in [unit for _, unit in imports(path)], f"{path} imports its neighbour"


def test_every_plug_in_is_found_by_its_file_name_alone() -> None:
    for folder in ("readers", "extractors", "metrics", "tables", "engines", "cli"):
        files = [path for path in (HERE / folder).glob("*.py") if not path.name.startswith("_")]
        assert len(plugins.names(folder)) == len(files)
        assert all(plugins.path(folder, name) in files for name in plugins.names(folder))
