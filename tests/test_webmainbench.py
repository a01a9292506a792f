"""webmainbench: cases computed by hand, and equality with jieba and the published rules on any text."""

from __future__ import annotations

import json
import math
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from bench.alignment import Case, GoldTokens
from bench.metrics.webmainbench import METRIC, words
from bench.model import Block, Gold
from bench.outputs import read_outputs

jieba = pytest.importorskip("jieba", reason="needs the extra published")

NAN = math.nan
AEB_FOLDER = Path(__file__).parents[1] / ".datasets" / "aeb"
WCXB_FOLDER = Path(__file__).parents[1] / ".datasets" / "wcxb" / "dev" / "ground-truth"

any_text = settings(deadline=None, max_examples=200)
ANY = st.text(st.characters(), max_size=40)
"""Any characters, lone surrogates too."""
PIECES = st.sampled_from(
    [
        *"我来到北京清华大学小明硕士毕业于中国科学院计算所后在日本京都深造",
        *"龥鿐鿕鿖㐀一丁",  # in no word, and at the edges of what jieba takes for Chinese
        *("杭研大厦", "网易", "石墨烯", "T恤", "卡拉OK"),
        *("C++", "c#", "AT&T", "AT&", "C+"),  # ASCII words of the dictionary, and what falls short of them
        *("3.14%", "1.", ".5", "x%%", "a.b", "_", "-", "#", "a", "Word", "7"),
        *("é", "Ж", "カナ", "٣", "。", "，"),
        *(" ", "\n", "\r\n", "\r", "\t", "\u3000", "\x85", "\x00"),
    ]
)
MIXED = st.lists(PIECES, max_size=30).map("".join)


def quiet_jieba() -> Any:
    """jieba itself, without its messages and its cache in the temporary folder."""
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


JIEBA = quiet_jieba()


@cache
def gold_words(text: str) -> list[str]:
    words_of_it: list[str] = JIEBA.lcut(text)
    return words_of_it


def gold(text: str, markdown: str | None = None) -> Gold:
    return Gold((Block(text),) if text else (), markdown=markdown)


def count(reference: Gold, output: str) -> tuple[float, ...]:
    return METRIC.count(Case(GoldTokens(reference), output))


def pooled(pages: Sequence[tuple[Gold, str]]) -> dict[str, float]:
    counts = np.array([count(reference, output) for reference, output in pages], dtype=np.float64)
    return {name: float(value[0]) for name, value in METRIC.pooled(counts).items()}


def score(reference: str, output: str) -> dict[str, float]:
    return pooled([(gold(reference), output)])


def as_published(theirs: str, ours: str) -> dict[str, float]:
    """The rules of opendatalab/WebMainBench @9d991bd, text_metrics.py, 33-64 and 350-416, one by one."""
    longest = max(len(theirs), len(ours))
    edit = 1 - Levenshtein.distance(ours, theirs) / longest if longest else NAN
    if not theirs.strip() and not ours.strip():
        return {"f1": 1, "precision": 1, "recall": 1, "text_edit": edit}
    grams = [
        Counter(tuple(tokens[start : start + 5]) for start in range(len(tokens) - 4))
        for tokens in (JIEBA.lcut(ours), gold_words(theirs))
    ]
    both = sum(min(number, grams[1][gram]) for gram, number in grams[0].items())
    precision, recall = (both / max(1, sum(side.values())) for side in grams)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0
    return {"f1": f1, "precision": precision, "recall": recall, "text_edit": edit}


# Words


@any_text
@given(ANY)
def test_words_of_any_text_are_jiebas(text: str) -> None:
    assert words(text) == JIEBA.lcut(text)


@any_text
@given(MIXED)
def test_words_of_chinese_and_mixed_text_are_jiebas(text: str) -> None:
    assert words(text) == JIEBA.lcut(text)


@any_text
@given(st.text(st.characters(max_codepoint=127), max_size=60))
def test_words_of_ascii_are_jiebas(text: str) -> None:
    assert words(text) == JIEBA.lcut(text)


@any_text
@given(st.text(st.characters(min_codepoint=0x4DF0, max_codepoint=0x9FE0), max_size=60))
def test_words_of_characters_that_seldom_meet_are_jiebas(text: str) -> None:
    assert words(text) == JIEBA.lcut(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("Two words", ["Two", " ", "words"], id="white space is a token"),
        pytest.param("a\r\nb\n\nc", ["a", "\r\n", "b", "\n", "\n", "c"], id="a line break of two characters is one token"),
        pytest.param("3.14 1,000 50%", ["3.14", " ", "1", ",", "000", " ", "50%"], id="decimals and percent are one"),
        pytest.param("v1.2.3", ["v1.2", ".", "3"], id="one decimal point at most"),
        pytest.param("a--b", ["a", "--", "b"], id="some punctuation stays together"),
        pytest.param("über", ["ü", "ber"], id="a letter outside ASCII is a token"),
        pytest.param("слово", ["с", "л", "о", "в", "о"], id="every one of them"),
        pytest.param("C++ or c#", ["C++", " ", "or", " ", "c#"], id="ASCII words of the dictionary"),
        pytest.param("我来到北京清华大学", ["我", "来到", "北京", "清华大学"], id="Chinese by dictionary"),
        pytest.param("他来到了网易杭研大厦", ["他", "来到", "了", "网易", "杭研", "大厦"], id="Chinese by the model"),
    ],
)
def test_words_are_as_jieba_documents_them(text: str, expected: list[str]) -> None:
    assert words(text) == JIEBA.lcut(text) == expected


@pytest.mark.parametrize("length", [2, 3, 500])
def test_a_long_run_of_unknown_characters_has_jiebas_words(length: int) -> None:
    text = "".join(random.Random(length).choices("鿐鿑鿒鿓龥龤龣囧孬嫑", k=length))
    assert words(text) == JIEBA.lcut(text)


def test_a_run_of_unknown_characters_that_would_stall_jieba_is_read() -> None:
    assert "".join(words("鿐" * 200_000)) == "鿐" * 200_000


def test_use_prints_nothing_warns_of_nothing_and_leaves_no_file(tmp_path: Path) -> None:
    code = "from bench.metrics.webmainbench import words; print(len(words('我来到北京清华大学')), len(words('C++ a')))"
    environment = {**os.environ, "TMPDIR": str(tmp_path), "TEMP": str(tmp_path), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], env=environment, capture_output=True, check=True)
    assert (done.stdout.split(), done.stderr, list(tmp_path.iterdir())) == ([b"4", b"3"], b"", [])


# By hand


# Precision, recall, F1 and text_edit.
@pytest.mark.parametrize(
    ("reference", "output", "expected"),
    [
        pytest.param("a b c", "a b c", (1, 1, 1, 1), id="five tokens, white space counted, make one shingle"),
        pytest.param("a b", "a b", (0, 0, 0, 1), id="identical texts of under five tokens score 0"),
        pytest.param("слово", "слово", (1, 1, 1, 1), id="five letters are five tokens"),
        pytest.param("я тут.", "я тут.", (1, 1, 1, 1), id="six tokens, two shingles"),
        pytest.param("a b c d", "a b c", (1, 1 / 3, 1 / 2, 5 / 7), id="lost at the end"),
        pytest.param("a b c", "a b c d", (1 / 3, 1, 1 / 2, 5 / 7), id="leaked at the end"),
        pytest.param("a b c", " a b c ", (1 / 3, 1, 1 / 2, 5 / 7), id="texts are not stripped"),
        pytest.param("a b c", "a\nb c", (0, 0, 0, 4 / 5), id="a line break is no space"),
        pytest.param("A b c", "a b c", (0, 0, 0, 4 / 5), id="case is kept"),
        pytest.param("a a a a", "a a a", (1, 1 / 3, 1 / 2, 5 / 7), id="a shingle counts as often as it stands"),
        pytest.param("我来到北京清华大学", "我来到北京清华大学", (0, 0, 0, 1), id="four Chinese words are too few"),
        pytest.param("我来到北京清华大学。", "我来到北京清华大学。", (1, 1, 1, 1), id="a full stop makes five"),
        pytest.param("abcde", "vwxyz", (0, 0, 0, 0), id="nothing in common"),
        pytest.param("", "", (1, 1, 1, NAN), id="both empty"),
        pytest.param(" ", "", (1, 1, 1, 0), id="both blank, which text_edit tells apart"),
        pytest.param("\u3000\n", " \n", (1, 1, 1, 1 / 2), id="both blank, half alike"),
        pytest.param("", "a b c", (0, 0, 0, 0), id="empty gold, some output"),
        pytest.param("a b c", "", (0, 0, 0, 0), id="some gold, empty output"),
        pytest.param("a b c", "  ", (0, 0, 0, 2 / 5), id="some gold, blank output"),
    ],
)
def test_values_are_as_computed_by_hand(reference: str, output: str, expected: tuple[float, ...]) -> None:
    values = score(reference, output)
    assert [values[name] for name in ("precision", "recall", "f1", "text_edit")] == pytest.approx(expected, nan_ok=True)


def test_gold_is_the_markdown_where_there_is_one() -> None:
    page = gold("A title and text", markdown="# A title\n\nand text")
    assert pooled([(page, "# A title\n\nand text")])["text_edit"] == 1
    assert pooled([(page, "A title and text")])["text_edit"] < 1
    assert count(gold("a b c", markdown=""), "") == (0, 0, 0, 1, 0, 0)


def test_optional_blocks_count_like_any_other() -> None:
    page = Gold((Block("a b c"), Block("d", required=False)))
    assert pooled([(page, "a b c\n\nd")])["recall"] == 1
    assert pooled([(page, "a b c")])["recall"] == 1 / 4


def test_means_are_over_all_pages_but_text_edit_over_those_with_any_text() -> None:
    pages = [(gold("a b c"), "a b c"), (gold("a b c d"), "a b c"), (gold("a b c"), ""), (gold(""), "")]
    expected = {"f1": 2.5 / 4, "precision": 3 / 4, "recall": (1 + 1 / 3 + 1) / 4, "text_edit": (1 + 5 / 7) / 3}
    assert pooled(pages) == pytest.approx(expected)
    assert math.isnan(pooled([(gold(""), "")])["text_edit"])
    assert "text_edit" in METRIC.reasons


def test_a_gold_of_snippets_only_has_no_counts() -> None:
    assert all(math.isnan(number) for number in count(Gold(keep=("a",), snippets_only=True), "a"))


def test_the_signature_names_the_version_of_the_dictionary() -> None:
    assert f"|jieba:{jieba.__version__}|" in METRIC.signature
    assert (METRIC.packages, METRIC.extra) == (("jieba",), "published")


# Any text


@any_text
@given(st.one_of(ANY, MIXED), st.one_of(ANY, MIXED))
def test_values_follow_the_published_rules_on_any_texts(theirs: str, ours: str) -> None:
    assert score(theirs, ours) == pytest.approx(as_published(theirs, ours), abs=1e-9, nan_ok=True)


@any_text
@given(
    st.lists(st.sampled_from("ab \n"), max_size=60).map("".join), st.lists(st.sampled_from("ab \n"), max_size=60).map("".join)
)
def test_values_follow_the_published_rules_where_words_repeat(theirs: str, ours: str) -> None:
    assert score(theirs, ours) == pytest.approx(as_published(theirs, ours), abs=1e-9, nan_ok=True)


@any_text
@given(ANY, ANY)
def test_no_text_raises_and_every_value_is_a_share(theirs: str, ours: str) -> None:
    numbers = count(gold(theirs), ours)
    assert len(numbers) == len(METRIC.fields)
    assert all(math.isfinite(number) for number in numbers)
    assert all(math.isnan(value) or 0 <= value <= 1 for value in score(theirs, ours).values())


@any_text
@given(MIXED)
def test_a_text_of_five_words_against_itself_scores_1(text: str) -> None:
    assume(len(words(text)) >= 5)
    assert set(score(text, text).values()) == {1}


@any_text
@given(st.one_of(ANY, MIXED), st.one_of(ANY, MIXED))
def test_precision_and_recall_swap_when_gold_and_output_swap(one: str, other: str) -> None:
    forth, back = score(one, other), score(other, one)
    swapped = {**back, "precision": back["recall"], "recall": back["precision"]}
    assert forth == pytest.approx(swapped, nan_ok=True)


@any_text
@given(st.text("abc ", min_size=1), st.text("xyz\n", min_size=1))
def test_texts_without_a_common_character_score_0(theirs: str, ours: str) -> None:
    assume(theirs.strip() or ours.strip())
    assert set(score(theirs, ours).values()) == {0}


@pytest.mark.parametrize("changed", [0, 1, 40, 4_000, 20_000])
def test_the_edit_distance_of_long_texts_is_exact(changed: int) -> None:
    chance = random.Random(changed)
    theirs = chance.choices("abcdefgh ", k=20_000)
    ours = list(theirs)
    for place in chance.sample(range(len(ours)), changed):
        ours[place] = chance.choice(["", "X", "YZ"])
    texts = "".join(theirs), "".join(ours)
    assert count(gold(texts[0]), texts[1])[4] == Levenshtein.distance(*texts)


@pytest.mark.pages
@pytest.mark.skipif(not AEB_FOLDER.is_dir(), reason="needs the pages of the article-extraction-benchmark")
@pytest.mark.parametrize("name", ["trafilatura", "html2text", "readability_rs"])
def test_stored_outputs_score_as_the_published_rules_have_it(name: str) -> None:
    golds = json.loads((AEB_FOLDER / "ground-truth.json").read_text(encoding="utf-8"))
    outputs = read_outputs(AEB_FOLDER / "output" / f"{name}.json", None).texts
    pairs = [(golds[page]["articleBody"], outputs[page] or "") for page in sorted(golds)][::2]
    assert len(pairs) == 91
    for theirs, ours in pairs:
        assert score(theirs, ours) == pytest.approx(as_published(theirs, ours), abs=1e-9, nan_ok=True)


@pytest.mark.pages
@pytest.mark.skipif(not WCXB_FOLDER.is_dir(), reason="needs the pages of the Web Content Extraction Benchmark")
def test_words_of_real_golds_in_many_scripts_are_jiebas() -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted(WCXB_FOLDER.glob("*.json"))]
    chosen = [text for text in texts if sum(not character.isascii() for character in text) > 200]
    assert len(chosen) > 50
    for text in chosen[::5]:
        assert words(text) == JIEBA.lcut(text)
