"""Every rule that pages and gold are held against, and what a finding is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
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
    "no-gold": Rule((ERROR,), "neither a text nor a snippet: there is nothing to score"),
    "keep-and-drop": Rule((ERROR,), "one snippet is both to keep and to drop"),
    "empty-snippet": Rule((ERROR, WARNING), "a snippet is blank (error) or has no word in it (warning)"),
    "gold-not-on-page": Rule(
        (ERROR, WARNING, NOTE),
        "the page's visible text does not hold all words of the gold in order: less than half of them (error; warning where "
        "they stand in the file, but unseen), less than 98 % (warning), not all (note)",
    ),
    "gold-out-of-order": Rule(
        (WARNING, NOTE),
        "the page holds most of the missing words elsewhere: less than 98 % of the gold in order (warning), not all (note)",
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
    "encoding": Rule((WARNING, NOTE), "bytes that its encoding cannot decode: few (note), many (warning)"),
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
    """

    severity: Severity
    rule: str
    pages: tuple[str, ...]
    message: str
    detail: Mapping[str, Any] = field(default_factory=dict)


def listed(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings in the order in which they are told: by severity, rule and page."""
    rules = list(RULES)
    return sorted(findings, key=lambda one: (SEVERITIES.index(one.severity), rules.index(one.rule), one.pages, one.message))
