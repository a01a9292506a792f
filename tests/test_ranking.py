"""Rank ranges, ties and the oracle; slices by what pages are and hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from bench import corpus, inference, plugins, stats
from bench.errors import UsageError
from bench.intervals import KINDS, Resampling, spreads
from bench.metric import Floats, Metric
from bench.ranking import oracle, rank
from bench.slices import FIELDS, members
from bench.store import Store

KEPT: Metric = plugins.load("metrics", "kept").METRIC
AEB: Metric = plugins.load("metrics", "aeb").METRIC


def counted(*shares: float) -> Floats:
    """Counts of `kept` on pages of 100 required words of which so many were kept, and nothing leaked."""
    kept = np.array(shares) * 100
    return np.stack([kept, 100 - kept, np.zeros(len(kept))], axis=1)


def noisy(mean: float, seed: int, pages: int = 40) -> Floats:
    return counted(*np.clip(np.random.default_rng(seed).normal(mean, 0.05, size=pages), 0, 1).round(2).tolist())


SITES = [f"site {number}" for number in range(40)]


def ranking(tables: Sequence[Floats], sites: Sequence[str] = SITES) -> tuple[list[tuple[int, int] | None], set[int]]:
    found = rank(KEPT, tables, spreads(KEPT, tables, sites, Resampling(500)), sites, 1)
    return list(found.ranks), set(found.tied)


def test_an_extractor_that_is_clearly_better_ranks_alone() -> None:
    ranks, tied = ranking([noisy(0.5, 1), noisy(0.9, 2), noisy(0.3, 3)])
    assert ranks == [(2, 2), (1, 1), (3, 3)]
    assert tied == {1}


def test_extractors_of_the_same_worth_share_their_ranks_and_are_tied() -> None:
    ranks, tied = ranking([noisy(0.5, 1), noisy(0.5, 2), noisy(0.1, 3)])
    assert ranks == [(1, 2), (1, 2), (3, 3)]
    assert tied == {0, 1}


@pytest.mark.parametrize(
    ("tables", "sites"), [([noisy(0.5, 1)], SITES), ([noisy(0.5, 1), noisy(0.9, 2)], ["one"] * 40)], ids=["one row", "one site"]
)
def test_nothing_is_ranked_where_there_is_nothing_to_compare(tables: list[Floats], sites: list[str]) -> None:
    ranks, tied = ranking(tables, sites)
    assert (set(ranks), tied) == ({None}, set())


def test_what_cannot_be_seen_is_the_median_over_the_rest_corrected_like_the_tests() -> None:
    tables = [noisy(0.9, 1), noisy(0.6, 2), noisy(0.5, 3), noisy(0.4, 4)]
    found = rank(KEPT, tables, spreads(KEPT, tables, SITES, Resampling(200)), SITES, 1)
    pages = [KEPT.per_page(table)["f1"] for table in tables]
    each = [inference.minimum_detectable(pages[0] - page, SITES, alpha=0.05 / 6) for page in pages[1:]]
    assert found.detectable == pytest.approx(sorted(one for one in each if one is not None)[1])


def test_where_many_rows_meet_few_sites_no_difference_can_be_told_whatever_its_size() -> None:
    tables = [noisy(mean / 10, mean, pages=8) for mean in range(10)]
    found = rank(KEPT, tables, spreads(KEPT, tables, SITES[:8], Resampling(200)), SITES[:8], 1)
    # 45 pairs, and of 2**8 flips the best two are all or none.
    assert found.least == pytest.approx(45 * 2 / 256)
    assert (found.detectable, set(found.tied)) == (None, set(range(10)))


def test_the_oracle_has_the_best_on_every_page_and_tells_what_each_adds() -> None:
    first, second, third = counted(1, 0, 0.5, 0.5), counted(0, 1, 0.5, 0.5), counted(0, 0, 0.5, 0.5)
    best, adds = oracle(KEPT, [first, second, third])
    assert KEPT.per_page(best)["recall"].tolist() == [1, 1, 0.5, 0.5]
    assert adds == pytest.approx([0.25, 0.25, 0])


def test_the_oracle_of_a_metric_of_which_less_is_better_has_the_least() -> None:
    leaks: Metric = plugins.load("metrics", "invented").METRIC
    low, high = np.array([[1.0, 1.0, 10.0], [9.0, 9.0, 10.0]]), np.array([[5.0, 5.0, 10.0], [2.0, 2.0, 10.0]])
    rates = [leaks.per_page(table)[leaks.values[0]] for table in (low, high)]
    best, adds = oracle(leaks, [low, high])
    assert leaks.per_page(best)[leaks.values[0]].tolist() == np.minimum(*rates).tolist()
    assert all(add is not None and add > 0 for add in adds)


def test_pages_that_no_extractor_has_a_value_on_leave_the_oracle_undefined_there() -> None:
    empty = np.array([[0.0, 0.0, 5.0, 0.0]])
    best, adds = oracle(AEB, [empty, empty])
    assert np.isnan(AEB.pooled(best)["f1"]).all()
    assert adds == [None, None]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_interval_is_its_own_functions(kind: str) -> None:
    table = noisy(0.8, 5)
    [spread] = spreads(KEPT, [table], SITES, Resampling(400, 3, kind))
    [draws] = stats.bootstrap(KEPT, [table], SITES, resamples=400, seed=3)
    [left_out] = stats.without_each(KEPT, [table], SITES)
    expected = {
        "expanded-percentile": stats.interval(draws["f1"], 40),
        "bca": inference.bca(draws["f1"], float(KEPT.pooled(table)["f1"][0]), left_out["f1"]),
    }
    assert spread is not None
    assert spread.ends["f1"] == expected[kind]


PAGES = {  # id: kind, tags, gold words, boilerplate words
    "a": ("article", ["table", "code"], 400, 100),
    "b": ("article", ["table"], 50, 450),
    "c": ("forum", [], 2000, 2000),
}


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[tuple[corpus.Corpus, Store]]:
    for name in ("corpus", "gold"):
        (tmp_path / "pages" / name).mkdir(parents=True)
    for page, (kind, tags, words, noise) in PAGES.items():
        text, boilerplate = ("word " * words).strip(), " ".join(f"menu{number}" for number in range(noise))
        html = f"<nav>{boilerplate}</nav><article><p>{text}</p></article>"
        (tmp_path / "pages" / "corpus" / f"{page}.html").write_text(html, encoding="utf-8")
        about = f'url = "https://{page}.example/"\nkind = "{kind}"\ntags = {tags}\n'.replace("'", '"')
        (tmp_path / "pages" / "corpus" / f"{page}.toml").write_text(about, encoding="utf-8")
        (tmp_path / "pages" / "gold" / f"{page}.txt").write_text(text + "\n", encoding="utf-8")
    with Store(tmp_path / "results", write=True) as store:
        loaded = corpus.load(tmp_path / "pages", store)
        store.want(loaded.wanted())
        yield loaded, store


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("kind", [("article", [0, 1]), ("forum", [2])]),
        ("tag", [("table", [0, 1]), ("(none)", [2]), ("code", [0])]),
        ("length", [("1-99 words", [1]), ("300-999 words", [0]), ("1000-2999 words", [2])]),
        ("difficulty", [("20-39 %", [0]), ("40-59 %", [2]), ("80 % and more", [1])]),
        ("language", [("(none)", [0, 1, 2])]),
    ],
)
def test_slices_hold_the_pages_of_each_value(
    pages: tuple[corpus.Corpus, Store], by: str, expected: list[tuple[str, list[int]]]
) -> None:
    loaded, store = pages
    assert [(name, numbers.tolist()) for name, numbers in members(loaded, by, store=store)] == expected


def test_every_field_slices_all_pages(pages: tuple[corpus.Corpus, Store]) -> None:
    loaded, store = pages
    for by in FIELDS:
        assert {number for _, numbers in members(loaded, by, store=store) for number in numbers.tolist()} == {0, 1, 2}


def test_what_is_no_field_is_refused_with_those_that_are(pages: tuple[corpus.Corpus, Store]) -> None:
    with pytest.raises(UsageError, match=", ".join(FIELDS)):
        members(pages[0], "colour", store=pages[1])
