"""Every rule that pages and gold are held against, and what a finding is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple


class Severity(StrEnum):
    """How bad a finding is, worst first."""

    ERROR = "error"
    """The record cannot be used, or contradicts itself: scores on it mean nothing."""
    WARNING = "warning"
    """Probably wrong: look at it."""
    NOTE = "note"
    """Good to know; often on purpose."""


ERROR, WARNING, NOTE = SEVERITIES = tuple(Severity)


class Rule(NamedTuple):
    """What is looked for."""

    severities: tuple[Severity, ...]
    meaning: str


RULES = {
    "broken-record": Rule((ERROR,), "a page or gold that cannot be read or used, or a file that belongs to no record"),
    "draft": Rule((ERROR,), "a gold that nobody has settled yet: not used"),
    "tombstone": Rule((ERROR,), "a page that was removed is there, or the list of removed pages cannot be read"),
    "no-gold": Rule((ERROR,), "neither a text nor a snippet: there is nothing to score"),
    "keep-and-drop": Rule((ERROR,), "one snippet is both to keep and to drop"),
    "empty-snippet": Rule((ERROR, WARNING), "a snippet is blank (error) or has no word in it (warning)"),
    "block-not-on-page": Rule(
        (ERROR, WARNING, NOTE),
        "built-in format: the page does not hold a block's words in a row: most of them nowhere (error; warning where they "
        "stand in embedded data and no tag says so), a few of them otherwise (warning); all, with others between, or an "
        "optional block that a script may put together (note)",
    ),
    "block-out-of-order": Rule((WARNING,), "built-in format: the page holds a block, but not after the one before it"),
    "optional-mark": Rule(
        (WARNING,), "built-in format: `~` without a space, without a text, or within a block, where it marks nothing"
    ),
    "markdown-not-gold": Rule((WARNING,), "the words of the Markdown are not those of the required blocks, formulas apart"),
    "gold-not-on-page": Rule(
        (ERROR, WARNING, NOTE),
        "other formats: the page's visible text does not hold all words of the gold in order: less than half of them (error; "
        "warning where they stand in the file, but unseen), less than 98 % (warning), not all (note)",
    ),
    "gold-out-of-order": Rule(
        (WARNING, NOTE),
        "other formats: the page holds most of the missing words elsewhere: less than 98 % of the gold in order (warning), not "
        "all (note)",
    ),
    "empty-gold": Rule(
        (WARNING, NOTE),
        "nothing is the right answer, or nothing is required (note); though the page has a large main part (warning)",
    ),
    "keep-not-in-gold": Rule(
        (WARNING, NOTE), "the gold does not hold a snippet to keep (warning), or only as optional text (note)"
    ),
    "drop-in-gold": Rule((WARNING,), "the gold holds a snippet to drop"),
    "keep-not-on-page": Rule((WARNING,), "the page does not show a snippet to keep"),
    "drop-not-on-page": Rule((NOTE,), "the page does not show a snippet to drop: it tests nothing"),
    "double-snippet": Rule((NOTE,), "a snippet stands twice in its list"),
    "same-page": Rule(
        (ERROR, WARNING), "equal bytes under several ids; an error where their golds differ or they are of different splits"
    ),
    "same-text": Rule((WARNING,), "the same visible text, or nearly, though the bytes differ"),
    "same-url": Rule((WARNING,), "one address under several ids"),
    "same-gold": Rule((WARNING,), "one gold under several ids"),
    "encoding": Rule(
        (WARNING, NOTE),
        "bytes that its encoding cannot decode: few (note), many (warning); or a stated encoding that a byte order mark "
        "contradicts (warning)",
    ),
    "missing-metadata": Rule(
        (WARNING, NOTE),
        "built-in format: no `licence`, `provenance` or `sha256` (warning), no `url`, `language` or `captured_at` (note)",
    ),
    "unknown-key": Rule(
        (NOTE,), "built-in format: metadata of a name that is nearly one of bench's, or is one of another table"
    ),
    "unknown-kind": Rule((NOTE,), "built-in format: a kind that docs/guideline.md has no rules for"),
    "odd-tag": Rule((NOTE,), "built-in format: a tag that stands twice, or is not of small letters, digits and hyphens"),
    "no-markdown": Rule(
        (NOTE,), "built-in format: a text with structure (headings, lists, tables, code) has no gold in Markdown"
    ),
    "language-tag": Rule((NOTE,), "a language that is not written as BCP 47 says"),
    "no-site": Rule((NOTE,), "neither site nor address: resampled as a site of its own"),
    "no-kind": Rule((NOTE,), "no kind: in no slice by kind"),
    "against-all": Rule((WARNING,), "good extractors agree with each other and not with the gold: gold or page may be wrong"),
}
"""All rules. Findings are listed by severity and then in this order."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found.

    Attributes:
        severity: how bad it is.
        rule: its name in `RULES`.
        pages: ids of the pages that it is about, `SPLIT/ID` where several splits are checked; none for a stray file.
        message: what it is and what to do about it. Holds texts of the page and the gold as they are.
        detail: the same as data.
        file: where it stands, None where that is no one file, or not known.
        line: where in the file, from 1, None where it is all of it, or something that it lacks.
    """

    severity: Severity
    rule: str
    pages: tuple[str, ...]
    message: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    file: Path | None = None
    line: int | None = None


def listed(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings in the order in which they are told: by severity, rule, page and place."""
    rules = list(RULES)

    def order(one: Finding) -> tuple[int, int, tuple[str, ...], str, int, str]:
        severity, rule = SEVERITIES.index(one.severity), rules.index(one.rule)
        return severity, rule, one.pages, str(one.file or ""), one.line or 0, one.message

    return sorted(findings, key=order)
