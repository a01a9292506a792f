"""The sandbox where the system gives less: every layer may be missing, and the run says which was there."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import FAKES, ROOT, processes_of, write_corpus

pytestmark = [
    pytest.mark.usefixtures("no_process_left"),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="takes away what only Linux has"),
]

# What is taken away: a line of limits.py, and what it becomes.
LACKING = {
    "linux": ('LINUX = sys.platform.startswith("linux")', "LINUX = False"),
    "namespaces": ("if _libc.unshare(flags) == 0:", "if False:"),
    "process namespace": ("(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWPID, (True, True)),", ""),
    "landlock": ("_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446", "_LANDLOCK_CREATE = 9999"),
}


def run(tmp_path: Path, lacking: str, fake: str, page: str = "trap") -> dict[str, Any]:
    """Run a fake under a copy of the package from which something was taken; returns its row, cell and the limits."""
    package = tmp_path / "package"
    shutil.copytree(ROOT / "bench", package / "bench", ignore=shutil.ignore_patterns("__pycache__"))
    limits = package / "bench" / "limits.py"
    there, instead = LACKING[lacking]
    source = limits.read_text(encoding="utf-8")
    assert there in source
    limits.write_text(source.replace(there, instead), encoding="utf-8")
    corpus = write_corpus(tmp_path / "pages", {"a-before": "first", "b-trap": page, "c-after": "third"})
    where = ["--corpus", str(corpus), "--results", str(tmp_path / "results")]
    bench = [
        sys.executable,
        "-c",
        f"import sys; sys.path.insert(0, {str(package)!r}); from bench.cli.__main__ import main; main()",
    ]

    def call(*words: str) -> str:
        done = subprocess.run([*bench, *words], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    options = ["--format", "json", "--timeout", "10", "--memory", "1"]
    table = json.loads(call("run", *where, "-x", str(FAKES / f"{fake}.py"), *options))
    cells = [json.loads(line) for line in call("export", *where, "-x", fake).splitlines()]
    (trapped,) = [cell for cell in cells if cell["id"] == "b-trap"]
    assert [cell["outcome"] for cell in cells if cell["id"] != "b-trap"] == ["ok", "ok"]
    return {"cell": trapped, "limits": table["manifest"]["limits_in_force"]}


@pytest.mark.parametrize("fake", ["segfault", "leaves", "returns_bytes", "closes_and_hangs"])
def test_a_misbehaving_extractor_costs_its_own_cell_without_anything_of_linux(tmp_path: Path, fake: str) -> None:
    done = run(tmp_path, "linux", fake)
    assert done["cell"]["outcome"] == ("error" if fake == "returns_bytes" else "crash")
    assert done["limits"]["network"] == ["open"]
    assert done["limits"]["processes"] == ["keeper"]


@pytest.mark.parametrize(
    ("lacking", "network", "processes"),
    [("namespaces", "seccomp", "keeper"), ("process namespace", "namespace", "keeper")],
    ids=["no namespaces", "no process namespace"],
)
def test_children_that_leave_the_session_are_killed_by_the_keeper(
    tmp_path: Path, lacking: str, network: str, processes: str
) -> None:
    done = run(tmp_path, lacking, "leaves_child")
    assert done["limits"]["network"] == [network]
    assert done["limits"]["processes"] == [processes]
    assert done["cell"]["outcome"] == "ok"
    assert not [line for line in processes_of(Path("/")) if "3600.25" in line]


@pytest.mark.parametrize("fake", ["dials_tcp", "dials_udp", "dials_dns"])
def test_a_system_call_filter_cuts_the_network_where_namespaces_are_forbidden(tmp_path: Path, fake: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = run(tmp_path, "namespaces", fake, f"trap {server.getsockname()[1]}")
    assert done["limits"]["network"] == ["seccomp"]
    assert done["cell"]["outcome"] == "error"


def test_a_kernel_without_landlock_is_told_by_the_manifest(tmp_path: Path) -> None:
    done = run(tmp_path, "landlock", "writes_files", f"trap {tmp_path / 'escaped'}")
    assert done["limits"]["files"] == ["open"]
    assert done["cell"]["outcome"] == "ok"
