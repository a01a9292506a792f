"""The store: everything ever extracted and counted, in one SQLite file.

Cells are content-addressed (page key, extractor key), texts by their sha256, counts by (subject, text, metric signature),
so equal work is never done twice and a changed input can never meet a stale result. One process writes at a time (an
advisory lock that the system drops with the process); readers need no lock (WAL). A transaction that was not committed
when the process died, or when the disk was full, is as if it had never begun.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from bench.errors import StoreError
from bench.metric import Floats
from bench.model import Extraction, Limits, Outcome

APPLICATION_ID = 0x626E6368
"""'bnch' in SQLite's header: tells our store from any other database."""

# A store of schema version n was made by the first n steps; opening it runs the rest. New stores run them all, so the way
# an old store is brought up to date is the way every store is made. Steps are only ever added.
SCHEMA = (
    f"""
    PRAGMA application_id = {APPLICATION_ID};
    CREATE TABLE texts (sha BLOB PRIMARY KEY, deflated BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE extractors (key BLOB PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, settings TEXT NOT NULL,
        identity TEXT NOT NULL, added TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE cells (extractor BLOB NOT NULL, page BLOB NOT NULL, outcome TEXT NOT NULL, text BLOB NOT NULL,
        seconds REAL, cpu_seconds REAL, peak_bytes INTEGER, error_type TEXT, error_message TEXT, stdout TEXT, stderr TEXT,
        attempts INTEGER NOT NULL, timeout REAL, memory INTEGER, PRIMARY KEY (extractor, page)) WITHOUT ROWID;
    CREATE TABLE page_digests (stamp TEXT PRIMARY KEY, sha BLOB NOT NULL) WITHOUT ROWID;
    """,
    """
    CREATE TABLE metrics (id INTEGER PRIMARY KEY, signature TEXT NOT NULL UNIQUE);
    CREATE TABLE counts (subject BLOB NOT NULL, text BLOB NOT NULL, metric INTEGER NOT NULL, counts BLOB NOT NULL,
        PRIMARY KEY (subject, text, metric)) WITHOUT ROWID;
    """,
    """
    CREATE TABLE runs (id INTEGER PRIMARY KEY, started TEXT NOT NULL, finished TEXT, root TEXT NOT NULL, split TEXT,
        manifest TEXT NOT NULL);
    """,
    """
    ALTER TABLE runs ADD COLUMN name TEXT;
    ALTER TABLE runs ADD COLUMN note TEXT;
    CREATE UNIQUE INDEX runs_by_name ON runs (name) WHERE name IS NOT NULL;
    """,
    """
    ALTER TABLE cells ADD COLUMN notes TEXT;
    """,
)

_INDEX = """
    CREATE TEMP TABLE IF NOT EXISTS wanted (number INTEGER PRIMARY KEY, page BLOB NOT NULL, subject BLOB NOT NULL);
    DELETE FROM temp.wanted;
"""

_SLICE = 500

NOTHING = hashlib.sha256(b"").digest()
"""The sha256 of the empty text, which every failed cell scores as."""


@dataclass(frozen=True, slots=True)
class StoredExtractor:
    """An extractor identity that has cells in the store."""

    key: bytes
    name: str
    version: str
    settings: str
    identity: Mapping[str, Any]
    added: str


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run or import: when, over which folder, and its manifest. Not finished means cut off."""

    number: int
    started: str
    finished: str | None
    root: Path
    split: str | None
    manifest: Mapping[str, Any]
    name: str | None = None
    """One run at most has a name."""
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """Counts that are wanted but not stored: one output on one page, and the metrics it lacks."""

    number: int
    subject: bytes
    text: bytes
    signature: str


class Store:
    """An open store. Use as a context manager; on leaving, what was put is committed.

    Args:
        folder: the results folder; the store is `store.sqlite` in it.
        write: take the writer's lock; a reader opens what is there, beside a writer.

    Raises:
        StoreError: the store is locked by another writer, newer than this bench, not a store, or there is none to read.
    """

    def __init__(self, folder: Path, *, write: bool) -> None:
        self.path = folder / "store.sqlite"
        self._writes = write
        self._lock: int | None = None
        self._uncommitted_since: float | None = None
        if write:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as problem:
                raise StoreError(f"{folder}: cannot be made ({problem.strerror}); choose another with --results") from None
            self._take_lock()
        elif not self.path.exists():
            raise StoreError(
                f"{self.path}: there are no results here yet; `bench run` makes them, --results names another folder"
            )
        try:
            self._db = sqlite3.connect(self.path, isolation_level=None, timeout=10)
            self._prepare(write)
            if not write:
                self._db.execute("PRAGMA query_only = ON")
        except sqlite3.DatabaseError as problem:
            self.close()
            raise StoreError(f"{self.path}: {_plain(problem)}") from None
        except StoreError:
            self.close()
            raise

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Commit and close; the lock goes with it."""
        db = getattr(self, "_db", None)
        try:
            if db is not None:
                try:
                    with contextlib.suppress(sqlite3.ProgrammingError):
                        self.commit()
                finally:
                    db.close()
        finally:
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    # Opening

    def _take_lock(self) -> None:
        path = self.path.with_suffix(".lock")
        try:
            lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as problem:
            raise StoreError(f"{path}: cannot be written ({problem.strerror}); choose another folder with --results") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(lock, 20).decode("ascii", "replace").strip() or "another process"
            os.close(lock)
            raise StoreError(
                f"{self.path}: process {holder} is writing to it; wait for it, or use another folder with --results"
            ) from None
        os.ftruncate(lock, 0)
        os.write(lock, str(os.getpid()).encode())
        self._lock = lock

    def _prepare(self, write: bool) -> None:
        db = self._db
        application = db.execute("PRAGMA application_id").fetchone()[0]
        version = db.execute("PRAGMA user_version").fetchone()[0]
        tables = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if (tables or application or version) and application != APPLICATION_ID:
            raise StoreError(f"{self.path}: is a database, but not one of bench's; choose another folder with --results")
        if version > len(SCHEMA):
            raise StoreError(
                f"{self.path}: has schema {version}, this bench knows {len(SCHEMA)}; upgrade bench or use another --results"
            )
        if version < len(SCHEMA) and not write:
            raise StoreError(f"{self.path}: has the older schema {version}; `bench run` brings it up to date")
        if write:
            db.execute("PRAGMA journal_mode = WAL")
            # A killed process loses nothing that was committed; only a power cut may lose the last commits, never the file.
            db.execute("PRAGMA synchronous = NORMAL")
            for step, script in enumerate(SCHEMA[version:], start=version + 1):
                db.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {step}; COMMIT;")
        db.executescript(_INDEX)

    # Writing

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One change, inside the transaction that `commit` ends; a full disk becomes a StoreError."""
        try:
            if not self._db.in_transaction:
                self._db.execute("BEGIN IMMEDIATE")
                self._uncommitted_since = time.monotonic()
            yield self._db
        except sqlite3.Error as problem:
            with contextlib.suppress(sqlite3.Error):
                self._db.rollback()
            raise StoreError(f"{self.path}: {_plain(problem)}; what was committed before is kept") from None

    def commit(self, *, every: float = 0.0) -> None:
        """Make everything put so far safe; with `every`, only when the oldest of it is that many seconds old.

        Raises:
            StoreError: the disk is full; what was committed before is kept.
        """
        if not self._db.in_transaction:
            return
        if every and self._uncommitted_since and time.monotonic() - self._uncommitted_since < every:
            return
        with self._writing() as db:
            db.execute("COMMIT")

    def put_cell(self, extractor: bytes, page: bytes, cell: Extraction, limits: Limits | None) -> None:
        """Store what an extractor gave for a page, in place of anything stored for the same two keys."""
        encoded = cell.text.encode() if not cell.outcome.failed else b""
        sha = hashlib.sha256(encoded).digest()
        with self._writing() as db:
            db.execute("INSERT OR IGNORE INTO texts VALUES (?, ?)", (sha, zlib.compress(encoded)))
            db.execute(
                "INSERT OR REPLACE INTO cells VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (extractor, page, cell.outcome.value, sha, cell.seconds, cell.cpu_seconds, cell.peak_bytes, cell.error_type,
                 cell.error_message, cell.stdout, cell.stderr, cell.attempts, limits.timeout if limits else None,
                 limits.memory if limits else None, json.dumps(cell.notes) if cell.notes else None),
            )  # fmt: skip

    def put_extractor(self, key: bytes, name: str, version: str, settings: str, identity: Mapping[str, Any]) -> None:
        """Make an extractor identity known; a known one moves to the newest."""
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO extractors VALUES (?, ?, ?, ?, ?, ?)",
                (key, name, version, settings, json.dumps(identity, sort_keys=True), datetime.now(UTC).isoformat()),
            )

    def put_counts(self, subject: bytes, text: bytes, signature: str, counts: Sequence[float]) -> None:
        """Store a metric's counts of one output on one page."""
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO counts VALUES (?, ?, ?, ?)",
                (subject, text, self._metric(signature), np.asarray(counts, dtype="<f8").tobytes()),
            )

    def _metric(self, signature: str) -> int:
        self._db.execute("INSERT OR IGNORE INTO metrics (signature) VALUES (?)", (signature,))
        return int(self._db.execute("SELECT id FROM metrics WHERE signature = ?", (signature,)).fetchone()[0])

    def page_digest(self, stamp: str) -> bytes | None:
        """Return the sha256 of the file with this stamp (see `Captured.stamp`), if it was ever read."""
        row = self._row("SELECT sha FROM page_digests WHERE stamp = ?", (stamp,))
        return row[0] if row else None

    def put_page_digest(self, stamp: str, sha: bytes) -> None:
        """Remember the sha256 of a file, so that an unchanged corpus is not read again; a store open for reading does not."""
        if not self._writes:
            return
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO page_digests VALUES (?, ?)", (stamp, sha))

    def _rows(self, query: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query; a damaged file becomes a StoreError."""
        try:
            yield from self._db.execute(query, values)
        except sqlite3.DatabaseError as problem:
            raise StoreError(f"{self.path}: {_plain(problem)}") from None

    def _row(self, query: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """Return the first row of a query, None when there is none. Raises like `_rows`."""
        return next(self._rows(query, values), None)

    # The corpus at hand: cells are asked for by page number

    def want(self, pages: Iterable[tuple[int, bytes, bytes]]) -> None:
        """Name the pages that all questions below are about: (number, page key, subject)."""
        self._db.execute("PRAGMA query_only = OFF")  # the list is in memory, so a store open for reading has one too
        self._db.execute("DELETE FROM temp.wanted")
        self._db.executemany("INSERT INTO temp.wanted VALUES (?, ?, ?)", pages)
        if not self._writes:
            self._db.execute("PRAGMA query_only = ON")

    def missing(self, extractor: bytes, limits: Limits, *, retry: Sequence[Outcome] = ()) -> list[int]:
        """Return the numbers of wanted pages that this extractor must still be run on, ascending.

        A stored cell is missing all the same when it says unavailable, when its outcome is one to `retry`, or when a
        timeout or memory failure came under a tighter limit than today's.
        """
        again = [Outcome.UNAVAILABLE.value, *(outcome.value for outcome in retry)]
        rows = self._rows(
            f"""SELECT number FROM temp.wanted w LEFT JOIN cells c ON c.extractor = ? AND c.page = w.page
                WHERE c.page IS NULL OR c.outcome IN ({",".join("?" * len(again))})
                   OR (c.outcome = 'timeout' AND c.timeout < ?) OR (c.outcome = 'memory' AND c.memory < ?)
                ORDER BY number""",  # noqa: S608 - only question marks are filled in
            (extractor, *again, limits.timeout, limits.memory),
        )
        return [row[0] for row in rows]

    def extractors(self) -> list[StoredExtractor]:
        """Return the extractor identities with at least one cell on a wanted page, oldest first."""
        rows = self._rows(
            """SELECT key, name, version, settings, identity, added FROM extractors e WHERE EXISTS
               (SELECT 1 FROM temp.wanted w JOIN cells c ON c.page = w.page WHERE c.extractor = e.key) ORDER BY added, key"""
        )
        return [StoredExtractor(row[0], row[1], row[2], row[3], json.loads(row[4]), row[5]) for row in rows]

    def known(self) -> list[StoredExtractor]:
        """Return every extractor identity, oldest first, wherever it has cells."""
        rows = self._rows("SELECT key, name, version, settings, identity, added FROM extractors ORDER BY added, key")
        return [StoredExtractor(row[0], row[1], row[2], row[3], json.loads(row[4]), row[5]) for row in rows]

    def cells(self, extractor: bytes) -> Iterator[tuple[int, Extraction]]:
        """Yield (number, extraction without text) for each wanted page that has a cell, in order of number."""
        rows = self._rows(
            """SELECT number, outcome, seconds, cpu_seconds, peak_bytes, error_type, error_message, stdout, stderr, attempts,
                      notes FROM temp.wanted w JOIN cells c ON c.extractor = ? AND c.page = w.page ORDER BY number""",
            (extractor,),
        )
        for number, outcome, *rest in rows:
            seconds, cpu, peak, kind, message, stdout, stderr, attempts, notes = rest
            noted = json.loads(notes) if notes else {}
            yield number, Extraction(Outcome(outcome), "", seconds, cpu, peak, kind, message, stdout, stderr, attempts, noted)

    def notes(self, extractor: bytes) -> Iterator[Mapping[str, float | str]]:
        """Yield what the extractor noted of each wanted page of which it noted anything, in order of number."""
        rows = self._rows(
            """SELECT notes FROM temp.wanted w JOIN cells c ON c.extractor = ? AND c.page = w.page
               WHERE notes IS NOT NULL ORDER BY number""",
            (extractor,),
        )
        return (json.loads(row[0]) for row in rows)

    def text(self, extractor: bytes, page: bytes) -> str | None:
        """Return the stored text of a cell ("" for a failed one), or None when there is no such cell."""
        row = self._row("SELECT text FROM cells WHERE extractor = ? AND page = ?", (extractor, page))
        return self.text_of(row[0]) if row else None

    def text_of(self, sha: bytes) -> str:
        """Return a stored text by its sha256.

        Raises:
            StoreError: the store does not hold it, or holds other bytes under that name (a damaged file).
        """
        if sha == NOTHING:  # known without being stored: pages without a cell have it
            return ""
        row = self._row("SELECT deflated FROM texts WHERE sha = ?", (sha,))
        try:
            data = zlib.decompress(row[0]) if row else None
        except zlib.error:
            data = None
        if data is None or hashlib.sha256(data).digest() != sha:
            raise StoreError(f"{self.path}: text {sha.hex()[:12]} is damaged; delete the file, `bench run` makes it anew")
        return data.decode()

    def pending(self, extractors: Sequence[bytes], signatures: Sequence[str]) -> Iterator[Pending]:
        """Yield the counts that are wanted of these extractors and metrics but not stored, page by page.

        The empty text is always among them, since pages without a cell score as empty.
        """
        marks = ",".join("?" * len(extractors))
        with self._writing():
            metrics = {self._metric(signature): signature for signature in signatures}
        self.commit()
        numbers = ",".join(str(number) for number in metrics)
        last = (self._row("SELECT max(number) FROM temp.wanted") or (None,))[0]
        # A slice of pages at a time: counts are stored while we yield, and memory stays flat on any corpus.
        for low in range(0, (last or 0) + 1, _SLICE):
            missing = self._rows(
                f"""SELECT DISTINCT t.number, t.subject, t.text, m.id FROM (
                        SELECT w.number, w.subject, c.text FROM temp.wanted w JOIN cells c ON c.page = w.page
                        WHERE c.extractor IN ({marks}) AND w.number BETWEEN ? AND ?
                        UNION SELECT number, subject, ? FROM temp.wanted WHERE number BETWEEN ? AND ?) t
                    JOIN metrics m ON m.id IN ({numbers})
                    LEFT JOIN counts s ON s.subject = t.subject AND s.text = t.text AND s.metric = m.id
                    WHERE s.subject IS NULL ORDER BY t.number""",  # noqa: S608 - question marks and our own integers
                (*extractors, low, low + _SLICE - 1, NOTHING, low, low + _SLICE - 1),
            )
            for number, subject, text, metric in list(missing):
                yield Pending(number, subject, text, metrics[metric])

    def counts(self, extractor: bytes, signature: str, fields: int) -> Floats:
        """Return a metric's counts for every wanted page, in order of number, as an array of pages x fields.

        A page without a cell has the counts of an empty output.

        Raises:
            StoreError: a page has no counts yet (`score` makes them).
        """
        rows = self._rows(
            """SELECT s.counts FROM temp.wanted w LEFT JOIN cells c ON c.extractor = ? AND c.page = w.page
               JOIN counts s ON s.subject = w.subject AND s.text = coalesce(c.text, ?)
                    AND s.metric = (SELECT id FROM metrics WHERE signature = ?)
               ORDER BY number""",
            (extractor, NOTHING, signature),
        )
        counts = np.frombuffer(b"".join(row[0] for row in rows), dtype="<f8").reshape(-1, fields).astype(np.float64)
        wanted = (self._row("SELECT count(*) FROM temp.wanted") or (0,))[0]
        if len(counts) != wanted:
            raise StoreError(f"{self.path}: {wanted - len(counts)} pages are not counted by {signature}; run the command again")
        return counts

    # Runs

    def start_run(self, root: Path, split: str | None, manifest: Mapping[str, Any]) -> int:
        """Record that a run or import began on the corpus in a folder; returns its number."""
        with self._writing() as db:
            cursor = db.execute(
                "INSERT INTO runs (started, root, split, manifest) VALUES (?, ?, ?, ?)",
                (_now(), str(root.resolve()), split, json.dumps(manifest, sort_keys=True)),
            )
        self.commit()
        return int(cursor.lastrowid or 0)

    def finish_run(self, run: int, manifest: Mapping[str, Any]) -> None:
        """Record that it ended, with what is known of it then."""
        with self._writing() as db:
            db.execute(
                "UPDATE runs SET finished = ?, manifest = ? WHERE id = ?",
                (_now(), json.dumps(manifest, sort_keys=True), run),
            )
        self.commit()

    def label_run(self, run: int, *, name: str | None = None, note: str | None = None) -> None:
        """Give a run a name, which the run that had it loses, or a note, or both; None leaves what there is."""
        with self._writing() as db:
            if name is not None:
                db.execute("UPDATE runs SET name = NULL WHERE name = ?", (name,))
            db.execute("UPDATE runs SET name = coalesce(?, name), note = coalesce(?, note) WHERE id = ?", (name, note, run))
        self.commit()

    def runs(self) -> list[StoredRun]:
        """Return the runs and imports, oldest first."""
        rows = self._rows("SELECT id, started, finished, root, split, manifest, name, note FROM runs ORDER BY id")
        return [StoredRun(row[0], row[1], row[2], Path(row[3]), row[4], json.loads(row[5]), *row[6:]) for row in rows]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _plain(problem: sqlite3.Error) -> str:
    """SQLite's words, with what to do where that is known."""
    text = str(problem)
    if "full" in text:
        return f"{text}; free some space and run the same command again"
    if "not a database" in text or "malformed" in text:
        return f"{text}; move it away, `bench run` makes a new one"
    return text
