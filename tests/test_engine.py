"""The local engine: recycling, vanishing pages, and a page's independence of those before it."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import FAKES, Said, write_corpus

from bench.engines import local
from bench.errors import StoreError
from bench.model import Limits, Outcome
from bench.run import Cell, Done, PageBytes
from bench.sandbox import Job
from bench.spec import resolve

PAGES = {f"page-{n}": f"page {n}" for n in range(6)}
pytestmark = pytest.mark.usefixtures("no_process_left")


def texts(bench: Callable[..., Said], root: Path, fake: str) -> list[str]:
    where = ["--corpus", root, "--results", root / "results"]
    bench("run", *where, "-x", FAKES / f"{fake}.py", "--jobs", 1, "--quiet")
    return [json.loads(line)["text"] for line in bench("export", *where, "-x", fake).out.splitlines()]


def test_one_process_serves_many_pages(bench: Callable[..., Said], tmp_path: Path) -> None:
    expected = [f"page {n} of this process" for n in range(1, 7)]
    assert texts(bench, write_corpus(tmp_path, PAGES), "remembers") == expected


def test_a_worker_is_replaced_after_so_many_pages(
    bench: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "RECYCLE_PAGES", 2)
    assert texts(bench, write_corpus(tmp_path, PAGES), "remembers") == ["page 1 of this process", "page 2 of this process"] * 3


def test_a_worker_that_has_grown_too_large_is_replaced(
    bench: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "RECYCLE_SHARE", 1e-9)
    assert texts(bench, write_corpus(tmp_path, PAGES), "remembers") == ["page 1 of this process"] * 6


def test_an_extractor_that_remembers_pages_gets_a_process_for_each_where_its_settings_make_it_remember(
    bench: Callable[..., Said], tmp_path: Path
) -> None:
    write_corpus(tmp_path, PAGES)
    file = tmp_path / "mine.py"
    file.write_text(
        "STATEFUL = ('remember',)\ndef extractor(*, remember: bool = False):\n    seen = []\n"
        "    return lambda page: f'page {seen.append(1) or len(seen)}'\n"
    )
    where = ["--corpus", tmp_path, "--results", tmp_path / "results"]
    bench("run", *where, "-x", file, "-x", f"{file}:remember=true", "--jobs", 1, "--quiet")
    cells = [json.loads(line) for line in bench("export", *where, "-x", "mine").out.splitlines()]
    assert [cell["text"] for cell in cells if cell["settings"]] == ["page 1"] * 6
    assert sorted(cell["text"] for cell in cells if not cell["settings"]) == [f"page {n}" for n in range(1, 7)]


def test_no_more_workers_run_than_there_are_jobs_and_every_cell_comes_back_once(tmp_path: Path) -> None:
    extractor = resolve(str(FAKES / "remembers.py"))
    page = PageBytes(b"x", "utf-8", False, None)
    cells = [Cell(extractor, number, Job(extractor.adapter.path), lambda: page) for number in range(40)]
    engine = local.Local(3, Limits(), tmp_path)
    done: list[Done] = list(engine.run(cells))
    assert sorted(one.cell.number for one in done) == list(range(40))
    assert sum(one.extraction.text == "page 1 of this process" for one in done) <= 3


def test_closing_the_results_early_leaves_no_worker(tmp_path: Path) -> None:
    extractor = resolve(str(FAKES / "unhurried.py"))
    page = PageBytes(b"x", "utf-8", False, None)
    cells = [Cell(extractor, number, Job(extractor.adapter.path), lambda: page) for number in range(1000)]
    results = local.Local(2, Limits(), tmp_path).run(cells)
    assert next(results).extraction.outcome is Outcome.OK
    results.close()
    assert not list(tmp_path.iterdir()), "a worker's folder is left"


def test_an_interpreter_that_is_not_there_makes_an_extractor_unavailable(tmp_path: Path) -> None:
    extractor = resolve(str(FAKES / "steady.py"))
    cell = Cell(
        extractor, 0, Job(extractor.adapter.path, interpreter="/nowhere/python"), lambda: PageBytes(b"x", "utf-8", False, None)
    )
    (done,) = local.Local(1, Limits(), tmp_path).run([cell])
    assert done.extraction.outcome is Outcome.UNAVAILABLE
    assert "/nowhere/python: No such file" in str(done.extraction.error_message)
    assert not list(tmp_path.iterdir())


def test_a_page_that_vanishes_during_the_run_costs_its_own_cell(tmp_path: Path) -> None:
    from bench.errors import CorpusError

    def vanished() -> PageBytes:
        raise CorpusError("page-1.html: vanished")

    extractor = resolve(str(FAKES / "remembers.py"))
    job = Job(extractor.adapter.path)
    cells = [
        Cell(extractor, 0, job, vanished),
        Cell(extractor, 1, job, lambda: PageBytes(b"x", "utf-8", False, None)),
    ]
    done = {one.cell.number: one.extraction for one in local.Local(1, Limits(), tmp_path).run(cells)}
    assert done[0].outcome is Outcome.UNAVAILABLE
    assert "vanished" in str(done[0].error_message)
    assert done[1].outcome is Outcome.OK


def test_a_full_disk_ends_the_run_in_one_line_instead_of_a_slot_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("tempfile.mkdtemp", full)
    extractor = resolve(str(FAKES / "steady.py"))
    cells = [Cell(extractor, n, Job(extractor.adapter.path), lambda: PageBytes(b"x", "utf-8", False, None)) for n in range(9)]
    with pytest.raises(StoreError, match="No space left on device; mend that"):
        list(local.Local(2, Limits(), tmp_path).run(cells))


def test_a_fault_of_our_own_in_a_slot_reaches_the_caller(tmp_path: Path) -> None:
    def faulty() -> PageBytes:
        raise ZeroDivisionError("by design")

    extractor = resolve(str(FAKES / "steady.py"))
    cells = [Cell(extractor, n, Job(extractor.adapter.path), faulty) for n in range(9)]
    with pytest.raises(ZeroDivisionError, match="by design"):
        list(local.Local(2, Limits(), tmp_path).run(cells))
