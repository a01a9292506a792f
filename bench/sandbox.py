"""The parent's side of a worker: start it with limits, ask it over private pipes, hold it to its deadline, kill it.

Everything that comes out of a worker is untrusted: frames are bounded and checked, its prints go elsewhere and are capped,
and whatever it does costs only the page that it was working on.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bench.limits import widen_pipe
from bench.model import Extraction, Limits, Outcome
from bench.nodejs import cache_folder
from bench.one_host import SOCKET, Address, Opening
from bench.text import sane
from bench.worker import MAX_REPLY, hidden

START_TIMEOUT = 60.0
"""Seconds from starting the process to its extractor being ready; apart from the page deadline, since imports are slow."""
CAPTURED = 16 * 2**10
"""Bytes of stdout, and of stderr, kept for each page; the rest is counted."""
_WORKER = Path(__file__).with_name("worker.py")
_READ = 1 << 16
MAX_NOTES = 16
MAX_NOTE = 200
"""Notes that an extractor may leave on a page, and characters of one that is text."""
_NOTE = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Module:
    """A function of a module that is imported by its name, so that it finds its package."""

    name: str
    function: str
    root: Path
    """The folder that it is imported from, wherever else a module of its name may be."""
    beside: bool
    """Whether what lies there may be imported too, after everything that the interpreter has itself."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker must know to load an extractor."""

    adapter: Path
    settings: tuple[tuple[str, Any], ...] = ()
    interpreter: str = sys.executable
    stateful: bool = False
    """Whether it remembers pages, so that a worker may have one page only."""
    network: bool = False
    """Whether it may use the network, as nothing may that did not declare it."""
    address: Address | None = None
    """The one host that it may reach where the network is cut."""
    secret: str | None = None
    """The environment variable whose value it is given, and which nothing of it may show."""
    module: Module | None = None
    """What the file is imported as; None for a lone file."""


@dataclass(frozen=True, slots=True)
class Start:
    """What it took to start a worker."""

    seconds: float
    """Wall time from starting the process to the extractor being ready."""
    cpu_seconds: float
    """CPU time of loading the extractor alone: its imports and its making, neither interpreter nor sandbox."""
    resident_bytes: int
    """Resident memory once it was loaded; the peak until then where the system cannot tell."""


class StartFailure(Exception):  # noqa: N818 - an event that the run counts, not an error for the user
    """A worker could not load its extractor; the text says why."""


class _Gone(Exception):  # noqa: N818 - internal signal
    """The worker died or broke the protocol."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class _Late(Exception):  # noqa: N818 - internal signal
    """The deadline passed."""


class _Tail:
    """Captured output: the first `CAPTURED` bytes, and how many there were."""

    def __init__(self) -> None:
        self.data = b""
        self.size = 0

    def add(self, data: bytes) -> None:
        self.data += data[: max(0, CAPTURED - len(self.data))]
        self.size += len(data)

    def take(self) -> str | None:
        """Return what was captured since the last call, or None for nothing."""
        if not self.size:
            return None
        text = self.data.decode("utf-8", "replace")
        if self.size > len(self.data):
            text += f"\n[{self.size - len(self.data)} more bytes]"
        self.data, self.size = b"", 0
        return text


class Worker:
    """One child process with one extractor; started at once, ready after `await_ready`.

    Args:
        job: the extractor.
        limits: those of every page.
        scratch: a folder in which the worker gets a folder of its own.

    Raises:
        StartFailure: its interpreter could not be started.

    Attributes:
        given: which limits this machine really gave, from the worker's own report.
        pages: how many pages it was given.
        interrupted: whether it was killed by `interrupt`; what it returned then means nothing.
    """

    def __init__(self, job: Job, limits: Limits, scratch: Path) -> None:
        self.limits = limits
        self._address = job.address
        self._secret = os.environ.get(job.secret or "", "")
        self._opening: Opening | None = None
        self.pages = 0
        self.interrupted = False
        self._out, self._err = _Tail(), _Tail()
        self._buffer = bytearray()
        self._folder = Path(tempfile.mkdtemp(prefix="worker-", dir=scratch)).resolve()
        self._fds: list[int] = []
        request, self._request = self._pipe()
        widen_pipe(self._request)
        self._reply, reply = self._pipe()
        self._status, status = self._pipe()
        self._stdout, stdout = self._pipe()
        self._stderr, stderr = self._pipe()
        theirs = (request, reply, status, stdout, stderr)
        arguments = {
            "extractor": str(job.adapter), "settings": dict(job.settings), "memory": limits.memory, "network": job.network,
            "scratch": str(self._folder), "request": request, "reply": reply, "status": status,
            "module": None if job.module is None else {**asdict(job.module), "root": str(job.module.root)},
        }  # fmt: skip
        if job.address is not None:
            try:
                self._opening = Opening(job.address, self._folder)
            except OSError as problem:
                self._discard()
                raise StartFailure(f"{job.address}: {problem.strerror or problem}") from None
        self._begun = time.monotonic()
        try:
            self._process = subprocess.Popen(
                [job.interpreter, "-s", str(_WORKER), json.dumps(arguments)],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                cwd=self._folder,
                env=_environment(self._folder, self._secret),
                pass_fds=(request, reply, status),
                start_new_session=True,
            )
        except OSError as problem:
            self._discard()
            raise StartFailure(f"{job.interpreter}: {problem.strerror}") from None
        for fd in theirs:
            os.close(fd)
            self._fds.remove(fd)
        for fd in (self._request, self._reply, self._status, self._stdout, self._stderr):
            os.set_blocking(fd, False)
        self.given: Mapping[str, str] = {}

    def _pipe(self) -> tuple[int, int]:
        ends = os.pipe()
        self._fds += ends
        return ends

    def await_ready(self) -> Start:
        """Wait until the extractor is loaded, and return what that took.

        Raises:
            StartFailure: it could not be, or not within `START_TIMEOUT`; no process is left.
        """
        try:
            reply = self._converse(b"", START_TIMEOUT)
            if reply.get("ready") is not True:
                raise _Gone(str(reply.get("error_type")), str(reply.get("error_message")))
            given = reply.get("given")
            if not isinstance(given, dict):
                raise _Gone("ProtocolError", "its first reply makes no sense")
            seconds = time.monotonic() - self._begun
            start = Start(seconds, _number(reply, "cpu_seconds", float), _number(reply, "resident_bytes", int))
        except _Late:
            self.kill()
            raise StartFailure(f"not ready within {START_TIMEOUT:g} s") from None
        except _Gone as gone:
            self.kill()
            said = hidden(self._err.take() or "", self._secret).strip().splitlines()
            raise StartFailure(f"{gone.kind}: {gone}" + (f" ({said[-1][:200]})" if said else "")) from None
        self.given = {str(name): str(how) for name, how in given.items()}
        if self._address is not None and self.given.get("network") != "open":
            self.given |= {"network": f"{self.given.get('network')} but for one host"}
        return start

    def extract(self, html: bytes, codec: str, *, forced: bool, url: str | None) -> Extraction:
        """Return what the extractor makes of a page. Never raises for anything the worker does.

        After timeout, memory and crash the worker is dead (see `alive`).
        """
        header = {"codec": codec, "forced": forced, "url": url, "timeout": self.limits.timeout, "size": len(html)}
        head = json.dumps(header).encode()
        self._drain()
        self._out.take(), self._err.take()
        self.pages += 1
        before = time.monotonic()
        try:
            reply = self._converse(struct.pack(">I", len(head)) + head + html, self.limits.timeout)
            extraction = _checked(reply)
        except _Late:
            self.kill()
            taken = time.monotonic() - before
            extraction = Extraction(Outcome.TIMEOUT, seconds=taken, error_message=f"killed after {self.limits.timeout:g} s")
        except _Gone as gone:
            self.kill()
            extraction = self._after_death(gone)
        self._drain()
        if extraction.outcome in (Outcome.MEMORY, Outcome.CRASH):
            self.kill()  # its heap is full or torn, or the program behind it gone; the next page deserves a fresh one
        printed = [text and hidden(text, self._secret) for text in (self._out.take(), self._err.take())]
        return replace(extraction, stdout=printed[0], stderr=printed[1])

    @property
    def alive(self) -> bool:
        """Whether it can take another page."""
        return self._process.returncode is None

    def refused_packets(self) -> int | None:
        """Return how many packets it and what it started have tried to send in vain: connections, datagrams, lookups of names.

        The kernel counts them for the network namespace, whatever language the sender is written in. None where the worker
        has no such namespace, or has ended. IPv6 without a lookup is not counted: it is turned down before a route is sought.
        """
        if not self.given.get("network", "").startswith("namespace"):
            return None
        try:
            lines = Path(f"/proc/{self._process.pid}/net/snmp").read_text(encoding="ascii").splitlines()
        except OSError:
            return None
        names, values = (line.split() for line in lines if line.startswith("Ip:"))
        return int(values[names.index("OutNoRoutes")])

    def interrupt(self) -> None:
        """Kill it from another thread; the one that waits for its answer sees it die and clears up."""
        self.interrupted = True
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGTERM)

    def kill(self) -> None:
        """Kill it with everything that it started, reap it and remove its folder. Idempotent.

        It has nothing to save, so this is also how a worker ends that did nothing wrong.
        """
        if self.alive:
            # The keeper takes the worker and all that hangs on it down with it, and reaps them.
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(2)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._discard()

    def _discard(self) -> None:
        self._drain()
        if self._opening is not None:
            self._opening.close()
        for fd in self._fds:
            os.close(fd)
        self._fds.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    # The conversation

    def _converse(self, request: bytes, timeout: float) -> dict[str, Any]:
        """Send the request, if any, and return the reply; raises _Late or _Gone. The clock starts when all is sent."""
        pending = memoryview(request)
        self._buffer.clear()
        poll = select.poll()
        for fd in (self._reply, self._status, self._stdout, self._stderr):
            poll.register(fd, select.POLLIN)
        if pending:
            poll.register(self._request, select.POLLOUT)
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise _Late
            for fd, _ in poll.poll(left * 1000):
                if fd == self._request:
                    pending = pending[self._send(pending) :]
                    if not pending:
                        poll.unregister(fd)
                        deadline = time.monotonic() + timeout
                elif fd in (self._reply, self._status):
                    if self._receive():  # also on news of the end: the last reply may have overtaken it
                        return self._parse()
                    if fd == self._status:
                        raise self._end()
                elif not self._read_output(fd):
                    poll.unregister(fd)

    def _send(self, data: memoryview) -> int:
        """Write what the pipe takes; returns how much. A closed pipe takes all: its end is told elsewhere."""
        try:
            return os.write(self._request, data)
        except BlockingIOError:
            return 0
        except BrokenPipeError:
            return len(data)

    def _receive(self) -> bool:
        """Read what there is of the reply; whether it is complete."""
        while True:
            try:
                part = os.read(self._reply, 1 << 20)
            except BlockingIOError:
                return False
            if not part:
                if select.select([self._status], [], [], 0.5)[0]:
                    raise self._end()
                raise _Gone("ProtocolError", "closed its pipes")
            self._buffer += part
            if len(self._buffer) >= 4:
                size = struct.unpack(">I", self._buffer[:4])[0]
                if size > MAX_REPLY:
                    raise _Gone("ProtocolError", f"announced a reply of {size} bytes")
                if len(self._buffer) > size + 4:
                    raise _Gone("ProtocolError", "wrote more than a reply")
                if len(self._buffer) == size + 4:
                    return True

    def _parse(self) -> dict[str, Any]:
        try:
            reply = json.loads(self._buffer[4:])
        except (ValueError, RecursionError):
            raise _Gone("ProtocolError", "wrote a reply that is not JSON") from None
        finally:
            self._buffer.clear()
        if not isinstance(reply, dict):
            raise _Gone("ProtocolError", "wrote a reply that is no object")
        return reply

    def _end(self) -> _Gone:
        """How the worker ended, by its keeper's report."""
        try:
            frame = os.read(self._status, 4096)
            report = json.loads(frame[4:])
            status, self._peak = int(report["status"]), int(report["peak_bytes"])
        except (OSError, ValueError, KeyError, TypeError):
            return _Gone("Killed", "its process and keeper were killed")
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
            return _Gone(name, f"killed by {name}")
        return _Gone("Exit", f"ended with exit code {os.WEXITSTATUS(status)}")

    _peak: int | None = None

    def _after_death(self, gone: _Gone) -> Extraction:
        # A process that dies near its memory limit, or that the system's own memory killer took, died of memory.
        near = self._peak is not None and self._peak > 0.8 * self.limits.memory
        outcome = Outcome.MEMORY if near else Outcome.CRASH
        return Extraction(outcome, peak_bytes=self._peak, error_type=gone.kind, error_message=str(gone))

    def _read_output(self, fd: int) -> bool:
        """Read what was printed, once; whether there may be more."""
        try:
            data = os.read(fd, _READ)
        except BlockingIOError:
            return True
        (self._out if fd == self._stdout else self._err).add(data)
        return bool(data)

    def _drain(self) -> None:
        """Read what is left of the prints, a pipe's worth at most."""
        for fd in (self._stdout, self._stderr):
            for _ in range(32):
                if fd not in self._fds or not select.select([fd], [], [], 0)[0] or not self._read_output(fd):
                    break


def _environment(folder: Path, secret: str) -> dict[str, str]:
    """A minimal environment: nothing of the user's but what finding and running programs needs, and a secret if it has one."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "SYSTEMROOT") or name.startswith("OPENBLAS_")}
    return {
        **kept,
        **({"BENCH_SECRET": secret} if secret else {}),
        "BENCH_SOCKET": SOCKET,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "BENCH_CACHE": str(cache_folder().absolute()),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        # The same result every time, and from one core: parallelism is the harness's.
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }


def _number(reply: dict[str, Any], name: str, kind: type[float] | type[int]) -> Any:
    """A number of the reply that can be one of seconds or bytes; raises _Gone when it cannot."""
    value = reply.get(name)
    if isinstance(value, bool) or not isinstance(value, int | kind) or not 0 <= value < 2**53:
        raise _Gone("ProtocolError", f"replied with a {name} of {str(value)[:40]!r}")
    return value


def _checked(reply: dict[str, Any]) -> Extraction:
    """The reply as an extraction; raises _Gone when it is not of the protocol's form."""

    def words(name: str) -> str | None:
        value = reply.get(name)
        return None if value is None else sane(str(value))[:2000]

    outcome, text = reply.get("outcome"), reply.get("text", "")
    if outcome not in ("ok", "empty", "error", "memory", "crash") or not isinstance(text, str):
        raise _Gone("ProtocolError", "replied without an outcome")
    return Extraction(
        Outcome(outcome), sane(text) if outcome == "ok" else "", _number(reply, "seconds", float),
        _number(reply, "cpu_seconds", float), _number(reply, "peak_bytes", int), words("error_type"), words("error_message"),
        notes=_checked_notes(reply.get("notes", {})),
    )  # fmt: skip


def _checked_notes(notes: object) -> dict[str, float | str]:
    """What an extractor noted: at most `MAX_NOTES` finite numbers and short texts by short names, else raises _Gone."""
    if not isinstance(notes, dict) or len(notes) > MAX_NOTES:
        raise _Gone("ProtocolError", "replied with notes that are none")
    checked: dict[str, float | str] = {}
    for name, value in notes.items():
        if isinstance(value, str):
            value = sane(value)[:MAX_NOTE]  # noqa: PLW2901 - the same, made safe
        elif isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 2**53:
            raise _Gone("ProtocolError", f"replied with a note of {str(value)[:40]!r}")
        if not _NOTE.fullmatch(name):
            raise _Gone("ProtocolError", f"replied with a note named {name[:40]!r}")
        checked[name] = value
    return checked
