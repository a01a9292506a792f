"""Things known to belong together, by number."""

from __future__ import annotations

from collections.abc import Iterable


class Groups:
    """Disjoint sets of numbers; each is at first alone."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def find(self, number: int) -> int:
        """Return the least number of its group."""
        while (parent := self._parent.get(number, number)) != number:
            number = parent
        return number

    def join(self, numbers: Iterable[int]) -> bool:
        """Put groups together; return whether any two of these numbers were apart until now."""
        first, *others = sorted({self.find(number) for number in numbers})
        self._parent.update(dict.fromkeys(others, first))
        return bool(others)
