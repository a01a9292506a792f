"""`bench list`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.cli._shared import folded, results_option

if TYPE_CHECKING:
    from bench.environments import Environment

MANY = 10
"""Values of a metric that are not all named."""


@click.command("list")
@click.argument("what", type=click.Choice(["extractors", "corpora", "metrics", "runs"]))
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True, help="Form of the list."
)
@results_option
def command(what: str, form: str, results: Path) -> None:
    """List extractors, corpora, metrics or runs."""
    rows = {"extractors": _extractors, "corpora": _corpora, "metrics": _metrics, "runs": _runs}[what](results)
    if form == "json":
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    click.echo(folded(rows, shutil.get_terminal_size((80, 24)).columns) if rows else f"no {what}")


def _extractors(_: Path) -> list[dict[str, Any]]:
    from bench.spec import adapters, environment_for, format_settings, resolve

    rows = []
    for adapter in adapters():
        own = environment_for(adapter)
        there = own is None or own.interpreter() is not None
        rows.append(
            {
                "name": adapter.name + (" (control)" if adapter.control else ""),
                "installed": resolve(adapter.name).version or "yes" if there else None,
                "licence": adapter.licence,
                "about": adapter.summary,
                "gives": adapter.output,
                "settings": format_settings(adapter.defaults).replace(",", " "),
                "runs in": _place(own),
            }
        )
    return rows


def _place(own: Environment | None) -> str | None:
    """Where an extractor runs that does not run here, or what it needs."""
    from bench.interpreters import find

    if own is None:
        return None
    if own.interpreter():
        return "an environment of its own"
    return "an environment of its own, made on demand" if find(own.python) else f"needs Python {own.python}, not found here"


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
