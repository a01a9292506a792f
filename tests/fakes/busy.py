"""Works for a thousandth of a second of CPU time, less than a tick of the system's."""

import time


def extractor():
    def extract(page):
        begun = time.thread_time()
        while time.thread_time() - begun < 0.001:
            pass
        return "worked"

    return extract
