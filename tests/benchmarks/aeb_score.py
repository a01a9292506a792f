"""Scores outputs with metric `aeb`, as a process of its own: `aeb_score.py CORPUS RESAMPLES FILE...` prints it as JSON."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # as the command line has it

import json
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np

from bench import plugins
from bench.alignment import Case, GoldTokens
from bench.metric import Metric
from bench.outputs import read_outputs
from bench.readers.aeb import open_corpus
from bench.stats import bootstrap

Values = dict[str, float]


def score(corpus_folder: Path, files: list[Path], resamples: int) -> tuple[dict[str, tuple[Values, Values]], Values]:
    """Score the files; returns for each its values and their deviations over the resamples, and the seconds of each part."""
    metric: Metric = plugins.load("metrics", "aeb").METRIC
    clock = [time.perf_counter()]
    corpus = open_corpus(corpus_folder, None)
    assert corpus is not None, "its files were found before"
    golds = {page: corpus.gold(page) for page in corpus.ids()}
    clock.append(time.perf_counter())
    outputs = [read_outputs(path, None) for path in files]
    clock.append(time.perf_counter())
    by_page = []
    for page, gold in golds.items():  # page by page, as `bench table` counts
        texts = [one.texts[page] or "" for one in outputs]
        tokens = GoldTokens(gold, outputs=texts)
        by_page.append([metric.count(Case(tokens, text)) for text in texts])
    tables = list(np.array(by_page, dtype=np.float64).swapaxes(0, 1))
    clock.append(time.perf_counter())
    draws = bootstrap(metric, tables, list(golds), resamples=resamples)  # each page a site: the script draws pages
    clock.append(time.perf_counter())
    scores = {}
    for path, counts, drawn in zip(files, tables, draws, strict=True):
        pooled = metric.pooled(counts)
        scores[path.stem] = (
            {name: float(pooled[name][0]) for name in metric.values},
            {name: float(np.std(drawn[name], ddof=1)) for name in metric.values},
        )
    parts = ("gold", "files", "counts", "bootstrap")
    return scores, {part: end - start for part, (start, end) in zip(parts, pairwise(clock), strict=True)}


if __name__ == "__main__":
    folder, many, *paths = sys.argv[1:]
    json.dump(score(Path(folder), [Path(path) for path in paths], int(many)), sys.stdout)
