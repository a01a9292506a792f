"""How fast extractors are: the order of calls, what times come to, and measuring as such."""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import pytest
from conftest import FAKES, Said, processes_of, write_corpus
from hypothesis import given, settings
from hypothesis import strategies as st
from test_summarise import CORPUS, UNSAFE

from bench import __version__, plugins
from bench.corpus import load
from bench.measure import core, measure, pinned
from bench.model import Limits, Outcome, digest
from bench.present import View
from bench.sandbox import Job, Start, StartFailure, Worker
from bench.spec import resolve
from bench.speed import STARTS, Call, Measured, Pace, Speed, sample, summarise_speed, turns, williams
from bench.store import Store
from bench.views.pace import Paces

FORMATS: dict[str, Callable[[View, int], str]] = {name: plugins.load("tables", name).render for name in plugins.names("tables")}
any_format = pytest.mark.parametrize("render", FORMATS.values(), ids=FORMATS.keys())
quick = settings(deadline=None, max_examples=60)


# Which pages


@quick
@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.integers(1, 50), st.integers(0, 5))
def test_a_sample_is_so_many_different_pages_one_from_each_part_by_size(sizes: list[int], count: int, seed: int) -> None:
    found = sample(sizes, count, seed)
    assert found == sorted(set(found))
    assert len(found) == min(count, len(sizes))
    assert found == sample(sizes, count, seed)
    by_size = sorted(range(len(sizes)), key=lambda number: (sizes[number], number))
    places = sorted(by_size.index(number) for number in found)
    parts = len(found)
    assert all(part * len(sizes) // parts <= place < (part + 1) * len(sizes) // parts for part, place in enumerate(places))


def test_every_page_can_be_drawn_and_every_seed_draws_anew() -> None:
    drawn = [tuple(sample(range(10), 3, seed)) for seed in range(60)]
    assert {page for pages in drawn for page in pages} == set(range(10))
    assert len(set(drawn)) > 10


# In which order


@pytest.mark.parametrize("count", range(1, 12))
def test_each_stands_at_each_place_and_follows_each_other_equally_often(count: int) -> None:
    rows = williams(count)
    assert all(sorted(row) == list(range(count)) for row in rows)
    places = Counter((place, one) for row in rows for place, one in enumerate(row))
    follows = Counter(pair for row in rows for pair in pairwise(row))
    assert len(set(places.values())) == 1
    assert len(places) == count**2
    assert len(follows) == count * (count - 1)
    assert len(set(follows.values())) <= 1


PLANS = st.tuples(st.integers(1, 9), st.integers(1, 6), st.integers(1, 4), st.integers(0, 3))


@quick
@given(PLANS)
def test_every_extractor_meets_every_page_once_a_round_the_warm_up_first(plan: tuple[int, int, int, int]) -> None:
    pages, extractors, rounds, _ = plan
    found = list(turns(*plan))
    assert sorted(found) == [(r, p, x) for r in range(rounds + 1) for p in range(pages) for x in range(extractors)]
    assert [turn.round for turn in found] == sorted(turn.round for turn in found)


@quick
@given(PLANS)
def test_extractors_take_turns_at_a_page_one_right_after_the_other(plan: tuple[int, int, int, int]) -> None:
    pages, extractors, rounds, _ = plan
    groups = [list(group) for _, group in groupby(turns(*plan), key=lambda turn: turn[:2])]
    assert len(groups) == pages * (rounds + 1)
    assert {len(group) for group in groups} == {extractors}


@quick
@given(PLANS)
def test_in_a_round_each_extractor_follows_each_other_about_equally_often(plan: tuple[int, int, int, int]) -> None:
    pages, extractors, _, _ = plan
    for _, one in groupby(turns(*plan), key=lambda turn: turn.round):
        groups = [[turn.extractor for turn in group] for _, group in groupby(one, key=lambda turn: turn.page)]
        follows = Counter(pair for group in groups for pair in pairwise(group))
        counts = [follows[a, b] for a in range(extractors) for b in range(extractors) if a != b]
        # Every pair is in one row of the design, in two of the longer ones of odd numbers.
        assert not counts or max(counts) - min(counts) <= 1 + extractors % 2
        assert sum(counts) == pages * (extractors - 1)


@quick
@given(PLANS)
def test_on_a_page_each_extractor_stands_at_each_place_equally_often_over_enough_rounds(
    plan: tuple[int, int, int, int],
) -> None:
    pages, extractors, _, seed = plan
    rows = len(williams(extractors))
    places: Counter[tuple[int, int, int]] = Counter()
    for (number, page), group in groupby(turns(pages, extractors, rows, seed), key=lambda turn: turn[:2]):
        if number:
            places.update((page, place, turn.extractor) for place, turn in enumerate(group))
    assert set(places.values()) == {rows // extractors}
    assert len(places) == pages * extractors**2


def test_pages_are_shuffled_anew_in_each_round() -> None:
    rounds = [[turn.page for turn in one] for _, one in groupby(turns(12, 1, 2, 1), key=lambda turn: turn.round)]
    assert len({tuple(pages) for pages in [*rounds, list(range(12))]}) == 4


def test_the_same_seed_gives_the_same_order_and_another_one_another() -> None:
    one, same, other = (list(turns(12, 4, 2, seed)) for seed in (3, 3, 4))
    assert one == same
    assert one != other


# What times come to. Milliseconds are exact enough in binary.


def call(milliseconds: float | None, output: str = "text", outcome: Outcome = Outcome.OK, wall: float = 1.0) -> Call:
    cpu = None if milliseconds is None else milliseconds / 1000
    return Call(outcome, output, None if cpu is None else cpu * wall, cpu, None if cpu is None else 20_000_000)


TIMEOUT = call(None, "", Outcome.TIMEOUT)
ERROR = call(0.001, "", Outcome.ERROR)


def measured(name: str, *pages: Sequence[float | Call | None], **more: Any) -> Measured:
    """An extractor with the times of each page, the first being the warm-up's."""
    calls = [[call(one) if isinstance(one, int | float) else one for one in page] for page in pages]
    about = {
        "version": "1", "settings": "", "control": name in ("everything", "nothing"),
        "starts": [Start(seconds, seconds / 2, 10_000_000) for seconds in (0.75, 0.25, 0.5)], **more,
    }  # fmt: skip
    return Measured(name, calls=calls, **about)


def speed(*extractors: Measured, sites: Sequence[str] = "abcdefgh", **more: Any) -> Speed:
    pages = len(extractors[0].calls)
    rounds = len(extractors[0].calls[0]) - 1
    ids = [f"page-{number}" for number in range(pages)]
    return summarise_speed(extractors, ids, sites[:pages], CORPUS, seed=1, rounds=rounds, **more)


def row(found: Speed, name: str) -> Pace:
    [one] = [one for one in found.rows if one.name == name]
    return one


EVERYTHING = measured("everything", (90, 2, 1, 3), (90, 4, 4, 4), (90, 6, 6, 60))


def test_a_pages_time_is_the_median_of_its_rounds_without_the_warm_up() -> None:
    found = row(speed(EVERYTHING), "everything")  # pages of 2, 4 and 6 ms
    assert found.median_ms == pytest.approx(4)
    assert found.p95_ms == pytest.approx(5.8)
    assert found.per_thousand.value == pytest.approx(4)
    assert found.per_thousand.n == 3


def test_repeats_is_the_interquartile_range_of_the_rounds_sums_by_their_median() -> None:
    # Sums of 12, 11 and 67 ms: quartiles of 11.5 and 39.5 about 12.
    assert row(speed(EVERYTHING), "everything").repeats == pytest.approx((39.5 - 11.5) / 12)


def test_one_round_cannot_say_how_it_repeats() -> None:
    assert row(speed(measured("alpha", (1, 2), (1, 3))), "alpha").repeats is None


def test_a_ratio_is_of_the_sums_over_pages_that_both_answered() -> None:
    alpha = measured("alpha", (9, 8, 8, 8), (9, 9, TIMEOUT, None), (9, 16, 16, 16))
    found = row(speed(EVERYTHING, alpha), "alpha")
    assert found.ratio.value == pytest.approx((8 + 16) / (2 + 6))
    assert found.ratio.n == 2
    assert found.per_thousand.value == pytest.approx(12)
    assert found.outcomes == {"ok": 2, "timeout": 1}


def test_what_takes_twice_as_long_on_every_page_does_so_in_every_resample() -> None:
    alpha = measured("alpha", (90, 4, 2, 6), (90, 8, 8, 8), (90, 12, 12, 120))
    found = row(speed(EVERYTHING, alpha), "alpha")
    assert found.ratio.interval == pytest.approx((2, 2))
    low, high = found.per_thousand.interval or (0, 0)
    assert low < 8 < high


def test_without_the_reference_there_is_no_ratio_and_it_says_why() -> None:
    value = row(speed(measured("alpha", (1, 2))), "alpha").ratio
    assert (value.value, value.reason) == (None, "everything was not measured")


def test_pages_of_one_site_have_no_interval_and_a_note_says_why() -> None:
    found = speed(EVERYTHING, sites="aaa")
    assert row(found, "everything").per_thousand.interval is None
    assert row(found, "everything").per_thousand.value == pytest.approx(4)
    assert any("unbounded" in note for note in found.notes)


@pytest.mark.parametrize(
    ("calls", "outcome"),
    [
        pytest.param((1, 2, 3), "ok", id="answered"),
        pytest.param((1, ERROR, 3), "error", id="an error among answers"),
        pytest.param((ERROR, 2, 3), "error", id="an error in the warm-up"),
        pytest.param((1, TIMEOUT, None), "timeout", id="killed, and not tried again"),
        pytest.param((TIMEOUT, None, None), "timeout", id="killed in the warm-up"),
        pytest.param((1, 2, None), "unavailable", id="could not be started again"),
        pytest.param((1, 2, call(1, "", Outcome.EMPTY)), "empty", id="empty in the end"),
    ],
)
def test_a_page_goes_by_its_first_failure_and_counts_only_where_every_call_answered(
    calls: Sequence[float | Call | None], outcome: str
) -> None:
    found = row(speed(measured("alpha", calls)), "alpha")
    assert found.outcomes == {outcome: 1}
    assert (found.median_ms is None) == (outcome not in ("ok", "empty"))
    assert (found.wall is None) == (outcome not in ("ok", "empty"))


def test_pages_that_gave_different_outputs_are_named() -> None:
    alpha = measured("alpha", (1, 2, 3), (call(1, "other"), 2, 3), (1, call(2, "", Outcome.EMPTY), 3), (1, 2, TIMEOUT))
    assert row(speed(alpha), "alpha").unstable == ["page-1", "page-2", "page-3"]


def test_starts_are_told_by_their_median_and_memory_apart_from_that_of_pages() -> None:
    found = row(speed(EVERYTHING), "everything")
    assert [found.start_ms, found.import_ms, found.import_mb, found.peak_mb] == pytest.approx([500, 250, 10, 20])


@pytest.mark.parametrize(("wall", "busy"), [(1.0, False), (1.19, False), (1.25, True)])
def test_a_busy_machine_is_noted_when_most_calls_were_kept_waiting(wall: float, busy: bool) -> None:
    rest = [measured(name, [call(2, wall=wall)] * 3) for name in ("alpha", "beta")]
    found = speed(*rest, measured("waits", [call(2, wall=100)] * 3), measured("quick", [call(2)] * 3))
    assert row(found, "alpha").wall == pytest.approx(wall)
    assert any("busy" in note for note in found.notes) == busy


def test_rows_are_quickest_first_with_controls_apart_after_them_and_what_has_no_time_last() -> None:
    found = speed(
        EVERYTHING, measured("slow", *[(9, 9, 9, 9)] * 3), measured("never", *[(None,) * 4] * 3, starts=[], unavailable="why"),
        measured("quick", *[(1, 1, 1, 1)] * 3),
    )  # fmt: skip
    assert [one.name for one in found.rows] == ["quick", "slow", "never", "everything"]
    never = row(found, "never")
    assert (never.start_ms, never.peak_mb, never.unstable, never.outcomes) == (None, None, [], {"unavailable": 3})


@quick
@given(st.lists(st.lists(st.floats(0.001, 1000), min_size=3, max_size=3), min_size=2, max_size=8))
def test_intervals_and_quantiles_hold_together_on_any_times(pages: list[list[float]]) -> None:
    alpha, everything = (measured(name, *pages) for name in ("alpha", "everything"))
    found = row(speed(everything, alpha), "alpha")
    assert found.ratio.value == pytest.approx(1)
    low, high = found.per_thousand.interval or (math.nan, math.nan)
    middles = [sum(page[1:]) / 2 for page in pages]
    assert min(middles) - 1e-9 <= low <= high <= max(middles) + 1e-9
    assert found.median_ms is not None
    assert found.p95_ms is not None
    assert found.median_ms <= found.p95_ms + 1e-9


def test_the_full_signature_holds_everything_but_the_machine() -> None:
    assert speed(EVERYTHING).full_signature == (
        "speed:v1|cpu:getrusage|rounds:3|warm-up:1|pages:3|order:balanced|corpus:0123456789ab"
        f"|boot:2000|interval:expanded-percentile|cluster:site|seed:1|bench:{__version__}"
    )


# As a table

MADE = speed(
    measured("alpha", (9, 8, 8, 8), (9, 8, 8, 8), (9, 8, call(8, "other"), 8), version="2.0", settings="a=true"),
    measured("beta", (9, 16, 16, 16), (TIMEOUT, None, None, None), (9, 16, 16, 16)),
    measured("never", *[(None,) * 4] * 3, starts=[], unavailable="could not be started: no"),
    EVERYTHING,
    core=1,
    manifest={"seed": 1},
)


def test_the_table_is_exactly() -> None:
    assert FORMATS["table"](Paces(MADE), 100).split("\n")[:20] == [
        "extractor     CPU ms  p95  s/1000     95 %  pages/s  x everything     95 %  repeats  wall",
        "------------  ------  ---  ------  -------  -------  ------------  -------  -------  ----",
        "alpha 2.0        8.0  8.0     8.0  8.0-8.0      125           2.0  1.3-4.0    0.0 %   1.0",
        "  a=true",
        "beta 1            16   16      16    16-16       62           4.0  2.7-8.0    0.0 %   1.0",
        "never 1            -    -       -        -        -             -        -        -     -",
        "------------  ------  ---  ------  -------  -------  ------------  -------  -------  ----",
        "everything 1     4.0  5.8     4.0  2.0-6.0      250           1.0  1.0-1.0  233.3 %   1.0",
        "",
        "extractor     start ms  import  import  peak MB         failed  unstable",
        "                        CPU ms      MB",
        "------------  --------  ------  ------  -------  -------------  --------",
        "alpha 2.0          500     250      10       20              -         1",
        "  a=true",
        "beta 1             500     250      10       20      1 timeout         -",
        "never 1              -       -       -        -  3 unavailable         -",
        "------------  --------  ------  ------  -------  -------------  --------",
        "everything 1       500     250      10       20              -         -",
        "",
        "speed on news: 3 of 181 pages, 3 rounds after a warm-up, one call at a time, all on core 1",
    ]


def test_what_went_wrong_stands_below_the_table() -> None:
    captions = Paces(MADE).captions(wide=True)
    assert "alpha 2.0 a=true unstable on page-2" in captions
    assert "never 1 could not be started: no" in captions
    assert captions[-1] == MADE.full_signature


def test_of_many_unstable_pages_three_are_named() -> None:
    alpha = measured("alpha", *[(1, call(1, "other"))] * 8)
    assert "alpha 1 unstable on page-0, page-1, page-2 and 5 more" in Paces(speed(alpha)).captions(wide=False)


@any_format
def test_every_format_shows_every_extractor_and_the_signature(render: Callable[[View, int], str]) -> None:
    shown = render(Paces(MADE), 200)
    assert all(name in shown for name in ("alpha", "beta", "never", "everything"))
    assert "getrusage" in shown


def test_records_have_equal_keys() -> None:
    records = Paces(MADE).records()
    assert len({tuple(record) for record in records}) == 1
    assert [record["failed"] for record in records] == [0, 1, 3, 0]


def test_json_holds_the_time_of_every_call() -> None:
    [alpha, beta, *_] = json.loads(FORMATS["json"](Paces(MADE), 0))["rows"]
    assert alpha["cpu_seconds"] == [[0.008] * 3] * 3
    assert beta["cpu_seconds"] == [[0.016] * 3, [None] * 3, [0.016] * 3]


@any_format
@pytest.mark.parametrize("name", ["\x1b[2J\x07", "\x9b2J\x85\x00", "a\rb\u2028c", "\u202egpj\u2066", "\ud800", "<b>&|`\\"])
def test_no_name_reaches_a_terminal_raw(render: Callable[[View, int], str], name: str) -> None:
    rows = [replace(one, name=name, version=name, settings=name, unstable=[name], unavailable=name) for one in MADE.rows]
    about = {**CORPUS, "name": name, "split": name}
    for width in (40, 200):
        shown = render(Paces(replace(MADE, rows=rows, corpus=about, pages=[name] * 3)), width)
        assert set(shown) & {*UNSAFE} - {"\n"} == set()


# Starting


def start(path: Path, tmp_path: Path) -> Start:
    worker = Worker(Job(path), Limits(), tmp_path)
    try:
        return worker.await_ready()
    finally:
        worker.kill()


def test_starting_tells_the_time_on_the_clock_from_that_of_loading(tmp_path: Path) -> None:
    found = start(FAKES / "slow_import.py", tmp_path)  # sleeps for a second
    assert found.seconds >= 1
    assert 0 <= found.cpu_seconds < found.seconds


def test_memory_after_loading_is_what_is_held_and_not_what_was_used(tmp_path: Path) -> None:
    made = {}
    for name, line in (("held", "held = bytearray(b'x') * 80_000_000"), ("used", "len(bytearray(b'x') * 80_000_000)")):
        (tmp_path / f"{name}.py").write_text(f"{line}\ndef extractor():\n    return lambda page: ''\n", encoding="utf-8")
        made[name] = start(tmp_path / f"{name}.py", tmp_path).resident_bytes
    assert made["held"] > 80_000_000
    if sys.platform == "linux":  # elsewhere only the peak is known
        assert made["used"] < 80_000_000


def test_a_forged_first_reply_of_impossible_numbers_is_no_start(tmp_path: Path) -> None:
    forger = tmp_path / "forger.py"
    forger.write_text(
        "import contextlib, json, os, struct, time\n"
        "body = json.dumps({'ready': True, 'given': {}, 'cpu_seconds': -1, 'resident_bytes': 1}).encode()\n"
        "for fd in range(3, 100):\n"
        "    with contextlib.suppress(OSError):\n"
        "        os.write(fd, struct.pack('>I', len(body)) + body)\n"
        "time.sleep(30)\n"  # so that this reply is read alone
        "def extractor():\n    return lambda page: ''\n",
        encoding="utf-8",
    )
    with pytest.raises(StartFailure, match="cpu_seconds"):
        start(forger, tmp_path)


# Measuring

PAGES = {f"page-{number}": f"page {number} " + "x" * 10**number for number in range(4)} | {"trap": "a trap"}


def run(root: Path, name: str, tmp_path: Path) -> Measured:
    with Store(tmp_path / "store", write=True) as store:
        corpus = load(root, store)
        [found] = measure(
            corpus, [resolve(str(name))], range(len(corpus)), rounds=2, seed=1, limits=Limits(1.0), scratch=tmp_path,
            place=core(), given={}, watch=lambda _: None,
        )  # fmt: skip
        return found


pins = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system pins no process to a core")


@pins
@pytest.mark.usefixtures("no_process_left")
def test_workers_are_held_to_one_core_and_we_are_not(tmp_path: Path) -> None:
    (tmp_path / "where.py").write_text(
        "import os\ndef extractor():\n    return lambda page: str(sorted(os.sched_getaffinity(0)))\n", encoding="utf-8"
    )
    before = os.sched_getaffinity(0)
    found = run(write_corpus(tmp_path / "pages", {"one": "x"}), str(tmp_path / "where.py"), tmp_path)
    assert {one.output for page in found.calls for one in page if one} == {digest(f"[{max(before)}]").hex()[:16]}
    assert os.sched_getaffinity(0) == before


@pins
def test_a_core_is_let_go_also_when_nothing_came_of_it() -> None:
    before = os.sched_getaffinity(0)
    with contextlib.suppress(ZeroDivisionError), pinned(max(before)):
        assert os.sched_getaffinity(0) == {max(before)}
        raise ZeroDivisionError
    assert os.sched_getaffinity(0) == before


@pytest.mark.usefixtures("no_process_left")
def test_a_page_that_kills_is_not_tried_again_and_the_rest_goes_on_in_a_warm_process(tmp_path: Path) -> None:
    found = run(write_corpus(tmp_path / "pages", PAGES), str(FAKES / "segfault.py"), tmp_path)
    *others, trap = found.calls
    assert [one and one.outcome for one in trap] == [Outcome.CRASH, None, None]
    assert [one.outcome for page in others for one in page if one] == [Outcome.OK] * 12
    assert len(found.starts) == STARTS + 1


def test_a_fresh_process_is_warmed_on_a_page_that_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "counts.py").write_text(
        "import os\ndef extractor():\n    seen = []\n    def extract(page):\n        seen.append(1)\n"
        "        page.text == 'trap' and os._exit(1)\n        return str(len(seen))\n    return extract\n",
        encoding="utf-8",
    )
    pages = dict.fromkeys("abc", "x") | {"trap": "trap"}
    found = run(write_corpus(tmp_path / "pages", pages), str(tmp_path / "counts.py"), tmp_path)
    assert len(found.starts) == STARTS + 1
    outputs = Counter(one.output for page in found.calls for one in page if one and one.outcome is Outcome.OK)
    assert outputs.total() == 9
    assert digest("1").hex()[:16] not in outputs
    assert digest("2").hex()[:16] in outputs


def test_what_remembers_pages_by_its_own_account_gets_a_fresh_process_for_every_call(tmp_path: Path) -> None:
    (tmp_path / "keeps.py").write_text(
        "STATEFUL = ('keep',)\ndef extractor(*, keep: bool = False):\n    seen = []\n    def extract(page):\n"
        "        known = page.text in seen\n        seen.append(page.text)\n        return 'again' if known else 'new'\n"
        "    return extract\n",
        encoding="utf-8",
    )
    root = write_corpus(tmp_path / "pages", {"a": "x", "b": "y"})
    for settings_text, starts, varies in (("", STARTS, 2), (":keep=true", STARTS + 2 * 3 - 1, 0)):
        found = run(root, f"{tmp_path / 'keeps.py'}{settings_text}", tmp_path)
        assert len(found.starts) == starts
        assert len(row(speed(found), "keeps").unstable) == varies


def test_what_dies_on_every_page_has_failed_on_every_page(tmp_path: Path) -> None:
    (tmp_path / "dies.py").write_text("import os\ndef extractor():\n    return lambda page: os._exit(1)\n", encoding="utf-8")
    found = run(write_corpus(tmp_path / "pages", {"a": "x", "b": "y"}), str(tmp_path / "dies.py"), tmp_path)
    assert [[one and one.outcome for one in page] for page in found.calls] == [[Outcome.CRASH, None, None]] * 2


@pytest.mark.usefixtures("no_process_left")
def test_a_measurement_tells_of_all_that_can_happen_and_stores_nothing(
    bench: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_corpus(tmp_path / "pages", PAGES)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    fakes = [word for name in ("steady", "busy", "remembers", "raises", "sleeper") for word in ("-x", FAKES / f"{name}.py")]
    said = bench("speed", *fakes, "--corpus", root, "--rounds", 2, "--timeout", 1, "--format", "json")
    assert said.code == 0, said.err
    rows = {one["name"]: one for one in said.table["rows"]}
    assert rows.keys() == {"steady", "busy", "remembers", "raises", "sleeper", "everything", "nothing"}
    assert rows["steady"]["unstable"] == rows["busy"]["unstable"] == []
    assert rows["remembers"]["unstable"] == sorted(PAGES)
    assert rows["raises"]["outcomes"] == {"error": 1, "ok": 4}
    assert rows["sleeper"]["outcomes"] == {"ok": 4, "timeout": 1}
    assert rows["nothing"]["outcomes"] == {"empty": 5}
    assert all(len(page) == 2 for page in rows["busy"]["cpu_seconds"])
    assert rows["busy"]["median_ms"] > rows["steady"]["median_ms"]  # a thousandth of a second of work, against none
    assert all(one["import_mb"] and one["peak_mb"] and one["start_ms"] for one in rows.values())
    manifest = said.table["manifest"]
    assert manifest["before"].keys() == manifest["after"].keys() == {"core", "governor", "load"}
    assert said.table["core"] == manifest["before"]["core"] == core()
    assert str(tmp_path) not in json.dumps(manifest)
    assert list((tmp_path / "here").iterdir()) == []


def test_a_sample_is_smaller_than_the_corpus(bench: Callable[..., Said], tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "pages", PAGES)
    said = bench("speed", "-x", FAKES / "steady.py", "--corpus", root, "--sample", 2, "--rounds", 1, "--format", "json")
    assert (len(said.table["pages"]), said.table["corpus"]["pages"]) == (2, 5)
    assert said.table["rows"][0]["per_thousand"]["n"] == 2


def test_an_extractor_that_cannot_start_has_a_row_and_ends_in_code_3(bench: Callable[..., Said], tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "pages", {"one": "x"})
    said = bench("speed", "-x", FAKES / "no_import.py", "-x", FAKES / "steady.py", "--corpus", root, "--rounds", 1)
    assert said.code == 3
    assert "could not be started: ModuleNotFoundError" in said.err
    assert "1 unavailable" in " ".join(said.out.split())
    assert "steady" in said.out


@pytest.mark.usefixtures("no_process_left")
def test_an_interrupt_ends_it_in_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "pages", {f"page-{number}": "x" for number in range(30)})
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = [
        sys.executable,
        "-m",
        "bench",
        "speed",
        "-x",
        f"{FAKES / 'unhurried.py'}:milliseconds=500",
        "--corpus",
        str(root),
    ]
    measuring = subprocess.Popen(
        command, env={**os.environ, "TMPDIR": str(temporary)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while not processes_of(temporary) and time.monotonic() < deadline:
        time.sleep(0.05)
    measuring.send_signal(signal.SIGINT)
    out, err = measuring.communicate(timeout=60)
    assert measuring.returncode == 130
    assert out == ""
    assert err == "bench: stopped; a measurement is made in one go, and the same command begins it anew\n"
    assert list(temporary.iterdir()) == []
