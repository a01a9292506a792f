"""`bench check --fix`: it mends what it says, nothing else, and once."""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Said, write_corpus
from hypothesis import given
from hypothesis import strategies as st

from bench.checks.mend import mended_gold, mended_markdown, mended_metadata
from bench.readers.native import Native, parse_blocks

Bench = Callable[..., Said]

CAFE, APART = "Caf\u00e9", "Cafe\u0301"
SHOWN = f"The old mill {CAFE} ~5 km"

GOLDS = [
    pytest.param("\ufeffone\n", "one\n", ["byte order mark removed"], id="byte order mark"),
    pytest.param("\n \ufeff\ufeffone\n", "one\n", ["byte order mark removed"], id="byte order marks below blank lines"),
    pytest.param("one\r\n\r\ntwo\r", "one\n\ntwo\n", ["line ends written as \\n"], id="line ends"),
    pytest.param("one  \ntwo\t\n", "one\ntwo\n", ["trailing white space removed (2 lines)"], id="trailing white space"),
    pytest.param("one\n \t\ntwo\n", "one\n\ntwo\n", ["trailing white space removed (1 line)"], id="a blank line with spaces"),
    pytest.param("\none\n\n\n\ntwo\n\n", "one\n\ntwo\n", ["surplus blank lines removed"], id="blank lines"),
    pytest.param("one", "one\n", ["final newline added"], id="no final newline"),
    pytest.param("", "", [], id="nothing"),
    pytest.param("\n\n", "", ["surplus blank lines removed"], id="nothing but blank lines"),
    pytest.param("  one\n    two\n", "  one\n    two\n", [], id="indented code"),
    pytest.param("~Menu\n\none\n", "~ Menu\n\none\n", ["line 1: `~Menu` is optional now"], id="a mark without its space"),
    pytest.param("one\n\n~\tMenu bar\n", "one\n\n~ Menu bar\n", ["line 3: `~` is optional now"], id="a mark with a tab"),
    pytest.param("~5 km\n", "~5 km\n", [], id="a tilde that the page shows"),
    pytest.param("~~gone~~\n", "~~gone~~\n", [], id="two tildes"),
    pytest.param("~ \n\none\n", "~ \n\none\n", [], id="a mark with nothing behind it is not made a required block"),
    pytest.param("~   \n\none\n", "~ \n\none\n", ["trailing white space removed (1 line)"], id="nor is one with more spaces"),
    pytest.param("~\n", "~\n", [], id="a mark alone"),
    pytest.param("~\t\n", "~\n", ["trailing white space removed (1 line)"], id="a tilde and a tab, which is text"),
    pytest.param("?50% \n", "?50% \n", [], id="a draft's mark"),
    pytest.param(f"{APART}\n", f"{CAFE}\n", ["written in Unicode's NFC, as the page is"], id="composed, as the page is"),
    pytest.param("noe\u0308l\n", "noe\u0308l\n", [], id="not composed where the page does not have it"),
]


@pytest.mark.parametrize(("text", "mended", "said"), GOLDS)
def test_gold_is_mended_and_every_mend_told(text: str, mended: str, said: list[str]) -> None:
    assert mended_gold(text, lambda: SHOWN) == (mended, said)
    assert mended_gold(mended, lambda: SHOWN) == (mended, [])


def test_what_the_page_decides_is_left_where_the_page_cannot_be_read() -> None:
    assert mended_gold(f"~Menu {APART}\n", lambda: "") == (f"~Menu {APART}\n", [])


pieces = st.sampled_from(
    [
        "~",
        "~ ",
        "?58% ",
        "?58%",
        "\\",
        "\n",
        "\n\n",
        " ",
        "\t",
        "\r\n",
        "\r",
        "\ufeff",
        "a",
        "~a",
        CAFE,
        APART,
        "\u00a0",
        "\x0b",
    ]
)
texts = st.one_of(st.lists(pieces, max_size=12).map("".join), st.text(st.characters(codec="utf-8"), max_size=20))


def read(text: str, folder: Path) -> list[tuple[str, bool]]:
    """Return the blocks that the reader makes of a file with this text, up to what a mend may change."""
    path = folder / "text"
    path.write_bytes(text.encode())
    blocks = parse_blocks(re.sub(r"\A[ \t\n\ufeff]*\ufeff", "", path.read_text(encoding="utf-8")))
    ends = re.compile(r"[ \t]+$", re.MULTILINE)
    as_said = [(unicodedata.normalize("NFC", ends.sub("", block.text)), block.required) for block in blocks]
    return [block for block in as_said if block[0].strip()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("texts")


@given(text=texts, shown=st.sampled_from(["", CAFE, APART]))
def test_mending_a_gold_changes_nothing_that_the_reader_reads_but_what_it_says(folder: Path, text: str, shown: str) -> None:
    mended, said = mended_gold(text, lambda: shown)
    assert mended_gold(mended, lambda: shown) == (mended, [])
    assert (mended == text) == (said == [])
    marked = [one for one in said if one.endswith("is optional now")]
    before, after = read(text, folder), read(mended, folder)
    if not marked:
        assert after == before
    assert sum(one != other for one, other in zip(before, after, strict=True)) == len(marked)


@given(text=texts)
def test_mending_markdown_changes_nothing_that_the_reader_reads(folder: Path, text: str) -> None:
    mended, said = mended_markdown(text)
    assert mended_markdown(mended) == (mended, [])
    assert (mended == text) == (said == [])
    path = folder / "markdown"
    path.write_bytes(text.encode())
    assert mended.removesuffix("\n") == path.read_text(encoding="utf-8-sig").lstrip("\ufeff").removesuffix("\n")


# Metadata

SHA = hashlib.sha256(b"<p>one").hexdigest()
TOML = f"""# Made by hand.
url = "https://one.example/"
sha256 = "{SHA}"
"""


@pytest.fixture
def html(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_bytes(b"<p>one")
    return path


@pytest.mark.parametrize(
    ("text", "mended", "said"),
    [
        pytest.param(TOML, TOML, [], id="nothing to mend"),
        pytest.param(f"\ufeff{TOML}", TOML, ["byte order mark removed"], id="byte order mark"),
        pytest.param(f'language = "en-us"  # spoken\n{TOML}', f'language = "en-US"  # spoken\n{TOML}',
                     ["language en-us is written en-US"], id="case of a language"),
        pytest.param(f'language = "en_us"\n{TOML}', f'language = "en_us"\n{TOML}', [], id="a language that is no tag"),
        pytest.param(f'tags = ["b", "a", "b"]  # all\n{TOML}', f'tags = ["b", "a"]  # all\n{TOML}', ["tag 'b' stood twice"],
                     id="a tag twice"),
        pytest.param(
            TOML + '\n[gold]\nkeep = [\n  "a  b",  # first\n  "c",\n  "a b",\n  "C",\n]\ndrop = ["c", "  "]\n',
            TOML + '\n[gold]\nkeep = [\n  "a b",  # first\n  "c",\n  "C",\n]\ndrop = ["c", "  "]\n',
            ["`keep`: white space drawn together in 'a b'", "`keep`: 'a b' stood twice"], id="snippets",
        ),
        pytest.param('url = "u"\n\n[gold]\nkeep = []\n', f'url = "u"\nsha256 = "{SHA}"\n\n[gold]\nkeep = []\n',
                     ["`sha256` of the page written"], id="no digest"),
        pytest.param('sha256 = "00"\n', 'sha256 = "00"\n', [], id="a digest of other bytes"),
        pytest.param('sha256 = ""\n', 'sha256 = ""\n', [], id="an empty digest"),
        pytest.param("= =\n", "= =\n", [], id="no TOML"),
        pytest.param("", f'sha256 = "{SHA}"\n', ["`sha256` of the page written"], id="nothing at all"),
        pytest.param("gold = 3\ntags = 4\nlanguage = 5\nsha256 = 6\n", "gold = 3\ntags = 4\nlanguage = 5\nsha256 = 6\n", [],
                     id="values of other types"),
        pytest.param(f'tags = [["a"], 1, 1, ["a"]]\r\n{TOML}', f'tags = [["a"], 1, 1, ["a"]]\r\n{TOML}', [], id="no texts"),
    ],
)  # fmt: skip
def test_metadata_is_mended_in_place_and_every_mend_told(html: Path, text: str, mended: str, said: list[str]) -> None:
    assert mended_metadata(text, html) == (mended, said)
    assert mended_metadata(mended, html) == (mended, [])


def test_metadata_that_would_not_read_the_same_once_edited_is_left_to_its_owner(html: Path) -> None:
    text = f'language = "EN"\nown = nan\n{TOML}'  # not a number: not even the same as itself
    assert mended_metadata(text, html) == (
        text, ["not mended, since a program cannot edit it safely; do by hand: language EN is written en"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("tag", "cased"),
    [("EN", "en"), ("ZH-hant-tw", "zh-Hant-TW"), ("de-ch-1996", "de-CH-1996"), ("SR-LATN", "sr-Latn"), ("ES-419", "es-419"),
     ("en-X-US-Latn", "en-x-us-latn"), ("x-US", "x-us"), ("en-A-BBB-X-US", "en-a-bbb-x-us")],
)  # fmt: skip
def test_a_language_is_cased_as_rfc_5646_recommends(html: Path, tag: str, cased: str) -> None:
    text, _ = mended_metadata(f'language = "{tag}"\nsha256 = ""\n', html)
    assert tomllib.loads(text)["language"] == cased


values = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=6)
lists = st.lists(st.one_of(values, st.sampled_from(["a", "a  b", " a", "a\\tb"])), max_size=5)


@given(keep=lists, tags=lists, language=st.sampled_from(["en", "EN-us", "x"]), stated=st.booleans(), split=st.booleans())
def test_mending_metadata_changes_nothing_but_what_it_says(
    folder: Path, keep: list[str], tags: list[str], language: str, stated: bool, split: bool
) -> None:
    def array(texts: list[str]) -> str:
        quoted = [text.replace("\\", "\\\\").replace('"', '\\"') for text in texts]
        return "[" + ",".join(f'{chr(10) if split else ""}"{text}"  ' for text in quoted) + "]"

    page = folder / "page"
    page.write_bytes(b"<p>one")
    text = f'language = "{language}"\ntags = {array(tags)}\nown = 1  # mine\n' + ('sha256 = "x"\n' if stated else "")
    text += f"[gold]\n# snippets\nkeep = {array(keep)}\n"
    mended, said = mended_metadata(text, page)
    assert mended_metadata(mended, page) == (mended, [])
    assert (mended == text) == (said == [])
    drawn = [" ".join(one.split()) or one for one in keep]
    assert tomllib.loads(mended) == {
        "language": "en-US" if language == "EN-us" else language, "tags": list(dict.fromkeys(tags)), "own": 1,
        "sha256": "x" if stated else SHA, "gold": {"keep": list(dict.fromkeys(drawn))},
    }  # fmt: skip
    assert "# mine" in mended
    assert "# snippets" in mended


# The command


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """Return a corpus with something to mend in all files of a page, and a page with nothing."""
    root = write_corpus(tmp_path / "set", {"one": "<p>The old mill", "two": "<p>A new pier"}, {"one": "", "two": "A new pier"})
    (root / "gold" / "one.txt").write_bytes(b"\xef\xbb\xbfThe old  mill\r\n")
    (root / "gold" / "one.md").write_bytes(b"The old mill")
    (root / "corpus" / "one.toml").write_text('language = "EN"\nkind = "news"\n# end\n')
    return root


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_fix_mends_tells_and_finds_nothing_the_second_time(bench: Bench, faulty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(faulty)
    before = files(faulty)
    said = bench("check", ".", "--fix")
    assert said.err.splitlines() == [
        "corpus/one.toml: language EN is written en", "corpus/one.toml: `sha256` of the page written",
        "gold/one.txt: byte order mark removed", "gold/one.txt: line ends written as \\n",
        "gold/one.md: final newline added",
    ]  # fmt: skip
    assert "`sha256`" not in said.out
    after = files(faulty)
    sha = hashlib.sha256(b"<p>The old mill").hexdigest()
    assert after == before | {
        "corpus/one.toml": f'language = "en"\nkind = "news"\n# end\nsha256 = "{sha}"\n'.encode(),
        "gold/one.txt": b"The old  mill\n", "gold/one.md": b"The old mill\n",
    }  # fmt: skip
    again = bench("check", ".", "--fix")
    assert (again.out, again.err, files(faulty)) == (said.out, "", after)


def test_fix_mends_only_the_pages_that_are_asked_for(bench: Bench, faulty: Path) -> None:
    before = files(faulty)
    assert bench("check", faulty, "--fix", "--pages", "tw*").err == ""
    assert bench("check", faulty / "gold" / "two.txt", "--fix").err == ""
    assert files(faulty) == before
    bench("check", faulty / "gold" / "one.txt", "--fix")
    assert {name for name, data in files(faulty).items() if data != before[name]} == {
        "corpus/one.toml", "gold/one.txt", "gold/one.md",
    }  # fmt: skip


def test_fix_leaves_links_and_what_is_no_utf_8_alone(bench: Bench, faulty: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("The old mill   ")
    (faulty / "gold" / "one.txt").unlink()
    (faulty / "gold" / "one.txt").symlink_to(tmp_path / "elsewhere")
    (faulty / "gold" / "one.md").write_bytes(b"\xff")
    bench("check", faulty, "--fix")
    assert (tmp_path / "elsewhere").read_text() == "The old mill   "
    assert (faulty / "gold" / "one.txt").is_symlink()
    assert (faulty / "gold" / "one.md").read_bytes() == b"\xff"


def test_fix_is_for_our_own_format(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "html").mkdir()
    (tmp_path / "ground-truth.json").write_text("{}")
    said = bench("check", tmp_path, "--fix")
    assert (said.code, said.out) == (2, "")
    assert "--fix mends bench's own format; this is aeb" in said.err


def test_a_file_that_cannot_be_written_costs_one_line_and_stays(bench: Bench, faulty: Path) -> None:
    if os.geteuid() == 0:
        (faulty / "gold" / f".one.txt.{os.getpid()}.tmp").mkdir()  # where the new file would be written first
    else:
        (faulty / "gold").chmod(0o500)
    said = bench("check", faulty, "--fix")
    assert said.code == 2
    assert said.err.splitlines()[-1].startswith(f"bench: {faulty}/gold/one.txt: cannot be written")
    assert (faulty / "gold" / "one.txt").read_bytes() == b"\xef\xbb\xbfThe old  mill\r\n"
    (faulty / "gold").chmod(0o700)


def test_the_built_in_corpus_needs_no_mending(tmp_path: Path) -> None:
    from bench.checks.mend import mend
    from bench.corpus import builtin

    reader = Native(builtin(), None)
    before = [path.stat().st_mtime_ns for page_id in reader.ids() for path in reader.files(page_id) if path.exists()]
    assert list(mend(reader, reader.ids())) == []
    assert before == [path.stat().st_mtime_ns for page_id in reader.ids() for path in reader.files(page_id) if path.exists()]
