"""Prints the seconds of counting every metric against those of extracting the same cells: WCXB pages, twelve rows.

Runs `bench run` on a fresh store, then `bench table --metrics all`, `--leaks` and `--losses`, each as a user would; so the
counting of what ranks, and of the breakdowns, each with its start, its index and its resampling.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from wcxb_pages import ROOT, first_pages

TARGET = 1.0
ROWS = (
    "trafilatura", "trafilatura:fast=true", "trafilatura:favor_recall=true", "trafilatura:favor_precision=true",
    "trafilatura:include_tables=false", "trafilatura:output_format=markdown,include_formatting=true", "readability-lxml",
    "readability-lxml:min_text_length=100", "justext", "justext:stoplist=English", "goose3", "everything",
)  # fmt: skip


def timed(*arguments: str | Path) -> float:
    """Run a `bench` command; returns its wall seconds."""
    command = [sys.executable, "-m", "bench", *map(str, arguments)]
    before = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=ROOT / ".datasets" / "wcxb", help="a WCXB folder (default: %(default)s)")
    parser.add_argument("--split", default="dev", help="its split (default: %(default)s)")
    parser.add_argument("--pages", type=int, default=300, help="how many pages; dev has 1497 (default: %(default)s)")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="bench-scoring-") as scratch:
        folder = Path(scratch)
        pages = len(first_pages(options.corpus.resolve(), options.split, options.pages, folder / "corpus"))
        where = ("--corpus", folder / "corpus", "--results", folder / "results")
        extraction = timed("run", *(word for row in ROWS for word in ("-x", row)), *where, "--metric", "bag")
        tables = {"all metrics": ("--metrics", "all"), "leaks": ("--leaks",), "losses": ("--losses",)}
        seconds = {name: timed("table", *words, *where) for name, words in tables.items()}
        # The workers of the run are its own children's, so this is the largest of the commands themselves.
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000

    cells = pages * len(ROWS)
    print(f"extraction: {extraction:.1f} s for {cells} cells with {os.cpu_count()} workers")
    for name, taken in seconds.items():
        print(f"{name}: {taken:.1f} s, {pages / taken:.1f} pages a second, {1000 * taken / cells:.2f} ms a cell")
    print(f"largest command: {memory:.0f} MB")
    print(f"scoring / extraction: {sum(seconds.values()) / extraction:.2f} (target <= {TARGET:g})")


if __name__ == "__main__":
    main()
