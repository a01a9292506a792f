"""Counting: here and in processes beside, the same counts; what is counted is not counted again."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from conftest import write_corpus

from bench import corpus, plugins
from bench.errors import BenchError
from bench.metric import Metric
from bench.model import Extraction, Outcome
from bench.score import score
from bench.store import Store

KEY = b"k" * 32
PAGES = {f"page-{number:03}": f"<p>menu {number}</p><p>gold words of page {number}</p>" for number in range(70)}
METRICS: list[Metric] = [plugins.load("metrics", name).METRIC for name in ("kept", "leaks", "wcxb")]


def prepared(folder: Path, store: Store) -> corpus.Corpus:
    """Seventy pages, and an extractor that kept half of each and leaked its number."""
    root = folder / "pages"
    if not root.exists():
        write_corpus(root, PAGES, {name: f"gold words of page {name[-3:].lstrip('0') or '0'}" for name in PAGES})
    loaded = corpus.load(root, store)
    store.want(loaded.wanted())
    store.put_extractor(KEY, "half", "1", "", {})
    for number, page in enumerate(loaded.page_keys):
        store.put_cell(KEY, page, Extraction(Outcome.OK, f"menu {number} gold words"), None)
    return loaded


def test_processes_beside_count_what_this_one_would(tmp_path: Path) -> None:
    tables = []
    for jobs in (1, 2):
        with Store(tmp_path / f"results-{jobs}", write=True) as store:
            loaded = prepared(tmp_path, store)
            seen = 0

            def watch(pages: int) -> None:
                nonlocal seen
                seen += pages

            # Two texts a page: the extractor's and the empty one.
            assert score(loaded, [KEY], METRICS, store, jobs=jobs, watch=watch) == 2 * len(PAGES) * len(METRICS)
            assert seen == len(PAGES)
            assert score(loaded, [KEY], METRICS, store, jobs=jobs) == 0
            tables.append([store.counts(KEY, metric.signature, len(metric.fields)) for metric in METRICS])
    for alone, beside in zip(*tables, strict=True):
        assert np.array_equal(alone, beside)
    assert tables[0][0][5].tolist() == [2, 3, 2]  # kept, lost, leaked


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_dies_while_counting_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.score._count_page", _die)  # sent by name to the processes, which find it in this file
    with Store(tmp_path / "results", write=True) as store:
        loaded = prepared(tmp_path, store)
        with pytest.raises(BenchError, match="a process that counted has died"):
            score(loaded, [KEY], METRICS, store, jobs=2)
