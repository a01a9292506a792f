"""A page's visible words, and for each the kind of its element and the region of the page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bench.model import Captured, Page
from bench.page_text import PageText
from bench.regions import KINDS, REGIONS, RULES, by_words
from bench.text import tokenise

quick = settings(deadline=None, max_examples=150)


def words(markup: str) -> str:
    return " ".join(PageText.of_markup(markup).tokens)


def labels(markup: str, kind: str) -> dict[str, str]:
    """The `region` or `element` of each word; a word that stands twice has the last one's."""
    page = PageText.of_markup(markup)
    return dict(zip(page.tokens, page.labels(kind, np.arange(len(page.tokens))), strict=True))


def regions(markup: str) -> dict[str, str]:
    return labels(markup, "region")


FILLER = "<main><h1>Story</h1><p>" + "word " * 200 + "</p></main>"
"""Main text that outweighs whatever stands beside it."""


def body(*parts: str) -> str:
    """A whole page of a main part and these."""
    return f"<!doctype html><html><head><title>Site</title></head><body>{''.join(parts)}{FILLER}</body></html>"


# What is text


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param("<p>one</p><script>two</script>three", "one three", id="scripts are none"),
        pytest.param("<style>p {color: red}</style><p>one</p>", "one", id="styles are none"),
        pytest.param("<p>one</p><template><p>two</p></template>", "one", id="templates are none"),
        pytest.param("<p>one</p><iframe>two</iframe>", "one", id="frames are none"),
        pytest.param("<p>one<!-- two --> three</p>", "one three", id="comments are none"),
        pytest.param("<p>one<?php echo two ?> three</p>", "one three", id="processing instructions are none"),
        pytest.param("<p>one</p><object>two</object><video>three</video><canvas>four</canvas>", "one", id="fallbacks are none"),
        pytest.param("<p title=two>one <img alt=three></p>", "one", id="attributes are none"),
        pytest.param("<p>one</p><noscript><p>two</p></noscript>", "one two", id="noscript is text"),
        pytest.param(
            "<p>one</p><p hidden>two</p><p style='display:none'>three</p>", "one two three", id="hidden parts are text"
        ),
        pytest.param("<select><option>one<option>two</select>", "one two", id="options are text"),
        pytest.param("<label>one</label><textarea>two</textarea><button>three</button>", "one two three", id="forms are text"),
        pytest.param("<p>one</p><svg><text>two</text></svg>", "one two", id="text in a drawing is text"),
        pytest.param(
            "<p>one <svg><title>two</title><desc>three</desc><g><metadata>four</metadata></g></svg></p>",
            "one",
            id="what is said of a drawing is none",
        ),
        pytest.param(
            "<p>one <math><semantics><mi>two</mi><annotation>three</annotation><annotation-xml>four</annotation-xml>",
            "one two",
            id="a formula is text once, as it is drawn",
        ),
        pytest.param("<p>one <meter>two</meter><progress>three</progress></p>", "one", id="gauges are none"),
        pytest.param("<details><summary>one</summary>two</details>", "one two", id="closed details are text"),
        pytest.param("caf&eacute; &amp; th&#xe9; &#26085; &lt;b&gt;", "café thé 日 b", id="entities are read"),
        pytest.param("one&nbsp;two&mdash;three", "one two three", id="spaces and dashes by entity part words"),
        pytest.param("hy&shy;phen", "hyphen", id="soft hyphens part none"),
        pytest.param("<p>one &unknown; two &", "one unknown two", id="unknown entities stay as they are"),
        pytest.param("<p>one <![CDATA[two]]> three", "one three", id="character data sections are comments in HTML"),
        pytest.param("one", "one", id="a text without markup"),
        pytest.param("<p>one<p>two<li>three<td>four", "one two three four", id="unclosed elements"),
        pytest.param("</div></p>one</b> <i>two</b></i> three", "one two three", id="wrongly nested elements"),
        pytest.param("<p>one<b two", "one", id="a tag cut short"),
        pytest.param("<p>one\0two", "onetwo", id="null characters"),
        pytest.param("<p>one</p></body></html><p>two</p>", "one two", id="text after the end"),
        pytest.param("", "", id="nothing"),
        pytest.param("  \n ", "", id="white space"),
        pytest.param("<!-- only -->", "", id="a comment alone"),
        pytest.param("<html></html>", "", id="an empty document"),
    ],
)
def test_the_words_of_a_page_are_those_that_a_reader_sees(markup: str, expected: str) -> None:
    assert words(f"<body>{markup}" if markup.startswith(("<p", "<s", "<d", "<l")) else markup) == expected


@pytest.mark.parametrize("part", ["main", "article", "section", "header", "nav", "aside", "figure", "svg"])
def test_text_is_seen_where_the_tags_of_head_and_body_are_left_out(part: str) -> None:
    # HTML lets both be left out; a parser of older HTML takes newer elements for parts of the head.
    page = f"<!doctype html><meta charset=utf-8><title>Site</title><{part}><text>one</text></{part}><p>two</p>"
    assert words(page) == "site one two"


def test_the_documents_title_comes_first_and_is_told_apart() -> None:
    page = PageText.of_markup("<html><head><title>The site</title><style>x</style></head><body><p>one two</p></body></html>")
    assert page.tokens == ["the", "site", "one", "two"]
    assert page.lead == 2
    assert page.labels("region", np.array([0, 1, 2])) == ["title", "title", "main"]


@pytest.mark.parametrize(
    ("markup", "lead"),
    [("<body><p>one</p></body>", 0), ("<head><title>one</title></head>", 1), ("", 0), ("<head><title></title></head>a", 0)],
    ids=["no title", "nothing but a title", "nothing", "an empty title"],
)
def test_a_page_may_lack_a_title_or_have_nothing_else(markup: str, lead: int) -> None:
    assert PageText.of_markup(markup).lead == lead


def test_a_drawings_title_is_not_the_documents() -> None:
    page = PageText.of_markup("<html><head></head><body><svg><title>Icon</title></svg><p>one</p></body></html>")
    assert page.lead == 0
    assert "title" not in page.labels("region", np.arange(len(page.tokens)))
    page = PageText.of_markup(
        "<html><head><title>site</title></head><body><svg><title>Icon</title></svg><p>one</p></body></html>"
    )
    assert page.tokens == ["site", "one"]
    assert page.lead == 1
    assert "icon" in page.unseen


@pytest.mark.parametrize(
    ("markup", "blocks"),
    [
        ("<p>one <b>two</b></p><p>three</p>", ["one two", "three"]),
        ("one<br>two", ["one", "two"]),
        ("<p>one <svg><g><path></path></g><title>x</title></svg> two</p>", ["one two"]),
        ("<p>For <math><mrow><mi>n</mi><mo>&gt;</mo><mn>2</mn></mrow></math> it holds.</p>", ["For n>2 it holds."]),
        ("<p>one <script>x()</script>two</p>", ["one two"]),
        ("<p>one</p><svg><text>two</text></svg><p>three</p>", ["one", "two", "three"]),
    ],
    ids=["paragraphs", "a line break", "an icon in a line", "a formula in a line", "a script in a line", "a drawing between"],
)
def test_a_block_lies_between_two_elements_that_break_the_line(markup: str, blocks: list[str]) -> None:
    page = PageText.of_markup(f"<body>{markup}</body>")
    assert [page.text_of(block) for block in page.blocks] == blocks


# Words across elements


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        pytest.param("<b>W</b>ord", "word", id="a first letter in bold"),
        pytest.param("un<em>believ</em>able", "unbelievable", id="a part emphasised"),
        pytest.param("H<sub>2</sub>O, 1<sup>st</sup>", "h2o 1st", id="subscript and superscript"),
        pytest.param("<span class=dropcap>T</span>he end", "the end", id="a drop cap in a span"),
        pytest.param("<a href=x>T</a>he end", "the end", id="a drop cap in a link"),
        pytest.param("Isn<b>’</b>t it", "isn't it", id="an apostrophe"),
        pytest.param("long<wbr>word", "longword", id="a place where a line may break"),
        pytest.param("wo<!-- remark -->rd", "word", id="a comment inside a word"),
        pytest.param("<span>Home</span><span>About</span>", "home about", id="spans side by side"),
        pytest.param("<a>Home</a><a>About</a>", "home about", id="links side by side"),
        pytest.param("<label>Name</label><button>Go</button>", "name go", id="label and button"),
        pytest.param("<cite>she wrote:</cite>In the end", "she wrote in the end", id="punctuation at the border"),
        pytest.param("<i>one.</i>Two", "one two", id="a full stop at the border"),
        pytest.param("<b>one</b> <i>two</i>", "one two", id="a space between"),
        pytest.param("<b>one </b><i>two</i>", "one two", id="a space inside"),
        pytest.param("<b>one</b>\n<i>two</i>", "one two", id="a line break between"),
        pytest.param("one<br>two", "one two", id="a line break by element"),
        pytest.param("one<img src=x>two", "one two", id="a picture between"),
        pytest.param("<p>one</p><p>two</p>", "one two", id="paragraphs"),
        pytest.param("one<div>two</div>three", "one two three", id="a block inside text"),
        pytest.param("<td>one</td><td>two</td>", "one two", id="cells"),
        pytest.param("<ul><li>one</li><li>two</li></ul>", "one two", id="list items"),
        pytest.param("<b>one<div>two</div></b>three", "one two three", id="a block inside emphasis"),
        pytest.param("<p><b>東</b>京</p>", "東 京", id="ideographs are words of their own"),
    ],
)
def test_a_word_runs_across_emphasis_and_not_across_what_may_be_a_block(markup: str, expected: str) -> None:
    assert words(f"<body>{markup}</body>") == expected


def test_two_emphasised_texts_that_only_a_style_sets_apart_are_not_one_word() -> None:
    # As on teasers: a label, a headline and a text, each a block by style.
    assert words("<body><a><b>Read also</b><strong>The harbour</strong>It opened</a>") == "read also the harbour it opened"


def test_each_word_belongs_to_the_text_where_it_begins() -> None:
    page = PageText.of_markup("<body><p>be<b>gin</b>s <i>en</i>ds</p>")
    assert page.tokens == ["begins", "ends"]
    assert [page.places[place].text for place in page.place_of] == ["be", "en"]


def test_the_vocabulary_reads_inline_elements_joined_and_apart() -> None:
    page = PageText.of_markup("<body><p><b>W</b>ord <span>so</span></p>")
    assert page.vocabulary == {"word", "w", "ord", "so"}


def test_what_no_reader_sees_is_known_too() -> None:
    page = PageText.of_markup(
        "<html><head><meta content='About boats'><script>var x = 'caf\\u00e9\\nbar';</script></head>"
        "<body><img alt='Two trawlers'><p>Seen<!-- remark --></p></body></html>"
    )
    assert {"about", "boats", "café", "bar", "two", "trawlers"} <= page.unseen
    assert not {"seen", "remark"} & page.unseen


@pytest.mark.parametrize("text", ["\\ud83d", "\\udc00\\ud83d", "\\u12", "\\", "\\x41", "\\u00zz", "\\\\n"])
def test_broken_escapes_in_embedded_data_do_no_harm(text: str) -> None:
    page = PageText.of_markup(f"<body><script>'{text} word'</script><p data-x='{text}'>seen</p>")
    assert page.tokens == ["seen"]
    assert "word" in page.unseen


def test_a_text_alone_is_a_page_of_main_text() -> None:
    page = PageText.of_text("One two\n\nthree")
    assert (page.tokens, page.lead) == (["one", "two", "three"], 0)
    assert page.labels("region", np.arange(3)) == ["main"] * 3


# Kinds of elements


@pytest.mark.parametrize(
    ("markup", "kind"),
    [
        pytest.param("<p>one</p>", "paragraph", id="paragraph"),
        pytest.param("<p>text <b><i>one</i></b></p>", "paragraph", id="emphasis is of its paragraph"),
        pytest.param("<p>text <a>one</a></p>", "paragraph", id="a link in a paragraph is of it"),
        pytest.param("<p>text <code>one</code></p>", "paragraph", id="code in a paragraph is of it"),
        *(pytest.param(f"<h{level}>one</h{level}>", "heading", id=f"heading {level}") for level in range(1, 7)),
        pytest.param("<h2><a><span>one</span></a></h2>", "heading", id="a linked heading"),
        pytest.param("<ul><li>one</ul>", "list item", id="list item"),
        pytest.param("<ul><li><p>one</p></ul>", "list item", id="a paragraph in a list item"),
        pytest.param("<ul><li><a>one</a></ul>", "list item", id="a link in a list item"),
        pytest.param("<dl><dt>one</dl>", "list item", id="a term"),
        pytest.param("<dl><dd>one</dl>", "list item", id="its definition"),
        pytest.param("<table><tr><td>one</table>", "table", id="cell"),
        pytest.param("<table><tr><th>one</table>", "table", id="head of a column"),
        pytest.param("<table><caption>one</caption></table>", "table", id="caption of a table"),
        pytest.param("<table><tr><td><ul><li>one</ul></table>", "list item", id="the innermost counts"),
        pytest.param("<pre>one</pre>", "code", id="preformatted"),
        pytest.param("<pre><code><span>one</span></code></pre>", "code", id="code block"),
        pytest.param("<div><code>one</code></div>", "code", id="code on its own"),
        pytest.param("<blockquote>one</blockquote>", "quotation", id="quotation"),
        pytest.param("<blockquote><p>one</p></blockquote>", "quotation", id="a paragraph in a quotation"),
        pytest.param("<blockquote><h3>one</h3></blockquote>", "heading", id="a heading in a quotation"),
        pytest.param("<figure><figcaption>one</figcaption></figure>", "caption", id="caption"),
        pytest.param("<figure><figcaption><p>one</p></figcaption></figure>", "caption", id="a paragraph in a caption"),
        pytest.param("<div class='wp-caption-text'>one</div>", "caption", id="a caption by class"),
        pytest.param("<p class='photo-caption'>one</p>", "paragraph", id="an element's own kind outdoes its class"),
        pytest.param("<form><label>one</label></form>", "form", id="label"),
        pytest.param("<button>one</button>", "form", id="button"),
        pytest.param("<select><option>one</select>", "form", id="option"),
        pytest.param("<textarea>one</textarea>", "form", id="a text field"),
        pytest.param("<div><a>one</a></div>", "link", id="a link on its own"),
        pytest.param("<div>one</div>", "text", id="a division"),
        pytest.param("<section><span>one</span></section>", "text", id="a span"),
        pytest.param("<p>text</p>one", "text", id="what follows a paragraph is not of it"),
        pytest.param("<ul><li>text</ul><div>one</div>", "text", id="what follows a list is not of it"),
    ],
)
def test_the_kind_of_a_word_is_that_of_the_element_which_holds_it(markup: str, kind: str) -> None:
    assert labels(f"<body><main>{markup}</main></body>", "element")["one"] == kind


# Regions


@pytest.mark.parametrize(
    ("part", "region"),
    [
        # By element.
        pytest.param("<nav>one</nav>", "navigation", id="nav"),
        pytest.param("<header>one</header>", "header", id="header"),
        pytest.param("<footer>one</footer>", "footer", id="footer"),
        pytest.param("<aside>one</aside>", "aside", id="aside"),
        pytest.param("<article>one</article>", "main", id="article"),
        pytest.param("<main>one</main>", "main", id="main"),
        pytest.param("<dialog>one</dialog>", "dialog", id="dialog"),
        pytest.param("<noscript>one</noscript>", "noscript", id="noscript"),
        # By role.
        pytest.param("<div role=navigation>one</div>", "navigation", id="role of a menu"),
        pytest.param("<div role=banner>one</div>", "header", id="role of a header"),
        pytest.param("<div role=contentinfo>one</div>", "footer", id="role of a footer"),
        pytest.param("<div role=complementary>one</div>", "aside", id="role of an aside"),
        pytest.param("<div role=search>one</div>", "search", id="role of a search"),
        pytest.param("<div role=DIALOG>one</div>", "dialog", id="roles in any case"),
        # By microdata.
        pytest.param("<div itemscope itemtype='https://schema.org/WPFooter'>one</div>", "footer", id="type of a footer"),
        pytest.param("<ol itemtype='http://schema.org/BreadcrumbList'><li>one</ol>", "breadcrumbs", id="type of breadcrumbs"),
        pytest.param("<div itemprop=comment>one</div>", "comments", id="property of a comment"),
        pytest.param("<div itemprop='x aggregateRating'>one</div>", "rating", id="one of several properties"),
        # By a word of a class or id.
        pytest.param("<div class=comments>one</div>", "comments", id="a class"),
        pytest.param("<div id=comments>one</div>", "comments", id="an id"),
        pytest.param("<div class='box post-comments wide'>one</div>", "comments", id="a part of one of several classes"),
        pytest.param("<div class=postComments>one</div>", "comments", id="a part in camel case"),
        pytest.param("<div class=PostComments__list--2>one</div>", "comments", id="a part of a module's class"),
        pytest.param("<div class=POST_COMMENTS>one</div>", "comments", id="a part in capitals"),
        pytest.param("<div class=newsletter-box>one</div>", "newsletter", id="newsletter"),
        pytest.param("<div class=pagination>one</div>", "pagination", id="pagination"),
        pytest.param("<div id=sidebar>one</div>", "aside", id="sidebar"),
        pytest.param("<div class=related>one</div>", "related", id="related"),
        pytest.param("<div class=share>one</div>", "share", id="share"),
        pytest.param("<div class=ad-slot>one</div>", "advertisement", id="advertisement"),
        pytest.param("<span class=byline>one</span>", "author", id="author"),
        # By the beginning of one.
        pytest.param("<div class=cookiebar>one</div>", "consent", id="the beginning of a part"),
        pytest.param("<div class=breadcrumbs-wrap>one</div>", "breadcrumbs", id="the beginning of another"),
        # By several in a row.
        pytest.param("<div class=site-footer>one</div>", "footer", id="a phrase"),
        pytest.param("<div class=tag-list>one</div>", "tags", id="another phrase"),
        pytest.param("<div class=siteFooter>one</div>", "footer", id="a phrase in camel case"),
        # By a whole name.
        pytest.param("<div class=search>one</div>", "search", id="a whole name"),
        pytest.param("<div id=header>one</div>", "header", id="another"),
        # By none of them.
        pytest.param("<div>one</div>", "other", id="nothing said"),
        pytest.param("<div hidden>one</div>", "hidden", id="the hidden attribute"),
        pytest.param("<div style='color:red; DISPLAY : none'>one</div>", "hidden", id="a style that hides"),
        pytest.param("<div style='visibility:hidden'>one</div>", "hidden", id="another"),
    ],
)
def test_a_region_is_told_by_any_kind_of_rule(part: str, region: str) -> None:
    assert regions(body(part))["one"] == region


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("research", id="a word that ends in another"),
        pytest.param("header-image", id="a whole name with more beside it"),
        pytest.param("download-loader", id="words that hold others"),
        pytest.param("footsite", id="a phrase turned around"),
        pytest.param("content", id="content"),
        pytest.param("css-1ad9x", id="a hash between digits"),
        pytest.param("sc-4nav2", id="another"),
        pytest.param("jsx-2051ad", id="a hash at the end"),
        pytest.param("e3b0ad", id="a hash alone"),
        pytest.param("Story_body__x1ad3", id="a hash behind a name"),
    ],
)
def test_names_that_speak_of_nothing_make_no_region(name: str) -> None:
    assert regions(body(f"<div class='{name}'>one</div>"))["one"] == "other"


@pytest.mark.parametrize(
    ("names", "region"),
    [("share comments", "comments"), ("comments share", "comments"), ("share-comments", "comments"), ("a b", None), ("", None)],
)
def test_of_several_words_the_first_rule_counts_whatever_their_order(names: str, region: str | None) -> None:
    assert by_words(names) == region


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        pytest.param(
            "<div class=cookiebar><header>one</header><nav>two</nav><article>three</article></div>",
            {"one": "consent", "two": "consent", "three": "consent"},
            id="landmarks in a special region are a part of it",
        ),
        pytest.param(
            "<section class=related><article>one</article></section>", {"one": "related"}, id="related articles"
        ),
        pytest.param(
            "<aside><article>one</article></aside>", {"one": "aside"}, id="a teaser in an aside is no main text"
        ),
        pytest.param("<nav><article>one</article></nav>", {"one": "navigation"}, id="a teaser in a menu is no main text"),
        pytest.param(
            "<footer><nav>one</nav><div class=sidebar>two</div></footer>", {"one": "footer", "two": "footer"},
            id="menus in the footer are a part of it",
        ),
        pytest.param(
            "<footer><div class=newsletter>one</div></footer>", {"one": "newsletter"}, id="special regions in a footer are not"
        ),
        pytest.param(
            "<article><header>one</header><p>two</p><footer>three</footer></article>",
            {"one": "main", "two": "main", "three": "main"},
            id="an article's header and footer are its own",
        ),
        pytest.param(
            "<article><nav>one</nav><div class=share>two</div><p>three</p></article>",
            {"one": "navigation", "two": "share", "three": "main"},
            id="what is inside an article may say otherwise",
        ),
        pytest.param("<header><nav>one</nav>two</header>", {"one": "navigation", "two": "header"}, id="a menu in a header"),
        pytest.param("<div hidden><nav>one</nav>two</div>", {"one": "navigation", "two": "hidden"}, id="a menu in hiding"),
        pytest.param("<nav>one</nav>two", {"one": "navigation", "two": "other"}, id="a region ends with its element"),
        pytest.param("<main hidden>one</main>", {"one": "main"}, id="a hidden main part is main"),
    ],
)  # fmt: skip
def test_regions_inside_regions(part: str, expected: Mapping[str, str]) -> None:
    found = regions(body(part))
    assert {word: found[word] for word in expected} == expected


@pytest.mark.parametrize(
    ("markup", "region"),
    [
        pytest.param("<body class=has-sidebar><main>one</main></body>", "main", id="body"),
        pytest.param("<main class=comments>one</main>", "main", id="main"),
        pytest.param("<body><div class=sidebar-left><main>one</main></div></body>", "main", id="what holds most of the page"),
    ],
)
def test_names_of_what_holds_the_page_speak_of_no_part(markup: str, region: str) -> None:
    assert regions(markup)["one"] == region


def test_what_holds_more_than_half_of_the_text_is_no_small_part() -> None:
    text = "word " * 50
    small, large = (f"<body><div class=share>one {text * times}</div><div>two {text}</div></body>" for times in (0, 3))
    assert regions(small)["one"] == "share"
    assert regions(large)["one"] != "share"


@pytest.mark.parametrize(
    ("part", "region"),
    [
        pytest.param("<ul><li><a>one</a><li><a>two</a><li><a>three</a></ul>", "link list", id="nothing but links"),
        pytest.param("<ul><li><a>one</a><li><a>two</a></ul>", "other", id="two links are no list"),
        pytest.param("<div>one and a good deal of text <a>two</a> <a>three</a> <a>four</a></div>", "other", id="links in text"),
        pytest.param("<nav><ul><li><a>one</a><li><a>b</a><li><a>c</a></ul></nav>", "navigation", id="a menu is a menu"),
    ],
)
def test_where_nothing_else_speaks_many_links_are_a_list_of_links(part: str, region: str) -> None:
    assert regions(body(part))["one"] == region


def test_every_rule_names_a_region_and_no_word_stands_in_two() -> None:
    entries = [entry.strip() for rule in RULES for entry in rule.words.split(",") if entry.strip()]
    assert [entry for entry in set(entries) if entries.count(entry) > 1] == []
    assert [entry for entry in entries if entry != entry.lower() or "  " in entry] == []
    assert len(set(REGIONS)) == len(REGIONS)
    assert len(set(KINDS)) == len(KINDS)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.words], ids=lambda rule: str(rule.region))
def test_every_word_of_a_rule_is_found_in_a_class_and_speaks_of_its_region_or_of_an_earlier_one(rule: object) -> None:
    assert isinstance(rule, tuple)
    place = [one.region for one in RULES].index(rule[0])
    for entry in (entry.strip() for entry in rule[4].split(",") if entry.strip()):
        found = by_words(entry.strip("=*").replace(" ", "-"))
        assert found is not None, entry
        assert [one.region for one in RULES].index(found) <= place, entry


# Any input

ANY_TEXT = st.text(st.characters(exclude_categories=[]))  # surrogates too
TAGS = [
    "p", "b", "span", "a", "div", "script", "title", "head", "body", "html", "svg", "nav", "ul", "li", "table", "td",
    "template", "noscript", "select", "option", "frameset", "math", "xmp", "plaintext", "x-y", "br", "img", "textarea",
]  # fmt: skip
MARKUP = st.lists(
    st.one_of(
        st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]),
        st.sampled_from(
            ["<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "<!doctype html>", "&amp;", "&#0;", "&#xd800;", "&#x110000;"]
        ),
        st.sampled_from(
            ["<p class='", "' id=\"", '">', "<", ">", "=", "hidden", "nav", "\\u00", "\\ud83d", "\ud83d", "\0", "\n", " "]
        ),
        st.sampled_from(["one", "Two", "é", "e\u0301", "ﬁ", "日", "\u00ad", "\u0338", "'", "ſ", "İ"]),
    ),
    max_size=40,
).map("".join)


def check(page: PageText) -> None:
    """What holds of every page."""
    assert len(page.place_of) == len(page.tokens)
    assert (np.diff(page.place_of) >= 0).all()
    assert ((page.place_of >= 0) & (page.place_of < max(len(page.places), 1))).all()
    assert 0 <= page.lead <= len(page.tokens)
    every = np.arange(len(page.tokens))
    regions_found = page.labels("region", every)
    assert set(regions_found) <= set(REGIONS)
    assert set(page.labels("element", every)) <= set(KINDS)
    assert regions_found[: page.lead] == ["title"] * page.lead
    assert set(page.tokens) <= page.vocabulary
    assert "" not in page.vocabulary | page.unseen


@settings(deadline=None, max_examples=400)
@given(st.one_of(MARKUP, ANY_TEXT))
@example("<p><b>e</b>\u0301</p>")
@example("<body><b>a</b><b>\u0338</b>")
def test_no_markup_raises(markup: str) -> None:
    check(PageText.of_markup(markup))


@quick
@given(st.one_of(st.binary(), MARKUP.map(lambda text: text.encode("utf-8", "surrogatepass"))),
       st.sampled_from([None, "utf-8", "shift_jis", "utf-16", "klingon"]))  # fmt: skip
def test_no_bytes_raise_in_any_encoding(data: bytes, encoding: str | None) -> None:
    check(PageText.of_page(Page("page", Captured(Path("page.html")), encoding=encoding), data))


@quick
@given(st.text(st.characters(exclude_characters="<&\0\r", exclude_categories=["Cs", "Cc", "Cn", "Co"])))
def test_a_paragraph_of_plain_text_has_the_words_of_the_text(text: str) -> None:
    assert PageText.of_markup(f"<body><p>{text}</p></body>").tokens == tokenise(text)


@quick
@given(st.lists(st.text("abc日é ", max_size=5), max_size=8))
def test_paragraphs_have_the_words_of_each(texts: list[str]) -> None:
    page = PageText.of_markup("<body>" + "".join(f"<p>{text}</p>" for text in texts))
    assert page.tokens == [word for text in texts for word in tokenise(text)]


def test_a_page_is_decoded_as_it_declares() -> None:
    page = Page("page", Captured(Path("page.html")))
    data = "<meta charset=shift_jis><body><p>東京".encode("shift_jis")
    assert PageText.of_page(page, data).tokens == ["東", "京"]
    assert PageText.of_page(page, "\ufeff<body><p>é".encode()).tokens == ["é"]


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param("<p>before</p>" + "<div>" * 100_000 + "deep" + "</div>" * 100_000, id="nested divisions"),
        pytest.param("<p>before</p>" + "<b>" * 100_000 + "deep", id="nested emphasis, never closed"),
        pytest.param("<p>before</p>" + "<b class=title>" * 2000 + "Related" + "</b>" * 2000, id="nested headings by class"),
        pytest.param("<p>before</p>" + "<i>x</i>" * 10_000, id="one word of ten thousand parts"),
        pytest.param("<p>before</p>" + "<h2>Related</h2>" * 10_000, id="ten thousand headings"),
        pytest.param("<p>before</p><p class='" + "aB-" * 100_000 + "'>x", id="a long class"),
        pytest.param("<p>before</p><div " + " ".join(f"a{number}=1" for number in range(4000)) + ">x", id="many attributes"),
        pytest.param("<p>before</p>" + "x<!-- y -->" * 20_000, id="a word of comments"),
    ],
)
def test_hostile_markup_comes_to_an_end(markup: str) -> None:
    page = PageText.of_markup(f"<body>{markup}")
    check(page)
    assert page.tokens[0] == "before"


@pytest.mark.parametrize("depth", [300, 1000, 2000])
def test_deep_markup_keeps_its_words(depth: int) -> None:
    assert words("<body>" + "<div>" * depth + "deep" + "</div>" * depth + "after") == "deep after"
