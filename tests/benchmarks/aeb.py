"""Prints the seconds of the article-extraction-benchmark's own script and of ours on the same outputs, and their ratio.

SCRIPT is `evaluate.py` of scrapinghub/article-extraction-benchmark @4a3bc97, fetched by whoever runs this. It reads every
stored output, scores it and resamples it; so does ours: gold, files, counts of metric `aeb`, bootstrap. Each is one process
that does its work alone, and its start counts. What the script prints must be ours to the last digit, what it writes must be
ours to 1e-9, else there is no ratio. What the two draw at random can only be close, and is shown. Last come the commands
that a user types, for information: they also index the pages, store texts and counts, and draw whole sites.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple, TypeVar

ROOT = Path(__file__).resolve().parents[2]
UPSTREAM = "evaluate.py of scrapinghub/article-extraction-benchmark @4a3bc97"
TARGET = 20.0
CLOSE = 1e-9
VALUES = ("f1", "precision", "recall", "accuracy")
"""In the order that the script prints them."""
FIGURE = re.compile(r"(\d+\.\d+) ± \d+\.\d+")

Made = TypeVar("Made")


class Scores(NamedTuple):
    """Of one extractor, in the order of `VALUES`."""

    values: tuple[float, ...]
    deviations: tuple[float, ...]
    """Standard deviations over the resamples."""
    printed: tuple[str, ...]


def accepted(path: Path, ids: set[str]) -> bool:
    """Whether the script takes this file: one of its two shapes, with a record for every page."""
    table = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(table, dict) and table.keys() == {"version", "output"} and isinstance(table["output"], dict):
        table = table["output"]
    return isinstance(table, dict) and table.keys() == ids and all(isinstance(record, dict) for record in table.values())


def upstream(script: Path, folder: Path, files: list[Path], resamples: int) -> dict[str, Scores]:
    """Run the script in a folder that holds links to the files; returns what it prints and writes."""
    written = folder / "written.json"
    command = [sys.executable, str(script), "--n-bootstrap", str(resamples), "--output", str(written)]
    environment = os.environ | {"PYTHONUTF8": "1"}  # it prints a sign that ASCII lacks
    done = subprocess.run(command, check=False, cwd=folder, env=environment, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise SystemExit(f"aeb: {script} failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    lines = done.stdout.splitlines()[1:]
    table = json.loads(written.read_text(encoding="utf-8"))
    scores = {}
    try:
        for path, line in zip(files, lines, strict=True):
            row, printed = table[path.stem], tuple(FIGURE.findall(line))
            if not line.startswith(path.stem) or len(printed) != len(VALUES):
                raise ValueError(line)
            deviations = tuple(row[f"{name}_std"] for name in VALUES)
            scores[path.stem] = Scores(tuple(row[name] for name in VALUES), deviations, printed)
    except (ValueError, KeyError):
        raise SystemExit(f"aeb: {script} does not print a line of four figures per output; take {UPSTREAM}") from None
    return scores


def ours(corpus: Path, files: list[Path], resamples: int) -> tuple[dict[str, Scores], dict[str, float]]:
    """Run `aeb_score.py`; returns its scores, and the seconds of each part."""
    command = [sys.executable, str(Path(__file__).with_name("aeb_score.py")), str(corpus), str(resamples), *map(str, files)]
    table, parts = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    scores = {}
    for stem, (values, deviations) in table.items():
        printed = tuple(f"{values[name]:.3f}" for name in VALUES)
        scores[stem] = Scores(tuple(map(values.__getitem__, VALUES)), tuple(map(deviations.__getitem__, VALUES)), printed)
    return scores, parts


def compare(mine: dict[str, Scores], theirs: dict[str, Scores]) -> float:
    """Stop where a figure differs; returns how far apart deviations are at most."""
    wrong = []
    apart = 0.0
    for name, their in theirs.items():
        my = mine[name]
        for place, value in enumerate(VALUES):
            if my.printed[place] != their.printed[place] or abs(my.values[place] - their.values[place]) > CLOSE:
                wrong.append(f"{name} {value} is {my.values[place]:.12g}, not {their.values[place]:.12g}")
            apart = max(apart, abs(my.deviations[place] - their.deviations[place]))
    if wrong:
        raise SystemExit(f"aeb: {len(wrong)} of {len(theirs) * len(VALUES)} figures differ: {'; '.join(wrong)}")
    return apart


def timed(action: Callable[[], Made]) -> tuple[Made, float, float]:
    """Do it; returns what it returns, its wall seconds, and the CPU seconds of the processes that it started."""
    before, wall = os.times(), time.perf_counter()
    made = action()
    wall, after = time.perf_counter() - wall, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return made, wall, cpu


def bench(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "bench", *map(str, arguments)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("script", type=Path, metavar="SCRIPT", help=UPSTREAM)
    parser.add_argument("--corpus", type=Path, default=ROOT / ".datasets" / "aeb", help="the set (default: %(default)s)")
    parser.add_argument("--resamples", type=int, default=1000, help="of every output (default: %(default)s)")
    options = parser.parse_args()
    script, corpus = options.script.resolve(), options.corpus.resolve()
    resamples: int = options.resamples
    if not script.is_file():
        raise SystemExit(f"aeb: {options.script} is no file; it must be {UPSTREAM}")
    if resamples < 100:
        raise SystemExit("aeb: `bench table` takes 100 resamples or more")
    truth = corpus / "ground-truth.json"
    if not truth.is_file() or not (corpus / "html").is_dir() or not (corpus / "output").is_dir():
        raise SystemExit(f"aeb: {options.corpus} lacks ground-truth.json, html/ or output/; choose the set with --corpus")

    ids = set(json.loads(truth.read_text(encoding="utf-8")))
    stored = sorted((corpus / "output").glob("*.json"))
    files = [path for path in stored if accepted(path, ids)]  # reads all of them, so the disk cache is warm for both
    if not files:
        raise SystemExit(f"aeb: {corpus / 'output'} holds no file that the script takes")

    with tempfile.TemporaryDirectory(prefix="bench-aeb-") as scratch:
        folder = Path(scratch)
        (folder / "output").mkdir()
        for path in (truth, *files):
            (folder / path.relative_to(corpus)).symlink_to(path)
        theirs, slow, slow_cpu = timed(lambda: upstream(script, folder, files, resamples))
        (mine, parts), fast, fast_cpu = timed(lambda: ours(corpus, files, resamples))
        apart = compare(mine, theirs)
        where = ("--corpus", corpus, "--results", folder / "results")
        _, importing, _ = timed(lambda: bench("import", *files, *where))
        table = partial(bench, "table", "--metric", "aeb", "--resamples", str(resamples), *where)
        (_, tabling, _), (_, again, _) = timed(table), timed(table)

    spent = ", ".join(f"{part} {seconds:.2f}" for part, seconds in parts.items())
    target = f"(target >= {TARGET:g})"
    print(f"aeb: {len(files)} of {len(stored)} stored outputs x {len(ids)} pages, {resamples} resamples")
    print(f"  {len(files) * len(VALUES)} figures (F1, precision, recall, accuracy): equal as printed and to {CLOSE:g}")
    print(f"  deviations over the resamples: {apart:.4f} apart at most")
    print(f"  upstream's script  {slow:8.2f} s   CPU {slow_cpu:6.2f} s")
    print(f"  ours               {fast:8.2f} s   CPU {fast_cpu:6.2f} s   ({spent}; the rest is its start)")
    print(f"  ratio              {slow / fast:8.1f}     CPU {slow_cpu / fast_cpu:6.1f}     {target}")
    print(f"  bench import       {importing:8.2f} s")
    print(f"  bench table        {tabling:8.2f} s   ratio {slow / tabling:6.1f}")
    print(f"  the same again     {again:8.2f} s   ratio {slow / again:6.1f}   (what is counted is not counted again)")


if __name__ == "__main__":
    main()
