"""Records: page files as they lie, keys that change when they must, digests of any text."""

from __future__ import annotations

import gzip
import json
import os
import tracemalloc
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import model
from bench.model import Block, Captured, Extraction, Gold, Limits, Outcome, Page, digest

ANY_TEXT = st.text(st.characters(exclude_categories=[]))  # lone surrogates too
PACKED = gzip.compress(b"<p>a page</p>" * 100, mtime=0)
SHA = bytes(range(32))


def file(folder: Path, name: str, data: bytes) -> Captured:
    path = folder / name
    path.write_bytes(data)
    return Captured(path)


# Captured


@pytest.mark.parametrize(
    ("name", "written", "read"),
    [
        pytest.param("a.html", b"\xff\x00\r\n", b"\xff\x00\r\n", id="as they are"),
        pytest.param("a.html", b"", b"", id="an empty file"),
        pytest.param("a.html", PACKED, PACKED, id="gzip under another name"),
        pytest.param("a.html.gz", gzip.compress(b"\xff\r\n"), b"\xff\r\n", id="gzip"),
        pytest.param("a.html.gz", gzip.compress(b""), b"", id="gzip of nothing"),
        pytest.param("a.html.gz", gzip.compress(b"a") + gzip.compress(b"b"), b"ab", id="gzip in two members"),
        pytest.param("a.html.gz", gzip.compress(gzip.compress(b"a")), gzip.compress(b"a"), id="gzip within gzip, once"),
    ],
)
def test_a_page_is_read_byte_for_byte(tmp_path: Path, name: str, written: bytes, read: bytes) -> None:
    assert file(tmp_path, name, written).read() == read


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"<p>a page</p>", id="not gzip at all"),
        pytest.param(b"", id="no bytes at all"),
        pytest.param(PACKED[:2], id="only its first two bytes"),
        pytest.param(PACKED[:-12], id="cut off in the data"),
        pytest.param(PACKED[:-4], id="cut off in the checksums"),
        pytest.param(PACKED[:-8] + bytes(4) + PACKED[-4:], id="wrong checksum"),
        pytest.param(PACKED[:-4] + bytes(4), id="wrong length"),
        pytest.param(PACKED[:10] + b"\xff" * (len(PACKED) - 10), id="damaged data"),
        pytest.param(PACKED + b"more", id="something after its end"),
    ],
)
def test_damaged_gzip_is_an_error_and_never_half_a_page(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ValueError, match="damaged gzip"):
        file(tmp_path, "a.html.gz", data).read()


@pytest.mark.parametrize(("name", "pack"), [("a.html", bytes), ("a.html.gz", gzip.compress)], ids=["plain", "packed"])
def test_a_page_may_have_as_many_bytes_as_the_limit_and_not_one_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, pack: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr(model, "MAX_PAGE_BYTES", 1000)
    assert len(file(tmp_path, name, pack(bytes(1000))).read()) == 1000
    with pytest.raises(ValueError, match=r"(more|larger) than 1000 bytes"):
        file(tmp_path, name, pack(bytes(1001))).read()


def test_a_bomb_is_not_unpacked_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "MAX_PAGE_BYTES", 100_000)
    bomb = file(tmp_path, "a.html.gz", gzip.compress(bytes(50_000_000)))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="unpacks to more than 100000 bytes"):
            bomb.read()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


@pytest.mark.parametrize("name", ["a.html", "a.html.gz"])
def test_a_page_that_is_not_there_is_an_os_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileNotFoundError):
        Captured(tmp_path / name).read()


def test_a_stamp_changes_with_size_and_with_time(tmp_path: Path) -> None:
    captured = file(tmp_path, "a.html", b"one")
    first = captured.stamp()
    assert captured.stamp() == first
    status = captured.path.stat()
    os.utime(captured.path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    second = captured.stamp()
    captured.path.write_bytes(b"one more")
    os.utime(captured.path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert len({first, second, captured.stamp()}) == 3


def test_two_files_never_share_a_stamp(tmp_path: Path) -> None:
    one, two = file(tmp_path, "a.html", b"x"), file(tmp_path, "b.html", b"x")
    for captured in (one, two):
        os.utime(captured.path, ns=(0, 0))
    assert one.stamp() != two.stamp()


# Keys

PAGE = Page("a", Captured(Path("a.html")), url="https://a.example/")
GOLD = Gold(blocks=(Block("one"), Block("two", required=False)), title="T")


@pytest.mark.parametrize(
    ("page", "sha"),
    [
        pytest.param(PAGE, SHA[::-1], id="bytes"),
        pytest.param(replace(PAGE, encoding="utf-8"), SHA, id="encoding"),
        pytest.param(replace(PAGE, url="https://a.example"), SHA, id="url"),
        pytest.param(replace(PAGE, url=None), SHA, id="no url"),
        pytest.param(replace(PAGE, url=None, encoding="https://a.example/"), SHA, id="url and encoding changed over"),
    ],
)
def test_a_page_key_changes_with_all_that_an_extractor_sees(page: Page, sha: bytes) -> None:
    assert len(page.key(sha)) == 32
    assert page.key(sha) != PAGE.key(SHA)


def test_a_page_key_changes_with_nothing_that_an_extractor_does_not_see() -> None:
    other = Page(
        "b", Captured(Path("b.html.gz")), None, "https://a.example/", "de", "news", "b.example",
        datetime(2026, 1, 1, tzinfo=UTC), "CC0-1.0", "dev", ("x",), {"y": 1},
    )  # fmt: skip
    unlike = {field.name for field in fields(Page) if getattr(other, field.name) != getattr(PAGE, field.name)}
    assert unlike == {field.name for field in fields(Page)} - {"encoding", "url"}
    assert other.key(SHA) == PAGE.key(SHA)


@pytest.mark.parametrize("field", [field.name for field in fields(Gold)])
def test_a_gold_key_changes_with_every_field(field: str) -> None:
    value = getattr(Gold(), field)
    other: Any = (Block("x"),) if field == "blocks" else ("x",) if isinstance(value, tuple) else "x"
    assert replace(Gold(), **{field: other}).key() != Gold().key()


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(GOLD, blocks=(Block("one"), Block("two"))), id="a block that is now required"),
        pytest.param(replace(GOLD, blocks=GOLD.blocks[::-1]), id="order of blocks"),
        pytest.param(replace(GOLD, blocks=(Block("one\n\ntwo", required=False),)), id="two blocks made one"),
        pytest.param(replace(GOLD, title="T "), id="white space"),
        pytest.param(replace(GOLD, title=""), id="an empty title"),
        pytest.param(replace(GOLD, title=None, scope="T"), id="the same text in another field"),
        pytest.param(replace(GOLD, keep=("x",)), id="a snippet to keep"),
        pytest.param(replace(GOLD, drop=("x",)), id="a snippet to drop"),
    ],
)
def test_a_gold_key_changes_with_the_least_edit(other: Gold) -> None:
    assert other.key() not in {GOLD.key(), replace(GOLD, drop=("y",), keep=("y",)).key()}
    assert replace(other).key() == other.key()


@settings(deadline=None, max_examples=100)
@given(ANY_TEXT, ANY_TEXT)
def test_any_text_has_a_digest_of_its_own(one: str, two: str) -> None:
    # JSON writes a pair of surrogates as it writes the character that they stand for; the store joins them, too.
    joined = [text.encode("utf-16", "surrogatepass") for text in (one, two)]
    assert len(digest(one)) == 32
    assert (digest([one]) == digest([two])) == (joined[0] == joined[1])
    assert Gold(blocks=(Block(one),)).key() == Gold(blocks=(Block(one),)).key()


@settings(deadline=None, max_examples=100)
@given(st.lists(ANY_TEXT, max_size=3), st.lists(ANY_TEXT, max_size=3))
def test_a_digest_knows_where_one_text_ends_and_the_next_begins(one: list[str], two: list[str]) -> None:
    joined = [[text.encode("utf-16", "surrogatepass") for text in texts] for texts in (one, two)]
    assert (digest(one) == digest(two)) == (joined[0] == joined[1])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None, max_examples=100)
@given(JSON)
def test_a_digest_outlives_a_trip_through_json(value: Any) -> None:
    assert digest(json.loads(json.dumps(value))) == digest(value)


def test_a_digest_does_not_know_the_order_of_a_dictionary() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})


@pytest.mark.parametrize(
    ("one", "two"),
    [(True, 1), (1, 1.0), (1, "1"), (None, "null"), (None, ""), ([], [None]), ([1, 2], [[1], 2])],
    ids=[
        "truth and one",
        "whole and not",
        "number and text",
        "null and its name",
        "null and empty",
        "none and null",
        "nesting",
    ],
)
def test_a_digest_tells_apart_what_python_may_call_equal(one: object, two: object) -> None:
    assert digest(one) != digest(two)


# The rest


def test_a_digest_is_the_sha256_of_canonical_json() -> None:
    # printf '{"a":["\\u00e9",null,1.5]}' | sha256sum
    assert digest({"a": ["é", None, 1.5]}).hex() == "9ebea79c8add4e7efbeeb30103f22f5fa9ec8a6fb7aed8ba6fbc7fde04aaaa78"


def test_an_empty_answer_is_an_answer_and_all_else_but_ok_has_failed() -> None:
    failed = {"error", "timeout", "memory", "crash", "unavailable"}
    assert {outcome.value: outcome.failed for outcome in Outcome} == {
        "ok": False,
        "empty": False,
        **dict.fromkeys(failed, True),
    }


@pytest.mark.parametrize("record", [PAGE, PAGE.captured, GOLD, GOLD.blocks[0], Extraction(Outcome.OK), Limits()])
def test_a_record_cannot_be_changed(record: Any) -> None:
    for field in fields(record):
        with pytest.raises(FrozenInstanceError):
            setattr(record, field.name, None)


def test_the_text_of_a_gold_holds_all_blocks() -> None:
    assert GOLD.text == "one\n\ntwo"
    assert Gold().text == ""
