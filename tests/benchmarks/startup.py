"""Prints the median seconds of `bench --help` and of `python -c "import click"`, and their ratio."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = 2.0
HELP = [sys.executable, "-m", "bench", "--help"]
FLOOR = [sys.executable, "-c", "import click"]


def seconds(command: list[str]) -> float:
    before = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=31, help="runs of each (default: %(default)s)")
    runs: int = parser.parse_args().runs

    for command in (HELP, FLOOR):
        seconds(command)  # compiles what is not compiled yet and warms the disk cache
    pairs = [(seconds(HELP), seconds(FLOOR)) for _ in range(runs)]  # in turn, so that a busy machine slows both alike
    ours, floor = (statistics.median(column) for column in zip(*pairs, strict=True))

    print(f"startup: medians of {runs} runs")
    print(f"  bench --help            {ours * 1000:7.1f} ms  (fastest {min(pair[0] for pair in pairs) * 1000:.1f})")
    print(f'  python -c "import click"{floor * 1000:7.1f} ms  (fastest {min(pair[1] for pair in pairs) * 1000:.1f})')
    print(f"  ratio                   {ours / floor:7.2f}     (target <= {TARGET:g})")


if __name__ == "__main__":
    main()
