"""A page's files in our own format: written together or not at all, and taken out with a tombstone."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.errors import CorpusError, UsageError
from bench.files import replace
from bench.plugins import unknown
from bench.readers.native import ID, REMOVED, Files, Native, open_corpus


def native(root: Path) -> Native:
    """Return the reader of a corpus in our own format.

    Raises:
        UsageError: the folder is none, which only these commands would change.
    """
    reader = open_corpus(root, None) if root.is_dir() else None
    if reader is None:
        raise UsageError(f"{root}: no corpus in bench's own format (corpus/ and gold/); name one with --corpus")
    return reader


def known(root: Path, page_id: str) -> Files:
    """Return the files of a page that is there.

    Raises:
        UsageError: it is not; says which are near, or why it was taken out.
    """
    reader = native(root)
    ids = list(reader.ids())
    if page_id not in ids:
        gone = tombstones(root).get(page_id)
        if gone:
            raise UsageError(f"{page_id} was removed on {gone['removed_at']:%Y-%m-%d}: {gone['reason']}")
        raise UsageError(unknown("page", page_id, ids) if ids else f"{root}: no pages yet; bench add makes the first")
    return Files.of(root, page_id)


def put(contents: Mapping[Path, bytes], *, new: bool) -> None:
    """Write files, all of them or none.

    Args:
        contents: the bytes of each.
        new: whether none of them may be there; else those that are there are replaced.

    Raises:
        UsageError: one is there, or cannot be written; what stood there is as it was.
    """
    written: dict[Path, Path] = {}
    placed: list[Path] = []
    try:
        for path, data in contents.items():
            if new and path.exists():
                raise UsageError(f"{path} is there already; choose another id with --id")
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
            written[path] = beside
            with beside.open("wb") as out:
                out.write(data)
                out.flush()
                os.fsync(out.fileno())
        for path, beside in written.items():
            beside.replace(path)
            placed.append(path)
    except BaseException as problem:
        for path in placed if new else ():
            path.unlink(missing_ok=True)
        if isinstance(problem, OSError):
            raise UsageError(f"{problem.filename}: cannot be written: {problem.strerror}; nothing was changed") from None
        raise
    finally:
        for beside in written.values():
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)


def free_id(root: Path, wish: str) -> str:
    """Return an id that no page has or had: the one wished for, or that with a number behind it."""
    taken = {*(native(root).ids() if (root / "corpus").is_dir() else ()), *tombstones(root)}
    number = 1
    page_id = wish
    while page_id in taken:
        number += 1
        page_id = f"{wish}-{number}"
    return page_id


def checked_id(root: Path, page_id: str) -> str:
    """Return an id that a person chose.

    Raises:
        UsageError: it is none, or a page has or had it.
    """
    if not ID.fullmatch(page_id):
        raise UsageError(f"--id {page_id!r}: an id is of a-z, 0-9 and hyphens, 80 at most, and begins with no hyphen")
    if free_id(root, page_id) != page_id:
        gone = tombstones(root).get(page_id)
        why = f"was removed ({gone['reason']})" if gone else "is there already"
        raise UsageError(f"--id {page_id} {why}; choose another, so that old results stay readable")
    return page_id


def tombstones(root: Path) -> dict[str, Mapping[str, Any]]:
    """Return what is left of pages that were removed, by id: `sha256`, `url`, `removed_at` and `reason`.

    Raises:
        CorpusError: the file is damaged.
    """
    path = root / "corpus" / REMOVED
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8")).get("removed", [])
        found = {one["id"]: one for one in told if isinstance(one["removed_at"], datetime) and isinstance(one["reason"], str)}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as problem:
        raise CorpusError(f"{path}: unreadable: {problem}; each [[removed]] has id, sha256, removed_at and reason") from None
    return found


def remove(root: Path, page_id: str, reason: str) -> None:
    """Take a page out and leave a tombstone, which is written first.

    Raises:
        UsageError: there is no such page, or its files cannot be removed.
    """
    import tomlkit

    paths = known(root, page_id)
    tombstones(root)  # a damaged file is not written over
    path = root / "corpus" / REMOVED
    document = tomlkit.parse(path.read_text(encoding="utf-8") if path.exists() else _PREFACE)
    entry = tomlkit.table()
    entry["id"] = page_id
    with contextlib.suppress(CorpusError):  # of a page whose metadata is broken there is no address
        if url := native(root).page(page_id).url:
            entry["url"] = url
    entry["sha256"] = hashlib.sha256(paths.page.read_bytes()).hexdigest()
    entry["removed_at"] = datetime.now(UTC).replace(microsecond=0)
    entry["reason"] = reason
    listed = document.setdefault("removed", tomlkit.aot())
    listed.append(entry)
    replace(path, tomlkit.dumps(document))
    try:
        for file in paths:
            file.unlink(missing_ok=True)
    except OSError as problem:
        raise UsageError(f"{problem.filename}: cannot be removed: {problem.strerror}; run the same command again") from None


_PREFACE = "# Pages that were taken out, so that results on them stay readable. Their ids are not used again.\n\n"
