"""What a page says of itself: title, authors, date, language, kind and licence, each with where it was found.

Guesses for a person to check, from what authors and their software write for machines: JSON-LD, `<meta>`, `<link>`, microdata,
and the address. Nothing is made up: what is not said is None.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urljoin

from bench.annotate.spoken import language_of
from bench.page_text import PageText
from bench.text import plain, sane

_MOST_JSON, _MOST_NODES = 2**20, 10_000
"""Characters of a JSON-LD script, and objects in it, that are looked at."""
_LONGEST, _MOST_AUTHORS = 500, 50
"""Characters of a text, and authors, that are kept."""
_DAY = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
_TAG = re.compile(r"([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|\d{3}))?", re.IGNORECASE)
_BY = re.compile(r"^(?:by|von|par|por|di|da|door|от)\s+", re.IGNORECASE)

# Types of schema.org by what pages of them are; the first that a page names counts.
_KINDS = {
    "liveblog": ("LiveBlogPosting",), "recipe": ("Recipe",), "job": ("JobPosting",), "product": ("Product", "ProductGroup"),
    "forum": ("DiscussionForumPosting", "QAPage", "Question"), "documentation": ("TechArticle", "APIReference", "HowTo"),
    "legal": ("Legislation",), "abstract": ("ScholarlyArticle",), "blog": ("BlogPosting", "Blog"),
    "listing": ("CollectionPage", "SearchResultsPage", "ItemList"),
    "news": ("NewsArticle", "ReportageNewsArticle", "AnalysisNewsArticle", "OpinionNewsArticle"),
}  # fmt: skip
_GENERATORS = {
    "documentation": ("sphinx", "mkdocs", "docusaurus", "docbook", "javadoc"), "encyclopedia": ("mediawiki", "dokuwiki"),
    "forum": ("discourse", "phpbb", "vbulletin", "xenforo", "mybb", "flarum"), "blog": ("ghost", "blogger"),
}  # fmt: skip
_PATHS = (
    ("documentation", re.compile(r"docs?[./]|documentation|manual|handbuch|/api/")),
    ("forum", re.compile(r"forum|thread|questions?/|viewtopic|/t/")),
    ("blog", re.compile(r"blog")),
    ("product", re.compile(r"/products?/|/shop/|/item/|/dp/")),
    ("listing", re.compile(r"/search|/category|/tag/|/collections?/|[?&]q=")),
    ("recipe", re.compile(r"recipe|rezept|recette|receta|receita")),
    ("encyclopedia", re.compile(r"/wiki/")),
    ("job", re.compile(r"/jobs?/|/careers?/")),
    ("press", re.compile(r"press|newsroom")),
    ("news", re.compile(r"/news|/article|/\d{4}/\d{2}/")),
)


class Found(NamedTuple):
    """Something that a page says, and where."""

    value: str
    where: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What a page says of itself.

    Attributes:
        date: of first publication, ISO 8601.
        language: as a BCP 47 tag.
        doubt: what speaks against the language, in words.
        canonical: the address that the page gives itself, absolute.
    """

    title: Found | None
    authors: Sequence[str]
    date: Found | None
    language: Found | None
    doubt: str | None
    kind: Found | None
    licence: Found | None
    canonical: str | None


def facts_of(markup: str, page: PageText, url: str | None) -> Facts:
    """Return what a decoded page says of itself. Never raises, whatever the page.

    Args:
        markup: the page.
        page: its text.
        url: its address, if that is known.
    """
    import lxml.etree
    import lxml.html

    body = markup.strip().replace("\0", "").encode("utf-8", "replace")
    root = lxml.etree.fromstring(body, parser=lxml.html.HTMLParser(recover=True, encoding="utf-8")) if body else None
    if root is None:
        return Facts(None, (), None, None, None, None, None, None)
    said = _Said(root)
    language, doubt = _language(said, page)
    return Facts(
        title=_title(said),
        authors=_authors(said),
        date=_date(said),
        language=language,
        doubt=doubt,
        kind=_kind(said, url),
        licence=_licence(said),
        canonical=_absolute(url, said.links.get("canonical")),
    )


def _absolute(base: str | None, link: str | None) -> str | None:
    """Where a link leads, None where it leads nowhere."""
    try:
        return urljoin(base or "", link) if link else None
    except ValueError:
        return None


class _Said:
    """What a page holds for machines; texts that were escaped once more than markup needs are read all the same.

    Attributes:
        root: its root element.
        meta: contents of `<meta>` by name or property in lower case, the first of each.
        links: targets of `<link>` by relation, the first of each.
        nodes: objects of JSON-LD, outermost first.
    """

    def __init__(self, root: Any) -> None:
        self.root = root
        self.meta: dict[str, str] = {}
        for meta in root.iter("meta"):
            name = (meta.get("name") or meta.get("property") or meta.get("http-equiv") or meta.get("itemprop") or "").lower()
            content = _clean(unescape(meta.get("content") or ""))
            if name and content:
                self.meta.setdefault(name, content)
        self.links: dict[str, str] = {}
        for link in root.iter("link"):
            for relation in (link.get("rel") or "").lower().split():
                self.links.setdefault(relation, _clean(link.get("href") or ""))
        self.nodes = [
            node
            for script in root.iter("script")
            if "ld+json" in (script.get("type") or "").lower()
            for node in islice(_nodes(script.text or ""), _MOST_NODES)
        ]

    def first(self, *names: str) -> Found | None:
        """The first of these `<meta>` that there is."""
        return next((Found(self.meta[name], f"meta {name}") for name in names if name in self.meta), None)

    def in_data(self, name: str) -> Iterator[tuple[Any, str]]:
        """Yield the values that JSON-LD gives a name, each with where it stands."""
        for node in self.nodes:
            if name in node:
                yield node[name], f"JSON-LD {name}"


def _nodes(text: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a JSON-LD script, those that hold others first; none when it is not JSON."""
    try:
        left = [json.loads(text[:_MOST_JSON])]
    except (ValueError, RecursionError):
        return
    while left:
        node = left.pop(0)
        if isinstance(node, dict):
            yield node
            left += node.values()
        elif isinstance(node, list):
            left += node


def _texts(value: Any) -> list[str]:
    """The texts of a value of JSON-LD: itself, its name or address, or those of its members."""
    if isinstance(value, str):
        return [text] if (text := _clean(unescape(value))) else []
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    if isinstance(value, dict):
        return next((texts for name in ("name", "url", "@id") if (texts := _texts(value.get(name)))), [])
    return []


def _title(said: _Said) -> Found | None:
    """The first headline that the document's title begins with, else what the page states, else the title itself."""
    document = _of_element(said, "title")
    headlines = [_text(element) for element in said.root.iter("h1")]
    shown = [headline for headline in headlines if headline and (document is None or document.value.startswith(headline))]
    if shown:
        return Found(shown[0], "h1")
    stated = (Found(text, where) for value, where in said.in_data("headline") for text in _texts(value))
    return next(stated, None) or said.first("og:title", "twitter:title", "dc.title") or document


def _text(element: Any) -> str:
    """An element's text without the signs that software puts behind headings to link to them."""
    return _clean("".join(element.itertext())).rstrip("\N{PILCROW SIGN}# ")


def _clean(text: str) -> str:
    """A text on one line, without what disturbs a terminal or cannot be written, and of a length that somebody reads."""
    return plain(" ".join(sane(text).split()))[:_LONGEST]


def _of_element(said: _Said, tag: str) -> Found | None:
    return next((Found(text, tag) for element in said.root.iter(tag) if (text := _text(element))), None)


def _authors(said: _Said) -> list[str]:
    stated = [text for value, _ in said.in_data("author") for text in _texts(value)]
    if not stated and (meta := said.first("author", "article:author", "dc.creator", "citation_author", "parsely-author")):
        stated = [meta.value]
    names = [_BY.sub("", name) for name in stated if not name.startswith(("http:", "https:", "#"))]
    return list(dict.fromkeys(name for name in names if name))[:_MOST_AUTHORS]


def _date(said: _Said) -> Found | None:
    stated = [Found(text, where) for value, where in said.in_data("datePublished") for text in _texts(value)]
    names = ("article:published_time", "date", "dc.date", "dcterms.date", "dc.date.issued", "citation_publication_date")
    if meta := said.first(*names):
        stated.append(meta)
    stated += [
        Found(element.get("datetime") or "", "time")
        for element in islice(said.root.iter("time"), 3)
        if (element.get("itemprop") or "").lower() == "datepublished" or element.get("pubdate") is not None
    ]
    return next((Found(day[0], one.where) for one in stated if (day := _DAY.match(one.value))), None)


def _language(said: _Said, page: PageText) -> tuple[Found | None, str | None]:
    """What the page declares where its text does not speak against it, else what the text is in; and the doubt."""
    stated = [
        Found(value, where)
        for value, where in (
            (said.root.get("lang") or said.root.get("{http://www.w3.org/XML/1998/namespace}lang"), "html lang"),
            *((text, where) for value, where in said.in_data("inLanguage") for text in _texts(value)),
            (said.meta.get("content-language"), "meta content-language"),
            (said.meta.get("og:locale"), "meta og:locale"),
        )
        if value
    ]
    declared = next((Found(tag, one.where) for one in stated if (tag := _tag(one.value))), None)
    read = language_of(page.tokens)
    if declared is None:
        return (Found(read, "the text") if read else None), None
    if read and read != declared.value.partition("-")[0]:
        return declared, f"reads like {read}"
    return declared, None


def _tag(text: str) -> str | None:
    """A language tag in its usual case, None when it is none: `pt_br` is `pt-BR`."""
    match = _TAG.fullmatch(text.strip())
    if match is None:
        return None
    language, script, region = match.groups()
    return "-".join(part for part in (language.lower(), script and script.title(), region and region.upper()) if part)


def _kind(said: _Said, url: str | None) -> Found | None:
    """By types, then the software, then the address; Open Graph's `article`, said of nearly anything, comes last."""
    named = dict.fromkeys((text.rpartition("/")[2] for node in said.nodes for text in _texts(node.get("@type"))), "JSON-LD")
    for element in said.root.iterfind(".//*[@itemtype]"):
        named.setdefault(element.get("itemtype").rpartition("/")[2], "microdata")
    for kind, types in _KINDS.items():
        for name in types:
            if name in named and not (name == "ItemList" and len(named) > 1):
                return Found(kind, f"{named[name]} {name}")
    generator = said.meta.get("generator", "").lower()
    for kind, names in _GENERATORS.items():
        if generator.startswith(names):
            return Found(kind, f"generator {generator.split()[0]}")
    address = (url or "").lower().partition("://")[2]
    found = next((Found(kind, "the address") for kind, pattern in _PATHS if pattern.search(address)), None)
    graph = said.meta.get("og:type", "").rpartition(".")[2]
    return found or (Found({"article": "news"}.get(graph, graph), "og:type") if graph in {"article", "product"} else None)


def _licence(said: _Said) -> Found | None:
    """In order of trust: `<meta>`, JSON-LD, `<link rel=license>`, `<a rel=license>`."""
    if meta := said.first("dcterms.license", "dcterms.rights.license", "dc.rights.license", "license", "licence"):
        return meta
    if data := next((Found(text, where) for value, where in said.in_data("license") for text in _texts(value)), None):
        return data
    if target := said.links.get("license"):
        return Found(target, "link rel=license")
    for anchor in said.root.iter("a"):
        if "license" in (anchor.get("rel") or "").lower().split() and (target := _clean(anchor.get("href") or "")):
            return Found(target, "a rel=license")
    return None
