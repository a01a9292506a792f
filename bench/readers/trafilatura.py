"""The layout of adbar/trafilatura's own evaluation: `tests/evaldata.json`, pages in `tests/cache` and `tests/eval`.

No whole text is known of any page, only snippets to keep and snippets to drop, so metrics of whole texts do not apply.

A page's id is its file's name without `.html`: unique, and what names a page where upstream's keys do not (36 of the 990 are
marks like `hard::`, not addresses). Pages are bytes as captured, in whatever encoding: nothing is forced.

Upstream's `region` is the publisher's country, which does not settle the language (two German pages are English), so no
language is stated. HTML files that no record names are no fault: upstream's unit tests share the folders.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from bench.corpus import Broken, BrokenRecord, members, site_of
from bench.errors import UsageError
from bench.model import Captured, Gold, Page

LAYOUT = "evaldata.json beside cache/ or eval/, in the folder itself or in its tests/"

_URL = re.compile(r"https?://\S+")
_ARCHIVE = re.compile(r"https?://web\.archive\.org/web/\w+/(https?://)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def open_corpus(root: Path, split: str | None) -> Trafilatura | None:
    """Return a reader when the folder has that layout, else None.

    Raises:
        UsageError: a split was asked for; the set has none.
    """
    for folder in (root, root / "tests"):
        if (folder / "evaldata.json").is_file() and any((folder / part).is_dir() for part in ("cache", "eval")):
            if split is not None:
                raise UsageError(f"{root}: this set has no splits; leave --split out")
            return Trafilatura(folder)
    return None


class Trafilatura:
    """A corpus of trafilatura's evaluation; see the module."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "evaldata.json"
        self._keys: dict[str, str] = {}
        self._records: dict[str, Any] = {}
        self._twice: list[Broken] = []
        for key, record in members(self._path):
            file = record.get("file") if isinstance(record, dict) else None
            page_id = (file.removesuffix(".html") if isinstance(file, str) else "") or key
            if page_id in self._keys:
                self._twice.append(Broken(self._path, f"duplicate id {page_id}: told by {self._keys[page_id]!r} and {key!r}"))
            else:
                self._keys[page_id], self._records[page_id] = key, record

    def ids(self) -> Sequence[str]:
        """Return the ids of all records."""
        return sorted(self._records)

    def _record(self, page_id: str) -> dict[str, Any]:
        record = self._records[page_id]
        if not isinstance(record, dict):
            raise self._broken(page_id, "must be an object with file, with and without")
        file = record.get("file")
        if not isinstance(file, str) or Path(file).name != file or file in ("", ".", ".."):
            raise self._broken(page_id, "`file` must be a plain file name")
        return record

    def _broken(self, page_id: str, reason: str) -> BrokenRecord:
        return BrokenRecord(self._path, f"record {self._keys[page_id]!r}: {reason}")

    def page(self, page_id: str) -> Page:
        """Return a page, from `cache` where it is in both folders, as upstream does."""
        record = self._record(page_id)
        file, key = record["file"], self._keys[page_id]
        address = _URL.search(key)
        url = address[0] if address else None
        # Licence and region are swapped in some records; every licence that is named is a Creative Commons one.
        licences = [value.strip() for value in (record.get("license"), record.get("region")) if isinstance(value, str)]
        taken = ("file", "with", "without", "title", "author")
        return Page(
            id=page_id,
            captured=Captured(self._file(file)),
            url=url,
            site=_site(url) or self._site_of_name(page_id),
            licence=next((licence for licence in licences if licence.startswith("CC")), None),
            extra={"key": key, **{name: value for name, value in record.items() if name not in taken and value}},
        )

    def _file(self, name: str) -> Path:
        cached = self._folder / "cache" / name
        try:
            there = cached.is_file()
        except OSError:  # no name that a disk takes; said when the page is read
            there = False
        return cached if there else self._folder / "eval" / name

    def _site_of_name(self, page_id: str) -> str:
        """The site of a page without an address: files are named after it, so one that other pages are of; else itself."""
        return next((site for site in self._sites if page_id.startswith((f"{site}.", f"{site}-"))), page_id)

    @cached_property
    def _sites(self) -> list[str]:
        addresses = (_URL.search(key) for key in self._keys.values())
        return sorted({site for address in addresses if address and (site := _site(address[0]))})

    def gold(self, page_id: str) -> Gold:
        """Return a page's gold: snippets only."""
        record = self._record(page_id)
        keep, drop = self._snippets(page_id, "with"), self._snippets(page_id, "without")
        for snippet in drop:
            if any(_spaced(snippet) in _spaced(whole) for whole in keep):
                raise self._broken(page_id, f"{snippet[:60]!r} of `without` stands inside `with`; it cannot be both")
        title, author, day = record.get("title"), record.get("author"), record.get("date")
        authors = author if isinstance(author, list) else [author]
        return Gold(
            keep=keep,
            drop=drop,
            title=title if isinstance(title, str) and title.strip() else None,
            authors=tuple(one for one in authors if isinstance(one, str) and one.strip()),
            date=day if _is_day(day) else None,
            scope="comments out",
            origin="human",
            snippets_only=True,
        )

    def _snippets(self, page_id: str, name: str) -> tuple[str, ...]:
        """The snippets of one kind, held to what upstream holds them to (its `validate`)."""
        value = self._record(page_id).get(name)
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            raise self._broken(page_id, f"`{name}` must be a list of texts that are not blank")
        if not value:
            raise self._broken(page_id, f"`{name}` is empty")
        if len({_spaced(one) for one in value}) < len(value):
            raise self._broken(page_id, f"`{name}` holds a text twice")
        return tuple(value)

    def strays(self) -> Sequence[Broken]:
        """Return records of a page that has one already."""
        return self._twice


def _site(url: str | None) -> str | None:
    """The site of a page; of one that a web archive kept, the site that it was kept from."""
    return site_of(_ARCHIVE.sub("http://", url, count=1)) if url else None


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _is_day(value: object) -> bool:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
