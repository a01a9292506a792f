"""Python interpreters: those of this machine, found and asked rather than assumed, and what is installed beside each.

Nothing is downloaded, and what is installed is read from its metadata, never imported.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

SUPPORTED = SpecifierSet(">=3.7")
"""What a worker runs under: the first Python that keeps annotations as text."""
ASK_TIMEOUT = 30.0
"""Seconds for an interpreter to say what it is; one whose packages start with it may be slow on a cold disk."""
_ASK = (
    "import json, sys; v = sys.version_info;"
    "print(json.dumps([sys.executable, '%d.%d.%d' % v[:3], sys.implementation.name, v[3], [p for p in sys.path if p]]))"
)
_HARNESS = "boilerbench"
_NAMED = re.compile(r"python3(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python interpreter.

    Attributes:
        executable: its path; inside a virtual environment the environment's own.
        version: as in `3.10.13`.
        paths: where it looks for modules, and so for installed distributions.
    """

    executable: str
    version: str
    paths: tuple[str, ...]

    def installed(self, name: str) -> str | None:
        """Return the version of an installed distribution, None when it is not installed."""
        found = _metadata(name, self.paths)
        return found.version if found else None

    def closure(self, distributions: Iterable[str]) -> dict[str, str]:
        """Return name and version of these distributions and of all that they require, extras included, if installed.

        What requires this harness to be run by it does not depend on it for what comes out.
        """
        variables = {"python_version": self.version.rpartition(".")[0], "python_full_version": self.version}
        found: dict[str, str] = {}
        queue = [(canonicalize_name(name), frozenset[str]()) for name in distributions]
        seen = set()
        while queue:
            name, extras = queue.pop()
            if (name, extras) in seen or name == _HARNESS:
                continue
            seen.add((name, extras))
            metadata = _metadata(name, self.paths)
            if metadata is None:
                continue  # an optional requirement that is not there cannot move a score
            found[name] = metadata.version
            queue += [
                (canonicalize_name(requirement.name), frozenset(requirement.extras))
                for requirement in _requirements(metadata)
                if _applies(requirement, extras, variables)
            ]
        return found


def running() -> Interpreter:
    """Return the interpreter that runs this."""
    return Interpreter(sys.executable, "{}.{}.{}".format(*sys.version_info[:3]), tuple(sys.path))


def ask(executable: str | Path) -> Interpreter | None:
    """Return what an executable says of itself; None when it is no CPython release that a worker runs under."""
    try:
        said = subprocess.run(
            [executable, "-I", "-c", _ASK],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=ASK_TIMEOUT, check=True,
        ).stdout  # fmt: skip
        own, version, kind, level, paths = json.loads(said)
        fits = kind == "cpython" and level == "final" and SUPPORTED.contains(version)
        return Interpreter(str(own), str(version), tuple(map(str, paths))) if fits else None
    except (OSError, ValueError, TypeError, subprocess.SubprocessError):
        return None


def find(specifier: str) -> Interpreter | None:
    """Return the interpreter for a specifier of versions (`>=3.8,<3.11`): the running one if it fits, else the newest."""
    wanted = SpecifierSet(specifier)
    base = os.path.realpath(sys.executable)  # outside any virtual environment
    if wanted.contains(running().version) and (own := ask(base)):
        return own
    return next((one for one in on_this_machine() if wanted.contains(one.version)), None)


@cache
def on_this_machine() -> tuple[Interpreter, ...]:
    """Return the interpreters of this machine, newest first; of one version the first of running, PATH, pyenv and uv."""
    real = dict.fromkeys(os.path.realpath(path) for path in _candidates())
    found: dict[str, Interpreter] = {}
    for one in map(ask, real):
        if one:
            found.setdefault(one.version, one)
    return tuple(sorted(found.values(), key=lambda one: [int(part) for part in one.version.split(".")], reverse=True))


def _candidates() -> Iterator[str | Path]:
    yield sys.executable
    for folder in map(Path, os.get_exec_path()):
        try:
            yield from sorted(file for file in folder.iterdir() if _NAMED.fullmatch(file.name) and os.access(file, os.X_OK))
        except OSError:
            continue
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from sorted(pyenv.glob("versions/*/bin/python"))
    if uv := shutil.which("uv"):
        command = [uv, "python", "list", "--only-installed", "--output-format", "json"]
        listed = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        try:
            yield from [str(one["path"]) for one in json.loads(listed.stdout)]
        except (ValueError, TypeError, KeyError):
            return  # an older uv, without this list


def _metadata(name: str, paths: tuple[str, ...]) -> importlib.metadata.Distribution | None:
    return next(iter(importlib.metadata.distributions(name=name, path=list(paths))), None)


def _requirements(metadata: importlib.metadata.Distribution) -> Iterator[Requirement]:
    for line in metadata.requires or ():
        try:
            yield Requirement(line)
        except InvalidRequirement:
            continue  # metadata older than the standard; pip would not have followed it either


def _applies(requirement: Requirement, extras: frozenset[str], variables: dict[str, str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({**variables, "extra": extra}) for extra in (extras or {""}))
