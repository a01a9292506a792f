"""What a table was asked for, as plain data that travels with it: enough for `bench reproduce` to ask again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeVar

from bench import __version__
from bench.errors import UsageError

if TYPE_CHECKING:
    from bench.corpus import Corpus
    from bench.history import Entry

MARK = "bench "
"""What a request begins with in a comment."""
_Record = TypeVar("_Record", "AskedRow", "AskedCorpus", "Request")


@dataclass(frozen=True, slots=True)
class AskedRow:
    """An extractor, and the identity that its outputs were stored under."""

    name: str
    version: str
    settings: str
    run: str | None
    """Reference to the run that it was taken from, where one was named."""
    key: str
    identity: Mapping[str, Any]

    @property
    def label(self) -> str:
        """Name, version and settings."""
        return " ".join(part for part in (self.name, self.version, self.settings) if part)


@dataclass(frozen=True, slots=True)
class AskedCorpus:
    """The pages; `only` are the patterns of ids that chose them."""

    name: str
    digest: str
    split: str | None
    only: Sequence[str]
    pages: int


@dataclass(frozen=True, slots=True)
class Request:
    """A table's question: the command with its options, and what it was asked of.

    Attributes:
        bench: version that answered.
        command: one that makes tables (`bench table`).
        options: all that it takes to say what is in the table, defaults written out.
        signatures: of the metrics.
    """

    bench: str
    command: str
    options: Mapping[str, Any]
    corpus: AskedCorpus
    rows: Sequence[AskedRow]
    signatures: Sequence[str] = ()

    @property
    def comment(self) -> str:
        """The request in one line of ASCII that no comment's end can occur in, whether HTML's or TeX's."""
        text = json.dumps(asdict(self), separators=(",", ":"), allow_nan=False)
        return MARK + text.replace("<", "\\u003c").replace(">", "\\u003e")  # such characters stand in strings only


def asked(command: str, options: Mapping[str, Any], corpus: Corpus, rows: Sequence[Entry]) -> Request:
    """Return the request for a table of these rows."""
    return Request(
        bench=__version__,
        command=command,
        options=options,
        corpus=AskedCorpus(corpus.name, corpus.digest, corpus.split, list(corpus.only), len(corpus)),
        rows=[
            AskedRow(one.name, one.version, one.settings, row.run, one.key.hex(), one.identity)
            for row in rows
            for one in [row.extractor]
        ],
    )


_TYPES: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(("bench", "command", "name", "version", "settings", "key", "digest"), (str,)),
    **dict.fromkeys(("split", "run"), (str, NoneType)),
    **dict.fromkeys(("options", "corpus", "identity"), (dict,)),
    **dict.fromkeys(("rows", "signatures", "only"), (list,)),
    "pages": (int,),
}
_WORDS = {str: "a text", NoneType: "null", dict: "an object", list: "a list", int: "a number"}


def parse(data: object) -> Request:
    """Return the request that a file carries, given as JSON gave it.

    Raises:
        UsageError: it is not one; names the member that is wrong.
    """
    members = _checked(Request, data, "request")
    members["corpus"] = AskedCorpus(**_checked(AskedCorpus, members["corpus"], "request.corpus"))
    rows = [_checked(AskedRow, row, f"request.rows[{place}]") for place, row in enumerate(members["rows"])]
    members["rows"] = [AskedRow(**row) for row in rows]
    for place, texts in (("signatures", members["signatures"]), ("corpus.only", members["corpus"].only)):
        if not all(isinstance(text, str) for text in texts):
            raise UsageError(f"request.{place} must be a list of texts")
    if not members["rows"]:
        raise UsageError("request.rows is empty")
    return Request(**members)


def _checked(record: type[_Record], data: object, place: str) -> dict[str, Any]:
    """The members of a record, each of its type; what else there is comes of another bench, and is left."""
    if not isinstance(data, dict):
        raise UsageError(f"{place} must be an object")
    members = {}
    for name in (field.name for field in fields(record)):
        if name not in data or not isinstance(data[name], _TYPES[name]):
            raise UsageError(f"{place}.{name} must be {' or '.join(_WORDS[kind] for kind in _TYPES[name])}")
        members[name] = data[name]
    return members
