"""The child side of the sandbox: load one extractor, loop over pages, time the call alone.

Started as a script, by any interpreter, with one JSON argument:

    {"extractor": file, "settings": {...}, "memory": bytes, "network": left open?, "scratch": folder,
     "request": fd, "reply": fd, "status": fd, "module": {"name", "function", "root", "beside"} or null for a lone file}

and, in its environment, BENCH_SOCKET, the local socket that leads to the one host which the extractor may reach, and
BENCH_SECRET, the key for that host, which no reply may show.

Requests come as frames of a JSON header {"codec", "forced", "url", "timeout", "size"} and one of the page's bytes; each is
answered by one JSON frame. The first reply, before any request, is {"ready": true, "given", "cpu_seconds", "resident_bytes"}
with what the system gave and what loading the extractor took, or {"ready": false, "error_type", "error_message"}. A frame is
a 4-byte big-endian length and that many bytes. Standard library and the extractor only; nothing is ever unpickled, on either
side.

An extractor whose work another process does (see `bench.program`) may carry `usage`, which measures that one like
`bench.limits.Usage`, and `given`, what limits it in place of the worker's own; its exceptions may carry `bench_reply`, what to
reply with.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import time
import traceback
from typing import Any

MAX_REPLY = 128 * 2**20
"""Bytes of a reply frame; a longer output is the extractor's error, not a memory problem of the parent's."""


def read_exactly(fd: int, size: int) -> bytes | None:
    """Return that many bytes, or None at the end of the stream."""
    parts = []
    while size:
        part = os.read(fd, min(size, 1 << 20))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def read_frame(fd: int) -> bytes | None:
    """Return the next frame, or None at the end of the stream."""
    head = read_exactly(fd, 4)
    return None if head is None else read_exactly(fd, struct.unpack(">I", head)[0])


def write_frame(fd: int, reply: dict[str, Any]) -> None:
    """Write one JSON frame. Raises OverflowError, with nothing written, when it would be longer than `MAX_REPLY`."""
    body = json.dumps(reply, ensure_ascii=False).encode()
    if len(body) > MAX_REPLY:
        raise OverflowError(f"output is longer than {MAX_REPLY} bytes")
    view = memoryview(struct.pack(">I", len(body)) + body)
    while view:
        view = view[os.write(fd, view) :]


def load(path: str, settings: dict[str, Any], module: dict[str, Any] | None) -> Any:
    """Return the extractor of a file or of a function in a module, made with these settings.

    `bench` becomes a bare package over the folder of this file, so that an adapter finds the harness's own light modules
    under any interpreter, and finds nothing else of the environment that the harness runs in.
    """
    import importlib.util
    import types

    package = types.ModuleType("bench")
    package.__path__ = [os.path.dirname(os.path.abspath(__file__))]  # noqa: PTH100, PTH120 - no pathlib: start quickly
    sys.modules["bench"] = package
    if module is not None:
        return getattr(imported(module), module["function"])(**settings)
    spec = importlib.util.spec_from_file_location("bench_extractor", path)
    if spec is None or spec.loader is None:
        raise ImportError("not a Python file: " + path)
    loaded = importlib.util.module_from_spec(spec)
    sys.modules["bench_extractor"] = loaded
    spec.loader.exec_module(loaded)
    return loaded.extractor(**settings)


def imported(module: dict[str, Any]) -> Any:
    """Return a module, its outermost package taken from its root and from nowhere else that may have one of that name."""
    import importlib.machinery
    import importlib.util

    if module["beside"]:
        sys.path.append(module["root"])
    first = module["name"].partition(".")[0]
    spec = importlib.machinery.PathFinder.find_spec(first, [module["root"]])
    if spec is None:
        raise ImportError("no module " + first + " in " + module["root"])
    sys.modules[first] = importlib.util.module_from_spec(spec)
    if spec.loader is not None:  # none for a folder without __init__.py
        spec.loader.exec_module(sys.modules[first])
    return importlib.import_module(module["name"])


def hidden(text: str, secret: str = os.environ.get("BENCH_SECRET", "")) -> str:
    """Return the text without the secret, in a worker its own, wherever it stands.

    One of fewer than 16 characters is none: servers on this machine take any word for a key, and pages may hold that word.
    """
    return text.replace(secret, "[key]") if len(secret) >= 16 else text


def describe(error: BaseException) -> dict[str, Any]:
    """Return an exception as type, message and the last lines of its traceback, all of bounded length."""
    told = getattr(error, "bench_reply", None)
    if isinstance(told, dict):
        return {name: hidden(sane(str(value))) for name, value in told.items()}
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else kind.__module__ + "." + kind.__qualname__
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - an exception of the extractor's may fail even at this
        message = "(its message cannot be read)"
    where = traceback.extract_tb(error.__traceback__)[-1:]
    message = hidden(message)  # before it is cut, which could leave most of it
    place = f" (at {os.path.basename(where[0].filename)}:{where[0].lineno})" if where else ""  # noqa: PTH119
    return {"error_type": sane(name[:200]), "error_message": sane(message[:1000]) + place}


def sane(text: str) -> str:
    """Return the text with surrogate pairs joined and lone ones replaced, so that UTF-8 can hold it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def answer(extract: Any, page: Any, usage: Any) -> dict[str, Any]:
    """Call the extractor on one page and return the reply."""
    usage.reset()
    failure: dict[str, Any] | None = None
    text: Any = None
    cpu_before, before = usage.cpu(), time.perf_counter()
    try:
        text = extract(page)
    except MemoryError as error:
        failure = dict(describe(error), outcome="memory")
    except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001 - whatever an extractor throws is its outcome
        failure = dict({"outcome": "error"}, **describe(error))
    seconds, cpu_seconds = time.perf_counter() - before, max(0.0, usage.cpu() - cpu_before)
    for stream in (sys.stdout, sys.stderr):  # what it printed belongs to this page
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            continue
    reply: dict[str, Any] = {"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_bytes": usage.peak()}
    if page.notes:
        reply["notes"] = {name: hidden(sane(note)) if isinstance(note, str) else note for name, note in page.notes.items()}
    if failure is not None:
        return dict(reply, **failure)
    if text is None:
        text = ""
    if not isinstance(text, str):
        message = f"returned {type(text).__name__}, not text"
        return dict(reply, outcome="error", error_type="TypeError", error_message=message)
    if len(text) > MAX_REPLY:  # before any copy of it is made
        message = f"returned {len(text)} characters, more than {MAX_REPLY}"
        return dict(reply, outcome="error", error_type="OverflowError", error_message=message)
    text = hidden(sane(text))
    return dict(reply, outcome="ok" if text.strip() else "empty", text=text)


def main() -> None:
    """Serve requests until the parent closes the pipe."""
    arguments = json.loads(sys.argv[1])
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - as above
    # A script's folder comes first on the path; ours holds names (text, stats) that an extractor may mean otherwise.
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != here]  # noqa: PTH100 - as above

    import importlib.util

    spec = importlib.util.spec_from_file_location("bench_limits", os.path.join(here, "limits.py"))  # noqa: PTH118
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018 - our own file, beside this one
    limits = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(limits)

    request, reply, status = arguments["request"], arguments["reply"], arguments["status"]
    given = limits.contain(
        lambda end, peak: write_frame(status, {"status": end, "peak_bytes": peak}), (request, reply), arguments["network"]
    )
    os.close(status)
    for fd in (request, reply):
        os.set_inheritable(fd, False)
    usage = limits.Usage()
    given["files"] = "landlock" if limits.forbid_writing(arguments["scratch"]) else "open"
    given["memory"] = "address space" if limits.limit_resources(arguments["memory"]) else "open"
    cpu_before = usage.cpu()
    try:
        extract = load(arguments["extractor"], arguments["settings"], arguments["module"])
        from bench.extract import PageInput
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever an import throws, the parent is told
        told = describe(error)
        unknown = error.args if isinstance(error, KeyError) else None  # they look up what they can do
        for name, value in arguments["settings"].items():
            if unknown == (value,):
                told["error_message"] = f"setting {name} cannot be {told['error_message']}"
        write_frame(reply, dict(told, ready=False))
        return
    usage = getattr(extract, "usage", usage)
    given.update(getattr(extract, "given", {}))
    cpu_seconds = usage.cpu() - cpu_before
    usage.reset()  # a peak begun anew is what is resident now
    write_frame(reply, {"ready": True, "given": given, "cpu_seconds": cpu_seconds, "resident_bytes": usage.peak()})
    while True:
        head = read_frame(request)
        if head is None:
            return
        header = json.loads(head)
        data = read_exactly(request, header["size"])
        if data is None:
            return
        limits.limit_cpu(2 * header["timeout"] + 10)
        page = PageInput(data, header["codec"], header["forced"], header["url"], time.monotonic() + header["timeout"])
        outcome = answer(extract, page, usage)
        if outcome["outcome"] in ("error", "crash"):
            # A C library that got no memory often raises something else (lxml: XMLSyntaxError). Near the limit, say memory.
            reached = limits.status_kib("VmPeak") or 0
            if reached * 1024 > 0.9 * arguments["memory"] or outcome["peak_bytes"] > 0.8 * arguments["memory"]:
                outcome["outcome"] = "memory"
        try:
            write_frame(reply, outcome)
        except (MemoryError, OverflowError) as error:
            del outcome["text"]
            outcome["outcome"] = "memory" if isinstance(error, MemoryError) else "error"
            write_frame(reply, dict(outcome, **describe(error)))


if __name__ == "__main__":
    main()
