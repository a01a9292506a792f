"""Outputs made elsewhere: read in every form they come in, refused with the line, stored like any other extraction."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from conftest import write_corpus
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.corpus import Corpus, load
from bench.errors import UsageError
from bench.model import Outcome
from bench.outputs import Outputs, identity, read_outputs, store_outputs
from bench.store import Store

DEEP = "[" * 100_000


def outputs_in(folder: Path, content: str | bytes, label: str | None = None, name: str = "tool.json") -> Outputs:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_outputs(path, label)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "results", write=True) as opened:
        yield opened


@pytest.fixture
def corpus(tmp_path: Path, store: Store) -> Corpus:
    """A corpus of three pages that the store is being asked about."""
    found = load(write_corpus(tmp_path / "pages", {"a": "<p>a", "b": "<p>b", "c": "<p>c"}), store)
    store.want(found.wanted())
    return found


def cells(store: Store, corpus: Corpus, outputs: Outputs) -> dict[str, tuple[str, str | None]]:
    """Outcome and text by page id, as the store has them."""
    (row,) = [one for one in store.extractors() if one.identity == identity(outputs)]
    found = {}
    for number, cell in store.cells(row.key):
        found[corpus.facts[number].id] = (cell.outcome.value, store.text(row.key, corpus.page_keys[number]))
    return found


# Forms

A = {"a": "A"}
A_AND_B = {"a": "A", "b": "B"}
LINE_A, LINE_B = '{"id": "a", "text": "A"}', '{"id": "b", "text": "B"}'


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        pytest.param('{"version": "1", "output": {"a": {"articleBody": "A"}}}', A, id="a benchmark's file with version"),
        pytest.param('{"a": {"articleBody": "A", "url": "https://a.example/"}}', A, id="a benchmark's flat file"),
        pytest.param('{"a": {"articleBody": null}, "b": {"articleBody": ""}}', {"a": None, "b": ""}, id="no text in it"),
        pytest.param('{"a": "A", "b": "B"}', A_AND_B, id="texts by id"),
        pytest.param('{"a": null, "b": ""}', {"a": None, "b": ""}, id="null and empty by id"),
        pytest.param('{"output": {"a": "A", "b": "B"}}', A_AND_B, id="texts by id, further in"),
        pytest.param('{"version": null, "output": {}}', {}, id="no outputs"),
        pytest.param(f"{LINE_A}\n{LINE_B}\n", A_AND_B, id="lines"),
        pytest.param(f"{LINE_A}\n{LINE_B}", A_AND_B, id="lines without an end to the last"),
        pytest.param(LINE_A, A, id="one line"),
        pytest.param('{"id": "a", "text": null}\n{"id": "b", "text": ""}', {"a": None, "b": ""}, id="null and empty on lines"),
        pytest.param('{"id": "a", "text": "A", "seconds": 1, "x": []}\n' + LINE_B, A_AND_B, id="lines with more in them"),
        pytest.param('{"id": "a", "text": "A", "extractor": "x"}', A, id="one line with more in it"),
        pytest.param('{"id": "a", "text": "A", "seconds": 1.5, "scores": {}}\n', A, id="one line as exported"),
        pytest.param(f"\n{LINE_A}\n \n{LINE_B}\n\n", A_AND_B, id="blank lines"),
        pytest.param(f"{LINE_A}\r\n{LINE_B}\r\n", A_AND_B, id="line ends of Windows"),
        pytest.param(f"{LINE_A}\r{LINE_B}\r", A_AND_B, id="line ends of old"),
        pytest.param(
            '{"id": "a", "text": "x\u2028\u0085z"}\n', {"a": "x\u2028\u0085z"}, id="line ends of Unicode in the only text"
        ),
        pytest.param(
            '{"id": "c", "text": "x\u2028z"}\n' + LINE_A, {"c": "x\u2028z", "a": "A"}, id="line ends of Unicode in a text"
        ),
        pytest.param("\ufeff" + '{"a": "A"}', A, id="a byte order mark"),
        pytest.param(f"\ufeff{LINE_A}\n{LINE_B}", A_AND_B, id="a byte order mark before lines"),
        pytest.param('{"a": "\\ud83d\\ude00\\u0000"}', {"a": "\U0001f600\0"}, id="escapes"),
        pytest.param('{"text": "A", "b": "B"}', {"text": "A", "b": "B"}, id="a page that is called text"),
        pytest.param("", {}, id="an empty file"),
        pytest.param("{}", {}, id="an empty object"),
    ],
)
def test_outputs_are_read_in_any_of_their_forms(tmp_path: Path, content: str, texts: Mapping[str, str | None]) -> None:
    found = outputs_in(tmp_path, content)
    assert found.texts == texts
    assert found.sha256 == hashlib.sha256(content.encode()).hexdigest()


@pytest.mark.parametrize(
    ("content", "version"),
    [
        ('{"version": "1.2", "output": {"a": "A"}}', "1.2"),
        ('{"version": 2, "output": {"a": "A"}}', "unknown"),
        ('{"version": "", "output": {"a": "A"}}', "unknown"),
        ('{"output": {"a": "A"}}', "unknown"),
        ('{"a": "A"}', "unknown"),
        ('{"version": "1.2"}', "unknown"),  # a page that is called version
    ],
)
def test_a_version_in_the_file_counts_when_it_is_a_text(tmp_path: Path, content: str, version: str) -> None:
    assert outputs_in(tmp_path, content).version == version


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b'{"a": "\xff"}', "is not UTF-8 (invalid start byte at byte 7)", id="not UTF-8"),
        pytest.param('{"a": "A"}'.encode("utf-16"), "is not UTF-8", id="UTF-16"),
        pytest.param(DEEP, "nested too deeply", id="nested too deeply"),
        pytest.param(
            '{"id": "a", "text": "A"}\n{"id": "b", "text": ' + DEEP, ":2: is no object with", id="a line nested too deeply"
        ),
        pytest.param("[]", "is neither JSONL of id and text nor an object of outputs by id", id="a list"),
        pytest.param('[{"id": "a", "text": "A"}]', "is neither JSONL", id="a list of records"),
        pytest.param('"a"', "is neither JSONL", id="a text"),
        pytest.param("null", "is neither JSONL", id="null"),
        pytest.param("1e9", "is neither JSONL", id="a number"),
        pytest.param('{"a": 1}', "record 'a' must be a text, null or an object with articleBody", id="a number for a text"),
        pytest.param('{"a": ["A"]}', "record 'a' must be", id="a list for a text"),
        pytest.param('{"a": {}}', "record 'a' must be", id="an object without articleBody"),
        pytest.param('{"a": {"articleBody": 1}}', "record 'a' must be", id="a number for an articleBody"),
        pytest.param('{"version": "1", "output": []}', "record 'output' must be", id="a list of outputs"),
        pytest.param('{"a": NaN}', "record 'a' must be", id="not a number"),
        pytest.param('{"a": "A", "a": "B"}', "holds 'a' twice", id="an id told twice"),
        pytest.param('{"version": "1", "output": {"a": "A", "a": "A"}}', "holds 'a' twice", id="an id told twice further in"),
        pytest.param('{"a": {"articleBody": "A", "articleBody": "B"}}', "holds 'articleBody' twice", id="a text told twice"),
        pytest.param('{"id": "a", "text": "A"}\n{"id": "a", "text": "A"}', ":2: id 'a' stands twice", id="an id on two lines"),
        pytest.param(
            '{"id": "a", "text": "A", "text": "B"}\n{"id": "b", "text": "B"}', "'text' twice", id="two texts on a line"
        ),
        pytest.param(
            '{"id": "a", "text": "A"}\n{"id": "b", "text": "B", "text": "C"}', "'text' twice", id="two texts on a later line"
        ),
        pytest.param("a,A\n", ":1: is no object with", id="something else"),
        pytest.param('{"id": "a", "text": "A"}\n{"id": "b", "te', ":2: is no object with", id="a line cut off"),
        pytest.param('{"id": "a", "text": "A"}\n[]\n', ":2: is no object with", id="a line that is a list"),
        pytest.param('{"id": "a", "text": "A"}\n\n{"id": 3, "text": "B"}', ":3: is no object with", id="a number for an id"),
        pytest.param('{"id": "a", "text": "A"}\n{"id": "b"}', ":2: is no object with", id="no text"),
        pytest.param('{"id": "a", "text": "A"}\n{"text": "B"}', ":2: is no object with", id="no id"),
        pytest.param(
            '{"id": "a", "text": "A"}\n{"id": "b", "text": 1}', ":2: text must be a text or null", id="a number on a line"
        ),
        pytest.param('{"id": "a", "text": ["A"]}', ":1: text must be a text or null", id="a list on the only line"),
    ],
)
def test_a_file_of_another_form_is_refused_with_its_place(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(UsageError) as problem:
        outputs_in(tmp_path, content)
    assert str(problem.value).startswith(f"{tmp_path / 'tool.json'}")
    assert message in str(problem.value)
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize(
    "content",
    ['{"a\\u001b[2J\\n\\u202e": 5}', '{"a\\u001b[2J\\n\\u202e": "", "a\\u001b[2J\\n\\u202e": ""}'],
    ids=["wrong", "twice"],
)
def test_a_hostile_id_cannot_move_the_cursor_of_who_reads_the_message(tmp_path: Path, content: str) -> None:
    with pytest.raises(UsageError) as problem:
        outputs_in(tmp_path, content)
    assert not {"\x1b", "\n", "\u202e"} & set(str(problem.value))


TEXTS = st.dictionaries(st.text(min_size=1), st.none() | st.text(), max_size=5)


@settings(deadline=None, max_examples=100)
@given(texts=TEXTS, ascii_only=st.booleans())
def test_every_form_of_the_same_outputs_is_read_alike(
    tmp_path_factory: pytest.TempPathFactory, texts: dict[str, str | None], ascii_only: bool
) -> None:
    folder = tmp_path_factory.getbasetemp()
    bodies = {page_id: {"articleBody": text} for page_id, text in texts.items()}

    def say(value: object) -> str:
        return json.dumps(value, ensure_ascii=ascii_only)

    # An object of texts alone could be a line: {"id": ..., "text": ...}.
    flat = [] if {"id", "text"} <= set(texts) else [say(texts)]
    lines = "".join(say({"id": page_id, "text": text}) + "\n" for page_id, text in texts.items())
    for content in (say({"version": "1", "output": bodies}), say({"output": texts}), lines, *flat):
        assert outputs_in(folder, content).texts == texts


@settings(deadline=None, max_examples=100)
@given(content=st.binary() | st.text('{}[]":,\n idtexoupv1\\').map(str.encode))
def test_any_file_is_outputs_or_a_usage_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    with contextlib.suppress(UsageError):
        assert outputs_in(tmp_path_factory.getbasetemp(), content).name == "tool"


# Names


@pytest.mark.parametrize(
    ("label", "file", "name", "version"),
    [
        pytest.param(None, "tool.json", "tool", "from file", id="the file's"),
        pytest.param(None, "tool==2.jsonl", "tool", "2", id="the file's, with a version"),
        pytest.param(None, "a:b.json", "a-b", "from file", id="a file with a colon"),
        pytest.param(None, "a=b.json", "a-b", "from file", id="a file with an equals sign"),
        pytest.param(None, "tool", "tool", "from file", id="a file without an ending"),
        pytest.param("other", "tool.json", "other", "from file", id="told"),
        pytest.param("other==3.0", "tool.json", "other", "3.0", id="told with a version"),
        pytest.param("My Tool==3.0+x", "tool.json", "My Tool", "3.0+x", id="told with a space"),
        pytest.param("a\x1b[2J\nb==1\t2", "tool.json", "a\ufffd[2J\ufffdb", "1\ufffd2", id="told with control characters"),
        pytest.param("x" * 100 + "==" + "1" * 100, "tool.json", "x" * 80, "1" * 80, id="told at length"),
    ],
)
def test_outputs_are_named_by_label_or_by_file(tmp_path: Path, label: str | None, file: str, name: str, version: str) -> None:
    found = outputs_in(tmp_path, '{"version": "from file", "output": {"a": "A"}}', label, file)
    assert (found.name, found.version) == (name, version)


@pytest.mark.parametrize("label", ["", " ", "==1", "a==", "a=1", "a:b=c", "a:", "a==1:b=c", " ==1"])
def test_a_label_that_is_none_is_refused(tmp_path: Path, label: str) -> None:
    with pytest.raises(UsageError, match=r"^--as .*: write NAME==VERSION$"):
        outputs_in(tmp_path, "{}", label)


# Storing


def test_outputs_become_cells_and_every_page_has_one(tmp_path: Path, corpus: Corpus, store: Store) -> None:
    outputs = outputs_in(tmp_path, '{"version": "1", "output": {"b": "B\\n", "a": null, "x": "X", "\\u001b[2J": "Y"}}')
    said = store_outputs(outputs, corpus, store)
    assert said == "1 empty, 1 ok, 1 unavailable, 2 ids not in the corpus left out (first: \ufffd[2J)"
    assert cells(store, corpus, outputs) == {"a": ("empty", ""), "b": ("ok", "B\n"), "c": ("unavailable", "")}
    (row,) = store.extractors()
    assert (row.name, row.version, row.settings) == ("tool", "1", "")
    (lacking,) = [cell for _, cell in store.cells(row.key) if cell.outcome is Outcome.UNAVAILABLE]
    assert lacking.error_message == "the imported file lacks this page"


@pytest.mark.parametrize(
    ("text", "outcome", "stored"),
    [
        pytest.param("Words", "ok", "Words", id="words"),
        pytest.param(" Words\r\n", "ok", " Words\r\n", id="words with white space, kept as they are"),
        pytest.param("", "empty", "", id="nothing"),
        pytest.param(None, "empty", "", id="null"),
        pytest.param(" \n\u3000", "empty", "", id="white space"),
        pytest.param("a\x00b", "ok", "a\x00b", id="a NUL"),
        pytest.param("a\ud800b", "ok", "a\ufffdb", id="half a character"),
        pytest.param("\ud83d\ude00", "ok", "\U0001f600", id="a character in two halves"),
        pytest.param("x" * 1_000_000, "ok", "x" * 1_000_000, id="a long text"),
    ],
)
def test_a_text_is_stored_as_it_is_if_utf_8_can_hold_it(
    corpus: Corpus, store: Store, text: str | None, outcome: str, stored: str
) -> None:
    outputs = Outputs("tool", "1", {"a": text}, "00")
    store_outputs(outputs, corpus, store)
    assert cells(store, corpus, outputs)["a"] == (outcome, stored)


@pytest.mark.parametrize(
    "texts", [{}, {"x": "X"}, {"A": "X"}, {"": "X"}, {"\ud800": "X"}], ids=["none", "other", "case", "empty", "half"]
)
def test_outputs_of_another_corpus_are_refused_before_anything_is_stored(
    corpus: Corpus, store: Store, texts: Mapping[str, str | None]
) -> None:
    with pytest.raises(
        UsageError, match=r"^tool: none of its \d ids is in corpus pages, which has ids like 'a'; choose another"
    ):
        store_outputs(Outputs("tool", "1", texts, "00"), corpus, store)
    assert store.extractors() == []


def test_storing_the_same_file_again_adds_nothing(tmp_path: Path, corpus: Corpus, store: Store) -> None:
    outputs = outputs_in(tmp_path, '{"a": "A", "b": "B", "c": "C"}')
    assert store_outputs(outputs, corpus, store) == store_outputs(outputs, corpus, store) == "3 ok"
    assert len(store.extractors()) == 1


def test_another_file_of_the_same_name_is_a_row_of_its_own(tmp_path: Path, corpus: Corpus, store: Store) -> None:
    first = outputs_in(tmp_path, '{"a": "A"}', "tool==1")
    second = outputs_in(tmp_path, '{"a": "B"}', "tool==1")
    for outputs in (first, second):
        store_outputs(outputs, corpus, store)
    assert cells(store, corpus, first)["a"] == ("ok", "A")
    assert cells(store, corpus, second)["a"] == ("ok", "B")


@pytest.mark.parametrize(
    ("content", "label"),
    [
        pytest.param('{"version": "1\\ud800", "output": {"a": "A"}}', None, id="a version in the file"),
        pytest.param('{"a": "A"}', "tool==1\udcff", id="a version on the command line"),
        pytest.param('{"a": "A"}', "tool\udcff", id="a name on the command line"),
    ],
)
def test_a_name_that_utf_8_cannot_hold_is_stored_all_the_same(
    tmp_path: Path, corpus: Corpus, store: Store, content: str, label: str | None
) -> None:
    # A command line with bytes that are no UTF-8 reaches Python with lone surrogates in it.
    outputs = outputs_in(tmp_path, content, label)
    store_outputs(outputs, corpus, store)
    assert cells(store, corpus, outputs)["a"] == ("ok", "A")
