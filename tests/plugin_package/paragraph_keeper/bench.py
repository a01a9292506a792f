"""Keeps the paragraphs that are long enough."""

from __future__ import annotations

from bench.extract import Extract

from .paragraphs import paragraphs


def extractor(*, least: int = 20) -> Extract:
    """`least` is in characters."""
    return lambda page: "\n\n".join(one for one in paragraphs(page.text) if len(one) >= least)


def first() -> Extract:
    """Keeps the first paragraph."""
    return lambda page: next(iter(paragraphs(page.text)), None)
