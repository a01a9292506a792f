"""jusText: paragraphs kept or dropped by length, link density and share of stop words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput

DISTRIBUTIONS = ("justext",)
LICENCE = "BSD-2-Clause"
HOMEPAGE = "https://github.com/miso-belica/jusText"

LISTS_BY_LANGUAGE: dict[str, str] = dict(re.findall(r"(\w+) (\w+)", """
    af Afrikaans  an Aragonese  ar Arabic  ast Asturian  az Azerbaijani  be Belarusian  bg Bulgarian  bn Bengali
    bpy Bishnupriya_Manipuri  br Breton  bs Bosnian  ca Catalan  ceb Cebuano  cs Czech  cv Chuvash  cy Welsh  da Danish
    de German  el Greek  en English  eo Esperanto  es Spanish  et Estonian  eu Basque  fa Persian  fi Finnish  fil Tagalog
    fr French  fy West_Frisian  ga Irish  gl Galician  gu Gujarati  he Hebrew  hi Hindi  hr Croatian  ht Haitian
    hu Hungarian  hy Armenian  id Indonesian  ig Igbo  in Indonesian  io Ido  is Icelandic  it Italian  iw Hebrew
    jv Javanese  ka Georgian  kk Kazakh  kn Kannada  ko Korean  ku Kurdish  ky Kyrgyz  la Latin  lb Luxembourgish
    lmo Lombard  lt Lithuanian  lv Latvian  mk Macedonian  ml Malayalam  mr Marathi  ms Malay  mt Maltese  nap Neapolitan
    nb Norwegian_Bokmal  nds Low_Saxon  ne Nepali  new Newar  nl Dutch  nn Norwegian_Nynorsk  no Norwegian_Bokmal
    oc Occitan  pl Polish  pms Piedmontese  pnb Western_Panjabi  pt Portuguese  qu Quechua  ro Romanian  ru Russian
    rup Aromanian  scn Sicilian  sgs Samogitian  sh Serbo_Croatian  sk Slovak  sl Slovenian  sq Albanian  sr Serbian
    su Sundanese  sv Swedish  sw Swahili  ta Tamil  te Telugu  tk Turkmen  tl Tagalog  tr Turkish  uk Ukrainian  ur Urdu
    uz Uzbek  vi Vietnamese  vo Volapuk  wa Walloon  war Waray_Waray  yo Yoruba
"""))  # fmt: skip
"""The library's lists by language subtag; `in` and `iw` are old ones that pages still use."""
_HEAD = 20_000
"""Characters in which a page's language is looked for."""
_LANG = re.compile(r"<html\b[^>]*?\s(?:xml:)?lang\s*=\s*[\"']?\s*([a-z]{2,3})\b", re.IGNORECASE)
_META = re.compile(r"<meta\b[^>]*?[\"'\s=](?:content-language|og:locale)[\"'\s][^>]*>", re.IGNORECASE)
_CONTENT = re.compile(r"\bcontent\s*=\s*[\"']?\s*([a-z]{2,3})(?![a-z])", re.IGNORECASE)


def declared_language(html: str) -> str | None:
    """Return the language subtag that a page gives itself, lower case: `<html lang>`, Content-Language or og:locale."""
    head = html[:_HEAD]
    found = _LANG.search(head) or next(filter(None, (_CONTENT.search(meta[0]) for meta in _META.finditer(head))), None)
    return found[1].lower() if found else None


def extractor(
    *,
    stoplist: str = "all",
    length_low: int = 70,
    length_high: int = 200,
    stopwords_low: float = 0.30,
    stopwords_high: float = 0.32,
    max_link_density: float = 0.2,
    max_heading_distance: int = 200,
    no_headings: bool = False,
) -> Extract:
    """`stoplist` is a language's English name as the library has it (`stoplist=German`), `all` or `page`.

    The library has no default for it and knows no page's language. `all` is every list together, the one choice that is
    fair to every page; `page` is the list of the language that the page declares, all where it declares none or one without
    a list. The other defaults are the library's own. The row that article-extraction-benchmark publishes is
    `justext:stoplist=English,length_low=50,stopwords_low=.1,stopwords_high=.2,no_headings=true`.
    """
    import justext

    every = justext.get_stoplists()

    def stop_words(name: str) -> frozenset[str]:
        return frozenset().union(*(justext.get_stoplist(one) for one in (every if name == "all" else [name])))

    words = {name: stop_words(name) for name in ([*every, "all"] if stoplist == "page" else [stoplist])}

    def extract(page: PageInput) -> str:
        name = LISTS_BY_LANGUAGE.get(declared_language(page.text) or "", "all") if stoplist == "page" else stoplist
        paragraphs = justext.justext(
            page.text,
            words[name],
            length_low=length_low,
            length_high=length_high,
            stopwords_low=stopwords_low,
            stopwords_high=stopwords_high,
            max_link_density=max_link_density,
            max_heading_distance=max_heading_distance,
            no_headings=no_headings,
        )
        return "\n\n".join(paragraph.text for paragraph in paragraphs if not paragraph.is_boilerplate)

    return extract
