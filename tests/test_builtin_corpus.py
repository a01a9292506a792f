"""The built-in corpus is what its card says."""

from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT

from bench.alignment import Spelt
from bench.corpus import builtin, recognise
from bench.encoding import codec_of
from bench.extract import PageInput
from bench.markup import to_text
from bench.model import Gold, Page
from bench.text import tokenise

_, READER = recognise(builtin())
IDS = list(READER.ids())


@pytest.fixture(params=IDS)
def page(request: pytest.FixtureRequest) -> Page:
    return READER.page(request.param)


@pytest.fixture
def gold(page: Page) -> Gold:
    return READER.gold(page.id)


def visible(page: Page) -> str:
    return to_text(PageInput(page.html, codec_of(page.html), False, None).text)


def test_the_corpus_is_the_repositorys_own() -> None:
    assert builtin() == ROOT
    assert READER.strays() == []


def test_pages_differ_in_site_and_cover_several_kinds_and_languages() -> None:
    pages = [READER.page(page_id) for page_id in IDS]
    assert len({page.site for page in pages}) == len(pages)
    assert len({page.language for page in pages}) >= 4
    assert len({page.kind for page in pages}) >= 8


def test_metadata_names_licence_provenance_and_the_bytes(page: Page) -> None:
    assert page.licence == "CC-BY-4.0"
    assert "Written for this corpus" in page.extra["provenance"]
    assert page.extra["sha256"] == hashlib.sha256(page.html).hexdigest()
    assert page.site is not None
    assert page.site.endswith(".example")


def test_a_page_is_as_large_as_a_real_one(page: Page) -> None:
    assert 15_000 <= len(page.html) <= 80_000


def test_a_page_declares_the_encoding_that_it_is_in(page: Page) -> None:
    assert "\ufffd" not in page.html.decode(codec_of(page.html))


def test_gold_stands_in_the_page_word_for_word_and_in_order(page: Page, gold: Gold) -> None:
    tokens = tokenise(gold.text)
    assert Spelt(tokens).common(tokenise(visible(page))) == len(tokens)


def test_gold_leaves_out_some_of_the_page_and_keeps_some(page: Page, gold: Gold) -> None:
    share = len(tokenise(gold.text)) / len(tokenise(visible(page)))
    assert 0.2 < share < 0.8


def test_snippets_to_keep_are_in_required_gold_and_snippets_to_drop_only_in_the_page(page: Page, gold: Gold) -> None:
    def folded(text: str) -> str:
        return re.sub(r"\s+", " ", text)

    required = folded(" ".join(block.text for block in gold.blocks if block.required))
    everything, whole = folded(gold.text), folded(visible(page))
    assert 3 <= len(gold.keep) <= 6
    assert 3 <= len(gold.drop) <= 6
    assert [snippet for snippet in gold.keep if snippet not in required] == []
    assert [snippet for snippet in gold.drop if snippet in everything or snippet not in whole] == []


def test_the_news_portal_reads_like_a_captured_news_page(page: Page) -> None:
    if page.id != "news-harbour-pact-en":
        return
    lines = [line.strip() for line in visible(page).splitlines() if line.strip()]
    headline = READER.gold(page.id).title
    order = [
        "Left Menu", headline, "Updated:", headline, "Image Credit:", "Country:", "(With inputs from agencies.)", "TRENDING",
        "OPINION / BLOG / INTERVIEW", "Latest News", "Connect us on", "SECTORS", "EDITIONS", "OTHER LINKS", "OTHER PRODUCTS",
    ]  # fmt: skip
    places, start = [], 0
    for mark in order:
        start = next((n for n in range(start, len(lines)) if str(mark).casefold() in lines[n].casefold()), -1)
        assert start >= 0, f"{mark!r} does not follow in the page"
        places.append(start)
        start += 1
    trending = lines[places[7] : places[8]]
    assert sum(trending.count(title) == 2 for title in set(trending)) >= 3, "every trending title stands twice"


def test_the_wheel_carries_the_corpus() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    inside = Path("bench") / "builtin"
    assert build["force-include"]["corpus"] == str(inside / "corpus")
    assert build["force-include"]["gold"] == str(inside / "gold")
