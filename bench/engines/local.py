"""Runs cells on this machine: one thread per slot, and in each slot one worker at a time.

Threads only wait on pipes; all work happens in the workers. Cells come extractor by extractor, so a slot starts a worker
once per extractor and not once per page.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from bench.errors import CorpusError, StoreError
from bench.model import Extraction, Limits, Outcome
from bench.run import Cell, Done, PageBytes
from bench.sandbox import Job, StartFailure, Worker

START_FAILURES = 3
"""So many failures to start in a row, and an extractor is taken to be unavailable for the rest of the run."""
RECYCLE_PAGES = 1000
RECYCLE_SHARE = 0.5
"""A worker is replaced after so many pages, or once a page's peak is this share of the memory limit: C libraries leak."""


class Local:
    """A local engine.

    Args:
        jobs: how many workers at a time.
        limits: of every page.
        scratch: an existing folder for the workers' own folders.
    """

    def __init__(self, jobs: int, limits: Limits, scratch: Path) -> None:
        self._jobs = jobs
        self._limits = limits
        self._scratch = scratch
        self._cells: Iterator[Cell] = iter(())
        self._taking = threading.Lock()
        self._results: queue.Queue[Done | Exception | None] = queue.Queue(maxsize=4 * jobs)
        self._stopping = threading.Event()
        self._killing = threading.Event()
        self._workers: set[Worker] = set()
        self._failed_starts: dict[Job, int] = {}
        self._unavailable: dict[Job, str] = {}
        self.given: dict[str, set[str]] = {}
        """Which limits the machine really gave to any worker, by kind."""

    def run(self, cells: Iterable[Cell]) -> Generator[Done]:
        """Yield every cell with its extraction, in the order in which they finish.

        Closing the iterator kills what runs. After `finish`, only the pages in flight still come.

        Raises:
            StoreError: the scratch folder or a process cannot be made (a full disk, too many open files).
        """
        self._cells = iter(cells)
        threads = [threading.Thread(target=self._slot, name=f"slot {n}", daemon=True) for n in range(self._jobs)]
        for thread in threads:
            thread.start()
        open_slots = len(threads)
        try:
            while open_slots:
                done = self._results.get()
                if done is None:
                    open_slots -= 1
                elif isinstance(done, Exception):  # a slot cannot go on: neither can the run
                    raise done
                else:
                    yield done
        finally:
            self.finish()
            self._killing.set()
            while open_slots:  # somebody closed us early: what runs dies, and nobody wants its results
                for worker in list(self._workers):
                    worker.interrupt()
                with contextlib.suppress(queue.Empty):
                    if self._results.get(timeout=0.1) is None:
                        open_slots -= 1
            for thread in threads:
                thread.join()

    def finish(self) -> None:
        """Take no further cell; pages in flight are finished."""
        self._stopping.set()

    def _take(self) -> tuple[Cell, PageBytes | Extraction] | None:
        """The next cell with its page, or with the reason why there is none; None when the slot is to end."""
        with self._taking:
            cell = None if self._stopping.is_set() else next(self._cells, None)
        if cell is None:
            return None
        try:
            return cell, cell.load()
        except CorpusError as vanished:
            return cell, Extraction(Outcome.UNAVAILABLE, error_message=str(vanished))

    def _slot(self) -> None:
        worker: Worker | None = None
        job: Job | None = None
        try:
            with ThreadPoolExecutor(1) as ahead:  # the next page is read while the worker is busy with this one
                upcoming = ahead.submit(self._take)
                while (taken := upcoming.result()) is not None and not self._stopping.is_set():
                    upcoming = ahead.submit(self._take)
                    cell, page = taken
                    if worker is not None and cell.job != job:
                        self._release(worker)
                        worker = None
                    job = cell.job
                    if isinstance(page, Extraction):
                        self._results.put(Done(cell, page))
                        continue
                    extraction, worker = self._attempt(cell, page, worker)
                    if extraction is not None:
                        self._results.put(Done(cell, extraction))
        except OSError as problem:
            what = f"{self._scratch}: a worker cannot be started: {problem.strerror}"
            self._results.put(StoreError(f"{what}; mend that, and the same command goes on"))
        except Exception as fault:  # noqa: BLE001 - a fault of our own must end the run, not one of its slots in silence
            self._results.put(fault)
        finally:
            if worker is not None:
                self._release(worker)
            self._results.put(None)

    def _attempt(self, cell: Cell, page: PageBytes, worker: Worker | None) -> tuple[Extraction | None, Worker | None]:
        """The extraction of a page, retried once in a fresh worker if it failed, and the worker to go on with.

        An exception in a fresh worker is the extractor's own and not tried again; a death or a deadline may be the
        machine's. What a host elsewhere answers is not tried again: it is no worker's doing, and may have to be paid for.
        No extraction when the run was stopped meanwhile.
        """
        for attempt in (1, 2):
            if worker is None or not worker.alive:
                if worker is not None:
                    self._release(worker)
                worker = self._start(cell.job)
                if worker is None and self._killing.is_set():
                    return None, None
                if worker is None:
                    return Extraction(Outcome.UNAVAILABLE, error_message=self._unavailable.get(cell.job)), None
            fresh = worker.pages == 0
            extraction = worker.extract(page.html, page.codec, forced=page.forced, url=page.url)
            if worker.interrupted:
                self._release(worker)
                return None, None
            if worker.alive and (cell.job.stateful or worker.pages >= RECYCLE_PAGES or self._swollen(extraction)):
                self._release(worker)
                worker = None
            own = extraction.outcome is Outcome.ERROR and fresh
            elsewhere = extraction.outcome in (Outcome.ERROR, Outcome.TIMEOUT) and cell.job.address is not None
            if not extraction.outcome.failed or attempt == 2 or own or elsewhere:
                return replace(extraction, attempts=attempt), worker
            if worker is not None:
                self._release(worker)
                worker = None
        raise AssertionError  # the second attempt always returns

    def _swollen(self, extraction: Extraction) -> bool:
        return extraction.peak_bytes is not None and extraction.peak_bytes > RECYCLE_SHARE * self._limits.memory

    def _start(self, job: Job) -> Worker | None:
        """A ready worker, or None when the extractor is unavailable (now, or since the last failure allowed)."""
        while job not in self._unavailable and not self._killing.is_set():
            worker = None
            try:
                worker = Worker(job, self._limits, self._scratch)
                self._workers.add(worker)
                worker.await_ready()
            except StartFailure as failure:
                if worker is not None:
                    self._workers.discard(worker)
                failures = self._failed_starts[job] = self._failed_starts.get(job, 0) + 1
                if failures >= START_FAILURES:
                    self._unavailable[job] = f"could not be started: {failure}"
                continue
            self._failed_starts[job] = 0
            for kind, how in worker.given.items():
                self.given.setdefault(kind, set()).add(how)
            return worker
        return None

    def _release(self, worker: Worker) -> None:
        with contextlib.suppress(OSError):
            worker.kill()
        self._workers.discard(worker)
