"""Works for about a thousandth of a second of CPU time, less than a tick of the system's, and looks at no clock meanwhile."""

import time


def work(rounds):
    total = 0
    for number in range(rounds):
        total += number
    return total


def extractor():
    begun = time.thread_time()
    work(100_000)
    rounds = int(100_000 * 0.001 / (time.thread_time() - begun)) + 1

    def extract(page):
        return f"worked {work(rounds)}"

    return extract
