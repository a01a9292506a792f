"""Dragnet: learned on blocks of text and links; the ancestor of many."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput

DISTRIBUTIONS = ("dragnet",)
# Its model was made with a scikit-learn of its time. There are no wheels: it is built by a C compiler, from what is there.
REQUIRES = ("dragnet==2.0.4", "lxml<5", "scikit-learn<0.21")
BUILD = ("cython<3", "lxml<5", "numpy<1.20", "setuptools", "wheel")
PYTHON = "==3.7.*"
LICENCE = "MIT"
HOMEPAGE = "https://github.com/dragnet-org/dragnet"


def extractor() -> Extract:
    """It reads bytes, and its own guess at their encoding is an old library's; it gets UTF-8."""
    from dragnet import extract_content

    def extract(page: PageInput) -> str | None:
        text: str | None = extract_content(page.text.encode("utf-8", "replace"), encoding="utf-8")
        return text

    return extract
