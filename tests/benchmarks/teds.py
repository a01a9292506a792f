"""Prints the seconds of `apted` and of `bench.teds` on the same pairs of tables, and their ratio; both must agree.

Pairs are tables of WCXB's golds with rows and cells dropped and words changed, and synthetic ones of 10 x 8 and 30 x 6
cells. `apted` is the general algorithm (Pawlik and Augsten 2016) that other benchmarks compute TEDS with.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from apted import APTED, Config
from rapidfuzz.distance import Levenshtein

from bench.readers.wcxb import open_corpus
from bench.structure import of_markdown
from bench.teds import Cell, Table, size, teds

ROOT = Path(__file__).resolve().parents[2]
TARGET = 5.0
WORDS = "north south profit revenue 12.5 98% total euro harbour yes no monthly".split()  # noqa: SIM905 - reads better
Pair = tuple[Table, Table]


class Node:
    def __init__(self, kind: str, cell: Cell | None, children: list[Node]) -> None:
        self.kind = kind
        self.cell = cell
        self.children = children


class Costs(Config):  # type: ignore[misc] # the package ships no types
    def rename(self, left: Node, right: Node) -> float:
        if left.cell is None or right.cell is None:
            return float(left.kind != right.kind)
        if left.cell[1:] != right.cell[1:]:
            return 1.0
        return float(Levenshtein.normalized_distance(left.cell.text, right.cell.text))

    def children(self, node: Node) -> list[Node]:
        return node.children


def tree(table: Table) -> Node:
    return Node("table", None, [Node("tr", None, [Node("td", cell, []) for cell in row]) for row in table])


def by_apted(left: Table, right: Table) -> float:
    return 1 - float(APTED(tree(left), tree(right), Costs()).compute_edit_distance()) / max(size(left), size(right))


def perturbed(table: Table, draw: random.Random) -> Table:
    """A tenth of the rows and cells dropped, a fifth of the cells with a word changed."""
    rows = []
    for row in table:
        cells = [cell for cell in row if draw.random() > 0.1]
        for place, cell in enumerate(cells):
            words = cell.text.split()
            if words and draw.random() < 0.2:
                words[draw.randrange(len(words))] = draw.choice(WORDS)
                cells[place] = cell._replace(text=" ".join(words))
        if cells and draw.random() > 0.1:
            rows.append(tuple(cells))
    return tuple(rows)


def synthetic(rows: int, columns: int, draw: random.Random) -> Table:
    return tuple(tuple(Cell(" ".join(draw.choices(WORDS, k=3))) for _ in range(columns)) for _ in range(rows))


def seconds(compute: Callable[[Table, Table], float], pair: Pair) -> tuple[float, float]:
    before = time.perf_counter()
    value = compute(*pair)
    return time.perf_counter() - before, value


def report(name: str, pairs: list[Pair]) -> None:
    ours, theirs = [], []
    for pair in pairs:  # in turn, so that a busy machine slows both alike
        (fast, value), (slow, expected) = seconds(teds, pair), seconds(by_apted, pair)
        if abs(value - expected) > 1e-9:
            raise SystemExit(f"{name}: {value} is not {expected}")
        ours.append(fast)
        theirs.append(slow)
    median = statistics.median(slow / fast for slow, fast in zip(theirs, ours, strict=True))
    nodes = statistics.median(size(left) for left, _ in pairs)
    print(
        f"  {name:<20}{len(pairs):5} pairs of {nodes:4.0f} nodes (median)  apted {sum(theirs):8.3f} s  bench.teds "
        f"{sum(ours):7.3f} s  ratio {sum(theirs) / sum(ours):6.1f}  (median of pairs {median:.1f}; target >= {TARGET:g})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=ROOT / ".datasets" / "wcxb", help="WCXB (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    draw = random.Random(arguments.seed)
    corpus = open_corpus(arguments.corpus, "dev")
    if corpus is None:
        raise SystemExit(f"{arguments.corpus}: no WCXB pages there")
    tables = [table for page in corpus.ids() for table in of_markdown(corpus.gold(page).markdown or "").tables]
    print("teds: every pair once, equal to 1e-9")
    teds(tables[0], tables[0])  # imports what is imported late
    report("WCXB golds", [(table, perturbed(table, draw)) for table in tables])
    for rows, columns in ((10, 8), (30, 6)):
        made = [synthetic(rows, columns, draw) for _ in range(10)]
        report(f"synthetic {rows} x {columns}", [(table, perturbed(table, draw)) for table in made])


if __name__ == "__main__":
    main()
