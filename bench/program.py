"""Programs as extractors, in any language: one process for each page, or one that stays and answers frame by frame.

Runs inside the worker, as the adapter of whatever `extractors.toml` declares (see `bench.declared`) and below the adapters
of Node's extractors (see `bench.nodejs`). So a program has the worker's sandbox, deadline and scratch folder.

One process for each page (`stdin`, `file`) works in a folder of its own and prints UTF-8; whatever it started and
left running is killed with it. An exit code other than 0 or a signal is an error, told by the last line of its stderr.

A program that stays (`protocol`) talks in frames, over stdin and stdout: a 4-byte big-endian length and that many bytes.

    it   {"ready": true}                                    once, when it is loaded; or {"error": "why not"}
    we   {"encoding", "forced", "url", "size"}              a header for each page, in JSON
    we   the page, `size` bytes
    it   {"text": "..."}, or {"error": "...", "error_type": "..."}; nothing found is an empty text, or null

`encoding` is the web's name of the page's encoding, settled as a browser would settle it; `forced` says that it comes from
outside the page. One that dies, or breaks this, has crashed on its page; the next page gets a fresh one.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from bench.limits import cpu_seconds, status_kib

if TYPE_CHECKING:
    from bench.extract import Extract, PageInput

MAX_OUTPUT = 128 * 2**20
"""Bytes of one answer, as of a worker's own."""
PATH = "{path}"
"""What stands for the page's file in the arguments of a program with `input = "file"`."""
SAMPLE_EVERY = 0.05
"""Seconds between looks at the memory of a program that stays."""
_SHOWN = 1 << 15
"""Bytes of stderr passed on for each page; the harness keeps fewer."""
_END = 0.5
"""Seconds that a program which closed its output has to end."""


class Failure(Exception):  # noqa: N818 - an outcome of the program's, not a fault of ours
    """A program failed. The worker replies with `bench_reply` as it stands, without a place in our code."""

    def __init__(self, kind: str, message: str, outcome: str = "error") -> None:
        super().__init__(message)
        self.bench_reply = {"outcome": outcome, "error_type": kind, "error_message": message}


def extractor(*, command: Sequence[str], input: str = "stdin", output: str = "text") -> Extract:  # noqa: A002 - as declared
    """Return the extractor of a declared command."""
    if input == "protocol":
        return Lasting(command, output)
    return Fleeting(command, output, by_file=input == "file")


class _Program:
    """What both kinds share. `given` and `usage` are what a worker looks for, see `bench.worker`."""

    def __init__(self, command: Sequence[str], output: str) -> None:
        self._command = list(command)
        self._finish = _FINISH[output]
        # Go, Java and V8 reserve gigabytes of addresses that they never fill, so the limit of address space, which is the
        # worker's, is lifted for programs. The one on data stays: private memory that may be written to, by each process.
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
        self.given = {"memory": "data" if _memory_limit() else "open"}
        self.usage = self


class Fleeting(_Program):
    """One process for each page."""

    def __init__(self, command: Sequence[str], output: str, *, by_file: bool) -> None:
        super().__init__(command, output)
        self._by_file = by_file
        self._peak = 0

    def reset(self) -> None:
        """Forget the last page's peak."""
        self._peak = 0

    def peak(self) -> int:
        """Return the peak resident memory of the page's largest process that was waited for, in bytes."""
        return self._peak

    def cpu(self) -> float:
        """Return seconds of this process and of all that were waited for."""
        return cpu_seconds()

    def __call__(self, page: PageInput) -> str:
        """Return what the program printed.

        Raises:
            Failure: it ended with a code or signal, or printed more than `MAX_OUTPUT`.
            OSError: it cannot be started.
        """
        with (
            tempfile.TemporaryDirectory(prefix="page-", ignore_cleanup_errors=True) as folder,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            path = Path(folder) / "page.html"
            path.write_bytes(page.bytes)
            command = [word.replace(PATH, str(path)) for word in self._command] if self._by_file else self._command
            with open(os.devnull if self._by_file else path, "rb") as stdin:  # noqa: PTH123 - one of the two is no path
                process = subprocess.Popen(
                    command, stdin=stdin, stdout=out, stderr=err, cwd=folder, env=_environment(page), start_new_session=True
                )
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)  # what it left in the background
            self._peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
            said = _pass_on(err)
            if out.seek(0, os.SEEK_END) > MAX_OUTPUT:  # looked at first: the limit on files may be what killed it
                raise Failure("OverflowError", f"printed more than {MAX_OUTPUT} bytes")
            if status:
                kind, how = _ending(process.returncode)
                raise Failure(kind, f"{how}: {said}" if said else how)
            out.seek(0)
            return self._finish(out.read().decode("utf-8-sig", "replace"))


class Lasting(_Program):
    """One process that answers page after page.

    Args:
        command: what to start, now.
        output: what it answers with.
        decoded: send the page as UTF-8, decoded as every extractor in Python gets it, instead of as captured.

    Raises:
        OSError: it cannot be started.
        Failure: it did not say that it is ready.
    """

    def __init__(self, command: Sequence[str], output: str, *, decoded: bool = False) -> None:
        super().__init__(command, output)
        self._decoded = decoded
        self._peak = 0
        self._process = subprocess.Popen(
            self._command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101, PT018 - asked for above
        self._in, self._out = self._process.stdin, self._process.stdout.fileno()
        self._proc = _proc_of_child()
        self._before = 0
        ready = self._receive()
        if ready.get("ready") is not True:
            raise Failure(*_told(ready)) if "error" in ready else self._broke("did not begin with {'ready': true}")

    def reset(self) -> None:
        """Start measuring a page."""
        self._before = status_kib("VmHWM", self._proc) or 0
        self._peak = 0

    def peak(self) -> int:
        """Return the peak resident memory of the page in bytes: exact where it is the highest yet, else as sampled."""
        highest = status_kib("VmHWM", self._proc) or 0
        self._sample()
        return highest * 1024 if highest > self._before else self._peak

    def cpu(self) -> float:
        """Return seconds of this process, of the program, and of what either has waited for."""
        with contextlib.suppress(OSError):
            return cpu_seconds() + time.clock_gettime(_cpu_clock(self._process.pid))
        return cpu_seconds()  # it has ended and was waited for

    def __call__(self, page: PageInput) -> str | None:
        """Return the program's answer. Raises Failure: it said so; or, as a crash, it died or broke the protocol."""
        data, encoding = (page.text.encode(), "utf-8") if self._decoded else (page.bytes, web_name(page.codec))
        header = {"encoding": encoding, "forced": page.forced or self._decoded, "url": page.url, "size": len(data)}
        head = json.dumps(header).encode()
        if select.select([self._out], [], [], 0)[0] and self._process.poll() is None:
            raise self._broke("spoke without being asked")
        _limit_cpu_of(self._process.pid)
        try:
            view = memoryview(struct.pack(">I", len(head)) + head + data)
            while view:
                view = view[self._in.write(view) or 0 :]
        except BrokenPipeError:
            self._ended()
        reply = self._receive()
        if "error" in reply:
            raise Failure(*_told(reply))
        text = reply.get("text", 0)
        if text is not None and not isinstance(text, str):
            raise self._broke("answered without a text")
        return None if text is None else self._finish(text)

    def _receive(self) -> dict[str, Any]:
        size = struct.unpack(">I", self._read(4))[0]
        if size > MAX_OUTPUT:
            raise self._broke(f"announced an answer of {size} bytes")
        try:
            reply = json.loads(self._read(size))
        except (ValueError, RecursionError):
            raise self._broke("gave an answer that is not JSON") from None
        if not isinstance(reply, dict):
            raise self._broke("gave an answer that is no object")
        return reply

    def _read(self, size: int) -> bytes:
        parts = []
        while size:
            while not select.select([self._out], [], [], SAMPLE_EVERY)[0]:
                self._sample()
            part = os.read(self._out, min(size, 1 << 20))
            if not part:
                self._ended()
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _sample(self) -> None:
        self._peak = max(self._peak, 1024 * (status_kib("VmRSS", self._proc) or 0))

    def _ended(self) -> NoReturn:
        self._sample()
        deadline = time.monotonic() + _END
        while time.monotonic() < deadline:
            ended, status, used = os.wait4(self._process.pid, os.WNOHANG)
            if ended:
                self._process.returncode = os.waitstatus_to_exitcode(status)
                self._peak = max(self._peak, used.ru_maxrss * (1 if sys.platform == "darwin" else 1024))
                raise Failure(*_ending(self._process.returncode), "crash")
            time.sleep(0.005)
        raise self._broke("closed its output")

    def _broke(self, what: str) -> Failure:
        return Failure("ProtocolError", what, "crash")


def _as_it_is(text: str) -> str:
    return text


def _from_html(html: str) -> str:
    from bench.markup import to_text

    return to_text(html)


_FINISH: Mapping[str, Callable[[str], str]] = {"text": _as_it_is, "markdown": _as_it_is, "html": _from_html}
"""What becomes of an output, by its kind. Markdown is read as such by the metrics that look at structure."""
OUTPUTS = tuple(_FINISH)
INPUTS = ("stdin", "file", "protocol")


@cache
def web_name(codec: str) -> str:
    """Return the Encoding Standard's name of a Python codec (`windows-1252` of `cp1252`), which other languages know."""
    from webencodings import LABELS, lookup

    names = {lookup(name).codec_info.name: name for name in sorted(set(LABELS.values()))}
    return str(names.get(codec, codec))


def _environment(page: PageInput) -> dict[str, str]:
    """The worker's environment, and what the page's bytes do not tell."""
    url = {"BENCH_URL": page.url} if page.url else {}
    return {**os.environ, **url, "BENCH_ENCODING": web_name(page.codec)}


def _ending(code: int) -> tuple[str, str]:
    """How a process ended, as type and message."""
    if code >= 0:
        return "Exit", f"ended with exit code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    return name, f"killed by {name}"


def _told(reply: Mapping[str, Any]) -> tuple[str, str]:
    return str(reply.get("error_type") or "Error")[:200], str(reply["error"])[:1000]


def _pass_on(err: Any) -> str:
    """Pass stderr on to ours, cut; returns its last line that is not empty, cut to 300 characters."""
    size = err.seek(0, os.SEEK_END)
    err.seek(0)
    head = err.read(_SHOWN)
    sys.stderr.buffer.write(head)
    err.seek(max(0, size - _SHOWN))
    lines = err.read().decode("utf-8", "replace").split("\n")
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")


def _memory_limit() -> int | None:
    """Bytes of data that each process may have, None when there is no limit."""
    limit = resource.getrlimit(resource.RLIMIT_DATA)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def _proc_of_child() -> str:
    """The name of our one child under /proc, which tells ids of the outer process namespace and not of ours."""
    with contextlib.suppress(OSError, IndexError):
        return Path("/proc/thread-self/children").read_text(encoding="ascii").split()[0]
    return "none"


def _cpu_clock(pid: int) -> int:
    """The clock of a process's CPU time, all threads; numbered as Linux numbers it, clock_getcpuclockid(3)."""
    return ~pid << 3 | 2


def _limit_cpu_of(pid: int) -> None:
    """Allow a process as many more seconds of CPU time as we have left ourselves."""
    soft, _ = resource.getrlimit(resource.RLIMIT_CPU)
    prlimit = getattr(resource, "prlimit", None)  # Linux's
    if soft == resource.RLIM_INFINITY or prlimit is None:
        return
    own = resource.getrusage(resource.RUSAGE_SELF)
    with contextlib.suppress(OSError, ValueError):
        allowed = time.clock_gettime(_cpu_clock(pid)) + soft - own.ru_utime - own.ru_stime
        prlimit(pid, resource.RLIMIT_CPU, (int(allowed) + 1, resource.RLIM_INFINITY))
