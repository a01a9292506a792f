"""Regions against pages that a reader marked by hand, the tables of rules, and the sums that rest on them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from bench import plugins
from bench.alignment import Case, GoldTokens
from bench.attribution import Fate
from bench.corpus import builtin, recognise
from bench.encoding import codec_of
from bench.extract import PageInput
from bench.metric import Metric
from bench.metrics import kept, leaks, losses
from bench.page_text import PageText
from bench.regions import ELEMENTS, ENDS, HIDDEN, KINDS, LINKS, MAIN, OTHER, PARTS, REGIONS, RULES, by_heading, by_words
from bench.show import lay_out
from bench.text import tokenise

HERE = Path(__file__).parent
MARKED = sorted(path.stem for path in (HERE / "marked").glob("*.tsv"))
STRANGE = {"docs-retry-policy-en", "recipe-moqueca-pt"}
"""Sites whose class names are in no list: what is left when a page says little of itself."""
_, READER = recognise(builtin())


@cache
def page_text(page_id: str) -> PageText:
    page = READER.page(page_id)
    return PageText.of_page(page, page.html)


def marks(page_id: str) -> list[tuple[str, str]]:
    """The region and text of each node that a reader saw, in order."""
    lines = (HERE / "marked" / f"{page_id}.tsv").read_text(encoding="utf-8").split("\n")
    assert lines.pop() == ""
    found = []
    for line in lines:
        region, text = line.split("\t")
        found.append((region, text))
    return found


# Marked by hand


def test_pages_of_several_kinds_are_marked() -> None:
    assert len(MARKED) == 7
    assert set(MARKED) >= STRANGE
    assert set(MARKED) <= set(READER.ids())


@pytest.mark.parametrize("page_id", MARKED)
def test_what_is_marked_are_the_pages_text_nodes(page_id: str) -> None:
    assert [text for _, text in marks(page_id)] == [" ".join(place.text.split()) for place in page_text(page_id).places]


@pytest.mark.parametrize("page_id", MARKED)
def test_every_mark_is_a_region(page_id: str) -> None:
    assert {region for region, _ in marks(page_id)} <= set(REGIONS)


@pytest.mark.parametrize("page_id", MARKED)
def test_regions_are_those_that_a_reader_marked(page_id: str) -> None:
    right = words = 0
    missed: dict[tuple[str, str], int] = {}
    for (marked, text), place in zip(marks(page_id), page_text(page_id).places, strict=True):
        size = len(tokenise(text))
        words += size
        if marked == place.region:
            right += size
        else:
            missed[marked, place.region] = missed.get((marked, place.region), 0) + size
    least = 0.78 if page_id in STRANGE else 0.95
    assert right / words >= least, sorted(missed.items(), key=lambda item: -item[1])


def test_every_region_is_told_to_whoever_marks_a_page() -> None:
    told = set(re.findall(r"`([a-z ]+)`", (HERE / "marked" / "README.md").read_text(encoding="utf-8")))
    assert told >= set(REGIONS)


# The tables


def test_each_region_and_kind_has_one_name() -> None:
    for names in (REGIONS, KINDS):
        assert len(set(names)) == len(names)
        # They are titles of columns and parts of counts' names.
        assert all(re.fullmatch(r"[a-z]+( [a-z]+)*", name) for name in names)
    assert [rule.region for rule in RULES] == list(REGIONS[: len(RULES)])
    assert set(REGIONS[len(RULES) :]) == {LINKS, HIDDEN, OTHER}
    assert not {"repeated", "absent", "leaked", "lost"} & {*REGIONS, *KINDS}
    assert {*PARTS, *ENDS, MAIN} <= set(REGIONS)
    assert ENDS < PARTS
    assert set(ELEMENTS.values()) < set(KINDS)


COLUMNS = {"elements": " ", "roles": " ", "microdata": " ", "words": ",", "headings": ","}


def entries(column: str) -> list[tuple[str, str]]:
    """Every entry of a column, with its region."""
    return [
        (entry.strip(), rule.region)
        for rule in RULES
        for entry in getattr(rule, column).split(COLUMNS[column])
        if entry.strip()
    ]


@pytest.mark.parametrize("column", COLUMNS)
def test_no_entry_stands_twice(column: str) -> None:
    names = [entry for entry, _ in entries(column)]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(("entry", "region"), entries("words"), ids=lambda part: part.replace(" ", "_"))
def test_an_entry_of_words_makes_its_region(entry: str, region: str) -> None:
    assert entry == entry.casefold()
    name = entry.removeprefix("=").removesuffix("*")
    for spelt in (name.replace(" ", "-"), name.replace(" ", "_"), name.replace(" ", "-").upper()):
        assert by_words(spelt) == region
    if " " in name and name.isascii():
        first, *rest = name.split()
        assert by_words(first + "".join(part.capitalize() for part in rest)) == region
    if not entry.startswith("="):
        assert by_words(f"xyz-{name.replace(' ', '-')}") == region


@pytest.mark.parametrize(("entry", "region"), entries("headings"), ids=lambda part: part.replace(" ", "_"))
def test_an_entry_of_headings_makes_its_region(entry: str, region: str) -> None:
    for text in (entry, entry.upper(), entry.capitalize(), f"{entry}:", f"{entry} (12)"):
        assert by_heading(text) == region, text


# Words of classes


@pytest.mark.parametrize(
    ("names", "region"),
    [
        pytest.param("", None, id="nothing"),
        pytest.param("post-body entry wrapper", None, id="words of no part"),
        pytest.param("post-share", "share", id="a word among hyphens"),
        pytest.param("post_share", "share", id="a word among underscores"),
        pytest.param("c-article__share--top", "share", id="a word of a block, element and modifier"),
        pytest.param("postShare", "share", id="a word in camel case"),
        pytest.param("PostShareBox", "share", id="a word in Pascal case"),
        pytest.param("SHARE", "share", id="capitals"),
        pytest.param("HTMLShareBox", "share", id="capitals before a word"),
        pytest.param("share2", "share", id="a word before a number"),
        pytest.param("ad-300x250", "advertisement", id="a word before a size"),
        pytest.param("shareholder", None, id="a word inside a longer one"),
        pytest.param("heading shadow loading header-image-upload", None, id="short words inside longer ones"),
        pytest.param("advertisement-slot", "advertisement", id="a beginning"),
        pytest.param("cookiebanner", "consent", id="a beginning of a longer word"),
        pytest.param("mycookiebanner", None, id="a beginning in the middle of a word"),
        pytest.param("breadcrumbs", "breadcrumbs", id="a beginning and more"),
        pytest.param("search", "search", id="a name that is nothing else"),
        pytest.param("search-results", None, id="a name that is something else too"),
        pytest.param("page search", "search", id="one of two names that is nothing else"),
        pytest.param("entry-footer", None, id="a footer of an entry"),
        pytest.param("site-footer", "footer", id="a footer of the site"),
        pytest.param("entry-header", None, id="a header of an entry"),
        pytest.param("site-header", "header", id="a header of the site"),
        pytest.param("nav-links", "pagination", id="two words that mean more than the one"),
        pytest.param("links-nav", "navigation", id="the same two the other way round"),
        pytest.param("nav", "navigation", id="the one"),
        pytest.param("post-nav-links-top", "pagination", id="two words in a row among others"),
        pytest.param("nav-top-links", "navigation", id="two words that are not in a row"),
        pytest.param("navLinks", "pagination", id="two words in camel case"),
        pytest.param("related-posts comments", "comments", id="two regions: the rule that stands first"),
        pytest.param("newsletter-share", "share", id="two regions in one name: the rule that stands first"),
        pytest.param("kommentarbereich", "comments", id="German"),
        pytest.param("commentaires", "comments", id="French"),
        pytest.param("comentários", "comments", id="Portuguese, with an accent"),
        pytest.param("thèmes", "tags", id="French, with an accent"),
        pytest.param("\u202eshare 中文", "share", id="strange characters about"),
    ],
)
def test_classes_speak_of_a_region(names: str, region: str | None) -> None:
    assert by_words(names) == region


@pytest.mark.parametrize(
    ("text", "region"),
    [
        pytest.param("", None, id="nothing"),
        pytest.param("How bread rises", None, id="a heading of the text"),
        pytest.param("Comments", "comments", id="a word"),
        pytest.param("Comments (12)", "comments", id="with a number"),
        pytest.param("COMMENTS", "comments", id="capitals"),
        pytest.param("12 comments", None, id="not at the beginning"),
        pytest.param("Related articles", "related", id="the beginning"),
        pytest.param("You may also like", "related", id="several words"),
        pytest.param("Don\N{RIGHT SINGLE QUOTATION MARK}t miss", "related", id="a typographic apostrophe"),
        pytest.param("Don't miss", "related", id="a typewriter's"),
        pytest.param("À LIRE AUSSI", "related", id="French capitals"),
        pytest.param("Mehr zum Thema Boote", "related", id="German"),
        pytest.param("相关阅读", "related", id="Chinese, without a space after it"),
        pytest.param("コメント一覧", "comments", id="Japanese, without a space after it"),
        pytest.param("Комментарии: 5", "comments", id="Russian"),
        pytest.param("Newsletter-Anmeldung", "newsletter", id="a hyphen after it"),
        pytest.param("In this article", "contents", id="a table of contents"),
        # A longer word that only begins so is another word.
        pytest.param("Inhaltsstoffe", None, id="ingredients are no contents"),
        pytest.param("Tagsüber geöffnet", None, id="by day is no tags"),
        pytest.param("Teilenummer", None, id="a part number is no sharing"),
        pytest.param("Shareholders approve the merger", None, id="shareholders are no sharing"),
        pytest.param("Popularity of rye bread", None, id="popularity is no list of what is popular"),
    ],
)
def test_a_heading_speaks_of_a_region(text: str, region: str | None) -> None:
    assert by_heading(text) == region


# Sums

EXTRACTORS = ["everything", "readability-lxml"]


@cache
def extractor(name: str) -> Callable[[PageInput], str | None]:
    made: Callable[[PageInput], str | None] = plugins.load("extractors", name).extractor()
    return made


@cache
def case_of(page_id: str, name: str) -> Case:
    page = READER.page(page_id)
    html = page.html
    output = extractor(name)(PageInput(html, codec_of(html, page.encoding), page.encoding is not None, page.url))
    return Case(GoldTokens(READER.gold(page_id), lambda: page_text(page_id)), output or "")


def counted(metric: Metric, case: Case) -> dict[str, float]:
    return dict(zip(metric.fields, metric.count(case), strict=True))


@pytest.mark.parametrize("name", EXTRACTORS)
@pytest.mark.parametrize("page_id", READER.ids())
def test_leaks_and_losses_by_place_add_up_to_the_counts_of_kept(page_id: str, name: str) -> None:
    case = case_of(page_id, name)
    of_kept, of_leaks, of_losses = (counted(one.METRIC, case) for one in (kept, leaks, losses))
    assert of_leaks["output"] == len(case.tokens)
    assert of_leaks["leaked"] == of_kept["leaked"]
    assert sum(of_leaks[f"leaked {place}"] for place in (*REGIONS, "repeated", "absent")) == of_kept["leaked"]
    assert sum(of_losses[f"lost {place}"] for place in (*KINDS, "absent")) == of_kept["lost"]
    assert sum(of_losses[f"required {place}"] for place in (*KINDS, "absent")) == of_kept["kept"] + of_kept["lost"]
    assert all(of_leaks[f"leaked {region}"] <= of_leaks[f"boilerplate {region}"] for region in REGIONS)


@pytest.mark.parametrize("name", EXTRACTORS)
@pytest.mark.parametrize("page_id", READER.ids())
def test_what_is_shown_of_a_page_adds_up_to_the_counts_of_kept(page_id: str, name: str) -> None:
    case = case_of(page_id, name)
    shown = lay_out(case)
    of_kept = counted(kept.METRIC, case)
    apart = sum(len(run.split()) for run in (*shown.repeated, *shown.absent))
    assert shown.counts["leaked"] + apart == of_kept["leaked"]
    assert shown.counts["lost"] + sum(len(run.split()) for run in shown.off_page) == of_kept["lost"]
    assert shown.counts["kept"] <= of_kept["kept"]
    assert sum(shown.counts.values()) == len(page_text(page_id).tokens)
    assert list(shown.counts) == [fate.name.lower() for fate in Fate]


def test_by_the_rules_most_of_what_the_whole_page_leaks_has_a_name() -> None:
    # Else a breakdown by region would say nothing: no place, or the main text's.
    totals = dict.fromkeys(leaks.METRIC.fields, 0.0)
    for page_id in READER.ids():
        for name, count in counted(leaks.METRIC, case_of(page_id, "everything")).items():
            totals[name] += count
    unnamed = sum(totals[f"leaked {place}"] for place in (OTHER, "repeated", "absent"))
    assert unnamed < 0.2 * totals["leaked"]
