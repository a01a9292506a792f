"""The files that a page of the built-in format was read from, and where in them something stands."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from bench.corpus import Corpus
from bench.readers.native import Files, Native, numbered, parse_block

_TABLE = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*=""")


class Place(NamedTuple):
    """Where something stands."""

    file: Path
    line: int | None = None
    """From 1; None where it is all of the file, or something that the file lacks."""


class Source:
    """The files of one page.

    Attributes:
        files: their paths.
    """

    def __init__(self, files: Files) -> None:
        self.files = files

    @classmethod
    def of(cls, corpus: Corpus, page_id: str) -> Source | None:
        """Return the files of a page, None where a corpus is not of the built-in format."""
        return cls(corpus.reader.files(page_id)) if isinstance(corpus.reader, Native) else None

    @cached_property
    def blocks(self) -> list[tuple[int, str]]:
        """The gold's blocks as they are written, each with its first line; a mark without text is one."""
        return list(numbered(_read(self.files.gold)))

    @cached_property
    def lines(self) -> list[int]:
        """The first line of each block that the reader makes of the gold."""
        return [line for line, written in self.blocks if parse_block(written)]

    def metadata(self, key: str, table: str = "") -> Place:
        """Return where a name of the metadata, or of a table in it, is given a value; the whole file if nowhere."""
        return Place(self.files.metadata, next((at for at, name, within in self._keys if (name, within) == (key, table)), None))

    def any_metadata(self, key: str) -> Place:
        """Return where a name is given a value in whatever table."""
        return Place(self.files.metadata, next((at for at, name, _ in self._keys if name == key), None))

    def snippet(self, kind: str, text: str, nth: int = 0) -> Place:
        """Return where a snippet of the list `kind` stands, for the nth time; where the list begins if it is not found."""
        begin = self.metadata(kind, "gold")
        if begin.line is None:
            return begin
        end = next((at for at, _, _ in self._keys if at > begin.line), len(self._lines) + 1)
        written = {f'"{json.dumps(text, ensure_ascii=False)[1:-1]}"', f"'{text}'", json.dumps(text)}
        places = [at for at in range(begin.line, end) for one in written for _ in range(self._lines[at - 1].count(one)) if text]
        return Place(begin.file, places[min(nth, len(places) - 1)]) if places else begin

    @cached_property
    def tables(self) -> dict[str, Any]:
        """The metadata as TOML has it, nothing where it can no longer be read."""
        try:
            return tomllib.loads(_read(self.files.metadata))
        except ValueError:
            return {}

    @cached_property
    def _lines(self) -> list[str]:
        return _read(self.files.metadata).split("\n")

    @cached_property
    def _keys(self) -> list[tuple[int, str, str]]:
        """(line, name, table) of every line that gives a name a value, as far as that can be seen without reading TOML."""
        return list(_keys(self._lines))


def _read(path: Path) -> str:
    """A file's text, nothing where it has vanished since the reader read it."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""


def _keys(lines: list[str]) -> Iterator[tuple[int, str, str]]:
    table = ""
    for number, line in enumerate(lines, 1):
        if (header := _TABLE.match(line)) and "," not in line and '"' not in line:
            table = header[1]
        elif found := _KEY.match(line):
            yield number, found[1] or found[2] or found[3], table
