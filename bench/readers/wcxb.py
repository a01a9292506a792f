"""The layout of the Web Content Extraction Benchmark: `<split>/ground-truth/<id>.json` and `<split>/html/<id>.html.gz`.

Pages are UTF-8 by rule, whatever their `<meta>` says: the set stores them decoded. A gold text that is empty or absent is
taken as upstream takes it, as the empty text that an extractor should return (its `unextractable` pages): 21 pages of the
development split. The two splits share pages, so one must be chosen where both are there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.corpus import Broken, BrokenRecord, site_of
from bench.errors import UsageError
from bench.model import Block, Captured, Gold, Page

LAYOUT = "SPLIT/ground-truth/*.json beside SPLIT/html/*.html.gz"


def open_corpus(root: Path, split: str | None) -> Wcxb | None:
    """Return a reader when the folder has that layout, else None.

    Raises:
        UsageError: the split is not there, or none was chosen of several.
    """
    splits = sorted(path.parent.name for path in root.glob("*/ground-truth") if (path.parent / "html").is_dir())
    if not splits:
        return None
    if split is None and len(splits) > 1:
        raise UsageError(f"{root}: has splits {', '.join(splits)}, and they share pages; choose one with --split")
    if split is not None and split not in splits:
        raise UsageError(f"{root}: has no split {split!r}; there is {', '.join(splits)}")
    return Wcxb(root / (split or splits[0]))


class Wcxb:
    """One split of a WCXB corpus; see the module."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._last: tuple[str, dict[str, Any]] | None = None

    def ids(self) -> Sequence[str]:
        """Return the ids of all golds."""
        return sorted(path.stem for path in (self._root / "ground-truth").glob("*.json"))

    def _record(self, page_id: str) -> tuple[Path, dict[str, Any]]:
        path = self._root / "ground-truth" / f"{page_id}.json"
        last = self._last  # page and gold of one record are asked for in turn; parse its file once
        if last is not None and last[0] == page_id:
            return path, last[1]
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as problem:
            raise BrokenRecord(path, f"unreadable JSON: {problem}") from None
        if not isinstance(record, dict) or not isinstance(record.get("ground_truth"), dict):
            raise BrokenRecord(path, "has no object `ground_truth`")
        self._last = (page_id, record)
        return path, record

    def page(self, page_id: str) -> Page:
        """Return a page; its kind is the set's page type."""
        path, record = self._record(page_id)
        internal = record.get("_internal")
        internal = internal if isinstance(internal, dict) else {}
        kind = internal.get("page_type")
        if isinstance(kind, dict):
            kind = kind.get("primary")
        # As upstream's evaluation maps and defaults page types.
        kind = {"category": "collection"}.get(kind, kind) if isinstance(kind, str) else "article"
        url = record.get("url")
        url = url if isinstance(url, str) and url else None
        return Page(
            id=page_id,
            captured=Captured(self._root / "html" / f"{page_id}.html.gz"),
            encoding="utf-8",
            url=url,
            kind=kind,
            site=site_of(url) or page_id,
            split=self._root.name,
            extra={"file": path.name, "internal": internal},
        )

    def gold(self, page_id: str) -> Gold:
        """Return a page's gold, a block for each paragraph, with both lists of snippets."""
        path, record = self._record(page_id)
        truth = record["ground_truth"]
        body = truth.get("main_content")
        if not isinstance(body, str | None):
            raise BrokenRecord(path, "`main_content` must be a text")
        author, title, date = truth.get("author"), truth.get("title"), truth.get("publish_date")
        markdown = truth.get("main_content_markdown")
        return Gold(
            blocks=tuple(Block(block) for block in (body or "").split("\n\n") if block.strip()),
            keep=_snippets(path, truth, "with"),
            drop=_snippets(path, truth, "without"),
            title=title if isinstance(title, str) and title else None,
            authors=(author,) if isinstance(author, str) and author else (),
            date=date if isinstance(date, str) and date else None,
            markdown=markdown if isinstance(markdown, str) else None,
            scope="title mixed, comments in on forums",
            origin="reviewed",
        )

    def strays(self) -> Sequence[Broken]:
        """Return pages without gold."""
        golds = {path.stem for path in (self._root / "ground-truth").glob("*.json")}
        return [
            Broken(path, "page for no gold")
            for path in sorted((self._root / "html").glob("*.html.gz"))
            if path.name.removesuffix(".html.gz") not in golds
        ]


def _snippets(path: Path, truth: dict[str, Any], name: str) -> tuple[str, ...]:
    value = truth.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BrokenRecord(path, f"`{name}` must be a list of texts")
    return tuple(value)
