"""stdin, stdout and stderr as commands use them: a person reads no control characters, a pipe gets data whole.

Names of files and classes come from strangers: one may hold codes that move the cursor, set the terminal's title or
hide what stands before it. So what commands print passes `printable`, and only what is drawn or is data goes past it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from ganstudio.errors import StudioError
from ganstudio.terminal import coloured

# The controls of ASCII and of Latin-1, what ends a line or turns its direction, and bytes that were no UTF-8.
_CONTROL = r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
PAINT = r"\x1b\[0(?:;[1-9][0-9]?)?m"  # as output.paint writes it
_HIDDEN = re.compile(_CONTROL)
_PAINTED = re.compile(f"(?:{PAINT})|{_CONTROL}")


def printable(text: str) -> str:
    """`text` on one line, with each control character written out: `\\n`, `\\x1b`, `\\u202e`."""
    return _HIDDEN.sub(lambda found: _spelled(found[0]), text)


def has_controls(text: str) -> bool:
    return _HIDDEN.search(text) is not None


def without_controls(text: str) -> str:
    return _HIDDEN.sub("", text)


def _spelled(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # a byte of a file's name that is no UTF-8, as Python keeps it
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()


class Readable:
    """A stream for people: lines are kept, and the colours of `output.paint`; other controls are written out.

    Where what is written is `needed`, that it cannot be (a full disk) is an error. Notes that nobody can read are none.
    """

    def __init__(self, stream: TextIO, needed: bool) -> None:
        self.stream = stream
        self._needed = needed

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        pattern = _PAINTED if coloured(self.stream) else _HIDDEN
        kept = pattern.sub(lambda found: found[0] if found[0] == "\n" or found[0][1:] else _spelled(found[0]), text)
        return self.put(kept, len(text))

    def put(self, text: str, length: int | None = None) -> int:
        """Writes `text` as it is. Nothing is nothing: typer tries a stream with it, and hears of no error."""
        with self._arriving():
            if text:
                self.stream.write(text)
        return len(text) if length is None else length

    def flush(self) -> None:
        with self._arriving():
            self.stream.flush()

    @contextmanager
    def _arriving(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            raise
        except OSError as error:
            discard_output(self.stream)
            if self._needed:
                raise StudioError(f"the output cannot be written: {error.strerror}.") from None


def raw_stream(stream: TextIO) -> TextIO:
    """The stream below a Readable, for those who draw on it."""
    return stream.stream if isinstance(stream, Readable) else stream


@contextmanager
def readable_streams() -> Iterator[None]:
    """stdout and stderr are Readable meanwhile."""
    before = sys.stdout, sys.stderr
    sys.stdout = cast("TextIO", Readable(sys.stdout, needed=True))
    sys.stderr = cast("TextIO", Readable(sys.stderr, needed=False))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def discard_output(stream: TextIO) -> None:
    """Discards what was not written yet, and all that follows: the interpreter's last flush would fail again."""
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)


def open_closed() -> None:
    """Puts the null device where stdin, stdout or stderr came closed: the next file opened would take its number.

    The programs that are started inherit it as they would an open stream: they would find theirs closed in turn.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere == number:
                os.set_inheritable(number, True)
            else:
                os.dup2(nowhere, number)
                os.close(nowhere)
            setattr(sys, name, open(number, "r" if number == 0 else "w"))  # noqa: SIM115, PTH123
