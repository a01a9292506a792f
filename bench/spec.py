"""Which extractor is meant: `NAME[==VERSION][:key=value,...]`, resolved to a file, settings, versions and an identity.

NAME is a plug-in's, a built-in one's or one that another distribution registers; the path of a Python file (`./mine.py`); or
`module:function` (see `bench.packages`). What follows a name that is known is its settings; after any other, an identifier
without `=` is a function of the module of that name, and settings follow a second colon: `my_package.tools:fast:least=40`.
Adapter files are parsed here, never run. An extractor whose requirements the main environment does not meet belongs to an
environment of its own (`bench.environments`).
"""

from __future__ import annotations

import ast
import hashlib
import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from bench import nodejs, packages, plugins
from bench.environments import Environment, short
from bench.errors import UsageError
from bench.interpreters import Interpreter, running
from bench.model import digest
from bench.one_host import Address, address_of
from bench.plugins import SPEC

Setting = bool | int | float | str

_DISTRIBUTION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
"""A distribution's name, by the standard for core metadata."""
_PACKAGE = re.compile(r"(?:@[a-z0-9._-]+/)?[a-z0-9._-]+")
"""A package's name in npm's registry."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
"""An environment variable's name, by POSIX."""
_SHARED = ("encoding.py", "extract.py", "markup.py")
"""Our own modules whose code passes over every output; they belong to the identity of what comes out."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """What an extractor's file says of itself, read without running it.

    Attributes:
        requires: pip requirements beyond the bare distributions.
        build: those that must be installed before one of them can be built from its sources.
        python: the versions of Python that it runs under; None when any will do.
        node: packages of Node's whose versions decide its results; the first names its version (see `bench.nodejs`).
        optional: distributions that change its results where they are installed.
        whole_page: whether it gives all of a page, as the control row `everything` does; run only when it is named.
        output: what the library itself gives, text, markdown or html.
        stateful: settings that make it remember pages.
        required: settings without a default, and what they are.
        tools: distributions that it needs and that do not change its results.
        aside: settings that do not change its results.
        network: the setting with the address of the one host that it may reach.
        secret: the setting that names an environment variable, whose value it is given.
        source: where it stands, for one in a package of somebody else's; None for a lone file.
    """

    name: str
    path: Path
    summary: str
    distributions: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    python: str | None = None
    node: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    licence: str | None = None
    homepage: str | None = None
    control: bool = False
    whole_page: bool = False
    output: str = "text"
    stateful: tuple[str, ...] = ()
    defaults: Mapping[str, Setting] = field(default_factory=dict)
    required: Mapping[str, type[Setting]] = field(default_factory=dict)
    tools: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    network: str | None = None
    secret: str | None = None
    source: packages.Source | None = None

    @property
    def origin(self) -> packages.Source | None:
        """The source, where that is of an installed distribution, whose version is then the extractor's."""
        return self.source if self.source and self.source.distribution else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a spec asks for, before anything is built.

    Attributes:
        settings: those that differ from the defaults.
        version: as given, None for whichever there is.
        environment: the one that it needs; None for the main one.
    """

    adapter: Adapter
    settings: Mapping[str, Setting]
    version: str | None
    environment: Environment | None

    @property
    def name(self) -> str:
        """The adapter's name."""
        return self.adapter.name

    def __str__(self) -> str:
        return f"{self.name} {self.version}" if self.version else self.name


@dataclass(frozen=True, slots=True)
class Extractor:
    """An extractor ready to run: adapter, settings and exact versions.

    Attributes:
        settings: those that differ from the defaults.
        version: that of the first distribution; of the file itself when there is none.
        identity: everything that may change its output; `key` is its digest.
        interpreter: the Python to run it under.
        fixed: arguments of the adapter's function that are no settings, as a declared command's (see `bench.declared`).
        network: whether its workers keep the network.
        address: the one host that its workers reach all the same.
        secret: the environment variable whose value its workers are given.
    """

    adapter: Adapter
    settings: Mapping[str, Setting]
    version: str
    identity: Mapping[str, Any]
    interpreter: str = sys.executable
    fixed: Mapping[str, Any] = field(default_factory=dict)
    network: bool = False
    address: Address | None = None
    secret: str | None = None

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


def read_adapter(name: str, path: Path, factory: str = "extractor") -> Adapter:
    """Return what an extractor's file says of itself, or of another function in it that makes one.

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
        if isinstance(node, ast.FunctionDef) and node.name == factory:
            function = node
        for target in getattr(node, "targets", [getattr(node, "target", None)]):
            if isinstance(target, ast.Name) and target.id in _FACTS:
                facts[target.id] = _fact(path, node, target.id)
    if function is None:
        raise UsageError(f"{path}: has no function `{factory}`; see bench/extract.py for what an extractor's file holds")
    defaults, required = _settings(function, path)
    if facts.get("OUTPUT", "text") not in _OUTPUTS:
        raise UsageError(f"{path}: OUTPUT is one of {', '.join(_OUTPUTS)}")
    for fact in ("STATEFUL", "ASIDE", "NETWORK", "SECRET"):
        named = facts.get(fact, ())
        if not {*defaults, *required} >= {*((named,) if isinstance(named, str) else named)}:
            settings = ", ".join([*required, *defaults]) or "none"
            raise UsageError(f"{path}: {fact} names what is no setting; settings are {settings}")
    told = {name.lower(): value for name, value in facts.items()}
    # The docstring of `extractor` is about its settings.
    about = ast.get_docstring(tree) if factory == "extractor" else ast.get_docstring(function) or ast.get_docstring(tree)
    return Adapter(name, path, (about or "").split("\n", 1)[0], defaults=defaults, required=required, **told)


_OUTPUTS = ("text", "markdown", "html")
_FACTS: dict[str, type] = {
    "DISTRIBUTIONS": tuple, "REQUIRES": tuple, "BUILD": tuple, "PYTHON": str, "NODE": tuple, "OPTIONAL": tuple, "TOOLS": tuple,
    "LICENCE": str, "HOMEPAGE": str, "CONTROL": bool, "WHOLE_PAGE": bool, "OUTPUT": str, "STATEFUL": tuple, "ASIDE": tuple,
    "NETWORK": str, "SECRET": str,
}  # fmt: skip
"""What an adapter may say of itself at the top of its file, as plain assignments of literals."""
_FORMS: dict[str, Callable[[str], object]] = {
    "DISTRIBUTIONS": _DISTRIBUTION.fullmatch, "REQUIRES": Requirement, "BUILD": Requirement, "PYTHON": SpecifierSet,
    "OPTIONAL": _DISTRIBUTION.fullmatch, "TOOLS": _DISTRIBUTION.fullmatch, "STATEFUL": str, "ASIDE": str,
    "NODE": _PACKAGE.fullmatch,
}  # fmt: skip
"""What reads a text of these facts; one that it cannot read it refuses."""
_EXAMPLES = {
    "DISTRIBUTIONS": '("lxml",)',
    "REQUIRES": '("lxml<6",)',
    "BUILD": '("cython<3",)',
    "PYTHON": '">=3.8,<3.11"',
    "OPTIONAL": '("lxml",)',
    "TOOLS": '("lxml",)',
    "STATEFUL": '("setting",)',
    "ASIDE": '("setting",)',
    "NODE": '("linkedom",)',
    "CONTROL": "True",
    "WHOLE_PAGE": "True",
}


def _literal(node: ast.expr | None) -> Any:
    """The value of a literal, None when it is anything else."""
    try:
        return ast.literal_eval(node) if node is not None else None
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _fact(path: Path, node: ast.stmt, name: str) -> Any:
    value = _literal(node.value) if isinstance(node, ast.Assign | ast.AnnAssign) else None
    texts = value if isinstance(value, tuple) else (value,)
    if type(value) is not _FACTS[name] or (name in _FORMS and not all(_reads(_FORMS[name], text) for text in texts)):
        example = _EXAMPLES.get(name, '"..."')
        raise UsageError(f"{path}:{node.lineno}: {name} must be written out: {name} = {example}")
    return value


def _reads(form: Callable[[str], object], text: object) -> bool:
    try:
        return isinstance(text, str) and form(text) is not None
    except (InvalidRequirement, InvalidSpecifier):
        return False


_KINDS: dict[str, type[Setting]] = {"bool": bool, "int": int, "float": float, "str": str}


def _settings(function: ast.FunctionDef, path: Path) -> tuple[dict[str, Setting], dict[str, type[Setting]]]:
    """The settings with a default, and the kinds of those that must be given."""
    arguments = function.args
    if arguments.args or arguments.posonlyargs or arguments.vararg or arguments.kwarg:
        raise UsageError(
            f"{path}:{function.lineno}: `{function.name}` takes keyword-only settings: def {function.name}(*, name=default)"
        )
    defaults: dict[str, Setting] = {}
    required: dict[str, type[Setting]] = {}
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is None and isinstance(argument.annotation, ast.Name) and argument.annotation.id in _KINDS:
            required[argument.arg] = _KINDS[argument.annotation.id]
            continue
        value = _literal(default)
        if not isinstance(value, bool | int | float | str):
            raise UsageError(
                f"{path}:{argument.lineno}: setting {argument.arg!r} needs a literal default (true or false, number, text)"
            )
        defaults[argument.arg] = value
    return defaults, required


def adapters(tell: Callable[[str], object] = lambda _: None) -> list[Adapter]:
    """Return every built-in adapter, by name, and those that installed distributions register, by theirs.

    Args:
        tell: is given a line for each that is registered and cannot be used.
    """
    found = [read_adapter(name, plugins.path("extractors", name)) for name in plugins.names("extractors")]
    registered, problems = packages.entries()
    for name, entry in sorted(registered.items()):
        try:
            found.append(_packaged(name, entry.source()))
        except UsageError as problem:
            problems.append(packages.left_out(entry, problem))
    for line in problems:
        tell(line)
    return found


def parse(spec: str, others: Iterable[str] = ()) -> Wanted:
    """Return what a spec asks for; whatever is wrong with it is found here, before any environment is built.

    Args:
        spec: as typed.
        others: names that are known elsewhere, to suggest.

    Raises:
        UsageError: unknown name (near ones are suggested), unknown setting, a value of the wrong type, or a version of what
            has none.
    """
    match = SPEC.fullmatch(spec.strip())
    if match is None:
        raise UsageError(f"{spec!r} is no extractor; write NAME, NAME==VERSION or NAME:key=value,key=value")
    version = match["version"]
    adapter, text = _adapter(match["name"], match["settings"], others)
    settings = _parse_settings(adapter, text)
    if version and adapter.origin:
        if version != adapter.origin.version:
            raise UsageError(f"{adapter.name} {version} is not there, {adapter.origin.version} is; leave ==... out")
        version = None  # there is no other
    elif version and not adapter.distributions and not adapter.node:
        there = _file_version(adapter)
        if version != there:
            raise UsageError(f"{adapter.name} {version}: it wraps no distribution; its version is {there}; leave ==... out")
    elif version and not adapter.node:
        try:
            Version(version)
        except InvalidVersion:
            raise UsageError(f"{adapter.name}=={version[:40]}: that is no version; write {adapter.name}==1.2.3") from None
    return Wanted(adapter, settings, version, environment_for(adapter, version))


def _adapter(name: str, text: str | None, others: Iterable[str]) -> tuple[Adapter, str | None]:
    """The adapter that a name means, with what of the text behind it are settings."""
    if name.endswith(".py"):
        return read_adapter(Path(name).stem, _file(name)), text
    if name in plugins.names("extractors"):
        return read_adapter(name, plugins.path("extractors", name)), text
    registered, _ = packages.entries()
    if name in registered:
        try:
            return _packaged(name, registered[name].source()), text
        except UsageError as problem:
            raise UsageError(f"extractor {name} of {registered[name].origin} cannot be used: {problem}") from None
    function, _, rest = (text or "").partition(":")
    unknown = plugins.unknown("extractor", name, sorted([*plugins.names("extractors"), *registered, *others]))
    if not packages.FUNCTION.fullmatch(function) or not packages.MODULE.fullmatch(name):
        raise UsageError(unknown)
    source = packages.named(name, function)
    if source is None:
        nowhere = f"no module {name} in the working folder or where Python looks for modules"
        raise UsageError(nowhere if "." in name else f"{unknown}; and {nowhere}")
    return _packaged(name if function == "extractor" else f"{name}.{function}", source), rest


def _packaged(name: str, source: packages.Source) -> Adapter:
    adapter = read_adapter(name, source.path, source.function)
    licence, homepage = adapter.licence or source.licence, adapter.homepage or source.homepage
    return replace(adapter, source=source, licence=licence, homepage=homepage)


def environment_for(adapter: Adapter, version: str | None = None) -> Environment | None:
    """Return the environment that an extractor needs for itself; None when the main one meets its requirements."""
    here = running()
    lines = _requirements(adapter, None if adapter.node else version)
    fits = adapter.python is None or SpecifierSet(adapter.python).contains(here.version)
    if fits and all(_met(line, here) for line in lines):
        return None
    # By default the Python of all others: its standard library has a share in what comes out.
    return Environment(lines, adapter.python or f"=={here.version.rpartition('.')[0]}.*", adapter.build)


def _requirements(adapter: Adapter, version: str | None) -> tuple[str, ...]:
    """What REQUIRES says, and the distributions that it does not name; the first distribution in a version, if given."""
    named = _named(adapter.requires)
    bare = (name for name in (*adapter.distributions, *adapter.tools) if canonicalize_name(name) not in named)
    asked = [Requirement(line) for line in (*adapter.requires, *bare)]
    if version and adapter.distributions:
        for one in asked:
            if canonicalize_name(one.name) == canonicalize_name(adapter.distributions[0]):
                one.specifier = SpecifierSet(f"=={version}")
    return tuple(map(str, asked))


def _met(line: str, here: Interpreter) -> bool:
    requirement = Requirement(line)
    if requirement.marker and not requirement.marker.evaluate():
        return True
    installed = here.installed(requirement.name)
    try:
        return installed is not None and requirement.specifier.contains(installed, prereleases=True)
    except InvalidVersion:  # installed long ago; only who asks for no particular version is content with it
        return not requirement.specifier


def resolve(spec: str | Wanted, interpreter: Interpreter | None = None) -> Extractor:
    """Return the extractor that a spec means.

    Args:
        spec: as text or parsed.
        interpreter: where to run it; None for the main environment or its own one, which must have been built.

    Raises:
        UsageError: like `parse`; or its environment is not built, or the interpreter given lacks it, in this version or at all.
    """
    wanted = parse(spec) if isinstance(spec, str) else spec
    adapter = wanted.adapter
    here = running()
    if interpreter is None and wanted.environment:
        interpreter = wanted.environment.interpreter()
        if interpreter is None:
            raise UsageError(
                f"{wanted} is not installed here ({wanted.environment}); `bench env build` makes an environment for it"
            )
    place = interpreter or here
    versions = _versions(adapter, place)
    whole = {**adapter.defaults, **wanted.settings}
    identity = {
        "name": adapter.name,
        "settings": {name: value for name, value in whole.items() if name not in adapter.aside},
        "versions": dict(sorted(versions.items())),
        "source": f"{_source(adapter)} {nodejs.source()}" if adapter.node else _source(adapter),
        "shared": shared_source(),
    }
    if place.version != here.version:  # its standard library decodes, sorts and matches too
        identity["python"] = place.version
    if adapter.secret and not _VARIABLE.fullmatch(str(whole[adapter.secret])):
        raise UsageError(f"setting {adapter.secret!r} of {adapter.name} is the name of an environment variable, not a key")
    address = address_of(str(whole[adapter.network])) if adapter.network else None
    if address is not None:
        identity["host"] = str(address)
    return Extractor(
        adapter,
        {name: value for name, value in wanted.settings.items() if name not in adapter.aside},
        _version(wanted, versions, place),
        identity,
        place.executable,
        fixed={name: value for name, value in wanted.settings.items() if name in adapter.aside},
        address=address,
        secret=str(whole[adapter.secret]) if adapter.secret else None,
    )


def _versions(adapter: Adapter, place: Interpreter) -> dict[str, str]:
    """Exact versions of all that decides what comes out: an extractor's distributions and packages, and all they need."""
    # What decodes a page is part of every result; it runs in the harness, wherever the extractor does.
    versions = running().closure(["webencodings"]) | place.closure(
        [*adapter.distributions, *_named(adapter.requires), *adapter.optional]
    )
    if origin := adapter.origin:
        # Wherever it runs, it is the one that is installed here.
        versions = place.closure([str(origin.distribution)]) | versions
        versions[canonicalize_name(str(origin.distribution))] = str(origin.version)
    if adapter.node:
        if problem := nodejs.lacks():
            raise UsageError(f"{adapter.name} runs in Node and cannot here; {problem}")
        versions |= nodejs.versions(adapter.node)
    return versions


def _version(wanted: Wanted, versions: Mapping[str, str], place: Interpreter) -> str:
    """What a row calls an extractor's version: that of its first package or distribution, or of its file."""
    adapter = wanted.adapter
    version = "" if adapter.control else _file_version(adapter)
    if adapter.node:
        version = versions[adapter.node[0]]
        if wanted.version and wanted.version != version:
            raise UsageError(f"{adapter.name} {wanted.version} is not there, {version} is; leave ==... out")
    elif adapter.distributions:
        where, first = short(Path(place.executable)), canonicalize_name(adapter.distributions[0])
        if first not in versions:
            raise UsageError(f"{where} holds no {adapter.distributions[0]}, which {adapter.name} needs; install it there")
        version = versions[first]
        if wanted.version and Version(wanted.version) != Version(version):
            raise UsageError(f"{where} holds {adapter.distributions[0]} {version}, not {wanted.version}")
    return str(adapter.origin.version) if adapter.origin else version


def _named(requirements: Iterable[str]) -> list[str]:
    return [canonicalize_name(Requirement(line).name) for line in requirements]


def _source(adapter: Adapter) -> str:
    if adapter.source:
        return f"{adapter.source.digest} {adapter.source.module}:{adapter.source.function}"
    return hashlib.sha256(adapter.path.read_bytes()).hexdigest()


def _file_version(adapter: Adapter) -> str:
    return f"file {_source(adapter)[:8]}"


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
    kinds = {**adapter.required, **{name: type(default) for name, default in adapter.defaults.items()}}
    for part in (text or "").split(","):
        if not part.strip():
            continue
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if name not in kinds:
            raise UsageError(plugins.unknown(f"setting of {adapter.name}", name, sorted(kinds)))
        if name in given:
            raise UsageError(f"setting {name!r} of {adapter.name} is given twice")
        given.add(name)
        parsed = _parse(value, kinds[name]) if equals else None
        if parsed is None:
            kind = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}[kinds[name]]
            example = format_settings({name: adapter.defaults.get(name, "...")})
            raise UsageError(f"setting {name!r} of {adapter.name} is {kind} ({example})")
        if name in adapter.required or parsed != adapter.defaults[name]:
            settings[name] = parsed
    if not settings.keys() >= adapter.required.keys():
        raise UsageError(f"{adapter.name} needs {_asked_for(adapter)}")
    return settings


def _asked_for(adapter: Adapter) -> str:
    """How an extractor is named whose settings have no defaults."""
    return f"-x {adapter.name}:{format_settings(dict.fromkeys(adapter.required, '...'))}"


def _parse(value: str, kind: type[Setting]) -> Setting | None:
    if kind is bool:
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(value.lower())
    try:
        parsed = kind(value)
    except ValueError:
        return None
    return None if isinstance(parsed, float) and not math.isfinite(parsed) else parsed


def runs_here(adapter: Adapter) -> bool:
    """Return whether the main environment has all that an extractor needs, or Node for one that runs there."""
    return environment_for(adapter) is None and lacks(adapter) is None


def lacks(adapter: Adapter) -> str | None:
    """Return the one line that says what makes an extractor run that cannot now; None when nothing is lacking."""
    if adapter.required:
        return f"it runs as {_asked_for(adapter)}"
    if adapter.node:
        return nodejs.lacks()
    own = environment_for(adapter)
    return None if own is None or own.interpreter() else f"`bench env build {adapter.name}` makes an environment for it"


@cache
def shared_source() -> str:
    """Return the digest of our own modules that every output passes through."""
    here = Path(__file__).parent
    return hashlib.sha256(b"\0".join((here / name).read_bytes() for name in _SHARED)).hexdigest()
