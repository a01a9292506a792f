"""`bench reproduce`."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from bench import plugins
from bench.cli._shared import answer, defaults, open_corpus, render, results_option
from bench.text import plain

if TYPE_CHECKING:
    from bench.corpus import Corpus
    from bench.request import AskedCorpus, Request
    from bench.store import StoredRun

LISTED = 20
"""Differences that are listed."""
_LINE = 1000
"""Characters of one that are printed: names in a file may have any length."""
_NOT_COMPARED = "CPU time, memory, date and machine are not compared: every run measures them anew"


@click.command("reproduce")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--corpus", metavar="FOLDER", help="Folder of its corpus. Default: where a stored run had it.")
@results_option
def command(file: Path, corpus: str | None, results: Path) -> None:
    """Make a committed table anew from the store, and say what differs.

    FILE is a table in JSON or Markdown. Exit code 0 when every value is the same, 1 when one differs or when corpus, rows or
    metrics are not those of the file, which is then said.
    """
    from bench import __version__
    from bench.cast import called_again, cast
    from bench.committed import differences, read, values
    from bench.reproduce import find, other_signatures
    from bench.store import Store
    from bench.vote import NAME as VOTE

    committed = read(file)
    request = committed.request
    options = _options(file, request)
    with Store(results, write=True) as store:
        root = corpus or _root(request.corpus, store.runs())
        loaded = open_corpus(store, root, request.corpus.split, tuple(request.corpus.only), skip_broken=True, latest=False)
        if loaded.digest != request.corpus.digest:
            _fail(file, "the corpus differs", [_other_corpus(request.corpus, loaded)])
        where = "" if root == "builtin" else f" --corpus {shlex.quote(root)}"
        where += f" --split {loaded.split}" if loaded.split else ""
        votes = called_again(store, [row.settings for row in request.rows if VOTE in row.identity])
        cast(loaded, votes, store, jobs=os.cpu_count() or 1)
        found = find(request, store.extractors(), where=where)
        if lacking := [*other_signatures(request.signatures), *found.lacking]:
            _fail(file, "rows or metrics differ", lacking)
        # What the folder is called here moves no number.
        loaded = replace(loaded, name=request.corpus.name)
        view = answer(request.command, options, loaded, found.rows, store)
    here = values(render(view, committed.form), committed.form)
    notes = [*found.notes]
    if request.bench != __version__:
        notes.append(f"made by bench {request.bench}, this is {__version__}")
    if unlike := differences(committed.values, here):
        _fail(file, f"{len(unlike)} of {len({**committed.values, **here})} values differ", unlike, notes)
    click.echo(f"reproduced: {len(here)} values equal")
    _note([*notes, _NOT_COMPARED])


def _options(file: Path, request: Request) -> dict[str, Any]:
    """The options of a request, each one that the command could have been given."""
    from bench.errors import UsageError

    if request.command not in plugins.names("cli") or not hasattr(plugins.load("cli", request.command), "make"):
        raise UsageError(f"{file}: request.command: no command {request.command[:80]!r} makes tables here")
    command: click.Command = plugins.load("cli", request.command).command
    known = defaults(command)
    context = click.Context(command)
    for option in command.params:
        name = str(option.name)
        if name not in request.options or name not in known:
            continue
        told = request.options[name]
        said = [str(one) for one in told] if isinstance(told, list) else None if told is None else str(told)
        try:
            value = option.process_value(context, said)
        except click.BadParameter as problem:
            raise UsageError(f"{file}: request.options.{name}: {problem.message}") from None
        # As JSON says it: no number for a text, nor the other way round.
        if (list(value) if isinstance(value, tuple) else value) != told or (told is None and known[name] is not None):
            raise UsageError(f"{file}: request.options.{name} cannot be {plain(repr(told))[:80]}")
        known[name] = value
    if strange := sorted(request.options.keys() - known.keys()):
        raise UsageError(
            f"{file}: this bench has no option {strange[0][:80]!r} for `bench {request.command}`; a newer one made it"
        )
    return known


def _root(corpus: AskedCorpus, runs: Sequence[StoredRun]) -> str:
    """Where a corpus is: the built-in one, or the folder of the newest run over it, failing that over one of its name."""
    from bench.errors import UsageError

    if corpus.name == "builtin":
        return corpus.name
    over = [run for run in runs if run.manifest["corpus"]["digest"] == corpus.digest] or [
        run for run in runs if run.manifest["corpus"]["name"] == corpus.name
    ]
    if not over:
        raise UsageError(f"no stored run is over corpus {corpus.name} ({corpus.digest[:12]}); where it lies, --corpus can say")
    return str(over[-1].root)


def _other_corpus(file: AskedCorpus, here: Corpus) -> str:
    pages = f"{file.pages} pages there, {len(here)} here" if file.pages != len(here) else "its pages or gold have changed"
    return f"corpus {file.name}: digest {file.digest[:12]} in the file, {here.digest[:12]} here; {pages}"


def _fail(file: Path, why: str, lines: Sequence[str], notes: Sequence[str] = ()) -> NoReturn:
    """Say what differs, and raise NotReproduced."""
    from bench.errors import NotReproduced

    for line in lines[:LISTED]:
        click.echo(plain(line[:_LINE]))
    if len(lines) > LISTED:
        click.echo(f"and {len(lines) - LISTED} more")
    _note(notes)
    raise NotReproduced(f"{file}: not reproduced: {why} (listed above)")


def _note(lines: Sequence[str]) -> None:
    for line in lines:
        click.echo(f"note: {plain(line[:_LINE])}")
