"""Options and steps that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bench import plugins
from bench.text import plain

if TYPE_CHECKING:
    from bench.corpus import Corpus
    from bench.history import Entry
    from bench.interpreters import Interpreter
    from bench.metric import Metric
    from bench.present import View
    from bench.spec import Extractor, Wanted
    from bench.store import Store

Command = TypeVar("Command", bound=Callable[..., Any])
_LEAST = 16
"""Characters below which no column is folded."""


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
        help="File that declares programs as extractors; default: extractors.toml in the working folder; beside the corpus for "
        "what -x names.",
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


def view_options(command: Command) -> Command:
    """`--metric`, `--by`, `--format`, `--resamples` and `--seed`: of what, in which form and how sure."""
    for option in (
        click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of the resampling."),
        click.option("--resamples", type=click.IntRange(min=100, max=100_000), default=2000, show_default=True,
                     help="Resamples of sites for the intervals."),
        click.option("--format", "form", type=click.Choice(plugins.names("tables")), default="table", show_default=True,
                     help="Form of the table."),
        click.option("--by", type=click.Choice(["kind", "language", "site", "split", "tag", "length", "difficulty"]),
                     help="Add a table of slices."),
        click.option("--metric", default="kept", show_default=True, help="Metric to show; see `bench list metrics`."),
    ):  # fmt: skip
        command = option(command)
    return command


def table_options(command: Command) -> Command:
    """`view_options`, and how the main table is arranged: `--columns`, `--sort`, `--top`, `--interval`."""
    for option in (
        click.option("--interval", type=click.Choice(["expanded-percentile", "bca"]), default="expanded-percentile",
                     show_default=True, help="Kind of interval."),
        click.option("--top", type=click.IntRange(min=1), help="Show so many extractors only."),
        click.option("--sort", metavar="COLUMN", help="Sort by this column, better first; default: by rank."),
        click.option("--columns", metavar="COLUMN,...", help="Show these columns, whatever the width."),
    ):  # fmt: skip
        command = option(command)
    return view_options(command)


def label_options(command: Command) -> Command:
    """`--name` and `--note`: what a run is called, and why it was made."""
    for option in (
        click.option("--note", help="A line to remember this run by."),
        click.option(
            "--name", metavar="NAME", help="Name this run, e.g. `baseline`; a name moves to the run that has it last."
        ),
    ):
        command = option(command)
    return command


def listed(names: str | None) -> list[str] | None:
    """Return names that are separated by commas; None stays None."""
    return None if names is None else [name.strip() for name in names.split(",") if name.strip()]


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


def build_environments(wanted: Iterable[Wanted]) -> None:
    """Build the environments that these extractors need and that are not there yet, each told on stderr.

    Raises:
        UsageError: one cannot be built; says why.
    """
    for one in wanted:
        if one.environment:
            if not one.environment.interpreter():
                click.echo(f"building an environment for {one} ...", err=True)
            one.environment.make()


def warn(line: str) -> None:
    """Print a line on stderr about something that the command goes on without."""
    click.echo(plain(line), err=True)


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


def asked_for(specs: Sequence[str], declared: Path | None, corpus: str | None) -> list[Extractor | Wanted]:
    """Return what specs ask for, or else every extractor of main text that is installed or declared; and the control rows.

    Args:
        specs: of `-x`.
        declared: the file of `--extractors`; without, a spec may also name what the corpus declares.
        corpus: the folder of `--corpus`.

    Raises:
        UsageError: a spec or the file is wrong; nothing was built for any.
    """
    from bench.declared import Declarations
    from bench.spec import adapters, runs_here

    declarations = Declarations(declared)
    every = adapters(warn)
    left_out = {adapter.name for adapter in every if adapter.control or adapter.whole_page}
    installed = (adapter.name for adapter in every if adapter.name not in left_out and runs_here(adapter))
    controls = (adapter.name for adapter in every if adapter.control)
    beside = Path(corpus) if corpus is not None and declared is None else None
    return [declarations.ask(spec, beside) for spec in (*(specs or (*installed, *declarations.names)), *controls)]


def ready(asked: Sequence[Extractor | Wanted], given: Mapping[str, Interpreter]) -> dict[bytes, Extractor]:
    """Return the extractors that were asked for by their keys, each once, their environments built where need be.

    Args:
        asked: see `asked_for`.
        given: interpreters to use for those of a name, in place of an environment of their own.

    Raises:
        UsageError: an environment cannot be built, or lacks the extractor.
    """
    from bench.spec import Wanted, resolve

    build_environments(one for one in asked if isinstance(one, Wanted) and one.name not in given)
    found = (resolve(one, given.get(one.name)) if isinstance(one, Wanted) else one for one in asked)
    return {one.key: one for one in found}


def typed(arguments: list[str]) -> list[str]:
    """Return the command as typed, absolute paths cut to their last part: a manifest names no machine's folders."""
    return ["bench", *(re.sub(r"(^|=)/(?:[^/]*/)*", r"\1", word) for word in arguments[1:])]


PLACES = frozenset({"specs", "corpus", "split", "only", "skip_broken", "form", "results"})
"""Options that say which rows and pages, where they lie and what form the table has: the others say what is in it."""


def answer(name: str, given: Mapping[str, Any], corpus: Corpus, rows: Sequence[Entry], store: Store) -> View:
    """Return the view that a command makes of rows, with the request for it.

    Args:
        name: of the command; its file has `make(request, corpus, rows, store, **options)`, which returns the view.
        given: values of its options other than `PLACES`; those that are not among them are the defaults, and what are no
            options of it is left.
        corpus: the pages; `store.want` must have been told of them.
        rows: in the order in which the command takes them.
        store: open for writing.

    Raises:
        BenchError: as the command does.
    """
    from bench.request import asked

    module = plugins.load("cli", name)
    options = {option: given.get(option, default) for option, default in defaults(module.command).items()}
    view: View = module.make(asked(name, options, corpus, rows), corpus, rows, store, **options)
    return view


def defaults(command: click.Command) -> dict[str, Any]:
    """Return the options of a command that makes tables, those that say what is in one, with their defaults."""
    values = command.make_context(command.name, [], resilient_parsing=True).params
    return {name: values[name] for name in sorted(values.keys() - PLACES)}


def render(view: View, form: str) -> str:
    """Return a view in a format, for a terminal as wide as ours."""
    import shutil

    width = shutil.get_terminal_size((80, 24)).columns  # COLUMNS first, then the terminal, then 80
    return str(plugins.load("tables", form).render(view, width))


def print_view(view: View, form: str) -> None:
    """Print a view to stdout in a format."""
    import os

    styled = False if os.environ.get("NO_COLOR") else None  # None: styles go to a terminal and nowhere else
    click.echo(render(view, form), nl=False, color=styled)


def folded(rows: list[dict[str, Any]], width: int) -> str:
    """Return rows as a table of this width: empty columns left out, the widest ones folded as far as need be."""
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
