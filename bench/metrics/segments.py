"""segments: snippets that an output must keep and snippets that it must drop. Ours, with no reward for failing.

No tokens: a snippet is found where it stands in the output, both with white space folded to one space, quotes and
apostrophes of any kind made ', dashes of any kind made -, invisible characters removed, in NFKC. Case counts: drop snippets
are often labels in capitals, and folded they match words of the running text (of 2,966 in trafilatura's set, 21 more are
"found" in the output of trafilatura 2.2.0, against 1 more of 2,951 keep snippets).

    kept    keep snippets found             lost     keep snippets not found
    leaked  drop snippets found             dropped  drop snippets not found

    precision = kept / (kept + leaked)    recall = kept / (kept + lost)    F1 = 2 kept / (2 kept + leaked + lost)
    dropped   = dropped / (dropped + leaked)

An output without text has failed: its keep snippets are lost, and its drop snippets count as leaked, since what lacks
everything lacks boilerplate too, which is no merit. So no output scores below a failure, and a failed page weighs about as
much as a perfect one. Where nothing is the right answer (no required block) it is: an empty output drops them all.

Which snippets count: each once, however often the gold tells it; blank ones not at all. Where the whole text of a page is
known, keep snippets that are not in its required blocks and drop snippets that are in any block do not count: gold that
contradicts itself, or an optional block, for which nobody is paid or punished. Where it is not, drop snippets inside a keep
snippet do not. Hence the gold's own text scores 1. (WCXB's development split loses 37 of 6,657 keep and 6 of 5,824 drop
snippets so, trafilatura's set none.)

Empty cases: precision and F1 are of pages that have snippets of both kinds, recall of those with keep snippets, `dropped` of
those with drop snippets; elsewhere they do not apply. A page where the output has text but no snippet has no precision.
Aggregation: sums over pages first, then the ratios. With three snippets a side a page's own precision takes a handful of
values, and means of those would hide how few were tried. Range 0 to 1, more is better.

What it does not see: anything between the snippets, order, repeats; short drop snippets may stand in the text by chance; and
an output of a few stray words drops everything, so read `dropped` beside recall.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from bench.alignment import Case
from bench.metric import Floats, Metric, Ratios, without_snippets
from bench.model import Gold
from bench.text import sane

# What `bench.text.normalise` removes; that also folds case, so it does not serve here.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]"
)
# Straight, curly, low, angled, CJK and ornamental quotes; primes, accents and letters that serve as apostrophes.
_QUOTES = re.compile(
    '["`\u00ab\u00b4\u00bb\u02b9-\u02bd\u02c8\u02ee\u0374\u055a\u05f3\u05f4\u2018-\u201f\u2032-\u2037\u2039\u203a\u2057'
    "\u275b-\u2760\u276e\u276f\u2e42\u300c-\u300f\u301d-\u301f\ufe41-\ufe44\uff02\uff07\uff40\uff62\uff63\U0001f676-\U0001f678]"
)
_DASHES = re.compile(
    "[\u058a\u05be\u1400\u1806\u2010-\u2015\u2043\u207b\u208b\u2212\u2e17\u2e1a\u2e3a\u2e3b\u2e40\u2e5d\ufe31\ufe32"
    "\ufe58\ufe63\uff0d]"
)


def _plain(text: str) -> str:
    """Return the text as it is compared. Idempotent."""
    if not text.isascii():
        # Quotes before NFKC too, which would take some of them apart into a space and an accent.
        text = _QUOTES.sub("'", _DASHES.sub("-", _INVISIBLE.sub("", sane(text))))
        text = unicodedata.normalize("NFKC", text)
    return " ".join(_QUOTES.sub("'", text).split())


def _distinct(snippets: Iterable[str]) -> list[str]:
    return [plain for plain in dict.fromkeys(map(_plain, snippets)) if plain]


def _snippets(gold: Gold) -> tuple[list[str], list[str], bool]:
    """The keep and drop snippets that count, and whether nothing is the right answer."""
    keep, drop = _distinct(gold.keep), _distinct(gold.drop)
    if gold.snippets_only:
        return keep, [snippet for snippet in drop if not any(snippet in whole for whole in keep)], False
    required = _plain("\n\n".join(block.text for block in gold.blocks if block.required))
    whole = _plain(gold.text)
    keep = [snippet for snippet in keep if snippet in required]
    return keep, [snippet for snippet in drop if snippet not in whole], not required


def _counts(case: Case) -> tuple[float, ...]:
    keep, drop, nothing_is_right = case.gold.once(_snippets)
    output = _plain(case.output)
    kept = sum(snippet in output for snippet in keep)
    leaked = sum(snippet in output for snippet in drop) if output or nothing_is_right else len(drop)
    return kept, len(keep) - kept, leaked, len(drop) - leaked


def _ratios(counts: Floats) -> Ratios:
    kept, lost, leaked, dropped = counts.T
    both = (kept + lost > 0) & (leaked + dropped > 0)
    return {
        "f1": (2 * kept * both, (2 * kept + leaked + lost) * both),
        "precision": (kept * both, (kept + leaked) * both),
        "recall": (kept, kept + lost),
        "dropped": (dropped, dropped + leaked),
    }


_ONE_KIND = "its gold has no snippets of the one kind or the other"

METRIC = Metric(
    signature="segments:v1|tok:none|norm:nfkc-quotes-dashes-spaces|optional:yes|agg:pooled",
    fields=("kept", "lost", "leaked", "dropped"),
    counts=_counts,
    ratios=_ratios,
    values=("f1", "precision", "recall", "dropped"),
    excuse=without_snippets,
    reasons={
        "f1": _ONE_KIND,
        "precision": f"{_ONE_KIND}, or the output holds none",
        "recall": "its gold has no keep snippets",
        "dropped": "its gold has no drop snippets",
    },
)
