"""Can a table's question be asked again? Its rows among those stored, and in what an identity or a metric is another."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench import plugins
from bench.committed import against
from bench.errors import UsageError
from bench.history import Entry
from bench.metric import Metric
from bench.request import AskedRow, Request
from bench.store import StoredExtractor
from bench.vote import NAME


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a request as the store has them."""

    rows: Sequence[Entry]
    notes: Sequence[str]
    """Rows of the same name, version and settings whose identity differs all the same, and in what."""
    lacking: Sequence[str]
    """Rows that there are not, and how to get them."""


def other_signatures(signatures: Sequence[str]) -> list[str]:
    """Return a line for each metric that there is not, that lacks its packages, or that is another by now, and in what."""
    found = []
    for signature in signatures:
        name = signature.split(":", 1)[0]
        try:
            metric: Metric = plugins.load("metrics", name).METRIC
        except UsageError as problem:
            found.append(str(problem))
            continue
        if metric.lacks:
            found.append(metric.lacks)
        elif metric.signature != signature:
            found.append(f"metric {name} is another: {'; '.join(_unlike(_parts(signature), _parts(metric.signature)))}")
    return found


def _parts(signature: str) -> dict[str, str]:
    name, *parts = signature.split("|")
    return {"version": name.partition(":")[2], **dict(part.partition(":")[::2] for part in parts)}


def find(request: Request, stored: Sequence[StoredExtractor], *, where: str) -> Found:
    """Return the rows of a request.

    Args:
        request: what was asked for.
        stored: identities with cells on its pages, oldest first.
        where: options that lead `bench run` to its corpus.
    """
    rows, notes, lacking = [], [], []
    by_key = {one.key.hex(): one for one in stored}
    alike = {(one.name, one.version, one.settings): one for one in stored}
    for row in request.rows:
        same = by_key.get(row.key) or alike.get((row.name, row.version, row.settings))
        if same is None:
            lacking.append(_lacking(row, stored, where))
            continue
        rows.append(Entry(same, row.run))
        if same.key.hex() != row.key:
            notes.append(f"{row.label} is of another identity here: {_other(row, same)}")
    return Found(rows, notes, lacking)


def _lacking(row: AskedRow, stored: Sequence[StoredExtractor], where: str) -> str:
    same_name = [one for one in stored if one.name == row.name]
    near = next((one for one in reversed(same_name) if one.settings == row.settings), next(iter(same_name[-1:]), None))
    settings = f":{row.settings}" if row.settings else ""
    if "imported" in row.identity:
        how = f"`bench import FILE --as {row.name}=={row.version}{where}`, the file's sha256 being {_short(row, 'sha256')}"
    elif NAME in row.identity:
        how = f"`bench run -x {shlex.quote(f'{NAME}({row.settings})')}{where}`"
    elif row.version.startswith("file "):
        how = f"`bench run -x ./{row.name}.py{settings}{where}`, the file's sha256 being {_short(row, 'source')}"
    else:
        how = f"`bench run -x {row.name}{row.version and f'=={row.version}'}{settings}{where}`"
    nearest = f"; the nearest there: {_other(row, near)}" if near else ""
    return f"{row.label} is not in the store{nearest}; to get it: {how}"


def _short(row: AskedRow, name: str) -> str:
    return f"{str(row.identity.get(name))[:12]}..."


def _other(row: AskedRow, here: StoredExtractor) -> str:
    return "; ".join(_unlike({"version": row.version, **row.identity}, {"version": here.version, **here.identity})) or "its key"


_NAMES = {
    "source": "its adapter's source",
    "shared": "the source of what every output passes through (bench's encoding, extract, markup)",
    "sha256": "the imported file",
    "vote_source": "the source of what a vote is made by",
}


def _unlike(file: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    """What differs between two objects; of objects within them, which members. Digests are only said to differ."""
    found = []
    for name in {**file, **here}:
        theirs, ours = file.get(name), here.get(name)
        if theirs == ours:
            continue
        if isinstance(theirs, dict) and isinstance(ours, dict):
            found += _unlike(theirs, ours)
        elif name in _NAMES:
            found.append(_NAMES[name])
        else:
            found.append(f"{name} {against(file, here, name)}")
    return found
