"""What only an operating system can do to hold a worker: all of it that is particular to Linux stands here.

Runs in the child, before the extractor is imported, while the process has one thread. Every function says what it achieved;
nothing raises because a kernel, a container or another system does not offer it. Standard library only, and old syntax,
since workers may run under older interpreters than the harness.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import signal
import struct
import sys
from typing import Any, Callable  # noqa: UP035 - workers may be older than this harness

LINUX = sys.platform.startswith("linux")

# <linux/prctl.h>
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _PR_SET_CHILD_SUBREAPER = 1, 38, 22, 36
# <linux/fcntl.h>
_F_SETPIPE_SZ = 1031
# <linux/sched.h>
_CLONE_NEWUSER, _CLONE_NEWPID, _CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
# <linux/landlock.h>: system calls (the same numbers on every architecture) and the rights that change files. Rights known
# since version 1 of the interface; later kernels know more, which we leave alone.
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_LANDLOCK_WRITE_FILE = 1 << 1
_LANDLOCK_CHANGES = _LANDLOCK_WRITE_FILE | sum(1 << bit for bit in range(4, 13))
# <linux/audit.h> and system call numbers of socket and io_uring_setup.
_SECCOMP_ARCHITECTURES = {"x86_64": (0xC000003E, 41, 425), "aarch64": (0xC00000B7, 198, 425)}

_libc = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent dies."""
    if LINUX and _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def offer_to_oom_killer() -> None:
    """Make this process the first to go when the machine runs out of memory, before anything of the user's."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123 - old interpreters
        file.write("1000")


def unshare(network: bool = False) -> tuple[bool, bool]:
    """Move to namespaces of our own, but stay on the system's `network` where asked; returns whether both were given.

    A new network namespace has no interface that is up: TCP, UDP, DNS and loopback all fail. A new process namespace takes
    effect for children, and all of it dies with its first process, whatever they forked.
    """
    if not LINUX or _libc is None:
        return False, False
    ids = os.getuid(), os.getgid()
    for flags, given in (
        (_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWPID, (True, True)),
        (_CLONE_NEWUSER | _CLONE_NEWNET, (True, False)),
    ):
        if network:
            flags &= ~_CLONE_NEWNET  # noqa: PLW2901 - the table is that of the usual case
        if _libc.unshare(flags) == 0:
            # Keep our own user and group inside, else no file can be made there.
            for name, line in (
                ("setgroups", "deny"), ("uid_map", f"{ids[0]} {ids[0]} 1"), ("gid_map", f"{ids[1]} {ids[1]} 1"),
            ):  # fmt: skip
                with contextlib.suppress(OSError), open("/proc/self/" + name, "w") as file:  # noqa: PTH123 - as above
                    file.write(line)
            return given
    return False, False


def forbid_new_privileges() -> None:
    """No program started from here on gains rights by being set-uid; seccomp and Landlock need this first."""
    if LINUX and _libc is not None:
        _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def forbid_sockets() -> bool:
    """Refuse every socket but local ones (AF_UNIX) by a seccomp filter: the network cut where namespaces are forbidden."""
    numbers = _SECCOMP_ARCHITECTURES.get(platform.machine())
    if not LINUX or _libc is None or numbers is None:
        return False
    architecture, socket, io_uring_setup = numbers
    load, equal, give_back = 0x20, 0x15, 0x06
    allow, refuse = 0x7FFF0000, 0x00050000 | errno.EACCES
    instructions = [
        (load, 0, 0, 4), (equal, 0, 6, architecture),            # another architecture's calls: allowed, it has no numbers here
        (load, 0, 0, 0), (equal, 3, 0, io_uring_setup),          # io_uring opens sockets too
        (equal, 0, 3, socket), (load, 0, 0, 16), (equal, 1, 0, 1),  # the first argument is the family; 1 is AF_UNIX
        (give_back, 0, 0, refuse), (give_back, 0, 0, allow),
    ]  # fmt: skip
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("HP", len(instructions), ctypes.addressof(buffer))
    return bool(_libc.prctl(_PR_SET_SECCOMP, 2, ctypes.c_char_p(program), 0, 0) == 0)


def forbid_writing(scratch: str) -> bool:
    """Refuse to change any file outside `scratch` and /dev/null, by Landlock."""
    if not LINUX or _libc is None:
        return False
    ruleset = struct.pack("Q", _LANDLOCK_CHANGES)
    rules = _libc.syscall(_LANDLOCK_CREATE, ctypes.c_char_p(ruleset), len(ruleset), 0)
    if rules < 0:
        return False
    try:
        for path, rights in ((scratch, _LANDLOCK_CHANGES), (os.devnull, _LANDLOCK_WRITE_FILE)):
            target = os.open(path, os.O_PATH)
            try:
                beneath = struct.pack("=Qi", rights, target)
                if _libc.syscall(_LANDLOCK_ADD, rules, 1, ctypes.c_char_p(beneath), 0) != 0:
                    return False
            finally:
                os.close(target)
        return bool(_libc.syscall(_LANDLOCK_RESTRICT, rules, 0) == 0)
    finally:
        os.close(rules)


def limit_resources(memory: int) -> bool:
    """Limit address space and data to `memory` bytes, files to 1,024 of 256 MiB each, and core dumps to none.

    The limit of address space may be lifted again, for programs that it does not suit (see `bench.program`); that of data
    (private memory that may be written to) may not. Returns whether the memory limit is in force.
    """
    import resource

    for name, amount in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 1024), (resource.RLIMIT_FSIZE, 256 << 20)):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(name, (amount, amount))
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    try:
        resource.setrlimit(resource.RLIMIT_AS, (memory, resource.getrlimit(resource.RLIMIT_AS)[1]))
    except (OSError, ValueError):
        return False
    return LINUX  # other systems accept the limit and do not keep it


def limit_cpu(seconds: float) -> None:
    """Allow this process so many more seconds of CPU time: a second net should the parent be unable to kill it."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(used.ru_utime + used.ru_stime + seconds) + 1
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def widen_pipe(fd: int) -> None:
    """Let a pipe hold 1 MiB where the system allows it: most pages then go through in one piece."""
    if LINUX:
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(fd, _F_SETPIPE_SZ, 1 << 20)


def cpu_seconds() -> float:
    """Return the CPU time of this process and of all children that it has waited for."""
    import resource

    # Not the process's clock: under a limit of CPU time Linux moves that one on at its ticks only, up to 4 ms apart.
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


class Usage:
    """What this process uses: CPU time, and its peak memory since the last reset; since its start where no reset exists."""

    def __init__(self) -> None:
        self._clear = None
        with contextlib.suppress(OSError):
            self._clear = os.open("/proc/self/clear_refs", os.O_WRONLY | os.O_CLOEXEC)

    def reset(self) -> None:
        """Start anew: writing 5 to clear_refs resets the kernel's high-water mark, see proc(5)."""
        if self._clear is not None:
            with contextlib.suppress(OSError):
                os.write(self._clear, b"5")

    def cpu(self) -> float:
        """Return seconds of CPU time, a clock to take differences of."""
        return cpu_seconds()

    def peak(self) -> int:
        """Return the peak resident memory in bytes."""
        peak = status_kib("VmHWM")
        if peak is not None:
            return peak * 1024
        import resource

        maximum = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return maximum if sys.platform == "darwin" else maximum * 1024


def status_kib(field: str, process: str = "self") -> int | None:
    """Return a KiB field (VmHWM, VmPeak ...) of a process's status under /proc, or None where there is none."""
    try:
        with open("/proc/" + process + "/status", "rb") as file:  # noqa: PTH123 - old interpreters
            for line in file:
                if line.startswith(field.encode() + b":"):
                    return int(line.split()[1])
    except OSError:
        pass
    return None


def contain(report_end: Callable[[int, int], None], private: tuple[int, ...], network: bool = False) -> dict[str, Any]:
    """Split off the worker proper; returns in the worker only, with what was given: {"network": ..., "processes": ...}.

    With `network` that is left as it is.

    The process that calls this stays behind as a keeper. With a process namespace there are two keepers: the outer one
    only waits; the inner one is the namespace's first process, so when it ends the kernel kills everything in there.
    Without, the one keeper adopts the worker's orphans and kills them itself. Whichever is nearest to the worker calls
    `report_end(wait status, peak bytes)` when the worker has ended. Keepers close the `private` descriptors and the
    standard streams, so that the parent sees the end of a stream as soon as the worker's own side is closed.
    """
    die_with_parent()
    offer_to_oom_killer()
    cut, processes = unshare(network)
    if processes:
        init = os.fork()
        if init:
            signal.signal(signal.SIGTERM, lambda *_: os.kill(init, signal.SIGKILL))
            _let_go(private)
            _wait_for(init)
            os._exit(0)
        die_with_parent()
    elif LINUX and _libc is not None:
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    worker = os.fork()
    if worker:
        if not processes:
            signal.signal(signal.SIGTERM, lambda *_: os.kill(worker, signal.SIGKILL))
        _let_go(private)
        status, peak = _wait_for(worker)
        _kill_children()
        report_end(status, peak)
        os._exit(0)
    die_with_parent()
    forbid_new_privileges()
    network_by = "declared opening" if network else "namespace" if cut else "seccomp" if forbid_sockets() else "open"
    return {"network": network_by, "processes": "namespace" if processes else "keeper"}


def _let_go(private: tuple[int, ...]) -> None:
    """Close these descriptors and point the standard streams at nothing."""
    for fd in private:
        os.close(fd)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nowhere, fd)


def _wait_for(child: int) -> tuple[int, int]:
    """Reap children until this one ends; returns its wait status and peak memory in bytes."""
    while True:
        try:
            ended, status, usage = os.wait3(0)
        except InterruptedError:
            continue
        if ended == child:
            return status, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _kill_children() -> None:
    """Kill and reap whatever this process has inherited, until nothing is left."""
    for _ in range(1000):  # orphans arrive as their parents die; a fork bomb is bounded by its own limits
        try:
            with open(f"/proc/self/task/{os.getpid()}/children") as file:  # noqa: PTH123 - old interpreters
                children = [int(pid) for pid in file.read().split()]
        except OSError:
            return
        for pid in children:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        try:
            os.wait3(0)
        except OSError:
            return
