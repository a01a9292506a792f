"""Extractors that run in Node: where their packages are, which versions, and how an adapter reaches them.

`bench/node` holds the exact versions (`package.json`, and a lock file with the digest of every package below them), one
worker and one small file for each extractor. `install` puts the packages into the user's cache, in a folder named by the
digest of what it installs, so that a changed version is another folder. Nothing of it is needed by anything else.

An adapter in `bench/extractors` names its packages, the first of which gives its version, and its file in `bench/node`:

    NODE = ("@mozilla/readability", "jsdom", "linkedom")

    def extractor(*, dom: str = "jsdom") -> Extract:
        return nodejs.extract("readability", dom=dom)
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.errors import UsageError
from bench.program import Lasting

if TYPE_CHECKING:
    pass

SOURCE = Path(__file__).with_name("node")
LEAST = (20, 19)
"""The oldest Node that jsdom 29 takes; also the first in which `require` takes any module."""
HEAP_SHARE = 0.85
"""Share of the memory limit that V8's heap may take. It then mostly ends by its own word, before the system refuses it memory,
and yet above the share of the limit from which a death is taken for one of memory (see `bench.worker`)."""
_INSTALLED = ("package.json", "package-lock.json", "load.mjs")
_INSTALL = ("ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund")


def cache_folder() -> Path:
    """Return the folder for what can be made again. Workers are told it by `BENCH_CACHE`, as their home is elsewhere."""
    if told := os.environ.get("BENCH_CACHE"):
        return Path(told)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "boilerbench"


def folder() -> Path:
    """Return where the packages are, or will be."""
    content = b"\0".join((SOURCE / name).read_bytes() for name in _INSTALLED)
    return cache_folder() / "node" / hashlib.sha256(content).hexdigest()[:16]


@cache
def lacks() -> str | None:
    """Return the one line that says what keeps these extractors from running and what helps; None when nothing does."""
    if problem := _node_lacks():
        return problem
    return None if folder().is_dir() else "bench env node"


def _node_lacks() -> str | None:
    least = ".".join(map(str, LEAST))
    node = shutil.which("node")
    if node is None:
        return f"needs Node {least} or newer: no `node` on the PATH"
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return f"needs Node {least} or newer: `node --version` does not answer"
    told = re.match(r"v(\d+)\.(\d+)", done.stdout)
    if told is None or (int(told[1]), int(told[2])) < LEAST:
        return f"needs Node {least} or newer: this one is {done.stdout.strip()[:40] or 'silent'}"
    return None


def install() -> Path:
    """Install the packages, unless they are there; returns their folder.

    Made beside and renamed when complete. No package's own scripts are run.

    Raises:
        UsageError: Node is too old or npm not there, or npm failed; its last line says why.
    """
    where = folder()
    if where.is_dir():
        return where
    if problem := _node_lacks():
        raise UsageError(problem)
    npm = shutil.which("npm")
    if npm is None:
        raise UsageError("needs npm, which comes with Node: no `npm` on the PATH")
    try:
        where.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="new-", dir=where.parent) as made:
            for name in _INSTALLED:
                shutil.copyfile(SOURCE / name, Path(made, name))
            done = subprocess.run([npm, *_INSTALL], cwd=made, capture_output=True, text=True, errors="replace", check=False)
            if done.returncode:
                said = " ".join(done.stderr.split())[:300] or "no word of why"
                raise UsageError(f"npm ended with exit code {done.returncode}: {said}")
            shutil.rmtree(where, ignore_errors=True)
            Path(made).rename(where)
            Path(made).mkdir()  # what the context removes
    except OSError as fault:
        raise UsageError(f"{where}: {fault.strerror}") from None
    lacks.cache_clear()
    return where


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Return name and version of these packages and of all that they depend on, from what is installed.

    A package that is there in several versions has them all, apart by commas.
    """
    root = folder() / "node_modules"
    found: dict[str, set[str]] = {}
    queue = [(name, root) for name in packages]
    seen: set[Path] = set()
    while queue:
        name, near = queue.pop()
        place = _place(name, near, root)
        if place is None or place in seen:
            continue  # an optional requirement that is not there
        seen.add(place)
        about: dict[str, Any] = json.loads((place / "package.json").read_text(encoding="utf-8"))
        found.setdefault(name, set()).add(str(about["version"]))
        queue += [
            (needed, place / "node_modules")
            for needed in {**about.get("dependencies", {}), **about.get("peerDependencies", {})}
        ]
    return {name: ",".join(sorted(several)) for name, several in sorted(found.items())}


def _place(name: str, near: Path, root: Path) -> Path | None:
    """The folder of a package as Node finds it: in the nearest `node_modules` upwards."""
    while True:
        if (near / name / "package.json").is_file():
            return near / name
        if near == root:
            return None
        near = near.parent
        while near.name != "node_modules":
            near = near.parent


def source() -> str:
    """Return the digest of all that is ours between a page and an extractor in Node."""
    files = [*sorted(SOURCE.glob("*.mjs")), Path(__file__).with_name("program.py")]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def extract(entry: str, output: str = "html", **settings: str) -> Lasting:
    """Return the extractor of a file in `bench/node`; called in a worker."""
    made = Lasting([*_command(), str(folder()), entry, json.dumps(settings)], output, decoded=True)
    made.given["memory"] += " with heap of V8"
    return made


def _command() -> list[str]:
    limit = resource.getrlimit(resource.RLIMIT_DATA)[0]
    heap = [] if limit == resource.RLIM_INFINITY else [f"--max-old-space-size={int(HEAP_SHARE * limit / 2**20)}"]
    return ["node", *heap, str(SOURCE / "worker.mjs")]
