"""The hook for pre-commit, run by pre-commit itself in a repository of its own. No network: bench is installed already."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, write_corpus

pytest.importorskip("pre_commit", reason="pre-commit is in the extra `lint`")
if shutil.which("git") is None:
    pytest.skip("needs git", allow_module_level=True)

MILL = "The old mill by the river burned down in May, and nobody knows yet what set it on fire."
Ran = subprocess.CompletedProcess[str]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Ran]:
    """Return a function that runs a program in a repository, with this environment's programs first."""
    (tmp_path / "repository").mkdir()
    programs = str(Path(sys.executable).parent)
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))}
    mine |= {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "PRE_COMMIT_HOME": str(tmp_path / "home")}
    mine |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PRE_COMMIT_COLOR": "never"}

    def run(*command: str) -> Ran:
        return subprocess.run(
            command, cwd=tmp_path / "repository", env=mine, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False,
        )  # fmt: skip

    return run


@pytest.fixture
def repository(tmp_path: Path, run: Callable[..., Ran]) -> Path:
    """Return a repository with a corpus in a folder of its own, and the hook of ours, whose program is installed already."""
    import yaml

    root = tmp_path / "repository"
    texts = {"mill": MILL, "pier": "A new pier was opened on Sunday."}
    write_corpus(root / "set", {name: f"<p>{text}" for name, text in texts.items()}, texts)
    hooks = [hook | {"language": "system"} for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())]
    config = {"repos": [{"repo": "local", "hooks": hooks}]}
    (root / ".pre-commit-config.yaml").write_text(json.dumps(config))  # JSON is YAML
    assert run("git", "init", "-q").returncode == 0
    return root


def test_the_hook_checks_the_pages_whose_files_are_committed(repository: Path, run: Callable[..., Ran]) -> None:
    assert run("git", "add", ".").returncode == 0
    ran = run("pre-commit", "run", "--verbose")
    assert ran.returncode == 0, ran.stdout
    assert "bench check" in ran.stdout
    assert "2 pages of set checked" in ran.stdout
    (repository / "set" / "gold" / "pier.txt").write_text("Something else altogether\n")
    ran = run("pre-commit", "run", "--verbose", "--files", "set/corpus/mill.html", "set/gold/mill.txt")
    assert ran.returncode == 0, "the other page was not asked for"
    assert "1 page of set checked" in ran.stdout
    assert run("git", "add", ".").returncode == 0
    ran = run("pre-commit", "run")
    assert ran.returncode == 1
    assert "set/gold/pier.txt:1: error block-not-on-page" in ran.stdout


def test_the_hook_is_not_asked_about_other_files(repository: Path, run: Callable[..., Ran]) -> None:
    for name in ("README.md", "set/corpus/README.md", "gold.txt"):
        (repository / name).write_text("words\n")
        assert run("git", "add", name).returncode == 0
    ran = run("pre-commit", "run")
    assert ran.returncode == 0
    assert "no files to check" in ran.stdout


@pytest.mark.parametrize(("kind", "file"), [("manifest", ".pre-commit-hooks.yaml"), ("config", ".pre-commit-config.yaml")])
def test_pre_commit_takes_our_files_for_what_they_are(run: Callable[..., Ran], kind: str, file: str) -> None:
    ran = run("pre-commit", f"validate-{kind}", str(ROOT / file))
    assert (ran.returncode, ran.stdout) == (0, "")
