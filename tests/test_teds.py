"""TEDS of tables: cases by hand, and equality with a general tree edit distance algorithm."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest
from apted import APTED, Config
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from bench import teds
from bench.teds import Cell, Table, similarities, size

any_tables = settings(deadline=None, max_examples=200)


def table(*rows: str) -> Table:
    """A table of these rows; cells have a bar between, and `text*2` spans two columns."""
    return tuple(
        tuple(Cell(text, int(span or 1)) for text, _, span in (cell.partition("*") for cell in row.split("|"))) for row in rows
    )


class Node:
    """A node of the tree that the reference algorithm takes."""

    def __init__(self, kind: str, cell: Cell | None, children: list[Node]) -> None:
        self.kind = kind
        self.cell = cell
        self.children = children


class Costs(Config):  # type: ignore[misc] # the package ships no types
    """The costs of the published measure; insert and delete cost 1 in the package."""

    def rename(self, left: Node, right: Node) -> float:
        if left.cell is None or right.cell is None:
            return float(left.kind != right.kind)
        if left.cell[1:] != right.cell[1:]:
            return 1.0
        return float(Levenshtein.normalized_distance(left.cell.text, right.cell.text))

    def children(self, node: Node) -> list[Node]:
        return node.children


def tree(rows: Table) -> Node:
    return Node("table", None, [Node("tr", None, [Node("td", cell, []) for cell in row]) for row in rows])


def reference(left: Table, right: Table) -> float:
    distance = APTED(tree(left), tree(right), Costs()).compute_edit_distance()
    return 1 - float(distance) / max(size(left), size(right))


CELLS = st.builds(Cell, st.text("ab", max_size=3), st.sampled_from([1, 1, 1, 2]), st.sampled_from([1, 1, 1, 3]))
TABLES: st.SearchStrategy[Table] = st.lists(st.lists(CELLS, min_size=1, max_size=5).map(tuple), max_size=5).map(tuple)
RAGGED: st.SearchStrategy[Table] = st.lists(
    st.lists(st.sampled_from([Cell("a"), Cell("b")]), min_size=1, max_size=12).map(tuple), max_size=4
).map(tuple)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        pytest.param(table("a|b", "c|d"), table("a|b", "c|d"), 1, id="equal tables"),
        pytest.param((), (), 1, id="two tables without rows are the same root"),
        pytest.param((), table("a"), 1 / 3, id="a row and a cell to insert into a root"),
        pytest.param(table("a"), table("b"), 1 - 1 / 3, id="another text costs a whole node"),
        pytest.param(table("abcd"), table("abcx"), 1 - 0.25 / 3, id="one letter of four costs a quarter"),
        pytest.param(table(""), table("x"), 1 - 1 / 3, id="an empty cell against one with text"),
        pytest.param(table(""), table(""), 1, id="two empty cells are equal"),
        pytest.param(table("a*2"), table("a"), 1 - 1 / 3, id="another span costs a whole node, whatever the text"),
        pytest.param(table("a|b", "c|d"), table("a|b"), 1 - 3 / 7, id="a row lost costs its row and its cells"),
        pytest.param(table("a|b", "c|d"), table("a", "c"), 1 - 2 / 7, id="a column lost costs a cell per row"),
        pytest.param(table("a|b|c|d"), table("a|b", "c|d"), 1 - 3 / 7, id="a row split: three row nodes change, no cell does"),
        pytest.param(table("a|b"), table("b|a"), 1 - 2 / 4, id="order counts"),
        # 9 nodes against 3: six to insert, and one cell to rename wholly.
        pytest.param(table("zz"), table("a|b|c", "d|e|f"), 1 - 7 / 9, id="an unrelated cell against a table is low"),
        pytest.param(table("zz"), table("a|b", "c|d", "e|f"), 1 - 8 / 10, id="an unrelated cell against 3 rows is low"),
    ],
)
def test_small_tables_are_as_alike_as_counted_by_hand(left: Table, right: Table, expected: float) -> None:
    assert teds.teds(left, right) == pytest.approx(expected, abs=1e-9)
    assert reference(left, right) == pytest.approx(expected, abs=1e-9)


@any_tables
@given(TABLES, TABLES)
def test_small_tables_are_as_alike_as_a_general_tree_algorithm_finds(left: Table, right: Table) -> None:
    assert teds.teds(left, right) == pytest.approx(reference(left, right), abs=1e-9)


@any_tables
@given(RAGGED, RAGGED)
def test_ragged_tables_are_as_alike_as_a_general_tree_algorithm_finds(left: Table, right: Table) -> None:
    assert teds.teds(left, right) == pytest.approx(reference(left, right), abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_tables_of_real_size_are_as_alike_as_a_general_tree_algorithm_finds(seed: int) -> None:
    draw = random.Random(seed)

    def drawn() -> Table:
        words = ["alpha", "beta", "gamma", "delta", "12.5", ""]
        return tuple(
            tuple(Cell(" ".join(draw.choices(words, k=2))) for _ in range(draw.randint(1, 6)))
            for _ in range(draw.randint(2, 12))
        )

    left, right = drawn(), drawn()
    assert teds.teds(left, right) == pytest.approx(reference(left, right), abs=1e-9)


@settings(deadline=None, max_examples=60)
@given(st.lists(TABLES, max_size=4), st.lists(TABLES, max_size=4))
def test_many_tables_at_once_are_as_alike_as_each_pair_alone(left: list[Table], right: list[Table]) -> None:
    together = similarities(left, right)
    assert together.shape == (len(left), len(right))
    alone = np.array([[teds.teds(ours, theirs) for theirs in right] for ours in left]).reshape(together.shape)
    np.testing.assert_allclose(together, alone, atol=1e-9)


@any_tables
@given(TABLES, TABLES)
def test_similarity_does_not_depend_on_the_side_and_is_one_for_equal_tables_only(left: Table, right: Table) -> None:
    assert teds.teds(left, right) == pytest.approx(teds.teds(right, left), abs=1e-9)
    assert teds.teds(left, left) == 1
    assert (teds.teds(left, right) > 1 - 1e-9) == (left == right)


@pytest.mark.parametrize("limit", ["MOST_WORK", "MOST_NODES", "MOST_LETTERS"])
@settings(deadline=None, max_examples=60)
@given(left=TABLES, right=TABLES)
def test_beyond_each_limit_a_lower_bound_is_found_that_is_one_for_equal_tables(limit: str, left: Table, right: Table) -> None:
    if limit == "MOST_LETTERS":  # which needs letters to be exceeded
        left, right = (*left, (Cell("x"),)), (*right, (Cell("x"),))
    exact = teds.teds(left, right)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(teds, limit, 0)
        bound = teds.teds(left, right)
        assert teds.teds(left, left) == 1
    assert bound <= exact + 1e-9


def test_beyond_the_limits_rows_that_are_identical_are_kept_with_all_their_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teds, "MOST_WORK", 0)
    # Ten nodes against ten; the rows `a|b` and `e|f` are kept, the row `c|d` goes and `c|x` comes: six of them.
    assert teds.teds(table("a|b", "c|d", "e|f"), table("a|b", "c|x", "e|f")) == pytest.approx(1 - 6 / 10)


@pytest.mark.parametrize("made", [lambda: ((),), lambda: ((Cell("a"),), ())], ids=["alone", "after another"])
def test_a_row_without_cells_is_refused(made: Callable[[], Table]) -> None:
    with pytest.raises(ValueError, match="a row without cells"):
        teds.teds(made(), table("a"))


def test_any_text_may_stand_in_a_cell() -> None:
    assert teds.teds(table("\ud800\0"), table("\ud800\0")) == 1
    assert teds.teds(table("\ud800\0"), table("\udfff\0")) == pytest.approx(1 - 0.5 / 3)


def test_very_long_tables_are_compared_within_bounds() -> None:
    long = tuple(tuple(Cell(f"{row} {column}") for column in range(50)) for row in range(2000))
    assert teds.teds(long, long) == 1
    shorter = long[:-500]
    assert teds.teds(long, shorter) == pytest.approx(1 - 500 * 51 / size(long))
