"""The layout of scrapinghub/article-extraction-benchmark: `ground-truth.json` and `html/<id>.html.gz`, all articles.

Pages are UTF-8 by rule (they were captured by a browser). Gold leaves out headline and comments.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.corpus import Broken, BrokenRecord, members, site_of, told_twice
from bench.errors import UsageError
from bench.model import Block, Captured, Gold, Page

LAYOUT = "ground-truth.json beside html/*.html.gz"


def open_corpus(root: Path, split: str | None) -> Aeb | None:
    """Return a reader when the folder has that layout, else None.

    Raises:
        UsageError: a split was asked for; the set has none.
    """
    if not (root / "ground-truth.json").is_file() or not (root / "html").is_dir():
        return None
    if split is not None:
        raise UsageError(f"{root}: this set has no splits; leave --split out")
    return Aeb(root)


class Aeb:
    """An AEB corpus; see the module."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._path = root / "ground-truth.json"
        told = members(self._path)
        self._records, self._twice = dict(told), told_twice(told)

    def ids(self) -> Sequence[str]:
        """Return the ids of all records."""
        return sorted(self._records)

    def _record(self, page_id: str) -> dict[str, Any]:
        record = self._records[page_id]
        if Path(page_id).name != page_id or page_id in (".", ".."):
            raise BrokenRecord(self._path, f"record {page_id!r}: an id must be a plain file name")
        if not isinstance(record, dict):
            raise BrokenRecord(self._path, f"record {page_id} must be an object with articleBody and url")
        return record

    def page(self, page_id: str) -> Page:
        """Return a page; every one of them is an article."""
        url = self._record(page_id).get("url")
        url = url if isinstance(url, str) and url else None
        path = self._root / "html" / f"{page_id}.html.gz"
        return Page(
            id=page_id, captured=Captured(path), encoding="utf-8", url=url, kind="article", site=site_of(url) or page_id
        )

    def gold(self, page_id: str) -> Gold:
        """Return a page's gold, a block for each paragraph."""
        body = self._record(page_id).get("articleBody")
        if not isinstance(body, str):
            raise BrokenRecord(self._path, f"record {page_id} has no articleBody")
        blocks = tuple(Block(block) for block in body.split("\n\n") if block.strip())
        if not blocks:
            raise BrokenRecord(self._path, f"record {page_id} has an empty gold")
        return Gold(blocks=blocks, scope="title out, comments out", origin="human")

    def strays(self) -> Sequence[Broken]:
        """Return ids told twice and pages without gold."""
        broken = [Broken(self._path, f"duplicate id {name}") for name in self._twice]
        for path in sorted((self._root / "html").glob("*.html.gz")):
            page_id = path.name.removesuffix(".html.gz")
            if page_id not in self._records:
                broken.append(Broken(path, f"page for no gold; {self._path.name} has no {page_id}"))
        return broken
