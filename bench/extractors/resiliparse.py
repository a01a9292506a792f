"""Resiliparse: main content by rules on element names and classes, over a fast HTML5 parser."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract

DISTRIBUTIONS = ("Resiliparse",)
LICENCE = "Apache-2.0"
HOMEPAGE = "https://resiliparse.chatnoir.eu"


def extractor(
    *,
    main_content: bool = True,
    preserve_formatting: bool = True,
    list_bullets: bool = True,
    alt_texts: bool = True,
    links: bool = False,
    form_fields: bool = False,
    noscript: bool = False,
    comments: bool = True,
    post_meta: bool = True,
    hidden_elements: bool = False,
) -> Extract:
    """The settings are the library's own, and so are their defaults but `main_content`: `false` there is the whole page.

    Nearest to what gold asks for: `resiliparse:list_bullets=false,alt_texts=false,comments=false,post_meta=false`.
    """
    from resiliparse.extract.html2text import extract_plain_text

    return lambda page: extract_plain_text(
        page.text,
        main_content=main_content,
        preserve_formatting=preserve_formatting,
        list_bullets=list_bullets,
        alt_texts=alt_texts,
        links=links,
        form_fields=form_fields,
        noscript=noscript,
        comments=comments,
        post_meta=post_meta,
        hidden_elements=hidden_elements,
    )
