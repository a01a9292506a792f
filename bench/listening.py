"""A listening socket whose connections have a thread each, are so many at a time and no more, and all end with it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable


class Listening:
    """Serves connections from `start` to `close`.

    Args:
        listener: a socket that listens; closed with this.
        serve: given a connection and what closes it at the end; may `keep` others. An OSError ends the connection.
        most: connections at a time; more wait.
        name: of the thread that accepts.
    """

    def __init__(
        self, listener: socket.socket, serve: Callable[[socket.socket, contextlib.ExitStack], None], *, most: int, name: str
    ) -> None:
        self._listener = listener
        self._serve = serve
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._free = threading.Semaphore(most)
        self._thread = threading.Thread(target=self._accept, name=name, daemon=True)
        self.ended = False
        """Whether no further connection is kept."""

    def start(self) -> None:
        """Accept connections from now on."""
        self._thread.start()

    def keep(self, one: socket.socket, ends: contextlib.ExitStack) -> None:
        """Have a socket closed at the end, and shut before if all end. Raises OSError when they have."""
        ends.enter_context(one)
        with self._lock:
            self._open.add(one)
            ends.callback(self._drop, one)
            if self.ended:
                raise OSError("closed")

    def end(self) -> None:
        """Shut every connection, from any thread, that of a connection included."""
        with self._lock:
            self.ended = True
            for one in (self._listener, *self._open):
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)  # wakes whoever waits for it; its own thread closes it

    def close(self) -> None:
        """End every connection and accept none. Idempotent."""
        self.end()
        self._free.release()  # whoever waits for his turn
        self._thread.join()

    def _accept(self) -> None:
        with self._listener:
            while True:
                self._free.acquire()
                try:
                    near, _ = self._listener.accept()
                except OSError:
                    return
                threading.Thread(target=self._connection, args=(near,), daemon=True).start()

    def _connection(self, near: socket.socket) -> None:
        with contextlib.ExitStack() as ends, contextlib.suppress(OSError):
            ends.callback(self._free.release)
            self.keep(near, ends)
            self._serve(near, ends)

    def _drop(self, one: socket.socket) -> None:
        with self._lock:
            self._open.discard(one)
