"""Options and steps that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bench import plugins
from bench.text import plain

if TYPE_CHECKING:
    from bench.corpus import Corpus
    from bench.metric import Metric
    from bench.present import View
    from bench.store import Store

Command = TypeVar("Command", bound=Callable[..., Any])


def results_option(command: Command) -> Command:
    """`--results`: where the store is."""
    return click.option(
        "--results",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path("results"),
        show_default=True,
        help="Folder of the store.",
    )(command)


def extractors_option(command: Command) -> Command:
    """`--extractors`: the file that declares commands as extractors."""
    return click.option(
        "--extractors",
        "declared",
        type=click.Path(dir_okay=False, path_type=Path),
        help="File that declares programs as extractors; default: extractors.toml in the working folder, if there.",
    )(command)


def corpus_options(command: Command) -> Command:
    """`--corpus`, `--split`, `--pages` and `--skip-broken`: which pages."""
    for option in (
        click.option("--skip-broken", is_flag=True, help="Go on without records that cannot be used."),
        click.option("--pages", "only", multiple=True, metavar="GLOB", help="Only pages whose id matches; repeatable."),
        click.option("--split", help="Split of the corpus, where it has several."),
        click.option("--corpus", metavar="FOLDER", help="Folder of a corpus, or `builtin`."),
    ):
        command = option(command)
    return command


def table_options(command: Command) -> Command:
    """`--metric`, `--by`, `--format`, `--resamples` and `--seed`: which table."""
    for option in (
        click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of the resampling."),
        click.option("--resamples", type=click.IntRange(min=100, max=100_000), default=2000, show_default=True,
                     help="Resamples of sites for the intervals."),
        click.option("--format", "form", type=click.Choice(plugins.names("tables")), default="table", show_default=True,
                     help="Form of the table."),
        click.option("--by", type=click.Choice(["kind", "language", "site", "split"]), help="Add a table of slices."),
        click.option("--metric", default="kept", show_default=True, help="Metric to show; see `bench list metrics`."),
    ):  # fmt: skip
        command = option(command)
    return command


def open_corpus(
    store: Store, corpus: str | None, split: str | None, only: tuple[str, ...], *, skip_broken: bool, latest: bool
) -> Corpus:
    """Index the corpus that was asked for and tell the store of its pages.

    Args:
        store: open for writing.
        corpus: a folder or `builtin`; None is the built-in one, or with `latest` that of the latest run or import.
        split: the split.
        only: patterns of ids.
        skip_broken: go on without broken records; they are listed all the same.
        latest: whether None means the latest one.

    Raises:
        CorpusError: there are broken records.
        NothingToDo: no page is left.
    """
    from bench.corpus import builtin, load
    from bench.errors import CorpusError, NothingToDo

    if corpus is None and latest and (runs := store.runs()):
        root, split = runs[-1].root, split or runs[-1].split
    else:
        root = builtin() if corpus in (None, "builtin") else Path(corpus)
    loaded = load(root, store, split=split, only=only)
    for one in loaded.broken:
        click.echo(plain(f"broken: {one}"), err=True)
    if loaded.broken and not skip_broken:
        raise CorpusError(f"{root}: {len(loaded.broken)} broken records (listed above); mend them, or go on with --skip-broken")
    if not len(loaded):
        raise NothingToDo(f"{root}: no pages" + (f" match {' '.join(only)}" if only else ""))
    store.want(loaded.wanted())
    return loaded


def control_names() -> frozenset[str]:
    """Return the names of control rows."""
    from bench.spec import adapters

    return frozenset(adapter.name for adapter in adapters() if adapter.control)


def metrics_named(names: str, *, first: str | None = None) -> tuple[list[Metric], list[str]]:
    """Return metrics by their names, and notes on those that `all` leaves out.

    Args:
        names: separated by commas, or `all`: those that rank, whose packages are installed.
        first: stands first in `all`.

    Raises:
        UsageError: there is no metric of that name, or it needs a package that is not installed; says which.
    """
    from bench.errors import UsageError

    if first is not None:
        plugins.path("metrics", first)
    if names == "all":
        found: list[Metric] = [plugins.load("metrics", name).METRIC for name in plugins.names("metrics")]
        ranking = sorted((metric for metric in found if metric.ranks), key=lambda metric: metric.name != first)
        return [metric for metric in ranking if metric.lacks is None], [metric.lacks for metric in ranking if metric.lacks]
    chosen: list[Metric] = [plugins.load("metrics", name).METRIC for name in dict.fromkeys(map(str.strip, names.split(",")))]
    for metric in chosen:
        if metric.lacks:
            raise UsageError(metric.lacks)
    return chosen, []


def metric_named(name: str) -> Metric:
    """Return the metric of a name.

    Raises:
        UsageError: several are named, or like `metrics_named`.
    """
    from bench.errors import UsageError

    if name == "all" or "," in name:
        raise UsageError(f"--metric shows one metric, not {name!r}; `bench table --metrics {name}` puts several side by side")
    return metrics_named(name)[0][0]


def print_view(view: View, form: str) -> None:
    """Print a view to stdout in a format."""
    import shutil

    width = shutil.get_terminal_size((80, 24)).columns  # COLUMNS first, then the terminal, then 80
    click.echo(plugins.load("tables", form).render(view, width), nl=False)
