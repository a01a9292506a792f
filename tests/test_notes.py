"""What an extractor notes beside its text: carried, checked, stored, added up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Said, write_corpus

from bench.model import Extraction, Limits, Outcome
from bench.sandbox import MAX_NOTE, MAX_NOTES, Job, Worker

pytestmark = pytest.mark.usefixtures("no_process_left")
NOTES = "def extractor():\n    def extract(page):\n        page.notes.update({notes})\n        {rest}\n    return extract\n"


def extract(folder: Path, notes: str, rest: str = 'return "text"') -> Extraction:
    path = folder / "notes.py"
    path.write_text(NOTES.format(notes=notes, rest=rest), encoding="utf-8")
    worker = Worker(Job(path), Limits(), folder)
    worker.await_ready()
    try:
        return worker.extract(b"page", "utf-8", forced=False, url=None)
    finally:
        worker.kill()


@pytest.mark.parametrize(
    ("notes", "noted"),
    [
        pytest.param("{}", {}, id="nothing"),
        pytest.param("tokens_in=12, cost=0.5, delta=-1", {"tokens_in": 12, "cost": 0.5, "delta": -1}, id="numbers"),
        pytest.param("model='mill-1'", {"model": "mill-1"}, id="a text"),
        pytest.param("model='a' * 9000", {"model": "a" * MAX_NOTE}, id="a long text, cut"),
        pytest.param("model='a\\ud800'", {"model": "a\ufffd"}, id="half a character"),
    ],
)
def test_numbers_and_short_texts_are_carried(tmp_path: Path, notes: str, noted: dict[str, float | str]) -> None:
    extraction = extract(tmp_path, notes)
    assert (extraction.text, extraction.notes) == ("text", noted)


def test_notes_of_a_page_that_then_fails_are_kept(tmp_path: Path) -> None:
    extraction = extract(tmp_path, "tokens=3", "raise KeyError")
    assert (extraction.outcome, extraction.notes) == (Outcome.ERROR, {"tokens": 3})


@pytest.mark.parametrize(
    "notes",
    [
        pytest.param("cost=float('nan')", id="not a number"),
        pytest.param("cost=float('inf')", id="infinity"),
        pytest.param("cost=10**400", id="a number beyond all"),
        pytest.param("fine=True", id="true"),
        pytest.param("words=['a']", id="a list"),
        pytest.param("nothing=None", id="null"),
        pytest.param("{'a b': 1}", id="a name with a space"),
        pytest.param("{'': 1}", id="no name"),
        pytest.param("{'a' * 41: 1}", id="a long name"),
        pytest.param(f"{{f'n{{n}}': n for n in range({MAX_NOTES + 1})}}", id="too many"),
    ],
)
def test_anything_else_breaks_the_protocol(tmp_path: Path, notes: str) -> None:
    extraction = extract(tmp_path, notes)
    assert (extraction.outcome, extraction.error_type, extraction.notes) == (Outcome.CRASH, "ProtocolError", {})


def test_notes_are_stored_exported_and_added_up_below_the_table(bench: Callable[..., Said], tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    source = NOTES.format(notes="words=len(page.text.split()), cost=0.1, model='m', none=0", rest="return page.text")
    mine.write_text(source, encoding="utf-8")
    write_corpus(tmp_path, {"one": "a " * 1000, "two": "b c"})
    where = ["--corpus", tmp_path, "--results", tmp_path / "results"]
    assert "mine: words 1,002; cost 0.2" in bench("run", *where, "-x", mine, "--format", "json").table["notes"]
    exported = {
        (one := json.loads(line))["id"]: one["notes"] for line in bench("export", *where, "-x", "mine").out.splitlines()
    }
    assert exported["two"] == {"words": 2, "cost": 0.1, "model": "m", "none": 0}


def test_who_notes_nothing_has_no_line(bench: Callable[..., Said], tmp_path: Path) -> None:
    write_corpus(tmp_path, {"one": "a"})
    table = bench("run", "--corpus", tmp_path, "--results", tmp_path / "results", "-x", "nothing", "--format", "json").table
    assert not [note for note in table["notes"] if note.startswith("nothing")]
