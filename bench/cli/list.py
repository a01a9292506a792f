"""`bench list`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.cli._shared import extractors_option, folded, results_option, warn

if TYPE_CHECKING:
    from bench.spec import Adapter

MANY = 10
"""Values of a metric that are not all named."""


@click.command("list")
@click.argument("what", type=click.Choice(["extractors", "corpora", "metrics", "runs"]))
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True, help="Form of the list."
)
@click.option("--check", is_flag=True, help="Try each extractor on three small pages: what works on this machine.")
@extractors_option
@results_option
def command(what: str, form: str, check: bool, declared: Path | None, results: Path) -> None:
    """List extractors, corpora, metrics or runs."""
    from bench.errors import UsageError

    if check and what != "extractors":
        raise UsageError(f"--check tries extractors, not {what}: `bench list extractors --check`")
    if what == "extractors":
        rows = _tried(declared) if check else _extractors(declared)
    else:
        rows = {"corpora": _corpora, "metrics": _metrics, "runs": _runs}[what](results)
    if form == "json":
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    click.echo(folded(rows, shutil.get_terminal_size((80, 24)).columns) if rows else f"no {what}")


def _extractors(declared: Path | None) -> list[dict[str, Any]]:
    from bench.declared import Declarations
    from bench.errors import UsageError
    from bench.spec import adapters, format_settings

    declarations = Declarations(declared)
    rows: list[dict[str, Any]] = [
        {
            "name": adapter.name + (" (control)" if adapter.control else ""),
            "versions": _versions(adapter),
            "language": "Node" if adapter.node else "Python",
            "comes with": adapter.origin and adapter.origin.distribution,
            "licence": adapter.licence,
            "about": adapter.summary,
            "gives": adapter.output,
            "settings": format_settings({**dict.fromkeys(adapter.required, "..."), **adapter.defaults}).replace(",", " "),
            "runs in": _place(adapter),
        }
        for adapter in adapters(warn)
    ]
    for name in declarations.names:
        adapter = declarations.adapter(name)
        version, place = None, "a program of its own"
        try:
            version = declarations.ask(name).version
        except UsageError as unusable:
            place = str(unusable)
        about = {"name": name, "versions": version, "language": "any", "comes with": None, "licence": adapter.licence}
        about["about"] = adapter.summary
        rows.append({**about, "gives": adapter.output, "settings": "", "runs in": place})
    return rows


def _versions(adapter: Adapter) -> str | None:
    """The version that a bare name means, and those that other environments hold, in order of use."""
    from bench.environments import kept
    from bench.spec import lacks, resolve

    usual = None if lacks(adapter) else resolve(adapter.name).version or "built in"
    others = {
        one.interpreter.installed(adapter.distributions[0])
        for one in kept()
        if adapter.distributions and not adapter.node and one.interpreter and one.holds(adapter.distributions[0])
    }
    return " ".join([*([usual] if usual else []), *sorted(filter(None, others - {usual}))]) or None


def _place(adapter: Adapter) -> str | None:
    """Where an extractor runs that does not run in the main environment, or what it needs."""
    from bench.interpreters import find
    from bench.spec import environment_for, lacks

    if adapter.node or adapter.required:
        return lacks(adapter) or "Node"
    own = environment_for(adapter)
    if own is None:
        return None
    if own.interpreter():
        return "an environment of its own"
    return "an environment of its own, made on demand" if find(own.python) else f"needs Python {own.python}, not found here"


def _tried(declared: Path | None) -> list[dict[str, Any]]:
    """Every extractor as it works on this machine."""
    import tempfile

    from bench.declared import Declarations
    from bench.errors import UsageError
    from bench.spec import Wanted, adapters, resolve
    from bench.trial import LENGTH, Trial, try_out

    declarations = Declarations(declared)
    every = adapters(warn)
    controls = {adapter.name for adapter in every if adapter.control}
    rows = []
    with tempfile.TemporaryDirectory(prefix="bench-list-") as scratch:
        for name in (*(adapter.name for adapter in every), *declarations.names):
            version = None
            try:
                asked = declarations.ask(name)
                extractor = resolve(asked) if isinstance(asked, Wanted) else asked
            except UsageError as lacking:
                trial = Trial(str(lacking))
            else:
                version, trial = extractor.version, try_out(extractor, Path(scratch))
            rows.append(
                {
                    "name": name + (" (control)" if name in controls else ""),
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
