"""Outputs made elsewhere, as files: read, checked, stored like any other extraction."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.corpus import Corpus
from bench.errors import UsageError
from bench.model import Extraction, Outcome, digest
from bench.plugins import SPEC
from bench.text import plain, sane

if TYPE_CHECKING:
    from bench.store import Store


@dataclass(frozen=True, slots=True)
class Outputs:
    """An extractor's outputs by page id; None where the file says null."""

    name: str
    version: str
    texts: Mapping[str, str | None]
    sha256: str


def read_outputs(path: Path, label: str | None) -> Outputs:
    """Return the outputs in a file; see `bench import` for the forms.

    Args:
        path: the file.
        label: NAME==VERSION; None takes the file's name and the version in it.

    Raises:
        UsageError: a bad label, a file of another form, an id told twice; names the line where it can.
    """
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise UsageError(f"{path}: is not UTF-8 ({problem.reason} at byte {problem.start})") from None
    version = None
    try:
        table = json.loads(text, object_pairs_hook=_no_duplicates(path))
    except RecursionError:
        raise UsageError(f"{path}: is nested too deeply") from None
    except ValueError:
        texts = _from_lines(path, text)
    else:
        if isinstance(table, dict) and isinstance(table.get("id"), str) and "text" in table:  # JSONL of one line
            texts = _from_lines(path, text)
        else:
            texts, version = _from_object(path, table)
    name, version = _named(label, path.stem, version)
    return Outputs(name, version, texts, hashlib.sha256(data).hexdigest())


def _no_duplicates(path: Path) -> Any:
    def build(members: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(members)
        if len(table) < len(members):
            twice = next(name for name, count in Counter(name for name, _ in members).items() if count > 1)
            raise UsageError(f"{path}: holds {plain(twice)[:80]!r} twice")
        return table

    return build


def _from_lines(path: Path, text: str) -> dict[str, str | None]:
    texts: dict[str, str | None] = {}
    for line_number, line in enumerate(text.splitlines() if "\n" not in text else text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line, object_pairs_hook=_no_duplicates(path))
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict) or not isinstance(record.get("id"), str) or "text" not in record:
            raise UsageError(f'{path}:{line_number}: is no object with "id" and "text"')
        if not isinstance(record["text"], str | None):
            raise UsageError(f"{path}:{line_number}: text must be a text or null")
        if record["id"] in texts:
            raise UsageError(f"{path}:{line_number}: id {plain(record['id'])[:80]!r} stands twice")
        texts[record["id"]] = record["text"]
    return texts


def _from_object(path: Path, table: Any) -> tuple[dict[str, str | None], str | None]:
    version = None
    if isinstance(table, dict) and isinstance(table.get("output"), dict):
        version, table = table.get("version"), table["output"]
    if not isinstance(table, dict):
        raise UsageError(f"{path}: is neither JSONL of id and text nor an object of outputs by id")
    texts: dict[str, str | None] = {}
    for page_id, value in table.items():
        body = _text_of(value)
        if not isinstance(body, str | None):
            expected = "a text, null or an object with articleBody or a body of paragraphs"
            raise UsageError(f"{path}: record {plain(page_id)[:80]!r} must be {expected}")
        texts[page_id] = body
    return texts, version if isinstance(version, str) else None


def _text_of(value: Any) -> Any:
    """The text of a record in a form that is known, else the record."""
    if isinstance(value, dict):
        if "articleBody" in value:
            return value["articleBody"]
        body = value.get("body")
        if isinstance(body, list) and all(isinstance(paragraph, str) for paragraph in body):
            return "\n\n".join(body)
    return value


def _named(label: str | None, stem: str, version: str | None) -> tuple[str, str]:
    match = SPEC.fullmatch(label if label is not None else re.sub("(?<!=)=(?!=)|:", "-", stem))
    if match is None or match["settings"] is not None or not match["name"].strip():
        raise UsageError(f"--as {label!r}: write NAME==VERSION")
    return plain(match["name"])[:80], plain(match["version"] or version or "unknown")[:80]  # plain: no surrogates either


def identity(outputs: Outputs) -> dict[str, str]:
    """Return what makes these outputs other than any others: name, version and the file's digest."""
    return {"imported": outputs.name, "version": outputs.version, "sha256": outputs.sha256}


def store_outputs(outputs: Outputs, corpus: Corpus, store: Store) -> str:
    """Store outputs as the cells of an extractor of their own; returns what was found, in words.

    Pages that the outputs lack are stored as unavailable, so that they count.

    Raises:
        UsageError: no id of theirs is in the corpus.
    """
    numbers = {page_id: corpus.number(page_id) for page_id in outputs.texts}
    strangers = sorted(page_id for page_id, number in numbers.items() if number is None)
    if len(strangers) == len(numbers):
        example = f", which has ids like {corpus.facts[0].id!r}; choose another with --corpus"
        raise UsageError(f"{outputs.name}: none of its {len(numbers)} ids is in corpus {corpus.name}{example}")
    about = identity(outputs)
    key = digest(about)
    store.put_extractor(key, outputs.name, outputs.version, "", about)
    tally: Counter[Outcome] = Counter()
    for number in range(len(corpus)):
        page_id = corpus.facts[number].id
        if page_id in outputs.texts:
            text = sane(outputs.texts[page_id] or "")
            cell = Extraction(Outcome.OK if text.strip() else Outcome.EMPTY, text if text.strip() else "")
        else:
            cell = Extraction(Outcome.UNAVAILABLE, error_message="the imported file lacks this page")
        tally[cell.outcome] += 1
        store.put_cell(key, corpus.page_keys[number], cell, None)
    words = [f"{count} {outcome.value}" for outcome, count in sorted(tally.items())]
    if strangers:
        words.append(f"{len(strangers)} ids not in the corpus left out (first: {plain(strangers[0])[:80]})")
    return ", ".join(words)
