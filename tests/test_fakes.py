"""Misbehaving extractors through the real sandbox: each costs its own cells and nothing else."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import FAKES, Said, processes_of, write_corpus

from bench import sandbox

pytestmark = [
    pytest.mark.usefixtures("no_process_left"),
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="these limits are Linux's"),
]

PAGES = {"a-before": "first page", "b-trap": "trap", "c-after": "third page", "d-after": "fourth page"}

# Fake, outcome on the trap page, error type, attempts. An exception is tried again in a fresh process, since the worker
# had answered a page before.
FATES = [
    ("loop_python", "timeout", None, 2),
    ("loop_c", "timeout", None, 2),
    ("sleeper", "timeout", None, 2),
    ("ignores_sigterm", "timeout", None, 2),
    ("segfault", "crash", "SIGSEGV", 2),
    ("leaves", "crash", "Exit", 2),
    ("fork_bomb", "crash", "Exit", 2),
    ("closes_pipes", "crash", "Exit", 2),
    ("closes_and_hangs", "crash", "ProtocolError", 2),
    ("garbage_frames", "crash", "ProtocolError", 2),
    ("huge_frame", "crash", "ProtocolError", 2),
    ("forger", "crash", "ProtocolError", 2),
    ("glutton", "memory", "MemoryError", 2),
    ("nibbler", "memory", "ValueError", 2),
    ("verbose_output", "error", "OverflowError", 2),
    ("raises", "error", "bench_extractor.UnspeakableError", 2),
    ("exits", "error", "SystemExit", 2),
    ("returns_bytes", "error", "TypeError", 2),
    ("returns_none", "empty", None, 1),
    ("returns_surrogates", "ok", None, 1),
    ("printer", "ok", None, 1),
    ("leaves_child", "ok", None, 1),
    ("slow_import", "ok", None, 1),
]


def run(bench: Callable[..., Said], root: Path, *fakes: str, **options: object) -> Said:
    """Run fakes one page after the other, so that a page's predecessors are known."""
    options = {"timeout": 30, **options}
    words = [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", value)]
    chosen = [word for fake in fakes for word in ("-x", FAKES / f"{fake}.py")]
    return bench("run", "--corpus", root, "--results", root / "results", "--jobs", 1, "--format", "json", *chosen, *words)


def cells(root: Path, fake: str) -> list[dict[str, Any]]:
    """Return the stored cells of a fake in the order of the pages."""
    with sqlite3.connect(root / "results" / "store.sqlite") as db:
        db.row_factory = sqlite3.Row
        rows = db.execute(
            "SELECT c.* FROM cells c JOIN extractors e ON e.key = c.extractor WHERE e.name = ? ORDER BY c.page", (fake,)
        ).fetchall()
    db.close()
    return [dict(row) for row in rows]


@pytest.mark.parametrize(("fake", "outcome", "kind", "attempts"), FATES, ids=[fate[0] for fate in FATES])
def test_a_misbehaving_extractor_costs_its_own_cell_and_is_told_by_its_right_name(
    bench: Callable[..., Said], tmp_path: Path, fake: str, outcome: str, kind: str | None, attempts: int
) -> None:
    # A deadline of a second is for those that must miss it; a busy machine must not make the others do so.
    said = run(bench, write_corpus(tmp_path, PAGES), fake, "steady", timeout=1 if outcome == "timeout" else 30)

    assert said.code == 0, said.err
    rows = {row["name"]: row for row in said.table["rows"]}
    expected = {"ok": 3, outcome: 1} if outcome != "ok" else {"ok": 4}
    assert rows[fake]["outcomes"] == expected
    assert rows["steady"]["outcomes"] == {"ok": 4}
    told = [cell for cell in cells(tmp_path, fake) if cell["outcome"] == outcome and cell["attempts"] == attempts]
    assert told, cells(tmp_path, fake)
    assert kind in {cell["error_type"] for cell in told}


def test_processes_that_an_extractor_starts_die_with_its_worker(bench: Callable[..., Said], tmp_path: Path) -> None:
    run(bench, write_corpus(tmp_path, PAGES), "leaves_child", "fork_bomb")
    # They may have left our session and folder, but not our process namespace.
    assert not [line for line in processes_of(Path("/")) if "3600.25" in line]


def test_prints_are_kept_apart_and_cut_and_never_reach_stdout(bench: Callable[..., Said], tmp_path: Path) -> None:
    said = run(bench, write_corpus(tmp_path, PAGES), "printer")
    (loud,) = [cell for cell in cells(tmp_path, "printer") if cell["stdout"]]
    assert said.table["rows"]
    assert len(loud["stdout"]) < sandbox.CAPTURED + 100
    assert loud["stdout"].endswith(f"[{1000 * 1_000_001 - sandbox.CAPTURED} more bytes]")
    assert loud["stderr"] == "that was all\n"


def test_surrogates_that_no_utf_8_can_hold_are_replaced_and_pairs_are_joined(
    bench: Callable[..., Said], tmp_path: Path
) -> None:
    root = write_corpus(tmp_path, {"b-trap": "trap"})
    run(bench, root, "returns_surrogates")
    said = bench("export", "--results", root / "results", "-x", "returns_surrogates")
    assert '"text": "a\ufffdb\U0001f600c"' in said.out


@pytest.mark.parametrize("fake", ["dials_tcp", "dials_udp", "dials_dns"])
def test_the_network_is_cut(bench: Callable[..., Said], tmp_path: Path, fake: str) -> None:
    # A listener of our own shows that the cut, not the absence of a listener, makes the connection fail.
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("127.0.0.1", 0))
        datagrams.setblocking(False)
        port = (datagrams if fake == "dials_udp" else server).getsockname()[1]
        said = run(bench, write_corpus(tmp_path, {**PAGES, "b-trap": f"trap {port}"}), fake)
        with pytest.raises(BlockingIOError):
            datagrams.recv(10)
    (row,) = [row for row in said.table["rows"] if row["name"] == fake]
    assert row["outcomes"] == {"error": 1, "ok": 3}
    assert said.table["manifest"]["limits_in_force"]["network"] in (["namespace"], ["seccomp"])


def test_nothing_can_be_written_outside_the_scratch_folder(bench: Callable[..., Said], tmp_path: Path) -> None:
    escape = tmp_path / "escaped"
    said = run(bench, write_corpus(tmp_path, {"b-trap": f"trap {escape}"}), "writes_files")
    if said.table["manifest"]["limits_in_force"]["files"] != ["landlock"]:
        pytest.skip("this kernel has no Landlock")
    (cell,) = cells(tmp_path, "writes_files")
    assert (cell["outcome"], cell["error_type"]) == ("error", "PermissionError")
    assert not escape.exists()


@pytest.mark.parametrize(
    ("fake", "why"),
    [("no_import", "a_module_that_is_not_there"), ("dies_importing", "SIGABRT")],
    ids=["cannot be imported", "dies while imported"],
)
def test_an_extractor_that_cannot_start_is_unavailable_and_the_run_ends_with_3(
    bench: Callable[..., Said], tmp_path: Path, fake: str, why: str
) -> None:
    said = run(bench, write_corpus(tmp_path, PAGES), fake, "steady")
    assert said.code == 3
    assert why in said.err.splitlines()[-1]
    rows = {row["name"]: row["outcomes"] for row in said.table["rows"]}
    assert rows[fake] == {"unavailable": 4}
    assert rows["steady"] == {"ok": 4}


def test_an_extractor_that_is_slow_to_become_ready_has_a_deadline_of_its_own(
    bench: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "START_TIMEOUT", 0.4)
    said = run(bench, write_corpus(tmp_path, PAGES), "slow_import")
    assert said.code == 3
    assert "not ready within 0.4 s" in said.err


def test_an_unavailable_extractor_is_tried_again_by_the_next_run(bench: Callable[..., Said], tmp_path: Path) -> None:
    root = write_corpus(tmp_path, PAGES)
    run(bench, root, "no_import")
    assert "no_import file " in (said := run(bench, root, "no_import")).err
    assert "0 from the store, 4 to run" in said.err


def test_a_failure_of_a_worn_process_is_tried_again_in_a_fresh_one(bench: Callable[..., Said], tmp_path: Path) -> None:
    run(bench, write_corpus(tmp_path, PAGES), "failing_after_one")
    # The second and fourth page fail in the process of the page before, and succeed in a process of their own.
    assert sorted((cell["outcome"], cell["attempts"]) for cell in cells(tmp_path, "failing_after_one")) == [
        ("ok", 1), ("ok", 2), ("ok", 2), ("ok", 2),
    ]  # fmt: skip


def test_failures_above_the_limit_end_a_finished_run_with_3(bench: Callable[..., Said], tmp_path: Path) -> None:
    root = write_corpus(tmp_path, PAGES)
    assert run(bench, root, "segfault", max_failures=1).code == 0
    said = run(bench, root, "segfault", max_failures=0)
    assert said.code == 3
    assert "1 cells failed, more than --max-failures 0" in said.err


def test_a_stored_timeout_is_run_again_only_under_a_longer_deadline(bench: Callable[..., Said], tmp_path: Path) -> None:
    root = write_corpus(tmp_path, PAGES)
    run(bench, root, "sleeper", timeout=1)
    assert "4 from the store, 0 to run" in run(bench, root, "sleeper", timeout=1).err
    assert "3 from the store, 1 to run" in run(bench, root, "sleeper", timeout=1.2).err


def test_stored_failures_are_run_again_when_asked(bench: Callable[..., Said], tmp_path: Path) -> None:
    root = write_corpus(tmp_path, PAGES)
    run(bench, root, "segfault")
    said = bench("run", "--corpus", root, "--results", root / "results", "-x", FAKES / "segfault.py", "--retry-failed")
    assert "3 from the store, 1 to run" in said.err


def test_cpu_time_is_told_below_the_ticks_of_the_system(bench: Callable[..., Said], tmp_path: Path) -> None:
    root = write_corpus(tmp_path, {f"page-{number}": "text" for number in range(12)})
    run(bench, root, "busy")
    assert all(cell["cpu_seconds"] >= 0.0003 for cell in cells(root, "busy"))
