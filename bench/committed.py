"""A table that was written to a file: its request, and its values against those of the same table made anew.

Costs, dates, machines and commands are measured or noted anew by every run; they are not compared.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile, zip_longest
from pathlib import Path
from typing import Any, NoReturn

from bench.errors import UsageError
from bench.request import MARK, Request, parse

MOST = 2**26
"""Bytes of a file; the JSON of a thousand slices of forty extractors has a twentieth of them."""
EXACT = 1e-12
"""Numbers no further apart are equal, absolutely or as a share: sums of many differ so much by the machine that adds them."""
_SHOWN = 80
"""Characters of a value that are shown."""

Values = dict[tuple[str, ...], Any]
"""What stands where: a number, a text or None by the names that lead to it."""

_MEASURED = {"bench", "format", "request", "manifest", "cpu_ms", "peak_mb", "CPU ms", "MB"}
"""Members and columns that are not compared."""
_COMMENT = re.compile(rf"^<!-- {MARK}(\{{.*\}}) -->$", re.MULTILINE)
_VERSION = re.compile(r"\|bench:[^|`]*")
_BAR = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True, slots=True)
class Committed:
    """A table that was written to a file."""

    form: str
    """`json` or `markdown`."""
    request: Request
    values: Values


def read(path: Path) -> Committed:
    """Return the table in a file.

    Raises:
        UsageError: it cannot be read, is neither JSON nor Markdown, or carries no request; names file, place and mend.
    """
    try:
        with path.open("rb") as opened:
            data = opened.read(MOST + 1)
        if len(data) > MOST:
            raise UsageError(f"{path}: larger than {MOST} bytes; no table is")
        text = data.decode().replace("\r\n", "\n")  # as git may have checked it out
    except (OSError, ValueError) as problem:
        raise UsageError(f"{path}: cannot be read ({problem})") from None
    form = "json" if text.lstrip().startswith(("{", "[")) or path.suffix == ".json" else "markdown"
    try:
        return Committed(form, parse(_request(text, form)), values(text, form))
    except UsageError as problem:
        raise UsageError(f"{path}: {problem}") from None
    except (ValueError, RecursionError) as problem:
        raise UsageError(f"{path}: not JSON ({problem})") from None


def _request(text: str, form: str) -> object:
    if form == "json":
        body = _parsed(text)
        request = body.get("request") if isinstance(body, dict) else None
    else:
        comments = _COMMENT.findall(text)
        request = _parsed(comments[-1]) if comments else None
    if request is None:
        raise UsageError(
            "carries no request, so it is no table of `bench table --format json` or markdown, or one from before they did;"
            " make it anew"
        )
    return request


def _parsed(text: str) -> object:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is no number")

    return json.loads(text, parse_constant=refuse)


# What is to be compared


def values(text: str, form: str) -> Values:
    """Return what a table of a form holds, costs and provenance left out. Rows are known by name, whatever their order.

    Raises:
        ValueError, RecursionError: not JSON.
    """
    return dict(_leaves(_parsed(text), ()) if form == "json" else _cells(text))


def _leaves(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        for name, one in value.items():
            if name not in _MEASURED:
                yield from _leaves(one, (*place, name))
    elif isinstance(value, list):
        for label, one in zip(_numbered([_label(one) for one in value]), value, strict=True):
            yield from _leaves(one, (*place, label))
    else:
        signature = isinstance(value, str) and place[-1:] == ("full_signature",)
        yield place, _VERSION.sub("", value) if signature else value


def _label(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    return " ".join(str(value[name]) for name in ("name", "version", "settings") if value.get(name)) or str(
        value.get("metric", "")
    )


def _numbered(labels: Sequence[str]) -> list[str]:
    """The labels made different: what has none, or one that stood before, gets a number."""
    seen: Counter[str] = Counter()
    numbered = []
    for label in labels:
        seen[label] += 1
        numbered.append(f"{label} #{seen[label]}".strip() if not label or seen[label] > 1 else label)
    return numbered


def _cells(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Cells of Markdown's tables by table, row and column, and the lines between them."""
    table = line = 0
    for is_table, group in groupby(text.split("\n"), key=lambda line: line.startswith("|")):
        if not is_table:
            for said in filter(None, map(str.rstrip, group)):
                if not said.startswith((f"<!-- {MARK}", "made on ")):
                    line += 1
                    yield (f"line {line} of text",), _VERSION.sub("", said) if said.startswith("`") else said
            continue
        table += 1
        head, aligns, *rows = [[cell.strip() for cell in _BAR.split(one)[1:-1]] for one in group] + [[]] * 2
        titles = _numbered(head)
        # What is aligned to the left names the row.
        names = [place for place, align in enumerate(aligns) if not align.endswith(":")]
        rows = [row for row in rows if row]
        labels = _numbered([" ".join(row[place] for place in names if row[place : place + 1] != [""]) for row in rows])
        for label, row in zip(labels, rows, strict=True):
            for title, cell in zip_longest(titles, row):
                if title not in _MEASURED:
                    yield (f"table {table}", label, title or "beyond the last column"), cell


def differences(file: Values, here: Values) -> list[str]:
    """Return a line for each place where two tables differ: what stands in the file, and what here."""
    return [
        f"{', '.join(place)}: {against(file, here, place)}"
        for place in {**file, **here}
        if not (place in file and place in here and _equal(file[place], here[place]))
    ]


def _equal(left: Any, right: Any) -> bool:
    if type(left) in {int, float} and type(right) in {int, float}:
        try:
            return math.isclose(left, right, rel_tol=EXACT, abs_tol=EXACT)
        except OverflowError:  # an integer that no float holds
            return bool(left == right)
    return type(left) is type(right) and bool(left == right)


def against(file: Mapping[Any, Any], here: Mapping[Any, Any], place: Any) -> str:
    """Return the two values of a place in words, long ones from shortly before they part."""
    theirs, ours = (_said(of[place]) if place in of else "nothing" for of in (file, here))
    start = 0
    if max(len(theirs), len(ours)) > _SHOWN:
        same = takewhile(lambda pair: pair[0] == pair[1], zip(theirs, ours, strict=False))
        start = max(0, sum(1 for _ in same) - _SHOWN // 2)
    return f"{_cut(theirs, start)} in the file, {_cut(ours, start)} here"


def _said(value: Any) -> str:
    return value or "an empty text" if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _cut(text: str, start: int) -> str:
    end = start + _SHOWN
    return ("..." if start else "") + text[start:end] + ("..." if end < len(text) else "")
