"""`bench list`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import click

from bench.cli._shared import results_option

_LEAST = 16
"""Characters below which no column is folded."""


MANY = 10
"""Values of a metric that are not all named."""


@click.command("list")
@click.argument("what", type=click.Choice(["extractors", "corpora", "metrics", "runs"]))
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True, help="Form of the list."
)
@click.option("--check", is_flag=True, help="Try each extractor on three small pages: what works on this machine.")
@results_option
def command(what: str, form: str, check: bool, results: Path) -> None:
    """List extractors, corpora, metrics or runs."""
    from bench.errors import UsageError

    if check and what != "extractors":
        raise UsageError(f"--check tries extractors, not {what}: `bench list extractors --check`")
    rows = (
        _tried()
        if check
        else {"extractors": _extractors, "corpora": _corpora, "metrics": _metrics, "runs": _runs}[what](results)
    )
    if form == "json":
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    click.echo(_folded(rows, shutil.get_terminal_size((80, 24)).columns) if rows else f"no {what}")


def _folded(rows: list[dict[str, Any]], width: int) -> str:
    """The rows as a table of this width: empty columns left out, the widest ones folded as far as need be."""
    from tabulate import tabulate

    from bench.text import plain

    names = [name for name in rows[0] if any(row[name] is not None for row in rows)]
    # A signature has no spaces of its own to fold at.
    texts = [[plain(str("" if row[name] is None else row[name])).replace("|", "| ") for name in names] for row in rows]
    widths = [
        max(len(name) + 2, *(len(cell) for cell in column))
        for name, column in zip(names, zip(*texts, strict=True), strict=True)
    ]
    while sum(widths) + 2 * (len(widths) - 1) > width and max(widths) > _LEAST:
        widths[widths.index(max(widths))] -= 1
    return tabulate(
        texts, headers=names, disable_numparse=True, maxcolwidths=widths, break_long_words=False, break_on_hyphens=False
    )


def _extractors(_: Path) -> list[dict[str, Any]]:
    from bench.spec import adapters, format_settings, missing, resolve

    rows = []
    for adapter in adapters():
        absent = missing(adapter)
        rows.append(
            {
                "name": adapter.name + (" (control)" if adapter.control else ""),
                "installed": None if absent else resolve(adapter.name).version or "yes",
                "licence": adapter.licence,
                "about": adapter.summary,
                "gives": adapter.output,
                "settings": format_settings(adapter.defaults).replace(",", " "),
                "to install": f"pip install {' '.join(absent)}" if absent else None,
            }
        )
    return rows


def _tried() -> list[dict[str, Any]]:
    """Every extractor as it works on this machine."""
    import tempfile

    from bench.errors import UsageError
    from bench.spec import adapters, resolve
    from bench.trial import LENGTH, Trial, try_out

    rows = []
    with tempfile.TemporaryDirectory(prefix="bench-list-") as scratch:
        for adapter in adapters():
            version = None
            try:
                extractor = resolve(adapter.name)
            except UsageError as lacking:
                trial = Trial(str(lacking))
            else:
                version, trial = extractor.version, try_out(extractor, Path(scratch))
            rows.append(
                {
                    "name": adapter.name + (" (control)" if adapter.control else ""),
                    "version": version,
                    "works": trial.finding,
                    "characters kept": trial.kept,
                    "of": LENGTH,
                    "seconds to start": None if trial.seconds is None else round(trial.seconds, 2),
                }
            )
    return rows


def _corpora(results: Path) -> list[dict[str, Any]]:
    from bench import plugins
    from bench.corpus import builtin, recognise

    name, reader = recognise(builtin())
    rows = [{"corpus": "builtin", "format": name, "pages": len(reader.ids()), "where": "comes with bench"}]
    seen = {(builtin().resolve(), None)}
    for run in _stored_runs(results):
        if (run.root, run.split) in seen:
            continue
        seen.add((run.root, run.split))
        corpus = run.manifest["corpus"]
        split = f" --split {run.split}" if run.split else ""
        rows.append(
            {
                "corpus": corpus["name"],
                "format": corpus["format"],
                "pages": corpus["pages"],
                "where": f"{run.root}{split}",
            }
        )
    for reader_name in plugins.names("readers"):
        layout = plugins.load("readers", reader_name).LAYOUT
        rows.append({"corpus": "(any folder)", "format": reader_name, "pages": None, "where": layout})
    return rows


def _metrics(_: Path) -> list[dict[str, Any]]:
    from bench import plugins

    rows = []
    for name in plugins.names("metrics"):
        module = plugins.load("metrics", name)
        about = (module.__doc__ or "").split("\n", 1)[0].partition(": ")[2]
        metric = module.METRIC
        many = len(metric.values) > MANY
        values = f"{metric.values[0]} and a breakdown of {len(metric.values) - 1}" if many else " ".join(metric.values)
        rows.append({"name": name, "values": values, "about": metric.lacks or about, "signature": metric.signature})
    return rows


def _runs(results: Path) -> list[dict[str, Any]]:
    rows = []
    for run in _stored_runs(results):
        cells = run.manifest.get("cells", {})
        what = [one["name"] for one in run.manifest["extractors"]] or [
            one["imported"] for one in run.manifest.get("imported", [])
        ]
        rows.append(
            {
                "run": run.number,
                "name": run.name,
                "note": run.note,
                "started": run.started,
                "finished": run.finished or "cut off",
                "corpus": run.manifest["corpus"]["name"],
                "pages": run.manifest["corpus"]["pages"],
                "ran": sum(cells.get("ran", {}).values()) if cells else None,
                "from store": cells.get("stored"),
                "extractors": " ".join(what),
            }
        )
    return rows


def _stored_runs(results: Path) -> list[Any]:
    from bench.store import Store

    if not (results / "store.sqlite").exists():
        return []
    with Store(results, write=False) as store:
        return store.runs()
