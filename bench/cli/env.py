"""`bench env`."""

from __future__ import annotations

import click


@click.group("env")
def command() -> None:
    """Install what some extractors need beside Python's own packages."""


@command.command("node")
def node() -> None:
    """Install the extractors that run in Node, at exact versions, into the user's cache."""
    from bench.nodejs import install

    click.echo(f"installed in {install()}", err=True)
