"""Runs that are killed: nothing stored is lost, no process is left, and the next run goes on to the same store."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import FAKES, processes_of, write_corpus

pytestmark = [
    pytest.mark.usefixtures("no_process_left"),
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc"),
]

PAGES = 200


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pages = {f"page-{n:03}": f"<p>page number {n} and a word that only it has: w{n}</p>" for n in range(PAGES)}
    return write_corpus(tmp_path_factory.mktemp("corpus"), pages)


@contextlib.contextmanager
def running(
    corpus: Path, results: Path, extractor: str = "unhurried.py:milliseconds=30", jobs: int = 2
) -> Iterator[subprocess.Popen[str]]:
    """A run in a process of its own; what it says on stderr can be read."""
    words = ["run", "--corpus", corpus, "--results", results, "--jobs", jobs, "--quiet"]
    command = [sys.executable, "-m", "bench", *map(str, words), "-x", f"{FAKES}/{extractor}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        yield process


def stored(results: Path) -> list[tuple[object, ...]]:
    """Everything in the store that a disturbance must not change: all but times, memory and attempts."""
    with contextlib.closing(sqlite3.connect(results / "store.sqlite")) as db:
        cells = db.execute(
            """SELECT e.name, c.page, c.outcome, c.error_type, c.error_message, c.stdout, c.stderr, t.deflated
               FROM cells c JOIN extractors e ON e.key = c.extractor JOIN texts t ON t.sha = c.text ORDER BY e.name, c.page"""
        ).fetchall()
        counts = db.execute("SELECT subject, text, signature, counts FROM counts JOIN metrics ON id = metric ORDER BY 1, 2, 3")
        return [*cells, *counts.fetchall()]


@pytest.fixture(scope="module")
def undisturbed(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    results = tmp_path_factory.mktemp("undisturbed")
    with running(corpus, results) as run:
        _, said = run.communicate()
    assert run.returncode == 0, said
    return stored(results)


def cells_in(results: Path) -> int:
    try:
        with contextlib.closing(sqlite3.connect(results / "store.sqlite")) as db:
            return int(db.execute("SELECT count(*) FROM cells").fetchone()[0])
    except sqlite3.OperationalError:
        return 0  # killed before the store was made


def test_a_run_killed_at_ten_random_moments_ends_with_the_store_of_an_undisturbed_one(
    corpus: Path, undisturbed: list[tuple[object, ...]], tmp_path: Path
) -> None:
    chance = random.Random(20)
    before = 0
    for kill in range(10):
        with running(corpus, tmp_path) as run:
            if kill % 4 == 1:  # once something new is stored, however slow the machine; the rest at any moment
                _wait_for_cells(run, tmp_path, more_than=before)
            with contextlib.suppress(subprocess.TimeoutExpired):
                run.wait(chance.uniform(0.02, 0.6))
            run.kill()
        after = cells_in(tmp_path)
        assert after >= before, "a restart lost cells"
        before = after
    with running(corpus, tmp_path) as run:
        _, said = run.communicate()
    assert run.returncode == 0
    assert f"{before} from the store" in said or before > PAGES
    assert stored(tmp_path) == undisturbed


def test_workers_of_a_killed_run_are_gone_within_seconds(corpus: Path, tmp_path: Path) -> None:
    with running(corpus, tmp_path) as run:
        deadline = time.monotonic() + 20
        while not processes_of(tmp_path / "scratch") and time.monotonic() < deadline:
            time.sleep(0.02)
        assert processes_of(tmp_path / "scratch"), "no worker was ever seen"
        run.kill()
    deadline = time.monotonic() + 10
    while (left := processes_of(tmp_path / "scratch")) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not left


def test_a_run_whose_workers_are_killed_at_random_ends_with_the_store_of_an_undisturbed_one(
    corpus: Path, undisturbed: list[tuple[object, ...]], tmp_path: Path
) -> None:
    chance = random.Random(21)
    kills = 0
    # One worker at a time, and never a second kill before something new is stored: two deaths on one page are a crash.
    with running(corpus, tmp_path, jobs=1) as run:
        before = 0
        while run.poll() is None:
            time.sleep(chance.uniform(0.05, 0.3))
            # The worker proper and both of its keepers: whichever dies, the cell is tried again.
            victims = [pid for pid in (int(one.name) for one in Path("/proc").glob("[0-9]*")) if _is_worker(pid, tmp_path)]
            if victims and cells_in(tmp_path) > before:
                before = cells_in(tmp_path)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(chance.choice(victims), signal.SIGKILL)
                    kills += 1
        said = run.stderr.read() if run.stderr else ""
    assert run.returncode == 0, said
    assert kills >= 2
    assert stored(tmp_path) == undisturbed


def _is_worker(pid: int, folder: Path) -> bool:
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return b"worker.py" in line and str(folder).encode() in line


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminate"])
def test_the_first_interrupt_finishes_the_pages_in_flight_and_says_how_to_go_on(
    corpus: Path, undisturbed: list[tuple[object, ...]], tmp_path: Path, number: signal.Signals
) -> None:
    with running(corpus, tmp_path) as run:
        _wait_for_cells(run, tmp_path)
        run.send_signal(number)
        _, said = run.communicate(timeout=20)
    assert run.returncode == 130
    assert "finishing the pages in flight" in said
    assert "the same command goes on" in said.splitlines()[-1]
    assert "Traceback" not in said
    kept = cells_in(tmp_path)
    with running(corpus, tmp_path) as run:
        _, said = run.communicate()
    assert f": {kept} from the store" in said or kept > PAGES
    assert stored(tmp_path) == undisturbed


def test_the_second_interrupt_stops_at_once(corpus: Path, tmp_path: Path) -> None:
    # No page would be finished before the test fails.
    with running(corpus, tmp_path, "unhurried.py:milliseconds=25000") as run:
        deadline = time.monotonic() + 20
        while not processes_of(tmp_path / "scratch") and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.3)
        run.send_signal(signal.SIGINT)
        time.sleep(0.3)
        assert run.poll() is None, "the first interrupt must wait for the pages in flight"
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=15)
    assert run.returncode == 130
    assert "Traceback" not in said


def _wait_for_cells(run: subprocess.Popen[str], results: Path, more_than: int = 0) -> None:
    deadline = time.monotonic() + 30
    while cells_in(results) <= more_than and run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert run.poll() is None, "the run ended before it could be disturbed"
