"""Prints the wall time of `bench run` against the seconds spent inside extractors, divided by the workers, and their ratio.

The corpus is the first pages of a WCXB split; the store is a new one, so every cell is run. What is above 1 is the
harness: starting workers, sending pages, storing, scoring and drawing the table.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from wcxb_pages import ROOT, first_pages

TARGET = 1.10


def bench(*arguments: str | Path) -> str:
    """Run a `bench` command; returns what it wrote to stdout."""
    command = [sys.executable, "-m", "bench", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=ROOT / ".datasets" / "wcxb", help="a WCXB folder (default: %(default)s)")
    parser.add_argument("--split", default="dev", help="its split (default: %(default)s)")
    parser.add_argument("--pages", type=int, default=500, help="how many pages (default: %(default)s)")
    parser.add_argument("-x", "--extractor", action="append", default=[], help="repeatable (default: all that are installed)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="workers at a time (default: %(default)s)")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="bench-overhead-") as scratch:
        corpus, results = Path(scratch, "corpus"), Path(scratch, "results")
        pages = len(first_pages(options.corpus.resolve(), options.split, options.pages, corpus))
        chosen = [word for spec in options.extractor for word in ("-x", spec)]
        before = time.perf_counter()
        bench("run", *chosen, "--corpus", corpus, "--jobs", str(options.jobs), "--results", results)
        wall = time.perf_counter() - before
        lines = bench("export", "--no-text", "--corpus", corpus, "--results", results).splitlines()

    spent: dict[str, float] = defaultdict(float)
    for cell in map(json.loads, lines):
        name = " ".join(filter(None, (cell["extractor"], cell["version"], cell["settings"])))
        spent[name] += cell["seconds"] or 0.0  # a crash has no measured time
    total = sum(spent.values())

    print(f"overhead: bench run on {pages} pages of {options.corpus.name}/{options.split}, {len(lines)} cells")
    print(f"  wall                       {wall:9.2f} s")
    print(f"  sum of cell seconds        {total:9.2f} s")
    print(f"  jobs                       {options.jobs:9}")
    print(f"  wall / (sum / jobs)        {wall / (total / options.jobs):9.3f}    (target <= {TARGET:.2f})")
    print(f"  overhead for each cell     {(wall * options.jobs - total) / len(lines) * 1000:9.2f} ms of a worker")
    print("  share of the cell seconds:")
    for name, seconds in sorted(spent.items(), key=lambda item: -item[1]):
        print(f"    {seconds:9.2f} s  {seconds / total:6.1%}  {name}")


if __name__ == "__main__":
    main()
