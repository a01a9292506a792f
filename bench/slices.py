"""Pages that share a value of a field: what a table can be sliced by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bench.errors import UsageError

if TYPE_CHECKING:
    from bench.corpus import Corpus
    from bench.store import Store

FIELDS: tuple[str, ...] = ("kind", "language", "site", "split")
"""What pages can be sliced by."""


def members(corpus: Corpus, by: str, *, store: Store) -> list[tuple[str, NDArray[np.intp]]]:  # noqa: ARG001 - for fields that are counted
    """Return each slice's label and the numbers of its pages, the largest first.

    Raises:
        UsageError: there is no such field.
    """
    if by not in FIELDS:
        raise UsageError(f"cannot slice by {by!r}; there are: {', '.join(FIELDS)}")
    found: dict[str, list[int]] = {}
    for number, facts in enumerate(corpus.facts):
        found.setdefault(getattr(facts, by) or "(none)", []).append(number)
    largest = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return [(label, np.array(numbers, dtype=np.intp)) for label, numbers in largest]
