"""Plug-ins are files: a name is a file in a plural folder, found without importing, loaded on demand."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import ModuleType

from bench.errors import UsageError

_HERE = Path(__file__).parent
_LISTED = 40
"""Names that a message lists at most."""
SPEC = re.compile(r"(?P<name>(?:[^:=]|:(?=[\\/]))+?)(?:==(?P<version>[^:,]+))?(?::(?P<settings>.*))?", re.DOTALL)
"""An extractor spec, as groups name, version and settings."""
OF_RUN = re.compile(r"(?P<spec>.*)@(?P<run>[A-Za-z0-9._-]+)", re.DOTALL)
"""A spec of a stored row with the run that it is taken from, as groups spec and run."""
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def names(folder: str) -> list[str]:
    """Return the names of all plug-ins in a folder of the package, sorted, none of them imported.

    A name is the file's with hyphens for underscores: `readability_lxml.py` is `readability-lxml`. A trailing
    underscore, which keeps a file off a Python keyword, is no part of the name: `import_.py` is `import`.
    """
    return sorted(
        found.stem.rstrip("_").replace("_", "-") for found in (_HERE / folder).glob("*.py") if _NAME.fullmatch(found.stem)
    )


def path(folder: str, name: str) -> Path:
    """Return the file of a plug-in.

    Raises:
        UsageError: there is none of that name; says which are near.
    """
    known = names(folder)
    if name not in known:
        raise UsageError(unknown(folder.rstrip("s"), name, known))
    stem = name.replace("-", "_")
    return next(file for file in (_HERE / folder / f"{stem}.py", _HERE / folder / f"{stem}_.py") if file.exists())


def load(folder: str, name: str) -> ModuleType:
    """Return the module of a plug-in, imported. Raises UsageError like `path`."""
    return importlib.import_module(f"bench.{folder}.{path(folder, name).stem}")


def unknown(what: str, name: str, known: list[str]) -> str:
    """Return the one line for a name that nothing bears, with the nearest names or else all of them."""
    import difflib  # wanted when something is wrong

    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    listed = known if len(known) <= _LISTED else [*known[:_LISTED], "..."]
    hint = f"did you mean {', '.join(near)}?" if near else f"there are: {', '.join(listed)}"
    return f"no {what} named {name!r}; {hint}"
