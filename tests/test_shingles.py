"""Shared shingles, held against the counters of tuples that they stand for."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import shingles
from bench.alignment import overlap
from bench.shingles import Shingles

TOKENS = st.lists(st.sampled_from(["a", "b", "ab", "é", "\udc80", "x" * 40]), max_size=40)


def counted(tokens: list[str], length: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(tokens[start : start + length]) for start in range(len(tokens) - length + 1))


@pytest.mark.parametrize("most", [2**63, 100, 1], ids=["as is", "some runs are numbered in their turn", "all are"])
@given(gold=TOKENS, outputs=st.lists(TOKENS, max_size=3), length=st.integers(1, 6))
def test_the_overlap_is_that_of_the_multisets_of_runs(
    most: int, gold: list[str], outputs: list[list[str]], length: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shingles, "_MOST", most)
        ours = Shingles(gold, length)
        assert ours.total == counted(gold, length).total()
        for output in [*outputs, gold, gold * 2]:
            assert ours.overlap(output) == overlap(counted(output, length), counted(gold, length))


def test_more_words_than_a_code_has_room_for_are_counted_too() -> None:
    gold = [str(number) for number in range(100_000)]  # to the fourth power they are 10^20
    output = [*gold[50_000:], "unheard", *gold[:50_000]]
    assert Shingles(gold, 4).overlap(output) == overlap(counted(output, 4), counted(gold, 4)) == 99_994
