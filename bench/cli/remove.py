"""`bench remove`."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli._shared import warn


@click.command("remove")
@click.argument("page_id", metavar="ID")
@click.option("--reason", required=True, help="Why, for whoever meets the page in old results.")
@click.option(
    "--corpus", default=".", show_default=True, type=click.Path(file_okay=False, path_type=Path), help="Folder of the corpus."
)
def command(page_id: str, reason: str, corpus: Path) -> None:
    """Take a page out of a corpus and leave a tombstone: id, digest, address, day and reason.

    Old results of the page stay readable, its id is not used again, and `bench add` says so when it meets the page anew.
    """  # fmt: skip
    from bench.annotate.files import remove
    from bench.errors import UsageError
    from bench.readers.native import REMOVED

    if not reason.strip():
        raise UsageError("--reason: say in a few words why the page goes")
    remove(corpus, page_id, " ".join(reason.split()))
    warn(f"{page_id}: removed from {corpus}; its tombstone stands in {corpus / 'corpus' / REMOVED}")
