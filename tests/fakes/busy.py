"""Works for about a thousandth of a second of CPU time, less than a tick of the system's, and looks at no clock meanwhile."""

from __future__ import annotations

import time

from bench.extract import Extract


def work(rounds: int) -> int:
    total = 0
    for number in range(rounds):
        total += number
    return total


def extractor() -> Extract:
    begun = time.thread_time()
    work(100_000)
    rounds = int(100_000 * 0.001 / (time.thread_time() - begun)) + 1
    return lambda _: f"worked {work(rounds)}"
