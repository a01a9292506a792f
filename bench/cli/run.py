"""`bench run`."""

from __future__ import annotations

import os
import sys
from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.cli._shared import (
    answer,
    asked_for,
    corpus_options,
    extractors_option,
    label_options,
    metric_named,
    open_corpus,
    print_view,
    ready,
    results_option,
    table_options,
    typed,
)

if TYPE_CHECKING:
    from bench.interpreters import Interpreter
    from bench.spec import Extractor
    from bench.vote import Ballot, Vote


@click.command("run")
@click.option(
    "-x",
    "--extractor",
    "specs",
    multiple=True,
    metavar="SPEC",
    help="NAME[==VERSION][:key=value,...], ./file.py, module:function, or vote(SPEC,SPEC,...) of such; repeatable. Default: "
    "every extractor installed or declared.",
)
@extractors_option
@click.option(
    "--python",
    "pythons",
    multiple=True,
    metavar="NAME=PATH",
    help="Run this extractor in an environment that exists: its folder or its Python; repeatable.",
)
@corpus_options
@click.option("--jobs", type=click.IntRange(min=1), default=os.cpu_count() or 1, help="Workers at a time; default: cores.")
@click.option(
    "--timeout", type=click.FloatRange(min=0.1, max=86_400), default=30.0, show_default=True, help="Seconds for a page."
)
@click.option(
    "--memory",
    type=click.FloatRange(min=0.1, max=1024),
    default=2.0,
    show_default=True,
    help="GiB of address space for a worker.",
)
@click.option("--max-failures", type=click.IntRange(min=0), help="Exit with 3 when more cells failed; default: no limit.")
@click.option("--retry-failed", is_flag=True, help="Run stored failures again.")
@click.option("--quiet", is_flag=True, help="No progress.")
@label_options
@table_options
@results_option
def command(
    specs: tuple[str, ...],
    declared: Path | None,
    pythons: tuple[str, ...],
    corpus: str | None,
    split: str | None,
    only: tuple[str, ...],
    skip_broken: bool,
    jobs: int,
    timeout: float,
    memory: float,
    max_failures: int | None,
    retry_failed: bool,
    quiet: bool,
    name: str | None,
    note: str | None,
    form: str,
    results: Path,
    **options: Any,
) -> None:
    """Run extractors over a corpus and print the table.

    A version that is not installed, and an extractor that cannot live beside the others, get an environment of their own,
    made on demand (`bench env`). What is stored is not run again. Ctrl-C finishes the pages in flight; the same command
    goes on.
    """  # fmt: skip
    from bench.cast import cast
    from bench.engines.local import Local
    from bench.errors import Interrupted, TooManyFailures
    from bench.history import Entry, checked_name
    from bench.model import Limits, Outcome
    from bench.progress import Watcher
    from bench.run import Scratch, manifest, run
    from bench.score import score
    from bench.store import Store
    from bench.vote import parse

    shown = metric_named(options["metric"])
    name = checked_name(name) if name is not None else None
    ballots = {spec: parse(spec) for spec in specs}
    members = [one for spec, ballot in ballots.items() for one in (ballot.members if ballot else [spec])]
    asked = asked_for(members, declared, corpus)
    given = _pythons(pythons, {one.name for one in asked})
    limits = Limits(timeout, int(memory * 2**30))
    again = [outcome for outcome in Outcome if outcome.failed] if retry_failed else []
    with Store(results, write=True) as store, Scratch(results) as scratch:
        loaded = open_corpus(store, corpus, split, only, skip_broken=skip_broken, latest=False)
        extractors = ready(asked, given)
        # After what specs ask for come the control rows.
        found = {spec: one for spec, wanted in zip(members, asked, strict=False) for one in ready([wanted], given).values()}
        votes = {vote.key: vote for ballot in ballots.values() if ballot for vote in [_vote(ballot, found)]}
        keys = [*extractors, *votes]
        engine = Local(jobs, limits, scratch)
        about = manifest(loaded, list(extractors.values()), limits, jobs, typed(sys.argv))
        about["extractors"] += [vote.facts for vote in votes.values()]
        number = store.start_run(loaded.root, loaded.split, about)
        report = run(loaded, list(extractors.values()), store, engine, limits=limits, watcher=Watcher(quiet=quiet), retry=again)
        about["limits_in_force"] = {kind: sorted(ways) for kind, ways in sorted(engine.given.items())}
        about["cells"] = {"stored": report.stored, "ran": {kind.value: n for kind, n in sorted(report.ran.items())}}
        if report.interrupted:
            raise Interrupted(f"stopped with {report.left} cells left; what was done is stored, the same command goes on")
        cast(loaded, list(votes.values()), store, jobs=jobs)
        score(loaded, keys, [shown], store, jobs=jobs)
        store.finish_run(number, about)
        store.label_run(number, name=name, note=note)
        rows = [Entry(one) for one in store.extractors() if one.key in keys]
        print_view(answer("table", options, loaded, rows, store), form)
        failed = sum(cell.outcome.failed for key in extractors for _, cell in store.cells(key))
    if report.unavailable:
        raise TooManyFailures("; ".join(f"{name}: {why}" for name, why in report.unavailable.items()))
    if max_failures is not None and failed > max_failures:
        raise TooManyFailures(f"{failed} cells failed, more than --max-failures {max_failures}")


def _vote(ballot: Ballot, found: Mapping[str, Extractor]) -> Vote:
    """The vote of this run's extractors, given by their specs."""
    from bench.errors import UsageError
    from bench.vote import member_of, vote_of

    if ballot.run:
        raise UsageError(f"{ballot.spec}: @{ballot.run} names rows of an earlier run, which `bench table -x` counts")
    members = ((spec, found[spec]) for spec in ballot.members)
    return vote_of(ballot, [member_of(spec, one.name, one.settings_text, one.key) for spec, one in members])


def _pythons(given: Iterable[str], names: Container[str]) -> dict[str, Interpreter]:
    """The interpreters of `--python NAME=PATH`, by name."""
    from bench.errors import UsageError
    from bench.interpreters import ask

    found = {}
    for one in given:
        name, equals, text = one.partition("=")
        if not equals or not text:
            raise UsageError(f"--python {one}: write NAME=PATH, the folder of an environment or a Python in it")
        if name not in names:
            raise UsageError(f"--python {one}: this run has no extractor {name}; add -x {name}")
        path = Path(text)
        if not path.exists():
            raise UsageError(f"--python {one}: no such file or folder")
        interpreter = ask(path / "bin" / "python" if path.is_dir() else path.absolute())
        if interpreter is None:
            raise UsageError(f"--python {one}: no CPython of 3.7 or newer answers there")
        found[name] = interpreter
    return found
