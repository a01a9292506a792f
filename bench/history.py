"""Which run is meant, and which extractors were in it: `latest`, a number or a name; `NAME@RUN` is a row as it was there.

Cells are content-addressed, so a run is the list of extractor identities in its manifest: an older one's results stay what
they were, whatever was run since.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.errors import NothingToDo, UsageError
from bench.model import digest
from bench.plugins import OF_RUN, SPEC, unknown
from bench.store import StoredExtractor, StoredRun
from bench.vote import Ballot, Member, Vote, is_vote, member_of, parse, vote_of

LATEST = "latest"
"""The newest run or import that was finished."""
_NAME = re.compile(r"[a-z][a-z0-9._-]{0,39}")


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that was asked for: an extractor identity, and the run that it was taken from, if one was named."""

    extractor: StoredExtractor
    run: str | None = None

    @property
    def label(self) -> str:
        """Name, version, settings and `@run`."""
        one = self.extractor
        return " ".join(part for part in (one.name, one.version, one.settings, self.run and f"@{self.run}") if part)


def checked_name(name: str) -> str:
    """Return a name that a run may have.

    Raises:
        UsageError: it is `latest`, or not small letters, digits, dots and hyphens after a letter.
    """
    if not _NAME.fullmatch(name) or name == LATEST:
        raise UsageError(
            f"{name!r} cannot name a run; names are a letter and up to 39 more of a-z, 0-9, `.`, `_` and `-`, and not {LATEST}"
        )
    return name


def find_run(runs: Sequence[StoredRun], reference: str) -> StoredRun:
    """Return the run that a reference means: `latest`, its number or its name.

    Raises:
        NothingToDo: there are no runs.
        UsageError: there is none of that name or number; says which there are.
    """
    if not runs:
        raise NothingToDo("the store holds no runs; `bench run` makes one")
    if reference == LATEST:
        finished = [run for run in runs if run.finished]
        if not finished:
            raise NothingToDo("no run was finished; `bench run` goes on with the last one")
        return finished[-1]
    for run in runs:
        if reference in (run.name, str(run.number)):
            return run
    known = [LATEST, *(run.name for run in runs if run.name), *(str(run.number) for run in runs[-9:])]
    raise UsageError(unknown("run", reference, known))


def keys_of(run: StoredRun) -> list[bytes]:
    """Return the extractor keys of a run or import, in its order."""
    ran = [bytes.fromhex(one["key"]) for one in run.manifest["extractors"]]
    return [*ran, *(digest(identity) for identity in run.manifest.get("imported", ()))]


def of_run(run: StoredRun, known: Sequence[StoredExtractor]) -> list[StoredExtractor]:
    """Return the extractor identities of a run, in its order; those that have no cell left are not among them."""
    by_key = {one.key: one for one in known}
    return [by_key[key] for key in keys_of(run) if key in by_key]


def manifest_of(runs: Sequence[StoredRun], corpus: str, keys: Collection[bytes]) -> Mapping[str, Any] | None:
    """Return the manifest of the newest run over a corpus, given by its digest, that had all these extractors in it.

    Failing that, of the newest over this corpus; None when there is none.
    """
    over = [run for run in runs if run.manifest["corpus"]["digest"] == corpus]
    complete = [run for run in over if set(keys) <= {bytes.fromhex(one["key"]) for one in run.manifest["extractors"]}]
    return next((run.manifest for run in [*complete[-1:], *over[-1:]]), None)


def newest(stored: Sequence[StoredExtractor]) -> list[StoredExtractor]:
    """Return one identity for each extractor, version and settings: the newest, given identities oldest first."""
    return list({(one.name, one.version, one.settings): one for one in stored}.values())


def entries(stored: Sequence[StoredExtractor], runs: Sequence[StoredRun], wanted: Sequence[str]) -> list[Entry]:
    """Return the rows that specs name, each once, in their order.

    Args:
        stored: identities with cells, oldest first.
        runs: all runs.
        wanted: `NAME[==VERSION][:SETTINGS]` for the newest, `...@RUN` for that of a run, `@RUN` for all of a run, and votes
            (see `bench.vote`), which `bench.cast` has counted.

    Raises:
        UsageError: a spec names nothing, or no such run.
        NothingToDo: there are no runs, or no page has results of all members of a vote.
    """
    chosen: dict[bytes, Entry] = {}
    for spec in wanted:
        if ballot := parse(spec):
            key = called(stored, runs, ballot).key
            one = next((one for one in stored if one.key == key), None)
            if one is None:
                raise NothingToDo(f"{spec}: no page here has results of all its members; `bench run -x` makes them")
            chosen.setdefault(key, Entry(one, ballot.run))
            continue
        found = OF_RUN.fullmatch(spec)
        run = found["run"] if found else None
        among = of_run(find_run(runs, run), stored) if run else newest(stored)
        whole = found is not None and not found["spec"]
        for one in among if whole else _matching(among, found["spec"] if found else spec, spec):
            chosen.setdefault(one.key, Entry(one, run))
    return list(chosen.values())


def called(stored: Sequence[StoredExtractor], runs: Sequence[StoredRun], ballot: Ballot) -> Vote:
    """Return the vote of stored rows that a spec asks for; a member that names no settings has the defaults.

    Raises:
        UsageError, NothingToDo: a member names no row, like `entries`; or two are the same.
    """
    return vote_of(ballot, [_member(stored, runs, spec, ballot) for spec in ballot.members])


def _member(stored: Sequence[StoredExtractor], runs: Sequence[StoredRun], spec: str, ballot: Ballot) -> Member:
    at_run = f"{spec}@{ballot.run}" if ballot.run and not OF_RUN.fullmatch(spec) else spec
    found = [entry.extractor for entry in entries([one for one in stored if not is_vote(one)], runs, [at_run])]
    plain = [one for one in found if not one.settings] if ":" not in spec else found
    if not plain:
        there = ", ".join(f"{one.name}:{one.settings}" for one in found)
        raise UsageError(f"{ballot.spec}: no results of {at_run} without settings; there are: {there}")
    one = max(plain, key=lambda one: one.added)
    return member_of(spec, one.name, one.settings, one.key)


def _same_settings(one: StoredExtractor, said: str) -> bool:
    """Whether settings as typed are a row's: in any order, and with or without those that are the default."""
    given, own = _settings(said), _settings(one.settings)
    whole = {name: _text(value) for name, value in one.identity.get("settings", {}).items()} | own
    return own.keys() <= given.keys() and all(whole.get(name) == value for name, value in given.items())


def _settings(text: str) -> dict[str, str]:
    parts = (part.partition("=") for part in text.split(",") if part.strip())
    return {name.strip(): value.strip() for name, _, value in parts}


def _text(value: object) -> str:
    """A setting's value as a spec has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _matching(among: Sequence[StoredExtractor], spec: str, said: str) -> list[StoredExtractor]:
    match = SPEC.fullmatch(spec)
    fits = [
        one
        for one in among
        if match
        and one.name == match["name"]
        and match["version"] in (None, one.version)
        and (match["settings"] is None or _same_settings(one, match["settings"]))
    ]
    if not fits:
        raise UsageError(unknown("extractor with results", said, sorted({one.name for one in among})))
    return fits
