"""Which rows are compared, and which of them with each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from bench.errors import NothingToDo, UsageError
from bench.history import Entry, entries
from bench.store import StoredExtractor, StoredRun


@dataclass(frozen=True, slots=True)
class LineUp:
    """What is to be compared."""

    rows: Sequence[Entry]
    by_twos: bool = False
    """Whether rows are compared by twos, and not all with each other."""
    notes: Sequence[str] = ()
    """What was asked for and is not compared."""

    @property
    def pairs(self) -> Sequence[tuple[int, int]]:
        """Places of rows, the first and the second."""
        places = range(len(self.rows))
        return list(zip(places[::2], places[1::2], strict=False) if self.by_twos else combinations(places, 2))


def line_up(
    stored: Sequence[StoredExtractor], runs: Sequence[StoredRun], specs: Sequence[str], *, controls: frozenset[str]
) -> LineUp:
    """Return the rows that specs name, and all pairs of them; of two whole runs, each extractor against itself in the other.

    Args:
        stored: identities with cells, oldest first.
        runs: all runs.
        specs: like those of `history.entries`. `@RUN` leaves out control rows.
        controls: names of control rows.

    Raises:
        UsageError: a spec names nothing, or all mean the same cells.
        NothingToDo: a run has nothing to compare, or two have no extractor in common.
    """
    named = []
    for spec in specs:
        found = entries(stored, runs, [spec])
        named.append([one for one in found if one.extractor.name not in controls] if spec.startswith("@") else found)
        if not named[-1]:
            raise NothingToDo(f"{spec} has no result on these pages, control rows aside; `bench list runs` says what it was of")
    if len(specs) == 2 and all(spec.startswith("@") for spec in specs):
        return _runs_lined_up(specs, *named)
    chosen: dict[bytes, Entry] = {}
    for entry in (one for found in named for one in found):
        chosen.setdefault(entry.extractor.key, entry)
    rows = list(chosen.values())
    if len(rows) < 2:
        if len(specs) < 2:
            raise UsageError(f"{' '.join(specs)} is one row; name another to compare it with")
        raise UsageError(
            f"{' and '.join(specs)} mean the same cells: same version, settings and source, so nothing can have changed"
        )
    return LineUp(rows)


def _runs_lined_up(specs: Sequence[str], first: Sequence[Entry], second: Sequence[Entry]) -> LineUp:
    """Pairs by name and settings; by version too where a run has several of one."""
    sides = [_by_name(side, _several(first) | _several(second)) for side in (first, second)]
    common = [name for name in sides[0] if name in sides[1]]
    if not common:
        raise NothingToDo(f"no extractor is in both {' and '.join(specs)} with the same settings; name rows as NAME@RUN")
    changed = [name for name in common if sides[0][name].extractor.key != sides[1][name].extractor.key]
    if not changed:
        raise UsageError(
            f"{' and '.join(specs)} mean the same cells: same versions, settings and sources, so nothing can have changed"
        )
    notes = [
        f"the same cells in both runs: {sides[0][name].extractor.name} {name[1]}".rstrip()
        for name in common
        if name not in changed
    ]
    for spec, own, other in zip(specs, sides, reversed(sides), strict=True):
        alone = [entry.label.removesuffix(f" {spec}") for name, entry in own.items() if name not in other]
        notes += [f"in {spec} only: {'; '.join(alone)}"] if alone else []
    rows = [side[name] for name in changed for side in sides]
    return LineUp(rows, by_twos=True, notes=notes)


def _several(side: Sequence[Entry]) -> set[tuple[str, str]]:
    names = [(entry.extractor.name, entry.extractor.settings) for entry in side]
    return {name for name in names if names.count(name) > 1}


def _by_name(side: Sequence[Entry], several: set[tuple[str, str]]) -> dict[tuple[str, str, str], Entry]:
    found = {}
    for entry in side:
        one = entry.extractor
        found[one.name, one.settings, one.version if (one.name, one.settings) in several else ""] = entry
    return found
