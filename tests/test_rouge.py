"""ROUGE-LSum, English sentences and the metric `wceb`: cases by hand, and against the packages that published scores used."""

from __future__ import annotations

import json
import math
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import nltk
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.tokenize.punkt import PunktLanguageVars, PunktParameters, PunktSentenceTokenizer, PunktToken
from punkt import load_model
from rapidfuzz.distance import Indel
from rouge_score import rouge_scorer

from bench import plugins, rouge
from bench.alignment import Case, GoldTokens
from bench.metric import Metric
from bench.model import Block, Gold
from bench.rouge import Overlap, Summary, sentences

WCEB: Metric = plugins.load("metrics", "wceb").METRIC

quickly = settings(deadline=None, max_examples=300)


# Summary-level LCS


def split(text: str) -> list[tuple[str, ...]]:
    """Sentences by `|`, tokens by spaces."""
    return [tuple(sentence.split()) for sentence in text.split("|")]


@pytest.mark.parametrize(
    ("gold", "output", "overlap"),
    [
        pytest.param("a b c", "a b c", (3, 3, 3), id="equal"),
        pytest.param("a b c d", "a x c", (2, 3, 4), id="gaps on both sides"),
        pytest.param("a b", "b a", (1, 2, 2), id="order counts within a sentence"),
        pytest.param("a b", "b | a", (2, 2, 2), id="alignments with several sentences are united"),
        pytest.param("a b c d e", "a b x | c d x", (4, 6, 5), id="each sentence gives its part"),
        pytest.param("a b | c d", "c d | a b", (4, 4, 4), id="order of sentences does not count"),
        pytest.param("a b | a b", "a b", (2, 2, 4), id="a token is hit as often as the output has it"),
        pytest.param("a", "a a a", (1, 3, 1), id="and as often as the gold has it"),
        pytest.param("a b c d", "a b a b", (2, 4, 4), id="a repeat adds nothing to one sentence"),
        pytest.param("a b | b c", "b | a c", (3, 3, 4), id="the count of hits is clipped over all sentences"),
        pytest.param("a b", "c d", (0, 2, 2), id="disjoint"),
        pytest.param("", "", (0, 0, 0), id="sentences without tokens"),
        pytest.param("a", "", (0, 0, 1), id="no output"),
        pytest.param("", "a | | b", (0, 2, 0), id="no gold"),
        # `a b` and `b a` have two longest alignments. The walk begins at the last tokens, which differ, and goes up, not left,
        # as neither is longer: it takes the gold sentence's first token.
        pytest.param("a b | a", "b a", (1, 2, 3), id="of equally long alignments the walk's is taken, here `a` twice"),
        pytest.param("b a | a", "a b", (2, 2, 3), id="and here `b`, then `a`"),
    ],
)
def test_overlaps_are_as_counted_by_hand(gold: str, output: str, overlap: tuple[int, int, int]) -> None:
    assert Summary(split(output)).overlap(split(gold)) == Overlap(*overlap)


def texts_of(letters: str, sentences: int, tokens: int) -> st.SearchStrategy[list[list[str]]]:
    return st.lists(st.lists(st.sampled_from(letters), max_size=tokens), max_size=sentences)


def agree(gold: list[list[str]], output: list[list[str]]) -> None:
    """Ours and rouge-score choose the same tokens of every gold sentence, and the same hits."""
    summary = Summary(output)
    for sentence in gold:
        assert Counter(summary._union(tuple(sentence))) == Counter(rouge_scorer._union_lcs(sentence, output))
    overlap, score = summary.overlap([tuple(sentence) for sentence in gold]), rouge_scorer._summary_level_lcs(gold, output)
    assert (overlap.output, overlap.gold) == (sum(map(len, output)), sum(map(len, gold)))
    assert score.precision == (overlap.hits / overlap.output if overlap.output else 0)
    assert score.recall == (overlap.hits / overlap.gold if overlap.gold else 0)


@quickly
@pytest.mark.parametrize("letters", ["a", "ab", "abc", "abcdef"])
@given(data=st.data())
def test_the_same_tokens_are_hit_as_by_rouge_score(letters: str, data: st.DataObject) -> None:
    agree(data.draw(texts_of(letters, 4, 12)), data.draw(texts_of(letters, 4, 12)))


@settings(deadline=None, max_examples=60)
@given(gold=texts_of("abcd", 2, 90), output=texts_of("abcd", 3, 40))
def test_sentences_longer_than_a_block_are_walked_like_any_other(gold: list[list[str]], output: list[list[str]]) -> None:
    with mock.patch.object(rouge, "_BUDGET", 1):  # blocks of 16 rows, and no mask kept
        agree(gold, output)


@quickly
@given(st.lists(texts_of("abc", 3, 8), max_size=4), texts_of("abc", 4, 8))
def test_an_output_may_be_compared_with_any_number_of_golds(golds: list[list[list[str]]], output: list[list[str]]) -> None:
    summary = Summary(output)
    for gold in golds:
        expected = Summary(output).overlap([tuple(sentence) for sentence in gold])
        assert summary.overlap([tuple(sentence) for sentence in gold]) == expected


def test_a_sentence_of_many_thousand_tokens_is_compared() -> None:
    draw = random.Random(1)
    gold = tuple(draw.choices([f"w{number}" for number in range(500)], k=20_000))
    output = [(*gold[:9_000], "other", *gold[9_000:])]
    assert Summary(output).overlap([gold]) == Overlap(20_000, 20_001, 20_000)


# Sentences


class Nltk381(PunktLanguageVars):  # type: ignore[misc, unused-ignore] # NLTK has no types
    """The rules of NLTK 3.8.1: later ones differ in two patterns, and in the regular-expression engine."""

    re_boundary_realignment = re.compile(r'["\')\]}]+?(?:\s+|(?=--)|$)', re.MULTILINE)
    _re_non_word_chars = r"(?:[)\";}\]\*:@\'\({\[?!])"

    def __init__(self) -> None:
        parts = {
            "NonWord": self._re_non_word_chars,
            "MultiChar": self._re_multi_char_punct,
            "WordStart": self._re_word_start,
            "SentEndChars": self._re_sent_end_chars,
        }
        self._re_period_context = re.compile(self._period_context_fmt % parts, re.VERBOSE)
        self._re_word_tokenizer = re.compile(self._word_tokenize_fmt % parts, re.VERBOSE)


class Token381(PunktToken):  # type: ignore[misc, unused-ignore]
    """A token of NLTK 3.8.1, which knows words as the standard library's expressions do."""

    __slots__ = ()
    _RE_ELLIPSIS = re.compile(PunktToken._RE_ELLIPSIS.pattern)
    _RE_NUMERIC = re.compile(PunktToken._RE_NUMERIC.pattern)
    _RE_INITIAL = re.compile(PunktToken._RE_INITIAL.pattern)


def nltk_splitter() -> PunktSentenceTokenizer:
    """NLTK's splitter with its English model, which another package brings without a download."""
    model, parameters = load_model("english"), PunktParameters()
    parameters.abbrev_types, parameters.sent_starters = set(model.abbrev_types), set(model.sent_starters)
    parameters.collocations = set(model.collocations)
    parameters.ortho_context.update(model.ortho_context)
    return PunktSentenceTokenizer(parameters, lang_vars=Nltk381(), token_cls=Token381)


SPLITTER = nltk_splitter()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="nothing"),
        pytest.param("no full stop", ["no full stop"], id="no full stop"),
        pytest.param("One. Two. Three", ["One.", "Two.", "Three"], id="full stops"),
        pytest.param("One! Two? Three", ["One!", "Two?", "Three"], id="other marks"),
        pytest.param("What?! No!!! Yes", ["What?!", "No!!!", "Yes"], id="several marks"),
        pytest.param("Mr. Smith left. He ran.", ["Mr. Smith left.", "He ran."], id="a known abbreviation"),
        pytest.param("Fig. Two shows it.", ["Fig.", "Two shows it."], id="an unknown one"),
        pytest.param("It cost 3.50 dollars.", ["It cost 3.50 dollars."], id="a stop inside a number"),
        pytest.param("In 1997. the end", ["In 1997. the end"], id="a number before a lower-case word"),
        pytest.param("He saw J. Bach play.", ["He saw J. Bach play."], id="an initial"),
        pytest.param("In the U.S. However, he left.", ["In the U.S.", "However, he left."], id="a frequent sentence starter"),
        pytest.param("(Quite so.) Then more.", ["(Quite so.)", "Then more."], id="a bracket that closes"),
        pytest.param('"Quite so." Then more.', ['"Quite so."', "Then more."], id="a quote that closes"),
        pytest.param("“Quite so.” Then more.", ["“Quite so.” Then more."], id="a curly one, which NLTK 3.8.1 does not know"),
        pytest.param("Wait ... what?", ["Wait ... what?"], id="an ellipsis"),
        pytest.param("end.(Next", ["end.", "(Next"], id="a bracket that opens at once"),
        pytest.param("A heading and\n\na paragraph.", ["A heading and\n\na paragraph."], id="line breaks end nothing"),
        pytest.param("Ｗｈａｔ。次。", ["Ｗｈａｔ。次。"], id="marks of other scripts end nothing"),
    ],
)
def test_sentences_end_where_english_punkt_ends_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected
    assert SPLITTER.tokenize(text) == expected


def test_white_space_around_sentences_is_dropped_and_inside_them_kept() -> None:
    assert sentences("  One\t two. \n\n  Three.  \n") == ["  One\t two.", "Three."]


MARKS = [". ", ".", "!", "?", "...", ". . .", '"', "'", ")", "(", "[", "]", "--", "-", ",", ";", ":", "@", "_", "“", "»"]
TOKENS = ["Mr", "U.S", "p.m", "etc", "Inc", "co", "-co", "J", "a", "b", "the", "The", "He", "However", "i", "I", "İ", "京"]
OTHERS = ["12", "3", "8,000", "-5", "5.", " ", " ", " ", "\n", "\n\n", "\t", "\xa0", "\u2003", "\x1c", "\u2028", "\u0301"]


@settings(deadline=None, max_examples=1000)
@given(st.lists(st.sampled_from(MARKS + TOKENS + OTHERS), max_size=24).map("".join))
def test_any_text_splits_as_by_nltk(text: str) -> None:
    assert sentences(text) == SPLITTER.tokenize(text)


@quickly
@given(st.text(st.characters(exclude_categories=[]), max_size=40))
def test_any_characters_split_and_none_but_white_space_gets_lost(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("." * 200_000, id="full stops"),
        pytest.param(". " * 100_000, id="full stops apart"),
        pytest.param(".\xa0" * 100_000, id="full stops with no-break spaces"),
        pytest.param("a.\xa0" * 100_000, id="words with no-break spaces"),
        pytest.param('."' * 100_000, id="quotes"),
        pytest.param(".(" * 100_000, id="brackets"),
        pytest.param("a. " + ")" * 200_000, id="brackets that close"),
        pytest.param("-" * 200_000 + ". A", id="hyphens"),
        pytest.param("1,." * 70_000 + ". B", id="digits"),
        pytest.param("." + " " * 200_000, id="spaces"),
        pytest.param("a--" * 70_000 + ". B", id="dashes"),
    ],
)
def test_a_hostile_text_splits_in_time_linear_in_its_length(text: str) -> None:
    # Each takes well under a second; a quadratic rule would take many minutes, so the test needs no clock of its own.
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


# wceb


def gold(text: str) -> Gold:
    return Gold((Block(text),) if text else ())


def score(theirs: str, ours: str) -> dict[str, float]:
    counts = np.array([WCEB.count(Case(GoldTokens(gold(theirs)), ours))], dtype=np.float64)
    return {name: float(value[0]) for name, value in WCEB.per_page(counts).items()}


# Precision, recall, F1 and similarity.
@pytest.mark.parametrize(
    ("theirs", "ours", "expected"),
    [
        pytest.param("One two. Three.", "One two. Three.", (1, 1, 1, 1), id="equal"),
        pytest.param("One two. Three.", "Three. One two.", (1, 1, 1, 2 / 3), id="sentences in another order"),
        pytest.param("one two three four", "one two x", (2 / 3, 1 / 2, 4 / 7, 4 / 7), id="lost and leaked"),
        pytest.param("one two", "two one", (1 / 2, 1 / 2, 1 / 2, 1 / 2), id="words in another order"),
        pytest.param("One word", "one word", (1 / 2, 1 / 2, 1 / 2, 1 / 2), id="case is kept"),
        pytest.param("a word, more", "a word more", (2 / 3, 2 / 3, 2 / 3, 2 / 3), id="punctuation is kept"),
        pytest.param("end.(Next one", "end.(Next one", (1, 1, 1, 1), id="a sentence may end inside what spaces separate"),
        pytest.param("end.(Next", "end. (Next", (1, 1, 1, 0), id="which the similarity does not see"),
        pytest.param("東京 都", "東京\u3000都", (1, 1, 1, 1), id="any white space separates"),
        pytest.param("one two", "", (0, 0, 0, 0), id="empty output"),
        pytest.param("one two", " \n", (0, 0, 0, 0), id="blank output"),
        pytest.param("", "", (1, 1, 1, 1), id="both empty"),
        pytest.param(" \n", "\t", (1, 1, 1, 1), id="both blank"),
        pytest.param("", "one two", (0, 1, 0, 0), id="empty gold: recall is 1 all the same"),
    ],
)
def test_wceb_is_as_counted_by_hand(theirs: str, ours: str, expected: tuple[float, float, float, float]) -> None:
    values = score(theirs, ours)
    assert tuple(values[name] for name in ("precision", "recall", "f1", "similarity")) == pytest.approx(expected)


def test_wceb_counts_optional_blocks_like_any_other() -> None:
    reference = Gold((Block("One two."), Block("Three.", required=False)))
    assert WCEB.count(Case(GoldTokens(reference), "One two. Three.")) == (3, 3, 3, 3, 3, 3)


def test_wceb_over_pages_is_the_mean_of_the_pages_values() -> None:
    pages = [("one two", "one two"), ("", "boilerplate"), ("one two three four", "one two x")]
    counts = np.array([WCEB.count(Case(GoldTokens(gold(theirs)), ours)) for theirs, ours in pages], dtype=np.float64)
    values = {name: float(value[0]) for name, value in WCEB.pooled(counts).items()}
    assert values == pytest.approx(
        {
            "f1": (1 + 0 + 4 / 7) / 3,
            "precision": (1 + 0 + 2 / 3) / 3,
            "recall": (1 + 1 + 1 / 2) / 3,
            "similarity": (1 + 0 + 4 / 7) / 3,
        }
    )


class BySpaces:
    def tokenize(self, text: str) -> list[str]:
        return text.split()


SCORER = rouge_scorer.RougeScorer(["rougeLsum"], split_summaries=True, tokenizer=BySpaces())


def as_published(theirs: str, ours: str) -> dict[str, float]:
    """The rules of chatnoir-eu/web-content-extraction-benchmark @36be6d9, eval.py, 35-71, with what it calls."""
    with mock.patch.object(nltk, "sent_tokenize", SPLITTER.tokenize):
        found = SCORER.score(theirs, ours)["rougeLsum"]
    values = {"precision": found.precision, "recall": found.recall, "f1": found.fmeasure}
    if not theirs.strip():
        values["recall"] = 1.0
        if not ours.strip():
            values["precision"] = values["f1"] = 1.0
    return values | {"similarity": Indel.normalized_similarity(theirs.split(), ours.split())}


WORDS = st.lists(st.sampled_from(["a", "b", "A.", "c.", "d!", "Mr.", "the", "“x.”", "e.(F", "\n\n", "東京"]), max_size=14).map(
    " ".join
)


@quickly
@given(theirs=WORDS, ours=WORDS)
def test_wceb_is_what_the_published_rules_give(theirs: str, ours: str) -> None:
    assert score(theirs, ours) == pytest.approx(as_published(theirs, ours), abs=1e-9)


@quickly
@given(theirs=st.text(st.characters(exclude_categories=[])), ours=st.text(st.characters(exclude_categories=[])))
def test_wceb_counts_any_text(theirs: str, ours: str) -> None:
    assert all(math.isfinite(number) for number in WCEB.count(Case(GoldTokens(gold(theirs)), ours)))
    assert all(0 <= value <= 1 for value in score(theirs, ours).values())


def test_the_signature_names_the_version_of_the_sentence_model() -> None:
    assert re.search(r"\|punkt:\d+\.\d+(\.\d+)?\|", WCEB.signature)
    assert WCEB.lacks is None


# Real texts

AEB = Path(__file__).parents[1] / ".datasets" / "aeb"


def pairs() -> Iterator[tuple[str, str]]:
    """Each gold of the article extraction benchmark with the stored outputs of three extractors, of all in turn."""
    golds = json.loads((AEB / "ground-truth.json").read_text(encoding="utf-8"))
    paths = sorted((AEB / "output").glob("*.json"))
    tables = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    tables = [table.get("output", table) for table in tables]
    for number, page in enumerate(sorted(golds)):
        for table in (tables[(3 * number + more) % len(tables)] for more in range(3)):
            theirs, ours = golds[page]["articleBody"], table.get(page, {}).get("articleBody") or ""
            if len(theirs) * len(ours) < 1.5e7:  # longer ones take rouge-score seconds apiece
                yield theirs, ours


def default_tokens(line: str) -> list[str]:
    return re.findall("[a-z0-9]+", line.lower())


@pytest.mark.pages
@pytest.mark.skipif(not AEB.is_dir(), reason="needs the pages of the article-extraction-benchmark")
def test_real_texts_score_as_by_rouge_score_and_nltk() -> None:
    by_line = rouge_scorer.RougeScorer(["rougeLsum"])
    compared = 0
    for theirs, ours in pairs():
        expected = by_line.score(theirs, ours)["rougeLsum"]
        gold, output = ([tuple(default_tokens(line)) for line in text.split("\n")] for text in (theirs, ours))
        overlap = Summary(output).overlap(gold)
        assert overlap.hits / max(overlap.output, 1) == pytest.approx(expected.precision, abs=1e-9)
        assert overlap.hits / max(overlap.gold, 1) == pytest.approx(expected.recall, abs=1e-9)
        assert score(theirs, ours) == pytest.approx(as_published(theirs, ours), abs=1e-9)
        compared += 1
    assert compared > 200


@pytest.mark.pages
@pytest.mark.skipif(not AEB.is_dir(), reason="needs the pages of the article-extraction-benchmark")
def test_real_texts_split_as_by_nltk() -> None:
    texts = 0
    for path in sorted((AEB / "output").glob("*.json")):
        table = json.loads(path.read_text(encoding="utf-8"))
        for record in table.get("output", table).values():
            text = record.get("articleBody") or ""
            assert sentences(text) == SPLITTER.tokenize(text)
            texts += 1
    assert texts > 4000
