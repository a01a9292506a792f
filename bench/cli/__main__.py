"""The command `bench`: one file in this folder for each sub-command, loaded when it is called.

This is the one place where an error becomes a message and an exit code (see `bench.errors`).
"""

from __future__ import annotations

import os
import sys

import click

from bench import __version__, plugins
from bench.errors import BenchError
from bench.text import plain

INTERNAL = 70
"""Exit code of a fault in bench itself (EX_SOFTWARE of sysexits.h)."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return plugins.names("cli")

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in plugins.names("cli"):
            return None
        command = plugins.load("cli", cmd_name).command
        assert isinstance(command, click.Command)  # noqa: S101 - our own files; a test holds it
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in plugins.names("cli"):
            raise click.UsageError(plugins.unknown("command", args[0], plugins.names("cli")), ctx)
        return super().resolve_command(ctx, args)


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="bench")
def bench() -> None:
    """Benchmark extractors of main text from web pages.

    Tables go to stdout, everything else to stderr.

    \b
    Exit codes: 0 fine, 1 gate failed or table not reproduced, 2 usage or store,
    3 too many failures, 4 corpus or gold invalid, 5 nothing to do,
    130 interrupted and resumable.
    """  # noqa: D301 - click takes the backspace for "do not rewrap this paragraph"


def main(arguments: list[str] | None = None) -> None:
    """Run a command line and exit; no traceback reaches a user."""
    # Our matrix products are small: numpy's other threads would take longer to start and to wait than they save. What a user
    # has set stays, here and as OPENBLAS_NUM_THREADS, which goes before it; workers have settings of their own.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        bench.main(args=arguments, prog_name="bench", standalone_mode=False)
        code = 0
    except click.exceptions.Exit as leave:
        code = leave.exit_code
    except click.ClickException as problem:
        problem.show()
        code = problem.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("bench: interrupted; what was done is stored, the same command goes on", err=True)
        code = 130
    except SystemExit:  # click's answer when the reader of our table has gone, as `head` does: nobody is worse off
        code = 0
    except BenchError as problem:
        _tell(f"{problem}")
        code = problem.exit_code
    except Exception as fault:  # the last net: a fault of our own, told in one line
        if os.environ.get("BENCH_DEBUG"):
            raise
        _tell(f"a fault in bench itself: {type(fault).__name__}: {fault}; BENCH_DEBUG=1 shows where")
        code = INTERNAL
    sys.exit(code)


def _tell(message: str) -> None:
    """Print one line, whatever the message holds: parts of it may come from a page's or a file's author."""
    click.echo(f"bench: {plain(' '.join(message.split()))}", err=True)


if __name__ == "__main__":
    main()
