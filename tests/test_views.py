"""Metrics side by side, leaks and losses: as objects in every format, and through the command line."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from conftest import Said, write_corpus
from hypothesis import given, settings
from hypothesis import strategies as st
from test_summarise import CORPUS, NAMES, SHARES, UNSAFE, Bench

from bench import __version__, plugins
from bench.agreement import Agreement, Column, Ranked
from bench.intervals import Resampling
from bench.metric import Metric
from bench.metrics import leaks, losses
from bench.present import View
from bench.regions import KINDS, REGIONS
from bench.store import Store
from bench.summarise import Row, Summary, Value
from bench.views.agreement import SideBySide
from bench.views.breakdown import Breakdown

METRICS: dict[str, Metric] = {name: plugins.load("metrics", name).METRIC for name in plugins.names("metrics")}
RANKING = [name for name, metric in METRICS.items() if metric.ranks]
FORMATS: dict[str, Callable[[View, int], str]] = {name: plugins.load("tables", name).render for name in plugins.names("tables")}
any_format = pytest.mark.parametrize("render", FORMATS.values(), ids=FORMATS.keys())


def lines(text: str) -> list[str]:
    assert text.endswith("\n")
    return text[:-1].split("\n")


# Metrics side by side, exactly. All numbers are exact in binary, so that they print as they are.

COLUMNS = tuple(
    Column(name, f"{name}:v1|agg:macro", "f1", lower_is_better=name == "invented")
    for name in ("kept", "bag", "webmainbench", "invented", "trafilatura", "structure")
)
FEW = Value(None, None, 1, "fewer than 3 extractors")


def value(center: float | None) -> Value:
    return Value(None, None, 0, "why") if center is None else Value(center, (center / 2, (1 + center) / 2), 181)


def tau(center: float | None) -> Value:
    if center is None:
        return Value(None, None, 3, "a metric that ties them all")
    return Value(center, (max(-1.0, center - 0.25), min(1.0, center + 0.25)), 3)


def ranked(name: str, version: str, settings_text: str, *centers: float | None, control: bool = False) -> Ranked:
    return Ranked(name, version, settings_text, control, [value(center) for center in centers])


AGAINST_FIRST = (1, 0.8125, 1, -1, -0.5, None)


def matrix(first: Sequence[float | None]) -> list[list[Value]]:
    """Taus of a first metric with all, and -.5 between the others."""
    return [
        [
            tau(1.0 if left == right else first[max(left, right)] if 0 in (left, right) else None if None in pair else -0.5)
            for right in range(len(first))
            for pair in [(first[left], first[right])]
        ]
        for left in range(len(first))
    ]


AGREEMENT = Agreement(
    columns=COLUMNS,
    rows=(
        ranked("alpha", "2.3.1", "a=true,b=2", 0.875, 0.9375, 0.75, 0.25, 0.5, 0.5),
        ranked("beta-extractor", "0.9", "", 0.5, 0.9375, 0.625, 0.125, 0.25, None),
        ranked("gamma", "1", "", 0.25, 0.5, 0.375, 0.0, 0.75, 0.25),
        ranked("everything", "0.7", "", 0.75, 1.0, 0.5, 0.0, 1.0, 0.5, control=True),
        ranked("nothing", "", "", 0.0, 0.0, 0.0, None, 0.0, 0.0, control=True),
    ),
    tau=matrix(AGAINST_FIRST),
    corpus=CORPUS,
    resamples=2000,
    seed=1,
    notes=("left out: segments (why)",),
)
NAMED = "agreement:v1|tau-b|[kept:v1,bag:v1,webmainbench:v1,invented:v1,trafilatura:v1,"
TAIL = f"interval:expanded-percentile|cluster:site|seed:1|bench:{__version__}"


def narrowed(agreement: Agreement, columns: int, rows: Sequence[Ranked]) -> Agreement:
    """The same with fewer columns and rows."""
    return replace(
        agreement,
        columns=agreement.columns[:columns],
        rows=[replace(row, values=row.values[:columns]) for row in rows],
        tau=[line[:columns] for line in agreement.tau[:columns]],
    )


SMALL = narrowed(AGREEMENT, 2, (*AGREEMENT.rows[:3], AGREEMENT.rows[4]))


def test_metrics_side_by_side_at_80_columns_are_exactly() -> None:
    assert lines(FORMATS["table"](SideBySide(AGREEMENT), 80)) == [
        "extractor            kept    bag  webmainbench  invented  trafilatura  structure",
        "                                                  (less)",
        "------------------  -----  -----  ------------  --------  -----------  ---------",
        "alpha 2.3.1         .875*  .938*         .750*      .250         .500      .500*",
        "  a=true",
        "  b=2",
        "beta-extractor 0.9   .500  .938*          .625      .125         .250          -",
        "gamma 1              .250   .500          .375     .000*        .750*       .250",
        "------------------  -----  -----  ------------  --------  -----------  ---------",
        "everything 0.7       .750  1.000          .500      .000        1.000       .500",
        "nothing              .000   .000          .000         -         .000       .000",
        "",
        "metric        first by it         tau with        95 %",
        "                                      kept",
        "------------  ------------------  --------  ----------",
        "kept          alpha 2.3.1             1.00    .75–1.00",
        "                a=true",
        "                b=2",
        "bag           alpha 2.3.1              .81    .56–1.00",
        "                a=true",
        "                b=2",
        "              beta-extractor 0.9",
        "webmainbench  alpha 2.3.1             1.00    .75–1.00",
        "                a=true",
        "                b=2",
        "invented      gamma 1                -1.00  -1.00–-.75",
        "trafilatura   gamma 1                 -.50   -.75–-.25",
        "structure     alpha 2.3.1                -           -",
        "                a=true",
        "                b=2",
        "",
        "tau            kept   bag  webmainbench  invented  trafilatura  structure",
        "------------  -----  ----  ------------  --------  -----------  ---------",
        "kept           1.00   .81          1.00     -1.00         -.50          -",
        "bag             .81  1.00          -.50      -.50         -.50          -",
        "webmainbench   1.00  -.50          1.00      -.50         -.50          -",
        "invented      -1.00  -.50          -.50      1.00         -.50          -",
        "trafilatura    -.50  -.50          -.50      -.50         1.00          -",
        "structure         -     -             -         -            -       1.00",
        "",
        "first value of every metric on news: 181 pages of 97 sites; * best of the",
        "  extractors; (less): less is better",
        "tau: Kendall's tau-b of two metrics' rankings of 3 extractors, 1 alike, 0",
        "  unrelated, -1 reversed",
        "95 %: its interval by resampling sites",
        "pages that a metric applies to, where not all: structure 0-181",
        "left out: segments (why)",
        NAMED,
        "  structure:v1|agg:macro]|pages:181|sites:97|corpus:0123456789ab|boot:2000|",
        f"  {TAIL}",
    ]


def test_metrics_side_by_side_at_160_columns_are_exactly() -> None:
    assert lines(FORMATS["table"](SideBySide(AGREEMENT), 160)) == [
        "extractor             kept     bag  webmainbench  invented  trafilatura  structure",
        "                                                    (less)",
        "------------------  ------  ------  ------------  --------  -----------  ---------",
        "alpha 2.3.1         .8750*  .9375*        .7500*     .2500        .5000     .5000*",
        "  a=true",
        "  b=2",
        "beta-extractor 0.9   .5000  .9375*         .6250     .1250        .2500          -",
        "gamma 1              .2500   .5000         .3750    .0000*       .7500*      .2500",
        "------------------  ------  ------  ------------  --------  -----------  ---------",
        "everything 0.7       .7500  1.0000         .5000     .0000       1.0000      .5000",
        "nothing              .0000   .0000         .0000         -        .0000      .0000",
        "",
        "tau                 kept        bag  webmainbench    invented  trafilatura  structure",
        "------------  ----------  ---------  ------------  ----------  -----------  ---------",
        "kept                1.00        .81          1.00       -1.00         -.50          -",
        "                .75–1.00   .56–1.00      .75–1.00  -1.00–-.75    -.75–-.25",
        "bag                  .81       1.00          -.50        -.50         -.50          -",
        "                .56–1.00   .75–1.00     -.75–-.25   -.75–-.25    -.75–-.25",
        "webmainbench        1.00       -.50          1.00        -.50         -.50          -",
        "                .75–1.00  -.75–-.25      .75–1.00   -.75–-.25    -.75–-.25",
        "invented           -1.00       -.50          -.50        1.00         -.50          -",
        "              -1.00–-.75  -.75–-.25     -.75–-.25    .75–1.00    -.75–-.25",
        "trafilatura         -.50       -.50          -.50        -.50         1.00          -",
        "               -.75–-.25  -.75–-.25     -.75–-.25   -.75–-.25     .75–1.00",
        "structure              -          -             -           -            -       1.00",
        "                                                                             .75–1.00",
        "",
        "first value of every metric on news: 181 pages of 97 sites; * best of the extractors; (less): less is better",
        "tau: Kendall's tau-b of two metrics' rankings of 3 extractors, 1 alike, 0 unrelated, -1 reversed",
        "95 %: its interval by resampling sites",
        "pages that a metric applies to, where not all: structure 0-181",
        "left out: segments (why)",
        f"{NAMED}structure:v1|agg:macro]|pages:181|sites:97|corpus:0123456789ab|boot:2000|",
        f"  {TAIL}",
    ]


def test_metrics_side_by_side_in_markdown_are_exactly() -> None:
    assert lines(FORMATS["markdown"](SideBySide(SMALL), 80)) == [
        "| extractor                        |    kept |     bag |",
        "|:---------------------------------|--------:|--------:|",
        "| alpha 2.3.1<br>  a=true<br>  b=2 | .8750\\* | .9375\\* |",
        "| beta-extractor 0.9               |   .5000 | .9375\\* |",
        "| gamma 1                          |   .2500 |   .5000 |",
        "| nothing                          |   .0000 |   .0000 |",
        "",
        "| tau   |             kept |              bag |",
        "|:------|-----------------:|-----------------:|",
        "| kept  | 1.00<br>.75–1.00 |  .81<br>.56–1.00 |",
        "| bag   |  .81<br>.56–1.00 | 1.00<br>.75–1.00 |",
        "",
        "first value of every metric on news: 181 pages of 97 sites; \\* best of the extractors; (less): less is better  ",
        "tau: Kendall's tau-b of two metrics' rankings of 3 extractors, 1 alike, 0 unrelated, -1 reversed  ",
        "95 %: its interval by resampling sites  ",
        "left out: segments (why)  ",
        f"`{SMALL.full_signature}`",
    ]


def test_metrics_side_by_side_in_csv_are_exactly() -> None:
    some = replace(SMALL, columns=(COLUMNS[0], COLUMNS[3]), rows=[ranked("alpha", "2", "a=1", 0.875, None), SMALL.rows[-1]])
    header, *records = csv.reader(io.StringIO(FORMATS["csv"](SideBySide(some), 80)))
    assert header == [
        "signature", "extractor", "version", "settings", "control", "metric", "value", "low", "high", "n", "lower_is_better",
    ]  # fmt: skip
    tail = f"pages:181|sites:97|corpus:0123456789ab|boot:2000|{TAIL}"
    assert [record[0] for record in records] == [f"kept:v1|agg:macro|{tail}", f"invented:v1|agg:macro|{tail}"] * 2
    assert [record[1:] for record in records] == [
        ["alpha", "2", "a=1", "false", "kept", "0.875", "0.4375", "0.9375", "181", "false"],
        ["alpha", "2", "a=1", "false", "invented", "", "", "", "0", "true"],
        ["nothing", "", "", "true", "kept", "0.0", "0.0", "0.5", "181", "false"],
        ["nothing", "", "", "true", "invented", "0.0", "0.0", "0.5", "181", "true"],
    ]


def test_metrics_side_by_side_in_json_are_exactly() -> None:
    few = replace(narrowed(SMALL, 1, (SMALL.rows[0], SMALL.rows[-1])), manifest={"jobs": 2}, tau=[[FEW]])
    full = {"value": 0.875, "interval": [0.4375, 0.9375], "n": 181, "reason": None}
    none = {"value": 0.0, "interval": [0.0, 0.5], "n": 181, "reason": None}
    assert json.loads(FORMATS["json"](SideBySide(few), 80)) == {
        "format": 1,
        "bench": __version__,
        "full_signature": few.full_signature,
        "columns": [{"metric": "kept", "signature": "kept:v1|agg:macro", "value": "f1", "lower_is_better": False}],
        "rows": [
            {"name": "alpha", "version": "2.3.1", "settings": "a=true,b=2", "control": False, "values": [full]},
            {"name": "nothing", "version": "", "settings": "", "control": True, "values": [none]},
        ],
        "tau": [[{"value": None, "interval": None, "n": 1, "reason": "fewer than 3 extractors"}]],
        "corpus": CORPUS,
        "resamples": 2000,
        "seed": 1,
        "manifest": {"jobs": 2},
        "notes": ["left out: segments (why)"],
        "request": None,
    }


@pytest.mark.parametrize("interval", [(0.5, 0.75), (-0.25, 0.25), (-0.75, -0.5), (0.0, 1.0)])
def test_the_two_ends_of_an_interval_can_be_told_apart(interval: tuple[float, float]) -> None:
    shown = replace(SMALL, tau=[[Value(0.5, interval, 3)] * 2] * 2)
    [cell] = {cell for cell in re.findall(r"<br>(.*?) *\|", FORMATS["markdown"](SideBySide(shown), 80)) if "=" not in cell}
    ends = re.fullmatch(r"(-?(?:\.\d\d|1\.00))(\.\.|[^\d.]*[^\d.-])(-?(?:\.\d\d|1\.00))", cell)
    assert ends, cell
    assert (float(ends[1]), float(ends[3])) == interval
    assert "..." not in cell


def reading(view: View, width: int = 80) -> str:
    """What a reader at a terminal sees, however its lines are folded."""
    return " ".join(FORMATS["table"](view, width).split())


@pytest.mark.parametrize("width", [80, 160])
def test_one_extractor_has_values_and_the_table_says_why_it_has_no_tau(width: int) -> None:
    one = replace(AGREEMENT, rows=AGREEMENT.rows[:1], tau=[[FEW] * 6] * 6)
    text = reading(SideBySide(one), width)
    assert "alpha 2.3.1" in text
    assert "fewer than 3 extractors" in text


@pytest.mark.parametrize("width", [80, 160])
def test_controls_alone_are_shown_without_a_best(width: int) -> None:
    controls = replace(AGREEMENT, rows=AGREEMENT.rows[3:], tau=[[replace(FEW, n=0)] * 6] * 6)
    table, *_ = FORMATS["table"](SideBySide(controls), width).split("\n\n")
    assert [line.split()[0] for line in lines(table + "\n")[-2:]] == ["everything", "nothing"]
    assert "*" not in table


def test_pages_that_a_metric_applies_to_are_told_of_controls_where_there_is_nothing_else() -> None:
    controls = replace(AGREEMENT, rows=AGREEMENT.rows[3:], tau=[[replace(FEW, n=0)] * 6] * 6)
    found = [line for line in SideBySide(controls).captions(wide=True) if line.startswith("pages that")]
    assert found == ["pages that a metric applies to, where not all: invented 0-181"]


def test_a_metric_that_no_extractor_has_a_value_of_stars_none() -> None:
    rows = [ranked(name, "1", "", 0.5, None) for name in ("alpha", "beta", "gamma")]
    rows.append(ranked("nothing", "", "", 0.0, 0.5, control=True))
    shown = SideBySide(replace(SMALL, rows=rows))
    assert "*" not in "".join(line.split()[-1] for line in FORMATS["table"](shown, 160).split("\n\n")[0].split("\n"))
    narrow = shown.grids(wide=False)[1]
    assert [line[1] for line in narrow.groups[0]] == ["alpha 1\nbeta 1\ngamma 1", "-"]


# Leaks and losses, exactly


def broken_down(
    metric: Metric, name: str, version: str, first: float | None, n: int, shares: Mapping[str, tuple[float, float | None]],
    settings_text: str = "", *, control: bool = False,
) -> Row:  # fmt: skip
    """A row with its first value, how many tokens the shares are of, and the shares with their rates."""
    values = {one: Value(0.0, (0.0, 0.5), n) if n else Value(None, None, 0, "nothing leaked") for one in metric.values}
    values[metric.values[0]] = Value(None, None, 0, "no output") if first is None else Value(first, (first / 2, 1.0), 1000)
    for place, (share, rate) in shares.items():
        values[place] = Value(share, (share / 2, (1 + share) / 2), n)
        if rate is not None:
            values[f"{place}_rate"] = Value(rate, (rate / 2, 1.0), 50)
    return Row(name, version, settings_text, control, values, None, {"ok": 181}, None, None, 181)


LEAKS = Summary(
    metric="leaks",
    signature="leaks:v1|agg:pooled",
    columns=leaks.METRIC.values,
    rows=(
        broken_down(leaks.METRIC, "alpha", "2.3.1", 0.0625, 1234,
                    {"navigation": (0.5, 0.25), "related": (0.25, 0.125), "repeated": (0.25, None)}, "a=true,b=2"),
        broken_down(leaks.METRIC, "beta", "0.9", 0.0, 0, {}),
        broken_down(leaks.METRIC, "gamma", "1", None, 0, {}),
        broken_down(leaks.METRIC, "everything", "0.7", 0.5, 98765,
                    {"navigation": (0.125, 1.0), "footer": (0.875, 1.0)}, control=True),
    ),
    corpus=CORPUS,
    resampling=Resampling(2000, 1),
    notes=("2 broken records left out (--skip-broken)",),
)  # fmt: skip
LOSSES = replace(
    LEAKS,
    metric="losses",
    signature="losses:v1|agg:pooled",
    columns=losses.METRIC.values,
    rows=(
        broken_down(losses.METRIC, "alpha", "2.3.1", 0.25, 40, {"paragraph": (0.25, 0.0625), "table": (0.75, 1.0)}),
        broken_down(losses.METRIC, "nothing", "", 1.0, 500, {"paragraph": (0.875, 1.0), "table": (0.125, 1.0)}, control=True),
    ),
    notes=(),
)
LEAKS_READING = (
    "leaked: what share of its output; n: leaked tokens; then the share of these by region,"
    " in brackets how much of the region's boilerplate"
)
LOSSES_READING = (
    "lost: what share of the required gold; n: lost tokens; then the share of these by element,"
    " in brackets how much of what it holds of that gold"
)
LEAKS_TABLE = [
    "region          alpha  everything",
    "                2.3.1         0.7",
    "               a=true",
    "                  b=2",
    "----------  ---------  ----------",
    "leaked            .06         .50",
    "n               1,234      98,765",
    "----------  ---------  ----------",
    "navigation  .50 (.25)  .12 (1.00)",
    "related     .25 (.12)           -",
    "repeated          .25           -",
    "footer              -  .88 (1.00)",
    "",
]


def test_leaks_at_80_columns_are_exactly() -> None:
    assert lines(FORMATS["table"](Breakdown(LEAKS), 80)) == [
        *LEAKS_TABLE,
        "leaks on news: 181 pages of 97 sites, summed over pages",
        "leaked: what share of its output; n: leaked tokens; then the share of these by",
        "  region, in brackets how much of the region's boilerplate",
        "nothing leaked: beta 0.9",
        "nothing leaked: gamma 1 (no output)",
        "2 broken records left out (--skip-broken)",
        "leaks:v1|agg:pooled|pages:181|sites:97|corpus:0123456789ab|boot:2000|",
        f"  {TAIL}",
    ]


def test_leaks_at_160_columns_are_exactly() -> None:
    assert lines(FORMATS["table"](Breakdown(LEAKS), 160)) == [
        *LEAKS_TABLE,
        "leaks on news: 181 pages of 97 sites, summed over pages",
        LEAKS_READING,
        "nothing leaked: beta 0.9",
        "nothing leaked: gamma 1 (no output)",
        "2 broken records left out (--skip-broken)",
        f"leaks:v1|agg:pooled|pages:181|sites:97|corpus:0123456789ab|boot:2000|{TAIL}",
    ]


def test_losses_in_markdown_are_exactly() -> None:
    assert lines(FORMATS["markdown"](Breakdown(LOSSES), 80)) == [
        "| element   |   alpha<br>2.3.1 |    nothing |",
        "|:----------|-----------------:|-----------:|",
        "| lost      |              .25 |       1.00 |",
        "| n         |               40 |        500 |",
        "| table     |       .75 (1.00) | .12 (1.00) |",
        "| paragraph |        .25 (.06) | .88 (1.00) |",
        "",
        "losses on news: 181 pages of 97 sites, summed over pages  ",
        f"{LOSSES_READING}  ",
        f"`losses:v1|agg:pooled|pages:181|sites:97|corpus:0123456789ab|boot:2000|{TAIL}`",
    ]


def test_losses_in_csv_are_exactly() -> None:
    header, *records = csv.reader(io.StringIO(FORMATS["csv"](Breakdown(LOSSES), 80)))
    assert header == [
        "signature", "extractor", "version", "settings", "control", "place", "share", "low", "high", "n", "rate",
    ]  # fmt: skip
    assert {record[0] for record in records} == {LOSSES.full_signature}
    # A record for the whole, for every kind of element and for what the page does not hold; rates beside their shares.
    assert [record[5] for record in records if record[1] == "alpha"] == ["lost", *KINDS, "absent"]
    found = {(record[1], record[5]): record[2:5] + record[6:] for record in records}
    assert found["alpha", "lost"] == ["2.3.1", "", "false", "0.25", "0.125", "1.0", "1000", ""]
    assert found["alpha", "paragraph"] == ["2.3.1", "", "false", "0.25", "0.125", "0.625", "40", "0.0625"]
    assert found["nothing", "table"] == ["", "", "true", "0.125", "0.0625", "0.5625", "500", "1.0"]
    assert found["nothing", "code"] == ["", "", "true", "0.0", "0.0", "0.5", "500", "0.0"]


def test_leaks_in_csv_have_no_rate_where_there_is_no_whole() -> None:
    records = list(csv.DictReader(io.StringIO(FORMATS["csv"](Breakdown(LEAKS), 80))))
    assert [one["place"] for one in records if one["extractor"] == "alpha"] == ["leaked", *REGIONS, "repeated", "absent"]
    without = {one["place"] for one in records if one["extractor"] == "alpha" and one["rate"] == ""}
    assert without == {"leaked", "repeated", "absent"}


def test_a_breakdown_in_json_is_the_summary_whole() -> None:
    body = json.loads(FORMATS["json"](Breakdown(LEAKS), 80))
    assert list(body)[:5] == ["format", "bench", "full_signature", "metric", "signature"]
    assert (body["format"], body["full_signature"]) == (1, LEAKS.full_signature)
    assert [row["name"] for row in body["rows"]] == ["alpha", "beta", "gamma", "everything"]
    assert body["rows"][0]["values"]["navigation_rate"] == {"value": 0.25, "interval": [0.125, 1.0], "n": 50, "reason": None}
    assert body["rows"][2]["values"]["leaked"] == {"value": None, "interval": None, "n": 0, "reason": "no output"}


def test_places_are_in_order_of_what_the_extractors_leak_whatever_controls_do() -> None:
    places = [line[0] for line in Breakdown(LEAKS).grids(wide=True)[0].groups[1]]
    assert places == ["navigation", "related", "repeated", "footer"]
    controls = replace(LEAKS, rows=LEAKS.rows[3:])
    assert [line[0] for line in Breakdown(controls).grids(wide=True)[0].groups[1]] == ["footer", "navigation"]


@pytest.mark.parametrize("summary", [LEAKS, LOSSES], ids=["leaks", "losses"])
def test_one_extractor_has_a_column(summary: Summary) -> None:
    text = FORMATS["table"](Breakdown(replace(summary, rows=summary.rows[:1])), 80)
    assert lines(text)[0].split() == [{"leaks": "region", "losses": "element"}[summary.metric], "alpha"]


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_where_nothing_leaked_a_line_says_so(form: str) -> None:
    text = FORMATS[form](Breakdown(replace(LEAKS, rows=LEAKS.rows[1:2])), 80)
    assert "nothing leaked: beta 0.9" in text


def test_where_nothing_leaked_no_table_ends_in_a_rule() -> None:
    table, *_ = FORMATS["table"](Breakdown(replace(LEAKS, rows=LEAKS.rows[1:2])), 80).split("\n\n")
    assert set(table.split("\n")[-1]) != {"-"}


# Any view

VALUES = st.builds(
    Value, SHARES, st.none() | st.tuples(st.floats(-1, 1), st.floats(-1, 1)), st.integers(0, 9999), st.none() | NAMES
)


@st.composite
def agreements(draw: st.DrawFn) -> Agreement:
    columns = draw(st.integers(1, 12))
    names = draw(st.lists(st.sampled_from(list(METRICS)), min_size=columns, max_size=columns, unique=True))
    line = st.lists(VALUES, min_size=columns, max_size=columns)
    return Agreement(
        [Column(name, METRICS[name].signature, METRICS[name].values[0], draw(st.booleans())) for name in names],
        draw(st.lists(st.builds(Ranked, NAMES, NAMES, NAMES, st.booleans(), line), min_size=1, max_size=4)),
        draw(st.lists(line, min_size=columns, max_size=columns)),
        {**CORPUS, "name": draw(NAMES), "split": draw(st.none() | NAMES)},
        2000,
        1,
        draw(st.none() | st.just({"command": "bench run"})),
        draw(st.lists(st.just("note"))),
    )


@st.composite
def breakdowns(draw: st.DrawFn) -> Summary:
    metric = draw(st.sampled_from([leaks.METRIC, losses.METRIC]))
    given_values = st.dictionaries(st.sampled_from(metric.values), VALUES, max_size=5)
    empty = Value(None, None, 0, "nothing leaked")
    rows = st.builds(
        lambda name, version, settings_text, control, values: Row(
            name, version, settings_text, control, {**dict.fromkeys(metric.values, empty), **values}, None, {"ok": 1}, None,
            None, 1,
        ),
        NAMES, NAMES, NAMES, st.booleans(), given_values,
    )  # fmt: skip
    about = {**CORPUS, "name": draw(NAMES), "split": draw(st.none() | NAMES)}
    made = draw(st.lists(rows, min_size=1, max_size=4))
    return Summary(metric.name, metric.signature, metric.values, made, about, Resampling())


VIEWS = st.one_of(agreements().map(SideBySide), breakdowns().map(Breakdown))


@any_format
@settings(deadline=None, max_examples=40)
@given(view=VIEWS, width=st.integers(20, 200))
def test_every_format_renders_every_view(render: Callable[[View, int], str], view: View, width: int) -> None:
    text = render(view, width)
    assert text.endswith("\n")
    assert set(text) & {*UNSAFE} <= {"\n"}


@settings(deadline=None, max_examples=40)
@given(VIEWS)
def test_every_record_of_a_view_has_the_same_fields(view: View) -> None:
    records = view.records()
    assert {tuple(record) for record in records} == {tuple(records[0])}


@settings(deadline=None, max_examples=40)
@given(VIEWS)
def test_a_markdown_table_has_as_many_cells_in_every_line(view: View) -> None:
    *tables, _ = FORMATS["markdown"](view, 80).split("\n\n")
    for table in tables:
        # A character after a backslash is no border.
        assert len({re.sub(r"\\.", "", line).count("|") for line in table.split("\n")}) == 1


@settings(deadline=None, max_examples=30)
@given(agreements(), st.integers(80, 200))
def test_metrics_too_wide_for_the_terminal_go_on_below(agreement: Agreement, width: int) -> None:
    plainly_named = [replace(row, name="extractor", version="1.0", settings="") for row in agreement.rows]
    *tables, _ = FORMATS["table"](SideBySide(replace(agreement, rows=plainly_named)), width).split("\n\n")
    assert all(len(line) <= width for table in tables for line in table.split("\n"))
    heads = [table.split("\n")[0].split() for table in tables]
    found = [name for head in heads if head[0] == "extractor" for name in head[1:]]
    assert found == [column.metric for column in agreement.columns]


# Hostile names


def named(name: str) -> list[View]:
    """Both views, with everything that others may name named so."""
    rows = [replace(row, name=name, version=name, settings=name) for row in AGREEMENT.rows]
    about = {**CORPUS, "name": name, "split": name}
    summaries = [
        replace(one, rows=[replace(row, name=name, version=name, settings=name) for row in one.rows], corpus=about)
        for one in (LEAKS, LOSSES)
    ]
    return [SideBySide(replace(AGREEMENT, rows=rows, corpus=about)), *map(Breakdown, summaries)]


@any_format
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("\x1b[2J\x1b]0;title\x07", id="terminal escapes"),
        pytest.param("\x9b2J\x85\x00\x7f", id="eight-bit controls"),
        pytest.param("a\rb\tc\x0bd\x0ce\nf", id="controls that move"),
        pytest.param("a\u2028b\u2029c", id="line and paragraph separators"),
        pytest.param("\u202egpj.exe\u202c\u2066x\u2069\u200f\u061c", id="direction marks"),
        pytest.param("\ud800 \udfff", id="lone surrogates"),
    ],
)
def test_no_name_reaches_a_terminal_raw(render: Callable[[View, int], str], name: str) -> None:
    for view in named(name):
        for width in (40, 80, 160):
            assert set(render(view, width)) & {*UNSAFE} - {"\n"} == set()


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0"])
def test_no_name_is_a_formula_in_a_spreadsheet(name: str) -> None:
    for view in named(name):
        for record in csv.reader(io.StringIO(FORMATS["csv"](view, 80))):
            assert [cell for cell in record if cell.startswith(tuple("=+-@\t\r\n"))] == []


@pytest.mark.parametrize(
    "name", ["a|b", r"a\|b", "<script>alert(1)</script>", "![x](http://x.example)", "`code` *bold*", "| |"]
)
def test_a_name_is_no_markup_in_markdown(name: str) -> None:
    for view in named(name):
        text = FORMATS["markdown"](view, 80)
        escaped = re.sub(r"([\\`*_{}\[\]<>|#!~])", r"\\\1", name)
        assert escaped in text
        assert name not in text.replace(escaped, "")


# The command line

TEXTS = {
    "one": "Boats return to the old harbour", "two": "Bread rises twice in a warm kitchen", "three": "A late train and us",
    "four": "Heat pumps in old houses", "five": "Two ways to cross the river", "six": "How we count words",
}  # fmt: skip
MARKUP = """<html><title>{title} | Daily</title><body><nav><a href=/>Home</a> <a href=/news>News</a></nav>
<main><h1>{title}</h1><p>{title} said the report of {id}.</p><ul><li>{id} first</li><li>{id} second</li></ul></main>
<footer>All rights reserved</footer></body></html>"""


def gold_of(page: str) -> list[str]:
    return [TEXTS[page], f"{TEXTS[page]} said the report of {page}.", f"{page} first", f"{page} second"]


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """Options that name a corpus and a store with four extractors and both controls."""
    folder = tmp_path_factory.mktemp("views")
    pages = {page: MARKUP.format(title=title, id=page) for page, title in TEXTS.items()}
    root = write_corpus(folder / "daily", pages, {page: "\n\n".join(gold_of(page)) for page in TEXTS})
    for page in TEXTS:
        with (root / "corpus" / f"{page}.toml").open("a", encoding="utf-8") as metadata:
            metadata.write(f'[gold]\nkeep = ["{page} first"]\ndrop = ["All rights reserved"]\n')
    with Store(folder / "results", write=True) as store:
        bench = Bench(store, root)
        texts = ["\n".join(gold_of(facts.id)) for facts in bench.corpus.facts]
        bench.add("everything", [f"Home News\n{text}\nAll rights reserved" for text in texts])
        bench.add("alpha", texts)
        bench.add("beta", [f"Home News\n{text}" if turn % 2 else text for turn, text in enumerate(texts)])
        bench.add("gamma", [text.split("\n")[turn % 4] for turn, text in enumerate(texts)])
        bench.add("delta", ["", *(" ".join(reversed(text.split())) for text in texts[1:])], version="2", settings="a=1")
    return ["--corpus", root, "--results", folder / "results"]


Run = Callable[..., Said]


def without(monkeypatch: pytest.MonkeyPatch, *packages: str) -> None:
    """Make packages seem not to be installed."""

    def find_spec(name: str) -> ModuleSpec | None:
        return None if name in packages else importlib.util.find_spec(name)

    monkeypatch.setattr("bench.metric.find_spec", find_spec)


def refused(said: Said, *parts: str, code: int = 2) -> None:
    """What a mistake costs: one line on stderr, which holds these parts, and an exit code."""
    assert said.code == code, said.err
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "Traceback" not in said.err
    for part in parts:
        assert part in said.err


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_has_a_table_of_its_own(bench: Run, where: list[object], metric: str) -> None:
    said = bench("table", *where, "--metric", metric, "--format", "json")
    assert (said.code, said.err) == (0, "")
    assert said.table["metric"] == metric
    for row in said.table["rows"]:
        for name, found in row["values"].items():
            assert (found["value"] is None) <= bool(found["reason"]), name
            low, high = found["interval"] or (0, 1)
            assert low <= high
            if found["value"] is not None and name not in METRICS[metric].unbounded:
                assert 0 <= found["value"] <= 1


def test_all_metrics_stand_side_by_side_and_those_that_do_not_apply_are_named(bench: Run, where: list[object]) -> None:
    said = bench("table", *where, "--metrics", "all", "--format", "json")
    assert (said.code, said.err) == (0, "")
    columns = [column["metric"] for column in said.table["columns"]]
    left_out = [note.split()[2] for note in said.table["notes"] if note.startswith("left out: ")]
    assert columns[0] == "kept"
    assert sorted(columns + left_out) == sorted(RANKING)
    assert left_out == ["structure"]  # this corpus has plain gold
    assert [(row["name"], row["control"]) for row in said.table["rows"]] == [
        ("alpha", False), ("beta", False), ("gamma", False), ("delta", False), ("everything", True), ("nothing", True),
    ]  # fmt: skip
    assert {value["n"] for row in said.table["rows"][:3] for value in row["values"]} == {6}
    assert {value["n"] for line in said.table["tau"] for value in line} == {4}


@pytest.mark.parametrize("form", plugins.names("tables"))
@pytest.mark.parametrize("table", [("--metrics", "all"), ("--leaks",), ("--losses",)], ids=" ".join)
def test_every_table_has_every_form(bench: Run, where: list[object], table: tuple[str, ...], form: str) -> None:
    said = bench("table", *where, *table, "--format", form)
    assert (said.code, said.err) == (0, "")
    assert "beta" in said.out


def test_one_extractor_has_every_table(bench: Run, where: list[object]) -> None:
    for table in (("--metrics", "all"), ("--leaks",), ("--losses",)):
        said = bench("table", *where, *table, "-x", "beta")
        assert (said.code, said.err) == (0, "")
        assert "gamma" not in said.out


def test_metrics_stand_in_the_order_they_are_named_in(bench: Run, where: list[object]) -> None:
    for text in ("bag,kept,aeb", " bag , kept,aeb"):
        found = bench("table", *where, "--metrics", text, "--format", "json").table["columns"]
        assert [column["metric"] for column in found] == ["bag", "kept", "aeb"]


@pytest.mark.parametrize("text", ["kept,bag,kept", "kept, kept ,bag"])
def test_a_metric_named_twice_stands_once(bench: Run, where: list[object], text: str) -> None:
    found = bench("table", *where, "--metrics", text, "--format", "json").table["columns"]
    assert [column["metric"] for column in found] == ["kept", "bag"]


def test_another_metric_can_come_first_of_all(bench: Run, where: list[object]) -> None:
    found = bench("table", *where, "--metrics", "all", "--metric", "bag", "--format", "json").table["columns"]
    assert found[0]["metric"] == "bag"
    assert sorted(column["metric"] for column in found) == sorted(set(RANKING) - {"structure"})


def test_leaks_say_which_region_and_losses_which_element(bench: Run, where: list[object]) -> None:
    said = bench("table", *where, "--leaks", "--format", "csv")
    shares = {
        (one["extractor"], one["place"]): float(one["share"]) for one in csv.DictReader(io.StringIO(said.out)) if one["share"]
    }
    assert (shares["beta", "navigation"], shares["everything", "navigation"]) == (1, 0.4)
    assert shares["everything", "footer"] == 0.6
    assert shares["alpha", "leaked"] == 0
    said = bench("table", *where, "--losses", "--format", "csv")
    lost = {one["place"]: float(one["share"]) for one in csv.DictReader(io.StringIO(said.out)) if one["extractor"] == "nothing"}
    assert lost["lost"] == 1
    assert {place for place, share in lost.items() if share} == {"lost", "heading", "paragraph", "list item"}


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--leaks", "--losses"], ["choose one"]),
        (["--metrics", "all", "--leaks"], ["choose one"]),
        (["--metrics", "kept", "--losses"], ["choose one"]),
        (["--metrics", "all", "--by", "kind"], ["--by"]),
        (["--leaks", "--by", "site"], ["--by"]),
        (["--losses", "--by", "language"], ["--by"]),
        (["--metrics", "kept,beg"], ["no metric named 'beg'", "did you mean bag?"]),
        (["--metrics", "kpet"], ["no metric named 'kpet'", "did you mean kept?"]),
        (["--metric", "keep"], ["no metric named 'keep'", "did you mean kept?"]),
        (["--metrics", "kept,"], ["no metric named ''"]),
        (["--metrics", "all", "--metric", "keep"], ["no metric named 'keep'", "did you mean kept?"]),
        (["--metrics", ""], ["no metric named ''"]),
        (["--metric", "kept,aeb"], ["--metrics"]),
        (["--metric", "all"], ["--metrics"]),
        (["--metrics", "all,kept"], ["all"]),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) and part[0].startswith("--") else "",
)
def test_a_mistake_costs_one_line(bench: Run, where: list[object], arguments: list[str], parts: list[str]) -> None:
    refused(bench("table", *where, *arguments), *parts)


@pytest.mark.parametrize("metric", ["kept,aeb", "all"])
def test_a_run_shows_one_metric_and_refuses_several(bench: Run, where: list[object], metric: str) -> None:
    refused(bench("run", *where, "--metric", metric))


@pytest.mark.parametrize("form", plugins.names("tables"))
def test_metrics_that_apply_to_no_page_are_no_fault_of_ours(bench: Run, where: list[object], form: str) -> None:
    said = bench("table", *where, "--metrics", "structure", "--format", form)
    assert said.code in (0, 5), said.err
    assert "fault" not in said.err
    # CSV holds records alone; the others say why there is nothing.
    assert form == "csv" or "neither Markdown nor HTML" in said.out + said.err


def test_a_metric_without_its_package_says_how_to_get_it(
    bench: Run, where: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, "jieba")
    line = "metric webmainbench needs jieba: pip install 'boilerbench[published]'"
    refused(bench("table", *where, "--metric", "webmainbench"), line)
    refused(bench("table", *where, "--metrics", "kept,webmainbench"), line)
    refused(bench("run", *where, "--metric", "webmainbench"), line)


def test_all_leaves_out_metrics_without_their_package_and_says_so(
    bench: Run, where: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bench("table", *where, "--metrics", "all", "--format", "json").table
    without(monkeypatch, "jieba", "punkt")
    said = bench("table", *where, "--metrics", "all", "--format", "json")
    assert said.code == 0
    gone = {name for name, metric in METRICS.items() if {"jieba", "punkt"} & set(metric.packages)}
    assert gone == {"webmainbench", "fundus", "wceb"}
    assert {one["metric"] for one in before["columns"]} - {one["metric"] for one in said.table["columns"]} == gone
    for name in gone:
        [note] = [note for note in said.table["notes"] if f"metric {name} needs" in note]
        assert "pip install 'boilerbench[published]'" in note
    text = bench("table", *where, "--metrics", "all").out
    assert "metric webmainbench needs jieba" in text


def test_every_metric_is_listed_with_its_values_or_with_what_it_lacks(bench: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = json.loads(bench("list", "metrics", "--format", "json").out)
    assert [one["name"] for one in listed] == list(METRICS)
    for one in listed:
        assert one["about"]
        assert one["signature"] == METRICS[one["name"]].signature
    table = bench("list", "metrics").out
    assert all(re.search(rf"^{name} ", table, re.MULTILINE) for name in METRICS)
    without(monkeypatch, "jieba")
    listed = {one["name"]: one for one in json.loads(bench("list", "metrics", "--format", "json").out)}
    assert listed["webmainbench"]["about"] == "metric webmainbench needs jieba: pip install 'boilerbench[published]'"


def test_an_export_holds_every_metric_that_ranks(bench: Run, where: list[object]) -> None:
    records = [json.loads(line) for line in bench("export", *where).out.splitlines()]
    assert len(records) == len(TEXTS) * 6
    for record in records:
        assert set(record["scores"]) == set(RANKING)
    alpha = next(record for record in records if record["extractor"] == "alpha")
    assert alpha["scores"]["kept"]["values"] == {"f1": 1, "precision": 1, "recall": 1}
    assert alpha["scores"]["structure"]["values"] == dict.fromkeys(METRICS["structure"].values)


def test_an_export_goes_without_metrics_whose_package_is_missing(
    bench: Run, where: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, "jieba")
    said = bench("export", *where, "-x", "alpha", "--no-text")
    assert said.code == 0
    assert set(json.loads(said.out.splitlines()[0])["scores"]) == set(RANKING) - {"webmainbench"}


def test_no_stored_name_reaches_the_terminal_raw(bench: Run, tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "daily", {"one": "<nav>Home</nav><p>gold words", "two": "<p>gold"})
    with Store(tmp_path / "results", write=True) as store:
        stored = Bench(store, root)
        stored.add("\x1b[2J\u202eevil", ["Home gold", "x"], version="\x9b2J", settings="a=\x07")
    options = ["--corpus", root, "--results", tmp_path / "results"]
    for table in (("--metrics", "kept,bag"), ("--leaks",), ("--losses",)):
        for form in plugins.names("tables"):
            said = bench("table", *options, *table, "--format", form)
            assert said.code == 0
            assert set(said.out + said.err) & {*UNSAFE} - {"\n"} == set()
            assert "evil" in said.out
