"""`bench speed`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from bench import plugins
from bench.cli._shared import asked_for, corpus_options, extractors_option, open_corpus, print_view, ready, typed


@click.command("speed")
@click.option(
    "-x",
    "--extractor",
    "specs",
    multiple=True,
    metavar="SPEC",
    help="NAME[==VERSION][:key=value,...], ./file.py or module:function; repeatable. Default: every one installed or declared.",
)
@extractors_option
@corpus_options
@click.option(
    "--sample", type=click.IntRange(min=1), default=30, show_default=True, help="So many pages, drawn over all sizes."
)
@click.option("--rounds", type=click.IntRange(min=1), default=5, show_default=True, help="Rounds that count, after a warm-up.")
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
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Seed of sample, order and resampling.")
@click.option(
    "--format",
    "form",
    type=click.Choice(plugins.names("tables")),
    default="table",
    show_default=True,
    help="Form of the table.",
)
def command(
    specs: tuple[str, ...],
    declared: Path | None,
    corpus: str | None,
    split: str | None,
    only: tuple[str, ...],
    skip_broken: bool,
    sample: int,
    rounds: int,
    timeout: float,
    memory: float,
    seed: int,
    form: str,
) -> None:
    """Measure how fast extractors are, apart from quality.

    One call at a time on one core, in a balanced order over extractors and pages, several rounds after a warm-up: CPU time
    with its spread, starting and memory, and whether the same page gives the same text again. Stores nothing.
    """
    import tempfile

    from bench.errors import Interrupted, TooManyFailures
    from bench.measure import circumstances, core, measure, sizes
    from bench.model import Limits
    from bench.progress import steps
    from bench.run import manifest
    from bench.speed import sample as chosen_pages
    from bench.speed import summarise_speed
    from bench.store import Store
    from bench.summarise import corpus_facts
    from bench.views.pace import Paces

    extractors = list(ready(asked_for(specs, declared, corpus), {}).values())
    limits = Limits(timeout, int(memory * 2**30))
    place = core()
    given: dict[str, set[str]] = {}
    try:
        # A corpus is indexed into a store; this one is thrown away.
        with tempfile.TemporaryDirectory(prefix="bench-speed-") as folder, Store(Path(folder), write=True) as store:
            loaded = open_corpus(store, corpus, split, only, skip_broken=skip_broken, latest=False)
            numbers = chosen_pages(sizes(loaded), sample, seed)
            about = manifest(loaded, extractors, limits, 1, typed(sys.argv))
            about["before"] = circumstances(place)
            with steps("measuring", len(numbers) * len(extractors) * (rounds + 1), "calls") as watch:
                measured = measure(
                    loaded, extractors, numbers, rounds=rounds, seed=seed, limits=limits, scratch=Path(folder), place=place,
                    given=given, watch=watch,
                )  # fmt: skip
    except KeyboardInterrupt:
        raise Interrupted("stopped; a measurement is made in one go, and the same command begins it anew") from None
    about["after"] = circumstances(place)
    about["limits_in_force"] = {kind: sorted(ways) for kind, ways in sorted(given.items())}
    facts = [loaded.facts[number] for number in numbers]
    speed = summarise_speed(
        measured, [one.id for one in facts], [one.site for one in facts], corpus_facts(loaded),
        seed=seed, rounds=rounds, core=place, manifest=about,
    )  # fmt: skip
    print_view(Paces(speed), form)
    lost = [f"{row.label} {row.unavailable}" for row in speed.rows if row.unavailable]
    if lost:
        raise TooManyFailures("; ".join(lost))
