"""`bench import`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bench.cli._shared import corpus_options, label_options, open_corpus, results_option


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "label", metavar="NAME==VERSION", help="What made the outputs; default: the file's name and version.")
@corpus_options
@label_options
@results_option
def command(
    files: tuple[Path, ...],
    label: str | None,
    corpus: str | None,
    split: str | None,
    only: tuple[str, ...],
    skip_broken: bool,
    name: str | None,
    note: str | None,
    results: Path,
) -> None:
    """Store outputs that were made elsewhere, as rows of their own.

    FILES are JSONL with an object {"id", "text"} a line, or JSON of the article-extraction-benchmark
    ({"version", "output": {id: {"articleBody"}}}, or the inner object alone). A null text is an empty answer; a page that
    the file lacks counts as unavailable.
    """
    from bench.errors import UsageError
    from bench.history import checked_name
    from bench.outputs import identity, read_outputs, store_outputs
    from bench.run import manifest
    from bench.store import Store

    if label and len(files) > 1:
        raise UsageError("--as names one file's extractor; give one file, or leave --as out")
    name = checked_name(name) if name is not None else None
    read = [read_outputs(path, label) for path in files]
    with Store(results, write=True) as store:
        loaded = open_corpus(store, corpus, split, only, skip_broken=skip_broken, latest=False)
        for outputs in read:
            tally = store_outputs(outputs, loaded, store)
            click.echo(f"{outputs.name} {outputs.version}: {tally}", err=True)
        about = manifest(loaded, [], None, 0, ["bench", "import", *(path.name for path in files)])
        about["imported"] = [identity(outputs) for outputs in read]
        number = store.start_run(loaded.root, loaded.split, about)
        store.finish_run(number, about)
        store.label_run(number, name=name, note=note)
    click.echo(f"`bench table` shows {'them' if len(read) > 1 else 'it'}", file=sys.stderr)
