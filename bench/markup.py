"""The one way in which an extractor's HTML becomes text, for every extractor that returns HTML."""

from __future__ import annotations


def to_text(html: str) -> str:
    """Return the text of an HTML page or fragment, block elements apart by line breaks; scripts and styles are left out.

    The `html_text` package does it, as in the published whole-page rows. Adjacent blocks never run together, which the
    DOM's textContent lets them do; the price is a space between inline elements too, so that a word of which a part is
    emphasised comes apart. Styles are not computed: what they hide is still text. Parsed without libxml2's usual limits on
    depth and length, which would silently cut a page short; only what is deeper than 2,047 levels is lost. An empty or white
    fragment gives "".
    """
    import html_text
    import lxml.etree
    import lxml.html

    body = html.strip().replace("\0", "").encode("utf-8", "replace")
    if not body:
        return ""
    parser = lxml.html.HTMLParser(recover=True, encoding="utf-8", huge_tree=True)
    root = lxml.etree.fromstring(body, parser=parser)
    return "" if root is None else str(html_text.extract_text(root))
