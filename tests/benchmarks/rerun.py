"""Prints the seconds of a first `bench run`, of the same again with nothing changed, and of `bench table`, and their ratios.

With --imported K, outputs of K made-up extractors are imported between the two runs, so that the table can be measured at a
size that would take long to run: `--pages 1497 --imported 12 -x nothing`. With so little to extract in the first run, only
the seconds mean something there, not the ratios to it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from wcxb_pages import ROOT, first_pages

TARGET_SHARE, TARGET_SECONDS = 0.02, 2.0


def made_up(golds: list[Path], number: int, folder: Path) -> Path:
    """Write outputs of no extractor: each gold without some of its words, another text for every page and extractor."""
    file = folder / f"made-up-{number}.jsonl"
    with file.open("w", encoding="utf-8") as lines:
        for gold in golds:
            words = (json.loads(gold.read_text(encoding="utf-8"))["ground_truth"].get("main_content") or "").split(" ")
            kept = [word for place, word in enumerate(words) if place % (number + 2)]
            text = " ".join([f"{gold.stem}-{number}", *kept])
            lines.write(json.dumps({"id": gold.stem, "text": text}) + "\n")
    return file


def timed(*arguments: str | Path) -> float:
    """Run a `bench` command; returns its wall seconds."""
    command = [sys.executable, "-m", "bench", *map(str, arguments)]
    before = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=ROOT / ".datasets" / "wcxb", help="a WCXB folder (default: %(default)s)")
    parser.add_argument("--split", default="dev", help="its split (default: %(default)s)")
    parser.add_argument("--pages", type=int, default=200, help="how many pages (default: %(default)s)")
    parser.add_argument("-x", "--extractor", action="append", default=[], help="repeatable (default: all that are installed)")
    parser.add_argument("--imported", type=int, default=0, metavar="K", help="made-up extractors to import (default: none)")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory(prefix="bench-rerun-") as scratch:
        folder = Path(scratch)
        golds = first_pages(options.corpus.resolve(), options.split, options.pages, folder / "corpus")
        where = ("--corpus", folder / "corpus", "--results", folder / "results")
        run = ("run", *(word for spec in options.extractor for word in ("-x", spec)), *where)
        first = timed(*run)
        if options.imported:
            outputs = [made_up(golds, number, folder) for number in range(options.imported)]
            timed("import", *outputs, *where)
        first_table = timed("table", *where)  # counts what was imported
        second = timed(*run)
        table = timed("table", *where)

    target = f"(target <= {TARGET_SHARE:.0%} and <= {TARGET_SECONDS:g} s at 1,497 pages x 12 extractors)"
    print(f"rerun: {len(golds)} pages of {options.corpus.name}/{options.split}, {options.imported} imported extractors")
    print(f"  first run                    {first:9.2f} s")
    print(f"  second run                   {second:9.2f} s")
    print(f"  second / first run           {second / first:9.1%}    {target}")
    print(f"  first table, counts imports  {first_table:9.2f} s")
    print(f"  second table                 {table:9.2f} s")
    print(f"  second table / first run     {table / first:9.1%}")
    if options.imported:
        print(f"  second / first table         {table / first_table:9.1%}")


if __name__ == "__main__":
    main()
