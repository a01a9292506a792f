"""Extractors in other people's packages: found by their distributions' metadata or as `module:function`, never imported here.

A distribution registers extractors under the entry point group `boilerbench.extractors`:

    [project.entry-points."boilerbench.extractors"]
    my-extractor = "my_package.bench"           # the module's function `extractor`
    my-fast-one = "my_package.bench:fast"       # or another

Any function that Python could import is named without being registered, `-x my_package.bench:fast`, where the module is one of
the working folder, of PYTHONPATH or installed. Both stand in the module's own file, with what else `bench.extract` says. A
worker imports the module by its name, so that its package's relative imports work; of ours it finds `bench.extract` and
`bench.markup`. One whose REQUIRES or PYTHON call for an environment of its own is taken there from where it is installed here,
and finds there what they name, not what its distribution requires.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution
from itertools import islice
from pathlib import Path
from urllib.parse import unquote

from packaging.utils import canonicalize_name

from bench import plugins
from bench.errors import UsageError

GROUP = "boilerbench.extractors"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
"""What an extractor from elsewhere may be called."""
_WORD = r"[A-Za-z_][A-Za-z0-9_]{0,99}"
MODULE = re.compile(rf"{_WORD}(?:\.{_WORD}){{0,19}}")
"""A module's dotted name; short enough to be a path anywhere."""
FUNCTION = re.compile(_WORD)
_VALUE = re.compile(rf"(?P<module>{MODULE.pattern})\s*(?::\s*(?P<function>{_WORD}))?\s*(?:\[[^\]]*\])?")
"""The value of an entry point; extras in brackets mean nothing to us."""
_MANY = 5000
"""Python files of one package; past that it is no extractor's own, and reading them all would be felt at every start."""
_LEGAL = 80
"""Characters of a licence; older metadata hold its whole text."""


@dataclass(frozen=True, slots=True)
class Source:
    """A function that makes an extractor, where it stands.

    Attributes:
        module: its dotted name.
        path: the module's file, below `root`, the folder to import it from.
        digest: of every Python file of its outermost package, 64 hexadecimal digits; of a module in no package, of its file.
        distribution: the installed distribution that it belongs to, None for none, with version, licence and homepage.
    """

    module: str
    function: str
    path: Path
    root: Path
    digest: str
    distribution: str | None = None
    version: str | None = None
    licence: str | None = None
    homepage: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry point: which distribution calls what by a name."""

    name: str
    value: str
    distribution: Distribution

    @property
    def origin(self) -> str:
        """The distribution and its version."""
        return f"{self.distribution.name} {self.distribution.version}"

    def source(self) -> Source:
        """Return what it names.

        Raises:
            UsageError: it names no module of its distribution, or one that cannot be read.
        """
        match = _VALUE.fullmatch(self.value)
        if match is None:
            raise UsageError(f'{self.value[:200]!r} is no module; write {self.name} = "package.module:function"')
        module = match["module"]
        _free(module)
        found = _held(self.distribution, module)
        if found is None:
            raise UsageError(f"{self.origin} holds no module {module}")
        return _source(module, match["function"] or "extractor", *found, self.distribution)


def entries() -> tuple[dict[str, Entry], list[str]]:
    """Return the entry points of all installed distributions by name, and a line for each that is left out.

    Of two distributions that use one name the first by its own name has it; a built-in extractor's name is nobody else's.
    """
    found: dict[str, Entry] = {}
    refused = []
    for one in sorted(_registered(), key=lambda one: (canonicalize_name(one.distribution.name), one.name)):
        owner = "bench itself" if one.name in plugins.names("extractors") else one.name in found and found[one.name].origin
        if not NAME.fullmatch(one.name):
            problem = "a name is of a-z, 0-9 and hyphens, 80 at most, and begins with none of these"
        elif owner:
            spec = one.value[:200] if ":" in one.value else f"{one.value[:200]}:extractor"
            problem = f"{owner} has one of that name; run it as -x {spec}"
        else:
            found[one.name] = one
            continue
        refused.append(left_out(one, problem))
    return found, refused


def left_out(entry: Entry, problem: object) -> str:
    """Return the line that says why a registered extractor is not among the others."""
    return f"extractor {entry.name[:80]!r} of {entry.origin} is left out: {problem}"


def named(module: str, function: str) -> Source | None:
    """Return a function of a module that is in the working folder or on Python's path; None when there is no such module.

    Raises:
        UsageError: its files cannot be read, or its name is Python's or bench's own.
    """
    folders = (Path.cwd(), *map(Path, sys.path))
    _free(module)
    at = next(((path, folder.absolute()) for folder in folders if (path := _file(folder, module))), None)
    for one in importlib.metadata.distributions():
        held = _held(one, module)
        if held and (at is None or held[0].samefile(at[0])) and _name(one):  # an import hook's are in no folder of the path
            return _source(module, function, *(at or held), one)
    return _source(module, function, *at, None) if at else None


def _registered() -> Iterator[Entry]:
    """Every entry point of the group, of distributions that Python would find."""
    seen = set()
    for one in importlib.metadata.distributions():
        text = _text(one, "entry_points.txt")
        if GROUP not in text:
            continue
        name = _name(one)
        if name is None or (key := canonicalize_name(name)) in seen:
            continue
        seen.add(key)
        if _text(next(iter(importlib.metadata.distributions(name=name)), one), "entry_points.txt") != text:
            continue  # hidden behind another version of itself that stands earlier on the path
        try:
            points = one.entry_points.select(group=GROUP)
        except (TypeError, ValueError):
            continue  # a line without "="; nothing that installs packages writes such a file
        yield from (Entry(point.name, point.value, one) for point in points)


def _text(distribution: Distribution, name: str) -> str:
    try:
        return distribution.read_text(name) or ""
    except (OSError, ValueError):
        return ""


def _name(distribution: Distribution) -> str | None:
    """The name of a distribution whose metadata can be read and have a version too."""
    try:
        told = distribution.metadata
        return str(told["Name"]) if told["Name"] and told["Version"] else None
    except (OSError, ValueError):
        return None


def _free(module: str) -> None:
    """Raise UsageError for a module that a worker would take for one that it needs itself."""
    first = module.partition(".")[0]
    if first in sys.stdlib_module_names or first in ("bench", "__main__"):
        owner = "bench" if first == "bench" else "Python"
        raise UsageError(f"{module}: {first} is a module of {owner}'s own; give yours another name")


def _held(distribution: Distribution, module: str) -> tuple[Path, Path] | None:
    """The file of a distribution's module and the folder it is imported from, by what was recorded when it was installed."""
    root = Path(str(distribution.locate_file(""))).absolute()
    record = _text(distribution, "RECORD")
    base = module.replace(".", "/")
    if re.search(rf"^{re.escape(base)}(?:/__init__)?\.py,", record, re.MULTILINE) or (
        # Installed by other means than a wheel, with no record of its files: what it says of its packages must do.
        not record and module.partition(".")[0] in _text(distribution, "top_level.txt").split()
    ):
        folders = [root]
    else:
        folders = _editable(distribution, root, record)
    return next(((path, folder) for folder in folders if (path := _file(folder, module))), None)


def _editable(distribution: Distribution, root: Path, record: str) -> list[Path]:
    """The folders that an editable installation imports from: those that its .pth files name, and its project's."""
    address = re.search(r'"url":\s*"(file://[^"]*)"', told) if (told := _text(distribution, "direct_url.json")) else None
    if address is None or not re.search(r'"editable":\s*true', told):
        return []
    folders = []
    for name in re.findall(r"^([^/,\n]+\.pth),", record, re.MULTILINE):
        try:
            lines = (root / name).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            continue
        folders += [Path(line) for line in lines if Path(line).is_absolute()]
    project = Path(unquote(address[1].removeprefix("file://")))
    return [*folders, project, project / "src"]


def _file(folder: Path, module: str) -> Path | None:
    """The file that a module would be imported from in a folder, as an absolute path."""
    base = folder.absolute().joinpath(*module.split("."))
    try:
        return next((path for path in (base / "__init__.py", base.with_suffix(".py")) if path.is_file()), None)
    except (OSError, ValueError):  # an entry of the path that no folder can have
        return None


def _source(module: str, function: str, path: Path, root: Path, owner: Distribution | None) -> Source:
    try:
        digest = _digest(module, path, root)
    except OSError as problem:
        raise UsageError(f"{problem.filename or path}: {problem.strerror}") from None
    if owner is None:
        return Source(module, function, path, root, digest)
    told = {
        name: list(owner.metadata.get_all(name) or ()) for name in ("License-Expression", "License", "Home-page", "Project-URL")
    }
    licence = next((str(one).strip().split("\n")[0] for one in told["License-Expression"] + told["License"]), "")[:_LEGAL]
    labelled = [str(one).partition(",")[::2] for one in told["Project-URL"]]
    addresses = [*told["Home-page"], *(address.strip() for label, address in labelled if label.strip().lower() == "homepage")]
    homepage = next((str(one) for one in addresses if str(one).startswith(("http://", "https://"))), None)
    return Source(module, function, path, root, digest, owner.name, owner.version, licence or None, homepage)


def _digest(module: str, path: Path, root: Path) -> str:
    """The digest of `Source`, the same wherever the package is. Raises OSError, and UsageError for too many files."""
    parts = module.split(".")
    folders = (root.joinpath(*parts[:depth]) for depth in range(1, len(parts) + 1))
    package = next((folder for folder in folders if (folder / "__init__.py").is_file()), None)
    files = [path] if package is None else sorted(islice(package.rglob("*.py"), _MANY + 1))
    if len(files) > _MANY:
        raise UsageError(f"{package}: more than {_MANY} Python files; put the extractor into a package of its own")
    total = hashlib.sha256()
    for one in files:
        if one.is_file():
            with one.open("rb") as file:
                own = hashlib.file_digest(file, "sha256").hexdigest()
            total.update(f"{one.relative_to(root).as_posix()}\0{own}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()
