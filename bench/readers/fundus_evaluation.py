"""The layout of dobbersc/fundus-evaluation: `ground_truth.json` and `html/<Publisher>_<n>.html.gz`, all news.

Both may lie in the folder itself or in its `dataset`. Ids are the source's own, file ending included, as its extractions and
score files name the pages. Pages are UTF-8 (the source decodes them so). Gold leaves out headline and comments; a
paragraph in square brackets is an optional block, as `utils.py` of the source reads it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.corpus import Broken, BrokenRecord, members, site_of, told_twice
from bench.errors import UsageError
from bench.model import Block, Captured, Gold, Page

LAYOUT = "ground_truth.json beside html/*.html.gz, also under dataset"
TRUTH = "ground_truth.json"


def open_corpus(root: Path, split: str | None) -> FundusEvaluation | None:
    """Return a reader when the folder has that layout, else None.

    Raises:
        UsageError: a split was asked for; the set has none.
    """
    for folder in (root, root / "dataset"):
        if (folder / TRUTH).is_file() and (folder / "html").is_dir():
            if split is not None:
                raise UsageError(f"{root}: this set has no splits; leave --split out")
            return FundusEvaluation(folder)
    return None


class FundusEvaluation:
    """A corpus in the format of the Fundus evaluation; see the module."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / TRUTH
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
            raise BrokenRecord(self._path, f"record {page_id} must be an object with body and url")
        return record

    def page(self, page_id: str) -> Page:
        """Return a page; every one of them is news."""
        record = self._record(page_id)
        url = record.get("url")
        url = url if isinstance(url, str) and url else None
        return Page(
            id=page_id,
            captured=Captured(self._folder / "html" / page_id),
            encoding="utf-8",
            url=url,
            kind="news",
            site=site_of(url) or page_id,
            captured_at=_moment(record.get("crawl_date")),
        )

    def gold(self, page_id: str) -> Gold:
        """Return a page's gold, a block for each paragraph."""
        body = self._record(page_id).get("body")
        if not isinstance(body, list) or not all(isinstance(paragraph, str) for paragraph in body):
            raise BrokenRecord(self._path, f"record {page_id} has no body of paragraphs")
        blocks = tuple(block for block in map(_block, body) if block.text.strip())
        if not blocks:
            raise BrokenRecord(self._path, f"record {page_id} has an empty gold")
        return Gold(blocks=blocks, scope="title out, comments out", origin="human")

    def strays(self) -> Sequence[Broken]:
        """Return ids told twice and pages without gold."""
        twice = [Broken(self._path, f"duplicate id {name}") for name in self._twice]
        pages = sorted((self._folder / "html").glob("*.html.gz"))
        strange = [path for path in pages if path.name not in self._records]
        return twice + [Broken(path, f"page for no gold; {TRUTH} has no {path.name}") for path in strange]


def _block(paragraph: str) -> Block:
    if paragraph.startswith("[") and paragraph.endswith("]"):
        return Block(paragraph[1:-1], required=False)
    return Block(paragraph)


def _moment(text: object) -> datetime | None:
    """Return when a page was captured; the source names no zone, so UTC is taken."""
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
