"""cleaneval: cases computed by hand, and equality with `difflib` and the published cleaning rules on any text."""

from __future__ import annotations

import difflib
import json
import math
import random
import re
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bench.alignment import Case, GoldTokens
from bench.metrics import cleaneval
from bench.metrics.cleaneval import METRIC, tokens
from bench.model import Block, Gold
from bench.outputs import read_outputs

AEB_FOLDER = Path(__file__).parents[1] / ".datasets" / "aeb"

any_text = settings(deadline=None, max_examples=200)
ANY = st.text(st.characters(), max_size=40)
"""Any characters, lone surrogates too."""
PIECES = ["URL", "url", " URL: http://a.b", "\n", "\n\n", " ", "\t", "\r", "\v", "\f", "\x00", "\x1f", "\x85", "\xa0", "\u2028"]
PIECES += ["<p>", "<H>", "<l>", "<b>", "<", "a", "b", "word", "word,", "é", "\u3000"]
MESSY = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
FEW = st.lists(st.sampled_from("abcd"), max_size=40)


def gold(text: str) -> Gold:
    return Gold((Block(text),) if text else ())


def count(reference: str, output: str) -> tuple[float, ...]:
    return METRIC.count(Case(GoldTokens(gold(reference)), output))


def pooled(pages: Sequence[tuple[str, str]]) -> dict[str, float]:
    counts = np.array([count(reference, output) for reference, output in pages], dtype=np.float64)
    return {name: float(value[0]) for name, value in METRIC.pooled(counts).items()}


def score(reference: str, output: str) -> dict[str, float]:
    return pooled([(reference, output)])


def published_tokens(text: str) -> list[str]:
    """The cleaning of `cleaneval.py` v1.0, one rule after the other; it reads bytes, so white space is that of ASCII."""
    text = re.sub(r"^\s*URL.*$", "", text, flags=re.MULTILINE | re.ASCII)
    text = re.sub("[\x00-\x1f]+", " ", text)
    text = re.sub("(<[phl]>)", "\n\\1 ", text, flags=re.IGNORECASE | re.ASCII)
    text = re.sub(r"\s+", " ", text, flags=re.ASCII)
    return re.split(r"\s+", text, flags=re.ASCII)


def published_counts(theirs: list[str], ours: list[str]) -> tuple[int, int, int]:
    tp = fp = fn = 0
    for tag, from_ours, to_ours, from_theirs, to_theirs in difflib.SequenceMatcher(None, ours, theirs).get_opcodes():
        if tag == "equal":
            tp += to_ours - from_ours
        else:
            fp += to_ours - from_ours
            fn += to_theirs - from_theirs
    return tp, fp, fn


def published_score(theirs: str, ours: str) -> dict[str, float]:
    tp, fp, fn = published_counts(published_tokens(theirs), published_tokens(ours))
    precision, recall = tp / max(1, tp + fp), tp / max(1, tp + fn)
    f1 = 2 * precision * recall / (precision + recall or 1)
    values = {"f1": f1, "precision": precision, "recall": recall}
    return values | {f"micro_{name}": value for name, value in values.items()}


# Tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [""], id="an empty text has one empty token"),
        pytest.param("a  b\n\nc", ["a", "b", "c"], id="white space is folded"),
        pytest.param(" a b\n", ["", "a", "b", ""], id="at either end it leaves an empty token"),
        pytest.param("word, Word", ["word,", "Word"], id="punctuation and case stay"),
        pytest.param("a\x00b\x1fc", ["a", "b", "c"], id="control characters part words"),
        pytest.param("a\xa0b\u3000c", ["a\xa0b\u3000c"], id="white space outside ASCII does not"),
        pytest.param("a<p>b <H> c", ["a", "<p>", "b", "<H>", "c"], id="tags are words"),
        pytest.param("a<b>b", ["a<b>b"], id="no other tag is"),
        pytest.param("<p>a", ["", "<p>", "a"], id="a tag at the start has an empty token before it"),
        pytest.param("URL: http://a.b\na", ["", "a"], id="a first line that begins with URL goes"),
        pytest.param("a\n  URL x y\nb", ["a", "b"], id="so does any other"),
        pytest.param("a URL b", ["a", "URL", "b"], id="not within a line"),
        pytest.param("\n URL x", [""], id="the white space before it goes too"),
        pytest.param("a\n URL x", ["a", ""], id="but not the end of the line before"),
        pytest.param("\r URL x\ra\nb", ["", "b"], id="a carriage return ends no line"),
    ],
)
def test_tokens_are_as_published(text: str, expected: list[str]) -> None:
    assert tokens(text) == published_tokens(text) == expected


@any_text
@given(st.one_of(ANY, MESSY))
def test_tokens_of_any_text_are_as_published(text: str) -> None:
    assert tokens(text) == published_tokens(text)


def test_a_text_of_line_breaks_that_would_stall_the_published_pattern_is_read() -> None:
    assert tokens("\n" * 1_000_000 + "a URL") == ["", "a", "URL"]


# By hand


# Counts are tp, fp and fn; values precision, recall and F1.
@pytest.mark.parametrize(
    ("reference", "output", "counts", "values"),
    [
        pytest.param("a b c", "a b c", (3, 0, 0), (1, 1, 1), id="equal"),
        pytest.param("a b c d", "a b", (2, 0, 2), (1, 1 / 2, 2 / 3), id="half lost"),
        pytest.param("a b", "x a b y", (2, 2, 0), (1 / 2, 1, 2 / 3), id="as much leaked as kept"),
        pytest.param("a b c", "a x c", (2, 1, 1), (2 / 3, 2 / 3, 2 / 3), id="a word replaced is both"),
        pytest.param("a b", "x y", (0, 2, 2), (0, 0, 0), id="nothing in common"),
        pytest.param("word", "word.", (0, 1, 1), (0, 0, 0), id="punctuation is part of the word"),
        pytest.param("a b c x y", "x y a b c", (3, 2, 2), (3 / 5, 3 / 5, 3 / 5), id="the longest run is matched first"),
        pytest.param("a <p> b", "a <h> b", (2, 1, 1), (2 / 3, 2 / 3, 2 / 3), id="tags are words, and labelled"),
        pytest.param(
            "a b c d x", "x a y b y c y d", (1, 7, 4), (1 / 8, 1 / 5, 2 / 13), id="and of equal runs the output's first"
        ),
        pytest.param("", "", (1, 0, 0), (1, 1, 1), id="both empty: the empty tokens match"),
        pytest.param("a b", "", (0, 1, 2), (0, 0, 0), id="some gold, empty output"),
        pytest.param("", "a b", (0, 2, 1), (0, 0, 0), id="empty gold, some output"),
        pytest.param(" a b", "", (1, 0, 2), (1, 1 / 3, 1 / 2), id="gold after a space: the empty token is hit"),
        pytest.param("", "a ", (1, 1, 0), (1 / 2, 1, 2 / 3), id="output before a space: the empty token is hit"),
    ],
)
def test_counts_are_as_counted_by_hand(
    reference: str, output: str, counts: tuple[float, ...], values: tuple[float, float, float]
) -> None:
    assert count(reference, output) == published_counts(published_tokens(reference), published_tokens(output))
    assert count(reference, output) == counts
    found = score(reference, output)
    assert (found["precision"], found["recall"], found["f1"]) == pytest.approx(values)
    assert (found["micro_precision"], found["micro_recall"], found["micro_f1"]) == pytest.approx(values)


@pytest.mark.parametrize(("length", "matched"), [(199, 4), (200, 0)])
def test_from_200_words_on_a_word_above_one_percent_starts_no_match(length: int, matched: int) -> None:
    words = [f"w{number}" for number in range(length)]
    words[10] = words[60] = words[110] = words[160] = "the"
    assert count(" ".join(words), "the the the the") == (matched, 4 - matched, length - matched)


def test_which_side_is_the_gold_matters() -> None:
    many, few = " ".join(["x"] * 4 + [f"w{number}" for number in range(196)]), "a x x x x"
    assert count(many, few)[0] == 0
    assert count(few, many)[0] == 4


def test_macro_is_a_mean_of_pages_and_micro_comes_from_sums() -> None:
    pages = [("a b", "a b"), ("a b c d", "a b"), ("a b", "x a b y"), ("a b", "")]
    expected = {
        "f1": (1 + 2 / 3 + 2 / 3 + 0) / 4,
        "precision": (1 + 1 + 1 / 2 + 0) / 4,
        "recall": (1 + 1 / 2 + 1 + 0) / 4,
        "micro_precision": 6 / (2 + 2 + 4 + 1),
        "micro_recall": 6 / (2 + 4 + 2 + 2),
        "micro_f1": 12 / (9 + 10),
    }
    assert pooled(pages) == pytest.approx(expected)


def test_all_blocks_count_and_a_gold_of_snippets_has_no_counts() -> None:
    reference = Gold((Block("a"), Block("b", required=False)))
    assert METRIC.count(Case(GoldTokens(reference), "a")) == (1, 0, 1)
    nothing = METRIC.count(Case(GoldTokens(Gold(keep=("a",), snippets_only=True)), "a"))
    assert all(math.isnan(number) for number in nothing)


# Alignment


@pytest.fixture(params=["as installed", "standard library"])
def matched(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run the test with either alignment."""
    if request.param == "standard library":
        monkeypatch.setitem(sys.modules, "cydifflib", None)
    elif find_spec("cydifflib") is None:
        pytest.skip("needs cydifflib, from the extra published")
    cleaneval._matched.cache_clear()
    yield
    cleaneval._matched.cache_clear()


def test_the_standard_library_serves_where_there_is_nothing_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cydifflib", None)
    asked = []
    original = difflib.SequenceMatcher.get_matching_blocks

    def ask(self: difflib.SequenceMatcher[str]) -> list[difflib.Match]:
        asked.append(self)
        return original(self)

    monkeypatch.setattr(difflib.SequenceMatcher, "get_matching_blocks", ask)
    cleaneval._matched.cache_clear()
    try:
        assert count("a b c", "a c") == (2, 0, 1)
    finally:
        cleaneval._matched.cache_clear()
    assert len(asked) == 1


@pytest.mark.usefixtures("matched")
@settings(deadline=None, max_examples=300)
@given(st.data())
def test_small_alignments_are_difflibs(data: st.DataObject) -> None:
    theirs, ours = data.draw(FEW), data.draw(FEW)
    assume(theirs and ours)
    assert count(" ".join(theirs), " ".join(ours)) == published_counts(theirs, ours)


@pytest.mark.usefixtures("matched")
@pytest.mark.parametrize("seed", range(30))
def test_alignments_with_frequent_words_are_difflibs(seed: int) -> None:
    chance = random.Random(seed)
    vocabulary = [f"w{number}" for number in range(chance.choice([20, 90, 300]))]
    odds = [1 / (rank + 1) for rank in range(len(vocabulary))]
    theirs = chance.choices(vocabulary, odds, k=chance.randrange(190, 600))
    ours = [*chance.choices(vocabulary, odds, k=50), *theirs[30:200], *chance.choices(vocabulary, odds, k=99), *theirs[150:]]
    assert count(" ".join(theirs), " ".join(ours)) == published_counts(theirs, ours)


# Any text


@any_text
@given(st.one_of(ANY, MESSY), st.one_of(ANY, MESSY))
def test_values_follow_the_published_rules_on_any_texts(theirs: str, ours: str) -> None:
    assert score(theirs, ours) == pytest.approx(published_score(theirs, ours), abs=1e-9)


@any_text
@given(ANY, ANY)
def test_no_text_raises_and_every_value_is_a_share(theirs: str, ours: str) -> None:
    assert all(math.isfinite(number) for number in count(theirs, ours))
    assert all(0 <= value <= 1 for value in score(theirs, ours).values())


@any_text
@given(st.one_of(ANY, MESSY))
def test_a_text_against_itself_scores_1(text: str) -> None:
    assert set(score(text, text).values()) == {1}


@any_text
@given(st.one_of(ANY, MESSY), st.one_of(ANY, MESSY))
def test_texts_without_a_common_word_score_0(theirs: str, ours: str) -> None:
    assume(not set(tokens(theirs)) & set(tokens(ours)))
    assert set(score(theirs, ours).values()) == {0}


@pytest.mark.pages
@pytest.mark.skipif(not AEB_FOLDER.is_dir(), reason="needs the pages of the article-extraction-benchmark")
@pytest.mark.parametrize("name", ["trafilatura", "html2text", "justext"])
def test_stored_outputs_score_as_the_published_rules_have_it(name: str) -> None:
    golds = json.loads((AEB_FOLDER / "ground-truth.json").read_text(encoding="utf-8"))
    outputs = read_outputs(AEB_FOLDER / "output" / f"{name}.json", None).texts
    assert len(golds) == 181
    for page, record in golds.items():
        theirs, ours = record["articleBody"], outputs[page] or ""
        assert score(theirs, ours) == pytest.approx(published_score(theirs, ours), abs=1e-9)
