"""Changes one entry of a TOML file and leaves everything else as it is written, comments too.

The line of the entry is replaced, or one is put in. Whether that did what it should is read back from the new text: a
file that is laid out in another way, an entry over several lines say, is refused rather than spoilt.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any

from ganstudio.errors import UsageError
from ganstudio.workspace import replacing

_HEADER = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(#.*)?")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def with_entry(text: str, key: str, value: Any, path: Path) -> str:
    """The text of `path` with `key` set. Raises UsageError where it is no TOML, or laid out so that it cannot be."""
    section, name = _split(key)
    line = f"{_as_key(name)} = {_as_toml(value)}"
    lines = text.splitlines()
    begin, end = _section(lines, section)
    place = _entry(lines, begin, end, name)
    if place is not None:
        comment = re.search(r"\s#[^'\"]*$", lines[place])
        lines[place] = line + (f"  {comment[0].strip()}" if comment else "")
    elif begin is None:
        lines += [*([""] if lines and lines[-1].strip() else []), f"[{section}]", line]
    else:
        while end > begin and not lines[end - 1].strip():
            end -= 1
        lines.insert(end, line)
    return _checked(text, "\n".join(lines) + "\n", key, value, path)


def without_entry(text: str, key: str, path: Path) -> str | None:
    """The text of `path` without `key`; None where it is not set there. Raises UsageError as `with_entry` does."""
    section, name = _split(key)
    table = _parsed(text, path)
    if name not in (table.get(section, {}) if section else table):
        return None
    lines = text.splitlines()
    begin, end = _section(lines, section)
    place = _entry(lines, begin, end, name)
    if place is not None:
        del lines[place]
    return _checked(text, "\n".join(lines) + "\n" if lines else "", key, None, path)


def write_private(path: Path, text: str) -> None:
    """Replaces the file, which may be a link; a new one only its user may read: it may hold a webhook's URL."""
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = 0o600
    with contextlib.suppress(FileNotFoundError):
        mode = path.stat().st_mode & 0o777
    with replacing(path) as temporary:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123
            file.write(text)
        temporary.chmod(mode)


def _split(key: str) -> tuple[str, str]:
    """The table that a key stands in, '' for none, and its name there. Names of the dashboard's keys have dots."""
    section, dot, name = key.partition(".")
    return (section, name) if dot else ("", key)


def _section(lines: list[str], section: str) -> tuple[int | None, int]:
    """From which line to which one a table's entries stand; (None, 0) where there is none."""
    headers = [(place, match[1]) for place, line in enumerate(lines) if (match := _HEADER.fullmatch(line))]
    headers += [(place, "") for place, line in enumerate(lines) if line.lstrip().startswith("[[")]
    headers.sort()
    if not section:
        return 0, headers[0][0] if headers else len(lines)
    for place, name in headers:
        if name.strip("\"'") == section:
            return place + 1, next((other for other, _ in headers if other > place), len(lines))
    return None, 0


def _entry(lines: list[str], begin: int | None, end: int, name: str) -> int | None:
    spelled = "|".join(map(re.escape, (name, f'"{name}"', f"'{name}'")))
    pattern = re.compile(rf"\s*(?:{spelled})\s*=")
    return next((place for place in range(begin or 0, end) if pattern.match(lines[place])), None)


def _as_key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _as_toml(name)


def _as_toml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_as_toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _checked(before: str, after: str, key: str, value: Any, path: Path) -> str:
    """`after`, where it says what `before` says, but for the one entry."""
    section, name = _split(key)
    expected = _parsed(before, path)
    table = expected.setdefault(section, {}) if section else expected
    if value is None:
        table.pop(name)
    else:
        table[name] = value
    with contextlib.suppress(ValueError):
        if tomllib.loads(after) == expected:
            return after
    shown = f"[{section}] " if section else ""
    raise UsageError(
        f"{path}: is laid out in a way that cannot be changed from here; {shown}{name} must be edited by hand."
    )


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: {error}", hint="ganstudio config path") from None
