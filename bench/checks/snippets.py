"""A page's snippets against each other, the gold text and the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bench.checks.findings import ERROR, NOTE, WARNING, Finding, Severity
from bench.checks.source import Place
from bench.checks.subject import Subject
from bench.checks.words import holds, joined
from bench.text import tokenise


class Snippet(NamedTuple):
    """A snippet as it stands in its list."""

    kind: str
    """`keep` or `drop`."""
    text: str
    words: str
    """As `joined` has them."""


class Fault(NamedTuple):
    """What some snippets of a page have in common."""

    severity: Severity
    rule: str
    what: str
    snippets: Sequence[Snippet]
    mend: str


def findings(subject: Subject) -> Iterator[Finding]:
    """Yield `empty-snippet`, `double-snippet`, `keep-and-drop`, and all that tell where a snippet is or is not."""
    if not subject.gold.keep and not subject.gold.drop:
        return
    lists = {"keep": subject.gold.keep, "drop": subject.gold.drop}
    keep, drop = ([Snippet(kind, text, joined(tokenise(text))) for text in texts] for kind, texts in lists.items())
    for kind, snippets in zip(lists, (keep, drop), strict=True):
        yield from _told(subject, _in_list(snippets), f"`{kind}`: ", kind=kind)
    both = {one.words for one in keep} & {one.words for one in drop}
    undecided = [one for one in _first_of_each(drop) if one.words in both]
    yield from _told(subject, [Fault(ERROR, "keep-and-drop", "to keep and to drop", undecided, "decide which")])
    keep, drop = ([one for one in _first_of_each(snippets) if one.words not in both] for snippets in (keep, drop))
    if not subject.gold.snippets_only:
        yield from _told(subject, _in_gold(subject, keep, drop))
    yield from _told(subject, _on_page(subject, keep, drop))


def _in_list(snippets: Sequence[Snippet]) -> Iterator[Fault]:
    blank = [one for one in snippets if not one.text.strip()]
    wordless = [one for one in snippets if one.text.strip() and not one.words]
    times = Counter(one.words for one in snippets)
    twice = [one for one in _first_of_each(snippets) if times[one.words] > 1]
    yield Fault(ERROR, "empty-snippet", "blank", blank, "remove it")
    yield Fault(WARNING, "empty-snippet", "no word in", wordless, "give it words, or remove it")
    yield Fault(NOTE, "double-snippet", "twice", twice, "remove one")


def _in_gold(subject: Subject, keep: Sequence[Snippet], drop: Sequence[Snippet]) -> Iterator[Fault]:
    everything, required = joined(subject.tokens.tokens), joined(subject.tokens.required)
    lacking = [one for one in keep if not holds(everything, one.words)]
    optional = [one for one in keep if one not in lacking and not holds(required, one.words)]
    inside = [one for one in drop if holds(everything, one.words)]
    mend = "mend the gold or the snippet"
    yield Fault(WARNING, "keep-not-in-gold", "to keep, but not in the gold", lacking, mend)
    yield Fault(NOTE, "keep-not-in-gold", "to keep, but optional in the gold", optional, mend)
    yield Fault(WARNING, "drop-in-gold", "to drop, but in the gold", inside, mend)


def _on_page(subject: Subject, keep: Sequence[Snippet], drop: Sequence[Snippet]) -> Iterator[Fault]:
    page = subject.tokens.page
    body, whole = joined(page.tokens[page.lead :]), joined(page.tokens)
    data = page.unseen if subject.embedded else frozenset[str]()

    def elsewhere(one: Snippet) -> bool:
        words = one.words.split("\n")
        return data.issuperset(words) or subject.letters.hold(words)

    absent = [one for one in keep if not holds(body, one.words) and not elsewhere(one)]
    idle = [one for one in drop if not holds(whole, one.words) and not elsewhere(one)]
    yield Fault(WARNING, "keep-not-on-page", "to keep, but not on the page", absent, "take it from the page as it reads")
    yield Fault(NOTE, "drop-not-on-page", "to drop, but not on the page", idle, "it tests nothing")


def _first_of_each(snippets: Sequence[Snippet]) -> list[Snippet]:
    """The snippets that have words, none twice."""
    first: dict[str, Snippet] = {}
    for one in snippets:
        first.setdefault(one.words, one)
    return [one for one in first.values() if one.words]


def _told(subject: Subject, faults: Iterable[Fault], where: str = "", **detail: str) -> Iterator[Finding]:
    """One finding for all snippets of a page that share a fault; for each, where each stands on a line of its own."""
    for severity, rule, what, snippets, mend in faults:
        for some in [[one] for one in snippets] if subject.source else [snippets]:
            texts = [one.text for one in some]
            if texts:
                more = f" and {len(texts) - 1} more" if len(texts) > 1 else ""
                message = f'{where}{what}: "{_short(texts[0])}"{more}; {mend}'
                yield subject.finding(severity, rule, message, _place(subject, some[0], rule), **detail, snippets=texts)


def _place(subject: Subject, snippet: Snippet, rule: str) -> Place | None:
    """Where a snippet stands; of one that stands twice, the one to remove."""
    source, kind = subject.source, snippet.kind
    if source is None or rule != "double-snippet":
        return source.snippet(kind, snippet.text) if source else None
    first, second, *_ = (text for text in getattr(subject.gold, kind) if joined(tokenise(text)) == snippet.words)
    return source.snippet(kind, second, nth=int(first == second))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}\N{HORIZONTAL ELLIPSIS}"
