"""The store: round trips, one writer, migrations, and what it does when the disk, the file or the process fails."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bench
from bench import corpus, plugins
from bench.errors import StoreError
from bench.metric import Metric
from bench.model import Extraction, Limits, Outcome
from bench.score import score
from bench.store import APPLICATION_ID, NOTHING, SCHEMA, Store

KEPT: Metric = plugins.load("metrics", "kept").METRIC
BAG: Metric = plugins.load("metrics", "bag").METRIC
ROOT = Path(bench.__file__).parents[1]
LIMITS = Limits(timeout=10, memory=1000)
SIGNATURE = "m:v1"


def key(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


ALPHA, BETA = key("alpha"), key("beta")


def pages(count: int) -> list[tuple[int, bytes, bytes]]:
    """Numbers, page keys and subjects of so many pages."""
    return [(number, key(f"page {number}"), key(f"subject {number}")) for number in range(count)]


def ok(text: str) -> Extraction:
    return Extraction(Outcome.OK, text)


def failed(outcome: Outcome) -> Extraction:
    return Extraction(outcome, error_type="Kind", error_message="why")


def put(store: Store, number: int, cell: Extraction, *, extractor: bytes = ALPHA, limits: Limits | None = LIMITS) -> None:
    store.put_cell(extractor, key(f"page {number}"), cell, limits)


def texts(store: Store, count: int, extractor: bytes = ALPHA) -> list[str | None]:
    return [store.text(extractor, page) for _, page, _ in pages(count)]


def noise(size: int, seed: int = 0) -> str:
    """Text that does not compress."""
    return np.random.default_rng(seed).bytes(size).hex()


def one_line(problem: pytest.ExceptionInfo[StoreError]) -> str:
    message = str(problem.value)
    assert message
    assert "\n" not in message
    return message


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path, write=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store for many examples: making one for each would cost more than they do."""
    with Store(tmp_path_factory.mktemp("results"), write=True) as opened:
        yield opened


# Round trips

ANY = st.text(max_size=60)
WORDS = st.none() | ANY


@settings(deadline=None, max_examples=100)
@given(text=ANY)
def test_any_text_comes_back_as_it_was_put(shared: Store, text: str) -> None:
    shared.put_cell(ALPHA, key("any"), ok(text), LIMITS)
    assert shared.text(ALPHA, key("any")) == text
    assert shared.text_of(hashlib.sha256(text.encode()).digest()) == text


@settings(deadline=None, max_examples=100)
@given(
    cell=st.builds(
        Extraction,
        st.sampled_from(Outcome),
        st.just(""),
        st.none() | st.floats(0, 1e6),
        st.none() | st.floats(0, 1e6),
        st.none() | st.integers(0, 2**53),
        WORDS,
        WORDS,
        WORDS,
        WORDS,
        st.integers(1, 9),
    )
)
def test_everything_about_a_cell_comes_back_as_it_was_put(shared: Store, cell: Extraction) -> None:
    shared.want([(3, key("any"), key("subject"))])
    shared.put_cell(BETA, key("any"), cell, LIMITS)
    assert list(shared.cells(BETA)) == [(3, cell)]


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome.failed])
def test_a_failed_cell_is_stored_as_empty_text(store: Store, outcome: Outcome) -> None:
    put(store, 0, Extraction(outcome, "half an answer"))
    assert texts(store, 1) == [""]


def test_a_cell_takes_the_place_of_an_earlier_one(store: Store) -> None:
    put(store, 0, ok("first"))
    put(store, 0, ok("second"))
    assert texts(store, 1) == ["second"]


def test_cells_of_other_extractors_and_pages_are_not_touched(store: Store) -> None:
    put(store, 0, ok("alpha"))
    put(store, 0, ok("beta"), extractor=BETA)
    assert (texts(store, 2), texts(store, 2, BETA)) == (["alpha", None], ["beta", None])


def test_equal_texts_are_stored_once(store: Store) -> None:
    for number in range(5):
        put(store, number, ok("the same"))
    assert store._db.execute("SELECT count(*) FROM texts").fetchone() == (1,)


def test_cells_come_in_order_of_number_whatever_the_order_of_keys(store: Store) -> None:
    for number in (2, 0, 1):
        put(store, number, ok(str(number)))
    store.want(pages(3))
    assert [number for number, _ in store.cells(ALPHA)] == [0, 1, 2]


def test_a_page_of_two_ids_shares_its_cell(store: Store) -> None:
    store.want([(0, key("page 0"), key("subject 0")), (1, key("page 0"), key("another gold"))])
    put(store, 0, ok("text"))
    assert [number for number, _ in store.cells(ALPHA)] == [0, 1]
    assert store.missing(ALPHA, LIMITS) == []


def test_counts_come_back_unrounded(store: Store) -> None:
    store.want(pages(1))
    put(store, 0, ok("text"))
    numbers = (1 / 3, 2.0**60 + 1, 1e-300)
    store.put_counts(key("subject 0"), key("text"), SIGNATURE, numbers)
    assert store.counts(ALPHA, SIGNATURE, 3).tolist() == [list(numbers)]


def test_a_page_digest_is_known_once_put_and_can_change(store: Store) -> None:
    assert store.page_digest("a|1|2") is None
    store.put_page_digest("a|1|2", key("one"))
    store.put_page_digest("a|1|2", key("two"))
    assert (store.page_digest("a|1|2"), store.page_digest("a|1|3")) == (key("two"), None)


def test_runs_come_oldest_first_and_those_cut_off_have_no_end(tmp_path: Path, store: Store) -> None:
    first = store.start_run(tmp_path, "dev", {"jobs": 1})
    second = store.start_run(tmp_path, None, {})
    store.finish_run(first, {"jobs": 1, "cells": 7})
    one, other = store.runs()
    assert (one.number, one.split, one.root, one.manifest) == (first, "dev", tmp_path.resolve(), {"jobs": 1, "cells": 7})
    assert (other.number, other.split, other.manifest, other.finished) == (second, None, {}, None)
    assert one.finished is not None
    assert one.started <= one.finished


def test_what_was_put_is_committed_on_leaving_also_by_an_exception(tmp_path: Path) -> None:
    def interrupted() -> None:
        with Store(tmp_path, write=True) as store:
            put(store, 0, ok("kept"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with Store(tmp_path, write=False) as reader:
        assert texts(reader, 1) == ["kept"]


def test_closing_twice_is_no_error(tmp_path: Path) -> None:
    store = Store(tmp_path, write=True)
    store.close()
    store.close()


# Extractors


def know(store: Store, extractor: bytes, name: str) -> None:
    store.put_extractor(extractor, name, "1.0", "a=1", {"name": name, "versions": {"lxml": "6"}})


def test_extractors_with_a_cell_on_a_wanted_page_are_listed_oldest_first(store: Store) -> None:
    for extractor, name in ((BETA, "beta"), (ALPHA, "alpha"), (key("gamma"), "gamma"), (key("delta"), "delta")):
        know(store, extractor, name)
    put(store, 0, ok("a"))
    put(store, 1, ok("b"), extractor=BETA)
    put(store, 7, ok("c"), extractor=key("gamma"))  # not wanted
    store.want(pages(2))
    listed = store.extractors()
    assert [one.name for one in listed] == ["beta", "alpha"]
    assert (listed[0].key, listed[0].version, listed[0].settings) == (BETA, "1.0", "a=1")
    assert listed[0].identity == {"name": "beta", "versions": {"lxml": "6"}}


def test_an_extractor_put_again_is_the_newest(store: Store) -> None:
    for extractor, name in ((ALPHA, "alpha"), (BETA, "beta"), (ALPHA, "alpha")):
        know(store, extractor, name)
        put(store, 0, ok("a"), extractor=extractor)
    store.want(pages(1))
    assert [one.name for one in store.extractors()] == ["beta", "alpha"]


# What must still be run

LONGER, LARGER = replace(LIMITS, timeout=20), replace(LIMITS, memory=2000)
SHORTER, SMALLER = replace(LIMITS, timeout=5), replace(LIMITS, memory=500)


@pytest.mark.parametrize(
    ("cell", "today", "retry", "missing"),
    [
        pytest.param(None, LIMITS, [], True, id="no cell"),
        pytest.param(ok("a"), LIMITS, [], False, id="ok"),
        pytest.param(ok("a"), SHORTER, [], False, id="ok under looser limits than today's"),
        pytest.param(Extraction(Outcome.EMPTY), LIMITS, [], False, id="empty"),
        pytest.param(Extraction(Outcome.EMPTY), LIMITS, [Outcome.EMPTY], True, id="empty, to be retried"),
        pytest.param(failed(Outcome.ERROR), LARGER, [], False, id="error"),
        pytest.param(failed(Outcome.ERROR), LIMITS, [Outcome.ERROR], True, id="error, to be retried"),
        pytest.param(failed(Outcome.ERROR), LIMITS, [Outcome.CRASH], False, id="error, another to be retried"),
        pytest.param(failed(Outcome.CRASH), LONGER, [], False, id="crash"),
        pytest.param(failed(Outcome.CRASH), LIMITS, [Outcome.ERROR, Outcome.CRASH], True, id="crash, one of two to be retried"),
        pytest.param(failed(Outcome.TIMEOUT), LIMITS, [], False, id="timeout under today's limit"),
        pytest.param(failed(Outcome.TIMEOUT), SHORTER, [], False, id="timeout under a looser limit than today's"),
        pytest.param(failed(Outcome.TIMEOUT), LONGER, [], True, id="timeout under a tighter limit than today's"),
        pytest.param(failed(Outcome.TIMEOUT), LARGER, [], False, id="timeout, only memory was tighter"),
        pytest.param(failed(Outcome.TIMEOUT), SHORTER, [Outcome.TIMEOUT], True, id="timeout, to be retried"),
        pytest.param(failed(Outcome.MEMORY), LIMITS, [], False, id="memory under today's limit"),
        pytest.param(failed(Outcome.MEMORY), SMALLER, [], False, id="memory under a looser limit than today's"),
        pytest.param(failed(Outcome.MEMORY), LARGER, [], True, id="memory under a tighter limit than today's"),
        pytest.param(failed(Outcome.MEMORY), LONGER, [], False, id="memory, only time was tighter"),
        pytest.param(failed(Outcome.UNAVAILABLE), LIMITS, [], True, id="unavailable"),
    ],
)
def test_a_cell_is_missing_when(
    store: Store, cell: Extraction | None, today: Limits, retry: list[Outcome], missing: bool
) -> None:
    if cell:
        put(store, 0, cell)
    store.want(pages(1))
    assert store.missing(ALPHA, today, retry=retry) == ([0] if missing else [])


def test_a_timeout_of_unknown_limit_is_not_run_again(store: Store) -> None:
    put(store, 0, failed(Outcome.TIMEOUT), limits=None)
    store.want(pages(1))
    assert store.missing(ALPHA, LONGER) == []


def test_missing_pages_are_the_wanted_ones_of_this_extractor_ascending(store: Store) -> None:
    for number in (1, 3, 9):
        put(store, number, ok("a"))
    put(store, 0, ok("b"), extractor=BETA)
    store.want([*pages(5)][::-1])
    assert store.missing(ALPHA, LIMITS) == [0, 2, 4]


def test_wanting_other_pages_forgets_the_first(store: Store) -> None:
    store.want(pages(3))
    store.want([(5, key("page 5"), key("subject 5"))])
    assert store.missing(ALPHA, LIMITS) == [5]


# What must still be counted


def sha(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def test_a_page_without_a_cell_waits_for_counts_of_the_empty_text(store: Store) -> None:
    store.want(pages(2))
    put(store, 0, ok("text"))
    waiting = {(one.number, one.subject, one.text, one.signature) for one in store.pending([ALPHA], [SIGNATURE])}
    assert waiting == {
        (0, key("subject 0"), sha("text"), SIGNATURE),
        (0, key("subject 0"), NOTHING, SIGNATURE),
        (1, key("subject 1"), NOTHING, SIGNATURE),
    }


def count_all(store: Store, extractors: list[bytes], signatures: list[str]) -> int:
    """Store what is pending, each count being the first byte of subject and text; returns how many."""
    done = 0
    for one in store.pending(extractors, signatures):
        store.put_counts(one.subject, one.text, one.signature, (one.subject[0], one.text[0]))
        done += 1
    return done


def test_what_was_counted_waits_no_more(store: Store) -> None:
    store.want(pages(2))
    put(store, 0, ok("text"))
    assert count_all(store, [ALPHA], [SIGNATURE]) == 3
    assert list(store.pending([ALPHA], [SIGNATURE])) == []


def test_only_what_is_new_waits(store: Store) -> None:
    store.want(pages(3))
    put(store, 0, ok("text"))
    count_all(store, [ALPHA], [SIGNATURE])
    put(store, 1, ok("other"))
    put(store, 1, ok("third"), extractor=BETA)
    put(store, 2, ok(""))
    of = {(one.number, one.text) for one in store.pending([ALPHA, BETA], [SIGNATURE])}
    assert of == {(1, sha("other")), (1, sha("third"))}


def test_another_signature_waits_for_every_page_again(store: Store) -> None:
    store.want(pages(3))
    count_all(store, [ALPHA], [SIGNATURE])
    assert {one.signature for one in store.pending([ALPHA], [SIGNATURE, "m:v2"])} == {"m:v2"}
    assert count_all(store, [ALPHA], [SIGNATURE, "m:v2"]) == 3


def test_another_subject_waits_again_and_the_first_stays_counted(store: Store) -> None:
    store.want(pages(2))
    count_all(store, [ALPHA], [SIGNATURE])
    changed = [pages(2)[0], (1, key("page 1"), key("new gold"))]
    store.want(changed)
    assert [one.number for one in store.pending([ALPHA], [SIGNATURE])] == [1]
    store.want(pages(2))
    assert list(store.pending([ALPHA], [SIGNATURE])) == []


def test_counts_are_in_order_of_number_and_empty_for_pages_without_a_cell(store: Store) -> None:
    store.want(pages(3))
    put(store, 2, ok("text"))
    put(store, 1, failed(Outcome.CRASH))
    count_all(store, [ALPHA], [SIGNATURE])
    subjects = [key(f"subject {number}")[0] for number in range(3)]
    expected = [[subjects[0], NOTHING[0]], [subjects[1], NOTHING[0]], [subjects[2], sha("text")[0]]]
    assert store.counts(ALPHA, SIGNATURE, 2).tolist() == expected


def test_more_pages_than_are_asked_for_at_a_time_are_all_counted(store: Store) -> None:
    store.want(pages(1203))
    put(store, 1202, ok("last"))
    numbers = [one.number for one in store.pending([ALPHA], [SIGNATURE])]
    assert (numbers, len(numbers)) == (sorted(numbers), 1204)
    count_all(store, [ALPHA], [SIGNATURE])
    assert store.counts(ALPHA, SIGNATURE, 2).shape == (1203, 2)


def test_no_wanted_pages_wait_for_nothing(store: Store) -> None:
    assert list(store.pending([ALPHA], [SIGNATURE])) == []
    assert store.counts(ALPHA, SIGNATURE, 2).shape == (0, 2)


# Scoring what is stored


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A corpus of three pages."""
    root = tmp_path / "pages"
    for name in ("corpus", "gold"):
        (root / name).mkdir(parents=True)
    for name in "abc":
        (root / "corpus" / f"{name}.html").write_text(f"<p>{name}", encoding="utf-8")
        (root / "corpus" / f"{name}.toml").write_text(f'site = "{name}.example"\n', encoding="utf-8")
        (root / "gold" / f"{name}.txt").write_text(f"main text of {name}\n", encoding="utf-8")
    return root


def want(store: Store, folder: Path) -> corpus.Corpus:
    loaded = corpus.load(folder, store)
    store.want(loaded.wanted())
    return loaded


def answer(store: Store, loaded: corpus.Corpus, outputs: list[str]) -> None:
    for page, text in zip(loaded.page_keys, outputs, strict=True):
        store.put_cell(ALPHA, page, ok(text) if text else Extraction(Outcome.EMPTY), LIMITS)


def test_outputs_that_are_never_empty_are_scored(store: Store, folder: Path) -> None:
    loaded = want(store, folder)
    answer(store, loaded, ["main", "main text", "main text of c"])
    score(loaded, [ALPHA], [KEPT], store)
    assert store.counts(ALPHA, KEPT.signature, 3).tolist() == [[1, 3, 0], [2, 2, 0], [4, 0, 0]]


@pytest.fixture
def scored(store: Store, folder: Path) -> tuple[Store, Path]:
    loaded = want(store, folder)
    answer(store, loaded, ["main text of a", "main text leaked", ""])
    assert score(loaded, [ALPHA], [KEPT, BAG], store) == (2 + 2 + 1) * 2  # every text, and the empty one of every page
    return store, folder


def test_scoring_again_counts_nothing(scored: tuple[Store, Path]) -> None:
    store, folder = scored
    watched: list[int] = []
    assert score(want(store, folder), [ALPHA], [KEPT, BAG], store, watch=watched.append) == 0
    assert watched == []


def test_counts_are_those_of_the_metric(scored: tuple[Store, Path]) -> None:
    store, _ = scored
    assert store.counts(ALPHA, KEPT.signature, 3).tolist() == [[4, 0, 0], [2, 2, 1], [0, 4, 0]]


def test_a_changed_gold_is_counted_again_alone(scored: tuple[Store, Path]) -> None:
    store, folder = scored
    (folder / "gold" / "b.txt").write_text("main text leaked\n", encoding="utf-8")
    watched: list[int] = []
    assert score(want(store, folder), [ALPHA], [KEPT], store, watch=watched.append) == 2
    assert watched == [1]
    assert store.counts(ALPHA, KEPT.signature, 3).tolist() == [[4, 0, 0], [3, 0, 0], [0, 4, 0]]


def test_a_gold_changed_back_is_not_counted_a_third_time(scored: tuple[Store, Path]) -> None:
    store, folder = scored
    path = folder / "gold" / "b.txt"
    before = path.read_bytes()
    path.write_text("other\n", encoding="utf-8")
    score(want(store, folder), [ALPHA], [KEPT], store)
    path.write_bytes(before)
    assert score(want(store, folder), [ALPHA], [KEPT], store) == 0
    assert store.counts(ALPHA, KEPT.signature, 3).tolist() == [[4, 0, 0], [2, 2, 1], [0, 4, 0]]


def test_a_changed_output_is_counted_again_alone(scored: tuple[Store, Path]) -> None:
    store, folder = scored
    loaded = want(store, folder)
    answer(store, loaded, ["main text of a", "main", ""])
    assert score(loaded, [ALPHA], [KEPT], store) == 1
    assert store.counts(ALPHA, KEPT.signature, 3).tolist() == [[4, 0, 0], [1, 3, 0], [0, 4, 0]]


def test_a_new_version_of_a_metric_is_counted_on_every_page(scored: tuple[Store, Path]) -> None:
    store, folder = scored
    newer = replace(KEPT, signature=KEPT.signature.replace("kept:v", "kept:v9"), counts=lambda _: (1, 2, 3))
    assert score(want(store, folder), [ALPHA], [KEPT, newer], store) == 5
    assert store.counts(ALPHA, newer.signature, 3).tolist() == [[1, 2, 3]] * 3
    assert store.counts(ALPHA, KEPT.signature, 3).tolist() == [[4, 0, 0], [2, 2, 1], [0, 4, 0]]


# One writer, many readers


def test_a_second_writer_is_refused_in_one_line_that_names_the_first(tmp_path: Path, store: Store) -> None:
    with pytest.raises(StoreError) as problem:
        Store(tmp_path, write=True)
    assert f"process {os.getpid()} is writing to it" in one_line(problem)


def test_the_first_writer_goes_on_after_a_second_was_refused(tmp_path: Path, store: Store) -> None:
    with pytest.raises(StoreError):
        Store(tmp_path, write=True)
    put(store, 0, ok("text"))
    store.commit()
    with pytest.raises(StoreError):
        Store(tmp_path, write=True)


def test_a_reader_sees_what_is_committed_while_a_writer_writes(tmp_path: Path, store: Store) -> None:
    put(store, 0, ok("committed"))
    store.commit()
    put(store, 1, ok("not yet"))
    with Store(tmp_path, write=False) as reader:
        assert texts(reader, 2) == ["committed", None]
        store.commit()
        assert texts(reader, 2) == ["committed", "not yet"]


def test_a_reader_keeps_no_writer_away(tmp_path: Path) -> None:
    Store(tmp_path, write=True).close()
    with Store(tmp_path, write=False) as reader:
        with Store(tmp_path, write=True) as writer:
            put(writer, 0, ok("text"))
        assert texts(reader, 1) == ["text"]


def test_a_store_that_was_closed_can_be_written_again(tmp_path: Path) -> None:
    for number in range(2):
        with Store(tmp_path, write=True) as store:
            put(store, number, ok(str(number)))
    with Store(tmp_path, write=False) as reader:
        assert texts(reader, 2) == ["0", "1"]


def test_a_commit_waits_until_the_oldest_change_is_old_enough(tmp_path: Path, store: Store) -> None:
    with Store(tmp_path, write=False) as reader:
        put(store, 0, ok("text"))
        store.commit(every=3600)
        assert texts(reader, 1) == [None]
        store.commit(every=1e-9)
        assert texts(reader, 1) == ["text"]


def test_without_a_store_a_reader_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as problem:
        Store(tmp_path / "nowhere", write=False)
    assert "bench run" in one_line(problem)
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_cannot_be_made_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreError) as problem:
        Store(tmp_path / "file" / "results", write=True)
    assert "--results" in one_line(problem)


def test_a_folder_in_which_no_lock_can_be_made_is_refused_in_one_line(tmp_path: Path) -> None:
    # As on a read-only disk, which a test that runs as root cannot make.
    (tmp_path / "store.lock").mkdir()
    with pytest.raises(StoreError) as problem:
        Store(tmp_path, write=True)
    one_line(problem)


# Kill and power


def run_python(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script that sees the package under test, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


KILLED_WHILE_WRITING = """
import hashlib, os, signal, sys
from pathlib import Path
from bench.model import Extraction, Outcome
from bench.store import Store

def put(number):
    cell = Extraction(Outcome.OK, f"text {number}")
    store.put_cell(hashlib.sha256(b"alpha").digest(), hashlib.sha256(f"page {number}".encode()).digest(), cell, None)

store = Store(Path(sys.argv[1]), write=True)
for number in range(3):
    put(number)
store.commit()
for number in range(3, 6):
    put(number)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_after_a_kill_what_was_committed_is_there_and_the_rest_as_if_never_begun(tmp_path: Path) -> None:
    killed = run_python(KILLED_WHILE_WRITING, str(tmp_path))
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with Store(tmp_path, write=True) as store:  # the lock has gone with the process
        assert texts(store, 6) == ["text 0", "text 1", "text 2", None, None, None]
        store.want(pages(6))
        assert store.missing(ALPHA, LIMITS) == [3, 4, 5]


# Makes a store over and over, in a folder each time, killed at its first statement, then its second, until one is made whole.
KILLED_WHILE_MAKING = """
import os, signal, sqlite3, sys
from pathlib import Path
from bench.store import Store

connect = sqlite3.connect

def make(folder, fatal):
    statements = 0
    def trace(statement):
        nonlocal statements
        statements += 1
        if statements == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
    def traced(*arguments, **options):
        db = connect(*arguments, **options)
        db.set_trace_callback(trace)
        return db
    sqlite3.connect = traced
    Store(folder, write=True).close()

for fatal in range(1, 1000):
    child = os.fork()
    if not child:
        make(Path(sys.argv[1]) / f"{fatal:03}", fatal)
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        print(fatal)
        break
"""


def test_a_store_killed_at_any_moment_of_its_making_can_be_opened_again(tmp_path: Path) -> None:
    made = run_python(KILLED_WHILE_MAKING, str(tmp_path))
    assert made.returncode == 0, made.stderr
    assert int(made.stdout) > len(SCHEMA)
    refused = []
    for folder in sorted(tmp_path.iterdir()):
        try:
            with Store(folder, write=True) as store:
                put(store, 0, ok("text"))
                store.start_run(tmp_path, None, {})
        except StoreError as problem:
            refused.append(f"killed at statement {int(folder.name)}: {problem}")
    assert refused == []


# Disk full


def fill(store: Store) -> None:
    """Let the disk hold a few more pages, and put noise until it is full."""
    used = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {used + 20}")
    put(store, 100, ok(noise(4000)))
    for number in range(101, 1000):
        put(store, number, ok(noise(4000, number)))


def test_a_full_disk_is_told_in_one_line_and_what_was_committed_stays(tmp_path: Path) -> None:
    with Store(tmp_path, write=True) as store:
        put(store, 0, ok("committed"))
        store.commit()
        with pytest.raises(StoreError) as problem:
            fill(store)
        assert "full; free some space" in one_line(problem)
        assert texts(store, 1) == ["committed"]
        assert store.text(ALPHA, key("page 100")) is None
    with Store(tmp_path, write=True) as store:
        assert texts(store, 1) == ["committed"]
        assert store._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_store_goes_on_once_there_is_space_again(store: Store) -> None:
    with pytest.raises(StoreError):
        fill(store)
    store._db.execute("PRAGMA max_page_count = 1000000")
    put(store, 0, ok("text"))
    store.commit()
    assert texts(store, 1) == ["text"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda store: store.put_counts(ALPHA, BETA, SIGNATURE, [0.5] * 100_000), id="counts"),
        pytest.param(lambda store: store.put_extractor(ALPHA, noise(100_000), "1", "", {}), id="an extractor"),
        pytest.param(lambda store: store.start_run(Path("/"), None, {"noise": noise(100_000)}), id="a run"),
        pytest.param(lambda store: store.put_page_digest(noise(100_000), b""), id="a page digest"),
    ],
)
def test_every_change_tells_of_a_full_disk(store: Store, change: Callable[[Store], object]) -> None:
    store.commit()
    store._db.execute("PRAGMA max_page_count = 1")  # SQLite takes the present size instead
    with pytest.raises(StoreError) as problem:
        change(store)
    assert "free some space" in one_line(problem)


# Older, newer and other files


def older(folder: Path, steps: int) -> None:
    """Make a store as the first steps of the schema made it, with what such a store could hold."""
    with closing(sqlite3.connect(folder / "store.sqlite", isolation_level=None)) as db:
        for script in SCHEMA[:steps]:
            db.executescript(script)
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {steps}")
        db.execute("INSERT INTO texts VALUES (?, ?)", (sha("old text"), zlib.compress(b"old text")))
        db.execute("INSERT INTO extractors VALUES (?, 'alpha', '1', '', '{}', '2026-01-01')", (ALPHA,))
        db.execute(
            "INSERT INTO cells VALUES (?, ?, 'ok', ?, 1.5, NULL, 7, NULL, NULL, NULL, NULL, 1, 30, NULL)",
            (ALPHA, key("page 0"), sha("old text")),
        )
        if steps > 1:
            db.execute("INSERT INTO metrics VALUES (4, ?)", (SIGNATURE,))
            counts = np.array([1.0, 2.0], dtype="<f8").tobytes()
            db.execute("INSERT INTO counts VALUES (?, ?, 4, ?)", (key("subject 0"), sha("old text"), counts))


@pytest.mark.parametrize("steps", range(1, len(SCHEMA)))
def test_an_older_store_is_brought_up_to_date_with_all_that_it_held(tmp_path: Path, steps: int) -> None:
    older(tmp_path, steps)
    with Store(tmp_path, write=True) as store:
        store.want(pages(1))
        assert texts(store, 1) == ["old text"]
        assert list(store.cells(ALPHA)) == [(0, Extraction(Outcome.OK, "", 1.5, None, 7))]
        assert [one.name for one in store.extractors()] == ["alpha"]
        pending = [(one.text, one.signature) for one in store.pending([ALPHA], [SIGNATURE])]
        assert ((sha("old text"), SIGNATURE) in pending) is (steps == 1)
        store.put_counts(key("subject 0"), sha("old text"), SIGNATURE, [1, 2])
        assert store.counts(ALPHA, SIGNATURE, 2).tolist() == [[1, 2]]
        assert store.start_run(tmp_path, None, {}) == 1
    with closing(sqlite3.connect(tmp_path / "store.sqlite")) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (len(SCHEMA),)
    with Store(tmp_path, write=False) as reader:
        assert texts(reader, 1) == ["old text"]


@pytest.mark.parametrize("steps", range(1, len(SCHEMA)))
def test_an_older_store_is_not_read_but_the_reader_says_what_to_do(tmp_path: Path, steps: int) -> None:
    older(tmp_path, steps)
    before = (tmp_path / "store.sqlite").read_bytes()
    with pytest.raises(StoreError) as problem:
        Store(tmp_path, write=False)
    assert "bench run" in one_line(problem)
    assert (tmp_path / "store.sqlite").read_bytes() == before


def newer(path: Path) -> None:
    Store(path.parent, write=True).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {len(SCHEMA) + 1}")


def other_database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.executescript("CREATE TABLE cells (a); INSERT INTO cells VALUES (1); PRAGMA user_version = 2")


def other_application(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.executescript(f"CREATE TABLE t (a); PRAGMA application_id = {APPLICATION_ID + 1}")


def only_a_version(path: Path) -> None:
    # A database of some application that has made no table yet.
    with closing(sqlite3.connect(path)) as db:
        db.executescript(f"PRAGMA application_id = 7; PRAGMA user_version = {len(SCHEMA)}")


def garbage(path: Path) -> None:
    path.write_bytes(b"\x00\xff garbage " * 1000)


def short_text(path: Path) -> None:
    path.write_text("{}", encoding="utf-8")


def header_only(path: Path) -> None:
    path.write_bytes(b"SQLite format 3\0" + b"\xff" * 84)


@pytest.mark.parametrize("write", [True, False], ids=["writing", "reading"])
@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(newer, "upgrade bench", id="a newer store"),
        pytest.param(other_database, "not one of bench's", id="another database"),
        pytest.param(other_application, "not one of bench's", id="another application's database"),
        pytest.param(only_a_version, "not one of bench's", id="another application's database without tables"),
        pytest.param(garbage, "not a database", id="garbage"),
        pytest.param(short_text, "not a database", id="a short text"),
        pytest.param(header_only, "", id="a database's first bytes and no more"),
    ],
)
def test_what_is_no_store_of_ours_is_refused_in_one_line_and_not_touched(
    tmp_path: Path, make: Callable[[Path], None], words: str, write: bool
) -> None:
    path = tmp_path / "store.sqlite"
    make(path)
    before = path.read_bytes()
    with pytest.raises(StoreError) as problem:
        Store(tmp_path, write=write)
    assert words in one_line(problem)
    assert path.read_bytes() == before


def test_a_refused_file_can_be_moved_away_and_a_store_made(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    garbage(path)
    with pytest.raises(StoreError):
        Store(tmp_path, write=True)
    path.rename(tmp_path / "away")
    with Store(tmp_path, write=True) as store:
        put(store, 0, ok("text"))


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    # What a process leaves that was killed before its first write.
    (tmp_path / "store.sqlite").touch()
    with Store(tmp_path, write=True) as store:
        put(store, 0, ok("text"))
        assert texts(store, 1) == ["text"]


# Damage


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param("UPDATE texts SET deflated = x'00ff00ff'", id="bytes that do not unpack"),
        pytest.param(f"UPDATE texts SET deflated = x'{zlib.compress(b'other').hex()}'", id="the bytes of another text"),
        pytest.param("UPDATE texts SET deflated = substr(deflated, 1, 4)", id="a text cut short"),
        pytest.param("UPDATE texts SET deflated = x''", id="no bytes"),
        pytest.param("DELETE FROM texts", id="a text that is gone"),
    ],
)
def test_a_damaged_text_is_not_taken_for_the_one_that_was_stored(store: Store, harm: str) -> None:
    put(store, 0, ok("some text"))
    store.commit()
    store._db.execute(harm)
    with pytest.raises(StoreError) as problem:
        store.text(ALPHA, key("page 0"))
    assert "damaged" in one_line(problem)


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda store: texts(store, 300), id="texts"),
        pytest.param(lambda store: list(store.cells(ALPHA)), id="cells"),
        pytest.param(lambda store: store.missing(ALPHA, LIMITS), id="what is missing"),
        pytest.param(lambda store: store.extractors(), id="extractors"),
        pytest.param(lambda store: list(store.pending([ALPHA], [SIGNATURE])), id="what is to be counted"),
        pytest.param(lambda store: store.counts(ALPHA, SIGNATURE, 1), id="counts"),
        pytest.param(lambda store: store.runs(), id="runs"),
    ],
)
def test_a_damaged_file_is_told_in_one_line_whatever_is_read(tmp_path: Path, read: Callable[[Store], object]) -> None:
    with Store(tmp_path, write=True) as store:
        know(store, ALPHA, "alpha")
        for number, _, subject in pages(300):
            put(store, number, ok(noise(300, number)))
            store.put_counts(subject, sha(noise(300, number)), SIGNATURE, [number])
            store.start_run(tmp_path, None, {"noise": noise(100)})
    path = tmp_path / "store.sqlite"
    size = int.from_bytes(path.read_bytes()[16:18], "big")
    data = bytearray(path.read_bytes())
    intact = 2 * size  # what opening needs: the header and the table of tables
    data[intact:] = b"\xa5" * (len(data) - intact)
    path.write_bytes(data)

    def reading() -> None:
        with Store(tmp_path, write=True) as store:
            store.want(pages(300))
            read(store)

    with pytest.raises(StoreError) as problem:
        reading()
    one_line(problem)
