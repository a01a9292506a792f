"""`bench run`."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.cli._shared import (
    answer,
    control_names,
    corpus_options,
    label_options,
    metric_named,
    open_corpus,
    print_view,
    results_option,
    table_options,
)

if TYPE_CHECKING:
    from bench.vote import Ballot, Vote


@click.command("run")
@click.option(
    "-x",
    "--extractor",
    "specs",
    multiple=True,
    metavar="SPEC",
    help="NAME[==VERSION][:key=value,...], ./file.py, or vote(SPEC,SPEC,...) of such; repeatable. Default: every extractor "
    "installed.",
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

    What is stored is not run again. Ctrl-C finishes the pages in flight; the same command goes on.
    """  # fmt: skip
    from bench.cast import cast
    from bench.engines.local import Local
    from bench.errors import Interrupted, TooManyFailures
    from bench.history import Entry, checked_name
    from bench.model import Limits, Outcome
    from bench.progress import Watcher
    from bench.run import Scratch, manifest, run
    from bench.score import score
    from bench.spec import adapters, missing, resolve
    from bench.store import Store
    from bench.vote import parse

    chosen = specs or tuple(adapter.name for adapter in adapters() if not adapter.control and not missing(adapter))
    ballots = {spec: parse(spec) for spec in chosen}
    members = [one for spec, ballot in ballots.items() for one in (ballot.members if ballot else [spec])]
    extractors = {one.key: one for one in map(resolve, (*members, *sorted(control_names())))}
    votes = [_vote(ballot) for ballot in ballots.values() if ballot]
    keys = [*extractors, *(vote.key for vote in votes)]
    shown = metric_named(options["metric"])
    name = checked_name(name) if name is not None else None
    limits = Limits(timeout, int(memory * 2**30))
    again = [outcome for outcome in Outcome if outcome.failed] if retry_failed else []
    with Store(results, write=True) as store, Scratch(results) as scratch:
        loaded = open_corpus(store, corpus, split, only, skip_broken=skip_broken, latest=False)
        engine = Local(jobs, limits, scratch)
        about = manifest(loaded, list(extractors.values()), limits, jobs, _said(sys.argv))
        about["extractors"] += [vote.facts for vote in votes]
        number = store.start_run(loaded.root, loaded.split, about)
        report = run(loaded, list(extractors.values()), store, engine, limits=limits, watcher=Watcher(quiet=quiet), retry=again)
        about["limits_in_force"] = {kind: sorted(ways) for kind, ways in sorted(engine.given.items())}
        about["cells"] = {"stored": report.stored, "ran": {kind.value: n for kind, n in sorted(report.ran.items())}}
        if report.interrupted:
            raise Interrupted(f"stopped with {report.left} cells left; what was done is stored, the same command goes on")
        cast(loaded, votes, store, jobs=jobs)
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


def _vote(ballot: Ballot) -> Vote:
    """The vote of extractors as they are installed."""
    from bench.errors import UsageError
    from bench.spec import resolve
    from bench.vote import member_of, vote_of

    if ballot.run:
        raise UsageError(f"{ballot.spec}: @{ballot.run} names rows of an earlier run, which `bench table -x` counts")
    found = ((spec, resolve(spec)) for spec in ballot.members)
    return vote_of(ballot, [member_of(spec, one.name, one.settings_text, one.key) for spec, one in found])


def _said(arguments: list[str]) -> list[str]:
    """The command as typed, absolute paths cut to their last part: a manifest names no machine's folders."""
    return ["bench", *(re.sub(r"(^|=)/(?:[^/]*/)*", r"\1", word) for word in arguments[1:])]
