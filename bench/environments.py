"""Virtual environments for extractors that cannot live in the main one: made on demand, kept by their requirements, reused.

One folder of the user's cache for each, named by its key: the environment itself, `build.log`, and `environment.json`, which
is written last. Without it an environment is unfinished: it is never used, and made anew.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bench.errors import UsageError
from bench.interpreters import Interpreter, ask, find
from bench.model import digest

_READY = "environment.json"
_LOG = "build.log"
_TOLD = 400
"""Characters of an installer's complaint that are told."""
_UNREACHED = re.compile(r"NewConnectionError|NameResolutionError|ConnectTimeout|ProxyError|client error \(Connect\)|dns error")
_LACKING = re.compile(r"satisfies the requirement (\S+).* \(from versions: ([^)]*)\)")
_LABEL = re.compile(r"^(ERROR|error|cause): ")
_RAISED = re.compile(r"\w*(Error|Exception): ")


@dataclass(frozen=True, slots=True)
class Environment:
    """What an environment is made from.

    Attributes:
        requirements: as pip takes them.
        python: which versions of Python, `>=3.8,<3.11`.
        build: installed before the rest, which is then built beside them: for sources older than the files that say what
            they are built with.
    """

    requirements: tuple[str, ...]
    python: str
    build: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Twelve hexadecimal digits, the same for the same requirements in any order or spelling, on one kind of machine."""
        return digest(
            [
                *(sorted(map(_spelled, lines)) for lines in (self.requirements, self.build)),
                self.python,
                sysconfig.get_platform(),
            ]
        ).hex()[:12]

    @property
    def folder(self) -> Path:
        """Where it is, or will be."""
        return root() / self.key

    def interpreter(self) -> Interpreter | None:
        """Return the environment's interpreter, None when it is not built or its Python has gone since."""
        kept = _read(self.folder)
        return kept.interpreter if kept else None

    def make(self) -> Interpreter:
        """Return the environment's interpreter, to use it now; make the environment first unless it is there.

        Raises:
            UsageError: no Python that fits is on this machine, or the requirements cannot be installed; says why.
        """
        with _locked(self.folder) as lock:
            if found := self.interpreter():
                os.utime(self.folder / _READY)  # the day of its last use
                return found
            _empty(self.folder)
            base = find(self.python)
            if base is None:
                self.folder.rmdir()
                raise UsageError(f"no environment for {self}: it needs Python {self.python}, which is not on this machine")
            try:
                for command in _installer(self, base.executable):
                    _call(command, self.folder / _LOG, lock)
            except UsageError as problem:
                _empty(self.folder, but=_LOG)
                raise UsageError(f"no environment for {self}: {problem}; all of it is in {short(self.folder / _LOG)}") from None
            made = ask(self.folder / "bin" / "python")
            if made is None:
                raise UsageError(f"{self}: its Python does not start; see {short(self.folder / _LOG)}")
            kept = {**asdict(self), "interpreter": asdict(made)}
            beside = self.folder / f"{_READY}.new"
            beside.write_text(json.dumps(kept, indent=1), encoding="utf-8")
            beside.replace(self.folder / _READY)
            return made

    def __str__(self) -> str:
        return " ".join(self.requirements)


@dataclass(frozen=True, slots=True)
class Kept:
    """An environment in the cache.

    Attributes:
        made_from: None when it is unfinished.
        used: the day of its last use.
    """

    folder: Path
    made_from: Environment | None
    interpreter: Interpreter | None
    used: date

    def holds(self, distribution: str) -> bool:
        """Return whether it was made for a distribution."""
        asked = self.made_from.requirements if self.made_from else ()
        return canonicalize_name(distribution) in {canonicalize_name(Requirement(line).name) for line in asked}

    @property
    def size(self) -> int:
        """Bytes of its files."""
        files = (os.path.join(at, name) for at, _, names in os.walk(self.folder) for name in names)  # noqa: PTH118 - many files
        return sum(os.lstat(file).st_size for file in files)


def root() -> Path:
    """Return the folder of all environments."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(cache) if os.path.isabs(cache) else Path.home() / ".cache") / "boilerbench" / "environments"  # noqa: PTH117


def short(path: Path) -> str:
    """Return a path with `~` for the user's home."""
    return f"~/{path.relative_to(Path.home())}" if path.is_relative_to(Path.home()) else str(path)


def kept() -> list[Kept]:
    """Return the environments in the cache, the last used first."""
    folders = root().glob("[0-9a-f]" * 12) if root().is_dir() else ()
    found = [_read(folder) or Kept(folder, None, None, _day(folder)) for folder in folders if folder.is_dir()]
    return sorted(found, key=lambda one: (-one.used.toordinal(), one.folder))


def remove(folder: Path) -> None:
    """Remove an environment.

    Raises:
        UsageError: somebody is building it.
    """
    with _locked(folder, wait=False):
        (folder / _READY).unlink(missing_ok=True)  # first: what is left of a removal that is cut off is unfinished
        shutil.rmtree(folder)


def _spelled(requirement: str) -> str:
    parsed = Requirement(requirement)
    parsed.name = canonicalize_name(parsed.name)
    return str(parsed)


def _day(path: Path) -> date:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()


def _read(folder: Path) -> Kept | None:
    """A finished environment whose Python is still there."""
    try:
        said: dict[str, Any] = json.loads((folder / _READY).read_bytes())
        own = said["interpreter"]
        interpreter = Interpreter(own["executable"], own["version"], tuple(own["paths"]))
        made_from = Environment(tuple(said["requirements"]), said["python"], tuple(said["build"]))
        there = Path(interpreter.executable).exists()  # a link to the Python that it was made with
        return Kept(folder, made_from, interpreter, _day(folder / _READY)) if there else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextlib.contextmanager
def _locked(folder: Path, *, wait: bool = True) -> Iterator[int]:
    """Hold the environment's folder, made if need be; yields the descriptor that holds it.

    The lock is on the folder itself, so nothing of it is left when the folder has gone; whoever waited then starts again.
    """
    while True:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as problem:
            raise UsageError(
                f"{short(folder)}: {problem.strerror}; environments are kept in XDG_CACHE_HOME or ~/.cache"
            ) from None
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            with contextlib.suppress(FileNotFoundError):
                if folder.stat().st_ino == os.fstat(fd).st_ino:
                    yield fd
                    return
        except BlockingIOError:
            raise UsageError(f"{short(folder)} is being built by another process") from None
        finally:
            os.close(fd)


def _empty(folder: Path, but: str = "") -> None:
    for entry in folder.iterdir():
        if entry.name == but:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _installer(environment: Environment, python: str) -> list[list[str]]:
    """The commands that make an environment; the user's own settings of where packages come from reach them.

    uv where there is one, since it is quicker, unless pip was told something by PIP_..., which uv would not hear.
    """
    folder, inside = str(environment.folder), str(environment.folder / "bin" / "python")
    uv = shutil.which("uv")
    if uv and not any(name.startswith("PIP_") for name in os.environ):
        commands = [[uv, "venv", "--allow-existing", "--python", python, folder]]
        install = [uv, "pip", "install", "--python", inside]
    else:
        install = [inside, "-I", "-m", "pip", "install"]
        commands = [[python, "-I", "-m", "venv", folder], [*install, "--upgrade", "pip"]]
    if environment.build:
        commands.append([*install, *environment.build])
        install.append("--no-build-isolation")
    return [*commands, [*install, *environment.requirements]]


def _call(command: list[str], log: Path, lock: int) -> None:
    """Run a step of a build, all that it says into the log."""
    with log.open("a+b") as file:
        start = file.tell()
        # The lock goes along: should this process be killed, it holds for as long as the step goes on.
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, pass_fds=(lock,), check=False
        )
        file.seek(start)
        said = file.read().decode("utf-8", "replace")
    # An old Python's own pip does not know the wheels of today; the newest pip is wanted, but offline the old one may do.
    if done.returncode and command[-2:] != ["--upgrade", "pip"]:
        raise UsageError(_complaint(said))


def _complaint(said: str) -> str:
    """What the output of pip or uv comes to, in one line."""
    if _UNREACHED.search(said):
        return "the package index cannot be reached; go online, or name a folder of wheels by PIP_FIND_LINKS"
    if lacking := _LACKING.search(said):
        there = lacking[2].split(", ")[-5:]
        if there == ["none"]:
            return f"there is no {lacking[1]}; is the name right, and the index reachable (PIP_INDEX_URL, PIP_FIND_LINKS)?"
        return f"there is no {lacking[1]} for this Python; the last there are: {', '.join(there)}"
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("ERROR:", "error:")) and "ResolutionImpossible" not in line]
    causes = [line for line in lines if line.startswith("cause: ") or _RAISED.match(line)]
    told = [*errors[-1:], *causes[:1]] or lines[-1:] or ["the installer failed without a word"]
    return ": ".join(_LABEL.sub("", line).rstrip(".") for line in told)[:_TOLD]
