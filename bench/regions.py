"""Which part of a page an element belongs to, and what kind of element holds a text: by the rules in the tables below.

A region holds for all that is inside an element, until something inside says otherwise. Inside a special region (comments, a
cookie banner, related stories) nothing does: its headings, menus and dates are a part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
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
    """Parts of a class, an id or an ARIA label, as its author set them apart (`post-share`, `postShare`: post, share).
    `a b`: two parts in a row; `a*`: any part that begins so; `=a`: a class, id or label that is nothing else."""
    headings: str = ""
    """How the heading of such a part begins, in any language and case; it speaks for what it stands in."""


# Where several match, the first does.
RULES = (
    Rule(TITLE, "title"),
    Rule(
        "consent",
        words="cookie*, consent*, gdpr, ccpa, onetrust, didomi, usercentrics, truste, sp message, privacy banner,"
        " einwilligung*, zustimmung",
        headings="we value your privacy, your privacy, cookies, cookie settings, this site uses cookies, we use cookies,"
        " deine privatsphäre, ihre privatsphäre, datenschutzeinstellungen, votre vie privée, tu privacidad, sua privacidade",
    ),
    Rule(
        "comments",
        microdata="Comment UserComments comment",
        words="comment, comments, commentlist, commentform, disqus, livefyre, respond, quickreply, qr, kommentar*,"
        " commentaire*, comentario*, coment*",
        headings="comments, leave a reply, leave a comment, join the discussion, what do you think, kommentare, commentaires,"
        " comentarios, comentários, commenti, reacties, комментарии, コメント, 评论",
    ),
    Rule(
        "reviews",
        microdata="Review review",
        words="review, reviews, testimonial*, bewertung*, avis clients, =avis",
        headings="customer reviews, reviews, kundenbewertungen, bewertungen, avis clients, opiniones, avaliações",
    ),
    Rule(
        "share",
        words="share, shares, sharing, sharebar, sharedaddy, sharethis, addtoany, addthis, social, socials, follow us,"
        " teilen, partage*, partager, compartir, compartilh*, compart",
        headings="share this, share, follow us, teilen, partager, compartir, compartilhe",
    ),
    Rule(
        "newsletter",
        words="newsletter*, subscribe, subscription, subscriptions, signup, sign up, mailinglist, mailchimp, infolettre",
        headings="newsletter, subscribe, sign up for, get our, stay up to date, abonniere, inscrivez-vous, suscríbete, assine",
    ),
    Rule(
        "related",
        microdata="relatedLink",
        words="related, relatedposts, recommend*, recirc*, trending, =popular, popular posts, most popular, mostread,"
        " most read, most viewed, readmore,"
        " read more, readalso, read also, also read, more stories, more from, more news, more articles, also like, "
        "upnext, up next,"
        " outbrain, taboola, zergnet, onward, further reading, seealso, see also, similar, teasers, teaser list, teaser grid,"
        " teaser box, latest, recent posts, recent stories, recently viewed, navbox, verwandte*, "
        "weiterlesen,"
        " empfehlung*, lire aussi, relacionad*, zuletzt",
        headings="related, read also, read more, read next, more from, more on this, more stories, more news, most read,"
        " most popular, most viewed, popular, trending, you may also, you might also, recommended, latest, recent posts,"
        " recent comments, don't miss, see also, continue with, keep reading, véase también, ver también, "
        "sigue leyendo, new in, from the blog, recently viewed, similar, das könnte,"
        " mehr zum thema, auch interessant, meistgelesen, lesen sie auch, zuletzt angesehen, aus dem, ähnliche, passend dazu,"
        " à lire aussi, lire aussi, sur le même sujet, les plus lus, en continu, à la une, l'actualité de, "
        "nos vidéos, en vidéo,"
        " te puede interesar, lo más leído, lee también, artículos relacionados, noticias relacionadas, leia também,"
        " veja também, mais lidas, receitas relacionadas, você também, talvez você, leggi anche, читайте также, похожие,"
        " 相关, 关连, 関連",
    ),
    Rule(
        "advertisement",
        microdata="WPAdBlock",
        words="ad, ads, adv, advert*, adslot, adunit, adbox, adsense, dfp, sponsor, sponsored, sponsors, promo, promos,"
        " promotion, announcement bar, sitenotice, site notice, werbung, anzeige, =pub, publicit*, publicid*",
        headings="advertisement, sponsored, anzeige, werbung, publicité, publicidad, publicidade, реклама",
    ),
    Rule("breadcrumbs", microdata="BreadcrumbList breadcrumb", words="breadcrumb*, crumb, crumbs, migalha*, brotkrumen"),
    Rule(
        "pagination",
        words="pagination, pager, paginator, paging, page numbers, nav links, post navigation, prev next, next prev",
    ),
    Rule("paywall", words="paywall*, regwall, subscriber only, meter wall"),
    Rule(
        "search",
        "search",
        "search searchbox",
        "SearchAction",
        "=search, searchform, searchbar, searchbox, search form, search bar, search box, search field, search input, "
        "site search",
    ),
    Rule(
        "author",
        microdata="author",
        words="author, authors, authorbox, byline, bylines, postprofile, user info, signature, autor, auteur",
        headings="about the author, über den autor, sobre el autor",
    ),
    Rule(
        "contents",
        roles="doc-toc",
        words="toc, tableofcontents, table of contents, on this page, inhaltsverzeichnis, sommaire",
        headings="on this page, contents, table of contents, in this article, inhalt, inhaltsverzeichnis, sommaire, índice",
    ),
    Rule(
        "tags",
        microdata="keywords articleSection",
        words="=tags, =tag, taglist, tagcloud, tag list, tag cloud, tag links, tags links, post tags, article tags, "
        "entry tags,"
        " cat links, catlinks, =categories, category list, post categories, keywords, =topics, topic list, post meta, "
        "entry meta,"
        " article meta, =thèmes, =temas, =themen",
        headings="tags, topics, categories, schlagwörter, themen, thèmes, etiquetas, kategorien, catégories, categorías",
    ),
    Rule("rating", microdata="aggregateRating AggregateRating", words="rating, ratings, stars, vote, votes, voting, useful"),
    Rule("dialog", "dialog", "dialog alertdialog", words="modal, popup, lightbox, toast, cart drawer"),
    Rule(
        "navigation",
        "nav menu",
        "navigation menu menubar",
        "SiteNavigationElement",
        "nav, navbar, navi, navigation, menu, menubar, submenu, topnav, subnav, sitenav, mainnav, toolbar, =skip, skip link,"
        " skip to, jump link, jumpbox, editsection, profile icons, back top, langswitch*, language switcher, sitemap, "
        "topic actions, display options",
    ),
    Rule(
        FOOTER,
        roles="contentinfo",
        microdata="WPFooter",
        words="=footer, site footer, page footer, global footer, main footer, footer group, sitefooter, colophon, copyright,"
        " imprint, impressum, legal, rodape, pie",
    ),
    Rule(
        "header",
        roles="banner",
        microdata="WPHeader",
        words="=header, masthead, site header, page header, global header, main header, header group, siteheader, topbar,"
        " top bar, headerbar, utility bar, branding",
    ),
    Rule(
        "aside",
        roles="complementary",
        microdata="WPSideBar",
        words="sidebar, sidebars, side bar, aside, rail, =side, =widget, widget area, =secondary, seitenleiste, lateral",
    ),
    Rule(
        MAIN,
        "main article",
        "main article doc-footnote doc-endnotes",
        "articleBody recipeInstructions recipeIngredient acceptedAnswer suggestedAnswer",
        "footnote*",
    ),
    Rule(NOSCRIPT, NOSCRIPT),
)
REGIONS = (*(rule.region for rule in RULES), LINKS, HIDDEN, OTHER)
PARTS = frozenset({"dialog", "navigation", FOOTER, "header", "aside", MAIN, NOSCRIPT, LINKS, HIDDEN, OTHER})
"""Landmarks and the like, which may hold other regions; all the others are special."""
ENDS = frozenset({"navigation", FOOTER, "header", "aside", HIDDEN, NOSCRIPT, "dialog"})
"""An article inside one of these is a teaser, not the page's main part."""
SECTIONS = frozenset(["article", "section", "main", "figure", "blockquote", "li", "details"])
"""A header or footer inside one of these is that one's, not the page's; so is an aside inside an article."""
WHOLE = frozenset(["html", "body", "main", "article"])
"""Elements whose classes speak of the page (`has-sidebar`), not of a part."""
LARGE = 0.5
"""So do the classes of whatever holds the page's first headline or more than this share of its text. Where no landmark says
so, the smallest element with more than this share of what no region claims is the main part."""
LINKED, LINK_COUNT = 0.8, 3
"""Where nothing else speaks, at least so many links that are this share of an element's text are a list of links."""
SIGN_UP = 400
"""A form that asks for an address, but for no password and no text, in so many characters is a newsletter's."""

NOTICE = 1500
"""A part of the body that speaks of cookies twice in so many characters is the notice on them."""

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
_HEADING_CLASS = re.compile(r"title|heading|titre|titel|label|caption-text|kopf", re.IGNORECASE)
_INVISIBLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_NAME = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|\d+")
_HASH = re.compile(r"(?!(?:\D{3,}\d+)*\D{3,}\d*$).*\d.*")
"""Letters and digits mixed as nobody writes them; `back2top` and `sidebar2` are names."""
_SIBLINGS = 200
"""Elements beside a heading that are looked at."""
_HEADING, _LABELLED = 80, 300
"""Characters that a heading may have, and what a label at its beginning (`Read also:`) speaks for."""


_NEGATED = frozenset(["no", "not", "without", "off", "none", "closed", "disabled"])
"""`no-sidebar`, `comments-off`: what is not there."""


class Context(NamedTuple):
    """Where an element stands."""

    region: str
    """One of `REGIONS`."""
    element: str
    """One of `KINDS`: what holds the text directly inside it."""
    sectioned: bool
    """Whether it is one of `SECTIONS` or inside one."""
    in_article: bool


_OUTSIDE = Context(OTHER, "text", sectioned=False, in_article=False)


class _Weight(NamedTuple):
    """What is inside an element: characters of text, characters of it in links, links, first headlines."""

    text: int
    linked: int
    links: int
    headlines: int


class Contexts:
    """The contexts of one page's elements.

    Args:
        root: the page's root element, of lxml.
    """

    def __init__(self, root: Any) -> None:
        self._inside = _weigh(root)
        self._whole = self._inside[root]
        self._told = dict(self._headed(root))
        self._told.update(self._forms(root))
        self._told.update((element, "consent") for element in self._notices(root))
        self._known: dict[Any, Context] = {}
        if not any(context.region == MAIN for context in map(self.of, root.iter("*"))):
            self._infer_main(root)

    def of(self, element: Any) -> Context:
        """Return the context of an element."""
        path = []  # each element is looked at once, whatever the depth
        while element is not None and element not in self._known:
            path.append(element)
            element = element.getparent()
        context = _OUTSIDE if element is None else self._known[element]
        for one in reversed(path):
            tag = one.tag
            context = self._known[one] = Context(
                self._region(context, one),
                _kind(context.element, one),
                context.sectioned or tag in SECTIONS,
                context.in_article or tag == "article",
            )
        return context

    def _region(self, context: Context, element: Any) -> str:
        outer = context.region
        if outer not in PARTS:
            return outer
        own = self._claimed(element, context)
        if own is None:
            return LINKS if outer in (MAIN, OTHER) and self._lists_links(element) else outer
        if (outer == FOOTER and own in PARTS) or (outer in ENDS and own == MAIN):
            return outer
        return own

    def _claimed(self, element: Any, context: Context) -> str | None:
        """The region that an element itself claims, by its strongest evidence."""
        tag = element.tag
        special = _first(_MICRODATA, f"{element.get('itemtype') or ''} {element.get('itemprop') or ''}")
        if special is None and not self._is_page(element):
            label = (element.get("aria-label") or "").replace(" ", "-")
            special = by_words(f"{element.get('class') or ''} {element.get('id') or ''} {label}") or self._told.get(element)
        plain = _ELEMENTS.get(tag) or _first(_ROLES, (element.get("role") or "").lower())
        if plain == TITLE and element.getparent().tag not in ("head", "html", "body"):
            plain = None  # a drawing's title
        if special is not None and (special not in PARTS or plain is None):
            return special
        if tag == "a" and element.get("rel") in ("prev", "next"):
            return "pagination"
        if plain is not None:
            return plain
        if (tag in ("header", "footer") and not context.sectioned) or (tag == "aside" and not context.in_article):
            return str(tag)
        if element.get("hidden") is not None or _INVISIBLE.search(element.get("style") or ""):
            return HIDDEN
        return None

    def _is_page(self, element: Any) -> bool:
        """Whether an element is so much of the page that what it says of itself it says of the page."""
        inside = self._inside[element]
        return element.tag in WHOLE or inside.text > LARGE * self._whole.text or inside.headlines > 0

    def _lists_links(self, element: Any) -> bool:
        inside = self._inside[element]
        return inside.links >= LINK_COUNT and inside.linked >= LINKED * inside.text > 0

    def _headed(self, root: Any) -> Iterator[tuple[Any, str]]:
        """Yield the elements that a heading speaks for, with their regions: what it stands in, or up to the next heading."""
        for element in root.iter("h2", "h3", "h4", "h5", "h6", "p", "div", "span", "b", "strong", "legend"):
            inside = self._inside[element].text
            heading = _is_heading(element)
            if not 0 < inside <= _HEADING or not (heading or element.tag in ("b", "strong")):
                continue
            region = by_heading(" ".join("".join(element.itertext()).split()))
            if region is None:
                continue
            head, parent = element, element.getparent()
            while parent is not None and self._inside[parent].text <= inside:
                head, parent = parent, parent.getparent()
            if not heading:
                if parent is not None and self._inside[parent].text <= _LABELLED and not (parent.text or "").strip():
                    yield parent, region
                continue
            around = islice(head.itersiblings(), _SIBLINGS), islice(head.itersiblings(preceding=True), _SIBLINGS)
            after, before = ([one.tag for one in siblings] for siblings in around)
            if parent is not None and element.tag not in after + before and not self._is_page(parent):
                yield parent, region
            else:
                end = after.index(element.tag) if element.tag in after else len(after)
                yield from ((one, region) for one in (head, *islice(head.itersiblings(), end)))

    def _forms(self, root: Any) -> Iterator[tuple[Any, str]]:
        """Yield the elements around forms that ask for nothing but an address."""
        for form in root.iter("form"):
            fields = {field.get("type") if field.tag == "input" else field.tag for field in form.iter("input", "textarea")}
            if "email" in fields and not fields & {"password", "textarea"}:
                element, parent = form, form.getparent()
                while parent is not None and not self._is_page(parent) and self._inside[parent].text <= SIGN_UP:
                    element, parent = parent, parent.getparent()
                yield element, "newsletter"

    def _notices(self, root: Any) -> Iterator[Any]:
        """Yield the body's own parts that speak of cookies and of little else."""
        for body in root.iter("body"):
            for part in body.iterchildren("*"):
                if self._inside[part].text <= NOTICE and _said(part).casefold().count("cookie") > 1:
                    yield part

    def _infer_main(self, root: Any) -> None:
        """Make the smallest element with most of the text that no region claims the main part."""
        unclaimed: dict[Any, int] = {}
        for element in reversed(list(root.iter("*"))):  # children before their parents
            own = element.text if self.of(element).region == OTHER and element.tag not in ("script", "style") else ""
            parent = element.getparent()
            tail = element.tail if parent is not None and self.of(parent).region == OTHER else ""
            unclaimed[element] = unclaimed.get(element, 0) + len((own or "").strip())
            if parent is not None:
                unclaimed[parent] = unclaimed.get(parent, 0) + unclaimed[element] + len((tail or "").strip())
        most = LARGE * unclaimed[root]
        main = root
        while (found := next((child for child in main.iterchildren("*") if unclaimed[child] > most), None)) is not None:
            main = found
        if most:
            for element in main.iter("*"):
                if self._known[element].region == OTHER:
                    self._known[element] = self._known[element]._replace(region=MAIN)


def _said(element: Any) -> str:
    """The text inside an element, scripts and styles left out."""
    spoken = (one for one in element.iter("*") if one.tag not in ("script", "style"))
    return " ".join(f"{one.text or ''} {one.tail or ''}" for one in spoken)


def _is_heading(element: Any) -> bool:
    """Whether an element is a heading by its tag, role or class."""
    return (
        element.tag[0] == "h"
        or element.get("role") == "heading"
        or _HEADING_CLASS.search(element.get("class") or "") is not None
    )


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


def _weigh(root: Any) -> dict[Any, _Weight]:
    import lxml.etree

    inside: dict[Any, _Weight] = {}
    begun: list[_Weight] = []
    length = linked = links = headlines = silent = depth = 0
    for event, element in lxml.etree.iterwalk(root, events=("start", "end")):
        tag = element.tag
        if not isinstance(tag, str):
            continue
        step = 1 if event == "start" else -1
        silent += step * (tag in ("script", "style"))
        depth += step * (tag == "a")
        if event == "start":
            begun.append(_Weight(length, linked, links, headlines))
            links += tag == "a"
            headlines += tag == "h1"
        else:
            text, in_links, before_links, before_headlines = begun.pop()
            inside[element] = _Weight(length - text, linked - in_links, links - before_links, headlines - before_headlines)
        words = element.text if event == "start" else element.tail
        if words and not silent:
            size = len(words.strip())
            length += size
            linked += size if depth else 0
    return inside


def by_words(names: str) -> str | None:
    """Return the region that a class, id and label speak of, None when they say nothing."""
    found = min((_claim(name) for name in names.split()), default=len(RULES))
    return RULES[found].region if found < len(RULES) else None


@lru_cache(maxsize=2**15)  # names repeat all over a page and a site
def _claim(name: str) -> int:
    """The place of the first rule that a name fits, their number where none does."""
    words = [word for word in _NAME.findall(name) if word.isdigit() or not _HASH.fullmatch(word)]
    parts = [part.lower() for word in words for part in _HUMP.split(word) if part]
    if not parts or parts[0] in _NEGATED or parts[-1] in _NEGATED:
        return len(RULES)
    whole = " ".join(parts)
    claims = [_WORDS.get(part, len(RULES)) for part in (f"={whole}", *parts)]
    claims += [place for phrase, place in _PHRASES if phrase in whole and f" {phrase} " in f" {whole} "]
    claims += [place for begin, place in _BEGINNINGS if begin in whole and any(part.startswith(begin) for part in parts)]
    return min(claims)


def by_heading(text: str) -> str | None:
    """Return the region that a heading speaks of, None when it says nothing."""
    folded = text.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return next((region for begins, region in _HEADINGS if begins.match(folded)), None)


def _first(table: dict[str, str], names: str) -> str | None:
    return next((table[part] for name in names.split() if (part := name.rsplit("/", 1)[-1]) in table), None)


def _table(place: int) -> dict[str, str]:
    return {word: rule.region for rule in reversed(RULES) for word in str(rule[place]).split()}


def _entries(column: str) -> list[str]:
    return [entry.strip() for entry in column.split(",") if entry.strip()]


_ELEMENTS, _ROLES, _MICRODATA = _table(1), _table(2), _table(3)
_ENTRIES = [(entry, place) for place, rule in enumerate(RULES) for entry in _entries(rule.words)]
_WORDS = {entry: place for entry, place in reversed(_ENTRIES) if " " not in entry and "*" not in entry}
_PHRASES = [(entry, place) for entry, place in _ENTRIES if " " in entry]
_BEGINNINGS = [(entry[:-1], place) for entry, place in _ENTRIES if entry.endswith("*")]


def _begins(entry: str) -> str:
    """A pattern of the entry; in scripts that put spaces between words, of whole words."""
    return re.escape(entry) + (r"(?![^\W\d_])" if _SPACED.match(entry[-1]) else "")


_SPACED = re.compile("[a-z\u00df-\u024f\u0400-\u04ff]")
_HEADINGS = [
    (re.compile("|".join(_begins(entry.casefold()) for entry in _entries(rule.headings))), rule.region)
    for rule in RULES
    if rule.headings
]
