"""What `bench check --fix` does: mends that need no thought, to gold and metadata of the built-in format, never to pages.

Run twice, it finds nothing the second time. A file that is a link, or cannot be read, is left alone.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from bench import files
from bench.checks.marks import is_unspaced
from bench.checks.metadata import LANGUAGE
from bench.checks.subject import shown
from bench.errors import CorpusError
from bench.model import Captured
from bench.page_text import PageText
from bench.readers.native import UNDECIDED, Native, numbered

_MARK = re.compile(rf"~|{UNDECIDED.pattern.rstrip()}")
"""A block's mark on a line of its own, whose space is part of it."""


_BLANK_BEFORE = re.compile(r"\A[ \t\r\n\ufeff]*\ufeff")
"""Blank lines that would leave a byte order mark at the beginning once they are gone."""


class Mend(NamedTuple):
    """One thing mended, or left for its owner to mend."""

    file: Path
    what: str


def mend(reader: Native, page_ids: Iterable[str]) -> Iterator[Mend]:
    """Mend the files of pages, and yield what was mended.

    Raises:
        UsageError: a file cannot be written.
    """
    for page_id in page_ids:
        page, metadata, gold, markdown, _ = reader.files(page_id)
        yield from _rewritten(metadata, partial(mended_metadata, page=page))
        yield from _rewritten(gold, partial(mended_gold, text_of_page=partial(_text_of_page, reader, page_id)))
        yield from _rewritten(markdown, mended_markdown)


def _text_of_page(reader: Native, page_id: str) -> str:
    """A page's visible text; nothing where it cannot be read, which is told as a broken record."""
    try:
        page = reader.page(page_id)
        return shown(PageText.of_page(page, page.html))
    except (CorpusError, OSError, ValueError):
        return ""


def _rewritten(path: Path, change: Callable[[str], tuple[str, list[str]]]) -> Iterator[Mend]:
    if path.is_symlink():
        return
    try:
        before = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return
    after, said = change(before)
    if after != before:
        files.replace(path, after)
    for what in said:
        yield Mend(path, what)


def mended_gold(text: str, text_of_page: Callable[[], str]) -> tuple[str, list[str]]:
    """Return a gold text mended, and what was. The page's visible text decides on a `~` without a space and on NFC."""
    text, said = _plain(_BLANK_BEFORE.sub("\ufeff", text))
    written = text.split("\n")
    lines = [_stripped(line) for line in written]
    if trailing := sum(line != before for line, before in zip(lines, written, strict=True)):
        said.append(f"trailing white space removed ({trailing} line{'s' if trailing > 1 else ''})")
    kept = [line for before, line in pairwise(["", *lines]) if before or line]
    text = "\n".join(kept)
    if text != "\n".join(lines):
        said.append("surplus blank lines removed")
    page = text_of_page() if "~" in text or not unicodedata.is_normalized("NFC", text) else ""
    if not page:
        return text, said
    for number, block in numbered(text):
        if is_unspaced(block, page):
            kept[number - 1] = "~ " + kept[number - 1][1:].lstrip()
            said.append(f"line {number}: `{block.split()[0]}` is optional now")
    text = "\n".join(kept)
    composed = "".join(_composed(word, page) for word in re.split(r"(\s+)", text))
    if composed != text:
        said.append("written in Unicode's NFC, as the page is")
    return composed, said


def _composed(word: str, page: str) -> str:
    """A word in NFC if the page has it so, and not as it is."""
    composed = unicodedata.normalize("NFC", word)
    return composed if composed in page and word not in page else word


def _stripped(line: str) -> str:
    stripped = line.rstrip(" \t")
    return stripped + " " if line.startswith(stripped + " ") and _MARK.fullmatch(stripped) else stripped


def mended_markdown(text: str) -> tuple[str, list[str]]:
    """Return a gold in Markdown mended, and what was; white space means something there and stays."""
    return _plain(text)


def _plain(text: str) -> tuple[str, list[str]]:
    """A text without byte order mark and carriage returns, that ends in a newline unless it is empty."""
    said = []
    if text.startswith("\ufeff"):
        text = text.lstrip("\ufeff")
        said.append("byte order mark removed")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        said.append("line ends written as \\n")
    if text and not text.endswith("\n"):
        text += "\n"
        said.append("final newline added")
    return text, said


def mended_metadata(text: str, page: Path) -> tuple[str, list[str]]:
    """Return a page's metadata mended, comments and order as they were, and what was."""
    said = []
    if text.startswith("\ufeff"):
        text = text.lstrip("\ufeff")
        said.append("byte order mark removed")
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError):  # told as a broken record
        return text, said
    edits = _edit(table, page)
    if not edits:
        return text, said
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        _edit(document, page)
        edited = tomlkit.dumps(document)
        if tomllib.loads(edited) == table:
            return edited, said + edits
    except (TOMLKitError, ValueError, TypeError, RecursionError):
        pass
    return text, [*said, f"not mended, since a program cannot edit it safely; do by hand: {'; '.join(edits)}"]


def _edit(table: MutableMapping[str, Any], page: Path) -> list[str]:
    """Edit metadata in place, as Python's or tomlkit's tables alike, and return what was done."""
    said = []
    language, tags, gold = table.get("language"), table.get("tags"), table.get("gold")
    if isinstance(language, str) and (cased := _cased(language)) != language:
        table["language"] = cased
        said.append(f"language {language} is written {cased}")
    if isinstance(tags, list):
        said += [f"tag {tag!r} stood twice" for tag in _once(tags)]
    for kind in ("keep", "drop"):
        snippets = gold.get(kind) if isinstance(gold, MutableMapping) else None
        if isinstance(snippets, list):
            said += [f"`{kind}`: white space drawn together in {snippet!r}" for snippet in _drawn_together(snippets)]
            said += [f"`{kind}`: {snippet!r} stood twice" for snippet in _once(snippets)]
    if "sha256" not in table:
        try:
            table["sha256"] = hashlib.sha256(Captured(page).read()).hexdigest()
        except (OSError, ValueError):  # told as a broken record
            return said
        said.append("`sha256` of the page written")
    return said


def _cased(tag: str) -> str:
    """A language tag in the case that RFC 5646, section 2.1.1, recommends; what is no tag stays."""
    if not LANGUAGE.fullmatch(tag):
        return tag
    first, *others = tag.lower().split("-")
    said, private = [first], len(first) == 1
    for part in others:
        private = private or len(part) == 1
        said.append(part if private else part.upper() if len(part) == 2 else part.title() if _is_script(part) else part)
    return "-".join(said)


def _is_script(part: str) -> bool:
    return len(part) == 4 and part.isalpha()


def _drawn_together(snippets: list[Any]) -> Iterator[str]:
    """Draw white space together in place; yield what was changed. A blank snippet stays: it is an error, and told."""
    for number, snippet in enumerate(snippets):
        together = " ".join(snippet.split()) if isinstance(snippet, str) else ""
        if together and together != snippet:
            snippets[number] = together
            yield together


def _once(texts: list[Any]) -> Iterator[str]:
    """Remove in place what stands again in a list; yield it."""
    seen: set[str] = set()
    number = 0
    while number < len(texts):
        text = texts[number]
        if isinstance(text, str) and text in seen:
            yield str(text)
            del texts[number]
            continue
        if isinstance(text, str):
            seen.add(str(text))
        number += 1
