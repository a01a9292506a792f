"""Real page sets, run for real: the whole-page row comes out as it was measured elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Said

pytestmark = pytest.mark.pages


# html-text 0.7.1 over whole pages: for AEB the README of scrapinghub/article-extraction-benchmark (.665 F1), whose three
# digits are its own; for WCXB dev measured with that benchmark's own evaluate.py.
@pytest.mark.parametrize(
    ("corpus", "options", "pages", "expected"),
    [
        ("aeb", [], 181, {"f1": 0.665, "precision": 0.499, "recall": 0.994}),
        ("wcxb", ["--split", "dev"], 1497, {"f1": 0.692, "precision": 0.583, "recall": 0.977}),
    ],
)
def test_the_whole_page_scores_what_it_scores_elsewhere(
    bench: Callable[..., Said],
    datasets: Path,
    tmp_path: Path,
    corpus: str,
    options: list[str],
    pages: int,
    expected: dict[str, float],
) -> None:
    said = bench(
        "run", "--corpus", datasets / corpus, *options, "-x", "nothing", "--metric", corpus, "--results", tmp_path,
        "--format", "json", "--quiet",
    )  # fmt: skip
    assert said.code == 0, said.err
    rows = {row["name"]: row for row in said.table["rows"]}
    assert rows["everything"]["outcomes"] == {"ok": pages}
    for name, value in expected.items():
        assert rows["everything"]["values"][name]["value"] == pytest.approx(value, abs=0.0006), name
