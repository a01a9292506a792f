"""Which extractor is meant: `NAME[==VERSION][:key=value,...]`, resolved to a file, settings, versions and an identity.

NAME is a plug-in's, or the path of a Python file (`./mine.py`). Adapter files are parsed here, never run.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from bench import plugins
from bench.errors import UsageError
from bench.model import digest
from bench.plugins import SPEC

Setting = bool | int | float | str

_DISTRIBUTION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
"""A distribution's name, by the standard for core metadata."""
_SHARED = ("encoding.py", "extract.py", "markup.py")
"""Our own modules whose code passes over every output; they belong to the identity of what comes out."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """What an extractor's file says of itself, read without running it."""

    name: str
    path: Path
    summary: str
    distributions: tuple[str, ...]
    licence: str | None
    homepage: str | None
    control: bool
    output: str
    optional: tuple[str, ...]
    stateful: tuple[str, ...]
    defaults: Mapping[str, Setting]


@dataclass(frozen=True, slots=True)
class Extractor:
    """An extractor ready to run: adapter, settings and exact versions.

    Attributes:
        settings: those that differ from the defaults.
        version: that of the first distribution; of the file itself when there is none.
        identity: everything that may change its output; `key` is its digest.
    """

    adapter: Adapter
    settings: Mapping[str, Setting]
    version: str
    identity: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The adapter's name."""
        return self.adapter.name

    @property
    def key(self) -> bytes:
        """Return the extractor's share of a cell's identity, 32 bytes."""
        return digest(self.identity)

    @property
    def stateful(self) -> bool:
        """Whether these settings make it remember pages, so that each needs a process of its own."""
        return any(self.identity["settings"].get(name) for name in self.adapter.stateful)

    @property
    def settings_text(self) -> str:
        """The settings as in a spec: `favor_recall=true`, in order of name; empty when all are defaults."""
        return format_settings(self.settings)


def format_settings(settings: Mapping[str, Setting]) -> str:
    """Return settings as in a spec, in order of name."""
    return ",".join(
        f"{name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in sorted(settings.items())
    )


def read_adapter(name: str, path: Path) -> Adapter:
    """Return what an extractor's file says of itself.

    Raises:
        UsageError: the file cannot be read or parsed, or lacks what `bench.extract` asks for; says where.
    """
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as problem:
        line = getattr(problem, "lineno", None)
        raise UsageError(f"{path}{f':{line}' if line else ''}: cannot be read as Python ({problem or 'too deep'})") from None
    facts: dict[str, Any] = {}
    function: ast.FunctionDef | None = None
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "extractor":
            function = node
        for target in getattr(node, "targets", [getattr(node, "target", None)]):
            if isinstance(target, ast.Name) and target.id in _FACTS:
                facts[target.id] = _fact(path, node, target.id)
    if function is None:
        raise UsageError(f"{path}: has no function `extractor`; see bench/extract.py for what an extractor's file holds")
    defaults = _defaults(function, path)
    if facts.get("OUTPUT", "text") not in _OUTPUTS:
        raise UsageError(f"{path}: OUTPUT is one of {', '.join(_OUTPUTS)}")
    if not defaults.keys() >= set(facts.get("STATEFUL", ())):
        raise UsageError(f"{path}: STATEFUL names what is no setting; settings are {', '.join(defaults) or 'none'}")
    return Adapter(
        name=name,
        path=path,
        summary=(ast.get_docstring(tree) or "").split("\n", 1)[0],
        distributions=facts.get("DISTRIBUTIONS", ()),
        licence=facts.get("LICENCE"),
        homepage=facts.get("HOMEPAGE"),
        control=facts.get("CONTROL", False),
        output=facts.get("OUTPUT", "text"),
        optional=facts.get("OPTIONAL", ()),
        stateful=facts.get("STATEFUL", ()),
        defaults=defaults,
    )


_OUTPUTS = ("text", "markdown", "html")
_FACTS: dict[str, type] = {
    "DISTRIBUTIONS": tuple, "OPTIONAL": tuple, "LICENCE": str, "HOMEPAGE": str, "CONTROL": bool, "OUTPUT": str,
    "STATEFUL": tuple,
}  # fmt: skip
"""What an adapter may say of itself at the top of its file, as plain assignments of literals."""


def _literal(node: ast.expr | None) -> Any:
    """The value of a literal, None when it is anything else."""
    try:
        return ast.literal_eval(node) if node is not None else None
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _fact(path: Path, node: ast.stmt, name: str) -> Any:
    value = _literal(node.value) if isinstance(node, ast.Assign | ast.AnnAssign) else None
    fits = type(value) is _FACTS[name]
    if isinstance(value, tuple):
        fits = fits and all(isinstance(one, str) and _DISTRIBUTION.fullmatch(one) for one in value)
    if not fits:
        example = {tuple: '("lxml",)', str: '"..."', bool: "True"}[_FACTS[name]]
        raise UsageError(f"{path}:{node.lineno}: {name} must be written out: {name} = {example}")
    return value


def _defaults(function: ast.FunctionDef, path: Path) -> dict[str, Setting]:
    arguments = function.args
    if arguments.args or arguments.posonlyargs or arguments.vararg or arguments.kwarg:
        raise UsageError(f"{path}:{function.lineno}: `extractor` takes keyword-only settings: def extractor(*, name=default)")
    defaults: dict[str, Setting] = {}
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        value = _literal(default)
        if not isinstance(value, bool | int | float | str):
            raise UsageError(
                f"{path}:{argument.lineno}: setting {argument.arg!r} needs a literal default (true or false, number, text)"
            )
        defaults[argument.arg] = value
    return defaults


def adapters() -> list[Adapter]:
    """Return every built-in adapter, by name."""
    return [read_adapter(name, plugins.path("extractors", name)) for name in plugins.names("extractors")]


def resolve(spec: str) -> Extractor:
    """Return the extractor that a spec means.

    Raises:
        UsageError: unknown name (near ones are suggested), unknown setting, a value of the wrong type, a distribution that
            is not installed, or a version other than the installed one.
    """
    match = SPEC.fullmatch(spec.strip())
    if match is None:
        raise UsageError(f"{spec!r} is no extractor; write NAME, NAME==VERSION or NAME:key=value,key=value")
    name = match["name"]
    if name.endswith(".py"):
        adapter = read_adapter(Path(name).stem, _file(name))
    else:
        adapter = read_adapter(name, plugins.path("extractors", name))
    settings = _parse_settings(adapter, match["settings"])
    versions = _versions(adapter)
    source = hashlib.sha256(adapter.path.read_bytes()).hexdigest()
    if adapter.distributions:
        version = versions[canonicalize_name(adapter.distributions[0])]
    else:
        version = "" if adapter.control else f"file {source[:8]}"
    if match["version"] and match["version"] != version:
        raise UsageError(f"{adapter.name} {match['version']} is not installed, {version} is; install it, or leave ==... out")
    identity = {
        "name": adapter.name,
        "settings": {**adapter.defaults, **settings},
        "versions": versions,
        "source": source,
        "shared": _shared_source(),
    }
    return Extractor(adapter, settings, version, identity)


def _file(name: str) -> Path:
    try:
        path = Path(name).resolve()
        found = path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        found = False
    if not found:
        raise UsageError(f"{name[:200]}: no such file")
    return path


def _parse_settings(adapter: Adapter, text: str | None) -> dict[str, Setting]:
    settings: dict[str, Setting] = {}
    given: set[str] = set()
    for part in (text or "").split(","):
        if not part.strip():
            continue
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if name not in adapter.defaults:
            raise UsageError(plugins.unknown(f"setting of {adapter.name}", name, sorted(adapter.defaults)))
        if name in given:
            raise UsageError(f"setting {name!r} of {adapter.name} is given twice")
        given.add(name)
        default = adapter.defaults[name]
        parsed = _parse(value, type(default)) if equals else None
        if parsed is None:
            kind = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}[type(default)]
            raise UsageError(
                f"setting {name!r} of {adapter.name} is {kind} ({name}={format_settings({name: default})[len(name) + 1 :]})"
            )
        if parsed != default:
            settings[name] = parsed
    return settings


def _parse(value: str, kind: type[Setting]) -> Setting | None:
    if kind is bool:
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(value.lower())
    try:
        parsed = kind(value)
    except ValueError:
        return None
    return None if isinstance(parsed, float) and not math.isfinite(parsed) else parsed


def missing(adapter: Adapter) -> list[str]:
    """Return the adapter's distributions that are not installed."""
    return [name for name in adapter.distributions if not _installed(name)]


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _versions(adapter: Adapter) -> dict[str, str]:
    """Exact versions of the adapter's distributions, all that they depend on, and what decodes its pages."""
    absent = missing(adapter)
    if absent:
        raise UsageError(f"{adapter.name} needs {' '.join(absent)}; pip install {' '.join(absent)}")
    return dict(sorted(closure((*adapter.distributions, *adapter.optional, "webencodings")).items()))


def closure(distributions: Iterable[str]) -> dict[str, str]:
    """Return name and version of these installed distributions and all installed ones that they require, extras included."""
    found: dict[str, str] = {}
    queue = [(canonicalize_name(name), frozenset[str]()) for name in distributions]
    seen = set()
    while queue:
        name, extras = queue.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # an optional requirement that is not there cannot move a score
        queue += [
            (canonicalize_name(requirement.name), frozenset(requirement.extras))
            for requirement in _requirements(name)
            if _applies(requirement, extras)
        ]
    return found


def _applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in (extras or {""}))


@cache
def _requirements(name: str) -> tuple[Requirement, ...]:
    lines = importlib.metadata.requires(name) or ()
    parsed = []
    for line in lines:
        try:
            parsed.append(Requirement(line))
        except InvalidRequirement:
            continue  # metadata older than the standard; pip would not have followed it either
    return tuple(parsed)


@cache
def _shared_source() -> str:
    here = Path(__file__).parent
    return hashlib.sha256(b"\0".join((here / name).read_bytes() for name in _SHARED)).hexdigest()
