"""The socket that is listened at: connections over a limit are closed as they come, before they cost anything.

asyncio takes all that wait before it makes the first protocol; where the process has no file left it stops for a second
and writes a traceback, so that one address with thousands of connections kept all others out.
"""

from __future__ import annotations

import resource
import socket
import struct
from collections import Counter
from contextlib import suppress

from ganstudio.errors import UsageError
from ganstudio.serve.access.hosts import is_trusted
from ganstudio.serve.settings import Settings

_BACKLOG = 2048
_AT_ONCE = 64  # connections that are refused before others have their turn
_MOST_FILES = 65_536
_OWN_FILES = 100  # models, pipes to children, the page, the log
_RESET = struct.pack("ii", 1, 0)  # closed without a word, and nothing of it is kept


class Listener(socket.socket):
    """A listening socket that knows how many connections each address has, and all have together."""

    def __init__(self, settings: Settings, family: int, kind: int, protocol: int) -> None:
        super().__init__(family, kind, protocol)
        self._settings = settings
        self._of_each: Counter[str] = Counter()
        self._of_all = 0
        self._most = max(16, file_limit() - _OWN_FILES)

    def accept(self) -> tuple[socket.socket, object]:
        """The next connection that is not over a limit. Raises BlockingIOError where there is none, for now."""
        for _ in range(_AT_ONCE):
            taken, address = self._accept()  # type: ignore[attr-defined]
            connection = _Connection(self, str(address[0]), self.family, self.type, self.proto, taken)
            if self._fits(connection.peer):
                self._of_all += 1
                self._of_each[connection.peer] += 1
                return connection, address
            connection.refuse()
        raise BlockingIOError

    def gone(self, peer: str) -> None:
        """One connection of `peer` was closed."""
        self._of_all -= 1
        self._of_each[peer] -= 1
        if self._of_each[peer] <= 0:
            del self._of_each[peer]

    def _fits(self, peer: str) -> bool:
        if self._of_all >= self._most:
            return False
        most = self._settings.limits.connections
        return self._of_each[peer] < most or is_trusted(self._settings.access, peer)


class _Connection(socket.socket):
    """One accepted connection, which is counted until it is closed."""

    def __init__(self, listener: Listener, peer: str, family: int, kind: int, protocol: int, fileno: int) -> None:
        super().__init__(family, kind, protocol, fileno)
        self._listener: Listener | None = listener
        self.peer = peer

    def refuse(self) -> None:
        """Closes it at once; it was not counted."""
        self._listener = None
        with suppress(OSError):
            self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.close()

    def close(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.gone(self.peer)
        super().close()


def bind(host: str, port: int, settings: Settings) -> Listener:
    """A socket that listens there. Raises UsageError where it cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError):
        raise UsageError(f"--host: {host!r} is no address of this machine.", "--host 127.0.0.1") from None
    bound = Listener(settings, family, kind, protocol)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
        bound.listen(_BACKLOG)
    except OSError as error:
        bound.close()
        hint = f"--port {port + 1}" if port else None
        raise UsageError(f"--host {host} --port {port}: cannot be had: {error.strerror}.", hint) from None
    return bound


def file_limit() -> int:
    """How many files this process may have open; raised as far as the system lets it, up to 65,536."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return _MOST_FILES
    most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft < most:
        with suppress(ValueError, OSError):  # macOS has a lower limit of its own
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            return most
    return soft
