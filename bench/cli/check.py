"""`bench check`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.checks.findings import ERROR, SEVERITIES, WARNING, Finding, Severity, listed
from bench.cli._shared import control_names, results_option
from bench.text import escaped_json, plain

if TYPE_CHECKING:
    from bench.corpus import Corpus

FORMAT = 2
"""Version of the JSON layout; raised when a field changes its meaning or goes."""
_NAMED = 3
"""Ids that a line names before it counts the rest."""


@click.command("check")
@click.argument("targets", metavar="[CORPUS | FILE ...]", nargs=-1)
@click.option("--split", help="Only this split. Default: all, and they are compared with each other.")
@click.option("--pages", "only", multiple=True, metavar="GLOB", help="Only pages whose id matches; repeatable.")
@click.option(
    "--severity",
    type=click.Choice([one.value for one in SEVERITIES]),
    default="note",
    show_default=True,
    help="Least severity shown.",
)
@click.option("--strict", is_flag=True, help="Warnings end in exit code 4, too.")
@click.option("--fix", is_flag=True, help="First mend what needs no thought, in bench's own format; stderr says what.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Form of the list."
)
@results_option
def command(
    targets: tuple[str, ...],
    split: str | None,
    only: tuple[str, ...],
    severity: str,
    strict: bool,
    fix: bool,
    form: str,
    results: Path,
) -> None:
    """Check pages and gold: what can be told of them for free, errors first.

    CORPUS is a folder, or `builtin`; FILEs are files of pages (corpus/ID.html, gold/ID.txt ...): those pages are checked.
    Tells of gold that its page does not hold, snippets that contradict it, pages told twice, broken records and odd
    metadata; and, where outputs of the corpus are stored, of pages on which all good extractors agree against the gold.
    Changes nothing without --fix. Errors end in exit code 4.
    """
    from bench.errors import CorpusError, UsageError

    asked = _asked(targets)
    if form == "json" and len(asked) > 1:
        raise UsageError(f"files of {len(asked)} corpora: {', '.join(map(str, asked))}; JSON is of one at a time")
    faults = []
    for root, ids in asked.items():
        if fix:
            _mend(root, split, [*only, *ids])
        counts = _report(root, split, [*only, *ids], Severity(severity), form, results)
        told = [_times(counts[one], one) for one in ((ERROR, WARNING) if strict else (ERROR,)) if counts[one]]
        if told:
            faults.append(f"{root}: {', '.join(told)} (listed above)")
    if faults:
        raise CorpusError("; ".join(faults))


def _asked(targets: Sequence[str]) -> dict[Path, list[str]]:
    """The corpora that were asked for, each with patterns of the ids of its pages; none for all."""
    from glob import escape

    from bench.corpus import builtin
    from bench.errors import UsageError
    from bench.readers.native import REMOVED

    if len(targets) < 2 and not any(Path(target).is_file() for target in targets):
        return {builtin() if target == "builtin" else Path(target): [] for target in targets or ["builtin"]}
    asked: dict[Path, list[str]] = {}
    whole = set()
    for target in targets:
        path = Path(target) if Path(target).parent.name else Path(target).absolute()
        if not path.is_file():
            raise UsageError(f"{target}: no such file; name one folder, or files of pages")
        if path.parent.name not in {"corpus", "gold"}:
            raise UsageError(
                f"{target}: no file of a page; those are corpus/ID.html, corpus/ID.toml, gold/ID.txt and gold/ID.md"
            )
        root = path.parent.parent
        asked.setdefault(root, []).append(escape(path.stem))
        if path.name == REMOVED:  # may be about any page
            whole.add(root)
    return {root: [] if root in whole else ids for root, ids in asked.items()}


def _mend(root: Path, split: str | None, only: Sequence[str]) -> None:
    """Mend what needs no thought, and say so."""
    from fnmatch import fnmatchcase

    from bench.checks.mend import mend
    from bench.corpus import recognise
    from bench.errors import UsageError
    from bench.readers.native import Native

    name, reader = recognise(root, split)
    if not isinstance(reader, Native):
        raise UsageError(f"{root}: --fix mends bench's own format; this is {name}, whose files are its publisher's")
    ids = [one for one in reader.ids() if not only or any(fnmatchcase(one, pattern) for pattern in only)]
    for file, what in mend(reader, ids):
        click.echo(plain(f"{_shown(file)}: {what}"), err=True)


def _report(root: Path, split: str | None, only: Sequence[str], least: Severity, form: str, results: Path) -> Counter[Severity]:
    """Check a corpus, print what was found, and return how much."""
    from bench.checks.check import check
    from bench.errors import NothingToDo
    from bench.progress import steps

    corpora = _load(root, split, only)
    if not any(len(one) or one.broken for one in corpora):
        raise NothingToDo(f"{corpora[0].root}: no pages" + (f" match {' '.join(only)}" if only else ""))
    with steps("checking", sum(map(len, corpora))) as watch:
        findings = check(corpora, watch=lambda: watch(1))
    against, skipped = _against_all(corpora, results)
    findings = listed([*findings, *against])
    counts = Counter(finding.severity for finding in findings)
    last = SEVERITIES.index(least)
    shown = [one for one in findings if SEVERITIES.index(one.severity) <= last]
    if form == "json":
        click.echo(_json(corpora, shown, counts, skipped), nl=False)
    else:
        for finding in shown:
            click.echo(_line(finding))
        click.echo(plain(_summary(corpora, counts, SEVERITIES[last + 1 :], skipped)))
    return counts


def _load(root: Path, split: str | None, only: Sequence[str]) -> list[Corpus]:
    """The corpus, or each of its splits where its reader wants one to be chosen and none was."""
    import tempfile

    from bench.corpus import load, recognise
    from bench.errors import UsageError
    from bench.store import Store

    splits: list[str | None] = [split]
    if split is None:
        try:
            recognise(root)
        except UsageError as several:
            splits = [*_splits(root)]
            if not splits:
                raise several from None
    # Digests of pages are remembered in a store; this one is thrown away, since a check leaves nothing behind.
    with tempfile.TemporaryDirectory(prefix="bench-check-") as scratch, Store(Path(scratch), write=True) as store:
        return [load(root, store, split=one, only=only) for one in splits]


def _splits(root: Path) -> Iterable[str]:
    """Yield the names of folders that a reader takes for splits."""
    from bench.corpus import recognise
    from bench.errors import UsageError

    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        try:
            recognise(root, folder.name)
        except UsageError:
            continue
        yield folder.name


def _against_all(corpora: Sequence[Corpus], results: Path) -> tuple[list[Finding], str | None]:
    """What stored outputs say of the gold; or why they say nothing."""
    from bench.checks.against import NotJudged, check_outputs
    from bench.errors import StoreError
    from bench.store import Store
    from bench.summarise import select

    if not (results / "store.sqlite").exists():
        return [], f"no results in {results}"
    findings: list[Finding] = []
    reasons = []
    try:
        with Store(results, write=False) as store:
            for one in corpora:
                store.want(one.wanted())
                rows = select(store.extractors(), [])
                try:
                    findings += check_outputs(one, rows, store, controls=control_names(), several=len(corpora) > 1)
                except NotJudged as reason:
                    reasons.append(f"{reason}" if len(corpora) == 1 else f"{one.split}: {reason}")
    except StoreError as problem:
        reasons.append(str(problem))
    return findings, "; ".join(reasons) or None


def _line(finding: Finding) -> str:
    """`WHERE: SEVERITY RULE MESSAGE`, as editors and CI services read it; without a place, WHERE is the pages."""
    if finding.file is None:
        where = ",".join(finding.pages[:_NAMED]) or "-"
        where += f",+{len(finding.pages) - _NAMED}" if len(finding.pages) > _NAMED else ""
    else:
        where = _shown(finding.file) + (f":{finding.line}" if finding.line else "")
    return plain(f"{where}: {finding.severity} {finding.rule} {' '.join(finding.message.split())}")


def _shown(path: Path) -> str:
    """A path as it is told: from the working folder, if it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _summary(corpora: Sequence[Corpus], counts: Counter[Severity], hidden: Sequence[Severity], skipped: str | None) -> str:
    told = [
        _times(counts[severity], severity) + (" (not shown)" if severity in hidden else "")
        for severity in SEVERITIES
        if counts[severity]
    ]
    splits = f" in splits {' and '.join(str(one.split) for one in corpora)}" if len(corpora) > 1 else ""
    checked = f"{_times(sum(map(len, corpora)), 'page')} of {corpora[0].name}{splits} checked"
    without = [f"against-all skipped: {' '.join(skipped.split())}"] if skipped else []
    return "; ".join([", ".join(told) or "no findings", checked, *without])


def _times(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _json(corpora: Sequence[Corpus], shown: Sequence[Finding], counts: Counter[Severity], skipped: str | None) -> str:
    from bench.model import digest

    digests = [one.digest for one in corpora]
    body: dict[str, Any] = {
        "format": FORMAT,
        "corpus": {
            "name": corpora[0].name,
            "format": corpora[0].format,
            "digest": digests[0] if len(digests) == 1 else digest(digests).hex(),
            "pages": sum(map(len, corpora)),
            "broken": sum(len(one.broken) for one in corpora),
            "splits": [{"split": one.split, "digest": one.digest, "pages": len(one)} for one in corpora],
        },
        "findings": [{**asdict(one), "file": one.file and _shown(one.file)} for one in shown],
        "counts": {severity: counts[severity] for severity in SEVERITIES},
        "skipped": {} if skipped is None else {"against-all": skipped},
    }
    return escaped_json(body)
