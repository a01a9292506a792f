"""The gate: its rules on made-up results, and walked through on the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from conftest import ROOT, Said, write_corpus
from hypothesis import given, settings
from hypothesis import strategies as st
from test_summarise import UNSAFE

from bench import files, junit, plugins
from bench.baseline import Baseline, Result, read, write
from bench.errors import UsageError
from bench.gate import Allowed, Check, Incomparable, Judgement, Verdict, judge, pair
from bench.metric import Metric
from bench.views.verdict import Judged

Bench = Callable[..., Said]


# The rules, on results whose page values are given


def share(*, lower: bool = False) -> Metric:
    """A metric whose only count of a page is its value."""
    return Metric(
        signature="share:v1",
        fields=("share",),
        counts=lambda _: (1.0,),
        ratios=lambda counts: {"share": (counts[:, 0], np.ones(len(counts)))},
        values=("share",),
        lower_is_better=frozenset(["share"]) if lower else frozenset(),
    )


def result(
    values: Sequence[float],
    name: str = "mine",
    version: str = "1",
    failed: Mapping[str, str] | None = None,
    cpu: Sequence[int | None] | None = None,
) -> Result:
    return Result(name, version, "", np.array([values]).T, failed or {}, cpu or [None] * len(values))


def whole(*results: Result, cpu: str = "quick", digest: str = "d" * 64, metric: str = "share:v1") -> Baseline:
    pages = [f"page-{number:02}" for number in range(len(results[0].counts))]
    corpus = {"digest": digest, "name": "made", "pages": len(pages), "sites": len(pages), "split": None}
    machine = {"cpu": cpu, "platform": "p", "python": "3"}
    return Baseline("0", "2026-01-01", corpus, machine, metric, ["share"], pages, results)


def verdict(
    before: Baseline,
    now: Baseline,
    *,
    metric: Metric | None = None,
    slices: Mapping[str, Sequence[int]] | None = None,
    only_some: bool = False,
    **allowed: float,
) -> Verdict:
    parts = [("kind", name, np.array(pages, dtype=np.intp)) for name, pages in (slices or {}).items()]
    return judge(
        before, now, metric or share(), now.pages, parts, allowed=Allowed(**allowed), whole=not only_some, run="latest",
        manifest={},
    )  # fmt: skip


def told(found: Verdict, name: str, extractor: str = "mine") -> Check:
    (check,) = [check for check in found.checks if (check.name, check.extractor) == (name, extractor)]
    return check


SAME = [0.5] * 20


def changed(by: Mapping[int, float], values: Sequence[float] = SAME) -> list[float]:
    return [value + by.get(place, 0.0) for place, value in enumerate(values)]


@pytest.mark.parametrize(
    ("change", "judgement", "says"),
    [
        ({}, "passed", "identical"),
        ({0: -0.04, 1: -0.04}, "passed", ""),
        ({0: -0.06, 1: -0.04}, "passed", ""),
        ({0: -0.06, 1: -0.041}, "failed", "more than 0.005"),
        (dict.fromkeys(range(20), -0.001), "failed", "beyond noise"),
        (dict.fromkeys(range(20), 0.2), "passed", ""),
        (dict.fromkeys(range(5), -0.001), "passed", ""),
    ],
    ids=["same", "less than allowed", "as much as allowed", "more", "little but everywhere", "better", "too few for noise"],
)
def test_a_mean_fails_when_it_falls_by_more_than_allowed_or_beyond_noise(
    change: dict[int, float], judgement: str, says: str
) -> None:
    check = told(verdict(whole(result(SAME)), whole(result(changed(change)))), "mean share")
    assert check.judgement == judgement
    assert says in check.reason


def test_where_less_is_better_more_is_worse() -> None:
    up, down = (whole(result([value] * 20)) for value in (0.6, 0.4))
    assert [check.kind for check in verdict(down, up, metric=share(lower=True)).failed] == ["mean", "pages"]
    assert verdict(up, down, metric=share(lower=True)).failed == []
    assert [check.kind for check in verdict(up, down).failed] == ["mean", "pages"]


def test_noise_is_judged_as_by_trying_every_flip_and_holm_by_hand() -> None:
    judged = []
    for seed in range(12):
        generator = np.random.default_rng(seed)
        values = [0.5 - generator.normal(0.002 * (turn + 1), 0.004, 10) for turn in range(3)]
        found = verdict(
            whole(*(result([0.5] * 10, name=str(turn)) for turn in range(3))),
            whole(*(result(now.tolist(), name=str(turn)) for turn, now in enumerate(values))),
            drop=1.0,
        )
        failed = [told(found, "mean share", str(turn)).judgement is Judgement.FAILED for turn in range(3)]
        assert failed == by_hand([now - 0.5 for now in values])
        judged += failed
    assert set(judged) == {False, True}, "cases on one side only prove nothing"


def by_hand(differences: Sequence[np.ndarray[tuple[int], np.dtype[np.float64]]]) -> list[bool]:
    """Which of several means are below zero at .05, all flips tried, the smallest p first until one is too large."""
    signs = np.array(list(product((1, -1), repeat=len(differences[0]))))
    p = [(abs(signs @ one) >= abs(one.sum()) - 1e-12).mean() for one in differences]
    below = [False] * len(p)
    for rank, turn in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        if p[turn] * (len(p) - rank) >= 0.05:
            break
        below[turn] = bool(differences[turn].mean() < 0)
    return below


def test_other_values_warn_and_do_not_fail() -> None:
    kept: Metric = plugins.load("metrics", "kept").METRIC
    # Recall for precision, even in F1: kept, lost and leaked words of each page.
    sides = [[[90.0, 10.0, 20.0]] * 20, [[90.0, 20.0, 10.0]] * 20]
    before, now = (
        replace(whole(replace(result(SAME), counts=np.array(side)), metric=kept.signature), fields=kept.fields)
        for side in sides
    )
    found = verdict(before, now, metric=kept)
    assert found.failed == []
    assert told(found, "mean recall").judgement is Judgement.WARNED
    assert told(found, "mean precision").judgement is Judgement.PASSED
    assert "1 warned" in Judged(found).headline


def pooled() -> Metric:
    """A metric of hits and tries, over all pages at once; undefined where nothing was tried."""
    return replace(share(), fields=("hits", "tries"), ratios=lambda counts: {"share": (counts[:, 0], counts[:, 1])})


@pytest.mark.parametrize(
    ("tries", "judgement", "says"),
    [((1, 0), "failed", "no page has share any more"), ((0, 1), "skipped", "no page with share"), ((0, 0), "skipped", "")],
    ids=["gone", "new", "never"],
)
def test_a_mean_that_is_undefined_now_is_no_pass(tries: tuple[int, int], judgement: str, says: str) -> None:
    before, now = (
        replace(whole(replace(result(SAME), counts=np.array([[0.0, float(count)]] * 20))), fields=["hits", "tries"])
        for count in tries
    )
    found = verdict(before, now, metric=pooled())
    check = told(found, "mean share")
    assert (check.judgement, says in check.reason) == (judgement, True)
    assert bool(found.lowered) is (judgement == "failed")


@pytest.mark.parametrize("name", plugins.names("metrics"))
@settings(max_examples=15, deadline=None)  # a file is flushed to the disk, whatever else that does
@given(data=st.data())
def test_whatever_was_counted_a_run_passes_against_itself_through_the_file(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: st.DataObject
) -> None:
    metric: Metric = plugins.load("metrics", name).METRIC
    row = st.lists(st.integers(1, 50).map(float), min_size=len(metric.fields), max_size=len(metric.fields))
    rows = data.draw(st.lists(row | st.just([np.nan] * len(metric.fields)), min_size=1, max_size=25))
    one = whole(replace(result([0.0] * len(rows)), counts=np.array(rows)), metric=metric.signature)
    now = replace(one, fields=metric.fields)
    path = tmp_path_factory.mktemp("file") / "b.json"
    write(now, path)
    found = verdict(read(path), now, metric=metric, slices={"some": range(min(10, len(rows)))}, drop=0, page_drop=0)
    assert (found.failed, found.lowered, found.pages, found.identical) == ([], [], [], True)


def test_a_slice_that_falls_fails_though_the_mean_holds() -> None:
    now = whole(result(changed({**dict.fromkeys(range(10), -0.02), **dict.fromkeys(range(10, 20), 0.03)})))
    found = verdict(whole(result(SAME)), now, slices={"news": range(10), "blog": range(10, 20)})
    assert [check.name for check in found.failed] == ["share of kind news"]
    assert told(found, "share of kind blog").judgement is Judgement.PASSED


def test_a_slice_has_the_metrics_own_value_over_its_pages() -> None:
    rows = np.array([[1.0, 2.0], [3.0, 10.0]] * 10)
    one = replace(whole(replace(result(SAME), counts=rows)), fields=["hits", "tries"])
    check = told(verdict(one, one, metric=pooled(), slices={"news": range(12)}), "share of kind news")
    assert (check.before, check.pages) == (24 / 72, 12)


def test_slices_of_few_pages_and_the_whole_corpus_are_not_judged() -> None:
    now = whole(result(changed(dict.fromkeys(range(9), -0.04))))
    found = verdict(whole(result(SAME)), now, slices={"few": range(9), "all": range(20)}, drop=1.0)
    assert [check.name for check in found.checks if check.kind == "slice"] == []
    assert found.small == 1


def test_pages_that_fall_are_told_the_worst_first_and_ten_at_most() -> None:
    now = whole(result(changed({place: -0.06 - place / 100 for place in range(12)} | {15: -0.05})))
    found = verdict(whole(result(SAME)), now)
    assert told(found, "single pages").reason == "12 of 20 worse by more than 0.05"
    assert [page.page for page in found.pages] == [f"page-{place:02}" for place in range(11, 1, -1)]
    assert found.page_count == 12
    assert "the worst 10 of 12 pages" in plugins.load("tables", "markdown").render(Judged(found))
    assert verdict(whole(result(SAME)), now, page_drop=1.0).pages == []


@pytest.mark.parametrize(
    ("before", "now", "judgement"),
    [
        ({}, {}, "passed"),
        ({"page-01": "error"}, {"page-01": "timeout"}, "passed"),
        ({"page-01": "error"}, {}, "passed"),
        ({}, {"page-01": "crash"}, "failed"),
        ({"page-01": "crash"}, {"page-02": "crash"}, "failed"),
        ({"page-01": "crash", "page-03": "crash"}, {"page-02": "not run"}, "failed"),
    ],
    ids=["none", "the same page", "mended", "one more", "as many but another", "fewer but another"],
)
def test_a_page_that_fails_anew_fails_the_gate(before: dict[str, str], now: dict[str, str], judgement: str) -> None:
    # Values do not change: the page was worthless before.
    found = verdict(whole(result(SAME, failed=before)), whole(result(SAME, failed=now)))
    check = told(found, "failures")
    assert check.judgement == judgement
    assert all(page in check.reason for page in before.keys() ^ now.keys())
    assert {page.page for page in found.pages} == now.keys() - before.keys()
    assert found.identical is (before == now)


@pytest.mark.parametrize(
    ("before", "now", "cpu", "judgement", "says"),
    [
        ([100] * 20, [149] * 20, "quick", "passed", "1.49 times"),
        ([100] * 20, [160] * 20, "quick", "failed", "1.60 times, more than 1.5"),
        ([100] * 20, [9] * 20, "quick", "passed", "0.09 times"),
        ([None, *[100] * 19], [10_000, *[100] * 19], "quick", "passed", "1.00 times"),
        ([100] * 20, [900] * 20, "slow", "skipped", "another processor (quick; now slow)"),
        ([None] * 20, [100] * 20, "quick", "skipped", "no page has a CPU time"),
    ],
    ids=["within", "beyond", "faster", "a page without a time", "another machine", "imported"],
)
def test_cpu_time_may_grow_by_so_much_on_the_same_processor(
    before: list[int | None], now: list[int | None], cpu: str, judgement: str, says: str
) -> None:
    pair_of = whole(result(SAME, cpu=before)), whole(result(SAME, cpu=now), cpu=cpu)
    check = told(verdict(*pair_of, slowdown=1.5), "cpu")
    assert (check.judgement, says in check.reason) == (judgement, True)
    assert [check.kind for check in verdict(*pair_of).checks if check.kind == "cpu"] == []


def test_a_page_that_failed_does_not_count_as_quick() -> None:
    before = whole(result(SAME, cpu=[1000] * 20))
    now = whole(result(SAME, cpu=[1, *[1000] * 19], failed={"page-00": "error"}))
    check = told(verdict(before, now, slowdown=1.5), "cpu")
    assert (check.before, check.now, check.pages) == (0.019, 0.019, 19)


@pytest.mark.parametrize(
    ("before", "now", "says"),
    [
        (whole(result(SAME), digest="e" * 64), whole(result(SAME)), "the corpus has changed (made is dddddddddddd, 20 pages"),
        (whole(result(SAME), metric="share:v0"), whole(result(SAME)), "the metric has changed (share:v1; the baseline's is"),
        (replace(whole(result(SAME)), pages=["x"] * 20), whole(result(SAME)), "pages are not those of the corpus"),
        (replace(whole(result(SAME)), fields=["a", "b"]), whole(result(SAME)), "2 counts a page, share has 1"),
        (whole(result(SAME), result(SAME, "other")), whole(result(SAME)), "the run lacks other"),
        (whole(result(SAME, version="1"), result(SAME, version="2")), whole(result(SAME, version="3")), "versions of mine"),
    ],
    ids=["corpus", "metric", "tampered pages", "tampered fields", "extractor not run", "which version"],
)
def test_what_cannot_be_compared_is_refused_with_the_reason(before: Baseline, now: Baseline, says: str) -> None:
    with pytest.raises(Incomparable) as why:
        verdict(before, now)
    assert says in str(why.value)


def test_extractors_are_matched_by_equal_version_first_then_by_name_and_settings() -> None:
    one, two, three = (result(SAME, version=str(number)) for number in (1, 2, 3))
    other = result(SAME, "other")
    found = pair([one, two], [three, two, other])
    assert found.both == [(one, three), (two, two)]
    assert (found.gone, found.new, found.unclear) == ([], [other], [])


def test_several_versions_of_an_extractor_in_a_run_are_told_apart() -> None:
    before = whole(*(result(SAME, version=version) for version in ("1", "2")))
    found = verdict(before, whole(result(SAME, version="1"), result([0.1] * 20, version="2")))
    assert {check.extractor for check in found.failed} == {"mine==2"}
    assert {check.extractor for check in found.checks} == {"mine==1", "mine==2"}


def test_an_extractor_that_is_new_is_named_and_not_judged() -> None:
    found = verdict(whole(result(SAME)), whole(result(SAME), result([0.0] * 20, "young")))
    assert (found.failed, found.new) == ([], ["young"])
    assert "not in the baseline, not judged: young" in Judged(found).captions(wide=True)


def test_with_extractors_chosen_the_rest_of_the_baseline_is_left_out() -> None:
    found = verdict(whole(result(SAME), result(SAME, "other")), whole(result(SAME)), only_some=True)
    assert (list(found.versions), found.lowered) == (["mine"], ["other is no longer in it"])


# The file

KEPT = plugins.load("metrics", "kept").METRIC.signature


def table(**more: Any) -> dict[str, Any]:
    one = {
        "name": "mine", "version": "1", "settings": "", "cpu_us": [1200, None], "failed": {"b": "error"},
        "pages": {"a": [3, 1, 0], "b": None},
    }  # fmt: skip
    return {
        "format": 1, "bench": "0", "date": "2026-01-01", "metric": KEPT, "fields": ["kept", "lost", "leaked"],
        "corpus": {"digest": "d", "name": "made", "pages": 2, "sites": 2, "split": None},
        "machine": {"cpu": "c", "platform": "p", "python": "3"}, "extractors": [{**one, **more}],
    }  # fmt: skip


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in table().items() if key != name}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is no JSON"),
        ("{", "is no JSON"),
        ("<<<<<<< HEAD\n{}", "is no JSON"),
        (b"\xff\xfe\xff", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("[]", "it must be an object"),
        ("{}", "format must be a whole number"),
        (json.dumps({**table(), "format": 2}), "it has format 2, this bench knows 1"),
        (json.dumps({**table(), "format": True}), "format must be a whole number"),
        ('{"format": 1, "format": 1}', "'format' is told twice"),
        *((json.dumps(without(name)), name) for name in table()),
        (json.dumps({**table(), "corpus": {"digest": 1}}), "corpus.digest must be a text"),
        (json.dumps({**table(), "corpus": {**table()["corpus"], "split": 1}}), "corpus.split must be a text"),
        (json.dumps({**table(), "machine": {"cpu": "c"}}), "machine.platform must be a text"),
        (json.dumps({**table(), "fields": [1]}), "fields must be a list"),
        (json.dumps({**table(), "extractors": []}), "extractors must be a list of one at least"),
        (json.dumps({**table(), "extractors": ["mine"]}), "extractors[0] must be an object"),
        (json.dumps({**table(), "extractors": table()["extractors"] * 2}), "an extractor stands in it twice"),
        (json.dumps(table(name=None)), "extractors[0].name must be a text"),
        (json.dumps(table(pages={})), "one page at least"),
        (json.dumps(table(pages={"a": [3, 1], "b": None})), "'a' must have null, or a count for each of the 3 fields"),
        (json.dumps(table(pages={"a": [3, 1, -1], "b": None})), "'a' must have null"),
        (json.dumps(table(pages={"a": [3, 1, "1"], "b": None})), "'a' must have null"),
        (json.dumps(table(pages={"a": [3, 1, True], "b": None})), "'a' must have null"),
        (json.dumps(table(pages={"a": [3, 1, 10**400], "b": None})), "'a' must have null"),
        (json.dumps(table()).replace("[3, 1, 0]", "[3, 1, NaN]"), "NaN is no number"),
        (json.dumps(table()).replace("[3, 1, 0]", "[3, 1, 1e999]"), "'a' must have null"),
        (json.dumps(table()).replace("[3, 1, 0]", f"[3, 1, {'9' * 5000}]"), "is no JSON"),
        (json.dumps(table()).replace('"b": null', '"a": null'), "'a' is told twice, as after a merge"),
        (json.dumps(table(failed={"c": "error"})), "extractors[0].failed: 'c' must be one of its pages"),
        (json.dumps(table(failed={"b": "ok"})), "'b' must be one of its pages, with one of crash, error"),
        (json.dumps(table(failed={"b": []})), "'b' must be one of its pages"),
        (json.dumps(table(cpu_us=[1])), "cpu_us must be a list of a whole number or null for each page"),
        (json.dumps(table(cpu_us=[1, 0.5])), "cpu_us must be a list"),
    ],
)
def test_a_file_that_is_no_baseline_is_told_what_is_wrong_with_it(tmp_path: Path, content: str | bytes, says: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UsageError) as problem:
        read(path)
    assert str(path) in str(problem.value)
    assert says in str(problem.value)


@pytest.mark.parametrize("name", plugins.names("metrics"))
@pytest.mark.parametrize("count", [0, 5e-324, 2**53], ids=["nothing", "next to nothing", "as much as can be"])
@pytest.mark.parametrize("last", [0, 5e-324, 2**53], ids=["nothing", "next to nothing", "as much as can be"])
def test_counts_that_no_page_has_are_judged_or_refused(name: str, count: float, last: float) -> None:
    metric: Metric = plugins.load("metrics", name).METRIC
    rows = np.array([[*[count] * (len(metric.fields) - 1), last]] * 3)
    one = replace(whole(replace(result(SAME[:3]), counts=rows), metric=metric.signature), fields=metric.fields)
    try:
        assert verdict(one, one, metric=metric).identical
    except Incomparable as why:
        assert "none that the metric can make" in str(why)  # noqa: PT017 - either is right, a warning or a crash is not


counts = st.one_of(st.integers(0, 2**53).map(float), st.floats(0, 2.0**53, allow_nan=False))


@settings(deadline=None)  # the same
@given(st.dictionaries(st.text(max_size=9), st.none() | st.tuples(counts, counts, counts), min_size=1), st.data())
def test_a_file_holds_what_was_measured_unrounded(
    tmp_path_factory: pytest.TempPathFactory, pages: dict[str, tuple[float, ...] | None], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("file") / "b.json"
    ids = sorted(pages)
    failed = data.draw(st.dictionaries(st.sampled_from(ids), st.sampled_from(["error", "not run"])))
    rows = np.array([pages[page] or [np.nan] * 3 for page in ids])
    cpu = data.draw(st.lists(st.none() | st.integers(0, 10**9), min_size=len(ids), max_size=len(ids)))
    one = Result("mine", "1", "a=1", rows, failed, cpu)
    before = replace(whole(result(SAME)), pages=ids, fields=["a", "b", "c"], results=[one])
    write(before, path)
    after = read(path)
    (same,) = after.results
    assert np.array_equal(same.counts, rows, equal_nan=True)
    assert (same.name, same.version, same.settings, same.failed, same.cpu_us) == ("mine", "1", "a=1", failed, cpu)
    assert (after.pages, after.corpus, after.machine, after.metric) == (ids, before.corpus, before.machine, before.metric)


def test_a_page_that_moves_is_one_line_of_a_diff(tmp_path: Path) -> None:
    texts = []
    for values in (SAME, changed({7: 0.125})):
        write(whole(result(values), result(SAME, "other")), tmp_path / "b.json")
        texts.append((tmp_path / "b.json").read_text().splitlines())
    assert [pair for pair in zip(*texts, strict=True) if pair[0] != pair[1]] == [
        ('    "page-07": [0.5],', '    "page-07": [0.625],')
    ]


def test_what_cannot_be_written_says_so_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match="cannot be written"):
        files.replace(tmp_path / "folder", "text")
    with pytest.raises(UsageError, match="cannot be written"):
        files.replace(tmp_path / "nowhere" / "file", "text")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


# Forms


HOSTILE = ["\x1b[2J\x07", "\ud800 \udfff", "]]>&<b>", "\u202egpj\u2066", "a\nb", "\ufffe\x00"]


def failing(name: str) -> Verdict:
    """A verdict in which everything that others may name is named so."""
    before = whole(result(SAME, name, name, cpu=[100] * 20), cpu=name)
    now = whole(result(changed({0: -0.5}), name, name * 2, failed={name: "crash"}, cpu=[900] * 20), cpu=name)
    ids = [name, *before.pages[1:]]
    parts = {name: range(12)}
    return verdict(replace(before, pages=ids), replace(now, pages=ids), slices=parts, slowdown=2.0)


@pytest.mark.parametrize("form", plugins.names("tables"))
@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_reaches_a_terminal_raw(form: str, name: str) -> None:
    render = plugins.load("tables", form).render
    for width in (40, 80, 160):
        assert set(render(Judged(failing(name)), width)) & {*UNSAFE} - {"\n"} == set()


@pytest.mark.parametrize("name", ["mine", *HOSTILE])
def test_junit_is_read_back_with_a_case_for_each_check(name: str) -> None:
    found = failing(name)
    (suite,) = ET.fromstring(junit.render(found).encode())
    cases = suite.findall("testcase")
    assert len(cases) == len(found.checks) == int(suite.attrib["tests"])
    failed = [case.attrib["name"] for case in cases if case.find("failure") is not None]
    assert len(failed) == len(found.failed) == int(suite.attrib["failures"]) == 5
    if name == "mine":
        assert failed == [check.name for check in found.failed]
        texts = {case.attrib["name"]: case.find("failure") for case in cases}
        page = texts["single pages"]
        assert page is not None
        assert page.text == "mine: .5000 before, .0000 now, crash"


@pytest.mark.parametrize("form", plugins.names("tables"))
def test_every_form_says_whether_the_gate_was_passed(form: str) -> None:
    render = plugins.load("tables", form).render
    passed, failed = (render(Judged(verdict(whole(result(SAME)), whole(result(values))))) for values in (SAME, [0.1] * 20))
    word = {"csv": ("passed", "failed"), "jsonl": ("passed", "failed"), "json": ('"passed": true', '"passed": false')}
    yes, no = word.get(form, ("PASSED", "FAILED"))
    assert yes in passed
    assert no not in passed
    assert no in failed


# The command line


SOURCE = '''"""The words of the paragraphs."""

import re


def extractor():
    def extract(page):
        words = re.sub(r"<[^>]+>", " ", page.text).split()
        {change}
        return " ".join(words)

    return extract
'''
PAGES = [f"page-{number:02}" for number in range(24)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a corpus of two kinds and an extractor that gets it right."""
    gold = {page: " ".join(f"{page.replace('-', '')}word{word}" for word in range(200)) for page in PAGES}
    write_corpus(tmp_path / "set", {page: f"<p>{text}</p>" for page, text in gold.items()}, gold)
    for number, page in enumerate(PAGES):
        metadata = tmp_path / "set" / "corpus" / f"{page}.toml"
        metadata.write_text(metadata.read_text().replace('"test"', '"news"' if number < 12 else '"blog"'))
    monkeypatch.chdir(tmp_path)
    edit(tmp_path)
    return tmp_path


def edit(place: Path, change: str = "pass") -> None:
    (place / "mine.py").write_text(SOURCE.format(change=change), encoding="utf-8")


def run(bench: Bench, *more: object) -> None:
    said = bench("run", "--corpus", "set", "-x", "./mine.py", "--quiet", *more)
    assert said.code == 0, said.err


def imported(bench: Bench, place: Path, version: str, texts: Mapping[str, str], *more: object, name: str = "theirs") -> None:
    """A run without the sandbox: outputs that were made elsewhere, right but for some."""
    lines = [{"id": page, "text": texts.get(page, (place / "set" / "gold" / f"{page}.txt").read_text())} for page in PAGES]
    (place / "out.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    said = bench("import", "out.jsonl", "--as", f"{name}=={version}", "--corpus", "set", *more)
    assert said.code == 0, said.err


GATE = ("gate", "--baseline", "baseline.json")


def test_a_gate_from_its_first_baseline_to_a_worse_extractor(bench: Bench, place: Path) -> None:
    run(bench)
    assert bench(*GATE).code == 2
    assert bench(*GATE, "--update").code == 0
    committed = (place / "baseline.json").read_bytes()
    said = bench(*GATE)
    assert (said.code, said.out.split("\n")[0]) == (0, "**PASSED: 7 checks of 1 extractor; identical**")

    edit(place, "words = list(words)  # harmless")
    run(bench)
    said = bench(*GATE)
    assert said.code == 0
    assert "identical" in said.out

    edit(place, "words = words[:100] if 'page-03' in page.url or 'page-20' in page.url else words")
    run(bench)
    said = bench(*GATE, "--junit", "gate.xml")
    assert said.code == 1
    assert said.out.startswith("**FAILED: ")
    assert "FAILED: 4 of 7 checks: mine mean f1" in said.err
    found = bench(*GATE, "--format", "json").table
    assert {page["page"] for page in found["pages"]} == {"page-03", "page-20"}
    assert [page["now"] for page in found["pages"]] == pytest.approx([2 / 3, 2 / 3])
    cases = ET.parse(place / "gate.xml").iter("testcase")
    assert {case.attrib["name"] for case in cases if case.find("failure") is not None} == {
        check["name"] for check in found["checks"] if check["judgement"] == "failed"
    }
    # What the report says to type works as it is.
    (look,) = [cell.strip() for cell in said.out.split("|") if "bench show page-03" in cell]
    assert bench(*look.split()[1:]).code == 0
    assert (place / "baseline.json").read_bytes() == committed


def test_a_fall_too_small_for_the_limits_but_everywhere_is_beyond_noise(bench: Bench, place: Path) -> None:
    run(bench, "--name", "main")
    edit(place, "words = words[1:]")
    run(bench)
    said = bench("gate", "--baseline", "main", "--format", "json")
    assert said.code == 1
    failed = [check for check in said.table["checks"] if check["judgement"] == "failed"]
    assert [check["name"] for check in failed] == ["mean f1", "f1 of kind blog", "f1 of kind news"]
    assert all("beyond noise" in check["reason"] for check in failed)
    assert max(abs(check["now"] - check["before"]) for check in failed) < 0.005


def test_a_page_that_crashes_fails_the_gate_by_its_name(bench: Bench, place: Path) -> None:
    run(bench, "--name", "main")
    edit(place, "words = words if 'page-07' not in page.url else 1 / 0")
    run(bench)
    said = bench("gate", "--baseline", "main", "--max-page-drop", "1", "--max-drop", "1", "--max-slice-drop", "1")
    assert said.code == 1
    assert "1 new: page-07" in said.out
    assert "| error " in said.out


def test_two_files_of_one_name_are_one_extractor_the_last(bench: Bench, place: Path) -> None:
    """As in every table, a row is a name, a version and settings."""
    for folder, count in (("a", 1), ("b", 200)):
        (place / folder).mkdir()
        source = f'DISTRIBUTIONS = ("lxml",)\n{SOURCE.format(change=f"words = words[:{count}]")}'
        (place / folder / "mine.py").write_text(source)
    assert bench("run", "--corpus", "set", "-x", "./a/mine.py", "-x", "./b/mine.py", "--quiet").code == 0
    assert bench(*GATE, "--update").code == 0
    found = bench(*GATE, "--format", "json").table
    assert [check["now"] for check in found["checks"] if check["kind"] == "mean"] == [1.0]


def test_a_corpus_that_has_changed_is_refused_until_the_baseline_is_made_anew(bench: Bench, place: Path) -> None:
    imported(bench, place, "1", {})
    assert bench(*GATE, "--update").code == 0
    (place / "set" / "gold" / "page-00.txt").write_text("other words\n")
    said = bench(*GATE)
    assert (said.code, said.out) == (5, "")
    assert "no run was finished on set as it is now" in said.err
    imported(bench, place, "1", {"page-01": "x"})
    for more in ((), ("--update",)):
        said = bench(*GATE, *more)
        assert (said.code, said.out) == (2, "")
        assert "the corpus has changed" in said.err
        assert "--baseline baseline.json --update --allow-regression` makes a new baseline" in said.err
    assert bench(*GATE, "--update", "--allow-regression").code == 0
    assert bench(*GATE).code == 0


def test_another_signature_of_the_metric_is_refused(bench: Bench, place: Path) -> None:
    imported(bench, place, "1", {})
    assert bench(*GATE, "--update", "--metric", "bag").code == 0
    assert bench(*GATE).code == 0, "the file says which metric"
    assert "the metric has changed" in bench(*GATE, "--metric", "kept").err
    text = (place / "baseline.json").read_text()
    (place / "baseline.json").write_text(text.replace("bag:v1", "bag:v0"))
    said = bench(*GATE)
    assert said.code == 2
    assert "the baseline's is bag:v0" in said.err


def test_update_never_lowers_a_mean_by_itself(bench: Bench, place: Path) -> None:
    imported(bench, place, "1", {})
    assert bench(*GATE, "--update").code == 0
    committed = (place / "baseline.json").read_bytes()
    text = (place / "set" / "gold" / "page-05.txt").read_text()
    imported(bench, place, "2", {"page-05": text.rsplit(" ", 1)[0]})
    assert bench(*GATE).code == 0, "within what is allowed"
    said = bench(*GATE, "--update")
    assert said.code == 1
    assert said.out.startswith("**PASSED")
    assert "is left as it was: f1 of theirs is 0.9998" in said.err
    assert (place / "baseline.json").read_bytes() == committed
    assert bench(*GATE, "--update", "--allow-regression").code == 0
    assert json.loads((place / "baseline.json").read_text())["extractors"][0]["version"] == "2"
    imported(bench, place, "3", {})
    assert bench(*GATE, "--update").code == 0, "better again"


def test_an_extractor_that_was_not_run_is_missed_unless_others_are_chosen(bench: Bench, place: Path) -> None:
    lines = {"one": {}, "two": {"page-00": "x"}}
    for name, texts in lines.items():
        imported(bench, place, "1", texts, name=name)
        (place / "out.jsonl").rename(f"{name}.jsonl")
    assert bench("import", "one.jsonl", "two.jsonl", "--corpus", "set").code == 0
    assert bench(*GATE, "--update").code == 0
    imported(bench, place, "1", {}, name="one")
    said = bench(*GATE)
    assert said.code == 2
    assert "the run lacks two; run that too, or say with -x what to judge" in said.err
    assert bench(*GATE, "-x", "one").code == 0
    said = bench(*GATE, "-x", "one", "--update")
    assert said.code == 1
    assert "two is no longer in it" in said.err
    assert len(json.loads((place / "baseline.json").read_text())["extractors"]) == 2


def test_a_run_can_be_the_baseline_and_its_name_moves_on_update(bench: Bench, place: Path) -> None:
    imported(bench, place, "1", {"page-00": "x"})
    said = bench("gate", "--baseline", "main", "--update")
    assert "main is run 1 now (theirs; pages: 24)" in said.err
    imported(bench, place, "2", {})
    assert bench("gate", "--baseline", "main", "--update").code == 0
    assert [row["name"] for row in bench("list", "runs", "--format", "json").table] == [None, "main"]
    imported(bench, place, "3", {"page-00": "x"})
    assert bench("gate", "--baseline", "main", "--update").code == 1
    assert [row["name"] for row in bench("list", "runs", "--format", "json").table] == [None, "main", None]
    assert bench("gate", "--baseline", "3", "--run", "main").code == 0
    said = bench("gate", "--baseline", "2", "--run", "1")
    assert said.code == 1
    assert "bench show page-00 theirs@1" in said.out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--baseline", "latest"), 2, "latest is run 2, the one to be judged"),
        (("--baseline", "2", "--update"), 2, "'2' cannot name a run"),
        (("--baseline", "latest", "--update"), 2, "'latest' cannot name a run"),
        (("--baseline", "mian"), 2, "did you mean main?"),
        (("--baseline", "main", "--allow-regression"), 2, "goes with --update"),
        (("--baseline", "folder.json"), 2, "folder.json: cannot be read"),
        (("--baseline", "nowhere/b.json", "--update"), 2, "nowhere/b.json: cannot be written"),
        (("--baseline", "main", "-x", "thiers"), 2, "did you mean theirs?"),
        (("--baseline", "main", "--junit", "nowhere/gate.xml"), 2, "nowhere/gate.xml: cannot be written"),
        (("--baseline", "main", "--results", "empty"), 5, "holds no runs"),
        (("--baseline", "new.json", "--update", "--results", "empty"), 5, "holds no runs"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_mistake_costs_one_clear_line(bench: Bench, place: Path, arguments: tuple[str, ...], code: int, says: str) -> None:
    (place / "folder.json").mkdir()
    imported(bench, place, "1", {}, "--name", "main")
    imported(bench, place, "1", {})
    said = bench("gate", *arguments)
    assert said.code == code, said.err
    assert says in said.err.splitlines()[-1]
    assert not (place / "new.json").exists()


INTERRUPTED = """
import os, pathlib, signal, sys
from bench.cli.__main__ import main
def cut(*_):
    {how}
{where} = cut
main(["gate", "--baseline", "baseline.json", "--update"])
"""


@pytest.mark.parametrize(
    ("where", "how", "code"),
    [
        ("pathlib.Path.replace", "os.kill(os.getpid(), signal.SIGKILL)", -9),
        ("os.fsync", "os.kill(os.getpid(), signal.SIGKILL)", -9),
        ("os.fsync", "raise KeyboardInterrupt", 130),
        ("os.fsync", "raise OSError(28, 'No space left on device')", 2),
        ("pathlib.Path.replace", "raise OSError(13, 'Permission denied')", 2),
    ],
)
def test_an_update_that_is_interrupted_leaves_the_old_baseline(
    bench: Bench, place: Path, where: str, how: str, code: int
) -> None:
    imported(bench, place, "1", {"page-00": "x"})
    assert bench(*GATE, "--update").code == 0
    committed = (place / "baseline.json").read_bytes()
    imported(bench, place, "2", {})
    program = INTERRUPTED.format(how=how, where=where)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", program], cwd=place, env=environment, capture_output=True, check=False)
    assert done.returncode == code, done.stderr
    assert (place / "baseline.json").read_bytes() == committed
    if code > 0:
        assert [path.name for path in place.iterdir() if path.suffix == ".tmp"] == []
    assert bench(*GATE, "--update").code == 0
    assert (place / "baseline.json").read_bytes() != committed
