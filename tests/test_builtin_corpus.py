"""The built-in corpus is what its card says."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, Said
from markdown_it import MarkdownIt

from bench.alignment import Spelt
from bench.corpus import builtin, recognise
from bench.encoding import codec_of
from bench.extract import PageInput
from bench.markup import to_text
from bench.model import Gold, Page
from bench.text import tokenise

_, READER = recognise(builtin())
IDS = list(READER.ids())
PAGES = [READER.page(page_id) for page_id in IDS]
KINDS = {
    "news": 14, "blog": 6, "forum": 6, "documentation": 6, "product": 5, "listing": 4, "service": 4, "encyclopedia": 4,
    "recipe": 2, "press": 2, "liveblog": 2, "interview": 2, "abstract": 1, "job": 1, "legal": 1,
}  # fmt: skip
LANGUAGES = {
    "en": 24, **dict.fromkeys(["de", "fr", "es", "ru", "zh", "ja", "ar", "hi", "pt"], 3),
    **dict.fromkeys(["th", "he", "ko", "tr", "pl", "fi", "vi", "el", "uk"], 1),
}  # fmt: skip
TRAPS = [
    "related-in-body", "next-article", "repeated-headline", "teaser-paragraphs", "long-comments", "large-consent", "paywall",
    "pull-quote", "captions", "credits", "content-table", "layout-table", "code", "nested-list", "footnotes", "definition-list",
    "hidden-tabs", "accordion", "noscript", "lazy-text", "duplicate-print", "duplicate-mobile", "ad-in-paragraph", "ad-in-body",
    "share-in-body", "live-timestamps", "author-bio", "newsletter", "breadcrumbs", "read-also", "empty",
]  # fmt: skip
ENCODINGS = {"utf-8", "cp1252", "cp932", "gb18030", "cp1251", "iso8859-2", "utf-16-le"}
SCRIPTED = "embedded-json"
"""Tag of pages whose text a script puts there: a browser shows it, a parser does not."""


@pytest.fixture(params=IDS)
def page(request: pytest.FixtureRequest) -> Page:
    return READER.page(request.param)


@pytest.fixture
def gold(page: Page) -> Gold:
    return READER.gold(page.id)


def markup(page: Page) -> str:
    return PageInput(page.html, codec_of(page.html, page.encoding), page.encoding is not None, None).text


def visible(page: Page) -> str:
    return to_text(markup(page))


def test_the_corpus_is_the_repositorys_own() -> None:
    assert builtin() == ROOT
    assert READER.strays() == []


def test_the_corpus_has_the_kinds_and_languages_of_its_card() -> None:
    assert Counter(page.kind for page in PAGES) == KINDS
    assert Counter(str(page.language).partition("-")[0] for page in PAGES) == LANGUAGES


def test_sites_are_many_and_none_has_more_than_three_pages() -> None:
    sites = Counter(page.site for page in PAGES)
    assert len(sites) >= 24
    assert max(sites.values()) <= 3


@pytest.mark.parametrize("trap", TRAPS)
def test_every_trap_stands_on_two_pages_at_least(trap: str) -> None:
    assert sum(trap in page.tags for page in PAGES) >= 2


def test_pages_are_in_the_encodings_of_the_web_and_sizes_from_8_to_400_kilobytes() -> None:
    found = {codec_of(page.html, page.encoding) for page in PAGES}
    assert found >= ENCODINGS
    sizes = sorted(len(page.html) for page in PAGES)
    assert 6_000 < sizes[0] < 9_000
    assert 390_000 < sizes[-1] < 420_000


def test_metadata_names_licence_provenance_and_the_bytes(page: Page) -> None:
    assert page.licence == "CC-BY-4.0"
    assert "Written for this corpus" in page.extra["provenance"]
    assert page.extra["sha256"] == hashlib.sha256(page.html).hexdigest()
    assert page.site is not None
    assert page.site.endswith(".example")


def test_a_page_can_be_read_in_its_encoding(page: Page) -> None:
    assert "\ufffd" not in page.html.decode(codec_of(page.html, page.encoding))


def test_gold_stands_in_the_page_word_for_word_and_in_order(page: Page, gold: Gold) -> None:
    if SCRIPTED in page.tags:
        pytest.skip("a script puts its text there; a browser test looks")
    tokens = tokenise(gold.text)
    assert Spelt(tokens).common(tokenise(visible(page))) == len(tokens)


def test_gold_leaves_out_some_of_the_page_and_keeps_some(page: Page, gold: Gold) -> None:
    if SCRIPTED in page.tags:
        pytest.skip("a script puts its text there")
    share = len(tokenise(gold.text)) / len(tokenise(visible(page)))
    if "empty" in page.tags:
        assert share == 0
    else:
        assert (0.05 if "large-consent" in page.tags else 0.2) < share < 0.85


def test_snippets_to_keep_are_in_required_gold_and_snippets_to_drop_only_in_the_page(page: Page, gold: Gold) -> None:
    def folded(text: str) -> str:
        return re.sub(r"\s+", " ", text)

    required = folded(" ".join(block.text for block in gold.blocks if block.required))
    everything, whole = folded(gold.text), folded(markup(page) if SCRIPTED in page.tags else visible(page))
    assert 3 <= len(gold.keep) <= 6 or not gold.blocks
    assert 3 <= len(gold.drop) <= 6
    assert [snippet for snippet in gold.keep if snippet not in required] == []
    assert [snippet for snippet in gold.drop if snippet in everything or snippet not in whole] == []


def test_markdown_gold_has_the_words_of_the_required_blocks(page: Page, gold: Gold) -> None:
    if gold.markdown is None:
        pytest.skip("plain text alone")
    words = tokenise(to_text(f"<body>{MarkdownIt('commonmark').enable('table').render(gold.markdown)}</body>"))
    required = [token for block in gold.blocks if block.required for token in tokenise(block.text)]
    if "formulas" in page.tags:  # TeX has other words than the signs that a page shows
        assert Spelt(words).common(required) > 0.8 * len(required)
    else:
        assert words == required


def test_pages_with_structure_have_markdown_gold() -> None:
    structured = {"code", "content-table", "definition-list", "formulas", "nested-list"}
    plain = [page.id for page in PAGES if structured & set(page.tags) and READER.gold(page.id).markdown is None]
    assert plain == []


def test_two_parsers_see_the_same_text(page: Page) -> None:
    lexbor = pytest.importorskip("selectolax.lexbor", reason="pip install 'boilerbench[selectolax]'")
    if "parsers-differ" in page.tags:
        pytest.skip("its tag says that they do not")
    # What a parser that runs no scripts does with <noscript> is up to it, and options of a menu are no text.
    silent = re.compile(r"<noscript\b.*?</noscript\s*>", re.DOTALL | re.IGNORECASE)
    text = silent.sub("", markup(page))
    tree = lexbor.LexborHTMLParser(text)
    for node in tree.css("script, style, template, title, textarea, iframe"):
        node.decompose()
    document = set(tokenise(tree.root.text(separator=" ")))
    title = re.search(r"<title>(.*?)</title>", text, re.DOTALL | re.IGNORECASE)
    seen, titled = set(tokenise(to_text(text))), set(tokenise(title[1] if title else ""))
    assert seen - titled <= document <= seen


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


def test_the_table_of_the_card_is_what_is_counted(bench: Callable[..., Said]) -> None:
    card = (ROOT / "corpus" / "README.md").read_text(encoding="utf-8")
    table = card.partition("<!-- bench corpus -->\n")[2].partition("<!-- /bench corpus -->")[0]
    assert table == bench("corpus", "--format", "markdown").out


EXAMPLES = [
    pytest.param(*cells, id=cells[0])
    for line in (ROOT / "docs" / "guideline.md").read_text(encoding="utf-8").partition("## Examples")[2].splitlines()
    if len(cells := [cell.strip() for cell in line.strip("|").split("|")]) == 4 and cells[1].startswith("`")
]


@pytest.mark.parametrize(("what", "page_id", "words", "answer"), EXAMPLES)
def test_the_examples_of_the_guideline_are_what_the_golds_say(what: str, page_id: str, words: str, answer: str) -> None:
    page = READER.page(page_id.strip("`"))
    gold = READER.gold(page.id)
    held = [block for block in gold.blocks if words in " ".join(block.text.split())]
    # What a pull quote repeats stands in a paragraph, too.
    marks = {block.required for block in [one for one in held if " ".join(one.text.split()) == words] or held}
    found = {frozenset({True}): "required", frozenset({False}): "optional", frozenset(): "out"}.get(frozenset(marks), "mixed")
    assert words in " ".join(visible(page).split()) or words in " ".join(gold.text.split()), what
    assert found == answer, what
