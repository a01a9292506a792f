"""LaTeX, HTML and JSON Lines: exactly, with hostile names, and for every view and metric."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as parser
from test_speed import MADE
from test_summarise import METRICS, SLICED, SUMMARY, UNSAFE, ordinary, sliced, summaries
from test_summarise import named as named_overview
from test_views import AGREEMENT, LEAKS, LOSSES, SMALL
from test_views import named as named_others

from bench import __version__
from bench.present import Grid, View
from bench.summarise import Summary
from bench.tables import html, jsonl, latex
from bench.text import plain
from bench.views.agreement import SideBySide
from bench.views.breakdown import Breakdown
from bench.views.overview import Overview
from bench.views.pace import Paces

FORMATS: dict[str, Callable[[View], str]] = {"latex": latex.render, "html": html.render, "jsonl": jsonl.render}
any_format = pytest.mark.parametrize("render", FORMATS.values(), ids=FORMATS.keys())
VIEWS: dict[str, View] = {
    "overview": Overview(SUMMARY),
    "slices": Overview(SLICED),
    "side by side": SideBySide(AGREEMENT),
    "leaks": Breakdown(LEAKS),
    "losses": Breakdown(LOSSES),
    "speed": Paces(MADE),
    **{f"metric {name}": Overview(ordinary(metric)) for name, metric in METRICS.items()},
}
any_view = pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
TAIL = f"interval:expanded-percentile|cluster:site|seed:1|bench:{__version__}"
SIGNATURE = f"kept:v1|tok:uax29|agg:macro|pages:181|sites:97|corpus:0123456789ab|boot:2000|{TAIL}"


def lines(text: str) -> list[str]:
    assert text.endswith("\n")
    return text[:-1].split("\n")


def named(name: str) -> list[View]:
    """Every view, with everything that others may name named so."""
    return [Overview(named_overview(name)), *named_others(name)]


# Exactly

FEW = Overview(replace(SLICED, rows=SLICED.rows[2:], slices=[sliced("a_b", 9, (0.5, None)), sliced("[c]", 90, (1.0, 0.25))]))


def test_the_latex_table_is_exactly() -> None:
    bar = r"\textbar{}\allowbreak{}"
    assert lines(latex.render(FEW)) == [
        "% Needs \\usepackage{booktabs}. Names in other scripts than Latin need LuaLaTeX or XeLaTeX, and a font that has them.",
        "",
        r"\begin{tabular}{lrrrrrrrrrr}",
        r"\toprule",
        r"extractor & F1 & 95 \% & P & R & median & failed & empty & CPU ms & MB & pages \\",
        r"\midrule",
        r"gamma 1 & -- & -- & -- & -- & -- & 181 & -- & -- & -- & 181 \\",
        r"\midrule",
        r"nothing & .031 & .02--.52 & .047 & .016 & .031 & -- & 181 & 0.01 & 20 & 181 \\",
        r"\bottomrule",
        r"\end{tabular}",
        "",
        r"\begin{tabular}{lrrr}",
        r"\toprule",
        r"kind & pages & gamma 1 & nothing \\",
        r"\midrule",
        r"a\_b & 9 & (.500) & -- \\",
        r" &  & (.25--.75) & \\",
        r"{}[c] & 90 & 1.000 & .250 \\",
        r" &  & .50--1.00 & .12--.62 \\",
        r"\bottomrule",
        r"\end{tabular}",
        "",
        r"\begin{flushleft}\footnotesize",
        r"kept on news: 181 pages of 97 sites; 95 \% interval of F1 by resampling sites \\",
        r"gamma 1: 181 not run \\",
        r"(in brackets): fewer than 10 pages, not ranked: a mean of so few says little \\",
        r"2 broken records left out (-{}-skip-broken) \\",
        rf"\texttt{{{SIGNATURE.replace('|', bar)}}}",
        r"\end{flushleft}",
    ]


def test_a_cell_of_several_lines_has_as_many_rows_in_latex() -> None:
    drawn = latex.render(SideBySide(AGREEMENT)).split("\n\n")
    assert drawn[1].split("\n")[2:9] == [
        r"extractor & kept & bag & webmainbench & invented & trafilatura & structure \\",
        r" &  &  &  & (less) &  & \\",
        r"\midrule",
        r"alpha 2.3.1 & .875\rlap{*} & .938\rlap{*} & .750\rlap{*} & .250 & .500 & .500\rlap{*} \\",
        r"\quad a=true &  &  &  &  &  & \\",
        r"\quad b=2 &  &  &  &  &  & \\",
        r"beta-extractor 0.9 & .500 & .938\rlap{*} & .625 & .125 & .250 & -- \\",
    ]
    assert r"invented & gamma 1 & $-$1.00 & $-$1.00--$-$.75 \\" in drawn[2]


def test_the_html_page_is_exactly() -> None:
    text = html.render(FEW)
    head, rest = text.split("<style>\n")
    style, body = rest.split("</style>\n")
    assert "<" not in style
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    title = "kept on news: 181 pages of 97 sites; 95 % interval of F1 by resampling sites"
    assert lines(head + "\n") == [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>",
        "",
    ]

    def cells(tag: str, *texts: str) -> str:
        return "".join(f'<{tag} class="right">{text}</{tag[:2]}>' for text in texts)

    col, row = 'th scope="col"', '<th scope="row">'
    facts = ["F1", "95 %", "P", "R", "median", "failed", "empty", "CPU ms", "MB", "pages"]
    control = [".0312", ".016-.516", ".0469", ".0156", ".0312", "-", "181", "0.01", "20", "181"]
    assert lines(body) == [
        "</head>",
        "<body>",
        "<div>",
        "<table>",
        "<thead>",
        f"<tr><{col}>extractor</th><{col}>version</th>{cells(col, *facts)}</tr>",
        "</thead>",
        "<tbody>",
        f"<tr>{row}gamma</th><td>1</td>{cells('td', *['-'] * 5, '181 not run', *['-'] * 3, '181')}</tr>",
        "</tbody>",
        '<tbody class="control">',
        f"<tr>{row}nothing</th><td></td>{cells('td', *control)}</tr>",
        "</tbody>",
        "</table>",
        "</div>",
        "<div>",
        "<table>",
        "<thead>",
        f"<tr><{col}>kind</th>{cells(col, 'pages', 'gamma 1', 'nothing')}</tr>",
        "</thead>",
        "<tbody>",
        f'<tr class="dim">{row}a_b</th><td class="right">9</td><td class="right">(.500)',
        '(.25-.75)</td><td class="right">-</td></tr>',
        f'<tr>{row}[c]</th><td class="right">90</td><td class="right">1.000',
        '.50-1.00</td><td class="right">.250',
        ".12-.62</td></tr>",
        "</tbody>",
        "</table>",
        "</div>",
        f"<p>{title}</p>",
        "<p>(in brackets): fewer than 10 pages, not ranked: a mean of so few says little</p>",
        "<p>2 broken records left out (--skip-broken)</p>",
        f"<p><code>{SIGNATURE}</code></p>",
        "</body>",
        "</html>",
    ]


def test_json_lines_are_exactly() -> None:
    few = replace(SMALL, columns=SMALL.columns[:1], rows=[replace(row, values=row.values[:1]) for row in SMALL.rows[:1]])
    assert jsonl.render(SideBySide(few)) == (
        f'{{"signature": "kept:v1|agg:macro|pages:181|sites:97|corpus:0123456789ab|boot:2000|{TAIL}",'
        ' "extractor": "alpha", "version": "2.3.1", "settings": "a=true,b=2",'
        ' "control": "false", "metric": "kept", "value": 0.875, "low": 0.4375, "high": 0.9375, "n": 181,'
        ' "lower_is_better": "false"}\n'
    )


# Every view and every metric


@any_view
@any_format
def test_every_view_has_every_format_whatever_the_width(render: Callable[..., str], view: View) -> None:
    text = render(view, 80)
    assert text == render(view, 10) == render(view)
    assert text.rstrip("\n") + "\n" == text


@any_view
def test_json_lines_are_the_records(view: View) -> None:
    assert [json.loads(line) for line in lines(jsonl.render(view))] == list(view.records())


class Strict(HTMLParser):
    """Keeps the text of every cell, and refuses elements that are not closed or are closed out of order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.cells: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag in {"td", "th"}:
            self.cells.append("")
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"td", "th"} & set(self.open):
            self.cells[-1] += data


ELEMENTS = {
    "html", "head", "meta", "title", "style", "body", "div", "table", "thead", "tbody", "tr", "th", "td", "span", "p", "code",
}  # fmt: skip
ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "scope", "class"}


def cells(grid: Grid) -> list[str]:
    """The text of all its cells, header first, without what could move others."""
    rows = [grid.headers, *(row for group in grid.groups for row in group)]
    return ["\n".join(map(plain, cell.split("\n"))) for row in rows for cell in row]


def check_html(view: View) -> None:
    found = Strict(html.render(view))
    assert found.cells == [text for grid in view.grids(wide=True) for text in cells(grid)]
    assert found.tags <= ELEMENTS
    assert found.attributes <= ATTRIBUTES


@any_view
def test_html_holds_every_cell_and_caption(view: View) -> None:
    check_html(view)
    page = parser.parse(io.BytesIO(html.render(view).encode())).getroot()
    assert [part.text_content() for part in page.iter("p")] == list(view.captions(wide=True))
    assert [part.text_content() for part in page.iter("code")] == [view.captions(wide=True)[-1]]
    assert [len(table.findall("tbody")) for table in page.iter("table")] == [len(grid.groups) for grid in view.grids(wide=True)]


@pytest.mark.parametrize(
    ("view", "dimmed"),
    [(VIEWS["slices"], ["nothing"]), (VIEWS["side by side"], ["everything 0.7", "nothing"]), (VIEWS["leaks"], [])],
    ids=["overview", "side by side", "leaks"],
)
def test_html_dims_the_controls_and_nothing_else(view: View, dimmed: list[str]) -> None:
    page = parser.fromstring(html.render(view).encode())
    assert page.xpath('//tbody[@class="control"]/tr/th/text()') == dimmed


# What a reader of LaTeX could take for a command, by this file's own rules.

COMMANDS = {
    "begin", "end", "toprule", "midrule", "bottomrule", "quad", "rlap", "footnotesize", "texttt", "allowbreak", "symbol",
    "textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater", "textbar", "textasciigrave",
}  # fmt: skip


def check_latex(view: View) -> None:
    """Only our own commands, balanced braces, no special character bare, and as many cells in every row."""
    head, *parts = latex.render(view).split("\n\n")
    assert head.startswith("%")
    assert "\n" not in head
    *tables, captions = parts
    for part in parts:
        commands = re.findall(r"\\([a-zA-Z]+|.|\n)", part)
        assert set(commands) <= COMMANDS | set("&%$#_{}\\")
        assert commands.count("begin") == commands.count("end") == 1
        bare = re.sub(r"\\\\(?=\n)|\\[a-zA-Z]+|\\[&%$#_{}]", "", part).replace("$-$", "")
        assert set(bare) & set('\\~^%$#_<>|`"') == set()
        assert ("&" in bare) <= (part is not captions)
        depth = 0
        for brace in re.findall("[{}]", bare):
            depth += 1 if brace == "{" else -1
            assert depth >= 0
        assert depth == 0
        for line in part.split("\n")[1:]:
            assert not re.match(r" *[\[*]", line)
        assert all(character == "\n" or (character.isprintable() and character < "\U00010000") for character in part)
    for table, grid in zip(tables, view.grids(wide=False), strict=True):
        rows = [line for line in table.split("\n") if line.endswith(r" \\")]
        assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {len(grid.headers) - 1}
        assert table.count(r"\midrule") == len(grid.groups)


@any_view
def test_latex_of_every_view_is_well_formed(view: View) -> None:
    check_latex(view)


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        pytest.param(r"\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}", id="a command"),
        pytest.param(r"\\", r"\textbackslash{}\textbackslash{}", id="the end of a row"),
        pytest.param("a&b%c$d#e_f", r"a\&b\%c\$d\#e\_f", id="specials"),
        pytest.param("^^5cx~", r"\textasciicircum{}\textasciicircum{}5cx\textasciitilde{}", id="a character by its code"),
        pytest.param("<a|b>", r"\textless{}a\textbar{}b\textgreater{}", id="what old fonts lack"),
        pytest.param("``a'' \"b\"", r"\textasciigrave{}\textasciigrave{}a'{}' \symbol{34}b\symbol{34}", id="quotes"),
        pytest.param("a---b,,c", "a-{}-{}-b,{},c", id="what fonts join"),
        pytest.param("1\N{EN DASH}-2", "1--{}-2", id="dashes"),
        pytest.param("[1cm]", "{}[1cm]", id="an option of a row"),
        pytest.param("*", "{}*", id="a row's star"),
        pytest.param("  [a", r"\quad [a", id="an option after an indent"),
        pytest.param("a\x1bb\x00", "aU+FFFDbU+FFFD", id="controls"),
        pytest.param("a\U0001f600b", "aU+1F600b", id="a character outside the first plane"),
        pytest.param("a\u200bb\u00a0c", "aU+200BbU+00A0c", id="what cannot be seen"),
        pytest.param("Zürich 中文", "Zürich 中文", id="letters"),
    ],
)
def test_a_name_is_text_in_latex(name: str, escaped: str) -> None:
    assert latex._escape(name) == escaped


# Hostile names


@settings(deadline=None, max_examples=150)
@given(st.text(st.characters() | st.sampled_from([*"\\{}[]*&%$#_^~<>|`'\"-,\n "]), max_size=16))
def test_no_name_is_a_command_in_latex(name: str) -> None:
    for view in named(name):
        check_latex(view)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.characters() | st.sampled_from([*"<>&\"'\n ", "<script>", "</table>", "&lt", "<!--"]), max_size=12))
def test_no_name_is_markup_in_html(parts: list[str]) -> None:
    for view in named("".join(parts)):
        check_html(view)


@settings(deadline=None, max_examples=60)
@given(summaries())
def test_every_summary_has_every_format(summary: Summary) -> None:
    view = Overview(summary)
    check_latex(view)
    check_html(view)
    assert len(lines(jsonl.render(view))) == len(view.records())


@any_format
@pytest.mark.parametrize("character", UNSAFE, ids=[f"U+{ord(character):04X}" for character in UNSAFE])
def test_no_character_that_moves_or_hides_others_is_written(render: Callable[[View], str], character: str) -> None:
    for view in named(f"a{character}b"):
        text = render(view)
        assert set(text) & {*UNSAFE} - {"\n"} == set()
        text.encode()


@pytest.mark.parametrize("character", UNSAFE, ids=[f"U+{ord(character):04X}" for character in UNSAFE])
def test_json_lines_hold_every_name_whole_on_a_line_of_its_own(character: str) -> None:
    for view in named(f"a{character}b"):
        text = jsonl.render(view)
        assert len(text.splitlines()) == len(view.records())
        assert {json.loads(line)["extractor"] for line in text.splitlines()} == {f"a{character}b"}


@pytest.mark.parametrize("name", ["latex", "html"])
def test_no_note_is_written_raw(name: str) -> None:
    text = FORMATS[name](Overview(replace(SUMMARY, notes=["evil\x1b[2J\u202e<b>"])))
    assert set(text) & {*UNSAFE} - {"\n"} == set()
    assert "evil" in text
    assert "<b>" not in text
