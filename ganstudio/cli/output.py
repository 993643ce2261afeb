"""Printing for every command: notes on stderr, tables and JSON on stdout, colour only where it is wanted."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO

from ganstudio.errors import UsageError
from ganstudio.progress import progress as progress
from ganstudio.streams import PAINT, Readable, printable
from ganstudio.terminal import coloured as coloured
from ganstudio.units import format_bytes

_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_ESCAPE = re.compile(PAINT)


def paint(text: str, style: str, stream: TextIO) -> str:
    return f"\x1b[0;{_STYLES[style]}m{printable(text)}\x1b[0m" if coloured(stream) else text


def note(text: str) -> None:
    """Prints one line on stderr, for the person and not for the pipe."""
    print(_on_one_line(text), file=sys.stderr)


def say(text: str) -> None:
    """Prints one line on stdout for the person who reads it."""
    print(_on_one_line(text))


def print_json(value: Any, indent: int | None = 2, stream: TextIO | None = None) -> None:
    """Prints one document on stdout. What the stream cannot encode is written as `\\u00f6`: data is never replaced."""
    stream = stream or sys.stdout
    text = json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False)
    try:
        text.encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=indent, allow_nan=False)
    _write(f"{text}\n", stream)


def print_made(*made: object) -> None:
    """Prints what a command made, a path or a name a line; a pipe gets its characters, or its bytes, as they are."""
    for text in map(str, made):
        if sys.stdout.isatty():
            print(printable(text))
            continue
        try:
            text.encode(sys.stdout.encoding or "ascii")
            _write(f"{text}\n", sys.stdout)
        except UnicodeEncodeError:
            sys.stdout.flush()
            sys.stdout.buffer.write(f"{text}\n".encode("utf-8", "surrogateescape"))


def print_text(text: str) -> None:
    """Prints part of a text that has its own line ends. A terminal gets no control characters, a pipe gets all."""
    if sys.stdout.isatty():
        print(re.sub(r"\r\n?", "\n", text), end="", flush=True)
    else:
        _write(text, sys.stdout)
        sys.stdout.flush()


def _write(text: str, stream: TextIO) -> None:
    write = stream.put if isinstance(stream, Readable) else stream.write
    write(text)


def _on_one_line(text: str) -> str:
    """`text` on one line; what is painted in it stays painted."""
    pieces = re.split(f"({_ESCAPE.pattern})", text)
    return "".join(piece if place % 2 else printable(piece) for place, piece in enumerate(pieces))


def _display_width(text: str) -> int:
    """The columns that `text` takes on a terminal: a Chinese character is two, an accent of its own none."""
    text = _ESCAPE.sub("", text)
    if text.isascii():
        return len(text)
    import unicodedata

    plain = all(unicodedata.east_asian_width(c) not in "WF" and unicodedata.category(c)[0] not in "MC" for c in text)
    if plain:  # marks and umlauts: rich is not imported for them
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def print_table(header: Sequence[str], rows: Sequence[Sequence[str] | str], right: Sequence[int] = ()) -> None:
    """Prints aligned columns; those in `right` are right-aligned. Cells may be painted; a row of text is a heading."""
    painted_header = [paint(name, "dim", sys.stdout) for name in header]
    table = [
        _on_one_line(row) if isinstance(row, str) else list(map(_on_one_line, row)) for row in (painted_header, *rows)
    ]
    aligned = [row for row in table if not isinstance(row, str)]
    widths = [max(_display_width(row[column]) for row in aligned) for column in range(len(header))]
    for row in table:
        if isinstance(row, str):
            print(row)
            continue
        cells = []
        for column, cell in enumerate(row):
            space = " " * (widths[column] - _display_width(cell))
            cells.append(space + cell if column in right else cell + space)
        print("  ".join(cells).rstrip())


def confirm_removal(names: Sequence[str], paths: Iterable[Path], yes_command: str) -> bool:
    """Whether the person at the terminal agrees to remove `names`, which take the room of `paths`, if any; Enter is no.

    Raises UsageError where nobody can be asked, with the command `yes_command` that removes them all the same.
    """
    named = ", ".join(names)
    if not sys.stdin.isatty():
        raise UsageError(f"{named}: not removed, there is nobody to ask.", hint=yes_command)
    inside = (file for path in paths for file in (path, *path.rglob("*")))
    size = sum(file.stat().st_size for file in inside if file.is_file())
    room = f" ({format_bytes(size)})" if size else ""
    print(f"{_on_one_line(f'Remove {named}{room}?')} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
