"""Plain words on a terminal: notes on stderr, tables and JSON on stdout, colour only where it is wanted."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from typing import Any, TextIO

from ganstudio.progress import progress as progress
from ganstudio.terminal import coloured as coloured

_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def paint(text: str, style: str, stream: TextIO) -> str:
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if coloured(stream) else text


def note(text: str) -> None:
    """One line for the person, not for the pipe."""
    print(text, file=sys.stderr)


def print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def print_table(header: Sequence[str], rows: Sequence[Sequence[str] | str], right: Sequence[int] = ()) -> None:
    """Aligned columns on stdout; those in `right` end together. Cells may be painted; a text alone is a heading."""
    table = [[paint(name, "dim", sys.stdout) for name in header], *rows]
    aligned = [row for row in table if not isinstance(row, str)]
    widths = [max(len(_ESCAPE.sub("", row[column])) for row in aligned) for column in range(len(header))]
    for row in table:
        if isinstance(row, str):
            print(row)
            continue
        cells = []
        for column, cell in enumerate(row):
            space = " " * (widths[column] - len(_ESCAPE.sub("", cell)))
            cells.append(space + cell if column in right else cell + space)
        print("  ".join(cells).rstrip())


def confirmed(question: str) -> bool:
    """Whether the person at the terminal says yes; Enter is no."""
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
