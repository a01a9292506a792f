"""`bench add`."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli._shared import asked_for, ready, results_option, warn
from bench.text import plain

if TYPE_CHECKING:
    from bench.annotate.draft import Draft
    from bench.annotate.record import Record
    from bench.capture.received import Received

_NOTES = 4
"""Notes on how a page came, of which a rendered one may have dozens, that are told before the rest is counted."""


@click.command("add")
@click.argument("source", metavar="SOURCE")
@click.option(
    "--corpus",
    default=".",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the corpus; made where there is none.",
)
@click.option("--id", "page_id", metavar="ID", help="The page's id. Default: made of kind, title and language.")
@click.option("--url", help="The page's address, for a file or standard input.")
@click.option("--kind", help="What kind of page it is: news, forum, product, ... Default: what the page says.")
@click.option("--language", metavar="TAG", help="Its language as a BCP 47 tag. Default: what page and text say.")
@click.option("--licence", help="Its licence. Default: what the page says.")
@click.option("--tag", "tags", multiple=True, help="A tag; repeatable.")
@click.option(
    "-x",
    "--extractor",
    "specs",
    multiple=True,
    metavar="NAME[==VERSION][:SETTINGS]",
    help="Extractor that votes on the draft; repeatable. Default: all that are installed.",
)
@click.option("--render", is_flag=True, help="Keep the DOM after scripts, as a real Chromium makes it; the response beside it.")
@click.option("--no-sandbox", is_flag=True, help="With --render: let Chromium run without its own sandbox, as root needs.")
@click.option("--allow-private", is_flag=True, help="Fetch from private addresses and any port, too.")
@click.option("--ignore-robots", is_flag=True, help="Fetch what robots.txt forbids; recorded.")
@results_option
def command(
    source: str,
    corpus: Path,
    page_id: str | None,
    url: str | None,
    kind: str | None,
    language: str | None,
    licence: str | None,
    tags: tuple[str, ...],
    specs: tuple[str, ...],
    render: bool,
    no_sandbox: bool,
    allow_private: bool,
    ignore_robots: bool,
    results: Path,
) -> None:
    """Add a page with a draft of its gold.

    SOURCE is an address, a file, a record of a web archive (`FILE.warc.gz#N`), or `-` for standard input. The bytes are kept
    as received. Installed extractors vote on every block of the page: what nearly all kept is in the draft, what they
    disagree on is marked `?` for you to settle (`bench annotate ID`). Prints the id. On any failure nothing is written.
    """  # fmt: skip
    from bench.annotate.facts import facts_of
    from bench.annotate.files import checked_id, free_id, native, put
    from bench.annotate.poll import poll
    from bench.annotate.record import Stated, address_of, encoding_of, record
    from bench.annotate.twins import buried, twins
    from bench.encoding import codec_of
    from bench.errors import UsageError
    from bench.model import Captured, Page
    from bench.page_text import PageText
    from bench.readers.native import Files

    if corpus.exists() and any(corpus.iterdir()) and not (corpus / "corpus").is_dir() and corpus != Path():
        raise UsageError(f"{corpus}: holds something else than a corpus of bench's; name another folder with --corpus")
    if page_id is not None:
        page_id = checked_id(corpus, page_id)
    asked = asked_for(specs, None, None)
    received = _received(source, render=render, no_sandbox=no_sandbox, allow_private=allow_private, ignore_robots=ignore_robots)
    stated = Stated(url, kind, language, licence, tags)
    markup = received.body.decode(codec_of(received.body, encoding_of(received)), "replace").removeprefix("\ufeff")
    text = PageText.of_markup(markup)
    found = record(received, facts_of(markup, text, address_of(received, stated)), stated)
    page_id = page_id or free_id(corpus, found.slug())
    metadata = found.toml().encode()
    extractors = [one for one in ready(asked, {}).values() if not one.adapter.control]
    warn(f"asking {len(extractors)} extractors ...")
    with tempfile.TemporaryDirectory(prefix="bench-add-") as folder:
        file = Path(folder) / "page.html"
        file.write_bytes(received.body)
        page = Page(page_id, Captured(file), encoding=found.encoding, url=found.url)
        title = found.facts.title.value if found.facts.title else None
        drafted = poll(page, extractors, results, title, found.facts.authors)
    paths = Files.of(corpus, page_id)
    gold = drafted.gold().encode()
    contents = {paths.gold: gold, paths.metadata: metadata, paths.page: received.body}
    put(contents | ({paths.response: received.raw} if received.raw is not None else {}), new=True)
    reader = native(corpus)
    _tell(found, drafted, page_id, corpus)
    others = [why for other, why in twins(reader, found, text) if other != page_id]
    told = [*received.notes[:_NOTES], *([f"and {len(received.notes) - _NOTES} more"] if len(received.notes) > _NOTES else [])]
    for line in (*_lacking(found), *told, *buried(reader, found), *others):
        warn(f"  look: {line}")
    warn(f"next: bench annotate {page_id}" + (f" --corpus {corpus}" if corpus != Path() else ""))
    click.echo(page_id)


def _received(source: str, *, render: bool, no_sandbox: bool, allow_private: bool, ignore_robots: bool) -> Received:
    """The page from wherever the source is."""
    from bench.errors import UsageError

    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", source) and not Path(source).exists():
        if render:
            from bench.capture.browser import render as rendered

            return rendered(source, allow_private=allow_private, robots=not ignore_robots, no_sandbox=no_sandbox)
        from bench.capture.http import fetch

        return fetch(source, allow_private=allow_private, robots=not ignore_robots)
    if render:
        raise UsageError(f"--render needs an address, not {source}; serve the file, or add it as it is")
    if source == "-":
        from bench.capture.local import stdin

        return stdin(sys.stdin.buffer)
    archive = re.fullmatch(r"(?P<file>.+\.warc(?:\.gz)?)(?:#(?P<number>\d+))?", source)
    if archive:
        from bench.capture.warc import read as read_archive

        return read_archive(Path(archive["file"]), int(archive["number"]) if archive["number"] else None)
    from bench.capture.local import read

    return read(Path(source))


def _tell(found: Record, drafted: Draft, page_id: str, corpus: Path) -> None:
    """Say what was written, and what of it is a guess."""
    received, facts = found.received, found.facts
    answer = " ".join(str(part) for part in (received.status, received.content_type) if part)
    warn(f"{page_id} in {corpus}: {len(received.body):,} bytes" + (f", {answer}" if answer else ""))
    for name, one in (
        ("title", facts.title), ("date", facts.date), ("site", found.site), ("language", found.language), ("kind", found.kind),
        ("licence", found.licence),
    ):  # fmt: skip
        if one:
            warn(f"  {name}: {one.value} ({one.where})")
    if facts.authors:
        warn(f"  authors: {', '.join(facts.authors)}")
    kept = sum(block.share > 0 for block in drafted.blocks)
    warn(
        f"  draft: of {len(drafted.blocks)} blocks {kept} were kept by somebody, {drafted.undecided} are to be settled; "
        f"votes of {', '.join(drafted.voters) or 'nobody'}"
    )
    for label, why in drafted.failed.items():
        warn(f"  no vote of {label}: {plain(why)}")


def _lacking(found: Record) -> list[str]:
    """What a person has to add, or to look at."""
    named = (("kind", found.kind), ("language", found.language), ("licence", found.licence), ("url", found.url))
    lines = [
        f"no {name} found; write it into the page's .toml" + (', "unknown" where it has none' if name == "licence" else "")
        for name, value in named
        if not value
    ]
    if found.language and found.facts.doubt:
        lines.append(f"language: declared {found.language.value}, {found.facts.doubt}")
    return lines
