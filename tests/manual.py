"""The commands that the manual shows, and those in the examples of every `--help`, as one would type them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ganstudio.cli.app import _take_global_options
from ganstudio.cli.lazy_group import root_group

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
PROGRAMS = ("ganstudio", "make", "pip", "source", "torchrun")

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
_INLINE = re.compile(r"`ganstudio ([^`]+)`")


class Shown(NamedTuple):
    """One call of `ganstudio`, without that word; `line` is what stands on the page."""

    line: str
    words: tuple[str, ...]


def in_blocks(page: Path) -> Iterator[Shown]:
    """The commands of a page's shell blocks in their order: those whose fence names no language.

    In a block that begins with `$ ` the other lines are what the program prints; else each must be a command.
    """
    for language, block in _FENCE.findall(page.read_text(encoding="utf-8")):
        if language:
            continue
        lines = block.replace("\\\n", " ").splitlines()
        if lines[0].startswith("$ "):
            lines = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        for line in filter(None, lines):
            assert line.split()[0] in PROGRAMS, f"{page.name}: no command, and its fence names no language: {line}"
            yield from calls(line)


def inline(page: Path) -> Iterator[Shown]:
    """The commands that stand in a page's sentences."""
    for text in _INLINE.findall(page.read_text(encoding="utf-8")):
        yield from calls(f"ganstudio {text}")


def calls(line: str) -> Iterator[Shown]:
    """The calls of `ganstudio` in a line of shell: `a && b`, `source <(a)`, `a > file`."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    part: list[str] = []
    for word in (*lexer, ";"):
        if set(word) <= set("();<>|&"):
            if part[:1] == ["ganstudio"]:
                yield Shown(line, tuple(part[1:]))
            part = []
        else:
            part.append(word)


def examples() -> Iterator[Shown]:
    """The examples of every command's --help."""
    for command in _tree(root_group()):
        for text in (command.help, command.epilog):
            for line in (text or "").splitlines():
                if line.startswith("  ganstudio "):
                    yield from calls(line.strip())


def _tree(command: Any) -> Iterator[Any]:
    yield command
    if hasattr(command, "get_command"):
        for name in command.list_commands(None):
            yield from _tree(command.get_command(None, name))


def parse(words: tuple[str, ...]) -> None:
    """Reads a call by the program's own tree: commands, options, values, how many arguments. Runs nothing."""
    rest, command = _take_global_options(list(words)), root_group()
    if rest is None:
        return  # --version
    while hasattr(command, "get_command"):
        if rest in ([], ["--help"]):
            return
        name, *rest = rest
        inner = command.get_command(None, name)
        assert inner is not None, f"{command.name} has no command {name!r}"
        command = inner
    if rest != ["--help"]:
        command.make_context(command.name, rest)
