"""How a run goes, on stderr: one live line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from bench.model import Outcome

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


@contextlib.contextmanager
def steps(doing: str, total: int, of: str = "pages") -> Iterator[Callable[[int], None]]:
    """Give a function that is to be told of things as they are done, and show them: a bar on a terminal, lines elsewhere.

    Args:
        doing: what is done to them, `counting`.
        total: how many there are at most.
        of: what they are.
    """
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        console = Console(stderr=True)
        with Progress(TextColumn(doing), BarColumn(bar_width=20), MofNCompleteColumn(), console=console, transient=True) as bar:
            task = bar.add_task("", total=total)
            yield lambda done: bar.advance(task, done)
        return
    ready, said = 0, time.monotonic()

    def watch(done: int) -> None:
        nonlocal ready, said
        ready += done
        if time.monotonic() - said >= PLAIN_EVERY:
            said = time.monotonic()
            print(f"{doing}: {ready}/{total} {of}", file=sys.stderr, flush=True)

    yield watch


PLAIN_EVERY = 30.0
"""Seconds between plain lines."""


class Watcher:
    """Counts cells, and says so.

    Args:
        quiet: say nothing but the plan.
        terminal: draw a live line; by default where stderr is a terminal.
    """

    def __init__(self, *, quiet: bool = False, terminal: bool | None = None) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty() if terminal is None else terminal
        self._outcomes: Counter[Outcome] = Counter()
        self._total = 0
        self._started = self._said = time.monotonic()
        self._live: Progress | None = None
        self._task: TaskID | None = None

    def begin(self, stored: dict[str, int], to_run: dict[str, int]) -> None:
        """Say what is taken from the store and what is run."""
        self._total = sum(to_run.values())
        self._started = self._said = time.monotonic()
        for name, count in to_run.items():
            print(f"{name}: {stored[name]} from the store, {count} to run", file=sys.stderr)
        if self._quiet or not self._total:
            return
        if self._terminal:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            self._live = Progress(
                BarColumn(bar_width=20), MofNCompleteColumn(), TextColumn("{task.description}"), console=Console(stderr=True),
                transient=True,
            )  # fmt: skip
            self._task = self._live.add_task("", total=self._total)
            self._live.start()

    def done(self, label: str, outcome: Outcome) -> None:
        """Count a cell."""
        self._outcomes[outcome] += 1
        if self._live is not None and self._task is not None:
            self._live.update(self._task, advance=1, description=f"{self._pace()} {label}")
        elif not self._quiet and time.monotonic() - self._said >= PLAIN_EVERY:
            self._said = time.monotonic()
            print(f"{self._outcomes.total()}/{self._total} {self._pace()} {label}", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Say what was run."""
        if self._live is not None:
            self._live.stop()
        if self._outcomes:
            kinds = ", ".join(f"{count} {outcome.value}" for outcome, count in sorted(self._outcomes.items()))
            seconds = time.monotonic() - self._started
            print(f"ran {self._outcomes.total()} cells in {seconds:.1f} s: {kinds}", file=sys.stderr)

    def _pace(self) -> str:
        done = self._outcomes.total()
        rate = done / max(1e-9, time.monotonic() - self._started)
        failed = sum(count for outcome, count in self._outcomes.items() if outcome.failed)
        left = (self._total - done) / rate
        clock = f"{left // 3600:.0f}:{left % 3600 // 60:02.0f}:{left % 60:02.0f}"
        return f"{rate:.1f}/s, {failed} failed, {clock} left,"
