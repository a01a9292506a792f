"""Tree edit distance similarity of tables, exact, for many pairs of tables at once.

Source: Zhong, ShafieiBavani and Jimeno Yepes, "Image-based table recognition: data, model, and evaluation" (2020), section 5.
A table is an ordered tree: the table, its rows, their cells. TEDS = 1 - distance / max(|T1|, |T2|), sizes in nodes. To insert
or delete a node costs 1; to rename one costs 0 if both are the table or both are rows, 1 if their kinds differ, and for two
cells 1 if their spans differ, else the Levenshtein distance of their texts in characters, divided by the longer length.

Why this is the general ordered distance (Zhang and Shasha 1989), though it is much quicker than an algorithm for any tree:

- Two roots of the same label may always be mapped to each other: where another mapping is as cheap, moving it there costs no
  more. So tables are mapped to tables, and within two rows that are mapped, cells have a plain edit distance.
- A row never needs to be mapped to a cell. It costs 1 and loses all cells of that row; mapping one of those cells there
  instead costs at most as much. This needs rows that hold a cell.
- What is left is one forest distance over rows and cells in postorder, where two rows may be joined at the cost of their
  cells' edit distance, and the cells of deleted rows may be mapped to those of inserted ones.

Each node of the left tables is one step over all nodes of all right tables. In a step, insertions are a running minimum,
since each costs 1: of value minus place, kept apart by table or row through an offset that outweighs any distance. Costs
are whole numbers of 2**-31, so that offsets lose nothing; a similarity is exact to 2.4e-10.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_Whole = NDArray[np.int64]

MOST_WORK = 2**22
"""Most pairs of nodes that are compared exactly, all left tables with all right ones: about 0.2 seconds."""
MOST_NODES = 2**15
"""Most nodes on either side that are compared exactly."""
MOST_LETTERS = 2**35
"""Most pairs of characters of distinct cell texts that are compared exactly: about a second."""

_ONE = 2**31
_NEVER = 2**60


class Cell(NamedTuple):
    """A cell; its text compares as it is, so normalise it before."""

    text: str
    colspan: int = 1
    rowspan: int = 1


Row = tuple[Cell, ...]
Table = tuple[Row, ...]


def size(table: Table) -> int:
    """Return the number of nodes: the table, its rows and their cells."""
    return 1 + len(table) + sum(map(len, table))


def teds(left: Table, right: Table) -> float:
    """Return the similarity of two tables: 1 for equal ones, 0 or (one wide row, many short ones) just below for the worst.

    Raises ValueError if a row holds no cell.
    """
    return float(similarities([left], [right])[0, 0])


def similarities(left: Sequence[Table], right: Sequence[Table]) -> Floats:
    """Return the similarity of every left table with every right one, left x right.

    Beyond `MOST_WORK`, `MOST_NODES` or `MOST_LETTERS` they are lower bounds: of the rows, only identical ones are mapped
    to each other, the most nodes that can be in order, and every other row and cell is deleted or inserted.

    Raises:
        ValueError: a row holds no cell.
    """
    if not all(row for tables in (left, right) for table in tables for row in table):
        raise ValueError("a row without cells")
    if not left or not right:
        return np.zeros((len(left), len(right)))
    sizes = [np.array([size(table) for table in tables], dtype=np.int64) for tables in (left, right)]
    whole = [int(count.sum()) for count in sizes]
    letters = [sum(map(len, {cell.text for cell in _cells(tables)})) for tables in (left, right)]
    small = max(whole) <= MOST_NODES and whole[0] * whole[1] <= MOST_WORK and letters[0] * letters[1] <= MOST_LETTERS
    distances = (_distances if small else _bounds)(left, right)
    larger: _Whole = np.maximum.outer(*sizes)
    similar: Floats = 1.0 - distances / larger
    return similar


def _cells(tables: Sequence[Table]) -> Iterable[Cell]:
    return (cell for table in tables for row in table for cell in row)


def _costs(left: Sequence[Cell], right: Sequence[Cell]) -> _Whole:
    """Return what it costs to rename each left cell to each right one, both without repeats."""
    from rapidfuzz.distance import Levenshtein
    from rapidfuzz.process import cdist

    numbers: list[dict[str, int]] = [{}, {}]
    places = [
        np.array([known.setdefault(cell.text, len(known)) for cell in cells], dtype=np.intp)
        for known, cells in zip(numbers, (left, right), strict=True)
    ]
    far = cdist([*numbers[0]], [*numbers[1]], scorer=Levenshtein.normalized_distance, dtype=np.float64)
    costs: _Whole = np.rint(far * _ONE).astype(np.int64)[places[0]][:, places[1]]
    spans = [np.array([cell[1:] for cell in cells], dtype=np.int64) for cells in (left, right)]
    costs[(spans[0][:, None] != spans[1]).any(axis=2)] = _ONE
    return costs


def _distances(left: Sequence[Table], right: Sequence[Table]) -> Floats:
    """Return the exact distance of every pair; see the module."""
    numbers: list[dict[Cell, int]] = [{}, {}]
    for known, tables in zip(numbers, (left, right), strict=True):
        for cell in _cells(tables):
            known.setdefault(cell, len(known))

    # The right tables, one after the other. A table is a place for the empty forest, then its cells in postorder, each row
    # after its cells. The place of a row is also that of its successor's empty list of cells.
    cell_at: list[int] = []  # the number of the cell, or the one past the last where no cell stands
    starts, ends, row_starts, row_ends = [], [], [], []
    none = len(numbers[1])
    for table in right:
        starts.append(len(cell_at))
        cell_at.append(none)
        for row in table:
            row_starts.append(len(cell_at) - 1)
            cell_at.extend(numbers[1][cell] for cell in row)
            row_ends.append(len(cell_at))
            cell_at.append(none)
        ends.append(len(cell_at) - 1)
    renames = np.full((len(numbers[0]), none + 1), _NEVER, dtype=np.int64)
    if numbers[0] and numbers[1]:
        renames[:, :none] = _costs([*numbers[0]], [*numbers[1]])
    renames = renames[:, cell_at]

    # First row: distances of forests, apart by table. Second row: distances of lists of cells, apart by row.
    inserts = np.empty((2, len(cell_at)), dtype=np.int64)
    apart = np.empty_like(inserts)
    for line, segments in enumerate((starts, sorted({*starts, *row_ends}))):
        lengths = np.diff([*segments, len(cell_at)])
        inserts[line] = (np.arange(len(cell_at)) - np.repeat(segments, lengths)) * _ONE
        apart[line] = np.repeat(np.arange(len(segments)), lengths)
    apart *= (max(map(size, left)) + max(map(size, right)) + 1) * _ONE
    apart += inserts

    def insert(state: _Whole) -> None:
        state -= apart[: len(state)]
        np.minimum.accumulate(state, axis=1, out=state)
        state += apart[: len(state)]

    distances = np.empty((len(left), len(right)))
    before_rows, after_rows = np.array(row_starts, dtype=np.intp), np.array(row_ends, dtype=np.intp)
    state = np.empty_like(inserts)
    for number, table in enumerate(left):
        state[0] = inserts[0]
        for row in table:
            before = state[0, before_rows]
            state[1] = inserts[1]
            for cell in row:
                renamed = state[:, :-1] + renames[numbers[0][cell], 1:]
                state += _ONE
                np.minimum(state[:, 1:], renamed, out=state[:, 1:])
                insert(state)
            forests = state[:1]
            joined = before + state[1, after_rows - 1]
            forests += _ONE
            forests[0, after_rows] = np.minimum(forests[0, after_rows], joined)
            insert(forests)
        distances[number] = state[0, ends]
    return distances / _ONE


def _bounds(left: Sequence[Table], right: Sequence[Table]) -> Floats:
    """Return upper bounds of the distances: only identical rows are mapped."""
    from rapidfuzz.distance import LCSseq

    known: dict[Row, int] = {}

    def spell(table: Table) -> list[int]:
        # A row is as many equal symbols as it has nodes. Aligning symbols is then aligning whole rows, weighed by their
        # size: where rows are aligned in part, one of the alignments can take all of each.
        numbers = (known.setdefault(row, len(known)) for row in table)
        return [number for number, row in zip(numbers, table, strict=True) for _ in range(len(row) + 1)]

    spelt = [[spell(table) for table in tables] for tables in (left, right)]
    return np.array(
        [[len(ours) + len(theirs) - 2.0 * LCSseq.similarity(ours, theirs) for theirs in spelt[1]] for ours in spelt[0]]
    )
