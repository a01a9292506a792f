"""Which part of a page an element belongs to, and what kind of element holds a text: by the rules in the tables below.

A region holds for all that is inside an element, until something inside says otherwise. Landmarks inside a special region
(a cookie banner's header, the articles among related stories) are a part of that, not of the page.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

TITLE, MAIN, FOOTER, NOSCRIPT, LINKS, HIDDEN, OTHER = "title", "main", "footer", "noscript", "link list", "hidden", "other"


class Rule(NamedTuple):
    """What makes a region: any of these."""

    region: str
    elements: str = ""
    roles: str = ""
    """ARIA."""
    microdata: str = ""
    """The last part of an `itemtype`, or an `itemprop`."""
    words: str = ""
    """Parts of a class or id, as its author set them apart (`post-share`, `postShare`: post, share). `a b`: two parts in a
    row; `a*`: any part that begins so; `=a`: a class or id that is nothing else."""


# Where several match, the first does.
RULES = (
    Rule(TITLE, "title"),
    Rule("consent",
         words="cookie*, consent*, gdpr, ccpa, onetrust, didomi, usercentrics, truste, sp message, privacy banner, "
               "einwilligung*"),
    Rule("comments", microdata="Comment UserComments comment",
         words="comment, comments, commentlist, commentform, disqus, livefyre, respond, kommentar*, commentaire*, "
               "comentario*"),
    Rule("reviews", microdata="Review review", words="review, reviews, testimonial*, bewertung*, avis clients, =avis"),
    Rule("share", words="share, shares, sharing, sharebar, sharedaddy, sharethis, addtoany, addthis, social, socials, "
               "follow us, "
                        "teilen, partage*, partager, compartir, compartilhar"),
    Rule("newsletter", words="newsletter*, subscribe, subscription, subscriptions, signup, sign up, mailinglist, mailchimp, "
                             "infolettre"),
    Rule("related", microdata="relatedLink",
         words="related, relatedposts, recommend*, recirc*, trending, popular, mostread, most read, most viewed, readmore, "
               "read more, readalso, read also, also read, more stories, more from, more news, more articles, "
               "also like, upnext, "
               "up next, outbrain, taboola, zergnet, onward, further reading, seealso, see also, similar, teasers, "
               "teaser list, "
               "teaser grid, teaser box, latest, recent posts, recent stories, verwandte*, weiterlesen, empfehlung*, "
               "lire aussi, "
               "relacionad*"),
    Rule("advertisement", microdata="WPAdBlock",
         words="ad, ads, adv, advert*, adslot, adunit, adbox, adsense, dfp, sponsor, sponsored, sponsors, promo, "
               "promos, promotion, "
               "werbung, anzeige, publicite, publicidad*"),
    Rule("breadcrumbs", microdata="BreadcrumbList breadcrumb", words="breadcrumb*, crumb, crumbs"),
    Rule("pagination", words="pagination, pager, paginator, paging, page numbers, nav links, post navigation, prev next"),
    Rule("paywall", words="paywall*, regwall, subscriber only, meter wall"),
    Rule("search", "search", "search searchbox", "SearchAction",
         "=search, searchform, searchbar, searchbox, search form, search bar, search box, search field, search input, "
               "site search"),
    Rule("author", microdata="author", words="author, authors, authorbox, byline, bylines, autor, auteur"),
    Rule("contents", roles="doc-toc", words="toc, tableofcontents, table of contents, on this page, "
               "inhaltsverzeichnis, sommaire"),
    Rule("tags", microdata="keywords articleSection",
         words="=tags, =tag, taglist, tagcloud, tag list, tag cloud, tag links, tags links, post tags, article tags, "
               "entry tags, "
               "cat links, catlinks, =categories, category list, post categories, keywords, =topics, topic list, post meta, "
               "entry meta"),
    Rule("rating", microdata="aggregateRating AggregateRating", words="rating, ratings, stars, vote, votes, voting"),
    Rule("dialog", "dialog", "dialog alertdialog", words="modal, popup, lightbox, toast"),
    Rule("navigation", "nav menu", "navigation menu menubar", "SiteNavigationElement",
         "nav, navbar, navi, navigation, menu, menubar, submenu, topnav, subnav, sitenav, mainnav, toolbar, "
               "skip link, skip to, "
         "langswitch*, language switcher, sitemap"),
    Rule(FOOTER, roles="contentinfo", microdata="WPFooter",
         words="=footer, site footer, page footer, global footer, main footer, sitefooter, colophon, copyright, "
               "imprint, impressum, "
               "legal, rodape"),
    Rule("header", roles="banner", microdata="WPHeader",
         words="=header, masthead, site header, page header, global header, main header, siteheader, topbar, top bar, "
               "branding"),
    Rule("aside", roles="complementary", microdata="WPSideBar",
         words="sidebar, sidebars, side bar, aside, rail, =widget, widget area, =secondary, seitenleiste"),
    Rule(MAIN, "main article", "main article",
         "articleBody recipeInstructions recipeIngredient acceptedAnswer suggestedAnswer"),
    Rule(NOSCRIPT, NOSCRIPT),
)  # fmt: skip
REGIONS = (*(rule.region for rule in RULES), LINKS, HIDDEN, OTHER)
LANDMARKS = frozenset({"dialog", "navigation", FOOTER, "header", "aside", MAIN, NOSCRIPT, LINKS, HIDDEN, OTHER})
"""What a special region swallows."""
ENDS = frozenset({"navigation", FOOTER, "header", "aside", HIDDEN, NOSCRIPT})
"""An article inside one of these is a teaser, not the page's main part."""
SECTIONS = frozenset(["article", "section", "main", "figure", "blockquote", "li", "details"])
"""A header or footer inside one of these is that one's, not the page's."""
WHOLE = frozenset(["html", "body", "main", "article"])
"""Elements whose classes speak of the page (`has-sidebar`), not of a part."""
LARGE = 0.5
"""So do the classes of whatever holds more than this share of the page's text."""
LINKED, LINK_COUNT = 0.8, 3
"""Where nothing else speaks, at least so many links that are this share of an element's text are a list of links."""

ELEMENTS: dict[str, str] = {
    **dict.fromkeys(["h1", "h2", "h3", "h4", "h5", "h6"], "heading"),
    **dict.fromkeys(["li", "dt", "dd", "summary"], "list item"),
    **dict.fromkeys(["td", "th", "caption"], "table"),
    **dict.fromkeys(["pre", "code", "samp", "xmp", "listing"], "code"),
    "blockquote": "quotation",
    "figcaption": "caption",
    **dict.fromkeys(["button", "label", "option", "select", "legend", "textarea"], "form"),
    "p": "paragraph",
    "title": "title",
}
"""Kind of element that holds a text: the innermost of these; a paragraph in a list item, quotation or caption is that."""
KINDS = (*dict.fromkeys(ELEMENTS.values()), "link", "text")

_ENCLOSING = frozenset({"list item", "quotation", "caption"})
_INLINE = frozenset(["code", "samp", "label"])
"""In a paragraph, list item or cell these are a part of it."""
_CAPTION_CLASS = re.compile(r"(?:^|[\s_-])captions?(?:[\s_-]text)?(?:\s|$)", re.IGNORECASE)
_INVISIBLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")


class Context(NamedTuple):
    """Where an element stands."""

    region: str
    """One of `REGIONS`."""
    element: str
    """One of `KINDS`: what holds the text directly inside it."""
    sectioned: bool
    """Whether it is one of `SECTIONS` or inside one."""


class Contexts:
    """The contexts of one page's elements.

    Args:
        root: the page's root element, of lxml.
    """

    def __init__(self, root: Any) -> None:
        self._known: dict[Any, Context] = {}
        self._inside = _weigh(root)
        self._large = LARGE * self._inside[root].text

    def of(self, element: Any) -> Context:
        """Return the context of an element."""
        chain = []  # each element is looked at once, whatever the depth
        while element is not None and element not in self._known:
            chain.append(element)
            element = element.getparent()
        context = Context(OTHER, "text", sectioned=False) if element is None else self._known[element]
        for one in reversed(chain):
            region = self._region(context, one)
            context = Context(region, _kind(context.element, one), context.sectioned or one.tag in SECTIONS)
            self._known[one] = context
        return context

    def _region(self, context: Context, element: Any) -> str:
        outer, own = context.region, self._claimed(element, context.sectioned)
        if own is None:
            return LINKS if outer in (MAIN, OTHER) and self._lists_links(element) else outer
        if outer == "consent" or (outer not in LANDMARKS and own in LANDMARKS):
            return outer
        if (outer == FOOTER and own in LANDMARKS) or (outer in ENDS and own == MAIN):
            return outer
        return own

    def _lists_links(self, element: Any) -> bool:
        inside = self._inside[element]
        return inside.links >= LINK_COUNT and inside.linked >= LINKED * inside.text > 0

    def _claimed(self, element: Any, sectioned: bool) -> str | None:
        """The region that an element itself claims, by its strongest evidence."""
        tag = element.tag
        plain = _ELEMENTS.get(tag) or _first(_ROLES, (element.get("role") or "").lower())
        if plain is not None and plain != MAIN:
            return plain
        special = _first(_MICRODATA, f"{element.get('itemtype') or ''} {element.get('itemprop') or ''}")
        if special is None and tag not in WHOLE and self._inside[element].text <= self._large:
            special = by_words(f"{element.get('class') or ''} {element.get('id') or ''}")
        if special is not None:
            return special
        if tag == "aside":
            return "aside"
        if tag in ("header", "footer") and not sectioned:
            return str(tag)
        if plain is None and (element.get("hidden") is not None or _INVISIBLE.search(element.get("style") or "")):
            return HIDDEN
        return plain


def _kind(outer: str, element: Any) -> str:
    """What holds the text of an element inside one of another kind."""
    tag = element.tag
    own = ELEMENTS.get(tag)
    if own is None and _CAPTION_CLASS.search(element.get("class") or ""):
        own = "caption"
    if own is None:
        return "link" if tag == "a" and outer == "text" else outer
    if own == "paragraph":
        return outer if outer in _ENCLOSING else own
    return outer if tag in _INLINE and outer not in ("text", "link") else own


class _Weight(NamedTuple):
    """What is inside an element: characters of text, characters of it in links, links."""

    text: int
    linked: int
    links: int


def _weigh(root: Any) -> dict[Any, _Weight]:
    import lxml.etree

    inside: dict[Any, _Weight] = {}
    begun: list[_Weight] = []
    length = linked = links = silent = depth = 0
    for event, element in lxml.etree.iterwalk(root, events=("start", "end")):
        tag = element.tag
        if not isinstance(tag, str):
            continue
        step = 1 if event == "start" else -1
        silent += step * (tag in ("script", "style"))
        depth += step * (tag == "a")
        if event == "start":
            begun.append(_Weight(length, linked, links))
            links += tag == "a"
        else:
            before = begun.pop()
            inside[element] = _Weight(length - before.text, linked - before.linked, links - before.links)
        text = element.text if event == "start" else element.tail
        if text and not silent:
            length += len(text.strip())
            linked += len(text.strip()) if depth else 0
    return inside


@lru_cache(maxsize=4096)  # class attributes repeat all over a page and a site
def by_words(names: str) -> str | None:
    """Return the region that a class and id speak of, None when they say nothing."""
    found = len(RULES)
    for name in names.split():
        parts = [part.lower() for part in _PART.findall(name)]
        whole = " ".join(parts)
        claims = [_WORDS.get(part) for part in (f"={whole}", *parts)]
        claims += [place for phrase, place in _PHRASES if f" {phrase} " in f" {whole} "]
        claims += [place for begin, place in _BEGINNINGS if any(part.startswith(begin) for part in parts)]
        found = min([found, *(place for place in claims if place is not None)])
    return RULES[found].region if found < len(RULES) else None


def _first(table: dict[str, str], names: str) -> str | None:
    return next((table[part] for name in names.split() if (part := name.rsplit("/", 1)[-1]) in table), None)


def _table(place: int) -> dict[str, str]:
    return {word: rule.region for rule in reversed(RULES) for word in str(rule[place]).split()}


_ELEMENTS, _ROLES, _MICRODATA = _table(1), _table(2), _table(3)
_ENTRIES = [(entry.strip(), place) for place, rule in enumerate(RULES) for entry in rule.words.split(",") if entry.strip()]
_WORDS = {entry: place for entry, place in reversed(_ENTRIES) if " " not in entry and "*" not in entry}
_PHRASES = [(entry, place) for entry, place in _ENTRIES if " " in entry]
_BEGINNINGS = [(entry[:-1], place) for entry, place in _ENTRIES if entry.endswith("*")]
