"""A corpus counted, and written for other tools."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Said, write_corpus

from bench.corpus import recognise

Bench = Callable[..., Said]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Eleven pages of one kind and one of another; each page shows eight words, of which the gold requires two."""
    pages = {f"page-{number:02}": "<p>required words</p><p>optional</p><p>five words that are not</p>" for number in range(12)}
    write_corpus(tmp_path / "ours", pages, dict.fromkeys(pages, "required words\n\n~ optional"))
    rare = tmp_path / "ours" / "corpus" / "page-11.toml"
    rare.write_text(rare.read_text(encoding="utf-8").replace('"test"', '"rare"') + 'tags = ["a", "b"]\n', encoding="utf-8")
    (tmp_path / "ours" / "gold" / "page-00.md").write_text("required words\n", encoding="utf-8")
    return tmp_path / "ours"


def test_pages_are_counted_by_kind_language_and_tag_with_the_share_of_gold(bench: Bench, corpus: Path) -> None:
    said = bench("corpus", corpus, "--format", "json")
    assert said.code == 0, said.err
    kinds = {part["name"]: part for part in said.table["parts"]["kind"]}
    assert kinds["test"] == {
        "name": "test", "pages": 11, "sites": 11, "words": 2, "required": 0.25, "optional": 0.125, "thin": False,
    }  # fmt: skip
    assert (kinds["rare"]["pages"], kinds["rare"]["thin"]) == (1, True)
    assert [part["name"] for part in said.table["parts"]["tag"]] == ["(none)", "a", "b"]
    assert {"kind": "rare", "language": "en", "pages": 1} in said.table["kinds_by_language"]
    assert (said.table["markdown"], said.table["empty"]) == (1, 0)


def test_slices_too_thin_to_rank_are_named_as_such(bench: Bench, corpus: Path) -> None:
    lines = bench("corpus", corpus, "--by", "kind").out.splitlines()
    assert any(line.startswith("rare") and line.endswith("thin") for line in lines)
    assert any(line.startswith("test") and not line.endswith("thin") for line in lines)
    assert any("thin: under 10 pages, shown in tables but not ranked; 1 of 2 by kind" in line for line in lines)


def test_sites_and_splits_can_be_counted_too_and_nothing_else(bench: Bench, corpus: Path) -> None:
    assert len(bench("corpus", corpus, "--by", "site", "--format", "csv").out.splitlines()) == 13
    said = bench("corpus", corpus, "--by", "colour")
    assert said.code == 2
    assert "no field named 'colour'" in said.err


@pytest.mark.parametrize("form", ["table", "markdown", "html", "latex", "csv", "json", "jsonl"])
def test_every_format_prints_a_census(bench: Bench, corpus: Path, form: str) -> None:
    said = bench("corpus", corpus, "--format", form)
    assert said.code == 0, said.err
    assert "rare" in said.out


def test_a_corpus_becomes_lines_of_json_from_which_it_could_be_made_again(bench: Bench, corpus: Path, tmp_path: Path) -> None:
    said = bench("export", "--corpus", corpus, "--dataset", tmp_path / "out")
    assert said.code == 0, said.err
    assert said.out.splitlines() == [str(tmp_path / "out" / "pages.jsonl"), str(tmp_path / "out" / "README.md")]
    rows = [json.loads(line) for line in (tmp_path / "out" / "pages.jsonl").read_text(encoding="utf-8").splitlines()]
    _, reader = recognise(corpus)
    assert [row["id"] for row in rows] == list(reader.ids())
    for row in rows:
        page, gold = reader.page(row["id"]), reader.gold(row["id"])
        assert base64.b64decode(row["html_base64"]) == page.html
        assert [(block["text"], block["required"]) for block in row["blocks"]] == [(b.text, b.required) for b in gold.blocks]
        assert row["text"] == "required words"
        assert (row["url"], row["site"], row["markdown"], row["tags"]) == (page.url, page.site, gold.markdown, list(page.tags))


def test_a_corpus_becomes_parquet_with_the_bytes_as_they_are(bench: Bench, corpus: Path, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pip install 'boilerbench[parquet]'")
    said = bench("export", "--corpus", corpus, "--dataset", tmp_path / "out", "--as", "parquet")
    assert said.code == 0, said.err
    rows = parquet.read_table(tmp_path / "out" / "pages.parquet").to_pylist()
    assert len(rows) == 12
    assert rows[0]["html"] == recognise(corpus)[1].page("page-00").html
    assert rows[0]["blocks"] == [{"text": "required words", "required": True}, {"text": "optional", "required": False}]


def test_the_card_says_what_the_hub_reads_and_what_a_person_must_know(bench: Bench, corpus: Path, tmp_path: Path) -> None:
    bench("export", "--corpus", corpus, "--dataset", tmp_path / "out")
    head, _, body = (tmp_path / "out" / "README.md").read_text(encoding="utf-8").removeprefix("---\n").partition("\n---\n")
    assert {"license: other", 'license_name: "unknown"', '- "en"', "- n<1K", "  data_files: pages.jsonl"} <= set(
        head.splitlines()
    )
    assert "12 web pages of 12 sites" in body
    assert "Kinds: rare, test." in body


def test_a_dataset_goes_nowhere_where_it_cannot_be_written(bench: Bench, corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        said = bench("export", "--corpus", corpus, "--dataset", folder)
        assert said.code == 2
        assert "Not a directory" in said.err or "is a file" in said.err
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"
