"""What a corpus is made of, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.census import FEW, Census, Part, shown
from bench.present import Grid, number, over
from bench.text import plain

_TITLES = {"kind": "kind", "language": "language", "tag": "tag", "site": "site", "split": "split"}


@dataclass(frozen=True, slots=True)
class Composition:
    """A census as a view; see `bench.present.View`.

    Args:
        census: the counts.
        corpus: facts of the corpus.
        fields: which of them are shown.
    """

    census: Census
    corpus: Mapping[str, Any]
    fields: Sequence[str]

    @property
    def manifest(self) -> None:
        """None: nothing was run."""

    @property
    def request(self) -> None:
        """None: a count cannot be asked for by rows."""

    def grids(self, *, wide: bool) -> Sequence[Grid]:  # noqa: ARG002 - the same for both
        """Return a table for each field, and kinds by languages where both are shown."""
        found = [self._grid(field) for field in self.fields]
        return [*found, self._cross()] if {"kind", "language"} <= set(self.fields) else found

    def _grid(self, field: str) -> Grid:
        parts = self.census.parts[field]
        rows = [_cells(part) for part in parts]
        thin = frozenset(place for place, part in enumerate(parts) if part.thin)
        whole = [_cells(self.census.whole)] if self.census.whole.name else []
        headers = [_TITLES[field], "pages", "sites", "words", "required", "optional", "rank"]
        return Grid(headers, [rows, whole], frozenset(range(1, 6)), dim=thin)

    def _cross(self) -> Grid:
        languages = [part.name for part in self.census.parts["language"]]
        rows = [
            [plain(kind.name), *(str(self.census.cross[kind.name, language] or "") for language in languages)]
            for kind in self.census.parts["kind"]
        ]
        return Grid(["kind", *map(plain, languages)], [rows], frozenset(range(1, len(languages) + 1)))

    def captions(self, *, wide: bool) -> Sequence[str]:  # noqa: ARG002 - the same for both
        """Return what was counted and how to read it."""
        thin = {field: sum(part.thin for part in self.census.parts[field]) for field in self.fields}
        told = ", ".join(f"{count} of {len(self.census.parts[field])} by {field}" for field, count in thin.items() if count)
        return [
            f"{over(self.corpus)}; {self.census.markdown} with Markdown gold, {self.census.empty} with empty gold",
            "words: of required gold; required, optional: share of the page's visible words; all of the median page",
            f"thin: under {FEW} pages, shown in tables but not ranked" + (f"; {told}" if told else "; none"),
            f"corpus:{self.corpus['digest'][:12]}",
        ]

    def records(self) -> Sequence[Mapping[str, Any]]:
        """Return a record for each value of each field."""
        return [{"field": field, **shown(part)} for field in self.fields for part in self.census.parts[field]]

    def body(self) -> Mapping[str, Any]:
        """Return everything."""
        return {
            "corpus": dict(self.corpus),
            "whole": shown(self.census.whole),
            "parts": {field: [shown(part) for part in self.census.parts[field]] for field in self.fields},
            "kinds_by_language": [
                {"kind": kind, "language": language, "pages": count}
                for (kind, language), count in sorted(self.census.cross.items())
            ],
            "markdown": self.census.markdown,
            "empty": self.census.empty,
        }


def _cells(part: Part) -> list[str]:
    words = "-" if part.words is None else f"{part.words:.0f}"
    return [
        plain(part.name), str(part.pages), str(part.sites), words, number(part.required, 2), number(part.optional, 2),
        "thin" if part.thin else "",
    ]  # fmt: skip
