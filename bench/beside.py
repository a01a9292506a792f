"""Pages worked on in other processes, several at a time, their results in order."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from multiprocessing import get_context
from typing import Any, TypeVar

from bench.errors import BenchError

ALONE = 60
"""So few pages are worked on here: other processes take half a second to start."""
_AHEAD = 4
"""Pages that wait for each process."""

About = TypeVar("About")
Given = TypeVar("Given")
Made = TypeVar("Made")


def beside(
    work: Callable[[Given, *tuple[Any, ...]], Made],
    tasks: Iterable[tuple[About, tuple[Any, ...]]],
    given: Given,
    *,
    jobs: int,
) -> Generator[tuple[About, Made]]:
    """Yield what each task is about with `work(given, *arguments)`, in the order of the tasks.

    Args:
        work: a function of a module, so that other processes find it.
        tasks: (what it is about, arguments) of each; the first stays here, the second is sent. Taken as they are worked on.
        given: what every process needs, sent once.
        jobs: processes at a time; one, or few tasks, are done in this one.

    Raises:
        BenchError: a process has died. What `work` raises is raised here.
    """
    pending = iter(tasks)
    first = list(islice(pending, ALONE))
    if jobs < 2 or len(first) < ALONE:  # fewer than that many are all there are
        for about, arguments in chain(first, pending):
            yield about, work(given, *arguments)
        return
    waiting: deque[tuple[About, Future[Made]]] = deque()
    # Spawned, not forked: a live progress line has a thread, which no fork survives.
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (work, given))
    try:
        for about, arguments in chain(first, pending):
            waiting.append((about, pool.submit(_work, arguments)))
            while len(waiting) > jobs * _AHEAD or (waiting and waiting[0][1].done()):
                done, made = waiting.popleft()
                yield done, made.result()
        while waiting:
            done, made = waiting.popleft()
            yield done, made.result()
    except BrokenProcessPool:
        raise BenchError("a process that counted has died, of memory most likely; run the same command again") from None
    finally:
        pool.shutdown(cancel_futures=True)


_beside: tuple[Callable[..., Any], Any] | None = None


def _begin(work: Callable[..., Any], given: Any) -> None:
    """What a process does first. An interrupt is the parent's to deal with."""
    global _beside  # noqa: PLW0603 - what a process of the pool works with
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _beside = work, given


def _work(arguments: tuple[Any, ...]) -> Any:
    assert _beside is not None  # noqa: S101 - `_begin` came first
    work, given = _beside
    return work(given, *arguments)
