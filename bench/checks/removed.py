"""Pages that were taken out of a corpus of the built-in format: `corpus/REMOVED.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.checks.findings import ERROR, Finding
from bench.checks.subject import name_of
from bench.corpus import Corpus
from bench.readers.native import ID, REMOVED, Native

_AT = re.compile(r"\(at line (\d+)")
_HEADER = re.compile(r"\s*\[\[\s*removed\s*\]\]")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def findings(corpus: Corpus, *, several: bool) -> Iterator[Finding]:
    """Yield `tombstone`: of a list that cannot be read, of an entry that is none, of a page that it names."""
    if not isinstance(corpus.reader, Native):
        return
    path = corpus.root / "corpus" / REMOVED
    try:
        text = path.read_text(encoding="utf-8")
        entries = tomllib.loads(text).get("removed", [])
    except FileNotFoundError:
        return
    except (OSError, ValueError, RecursionError) as problem:
        at = _AT.search(str(problem))
        yield _told(path, int(at[1]) if at else None, f"unreadable TOML: {problem}")
        return
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        yield _told(path, None, "`removed` must be an array of tables: [[removed]]")
        return
    lines: list[int | None] = [number for number, line in enumerate(text.split("\n"), 1) if _HEADER.match(line)]
    if len(lines) != len(entries):  # written in another way
        lines = [None] * len(entries)
    pages = [corpus.page(number) for number in range(len(corpus) if entries else 0)]
    hashes = [(page.id, str(page.extra.get("sha256")).lower()) for page in pages]
    names = {one.page_id for one in corpus.broken} | {page.id for page in pages}
    seen: set[str] = set()
    for line, entry in zip(lines, entries, strict=True):
        if fault := _fault(entry, seen):
            yield _told(path, line, fault)
            continue
        page_id = entry["id"]
        seen.add(page_id)
        alike = [name for name, stated in hashes if stated == entry["sha256"].lower()]
        for name in dict.fromkeys([*([page_id] if page_id in names else []), *alike]):
            message = f"{name} was removed ({entry['reason']}), and is there again; take one of the two away"
            yield _told(path, line, message, name_of(corpus, name, several=several))


def _told(path: Path, line: int | None, message: str, *pages: str) -> Finding:
    return Finding(ERROR, "tombstone", pages, message, {}, path, line)


def _fault(entry: Mapping[str, Any], seen: set[str]) -> str | None:
    """What makes an entry none."""
    page_id, sha, reason, when, url = (entry.get(name) for name in ("id", "sha256", "reason", "removed_at", "url"))
    if not isinstance(page_id, str) or not ID.fullmatch(page_id):
        return f"`id` must be that of a page ({ID.pattern})"
    if page_id in seen:
        return f"{page_id} stands twice; keep one"
    if not isinstance(sha, str) or not _SHA256.fullmatch(sha):
        return f"{page_id}: `sha256` must be 64 hexadecimal digits"
    if not isinstance(when, datetime):
        return f"{page_id}: `removed_at` must be a moment: 2026-01-31T12:00:00Z"
    if not isinstance(reason, str) or not reason.strip():
        return f"{page_id}: `reason` must say why it was removed"
    return None if url is None or isinstance(url, str) else f"{page_id}: `url` must be a text"
