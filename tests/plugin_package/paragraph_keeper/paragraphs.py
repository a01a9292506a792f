"""The paragraphs of a page."""

from __future__ import annotations

import re

_PARAGRAPH = re.compile(r"<p[^>]*>(.*?)</p>", re.DOTALL)


def paragraphs(html: str) -> list[str]:
    """Return the text of every `p` element, in order, markup and runs of white space each as one space."""
    return [re.sub(r"<[^>]+>|\s+", " ", inner).strip() for inner in _PARAGRAPH.findall(html)]
