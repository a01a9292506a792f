"""The one way in which an extractor's HTML becomes text, for every extractor that returns HTML."""

from __future__ import annotations


def to_text(html: str) -> str:
    """Return the visible text of an HTML fragment, block elements apart by line breaks.

    `html_text` does it: adjacent blocks never run together (which the DOM's textContent lets them do) and inline
    elements never split a word. An empty or white fragment gives "".
    """
    import html_text

    return str(html_text.extract_text(html)) if html.strip() else ""
