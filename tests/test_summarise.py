"""From stored counts to a Summary, and from a Summary to every format."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import __version__, corpus, plugins, stats
from bench.errors import UsageError
from bench.intervals import Resampling
from bench.metric import Metric
from bench.model import Extraction, Outcome
from bench.present import amount, fate, number, spread
from bench.score import score
from bench.slices import FIELDS
from bench.store import Store, StoredExtractor
from bench.summarise import SMALL, UNBOUNDED, Row, Slice, Summary, Value, select, summarise
from bench.tables.table import _fold
from bench.text import plain
from bench.views.overview import Overview

METRICS: dict[str, Metric] = {name: plugins.load("metrics", name).METRIC for name in plugins.names("metrics")}
KEPT, AEB = METRICS["kept"], METRICS["aeb"]
Render = Callable[[Summary, int], str]


def renderer(name: str) -> Render:
    render = plugins.load("tables", name).render
    return lambda summary, width: unfaint(str(render(Overview(summary), width)))


def unfaint(text: str) -> str:
    """Text without the only two codes that bench itself sends to a terminal."""
    return text.replace("\x1b[2m", "").replace("\x1b[0m", "")


FORMATS: dict[str, Render] = {name: renderer(name) for name in plugins.names("tables")}
any_format = pytest.mark.parametrize("render", FORMATS.values(), ids=FORMATS.keys())


# A tiny store

PAGES = {  # id: site, metadata, gold
    "a": ("one.example", 'kind = "article"\nlanguage = "en"', "main text of a"),
    "b": ("one.example", 'kind = "article"', "main text of b"),
    "c": ("two.example", 'kind = "forum"\nlanguage = "de"', "main text of c"),
    "d": ("three.example", 'language = "de"', "main text of d"),
}


def write_corpus(root: Path, pages: Mapping[str, tuple[str, str, str]]) -> Path:
    for name in ("corpus", "gold"):
        (root / name).mkdir(parents=True)
    for page, (site, metadata, gold) in pages.items():
        (root / "corpus" / f"{page}.html").write_text(f"<p>{page}", encoding="utf-8")
        (root / "corpus" / f"{page}.toml").write_text(f'site = "{site}"\n{metadata}\n', encoding="utf-8")
        (root / "gold" / f"{page}.txt").write_text(f"{gold}\n", encoding="utf-8")
    return root


def answer(text: str) -> Extraction:
    return Extraction(Outcome.OK if text else Outcome.EMPTY, text)


class Bench:
    """A corpus and a store, with extractors that gave what a test says."""

    def __init__(self, store: Store, root: Path) -> None:
        self.store = store
        self.corpus = corpus.load(root, store)
        store.want(self.corpus.wanted())
        # An extractor that answers nothing, as every real run has one: its empty text is what pages without a cell share.
        self.add("nothing", [""] * len(self.corpus))

    def add(self, name: str, outputs: Sequence[str | Extraction | None], version: str = "1.0", settings: str = "") -> None:
        """Store an extractor's cells: a text, an extraction, or None for a page that was not run."""
        key = f"{name} {version} {settings}".encode().ljust(32)[:32]
        self.store.put_extractor(key, name, version, settings, {})
        for page, output in zip(self.corpus.page_keys, outputs, strict=True):
            if output is not None:
                self.store.put_cell(key, page, answer(output) if isinstance(output, str) else output, None)

    def summary(self, metric: Metric = KEPT, **options: Any) -> Summary:
        extractors = select(self.store.extractors(), ())
        score(self.corpus, [one.key for one in extractors], [metric], self.store)
        how = Resampling(options.pop("resamples", 200), options.pop("seed", 1), options.pop("interval", "expanded-percentile"))
        options = {"controls": frozenset({"nothing", "everything"}), "how": how, **options}
        return summarise(self.corpus, extractors, metric, self.store, **options)

    def row(self, name: str, metric: Metric = KEPT, **options: Any) -> Row:
        [found] = [row for row in self.summary(metric, **options).rows if row.name == name]
        return found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "results", write=True) as opened:
        yield opened


@pytest.fixture
def tiny(tmp_path: Path, store: Store) -> Bench:
    return Bench(store, write_corpus(tmp_path / "pages", PAGES))


def failed(outcome: Outcome) -> Extraction:
    return Extraction(outcome, error_message="why", cpu_seconds=9.0)


PERFECT = ["main text of a", "main text of b", "main text of c", "main text of d"]


def test_values_are_means_over_all_pages(tiny: Bench) -> None:
    # Page P 1, 1, 1/2, 0; page R 1, 1/2, 1/2, 0; page F1 1, 2/3, 1/2, 0.
    tiny.add("alpha", ["main text of a", "main text", "main text x y", "z"])
    row = tiny.row("alpha")
    assert {name: value.value for name, value in row.values.items()} == pytest.approx(
        {"f1": (1 + 2 / 3 + 1 / 2) / 4, "precision": 2.5 / 4, "recall": 2 / 4}
    )
    assert row.median == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert (row.pages, row.outcomes, row.failed) == (4, {"ok": 4}, 0)


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome.failed])
def test_a_failed_page_counts_as_empty_text(tiny: Bench, outcome: Outcome) -> None:
    tiny.add("alpha", [*PERFECT[:3], failed(outcome)])
    row = tiny.row("alpha")
    assert row.values["f1"].value == pytest.approx(3 / 4)
    assert (row.outcomes, row.failed) == ({"ok": 3, outcome.value: 1}, 1)


def test_a_page_that_was_not_run_counts_as_empty_text_and_is_told_apart(tiny: Bench) -> None:
    tiny.add("alpha", [None, *PERFECT[1:]])
    row = tiny.row("alpha")
    assert row.values["recall"].value == pytest.approx(3 / 4)
    assert (row.outcomes, row.failed, row.pages) == ({"not run": 1, "ok": 3}, 1, 4)


def test_an_empty_answer_is_no_failure(tiny: Bench) -> None:
    tiny.add("alpha", [*PERFECT[:2], "", ""])
    row = tiny.row("alpha")
    assert (row.outcomes, row.failed) == ({"empty": 2, "ok": 2}, 0)


def test_outcomes_add_up_to_the_pages(tiny: Bench) -> None:
    tiny.add("alpha", [failed(Outcome.TIMEOUT), None, "", "main"])
    row = tiny.row("alpha")
    assert sum(row.outcomes.values()) == row.pages == 4


def test_costs_are_the_median_of_answered_pages_and_the_largest_peak(tiny: Bench) -> None:
    def costing(cpu: float, peak: int) -> Extraction:
        return Extraction(Outcome.OK, "main", cpu_seconds=cpu, peak_bytes=peak)

    timeout = Extraction(Outcome.TIMEOUT, cpu_seconds=30.0, peak_bytes=9_000_000)
    tiny.add("alpha", [costing(0.002, 5_000_000), costing(0.004, 7_000_000), costing(0.009, 1), timeout])
    row = tiny.row("alpha")
    assert [row.cpu_ms, row.peak_mb] == pytest.approx([4.0, 9.0])


def test_costs_that_nobody_measured_are_unknown(tiny: Bench) -> None:
    tiny.add("alpha", PERFECT)
    row = tiny.row("alpha")
    assert (row.cpu_ms, row.peak_mb) == (None, None)


def test_rows_are_best_first_with_controls_apart_after_them(tiny: Bench) -> None:
    tiny.add("everything", PERFECT)
    tiny.add("poor", ["main", "", "", ""])
    tiny.add("good", ["main text of a"] * 4)
    summary = tiny.summary()
    assert [(row.name, row.control) for row in summary.rows] == [
        ("good", False), ("poor", False), ("oracle", True), ("everything", True), ("nothing", True),
    ]  # fmt: skip


def test_equal_rows_are_in_order_of_their_labels(tiny: Bench) -> None:
    for name, settings_text in (("beta", ""), ("alpha", "b=2"), ("alpha", "a=1"), ("alpha", "")):
        tiny.add(name, PERFECT, settings=settings_text)
    labels = [row.label for row in tiny.summary().rows]
    assert labels == ["alpha 1.0", "alpha 1.0 a=1", "alpha 1.0 b=2", "beta 1.0", "oracle", "nothing 1.0"]


def test_an_undefined_value_is_none_and_says_why(tiny: Bench) -> None:
    # By the published 4-gram rules, outputs that are all empty have no precision, hence no F1.
    row = tiny.row("nothing", AEB)
    for name in ("f1", "precision"):
        assert (row.values[name].value, row.values[name].interval) == (None, None)
        assert row.values[name].reason
    assert row.values["recall"] == Value(0.0, (0.0, 0.0), 4)
    assert row.median is None


def test_an_undefined_first_value_is_sorted_after_all_others(tiny: Bench) -> None:
    tiny.add("a-empty", [""] * 4)
    tiny.add("good", PERFECT)
    assert [row.name for row in tiny.summary(AEB).rows] == ["good", "a-empty", "oracle", "nothing"]


def test_a_defined_value_with_an_interval_needs_no_reason(tiny: Bench) -> None:
    tiny.add("alpha", ["main text of a", "main", "", "x"])
    for value in tiny.row("alpha").values.values():
        assert value.value is not None
        assert value.interval is not None
        assert value.interval[0] <= value.value <= value.interval[1]
        assert value.reason is None


def test_whatever_is_missing_has_a_reason(tmp_path: Path, store: Store) -> None:
    # Precision rests on the first site, recall on the second; fewer than half of the resamples of three hold both.
    pages = {
        "a": ("one.example", "[gold]\nempty = true", ""),
        "b": ("two.example", "", "main text"),
        "c": ("three.example", "[gold]\nempty = true", ""),
    }
    bench = Bench(store, write_corpus(tmp_path / "pages", pages))
    bench.add("alpha", ["leaked", "", ""])
    for name, value in bench.row("alpha", AEB, resamples=2000).values.items():
        assert (value.value is not None and value.interval is not None) or value.reason, name


def test_pages_of_one_site_have_no_intervals_and_the_summary_says_why(tmp_path: Path, store: Store) -> None:
    pages = {name: ("one.example", "", gold) for name, (_, _, gold) in PAGES.items()}
    bench = Bench(store, write_corpus(tmp_path / "pages", pages))
    bench.add("alpha", PERFECT)
    summary = bench.summary()
    assert summary.corpus["sites"] == 1
    assert [value.interval for row in summary.rows for value in row.values.values()] == [None] * 6
    assert {value.reason for row in summary.rows for value in row.values.values()} == {UNBOUNDED}
    assert {row.ranks for row in summary.rows} == {None}
    assert any("unbounded" in note for note in summary.notes)


def test_intervals_are_those_of_resampled_sites(tiny: Bench) -> None:
    tiny.add("alpha", ["main text of a", "main", "", "x"])
    interval = tiny.row("alpha", seed=5, resamples=300).values["f1"].interval
    [extractor] = [one for one in tiny.store.extractors() if one.name == "alpha"]
    counts = tiny.store.counts(extractor.key, KEPT.signature, 3)
    [draws] = stats.bootstrap(KEPT, [counts], [facts.site for facts in tiny.corpus.facts], resamples=300, seed=5)
    assert interval == stats.interval(draws["f1"], 3)


def test_the_same_seed_gives_the_same_summary(tiny: Bench) -> None:
    tiny.add("alpha", ["main text of a", "main", "", "x"])
    assert tiny.summary(seed=3) == tiny.summary(seed=3)
    assert tiny.summary(seed=3) != tiny.summary(seed=4)


def test_slices_are_largest_first_and_means_of_the_first_value_in_order_of_the_rows(tiny: Bench) -> None:
    tiny.add("beta", ["main text of a", "", "main text of c", ""])
    tiny.add("alpha", PERFECT)
    summary = tiny.summary(by="kind")
    assert [row.name for row in summary.rows] == ["alpha", "beta", "oracle", "nothing"]
    assert [(one.name, one.pages) for one in summary.slices] == [("article", 2), ("(none)", 1), ("forum", 1)]
    assert [[value.value for value in one.values] for one in summary.slices] == [[1, 0.5, 1, 0], [1, 0, 1, 0], [1, 1, 1, 0]]


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("kind", ["article", "(none)", "forum"]),
        ("language", ["de", "(none)", "en"]),
        ("site", ["one.example", "three.example", "two.example"]),
        ("split", ["(none)"]),
        ("tag", ["(none)"]),
        ("length", ["1-99 words"]),
        ("difficulty", ["under 20 %"]),
    ],
)
def test_pages_can_be_sliced_by(tiny: Bench, by: str, names: list[str]) -> None:
    assert by in FIELDS
    assert [one.name for one in tiny.summary(by=by).slices] == names


def test_a_slice_without_a_page_that_the_value_applies_to_is_undefined(tiny: Bench) -> None:
    tiny.add("alpha", ["main text of a", "", "", ""])
    [article, *_] = tiny.summary(AEB, by="kind").slices
    assert [value.value for value in article.values] == [
        pytest.approx(2 / 3),
        None,
    ]  # of the page that was answered; no page of the control was


def test_pages_cannot_be_sliced_by_what_is_no_field(tiny: Bench) -> None:
    with pytest.raises(UsageError, match=", ".join(FIELDS)):
        tiny.summary(by="colour")


def test_broken_records_that_were_left_out_are_noted(tmp_path: Path, store: Store) -> None:
    root = write_corpus(tmp_path / "pages", PAGES)
    (root / "gold" / "d.txt").unlink()
    summary = Bench(store, root).summary()
    assert (summary.corpus["pages"], summary.corpus["broken"]) == (3, 1)
    assert any("1 broken record" in note for note in summary.notes)


def test_the_full_signature_holds_everything_that_could_change_a_number(tiny: Bench) -> None:
    summary = tiny.summary(seed=9, resamples=150)
    assert summary.full_signature == (
        f"{KEPT.signature}|pages:4|sites:3|corpus:{tiny.corpus.digest[:12]}|boot:150|interval:expanded-percentile|cluster:site|seed:9|bench:{__version__}"
    )


# Which rows

STORED = [
    StoredExtractor(b"1", "alpha", "1.0", "", {}, "2026-01-01"),
    StoredExtractor(b"2", "alpha", "1.0", "a=1", {}, "2026-01-02"),
    StoredExtractor(b"3", "alpha", "2.0", "", {}, "2026-01-03"),
    StoredExtractor(b"4", "alpha", "1.0", "", {}, "2026-01-04"),  # the first again, its source having changed
    StoredExtractor(b"5", "readability-lxml", "0.9", "", {}, "2026-01-05"),
]


@pytest.mark.parametrize(
    ("wanted", "keys"),
    [
        pytest.param([], b"2345", id="no choice takes all, the newest of each"),
        pytest.param(["alpha"], b"234", id="a name takes every version and settings"),
        pytest.param(["alpha==1.0"], b"24", id="a version"),
        pytest.param(["alpha:a=1"], b"2", id="settings"),
        pytest.param(["alpha==2.0", "readability-lxml"], b"35", id="two choices"),
        pytest.param(["alpha==2.0", "alpha"], b"234", id="choices that overlap"),
    ],
)
def test_a_choice_of_extractors_takes_the_newest_identity_of_each(wanted: list[str], keys: bytes) -> None:
    assert sorted(one.key[0] for one in select(STORED, wanted)) == sorted(keys)


@pytest.mark.parametrize("wanted", ["readabilty-lxml", "alpha==3.0", "alpha:a=2", "", ":", "==1"])
def test_a_choice_that_names_no_stored_extractor_is_refused_in_one_line(wanted: str) -> None:
    with pytest.raises(UsageError) as problem:
        select(STORED, [wanted])
    assert "\n" not in str(problem.value)


def test_a_misspelt_choice_is_answered_with_the_near_name() -> None:
    with pytest.raises(UsageError, match="did you mean readability-lxml"):
        select(STORED, ["readabilty-lxml"])


# Parts of a table


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(None, 3, "-"), (0.0, 3, ".000"), (0.12349, 3, ".123"), (0.1235, 4, ".1235"), (1.0, 3, "1.000"), (0.9996, 3, "1.000")],
)
def test_a_value_is_written_without_its_leading_zero(value: float | None, digits: int, text: str) -> None:
    assert number(value, digits) == text


@pytest.mark.parametrize(
    ("interval", "text"), [(None, "-"), ((0.814, 0.926), ".81-.93"), ((0.0, 1.0), ".00-1.00"), ((0.996, 0.999), "1.00-1.00")]
)
def test_an_interval_is_written_as_two_ends(interval: tuple[float, float] | None, text: str) -> None:
    assert spread(Value(0.9, interval, 1), 2) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"), (0.0, "0.00"), (0.004, "0.00"), (0.094, "0.09"), (0.0951, "0.1"), (1.25, "1.2"), (9.94, "9.9"),
        (9.96, "10"), (412.4, "412"),
    ],
)  # fmt: skip
def test_a_cost_is_written_with_few_digits(value: float | None, text: str) -> None:
    assert amount(value) == text


@pytest.mark.parametrize(
    ("outcomes", "words"),
    [
        ({"ok": 3}, "-"),
        ({}, "-"),
        ({"error": 1, "ok": 2, "timeout": 2}, "1 error, 2 timeouts"),
        ({"crash": 2, "memory": 3, "unavailable": 1}, "2 crashes, 3 out of memory, 1 unavailable"),
        ({"empty": 2, "not run": 1}, "2 empty, 1 not run"),
    ],
)
def test_failures_are_told_in_words(outcomes: dict[str, int], words: str) -> None:
    assert fate(row("a", outcomes=outcomes)) == words


@pytest.mark.parametrize("outcome", [*(outcome.value for outcome in Outcome if outcome is not Outcome.OK), "not run"])
def test_every_outcome_but_ok_has_words(outcome: str) -> None:
    assert re.fullmatch(r"1 [a-z ]+", fate(row("a", outcomes={outcome: 1, "ok": 3})))
    assert re.fullmatch(r"2 [a-z ]+", fate(row("a", outcomes={outcome: 2})))


# Unicode's Bidi_Control property, its separators of lines and paragraphs, and what no UTF-8 can hold.
UNSAFE = [
    *(chr(code) for code in range(0x250) if unicodedata.category(chr(code)) == "Cc"),
    *"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029",
    "\ud800",
    "\udfff",
]


@pytest.mark.parametrize("character", UNSAFE, ids=[f"U+{ord(character):04X}" for character in UNSAFE])
def test_a_name_is_shown_without_characters_that_move_or_hide_others(character: str) -> None:
    assert plain(f"a{character}b") == "a\N{REPLACEMENT CHARACTER}b"


@settings(deadline=None, max_examples=100)
@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs", "M"])))
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    assert plain(text) == text


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text("ab|", min_size=1, max_size=12), max_size=12), st.integers(20, 60))
def test_a_folded_line_fits_and_says_the_same(words: list[str], width: int) -> None:
    line = " ".join(words)
    folded = _fold(line, width).split("\n")
    assert all(len(part) <= width for part in folded)
    assert "".join(folded).replace(" ", "") == line.replace(" ", "")


# Formats, exactly


def row(
    name: str, version: str = "", settings: str = "", *, control: bool = False, f1: float | None = 0.5, **facts: Any
) -> Row:
    """A row whose other values follow from its F1; all numbers are exact in binary, so that they print as they are."""

    def value(center: float | None) -> Value:
        return Value(None, None, 181, "why") if center is None else Value(center, (center / 2, (1 + center) / 2), 181)

    facts = {"median": f1, "outcomes": {"ok": 181}, "cpu_ms": None, "peak_mb": None, "pages": 181, **facts}
    shifts = {"f1": 0, "precision": 1 / 64, "recall": -1 / 64}
    values = {title: value(None if f1 is None else f1 + shift) for title, shift in shifts.items()}
    return Row(name=name, version=version, settings=settings, control=control, values=values, **facts)


CORPUS = {
    "name": "news", "format": "native", "split": None, "digest": "0123456789abcdef" * 4, "pages": 181, "sites": 97, "broken": 2,
}  # fmt: skip
SUMMARY = Summary(
    metric="kept",
    signature="kept:v1|tok:uax29|agg:macro",
    columns=("f1", "precision", "recall"),
    rows=(
        row("alpha", "2.3.1", "a=true,b=2", f1=0.875, cpu_ms=31.4, peak_mb=412.3, median=0.90625,
            outcomes={"empty": 2, "error": 1, "ok": 176, "timeout": 2}),
        row("beta", "0.9", f1=0.5, cpu_ms=1.26, peak_mb=99.6),
        row("gamma", "1", f1=None, outcomes={"not run": 181}),
        row("nothing", control=True, f1=0.03125, outcomes={"empty": 181}, cpu_ms=0.012, peak_mb=20.0),
    ),
    corpus=CORPUS,
    resampling=Resampling(2000, 1),
)  # fmt: skip


def sliced(name: str, pages: int, values: Sequence[float | None], tied: Sequence[bool] = ()) -> Slice:
    """A slice whose intervals follow from its values."""
    return Slice(name, pages, [Value(one, None if one is None else (one / 2, (1 + one) / 2), pages) for one in values], tied)


SLICED = replace(
    SUMMARY,
    by="kind",
    slices=(
        sliced("article", SMALL, (0.875, 0.5, None, 0.0), (True, False, False, False)),
        sliced("(none)", SMALL - 1, (1.0, 0.25, None, 0.0)),
    ),
    notes=("2 broken records left out (--skip-broken)",),
)
TAIL = f"interval:expanded-percentile|cluster:site|seed:1|bench:{__version__}"


def lines(text: str) -> list[str]:
    assert text.endswith("\n")
    return text[:-1].split("\n")


def test_the_table_at_80_columns_is_exactly() -> None:
    assert lines(FORMATS["table"](SLICED, 80)) == [
        "extractor      F1     95 %     P     R  median  failed  empty  CPU ms   MB",
        "-----------  ----  -------  ----  ----  ------  ------  -----  ------  ---",
        "alpha 2.3.1  .875  .44-.94  .891  .859    .906       3      2      31  412",
        "  a=true",
        "  b=2",
        "beta 0.9     .500  .25-.75  .516  .484    .500       -      -     1.3  100",
        "gamma 1         -        -     -     -       -     181      -       -    -",
        "-----------  ----  -------  ----  ----  ------  ------  -----  ------  ---",
        "nothing      .031  .02-.52  .047  .016    .031       -    181    0.01   20",
        "",
        "kind     pages  alpha 2.3.1   beta 0.9  gamma 1    nothing",
        "                     a=true",
        "                        b=2",
        "-------  -----  -----------  ---------  -------  ---------",
        "article     10        .875*       .500        -       .000",
        "                    .44-.94    .25-.75             .00-.50",
        "(none)       9      (1.000)     (.250)        -     (.000)",
        "                 (.50-1.00)  (.12-.62)           (.00-.50)",
        "",
        "kept on news: 181 pages of 97 sites; 95 % interval of F1 by resampling sites",
        "alpha 2.3.1 a=true,b=2: 2 empty, 1 error, 2 timeouts",
        "gamma 1: 181 not run",
        "slices: * the best and those that cannot be told from it, where that is not all",
        "  of them",
        "(in brackets): fewer than 10 pages, not ranked: a mean of so few says little",
        "2 broken records left out (--skip-broken)",
        "kept:v1|tok:uax29|agg:macro|pages:181|sites:97|corpus:0123456789ab|boot:2000|",
        f"  {TAIL}",
    ]


RANKED = replace(
    SUMMARY,
    rows=(
        replace(SUMMARY.rows[0], ranks=(1, 2), tied=True, adds=0.125),
        replace(SUMMARY.rows[1], ranks=(1, 2), tied=True, adds=0.0),
        replace(SUMMARY.rows[2], ranks=None),
        row("oracle", control=True, f1=0.9375, outcomes={}),
        SUMMARY.rows[3],
    ),
    detectable=0.0625,
)


def test_a_ranked_table_says_who_is_tied_what_cannot_be_seen_and_what_each_adds() -> None:
    main, captions = FORMATS["table"](RANKED, 160).split("\n\n")
    header, _, alpha, beta, *_ = main.split("\n")
    for title, cells in (("rank", ["=1-2", "=1-2"]), ("adds", [".1250", ".0000"])):
        end = header.index(title) + len(title)
        assert [line[:end].split()[-1] for line in (alpha, beta)] == cells
    test = "paired randomisation of sites, Holm over all pairs, .05"
    assert captions.split("\n")[1:4] == [
        f"rank: its range in 95 of 100 resamples; =: cannot be told from the best ({test})",
        "with these 181 pages of 97 sites a difference from the best under about .06 in F1 would often be missed",
        "oracle: the best extractor on each page; adds: what the oracle would lose without this one",
    ]


def test_where_no_p_can_be_small_a_ranked_table_says_that_nothing_can_be_told() -> None:
    captions = FORMATS["table"](replace(RANKED, least_p=0.674), 160).split("\n\n")[1].split("\n")
    assert captions[2] == "with these 181 pages of 97 sites no difference between 2 rows can be told: no p is below .67"
    assert not any("often be missed" in line for line in captions)


def test_the_test_behind_ranks_is_part_of_the_signature() -> None:
    assert "|test:randomisation-9999-holm|seed:1|" in RANKED.full_signature


def arranged(**options: Any) -> list[str]:
    """The first column of a table that shows what was asked for, after its headers."""
    main, _ = plugins.load("tables", "table").render(Overview(RANKED, **options), 160).split("\n\n", 1)
    return [line.split()[0] for line in main.split("\n")[2:] if not line.startswith("-")]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, ["alpha", "beta", "gamma", "oracle", "nothing"]),
        ({"sort": "cpu"}, ["beta", "alpha", "gamma", "nothing", "oracle"]),
        ({"sort": "failed"}, ["beta", "alpha", "gamma", "oracle", "nothing"]),
        ({"sort": "extractor"}, ["alpha", "beta", "gamma", "nothing", "oracle"]),
        ({"sort": "recall", "top": 1}, ["alpha", "oracle", "nothing"]),
        ({"sort": "memory", "top": 1}, ["beta", "nothing", "oracle"]),
    ],
    ids=["by rank", "cheapest", "fewest failures", "by name", "top of a value", "top of a cost"],
)
def test_rows_can_be_sorted_better_first_and_cut_while_controls_stay(options: dict[str, Any], names: list[str]) -> None:
    assert arranged(**options) == names


def test_chosen_columns_are_shown_in_their_order_whatever_the_width() -> None:
    view = Overview(RANKED, columns=["cpu", "f1", "rank"])
    for width in (40, 160):
        header = plugins.load("tables", "table").render(view, width).split("\n")[0]
        assert header.split()[-4:] == ["CPU", "ms", "F1", "rank"]
    [record, *_] = view.records()
    assert list(record)[5:] == ["cpu_ms", "f1", "f1_low", "f1_high", "rank_low", "rank_high", "tied"]


@pytest.mark.parametrize("options", [{"columns": ["colour"]}, {"sort": "colour"}, {"columns": ["f1", "interva"]}])
def test_an_unknown_column_is_refused_with_what_there_is(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="no column named"):
        Overview(RANKED, **options)


def test_the_table_at_160_columns_is_exactly() -> None:
    assert lines(FORMATS["table"](SUMMARY, 160)) == [
        "extractor  version  settings       F1       95 %      P      R  median               failed  empty  CPU ms   MB  pages",
        "---------  -------  ----------  -----  ---------  -----  -----  ------  -------------------  -----  ------  ---  -----",
        "alpha      2.3.1    a=true,b=2  .8750  .438-.938  .8906  .8594   .9062  1 error, 2 timeouts      2      31  412    181",
        "beta       0.9                  .5000  .250-.750  .5156  .4844   .5000                    -      -     1.3  100    181",
        "gamma      1                        -          -      -      -       -          181 not run      -       -    -    181",
        "---------  -------  ----------  -----  ---------  -----  -----  ------  -------------------  -----  ------  ---  -----",
        "nothing                         .0312  .016-.516  .0469  .0156   .0312                    -    181    0.01   20    181",
        "",
        "kept on news: 181 pages of 97 sites; 95 % interval of F1 by resampling sites",
        f"kept:v1|tok:uax29|agg:macro|pages:181|sites:97|corpus:0123456789ab|boot:2000|{TAIL}",
    ]


def test_the_markdown_table_is_exactly() -> None:
    few = replace(SLICED, rows=SLICED.rows[1:3], slices=[sliced("a_b", 9, (0.5, None))])
    halves = [
        ("| extractor   | version   |    F1 |      95 % |     P |     R |",
         "   median |      failed |   empty |   CPU ms |   MB |   pages |"),
        ("|:------------|:----------|------:|----------:|------:|------:|",
         "---------:|------------:|--------:|---------:|-----:|--------:|"),
        ("| beta        | 0.9       | .5000 | .250-.750 | .5156 | .4844 |",
         "    .5000 |           - |       - |      1.3 |  100 |     181 |"),
        ("| gamma       | 1         |     - |         - |     - |     - |",
         "        - | 181 not run |       - |        - |    - |     181 |"),
    ]  # fmt: skip
    assert lines(FORMATS["markdown"](few, 80)) == [
        *(left + right for left, right in halves),
        "",
        "| kind   |   pages |            beta 0.9 |   gamma 1 |",
        "|:-------|--------:|--------------------:|----------:|",
        "| a\\_b   |       9 | (.500)<br>(.25-.75) |         - |",
        "",
        "kept on news: 181 pages of 97 sites; 95 % interval of F1 by resampling sites  ",
        "(in brackets): fewer than 10 pages, not ranked: a mean of so few says little  ",
        "2 broken records left out (--skip-broken)  ",
        f"`kept:v1|tok:uax29|agg:macro|pages:181|sites:97|corpus:0123456789ab|boot:2000|{TAIL}`",
    ]


DIGEST = CORPUS["digest"]
SIGNATURE = SUMMARY.full_signature


def test_the_csv_table_is_exactly() -> None:
    parts = [
        ("signature,extractor,version,settings,control",
         "f1,f1_low,f1_high,precision,precision_low,precision_high,recall,recall_low,recall_high",
         "rank_low,rank_high,tied,median,adds,empty,error,not run,ok,timeout,cpu_ms,peak_mb,pages"),
        (f'{SIGNATURE},alpha,2.3.1,"a=true,b=2",false',
         "0.875,0.4375,0.9375,0.890625,0.4453125,0.9453125,0.859375,0.4296875,0.9296875",
         ",,false,0.90625,,2,1,0,176,2,31.4,412.3,181"),
        (f"{SIGNATURE},beta,0.9,,false",
         "0.5,0.25,0.75,0.515625,0.2578125,0.7578125,0.484375,0.2421875,0.7421875",
         ",,false,0.5,,0,0,0,181,0,1.26,99.6,181"),
        (f"{SIGNATURE},gamma,1,,false", ",,,,,,,,", ",,false,,,0,0,181,0,0,,,181"),
        (f"{SIGNATURE},nothing,,,true",
         "0.03125,0.015625,0.515625,0.046875,0.0234375,0.5234375,0.015625,0.0078125,0.5078125",
         ",,false,0.03125,,181,0,0,0,0,0.012,20.0,181"),
    ]  # fmt: skip
    assert lines(FORMATS["csv"](SUMMARY, 80)) == [",".join(part) for part in parts]


def test_the_csv_table_of_slices_is_exactly() -> None:
    few = replace(SLICED, rows=SLICED.rows[:2], slices=[sliced("article", 10, (0.875, None)), sliced("(none)", 9, (1.0, 0.25))])
    assert lines(FORMATS["csv"](few, 80)) == [
        "signature,kind,pages,extractor,version,settings,control,f1,f1_low,f1_high,n",
        f'{SIGNATURE},article,10,alpha,2.3.1,"a=true,b=2",false,0.875,0.4375,0.9375,10',
        f"{SIGNATURE},article,10,beta,0.9,,false,,,,10",
        f'{SIGNATURE},(none),9,alpha,2.3.1,"a=true,b=2",false,1.0,0.5,1.0,9',
        f"{SIGNATURE},(none),9,beta,0.9,,false,0.25,0.125,0.625,9",
    ]


def test_the_json_table_is_exactly() -> None:
    [alpha, _, gamma, _] = SUMMARY.rows
    few = replace(
        SLICED,
        columns=("f1",),
        rows=[replace(one, values={"f1": one.values["f1"]}) for one in (alpha, gamma)],
        slices=[sliced("a", 9, (0.25, None))],
        manifest={"jobs": 2, "machine": "é"},
    )
    expected = f"""{{
 "format": 1,
 "bench": "{__version__}",
 "full_signature": "kept:v1|tok:uax29|agg:macro|pages:181|sites:97|corpus:0123456789ab|boot:2000|{TAIL}",
 "metric": "kept",
 "signature": "kept:v1|tok:uax29|agg:macro",
 "columns": [
  "f1"
 ],
 "rows": [
  {{
   "name": "alpha",
   "version": "2.3.1",
   "settings": "a=true,b=2",
   "control": false,
   "values": {{
    "f1": {{
     "value": 0.875,
     "interval": [
      0.4375,
      0.9375
     ],
     "n": 181,
     "reason": null
    }}
   }},
   "median": 0.90625,
   "outcomes": {{
    "empty": 2,
    "error": 1,
    "ok": 176,
    "timeout": 2
   }},
   "cpu_ms": 31.4,
   "peak_mb": 412.3,
   "pages": 181,
   "ranks": null,
   "tied": false,
   "adds": null
  }},
  {{
   "name": "gamma",
   "version": "1",
   "settings": "",
   "control": false,
   "values": {{
    "f1": {{
     "value": null,
     "interval": null,
     "n": 181,
     "reason": "why"
    }}
   }},
   "median": null,
   "outcomes": {{
    "not run": 181
   }},
   "cpu_ms": null,
   "peak_mb": null,
   "pages": 181,
   "ranks": null,
   "tied": false,
   "adds": null
  }}
 ],
 "corpus": {{
  "name": "news",
  "format": "native",
  "split": null,
  "digest": "{DIGEST}",
  "pages": 181,
  "sites": 97,
  "broken": 2
 }},
 "resampling": {{
  "resamples": 2000,
  "seed": 1,
  "kind": "expanded-percentile"
 }},
 "by": "kind",
 "slices": [
  {{
   "name": "a",
   "pages": 9,
   "values": [
    {{
     "value": 0.25,
     "interval": [
      0.125,
      0.625
     ],
     "n": 9,
     "reason": null
    }},
    {{
     "value": null,
     "interval": null,
     "n": 9,
     "reason": null
    }}
   ],
   "tied": []
  }}
 ],
 "lower_is_better": [],
 "detectable": null,
 "manifest": {{
  "jobs": 2,
  "machine": "é"
 }},
 "notes": [
  "2 broken records left out (--skip-broken)"
 ],
 "least_p": null,
 "request": null
}}
"""
    assert FORMATS["json"](few, 80) == expected


@pytest.mark.parametrize("name", ["csv", "json"])
def test_formats_for_programs_do_not_round(name: str) -> None:
    third = row("a", f1=1 / 3, median=2 / 3)
    text = FORMATS[name](replace(SUMMARY, rows=[third]), 80)
    assert "0.3333333333333333" in text
    assert "0.6666666666666666" in text


def test_a_split_is_named_under_the_table() -> None:
    text = FORMATS["table"](replace(SUMMARY, corpus={**CORPUS, "split": "dev"}), 80)
    assert "kept on news, split dev: 181 pages of 97 sites" in text


def test_a_summary_without_settings_has_no_column_for_them() -> None:
    assert "settings" not in Overview(replace(SUMMARY, rows=SUMMARY.rows[1:])).grids(wide=True)[0].headers
    assert "settings" in Overview(SUMMARY).grids(wide=True)[0].headers


# What fits


def ordinary(metric: Metric) -> Summary:
    """The rows that every first run has."""
    names = [("trafilatura", "2.3.1"), ("readability-lxml", "0.9"), ("goose3", "3.1.22"), ("justext", "3.0.2")]

    def made(name: str, version: str, f1: float, outcomes: dict[str, int]) -> Row:
        values = {title: Value(f1, (f1 - 0.02, f1 + 0.02), 1497) for title in metric.values}
        return Row(name, version, "", name in ("everything", "nothing"), values, f1, outcomes, 31.4, 412.3, 1497)

    rows = [made(name, version, 0.7, {"error": 3, "ok": 1494}) for name, version in names]
    rows += [made("everything", "", 0.6, {"ok": 1497}), made("nothing", "", 0.02, {"empty": 1497})]
    kinds = ["article", "forum", "product", "collection", "listing", "documentation", "service"]
    return Summary(
        metric=metric.name, signature=metric.signature, columns=metric.values, rows=rows,
        corpus={**CORPUS, "name": "wcxb", "split": "dev", "pages": 1497, "sites": 1300}, resampling=Resampling(2000, 1),
        by="kind", slices=[sliced(kind, 200, [0.5] * len(rows)) for kind in kinds],
    )  # fmt: skip


@pytest.mark.parametrize("width", [80, 100, 110, 120, 160])
@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS.keys())
def test_no_line_of_a_table_of_ordinary_names_is_wider_than_the_terminal(metric: Metric, width: int) -> None:
    text = FORMATS["table"](replace(ordinary(metric), by=None, slices=()), width)
    assert {len(line): line for line in text.split("\n") if len(line) > width} == {}


@pytest.mark.parametrize("width", [80, 85, 90, 95, 100, 120, 160])
def test_no_line_of_a_table_of_slices_is_wider_than_the_terminal(width: int) -> None:
    _, *tables, _ = FORMATS["table"](ordinary(KEPT), width).split("\n\n")
    assert {len(line): line for table in tables for line in table.split("\n") if len(line) > width} == {}


@pytest.mark.parametrize("width", [40, 80, 160])
def test_slices_too_wide_for_the_terminal_go_on_in_another_table(width: int) -> None:
    summary = ordinary(KEPT)
    _, *tables, _ = FORMATS["table"](summary, width).split("\n\n")
    found = []
    for table in tables:
        header, _, *body = table.split("\n")
        kind, pages, *labels = re.split(r"  +", header)
        assert (kind, pages) == ("kind", "pages")
        named = [line.split()[:2] for line in body if not line.startswith(" ")]  # intervals stand on lines of their own
        assert named == [[one.name, str(one.pages)] for one in summary.slices]
        found += labels
    assert found == [row.label for row in summary.rows]


# Any summary

NAMES = st.text(st.characters(), max_size=12)
SHARES = st.none() | st.floats(0, 1)


@st.composite
def summaries(draw: st.DrawFn) -> Summary:
    columns = draw(st.sampled_from([metric.values for metric in METRICS.values() if metric.ranks]))
    value = st.builds(
        Value, SHARES, st.none() | st.tuples(st.floats(0, 1), st.floats(0, 1)), st.integers(0, 9999), st.none() | NAMES
    )
    outcomes = st.dictionaries(st.sampled_from([*(outcome.value for outcome in Outcome), "not run"]), st.integers(0, 10**6))
    cost = st.none() | st.floats(0, 1e7)
    made = st.builds(
        Row, NAMES, NAMES, NAMES, st.booleans(), st.fixed_dictionaries(dict.fromkeys(columns, value)), SHARES, outcomes, cost,
        cost, st.integers(0, 10**6), st.none() | st.tuples(st.integers(1, 9), st.integers(1, 99)), st.booleans(), SHARES,
    )  # fmt: skip
    rows = draw(st.lists(made, min_size=1, max_size=4))
    by = draw(st.none() | st.sampled_from(FIELDS))
    values = st.lists(value, min_size=len(rows), max_size=len(rows))
    tied = st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))
    slices = draw(st.lists(st.builds(Slice, NAMES, st.integers(1, 2000), values, tied), min_size=1, max_size=3)) if by else []
    about = {**CORPUS, "name": draw(NAMES), "split": draw(st.none() | NAMES)}
    manifest = draw(st.none() | st.just({"command": "bench run", "jobs": 2}))
    return Summary(
        "kept",
        KEPT.signature,
        columns,
        rows,
        about,
        Resampling(),
        by,
        slices,
        (),
        draw(SHARES),
        manifest,
        draw(st.lists(st.just("note"))),
    )


@any_format
@settings(deadline=None, max_examples=40)
@given(summary=summaries(), width=st.integers(20, 200))
def test_every_format_renders_every_summary(render: Render, summary: Summary, width: int) -> None:
    assert render(summary, width).endswith("\n")


@settings(deadline=None, max_examples=40)
@given(summaries(), st.sampled_from([80, 160]))
def test_a_name_makes_no_line_of_its_own_in_a_table(summary: Summary, width: int) -> None:
    plainly_set = replace(summary, rows=[replace(row, settings="") for row in summary.rows])
    main, *_ = FORMATS["table"](plainly_set, width).split("\n\n")
    groups = len({row.control for row in summary.rows})
    assert len(main.split("\n")) == 2 + len(summary.rows) + max(0, groups - 1)


@settings(deadline=None, max_examples=40)
@given(summaries())
def test_csv_has_a_record_for_each_row_and_a_field_for_each_title(summary: Summary) -> None:
    header, *records = csv.reader(io.StringIO(FORMATS["csv"](summary, 80)), strict=True)
    assert len(records) == len(summary.rows) * (len(summary.slices) if summary.by else 1)
    assert {len(record) for record in records} <= {len(header)}
    assert len(set(header)) == len(header)


@settings(deadline=None, max_examples=40)
@given(summaries())
def test_json_holds_the_summary_whole(summary: Summary) -> None:
    body = json.loads(FORMATS["json"](summary, 80))
    assert [(row["name"], row["version"], row["settings"]) for row in body["rows"]] == [
        (row.name, row.version, row.settings) for row in summary.rows
    ]
    assert [row["values"][name]["value"] for row in body["rows"] for name in summary.columns] == [
        row.values[name].value for row in summary.rows for name in summary.columns
    ]
    assert [(one["name"], [value["value"] for value in one["values"]]) for one in body["slices"]] == [
        (one.name, [value.value for value in one.values]) for one in summary.slices
    ]
    assert body["corpus"] == summary.corpus


@settings(deadline=None, max_examples=40)
@given(summaries())
def test_a_markdown_table_has_as_many_cells_in_every_line(summary: Summary) -> None:
    cells: dict[int, set[int]] = {}
    for place, part in enumerate(FORMATS["markdown"](summary, 80).split("\n\n")[: 2 if summary.slices else 1]):
        # A character after a backslash is no border.
        cells[place] = {re.sub(r"\\.", "", line).count("|") for line in part.split("\n")}
    assert all(len(counts) == 1 for counts in cells.values())


@pytest.mark.parametrize(
    ("in_force", "end"),
    [
        (
            {"network": ["namespace"], "memory": ["address space", "data"]},
            "network by namespace, memory by address space and data",
        ),
        ({}, "2 cores of a chip; outputs from the store"),
    ],
    ids=["workers", "none started"],
)
def test_a_markdown_table_says_which_run_it_is_of(in_force: dict[str, list[str]], end: str) -> None:
    machine = {"python": "3.11.7", "platform": "Linux", "cores": 2, "cpu": "a chip"}
    manifest = {"date": "2026-11-24", "command": "bench run", "machine": machine, "limits_in_force": in_force}
    [said] = [line for line in FORMATS["markdown"](replace(SUMMARY, manifest=manifest), 80).split("\n") if "made on" in line]
    assert said.startswith("made on 2026-11-24 by bench run with Python 3.11.7 on Linux, 2 cores of a chip; ")
    assert said.rstrip().endswith(end)


# Hostile names


def named(name: str) -> Summary:
    """A summary in which everything that others may name is named so."""
    return replace(
        SLICED,
        rows=[replace(row, name=name, version=name, settings=name) for row in SLICED.rows],
        slices=[replace(one, name=name) for one in SLICED.slices],
        corpus={**CORPUS, "name": name},
    )


def forms(render: Render, summary: Summary) -> str:
    """The summary as one format shows it: narrow, wide, and without slices."""
    return "".join(render(one, width) for one in (summary, replace(summary, by=None, slices=())) for width in (80, 160))


@any_format
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("\x1b[2J\x1b]0;title\x07", id="terminal escapes"),
        pytest.param("\x9b2J\x85\x00\x7f", id="eight-bit controls"),
        pytest.param("a\rb\tc\x0bd\x0ce", id="controls that move"),
        pytest.param("a\u2028b\u2029c", id="line and paragraph separators"),
        pytest.param("\u202egpj.exe\u202c\u2066x\u2069\u200f", id="direction marks"),
        pytest.param("\u061c", id="the Arabic letter mark"),
        pytest.param("\ud800 \udfff", id="lone surrogates"),
    ],
)
def test_no_name_reaches_a_terminal_raw(render: Render, name: str) -> None:
    assert set(forms(render, named(name))) & {*UNSAFE} - {"\n"} == set()


@any_format
def test_no_split_reaches_a_terminal_raw(render: Render) -> None:
    summary = replace(SLICED, corpus={**CORPUS, "split": "\x1b[2J"})
    assert "\x1b" not in forms(render, summary)


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0"])
def test_no_name_is_a_formula_in_a_spreadsheet(name: str) -> None:
    for record in csv.reader(io.StringIO(forms(FORMATS["csv"], named(name)))):
        assert [cell for cell in record if cell.startswith(tuple("=+-@\t\r\n"))] == []


def test_a_quote_or_comma_in_a_name_stays_in_its_field() -> None:
    _, first, *_ = csv.reader(io.StringIO(FORMATS["csv"](replace(named('a",b'), by=None, slices=()), 80)))
    assert first[1:4] == ['a",b'] * 3


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        pytest.param("a|b", r"a\|b", id="a pipe"),
        pytest.param(r"a\|b", r"a\\\|b", id="a pipe after a backslash"),
        pytest.param("<script>alert(1)</script>", r"\<script\>alert(1)\</script\>", id="HTML"),
        pytest.param("![x](http://x.example)", r"\!\[x\](http://x.example)", id="an image"),
        pytest.param("`code` *bold* _it_ ~~no~~ #1", r"\`code\` \*bold\* \_it\_ \~\~no\~\~ \#1", id="marks"),
    ],
)
def test_a_name_is_no_markup_in_markdown(name: str, escaped: str) -> None:
    text = FORMATS["markdown"](named(name), 80)
    without = text.replace(escaped, "")
    assert text.count(escaped) == 3 * 4 + 3 * 4 + 2 + 1  # rows, titles of the slices' columns, slices, caption
    assert name not in without


def test_plain_formats_end_in_one_line_break() -> None:
    for render in FORMATS.values():
        text = render(SUMMARY, 80)
        assert text.rstrip("\n") + "\n" == text
