"""`bench export`."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any, TextIO

import click

from bench.cli._shared import corpus_options, metrics_named, open_corpus, results_option


@click.command("export")
@click.option(
    "-x",
    "--extractor",
    "specs",
    multiple=True,
    metavar="NAME[==VERSION][:SETTINGS]",
    help="Only these; repeatable. Default: all that the store holds of this corpus.",
)
@corpus_options
@click.option("--no-text", is_flag=True, help="Scores and outcomes only.")
@click.option(
    "--dataset",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Write pages and gold instead, with a card, into this folder.",
)
@click.option(
    "--as",
    "form",
    type=click.Choice(["jsonl", "parquet"]),
    default="jsonl",
    show_default=True,
    help="Form of the dataset's file.",
)
@click.option(
    "-o",
    "--output",
    type=click.File("w", encoding="utf-8", lazy=True, atomic=True),
    default="-",
    help="Default: stdout.",
)
@results_option
def command(
    specs: tuple[str, ...],
    corpus: str | None,
    split: str | None,
    only: tuple[str, ...],
    skip_broken: bool,
    no_text: bool,
    dataset: Path | None,
    form: str,
    output: TextIO,
    results: Path,
) -> None:
    """Write stored outputs and scores as JSONL, a line for each page and extractor; or the corpus as a dataset.

    With one extractor chosen, `bench import` reads the file again. `--dataset FOLDER` writes pages and gold as JSON Lines or
    Parquet (`--as parquet`) beside a card in the style of the Hugging Face hub.
    """  # fmt: skip
    from bench.cast import with_votes
    from bench.errors import NothingToDo
    from bench.score import score
    from bench.store import Store
    from bench.summarise import select

    if dataset is not None:
        _dataset(corpus, split, only, skip_broken=skip_broken, folder=dataset, form=form)
        return
    with Store(results, write=True) as store:
        loaded = open_corpus(store, corpus, split, only, skip_broken=skip_broken, latest=True)
        stored = with_votes(loaded, store, specs)
        if not stored:
            raise NothingToDo(f"no stored results of {loaded.name}; `bench run` makes them")
        rows = select(stored, specs)
        metrics, _ = metrics_named("all")
        score(loaded, [one.key for one in rows], metrics, store, jobs=os.cpu_count() or 1)
        for row in sorted(rows, key=lambda one: (one.name, one.version, one.settings)):
            pages = [
                (metric, counts, metric.per_page(counts))
                for metric in metrics
                for counts in [store.counts(row.key, metric.signature, len(metric.fields))]
            ]
            for number, cell in store.cells(row.key):
                record: dict[str, Any] = {
                    "id": loaded.facts[number].id, "extractor": row.name, "version": row.version, "settings": row.settings,
                    "outcome": cell.outcome.value, "seconds": cell.seconds, "cpu_seconds": cell.cpu_seconds,
                    "peak_bytes": cell.peak_bytes, "error_type": cell.error_type, "error_message": cell.error_message,
                    "attempts": cell.attempts, "stdout": cell.stdout, "stderr": cell.stderr, "notes": dict(cell.notes),
                }  # fmt: skip
                if not no_text:
                    record["text"] = store.text(row.key, loaded.page_keys[number])
                record["scores"] = {
                    metric.name: {
                        "signature": metric.signature,
                        "counts": dict(zip(metric.fields, map(_or_none, counts[number].tolist()), strict=True)),
                        "values": {name: _or_none(values[name][number]) for name in metric.values},
                    }
                    for metric, counts, values in pages
                }
                output.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")


def _dataset(
    corpus: str | None, split: str | None, only: tuple[str, ...], *, skip_broken: bool, folder: Path, form: str
) -> None:
    """Write the corpus; it needs no store of results, so the one that indexes it is thrown away."""
    from bench.dataset import write
    from bench.store import Store

    with tempfile.TemporaryDirectory(prefix="bench-export-") as scratch, Store(Path(scratch), write=True) as store:
        loaded = open_corpus(store, corpus, split, only, skip_broken=skip_broken, latest=False)
        for path in write(loaded, folder, form):
            click.echo(path)


def _or_none(value: float) -> float | None:
    return None if value != value else float(value)  # noqa: PLR0124 - NaN, the one number unequal to itself
