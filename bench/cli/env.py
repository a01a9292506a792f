"""`bench env`."""

from __future__ import annotations

import json
import re
import shutil

import click

from bench.cli._shared import build_environments, folded, warn


@click.group("env")
def command() -> None:
    """List, build and remove the environments of extractors.

    An extractor that is not installed in the version asked for, or that cannot live beside the others, runs in an
    environment of its own. `bench run` makes it on demand; it is kept in the user's cache (XDG_CACHE_HOME or ~/.cache) and
    used again.
    """


@command.command("list")
@click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True, help="Form of the list."
)
def list_(form: str) -> None:
    """List the environments there are, the last used first."""
    from bench.environments import kept, short

    rows = [
        {
            "key": one.folder.name,
            "holds": str(one.made_from or "unfinished; built anew when it is needed"),
            "python": one.interpreter.version if one.interpreter else None,
            "MB": round(one.size / 1e6),
            "last used": one.used.isoformat(),
            "folder": short(one.folder),
        }
        for one in kept()
    ]
    if form == "json":
        click.echo(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    click.echo(folded(rows, shutil.get_terminal_size((80, 24)).columns) if rows else "no environments")


@command.command("build")
@click.argument("specs", metavar="SPEC...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Build one for every built-in extractor that is not installed here.")
def build(specs: tuple[str, ...], everything: bool) -> None:
    """Build the environments that extractors need, ahead of a run.

    SPEC is NAME[==VERSION], ./file.py or module:function. Of --all, those that cannot be built are told and the others built;
    exit code 2 then.
    """
    from bench.environments import short
    from bench.errors import UsageError
    from bench.spec import parse

    if everything == bool(specs):
        raise UsageError("name the extractors to build environments for, or say --all")
    if everything:
        _build_all()
        return
    wanted = [parse(spec) for spec in specs]
    build_environments(wanted)
    for one in wanted:
        where = f"in {short(one.environment.folder)}" if one.environment else "installed here; it needs no other environment"
        click.echo(f"{one}: {where}", err=True)


def _build_all() -> None:
    from bench.environments import short
    from bench.errors import UsageError
    from bench.spec import Wanted, adapters, environment_for

    needed = [(one, own) for one in adapters() if not one.node and (own := environment_for(one))]
    if not needed:
        click.echo("every built-in extractor is installed here", err=True)
    failed = 0
    for adapter, own in needed:
        try:
            build_environments([Wanted(adapter, {}, None, own)])
            click.echo(f"{adapter.name}: in {short(own.folder)}", err=True)
        except UsageError as problem:
            failed += 1
            warn(f"{adapter.name}: {problem}")
    if failed:
        raise UsageError(f"{failed} of {len(needed)} environments cannot be built; the lines above say why")


@command.command("remove")
@click.argument("which", metavar="KEY|SPEC...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Remove every environment.")
def remove_(which: tuple[str, ...], everything: bool) -> None:
    """Remove environments, each by its key or by a spec that runs in it."""
    from bench.environments import kept, remove, root, short
    from bench.errors import NothingToDo, UsageError
    from bench.spec import parse

    if everything == bool(which):
        raise UsageError("name the environments to remove, by key or spec, or say --all")
    folders = [one.folder for one in kept()] if everything else []
    for one in which:
        key = one
        if not re.fullmatch("[0-9a-f]{12}", one):
            environment = parse(one).environment
            if environment is None:
                raise UsageError(f"{one} is installed here; it has no environment of its own")
            key = environment.key
        if not (root() / key).is_dir():
            raise UsageError(f"{one}: there is no such environment; `bench env list` shows those there are")
        folders.append(root() / key)
    if not folders:
        raise NothingToDo("no environments")
    for folder in dict.fromkeys(folders):
        remove(folder)
        click.echo(f"removed {short(folder)}", err=True)


@command.command("node")
def node() -> None:
    """Install the extractors that run in Node, at exact versions, into the user's cache."""
    from bench.nodejs import install

    click.echo(f"installed in {install()}", err=True)
