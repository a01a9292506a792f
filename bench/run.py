"""A run: the cells that are wanted, minus those stored, given to an engine; one row for every page and extractor."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import sys
import threading
from array import array
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from bench import __version__
from bench.corpus import Corpus
from bench.encoding import codec_of
from bench.model import Extraction, Limits, Outcome
from bench.sandbox import Job, Module
from bench.spec import Extractor
from bench.store import Store

COMMIT_EVERY = 0.5
"""Seconds of work that a kill can cost."""


@dataclass(frozen=True, slots=True)
class PageBytes:
    """What a worker is sent of a page."""

    html: bytes
    codec: str
    forced: bool
    url: str | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One extractor on one page, to be run."""

    extractor: Extractor
    number: int
    job: Job
    load: Callable[[], PageBytes] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Done:
    """A cell that was run."""

    cell: Cell
    extraction: Extraction


class Engine(Protocol):
    """Runs cells somewhere."""

    given: dict[str, set[str]]

    def run(self, cells: Iterable[Cell]) -> Generator[Done]:
        """Yield every cell with its extraction, as they finish; closing it kills what runs."""

    def finish(self) -> None:
        """Take no further cell; from any thread or a signal handler."""


class Watcher(Protocol):
    """Is told how a run goes."""

    def begin(self, stored: dict[str, int], to_run: dict[str, int]) -> None:
        """The plan: cells per extractor label."""

    def done(self, label: str, outcome: Outcome) -> None:
        """One more cell."""

    def end(self) -> None:
        """No more of them."""


@dataclass(frozen=True, slots=True)
class Report:
    """How a run went."""

    stored: int
    """Cells taken from the store."""
    ran: Counter[Outcome]
    """Cells run, by outcome."""
    unavailable: dict[str, str]
    """Extractors that could not be started at all, and why."""
    interrupted: bool
    left: int
    """Cells still to run."""


def label(extractor: Extractor) -> str:
    """Return what a person calls this extractor: `trafilatura 2.3.1 favor_recall=true`."""
    return " ".join(part for part in (extractor.name, extractor.version, extractor.settings_text) if part)


def run(
    corpus: Corpus,
    extractors: Sequence[Extractor],
    store: Store,
    engine: Engine,
    *,
    limits: Limits,
    watcher: Watcher,
    retry: Sequence[Outcome] = (),
) -> Report:
    """Run what the store lacks, and store it.

    The first interrupt (Ctrl-C, SIGTERM) finishes the pages in flight, the second kills them; either way everything
    finished is stored, and the same call goes on from there.

    Raises:
        StoreError: the store could not be written (disk full); what was committed is kept.
    """
    plan = {extractor.key: array("I", store.missing(extractor.key, limits, retry=retry)) for extractor in extractors}
    to_run = {label(extractor): len(plan[extractor.key]) for extractor in extractors}
    for extractor in extractors:
        store.put_extractor(extractor.key, extractor.name, extractor.version, extractor.settings_text, dict(extractor.identity))
    store.commit()
    watcher.begin({name: len(corpus) - count for name, count in to_run.items()}, to_run)
    ran: Counter[Outcome] = Counter()
    lost: dict[str, str] = {}
    total = sum(to_run.values())
    with _interrupts(engine) as interrupts:
        results = engine.run(_cells(corpus, extractors, plan))
        try:
            for done in results:
                cell, extraction = done.cell, done.extraction
                store.put_cell(cell.extractor.key, corpus.page_keys[cell.number], extraction, limits)
                store.commit(every=COMMIT_EVERY)
                ran[extraction.outcome] += 1
                name = label(cell.extractor)
                if extraction.outcome is Outcome.UNAVAILABLE:
                    lost[name] = extraction.error_message or "could not be started"
                watcher.done(name, extraction.outcome)
        except KeyboardInterrupt:
            pass  # the second interrupt; what runs is killed as the results close
        finally:
            results.close()  # kills what still runs
            store.commit()
            watcher.end()
    left = total - ran.total()
    # An interrupt that came after the last cell was taken has stopped nothing.
    return Report(len(corpus) * len(extractors) - total, ran, lost, interrupts.count > 0 and left > 0, left)


def job_of(extractor: Extractor) -> Job:
    """Return what a worker must know to run this extractor."""
    arguments = tuple(sorted({**extractor.settings, **extractor.fixed}.items()))
    module = None
    if source := extractor.adapter.source:
        # Another interpreter must not find what is installed for this one.
        beside = source.distribution is None or extractor.interpreter == sys.executable
        module = Module(source.module, source.function, source.root, beside)
    return Job(
        extractor.adapter.path,
        arguments,
        extractor.interpreter,
        stateful=extractor.stateful,
        network=extractor.network,
        module=module,
        address=extractor.address, secret=extractor.secret,
    )  # fmt: skip


def page_bytes(corpus: Corpus, number: int) -> PageBytes:
    """Return what a worker is sent of page number n. Raises CorpusError like `Corpus.read`."""
    page, html = corpus.read(number)
    return PageBytes(html, codec_of(html, page.encoding), page.encoding is not None, page.url)


def _cells(corpus: Corpus, extractors: Sequence[Extractor], plan: Mapping[bytes, Sequence[int]]) -> Iterator[Cell]:
    """Extractor by extractor, so that workers start seldom."""
    for extractor in extractors:
        job = job_of(extractor)
        for number in plan[extractor.key]:
            yield Cell(extractor, number, job, partial(page_bytes, corpus, number))


class _interrupts:  # noqa: N801 - used as a context manager, like a function
    """Turns the first SIGINT or SIGTERM into `finish`, and the second into KeyboardInterrupt."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._before: dict[int, Any] = {}
        self.count = 0

    def __enter__(self) -> _interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _take(self, *_: object) -> None:
        self.count += 1
        if self.count > 1:
            raise KeyboardInterrupt
        self._engine.finish()
        print("\nfinishing the pages in flight (once more to stop now)", file=sys.stderr)


class Scratch:
    """A folder for workers beside the store, emptied of what a killed run left behind, and removed at the end."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "scratch"

    def __enter__(self) -> Path:
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir(parents=True)
        return self.path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def manifest(
    corpus: Corpus, extractors: Sequence[Extractor], limits: Limits | None, jobs: int, command: Sequence[str]
) -> dict[str, Any]:
    """Return what someone else needs to make the same run: all JSON-able, and no path of this machine."""
    return {
        "bench": __version__,
        "command": " ".join(command),
        "corpus": {
            "name": corpus.name,
            "format": corpus.format,
            "split": corpus.split,
            "digest": corpus.digest,
            "pages": len(corpus),
            "broken": len(corpus.broken),
        },
        "extractors": [
            {
                "name": extractor.name,
                "version": extractor.version,
                "settings": extractor.settings_text,
                "key": extractor.key.hex(),
                "versions": dict(extractor.identity["versions"]),
                **({"python": extractor.identity["python"]} if "python" in extractor.identity else {}),
            }
            for extractor in extractors
        ],
        "limits": {"timeout": limits.timeout, "memory": limits.memory} if limits else None,
        "jobs": jobs,
        "machine": {
            "python": platform.python_version(),
            "platform": platform.platform(terse=True),
            "cpu": _cpu_name(),
            "cores": os.cpu_count(),
        },
        "date": datetime.now(UTC).date().isoformat(),
    }


def _cpu_name() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
