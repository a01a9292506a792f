"""`bench gate`."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench import plugins
from bench.cli._shared import control_names, corpus_options, metric_named, open_corpus, print_view, results_option
from bench.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.baseline import Baseline
    from bench.corpus import Corpus
    from bench.metric import Metric
    from bench.store import Store, StoredRun


@click.command("gate")
@click.option(
    "--baseline", "reference", required=True, metavar="FILE|RUN", help="A file made by --update, or a name or number of a run."
)
@click.option("--run", metavar="RUN", help="The run to judge; default: the latest on the baseline's corpus.")
@click.option(
    "-x",
    "--extractor",
    "specs",
    multiple=True,
    metavar="NAME[==VERSION][:SETTINGS]",
    help="Only these; repeatable. Default: all of the run but controls.",
)
@corpus_options
@click.option("--metric", help="Metric to go by; default: the file's, or kept.")
@click.option(
    "--max-drop",
    type=click.FloatRange(0, 1),
    default=0.005,
    show_default=True,
    help="By how much a mean may be worse, if that is within noise.",
)
@click.option(
    "--max-slice-drop",
    type=click.FloatRange(0, 1),
    default=0.01,
    show_default=True,
    help="The same of a slice by kind or language, of 10 pages or more.",
)
@click.option(
    "--max-page-drop",
    type=click.FloatRange(0, 1),
    default=0.05,
    show_default=True,
    help="By how much a single page may be worse; 1 lets any.",
)
@click.option(
    "--max-slowdown",
    type=click.FloatRange(min=1),
    metavar="RATIO",
    help="How many times the CPU time may be; default: no limit.",
)
@click.option("--update", is_flag=True, help="Make the run the baseline, if it is in no mean worse.")
@click.option("--allow-regression", is_flag=True, help="With --update: even if it is worse, or cannot be compared.")
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write the checks to a file, as JUnit XML.")
@click.option(
    "--format",
    "form",
    type=click.Choice(plugins.names("tables")),
    default="markdown",
    show_default=True,
    help="Form of the report.",
)
@results_option
def command(
    reference: str,
    run: str | None,
    specs: tuple[str, ...],
    corpus: str | None,
    split: str | None,
    only: tuple[str, ...],
    skip_broken: bool,
    metric: str | None,
    max_drop: float,
    max_slice_drop: float,
    max_page_drop: float,
    max_slowdown: float | None,
    update: bool,
    allow_regression: bool,
    junit: Path | None,
    form: str,
    results: Path,
) -> None:
    """Fail (exit code 1) when a run is worse than a baseline; runs nothing.

    The baseline is a file to commit, made by --update, or an earlier run by its name or number. Extractors are matched by name
    and settings; their versions may differ. The report is for a pull request's comment.
    """  # fmt: skip
    from bench import baseline, files
    from bench.errors import GateFailed, UsageError
    from bench.gate import SLICED, Allowed, Incomparable, judge
    from bench.history import LATEST, find_run
    from bench.junit import render
    from bench.slices import members
    from bench.store import Store
    from bench.views.verdict import Judged

    if allow_regression and not update:
        raise UsageError("--allow-regression goes with --update")
    file = _file(reference)
    before = baseline.read(file) if file and file.exists() else None
    if file and before is None and not update:
        raise UsageError(f"{file}: no such file; --update makes it")
    shown = metric_named(metric or (before.metric.split(":", 1)[0] if before else "kept"))
    allowed = Allowed(max_drop, max_slice_drop, max_page_drop, max_slowdown)
    verdict = None
    with Store(results, write=True) as store:
        runs = store.runs()
        base = None if file else _base(runs, reference, new=update)
        digest = before.corpus["digest"] if before else base.manifest["corpus"]["digest"] if base else None
        told = find_run(runs, run) if run else _latest(runs, digest) or find_run(runs, LATEST)
        loaded = open_corpus(
            store, corpus or str(told.root), split or told.split, only, skip_broken=skip_broken, latest=False
        )  # fmt: skip
        judged = _judged(runs, loaded, told if run else None)
        now = _results_of(judged, specs, loaded, shown, store)
        if base and base.number == judged.number:
            raise UsageError(f"{reference} is run {base.number}, the one to be judged; choose another with --baseline or --run")
        if base:
            before = _results_of(base, (), loaded, shown, store)
        if before:
            try:
                verdict = judge(
                    before, now, shown, [facts.site for facts in loaded.facts],
                    [(by, value, pages) for by in SLICED for value, pages in members(loaded, by, store=store)],
                    allowed=allowed, whole=not specs, run=LATEST if judged == find_run(runs, LATEST) else str(judged.number),
                    manifest=judged.manifest,
                )  # fmt: skip
            except Incomparable as why:
                if not allow_regression:
                    anew = f"`bench gate --baseline {shlex.quote(reference)} --update --allow-regression` makes a new baseline"
                    raise UsageError(f"{reference}: {why}; {anew}") from None
        against = [*(check.label for check in verdict.failed), *verdict.lowered] if verdict else []
        if update and (allow_regression or not against):
            _replace(reference, file, now, judged, store)
    if verdict:
        print_view(Judged(verdict), form)
    if junit:
        files.replace(junit, render(verdict))
    if against and update and not allow_regression:
        raise GateFailed(f"{reference} is left as it was: {'; '.join(against)}; --allow-regression replaces it all the same")
    if verdict and verdict.failed and not update:
        raise GateFailed(Judged(verdict).headline)


def _file(reference: str) -> Path | None:
    """The file that a reference means: one that exists, or what has a folder or `.json` in it; None when it means a run."""
    path = Path(reference)
    return path if os.sep in reference or path.suffix == ".json" or os.path.isfile(reference) else None  # noqa: PTH113 - never raises


def _base(runs: Sequence[StoredRun], reference: str, *, new: bool) -> StoredRun | None:
    """The run that a reference means; None when it is to be made, under a name that none has."""
    from bench.history import checked_name, find_run

    if new and reference not in {run.name for run in runs}:
        checked_name(reference)
        return None
    return find_run(runs, reference)


def _latest(runs: Sequence[StoredRun], digest: str | None) -> StoredRun | None:
    """The latest run that was finished on a corpus."""
    return next((run for run in reversed(runs) if run.finished and run.manifest["corpus"]["digest"] == digest), None)


def _judged(runs: Sequence[StoredRun], corpus: Corpus, chosen: StoredRun | None) -> StoredRun:
    """The run to judge: the chosen one, or the latest on this corpus."""
    from bench.errors import NothingToDo, UsageError

    if chosen is None:
        run = _latest(runs, corpus.digest)
        if run is None:
            raise NothingToDo(f"no run was finished on {corpus.name} as it is now, {len(corpus)} pages; `bench run` makes one")
        return run
    if not chosen.finished:
        raise UsageError(f"run {chosen.number} was cut off; run it again")
    if chosen.manifest["corpus"]["digest"] != corpus.digest:
        raise UsageError(f"run {chosen.number} was on other pages than {corpus.name} has now; run it again")
    return chosen


def _results_of(run: StoredRun, specs: Sequence[str], corpus: Corpus, metric: Metric, store: Store) -> Baseline:
    """What the extractors of a run gave, controls left out unless they are named; nothing of a run on another corpus."""
    from bench.baseline import taken
    from bench.errors import NothingToDo
    from bench.history import entries, newest, of_run
    from bench.score import score

    here = run.manifest["corpus"]["digest"] == corpus.digest
    among = of_run(run, store.extractors()) if here else []
    if specs:
        rows = [one.extractor for one in entries(among, store.runs(), specs)]
    else:
        rows = [one for one in newest(among) if one.name not in control_names()]
    if here and not rows:
        raise NothingToDo(f"run {run.number} has no extractor but controls")
    score(corpus, [one.key for one in rows], [metric], store, jobs=os.cpu_count() or 1)
    return taken(run, rows, corpus, metric, store)


def _replace(reference: str, file: Path | None, now: Baseline, run: StoredRun, store: Store) -> None:
    """Make a run the baseline: as the file, or by the name."""
    from bench.baseline import write

    if file:
        write(now, file)
    else:
        store.label_run(run.number, name=reference)
    what = f"{', '.join(one.spec for one in now.results)}; pages: {len(now.pages)}"
    click.echo(plain(f"{reference} is run {run.number} now ({what})"), err=True)
