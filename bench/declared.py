"""Extractors that are commands, declared in a TOML file; each runs like any other, through `bench.program`.

    [extractors.mytool]
    command = ["mytool", "--plain"]     # a list, never a line for a shell
    input = "stdin"                     # stdin, file ("{path}" among the arguments) or protocol
    output = "text"                     # text, html or markdown
    version = ["mytool", "--version"]   # what prints it, or the version itself
    network = false                     # true leaves the network open, and every table says so
    licence = "Apache-2.0"
    homepage = "https://..."
    about = "One line for `bench list`."

Only `command` must be there. Its first word is looked up on the PATH, or from the file's folder when it holds a slash; other
words that begin with `./` or `../` are files from there too. Of all these files the digest belongs to the identity of what
comes out, as do the declaration and what `version` prints.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bench import packages, plugins, program
from bench.errors import UsageError
from bench.interpreters import running
from bench.plugins import SPEC
from bench.spec import Adapter, Extractor, Wanted, parse, shared_source

FILE = "extractors.toml"
"""Looked for in the working folder, and beside the corpus for what `-x` names: pages and gold are data, and must not say by
themselves what is run."""
_VERSION = re.compile(r"\bv?(\d+(?:\.\d+)+[\w.+-]*)")
"""A version in a line of words."""
_VERSION_SECONDS = 20.0


class Declarations:
    """The extractors of a file, by name.

    Args:
        file: where they stand; None is `extractors.toml` in the working folder, if it is there.

    Raises:
        UsageError: the file cannot be read, or holds what it may not; names file and key.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file or Path(FILE)
        self._tables: Mapping[str, Mapping[str, Any]] = {}
        if file is not None or self._file.is_file():
            self._tables = self._read()
        self._found: dict[str, Extractor] = {}

    @property
    def names(self) -> list[str]:
        """All names, in the order of the file."""
        return list(self._tables)

    def ask(self, spec: str, corpus: Path | None = None) -> Extractor | Wanted:
        """Return what a spec asks for: a declared extractor, ready to run; of any other what `bench.spec.parse` makes of it.

        Args:
            spec: of `-x`.
            corpus: the folder beside whose pages a file may stand that declares what is known nowhere else.

        Raises:
            UsageError: like `bench.spec.parse`; or a file of the command is not there, or its version cannot be told.
        """
        match = SPEC.fullmatch(spec.strip())
        name = match["name"] if match else ""
        if match is None or name not in self._tables:
            try:
                return parse(spec, self._tables)
            except UsageError:
                if match is None or corpus is None or not (corpus / FILE).is_file():
                    raise
                offered = Declarations(corpus / FILE)
                if name not in offered.names:
                    raise
                return offered.ask(spec)
        if match["settings"]:
            raise UsageError(f"{name} has no settings; what it takes stands in its command, in {self._file}")
        if name not in self._found:
            self._found[name] = self._extractor(name)
        found = self._found[name]
        if match["version"] and match["version"] != found.version:
            raise UsageError(f"{name} {match['version']} is not there, {found.version} is; leave ==... out")
        return found

    def adapter(self, name: str) -> Adapter:
        """Return what the file says of an extractor; nothing is looked up or run."""
        table = self._tables[name]
        return Adapter(
            name=name,
            path=Path(program.__file__),
            summary=table.get("about") or " ".join(table["command"]),
            licence=table.get("licence"),
            homepage=table.get("homepage"),
            output=table.get("output", "text"),
        )

    def _read(self) -> Mapping[str, Mapping[str, Any]]:
        try:
            content = tomllib.loads(self._file.read_text(encoding="utf-8"))
        except OSError as problem:
            raise UsageError(f"{self._file}: {problem.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as problem:
            raise UsageError(f"{self._file}: cannot be read as TOML ({problem})") from None
        for key in content:
            if key != "extractors":
                raise UsageError(f"{self._file}: {plugins.unknown('key', key, ['extractors'])}")
        tables = content.get("extractors")
        if not isinstance(tables, dict) or not tables:
            raise UsageError(f"{self._file}: declares no extractor; write [extractors.NAME] and command = [...]")
        for name, table in tables.items():
            self._check(name, table)
        return tables

    def _check(self, name: str, table: Any) -> None:
        where = f"{self._file}: extractors.{name}"
        if not packages.NAME.fullmatch(name):
            raise UsageError(f"{where}: a name is of a-z, 0-9 and hyphens, 80 at most, and begins with none of these")
        if name in plugins.names("extractors"):
            raise UsageError(f"{where}: that is a built-in extractor's name; choose another")
        if name in (registered := packages.entries()[0]):
            raise UsageError(f"{where}: that is the name of an extractor of {registered[name].origin}; choose another")
        if not isinstance(table, dict):
            raise UsageError(f"{where}: must be a table; write [extractors.{name}]")
        for key, value in table.items():
            if key not in _KEYS:
                raise UsageError(f"{where}: {plugins.unknown('key', key, sorted(_KEYS))}")
            fits, wanted = _KEYS[key]
            if not fits(value):
                raise UsageError(f"{where}.{key}: must be {wanted}")
        if "command" not in table:
            raise UsageError(f'{where}: has no command; write command = ["program", "argument"]')
        if (table.get("input") == "file") is not any(program.PATH in word for word in table["command"]):
            raise UsageError(f'{where}: input = "file" and "{program.PATH}" in the command belong together')

    def _extractor(self, name: str) -> Extractor:
        table = self._tables[name]
        command, files = self._found_files(f"{name}.command", table["command"])
        told = self._version(name, table)
        output = table.get("output", "text")
        settings = {"input": table.get("input", "stdin"), "output": output, "network": table.get("network", False)}
        line = told.strip().split("\n")[0][:80]
        match = _VERSION.search(line)
        first = next(iter(files.values()))
        identity = {
            "name": name,
            "settings": {"command": table["command"], **settings},
            # What turns HTML into text belongs to it, as for every extractor.
            "versions": running().closure(("html-text", "webencodings") if output == "html" else ("webencodings",)),
            "source": [hashlib.sha256(Path(program.__file__).read_bytes()).hexdigest(), files, told],
            "shared": shared_source(),
        }
        return Extractor(
            self.adapter(name),
            {},
            (match[1] if match else line) or f"file {first[:8]}",
            identity,
            fixed={"command": tuple(command), "input": settings["input"], "output": output},
            network=settings["network"],
        )

    def _found_files(self, key: str, words: list[str]) -> tuple[list[str], dict[str, str]]:
        """The command with its files as absolute paths, and their digests by the word that names them."""
        found, digests = [], {}
        for number, word in enumerate(words):
            path: str | Path | None = word
            if word.startswith(("./", "../")) or (number == 0 and "/" in word):
                # Not resolved: a link may mean something by its name, as that of a virtual environment's Python does.
                path = (self._file.parent / word).absolute()
            elif number == 0:
                path = shutil.which(word)
                if path is None:
                    raise UsageError(f"{self._file}: extractors.{key}: no program {word!r} on the PATH; install it")
            if path != word or number == 0:
                try:
                    with Path(str(path)).open("rb") as file:
                        digests[word] = hashlib.file_digest(file, "sha256").hexdigest()
                except (OSError, ValueError) as problem:
                    why = getattr(problem, "strerror", None) or problem
                    raise UsageError(f"{self._file}: extractors.{key}: {path}: {why}") from None
                if number == 0 and shutil.which(str(path)) is None:
                    raise UsageError(f"{self._file}: extractors.{key}: {path}: may not be executed; chmod +x would allow it")
            found.append(str(path))
        return found, digests

    def _version(self, name: str, table: Mapping[str, Any]) -> str:
        """What the version command prints, or the version as declared; empty when there is neither."""
        declared: str | list[str] = table.get("version", "")
        if isinstance(declared, str):
            return declared
        key = f"{name}.version"
        command, _ = self._found_files(key, declared)
        where = f"{self._file}: extractors.{key}: {' '.join(declared)!r}"
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_VERSION_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise UsageError(f"{where} said nothing within {_VERSION_SECONDS:g} s") from None
        except OSError as problem:
            raise UsageError(f"{where} cannot be started: {problem.strerror}") from None
        if done.returncode:
            raise UsageError(f"{where} ended with {_ended(done.returncode)}")
        told = (done.stdout.strip() or done.stderr.strip()).decode("utf-8", "replace")
        if not told:
            raise UsageError(f"{where} printed nothing")
        return told[:2000]


def _ended(code: int) -> str:
    return f"exit code {code}" if code > 0 else f"signal {-code}"


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _words(value: object) -> bool:
    words = value if isinstance(value, list) else []
    return bool(words) and all(isinstance(word, str) and "\0" not in word for word in words) and bool(words[0])


_LIST = 'a list of texts, ["program", "argument"]; a pipeline is ["sh", "-c", "..."]'
_KEYS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "command": (_words, _LIST),
    "input": (program.INPUTS.__contains__, "stdin, file or protocol"),
    "output": (program.OUTPUTS.__contains__, "text, html or markdown"),
    "version": (lambda value: _text(value) or _words(value), "a text, or a command that prints it, as a list of texts"),
    "network": (lambda value: isinstance(value, bool), "true or false"),
    "licence": (_text, "a text"),
    "homepage": (lambda value: _text(value) and value.startswith(("http://", "https://")), "an address, https://..."),
    "about": (_text, "a text"),
}
"""Every key of a declaration: whether a value fits, and what would."""
