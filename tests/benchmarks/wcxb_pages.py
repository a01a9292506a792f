"""What the benchmarks on WCXB pages share."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def first_pages(source: Path, split: str, count: int, folder: Path) -> list[Path]:
    """Link the first records of a WCXB split into a corpus of the same layout; returns their golds."""
    golds = sorted((source / split / "ground-truth").glob("*.json"))[:count]
    for gold in golds:
        page = source / split / "html" / f"{gold.stem}.html.gz"
        for file in (gold, page):
            link = folder / file.relative_to(source)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(file)
    return golds
