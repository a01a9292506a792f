"""How much one capture may take: seconds and bytes, shared by all its connections."""

from __future__ import annotations

import threading
import time


class Overdrawn(Exception):  # noqa: N818 - an event that ends a capture
    """A capture has taken all that it may; the text says of what."""


class Budget:
    """Seconds from now on, and bytes received. Safe to share between threads."""

    def __init__(self, seconds: float, size: int) -> None:
        self.seconds, self.size = seconds, size
        self._end = time.monotonic() + seconds
        self._spent = 0
        self._lock = threading.Lock()

    def left(self) -> float:
        """Return the seconds that remain, more than 0. Raises Overdrawn when none do."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise self.late()
        return left

    def late(self) -> Overdrawn:
        """Return what is raised when time is up."""
        return Overdrawn(f"not finished after {self.seconds:g} s")

    def spend(self, size: int) -> None:
        """Count bytes received. Raises Overdrawn when they are too many or time is up."""
        self.left()
        with self._lock:
            self._spent += size
            if self._spent > self.size:
                raise Overdrawn(f"more than {self.size:,} bytes")
