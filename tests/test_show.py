"""One page as an extractor left it: every word in its place with its fate, and nothing of a page reaches a terminal raw."""

from __future__ import annotations

import hashlib
import io
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from conftest import Said, write_corpus
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from test_summarise import UNSAFE, Bench

from bench import progress
from bench.alignment import Case, GoldTokens
from bench.attribution import Fate
from bench.corpus import Corpus, builtin, load
from bench.metrics import kept
from bench.model import Block, Extraction, Gold, Outcome
from bench.page_text import PageText
from bench.show import Shown, draw, lay_out
from bench.store import Store, StoredExtractor
from bench.text import tokenise

Run = Callable[..., Said]
ESCAPE = re.compile(r"\x1b\[([0-9;]*)m")


@pytest.fixture(autouse=True)
def ordinary_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a terminal says of itself; the tests of colour change it."""
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)


def shown_of(markup: str, blocks: Sequence[str], output: str) -> Shown:
    """A page laid out; a block that begins with `~ ` is optional."""
    gold = Gold(tuple(Block(text.removeprefix("~ "), required=not text.startswith("~ ")) for text in blocks))
    return lay_out(Case(GoldTokens(gold, lambda: PageText.of_markup(markup)), output))


def drawn(shown: Shown, *, width: int = 80, full: bool = False) -> list[str]:
    """The lines of a page, without colour, legend left out."""
    out = io.StringIO()
    draw(shown, Console(file=out, width=width, color_system=None, highlight=False), full=full)
    lines = out.getvalue().split("\n")
    return lines[: lines.index("") if "" in lines else None]


def pieces(shown: Shown) -> list[list[tuple[str, str]]]:
    return [[(piece.text, piece.fate.name.lower()) for piece in line.pieces] for line in shown.lines]


# Laid out


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        pytest.param("<p>Plain words, with: signs!</p>", "Plain words, with: signs!", id="one text node"),
        pytest.param("<p>A  text\n over\tlines </p>", "A text over lines ", id="white space is folded"),
        pytest.param("<p>un<b>believable</b> story</p>", "unbelievable story", id="the end of a word emphasised"),
        pytest.param("<p>the <b>un</b>believable Story</p>", "the unbelievable Story", id="the beginning of a word emphasised"),
        pytest.param("<p>un<b>believable Story</b> ends</p>", "unbelievable Story ends", id="emphasis from within a word on"),
        pytest.param("<p>H<sub>2</sub>O is Water</p>", "H2O is Water", id="an index within a word"),
        pytest.param("<p><span>O</span>nce upon a Time, there</p>", "Once upon a Time, there", id="a first letter set apart"),
        pytest.param("<p>He said <b>no</b>! (<i>twice</i>)</p>", "He said no! (twice)", id="signs alone in a text node"),
        pytest.param("<p><b>»</b> onward</p>", "» onward", id="a sign before the first word"),
        pytest.param("<p>***</p>", "***", id="signs without a word"),
        pytest.param("<p>Ünï¢ode 中文 नमस्ते 👍🏽 ok</p>", "Ünï¢ode 中文 नमस्ते 👍🏽 ok", id="many scripts"),
    ],
)
def test_a_paragraph_is_shown_as_captured(markup: str, text: str) -> None:
    [line] = pieces(shown_of(f"<main>{markup}</main>", ["gold"], ""))
    assert "".join(piece for piece, _ in line).strip() == text.strip()


def test_a_word_after_a_full_stop_stands_apart_too() -> None:
    [line] = pieces(shown_of("<main><p><span>It is free.</span><a>About it</a></p></main>", ["gold"], ""))
    assert "".join(piece for piece, _ in line) == "It is free. About it"


def test_links_that_stand_apart_are_shown_apart() -> None:
    [line] = pieces(shown_of("<main><p><a>Home</a><a>News</a><span>Sport</span></p></main>", ["gold"], ""))
    assert "".join(piece for piece, _ in line) == "Home News Sport"


MARKUP = """<html><head><title>Boats | Daily</title></head><body><nav>Home Sport Culture</nav><main><h1>Boats return</h1>
<p>The harbour opened at noon. </p><p class=byline>By Ann Writer</p></main><footer>All rights reserved</footer></body></html>"""
GOLD = ["Boats return", "The harbour opened at noon.", "~ By Ann Writer", "Words that no page holds"]


def test_every_stretch_of_a_page_has_its_fate() -> None:
    shown = shown_of(MARKUP, GOLD, "Sport Boats return The harbour at noon. By Ann Writer harbour invented holds")
    assert [(line.region, line.element) for line in shown.lines] == [
        ("title", "title"), ("navigation", "text"), ("main", "heading"), ("main", "paragraph"), ("author", "paragraph"),
        ("footer", "text"),
    ]  # fmt: skip
    assert pieces(shown) == [
        [("Boats | Daily", "dropped")],
        [("Home", "dropped"), (" Sport", "leaked"), (" Culture", "dropped")],
        [("Boats return", "kept")],
        [("The harbour", "kept"), (" opened", "lost"), (" at noon. ", "kept")],
        [("By Ann Writer", "taken")],
        [("All rights reserved", "dropped")],
    ]
    assert (shown.repeated, shown.absent) == (["harbour"], ["invented"])
    assert shown.off_page == ["words that no page"]  # the output has the last one
    assert shown.counts == {"dropped": 7, "leaked": 1, "lost": 1, "kept": 6, "spared": 0, "taken": 3}


def test_optional_words_that_are_left_out_are_spared() -> None:
    assert pieces(shown_of("<p>gold</p><p>By me</p>", ["gold", "~ By me"], "gold")) == [
        [("gold", "kept")], [("By me", "spared")],
    ]  # fmt: skip


@pytest.mark.parametrize("markup", ["", " ", "<script>x</script>", "<!-- -->", "\0", "no markup"])
def test_any_page_can_be_laid_out(markup: str) -> None:
    shown = shown_of(markup, ["gold words"], "gold")
    assert shown.off_page == ["words"]
    assert drawn(shown) == ([] if markup != "no markup" else ["               ... 2 words of boilerplate, dropped"])


# Words of letters alone, so that marks and margins can be told from them.
WORDS = st.text(st.sampled_from("abcdeéñжя"), min_size=1, max_size=7)
RUNS = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
INLINE = st.builds(
    lambda tag, text, before, after: f"{before}<{tag}>{text}</{tag}>{after}" if tag else f"{before}{text}{after}",
    st.sampled_from(["", "b", "i", "a", "span", "sup", "code"]), RUNS, st.sampled_from(["", " "]),
    st.sampled_from(["", " ", ", "]),
)  # fmt: skip
BLOCKS = st.builds(
    lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
    st.sampled_from(["p", "h2", "li", "nav", "footer", "div", "td"]), st.lists(INLINE, min_size=1, max_size=4),
)  # fmt: skip
APART = st.builds(lambda tag, text: f"<{tag}>{text}</{tag}>", st.sampled_from(["p", "h2", "li", "nav", "footer"]), RUNS)


@st.composite
def laid_out(draw: st.DrawFn, blocks: st.SearchStrategy[str]) -> tuple[PageText, Shown]:
    """A page with gold and output that share words with it."""
    markup = "".join(draw(st.lists(blocks, min_size=1, max_size=6)))
    page = PageText.of_markup(f"<main>{markup}</main>")
    some = st.lists(st.sampled_from([*page.tokens, "x"]), max_size=12).map(" ".join)
    gold = Gold(tuple(Block(text, required) for text, required in draw(st.lists(st.tuples(some, st.booleans()), max_size=3))))
    return page, lay_out(Case(GoldTokens(gold, lambda: page), draw(some)))


def words_shown(shown: Shown) -> list[str]:
    return tokenise("\n".join("".join(piece.text for piece in line.pieces) for line in shown.lines))


@settings(deadline=None, max_examples=100)
@given(laid_out(APART))
def test_the_pieces_of_a_page_hold_all_its_words_in_order(found: tuple[PageText, Shown]) -> None:
    page, shown = found
    assert words_shown(shown) == page.tokens


@settings(deadline=None, max_examples=100)
@given(laid_out(BLOCKS))
def test_the_pieces_of_a_page_hold_all_its_words_whatever_is_emphasised(found: tuple[PageText, Shown]) -> None:
    page, shown = found
    assert words_shown(shown) == page.tokens


@settings(deadline=None, max_examples=100)
@given(laid_out(BLOCKS))
def test_pieces_count_the_words_of_each_fate(found: tuple[PageText, Shown]) -> None:
    page, shown = found
    counted: Counter[str] = Counter()
    for line in shown.lines:
        for piece in line.pieces:
            counted[piece.fate.name.lower()] += piece.words
    assert counted == Counter(shown.counts)
    assert counted.total() == len(page.tokens)
    assert set(shown.counts) == {fate.name.lower() for fate in Fate}


# Drawn


@settings(deadline=None, max_examples=60)
@given(laid_out(APART), st.integers(40, 120))
def test_a_full_drawing_holds_all_words_within_the_width(found: tuple[PageText, Shown], width: int) -> None:
    page, shown = found
    lines = drawn(shown, width=width, full=True)
    assert all(len(line) <= width for line in lines)
    assert tokenise(" ".join(line[15:] for line in lines)) == page.tokens


def test_words_carry_the_marks_of_their_fate() -> None:
    shown = shown_of(MARKUP, GOLD, "Sport Boats return The harbour at noon. invented By Writer")
    assert drawn(shown) == [
        "               ... 2 words of boilerplate, dropped",
        "navigation     Home {+Sport+} Culture",
        "main           Boats return",
        "               The harbour [-opened-] at noon.",
        "author         By (Ann) Writer",
        "               ... 3 words of boilerplate, dropped",
    ]


def test_a_full_drawing_cuts_nothing() -> None:
    shown = shown_of(MARKUP, GOLD, "Boats return")
    assert drawn(shown, full=True) == [
        "title          Boats | Daily",
        "navigation     Home Sport Culture",
        "main           Boats return",
        "               [-The harbour opened at noon.-]",
        "author         (By Ann Writer)",
        "footer         All rights reserved",
    ]


def test_a_region_stands_at_the_margin_once_for_each_run_of_its_blocks() -> None:
    markup = "<main><p>one</p><p>two</p><ul><li>three</ul></main><aside>four</aside><main><p>five</p></main>"
    lines = drawn(shown_of(markup, ["one two three five"], "four"))
    assert [line[:15].strip() for line in lines] == ["main", "", "", "aside", "main"]


def test_a_region_is_named_again_after_a_cut() -> None:
    lines = drawn(shown_of("<main><p>one</p><p>cut this</p><p>two</p></main>", ["one", "two"], ""))
    assert lines == ["main           [-one-]", "               ... 2 words of boilerplate, dropped", "main           [-two-]"]


@pytest.mark.parametrize(("count", "said"), [(1, "1 word of"), (2, "2 words of"), (1234, "1,234 words of")])
def test_a_cut_says_how_many_words_it_drops(count: int, said: str) -> None:
    lines = drawn(shown_of(f"<nav>{'w ' * count}</nav><p>gold</p>", ["gold"], "gold"))
    assert lines[0].strip() == f"... {said} boilerplate, dropped"


LONG = " ".join(f"w{number}" for number in range(30))


def test_a_long_run_of_dropped_words_among_others_is_cut_to_its_ends() -> None:
    assert drawn(shown_of(f"<main><p>gold {LONG}</p></main>", ["gold"], "gold")) == [
        "main           gold w0 w1 w2 w3 w4 w5 ... w24 w25 w26 w27 w28 w29",
    ]  # fmt: skip
    full = " ".join(line[15:] for line in drawn(shown_of(f"<main><p>gold {LONG}</p></main>", ["gold"], "gold"), full=True))
    assert full == f"gold {LONG}"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("国家电网公司的售电营业厅在城市各处都有网点", id="no spaces between words"),
        pytest.param("a/b c/d e/f g/h i/j k/l m/n o/p", id="several words between spaces"),
        pytest.param("w0 w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11 w12", id="one word more than is shown"),
    ],
)
def test_a_cut_run_says_nothing_twice(text: str) -> None:
    shown = shown_of(f"<main><p>gold <span>{text}</span></p></main>", ["gold"], "gold")
    body = "".join("".join(line[15:].split()) for line in drawn(shown, width=200))
    left, _, right = body.removeprefix("gold").partition("...")
    assert "".join(text.split()).startswith(left)
    assert "".join(text.split()).endswith(right)
    assert len(left) + len(right) <= len("".join(text.split()))


def test_what_has_no_place_on_the_page_is_told_below_it() -> None:
    out = io.StringIO()
    shown = shown_of("<p>one two</p>", ["one two", "off the page"], "two one two invented words off")
    draw(shown, Console(file=out, width=80, color_system=None, highlight=False))
    assert out.getvalue().split("\n\n")[1:-1] == [
        "repeated, or out of its order:\n               {+two+}",
        "in the output, but not on the page:\n               {+invented words+}",
        "in the gold, but not on the page:\n               [-the page-]",
    ]


# Through the command line

WHERE = "boats"


@pytest.fixture
def where(tmp_path: Path) -> list[object]:
    """Options that name a corpus and a store: an ordinary extractor, controls, and a second one that failed on a page."""
    root = write_corpus(tmp_path / "daily", {WHERE: MARKUP, "other": "<p>gold words"}, {WHERE: "\n\n".join(GOLD)})
    with Store(tmp_path / "results", write=True) as store:
        bench = Bench(store, root)
        bench.add("alpha", ["Sport Boats return The harbour at noon. invented By Writer", "gold"])
        bench.add("failing", [Extraction(Outcome.TIMEOUT, error_message="why"), "gold"])
    return ["--corpus", root, "--results", tmp_path / "results"]


def refused(said: Said, *parts: str, code: int = 2) -> None:
    """What a mistake costs: one line on stderr, which holds these parts, and an exit code."""
    assert said.code == code, said.err
    assert said.out == ""
    assert said.err.count("\n") == 1
    for part in parts:
        assert part in said.err


def test_a_page_is_shown_exactly_so(bench: Run, where: list[object]) -> None:
    said = bench("show", WHERE, "alpha", *where)
    assert (said.code, said.err) == (0, "")
    assert said.out.split("\n") == [
        "boats, alpha 1.0: ok",
        "kept 6, lost 6, leaked 2 words",
        "",
        "               ... 2 words of boilerplate, dropped",
        "navigation     Home {+Sport+} Culture",
        "main           Boats return",
        "               The harbour [-opened-] at noon.",
        "author         By (Ann) Writer",
        "               ... 3 words of boilerplate, dropped",
        "",
        "in the output, but not on the page:",
        "               {+invented+}",
        "",
        "in the gold, but not on the page:",
        "               [-words that no page holds-]",
        "",
        "             6 kept",
        "             1 [-lost-]",
        "             1 {+leaked+}",
        "             2 optional, kept",
        "             1 (optional, left out)",
        "             7 boilerplate, dropped",
        "",
    ]


def test_full_shows_what_was_dropped(bench: Run, where: list[object]) -> None:
    cut, full = (bench("show", WHERE, "alpha", *where, *more).out for more in ([], ["--full"]))
    for words in ("Boats | Daily", "All rights reserved"):
        assert words not in cut
        assert words in full
    assert "..." not in full


def test_the_json_form_is_exactly(bench: Run, tmp_path: Path) -> None:
    root = write_corpus(
        tmp_path / "tiny", {"one": "<nav>Home</nav><main><p>gold <b>wörds</b></p></main>"}, {"one": "gold wörds\n\nmore"}
    )
    with Store(tmp_path / "results", write=True) as store:
        Bench(store, root).add("alpha", ["Home gold gold x"], version="2", settings="a=1")
    said = bench("show", "one", "alpha", "--corpus", root, "--results", tmp_path / "results", "--format", "json")
    assert (said.code, said.err) == (0, "")
    assert "wörds" in said.out
    assert said.table == {
        "format": 1,
        "page": "one",
        "url": "https://one.example/",
        "extractor": "alpha",
        "version": "2",
        "settings": "a=1",
        "outcome": "ok",
        "kept": 1,
        "lost": 2,
        "leaked": 3,
        "lines": [
            {"region": "navigation", "element": "text", "pieces": [{"text": "Home", "fate": "leaked"}]},
            {
                "region": "main",
                "element": "paragraph",
                "pieces": [{"text": "gold ", "fate": "kept"}, {"text": "wörds", "fate": "lost"}],
            },
        ],
        "repeated": ["gold"],
        "absent": ["x"],
        "off_page": ["more"],
        "counts": {"dropped": 0, "leaked": 1, "lost": 1, "kept": 1, "spared": 0, "taken": 0},
    }


def test_what_is_printed_are_the_counts_of_kept(bench: Run, where: list[object]) -> None:
    for page in (WHERE, "other"):
        for name in ("alpha", "failing", "nothing"):
            found = bench("show", page, name, *where, "--format", "json").table
            with Store(Path(str(where[3])), write=False) as store:
                [extractor] = [one.key for one in _stored(store, where) if one.name == name]
                text = store.text(extractor, _loaded(store, where).page_keys[[WHERE, "other"].index(page)]) or ""
                gold = _loaded(store, where).gold([WHERE, "other"].index(page))
            counts = kept.METRIC.count(Case(GoldTokens(gold), text))
            assert (found["kept"], found["lost"], found["leaked"]) == counts
            text_form = bench("show", page, name, *where).out.split("\n")[1]
            assert text_form == "kept {:,}, lost {:,}, leaked {:,} words".format(*map(int, counts))


def test_a_failed_page_is_shown_as_empty_and_says_how_it_failed(bench: Run, where: list[object]) -> None:
    said = bench("show", WHERE, "failing", *where)
    assert said.code == 0
    assert said.out.startswith("boats, failing 1.0: timeout\nkept 0, lost 12, leaked 0 words\n")
    assert "[-Boats return-]" in said.out
    assert bench("show", WHERE, "failing", *where, "--format", "json").table["outcome"] == "timeout"


def test_without_a_corpus_that_last_run_is_taken(bench: Run, where: list[object]) -> None:
    with Store(Path(str(where[3])), write=True) as store:
        store.start_run(Path(str(where[1])), None, {"corpus": {}})
    assert bench("show", WHERE, "alpha", *where[2:]).out == bench("show", WHERE, "alpha", *where).out


def test_an_unknown_page_is_answered_with_the_near_one(bench: Run, where: list[object]) -> None:
    refused(bench("show", "boat", "alpha", *where), "no page named 'boat'", "did you mean boats?")
    refused(bench("show", "x[*?]", "alpha", *where), "no page named 'x[*?]'", "there are: boats, other")
    refused(bench("show", "*", "alpha", *where), "no page named '*'")


def test_in_a_large_corpus_the_near_page_is_found_too_and_not_all_are_listed(bench: Run, tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "daily", {f"page-{number:03}": "<p>gold" for number in range(60)} | {"zebra": "<p>gold"})
    with Store(tmp_path / "results", write=True) as store:
        Bench(store, root)
    options = ["--corpus", root, "--results", tmp_path / "results"]
    refused(bench("show", "zebar", "nothing", *options), "did you mean zebra?")
    said = bench("show", "qqqq", "nothing", *options)
    refused(said, "no page named 'qqqq'")
    assert len(said.err) < 1000


def test_an_unknown_extractor_is_answered_with_the_near_one(bench: Run, where: list[object]) -> None:
    refused(bench("show", WHERE, "alhpa", *where), "no extractor with results named 'alhpa'", "did you mean alpha?")
    refused(bench("show", WHERE, "alpha==2.0", *where), "'alpha==2.0'")


def test_an_extractor_with_several_rows_must_be_named_by_one_of_those_that_are_listed(bench: Run, where: list[object]) -> None:
    with Store(Path(str(where[3])), write=True) as store:
        stored = Bench(store, Path(str(where[1])))
        stored.add("alpha", ["Boats", "gold"], settings="a=1,b=2")
        stored.add("alpha", ["return", "gold"], version="2.0")
    said = bench("show", WHERE, "alpha", *where)
    refused(said, "alpha names 3 rows", "alpha==2.0", "alpha==1.0:a=1,b=2", "name one")
    labels = re.findall(r"alpha==\S+?(?=, alpha|; )", said.err)
    assert len(labels) == 3
    for label in labels:
        assert bench("show", WHERE, label, *where).code == 0, label


def test_a_page_that_nothing_was_run_on_says_what_to_run(bench: Run, tmp_path: Path) -> None:
    root = write_corpus(tmp_path / "daily", {"one": "<p>gold", "two": "<p>words"})
    with Store(tmp_path / "results", write=True) as store:
        stored = Bench(store, root)
        stored.store.put_cell(b"alpha".ljust(32), stored.corpus.page_keys[0], Extraction(Outcome.OK, "gold"), None)
        stored.store.put_extractor(b"alpha".ljust(32), "alpha", "1", "", {})
        stored.store._db.execute("DELETE FROM cells WHERE page = ?", (stored.corpus.page_keys[1],))
    options = ["--corpus", root, "--results", tmp_path / "results"]
    refused(bench("show", "two", "alpha", *options), "no stored results of page two", "bench run --pages two", code=5)
    assert bench("show", "one", "alpha", *options).code == 0


def test_a_page_that_this_extractor_was_not_run_on_says_what_to_run(bench: Run, where: list[object]) -> None:
    with Store(Path(str(where[3])), write=True) as store:
        Bench(store, Path(str(where[1]))).add("partial", [None, "gold"])
    refused(bench("show", WHERE, "partial", *where), "partial", "bench run", code=5)
    assert bench("show", "other", "partial", *where).code == 0


def test_without_a_store_a_reader_is_told_how_to_make_one(bench: Run, where: list[object], tmp_path: Path) -> None:
    refused(bench("show", WHERE, "alpha", *where[:2], "--results", tmp_path / "none"), "bench run")


def test_gold_of_snippets_alone_cannot_be_laid_over_a_page(bench: Run, tmp_path: Path) -> None:
    root = tmp_path / "snippets"
    (root / "eval").mkdir(parents=True)
    (root / "eval" / "a.example.html").write_text("<p>keep this, drop that", encoding="utf-8")
    record = {"file": "a.example.html", "with": ["keep this"], "without": ["drop that"]}
    (root / "evaldata.json").write_text(json.dumps({"https://a.example/": record}), encoding="utf-8")
    with Store(tmp_path / "results", write=True) as store:
        Bench(store, root)
    said = bench("show", "a.example", "nothing", "--corpus", root, "--results", tmp_path / "results")
    refused(said, "the gold of page a.example is snippets only", code=5)


def test_another_page_that_is_broken_is_no_hindrance(bench: Run, where: list[object]) -> None:
    (Path(str(where[1])) / "gold" / "other.txt").unlink()
    assert bench("show", WHERE, "alpha", *where).code == 0
    said = bench("show", "other", "alpha", *where)
    assert said.code == 4
    assert "missing gold" in said.err


# It reads only


def test_a_page_is_shown_while_another_process_writes(bench: Run, where: list[object]) -> None:
    before = bench("show", WHERE, "alpha", *where).out
    with Store(Path(str(where[3])), write=True) as store:
        store.put_extractor(b"new".ljust(32), "new", "1", "", {})  # not committed yet
        assert bench("show", WHERE, "alpha", *where).out == before


def test_showing_changes_nothing_in_the_results(bench: Run, where: list[object]) -> None:
    folder = Path(str(where[3]))

    def state() -> dict[str, str]:
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}

    before = state()
    # A page file written anew has another stamp, and must be read; what was read is not remembered.
    page = Path(str(where[1])) / "corpus" / f"{WHERE}.html"
    page.write_bytes(page.read_bytes())
    for more in ([], ["--full"], ["--format", "json"], ["--color", "always"]):
        assert bench("show", WHERE, "alpha", *where, *more).code == 0
    assert bench("show", WHERE, "alhpa", *where).code == 2
    assert state() == before


def test_a_store_open_for_reading_has_a_list_of_pages_but_takes_nothing(where: list[object]) -> None:
    with Store(Path(str(where[3])), write=False) as store:
        assert [one.name for one in _stored(store, where)] == ["nothing", "alpha", "failing"]
        store.put_page_digest("a stamp", b"x" * 32)
        assert store.page_digest("a stamp") is None
        store.want([])
        assert store.extractors() == []


# Colour


def test_words_are_styled_when_colour_is_asked_for(bench: Run, where: list[object]) -> None:
    plain, coloured = (bench("show", WHERE, "alpha", *where, "--color", color).out for color in ("never", "always"))
    assert "\x1b" not in plain
    assert not re.search(r"\[-|\{\+|\(Ann\)", coloured)
    styles = dict(re.findall(r"\x1b\[([0-9;]*)m(kept|lost|leaked|optional, kept|optional, left out)\x1b", coloured)[::-1])
    assert sorted(styles.values()) == ["kept", "leaked", "lost", "optional, kept", "optional, left out"]
    # A word looks as the legend says.
    for name, words in (("kept", "Boats return"), ("lost", "opened"), ("leaked", "Sport"), ("optional, kept", "Writer")):
        [style] = [style for style, title in styles.items() if title == name]
        assert re.search(rf"\x1b\[{style}m *{words}", coloured), (name, re.findall(rf"\x1b\[[0-9;]*m *{words}", coloured))
    # Without its styles it is what is printed without colour, but for the marks.
    assert ESCAPE.sub("", coloured) == re.sub(r"\[-|-\]|\{\+|\+\}|\((?=Ann|optional)|(?<=Ann)\)|(?<=left out)\)", "", plain)


def test_without_a_terminal_there_is_no_colour_unless_it_is_asked_for(bench: Run, where: list[object]) -> None:
    plain = bench("show", WHERE, "alpha", *where, "--color", "never").out
    assert bench("show", WHERE, "alpha", *where).out == plain
    assert bench("show", WHERE, "alpha", *where, "--color", "auto").out == plain


@pytest.mark.parametrize("variable", ["NO_COLOR", "TERM=dumb"])
def test_where_the_terminal_has_no_colour_fates_are_told_apart_all_the_same(
    bench: Run, where: list[object], monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    name, _, text = variable.partition("=")
    monkeypatch.setenv(name, text or "1")
    said = bench("show", WHERE, "alpha", *where, "--color", "always").out
    bare = ESCAPE.sub("", said)
    assert "{+Sport+}" in bare or re.search(r"\x1b\[[0-9;]*(?:3|4)\d[0-9;]*m *Sport", said)


def test_json_has_no_colour(bench: Run, where: list[object]) -> None:
    assert "\x1b" not in bench("show", WHERE, "alpha", *where, "--format", "json", "--color", "always").out


# Pages of all kinds


HOSTILE = [
    pytest.param("\x1b[2J\x1b]0;title\x07", id="terminal escapes"),
    pytest.param("\x9b2J\x85\x7f", id="eight-bit controls"),
    pytest.param("a\x0bb\x0cc\x08d", id="controls that move"),
    pytest.param("a\u2028b\u2029c", id="line and paragraph separators"),
    pytest.param("\u202egpj.exe\u202c\u2066x\u2069\u200f\u061c", id="direction marks"),
]


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("evil", HOSTILE)
def test_nothing_of_a_page_or_an_output_reaches_a_terminal_raw(bench: Run, tmp_path: Path, form: str, evil: str) -> None:
    markup = f"<nav>{evil} menu</nav><p title='{evil}'>gold {evil} words</p><p>{evil}</p>"
    root = write_corpus(tmp_path / "daily", {"one": f'<meta charset="utf-8"><body>{markup}'}, {"one": "gold words"})
    with Store(tmp_path / "results", write=True) as store:
        stored = Bench(store, root)
        stored.add("alpha", [f"{evil} menu gold {evil} out{evil}"])
        stored.add(f"evil{evil}", ["gold"], version=evil, settings=f"a={evil}")
    options = ["--corpus", root, "--results", tmp_path / "results", "--format", form, "--full"]
    for said in (bench("show", "one", "alpha", *options), bench("show", "one", f"evil{evil}", *options)):
        assert set(said.out + said.err) & {*UNSAFE} - {"\n"} == set()
    assert bench("show", "one", "alpha", *options).code == 0


def test_markup_and_emoji_codes_of_a_page_are_words_like_others(bench: Run, tmp_path: Path) -> None:
    text = "gold [bold]not markup[/bold] :smile: [link=file:///etc]x[/link] [-fake-] {+fake+}"
    root = write_corpus(tmp_path / "daily", {"one": f"<p>{text}</p>"}, {"one": text})
    with Store(tmp_path / "results", write=True) as store:
        Bench(store, root).add("alpha", [text], version=":smile:")
    said = bench("show", "one", "alpha", "--corpus", root, "--results", tmp_path / "results")
    assert text in said.out
    assert said.out.startswith("one, alpha :smile:: ok\n")


def test_a_page_in_chinese_is_shown_within_the_width(bench: Run, tmp_path: Path) -> None:
    text = "在设计院画图不卖组件也不卖电池" * 8
    root = write_corpus(
        tmp_path / "daily", {"one": f'<meta charset="utf-8"><body><nav>首页新闻</nav><p>{text}</p>'}, {"one": text}
    )
    with Store(tmp_path / "results", write=True) as store:
        Bench(store, root).add("alpha", [f"首页{text[20:]}"])
    said = bench("show", "one", "alpha", "--corpus", root, "--results", tmp_path / "results")
    assert said.out.startswith("one, alpha 1.0: ok\nkept 100, lost 20, leaked 2 words\n")
    assert "{+首页+}新闻" in said.out
    assert max(len(line) + sum(letter > "\u2e80" for letter in line) for line in said.out.split("\n")) <= 100
    body = "".join(line[15:] for line in said.out.split("\n\n")[1].split("\n")[1:])
    assert body == f"[-{text[:20]}-]{text[20:]}"


def test_a_page_from_right_to_left_is_shown_in_the_order_of_its_words(bench: Run, tmp_path: Path) -> None:
    text = "كان يصعد كل مساء مئة وأربعا وثلاثين درجة"
    root = write_corpus(tmp_path / "daily", {"one": f'<html dir=rtl><meta charset="utf-8"><p>\u200f{text}</p>'}, {"one": text})
    with Store(tmp_path / "results", write=True) as store:
        Bench(store, root).add("alpha", [text.removesuffix(" درجة")])
    said = bench("show", "one", "alpha", "--corpus", root, "--results", tmp_path / "results")
    [line] = [line for line in said.out.split("\n") if line.startswith("main")]
    assert tokenise(line[15:]) == text.split()
    assert "[-درجة-]" in line
    assert "\u200f" not in said.out


_BUILTIN = ("qa-battery-balcony-zh", "interview-lighthouse-keeper-ar", "docs-retry-policy-en")


@pytest.mark.parametrize("page_id", _BUILTIN)
def test_real_pages_are_shown_with_all_their_words(bench: Run, tmp_path: Path, page_id: str) -> None:
    with Store(tmp_path / "results", write=True) as store:
        stored = Bench(store, builtin())
        number = stored.corpus.number(page_id)
        assert number is not None
        gold = stored.corpus.gold(number)
        page = PageText.of_page(*stored.corpus.read(number))
        stored.add("alpha", [gold.text if place == number else None for place in range(len(stored.corpus))])
    options = ["--corpus", "builtin", "--results", tmp_path / "results"]
    found = bench("show", page_id, "alpha", *options, "--format", "json").table
    lines = ["".join(piece["text"] for piece in line["pieces"]) for line in found["lines"]]
    assert tokenise("\n".join(lines)) == page.tokens
    assert sum(found["counts"].values()) == len(page.tokens)
    assert (found["lost"], found["leaked"], found["absent"], found["repeated"]) == (0, 0, [], [])
    said = bench("show", page_id, "alpha", *options)
    assert set(said.out) & {*UNSAFE} == {"\n"}


def _loaded(store: Store, where: list[object]) -> Corpus:
    return load(Path(str(where[1])), store)


def _stored(store: Store, where: list[object]) -> list[StoredExtractor]:
    store.want(_loaded(store, where).wanted())
    return store.extractors()


# While counts are made


def test_pages_that_are_counted_are_told_now_and_then_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with progress.steps("counting", 5) as watch:
        watch(1)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(progress, "PLAIN_EVERY", 0.0)
    with progress.steps("counting", 5) as watch:
        watch(2)
        watch(3)
    assert capsys.readouterr() == ("", "counting: 2/5 pages\ncounting: 5/5 pages\n")


def test_on_a_terminal_a_bar_is_drawn_and_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress.steps("counting", 5) as watch:
        watch(5)
    drawn_bar = terminal.getvalue()
    assert "5/5" in drawn_bar
    assert drawn_bar.rstrip().endswith(("\x1b[2K", "\x1b[?25h")), repr(drawn_bar[-40:])  # the line erased, the cursor back
