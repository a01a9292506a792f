"""Files that are replaced whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from bench.errors import UsageError


def replace(path: Path, text: str) -> None:
    """Write a UTF-8 file in place of what stands there: whatever interrupts it, a reader meets the old file or the new one.

    A process that is killed while it writes leaves what it has written beside, as `.NAME.PID.tmp`.

    Raises:
        UsageError: it cannot be written; the old one is as it was.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with beside.open("w", encoding="utf-8", newline="\n") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(path)
    except OSError as problem:
        raise UsageError(f"{path}: cannot be written ({problem.strerror or problem}); what stood there is as it was") from None
    finally:
        with contextlib.suppress(OSError):  # in a folder that cannot be written there is nothing to take away
            beside.unlink(missing_ok=True)
