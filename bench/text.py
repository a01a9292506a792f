"""Normalise and tokenise: defined once, versioned, part of every metric's signature."""

from __future__ import annotations

import json
import re
import unicodedata

NORMALISATION = "nfkc-cf-apos"
TOKENISER = "uax29-trim"

# Soft hyphen, joiners, direction marks and isolates, byte order mark, variation selectors: nothing a reader sees.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff\u180b-\u180d\u180f\U000e0100-\U000e01ef]"
)
_APOSTROPHE = str.maketrans(
    dict.fromkeys("\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}", "'")
)
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What moves a cursor, breaks a line, turns the direction of writing or cannot be written as UTF-8."""

_SURROGATE = re.compile("[\ud800-\udfff]")


def sane(text: str) -> str:
    """Return the text with surrogate pairs joined and lone surrogates replaced by U+FFFD, so that UTF-8 can hold it."""
    if not _SURROGATE.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def normalise(text: str) -> str:
    """Return the text without invisible characters, in NFKC, case-folded (and NFKC again, which folding can undo).

    Typographic apostrophes become plain ones: pages, gold and extractors write *it's* either way, and no reader minds.
    Idempotent. Named `nfkc-cf-apos` in signatures.
    """
    if text.isascii():
        return text.lower()
    text = _INVISIBLE.sub("", sane(text))
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", folded)).translate(_APOSTROPHE)


def tokenise(text: str) -> list[str]:
    """Return the words of the normalised text by UAX #29, punctuation and white space left out.

    Every script works without a dictionary: one token per ideograph or hiragana, Thai and Khmer by grapheme, words
    elsewhere. Underscores at the ends of a word, which UAX #29 takes for a part of it, are Markdown's emphasis as a rule, and
    trimmed. Named `uax29-trim` in signatures.
    """
    from unicode_segmentation_rs import unicode_words

    words: list[str] = unicode_words(normalise(text))
    if "_" in text:
        words = [trimmed for word in words if (trimmed := word.strip("_"))]
    return words


def plain(text: str) -> str:
    """Return the text without control and direction characters, so that no name can move a cursor or hide a column."""
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def escaped_json(body: object) -> str:
    """Return a value as indented JSON with every character escaped that could disturb a terminal or that UTF-8 cannot hold.

    Such characters stand in strings only: JSON's own syntax has none but line breaks. Ends in one.
    """
    text = json.dumps(body, indent=1, ensure_ascii=False, allow_nan=False)
    return CONTROL.sub(lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", text) + "\n"
