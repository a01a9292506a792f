"""A baseline: what a run gave on a corpus, by one metric, page by page; and its file, made to be committed.

The file is JSON. Its objects have their keys in order and a line for each, so a page takes one line and a diff shows the pages
that moved. Pages hold the metric's counts, from which every value follows unrounded; what differs from run to run by chance,
CPU time, stands apart on one line for each extractor.

    {"format": 1, "bench": version, "date": day, "corpus": {"digest", "name", "pages", "sites", "split"},
     "machine": {"cpu", "platform", "python"}, "metric": signature, "fields": [names of the counts],
     "extractors": [{"name", "settings", "version", "cpu_us": [microseconds or null, in order of page],
                     "failed": {page: outcome}, "pages": {page: [counts] or null where the metric does not apply}}]}
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench import __version__, files
from bench.corpus import Corpus
from bench.errors import UsageError
from bench.metric import Floats, Metric
from bench.model import Outcome
from bench.store import Store, StoredExtractor, StoredRun
from bench.summarise import corpus_facts

FORMAT = 1
"""Version of the file; raised when a field changes its meaning or goes."""
NOT_RUN = "not run"
"""Outcome of a page without a cell."""
_CORPUS = ("digest", "name", "pages", "sites", "split")
_MACHINE = ("cpu", "platform", "python")
_FAILURES = frozenset([NOT_RUN, *(outcome.value for outcome in Outcome if outcome.failed)])
_MOST = 2.0**53
"""Counts beyond this are not whole numbers any more."""


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What one extractor gave."""

    name: str
    version: str
    settings: str
    counts: Floats
    """Pages x the metric's fields; NaN where the metric does not apply."""
    failed: Mapping[str, str]
    """Outcome by page, of those that failed or were not run."""
    cpu_us: Sequence[int | None]
    """CPU microseconds of each page's call, None where none were measured."""

    @property
    def spec(self) -> str:
        """Name and settings, as on a command line: what stays the same from version to version."""
        return f"{self.name}:{self.settings}" if self.settings else self.name

    @property
    def exact(self) -> str:
        """The same with the version."""
        return f"{self.name}=={self.version}" + (f":{self.settings}" if self.settings else "")


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """What a run gave on a corpus, by one metric."""

    bench: str
    date: str
    corpus: Mapping[str, Any]
    """Digest, name, pages, sites and split."""
    machine: Mapping[str, str]
    """Cpu, platform and python."""
    metric: str
    """The signature."""
    fields: Sequence[str]
    """Names of the metric's counts."""
    pages: Sequence[str]
    """Ids in order."""
    results: Sequence[Result]


def taken(run: StoredRun, extractors: Sequence[StoredExtractor], corpus: Corpus, metric: Metric, store: Store) -> Baseline:
    """Return what extractors of a run gave.

    Args:
        run: to be described; one on another corpus, or on this one before it changed, has no extractors here.
        extractors: of the run.
        corpus: the pages; `store.want` must have been told of them, and counts must be stored (`score`).
        metric: what to count by.
        store: where cells and counts are.
    """
    ids = [facts.id for facts in corpus.facts]
    results = []
    for one in extractors:
        failed = dict.fromkeys(ids, NOT_RUN)
        measured: list[int | None] = [None] * len(ids)
        for number, cell in store.cells(one.key):
            del failed[ids[number]]
            if cell.outcome.failed:
                failed[ids[number]] = cell.outcome.value
            elif cell.cpu_seconds is not None:
                measured[number] = round(cell.cpu_seconds * 1e6)
        counts = store.counts(one.key, metric.signature, len(metric.fields))
        results.append(Result(one.name, one.version, one.settings, counts, failed, measured))
    told, machine = {**corpus_facts(corpus), **run.manifest["corpus"]}, run.manifest["machine"]
    return Baseline(
        bench=__version__,
        date=run.manifest["date"],
        corpus={name: told[name] for name in _CORPUS},
        machine={name: machine[name] for name in _MACHINE},
        metric=metric.signature,
        fields=metric.fields,
        pages=ids,
        results=results,
    )


def write(baseline: Baseline, path: Path) -> None:
    """Write the file, whole or not at all.

    Raises:
        UsageError: it cannot be written; the old one is as it was.
    """
    ordered = sorted(baseline.results, key=lambda one: (one.name, one.settings, one.version))
    body = {
        "format": FORMAT,
        "bench": baseline.bench,
        "date": baseline.date,
        "corpus": dict(baseline.corpus),
        "machine": dict(baseline.machine),
        "metric": baseline.metric,
        "fields": list(baseline.fields),
        "extractors": [
            {
                "name": one.name,
                "version": one.version,
                "settings": one.settings,
                "cpu_us": list(one.cpu_us),
                "failed": dict(one.failed),
                "pages": dict(zip(baseline.pages, map(_counts, one.counts.tolist()), strict=True)),
            }
            for one in ordered
        ],
    }
    files.replace(path, f"{_laid_out(body)}\n")


def _counts(row: Sequence[float]) -> list[float] | None:
    if math.isnan(row[0]):
        return None
    return [int(count) if count.is_integer() else count for count in row]


def _laid_out(value: Any, indent: str = "") -> str:
    """JSON with a line for each member of an object and each object of a list; all else stands on one line."""
    deeper = f"{indent} "
    if isinstance(value, dict) and value:
        lines = [f"{deeper}{json.dumps(key)}: {_laid_out(value[key], deeper)}" for key in sorted(value)]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(f"{deeper}{_laid_out(one, deeper)}" for one in value) + f"\n{indent}]"
    return json.dumps(value, allow_nan=False)


# Reading: whoever may open a pull request may have written the file.


class _Wrong(ValueError):  # noqa: N818 - caught where it is told, never seen
    """What is wrong with a file, and where in it."""


def read(path: Path) -> Baseline:
    """Read a baseline's file.

    Raises:
        UsageError: it is none; says what is wrong with it, and where.
    """
    try:
        table = json.loads(path.read_bytes(), object_pairs_hook=_once, parse_constant=_no_number)
        return _baseline(table)
    except OSError as problem:
        reason = f"cannot be read ({problem.strerror or problem})"
    except _Wrong as problem:
        reason = f"is no baseline that this bench can use: {problem}"
    except (ValueError, RecursionError) as problem:  # not JSON, not UTF-8, nested too deep
        reason = f"is no JSON ({str(problem) or 'nested too deep'})"
    raise UsageError(f"{path}: {reason}; restore it, or delete it and make it anew with --update")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        twice = next(key for place, (key, _) in enumerate(pairs) if any(key == other for other, _ in pairs[:place]))
        raise _Wrong(f"{_short(twice)} is told twice, as after a merge")
    return table


def _no_number(word: str) -> None:
    raise _Wrong(f"{word} is no number")


def _baseline(table: Any) -> Baseline:
    if not isinstance(table, dict):
        raise _Wrong("it must be an object")
    version = _whole(table, "format")
    if version != FORMAT:
        raise _Wrong(f"it has format {version}, this bench knows {FORMAT}")
    corpus, machine = _object(table, "corpus"), _object(table, "machine")
    if corpus.get("split") is not None:
        _text(corpus, "split", "corpus.")
    fields, rows = table.get("fields"), table.get("extractors")
    if not isinstance(fields, list) or not fields or not all(isinstance(name, str) for name in fields):
        raise _Wrong("fields must be a list of the names of the counts")
    if not isinstance(rows, list) or not rows:
        raise _Wrong("extractors must be a list of one at least")
    ids: list[str] = sorted(_object(rows[0], "pages", "extractors[0].")) if isinstance(rows[0], dict) else []
    results = [_result(row, ids, len(fields), f"extractors[{place}]") for place, row in enumerate(rows)]
    known = [(one.name, one.settings, one.version) for one in results]
    if len(set(known)) < len(known):
        raise _Wrong("an extractor stands in it twice")
    return Baseline(
        bench=_text(table, "bench"),
        date=_text(table, "date"),
        corpus={
            "digest": _text(corpus, "digest", "corpus."),
            "name": _text(corpus, "name", "corpus."),
            "pages": _whole(corpus, "pages", "corpus."),
            "sites": _whole(corpus, "sites", "corpus."),
            "split": corpus.get("split"),
        },
        machine={name: _text(machine, name, "machine.") for name in _MACHINE},
        metric=_text(table, "metric"),
        fields=fields,
        pages=ids,
        results=results,
    )


def _result(row: Any, ids: Sequence[str], fields: int, place: str) -> Result:
    if not isinstance(row, dict):
        raise _Wrong(f"{place} must be an object")
    inside = f"{place}."
    pages, failed = _object(row, "pages", inside), _object(row, "failed", inside)
    if not pages or sorted(pages) != ids:
        raise _Wrong(f"{inside}pages must hold one page at least, and the same ones for each extractor")
    for page, counts in pages.items():
        fits = counts is None or (isinstance(counts, list) and len(counts) == fields and all(map(_count, counts)))
        if not fits:
            raise _Wrong(f"{inside}pages: {_short(page)} must have null, or a count for each of the {fields} fields, 0 or more")
    for page, outcome in failed.items():
        if page not in pages or not isinstance(outcome, str) or outcome not in _FAILURES:
            raise _Wrong(f"{inside}failed: {_short(page)} must be one of its pages, with one of {', '.join(sorted(_FAILURES))}")
    cpu = row.get("cpu_us")
    if not isinstance(cpu, list) or len(cpu) != len(ids) or not all(one is None or _natural(one) for one in cpu):
        raise _Wrong(f"{inside}cpu_us must be a list of a whole number or null for each page")
    table = np.array([pages[page] or [math.nan] * fields for page in ids], dtype=np.float64)
    return Result(_text(row, "name", inside), _text(row, "version", inside), _text(row, "settings", inside), table, failed, cpu)


def _count(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _MOST


def _natural(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST


def _object(table: Mapping[str, Any], name: str, place: str = "") -> dict[str, Any]:
    value = table.get(name)
    if not isinstance(value, dict):
        raise _Wrong(f"{place}{name} must be an object")
    return value


def _text(table: Mapping[str, Any], name: str, place: str = "") -> str:
    value = table.get(name)
    if not isinstance(value, str):
        raise _Wrong(f"{place}{name} must be a text")
    return value


def _whole(table: Mapping[str, Any], name: str, place: str = "") -> int:
    value = table.get(name)
    if not _natural(value):
        raise _Wrong(f"{place}{name} must be a whole number")
    return int(value)  # type: ignore[arg-type] # a whole number, by the line above


def _short(text: str) -> str:
    return repr(text[:80])
