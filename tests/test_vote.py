"""Votes: which blocks a majority kept, who is a member, and rows that stay true when members change."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from conftest import FAKES, Said, write_corpus
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.cast import cast, with_votes
from bench.checks.against import NotJudged, check_outputs
from bench.corpus import load
from bench.errors import BenchError, NothingToDo, UsageError
from bench.history import called, entries
from bench.model import Extraction, Limits, Outcome, digest
from bench.page_text import PageText
from bench.store import Store, StoredExtractor, StoredRun
from bench.text import tokenise
from bench.vote import count, elect, member_of, parse, vote_of

Bench = Callable[..., Said]

# The rule

BLOCKS = [
    "Home News Sport",
    "The mill burned down",
    "Nobody was hurt on Sunday",
    "Read more about mills",
    "It stood for ninety years",
]
PAGE = PageText.of_markup(
    "<title>The mill burned down</title><nav>{}</nav><h1>{}</h1><p>{}<aside>{}</aside><p>{}".format(*BLOCKS)
)


def kept_by(*numbers: int) -> str:
    return "\n".join(BLOCKS[number] for number in numbers)


def text(*outputs: str | None, page: PageText = PAGE) -> str:
    return count(page, outputs, None).text


@pytest.mark.parametrize(
    ("outputs", "kept"),
    [
        pytest.param([kept_by(1, 2, 4), kept_by(1, 2), kept_by(0, 2, 3)], [1, 2], id="two of three"),
        pytest.param([kept_by(1, 2, 4)] * 3, [1, 2, 4], id="all agree"),
        pytest.param([kept_by(0), kept_by(1), kept_by(2)], [], id="none agree"),
        pytest.param([kept_by(0, 1), kept_by(1, 2)], [1], id="of two members both"),
        pytest.param([kept_by(1), kept_by(1), kept_by(2), kept_by(2)], [], id="half of four is no majority"),
        pytest.param([kept_by(1), kept_by(1), kept_by(1, 2), kept_by(2)], [1], id="three of four are"),
        pytest.param(["stood ninety years", "it stood for", "it stood"], [4], id="half of a block's words keep it"),
        pytest.param([kept_by(2, 4, 1), kept_by(1, 2, 4), kept_by(4)], [2, 4], id="what is out of order is not kept"),
        pytest.param([kept_by(1, 1, 2), kept_by(1, 1), ""], [1], id="said twice, on the page once"),
        pytest.param([kept_by(1, 2), None, kept_by(2, 4)], [2], id="a failed member kept nothing and is counted"),
        pytest.param([kept_by(1), None, None, kept_by(1), kept_by(1)], [1], id="three of five, two failed"),
        pytest.param(["THE MILL, BURNED DOWN!", "the\nmill\nburned\ndown", ""], [1], id="words, not their look"),
        pytest.param(["other words", "quite other", ""], [], id="nothing of the page"),
    ],
)
def test_a_block_stands_when_more_than_half_of_the_members_kept_at_least_half_of_its_words(
    outputs: Sequence[str | None], kept: list[int]
) -> None:
    assert text(*outputs) == "\n\n".join(BLOCKS[number] for number in kept)


@pytest.mark.parametrize(
    ("markup", "outputs", "expected"),
    [
        pytest.param(
            "<p>Said twice<p>Between<p>Said twice", ["Said twice Between", "Between Said twice", "Between"],
            "Said twice\n\nBetween", id="members that are aligned with different copies agree on one",
        ),
        pytest.param(
            "<p>Said twice<p>Between<p>Said twice", ["Said twice Between Said twice", "Said twice Between Said twice", ""],
            "Said twice\n\nBetween\n\nSaid twice", id="two copies when a majority kept two",
        ),
        pytest.param(
            "<nav>The mill</nav><p>Teasers<h1>The mill</h1><p>It burned down", ["The mill It burned down"] * 3,
            "The mill\n\nIt burned down", id="a headline that the menu says too",
        ),
        pytest.param("<title>The mill</title><p>Other words", ["The mill"] * 3, "", id="the document's title is no block"),
        pytest.param("<p>One <b>bold</b>, <a>link</a>(ed)<p>Two", ["One bold link ed"] * 3, "One bold, link(ed)",
                     id="inline elements are part of a block, as captured"),
        pytest.param("<div><span>One</span><span>Two</span></div>", ["One Two"] * 3, "One Two", id="elements laid out apart"),
        pytest.param("<p>One\n   two<br>Three", ["One two Three"] * 3, "One two\n\nThree", id="white space; a line break"),
        pytest.param("<pre>if a:\n    b()</pre>", ["if a b"] * 3, "if a:\n    b()", id="code keeps its lines"),
        pytest.param("<p>One<p>***<p>Two", ["One *** Two"] * 3, "One\n\nTwo", id="a block without words"),
        pytest.param("", ["One"] * 3, "", id="an empty page"),
    ],
)  # fmt: skip
def test_copies_titles_and_inline_elements(markup: str, outputs: list[str], expected: str) -> None:
    assert text(*outputs, page=PageText.of_markup(markup)) == expected


def test_the_headline_stands_in_its_place_and_not_in_the_menu() -> None:
    page = PageText.of_markup("<nav>The mill</nav><p>Teasers<h1>The mill</h1><p>It burned down")
    assert elect(page, ["The mill It burned down"] * 3) == [2, 3]


@pytest.mark.parametrize(
    ("outputs", "outcome"),
    [
        ([kept_by(1), kept_by(1), None], Outcome.OK),
        ([kept_by(1), kept_by(2), None], Outcome.EMPTY),
        (["", "", ""], Outcome.EMPTY),
        ([kept_by(1), None, None], Outcome.ERROR),
        ([kept_by(1), None], Outcome.ERROR),
        ([kept_by(1), kept_by(1), None, None], Outcome.ERROR),
    ],
    ids=["a majority is left", "which disagrees", "nothing kept", "one of three left", "one of two left", "half of four left"],
)
def test_a_vote_fails_when_so_many_members_failed_that_no_majority_was_left(
    outputs: list[str | None], outcome: Outcome
) -> None:
    cell = count(PAGE, outputs, "two: timeout")
    assert (cell.outcome, cell.error_message) == (outcome, "two: timeout")
    assert (cell.cpu_seconds, cell.peak_bytes, cell.seconds) == (None, None, None)


hostile = st.one_of(
    st.text(max_size=60), st.lists(st.sampled_from([*BLOCKS, "mill", "the", "<p>", "\u202e", "日本"]), max_size=9).map(" ".join)
)
tags = st.sampled_from(["p", "div", "b", "span", "pre", "li", "title", "a", "br", "td"])
markups = st.lists(st.tuples(tags, hostile), max_size=8).map(
    lambda parts: "".join(f"<{tag}>{said}</{tag}>" for tag, said in parts)
)


@settings(deadline=None, max_examples=200)
@given(markups, st.lists(hostile | st.none(), min_size=2, max_size=4))
def test_whatever_members_give_a_vote_is_made_of_the_page_s_blocks_in_its_order(markup: str, outputs: list[str | None]) -> None:
    page = PageText.of_markup(markup)
    chosen = elect(page, outputs)
    assert chosen == sorted(set(chosen))
    assert set(chosen) <= set(range(len(page.blocks)))
    cell = count(page, outputs, None)
    if cell.outcome.failed:
        assert not chosen  # too few were left
    else:
        assert cell.text == "\n\n".join(page.text_of(page.blocks[number]) for number in chosen)
        assert all(tokenise(page.text_of(page.blocks[number])) for number in chosen)


@settings(deadline=None, max_examples=100)
@given(markups, st.lists(hostile, min_size=3, max_size=3).flatmap(st.permutations))
def test_the_order_of_members_changes_nothing(markup: str, outputs: list[str]) -> None:
    page = PageText.of_markup(markup)
    assert elect(page, outputs) == elect(page, outputs[::-1])


@settings(deadline=None, max_examples=100)
@given(markups)
def test_the_blocks_of_a_page_are_all_its_text(markup: str) -> None:
    page = PageText.of_markup(markup)
    assert [number for block in page.blocks for number in block] == list(range(len(page.places)))
    assert len(page.block_of) == len(page.tokens)


# Specs


@pytest.mark.parametrize(
    ("spec", "members", "run"),
    [
        ("vote(a,b,c)", ["a", "b", "c"], None),
        (" vote( a , b ) ", ["a", "b"], None),
        ("vote(a==1.0,b:x=1)", ["a==1.0", "b:x=1"], None),
        ("vote(a:x=1,y=2,b)", ["a:x=1,y=2", "b"], None),
        ("vote(b,a:x=1, y=2)", ["b", "a:x=1, y=2"], None),
        ("vote(a==1:x=http://u,b==2:y=1,z=2,./c.py)", ["a==1:x=http://u", "b==2:y=1,z=2", "./c.py"], None),
        ("vote(a:x=(1),b)", ["a:x=(1)", "b"], None),
        ("vote(a@1,b:x=1@base,c)", ["a@1", "b:x=1@base", "c"], None),
        ("vote(a,b)@base", ["a", "b"], "base"),
    ],
    ids=["plain", "spaces", "versions", "settings", "settings last", "all of them", "parentheses", "runs", "all of a run"],
)
def test_a_setting_belongs_to_the_member_before_it(spec: str, members: list[str], run: str | None) -> None:
    ballot = parse(spec)
    assert ballot is not None
    assert (list(ballot.members), ballot.run) == (members, run)


@pytest.mark.parametrize("spec", ["a", "vote", "vote:a,b", "voter(a,b)", "a:x=vote(b)", "@1"])
def test_other_specs_are_no_votes(spec: str) -> None:
    assert parse(spec) is None


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("vote()", "'' is no extractor"),
        ("vote(a)", "two members at least"),
        ("vote(a:x=1,y=2)", "two members at least"),
        ("vote(a,,b)", "'' is no extractor"),
        ("vote(a,b,)", "'' is no extractor"),
        ("vote(a,x=1,b)", "'a,x=1' is no extractor"),
        ("vote(x=1,b)", "'x=1' is no extractor"),
        ("vote(a,b", "is no vote"),
        ("vote(a,b)x", "is no vote"),
        ("vote(a,b)@", "is no vote"),
        ("vote(a,vote(b,c))", "no member of another"),
        ("vote(@1,a)", "'@1' is no extractor"),
    ],
)
def test_what_cannot_be_a_vote_is_refused(spec: str, says: str) -> None:
    with pytest.raises(UsageError, match=says.replace("(", r"\(")):
        parse(spec)


def row(name: str, version: str = "1", settings: str = "", source: str = "", added: str = "1") -> StoredExtractor:
    return StoredExtractor(digest([name, version, settings, source]), name, version, settings, {"source": source}, added)


A_OLD, A_NEW, A_FAST, B = row("a", source="old"), row("a", source="new", added="3"), row("a", settings="fast=true"), row("b")
A_TWO, C_SET = row("a", "2", added="2"), row("c", settings="x=1")
ROWS = [A_OLD, A_FAST, B, C_SET, A_TWO, A_NEW]
RUNS = [StoredRun(1, "t", "t", Path(), None, {"extractors": [{"key": one.key.hex()} for one in (A_OLD, B)]}, "base")]


@pytest.mark.parametrize(
    ("spec", "members", "label"),
    [
        ("vote(a,b)", [A_NEW, B], "a,b"),
        ("vote(b,a)", [A_NEW, B], "a,b"),
        ("vote(a==2,b)", [A_TWO, B], "a==2,b"),
        ("vote(a:fast=true,a,b)", [A_NEW, A_FAST, B], "a,a:fast=true,b"),
        ("vote(a@base,a)", [A_NEW, A_OLD], "a,a@base"),
        ("vote(a,b)@base", [A_OLD, B], "a,b"),
        ("vote(c:x=1,b)", [B, C_SET], "b,c:x=1"),
    ],
    ids=["newest", "any order", "version", "settings", "a run's", "all of a run's", "settings alone"],
)
def test_members_are_looked_up_like_rows_and_without_settings_mean_the_defaults(
    spec: str, members: list[StoredExtractor], label: str
) -> None:
    ballot = parse(spec)
    assert ballot is not None
    vote = called(ROWS, RUNS, ballot)
    assert ([one.key for one in vote.members], vote.settings) == ([one.key for one in members], label)


@pytest.mark.parametrize(
    ("spec", "kind", "says"),
    [
        ("vote(a,a==1)", UsageError, "a and a==1 are the same"),
        ("vote(a,b,b)", UsageError, "b and b are the same"),
        ("vote(a,nobody)", UsageError, "no extractor with results named 'nobody'"),
        ("vote(c,b)", UsageError, "no results of c without settings; there are: c:x=1"),
        ("vote(a,b@9)", UsageError, "no run named '9'"),
        ("vote(a,c:x=1)@base", UsageError, "no extractor with results named 'c:x=1@base'"),
        ("vote(a,b)", NothingToDo, "no page here has results of all its members"),
    ],
)
def test_a_vote_without_rows_for_its_members_is_refused(spec: str, kind: type[BenchError], says: str) -> None:
    with pytest.raises(kind, match=says):
        entries(ROWS, RUNS, [spec])


def test_a_vote_is_another_when_a_member_is_and_the_same_in_any_order() -> None:
    ballot = parse("vote(a,b)")
    assert ballot is not None
    of = [
        [member_of(one.name, one.name, one.settings, one.key) for one in rows] for rows in ([A_NEW, B], [B, A_NEW], [A_OLD, B])
    ]
    new, turned, old = (vote_of(ballot, members) for members in of)
    assert new.key == turned.key != old.key
    assert new.settings == old.settings
    assert digest(json.loads(json.dumps(new.identity))) == new.key


# In a store

PAGES = {"one": f"<p>{BLOCKS[1]}<p>{BLOCKS[2]}<p>{BLOCKS[4]}", "two": f"<p>{BLOCKS[4]}<p>{BLOCKS[1]}"}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "results", write=True)


def put(store: Store, corpus: Path, name: str, cells: Sequence[Extraction | None], version: str = "1") -> bytes:
    loaded = load(corpus, store)
    store.want(loaded.wanted())
    identity = {"name": name, "version": version}
    store.put_extractor(digest(identity), name, version, "", identity)
    for key, cell in zip(loaded.page_keys, cells, strict=True):
        if cell:
            store.put_cell(digest(identity), key, cell, Limits())
    return digest(identity)


def ok(*numbers: int) -> Extraction:
    return Extraction(Outcome.OK, kept_by(*numbers))


LATE = Extraction(Outcome.TIMEOUT, error_message="late")


def outcomes(store: Store, key: bytes) -> list[tuple[int, str, str | None]]:
    return [(number, cell.outcome.value, cell.error_message) for number, cell in store.cells(key)]


def test_votes_follow_their_members_failures_reruns_and_new_versions(tmp_path: Path, store: Store) -> None:
    corpus = write_corpus(tmp_path / "pages", PAGES)
    put(store, corpus, "a", [ok(1, 2), ok(1)])
    put(store, corpus, "b", [ok(1), LATE])
    put(store, corpus, "c", [ok(1, 2, 4), None])
    loaded = load(corpus, store)

    def voted(*specs: str) -> list[StoredExtractor]:
        return [one for one in with_votes(loaded, store, specs) if one.name == "vote"]

    [both, three] = sorted(voted("vote(a,b)", "vote(a,b,c)"), key=lambda one: one.settings)
    assert outcomes(store, both.key) == [(0, "ok", None), (1, "error", "b: timeout")]
    assert outcomes(store, three.key) == [(0, "ok", None)]  # c has not seen the other page
    assert store.text(three.key, loaded.page_keys[0]) == f"{BLOCKS[1]}\n\n{BLOCKS[2]}"

    put(store, corpus, "b", [ok(1), ok(4, 1)])  # run again after its failure
    put(store, corpus, "c", [ok(1, 2, 4), LATE])
    assert {one.key for one in voted()} == {both.key, three.key}
    assert outcomes(store, both.key) == [(0, "ok", None), (1, "ok", None)]
    assert outcomes(store, three.key) == [(0, "ok", None), (1, "ok", "c: timeout")]
    assert store.text(three.key, loaded.page_keys[1]) == BLOCKS[1]

    put(store, corpus, "c", [ok(1), ok(1)], version="2")
    assert {one.key for one in voted()} > {both.key, three.key}
    [entry] = entries(store.extractors(), [], ["vote:a,b,c"])
    assert entry.extractor.key != three.key
    assert store.text(entry.extractor.key, loaded.page_keys[0]) == BLOCKS[1]
    [before] = voted("vote(a,b,c==1)")[-1:]
    assert store.text(before.key, loaded.page_keys[0]) == f"{BLOCKS[1]}\n\n{BLOCKS[2]}"
    store.close()


def test_other_processes_count_the_same(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = write_corpus(tmp_path / "pages", PAGES)
    put(store, corpus, "a", [ok(1, 2), ok(1)])
    put(store, corpus, "b", [ok(2, 4), LATE])
    loaded = load(corpus, store)
    ballot = parse("vote(a,b)")
    assert ballot is not None
    vote = called(store.extractors(), [], ballot)
    monkeypatch.setattr("bench.beside.ALONE", 1)
    found = []
    for jobs in (1, 2):
        cast(loaded, [vote], store, jobs=jobs)
        found.append([(cell, store.text(vote.key, loaded.page_keys[number])) for number, cell in store.cells(vote.key)])
        store._db.execute("DELETE FROM cells WHERE extractor = ?", (vote.key,))
    assert found[0] == found[1]
    assert [text for _, text in found[0]] == [BLOCKS[2], ""]
    store.close()


def test_a_stored_vote_is_not_counted_again(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = write_corpus(tmp_path / "pages", PAGES)
    put(store, corpus, "a", [ok(1, 2), LATE])
    put(store, corpus, "b", [ok(1), ok(1)])
    loaded = load(corpus, store)
    first = with_votes(loaded, store, ["vote(a,b)"])
    monkeypatch.setattr("bench.cast.count", None)  # would raise
    assert {one.key for one in with_votes(loaded, store, ["vote(b,a)"])} == {one.key for one in first}
    assert {one.key for one in with_votes(loaded, store, [])} == {one.key for one in first}
    store.close()


def test_a_vote_is_no_witness_against_gold_beside_its_members(tmp_path: Path, store: Store) -> None:
    corpus = write_corpus(tmp_path / "pages", PAGES)
    put(store, corpus, "a", [ok(1, 2), ok(1)])
    put(store, corpus, "b", [ok(1), ok(1)])
    loaded = load(corpus, store)
    rows = [one for one in with_votes(loaded, store, ["vote(a,b)"]) if one.name != "b"]
    assert [one.name for one in rows] == ["a", "vote"]
    with pytest.raises(NotJudged, match="there is 1"):
        check_outputs(loaded, rows, store, controls=frozenset(), several=False)
    store.close()


# On the command line

PICK = '''"""Paragraphs of a page."""

import re


def extractor(*, also: int = {default}):
    def extract(page):
        said = re.findall(r"<p>([^<]*)", page.text)
        if "fails" in page.text and "{name}" in page.text:
            raise ValueError("as told")
        return "\\n".join(said[number] for number in ({own}, also))

    return extract
'''
SITE = {
    "one": "<nav>Home News</nav><p>First words here<p>Second words there<p>Third words elsewhere",
    "two": "<p>First of two<p>Second of two<p>Third of two<!-- fails one two -->",
}


@pytest.fixture
def ran(tmp_path: Path, bench: Bench) -> tuple[Path, Path]:
    """Return a results folder and a corpus on which three extractors were run, whose files are gone since."""
    corpus = write_corpus(tmp_path / "site", SITE, {"one": "First words here", "two": "First of two"})
    files = []
    for name, own, default in (("one", 0, 1), ("two", 0, 2), ("three", 1, 2)):
        file = tmp_path / f"{name}.py"
        file.write_text(PICK.format(name=name, own=own, default=default), encoding="utf-8")
        files.append(file)
    specs = [word for file in files for word in ("-x", file)]
    said = bench("run", *specs, "--corpus", corpus, "--results", tmp_path / "results", "--quiet", "--jobs", 1)
    assert said.code == 0, said.err
    for file in files:
        file.unlink()
    return tmp_path / "results", corpus


VOTE = "vote(one,two,three)"


def test_table_compare_export_and_show_count_votes_without_running_anything(
    ran: tuple[Path, Path], bench: Bench, tmp_path: Path
) -> None:
    results, _ = ran
    table = bench("table", "-x", VOTE, "-x", "one", "--results", results, "--format", "json").table
    vote = next(one for one in table["rows"] if one["name"] == "vote")
    assert (vote["version"], vote["settings"]) == ("1", "one,three,two")
    assert vote["outcomes"] == {"error": 1, "ok": 1}
    assert [one["name"] for one in bench("table", "--results", results, "--format", "json").table["rows"]].count("vote") == 1
    exported = [json.loads(line) for line in bench("export", "-x", VOTE, "--results", results).out.splitlines()]
    first = "First words here\n\nSecond words there\n\nThird words elsewhere"
    assert [(one["id"], one["outcome"], one["text"]) for one in exported] == [("one", "ok", first), ("two", "error", "")]
    assert exported[1]["error_message"] == "one: error; two: error"
    assert exported[0]["cpu_seconds"] is None
    compared = bench("compare", "vote(two,one)", "one", "--results", results, "--format", "json").table
    assert [(one["name"], one["settings"]) for one in compared["rows"]] == [("vote", "one,two"), ("one", "")]
    shown = bench("show", "one", "vote(two,three)", "--results", results)
    assert shown.out.startswith("one, vote 1 three,two: ok\nkept 1, lost 2, leaked 2 words\n")
    assert bench("show", "one", "vote(two,three)", "--results", results).out == shown.out


def test_the_oracle_is_of_extractors_votes_aside(ran: tuple[Path, Path], bench: Bench) -> None:
    results, _ = ran
    table = bench("table", "-x", VOTE, "-x", "one", "-x", "two", "--results", results, "--format", "json").table
    rows = {one["name"]: one for one in table["rows"]}
    without = bench("table", "-x", "one", "-x", "two", "--results", results, "--format", "json").table["rows"]
    assert rows["oracle"]["values"] == next(one for one in without if one["name"] == "oracle")["values"]
    assert rows["vote"]["adds"] is None
    assert rows["vote"]["ranks"] is not None


def test_run_runs_the_members_and_then_counts_the_vote(bench: Bench, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "site", {"one": SITE["one"]}, {"one": "First words here"})
    results = ("--corpus", corpus, "--results", tmp_path / "results")
    said = bench(
        "run", "-x", f"vote({FAKES / 'verbose_output.py'},everything,nothing)", *results, "--quiet", "--format", "json"
    )
    assert said.code == 0, said.err
    names = [one["name"] for one in said.table["rows"]]
    assert sorted(names) == ["everything", "nothing", "verbose_output", "vote"]
    again = bench("run", "-x", "vote(everything,nothing)", "-x", "vote(nothing,everything)", *results)
    assert "everything" in again.err
    assert "1 to run" not in again.err
    assert bench("list", "runs", "--results", tmp_path / "results").out.count("vote") == 2  # one in each run
    judged = bench("table", "-x", "@1", "--results", tmp_path / "results", "--format", "json").table
    assert "vote" in [one["name"] for one in judged["rows"]]  # a run's own, as any row of it
    assert bench("run", "-x", "vote(everything,nothing)@1", *results).code == 2


def test_a_committed_table_with_a_vote_is_reproduced_where_only_the_members_are_stored(
    ran: tuple[Path, Path], bench: Bench, tmp_path: Path
) -> None:
    results, corpus = ran
    committed = tmp_path / "table.json"
    committed.write_text(
        bench("table", "-x", VOTE, "-x", "one", "--results", results, "--format", "json").out, encoding="utf-8"
    )
    with Store(results, write=True) as store:
        loaded = load(corpus, store)
        store.want(loaded.wanted())
        [vote] = [one for one in store.extractors() if one.name == "vote"]
        store._db.execute("DELETE FROM cells WHERE extractor = ?", (vote.key,))
    assert "reproduced" in bench("reproduce", committed, "--results", results).out
    with Store(results, write=True) as store:
        store._db.execute("DELETE FROM cells WHERE extractor IN (SELECT key FROM extractors WHERE name IN ('three', 'vote'))")
    said = bench("reproduce", committed, "--results", results)
    assert said.code == 1
    assert f"bench run -x {shlex.quote('vote(one,three,two)')}" in said.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["table", "-x", "vote(one)"], "two members at least"),
        (["table", "-x", "vote(one,nobody)"], "no extractor with results named 'nobody'"),
        (["compare", "vote(one,two", "one"], "is no vote"),
        (["show", "one", "vote(one,nobody)"], "no extractor with results named 'nobody'"),
        (["run", "-x", "vote(everything,nobody)"], "no extractor named 'nobody'"),
        (["run", "-x", "vote(everything,everything)"], "are the same"),
    ],
)
def test_a_wrong_vote_is_told_in_one_line(ran: tuple[Path, Path], bench: Bench, arguments: list[str], says: str) -> None:
    said = bench(*arguments, "--results", ran[0])
    assert (said.code, says in said.err, said.err.strip().count("\n")) == (2, True, 0)
