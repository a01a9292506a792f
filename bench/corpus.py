"""A corpus at hand: every record tried once, broken ones listed, the rest indexed by number and digest.

Pages and golds are read again when they are needed, so a corpus of any size costs an index in memory and no more.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, overload

from bench import plugins
from bench.errors import CorpusError, UsageError
from bench.model import Gold, Page, digest

if TYPE_CHECKING:
    from bench.store import Store


@dataclass(frozen=True, slots=True)
class Broken:
    """A record or file that cannot be used, and why."""

    file: Path
    reason: str
    page_id: str | None = None
    """The record's; None for a file that belongs to none."""
    line: int | None = None
    """Where in the file, from 1, if it is known."""
    key: str | None = None
    """Name of the page's metadata that is at fault, if it is one."""
    draft: bool = False
    """Whether nothing is wrong but that nobody has settled it yet."""

    def __str__(self) -> str:
        return f"{self.file}: {self.reason}" if self.line is None else f"{self.file}:{self.line}: {self.reason}"


class Reader(Protocol):
    """A corpus on disk in one format. Made by a reader module's `open_corpus(root, split)`, None when it is not its format.

    The module's `LAYOUT` says in one line what it looks for.
    """

    def ids(self) -> Sequence[str]:
        """Return the ids of all records, sorted."""

    def page(self, page_id: str) -> Page:
        """Return the page of a record. Raises CorpusError naming file, place and mend."""

    def gold(self, page_id: str) -> Gold:
        """Return the gold of a record. Raises CorpusError naming file, place and mend."""

    def strays(self) -> Sequence[Broken]:
        """Return what belongs to no record (gold for no page, an id told twice ...)."""


def members(path: Path) -> list[tuple[str, Any]]:
    """Return the members of a JSON file's object in order, one told twice as often as it is told.

    Raises:
        CorpusError: the file is not JSON, or no object.
    """
    last: list[tuple[str, Any]] = []

    def remember(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        last[:] = pairs  # called for the outermost object last
        return dict(pairs)

    try:
        table = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=remember)
    except (OSError, ValueError, RecursionError) as problem:
        raise CorpusError(f"{path}: unreadable JSON: {problem}") from None
    if not isinstance(table, dict):
        raise CorpusError(f"{path}: must be an object of records by id")
    return last


def told_twice(members: Sequence[tuple[str, Any]]) -> list[str]:
    """Return the names that stand more than once, sorted."""
    return sorted(name for name, times in Counter(name for name, _ in members).items() if times > 1)


class BrokenRecord(CorpusError):  # noqa: N818 - what is broken is the record
    """One record cannot be used; carries the file apart from the reason."""

    def __init__(
        self, file: Path, reason: str, line: int | None = None, *, key: str | None = None, draft: bool = False
    ) -> None:
        self.broken = Broken(file, reason, line=line, key=key, draft=draft)
        super().__init__(str(self.broken))


@dataclass(frozen=True, slots=True)
class Facts:
    """What slices and intervals need of a page, without the page. Values of few kinds are shared, so this stays small."""

    id: str
    site: str
    kind: str | None
    language: str | None
    split: str | None
    tags: tuple[str, ...]


class Keys(Sequence[bytes]):
    """Digests of 32 bytes, packed: half the memory of a list of them."""

    def __init__(self) -> None:
        self._packed = bytearray()

    def append(self, key: bytes) -> None:
        """Add a key at the end."""
        self._packed += key

    def __len__(self) -> int:
        return len(self._packed) // 32

    @overload
    def __getitem__(self, number: int) -> bytes: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[bytes]: ...
    def __getitem__(self, number: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        if not -len(self) <= number < len(self):
            raise IndexError(number)
        start = number % len(self) * 32
        return bytes(self._packed[start : start + 32])


@dataclass(frozen=True)
class Corpus:
    """An indexed corpus. Page number n is the n-th of `facts`, in order of id.

    Attributes:
        name: the folder's name, or `builtin`.
        digest: sha256 over every page's bytes, gold, id, site, kind, language, split and tags, in hex: whatever can move a
            number of a table.
        broken: records left out.
        only: the patterns of ids that chose its pages; none for all.
    """

    name: str
    root: Path
    format: str
    split: str | None
    reader: Reader
    facts: Sequence[Facts]
    page_keys: Keys
    subjects: Keys
    digest: str
    broken: Sequence[Broken]
    only: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.facts)

    def page(self, number: int) -> Page:
        """Return page number n as its record is now. Raises CorpusError when that has vanished."""
        return self.reader.page(self.facts[number].id)

    def read(self, number: int) -> tuple[Page, bytes]:
        """Return page number n and its bytes. Raises CorpusError when they have vanished or changed since it was indexed."""
        page = self.page(number)
        try:
            html = page.html
        except (OSError, ValueError) as problem:
            raise BrokenRecord(page.captured.path, f"vanished or damaged since it was indexed: {problem}") from None
        if page.key(hashlib.sha256(html).digest()) != self.page_keys[number]:
            raise BrokenRecord(page.captured.path, "changed since it was indexed; the next run takes it as it is now")
        return page, html

    def gold(self, number: int) -> Gold:
        """Return the gold of page number n. Raises CorpusError when it has vanished or changed since it was indexed."""
        gold = self.reader.gold(self.facts[number].id)
        if _subject(self.page_keys[number], gold) != self.subjects[number]:
            raise CorpusError(f"{self.root}: the gold of {self.facts[number].id} changed meanwhile; run the same command again")
        return gold

    def wanted(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Yield (number, page key, subject) of every page, for `Store.want`."""
        return ((number, self.page_keys[number], self.subjects[number]) for number in range(len(self)))

    def number(self, page_id: str) -> int | None:
        """Return the number of the page with this id, None when there is none."""
        from bisect import bisect_left

        number = bisect_left(self.facts, page_id, key=lambda facts: facts.id)
        return number if number < len(self) and self.facts[number].id == page_id else None


def builtin() -> Path:
    """Return the folder of the built-in corpus: the repository's own, or the copy inside the installed package."""
    here = Path(__file__).parent
    inside = here / "builtin"
    return inside if inside.is_dir() else here.parent


def recognise(root: Path, split: str | None = None) -> tuple[str, Reader]:
    """Return the name of a folder's format and a reader for it.

    Raises:
        UsageError: there is no such folder, or no reader knows its layout; says what was looked for.
    """
    if not root.is_dir():
        raise UsageError(f"{root}: no such folder")
    looked_for = []
    for name in plugins.names("readers"):
        module = plugins.load("readers", name)
        reader: Reader | None = module.open_corpus(root, split)
        if reader is not None:
            return name, reader
        looked_for.append(f"{name} ({module.LAYOUT})")
    raise UsageError(f"{root}: not a corpus; looked for {'; '.join(looked_for)}")


def load(root: Path, store: Store, *, split: str | None = None, only: Sequence[str] = ()) -> Corpus:
    """Index a corpus.

    Args:
        root: its folder.
        store: remembers digests of page files, so that an unchanged corpus is not read again.
        split: for corpora that have several.
        only: glob patterns of ids; none means all.

    Raises:
        UsageError: not a corpus, or the split does not exist.
    """
    from fnmatch import fnmatchcase

    format_name, reader = recognise(root, split)
    broken = [one for one in reader.strays() if not only or any(fnmatchcase(one.file.stem, pattern) for pattern in only)]
    facts, page_keys, subjects = [], Keys(), Keys()
    shared: dict[object, object] = {}
    total = hashlib.sha256()
    for page_id in reader.ids():
        if only and not any(fnmatchcase(page_id, pattern) for pattern in only):
            continue
        try:
            page, gold = reader.page(page_id), reader.gold(page_id)
            page_key = page.key(_digest(page, store))
        except BrokenRecord as record:
            broken.append(replace(record.broken, page_id=page_id))
            continue
        subject = _subject(page_key, gold)
        total.update(subject + digest([page.id, page.site, page.kind, page.language, page.split, page.tags]))
        known = [shared.setdefault(value, value) for value in (page.site, page.kind, page.language, page.split, page.tags)]
        facts.append(Facts(page.id, *known))  # type: ignore[arg-type] # the values' own types, passed through a cache
        page_keys.append(page_key)
        subjects.append(subject)
    store.commit()
    name = "builtin" if root == builtin() else root.resolve().name
    return Corpus(name, root, format_name, split, reader, facts, page_keys, subjects, total.hexdigest(), broken, only)


def alone(page: Page) -> Corpus:
    """Return a corpus of one page that has no gold yet. Raises OSError or ValueError like `Captured.read`."""
    gold = Gold()
    page_key = page.key(hashlib.sha256(page.html).digest())
    keys, subjects = Keys(), Keys()
    keys.append(page_key)
    subjects.append(_subject(page_key, gold))
    facts = [Facts(page.id, page.site or page.id, page.kind, page.language, page.split, page.tags)]
    root = page.captured.path.parent
    return Corpus(page.id, root, "page", None, _Alone(page, gold), facts, keys, subjects, subjects[0].hex(), [])


@dataclass(frozen=True, slots=True)
class _Alone:
    """The reader of one page."""

    one: Page
    none: Gold

    def ids(self) -> Sequence[str]:
        return [self.one.id]

    def page(self, page_id: str) -> Page:  # noqa: ARG002 - there is no other
        return self.one

    def gold(self, page_id: str) -> Gold:  # noqa: ARG002 - there is none
        return self.none

    def strays(self) -> Sequence[Broken]:
        return []


def _subject(page_key: bytes, gold: Gold) -> bytes:
    """What counts are about, besides an output: a page with its gold."""
    return hashlib.sha256(page_key + gold.key()).digest()


def _digest(page: Page, store: Store) -> bytes:
    """The sha256 of a page's bytes, from memory when its file has not changed."""
    try:
        stamp = page.captured.stamp()
        known = store.page_digest(stamp)
        if known is None:
            known = hashlib.sha256(page.html).digest()
            store.put_page_digest(stamp, known)
    except FileNotFoundError:
        raise BrokenRecord(page.captured.path, "missing page") from None
    except (OSError, ValueError) as problem:
        raise BrokenRecord(page.captured.path, f"cannot be read: {problem}") from None
    expected = page.extra.get("sha256")
    if expected is not None and str(expected).lower() != known.hex():
        raise BrokenRecord(
            page.captured.path,
            f"its bytes have sha256 {known.hex()[:12]}..., its metadata says {str(expected)[:12]}...; restore the page",
            key="sha256",
        )
    return known


def site_of(url: str | None) -> str | None:
    """Return the registrable domain of a url (`news.example.co.uk` is `example.co.uk`), None when there is none.

    The public suffix list is the one inside the `publicsuffixlist` package; nothing is fetched.
    """
    from ipaddress import ip_address
    from urllib.parse import urlsplit

    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        return None
    if not host:
        return None
    try:
        ip_address(host)
    except ValueError:
        pass
    else:
        return host  # an address has no registrable part
    return _suffixes().privatesuffix(host) or host


def _suffixes() -> _Suffixes:
    global _known_suffixes  # noqa: PLW0603 - a cache: the list takes 50 ms to build
    if _known_suffixes is None:
        from publicsuffixlist import PublicSuffixList

        _known_suffixes = PublicSuffixList()
    return _known_suffixes


class _Suffixes(Protocol):
    def privatesuffix(self, domain: str) -> str | None: ...


_known_suffixes: _Suffixes | None = None
