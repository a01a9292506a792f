"""Text, encodings and markup: what every extractor is given and what every metric counts."""

from __future__ import annotations

import ast
import codecs
import re
import sys
import unicodedata
from html import escape
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import bench
from bench.encoding import FALLBACK, codec_of
from bench.extract import PageInput
from bench.markup import to_text
from bench.text import normalise, sane, tokenise
from bench.words import Vocabulary

PACKAGE = Path(bench.__file__).parent
ANY_TEXT = st.text(st.characters(exclude_categories=[]))  # surrogates too
SURROGATES = st.text("\ud83d\ude00\udc00\ud800ab\ufeff")
# Letters of several scripts, marks that reorder and compose, invisible characters, line ends.
TRICKY = st.text(st.sampled_from("aAéßİıſΣςﬁ½Ⅳ日ｶﾞてสวัखि한\u0301\u0327\u0345\u200d\u00ad\ufeff\u2066 \n.'’-3_\ud83d\ude00"))
quick = settings(deadline=None, max_examples=100)


# text.py


@quick
@given(SURROGATES)
@example("\ud83d\ude00")
@example("\ufeff\ud800")
def test_text_made_sane_fits_utf_8_and_keeps_every_character_that_is_one(text: str) -> None:
    # The same by hand: one character at a time, a high surrogate taking the low one after it.
    expected, rest = "", text
    while rest:
        if "\ud800" <= rest[0] <= "\udbff" and "\udc00" <= rest[1:2] <= "\udfff":
            expected += chr(0x10000 + (ord(rest[0]) - 0xD800) * 0x400 + ord(rest[1]) - 0xDC00)
            rest = rest[2:]
        else:
            expected += "\ufffd" if "\ud800" <= rest[0] <= "\udfff" else rest[0]
            rest = rest[1:]
    assert sane(text) == expected
    sane(text).encode()


@quick
@given(st.one_of(ANY_TEXT, TRICKY))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_normalising_any_single_character_twice_changes_nothing_more() -> None:
    unstable = [hex(code) for code in range(sys.maxunicode + 1) if normalise(once := normalise(chr(code))) != once]
    assert unstable == []


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param("naïve", unicodedata.normalize("NFD", "naïve"), id="composed and decomposed"),
        pytest.param("Straße", "STRASSE", id="full case folding"),
        pytest.param("ΣΊΣΥΦΟΣ", "Σίσυφος", id="final sigma"),
        pytest.param("ﬁne", "fine", id="ligature"),
        pytest.param("ＡＢＣ１２", "abc12", id="full width"),
        pytest.param("ｶﾞｽ", "ガス", id="half-width katakana"),
        pytest.param("co\u00adop", "coop", id="soft hyphen"),
        pytest.param("می\u200cخواهم", "میخواهم", id="zero-width non-joiner"),
        pytest.param("\u2067שלום\u2069", "שלום", id="direction isolates"),
        pytest.param("\ufefftext", "text", id="byte order mark"),
        pytest.param("☺\ufe0f", "☺", id="variation selector"),
        pytest.param("葛\U000e0100城", "葛城", id="ideographic variation selector"),
        pytest.param("ᠮᠣ\u180bᠩ", "ᠮᠣᠩ", id="Mongolian variation selector"),
        pytest.param("e\u200b\u0301", "é", id="mark kept from its letter by something invisible"),
    ],
)
def test_what_a_reader_sees_as_the_same_is_the_same(left: str, right: str) -> None:
    assert normalise(left) == normalise(right)


# By the rules and the notes of Unicode Standard Annex #29, section 4 (word boundaries); words are the segments that hold a
# letter or digit. Without a dictionary a Thai or Khmer grapheme stands alone, as an ideograph or hiragana does.
@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        pytest.param("", [], id="empty"),
        pytest.param(" \t\n\u3000", [], id="white space"),
        pytest.param("... !? — “” €", [], id="punctuation and symbols"),
        pytest.param("Can't stop!", ["can't", "stop"], id="apostrophe inside a word"),
        pytest.param("3.14 and 1,000", ["3.14", "and", "1,000"], id="numbers"),
        pytest.param("co-operate", ["co", "operate"], id="hyphen"),
        pytest.param("foo_bar U.S.A.", ["foo_bar", "u.s.a"], id="connectors"),
        pytest.param("日本語テスト", ["日", "本", "語", "テスト"], id="Japanese"),
        pytest.param("ひらがな", ["ひ", "ら", "が", "な"], id="hiragana"),
        pytest.param("안녕하세요 세계", ["안녕하세요", "세계"], id="Korean"),
        pytest.param("สวัสดี", ["ส", "วั", "ส", "ดี"], id="Thai"),
        pytest.param("ខ្មែរ", ["ខ្", "មែ", "រ"], id="Khmer"),
        pytest.param("नमस्ते दुनिया", ["नमस्ते", "दुनिया"], id="Devanagari"),
        pytest.param("مرحبا بالعالم", ["مرحبا", "بالعالم"], id="Arabic"),
        pytest.param("one\ntwo\r\nthree\u2028four\x00five", ["one", "two", "three", "four", "five"], id="line ends and NUL"),
        pytest.param("so 😀👨‍👩‍👧 good", ["so", "good"], id="emoji"),
    ],
)
def test_words_are_those_of_uax_29(text: str, tokens: list[str]) -> None:
    assert tokenise(text) == tokens


@quick
@given(st.one_of(ANY_TEXT, TRICKY))
def test_tokens_stand_in_the_normalised_text_in_order_and_are_normal_themselves(text: str) -> None:
    rest = normalise(text)
    for token in tokenise(text):
        assert token
        assert normalise(token) == token
        before, found, rest = rest.partition(token)
        assert found, f"{token!r} is not in what is left after {before!r}"


@quick
@given(TRICKY, TRICKY)
def test_a_blank_line_keeps_tokens_apart(first: str, second: str) -> None:
    # Gold is tokenised by block, outputs as a whole: both must count alike.
    assert tokenise(f"{first}\n\n{second}") == tokenise(first) + tokenise(second)


# encoding.py

KOI8 = "Привет, мир".encode("koi8-r")


@pytest.mark.parametrize(
    ("html", "forced", "codec"),
    [
        pytest.param(b"", None, "utf-8", id="an empty page"),
        pytest.param(b"plain", None, "utf-8", id="ASCII"),
        pytest.param("né".encode(), None, "utf-8", id="valid UTF-8 that declares nothing"),
        pytest.param("né".encode("latin-1"), None, FALLBACK, id="neither declared nor UTF-8"),
        pytest.param(b'<meta charset="koi8-r">' + KOI8, None, "koi8-r", id="declared by charset"),
        pytest.param(
            b'<meta http-equiv=content-type content="text/html; charset=koi8-r">' + KOI8,
            None,
            "koi8-r",
            id="declared by pragma",
        ),
        pytest.param(b'<meta charset="koi8-r">' + KOI8, "windows-1251", "cp1251", id="forced before declared"),
        pytest.param(codecs.BOM_UTF8 + b'<meta charset="koi8-r">', "windows-1251", "utf-8", id="mark before all"),
        pytest.param(codecs.BOM_UTF16_LE + "x".encode("utf-16-le"), None, "utf-16-le", id="UTF-16 by its mark"),
        pytest.param(codecs.BOM_UTF16_BE + "x".encode("utf-16-be"), "utf-8", "utf-16-be", id="UTF-16 by its other mark"),
        pytest.param(b'<meta charset="utf-16">', None, "utf-8", id="UTF-16 declared in ASCII"),
        pytest.param(b'<meta charset="koi8-r">' + KOI8, "no-such-thing", "koi8-r", id="forced to something unknown"),
        pytest.param(b'<meta charset="no-such-thing">' + KOI8, None, FALLBACK, id="declared as something unknown"),
        pytest.param(b'<!-- <meta charset="koi8-r"> -->' + KOI8, None, FALLBACK, id="declared in a comment"),
        pytest.param(b'<meta charset="koi8-r">', None, "koi8-r", id="declared on a page of ASCII"),
        pytest.param(b" " * 5000 + b'<meta charset="koi8-r">' + KOI8, None, FALLBACK, id="declared too late"),
        pytest.param(b'<meta name="x" content="charset=koi8-r">' + KOI8, None, FALLBACK, id="a meta about something else"),
    ],
)
def test_an_encoding_is_settled_as_a_browser_would(html: bytes, forced: str | None, codec: str) -> None:
    assert codec_of(html, forced) == codec


# https://encoding.spec.whatwg.org/#names-and-labels, one or two labels of each encoding; gb18030 decodes all of gbk.
@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("utf8", "utf-8"),
        ("unicode-1-1-utf-8", "utf-8"),
        ("unicode", "utf-8"),  # UTF-16, which in a declaration means UTF-8
        ("cp866", "cp866"),
        ("iso-8859-2", "iso8859-2"),
        ("iso88592", "iso8859-2"),
        ("iso-8859-8", "iso8859-8"),
        ("iso-8859-8-i", "iso8859-8"),
        ("logical", "iso8859-8"),
        ("iso-8859-15", "iso8859-15"),
        ("koi8-r", "koi8-r"),
        ("koi8", "koi8-r"),
        ("koi8-ru", "koi8-u"),
        ("macintosh", "mac-roman"),
        ("x-mac-cyrillic", "mac-cyrillic"),
        ("windows-874", "cp874"),
        ("dos-874", "cp874"),
        ("windows-1251", "cp1251"),
        ("x-cp1251", "cp1251"),
        ("ascii", "cp1252"),
        ("latin1", "cp1252"),
        ("ISO-8859-1", "cp1252"),
        ("iso-8859-9", "cp1254"),
        ("gb2312", "gb18030"),
        ("gbk", "gb18030"),
        ("x-gbk", "gb18030"),
        ("csgb2312", "gb18030"),
        ("big5", "big5hkscs"),
        ("x-x-big5", "big5hkscs"),
        ("euc-jp", "euc_jp"),
        ("x-euc-jp", "euc_jp"),
        ("shift_jis", "cp932"),
        ("x-sjis", "cp932"),
        ("euc-kr", "cp949"),
        ("ks_c_5601-1987", "cp949"),
        ("windows-949", "cp949"),
    ],
)
def test_a_label_means_what_browsers_take_it_for(label: str, codec: str) -> None:
    assert codec_of(f'<meta charset="{label}">'.encode() + b"\xe9\xff") == codec


@pytest.mark.parametrize("forced", [False, True], ids=["declared", "forced"])
@pytest.mark.parametrize(
    "label", ["hex", "base64", "zip", "rot13", "undefined", "idna", "punycode", "unicode_escape", "utf-7", "cp037"]
)
def test_a_codec_of_python_that_is_no_encoding_of_the_web_is_not_taken(label: str, forced: bool) -> None:
    html = b"<p>caf\xc3\xa9</p>" if forced else f'<meta charset="{label}"><p>café</p>'.encode()
    page = PageInput(html, codec_of(html, label if forced else None), forced, None)
    assert page.text.endswith("<p>café</p>")


@quick
@given(st.binary(), st.sampled_from([None, "utf-8", "latin-1", "utf-16", "gb2312", "shift_jis", "?"]))
@example(b"\xff\xfe", None)
@example(b"\xff\xfe\x00\x00a", None)
@example(b"<meta charset=", None)
def test_any_bytes_decode(html: bytes, forced: str | None) -> None:
    page = PageInput(html, codec_of(html, forced), forced is not None, None)
    page.text.encode()
    assert page.text or not html or html in {codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}


# extract.py


def test_a_page_is_decoded_without_its_byte_order_mark() -> None:
    html = codecs.BOM_UTF8 + b"<p>x"
    assert PageInput(html, codec_of(html), False, None).text == "<p>x"
    assert PageInput(html, codec_of(html), False, None).bytes == html


def test_what_cannot_be_decoded_is_marked_and_not_dropped() -> None:
    assert PageInput(b"a\xffb", "utf-8", False, None).text == "a\ufffdb"


@pytest.mark.parametrize(("forced", "source"), [(False, b"\xe9"), (True, "é")], ids=["inside", "outside"])
def test_a_library_gets_text_only_when_the_encoding_comes_from_outside_the_page(forced: bool, source: bytes | str) -> None:
    assert PageInput(b"\xe9", "cp1252", forced, None).source == source


def test_an_extractor_learns_nothing_of_a_page_but_bytes_encoding_url_and_how_long_it_has() -> None:
    page = PageInput(b"", "utf-8", False, "https://a.example/", 3.5)
    of_the_page = {"bytes": b"", "codec": "utf-8", "forced": False, "url": "https://a.example/"}
    assert vars(page) == of_the_page | {"deadline": 3.5, "notes": {}, "_text": None}


@pytest.mark.parametrize("name", ["extract.py", "model.py", "worker.py", "limits.py"])
def test_a_module_that_workers_or_records_rest_on_imports_the_standard_library_alone(name: str) -> None:
    found = set()
    for node in ast.walk(ast.parse((PACKAGE / name).read_bytes())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    assert found - set(sys.stdlib_module_names) - {"bench"} == set()


@pytest.mark.parametrize("name", ["extract.py", "markup.py", "worker.py", "limits.py"])
def test_a_module_that_runs_inside_workers_is_readable_by_older_pythons(name: str) -> None:
    ast.parse((PACKAGE / name).read_bytes(), feature_version=(3, 8))


# markup.py


@pytest.mark.parametrize(
    ("html", "text"),
    [
        pytest.param("", "", id="nothing"),
        pytest.param(" \n\t", "", id="white space"),
        pytest.param("<!-- x -->", "", id="a comment"),
        pytest.param("<html><body></body></html>", "", id="an empty document"),
        pytest.param("\x00", "", id="NUL"),
        pytest.param("plain", "plain", id="no markup"),
        pytest.param("a &lt;b&gt; &amp;c", "a <b> &c", id="character references"),
        pytest.param("a<br>b", "a\nb", id="line break"),
        pytest.param("<div>a</div><div>b</div>", "a\nb", id="divisions"),
        pytest.param("<p>a</p><p>b</p>", "a\n\nb", id="paragraphs"),
        pytest.param("<ul><li>a<li>b</ul>", "a\nb", id="list items"),
        pytest.param("<tr><td>a</td><td>b</td></tr>", "a b", id="cells"),
        pytest.param("<script>x</script><style>y</style>z", "z", id="scripts and styles"),
        pytest.param("<a>x</a>, y", "x, y", id="punctuation after an element"),
        pytest.param("<a>x</a> <a>y</a>", "x y", id="elements with a space between"),
        pytest.param("<?xml version='1.0' encoding='utf-16'?><p>x</p>", "x", id="an XML declaration"),
        pytest.param("&#xD800;", "\ufffd", id="reference to a surrogate"),
    ],
)
def test_markup_becomes_its_text(html: str, text: str) -> None:
    assert to_text(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        pytest.param("a <b>bold</b> word", "a bold word", id="a word of its own"),
        pytest.param("<em>So</em>, then.", "So, then.", id="before punctuation"),
        pytest.param("<a>one</a><a>two</a>", "one two", id="neighbours without a space"),
        # The price of the line above, as documented: a part of a word comes apart too.
        pytest.param("un<b>believ</b>able", "un believ able", id="part of a word"),
    ],
)
def test_an_inline_element_is_set_apart_by_a_space_but_not_from_punctuation(html: str, text: str) -> None:
    assert to_text(html) == text


@quick
@given(st.one_of(st.text(), st.text("<>/=!-&;#x'\" apdivscript\x00\n")))
def test_no_markup_stops_the_conversion(html: str) -> None:
    assert isinstance(to_text(html), str)


@quick
@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"])))
def test_escaped_text_comes_out_with_the_same_words(text: str) -> None:
    assert tokenise(to_text(f"<div><p>{escape(text)}</p></div>")) == tokenise(text)


@pytest.mark.parametrize("depth", [100, 255, 500, 1500])
def test_text_survives_deep_nesting_and_so_does_what_follows(depth: int) -> None:
    # Browsers nest 512 deep and then go on beside; no text is lost.
    text = to_text("<p>before</p>" + "<div>" * depth + "deep" + "</div>" * depth + "<p>after</p>")
    assert tokenise(text) == ["before", "deep", "after"]


def test_text_survives_a_run_of_more_than_ten_megabytes() -> None:
    # libxml2's limit for one text node, unless it is told otherwise.
    text = to_text(f"<p>before</p><p>{'x' * 10_000_001}</p><p>after</p>")
    assert text.startswith("before")
    assert text.endswith("after")


# The words of published metrics


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def of_each(vocabulary: Vocabulary, texts: list[str]) -> list[list[int]]:
    return [numbers.tolist() for numbers in vocabulary.numbers(texts).parts()]


@pytest.mark.parametrize(
    "text", ["", "one two", "it's 1_000 Ａ", "e\u0301 naïve 東京都 कक्षा", "\ud800 a\udfffb", "a\u00a0b\u2028c\x1cd"]
)
def test_words_are_the_matches_of_the_regular_expression(text: str) -> None:
    vocabulary = Vocabulary(" ".join(words(text)))
    assert of_each(vocabulary, [text]) == [vocabulary.own.tolist()]
    assert len(vocabulary.own) == len(words(text))


def test_words_are_those_matches_next_to_every_code_point() -> None:
    text = "".join(f"a{chr(point)}b " for point in range(0x110000))
    found = words(text)
    vocabulary = Vocabulary(text)
    number_of = dict(zip(found, vocabulary.own.tolist(), strict=True))
    assert len(set(number_of.values())) == len(number_of)
    assert vocabulary.own.tolist() == [number_of[word] for word in found]
    assert of_each(vocabulary, [text]) == [vocabulary.own.tolist()]


HOSTILE = st.one_of(
    st.text(st.sampled_from("aab_ \n\0é東\udc80"), max_size=80),
    st.text(st.characters(), max_size=40),
    st.lists(st.sampled_from(["a" * 8, "a" * 9, "a" * 16, "a" * 17, "a" * 18, "é" * 8, "é" * 9]), max_size=9).map(" ".join),
)


@settings(deadline=None)
@given(HOSTILE, HOSTILE)
def test_a_vocabulary_numbers_the_words_it_knows_and_no_others(known: str, other: str) -> None:
    vocabulary = Vocabulary(known)
    number_of = dict(zip(words(known), vocabulary.own.tolist(), strict=True))
    assert sorted(number_of.values()) == list(range(1, len(number_of) + 1))
    texts = [known, other, "", f"{other} {known}", other + known, known]
    assert vocabulary.own.tolist() == [number_of[word] for word in words(known)]
    assert of_each(vocabulary, texts) == [[number_of.get(word, 0) for word in words(text)] for text in texts]


def test_a_vocabulary_holds_many_words() -> None:
    text = " ".join(map(str, range(200_000)))
    vocabulary = Vocabulary(text)
    assert sorted(vocabulary.own.tolist()) == list(range(1, 200_001))
    assert of_each(vocabulary, [f"x {text}", "200000"]) == [[0, *vocabulary.own.tolist()], [0]]
