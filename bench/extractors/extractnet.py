"""ExtractNet: learned on blocks of news pages, after Dragnet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput

DISTRIBUTIONS = ("extractnet",)
# Its models were made with a scikit-learn of their time, and its rules with an lxml that still had the cleaner inside.
REQUIRES = ("extractnet==2.0.7", "beautifulsoup4==4.9.3", "htmldate==0.7.2", "lxml<5", "numpy<1.24", "scikit-learn<1.1")
PYTHON = ">=3.8,<3.11"
LICENCE = "MIT"
HOMEPAGE = "https://github.com/currentsapi/extractnet"


def extractor() -> Extract:
    """Metadata is left out: it costs most of the time and none of the text."""
    import ctypes

    ctypes.CDLL("libz.so.1", ctypes.RTLD_GLOBAL)  # its wheel calls zlib and links none: some Pythons hold it, others do not
    from extractnet import Extractor

    learned = Extractor()

    def extract(page: PageInput) -> str | None:
        text: str | None = learned.extract(page.text, metadata_mining=False)["content"]
        return text

    return extract
