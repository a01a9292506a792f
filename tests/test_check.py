"""Checks of pages and gold: each fault is found, alone, and nothing else is."""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conftest import Said, write_corpus

from bench import corpus as corpora
from bench.checks.check import check
from bench.checks.findings import ERROR, NOTE, RULES, WARNING, Finding, Severity
from bench.corpus import Broken, Corpus
from bench.model import Block, Captured, Gold, Page
from bench.store import Store
from bench.text import CONTROL, tokenise

Bench = Callable[..., Said]

MILL = "The old mill by the river burned down in May, and nobody knows yet what set it on fire."
SCRIPT = f'<script>article = {{"text": "{MILL}"}}</script>'
PIER = "A new pier was opened on Sunday; ferries to both islands leave from it every other hour."


def words(count: int, start: int = 0) -> str:
    """Return as many words, none twice."""
    return " ".join(f"word{number}" for number in range(start, start + count))


def page(*texts: str, title: str = "News") -> str:
    return f"<html><head><title>{title}</title></head><body>{''.join(f'<p>{text}</p>' for text in texts)}</body></html>"


def native(root: Path, more: str = "", **texts: str) -> Path:
    """Write a corpus of two pages with nothing wrong, `mill` and `pier`; `texts` and lines of metadata are of `mill`."""
    html, gold = texts.get("html", page("Menu", MILL, "Imprint")), texts.get("gold", MILL)
    write_corpus(root, {"mill": html, "pier": page("Start", PIER)}, {"mill": gold, "pier": PIER})
    if more:
        rewrite(root / "corpus" / "mill.toml", lambda text: more + "\n" + text if "[" not in more else text + more + "\n")
    return root


def rewrite(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def loaded(tmp_path: Path, root: Path, split: str | None = None, only: Sequence[str] = ()) -> Corpus:
    with Store(tmp_path / "scratch", write=True) as store:
        return corpora.load(root, store, split=split, only=only)


def told(findings: Sequence[Finding]) -> list[tuple[Severity, str, str]]:
    return [(one.severity, one.rule, " ".join(one.pages)) for one in findings]


def gold_table(**lists: Sequence[str]) -> str:
    return "\n".join(["[gold]", *(f"{name} = {json.dumps(snippets)}" for name, snippets in lists.items())])


@dataclass(frozen=True)
class Fault:
    """A corpus with one thing wrong, and the one finding that tells it."""

    name: str
    make: Callable[[Path], object]
    severity: Severity
    rule: str
    pages: str
    message: str
    """A part of it."""
    detail: dict[str, Any] = field(default_factory=dict)
    """A part of it."""


def twin(html: str = page("Menu", MILL, "Imprint"), gold: str = MILL, more: str = "") -> Callable[[Path], None]:
    """Add a page `twin` to the clean corpus."""

    def make(root: Path) -> None:
        native(root)
        write_corpus(root, {"twin": html}, {"twin": gold})
        rewrite(root / "corpus" / "twin.toml", lambda text: more + text)

    return make


def same_url(root: Path) -> None:
    twin(page("Another page about the mill, which was rebuilt in no time at all."), "which was rebuilt in no time at all")(root)
    rewrite(root / "corpus" / "twin.toml", lambda text: text.replace("twin.example", "mill.example"))


def two_splits(root: Path) -> None:
    twin(more='split = "test"\n')(root)
    for name in ("mill", "pier"):
        rewrite(root / "corpus" / f"{name}.toml", lambda text: 'split = "dev"\n' + text)


def without(name: str, *fields: str) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        native(root)
        rewrite(
            root / "corpus" / f"{name}.toml",
            lambda text: "".join(line for line in text.splitlines(keepends=True) if line.split(" ")[0] not in fields),
        )

    return make


def in_bytes(data: bytes, more: str = "") -> Callable[[Path], None]:
    """Put a page of bytes in the place of `mill`."""

    def make(root: Path) -> None:
        native(root)
        (root / "corpus" / "mill.html").write_bytes(data)
        sha = hashlib.sha256(data).hexdigest()
        rewrite(root / "corpus" / "mill.toml", lambda text: more + re.sub(r'sha256 = "\w+"', f'sha256 = "{sha}"', text))

    return make


def snippets(html: str = page("Menu", MILL, "Imprint"), gold: str = MILL, **lists: Sequence[str]) -> Callable[[Path], object]:
    return lambda root: native(root, gold_table(**lists), html=html, gold=gold)


LARGE = f"<main><p>{words(250)}</p></main>"
EMPTY = "[gold]\nempty = true"

FAULTS = [
    # Records
    Fault("gold missing", lambda root: (native(root) / "gold" / "mill.txt").unlink(), ERROR, "broken-record", "mill",
          "gold/mill.txt: missing gold", {"file": "gold/mill.txt"}),
    Fault("page changed", lambda root: (native(root) / "corpus" / "mill.html").write_text("other"), ERROR, "broken-record",
          "mill", "corpus/mill.html: its bytes have sha256"),
    Fault("metadata damaged", lambda root: (native(root) / "corpus" / "mill.toml").write_text("= ="), ERROR, "broken-record",
          "mill", "unreadable TOML"),
    Fault("stray gold", lambda root: (native(root) / "gold" / "stray.txt").write_text("words"), ERROR, "broken-record", "",
          "gold/stray.txt: gold for no page"),
    # Gold and page
    Fault("another page's gold", lambda root: native(root, gold="Something else altogether stands here"), ERROR,
          "gold-not-on-page", "mill", "the page holds 0 % of its gold words", {"tokens": 5, "in_order": 0}),
    Fault("half of the gold", lambda root: native(root, gold=f"{MILL} {words(19)}"), WARNING, "gold-not-on-page", "mill",
          'first absent: "set it on fire [word0 word1 word2 word3 word4 word5 word6 word7 ...]"', {"in_order": 19}),
    Fault("less than half of the gold", lambda root: native(root, gold=f"{MILL} {words(20)}"), ERROR, "gold-not-on-page",
          "mill", "the page holds 48 % of its gold words"),
    Fault("97 % of the gold", lambda root: native(root, html=page(words(97)), gold=words(100)), WARNING, "gold-not-on-page",
          "mill", '"word93 word94 word95 word96 [word97 word98 word99]"; mend the gold', {"tokens": 100, "in_order": 97}),
    Fault("98 % of the gold", lambda root: native(root, html=page(words(98)), gold=words(100)), NOTE, "gold-not-on-page",
          "mill", "the page holds 98.0 % of its gold words"),
    Fault("nearly all of the gold", lambda root: native(root, html=page(words(4000)), gold=f"new {words(4000)}"), NOTE,
          "gold-not-on-page", "mill", 'the page holds 99.9 % of its gold words; first absent: "[new] word0 word1"'),
    Fault("gold only in the document's title", lambda root: native(root, html=page(title=MILL), gold=MILL), ERROR,
          "gold-not-on-page", "mill", "the page holds 0 % of its gold words"),
    Fault("gold in a script", lambda root: native(root, html=page("Loading", SCRIPT)), WARNING,
          "gold-not-on-page", "mill", "the rest only in embedded data, where no reader", {"unseen": "in embedded data"}),
    Fault("gold in a comment", lambda root: native(root, html=f"{page('Loading')}<!-- {MILL} -->"), WARNING,
          "gold-not-on-page", "mill", "the rest only in comments or markup that is lost in parsing"),
    Fault("paragraphs swapped",
          lambda root: native(root, html=page(words(8, 30), words(30)), gold=f"{words(30)}\n\n{words(8, 30)}"), WARNING,
          "gold-out-of-order", "mill",
          'the page holds 78 % of its gold words in this order, 100 % in any; first elsewhere: "word26 word27 word28 word29 '
          '[word30 word31', {"tokens": 38, "in_order": 30, "anywhere": 38}),
    Fault("a word moved", lambda root: native(root, html=page("last", words(99)), gold=f"{words(99)} last"), NOTE,
          "gold-out-of-order", "mill", "99.0 % of its gold words in this order, 100 % in any"),
    # Empty gold
    Fault("empty gold", lambda root: native(root, EMPTY, gold=""), NOTE, "empty-gold", "mill", "nothing is the right answer"),
    Fault("empty gold of a page with much text", lambda root: native(root, EMPTY, html=LARGE, gold=""), WARNING, "empty-gold",
          "mill", "but its main part has 250 words; give it gold", {"main": 250}),
    Fault("nothing required", lambda root: native(root, gold=f"~ {MILL}"), NOTE, "empty-gold", "mill",
          "nothing of its gold is required"),
    # Snippets
    Fault("blank snippet", snippets(keep=["old mill", "  "]), ERROR, "empty-snippet", "mill",
          '`keep`: blank: ""; remove it'),
    Fault("snippet without words", snippets(drop=["*"]), WARNING, "empty-snippet", "mill", '`drop`: no word in: "*"'),
    Fault("to keep and to drop", snippets(keep=["The old mill"], drop=["the OLD  mill!"]), ERROR, "keep-and-drop", "mill",
          'to keep and to drop: "the OLD mill!"', {"snippets": ["the OLD  mill!"]}),
    Fault("to keep, not in the gold", snippets(keep=["Imprint", "old mill", "Menu"]), WARNING, "keep-not-in-gold", "mill",
          'to keep, but not in the gold: "Imprint" and 1 more', {"snippets": ["Imprint", "Menu"]}),
    Fault("to keep, but optional", snippets(gold=f"~ Menu\n\n{MILL}", keep=["menu"]), NOTE, "keep-not-in-gold", "mill",
          "to keep, but optional in the gold"),
    Fault("to drop, in the gold", snippets(drop=["burned down", "Imprint"]), WARNING, "drop-in-gold", "mill",
          'to drop, but in the gold: "burned down"; mend'),
    Fault("to keep, interrupted on the page", snippets(page("The old mill", "Menu", MILL[12:]), keep=["old mill by"]), WARNING,
          "keep-not-on-page", "mill", "to keep, but not on the page"),
    Fault("to drop, not on the page", snippets(drop=["Cookies"]), NOTE, "drop-not-on-page", "mill", "it tests nothing"),
    Fault("twice to drop", snippets(drop=["Menu", "menu.", "Imprint"]), NOTE, "double-snippet", "mill",
          '`drop`: twice: "Menu"; remove one'),
    # Pages told twice
    Fault("one page twice", twin(), WARNING, "same-page", "mill twin", "are the same page, byte for byte; keep one",
          {"gold_f1": 1.0}),
    Fault("one page twice with other gold", twin(gold=MILL.partition(",")[0]), ERROR, "same-page", "mill twin",
          "and their golds differ (F1 .69)"),
    Fault("one page in two splits", two_splits, ERROR, "same-page", "mill twin", "in splits dev and test",
          {"splits": ["dev", "test"]}),
    Fault("one text on two pages", twin(page("Menu", f"<b>{MILL}</b>", "Imprint")), WARNING, "same-text", "mill twin",
          "show the same text", {"alike": 1.0}),
    Fault("one address twice", same_url, WARNING, "same-url", "mill twin", "are of one address: https://mill.example/"),
    Fault("one gold twice", twin(page("Start", "And now for the mill", MILL, "Read on tomorrow")), WARNING, "same-gold",
          "mill twin", "have the same gold"),
    # Metadata
    Fault("a few undecodable bytes", in_bytes(page(MILL, "Cafés").encode("cp1252"), 'encoding = "utf-8"\n'), NOTE, "encoding",
          "mill", "1 place cannot be decoded as utf-8", {"codec": "utf-8", "undecodable": 1, "replacement_characters": 0}),
    Fault("many undecodable bytes", in_bytes(page(MILL, "é " * 10).encode("cp1252"), 'encoding = "utf-8"\n'), WARNING,
          "encoding", "mill", "10 places cannot be decoded as utf-8"),
    Fault("damaged when captured", in_bytes(page(MILL, "\ufffd " * 10).encode()), WARNING, "encoding", "mill",
          "holds 10 replacement characters"),
    Fault("no site", without("mill", "url", "site"), NOTE, "no-site", "mill", "has neither `site` nor `url`"),
    Fault("no kind", without("pier", "kind"), NOTE, "no-kind", "pier", "has no `kind`"),
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_told_once_and_nothing_else_is(bench: Bench, tmp_path: Path, fault: Fault) -> None:
    fault.make(tmp_path / "set")
    (found,) = check([loaded(tmp_path, tmp_path / "set")])
    assert told([found]) == [(fault.severity, fault.rule, fault.pages)]
    assert fault.message in found.message
    assert fault.detail.items() <= found.detail.items()
    said = bench("check", tmp_path / "set", "--results", tmp_path / "none")
    assert said.code == (4 if fault.severity is ERROR else 0)
    line, summary = said.out.splitlines()
    assert line.split("  ", 1)[0].strip() == fault.severity
    assert f"{fault.pages.replace(' ', ',') or '-'}  {fault.rule}  " in line
    assert summary.startswith(f"1 {fault.severity}; ")
    assert said.err == (f"bench: {tmp_path / 'set'}: 1 error (listed above)\n" if fault.severity is ERROR else "")


def test_every_rule_has_a_case_and_every_finding_the_severity_that_its_rule_names() -> None:
    elsewhere = {("no-gold", ERROR), ("language-tag", NOTE), ("against-all", WARNING)}  # below
    cases = {(fault.rule, fault.severity) for fault in FAULTS} | elsewhere
    assert cases == {(rule, severity) for rule, told in RULES.items() for severity in told.severities}


def test_a_corpus_without_a_fault_has_no_findings(bench: Bench, tmp_path: Path) -> None:
    said = bench("check", native(tmp_path / "set"), "--results", tmp_path / "none")
    assert (said.code, said.err) == (0, "")
    assert said.out == f"no findings; 2 pages of set checked; against-all skipped: no results in {tmp_path / 'none'}\n"


def test_the_built_in_corpus_has_no_errors_and_no_warnings(bench: Bench, tmp_path: Path) -> None:
    said = bench("check", "--results", tmp_path)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("no findings; 12 pages of builtin checked")
    assert bench("check", "builtin", "--results", tmp_path).out == said.out


def test_snippets_may_differ_in_type_and_be_cut_inside_a_word(tmp_path: Path) -> None:
    text = "The mill\u2019s wheel \u2014 made of oak \u2014 had been turned by women since 1742."
    root = native(tmp_path / "set", gold_table(keep=["The mill's wheel", "eel - made of oak"], drop=["men"]),
                  html=page("Menu: women, men", text), gold=text)  # fmt: skip
    assert check([loaded(tmp_path, root)]) == []


def test_texts_count_as_the_same_from_95_percent_of_their_8_grams_on(tmp_path: Path) -> None:
    # A changed word is in eight 8-grams. Of texts with n of them, (n - 8) / (n + 8) are shared: .948 of 300, .955 of 350.
    for count, alike in ((307, None), (357, 342 / 358)):
        root = tmp_path / str(count)
        changed = words(count).replace("word150", "other")
        pages = {"one": page(words(count)), "two": page(changed)}
        write_corpus(root, pages, {"one": words(count), "two": changed})
        found = check([loaded(tmp_path, root)])
        assert told(found) == ([(WARNING, "same-text", "one two")] if alike else [])
        assert [one.detail["alike"] for one in found] == ([pytest.approx(alike)] if alike else [])
        assert all("show 95 % of their text" in one.message for one in found)


def test_long_texts_that_are_nearly_the_same_are_found_by_a_sample(tmp_path: Path) -> None:
    texts = {"one": words(6000), "two": words(6000).replace("word3000", "other"), "three": f"{words(3000)} {words(3000, 9000)}"}
    write_corpus(tmp_path / "set", {name: page(text) for name, text in texts.items()}, texts)
    (found,) = check([loaded(tmp_path, tmp_path / "set")])
    assert (found.rule, found.pages) == ("same-text", ("one", "two"))
    assert found.detail["alike"] == pytest.approx(5985 / 6001, abs=0.02)


def test_texts_too_short_for_an_8_gram_are_not_compared(tmp_path: Path) -> None:
    write_corpus(tmp_path / "set", {"one": page("Loading the page"), "two": page("Loading <i>the</i> page")},
                 {"one": "loading", "two": "page"})  # fmt: skip
    assert check([loaded(tmp_path, tmp_path / "set")]) == []


@pytest.mark.parametrize(
    ("tag", "good"),
    [("en", True), ("pt-BR", True), ("zh-Hant-TW", True), ("de-CH-1996", True), ("es-419", True), ("sr-Latn", True),
     ("x-klingon", True), ("en-x-spoken", True), ("haw", True), ("en_US", False), ("english", False), ("en-", False),
     ("e", False), ("en US", False), ("\uff45\uff4e", False), ("en\n", False)],
)  # fmt: skip
def test_languages_are_written_as_bcp_47_says(tmp_path: Path, tag: str, good: bool) -> None:
    root = native(tmp_path / "set")
    rewrite(root / "corpus" / "mill.toml", lambda text: text.replace('"en"', json.dumps(tag)))
    found = check([loaded(tmp_path, root)])
    assert told(found) == ([] if good else [(NOTE, "language-tag", "mill")])
    assert all(one.detail == {"language": tag} for one in found)


def test_what_many_pages_lack_is_told_in_one_line(bench: Bench, tmp_path: Path) -> None:
    names = [f"page{number}" for number in range(6)]
    texts = {name: words(20, 100 * place) for place, name in enumerate(names)}
    root = write_corpus(tmp_path / "set", {name: page(text) for name, text in texts.items()}, texts)
    for name in names[1:]:
        rewrite(root / "corpus" / f"{name}.toml", lambda text: text.replace("kind", "# kind"))
    first, _ = bench("check", root, "--results", tmp_path).out.splitlines()
    assert first.startswith("note     page1,page2,page3,+2  no-kind  5 of 6 pages have no `kind`")


# Several faults


def several(root: Path) -> Path:
    """Write a corpus with an error, two warnings and two notes."""
    write_corpus(
        root,
        {"a": page(words(100)), "b": page(words(97, 200)), "c": page(words(9, 400)), "d": page(words(9, 500)), "e": page("x")},
        {"a": words(99) + " more", "b": words(100, 200), "c": words(50, 900), "d": words(9, 500), "e": "x"},
    )
    rewrite(root / "corpus" / "d.toml", lambda text: text.replace("kind", "# kind") + gold_table(drop=["word500"]))
    (root / "gold" / "e.txt").unlink()
    return root


LISTED = [
    ("error", "e", "broken-record"), ("error", "c", "gold-not-on-page"), ("warning", "b", "gold-not-on-page"),
    ("warning", "d", "drop-in-gold"), ("note", "a", "gold-not-on-page"), ("note", "d", "no-kind"),
]  # fmt: skip


@pytest.mark.parametrize(("least", "lines"), [("note", 6), ("warning", 4), ("error", 2)])
def test_faults_are_listed_by_severity_down_to_the_least_that_is_asked_for(
    bench: Bench, tmp_path: Path, least: str, lines: int
) -> None:
    said = bench("check", several(tmp_path / "set"), "--results", tmp_path, "--severity", least)
    assert said.code == 4
    *found, summary = said.out.splitlines()
    assert [tuple(line.split()[:3]) for line in found] == LISTED[:lines]
    hidden = [" (not shown)" if least in after else "" for after in (("error",), ("error", "warning"))]
    assert summary.startswith(f"2 errors, 2 warnings{hidden[0]}, 2 notes{hidden[1]}; 4 pages of set checked;")
    as_json = bench("check", tmp_path / "set", "--results", tmp_path, "--severity", least, "--format", "json")
    assert [(one["severity"], " ".join(one["pages"]), one["rule"]) for one in as_json.table["findings"]] == LISTED[:lines]
    assert as_json.table["counts"] == {"error": 2, "warning": 2, "note": 2}


def test_only_the_pages_that_are_asked_for_are_checked(bench: Bench, tmp_path: Path) -> None:
    root = several(tmp_path / "set")
    said = bench("check", root, "--results", tmp_path, "--pages", "a", "--pages", "b")
    assert (said.code, [line.split()[1] for line in said.out.splitlines()[:-1]]) == (0, ["b", "a"])
    (root / "corpus" / "c.toml").unlink()
    said = bench("check", root, "--results", tmp_path, "--pages", "[ce]")
    assert [tuple(line.split()[1:3]) for line in said.out.splitlines()[:-1]] == [("c", "broken-record"), ("e", "broken-record")]
    said = bench("check", root, "--results", tmp_path, "--pages", "z*")
    assert (said.code, said.out) == (5, "")
    assert "no pages match z*" in said.err


def test_json_has_the_corpus_all_findings_and_their_counts(bench: Bench, tmp_path: Path) -> None:
    root = native(tmp_path / "set", gold_table(keep=["old mill"], drop=["Menu", "burned down"]))
    said = bench("check", root, "--results", tmp_path / "none", "--format", "json")
    digest = loaded(tmp_path, root).digest
    assert said.code == 0
    assert said.table == {
        "format": 1,
        "corpus": {
            "name": "set", "format": "native", "digest": digest, "pages": 2, "broken": 0,
            "splits": [{"split": None, "digest": digest, "pages": 2}],
        },
        "findings": [
            {
                "severity": "warning", "rule": "drop-in-gold", "pages": ["mill"],
                "message": 'to drop, but in the gold: "burned down"; mend the gold or the snippet',
                "detail": {"snippets": ["burned down"]},
            }
        ],
        "counts": {"error": 0, "warning": 1, "note": 0},
        "skipped": {"against-all": f"no results in {tmp_path / 'none'}"},
    }  # fmt: skip


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_check_leaves_nothing_behind(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    scratch, here = tmp_path / "scratch", tmp_path / "here"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    several(here / "set")
    monkeypatch.chdir(here)

    def state() -> dict[str, int]:
        return {str(path): path.stat().st_mtime_ns for path in here.rglob("*")}

    before = state()
    assert bench("check", "set", "--format", form).code == 4
    assert state() == before
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["nowhere"], 2, "nowhere: no such folder"),
        (["set/gold"], 2, "not a corpus; looked for"),
        (["set", "--split", "dev"], 2, "no page is in split 'dev'"),
        (["set", "--severity", "bad"], 2, "'bad' is not one of"),
    ],
)
def test_a_mistake_costs_one_clear_line(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, message: str
) -> None:
    native(tmp_path / "set")
    monkeypatch.chdir(tmp_path)
    said = bench("check", *arguments)
    assert (said.code, said.out) == (code, "")
    assert message in said.err.splitlines()[-1]


def test_a_long_check_says_how_far_it_is(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.progress.PLAIN_EVERY", 0.0)
    said = bench("check", native(tmp_path / "set"), "--results", tmp_path)
    assert said.err == "checking: 1/2 pages\nchecking: 2/2 pages\n"


# Hostile records

HOSTILE = "evil\x1b[2J\x07 \u202eid"


def test_ids_and_texts_cannot_move_a_cursor(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "set" / "html").mkdir(parents=True)
    body = "\u202egold\x9b31m \x1b]0;title\x07 of no page"
    truth = {HOSTILE: {"articleBody": body, "url": "http://a.example/\x1b[31m"}, "a\nb": {"articleBody": 3}}
    (tmp_path / "set" / "ground-truth.json").write_text(json.dumps(truth))
    (tmp_path / "set" / "html" / f"{HOSTILE}.html.gz").write_bytes(gzip.compress(page("text \x1b[2J").encode()))
    said = bench("check", tmp_path / "set", "--results", tmp_path)
    assert said.code == 4
    assert [line.split()[0] for line in said.out.splitlines()] == ["error", "error", "2"]
    as_json = bench("check", tmp_path / "set", "--results", tmp_path, "--format", "json")
    assert [one["pages"] for one in as_json.table["findings"]] == [["a\nb"], [HOSTILE]]
    for text in (said.out, said.err, as_json.out, as_json.err):
        assert set(CONTROL.findall(text)) <= {"\n"}


class Made:
    """A reader of golds made in a test, each with the same page of its own."""

    def __init__(self, folder: Path, golds: dict[str, Gold]) -> None:
        self._folder, self._golds = folder, golds

    def ids(self) -> Sequence[str]:
        return sorted(self._golds)

    def page(self, page_id: str) -> Page:
        path = self._folder / hashlib.sha256(page_id.encode("utf-8", "surrogatepass")).hexdigest()
        path.write_text(page(MILL, path.name), encoding="utf-8")
        return Page(id=page_id, captured=Captured(path), url=f"http://{path.name}.example/", site=path.name, kind="test")

    def gold(self, page_id: str) -> Gold:
        return self._golds[page_id]

    def strays(self) -> Sequence[Broken]:
        return []


def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **golds: Gold) -> Corpus:
    monkeypatch.setattr(corpora, "recognise", lambda *_: ("made", Made(tmp_path, golds)))
    return loaded(tmp_path, tmp_path)


def test_a_gold_of_no_kind_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    golds = {"none": Gold(snippets_only=True), "some": Gold(keep=("old mill",), snippets_only=True)}
    found = check([made(tmp_path, monkeypatch, **golds)])
    assert told(found) == [(ERROR, "no-gold", "none")]
    assert found[0].message == "has neither a text nor a snippet; give it gold, or remove the page"


def test_snippets_alone_are_held_against_the_page_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Gold(keep=("the old mill", "a windmill"), drop=("in May", "Cookies"), snippets_only=True)
    found = check([made(tmp_path, monkeypatch, one=one, two=one)])
    assert told(found) == [
        (WARNING, "same-gold", "one two") if rule == "same-gold" else (severity, rule, name)
        for severity, rule, names in (
            (WARNING, "keep-not-on-page", ["one", "two"]), (WARNING, "same-gold", ["both"]),
            (NOTE, "drop-not-on-page", ["one", "two"]),
        )
        for name in names
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["\ud800", "\ud83d \ude00 a", "\0", "\u200b", "a\n\nb" * 3, "\u0e01" * 50, "\U0010ffff", "(" * 99, "\\"]
)
def test_any_text_can_be_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    golds = {
        "text": Gold(blocks=(Block(text), Block(text, required=False)), keep=(text,), drop=(text + "x",)),
        "snippets": Gold(keep=(text,), drop=(text,), snippets_only=True),
    }
    for one in check([made(tmp_path, monkeypatch, **golds)]):
        assert isinstance(one, Finding)
        assert json.dumps(one.detail)


def test_a_page_that_changes_meanwhile_is_a_broken_record_and_the_others_are_checked(tmp_path: Path) -> None:
    corpus = loaded(tmp_path, several(tmp_path / "set"))
    (tmp_path / "set" / "corpus" / "a.html").write_text("other")
    (tmp_path / "set" / "gold" / "d.txt").write_text("other")
    found = check([corpus])
    broken = [one for one in found if one.rule == "broken-record"]
    assert [one.pages for one in broken] == [("a",), ("d",), ("e",)]
    assert "changed since it was indexed" in broken[0].message
    assert broken[0].detail == {"file": "corpus/a.html"}
    assert {one.pages for one in found} - {one.pages for one in broken} == {("b",), ("c",)}


# Splits


def wcxb(root: Path, split: str, **pages: str) -> Path:
    for folder in ("ground-truth", "html"):
        (root / split / folder).mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        record = {"url": f"https://{text.split()[0]}.example/{name}", "ground_truth": {"main_content": text}}
        (root / split / "ground-truth" / f"{name}.json").write_text(json.dumps(record))
        (root / split / "html" / f"{name}.html.gz").write_bytes(gzip.compress(page(text).encode(), mtime=0))
    return root


def test_splits_of_a_set_are_checked_together_and_what_they_share_is_an_error(bench: Bench, tmp_path: Path) -> None:
    root = wcxb(tmp_path / "set", "dev", **{"1": words(20), "2": words(20, 100)})
    wcxb(root, "test", **{"1": words(20, 200), "3": words(20, 100)})
    (root / "notes").mkdir()
    said = bench("check", root, "--results", tmp_path)
    assert said.code == 4
    line, summary = said.out.splitlines()
    assert (
        line == "error    dev/2,test/3  same-page  are the same page, byte for byte, in splits dev and test; keep one of them"
    )
    assert "4 pages of set in splits dev and test checked" in summary
    table = bench("check", root, "--results", tmp_path, "--format", "json").table
    alone = [
        bench("check", root, "--split", split, "--results", tmp_path, "--format", "json").table for split in ("dev", "test")
    ]
    assert [one["findings"] for one in alone] == [[], []]
    assert table["corpus"]["pages"] == 4
    assert table["corpus"]["splits"] == [part for one in alone for part in one["corpus"]["splits"]]
    assert [part["split"] for part in table["corpus"]["splits"]] == ["dev", "test"]


# Stored outputs

WRONG = f"{words(40, 300)} and then"


@pytest.fixture
def answered(bench: Bench, tmp_path: Path) -> Callable[..., list[object]]:
    """Return a function that stores outputs, rows of texts for pages a, b and c, and gives the arguments to check."""
    root = tmp_path / "set"
    texts = {name: words(40, 100 * place) for place, name in enumerate("abc")}
    write_corpus(root, {name: page(text, WRONG) for name, text in texts.items()}, texts)
    where: list[object] = ["--results", tmp_path / "results"]

    def store(**rows: Sequence[str | None]) -> list[object]:
        for label, outputs in rows.items():
            lines = [
                json.dumps({"id": name, "text": texts[name] if text == "right" else text})
                for name, text in zip("abc", outputs, strict=True)
                if text is not None
            ]
            file = tmp_path / "outputs.jsonl"
            file.write_text("\n".join(lines) + "\n")
            assert bench("import", file, "--as", label.replace("__", "=="), "--corpus", root, *where).code == 0
        return [root, *where]

    return store


RIGHT = ("right", "right")


def test_a_page_on_which_good_extractors_agree_against_the_gold_is_told(
    bench: Bench, answered: Callable[..., list[object]]
) -> None:
    where = answered(one=(*RIGHT, WRONG), two=(*RIGHT, f"{WRONG} now"), three=(*RIGHT, WRONG))
    said = bench("check", *where, "--format", "json")
    assert said.code == 0, said.err
    (found,) = said.table["findings"]
    assert (found["rule"], found["severity"], found["pages"]) == ("against-all", "warning", ["c"])
    assert found["message"] == (
        "3 good extractors agree (F1 .99) on what is not the gold (F1 .00 at most): "
        'all keep "word300 word301 word302 word303 word304 word305 word306 word307" and '
        'lose "word200 word201 word202 word203 word204 word205 word206 word207"; see whether gold or page is wrong'
    )
    assert found["detail"] == {
        "extractors": ["one", "three", "two"], "agreement": pytest.approx(84 / 85), "f1": 0.0,
        "keep": "word300 word301 word302 word303 word304 word305 word306 word307",
        "lose": "word200 word201 word202 word203 word204 word205 word206 word207",
    }  # fmt: skip
    assert said.table["skipped"] == {}
    assert bench("check", *where).out.endswith("1 warning; 3 pages of set checked\n")


@pytest.mark.parametrize(
    ("rows", "pages"),
    [
        pytest.param({"one": (*RIGHT, WRONG), "two": (*RIGHT, WRONG), "three": (*RIGHT, "right")}, [], id="one is right"),
        pytest.param({"one": (*RIGHT, WRONG), "two": (*RIGHT, "Menu"), "three": (*RIGHT, WRONG)}, [], id="they disagree"),
        pytest.param({"one": (*RIGHT, WRONG), "two": (*RIGHT, WRONG)}, ["c"], id="two are enough where there are no more"),
        pytest.param({"one": (*RIGHT, WRONG), "two": (*RIGHT, WRONG), "three": ("", "", "right")}, [],
                     id="the best three have a say, however bad"),
        pytest.param({"one": (*RIGHT, WRONG), "two": (*RIGHT, WRONG), "three": (*RIGHT, WRONG), "bad": ("", "", "right")},
                     ["c"], id="a bad extractor has no say"),
        pytest.param({"one": (*RIGHT, WRONG), "two": (*RIGHT, WRONG), "three": (*RIGHT, None)}, [],
                     id="an extractor that did not answer does not agree"),
        pytest.param({"one": (*RIGHT, ""), "two": (*RIGHT, ""), "three": (*RIGHT, "")}, ["c"], id="all return nothing"),
        pytest.param({"one": (*RIGHT, WRONG), "two": (*RIGHT, WRONG), "nothing": ("", "", "right")}, ["c"],
                     id="a control row has no say"),
    ],
)  # fmt: skip
def test_only_good_extractors_have_a_say_and_all_of_them(
    bench: Bench, answered: Callable[..., list[object]], rows: dict[str, Sequence[str | None]], pages: list[str]
) -> None:
    found = bench("check", *answered(**rows), "--format", "json").table["findings"]
    assert [one["pages"] for one in found] == [[name] for name in pages]


def test_counts_that_are_stored_and_counts_that_are_not_say_the_same_and_none_is_stored(
    bench: Bench, answered: Callable[..., list[object]], tmp_path: Path
) -> None:
    where = answered(one=(*RIGHT, WRONG), two=(*RIGHT, WRONG), three=(*RIGHT, WRONG))
    store = tmp_path / "results" / "store.sqlite"
    before = (store.read_bytes(), sorted((tmp_path / "results").iterdir()))
    uncounted = bench("check", *where)
    assert (store.read_bytes(), sorted((tmp_path / "results").iterdir())) == before
    bench("table", "--corpus", *where)
    assert bench("check", *where).out == uncounted.out
    assert "against-all" in uncounted.out


def test_a_store_that_is_being_written_to_can_be_read(
    bench: Bench, answered: Callable[..., list[object]], tmp_path: Path
) -> None:
    where = answered(one=(*RIGHT, WRONG), two=(*RIGHT, WRONG))
    with (tmp_path / "results" / "store.lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "against-all  2 good extractors agree" in bench("check", *where).out


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ({"one": (*RIGHT, WRONG)}, "needs the stored answers of two extractors, there is 1"),
        ({"one": (*RIGHT, WRONG), "everything": (*RIGHT, WRONG)}, "needs the stored answers of two extractors, there is 1"),
        ({"one": (*RIGHT, WRONG), "one__2": (*RIGHT, WRONG)}, "needs the stored answers of two extractors, there is 1"),
        ({"one": ("", "", "")}, "needs the stored answers of two extractors, there are 0"),
    ],
)
def test_why_outputs_say_nothing_is_told(
    bench: Bench, answered: Callable[..., list[object]], rows: dict[str, Sequence[str]], reason: str
) -> None:
    said = bench("check", *answered(**rows))
    assert (said.code, said.err) == (0, "")
    assert said.out.endswith(f"no findings; 3 pages of set checked; against-all skipped: {reason}\n")


def test_a_store_that_cannot_be_read_is_told_and_stops_no_check(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "store.sqlite").write_bytes(b"no database" * 99)
    said = bench("check", native(tmp_path / "set"), "--results", tmp_path / "results")
    assert said.code == 0
    assert "no findings; 2 pages of set checked; against-all skipped:" in said.out
    assert "not a database" in said.out


# Real page sets


def reduced(findings: Sequence[Finding], rule: str) -> dict[Severity, list[str]]:
    """Return the pages of a rule's findings by severity."""
    table: dict[Severity, list[str]] = {}
    for one in findings:
        if one.rule == rule:
            table.setdefault(one.severity, []).append(" ".join(one.pages))
    return table


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory, datasets: Path) -> tuple[Corpus, list[Finding]]:
    if not (datasets / "wcxb").is_dir():
        pytest.skip("needs the pages of the Web Content Extraction Benchmark")
    corpus = loaded(tmp_path_factory.mktemp("wcxb"), datasets / "wcxb", "dev")
    golds = [corpus.gold(number) for number in range(len(corpus))]
    # The whole set takes a minute; these are the pages that anything below is about, and some that nothing is.
    suspects = {facts.id for facts, gold in zip(corpus.facts, golds, strict=True) if _is_suspect(gold)}
    suspects |= {facts.id for facts in corpus.facts if facts.id.endswith("50") or facts.id in KNOWN}
    fewer = loaded(tmp_path_factory.mktemp("fewer"), datasets / "wcxb", "dev", only=sorted(suspects))
    return corpus, check([fewer])


KNOWN = frozenset(
    [
        "0463",
        "3035",
        "0670",
        "2863",
        "4720",
        "4721",
        "4722",
        "0551",
        "4129",
        "4281",
        "4314",
        "4547",
        "4145",
        "4147",
        "4278",
        "4607",
        "4838",
        "0220",
        "0371",
        "4460",
        "4477",
        "4588",
        "4848",
    ]
)


def _is_suspect(gold: Gold) -> bool:
    text = gold.text.lower()
    lacking = any(one.lower() not in text for one in gold.keep)
    said = " ".join(tokenise(text))
    return not text.strip() or lacking or any(" ".join(tokenise(one)) in said for one in gold.drop)


@pytest.mark.pages
def test_wcxb_has_two_pages_twice_and_one_text_three_times(dev: tuple[Corpus, list[Finding]]) -> None:
    _, found = dev
    assert reduced(found, "same-page") == {ERROR: ["0463 3035", "0670 2863"]}
    assert reduced(found, "same-text") == {WARNING: ["4720 4721 4722"]}
    assert reduced(found, "same-url") == {}
    assert reduced(found, "no-site") == {NOTE: ["0551 4129 4281 4314 4547"]}


@pytest.mark.pages
def test_wcxb_has_21_empty_golds_some_of_them_on_pages_with_a_large_main_part(dev: tuple[Corpus, list[Finding]]) -> None:
    empty = reduced(dev[1], "empty-gold")
    assert sum(map(len, empty.values())) == 21
    assert {"4802", "4720", "4721", "4722"} <= set(empty[NOTE])
    assert {"3008", "4893"} <= set(empty[WARNING])


@pytest.mark.pages
def test_wcxb_has_forum_pages_without_their_threads(dev: tuple[Corpus, list[Finding]]) -> None:
    assert reduced(dev[1], "gold-not-on-page")[ERROR] == ["4145", "4147", "4278", "4314", "4607", "4838"]


@pytest.mark.pages
def test_wcxb_snippets_that_contradict_the_gold_are_those_known_less_those_of_other_type(
    dev: tuple[Corpus, list[Finding]],
) -> None:
    corpus, found = dev
    golds = [corpus.gold(number) for number in range(len(corpus))]

    def literal(snippet: str, gold: Gold) -> bool:
        return snippet.lower() in gold.text.lower()

    # As the set's own metric looks for snippets: 57 of 6,659, on 32 pages.
    assert sum(len(gold.keep) for gold in golds) == 6659
    lacking = Counter(number for number, gold in enumerate(golds) for one in gold.keep if not literal(one, gold))
    assert (lacking.total(), len(lacking)) == (57, 32)
    assert sum(literal(one, gold) for gold in golds for one in gold.drop) == 13
    told_of = [one for one in found if one.rule == "keep-not-in-gold"]
    assert {one.pages[0] for one in told_of} < {corpus.facts[number].id for number in lacking}
    assert (sum(len(one.detail["snippets"]) for one in told_of), len(told_of)) == (28, 14)
    inside = reduced(found, "drop-in-gold")[WARNING]
    assert len(inside) == 25
    assert {"0220", "0371", "4460", "4477", "4588", "4848"} < set(inside)


@pytest.mark.pages
def test_aeb_is_clean(datasets: Path, tmp_path: Path) -> None:
    found = check([loaded(tmp_path, datasets / "aeb")])
    assert {one.severity for one in found} == {NOTE}
    assert {one.rule for one in found} <= {"gold-not-on-page", "gold-out-of-order"}
    assert len(found) == 5


@pytest.mark.pages
def test_trafilatura_has_four_pages_that_declare_utf_8_and_are_not(datasets: Path, tmp_path: Path) -> None:
    if not (datasets / "trafilatura").is_dir():
        pytest.skip("needs the pages of trafilatura's evaluation")
    only = ["*rinderleber*", "*schafskunde*", "*wildvogel*", "Sprzeciw*", "womencantalk*", "a*"]
    found = check([loaded(tmp_path, datasets / "trafilatura", only=only)])
    (undecodable,) = reduced(found, "encoding").values()
    assert [name for name in undecodable if not name.startswith("Sprzeciw")] == [
        "der-erfolg-gibt-recht.de.rinderleber", "maescot.de.schafskunde", "tierschutzpartei.de-wildvogelauffang",
    ]  # fmt: skip
    assert len(undecodable) == 4
    assert reduced(found, "same-text") == {WARNING: ["womencantalksports.com-top10 womencantalksports.com.top10"]}
    assert not [one for one in found if one.severity is ERROR]
