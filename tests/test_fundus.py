"""The metric and the reader of the Fundus evaluation: cases by hand, the source's rules, its stored scores page by page."""

from __future__ import annotations

import csv
import gzip
import hashlib
import itertools
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import jiwer
import nltk
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score import rouge_scorer

from bench import plugins
from bench.alignment import Case, GoldTokens
from bench.corpus import Corpus, load, recognise
from bench.errors import CorpusError, UsageError
from bench.metric import Metric
from bench.model import Block, Gold
from bench.rouge import sentences
from bench.store import Store
from bench.text import tokenise

FUNDUS: Metric = plugins.load("metrics", "fundus").METRIC
NAN = math.nan


def gold(*blocks: str) -> Gold:
    """A gold of these blocks; `~ ` marks an optional one."""
    return Gold(tuple(Block(text.removeprefix("~ "), required=not text.startswith("~ ")) for text in blocks))


def score(reference: Gold, output: str) -> dict[str, float]:
    counts = np.array([FUNDUS.count(Case(GoldTokens(reference), output))], dtype=np.float64)
    return {name: float(value[0]) for name, value in FUNDUS.per_page(counts).items()}


def rouge(reference: Gold, output: str) -> tuple[float, float, float]:
    values = score(reference, output)
    return values["precision"], values["recall"], values["f1"]


def paragraphs(reference: Gold, output: str) -> tuple[float, float, float]:
    values = score(reference, output)
    return values["paragraph_precision"], values["paragraph_recall"], values["paragraph_f1"]


# By hand


@pytest.mark.parametrize(
    ("reference", "output", "expected"),
    [
        pytest.param(gold("One two.", "Three."), "One two.\n\nThree.", (1, 1, 1), id="equal"),
        pytest.param(gold("One two."), "ONE - two!", (1, 1, 1), id="case and punctuation do not matter"),
        pytest.param(gold("a b c d"), "a x", (1 / 2, 1 / 4, 1 / 3), id="lost and leaked"),
        pytest.param(gold("One a.", "Two b."), "Two b.\n\nOne a.", (1, 1, 1), id="sentences in another order"),
        pytest.param(gold("é"), "e", (0, 0, 0), id="a letter with an accent is no token"),
        pytest.param(gold("東京"), "東京", (0, 0, 0), id="nor is one of another script"),
        pytest.param(gold("a b"), "", (0, 0, 0), id="empty output"),
        pytest.param(gold(), "a b", (0, 0, 0), id="empty gold"),
        pytest.param(gold(), "", (0, 0, 0), id="both empty"),
        pytest.param(gold("a b", "~ c d"), "a b", (1, 1, 1), id="an optional block dropped"),
        pytest.param(gold("a b", "~ c d"), "a b\nc d", (1, 1, 1), id="an optional block kept"),
        pytest.param(gold("~ a b"), "", (0, 0, 0), id="only optional blocks, empty output: no credit for nothing"),
        pytest.param(gold("a", "~ b", "~ c", "~ d", "~ e"), "a c e", (1, 1, 1), id="four optional blocks, half of them kept"),
        # Five are too many: all of them give P 1 and R 3/6, none gives P 1/3 and R 1.
        pytest.param(gold("a", "~ b", "~ c", "~ d", "~ e", "~ f"), "a c e", (1, 1 / 2, 2 / 3), id="five, here all"),
        # All give P 1 and R 2/6, none gives P 1/2 and R 1.
        pytest.param(gold("a", "~ b", "~ c", "~ d", "~ e", "~ f"), "a c", (1 / 2, 1, 2 / 3), id="five, here none"),
        # With the optional block P 3/4, R 3/8; without it P 2/4, R 2/4; F1 1/2 both times.
        pytest.param(gold("a b c d", "~ e f g h"), "a b e x", (3 / 4, 3 / 8, 1 / 2), id="a tie: the fuller text counts"),
        pytest.param(gold("~ a b", "~ a c"), "a", (1, 1 / 2, 2 / 3), id="one of two left out beats both and none"),
    ],
)
def test_rouge_is_as_counted_by_hand(reference: Gold, output: str, expected: tuple[float, float, float]) -> None:
    assert rouge(reference, output) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("reference", "output", "expected"),
    [
        pytest.param(gold("One.", "Two."), "One.\n\nTwo.", (1, 1, 1), id="equal"),
        pytest.param(gold("One.", "Two."), "Two.\nOne.", (1, 1, 1), id="a line is a paragraph, and order does not count"),
        pytest.param(gold("One\nTwo"), "One\n\n\n Two ", (1, 1, 1), id="a line of the gold is one too"),
        pytest.param(gold("One  two"), "One  two", (0, 0, NAN), id="white space is folded in the output alone"),
        pytest.param(gold("One."), "one.", (0, 0, NAN), id="paragraphs are equal to the letter"),
        pytest.param(gold("a", "b", "c"), "a\nb\nx\ny", (2 / 4, 2 / 3, 4 / 7), id="lost and leaked"),
        pytest.param(gold("a", "a", "b"), "a\nb\nb", (2 / 3, 2 / 3, 2 / 3), id="repeats count as often as both have them"),
        pytest.param(gold("a"), "x", (0, 0, NAN), id="nothing matches: F1 is undefined"),
        pytest.param(gold("a"), "", (NAN, 0, NAN), id="empty output: so is precision"),
        pytest.param(gold(), "x", (0, NAN, NAN), id="empty gold: so is recall"),
        pytest.param(gold(), " \n", (NAN, NAN, NAN), id="both empty: so are all"),
        pytest.param(gold("~ a"), "", (NAN, 0, NAN), id="only optional blocks, empty output"),
        pytest.param(gold("~ a"), "x", (0, 0, NAN), id="nothing matches: the text with all blocks counts"),
        pytest.param(gold("a", "~ b"), "a", (1, 1, 1), id="an optional block dropped"),
        pytest.param(gold("a", "~ b"), "a\nb", (1, 1, 1), id="an optional block kept"),
        pytest.param(gold("a", "~ b\nc"), "a\nc", (1, 2 / 3, 4 / 5), id="an optional block of two lines stands as a whole"),
        pytest.param(gold("a", "~ b", "~ c", "~ d", "~ e", "~ f"), "a\nc", (1 / 2, 1, 2 / 3), id="five optional blocks"),
    ],
)
def test_paragraph_match_is_as_counted_by_hand(reference: Gold, output: str, expected: tuple[float, float, float]) -> None:
    assert paragraphs(reference, output) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("reference", "output", "expected"),
    [
        pytest.param(gold("a b", "c"), "a b\n\nc", 0, id="equal"),
        pytest.param(gold("a b c d"), "a x d", 1 / 2, id="one word replaced, one lost"),
        pytest.param(gold("a b"), "b a", 1, id="order counts"),
        pytest.param(gold("a."), "a", 1, id="punctuation counts"),
        pytest.param(gold("a"), "b c d", 3, id="more wrong words than right ones there are"),
        pytest.param(gold("a b"), "", 1, id="empty output"),
        pytest.param(gold(), "a", NAN, id="empty gold"),
        pytest.param(gold(), "", NAN, id="both empty"),
        pytest.param(gold("a b", "~ c d"), "a b", 0, id="an optional block dropped"),
        pytest.param(gold("a b", "~ c d"), "a b\nc d", 0, id="an optional block kept"),
        pytest.param(gold("~ a b"), "", 1, id="only optional blocks: the empty text is passed over"),
        pytest.param(gold("~ a b"), "a b", 0, id="only optional blocks, kept"),
        pytest.param(gold("a", "~ b", "~ c", "~ d", "~ e", "~ f"), "a c", 2 / 3, id="five optional blocks: 4/6 beats 1/1"),
        pytest.param(gold("a\tb"), "a b", 2, id="a single tab joins words of the gold"),
        pytest.param(gold("a \tb"), "a b", 0, id="two white-space characters separate them"),
        pytest.param(gold("a b"), "a\tb", 0, id="any white space separates words of the output"),
        pytest.param(gold("a\nb"), "a\nb", 0, id="so does a line break of the gold"),
    ],
)
def test_the_word_error_rate_is_as_counted_by_hand(reference: Gold, output: str, expected: float) -> None:
    assert score(reference, output)["wer"] == pytest.approx(expected, nan_ok=True)


def test_each_value_over_pages_is_the_mean_over_the_pages_where_it_is_defined() -> None:
    pages = [(gold("a b", "c"), "a b\nc"), (gold("a b"), "x"), (gold("a"), ""), (gold(), "x")]
    counts = np.array([FUNDUS.count(Case(GoldTokens(reference), output)) for reference, output in pages], dtype=np.float64)
    assert {name: float(value[0]) for name, value in FUNDUS.pooled(counts).items()} == pytest.approx(
        {
            "f1": 1 / 4,
            "precision": 1 / 4,
            "recall": 1 / 4,
            "paragraph_f1": 1,  # defined on the first page alone
            "paragraph_precision": (1 + 0 + 0) / 3,
            "paragraph_recall": (1 + 0 + 0) / 3,
            "wer": (0 + 1 + 1) / 3,
        }
    )


def test_every_value_that_may_be_undefined_has_a_reason_and_the_error_rate_its_direction() -> None:
    undefined = {name for name, value in score(gold(), "").items() if math.isnan(value)}
    assert undefined == set(FUNDUS.reasons)
    assert FUNDUS.lower_is_better == FUNDUS.unbounded == {"wer"}
    assert FUNDUS.lacks is None


# Against the source's rules


def allowed(reference: Gold) -> Iterator[list[str]]:
    """The gold texts, in the source's order: the optional blocks left out run through their power set, or all or none."""
    optional = [number for number, block in enumerate(reference.blocks) if not block.required]
    sizes: Iterable[int] = range(len(optional) + 1) if len(optional) <= 4 else (0, len(optional))
    for out in itertools.chain.from_iterable(itertools.combinations(optional, size) for size in sizes):
        yield [block.text for number, block in enumerate(reference.blocks) if number not in out]


def divided(top: float, bottom: float) -> float:
    return top / bottom if bottom else NAN


SCORER = rouge_scorer.RougeScorer(["rougeLsum"], split_summaries=True)


def as_published(reference: Gold, body: Sequence[str]) -> dict[str, float]:
    """The rules of dobbersc/fundus-evaluation @d43db54, scorers.py and utils.py, with the packages that it calls."""
    text = "\n\n".join(body)
    rouges, matches, errors = [], [], []
    for blocks in allowed(reference):
        whole = "\n\n".join(blocks)
        with mock.patch.object(nltk, "sent_tokenize", sentences):  # held against NLTK's own in another file
            rouges.append(SCORER.score(whole, text)["rougeLsum"])
        both = Counter(blocks) & Counter(body)
        precision, recall = divided(both.total(), len(body)), divided(both.total(), len(blocks))
        matches.append((precision, recall, divided(2 * precision * recall, precision + recall)))
        if whole.split():  # else jiwer 3.0.3 raises
            errors.append(jiwer.wer(whole, text))
    best, match = max(rouges, key=lambda found: found.fmeasure), max(matches, key=lambda found: found[2])
    return {
        "f1": best.fmeasure,
        "precision": best.precision,
        "recall": best.recall,
        "paragraph_f1": match[2],
        "paragraph_precision": match[0],
        "paragraph_recall": match[1],
        "wer": min(errors, default=NAN),
    }


WORD = st.sampled_from(["a", "b", "c", "A.", "b!", "Mr.", "the", "é", "x-y", "“a.”"])
PARAGRAPH = st.lists(WORD, min_size=1, max_size=6).map(" ".join)
GOLDS = st.lists(st.builds(Block, PARAGRAPH, st.booleans()), max_size=6).map(lambda blocks: Gold(tuple(blocks)))


@settings(deadline=None, max_examples=300)
@given(reference=GOLDS, body=st.lists(PARAGRAPH, max_size=6))
def test_all_values_are_what_the_source_s_rules_give(reference: Gold, body: list[str]) -> None:
    assert score(reference, "\n\n".join(body)) == pytest.approx(as_published(reference, body), abs=1e-9, nan_ok=True)


@settings(deadline=None, max_examples=300)
@given(gold_text=st.text("ab \t\n\xa0\u3000.", max_size=30), body=st.lists(PARAGRAPH, max_size=4))
def test_words_of_the_gold_are_those_of_jiwer(gold_text: str, body: list[str]) -> None:
    lines = [line for line in gold_text.split("\n") if line.strip()]
    expected = as_published(Gold(tuple(map(Block, lines))), body)["wer"]
    assert score(Gold((Block(gold_text),)), "\n".join(body))["wer"] == pytest.approx(expected, abs=1e-9, nan_ok=True)


ANY = st.text(st.characters(exclude_categories=[]), max_size=30)


@settings(deadline=None, max_examples=300)
@given(reference=st.lists(st.builds(Block, ANY, st.booleans()), max_size=4), output=ANY)
def test_any_text_is_counted(reference: list[Block], output: str) -> None:
    counts = FUNDUS.count(Case(GoldTokens(Gold(tuple(reference))), output))
    assert len(counts) == len(FUNDUS.fields)
    assert all(math.isfinite(number) and number >= 0 for number in counts)


# The reader


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "results", write=True) as opened:
        yield opened


RECORDS = {
    "Two_0.html.gz": {
        "body": ["Words of two.", "[Agencies]", "[", "[x", " ", "[]"],
        "url": "https://news.two.co.uk/x",
        "crawl_date": "2024-02-28 13:06:44.083593",
    },
    "One_0.html.gz": {"body": ["Words of one."], "url": ""},
}


def write(root: Path, records: Mapping[str, object] | str | bytes, pages: Mapping[str, bytes | None] | None = None) -> Path:
    """Write a set in the source's layout; pages by file name, None for none."""
    (root / "html").mkdir(parents=True)
    text = records if isinstance(records, str | bytes) else json.dumps(records)
    (root / "ground_truth.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    whole = {name: gzip.compress(b"<p>" + name[:3].encode()) for name in RECORDS}
    for name, page in {**whole, **(pages or {})}.items():
        if page is not None:
            path = root / "html" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(page)
    return root


def ids(corpus: Corpus) -> list[str]:
    return [facts.id for facts in corpus.facts]


def broken(corpus: Corpus) -> list[tuple[str, str]]:
    return [(str(one.file.relative_to(corpus.root)), one.reason) for one in corpus.broken]


@pytest.mark.parametrize("below", ["", "dataset"])
def test_a_set_is_recognised_as_the_repository_and_as_its_dataset_folder(tmp_path: Path, store: Store, below: str) -> None:
    write(tmp_path / "set" / below, RECORDS)
    corpus = load(tmp_path / "set", store)
    assert (corpus.format, ids(corpus), broken(corpus)) == ("fundus-evaluation", ["One_0.html.gz", "Two_0.html.gz"], [])


def test_a_paragraph_is_a_block_and_one_in_square_brackets_is_optional(tmp_path: Path, store: Store) -> None:
    corpus = load(write(tmp_path / "set", RECORDS), store)
    assert corpus.gold(0).blocks == (Block("Words of one."),)
    assert corpus.gold(1).blocks == (Block("Words of two."), Block("Agencies", required=False), Block("["), Block("[x"))


def test_a_page_is_news_in_utf_8_with_its_url_site_and_time(tmp_path: Path, store: Store) -> None:
    corpus = load(write(tmp_path / "set", RECORDS), store)
    one, two = corpus.page(0), corpus.page(1)
    assert (one.html, two.html) == (b"<p>One", b"<p>Two")
    assert (one.encoding, one.kind, one.url, one.site, one.captured_at) == ("utf-8", "news", None, "One_0.html.gz", None)
    assert (two.url, two.site) == ("https://news.two.co.uk/x", "two.co.uk")
    assert two.captured_at == datetime(2024, 2, 28, 13, 6, 44, 83593, tzinfo=UTC)


@pytest.mark.parametrize("moment", [None, 7, "", "yesterday", "2024-02-30 00:00:00"])
def test_a_time_that_cannot_be_read_is_none(tmp_path: Path, store: Store, moment: object) -> None:
    records = {"One_0.html.gz": {"body": ["x"], "crawl_date": moment}}
    page = load(write(tmp_path / "set", records, {"Two_0.html.gz": None}), store).page(0)
    assert page.captured_at is None


BODY = {"body": ["Words."], "url": "https://bad.example/"}
WHOLE = gzip.compress(b"<p>bad")
BAD = "Bad_0.html.gz"


@pytest.mark.parametrize(
    ("record", "page", "reason"),
    [
        pytest.param([], WHOLE, f"ground_truth.json: record {BAD} must be an object", id="a list for a record"),
        pytest.param(None, WHOLE, f"ground_truth.json: record {BAD} must be an object", id="null for a record"),
        pytest.param({}, WHOLE, f"ground_truth.json: record {BAD} has no body of paragraphs", id="no text"),
        pytest.param({"body": "x"}, WHOLE, f"ground_truth.json: record {BAD} has no body of paragraphs", id="a text"),
        pytest.param({"body": [1]}, WHOLE, f"ground_truth.json: record {BAD} has no body of paragraphs", id="a number in it"),
        pytest.param({"body": []}, WHOLE, f"ground_truth.json: record {BAD} has an empty gold", id="no paragraphs"),
        pytest.param({"body": [" ", "[]"]}, WHOLE, f"ground_truth.json: record {BAD} has an empty gold", id="blank ones"),
        pytest.param(BODY, None, f"html/{BAD}: missing page", id="no page"),
        pytest.param(BODY, b"<p>bad", f"html/{BAD}: cannot be read: damaged gzip", id="a page that is not gzip"),
        pytest.param(BODY, WHOLE[:-9], f"html/{BAD}: cannot be read: damaged gzip", id="a page cut off"),
    ],
)
def test_a_broken_record_is_listed_and_all_others_are_used(
    tmp_path: Path, store: Store, record: object, page: bytes | None, reason: str
) -> None:
    corpus = load(write(tmp_path / "set", {**RECORDS, BAD: record}, {BAD: page}), store)
    assert ids(corpus) == sorted(RECORDS)
    assert len(corpus.broken) == 1
    assert str(corpus.broken[0]).startswith(f"{corpus.root}/{reason}")


@pytest.mark.parametrize("page_id", ["../outside.html.gz", "sub/one.html.gz", "..", "a\x00b", "a" * 300, "\ud800", ""])
def test_an_id_that_is_no_file_name_is_a_broken_record(tmp_path: Path, store: Store, page_id: str) -> None:
    pages = {"../outside.html.gz": gzip.compress(b"secret"), "sub/one.html.gz": gzip.compress(b"secret")}
    corpus = load(write(tmp_path / "set", {**RECORDS, page_id: BODY}, pages), store)
    assert ids(corpus) == sorted(RECORDS)
    assert len(corpus.broken) == 1


def test_a_page_without_gold_and_an_id_told_twice_are_broken(tmp_path: Path, store: Store) -> None:
    truth = json.dumps(RECORDS)[:-1] + ', "One_0.html.gz": {"body": ["Other."], "body": ["Third."]}}'
    corpus = load(write(tmp_path / "set", truth, {BAD: WHOLE}), store)
    assert broken(corpus) == [
        ("ground_truth.json", "duplicate id One_0.html.gz"),
        (f"html/{BAD}", f"page for no gold; ground_truth.json has no {BAD}"),
    ]


@pytest.mark.parametrize(
    ("truth", "reason"),
    [
        pytest.param("", "unreadable JSON", id="nothing"),
        pytest.param("{", "unreadable JSON", id="cut off"),
        pytest.param(b"\xff\xfe{\x00}\x00", "unreadable JSON", id="not UTF-8"),
        pytest.param("[" * 100_000, "unreadable JSON", id="nested too deeply"),
        pytest.param("[]", "must be an object of records by id", id="a list"),
        pytest.param("null", "must be an object of records by id", id="null"),
    ],
)
def test_a_file_of_records_that_cannot_be_read_is_one_error(
    tmp_path: Path, store: Store, truth: str | bytes, reason: str
) -> None:
    root = write(tmp_path / "set", truth)
    with pytest.raises(CorpusError) as problem:
        load(root, store)
    assert str(problem.value).startswith(f"{root / 'ground_truth.json'}: {reason}")


def test_the_set_has_no_splits(tmp_path: Path, store: Store) -> None:
    with pytest.raises(UsageError, match="has no splits"):
        load(write(tmp_path / "set", RECORDS), store, split="dev")


# The set itself


@pytest.fixture(scope="module")
def real(datasets: Path) -> Path:
    """The set as unpacked from upstream, or a skip."""
    folder = datasets / "fundus-evaluation"
    if not folder.is_dir():
        pytest.skip("the set fundus-evaluation is not unpacked to .datasets (see CONTRIBUTING.md)")
    return folder


@pytest.mark.pages
@pytest.mark.parametrize(
    ("number", "page_id", "sha256", "tokens"),
    [
        (0, "APNews_0.html.gz", "9f4b3a63936a874e", 476),
        (9, "CNBC_4.html.gz", "5e7148cfe3003666", 187),
        (-1, "iNews_4.html.gz", "8595e953b750e0cd", 3305),
    ],
)
def test_the_real_set_has_its_first_tenth_and_last_record(
    real: Path, number: int, page_id: str, sha256: str, tokens: int
) -> None:
    name, reader = recognise(real)
    assert (name, reader.ids()[number]) == ("fundus-evaluation", page_id)
    assert hashlib.sha256(reader.page(page_id).html).hexdigest().startswith(sha256)
    assert len(tokenise(reader.gold(page_id).text)) == tokens


@pytest.mark.pages
def test_every_record_of_the_real_set_can_be_used(real: Path, store: Store) -> None:
    corpus = load(real, store)
    golds = [corpus.gold(number) for number in range(len(corpus))]
    assert (len(corpus), broken(corpus), len({facts.site for facts in corpus.facts})) == (80, [], 16)
    blocks = [block for gold in golds for block in gold.blocks]
    assert (len(blocks), sum(not block.required for block in blocks)) == (2205, 106)


SCORES = {"rouge_lsum": "", "paragraph_match": "paragraph_", "wer": ""}
"""The source's score files, and how the names of their columns begin here."""


@pytest.fixture(scope="module")
def published(real: Path) -> dict[tuple[str, str], dict[str, float]]:
    """The source's own scores by extractor and page."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for name, start in SCORES.items():
        with (real / "dataset" / "scores" / f"{name}.tsv").open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines, delimiter="\t"):
                key = row.pop("scraper"), row.pop("article")
                values = {f"{start}{column.removesuffix('_score')}": float(text or "nan") for column, text in row.items()}
                found.setdefault(key, {}).update(values)
    return found


@pytest.fixture(scope="module")
def tokens(real: Path) -> dict[str, GoldTokens]:
    _, reader = recognise(real)
    return {page_id: GoldTokens(reader.gold(page_id)) for page_id in reader.ids()}


def stored(real: Path, name: str) -> dict[str, str]:
    """An extractor's stored outputs as texts: paragraphs with a blank line between."""
    records: dict[str, Any] = json.loads((real / "dataset" / "extractions" / f"{name}.json").read_text(encoding="utf-8"))
    texts = {page_id: "\n\n".join(record["body"]) for page_id, record in records.items()}
    for page_id, record in records.items():
        assert [line for line in texts[page_id].split("\n") if line] == record["body"], "the text holds the same paragraphs"
    return texts


# P, R and F1 of ROUGE-LSum in percent: README of dobbersc/fundus-evaluation @d43db54, v0.2.0, of the outputs in the set.
README = {
    "fundus": (99.89, 96.75, 97.69),
    "trafilatura": (93.91, 96.85, 93.62),
    "newsplease": (97.95, 91.89, 93.39),
    "justext": (86.51, 90.23, 86.96),
    "boilerpipe": (82.89, 82.11, 79.90),
}


@pytest.mark.pages
def test_the_set_s_outputs_are_those_with_published_scores(real: Path, published: dict[tuple[str, str], Any]) -> None:
    names = {path.stem for path in (real / "dataset" / "extractions").glob("*.json")}
    assert names == {name for name, _ in published} == set(README)


@pytest.mark.pages
@pytest.mark.parametrize("name", README)
def test_every_page_of_a_stored_output_scores_as_published(
    real: Path, name: str, published: dict[tuple[str, str], dict[str, float]], tokens: dict[str, GoldTokens]
) -> None:
    texts = stored(real, name)
    assert len(texts) == 80
    counts = np.array([FUNDUS.count(Case(tokens[page_id], text)) for page_id, text in texts.items()], dtype=np.float64)
    values = FUNDUS.per_page(counts)
    for number, page_id in enumerate(texts):
        ours = {value: float(values[value][number]) for value in FUNDUS.values}
        assert ours == pytest.approx(published[name, page_id], abs=1e-9, nan_ok=True), page_id
    means = {value: 100 * float(mean[0]) for value, mean in FUNDUS.pooled(counts).items()}
    assert tuple(f"{means[value]:.2f}" for value in ("precision", "recall", "f1")) == tuple(
        f"{one:.2f}" for one in README[name]
    )
