"""Writes a file beside itself, then one into its own folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput


def extractor() -> Extract:
    def extract(page: PageInput) -> str:
        if "trap" in page.text:
            Path("mine").write_text("kept in the scratch folder")
            Path(page.text.split()[1]).write_text("escaped")
        return page.text

    return extract
