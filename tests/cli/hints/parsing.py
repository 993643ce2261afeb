"""What a shell, and the program's own parser, make of a hint. Nothing is run."""

from __future__ import annotations

import itertools
import re
import shlex
from functools import cache
from typing import Any

import typer

from ganstudio import errors
from ganstudio.cli.app import _take_global_options
from ganstudio.cli.lazy_group import root_group

SYSTEM = {"df", "export", "ls", "mkdir", "mount", "pip", "ps", "rm", "tar", "unset", "unzip"}


def refusal(hint: str) -> str | None:
    """Why a hint is none of the three that errors.py describes, or holds a command that does not parse; else None."""
    line, _, comment = hint.partition("   #")
    if line.startswith("--"):
        return _refused_options(shlex.split(line)) or _refused_within(comment)
    if line[:1].isupper() and not re.match(r"[A-Z_]+=", line):
        return _refused_within(line)
    return refused_line(line) or _refused_within(comment)


def refused_line(line: str) -> str | None:
    """Why a shell, or the program, would not take `line`, several commands with && between them; else None."""
    for part in line.split(" && "):
        words = shlex.split(part)
        words = list(itertools.dropwhile(lambda word: re.match(r"[A-Z_]+=", word), words))
        words = words[2:] if words[:1] == ["ssh"] else words
        if not words or words[0] not in (*SYSTEM, "ganstudio"):
            return f"{part!r} begins with no command that is known"
        if words[0] == "ganstudio" and (why := refused_command(words[1:])):
            return f"{part!r}: {why}"
    return None


def _refused_within(text: str) -> str | None:
    """The same of what follows `ganstudio` in a sentence, up to its end."""
    _, ours, rest = text.partition("ganstudio ")
    return refused_line(f"ganstudio {rest}") if ours else None


def refused_command(words: list[str]) -> str | None:
    """Why the program does not take `words`; what they stand for is not looked at."""
    if "..." in words:
        return "something is left out"
    try:
        command, rest = leaf(words)
        if command is not None and "--help" not in rest:
            command.make_context("ganstudio", rest)
    except typer.BadParameter as error:
        placeholder = any(re.fullmatch(r"[A-Z][A-Z.]*", word) for word in words)
        return None if type(error) is typer.BadParameter and placeholder else str(error)
    except (errors.StudioError, typer.BadParameter.__mro__[1]) as error:
        return str(error)
    return None


def leaf(words: list[str]) -> tuple[Any, list[str]]:
    """The command that `words` run, None for a group alone, and its arguments."""
    command, rest = root(), list(_take_global_options(words) or [])
    while hasattr(command, "get_command"):
        if not rest or rest[0] in ("-h", "--help"):
            return None, []
        name = rest.pop(0)
        command = _inner(command, name)
        if command is None:
            raise errors.UsageError(f"there is no command {name!r}")
    return command, rest


@cache
def _inner(command: Any, name: str) -> Any:
    return command.get_command(None, name)


@cache
def root() -> Any:
    return root_group()


@cache
def leaves() -> tuple[Any, ...]:
    """Every command that is no group."""
    found, waiting = [], [root()]
    while waiting:
        command = waiting.pop()
        if not hasattr(command, "list_commands"):
            found.append(command)
            continue
        waiting += [_inner(command, name) for name in command.list_commands(None)]
    return tuple(found)


def _refused_options(words: list[str]) -> str | None:
    """Why no command takes these options together."""
    if words[0] == "--workspace":
        words = words[2:]
    for command in leaves():
        options = [one for one in command.params if one.param_type_name == "option"]
        takes = {name: not one.is_flag for one in options for name in one.opts}
        rest = iter(words)
        if all(word in takes and (not takes[word] or next(rest, None) is not None) for word in rest):
            return None
    return f"no command takes {' '.join(words)}"
