"""Our own format: `corpus/<id>.html` (bytes), `corpus/<id>.toml` (metadata), `gold/<id>.txt` (main text), `gold/<id>.md`.

Gold text is UTF-8, its blocks apart by blank lines; a block that starts with `~ ` is optional. One that starts with `?58% ` is
a draft's: 58 in 100 extractors kept it and nobody has decided. A required block that begins like either, or with a backslash,
is written with a backslash before it. The Markdown, where a page has one, holds the required blocks with their structure.
Everything else about the gold stands in the metadata's `[gold]` table: `empty = true` there says that no text is the right
answer, `origin = "draft"` that nobody has looked at it. A draft is no gold yet: it is told as a broken record.

`corpus/REMOVED.toml` names pages that were taken out: when, why, and the digest of their bytes.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from bench.corpus import Broken, BrokenRecord, site_of
from bench.encoding import codec_for
from bench.errors import UsageError
from bench.model import Block, Captured, Gold, Page

LAYOUT = "corpus/*.html beside gold/*.txt"

ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
DRAFT = "draft"
"""The origin of a gold that nobody has looked at."""
REMOVED = "REMOVED.toml"
"""File of tombstones in `corpus/`; no page's, since ids are lower case."""
UNDECIDED = re.compile(r"\?(?P<share>\d{1,3})% ")
"""How a block begins that a person has to decide on."""
_MARKED = re.compile(rf"~ |\\|{UNDECIDED.pattern}")
_UNREADABLE = object()
_PAGE_FIELDS = {"encoding", "url", "language", "kind", "site", "captured_at", "licence", "split", "tags"}
_CAPTURED = {
    "agent", "canonical", "charset", "content_type", "licence_found", "page_charset", "record", "redirects", "requested_url",
    "response_sha256", "robots", "source", "status",
}  # fmt: skip
"""What `bench add` knows of a page besides."""
FIELDS = frozenset({*_PAGE_FIELDS, *_CAPTURED, "provenance", "sha256"})
"""Names that a page's metadata has, above its `[gold]` table."""
GOLD_FIELDS = frozenset({"authors", "date", "drop", "empty", "keep", "origin", "scope", "title"})
"""Names that its `[gold]` table has."""
KINDS = (
    "abstract", "blog", "documentation", "encyclopedia", "forum", "interview", "job", "legal", "listing", "liveblog", "news",
    "press", "product", "recipe", "service",
)  # fmt: skip
"""Kinds of page that docs/guideline.md has rules for. A corpus may have others."""
_LINE = re.compile(r"\(at line (\d+)")


class Files(NamedTuple):
    """Where a page's files are, there or not; only the first three must be."""

    page: Path
    metadata: Path
    gold: Path
    markdown: Path
    response: Path
    """Of a page that a browser rendered: what the server sent."""

    @classmethod
    def of(cls, root: Path, page_id: str) -> Files:
        """Return those of a page."""
        corpus, gold = root / "corpus", root / "gold"
        page = (corpus / f"{page_id}.html", corpus / f"{page_id}.toml", gold / f"{page_id}.txt", gold / f"{page_id}.md")
        return cls(*page, corpus / f"{page_id}.response")


def open_corpus(root: Path, split: str | None) -> Native | None:
    """Return a reader when the folder holds `corpus` and `gold`, else None."""
    if not (root / "corpus").is_dir() or not (root / "gold").is_dir():
        return None
    return Native(root, split)


def numbered(text: str) -> Iterator[tuple[int, str]]:
    """Yield the blocks of a gold text as they are written, marks and all, each with the number of its first line."""
    lines = text.replace("\r\n", "\n").split("\n")
    begun = 0
    for number, line in enumerate([*lines, ""]):
        if line.strip(" \t"):
            continue
        if (block := "\n".join(lines[begun:number])).strip():
            yield begun + 1, block
        begun = number + 1


def parse_block(written: str) -> Block | None:
    """Return the block that is written so, None for a mark without text."""
    if written.startswith("~ "):
        return Block(written[2:], required=False) if written[2:].strip() else None
    return Block(written.removeprefix("\\"))


def parse_blocks(text: str) -> tuple[Block, ...]:
    """Return the blocks of a gold text; the inverse of `format_blocks` but for surplus blank lines."""
    return tuple(block for _, written in numbered(text) if (block := parse_block(written)))


def format_blocks(blocks: Sequence[Block]) -> str:
    """Return the gold text of blocks, as `gold/<id>.txt` holds it."""
    marked = []
    for block in blocks:
        mark = "~ " if not block.required else "\\" if _MARKED.match(block.text) else ""
        marked.append(mark + block.text)
    return "\n\n".join(marked) + ("\n" if marked else "")


class Native:
    """A native corpus; see the module."""

    def __init__(self, root: Path, split: str | None) -> None:
        self.root = root
        self._ids = sorted(_stems(root / "corpus", ".html"))
        self._all = self._ids
        if split is not None:
            said = {page_id: self._split_of(page_id) for page_id in self._ids}
            if split not in said.values():
                raise UsageError(f"{root}: no page is in split {split!r}")
            self._ids = [page_id for page_id in self._ids if said[page_id] in (split, _UNREADABLE)]

    def _split_of(self, page_id: str) -> object:
        """The split that a page says; `_UNREADABLE` when it cannot be told, which is reported when the page is used."""
        try:
            return _text(self.files(page_id).metadata, self._metadata(page_id), "split")
        except BrokenRecord:
            return _UNREADABLE

    def ids(self) -> Sequence[str]:
        """Return the ids of all pages."""
        return self._ids

    def files(self, page_id: str) -> Files:
        """Return where a page's files are, whether they are there or not."""
        return Files.of(self.root, page_id)

    def _metadata(self, page_id: str) -> dict[str, Any]:
        path = self.files(page_id).metadata
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise BrokenRecord(path, "missing metadata; write url, language, kind, licence, provenance and sha256") from None
        except (OSError, ValueError, RecursionError) as problem:
            at = _LINE.search(str(problem))
            raise BrokenRecord(path, f"unreadable TOML: {problem}", int(at[1]) if at else None) from None

    def page(self, page_id: str) -> Page:
        """Return a page with its metadata."""
        if not ID.fullmatch(page_id):
            raise BrokenRecord(self.files(page_id).page, f"its name is no id; ids match {ID.pattern}")
        metadata = self._metadata(page_id)
        path = self.files(page_id).metadata
        url, encoding = _text(path, metadata, "url"), _text(path, metadata, "encoding")
        if encoding is not None and codec_for(encoding) is None:
            reason = f"`encoding` {encoding!r} is no encoding of the web; leave it out to let the page say"
            raise BrokenRecord(path, reason, key="encoding")
        return Page(
            id=page_id,
            captured=Captured(self.files(page_id).page),
            encoding=encoding,
            url=url,
            language=_text(path, metadata, "language"),
            kind=_text(path, metadata, "kind"),
            site=_text(path, metadata, "site") or site_of(url) or page_id,
            captured_at=_moment(path, metadata, "captured_at"),
            licence=_text(path, metadata, "licence"),
            split=_text(path, metadata, "split"),
            tags=_texts(path, metadata, "tags"),
            extra={name: value for name, value in metadata.items() if name not in _PAGE_FIELDS and name != "gold"},
        )

    def gold(self, page_id: str) -> Gold:
        """Return a page's gold."""
        files = self.files(page_id)
        where, path = files.metadata, files.gold
        text = self._gold_text(path)
        if text is None:
            raise BrokenRecord(path, "missing gold")
        settle = f"settle the draft (bench annotate {page_id})"
        for line, written in numbered(text):
            if undecided := UNDECIDED.match(written):
                raise BrokenRecord(path, f"{undecided[0]}is a block that nobody has decided on; {settle}", line, draft=True)
        blocks = parse_blocks(text)
        about = self._metadata(page_id).get("gold", {})
        if not isinstance(about, dict):
            raise BrokenRecord(where, "`gold` must be a table: [gold]", key="gold")
        empty = about.get("empty", False)
        if not blocks and empty is not True:
            raise BrokenRecord(path, "empty gold; if nothing is the right answer, say `empty = true` under [gold] in its .toml")
        if blocks and empty:
            raise BrokenRecord(where, "says `empty = true`, but its gold holds text", key="empty")
        if about.get("origin") == DRAFT:
            raise BrokenRecord(where, f"its gold is a draft that nobody has looked at; {settle}", key="origin", draft=True)
        stated = about.get("date")
        return Gold(
            blocks=blocks,
            keep=_texts(where, about, "keep"),
            drop=_texts(where, about, "drop"),
            title=_text(where, about, "title"),
            authors=_texts(where, about, "authors"),
            date=stated.isoformat() if isinstance(stated, date) else _text(where, about, "date"),
            markdown=self._gold_text(files.markdown) or None,
            scope=_text(where, about, "scope"),
            origin=_text(where, about, "origin"),
        )

    def _gold_text(self, path: Path) -> str | None:
        """A file of gold, None when it is not there."""
        try:
            return path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as problem:
            raise BrokenRecord(path, f"cannot be read as UTF-8: {problem}") from None

    def strays(self) -> Sequence[Broken]:
        """Return gold and metadata files that belong to no page."""
        pages = {*self._all, REMOVED.removesuffix(".toml")}
        return [
            Broken(folder / f"{stem}{suffix}", f"{what} for no page; there is no corpus/{stem}.html")
            for what, folder, suffix in (
                ("gold", self.root / "gold", ".txt"),
                ("Markdown gold", self.root / "gold", ".md"),
                ("metadata", self.root / "corpus", ".toml"),
            )
            for stem in sorted(stem for stem in _stems(folder, suffix) if stem not in pages)
        ]


def _stems(folder: Path, suffix: str) -> Iterator[str]:
    """Yield the names of a folder's files that end so, without that end; one at a time, for folders of any size."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(suffix):
                yield entry.name.removesuffix(suffix)


def _text(path: Path, table: Mapping[str, Any], name: str) -> str | None:
    value = table.get(name)
    if value is not None and not isinstance(value, str):
        raise BrokenRecord(path, f"`{name}` must be a text", key=name)
    return value or None


def _texts(path: Path, table: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = table.get(name, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise BrokenRecord(path, f"`{name}` must be a list of texts", key=name)
    return tuple(value)


def _moment(path: Path, table: Mapping[str, Any], name: str) -> datetime | None:
    value = table.get(name)
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise BrokenRecord(path, f"`{name}` must be a moment: 2026-01-31T12:00:00Z", key=name)
    return value if value.tzinfo else value.replace(tzinfo=UTC)
