"""Shared shingles, held against the counters of tuples that they stand for."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bench import shingles
from bench.alignment import overlap
from bench.shingles import Shingles

TOKENS = st.lists(st.integers(0, 4), max_size=40)


def counted(tokens: list[int], length: int) -> Counter[tuple[int, ...]]:
    return Counter(tuple(tokens[start : start + length]) for start in range(len(tokens) - length + 1))


def numbers(tokens: list[int]) -> NDArray[np.int64]:
    return np.array(tokens, dtype=np.int64)


@pytest.mark.parametrize("most", [2**63, 100, 1], ids=["as is", "some runs are numbered in their turn", "all are"])
@given(known=TOKENS, outputs=st.lists(TOKENS, max_size=3), length=st.integers(1, 6))
def test_the_overlap_is_that_of_the_multisets_of_runs(
    most: int, known: list[int], outputs: list[list[int]], length: int
) -> None:
    gold = [number + 1 for number in known]
    lacking = [[number if number in gold else 0 for number in output] for output in outputs]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shingles, "_MOST", most)
        ours = Shingles(numbers(gold), length)
        assert ours.total == counted(gold, length).total()
        for output in [*lacking, gold, gold * 2]:
            assert ours.overlap(numbers(output)) == overlap(counted(output, length), counted(gold, length))


def test_more_words_than_a_code_has_room_for_are_counted_too() -> None:
    gold = list(range(1, 100_001))  # to the fourth power they are 10^20
    output = [*gold[50_000:], 0, *gold[:50_000]]
    assert Shingles(numbers(gold), 4).overlap(numbers(output)) == overlap(counted(output, 4), counted(gold, 4)) == 99_994
